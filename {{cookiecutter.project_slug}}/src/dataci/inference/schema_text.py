"""project/schema.py as text: one block a column, readable, and a fixed point of ruff's formatter."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

import polars as pl

from dataci.inference.constraints import literal
from dataci.inference.types import Column

WIDTH = 110
KEYS = ("id", "label", "text", "group")  # a row without them is of no use, so nobody is told how to allow it
HEAD = '''"""What every row must look like. `dataci check` holds each data file against it.

Written by `dataci init` from what it saw, with room for what is to come. It is yours: tighten it where you
know more, loosen it where good data are refused. Every constraint of pandera works, and your own functions do
(https://pandera.readthedocs.io/en/stable/polars.html).
"""

import pandera.polars as pa
import polars as pl
'''
DAY = '''

def day(written: str, example: str) -> pa.Check:
    """Allow only days that exist, written like the example: no 31st of February."""

    def exists(cells: pa.PolarsData) -> pl.LazyFrame:
        year = pl.col(cells.key).str.to_date(written, strict=False).dt.year()
        return cells.lazyframe.select(year.ge(1000).fill_null(False))

    return pa.Check(exists, error=f"be a day like {example}")


'''
START = """schema = pa.DataFrameSchema(
    {
"""
TAIL = """    },
    strict=True,  # a column that is not named here is a finding; so is a column that is gone
)
"""


def schema_text(
    columns: Sequence[Column], roles: Mapping[str, str], found: Mapping[str, Sequence[str]]
) -> str:
    """Return the text of project/schema.py. ``roles`` and ``found`` (constraints as source): by column."""
    blocks = [
        "".join(f"        # {line}\n" for line in comment(column, roles.get(column.name, "")))
        + block(column, found.get(column.name, ()))
        for column in columns
    ]
    needs_day = any(text.startswith("day(") for texts in found.values() for text in texts)
    return HEAD + (DAY if needs_day else "\n") + START + "".join(blocks) + TAIL


def comment(column: Column, role: str) -> list[str]:
    """Say what was seen of a column, on one line where it fits."""
    total = len(column.values) + column.missing
    parts = ["all different" if column.unique else f"{column.distinct:,} distinct"]
    seen = ""
    if column.missing:
        parts.append(f"{percent(column.missing, total)} missing")
    elif total and role not in KEYS:
        parts.append(f"none missing in {total:,} rows (nullable=True allows it)")
    if column.numeric and len(column.values):
        low, high = extremes(column)
        seen = f"seen: {low} to {high}"
    elif len(column.values):
        more = ", …" if column.distinct > 2 else ""
        seen = "seen: " + ", ".join(literal(shown(value)) for value in examples(column, 2)) + more
    facts = f"{role}: {', '.join(parts)}" if role else ", ".join(parts)
    line = f"{facts}, {seen}" if seen else facts
    return [line] if len(line) + len("        # ") <= WIDTH else [facts, seen]


def extremes(column: Column) -> tuple[str, str]:
    """Return the smallest and the largest number of a column, as they are written there."""
    ordered = column.values.to_frame("cell").with_columns(
        pl.col("cell").cast(pl.Float64, strict=False).alias("number")
    )
    ordered = ordered.drop_nulls().sort("number")
    return (ordered["cell"][0], ordered["cell"][-1]) if ordered.height else ("?", "?")


def examples(column: Column, count: int) -> list[str]:
    """Return the most frequent values of a column, ties in the order of the alphabet."""
    counts = column.values.value_counts()
    values, many = counts.columns
    return [str(value) for value in counts.sort([many, values], descending=[True, False])[values].head(count)]


def shown(value: str) -> str:
    """Cut a value to what fits into a comment."""
    return value if len(value) <= 24 else value[:23] + "…"


def percent(part: int, whole: int) -> str:
    """Write a share: 3 %, 0.4 %, < 0.1 %."""
    value = 100 * part / max(whole, 1)
    return f"{value:.0f} %" if value >= 1 else f"{value:.1f} %" if value >= 0.1 else "< 0.1 %"


def block(column: Column, found: Sequence[str]) -> str:
    """Write one column, on one line where it fits."""
    arguments = [column.dtype] if column.dtype else []
    arguments += [found[0]] if len(found) == 1 else [f"[{', '.join(found)}]"] if found else []
    arguments += ["nullable=True"] if column.missing else []
    start = f"        {literal(column.name)}: pa.Column("
    line = f"{start}{', '.join(arguments)}),\n"
    if len(line) <= WIDTH + 1:
        return line
    return start + "\n" + "".join(argument(each) for each in arguments) + "        ),\n"


def argument(text: str) -> str:
    """Write one argument on its own line, a long list of values one a line."""
    line = f"            {text},\n"
    if len(line) <= WIDTH + 1 or "isin([" not in text:
        return line
    head, _, rest = text.partition("isin([")
    inner = f"                [{rest.removesuffix('])')}]\n"
    if len(inner) <= WIDTH + 1:
        return f"            {head}isin(\n{inner}            ),\n"
    values = split_values(rest.removesuffix("])"))
    return (
        f"            {head}isin(\n                [\n"
        + "".join(f"                    {value},\n" for value in values)
        + "                ]\n            ),\n"
    )


def split_values(text: str) -> list[str]:
    """Split the source text of a list of literals at its commas."""
    source = f"[{text}]"
    listed = ast.parse(source, mode="eval").body
    assert isinstance(listed, ast.List)
    return [ast.get_source_segment(source, node) or "" for node in listed.elts]

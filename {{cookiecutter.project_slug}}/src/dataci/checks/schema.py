"""The user's pandera schema, cell by cell: every failing cell with its line, also when every row fails.

pandera says for each row whether a check holds; we ask it check by check and keep the answers as columns, because its
own error report costs a Python object a cell and names neither file nor line.
"""

from __future__ import annotations

import difflib
import importlib
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from dataci import diff
from dataci.casting import cast, expected, present
from dataci.checks.check import Check, Context, at
from dataci.finding import Finding, Hits, Severity
from dataci.formats import jsonl

NAME = "schema"
JSON_KINDS = {
    jsonl.STRING: "a string",
    jsonl.NUMBER: "a number",
    jsonl.BOOLEAN: "true or false",
    jsonl.NESTED: "a list or an object",
}
SHOWN = 8  # allowed values that a message lists


def run(ctx: Context, settings: Mapping[str, Any]) -> Iterator[Finding | Hits]:
    """Judge columns, types, missing values and the schema's own checks."""
    columns = expand(ctx.schema, ctx.rows)
    if ctx.quick:
        spare_hypothesis()
    yield from column_findings(ctx, columns)
    yield from type_findings(ctx, columns)
    reported: dict[str, pl.Series] = {}
    frame = ctx.rows
    typed = {}
    for name, column in columns.items():
        if name not in frame.columns:
            continue
        cells = present(frame, name, ctx.dataset.config.missing)
        typed[name] = cast(cells, dtype_of(column))
        here = frame["_file"].is_in(holders(ctx, name))
        bad = here & cells.is_not_null() & typed[name].is_null()
        yield from cast_hits(ctx, name, frame, bad, dtype_of(column))
        if not column.nullable:
            message = "The cell is empty, but the column must have a value in every row. Fill it in, or remove the row."
            yield Hits(NAME, message, at(frame.filter(here & cells.is_null())), name)
        reported[name] = bad | ~here
    judged = pl.DataFrame(typed)
    for name in typed:
        for check in columns[name].checks:
            yield from check_hits(check, name, judged, frame, reported[name])
        if columns[name].unique and name != ctx.columns.id:
            again = judged[name].is_not_null() & ~judged[name].is_first_distinct()
            message = "The value stands in an earlier row as well, but the column must be unique. Change or remove one."
            yield Hits(NAME, message, at(frame.filter(again), pl.col(name).alias("value")), name)
    for check in ctx.schema.checks or []:
        yield from check_hits(check, None, judged, frame, pl.Series([False] * frame.height, dtype=pl.Boolean))


def spare_hypothesis() -> None:
    """Load pandera's checks without hypothesis, which they import where it is installed: a tenth of a hook's time."""
    if "hypothesis" not in sys.modules:
        sys.modules["hypothesis"] = None  # type: ignore[assignment]
        try:
            importlib.import_module("pandera.backends.polars.builtin_checks")
        finally:
            del sys.modules["hypothesis"]


def expand(schema: Any, rows: pl.DataFrame) -> dict[str, Any]:
    """Return the schema's columns by name; a column whose name is a regular expression stands for all that match."""
    columns: dict[str, Any] = {}
    for name, column in schema.columns.items():
        if column.regex:
            found = [
                c for c in rows.columns if not c.startswith("_") and pl.Series([c]).str.contains(name).item()
            ]
            columns |= {c: column for c in found if c not in columns}
        else:
            columns[name] = column
    return columns


def dtype_of(column: Any) -> pl.DataType | None:
    """Return the Polars type of a schema's column; None when it names none."""
    found = getattr(column.dtype, "type", None)
    return found() if isinstance(found, type) else found


def holders(ctx: Context, name: str) -> list[int]:
    """Return the judged files that have a column."""
    return [
        i for i in ctx.files if ctx.dataset.parts[i].judged and name in ctx.dataset.table(i).frame.columns
    ]


def column_findings(ctx: Context, columns: Mapping[str, Any]) -> Iterator[Finding]:
    """Report columns that are renamed, missing or unknown, file by file."""
    required = [name for name, column in columns.items() if column.required and not column.regex]
    for index in ctx.files:
        part, names = ctx.dataset.parts[index], ctx.dataset.table(index).frame.columns
        if not part.judged or not names:
            continue
        for new, old in ctx.dataset.renamed.get(index, {}).items():
            message = (
                f"The column {old!r} is now called {new!r}, with the same values. If that is meant, rename it in "
                "project/schema.py and dataci.toml as well."
            )
            yield Finding(NAME, Severity.WARNING, part.path, 1, new, None, message, key=f"{part.path}\0{new}")
        lacking = [name for name in required if name not in names]
        unknown = [name for name in names if name not in columns] if ctx.schema.strict else []
        if lacking and len(lacking) == len(required):
            message = (
                "None of the schema's columns is here. Is the header line missing? It should name: "
                f"{', '.join(required)}."
            )
            yield Finding(NAME, Severity.ERROR, part.path, 1, None, ", ".join(names), message, key=part.path)
            continue
        for name in lacking:
            near = difflib.get_close_matches(name, unknown, 1)
            hint = (
                f"Is it the column {near[0]!r}?"
                if near
                else "Add it, or make it optional in project/schema.py (required=False)."
            )
            yield Finding(
                NAME,
                Severity.ERROR,
                part.path,
                1,
                name,
                None,
                f"The column is missing. {hint}",
                key=f"{part.path}\0{name}",
            )
        for name in unknown:
            message = "The schema does not know this column. Remove it, or add it to project/schema.py."
            yield Finding(NAME, Severity.ERROR, part.path, 1, name, None, message, key=f"{part.path}\0{name}")


def type_findings(ctx: Context, columns: Mapping[str, Any]) -> Iterator[Finding | Hits]:
    """Report what has another type in the file itself: JSON cells one by one, Parquet columns as a whole."""
    for index in ctx.files:
        table, part = ctx.dataset.table(index), ctx.dataset.parts[index]
        if not part.judged:
            continue
        for name in columns.keys() & set(table.frame.columns):
            dtype = dtype_of(columns[name]) or pl.String()
            if table.kinds and name in table.kinds:
                yield from kind_hits(ctx, index, name, dtype)
            elif table.native is not None and family(own_type(ctx, index, name)) != family(dtype):
                message = (
                    f"The column has the type {own_type(ctx, index, name)}, the schema says {dtype}. Write the "
                    "file with that type."
                )
                yield Finding(
                    NAME, Severity.ERROR, part.path, None, name, None, message, key=f"{part.path}\0{name}"
                )


def own_type(ctx: Context, index: int, name: str) -> pl.DataType:
    """Return the type that a column has in its Parquet file, also when the change renamed the column."""
    native = ctx.dataset.table(index).native
    assert native is not None
    there = {old: new for new, old in ctx.dataset.renamed.get(index, {}).items()}
    return native.schema[there.get(name, name)]


def kind_hits(ctx: Context, index: int, name: str, dtype: pl.DataType) -> Iterator[Hits]:
    """Report JSON cells of another type than the schema's."""
    kinds = ctx.dataset.table(index).kinds or {}
    wanted = wanted_kind(dtype)
    rows = ctx.rows.filter(pl.col("_file") == index).with_columns(kinds[name].alias("_kind"))
    for kind, words in JSON_KINDS.items():
        if kind != wanted and wanted is not None:
            bad = rows.filter(pl.col("_kind") == kind)
            message = f"The value is {words}, the schema wants {JSON_KINDS[wanted]}. Write it as such."
            yield Hits(NAME, message, at(bad, pl.col(name).alias("value")), name)


def wanted_kind(dtype: pl.DataType) -> int | None:
    """Return the JSON type that carries a Polars type."""
    if dtype.is_numeric():
        return jsonl.NUMBER
    if dtype == pl.Boolean:
        return jsonl.BOOLEAN
    return None if dtype.is_nested() else jsonl.STRING


def family(dtype: pl.DataType) -> str:
    """Return the kind of a type: within one, no value changes its meaning."""
    if dtype.is_integer():
        return "whole"
    if dtype.is_float() or dtype.is_decimal():
        return "decimal"
    if dtype == pl.String or isinstance(dtype, (pl.Enum, pl.Categorical)):
        return "text"
    return str(dtype.base_type())


def cast_hits(
    ctx: Context, name: str, frame: pl.DataFrame, bad: pl.Series, dtype: pl.DataType | None
) -> Iterator[Hits]:
    """Report cells that are no value of their column's type, by the reason."""
    if dtype is None or not bad.any():
        return
    rows = frame.filter(bad)
    reasons = {cell: expected(dtype, cell) for cell in rows[name].unique().head(10_000)}
    fallback = f"is not a value of type {dtype}"
    reason = rows[name].replace_strict(reasons, default=fallback, return_dtype=pl.String).alias("reason")
    yield Hits(NAME, "The cell {reason}.", at(rows, pl.col(name).alias("value")).with_columns(reason), name)


def check_hits(
    check: Any, name: str | None, typed: pl.DataFrame, frame: pl.DataFrame, skip: pl.Series
) -> Iterator[Finding | Hits]:
    """Ask pandera for one check, row by row. ``skip`` marks rows that are reported for another reason already."""
    if not frame.height:
        return
    outcome = check(typed.lazy(), name) if name else check(typed.lazy())
    severity = Severity.WARNING if check.raise_warning else None
    held = outcome.check_output
    held = held.collect() if isinstance(held, pl.LazyFrame) else held
    if isinstance(held, pl.DataFrame):
        held = held.select(pl.all_horizontal(pl.all())).to_series() if held.width > 1 else held.to_series()
    if not isinstance(held, pl.Series) or held.len() != frame.height:
        passed = outcome.check_passed
        passed = passed.collect().item() if isinstance(passed, pl.LazyFrame) else bool(passed)
        if not passed:
            message = f"The {'column' if name else 'data'} as a whole fails: {words(check)}."
            yield Finding(
                NAME,
                severity or Severity.ERROR,
                None,
                None,
                name,
                None,
                message,
                key=f"{name}\0{words(check)}",
            )
        return
    null = (
        typed[name].is_null()
        if name and check.ignore_na
        else pl.Series([False] * frame.height, dtype=pl.Boolean)
    )
    rows = frame.filter(~held.fill_null(False) & ~skip & ~null)
    value = pl.col(name).alias("value") if name else pl.lit(None, dtype=pl.String).alias("value")
    yield Hits(NAME, safe(f"{sentence(check)}"), at(rows, value), name, severity)


def sentence(check: Any) -> str:
    """Say what a value must be, and what to do."""
    return f"The value must {words(check)}. Correct it, or change the rule in project/schema.py."


def words(check: Any) -> str:
    """Say in words what a pandera check demands; the user's own error text comes first."""
    if check.error and not str(check.error).startswith(f"{check.name}("):
        return str(check.error)
    facts = getattr(check, "statistics", None) or {}
    told = {
        "greater_than": "be above {min_value}",
        "greater_than_or_equal_to": "be at least {min_value}",
        "less_than": "be below {max_value}",
        "less_than_or_equal_to": "be at most {max_value}",
        "in_range": "lie between {min_value} and {max_value}",
        "equal_to": "be {value}",
        "not_equal_to": "not be {value}",
        "str_matches": "match the pattern {pattern}",
        "str_contains": "contain the pattern {pattern}",
        "str_startswith": "begin with {string}",
        "str_endswith": "end with {string}",
        "str_length": "have between {min_value} and {max_value} characters",
    }.get(check.name or "")
    if told:
        return told.format(**{key: getattr(value, "pattern", value) for key, value in facts.items()})
    if check.name in ("isin", "notin"):
        values = [str(v) for v in next(iter(facts.values()), [])]
        more = f" … ({len(values)} values)" if len(values) > SHOWN else ""
        return f"{'be' if check.name == 'isin' else 'not be'} one of: {', '.join(values[:SHOWN])}{more}"
    return f"pass the check {check.description or check.name or 'without a name'}"


def safe(message: str) -> str:
    """Keep braces of the user's texts out of the message template."""
    return message.replace("{", "{" * 2).replace("}", "}" * 2)


def find_renames(ctx: Context) -> dict[int, dict[str, str]]:
    """Return for each file its columns ({name in the file: in the schema}) with another name and the same values."""
    if ctx.base is None:
        return {}
    before = {p.path: i for i, p in enumerate(ctx.base.parts)}
    found = {}
    for index in ctx.files:
        part = ctx.dataset.parts[index]
        if index in ctx.unchanged or not part.judged or part.path not in before:
            continue
        new, old = ctx.dataset.table(index).frame, ctx.base.table(before[part.path]).frame
        if set(new.columns) == set(old.columns) or ctx.schema is None:
            continue
        wanted = [name for name in ctx.schema.columns if name in old.columns and name not in new.columns]
        come = [name for name in new.columns if name not in old.columns and name not in ctx.schema.columns]
        pairs = diff.renames(old, new, wanted, come) if wanted and come and new.height else []
        if pairs:
            found[index] = {fresh: was for was, fresh in pairs}
    return found


CHECKS = (
    Check(NAME, run, "Columns, types, missing values and every rule of project/schema.py, cell by cell."),
)

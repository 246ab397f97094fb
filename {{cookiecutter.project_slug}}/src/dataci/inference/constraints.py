r"""Constraints that ordinary new data keep and mistakes break, as the source text of pandera checks.

A constraint that the next good batch breaks costs more than it finds, so each asks for evidence: bounds lie
far from what was seen (a wrong unit or a shifted column still lands beyond them), closed lists of values and
patterns are written only where many rows agree without exception.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import polars as pl

from dataci.inference import days
from dataci.inference.types import BOOLEANS, FLOAT, Column

FEW = 20  # rows below which nothing is concluded
ENOUGH = 50  # rows from which a closed list of values is believed
LIST = 20  # values that a closed list may have
EACH = 3  # times that each of them must have been seen
CLASSES = 100  # labels that a list may have
NAMES_A_THING = re.compile(
    r"(?i)(^|[_ -])(id|key|index|no|nr|number|code|uuid|zip|phone)$|(?<=[a-z])(Id|ID|Number|Code)$"
)
RUN = re.compile(r"[A-Z]+|[a-z]+|\d+|[^A-Za-z\d]")


def checks(column: Column, role: str) -> list[str]:
    """Return the constraints of a column that has ``role`` ("" for none), each as source text."""
    if role == "label":
        return bounds(column, "numeric") if column.quantity else label(column)
    if column.numeric:
        found = flag(column) or bounds(column, role)
    elif column.kind == "string" and column.dtype == "pl.String" and role != "text":
        found = dates(column.values) or boolean(column.values) or matches(pattern(column.values))
        found = found or (closed(column.values) if role in ("categorical", "") else [])
    else:
        found = []
    return found


def label(column: Column) -> list[str]:
    """Return the closed list of the classes: a new one is a decision, not an accident."""
    if not 2 <= column.distinct <= CLASSES or column.distinct * 2 > len(column.values) or is_moment(column):
        return []
    return [
        isin(
            sorted(column.values.unique().to_list()), column.kind if column.dtype != "pl.String" else "string"
        )
    ]


def is_moment(column: Column) -> bool:
    """Tell whether a column has a type of dates, whose values no list of strings can hold."""
    return column.kind == "time" and column.dtype != "pl.String"


def isin(values: Sequence[str], kind: str) -> str:
    """Write a closed list of values of a kind."""
    if kind == "bool":
        return ""
    written = values if kind in ("int", "float") else [literal(value) for value in values]
    return f"pa.Check.isin([{', '.join(written)}])"


def flag(column: Column) -> list[str]:
    """Return the constraint of a column of zeros and ones."""
    if (
        column.kind == "int"
        and len(column.values) >= ENOUGH
        and set(column.values.unique().to_list()) == {"0", "1"}
    ):
        return ["pa.Check.isin([0, 1])"]
    return []


def bounds(column: Column, role: str) -> list[str]:
    """Return the range of a column of numbers: from 0 to twice what was seen, far more with a long tail."""
    numbers = column.values.filter(column.values.str.contains(FLOAT)).cast(pl.Float64, strict=False)
    numbers = numbers.filter(numbers.is_finite())
    if len(numbers) < FEW:
        return []
    low, high = float(numbers.min()), float(numbers.max())  # type: ignore[arg-type]
    if is_year(column.name, low, high):
        return ["pa.Check.in_range(1900, 2100)"]
    if low == high or NAMES_A_THING.search(column.name) or (role != "numeric" and column.unique):
        return ["pa.Check.ge(0)"] if low >= 0 else []
    lower, upper = span(numbers, low, high)
    whole = column.kind == "int"
    if max(abs(lower), abs(upper)) > (2**62 if whole else 1e300):
        return []  # beyond what the type can hold
    return [f"pa.Check.in_range({rounded(lower, -1, whole)}, {rounded(upper, 1, whole)})"]


def span(numbers: pl.Series, low: float, high: float) -> tuple[float, float]:
    """Return the outer bounds for numbers between ``low`` and ``high``."""
    if high <= 0:
        lower, upper = span(-numbers, -high, -low)
        return -upper, -lower
    size = numbers.abs()
    typical = float(size.quantile(0.9) or 0.0)
    far = 10.0 if max(high, -low) > 4 * typical else 1.0
    if low < 0:
        reach = (high - low) * far
        return low - reach, high + reach
    # Only where all lie close together (weights of 2,700 to 6,300 g) does a tenth of the least tell of a wrong unit.
    close = low > 0 and len(numbers) >= 30 and high <= 3 * low
    skew = numbers.skew()
    heavy = far > 1 or high > 10 * float(size.quantile(0.95) or 0.0) or (skew is not None and skew > 1.5)
    return (low / 10 if close else 0.0), power(10 * high) if heavy else 2 * high


def power(value: float) -> float:
    """Return the least power of ten that is no less: where one value may be huge, the next may be as well."""
    return 10.0 ** math.ceil(math.log10(value)) if value < 1e300 else math.inf


def is_year(name: str, low: float, high: float) -> bool:
    """Tell whether a column holds years."""
    return (
        low >= 1900
        and high <= 2100
        and re.search(r"(?i)(^|[_ -])(year|yr|jahr|annee|ano)($|[_ -])", name) is not None
    )


def rounded(value: float, direction: int, whole: bool) -> str:
    """Round outward (``direction`` -1 down, 1 up) to two significant digits, and write it."""
    if value == 0 or not math.isfinite(value):
        return "0" if whole or value == 0 else repr(value)
    if abs(value) < 1e-300:  # too small for two digits
        return f"{direction}e-300" if value * direction > 0 and not whole else "0"
    step = 10.0 ** (math.floor(math.log10(abs(value))) - 1)
    units = round(value / step, 6)
    result = (math.floor(units) if direction < 0 else math.ceil(units)) * step
    if whole or 10 <= abs(result) < 1e15:
        return str(math.floor(result) if direction < 0 else math.ceil(round(result, 6)))
    return f"{result:.12g}"


def boolean(values: pl.Series) -> list[str]:
    """Return the two words of a column of booleans: True that became 1 is then found."""
    found = set(values.unique().to_list())
    for words in BOOLEANS:
        if found and {value.lower() for value in found} <= words and (len(found) == 2 or "true" in words):
            spelled = sorted({alike(word, min(found)) for word in words})
            return [isin(spelled, "string")] if found <= set(spelled) else []
    return []


def alike(word: str, model: str) -> str:
    """Write ``word`` in the case of ``model``."""
    return (
        word.upper()
        if model.isupper() and len(model) > 1
        else word.capitalize()
        if model[0].isupper()
        else word
    )


def closed(values: pl.Series) -> list[str]:
    """Return the closed list of a category's values, if every one was seen often enough."""
    counts = values.value_counts()
    if len(values) < ENOUGH or not 2 <= counts.height <= LIST or counts["count"].min() < EACH:  # type: ignore[operator]
        return []
    return [isin(sorted(counts.get_column(counts.columns[0]).to_list()), "string")]


def matches(found: str | None) -> list[str]:
    """Write a pattern that a whole value must match."""
    if not found:
        return []
    return [f"pa.Check.str_matches({literal(found) if chr(34) in found else f'r{chr(34)}{found}{chr(34)}'})"]


def dates(values: pl.Series) -> list[str]:
    """Return the check of dates that are not ISO 8601: schema.py has the function for it."""
    written = days.find(values) if len(values) >= FEW else None
    return [f"day({literal(written)}, {literal(str(values.max()))})"] if written else []


def pattern(values: pl.Series) -> str | None:
    r"""Return a pattern such as ^[A-Z]{3}$ or ^arg\d+$ if all values are codes of one form, else None."""
    unique = values.unique()
    if len(values) < FEW or len(unique) < 3:
        return None
    rows = [RUN.findall(value) for value in unique.head(2000).sort().to_list()]
    if len({len(row) for row in rows}) != 1 or not 0 < len(rows[0]) <= 10:
        return None
    pieces = [piece([row[place] for row in rows], len(rows[0]) == 1) for place in range(len(rows[0]))]
    if not all(pieces) or not is_code(rows[0]):
        return None
    found = "^" + "".join(p for p in pieces if p) + "$"
    return found if unique.str.contains(found).all() else None


def piece(runs: Sequence[str], alone: bool) -> str | None:
    """Return the pattern of the runs of characters that stand at the same place of each code."""
    lengths = {len(run) for run in runs}
    if all(run.isascii() and run.isdigit() for run in runs):
        fixed = len(lengths) == 1 and (alone or any(run.startswith("0") for run in runs))
        return r"\d" + (times(min(lengths)) if fixed else "+")
    if len(set(runs)) == 1:
        return re.escape(runs[0])
    kinds = {
        "A-Z" if RUN.fullmatch(run) and run[0].isupper() else "a-z"
        for run in runs
        if run.isascii() and run.isalpha()
    }
    if len(kinds) != 1 or len(lengths) != 1 or not all(run.isascii() and run.isalpha() for run in runs):
        return None
    return f"[{kinds.pop()}]" + times(min(lengths))


def times(number: int) -> str:
    """Return how a pattern says that what stands before it comes so many times."""
    return "{" + str(number) + "}" if number > 1 else ""


def is_code(runs: Sequence[str]) -> bool:
    """Tell whether a value of these runs is a code, not a word."""
    return any(run.isdigit() for run in runs) or (len(runs) == 1 and runs[0].isupper() and len(runs[0]) <= 6)


def literal(text: str) -> str:
    """Write a string as the Python literal that ruff would write."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    body = "".join(
        "\\" + char if char in (quote, "\\") else char if char.isprintable() else repr(char)[1:-1]
        for char in text
    )
    return quote + body + quote

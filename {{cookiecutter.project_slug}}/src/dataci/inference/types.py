"""What a column holds: its type, what means "missing" in it, and which cells do not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import polars as pl

from dataci.casting import cast
from dataci.formats import jsonl

INT = r"^-?(0|[1-9][0-9]{0,17})$"  # what dataci.casting takes for a whole number, short enough for 64 bits
FLOAT = r"^-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
LEADING_ZERO = r"^-?0[0-9]"
DAY = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?"
ISO = rf"^{DAY}([T ]{CLOCK})?$"
CODED = (
    r"(?i)(^|[_ -])(zip|postal|postcode|phone|fax|telephone|fips|isbn|issn|ean|ssn|iban|code)"
    r"([_ -]?(code|no|number))?$"
)
CODED_CAMEL = r"(Zip|ZIP|Phone|Postal|ISBN|EAN|SSN|FIPS|Code)(Code|Number|No)?$"
TOKENS = ("?", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None", "none", "#N/A", "-", "--", ".")
BOOLEANS = ({"true", "false"}, {"yes", "no"}, {"t", "f"}, {"y", "n"})
MOSTLY = 0.98
CLASSES = 20  # up to so many different numbers are classes
CODES = 100  # up to so many different whole numbers are, too, where each recurs often enough
DTYPES = {
    "int": "pl.Int64",
    "float": "pl.Float64",
    "bool": "pl.Boolean",
    "string": "pl.String",
}


class Column(NamedTuple):
    """One column as it was seen.

    ``kind``: int, float, bool, string, or time (ISO dates and timestamps); lists and objects are
    "nested", and refused. ``values``: its cells that are not missing (String). ``missing`` counts the others.
    ``dtype``: the Polars type for the schema, as source text. ``odd``: (row, cell) of cells that do not fit.
    ``doubts``: sentences.
    """

    name: str
    kind: str
    values: pl.Series
    missing: int
    distinct: int
    dtype: str
    odd: tuple[tuple[int, str], ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def unique(self) -> bool:
        """Whether no value stands twice and none is missing."""
        return not self.missing and self.distinct == len(self.values)

    @property
    def numeric(self) -> bool:
        """Whether it holds numbers."""
        return self.kind in ("int", "float")

    @property
    def quantity(self) -> bool:
        """Whether it holds many different numbers: as a label, something to estimate and no class."""
        if not self.numeric or self.distinct <= CLASSES:
            return False
        return self.kind == "float" or self.distinct > CODES or self.distinct * 50 > len(self.values)


def missing_tokens(frame: pl.DataFrame) -> tuple[str, ...]:
    """Return the cell values that mean "missing" in ``frame`` (String columns), besides the empty cell.

    "?" does when it is rare; others only when they stand among numbers, and nowhere where they may be a value
    (Namibia's code is NA).
    """
    found = []
    for token in TOKENS:
        holders = [column for column in frame.get_columns() if (column == token).any()]
        among_numbers = [column for column in holders if is_numeric(without(column, TOKENS))]
        codes = [column for column in holders if is_code_list(without(column, ("",)), token)]
        rare = token == "?" and any((column == token).mean() or 0 < 0.5 for column in holders)
        if (among_numbers or rare) and not codes:
            found.append(token)
    return tuple(found)


def without(column: pl.Series, tokens: Sequence[str]) -> pl.Series:
    """Return the cells that are neither empty nor one of ``tokens``."""
    return column.filter(column.is_not_null() & (column != "") & ~column.is_in(list(tokens)))


def is_numeric(values: pl.Series) -> bool:
    """Tell whether nearly all values are numbers."""
    return bool(len(values)) and share(values, FLOAT) >= MOSTLY


def is_code_list(values: pl.Series, token: str) -> bool:
    """Tell whether ``token`` is one of many codes of its own form."""
    form = "^" + "[A-Z]" * len(token) + "$"
    alike = values.filter(values.str.contains(form)) if token.isupper() else values.head(0)
    return len(alike) > 0.9 * len(values) and alike.n_unique() >= 5


def share(values: pl.Series, pattern: str) -> float:
    """Return which part of the values matches ``pattern``."""
    return int(values.str.contains(pattern).sum()) / len(values) if len(values) else 0.0


def column(
    cells: pl.Series,
    missing: Sequence[str],
    kinds: pl.Series | None = None,
    native: pl.DataType | None = None,
) -> Column:
    """Describe a column. ``cells``: String, "" or null missing; ``kinds``: JSON's, ``native``: Parquet's."""
    present = cells.is_not_null() & ~cells.is_in(["", *missing])
    values = cells.filter(present)
    if native is not None:
        kind, dtype = of_native(native)
    elif kinds is not None:
        kind, dtype = of_json(values, kinds.filter(present))
    else:
        kind = of_text(str(cells.name), values)
        dtype = DTYPES.get(kind, "")
    if kind == "time" and native is None:
        dtype = moments(values)
    odd = misfits(cells, present, kind, dtype) if native is None else ()
    doubts: list[str] = []
    if kind == "string" and native is None and len(values):
        doubts.extend(string_doubts(values))
    name, absent = str(cells.name), len(cells) - len(values)
    return Column(name, kind, values, absent, values.n_unique(), dtype, odd, tuple(doubts))


def of_text(name: str, values: pl.Series) -> str:
    """Return the kind of a column of CSV cells."""
    if not len(values):
        return "string"
    if is_numeric(values):
        coded = pl.Series([name]).str.contains(f"{CODED}|{CODED_CAMEL}").item()
        zeros = values.str.contains(LEADING_ZERO) & ~values.str.contains(r"^[+-]?0\.")
        if zeros.any() or (coded and share(values, INT) == 1.0 and values.str.len_chars().n_unique() <= 2):
            return "string"
        numbers = values.filter(values.str.contains(FLOAT))
        return "int" if numbers.str.contains(INT).all() else "float"
    return "time" if share(values, ISO) >= MOSTLY else "string"


def moments(values: pl.Series) -> str:
    """Return the dtype of ISO dates: days, unless some have a time of day. 2008-02-31 is neither."""
    days, times = cast(values, pl.Date()), cast(values, pl.Datetime("us"))
    return "pl.Date" if days.null_count() == times.null_count() else "pl.Datetime"


def of_json(values: pl.Series, kinds: pl.Series) -> tuple[str, str]:
    """Return (kind, dtype) of a column of JSON cells: JSON has types, so strings stay strings."""
    found = set(kinds.unique().to_list())
    if found == {jsonl.BOOLEAN}:
        return "bool", "pl.Boolean"
    if found == {jsonl.NUMBER}:
        kind = "int" if share(values, INT) == 1.0 else "float"
        return kind, DTYPES[kind]
    if found == {jsonl.STRING} and share(values, ISO) == 1.0:
        return "time", ""
    if jsonl.NESTED in found:
        return "nested", ""
    return "string", "pl.String"


def of_native(dtype: pl.DataType) -> tuple[str, str]:
    """Return (kind, dtype) of a Parquet column; ("nested", "") for what is no plain value."""
    if dtype.is_integer():
        return "int", f"pl.{dtype!r}"
    if dtype.is_float() or dtype.is_decimal():
        return "float", "pl.Float64" if dtype.is_decimal() else f"pl.{dtype!r}"
    if dtype == pl.Boolean:
        return "bool", "pl.Boolean"
    if isinstance(dtype, (pl.Date, pl.Datetime)):
        return "time", f"pl.{dtype!r}".replace("'", '"')
    if isinstance(dtype, (pl.String, pl.Categorical, pl.Enum)):
        return "string", "pl.String"
    return "nested", ""


def misfits(cells: pl.Series, present: pl.Series, kind: str, dtype: str) -> tuple[tuple[int, str], ...]:
    """Return (row, cell) for each cell that is not of the column's kind."""
    pattern = {"int": INT, "float": FLOAT}.get(kind)
    if kind == "time":
        fits = cast(cells, pl.Date() if dtype == "pl.Date" else pl.Datetime("us")).is_not_null()
    elif pattern:
        fits = cells.fill_null("").str.contains(pattern)
    else:
        return ()
    rows = (present & ~fits).arg_true()
    return tuple((row, cells[row]) for row in rows)


def string_doubts(values: pl.Series) -> list[str]:
    """Say what may be wrong about a column of strings."""
    doubts = []
    numbers = share(values, FLOAT)
    if share(values, r"^[+-]?\d{1,3}([. ]?\d{3})*,\d+$") > 0.9:
        doubts.append("numbers with a decimal comma; they stay text. Write 1.5, not 1,5")
    elif share(values, r"^[+-]?\d{1,3}(,\d{3})+$") > 0.5:
        doubts.append("numbers with thousands separators; they stay text. Write 1200, not 1,200")
    elif 0.5 < numbers < MOSTLY:
        odd = values.filter(~values.str.contains(FLOAT)).head(1).item()
        doubts.append(
            f"{numbers:.0%} of the values are numbers, but for instance {odd[:30]!r} is not; it stays text"
        )
    elif share(values, r"^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}$") > 0.9:
        doubts.append("dates that are not written YYYY-MM-DD; they stay text and have no order")
    edges = int((values.str.strip_chars() != values).sum())
    if edges:
        doubts.append(f"{edges:,} values have spaces around them")
    lookalikes = [token for token in TOKENS if (values == token).any()]
    if lookalikes:
        doubts.append(f"holds {lookalikes[0]!r} as a value; if it means missing, add it to [files] missing")
    return doubts


def columns(
    frame: pl.DataFrame,
    missing: Sequence[str],
    kinds: Mapping[str, pl.Series],
    native: Mapping[str, pl.DataType],
) -> list[Column]:
    """Describe every column of ``frame``."""
    return [column(c, missing, kinds.get(c.name), native.get(c.name)) for c in frame.get_columns()]

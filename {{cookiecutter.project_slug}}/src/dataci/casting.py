"""Strings to the types that the schema asks for, strictly: what a spreadsheet would guess is a fault here."""

from __future__ import annotations

import polars as pl

WHOLE = r"^-?(0|[1-9][0-9]*)$"
DECIMAL = r"^-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
MOMENT = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?$"
)


def present(rows: pl.DataFrame, name: str, missing: tuple[str, ...] = ()) -> pl.Series:
    """Return a String column with null where there is no value: an empty cell or one of the words for "missing"."""
    column = pl.col(name)
    words = column.is_in(["", *missing]) if missing else column == ""
    return rows.select(pl.when(~words).then(column).alias(name)).to_series()


def cast(cells: pl.Series, dtype: pl.DataType | None) -> pl.Series:
    """Return ``cells`` (String, null = missing) as ``dtype``; a cell that is no such value becomes null.

    Whole numbers have no leading zeros and no decimal point, booleans are true and false, days and moments are ISO 8601
    (a moment with an offset is turned into UTC). Types that text cannot carry are left as String.
    """
    expression = converted(pl.col(cells.name), dtype)
    return cells if expression is None else cells.to_frame().select(expression).to_series()


def converted(column: pl.Expr, dtype: pl.DataType | None) -> pl.Expr | None:
    """Return the expression that casts; None where there is nothing to do."""
    if dtype is None or dtype == pl.String:
        return None
    if dtype.is_integer():
        return pl.when(column.str.contains(WHOLE)).then(column).cast(dtype, strict=False)
    if dtype.is_float() or dtype.is_decimal():
        return pl.when(column.str.contains(DECIMAL)).then(column).cast(dtype, strict=False)
    if dtype == pl.Boolean:
        return pl.when(column == "true").then(True).when(column == "false").then(False)
    if dtype == pl.Date:
        return pl.when(column.str.contains(DAY)).then(column).str.to_date("%Y-%m-%d", strict=False)
    if isinstance(dtype, pl.Datetime) or dtype == pl.Datetime:
        return moment(column, dtype)
    if isinstance(dtype, (pl.Enum, pl.Categorical)):
        return column.cast(dtype, strict=False)
    return None


def moment(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Return the expression for ISO timestamps, with or without time, seconds and offset."""
    text = pl.when(column.str.contains(MOMENT)).then(column).str.replace(" ", "T", literal=True)
    text = text.str.replace(r"^([0-9-]{10})$", "${1}T00:00").str.replace("Z$", "+0000")
    text = text.str.replace(r"T([0-9]{2}:[0-9]{2})($|[+-])", "T${1}:00${2}")
    zoned = text.str.contains(r"[+-][0-9]{2}:?[0-9]{2}$")
    with_zone = (
        pl.when(zoned).then(text).str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%#z", time_zone="UTC", strict=False)
    )
    without = pl.when(~zoned).then(text).str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", strict=False)
    naive = pl.coalesce(with_zone.dt.replace_time_zone(None), without)
    zone = getattr(dtype, "time_zone", None)
    return naive if zone is None else naive.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)


def expected(dtype: pl.DataType, cell: str) -> str:
    """Say why ``cell`` is not a value of ``dtype``, and what to write instead."""
    stripped = cell.strip()
    if stripped != cell:
        return "has spaces around it; remove them"
    if dtype.is_integer():
        if cell.lstrip("-").startswith("0") and cell.lstrip("-").isdigit():
            return "has leading zeros: write the number without, or make the column a string if it is a code"
        if cell.replace(".", "", 1).lstrip("-").isdigit():
            return "is not a whole number: did a data frame turn whole numbers into floats? Write it without the point"
        return "is not a whole number"
    if dtype.is_float() or dtype.is_decimal():
        comma = cell.replace(",", "").lstrip("-").replace(".", "", 1).isdigit()
        return (
            "is not a number: write the decimal point as . and no thousands separator"
            if comma
            else "is not a number"
        )
    if dtype == pl.Boolean:
        return "is not true or false"
    if dtype == pl.Date:
        return "is not a day like 2026-11-24"
    if dtype == pl.Datetime:
        return "is not a moment like 2026-11-24T13:45:00"
    return f"is not a value of type {dtype}"

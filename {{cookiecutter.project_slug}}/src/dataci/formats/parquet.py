"""Parquet: typed columns; the number of a row stands for its line."""

from __future__ import annotations

import io

import polars as pl

from dataci.formats.table import (
    COLUMN_LIMIT,
    Problem,
    Table,
    name_fault,
    nothing,
    safe_names,
    too_wide,
)


def read(data: bytes) -> Table:
    """Read the bytes of a Parquet file. Never raises: a corrupt file is a problem."""
    if not data:
        return nothing(Problem("parse-error", None, "The file is empty. Write it again, or delete it."))
    try:
        native = pl.read_parquet(io.BytesIO(data))
        names = native.columns
        if len(names) > COLUMN_LIMIT:
            return nothing(too_wide(len(names)), records=native.height)
        native.columns = safe_names(names)
        frame = native.select(as_text(name, dtype) for name, dtype in native.schema.items())
    except BaseException as error:
        # A damaged file can make Polars panic, and its PanicException is not an Exception.
        if isinstance(error, (KeyboardInterrupt, SystemExit, MemoryError)):
            raise
        message = "The Parquet file is damaged or cut short. Write it again from its source."
        return nothing(
            Problem("parse-error", None, message, str(error).splitlines()[0][:80] if str(error) else None)
        )
    lines = pl.int_range(1, native.height + 1, dtype=pl.UInt32, eager=True).alias("line")
    faults = {name: name_fault(name) for name in names}
    problems = [Problem("header", None, fault, name, name or None) for name, fault in faults.items() if fault]
    return Table(frame, lines, tuple(problems), native.height, native=native)


def as_text(name: str, dtype: pl.DataType) -> pl.Expr:
    """Return a column as String: nested values as JSON, bytes as hex."""
    column = pl.col(name)
    if dtype == pl.Binary:
        return column.bin.encode("hex")
    if dtype == pl.Boolean:
        return column.replace_strict({True: "true", False: "false"}, default=None, return_dtype=pl.String)
    if dtype.is_nested():
        return column.map_elements(
            lambda value: pl.Series([value]).to_frame().write_json(), return_dtype=pl.String
        )
    return column.cast(pl.String)


def write(frame: pl.DataFrame) -> bytes:
    """Return Parquet bytes of ``frame``; the types are those of the frame."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()

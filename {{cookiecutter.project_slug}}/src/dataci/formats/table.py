"""What reading a data file gives: the rows with their physical lines, and what could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

FIELD_LIMIT = 1 << 20  # bytes; a longer field is nearly always a quote that was never closed
PLACES = ("_file", "_line", "_row", "_new", "_path", "_split")  # columns that say where a row stands
COLUMN_LIMIT = 4096  # a table with more was separated or turned the wrong way
ERROR_LIMIT = 1000  # broken records in one file, after which the rest is reported as unread


class Problem(NamedTuple):
    """A malformed place in a file. ``check`` is the check that reports it; ``line`` is physical, 1-based.

    ``form`` is True where only the form is wrong and `dataci fmt` mends it without touching a value.
    """

    check: str
    line: int | None
    message: str
    value: str | None = None
    column: str | None = None
    form: bool = False


class Table(NamedTuple):
    """One data file. Rows read + rows reported = rows in the file (``records``).

    ``frame`` has every column as String, each field with exactly its characters (CSV: an empty field is ""; JSON:
    null or absent is null). ``lines`` (UInt32, one a row) is the physical line, 1-based, at which the row starts;
    for Parquet the number of the row. ``records`` counts the rows in the file, also those that only ``problems``
    mentions. ``kinds`` (JSON only) has for each column the JSON type of each cell (see formats.jsonl). ``native``
    (Parquet only) is the frame with the types of the file. ``canonical``: the file has the bytes that
    `dataci fmt` would write.
    """

    frame: pl.DataFrame
    lines: pl.Series
    problems: tuple[Problem, ...]
    records: int
    canonical: bool = True
    kinds: dict[str, pl.Series] | None = None
    native: pl.DataFrame | None = None


def name_fault(name: str) -> str | None:
    """Say what is wrong with the name of a column, and what to do; None when nothing is."""
    if not name.strip():
        return "A column has no name. Name it, or delete it if it is empty (a saved index?)."
    if name.startswith("\ufeff"):
        return "A column's name begins with a byte order mark that is part of it. Remove it."
    if name in PLACES:
        return f"The column name {name!r} is used by dataci itself. Rename the column."
    if is_pattern(name):
        return f"The column name {name!r} is a pattern that would stand for other columns. Rename the column."
    if name != name.strip():
        return f"The column name {name!r} has spaces around it. Remove them."
    return None


def is_pattern(name: str) -> bool:
    """Tell whether Polars would take a name for several columns; such a column goes by its number."""
    return name == "*" or (name.startswith("^") and name.endswith("$"))


def safe_names(names: Sequence[str]) -> list[str]:
    """Return column names that can stand in one frame: blank, repeated and pattern-like ones get a number."""
    found: list[str] = []
    for position, name in enumerate(names, start=1):
        number, candidate = position, f"column_{position}" if not name or is_pattern(name) else name
        while candidate in found:
            candidate = f"{name or 'column'}_{number}"
            number += 1
        found.append(candidate)
    return found


def too_wide(width: int) -> Problem:
    """Say that a file has too many columns to be a table of examples."""
    message = f"The file has {width:,} columns; at most {COLUMN_LIMIT:,} are read. Is it turned round?"
    return Problem("parse-error", 1, message)


def nothing(*problems: Problem, records: int = 0) -> Table:
    """Return a table without rows, for a file that could not be read at all."""
    return Table(pl.DataFrame(), pl.Series(dtype=pl.UInt32), problems, records)

"""Data files: CSV, TSV, JSON Lines and Parquet, read from bytes with the physical line of each row."""

from __future__ import annotations

from pathlib import PurePosixPath

import polars as pl

from dataci.formats import csv, jsonl, parquet
from dataci.formats.table import Problem, Table, nothing
from dataci.formats.text import decode

SUFFIXES = (".csv", ".tsv", ".jsonl", ".parquet")
__all__ = ["SUFFIXES", "Problem", "Table", "canonical", "read", "write"]


def read(path: str, data: bytes) -> Table:
    """Read one data file; the ending of ``path`` says how. Never raises for what the bytes are."""
    suffix = PurePosixPath(path).suffix.lower()
    if suffix == ".jsonl":
        return jsonl.read(data)
    if suffix == ".parquet":
        return parquet.read(data)
    if suffix in (".csv", ".tsv"):
        return csv.read(data, "\t" if suffix == ".tsv" else ",")
    return nothing(
        Problem("parse-error", None, f"Files ending in {suffix!r} are not read. Use {', '.join(SUFFIXES)}.")
    )


def write(path: str, frame: pl.DataFrame, like: Table | None = None) -> bytes:
    """Return the canonical bytes of ``frame`` for a file named ``path``; JSON cells keep the types of ``like``."""
    suffix = PurePosixPath(path).suffix.lower()
    if suffix == ".jsonl":
        return jsonl.write(frame, like.kinds if like else None)
    if suffix == ".parquet":
        return parquet.write(frame)
    return csv.write(frame, "\t" if suffix == ".tsv" else ",")


def canonical(path: str, data: bytes) -> bytes | None:
    """Return what `dataci fmt` writes for these bytes; None when the file is malformed in more than its form."""
    table = read(path, data)
    if any(not problem.form for problem in table.problems):
        return None
    if table.canonical:
        return data
    if PurePosixPath(path).suffix.lower() == ".jsonl":
        return jsonl.canonical_bytes(decode(data).text or "")
    return write(path, table.frame)

"""A file that the user brings: read in whatever dialect, and held in the canonical form of its kind."""

from __future__ import annotations

import csv as stdlib_csv
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from dataci import formats
from dataci.errors import CannotRun
from dataci.formats import csv
from dataci.formats.table import PLACES, Table, safe_names
from dataci.inference import dialect, encoding
from dataci.inference.dialect import Dialect, Record

USUAL = {".csv": ",", ".tsv": "\t", ".tab": "\t", ".txt": "\t", ".data": ","}
JSON = (".jsonl", ".ndjson")


class Source(NamedTuple):
    """One file of the user. ``data``: the bytes as the project will hold them, ``table``: what they read as.

    ``ragged``: rows that could not be read are in ``data`` all the same, so it may not be split. ``header``
    False: the file named no columns. ``notes`` say how it was written, ``doubts`` what may be wrong about
    that.
    """

    path: Path
    name: str
    data: bytes
    table: Table
    ragged: bool = False
    header: bool = True
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def load(path: Path) -> Source:
    """Read a file that the user names; CannotRun when it holds no table, with what to do about it."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise CannotRun(f"There is no file {str(path)!r}. Check the path.") from None
    except IsADirectoryError:
        raise CannotRun(f"{str(path)!r} is a folder. Name the data files in it: {path}/*.csv") from None
    except OSError as error:
        raise CannotRun(f"{str(path)!r} cannot be read: {error.strerror}.") from None
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        source = Source(path, stem(path) + ".parquet", data, formats.read("x.parquet", data))
    elif suffix in JSON:
        source = json_lines(path, data)
    elif suffix in USUAL:
        source = delimited(path, data, USUAL[suffix])
    else:
        known = ", ".join([*USUAL, *JSON, ".parquet"]) + (" (one object a line)" if suffix == ".json" else "")
        raise CannotRun(f"{path.name!r}: files ending in {suffix!r} are not read. Use one of {known}.")
    return judged(source)


def judged(source: Source) -> Source:
    """Refuse what has no rows; mark what has rows that could not be read."""
    problems = [problem for problem in source.table.problems if not problem.form]
    if not source.table.frame.height:
        line = f"line {problems[0].line}: " if problems and problems[0].line else ""
        why = (
            line + problems[0].message
            if problems
            else "It has a header and no rows; there is nothing to learn from."
        )
        raise CannotRun(f"{source.path.name!r}: {why}")
    taken = [name for name in source.table.frame.columns if name in PLACES]
    if taken:
        raise CannotRun(f"{source.path.name!r}: the column name {taken[0]!r} is reserved. Rename the column.")
    if not problems:
        return source
    lines = [str(problem.line) for problem in problems if problem.line]
    lost = source.table.records - source.table.frame.height
    where = ", ".join(lines[:5]) + (", …" if len(lines) > 5 else "")
    doubt = (
        f"{max(lost, len(problems)):,} of {source.table.records:,} rows are malformed (line {where}): "
        f"{problems[0].message} The file was taken over as it is, into train, without a test set"
    )
    return source._replace(ragged=True, doubts=(*source.doubts, doubt))


def json_lines(path: Path, data: bytes) -> Source:
    """Read JSON Lines."""
    decoded = encoding.decode(data, repr(path.name))
    raw = decoded.text.encode("utf-8", "surrogatepass")
    canonical = formats.canonical("x.jsonl", raw)
    body = raw if canonical is None else canonical
    notes = (f"JSON Lines, {decoded.encoding}",)
    return Source(
        path, stem(path) + ".jsonl", body, formats.read("x.jsonl", body), notes=notes, doubts=decoded.doubts
    )


def delimited(path: Path, data: bytes, usual: str) -> Source:
    """Read a delimited text file in whatever dialect."""
    decoded = encoding.decode(data, repr(path.name))
    found = dialect.sniff(decoded.text, usual)
    own = "\t" if found.delimiter == "\t" else ","
    doubts = list(decoded.doubts)
    plain = found == Dialect(own) and decoded.encoding == "UTF-8"
    body = data if plain else decoded.text.encode("utf-8", "surrogatepass")
    table = csv.read(body, own)
    if found != Dialect(own) or bad_names(table):
        try:
            body, renamed = rewritten(decoded.text, found, own)
            table = csv.read(body, own)
            doubts.extend(renamed)
        except stdlib_csv.Error:
            pass  # broken quotes: the file is taken as it is, and the reader says where
    if all(problem.form for problem in table.problems):
        body = csv.write(table.frame, own)
    if not found.header:
        doubts.append("has no header; the columns were given names")
    name = stem(path) + (".tsv" if own == "\t" else ".csv")
    return Source(
        path,
        name,
        body,
        csv.read(body, own),
        False,
        found.header,
        (described(found, decoded.encoding),),
        tuple(doubts),
    )


def described(found: Dialect, code: str) -> str:
    """Say in words how a file is written."""
    parts = [dialect.NAMES[found.delimiter] + "-separated", code]
    parts += [] if found.quoted else ["quotes are ordinary characters"]
    parts += ["a space after each separator"] if found.spaced else []
    return ", ".join(parts + ([] if found.header else ["no header"]))


def bad_names(table: Table) -> bool:
    """Tell whether the header cannot stay: a blank or repeated name, or spaces around one."""
    return any(problem.check == "header" and problem.line == 1 for problem in table.problems)


def rewritten(text: str, found: Dialect, own: str) -> tuple[bytes, list[str]]:
    """Write the records in canonical form, each with its own width; return that and what was renamed."""
    records = list(dialect.read(text, found))
    if not records:
        return b"", []
    doubts: list[str] = []
    if found.header:
        names = clean_names(records[0].fields, doubts)
        records = [Record(records[0].line, names), *records[1:]]
    else:
        width = max(len(record.fields) for record in records[: dialect.SAMPLE])
        records.insert(0, Record(0, [f"column_{number}" for number in range(1, width + 1)]))
    buffer = io.StringIO()
    writer = stdlib_csv.writer(buffer, delimiter=own, lineterminator="\n")
    writer.writerows(record.fields for record in records)
    return buffer.getvalue().encode("utf-8", "surrogatepass"), doubts


def clean_names(fields: Sequence[str], doubts: list[str]) -> list[str]:
    """Return names that can stand in one header; say which were changed."""
    names = safe_names([field.strip() for field in fields])
    for position, (field, name) in enumerate(zip(fields, names, strict=True), start=1):
        if not field.strip():
            doubts.append(f"column {position} had no name; it is called {name!r}")
        elif field.strip() != name:
            doubts.append(f"the column name {field!r} stood twice; the second is called {name!r}")
    return names


def rename(source: Source, names: dict[str, str]) -> Source:
    """Return a CSV or TSV without a header of its own with better names for its columns."""
    own = "\t" if source.name.endswith(".tsv") else ","
    head = pl.DataFrame(schema=[names.get(name, name) for name in source.table.frame.columns])
    body = csv.write(head, own) + source.data.split(b"\n", 1)[1]
    return source._replace(data=body, table=csv.read(body, own))


def part(source: Source, keep: pl.Series) -> bytes:
    """Return the bytes of the rows that ``keep`` (Boolean, one a row) selects, in the source's order."""
    if source.name.endswith(".jsonl"):
        lines = source.data.decode("utf-8").split("\n")
        return "".join(lines[number - 1] + "\n" for number in source.table.lines.filter(keep)).encode("utf-8")
    frame = source.table.frame if source.table.native is None else source.table.native
    return formats.write(source.name, frame.filter(keep))


def stem(path: Path) -> str:
    """Return a file name, without its ending, that is safe everywhere."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).strip("-.") or "data"


def together(sources: Sequence[Source]) -> pl.DataFrame:
    """Return the rows of all sources (String columns); CannotRun when their columns differ."""
    first = sources[0]
    for other in sources[1:]:
        if set(other.table.frame.columns) != set(first.table.frame.columns):
            odd = sorted(set(other.table.frame.columns) ^ set(first.table.frame.columns))
            raise CannotRun(
                f"{first.path.name!r} and {other.path.name!r} have different columns (only in one: "
                f"{', '.join(map(repr, odd[:5]))}). A project holds one kind of table; bring in one of them."
            )
    order = first.table.frame.columns
    return pl.concat([source.table.frame.select(order) for source in sources])

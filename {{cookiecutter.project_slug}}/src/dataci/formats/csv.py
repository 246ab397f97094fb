"""CSV and TSV: RFC 4180 read exactly, with the physical line of each row; canonical bytes written.

The quick way proves itself: what Polars read is written again, and only if the bytes are the same (so the file is
canonical) is the reading believed. Everything else is read by Python's strict parser, record by record.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

import polars as pl

from dataci.formats.table import (
    COLUMN_LIMIT,
    ERROR_LIMIT,
    FIELD_LIMIT,
    Problem,
    Table,
    name_fault,
    nothing,
    safe_names,
    too_wide,
)
from dataci.formats.text import LFS, conflicts, decode

csv.field_size_limit(FIELD_LIMIT)
MARKS = (b"\r", b"\0", b"<<<<<<<")
# A pointer is no table, and Polars would unpack what looks compressed: one kilobyte can become a gigabyte.
NO_TABLE = (LFS, b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"x\x01", b"x\x5e", b"x\x9c", b"x\xda")
CUT = 60


def read(data: bytes, delimiter: str = ",") -> Table:
    """Read the bytes of a CSV file. Never raises: what is malformed is in ``problems``, with its line."""
    return read_canonical(data, delimiter) or read_any(data, delimiter)


def write(frame: pl.DataFrame, delimiter: str = ",") -> bytes:
    """Return the canonical bytes of ``frame`` (String columns): UTF-8, LF, one header, quotes only where needed."""
    if not frame.width:
        return b""
    # An empty field needs no quotes, except where it would make an empty line.
    empty = pl.all().fill_null("") if frame.width == 1 else pl.when(pl.all() != "").then(pl.all())
    buffer = io.BytesIO()
    frame.select(empty).write_csv(buffer, separator=delimiter, quote_style="necessary", batch_size=50_000)
    return buffer.getvalue()


def read_canonical(data: bytes, delimiter: str) -> Table | None:
    """Read a file that is in canonical form; None when it is not, whatever the reason."""
    if data[: data.find(b"\n")].count(delimiter.encode()) >= COLUMN_LIMIT:
        return None
    if not data.endswith(b"\n") or data.startswith(NO_TABLE) or any(mark in data for mark in MARKS):
        return None
    try:
        frame = pl.read_csv(data, separator=delimiter, infer_schema=False, raise_if_empty=True)
    except (pl.exceptions.PolarsError, UnicodeDecodeError, ValueError, OSError):
        return None
    if not frame.width or write(frame, delimiter) != data:
        return None
    frame = frame.select(pl.all().fill_null(""))
    if header_problems(frame.columns, 1, delimiter) or has_odd_rows(frame):
        return None
    return Table(frame, lines(frame, data), (), frame.height)


def has_odd_rows(frame: pl.DataFrame) -> bool:
    """Tell whether a row is blank, repeats the header, or has a huge field: the exact reader reports those."""
    if not frame.height:
        return False
    blank = pl.all_horizontal(pl.all() == "") if frame.width > 1 else pl.lit(False)
    again = pl.all_horizontal(pl.col(name) == name for name in frame.columns)
    huge = pl.any_horizontal(pl.all().str.len_bytes() > FIELD_LIMIT)
    return bool(frame.lazy().select((blank | again | huge).any()).collect().item())


def lines(frame: pl.DataFrame, data: bytes) -> pl.Series:
    """Return the physical line at which each row of a canonical file starts."""
    count = data.count(b"\n")
    heading = sum(name.count("\n") for name in frame.columns)
    plain = pl.int_range(2 + heading, 2 + heading + frame.height, dtype=pl.UInt32, eager=True).alias("line")
    if count == frame.height + 1 + heading:
        return plain
    inner = frame.select(
        pl.sum_horizontal(pl.all().str.count_matches("\n", literal=True)).cum_sum()
    ).to_series()
    return (plain + inner.shift(1, fill_value=0)).cast(pl.UInt32).alias("line")


def read_any(data: bytes, delimiter: str) -> Table:
    """Read any bytes as CSV, record by record."""
    text, problems = decode(data)
    if text is None:
        return nothing(*problems)
    body = Body(text, delimiter)
    if body.header is None:
        return nothing(*problems, *body.problems, records=body.records)
    if len(body.header) > COLUMN_LIMIT:
        return nothing(*problems, too_wide(len(body.header)), records=body.records)
    frame = pl.DataFrame(body.columns(), schema=dict.fromkeys(body.names, pl.String))
    starts = pl.Series("line", body.starts, dtype=pl.UInt32)
    # Once something is wrong with the values, form is not worth a second finding.
    canonical = all(p.form for p in (*problems, *body.problems)) and write(frame, delimiter) == data
    return Table(frame, starts, (*problems, *body.problems), body.records, canonical)


class Body:
    """The records of a CSV text, sorted into rows and problems while they are read."""

    def __init__(self, text: str, delimiter: str) -> None:
        self.problems: list[Problem] = []
        self.rows: list[list[str]] = []
        self.starts: list[int] = []
        self.names: list[str] = []
        self.header: list[str] | None = None
        self.records = 0
        self.delimiter = delimiter
        physical = text.split("\n")
        if physical[-1] == "":
            physical.pop()
        self.last = len(physical)
        while self.last and not physical[self.last - 1].strip("\r"):
            self.last -= 1  # blank lines at the end are a matter of form
        self.markers = conflicts(text)
        for line, fields in records(physical, delimiter):
            self.take(line, fields)
            if len(self.header or ()) > COLUMN_LIMIT:
                self.records = self.last - line
                break

    def take(self, line: int, fields: Sequence[str] | csv.Error) -> None:
        """Put one record where it belongs: the header, a row, or a problem."""
        if line in self.markers:
            self.problems.append(self.markers[line])
        elif isinstance(fields, Rest):
            self.records += fields.lines
            self.problem("parse-error", line, str(fields))
        elif isinstance(fields, csv.Error):
            self.records += 1
            self.problem("parse-error", line, explain(str(fields)))
        elif self.header is None:
            if fields:
                self.header = list(fields)
                if len(fields) <= COLUMN_LIMIT:
                    self.names = safe_names(self.header)
                    self.problems.extend(header_problems(self.header, line, self.delimiter))
        elif not (fields or line > self.last or len(self.header) == 1):
            self.records += 1
            self.problem("ragged-row", line, "This line is empty. Delete it.")
        elif fields or line <= self.last:
            self.take_row(line, list(fields) or [""])

    def take_row(self, line: int, fields: list[str]) -> None:
        """Take a record that has fields."""
        assert self.header is not None
        self.records += 1
        if len(fields) != len(self.header):
            self.problem(
                "ragged-row", line, ragged(len(fields), len(self.header)), self.delimiter.join(fields)[:CUT]
            )
        elif fields == self.header:
            self.problem(
                "header",
                line,
                "The header stands here again, as a row (two files pasted together?). Delete the line.",
            )
        elif len(fields) > 1 and not any(fields):
            self.problem(
                "ragged-row",
                line,
                "No cell of this row has a value (a spreadsheet's leftover?). Delete the line.",
            )
        else:
            self.rows.append(fields)
            self.starts.append(line)

    def problem(self, check: str, line: int, message: str, value: str | None = None) -> None:
        """Note a problem."""
        self.problems.append(Problem(check, line, message, value))

    def columns(self) -> dict[str, list[str]]:
        """Return the rows as columns."""
        turned = list(zip(*self.rows, strict=True)) or [()] * len(self.names)
        return {name: list(values) for name, values in zip(self.names, turned, strict=True)}


class Rest(csv.Error):
    """The rest of a file that is too broken to go on with."""

    lines = 0


def records(physical: list[str], delimiter: str) -> Iterator[tuple[int, Sequence[str] | csv.Error]]:
    """Yield (line, fields) for each record, or (line, error); after an error reading goes on at the next line.

    A quote that is never closed swallows what follows; taking it up again at the next physical line loses one record
    instead of the rest of the file. Files with over ERROR_LIMIT broken records are given up, which bounds the work.
    """
    at, errors = 0, 0
    while at < len(physical):
        start = at
        reader = csv.reader((line + "\n" for line in feed(physical, at)), delimiter=delimiter, strict=True)
        try:
            for fields in reader:
                yield at + 1, fields
                at = start + reader.line_num
        except csv.Error as error:
            yield at + 1, error
            at += 1
            errors += 1
            if errors == ERROR_LIMIT and at < len(physical):
                rest = Rest(
                    f"{ERROR_LIMIT:,} records are broken; the last {len(physical) - at:,} lines were not "
                    "read. Mend the "
                    "first ones: one unclosed quote breaks many."
                )
                rest.lines = len(physical) - at
                yield at + 1, rest
                return


def feed(physical: list[str], at: int) -> Iterator[str]:
    """Yield the lines from ``at`` on, without copying them."""
    for index in range(at, len(physical)):
        yield physical[index]


def explain(error: str) -> str:
    """Say in our words what Python's parser objected to."""
    if "end of data" in error:
        return (
            'A quote (") is opened in this record and never closed. Close it, or double it ("") if '
            "it belongs to the text."
        )
    if "expected after" in error:
        return 'Text follows a closing quote ("). Quote the whole field and double the quotes inside it ("").'
    if "field limit" in error or "field larger" in error:
        return (
            f"A field is longer than {FIELD_LIMIT:,} characters. Is a quote not closed? Else keep "
            "such text outside the table."
        )
    if "new-line" in error:
        return "A carriage return (CR) stands inside the record. Remove it, or quote the field."
    return f"The record cannot be read: {error}."


def ragged(found: int, expected: int) -> str:
    """Say how a row's width is wrong."""
    what = (
        "a separator or a cell is missing"
        if found < expected
        else 'a field that contains the separator needs quotes (")'
    )
    return f"The row has {found} fields, the header {expected}: {what}."


def header_problems(header: Sequence[str], line: int, delimiter: str) -> list[Problem]:
    """Return what is wrong with the names of the columns."""
    problems = []
    for position, name in enumerate(header):
        message = name_fault(name)
        if message is None and name in header[:position]:
            message = f"The column name {name!r} stands twice. Rename or delete one."
        if message:
            problems.append(Problem("header", line, message, name, column=name.strip() or None))
    others = [other for other in ",;\t|" if other != delimiter and len(header) == 1 and other in header[0]]
    if others:
        message = (
            f"There is one column and its name holds {others[0]!r}. Separate the fields by {delimiter!r}."
        )
        problems.append(Problem("header", line, message, header[0]))
    return problems

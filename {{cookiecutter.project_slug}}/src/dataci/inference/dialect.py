"""How a delimited text file that nobody described is written: separator, quoting, spaces, header."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

DELIMITERS = (",", "\t", ";", "|")
NAMES = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}
SAMPLE = 500
NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
NAME = re.compile(r"[^\W\d][\w .()/%#°-]{0,60}")
FAMILIAR = re.compile(
    r"(?i)(id|.*[_ -]id|label|target|class|category|text|name|date|.*_date|time|timestamp|value|title|y)"
)


class Dialect(NamedTuple):
    """A way to write a table. ``quoted`` False: quotes are ordinary characters, a line is a record."""

    delimiter: str
    quoted: bool = True
    spaced: bool = False
    header: bool = True


class Record(NamedTuple):
    """One record and the physical line (1-based) at which it starts."""

    line: int
    fields: list[str]


def sniff(text: str, usual: str) -> Dialect:
    """Return the dialect of ``text``. ``usual`` is the separator that the file's ending promises."""
    lines = text.split("\n", 4 * SAMPLE)[: 4 * SAMPLE]
    delimiter = find_delimiter([line.rstrip("\r") for line in lines if line.strip()][:SAMPLE], usual)
    quoted = '"' not in text or not has_stray_quotes(text, delimiter)
    rough = Dialect(delimiter, quoted)
    spaced = is_spaced(sample(text, rough))
    dialect = rough._replace(spaced=spaced)
    return dialect._replace(header=has_header([record.fields for record in sample(text, dialect)]))


def find_delimiter(lines: Sequence[str], usual: str) -> str:
    """Return the separator under which most lines have the same width, the first line's best of all."""
    scores = {}
    for delimiter in sorted(DELIMITERS, key=lambda each: each != usual):
        widths = [len(row) for row in parse(lines, delimiter)]
        modal, count = Counter(widths).most_common(1)[0] if widths else (1, 0)
        if modal > 1 and count >= 0.6 * len(widths):
            scores[delimiter] = (
                round(count / len(widths) + (widths[0] == modal) / 2, 3),
                delimiter == usual,
                modal,
            )
    if scores:
        return max(scores, key=lambda each: scores[each])
    named = [each for each in DELIMITERS if lines and each in lines[0]]
    return (
        named[0] if named and usual not in lines[0] and NAME.fullmatch(lines[0].split(named[0])[0]) else usual
    )


def parse(lines: Sequence[str], delimiter: str) -> Iterator[list[str]]:
    """Parse lines without strictness, for a look at their width."""
    try:
        yield from csv.reader((line + "\n" for line in lines), delimiter=delimiter)
    except csv.Error:
        return


def has_stray_quotes(text: str, delimiter: str) -> bool:
    """Tell whether quotes are ordinary characters: each line has the same width, and quoting joins some."""
    widths = {line.count(delimiter) for line in text.splitlines() if line}
    if len(widths) != 1 or widths == {0}:
        return False
    lines = sum(1 for line in text.split("\n") if line.strip("\r"))
    try:
        return sum(1 for record in read(text, Dialect(delimiter)) if record.fields) != lines
    except csv.Error:
        return True


def sample(text: str, dialect: Dialect) -> list[Record]:
    """Return the first records, as far as they can be read."""
    found: list[Record] = []
    try:
        for record in read(text[: 1 << 20], dialect):
            found.append(record)
            if len(found) == SAMPLE:
                break
    except csv.Error:
        pass
    return found


def read(text: str, dialect: Dialect) -> Iterator[Record]:
    """Yield every record with fields; raises csv.Error where the quoting is broken."""
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    if not dialect.quoted:
        strip = str.lstrip if dialect.spaced else str
        for number, line in enumerate(lines, start=1):
            if line:
                yield Record(number, [strip(field) for field in line.split(dialect.delimiter)])
        return
    reader = csv.reader(
        (line + "\n" for line in lines),
        delimiter=dialect.delimiter,
        skipinitialspace=dialect.spaced,
        strict=True,
    )
    start = 1
    for fields in reader:
        if fields:
            yield Record(start, fields)
        start = reader.line_num + 1


def is_spaced(records: Sequence[Record]) -> bool:
    """Tell whether a space follows every separator: then it belongs to the dialect, not to the values."""
    rest = [field for record in records for field in record.fields[1:]]
    return bool(rest) and all(field.startswith(" ") for field in rest)


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first row names the columns; in doubt it does, as canonical files have a header."""
    if len(rows) < 2:
        return True
    first = [cell.strip() for cell in rows[0]]
    body = [row for row in rows[1:] if len(row) == len(first) and list(row) != list(rows[0])]
    columns = [[cell.strip() for cell in column if cell.strip()] for column in zip(*body, strict=True)]
    votes = [vote(name, cells) for name, cells in zip(first, columns, strict=False)]
    if "name" in votes or is_years(first):
        return True
    return "value" not in votes


def vote(name: str, cells: Sequence[str]) -> str:
    """Say whether a first cell looks like a "name", like one more "value" of its column, or like neither."""
    if not cells or not name:
        return ""
    numbers = sum(1 for cell in cells if NUMBER.fullmatch(cell)) / len(cells)
    if NUMBER.fullmatch(name):
        return "value" if numbers > 0.5 else ""
    if numbers > 0.8 or FAMILIAR.fullmatch(name):
        return "name"
    if name in cells or not re.match(r"[^\W\d]|[#%_]", name):
        return "value"
    if name.count(" ") >= 2 and sum(cell.count(" ") for cell in cells) >= len(cells):
        return "value"
    shapes = {shape(cell) for cell in cells}
    if len(shapes) == 1 and len(cells) > 2:
        return "value" if shape(name) in shapes and any(map(str.isdigit, name)) else "name"
    return ""


def shape(cell: str) -> str:
    """Return a cell with each letter and digit replaced by its class."""
    return re.sub(r"[A-Z]", "A", re.sub(r"[a-z]", "a", re.sub(r"\d", "0", cell)))


def is_years(first: Sequence[str]) -> bool:
    """Tell whether the numbers of the first row are consecutive years, which name columns of a wide table."""
    years = [int(cell) for cell in first if re.fullmatch(r"(19|20)\d\d", cell)]
    numbers = [cell for cell in first if NUMBER.fullmatch(cell)]
    return len(years) == len(numbers) > 1 and all(b - a == 1 for a, b in pairwise(years))

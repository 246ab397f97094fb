"""The patterns as people paste them: a Markdown table, CSV, semicolons, or tabs from a spreadsheet, in a fence or not.

How the table is written is found by its header: the way under which most names are columns of the project. Every line
is a row, a Fault or a note, so nothing is lost silently. Cells lose the blanks around them and nothing else: quotes of
a word processor (“ ”), HTML and formulas are what the pattern says, and only a straight quote (") encloses a field.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from dataci.bugs.fault import Fault, at
from dataci.formats.csv import explain

FENCE = re.compile(r" {0,3}(`{3,}|~{3,})([^`]*)")
RULE = re.compile(r"\s*\|?(\s*:?-+:?\s*\|)*\s*:?-+:?\s*\|?\s*")
PIPE = re.compile(r"(?<!\\)\|")
WAYS = ("|", "\t", ";", ",")
BROKEN = 20  # records that cannot be read, after which the rest is given up: it bounds the work
MANY = 1000  # rows that are read


class Row(NamedTuple):
    """A row of the table: the number of its line in the issue, that line, and its cells (as many as the header)."""

    line: int
    text: str
    cells: tuple[str, ...]


class Grid(NamedTuple):
    """A table: its header, its rows, and the lines that are none. ``records``: rows, with those that cannot be read."""

    header: tuple[str, ...]
    line: int
    rows: tuple[Row, ...]
    records: int
    faults: tuple[Fault, ...] = ()
    notes: tuple[Fault, ...] = ()


class Taken(NamedTuple):
    """The lines below the header, sorted. ``more``: lines that were not read."""

    rows: list[Row]
    faults: list[Fault]
    notes: list[Fault]
    more: int = 0


class Found(NamedTuple):
    """Where the header stands (position in the lines), how the table is written, and the header's cells.

    ``outer``: the lines of a Markdown table begin with a bar.
    """

    position: int
    way: str
    cells: list[str]
    outer: bool = False


def read(lines: Sequence[str], first: int, last: int, known: Callable[[str], bool]) -> Grid:
    """Read the table that stands in ``lines`` (of the issue) from line ``first`` to ``last`` (1-based, inclusive).

    ``known`` tells whether a name is one of a column. Never raises.
    """
    chosen, strange = inside(lines, first, last)
    found = header(lines, chosen, known)
    if found is None:
        start = next((number for number in chosen if lines[number - 1].strip()), first)
        message = "The table must begin with a line that names the columns, as the test set does."
        return Grid((), start, (), 0, (at(message, start, lines),), tuple(strange))
    notes = [
        *strange,
        *(unused(number, lines) for number in chosen[: found.position] if lines[number - 1].strip()),
    ]
    rest = chosen[found.position + 1 :]
    taken = (marked if found.way == "|" else delimited)(lines, rest, found)
    return Grid(
        tuple(found.cells),
        chosen[found.position],
        tuple(taken.rows),
        len(taken.rows) + len(taken.faults) + taken.more,
        tuple(taken.faults),
        tuple(note for note in (*notes, *taken.notes) if not note.text.startswith("sep=")),
    )


def unused(number: int, lines: Sequence[str]) -> Fault:
    """Say that a line is not part of the table."""
    return at("This is no part of the table and was not used.", number, lines)


def inside(lines: Sequence[str], first: int, last: int) -> tuple[list[int], list[Fault]]:
    """Return the numbers of the lines that hold the table: those within code fences, or all where there is no fence."""
    every = list(range(first, last + 1))
    within: list[int] = []
    outside: list[int] = []
    fence = ""
    for number in every:
        match = FENCE.fullmatch(lines[number - 1])
        if not fence and match:
            fence = match[1]
        elif fence and match and match[1].startswith(fence) and not match[2].strip():
            fence = ""
        elif fence:
            within.append(number)
        elif lines[number - 1].strip():
            outside.append(number)
    if not within:
        return [number for number in every if not FENCE.fullmatch(lines[number - 1])], []
    return within, [unused(number, lines) for number in outside]


def header(lines: Sequence[str], chosen: Sequence[int], known: Callable[[str], bool]) -> Found | None:
    """Return the first line that names at least two columns; else the first that names one."""
    single = None
    for position, number in enumerate(chosen):
        line = lines[number - 1]
        tried = [
            Found(position, way, names(line, way), line.lstrip().startswith("|"))
            for way in WAYS
            if way in line
        ] or [Found(position, ",", [line.strip()])]
        scores = [sum(map(known, found.cells)) for found in tried]
        best = scores.index(max(scores))
        if scores[best] > 1:
            return tried[best]
        if scores[best] and single is None:
            single = tried[best]
    return single


def names(line: str, way: str) -> list[str]:
    """Return the cells of a header."""
    if way == "|":
        return trimmed(cells(line))
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=way, skipinitialspace=True), [])]
    except csv.Error:
        return []


def trimmed(found: list[str]) -> list[str]:
    """Return the cells of a Markdown header without what the outer bars leave: an empty one at each end."""
    start = 1 if len(found) > 1 and not found[0] else 0
    end = len(found) - 1 if len(found) - start > 1 and not found[-1] else len(found)
    return found[start:end]


def cells(line: str) -> list[str]:
    """Split a line of a Markdown table at its bars; a bar after a backslash belongs to the text."""
    return [cell.strip().replace("\\|", "|") for cell in PIPE.split(line.strip())]


def marked(lines: Sequence[str], rest: Sequence[int], found: Found) -> Taken:
    """Read the rows of a Markdown table; short ones are filled up with empty cells, as Markdown does."""
    rows: list[Row] = []
    faults: list[Fault] = []
    notes: list[Fault] = []
    width = len(found.cells)
    for number in rest:
        line = lines[number - 1]
        if not line.strip() or RULE.fullmatch(line):
            continue
        if width > 1 and not PIPE.search(line) and not lines[number - 2].strip():
            notes.append(unused(number, lines))  # a blank line ends a Markdown table: what follows is prose
            continue
        if width > 1 and not PIPE.search(line):
            message = (
                "This is no row of the table: there is no bar (|). Delete the line, or separate its cells."
            )
            faults.append(at(message, number, lines))
            continue
        parts = cells(line)
        if len(parts) > 1 and not parts[0] and (found.outer or len(parts) > width):
            parts = parts[1:]
        if len(parts) > width and not parts[-1]:
            parts = parts[:-1]
        take(rows, faults, Row(number, line, tuple(parts)), found, lines)
        if len(rows) == MANY:
            break
    return Taken(rows, faults, notes)


def delimited(lines: Sequence[str], rest: Sequence[int], found: Found) -> Taken:
    """Read the rows of a table with separators, in which a quoted cell may hold line breaks."""
    rows: list[Row] = []
    faults: list[Fault] = []
    texts = [lines[number - 1] for number in rest]
    for position, record in records(texts, found.way):
        number = rest[position]
        if len(faults) == BROKEN or len(rows) == MANY:
            more = sum(1 for text in texts[position:] if text.strip())
            faults.append(
                at(f"From here on {more:,} lines were not read. Mend the others first.", number, lines)
            )
            return Taken(rows, faults, [], more - 1)
        if isinstance(record, csv.Error):
            faults.append(at(explain(str(record)), number, lines))
        elif any(cell.strip() for cell in record):
            row = Row(number, lines[number - 1], tuple(cell.strip() for cell in record))
            take(rows, faults, row, found, lines)
    return Taken(rows, faults, [])


def records(texts: Sequence[str], way: str) -> Iterator[tuple[int, list[str] | csv.Error]]:
    """Yield the position of each record's first line with its fields, or why it cannot be read.

    After an error reading goes on at the next line, so that a quote which is never closed costs one record.
    """
    at_ = 0
    while at_ < len(texts):
        start = at_
        source = (text + "\n" for text in texts[start:])
        reader = csv.reader(source, delimiter=way, strict=True, skipinitialspace=True)
        try:
            for fields in reader:
                yield at_, fields
                at_ = start + reader.line_num
        except csv.Error as error:
            yield at_, error
            at_ += 1


def take(rows: list[Row], faults: list[Fault], row: Row, found: Found, lines: Sequence[str]) -> None:
    """Put a row where it belongs: to the rows, to the faults, or nowhere when it repeats the header or is empty."""
    width, count = len(found.cells), len(row.cells)
    if not any(row.cells) or list(row.cells) == found.cells:
        return
    if count < width and found.way in "|\t":
        row = row._replace(cells=row.cells + ("",) * (width - count))
    elif count != width:
        cure = {
            "|": "a bar that belongs to the text is written \\|",
            "\t": "a cell holds a tab; write a space",
        }.get(found.way, 'a cell with the separator in it needs straight quotes (")')
        what = cure if count > width else "a cell or a separator is missing"
        faults.append(at(f"The row has {count} cells, the header {width}: {what}.", row.line, lines))
        return
    rows.append(row)

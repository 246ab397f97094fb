"""The report for a terminal: findings by check with their rows, a summary table, the verdict."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from dataci.finding import Counts, Finding, Place, Report, Severity
from dataci.reporters import outline
from dataci.reporters.escape import columns, cut, head, terminal

SHOWN = 10
_MESSAGE = 800  # columns of a message, over all its lines
_CELL = 36  # columns of a cell, at most
_NARROW = 20  # a row's cells are not squeezed below this: columns are left out instead
_PLACES = 3
_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}

Row = Sequence[tuple[str, str | None]]
Paint = Callable[[str, str], str]


class Cell(NamedTuple):
    """One cell of the row that is shown, escaped: its column's name, its value, whether it is at fault."""

    name: str
    value: str
    marked: bool


def render(report: Report, width: int = 80, color: bool = False) -> str:
    """The report in lines of ``width`` columns (60 at least); only a path may force a longer one."""
    width = max(width, 60)
    paint = partial(painted, color)
    blocks = [_group_lines(group, width, paint) for group in outline.groups(report)]
    blocks.append(_summary_lines(report, width, paint))
    blocks.append(
        [line for note in report.notes for line in wrap(f"note: {terminal(note, _MESSAGE)}", width, "      ")]
    )
    blocks.append(_verdict_lines(report, width, paint))
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def painted(color: bool, text: str, style: str) -> str:
    """The text in a style of ``_STYLES`` by ANSI escapes, or as it is without ``color``."""
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if color and text else text


def wrap(text: str, width: int, indent: str = "") -> list[str]:
    """Break an escaped text into lines of ``width`` columns, the others indented; long words are split."""
    lines, line, start = [], "", ""
    for word in re.findall(" *[^ ]+", text):
        if line != start and columns(line + word) > width:
            lines.append(line)
            line, start, word = indent, indent, word.lstrip(" ")
        while columns(line + word) > width:
            part = head(word, width - columns(line)) or word[0]
            lines.append(line + part)
            # Escaped again: what was inside the word begins a line now, and a line may not begin with "::".
            line, start, word = indent, indent, terminal(word[len(part) :])
        line += word
    return lines if line == start else [*lines, line]


def _group_lines(group: outline.Group, width: int, paint: Paint) -> list[str]:
    style = "red" if group.severity is Severity.ERROR else "yellow"
    total = outline.count(group.total, str(group.severity))
    name = terminal(group.check, width - columns(total) - 2)
    lines = [f"{paint(name, 'bold')}: {paint(total, style)}"]
    shown = outline.spread(group.listed, SHOWN, outline.by_column, outline.by_file)
    said = None
    for finding in sorted(shown, key=group.listed.index):
        if said != (finding.column, finding.message):
            said = finding.column, finding.message
            lines += ["", *_place_lines(finding, width, paint), *_message_lines(finding, width)]
        else:  # the same fault in another row: saying it again would bury the rows
            lines += _place_lines(finding, width, paint)
        lines += _context_lines(finding, width, paint)
    rest = outline.more(group.total, len(group.listed), len(shown))
    return [*lines, "", *(f"  {line}" for line in wrap(rest, width - 2))] if rest else lines


def _place_lines(finding: Finding, width: int, paint: Paint) -> list[str]:
    where = outline.place(finding.file, finding.line)
    line = f"  {paint(where, 'cyan')}"
    if finding.column is None:
        return [line]
    column = terminal(finding.column, width - 4)
    fits = columns(where) + columns(column) + 4 <= width
    return [f"{line}  {column}"] if fits else [line, f"    {column}"]


def _message_lines(finding: Finding, width: int) -> list[str]:
    return [f"    {line}" for line in wrap(terminal(finding.message, _MESSAGE), width - 4)]


def _context_lines(finding: Finding, width: int, paint: Paint) -> list[str]:
    row = row_lines(finding.row, finding.column, width - 4, paint)
    related = [paint(line, "dim") for line in related_lines(finding.related)]
    return [f"    {line}" for line in [*row, *related]]


def related_lines(related: Sequence[Place]) -> list[str]:
    """One line a place, three places at most; the rest is counted."""
    lines = [f"see {outline.place(*place)}" for place in related[:_PLACES]]
    hidden = len(related) - len(lines)
    return [*lines, f"and {outline.count(hidden, 'more place')}"] if hidden else lines


def row_lines(row: Row, column: str | None, width: int, paint: Paint) -> list[str]:
    """The row as a small table of two lines; a third marks the cell of ``column``."""
    if not row:
        return []
    cells, level = _fit(row, column, width)
    sizes = [min(_size(cell), level) for cell in cells]
    names = _columns([cell.name for cell in cells], sizes)
    values = _columns([cell.value for cell in cells], sizes)
    marks = _columns(["^" * min(columns(cell.value), level) if cell.marked else "" for cell in cells], sizes)
    lines = [paint(names, "dim"), values]
    return [*lines, paint(marks, "red")] if marks else lines


def value_text(value: str | None, width: int | None = None) -> str:
    """A cell's value, escaped and cut; ``null`` for none, and two quotation marks for the empty text."""
    if value is None:
        return "null"
    return terminal(value, width) or '""'


def _size(cell: Cell) -> int:
    return max(columns(cell.name), columns(cell.value))


def _fit(row: Row, column: str | None, width: int) -> tuple[list[Cell], int]:
    """The cells that have room side by side, and the columns of the widest; the marked one stays."""
    near = [pair for index, pair in enumerate(row) if index < width // 3 or pair[0] == column]
    kept = [Cell(terminal(name, _CELL), value_text(value, _CELL), name == column) for name, value in near]
    while True:
        hidden = len(row) - len(kept)
        shown = [*kept, Cell("…", f"+{hidden:,}", False)] if hidden else kept
        level = _level([_size(cell) for cell in shown], width - 2 * (len(shown) - 1))
        unmarked = [index for index, cell in enumerate(kept) if not cell.marked]
        if level >= _NARROW or not unmarked:
            return shown, max(level, 1)
        del kept[unmarked[-1]]


def _level(sizes: Sequence[int], room: int) -> int:
    return next(
        (level for level in range(_CELL, 0, -1) if sum(min(size, level) for size in sizes) <= room), 0
    )


def _columns(texts: Sequence[str], sizes: Sequence[int]) -> str:
    padded = (cut(text, size) for text, size in zip(texts, sizes, strict=True))
    return "  ".join(
        text + " " * (size - columns(text)) for text, size in zip(padded, sizes, strict=True)
    ).rstrip()


def _summary_lines(report: Report, width: int, paint: Paint) -> list[str]:
    rows = outline.eventful(report)
    silent = outline.uneventful(report)
    if not rows:
        return [silent]
    numbers = [[f"{number:,}" if number else "-" for number in counts] for counts in rows.values()]
    table = [["check", *Counts._fields], *([check, *line] for check, line in zip(rows, numbers, strict=True))]
    sizes = [max(map(len, column)) for column in list(zip(*table, strict=True))[1:]]
    room = width - sum(sizes) - 2 * len(sizes)
    name = min(max(columns(terminal(line[0])) for line in table), room)
    lines = [_summary_line(line, name, sizes) for line in table]
    lines[0] = paint(lines[0], "dim")
    return [*lines, silent] if silent else lines


def _summary_line(line: Sequence[str], name: int, sizes: Sequence[int]) -> str:
    label = terminal(line[0], name)
    numbers = (f"  {number:>{size}}" for number, size in zip(line[1:], sizes, strict=True))
    return label + " " * (name - columns(label)) + "".join(numbers)


def _verdict_lines(report: Report, width: int, paint: Paint) -> list[str]:
    word = report.verdict.upper()
    first, *others = wrap(f"{word}  {outline.verdict(report)}", width, " " * (len(word) + 2))
    style = "green" if report.verdict == "pass" else "red"
    return [paint(word, style) + first[len(word) :], *others]

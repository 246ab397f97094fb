"""From the pasted table to rows of the project: labels as the project has them, and ids, days and sources filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dataci.bugs import columns, table
from dataci.bugs.columns import Target
from dataci.bugs.fault import Fault, at
from dataci.bugs.form import Form
from dataci.bugs.table import Grid, Row

FEWEST, MOST = 10, 20
NUMBERED = (
    1_000_000_000  # where ids must be numbers, those of issues begin here: far above any that data have
)
FORMULA = ("=", "+", "-", "@")
SOURCE, OWN = "issue", "bug"  # where rows come from: the form, `dataci bug new`


class Patterns(NamedTuple):
    """Patterns on their way into the project. ``cells``: by column, one dict a row of ``rows``.

    ``ways``: for each column that the table does not have, what may stand there, the best first, one list a row.
    ``sound``: the header is as it should be, so that the rows can be judged.
    """

    rows: tuple[Row, ...]
    cells: tuple[dict[str, str], ...]
    ways: Mapping[str, Sequence[Sequence[str]]]
    header: tuple[int, str]
    faults: tuple[Fault, ...] = ()
    notes: tuple[Fault, ...] = ()
    sound: bool = True


def read(form: Form, target: Target, number: int, day: str, moment: str, name: str = "") -> Patterns:
    """Read the patterns of the form of issue ``number``, written on ``day`` (2026-11-24) at ``moment`` (ISO 8601).

    ``name``: what their ids begin with, where they are of no issue; ``number`` then only keeps whole numbers apart.
    """
    section = form.patterns
    first, last = section.line + 1, section.line + len(section.lines)
    grid = table.read(form.lines, first, last, lambda name: columns.meant(name, target) is not None)
    heading = form.lines[grid.line - 1] if grid.header else ""
    found = columns.match(grid.header, [row.cells for row in grid.rows], target, grid.line, heading)
    nameless = "" if grid.header else f" Its columns: {', '.join(target.names)}."
    faults = [fault._replace(message=fault.message + nameless) for fault in grid.faults]
    faults += [*found.faults, *(count(grid, heading) if grid.header else [])]
    cells = [{name: row.cells[position] for position, name in found.places} for row in grid.rows]
    faults += labelled(cells, grid.rows, form, target)
    given = {name for _, name in found.places}
    ways = missing(given, cells, target, (number, name), day, moment) if grid.header else {}
    lacking = [name for name in needed(target) if grid.header and name not in cells_of(cells, given)]
    for name in lacking:
        message = f"The table has no column {name!r}, which every pattern needs. Add it."
        faults.append(Fault(message, grid.line, heading))
    notes = (*grid.notes, *formulas(grid, found.places))
    sound = bool(grid.header) and not lacking and not found.faults
    return Patterns(grid.rows, tuple(cells), ways, (grid.line, heading), tuple(faults), notes, sound)


def cells_of(cells: Sequence[Mapping[str, str]], given: set[str]) -> set[str]:
    """Return the columns that the rows have, by the table or by the field for the expected outcome."""
    return given.union(*(row.keys() for row in cells))


def needed(target: Target) -> list[str]:
    """Return the columns that nobody but the reporter can fill: the texts and the label."""
    wanted = (*target.roles.text, target.roles.label)
    return [name for name in wanted if name is not None and name in target.names]


def count(grid: Grid, heading: str) -> list[Fault]:
    """Refuse too few patterns, from which nothing follows, and too many, which are a data set of their own."""
    if FEWEST <= grid.records <= MOST:
        return []
    cure = "Add some" if grid.records < FEWEST else "Keep those that say most"
    more = "at least " if len(grid.rows) == table.MANY else ""
    what = f"{more}{grid.records:,} {'pattern' if grid.records == 1 else 'patterns'}"
    return [Fault(f"There are {what}; a bug has {FEWEST} to {MOST}. {cure}.", grid.line, heading)]


def labelled(cells: Sequence[dict[str, str]], rows: Sequence[Row], form: Form, target: Target) -> list[Fault]:
    """Put the project's labels in the place of the reporter's words, and the outcome for all where a row has none."""
    column = target.roles.label
    if column is None or column not in target.names:
        return []
    once = columns.label(form.expected, target) if form.expected else None
    bare = [row for row, found in zip(rows, cells, strict=True) if not found.get(column)]
    faults = []
    if form.expected and once is None and bare:
        message = (
            f"The expected outcome is none of the labels, and {len(bare)} patterns have none of their own. Write one "
            f"of: {columns.labels_told(target)}."
        )
        return [at(message, form.expected_line, form.lines)]
    for row, found in zip(rows, cells, strict=True):
        word = found.get(column, "")
        meaning = columns.label(word, target) if word else once
        if word and meaning is None:
            known = columns.labels_told(target)
            message = f"{word[:60]!r} is none of the labels of {column!r}: {known}. Write one of them."
            faults.append(Fault(message, row.line, row.text))
        elif word and once is not None and meaning != once:
            message = (
                f'The label here is {word[:60]!r}, and the field "Expected outcome" says {once!r} for all patterns. '
                "Empty that field, or correct the row."
            )
            faults.append(Fault(message, row.line, row.text))
        elif meaning is not None:
            found[column] = meaning
    return faults


def missing(
    given: set[str],
    cells: Sequence[Mapping[str, str]],
    target: Target,
    called: tuple[int, str],
    day: str,
    moment: str,
) -> dict[str, list[list[str]]]:
    """Say what may stand in the columns that the table does not have; ids are ours, given ones the last resort.

    ``called``: the number and the name of ``read``.
    """
    height, roles = len(cells), target.roles
    number, name_ = called
    prefixes = [*([name_] if name_ else []), f"issue-{number}"]
    first, *others = [[f"{prefix}-{at_}" for at_ in range(1, height + 1)] for prefix in prefixes]
    ids = [first, [str(NUMBERED + 100 * number + at_) for at_ in range(1, height + 1)], *others]
    sources = [[word] * height for word in ([OWN, SOURCE] if name_ else [SOURCE])]
    ways: dict[str, list[list[str]]] = {}
    for name in target.names:
        same = {roles.time: [[day] * height, [moment] * height], roles.source: sources}
        if name == roles.id:
            own = [[row[name] for row in cells]] if name in given else []
            ways[name] = [*ids, *own]
        elif name not in given and name not in needed(target):
            ways[name] = ids if name == roles.group else same.get(name, [])
            ways[name] = [*ways[name], [""] * height]
    return ways


def formulas(grid: Grid, places: Sequence[tuple[int, str]]) -> list[Fault]:
    """Point out what a spreadsheet would compute; it is kept as the text that it is."""
    found = []
    for row in grid.rows:
        for position, name in places:
            cell = row.cells[position]
            if cell.startswith(FORMULA) and cell[1:2].strip() and not number(cell):
                message = (
                    f"{name!r} begins with {cell[0]!r}: it is kept as text; a spreadsheet would compute it."
                )
                found.append(Fault(message, row.line, row.text))
                break
    return found


def number(cell: str) -> bool:
    """Tell whether a cell is a number."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


def examples(given: Patterns, lines: Sequence[str], target: Target) -> list[Fault]:
    """Refuse patterns that are the example of the form (``lines``: the form's file), whatever label they now have."""
    grid = table.read(lines, 1, len(lines), lambda name: columns.meant(name, target) is not None)
    found = columns.match(grid.header, [row.cells for row in grid.rows], target, grid.line, "")
    compared = [
        name for name in (target.roles.text or target.names) if name in {name for _, name in found.places}
    ]
    places = {name: position for position, name in found.places}
    shown = {tuple(row.cells[places[name]] for name in compared) for row in grid.rows} if compared else set()
    message = "This is the example of the form, and no pattern of your bug. Replace it by one of your own."
    return [
        Fault(message, row.line, row.text)
        for row, cells in zip(given.rows, given.cells, strict=True)
        if tuple(cells.get(name, "") for name in compared) in shown
    ]

"""What `dataci init` says: what it inferred, what became of the rows, what it doubts; 80 columns wide."""

from __future__ import annotations

from collections.abc import Sequence

from dataci.inference.roles import Roles
from dataci.inference.schema_text import examples, percent
from dataci.inference.source import Source
from dataci.inference.split import Split
from dataci.inference.types import Column
from dataci.reporters.escape import columns as width_of
from dataci.reporters.escape import terminal

WIDTH = 80
INDENT = "    "


def summary(sources: Sequence[Source], columns: Sequence[Column], roles: Roles, parted: Split) -> str:
    """Return the text, every value escaped."""
    lines = []
    for source in sources:
        notes = "; ".join(source.notes) or "Parquet"
        lines.extend(wrapped(f"{terminal(source.path.name)}: {source.table.records:,} rows; {notes}", ""))
    rows = sum(source.table.records for source in sources)
    number = any(column.name == roles.label and column.quantity for column in columns)
    lines += ["", *table(columns, roles), "", test_line(parted, rows, number)]
    found = doubts(sources, columns, roles, parted)
    if found:
        lines += ["", "Please look at these:"]
        for sentence in found:
            lines.extend(wrapped(sentence, "  - "))
    return "\n".join([*lines, ""])


def table(columns: Sequence[Column], roles: Roles) -> list[str]:
    """Return the table of columns: name, role, type, missing, examples."""
    name = min(24, max(6, *(width_of(terminal(column.name)) for column in columns)))
    head = f"{'column':<{name}}  {'role':<11}  {'type':<6}  {'missing':>7}  examples"
    lines = [head, "-" * WIDTH]
    for column in columns:
        total = len(column.values) + column.missing
        cells = (
            pad(terminal(column.name, name), name),
            f"{roles.of(column.name) or '-':<11}",
            f"{column.kind:<6}",
            f"{percent(column.missing, total) if column.missing else '-':>7}",
        )
        start = "  ".join(cells) + "  "
        shown = ", ".join(terminal(value, 24) for value in examples(column, 3))
        lines.append((start + terminal_cut(shown, WIDTH - width_of(start))).rstrip())
    return lines


def terminal_cut(text: str, width: int) -> str:
    """Cut a text that is escaped already."""
    from dataci.reporters.escape import cut

    return cut(text, width)


def pad(text: str, width: int) -> str:
    """Fill a text with spaces up to a width in terminal columns."""
    return text + " " * (width - width_of(text))


def test_line(parted: Split, rows: int, number: bool) -> str:
    """Say what became of the test set. ``number``: the label is one, so rows were not drawn by class."""
    test = int(parted.test.sum())
    if not test:
        return f"All {rows:,} rows are in data/train; there is no test set."
    drawn = "drawn at random" if number else "drawn by class"
    how = {"time": "the latest rows", "groups": f"whole groups, {drawn}", "rows": drawn}[parted.by]
    return f"{rows - test:,} rows in data/train, {test:,} in data/test ({percent(test, rows)}: {how})."


def doubts(sources: Sequence[Source], columns: Sequence[Column], roles: Roles, parted: Split) -> list[str]:
    """Return every doubt as a sentence, escaped."""
    found = [f"{terminal(s.path.name)}: {terminal(doubt)}." for s in sources for doubt in s.doubts]
    found += [f"{terminal(doubt)}." for doubt in roles.doubts.get("", [])]
    for column in columns:
        for doubt in (*column.doubts, *roles.doubts.get(column.name, [])):
            found.append(f"{terminal(column.name, 40)}: {terminal(doubt)}.")
    if parted.together and parted.by:
        why = (
            "repeat or nearly repeat another, or share its group"
            if roles.group
            else "repeat or nearly repeat another"
        )
        found.append(f"{parted.together:,} rows {why}; each was put on its side.")
    return [sentence.removesuffix(".") if sentence.endswith(("..", "?.")) else sentence for sentence in found]


def wrapped(text: str, mark: str) -> list[str]:
    """Break a sentence into lines of at most WIDTH columns at its spaces."""
    lines, line = [], mark
    for word in text.split(" "):
        if width_of(line) + width_of(word) + 1 > WIDTH and line.strip():
            lines.append(line.rstrip())
            line = INDENT if mark else "  "
        line += word + " "
    return [*lines, line.rstrip()]

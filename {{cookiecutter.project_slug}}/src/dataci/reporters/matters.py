"""What of a comparison matters to whoever decides on a pull request, in a handful of lines.

The lines are few and short whatever a record holds; what finds no room is counted, and stands in the folded tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dataci.comparison import BugChange, Comparison, SliceChange
from dataci.reporters import behaviour, entries
from dataci.reporters.escape import markdown
from dataci.reporters.sentences import count, number
from dataci.reporters.tables import wrong
from dataci.reporters.wording import sentence

GATES = 3  # that fail, each with its sentence
LINES = 8
NAME = 40
FIXED, REGRESSED = "fixed", "regressed"
DOUBT = "⚠️"
BASE = "The base"


def is_gated(found: Comparison | None) -> bool:
    """Tell whether what the change would give fails a gate."""
    return found is not None and bool(entries.failing(found.b.record))


def gates(found: Comparison | None, room: int) -> str:
    """Return a line for each gate that fails, in ``room`` characters; "" where none does."""
    if found is None:
        return ""
    failing = entries.failing(found.b.record)
    lines = (f"❌ Gate: {sentence(gate, markdown)}{behaviour.newly(found, gate, BASE)}" for gate in failing)
    shown = fitting(lines, room, GATES)
    hidden = len(failing) - len(shown)
    if hidden:
        told = count(hidden, "more gate" if shown else "gate")
        shown.append(f"❌ {told} {'fails' if hidden == 1 else 'fail'}.")
    return bullets(shown)


def changes(found: Comparison, room: int) -> str:
    """Return what else became better or worse, a line each, in ``room`` characters; "" where nothing did."""
    told = list(lines(found))
    shown = fitting(told, room, LINES)
    hidden = len(told) - len(shown)
    return bullets([*shown, f"… and {count(hidden, 'more change')}"] if hidden else shown)


def lines(found: Comparison) -> Iterator[str]:
    """Yield what matters, the most important first: gates that pass again, bugs, slices, behaviour."""
    for gate in behaviour.passing(found):
        yield f"Gate passes again: {sentence(gate, markdown)}"
    for bug in found.bugs:
        if told := of_bug(bug):
            yield told
    for part in found.slices:
        if part.flagged:
            yield of_slice(part)
    yield from behaviour.flagged(found, markdown)


def of_bug(bug: BugChange) -> str:
    """Say what became of a bug; "" where that is nothing, or may be chance."""
    name = f"Bug {markdown(bug.name, NAME)}"
    counted = "errors" in (bug.after or bug.before or {})  # a regression has an error, and no wrong pattern
    ends = f"{wrong(bug.before)} → {wrong(bug.after)}{' patterns wrong' if counted else ''}"
    if bug.word == REGRESSED:
        return f"{DOUBT} {name} regressed: {ends}"
    if bug.word == FIXED:
        return f"{name} is fixed: {ends}"
    return f"{name} {bug.word}: {ends}" if bug.flagged else ""


def of_slice(part: SliceChange) -> str:
    """Say what became of a slice."""
    values = [number((entry or {}).get("value")) for entry in (part.before, part.after)]
    return f"{part.verdict.word.capitalize()}: slice {markdown(part.name, NAME)}, {' → '.join(values)}"


def fitting(found: Iterable[str], room: int, limit: int) -> list[str]:
    """Return the first lines that fit."""
    shown = list[str]()
    for line in found:
        room -= len(line) + 3
        if room < 0 or len(shown) == limit:
            break
        shown.append(line)
    return shown


def bullets(found: Sequence[str]) -> str:
    """Return lines as a list; "" without any."""
    return "".join(f"- {line}\n" for line in found) + "\n" if found else ""

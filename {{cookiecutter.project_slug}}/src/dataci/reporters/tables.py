"""The tables of a comparison: metrics, slices, bugs, classes, confusion; aligned, or as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from dataci.comparison import LOWER_IS_BETTER, BugChange, Comparison, SliceChange
from dataci.reporters.escape import columns, cut, terminal
from dataci.reporters.sentences import Escape, metric_name, number, signed

WIDTH = 100
CLASSES = 6
NAME = 24  # columns of a name from data
REASON = 40
NONE = "none"
STAR = "*"
PARTS = (
    "Slices and bugs are for orientation, the verdict is about the primary metric alone; one is marked with {} where "
    "it counts though all of them were looked at (Holm's correction)."
)
Rows = list[list[str]]


class Table(NamedTuple):
    """A table with its title. ``rows``: the head, then cells that are escaped already. ``rest``: sentences below it."""

    title: str
    rows: Rows
    rest: tuple[str, ...] = ()


def tables(found: Comparison, escape: Escape) -> Iterator[Table]:
    """Yield the tables on what candidates are measured by: metrics, slices, bugs."""
    yield Table("Metrics on the test set (95 % intervals)", metric_rows(found, escape))
    if found.slices:
        title = f"Slices: {metric_name(found.verdict.metric, escape)}"
        head = ["slice", "rows", "A", "B", "difference", ""]
        rest = reasons(
            [(part.name, part.verdict.reason) for part in found.slices if part.verdict.word == NONE], escape
        )
        rows = [head, *(slice_row(part, escape) for part in found.slices)]
        yield Table(title, rows, rest if found.bugs else (*rest, orientation(escape)))
    if found.bugs:
        head = ["bug", "A", "B", "fixed/broken", ""]
        rows = [head, *(bug_row(bug, escape) for bug in found.bugs)]
        rest = reasons([(bug.name, bug.reason) for bug in found.bugs if bug.word == NONE], escape)
        yield Table("Model bugs: patterns that are wrong", rows, (*rest, orientation(escape)))


def metric_rows(found: Comparison, escape: Escape) -> Rows:
    """Return the table of metrics: the primary one first."""
    one, two = found.a.record["metrics"], found.b.record["metrics"]
    names = sorted({*one, *two}, key=lambda name: (name != found.verdict.metric, name))
    head = ["metric", "A", "B", "difference" if found.same_test else "(measured otherwise)"]
    rows = []
    for name in names:
        a, b = one.get(name), two.get(name)
        less = ", less is better" if name in LOWER_IS_BETTER else ""
        rows.append(
            [metric_name(name, escape) + less, figure(a, escape), figure(b, escape), gap(found, name)]
        )
    return [head, *rows]


def gap(found: Comparison, name: str) -> str:
    """Write B - A of a metric, as the verdict has it where it is the primary one; nothing on different test sets."""
    if name == found.verdict.metric and found.verdict.difference is not None:
        return signed(found.verdict.difference)
    one, two = (side.record["metrics"].get(name) for side in (found.a, found.b))
    return difference(one, two) if found.same_test else ""


def slice_row(part: SliceChange, escape: Escape) -> list[str]:
    """Return a line of the table of slices."""
    said = part.verdict
    spread = "" if said.difference is None else signed(said.difference)
    if said.low is not None and said.high is not None:
        spread += f" ({signed(said.low)} to {signed(said.high)})"
    values = [number((entry or {}).get("value")) for entry in (part.before, part.after)]
    return [
        escape(part.name, NAME),
        str(said.rows or "-"),
        *values,
        spread,
        said.word + star(part.flagged, escape),
    ]


def bug_row(bug: BugChange, escape: Escape) -> list[str]:
    """Return a line of the table of model bugs."""
    flips = "-" if bug.word == NONE else f"{bug.fixed.n}/{bug.broken.n}"
    cells = [escape(bug.name, NAME), wrong(bug.before), wrong(bug.after), flips]
    return [*cells, bug.word + star(bug.flagged, escape)]


def reasons(parts: Sequence[tuple[str, str]], escape: Escape) -> tuple[str, ...]:
    """Say why there is nothing to say of some parts."""
    return tuple(f"{escape(name, NAME)} ({escape(reason, 200)})" for name, reason in parts)


def star(flagged: bool, escape: Escape) -> str:
    """Mark what counts after the correction."""
    return "" if not flagged else f" {STAR}" if escape is terminal else f" \\{STAR}"


def orientation(escape: Escape) -> str:
    """Say what slices and bugs are good for."""
    return PARTS.format(STAR if escape is terminal else f"\\{STAR}")


def class_tables(found: Comparison, escape: Escape) -> Iterator[Table]:
    """Yield what differs by class (those that moved most) and in the confusion."""
    one, two = found.a.record["per_class"], found.b.record["per_class"]
    moved = {name: class_rows(one.get(name, {}), two.get(name, {}), escape) for name in sorted({*one, *two})}
    names = sorted((n for n in moved if moved[n]), key=lambda n: (-shift(one.get(n, {}), two.get(n, {})), n))
    rows = [[escape(name, NAME), *row] for name in names[:CLASSES] for row in moved[name]]
    if rows:
        hidden = len(names) - min(CLASSES, len(names))
        rest = f"… and {hidden} more classes that moved less (--format json has all)" if hidden else ""
        yield Table("Per class (95 % intervals)", [["class", "", "A", "B", "difference"], *rows], left(rest))
    sides = [side.record["confusion"] for side in (found.a, found.b)]
    cells = sorted({(right, guess) for side in sides for right, row in side.items() for guess in row})
    counts = [(r, g, *(side.get(r, {}).get(g, 0) for side in sides)) for r, g in cells]
    differing = sorted((c for c in counts if c[2] != c[3]), key=lambda c: (-abs(c[3] - c[2]), c))
    rows = [[escape(r, NAME), escape(g, NAME), str(a), str(b)] for r, g, a, b in differing[: 2 * CLASSES]]
    if rows:
        hidden = len(differing) - len(rows)
        rest = f"… and {hidden} more cells that differ less" if hidden else ""
        yield Table("Confusion, where it differs", [["right", "predicted", "A", "B"], *rows], left(rest))


def left(rest: str) -> tuple[str, ...]:
    """Return what is left out as a line, or no line."""
    return (rest,) if rest else ()


def class_rows(one: Mapping[str, Any], two: Mapping[str, Any], escape: Escape) -> Rows:
    """Return a line for recall, precision and F1 of a class, where it differs."""
    names = (("recall", "recall"), ("precision", "precision"), ("f1", "F1"))
    pairs = [(title, one.get(key), two.get(key)) for key, title in names]
    return [
        [title, figure(a, escape), figure(b, escape), difference(a, b)] for title, a, b in pairs if a != b
    ]


def shift(one: Mapping[str, Any], two: Mapping[str, Any]) -> float:
    """Return by how much the F1 of a class moved, in whatever direction."""
    values = [float((side.get("f1") or {}).get("value") or 0.0) for side in (one, two)]
    return abs(values[1] - values[0])


def wrong(entry: Mapping[str, Any] | None) -> str:
    """Write how wrong a model is on a bug: patterns and their share; of a regression the mean error."""
    if entry is None:
        return "-"
    if "errors" in entry:
        rate = entry.get("error_rate", {})
        spread = f" ({rate['low']:.0%}–{rate['high']:.0%})" if "low" in rate else ""
        return f"{entry['errors']} of {entry['n']}{spread}"
    return f"mean error {number(entry['mae'].get('value'))}" if "mae" in entry else "-"


def figure(entry: Mapping[str, Any] | None, escape: Escape) -> str:
    """Write a metric with its interval, or why there is none."""
    if entry is None:
        return "-"
    if "value" not in entry:
        return f"none: {escape(str(entry.get('reason', '')), REASON)}"
    return f"{number(entry['value'])} ({number(entry.get('low'))}–{number(entry.get('high'))})"


def difference(one: Mapping[str, Any] | None, two: Mapping[str, Any] | None) -> str:
    """Write B - A; nothing where one is missing."""
    if not one or not two or "value" not in one or "value" not in two:
        return ""
    return signed(two["value"] - one["value"])


def table_text(rows: Sequence[Sequence[str]]) -> list[str]:
    """Align a table in WIDTH columns: where it is too wide, its widest column is cut."""
    if not rows:
        return []
    widths = [max(columns(row[at]) for row in rows) for at in range(len(rows[0]))]
    while sum(widths) + 2 * len(widths) > WIDTH and max(widths) > 8:
        widths[widths.index(max(widths))] -= 1
    fits = [[cut(cell, width) for cell, width in zip(row, widths, strict=True)] for row in rows]
    return [
        "  " + "  ".join(c + " " * (w - columns(c)) for c, w in zip(row, widths, strict=True)).rstrip()
        for row in fits
    ]


def table_markdown(rows: Sequence[Sequence[str]]) -> list[str]:
    """Write a Markdown table; cells are escaped already."""
    if not rows:
        return []
    head, *body = [f"| {' | '.join(row)} |" for row in rows]
    return [head, "|" + "---|" * len(rows[0]), *body]

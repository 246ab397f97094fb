"""The answer of `dataci why`, as text for a terminal and as GitHub Markdown: plain sentences first."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from dataci.attribution import Attribution, Batches, Explanation, Row
from dataci.reporters import blame
from dataci.reporters.blame import NAME, Escape, Figures, listed
from dataci.reporters.escape import head, markdown, terminal
from dataci.reporters.outline import count
from dataci.reporters.sentences import metric_name
from dataci.reporters.tables import WIDTH, table_markdown, table_text

VALUE = 60  # columns of a value
END = 30  # columns of the name of A or B
BAR = 8  # characters on either side
LISTED = 10  # files, commits, batches


class Section(NamedTuple):
    """A part of the report: a table (its first row is the head), or lines."""

    title: str
    rows: Sequence[Sequence[str]] = ()
    lines: Sequence[str] = ()


def text(found: Explanation) -> str:
    """Render the answer for a terminal, at most WIDTH columns."""
    told, show = prepared(found)
    parts = [wrapped(line) for line in blame.sentences(told, show, terminal)]
    for section in sections(told, show, terminal):
        parts += ["", section.title, *(table_text(section.rows) if section.rows else [])]
        parts += [wrapped(line, "  ") for line in section.lines]
    parts += [f"\n{wrapped(f'Note: {terminal(note)}')}" for note in found.notes]
    return "\n".join(parts) + "\n"


def markdown_text(found: Explanation) -> str:
    """Render the answer as GitHub Markdown."""
    told, show = prepared(found)
    first, *rest = blame.sentences(told, show, markdown)
    parts = [f"### {first}", *(f"\n{line}" for line in rest)]
    for section in sections(told, show, markdown):
        parts += [
            "",
            f"**{section.title}**",
            "",
            *([*table_markdown(section.rows), ""] if section.rows else []),
        ]
        parts += bullets(section.lines)
    return "\n".join([*parts, *(f"\n> {markdown(note)}" for note in found.notes)]) + "\n"


def bullets(lines: Sequence[str]) -> list[str]:
    """Write lines as a list; an indented one belongs to that above it."""
    found: list[str] = []
    for line in lines:
        if found and line.startswith(" "):
            found[-1] += f"<br>{line.strip()}"
        else:
            found.append(f"- {line.strip()}")
    return found


def prepared(found: Explanation) -> tuple[Explanation, Figures]:
    """Round what is shown, and say how it is written."""
    show = blame.figures(found.attribution)
    if found.attribution is None:
        return found, show
    return found._replace(attribution=blame.rounded(found.attribution, show)), show


def sections(found: Explanation, show: Figures, escape: Escape) -> Iterator[Section]:
    """Yield the parts of the report."""
    for part, change in found.changed.items():
        yield changed(part, change, escape)
    shared = found.attribution
    if shared is None:
        return
    if shared.shares or found.steps:
        yield Section(
            "How much each did", share_rows(found, shared, show, escape), failed_lines(shared, escape)
        )
    if shared.interactions:
        title = "Interactions: what factors do together, beyond what each does alone"
        yield Section(title, interaction_rows(shared, show))
    if found.batches and found.batches.found:
        yield Section("Batches of training rows", *batch_rows(found.batches, show, escape))
        for batch in found.batches.found:
            if batch.surprising:
                lines = [line for row in batch.surprising for line in row_lines(row, escape)]
                yield Section(f"What surprises the old model most in {escape(batch.name, NAME)}", lines=lines)


def changed(part: str, change: Any, escape: Escape) -> Section:
    """Say what changed in one factor."""
    if part == "data":
        before, after = change["rows"]
        total = f": {tally(change['total'])}" if "total" in change else ""
        rows = [
            ["file", "what", "rows"],
            *([escape(f["path"], NAME), f["status"], tally(f)] for f in change.get("files", ())),
        ]
        lines = [f"{before:,} → {after:,} training rows{total}", *commit_lines(change, escape)]
        return Section("Data", cut(rows), [*over(rows), *lines])
    if part == "code":
        rows = [["file", "lines"], *([escape(f["path"], NAME), stat(f)] for f in change["files"])]
        return Section("Code", cut(rows), [*over(rows), *commit_lines(change, escape)])
    if part == "test":
        today = change["today"]["rows"]
        lines = [
            f"{side.upper()} was measured on {count(change[side]['rows'], 'row')}; today there are {today:,}"
            for side in ("a", "b")
            if change[side]["id"] != change["today"]["id"]
        ]
        return Section("Test set", lines=lines)
    pairs = [
        [escape(name, NAME), *(escape(value(pair[end]), VALUE // 2) for end in ("from", "to"))]
        for name, pair in change.items()
    ]
    return Section(blame.PARTS[part].capitalize(), [["name", "A", "B"], *pairs])


def commit_lines(change: dict[str, Any], escape: Escape) -> list[str]:
    """List commits, the last ones, with what they did to the rows."""
    told = change.get("commits", [])
    lines = []
    for commit in told[-LISTED:]:
        rows = f" ({tally(commit)})" if "added" in commit else ""
        lines.append(f"commit {escape(commit['id'][:8], 8)} {escape(commit['subject'], VALUE)}{rows}")
    hidden = len(told) - len(lines)
    more = change.get("more_commits", False)
    return [*([f"{'more than ' if more else ''}{hidden} earlier commits"] if hidden or more else []), *lines]


def tally(counts: dict[str, Any]) -> str:
    """Say how many rows were added, removed, relabelled, changed."""
    parts = [
        f"{counts[kind]:,} {kind}" for kind in ("added", "removed", "relabelled", "changed") if counts[kind]
    ]
    return ", ".join(parts) or "no row, only order or form"


def stat(file: dict[str, Any]) -> str:
    """Say how many lines a file gained and lost."""
    return "" if file["added"] is None else f"+{file['added']} -{file['removed']}"


def value(given: Any) -> str:
    """Write a setting."""
    return "(none)" if given is None else str(given)


def share_rows(found: Explanation, shared: Attribution, show: Figures, escape: Escape) -> list[list[str]]:
    """Return the table of contributions."""
    largest = max((abs(share.effect.value) for share in shared.shares), default=0.0)
    rows = [["", metric_name(found.metric, terminal), "95 % interval", "", "alone"]]
    rows += [
        [step.name, show.signed(step.effect.value), show.span(step.effect), "", ""] for step in found.steps
    ]
    rows.append([f"A: {escape(found.a, END)}", show.plain(shared.before), "", "", ""])
    for share in shared.shares:
        effect = [show.signed(share.effect.value), show.span(share.effect), bars(share.effect.value, largest)]
        rows.append([" + ".join(share.names), *effect, show.signed(share.alone)])
    return [*rows, [f"B: {escape(found.b, END)}", show.plain(shared.after), show.span(shared.total), "", ""]]


def interaction_rows(shared: Attribution, show: Figures) -> list[list[str]]:
    """Return the table of interactions."""
    rows = [
        [
            " × ".join("+".join(group) for group in each.groups),
            show.signed(each.effect.value),
            show.span(each.effect),
        ]
        for each in shared.interactions
    ]
    return [["", "effect", "95 % interval"], *rows]


def failed_lines(shared: Attribution, escape: Escape) -> list[str]:
    """Say which factors cannot be told apart, and why."""
    together = [share.names for share in shared.shares if len(share.names) > 1]
    if not together:
        return []
    reasons = dict.fromkeys(corner.reason for corner in shared.corners if corner.reason)
    lines = [
        f"Not separable: {listed(list(names))}, since a candidate between A and B cannot run."
        for names in together
    ]
    return lines + [f"  {escape(reason, 400)}" for reason in list(reasons)[:3]]


def batch_rows(batches: Batches, show: Figures, escape: Escape) -> tuple[Sequence[Sequence[str]], list[str]]:
    """Return the table of batches, and what must be known to read it."""
    rows = [["batch", "rows", "loss", "z", "B without it", "gain", "95 % interval"]]
    for batch in batches.found:
        figures = [
            "" if each is None else f"{each + 0.0:.{digits}f}"
            for each, digits in ((batch.loss, 3), (batch.z, 1))
        ]
        tail = ["", "", ""]
        if batch.gain and batch.without is not None:
            tail = [show.plain(batch.without), show.signed(batch.gain.value), show.span(batch.gain)]
        rows.append([escape(batch.name, NAME), f"{batch.rows:,}", *figures, *tail])
    lines = over(rows)
    if batches.against:
        lines.append(
            f"loss: of the old model, a row; z: its robust standard deviations above {batches.against}"
        )
    lines += [
        f"{escape(batch.name, NAME)}: {escape(batch.reason, 300)}" for batch in batches.found if batch.reason
    ]
    return cut(rows), lines + ([escape(batches.reason, 600)] if batches.reason else [])


def row_lines(row: Row, escape: Escape) -> list[str]:
    """Write a training row: its place, its label, what the old model says of it, its texts."""
    place = f"{escape(row.file, NAME)}:{row.line}"
    label, guess = escape(row.label, 24), escape(row.predicted, 24)
    chance = "" if row.probability is None else f", to which the old model gives {row.probability:.3f}"
    texts = " · ".join(f"{escape(name, 20)}: {escape(cell, VALUE)}" for name, cell in row.text)
    if escape is terminal:
        texts = head(texts, WIDTH - 4)
    return [f"{place}: label {label}{chance}; it predicts {guess}", *([f"  {texts}"] if texts else [])]


def bars(value: float, largest: float) -> str:
    """Draw an effect: to the left when it lowers the metric, to the right when it raises it."""
    length = math.ceil(abs(value) / largest * BAR) if largest else 0
    left, right = ("█" * length, "") if value < 0 else ("", "█" * length)
    return f"{left:>{BAR}}│{right:<{BAR}}"


def cut(rows: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
    """Return a table with at most LISTED rows below its head; nothing for a head alone."""
    return rows[: LISTED + 1] if len(rows) > 1 else ()


def over(rows: Sequence[Sequence[str]]) -> list[str]:
    """Say how many rows of a table are not shown."""
    hidden = len(rows) - 1 - LISTED
    return [f"… and {hidden:,} more (--format json lists all)"] if hidden > 0 else []


def wrapped(line: str, indent: str = "") -> str:
    """Break a line at WIDTH columns."""
    inner = indent + " " * (len(line) - len(line.lstrip()))
    return textwrap.fill(
        line.strip(),
        WIDTH,
        initial_indent=inner,
        subsequent_indent=inner,
        break_on_hyphens=False,
        break_long_words=False,
    )

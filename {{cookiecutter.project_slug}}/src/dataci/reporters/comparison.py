"""A comparison of two results, as text for a terminal and as GitHub Markdown: the verdict first, then the reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dataci.comparison import Comparison, Flip, Flips, Side, Verdict
from dataci.reporters import sentences
from dataci.reporters.escape import markdown, terminal
from dataci.reporters.sentences import NAMES as NAMES
from dataci.reporters.sentences import Escape, is_regression, metric_name
from dataci.reporters.sentences import describe as describe
from dataci.reporters.sentences import number as number
from dataci.reporters.sentences import signed as signed
from dataci.reporters.tables import NAME, WIDTH, table_markdown, table_text, tables, wrong
from dataci.reporters.tables import figure as figure
from dataci.reporters.text import wrap

LISTED = 10  # flipped rows of a kind
PATTERNS = 5  # flipped patterns of a bug, of a kind


def text(found: Comparison, limit: int = LISTED) -> str:
    """Render a comparison for a terminal, in lines of at most WIDTH columns."""
    parts = ["\n".join(wrap(sentences.verdict(found, terminal), WIDTH))]
    parts.append("\n".join(f"  {letter}  {terminal(side.name, 90)}" for letter, side in letters(found)))
    parts += ["\n".join(wrap(line, WIDTH)) for line in remarks(found, terminal)]
    changes = sentences.changed(found, terminal)
    parts.append(
        "\n".join(["What changed from A to B", *(line for change in changes for line in indented(change))])
    )
    for table in tables(found, terminal):
        lines = [
            table.title,
            *table_text(table.rows),
            *(part for line in table.rest for part in indented(line)),
        ]
        parts.append("\n".join(lines))
    for title, rows, listed in lists(found, limit, terminal):
        lines = [line for flip in rows.rows[:listed] for line in flip_lines(flip, terminal, 80)]
        rest = sentences.more(rows, listed)
        parts.append("\n".join([title, *(part for line in [*lines, rest] for part in indented(line))]))
    return "\n\n".join(part for part in parts if part) + "\n"


def indented(line: str, hang: str = "    ") -> list[str]:
    """Break a line, indented; ``hang``: how much more from the second line on."""
    return [f"  {part}" for part in wrap(line, WIDTH - 2, hang)]


def markdown_text(found: Comparison, limit: int = LISTED) -> str:
    """Render a comparison as GitHub Markdown; its own HTML tags are <details> and <br>, none comes from data."""
    told = sentences.grounds(found, markdown)
    parts = [f"### {sentences.headline(found)}", told[:1].upper() + told[1:]]
    parts.append(" · ".join(f"**{letter}** {markdown(side.name, 90)}" for letter, side in letters(found)))
    parts += [f"> {line}" for line in remarks(found, markdown)]
    changes = sentences.changed(found, markdown)
    parts.append("\n".join(["**What changed from A to B**", "", *(f"- {line}" for line in changes)]))
    for table in tables(found, markdown):
        lines = [
            f"**{table.title}**",
            "",
            *table_markdown(table.rows),
            *(part for line in table.rest for part in ("", line)),
        ]
        parts.append("\n".join(lines))
    for title, rows, listed in lists(found, limit, markdown):
        lines = [f"- {'<br>'.join(flip_lines(flip, markdown, 160))}" for flip in rows.rows[:listed]]
        rest = sentences.more(rows, listed)
        body = "\n".join([*lines, *(["", rest] if rest else [])])
        parts.append(f"<details><summary>{title}</summary>\n\n{body}\n\n</details>")
    return "\n\n".join(part for part in parts if part) + "\n"


def letters(found: Comparison) -> tuple[tuple[str, Side], ...]:
    """Return the two sides with their letters."""
    return ("A", found.a), ("B", found.b)


def remarks(found: Comparison, escape: Escape) -> list[str]:
    """Return what the verdict rests on, what was measured again, and what else to know, a sentence each."""
    told = [sentences.basis(found.verdict, escape)]
    told += [sentences.again(side, letter, escape) for letter, side in letters(found)]
    told += [f"Note: {escape(note, 300)}" for note in found.notes]
    return [line for line in told if line]


def lists(found: Comparison, limit: int, escape: Escape) -> Iterator[tuple[str, Flips, int]]:
    """Yield the lists of rows that flipped: title, rows, how many to show."""
    regression = is_regression(found)
    kinds = ("Error is smaller", "Error is larger") if regression else ("Fixed", "Newly broken")
    told = " (where it changed most)" if regression else ""
    for title, flips in zip(kinds, (found.fixed, found.broken), strict=True):
        if flips.n:
            yield f"{title}: {sentences.count(flips.n, 'test row')}{told}", flips, limit
    for bug in found.bugs:
        for title, flips in zip(kinds, (bug.fixed, bug.broken), strict=True):
            if flips.n:
                number_of = sentences.count(flips.n, "pattern")
                yield f"{title}: {number_of} of the bug {escape(bug.name, NAME)}", flips, PATTERNS


def flip_lines(flip: Flip, escape: Escape, width: int) -> list[str]:
    """Write a row that flipped: its labels, then its texts in ``width`` columns.

    No value is followed by a colon: a value ":" would make it the beginning of a command to the CI runner.
    """
    right, before, after = (escape(value, NAME) for value in (flip.label, flip.before, flip.after))
    lines = [f"{escape(flip.id, 30)} (right is {right}): predicted {before} → {after}"]
    return lines + [f"  {escape(name, 20)} = {escape(value, width)}" for name, value in flip.text]


def result(record: Mapping[str, Any]) -> str:
    """Render a new result for a terminal: what it was trained on, its metrics, its bugs, and the verdict."""
    counts = f"{record['data']['rows']} training rows, {record['test']['rows']} test rows"
    metric = record["evaluation"]["metric"]
    names = sorted(record["metrics"], key=lambda name: (name != metric, name))
    rows = [[metric_name(n, terminal), figure(record["metrics"][n], terminal)] for n in names]
    rows += [
        [f"bug {terminal(n, NAME)}", f"{wrong(entry)} patterns wrong"] for n, entry in record["bugs"].items()
    ]
    parts = [f"{record['tag']}: {counts}", *table_text(rows), *against(record)]
    parts += [f"  {line}" for line in describe(record["changed"], terminal)]
    if record["uncommitted"]:
        parts.append(
            "Built from changes that are not committed; commit them and train again for a result to keep."
        )
    return "\n".join(parts)


def against(record: Mapping[str, Any]) -> list[str]:
    """Say what a record's ``compared`` part holds; nothing for a first result."""
    found = record["compared"]
    if not found:
        return []
    word = "no verdict" if found["verdict"] == "none" else terminal(str(found["verdict"]), 20)
    told = [f"Against {terminal(str(found['with']), 20)}: {word}"]
    if "reason" in found:
        told.append(terminal(str(found["reason"]), 200))
    if "difference" in found:
        figures = (found[key] for key in ("difference", "low", "high", "p"))
        told.append(sentences.movement(Verdict(found["verdict"], found["metric"], "", *figures), terminal))
        told.append(f"{found['fixed']['n']} fixed, {found['broken']['n']} newly broken")
    return wrap("; ".join(told), WIDTH, "  ")

"""A comparison of two results, as text for a terminal and as GitHub Markdown: the verdict first, then the reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dataci.comparison import BugChange, Comparison, Flip, Flips, Side, Verdict
from dataci.reporters import behaviour, sentences, standing
from dataci.reporters.behaviour import Texts
from dataci.reporters.escape import markdown, terminal
from dataci.reporters.sentences import NAMES as NAMES
from dataci.reporters.sentences import Escape, is_regression, metric_name
from dataci.reporters.sentences import describe as describe
from dataci.reporters.sentences import number as number
from dataci.reporters.sentences import signed as signed
from dataci.reporters.tables import (
    NAME,
    WIDTH,
    Table,
    class_tables,
    table_markdown,
    table_text,
    tables,
    wrong,
)
from dataci.reporters.tables import figure as figure
from dataci.reporters.text import wrap

LISTED = 10  # flipped rows of a kind
PATTERNS = 5  # flipped patterns of a bug, of a kind
TURNED = 5  # bugs that are named below the verdict


def text(found: Comparison, limit: int = LISTED, texts: Texts | None = None) -> str:
    """Render a comparison for a terminal, in lines of at most WIDTH columns.

    ``texts``: what was altered in perturbed rows, where it is at hand.
    """
    headline, gates = behaviour.verdict(found, terminal)
    parts = ["\n".join([headline, *(part for line in gates for part in indented(line))])]
    parts.append("\n".join(wrap(sentences.verdict(found, terminal), WIDTH)))
    parts.append("\n".join(part for line in turned(found, terminal) for part in wrap(line, WIDTH, "  ")))
    parts.append("\n".join(f"  {letter}  {terminal(side.name, 90)}" for letter, side in letters(found)))
    parts += ["\n".join(wrap(line, WIDTH)) for line in remarks(found, terminal)]
    changes = sentences.changed(found, terminal)
    parts.append(
        "\n".join(["What changed from A to B", *(line for change in changes for line in indented(change))])
    )
    for table in every_table(found, terminal):
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
    for title, altered in behaviour.worst(found, texts, terminal, 80):
        lines = [part for row in altered for line in row for part in indented(line)]
        parts.append("\n".join([*wrap(title, WIDTH), *lines]))
    return "\n\n".join(part for part in parts if part) + "\n"


def indented(line: str, hang: str = "    ") -> list[str]:
    """Break a line, indented; ``hang``: how much more from the second line on."""
    return [f"  {part}" for part in wrap(line, WIDTH - 2, hang)]


def markdown_text(found: Comparison, limit: int = LISTED, texts: Texts | None = None) -> str:
    """Render a comparison as GitHub Markdown; its own HTML tags are <details> and <br>, none comes from data."""
    headline, gates = behaviour.verdict(found, markdown)
    first = [f"### ❌ {headline}", "\n".join(f"- {line}" for line in gates)] if headline else []
    verdict, grounds, *rest = markdown_parts(found, limit, texts)
    bugs = ["\n".join(f"- {line}" for line in turned(found, markdown))] if turned(found, markdown) else []
    return "\n\n".join([*first, verdict, grounds, *bugs, *rest]) + "\n"


def markdown_parts(
    found: Comparison, limit: int = LISTED, texts: Texts | None = None, quiet: bool = False
) -> list[str]:
    """Return the blocks of a comparison but for its gates: headline, reasons, the names of the sides, and the rest.

    ``quiet``: behaviour that did not change is not told.
    """
    told = sentences.grounds(found, markdown)
    parts = [f"### {sentences.headline(found)}", told[:1].upper() + told[1:]]
    parts.append(" · ".join(f"**{letter}** {markdown(side.name, 90)}" for letter, side in letters(found)))
    parts += [f"> {line}" for line in remarks(found, markdown)]
    changes = sentences.changed(found, markdown)
    parts.append("\n".join(["**What changed from A to B**", "", *(f"- {line}" for line in changes)]))
    for table in every_table(found, markdown, quiet):
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
    for title, altered in behaviour.worst(found, texts, markdown, 160):
        body = "\n".join(f"- {'<br>'.join(row)}" for row in altered)
        parts.append(f"<details><summary>{title}</summary>\n\n{body}\n\n</details>")
    return [part for part in parts if part]


def every_table(found: Comparison, escape: Escape, quiet: bool = False) -> Iterator[Table]:
    """Yield all tables; classes and confusion last, where something differs."""
    yield from tables(found, escape)
    yield from behaviour.table(found, escape, quiet)
    if found.same_test:
        yield from class_tables(found, escape)


def turned(found: Comparison, escape: Escape) -> list[str]:
    """Return which bugs came back and which are fixed, a line each kind: that is what people reported."""
    lines = []
    for word, told in (("regressed", "Regressed"), ("fixed", "Fixed")):
        bugs = [bug for bug in found.bugs if bug.word == word]
        named = [f"{escape(bug.name, NAME)} ({moved(bug)})" for bug in bugs[:TURNED]]
        more = f", and {len(bugs) - TURNED} more" if len(bugs) > TURNED else ""
        lines += [f"{told}: {', '.join(named)}{more}."] if named else []
    return lines


def moved(bug: BugChange) -> str:
    """Write how many patterns of a bug were and are wrong."""
    before, after = (entry or {} for entry in (bug.before, bug.after))
    if "errors" not in before or "errors" not in after:
        return f"{wrong(bug.before)} → {wrong(bug.after)}"
    return f"{before['errors']} → {after['errors']} of {after['n']} patterns wrong"


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
    rows += standing.summary(record, terminal)
    for name, entry in record["bugs"].items():
        what = " patterns wrong" if "errors" in entry else ""  # a regression has a mean error
        rows.append([f"bug {terminal(name, NAME)}", f"{wrong(entry)}{what}"])
    parts = [f"{record['tag']}: {counts}", *table_text(rows), *against(record)]
    parts += [part for line in standing.closing(record, terminal) for part in wrap(line, WIDTH, "    ")]
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
    if behaved := standing.against(found, terminal):
        told.append(behaved)
    return wrap("; ".join(told), WIDTH, "  ")

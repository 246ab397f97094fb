"""What the reporter is told: one comment on the issue. Whatever in it comes from the form is inert."""

from __future__ import annotations

from collections.abc import Sequence

from dataci.bugs import folder
from dataci.bugs.event import LABEL
from dataci.bugs.fault import Fault
from dataci.bugs.folder import ACCEPTED, Bug, Outcome
from dataci.reporters.escape import markdown, terminal

MARKER = "<!-- dataci: model bug -->"
TEXT, MESSAGE = 120, 600  # columns
ROWS, NOTES = 45_000, 12_000  # characters; GitHub takes 65,536 in all, and a character may need seven


def refused(found: Outcome, label: str) -> str:
    """Say what to mend, line by line."""
    count = len(found.faults) + found.more
    what = "1 thing has" if count == 1 else f"{count:,} things have"
    rows = fitting([row(fault) for fault in found.faults], ROWS)
    hidden = count - len(rows)
    lines = [
        f"### ❌ Not taken over yet: {what} to be mended",
        "",
        "The lines are those of the issue's text, as you see it when you edit it.",
        "",
        "| line | what stands there | what is wrong, and what to do |",
        "|--:|:--|:--|",
        *rows,
        "",
        *([f"… and {hidden:,} more.", ""] if hidden else []),
        *notes(found.notes),
        f"Edit the issue; then a maintainer takes the label {markdown(label)} off and sets it again.",
    ]
    return "\n".join(lines) + "\n"


def accepted(found: Outcome, patterns: int, url: str) -> str:
    """Say where the bug went. ``url``: of the pull request; "" where the default branch has it as it is."""
    if not url:
        opening = f"### ✅ Nothing to do: the bug and its {patterns} patterns are there already"
        rest = ["No pull request is needed."]
    else:
        opening = f"### ✅ Accepted, with {patterns} patterns"
        rest = [
            f"Pull request: {url}",
            "",
            "Once it is merged, every model is measured on these patterns.",
        ]
    return "\n".join([opening, "", *rest, "", *notes(found.notes)]) + "\n"


def summary(found: Outcome) -> str:
    """Say in the summary of the run what became of the form, before anything is written."""
    if found.verdict == ACCEPTED:
        return "### ✅ The form is complete\n\n" + "\n".join(notes(found.notes))
    return refused(found, LABEL)


def proposal(number: int, bug: Bug, found: Outcome, patterns: int) -> str:
    """Write the text of the pull request."""
    lines = [
        f"Issue #{number} describes a model bug. This pull request adds it, as `{folder.path(number)}`.",
        "",
        "| | |",
        "|:--|:--|",
        f"| name | {markdown(bug.name, TEXT)} |",
        f"| harm | {bug.harm} of 10 |",
        *([f"| users | {markdown(bug.users, TEXT)} |"] if bug.users else []),
        f"| reporter | {markdown(bug.reporter, TEXT)} |",
        f"| patterns | {patterns} |",
        "",
        *notes(found.notes),
        "Read the patterns in the diff: merging this measures every model on them.",
    ]
    return "\n".join(lines) + "\n"


def not_allowed(sender: str, label: str) -> str:
    """Say that the label was set by somebody who may not write."""
    return (
        f"### ❌ Not accepted\n\n{markdown(sender) or 'Who'} set the label {markdown(label)}, and may not write to "
        "this repository. A maintainer takes the label off and sets it again to accept the bug.\n"
    )


def row(fault: Fault) -> str:
    """Write a line of the table."""
    return f"| {fault.line or ''} | {markdown(fault.text, TEXT)} | {markdown(fault.message, MESSAGE)} |"


def notes(found: Sequence[Fault]) -> list[str]:
    """Write what is worth knowing."""
    if not found:
        return []
    told = [
        f"- {f'line {note.line}: ' if note.line else ''}{markdown(note.message, MESSAGE)}" for note in found
    ]
    kept = fitting(told, NOTES)
    rest = [f"- and {len(told) - len(kept)} more"] if len(kept) < len(told) else []
    return ["Worth knowing:", "", *kept, *rest, ""]


def fitting(lines: Sequence[str], room: int) -> list[str]:
    """Return the first lines, as many as fit."""
    kept = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return kept


def text(found: Outcome) -> list[str]:
    """Say the same on a terminal."""
    lines = []
    for fault in found.faults:
        where = f"line {fault.line}: " if fault.line else ""
        lines += [f"{where}{terminal(fault.message, MESSAGE)}"]
        lines += [f"    {terminal(fault.text, TEXT)}"] if fault.text else []
    lines += [f"… and {found.more:,} more"] if found.more else []
    for note in found.notes:
        lines.append(f"note: {f'line {note.line}: ' if note.line else ''}{terminal(note.message, MESSAGE)}")
    count = len(found.faults) + found.more
    closing = "accepted" if found.verdict == ACCEPTED else f"refused: {count:,} to mend"
    return [*lines, f"issue {found.issue}: {closing}"]

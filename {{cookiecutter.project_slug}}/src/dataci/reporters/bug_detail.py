"""One model bug in full, for a terminal and as JSON: what it is, how it went, and each pattern with its score."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from dataci.reporters.bugs import (
    HELP,
    LONG,
    NAME,
    Answered,
    Case,
    Shown,
    case_dict,
    measured,
    pad,
    trend,
    wrong,
)
from dataci.reporters.escape import columns, terminal
from dataci.reporters.sentences import number
from dataci.reporters.text import wrap

WIDTH = 100
DIGITS = re.compile(r"([0-9]+)")
CELL = 44  # columns of a text
RIGHT, WRONG, UNKNOWN, NEAR = "✓", "✗", "·", "~"


def text(found: Shown, harm: Mapping[int, str], inputs: Sequence[str], width: int = WIDTH) -> str:
    """Write a bug for a terminal. ``harm``: what its degrees mean; ``inputs``: the columns that a model sees."""
    case = found.case
    lines = [f"{terminal(case.id, NAME)}: {terminal(case.name, 2 * NAME)}", ""]
    lines += facts(found, harm, width)
    lines += ["", *prose(found.description, width)]
    lines += ["", measured(found.triage), *figures(case)]
    if case.trend:
        lines += ["", *points(found)]
    lines += ["", *table(found, inputs)]
    return "\n".join(lines) + "\n"


def prose(text: str, width: int) -> list[str]:
    """Write a text of paragraphs, whose lines are broken anew."""
    blocks = [" ".join(block.split("\n")) for block in text.strip().split("\n\n")]
    return [line for block in blocks for line in ("", *wrap(terminal(block, LONG), width))][1:]


def facts(found: Shown, harm: Mapping[int, str], width: int) -> list[str]:
    """Write what bug.toml says, but for the description."""
    case = found.case
    users = found.users if case.users is None else f"{case.users:,}"
    said = {
        "status": f"{case.status} in bug.toml; proposed: {case.proposed} ({HELP[case.proposed]})",
        "reason": found.reason,
        "harm": f"{case.harm} of 10: {harm.get(case.harm, '')}",
        "users": users or "nobody knows",
        "reporter": found.reporter,
    }
    room = max(map(len, said)) + 2
    return [
        line
        for key, value in said.items()
        if value
        for line in wrap(f"{key:<{room}}{terminal(value, LONG)}", width, " " * room)
    ]


def figures(case: Case) -> list[str]:
    """Write how wrong the candidate is that counts."""
    if case.error is None or case.low is None or case.high is None or case.priority is None:
        return ["Not measured on these patterns yet: `dataci train`, or `dataci evaluate`."]
    what = wrong(case.errors, case.n, case.error)
    said = f"{what} patterns are wrong" if case.errors is not None else f"{case.n} patterns"
    later = {None: "", True: " The latest gets it wrong, too.", False: " The latest gets all of it right."}
    balance = f" {case.flaky} hang in the balance ({NEAR})." if case.flaky else ""
    return [
        f"{said}: error {case.error:.2f} (95 % interval {case.low:.2f} to {case.high:.2f}), "
        f"priority {case.priority:.1f}.{balance}{later[case.latest_wrong]}"
    ]


def points(found: Shown) -> list[str]:
    """Write how wrong each candidate was, in the order of merges."""
    judged = found.triage
    lines = [f"Over candidates, in the order of merges: {trend(found.case.trend)}"]
    for point in found.case.trend:
        marks = [
            name
            for name, tag in (
                ("production", judged.reference if judged.in_production else None),
                ("latest", judged.latest),
            )
            if tag == point.tag
        ]
        lines.append(
            f"  {point.tag}  {wrong(point.errors, point.n, point.error):>9}  {' '.join(marks)}".rstrip()
        )
    return lines


def table(found: Shown, inputs: Sequence[str]) -> list[str]:
    """Write the patterns, wrong ones first."""
    if not found.patterns:
        return ["It has no patterns."]
    numbers = are_numbers(found)
    several = len(found.asked) > 1 and not numbers
    head = [
        "",
        "id",
        "score",
        "label",
        *(["so far"] if several else []),
        *(terminal(name, CELL) for name in inputs),
    ]
    rows = [head, *(cells(one, inputs, several, numbers) for one in sorted(found.patterns, key=urgency))]
    sizes = [max(columns(row[at]) for row in rows) for at in range(len(head))]
    lines = [
        "  ".join(
            pad(cell, size, at == 2) for at, (cell, size) in enumerate(zip(row, sizes, strict=True))
        ).rstrip()
        for row in rows
    ]
    if numbers:
        return [*lines, "", "score: what the candidate says; a number is not right or wrong."]
    note = f"{WRONG} wrong, {RIGHT} right, {NEAR} within .05 of the threshold, {UNKNOWN} not asked"
    past = f"; so far: the last {len(found.asked)} candidates, in the order of merges" if several else ""
    return [*lines, "", f"{note}{past}."]


def urgency(one: Answered) -> tuple[int, list[tuple[int, str]]]:
    """Put wrong patterns first, and those that nobody asked about last; b-2 before b-10."""
    parts = [(int(part[:18]) if DIGITS.fullmatch(part) else 0, part) for part in DIGITS.split(one.id)]
    return {True: 0, False: 1, None: 2}[one.wrong], parts


def are_numbers(found: Shown) -> bool:
    """Tell whether the patterns were asked about and none of the answers is right or wrong: a regression."""
    asked = [one for one in found.patterns if one.score is not None]
    return bool(asked) and all(one.wrong is None for one in asked)


def cells(one: Answered, inputs: Sequence[str], several: bool, numbers: bool) -> list[str]:
    """Write a pattern's cells; ``numbers``: no answer is right or wrong."""
    past = ["".join(map(glyph, one.past))] if several else []
    shown = [terminal(one.row.get(name) or "", CELL) for name in inputs]
    score = "-" if one.score is None else number(one.score)
    return [
        (" " if numbers else glyph(one.wrong)) + (NEAR if one.near else " "),
        terminal(one.id, NAME),
        score,
        terminal(one.label, 20),
        *past,
        *shown,
    ]


def glyph(wrong: bool | None) -> str:
    """Return the mark of a right or wrong answer."""
    return {True: WRONG, False: RIGHT, None: UNKNOWN}[wrong]


def to_dict(found: Shown) -> dict[str, Any]:
    """Return a bug as JSON has it."""
    return {
        "version": 1,
        **case_dict(found.case),
        "description": found.description,
        "reporter": found.reporter,
        "reason": found.reason or None,
        "users_said": found.users or None,
        "reference": found.triage.reference,
        "in_production": found.triage.in_production,
        "asked": list(found.asked),
        "patterns": [
            {**one._asdict(), "row": dict(one.row), "past": list(one.past)} for one in found.patterns
        ],
    }

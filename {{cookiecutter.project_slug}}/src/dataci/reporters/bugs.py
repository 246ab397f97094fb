"""The triage of model bugs, and one bug in full: for a terminal, and as JSON. Here it is told, not judged."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from dataci.reporters.chart import BARS
from dataci.reporters.escape import columns, terminal
from dataci.reporters.sentences import count

OPEN, FIXED, REGRESSED, FLAKY, CLOSED, UNMEASURED = (
    "open",
    "fixed",
    "regressed",
    "flaky",
    "closed",
    "unmeasured",
)
PROPOSED = (REGRESSED, OPEN, FLAKY, FIXED, UNMEASURED, CLOSED)
LISTED = 30  # bugs on a terminal
ID, NAME, TEXT, LONG = 30, 40, 60, 2000  # columns
HELP = {
    REGRESSED: "it was right, or closed, and is wrong again",
    OPEN: "patterns are wrong",
    FLAKY: "what is wrong, or was, stands within .05 of the threshold and flips from training to training",
    FIXED: "every pattern is right: `dataci bug close ID`",
    UNMEASURED: "not measured on these patterns: `dataci train`, or `dataci evaluate`",
    CLOSED: "closed, and right",
}


class Point(NamedTuple):
    """A candidate on a bug. ``errors``: None of a regression. ``error``: normalised, 0 to 1."""

    tag: str
    n: int
    errors: int | None
    error: float
    wrong: bool


class Case(NamedTuple):
    """A bug in the triage. ``status``: in bug.toml; ``proposed``: one of PROPOSED. ``errors``: None of a regression.

    ``error``, ``low``, ``high``: the normalised error, 0 to 1, and its 95 % interval; ``priority``: 0 to 100; None
    where it was not measured. ``trend``: candidates by merges. ``flaky``: patterns that hang in the balance.
    ``latest_wrong``: whether the latest gets it wrong, where that is not the one that counts, whose tag is ``by``.
    """

    id: str
    name: str
    harm: int
    users: int | None
    status: str
    proposed: str
    n: int = 0
    errors: int | None = None
    error: float | None = None
    low: float | None = None
    high: float | None = None
    priority: float | None = None
    trend: tuple[Point, ...] = ()
    flaky: int = 0
    latest_wrong: bool | None = None
    by: str = ""


class Triage(NamedTuple):
    """Bugs, the most urgent first. ``reference``: the tag of the candidate that counts, None without a result."""

    reference: str | None
    latest: str | None
    in_production: bool
    cases: tuple[Case, ...]
    fault: str = ""


class Answered(NamedTuple):
    """A pattern of a bug. ``row``: its cells by column. ``score``, ``wrong``: of the candidate that counts, None where
    it was not asked or knows no wrong. ``past``: whether earlier candidates got it wrong, in the order of merges.
    """

    id: str
    label: str
    row: Mapping[str, str | None]
    score: float | None = None
    wrong: bool | None = None
    near: bool = False
    past: tuple[bool | None, ...] = ()


class Shown(NamedTuple):
    """One bug in full. ``asked``: the tags of the candidates in ``past`` of each pattern."""

    case: Case
    description: str
    reporter: str
    reason: str
    users: str
    triage: Triage
    patterns: tuple[Answered, ...]
    asked: tuple[str, ...] = ()


def counts(cases: Sequence[Case]) -> dict[str, int]:
    """Count bugs by proposed status, those that ask for work first."""
    return {word: number for word in PROPOSED if (number := sum(case.proposed == word for case in cases))}


def selected(found: Triage, every: bool) -> list[Case]:
    """Return the bugs that a list shows: without ``every`` those that nobody has to look at again are left out."""
    return [case for case in found.cases if every or case.proposed != CLOSED]


def text(found: Triage, every: bool = False, limit: int = LISTED) -> str:
    """Write the triage for a terminal."""
    if not found.cases:
        return "There is no model bug. `dataci bug new` makes one.\n"
    cases = selected(found, every)
    shown = cases if every else cases[:limit]
    told = ", ".join(f"{number:,} {word}" for word, number in counts(found.cases).items())
    lines = [f"{count(len(found.cases), 'model bug')}: {told}", measured(found), ""]
    lines += table(shown) if shown else []
    if len(cases) > len(shown):
        lines += ["", f"… and {len(cases) - len(shown):,} more; --all and --format json list them all."]
    lines += ["", *legend(shown)] if shown else []
    return "\n".join(lines) + "\n"


def measured(found: Triage) -> str:
    """Say whose errors count."""
    if found.reference is None:
        return "There is no result yet; `dataci train` makes one."
    what = "in production" if found.in_production else "the latest result"
    fault = f" ({terminal(found.fault, 300)})" if found.fault else ""
    return f"Measured: {found.reference}, {what}{fault}. Priority, of 100: error × harm × reach of users."


def table(cases: Sequence[Case]) -> list[str]:
    """Write the bugs in columns."""
    wide = any(case.latest_wrong is not None for case in cases)
    head = [
        "priority",
        "status",
        "bug",
        "harm",
        "users",
        "wrong",
        "error (95 %)",
        "trend",
        *(["latest"] if wide else []),
    ]
    rows = [[*head, "name"], *([*cells(case, wide), terminal(case.name, NAME)] for case in cases)]
    sizes = [max(columns(row[at]) for row in rows) for at in range(len(rows[0]))]
    right = {0, 3, 4, 5}
    return [
        "  ".join(
            pad(cell, size, at in right) for at, (cell, size) in enumerate(zip(row, sizes, strict=True))
        ).rstrip()
        for row in rows
    ]


def pad(cell: str, size: int, right: bool) -> str:
    """Fill a cell up with blanks; wide characters take two columns."""
    gap = " " * (size - columns(cell))
    return gap + cell if right else cell + gap


def cells(case: Case, wide: bool) -> list[str]:
    """Write a bug's cells but for the last."""
    later = {None: "", True: "wrong", False: "right"}[case.latest_wrong]
    return [
        "-" if case.priority is None else f"{case.priority:.1f}",
        case.proposed,
        terminal(case.id, ID),
        str(case.harm),
        "-" if case.users is None else f"{case.users:,}",
        wrong(case.errors, case.n, case.error),
        interval(case),
        trend(case.trend),
        *([later] if wide else []),
    ]


def wrong(errors: int | None, n: int, error: float | None) -> str:
    """Write how many patterns are wrong; of a regression, where none is right or wrong, how many there are."""
    if error is None:
        return "-"
    return f"{n} patterns" if errors is None else f"{errors} of {n}"


def interval(case: Case) -> str:
    """Write the normalised error with its interval."""
    if case.error is None or case.low is None or case.high is None:
        return "-"
    return f"{case.error:.2f} ({case.low:.2f}-{case.high:.2f})"


def trend(points: Sequence[Point]) -> str:
    """Draw the normalised error over candidates as bars from 0 to 1, and write its numbers."""
    if not points:
        return ""
    bars = "".join(BARS[round(min(max(point.error, 0.0), 1.0) * (len(BARS) - 1))] for point in points)
    said = [f"{point.error:.2f}" if point.errors is None else str(point.errors) for point in points]
    return f"{bars} {' '.join(said)}"


def legend(cases: Sequence[Case]) -> list[str]:
    """Explain the words of status that a list has."""
    return [f"{word}: {HELP[word]}" for word in counts(cases)]


def to_dict(found: Triage, every: bool = False) -> dict[str, Any]:
    """Return the triage as JSON has it. Nothing is cut; without ``every`` what is closed and right is left out."""
    return {
        "version": 1,
        "reference": found.reference,
        "latest": found.latest,
        "in_production": found.in_production,
        "counts": counts(found.cases),
        "bugs": [case_dict(case) for case in selected(found, every)],
    }


def case_dict(case: Case) -> dict[str, Any]:
    """Return a bug as JSON has it."""
    told = {**case._asdict(), "trend": [point._asdict() for point in case.trend]}
    return {key: float(f"{value:.4g}") if isinstance(value, float) else value for key, value in told.items()}


def dumps(found: Mapping[str, Any]) -> str:
    """Write JSON."""
    return json.dumps(found, indent=2, sort_keys=True) + "\n"

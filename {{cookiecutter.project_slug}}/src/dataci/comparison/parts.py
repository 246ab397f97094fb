"""A comparison in its parts: slices of the test set and model bugs. For orientation, the verdict is about the whole.

Who looks at many parts will find one that differs by chance. A part is flagged only where it still counts after Holm's
correction over all that are shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from dataci.comparison import flips, verdicts
from dataci.comparison.flips import Flips
from dataci.comparison.sides import Side, alike, pair, same_settings, settings
from dataci.comparison.verdicts import BETTER, NONE, SAME, UNCLEAR, WORSE, Verdict
from dataci.dataset import BUGS, TEST

FIXED, REGRESSED = "fixed", "regressed"
FIRST = (REGRESSED, FIXED, WORSE, BETTER, SAME, NONE)  # the order in which bugs are told


class SliceChange(NamedTuple):
    """The primary metric on the rows of one slice. ``before`` and ``after``: as the records have it, None: absent."""

    name: str
    verdict: Verdict
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    flagged: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data, for the JSON output."""
        shown = {"before": self.before, "after": self.after, "flagged": self.flagged}
        return {**self.verdict._asdict(), **shown}


class BugChange(NamedTuple):
    """One model bug. ``word``: fixed (no pattern is wrong any more), regressed (patterns are wrong though the bug was
    closed, or though all were right), better, worse, same, or none with ``reason``.

    ``before`` and ``after``: the bug in the two records. ``p``: exact McNemar over the patterns; of a regression, of
    the paired difference of the mean error.
    """

    name: str
    word: str
    reason: str = ""
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    p: float | None = None
    fixed: Flips = Flips()
    broken: Flips = Flips()
    flagged: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data, for the JSON output."""
        return {**self._asdict(), "fixed": self.fixed.to_dict(), "broken": self.broken.to_dict()}


def parts(a: Side, b: Side) -> tuple[tuple[SliceChange, ...], tuple[BugChange, ...]]:
    """Compare the slices, by name, and the bugs, in the order of ``FIRST``; one that only one side has is there, with
    the reason.
    """
    slices, bugs = slice_changes(a, b), in_order(bug_changes(a, b))
    counted = verdicts.holm([part.verdict.p for part in slices] + [part.p for part in bugs])
    marked = [part._replace(flagged=yes) for part, yes in zip(slices, counted, strict=False)]
    return (
        tuple(part._replace(verdict=cautious(part.verdict, part.flagged)) for part in marked),
        tuple(part._replace(flagged=yes) for part, yes in zip(bugs, counted[len(slices) :], strict=True)),
    )


def cautious(said: Verdict, flagged: bool) -> Verdict:
    """Take back "better" and "worse" from a slice that does not count after the correction."""
    return said._replace(word=UNCLEAR) if said.word in (BETTER, WORSE) and not flagged else said


def slice_changes(a: Side, b: Side) -> list[SliceChange]:
    """Compare the primary metric on the rows of each slice."""
    names = sorted({*a.record["slices"], *b.record["slices"]})
    return [one_slice(a, b, name) for name in names]


def one_slice(a: Side, b: Side, name: str) -> SliceChange:
    """Compare the primary metric on the rows of one slice."""
    how = settings(b.record)
    figures = [side.record["slices"].get(name) for side in (a, b)]
    before, after = (found["metrics"].get(how.metric) if found else None for found in figures)
    both = pair(a, b, TEST)
    rows = next((found["n"] for found in reversed(figures) if found), None)
    why = slice_obstacle(a, b, name)
    if why or both is None:
        return SliceChange(name, Verdict(NONE, how.metric, why, rows=rows), before, after)
    keep = np.flatnonzero(both[1].slices[name])
    one, two = (rows.cut(keep) for rows in both)
    return SliceChange(name, verdicts.weigh(how.metric, one, two, settings(a.record), how), before, after)


def slice_obstacle(a: Side, b: Side, name: str) -> str:
    """Say why a slice cannot be compared; "" when it can."""
    metric, both = settings(b.record).metric, pair(a, b, TEST)
    for side, letter in ((a, "A"), (b, "B")):
        if name not in side.record["slices"]:
            return f"{letter} was not measured on it"
    if a.stuck or b.stuck:
        return "not measured on today's test set"
    if alike(a, b) or both is None:
        return "the two were measured on other rows, or otherwise"
    for side in (a, b):
        found = side.record["slices"][name]
        reason = found["metrics"].get(metric, {}).get("reason")
        if not found["n"]:
            return "no test row belongs to it"
        if reason:
            return str(reason)
    one, two = (rows.slices.get(name) for rows in both)
    if one is None or two is None or not np.array_equal(one, two):
        return "the two were measured on other rows of it"
    return ""


def bug_changes(a: Side, b: Side) -> list[BugChange]:
    """Compare how many patterns of each model bug are wrong."""
    return [one_bug(a, b, name) for name in sorted({*a.record["bugs"], *b.record["bugs"]})]


def in_order(bugs: Iterable[BugChange]) -> list[BugChange]:
    """Put bugs into the order in which they are told: those that regressed and those that are fixed first."""
    return sorted(bugs, key=lambda bug: (FIRST.index(bug.word), bug.name))


def one_bug(a: Side, b: Side, name: str) -> BugChange:
    """Compare one model bug."""
    before, after = (side.record["bugs"].get(name) for side in (a, b))
    both = pair(a, b, f"{BUGS}/{name}")
    why = bug_obstacle(a, b, name)
    if why or before is None or after is None or both is None:
        return BugChange(name, NONE, why or "no pattern, or their predictions are lost", before, after)
    how = (settings(a.record), settings(b.record))
    fixed, broken = flips.flips(f"{BUGS}/{name}", *both, *how)
    if not both[1].classes:
        said = verdicts.weigh("mae", *both, *how)
        word = SAME if said.word == SAME else BETTER if (said.gain or 0) > 0 else WORSE
        return BugChange(name, word, "", before, after, said.p, fixed, broken)
    from dataci import paired

    _, good, bad = flips.judged(*both, *how)
    p = paired.mcnemar(*flips.signs(good, bad, both[1].clusters))
    return BugChange(name, bug_word(before, after), "", before, after, p, fixed, broken)


def bug_obstacle(a: Side, b: Side, name: str) -> str:
    """Say why the two cannot be compared on a bug; "" when they can."""
    before, after = (side.record["bugs"].get(name) for side in (a, b))
    if before is None or after is None:
        return f"only {'A' if after is None else 'B'} was measured on it"
    if before["tree"] != after["tree"]:
        return "the two were measured on other patterns of it"
    return "" if same_settings(a, b) else "measured with different settings of [evaluation]"


def bug_word(before: dict[str, Any], after: dict[str, Any]) -> str:
    """Say in a word what became of a bug. A closed one with wrong patterns has regressed, unless there are fewer than
    before: also where it had already regressed in A, for it must not be taken for right.
    """
    closed = after.get("status") == "closed"
    if after["errors"] and after["errors"] >= before["errors"] and (closed or not before["errors"]):
        return REGRESSED
    if after["errors"] == before["errors"]:
        return SAME
    if not after["errors"]:
        return FIXED
    return BETTER if after["errors"] < before["errors"] else WORSE

"""Two results side by side: what differs, which rows flipped, and whether the one is better or it may be chance.

A verdict needs the same rows: results that were measured on different test sets are shown, and never ranked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from dataci import lineage
from dataci.comparison import behaviour, flips, verdicts
from dataci.comparison.behaviour import Change
from dataci.comparison.flips import Flip, Flips
from dataci.comparison.parts import BugChange, SliceChange, parts
from dataci.comparison.sides import Side, alike, obstacle, pair, settings
from dataci.comparison.verdicts import NONE, Verdict
from dataci.dataset import TEST
from dataci.metrics import LOWER_IS_BETTER

__all__ = [
    "LOWER_IS_BETTER",
    "BugChange",
    "Change",
    "Comparison",
    "Flip",
    "Flips",
    "Side",
    "SliceChange",
    "Verdict",
    "compare",
    "each_flip",
    "judge",
    "settings",
    "summary",
    "to_dict",
]

VERSION = 2
IDS = 20  # of flipped rows, in a record


class Comparison(NamedTuple):
    """A and B compared. Plain data: the reporters render it, and ``to_dict`` is the JSON output.

    ``same_test``: both were measured on the same test set in the same way, so that their figures may be subtracted.
    ``fixed`` and ``broken``: test rows; those of a model bug are in ``bugs``, of which those that regressed and those
    that are fixed come first. ``behaviour``: gates and what else is more than the metric. The gates in B's record are
    those that it keeps against A.
    """

    a: Side
    b: Side
    same_test: bool
    verdict: Verdict
    changed: dict[str, Any]
    fixed: Flips = Flips()
    broken: Flips = Flips()
    slices: tuple[SliceChange, ...] = ()
    bugs: tuple[BugChange, ...] = ()
    notes: tuple[str, ...] = ()
    behaviour: tuple[Change, ...] = ()


def compare(a: Side, b: Side) -> Comparison:
    """Compare two results: B is the newer one, and the verdict is about it."""
    a, b = behaviour.judged(a, b)
    slices, bugs = parts(a, b)
    changed = lineage.between(a.record, b.record)
    told = notes(a, b), behaviour.changes(a, b)
    return Comparison(a, b, not alike(a, b), judge(a, b), changed, *flipped(a, b), slices, bugs, *told)


def judge(a: Side, b: Side) -> Verdict:
    """Say whether B is better than A by the primary metric, on the same test rows; or why that cannot be said."""
    how = settings(b.record)
    why, both = obstacle(a, b), pair(a, b, TEST)
    if why or both is None:
        return Verdict(NONE, how.metric, why, margin=how.margin)
    return verdicts.weigh(how.metric, *both, settings(a.record), how)


def flipped(a: Side, b: Side) -> tuple[Flips, Flips]:
    """Return the test rows that B fixed and those that it broke; none where A and B were not measured alike."""
    both = pair(a, b, TEST)
    if alike(a, b) or both is None:
        return Flips(), Flips()
    return flips.flips(TEST, *both, settings(a.record), settings(b.record))


def notes(a: Side, b: Side) -> tuple[str, ...]:
    """Return what the reader must know to trust the comparison."""
    return tuple(
        f"{letter} was built from changes that are not committed; nobody else can build it again."
        for letter, side in (("A", a), ("B", b))
        if side.record["uncommitted"]
    )


def each_flip(found: Comparison, change: Callable[[Flip], Flip]) -> Comparison:
    """Return the comparison with every row that flipped, of the test set and of the bugs, as ``change`` returns it."""

    def changed(rows: Flips) -> Flips:
        return rows._replace(rows=tuple(map(change, rows.rows)))

    bugs = tuple(bug._replace(fixed=changed(bug.fixed), broken=changed(bug.broken)) for bug in found.bugs)
    return found._replace(fixed=changed(found.fixed), broken=changed(found.broken), bugs=bugs)


def summary(a: Side, b: Side, listed: int = IDS) -> dict[str, Any]:
    """Return the ``compared`` part of B's record: the verdict against its parent, what flipped, slices, bugs, and what
    of the behaviour counts.

    Few and short values, one a line in the record: ids are listed up to ``listed`` of a kind, the most telling first.
    """
    a, b = behaviour.judged(a, b)
    said = judge(a, b)
    found: dict[str, Any] = {"with": a.record["tag"], "verdict": said.word}
    if said.word == NONE:
        found["reason"] = said.reason
    else:
        interval = {name: getattr(said, name) for name in ("difference", "low", "high", "p")}
        found |= {"metric": said.metric, "margin": said.margin, **interval}
        for name, rows in zip(("fixed", "broken"), flipped(a, b), strict=True):
            found[name] = {"n": rows.n, "ids": [flip.id for flip in rows.rows[:listed]]}
    slices, bugs = parts(a, b)
    return found | {
        name: value
        for name, value in (
            ("slices", {part.name: slice_summary(part) for part in slices if part.verdict.word != NONE}),
            ("bugs", {part.name: bug_summary(part) for part in bugs if part.word != NONE}),
            (
                "behaviour",
                {
                    f"{one.part}/{one.name}": one.word
                    for one in behaviour.changes(a, b)
                    if one.flagged and one.word in (verdicts.BETTER, verdicts.WORSE)
                },
            ),
        )
        if value
    }


def slice_summary(part: SliceChange) -> dict[str, Any]:
    """Return what a record says of a slice against the parent."""
    said = part.verdict
    return {"verdict": said.word, "difference": said.difference, "low": said.low, "high": said.high}


def bug_summary(part: BugChange) -> dict[str, Any]:
    """Return what a record says of a bug against the parent."""
    return {"verdict": part.word, "fixed": part.fixed.n, "broken": part.broken.n, "p": part.p}


def to_dict(found: Comparison) -> dict[str, Any]:
    """Return the comparison as plain data: the output of ``dataci compare --format json``.

    ``a`` and ``b``: name, record, and ``recorded`` (the record as stored, where it was measured again for this; else
    null). ``verdict``, and each of ``slices`` by name: see ``Verdict``. ``bugs`` by name: see ``BugChange``. ``fixed``
    and ``broken``: ``n`` rows, of which the most telling are listed (at most ``flips.LISTED``). ``behaviour``: see
    ``behaviour.Change``. Fields, and words for a bug, are only ever added: whoever reads this must bear with those that
    are new. ``version`` rises if one changes its meaning.
    """
    return {
        "version": VERSION,
        **{
            key: {"name": side.name, "record": side.record, "recorded": side.recorded}
            for key, side in (("a", found.a), ("b", found.b))
        },
        "same_test": found.same_test,
        "verdict": found.verdict._asdict(),
        "changed": found.changed,
        "fixed": found.fixed.to_dict(),
        "broken": found.broken.to_dict(),
        "slices": {part.name: without(part.to_dict(), "name") for part in found.slices},
        "bugs": {part.name: without(part.to_dict(), "name") for part in found.bugs},
        "notes": list(found.notes),
        "behaviour": [change._asdict() for change in found.behaviour],
    }


def without(entry: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a table without one of its keys."""
    return {key: value for key, value in entry.items() if key != name}

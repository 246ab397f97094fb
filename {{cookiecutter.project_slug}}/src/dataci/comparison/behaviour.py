"""What became of a model's behaviour: gates, threshold, cost, gaps between groups, robustness, uncertainty.

"better" and "worse" are said only where they count after Holm's correction over all estimated figures listed here.
Slices and bugs are corrected among themselves (see ``parts``): another perturbation may not take away what a bug says.
So at most one comparison in twenty of either kind flags anything where nothing differs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from dataci import gates
from dataci.comparison import moved, verdicts
from dataci.comparison.moved import Move
from dataci.comparison.sides import Side, alike, pair, settings
from dataci.comparison.verdicts import BETTER, NONE, SAME, UNCLEAR, WORSE
from dataci.dataset import TEST
from dataci.predictions import FIXED, Settings
from dataci.record import Record

PROBES = {
    "robustness": "robustness",
    "counterfactuals": "counterfactual",
}  # how the splits of each part begin
COVERAGE = 0.8  # of the selective accuracy that is compared
OTHER_SLICES = "the two were measured with other slices"
UNVALUED = "neither more nor less of it is better"


class Change(NamedTuple):
    """One figure before and after. ``part``: gates, threshold, cost, fairness, robustness, counterfactuals or
    uncertainty.

    ``before`` and ``after``: as the records have it (a figure; of a gap between groups its table; of a gate its
    verdict; of the threshold a number), None: absent. ``word``: better, worse, same, unclear, or none with ``reason``;
    of a gate and of the threshold ``reason`` is what is to be told. ``flagged``: it counts after the correction; of a
    gate: it fails, or failed before.
    """

    part: str
    name: str
    before: Any = None
    after: Any = None
    word: str = NONE
    flagged: bool = False
    reason: str = ""


def changes(a: Side, b: Side) -> tuple[Change, ...]:
    """Compare the behaviour of A and B: what is a decision or a count first, then what is estimated."""
    found = [*cost(a, b), *fairness(a, b), *probes(a, b), *uncertainty(a, b)]
    counted = verdicts.holm([move.p for _, move in found])
    estimated = [settled(change, move, yes) for (change, move), yes in zip(found, counted, strict=True)]
    return (*of_gates(a.record, b.record), *threshold(a, b), *estimated)


def settled(change: Change, move: Move, flagged: bool) -> Change:
    """Put the word to a change, once it is known whether it counts."""
    if move.p is None:
        return change._replace(word=move.word, reason=move.reason)
    if not flagged:
        return change._replace(word=UNCLEAR)
    return change._replace(word=BETTER if move.gain > 0 else WORSE, flagged=True)


# ---- decisions and counts


def judged(a: Side, b: Side) -> tuple[Side, Side]:
    """Return both sides with their gates: those of B are judged against A, where the two were measured alike."""
    comparable = not (a.stuck or b.stuck or alike(a, b) or other_slices(a, b))
    older = a if "gates" in a.record else with_gates(a, None)
    if "gates" in b.record and not comparable:
        return older, b
    return older, with_gates(b, a.record if comparable else None)


def with_gates(side: Side, parent: Record | None) -> Side:
    """Return a result with the gates that it keeps or fails."""
    found = gates.judge(side.record, parent)
    rest = {name: value for name, value in side.record.items() if name != "gates"}
    return side._replace(record={**rest, "gates": found} if found else rest)


def of_gates(a: Record, b: Record) -> Iterator[Change]:
    """Yield what became of each gate."""
    before, after = a.get("gates", {}), b.get("gates", {})
    for name in sorted({*before, *after}):
        old, new = (side[name]["verdict"] if name in side else None for side in (before, after))
        flagged = gates.FAIL in (old, new)
        what = str((after.get(name) or before[name])["what"])
        if old is None or new is None:
            yield Change("gates", name, old, new, NONE, flagged, what if new else "B is not judged by it")
        elif old == new:
            yield Change("gates", name, old, new, SAME, flagged, what)
        elif gates.UNCLEAR in (old, new):
            yield Change("gates", name, old, new, UNCLEAR, flagged, what)
        else:
            yield Change("gates", name, old, new, WORSE if new == gates.FAIL else BETTER, True, what)


def threshold(a: Side, b: Side) -> Iterator[Change]:
    """Yield the decision on the threshold, where it is another: as recorded, not as measured again for today."""
    old, new = (settings(side.recorded or side.record) for side in (a, b))
    if old.positive is None or new.positive is None or decided(old) == decided(new):
        return
    moved_to = f"the threshold moved from {old.threshold:g} to {new.threshold:g}"
    if old.threshold == new.threshold:
        moved_to = f"the threshold stays at {new.threshold:g}"
    said = f"{moved_to} by rule {by_rule(new)}"
    if by_rule(old) != by_rule(new):
        said += f", before by rule {by_rule(old)}"
    yield Change("threshold", "threshold", old.threshold, new.threshold, NONE, False, said)


def decided(how: Settings) -> tuple[float, str, tuple[float, float] | None]:
    """Return what somebody decided of a threshold."""
    return how.threshold, how.rule, how.costs


def by_rule(how: Settings) -> str:
    """Name the rule of a threshold, with the costs that it goes by."""
    if how.costs is None or how.rule == FIXED:
        return how.rule
    return f"{how.rule} ({how.costs[0]:g} : {how.costs[1]:g})"


# ---- estimates


def obstacle(a: Side, b: Side) -> str:
    """Say why no figure can be compared; "" when they can."""
    if a.stuck or b.stuck:
        return "not measured on today's test set"
    return "the two were measured on other rows, or otherwise" if alike(a, b) else ""


def other_slices(a: Side, b: Side) -> str:
    """Say that the slices of both are defined otherwise; "" when they are not."""
    return "" if a.record["test"]["slices"] == b.record["test"]["slices"] else OTHER_SLICES


def absent(before: Any, after: Any, key: str = "value") -> str:
    """Say why there are not two figures; "" when there are."""
    for figure, letter in ((before, "A"), (after, "B")):
        if figure is None:
            return f"{letter} was not measured on it"
        if key not in figure:
            return str(figure.get("reason", f"{letter} has no figure of it"))
    return ""


def cost(a: Side, b: Side) -> Iterator[tuple[Change, Move]]:
    """Yield the cost of 1,000 rows, paired."""
    before, after = (side.record.get("cost", {}).get("per_1000") for side in (a, b))
    if before is None and after is None:
        return
    change = Change("cost", "per_1000", before, after)
    one, two = settings(a.record), settings(b.record)
    why = obstacle(a, b) or absent(before, after)
    why = why or ("" if one.costs == two.costs else "the costs of a wrong answer differ")
    both = pair(a, b, TEST)
    if why or both is None:
        yield change, Move(reason=why or "the predictions are lost")
        return
    yield (
        change,
        moved.between(moved.costs(both[0], one), moved.costs(both[1], two), both[1].clusters),
    )


def fairness(a: Side, b: Side) -> Iterator[tuple[Change, Move]]:
    """Yield the gaps between groups, by their intervals."""
    gaps = [
        {
            (group, metric): gap
            for group, by_metric in side.record.get("fairness", {}).items()
            for metric, gap in by_metric.items()
        }
        for side in (a, b)
    ]
    same = settings(a.record).minimum == settings(b.record).minimum
    for group, metric in sorted({*gaps[0], *gaps[1]}):
        before, after = (found.get((group, metric)) for found in gaps)
        why = obstacle(a, b) or other_slices(a, b) or absent(before, after, "gap")
        why = why or ("" if same else "another number of rows makes a group")
        move = Move(reason=why) if why else moved.apart(before or {}, after or {}, lower=True, key="gap")
        yield Change("fairness", f"{group}/{metric}", before, after), move


def probes(a: Side, b: Side) -> Iterator[tuple[Change, Move]]:
    """Yield how often altered rows are judged otherwise, paired; of a regression by how much."""
    for part, prefix in PROBES.items():
        entries = [side.record.get(part, {}) for side in (a, b)]
        for name in sorted({*entries[0], *entries[1]}):
            before, after = (rate(found.get(name)) for found in entries)
            why = obstacle(a, b) or absent(before, after)
            why = why or (other_slices(a, b) if part == "counterfactuals" else other_probes(a, b))
            move = Move(reason=why) if why else probe(a, b, f"{prefix}/{name}")
            yield Change(part, name, before, after), move


def other_probes(a: Side, b: Side) -> str:
    """Say that the rows of both were perturbed otherwise; "" when they were not."""
    one, two = (side.record["test"].get("probes") for side in (a, b))
    return "" if one == two else "the rows of the two were perturbed otherwise"


def rate(entry: Mapping[str, Any] | None) -> Any:
    """Return the flip rate of a kind, or the shift of a regression."""
    return None if entry is None else entry.get("flip_rate", entry.get("shift"))


def probe(a: Side, b: Side, split: str) -> Move:
    """Compare what altering the same rows does on both sides."""
    both, tests = pair(a, b, split), pair(a, b, TEST)
    if both is None or tests is None:
        return Move(reason="the predictions of the altered rows are not of the same rows, or lost")
    if not set(both[0].ids) <= set(tests[0].ids):
        return Move(reason="the altered rows do not come from the test set")
    (one, clusters), (two, _) = (
        moved.flipped(test, rows, settings(side.record))
        for test, rows, side in zip(tests, both, (a, b), strict=True)
    )
    return moved.between(one, two, clusters)


def uncertainty(a: Side, b: Side) -> Iterator[tuple[Change, Move]]:
    """Yield calibration, spread and selective accuracy, by their intervals."""
    before, after = (figures(side.record.get("uncertainty", {})) for side in (a, b))
    for name, lower in (("ece", True), ("spread", True), *selective(before, after)):
        old, new = before.get(name), after.get(name)
        if old is None and new is None:
            continue
        why = obstacle(a, b) or absent(old, new)
        move = Move(reason=why) if why else moved.apart(old or {}, new or {}, lower)
        if name == "spread" and move.p is not None:
            move = Move(word=UNCLEAR, reason=UNVALUED)
        yield Change("uncertainty", name, old, new), move


def selective(*sides: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """Return the names of what is compared of the surest rows, and whether less of it is better."""
    names = sorted({name for side in sides for name in side if " at " in name})
    return [(name, name.startswith("mae")) for name in names]


def figures(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures that are compared, by name."""
    named = {name: found[name] for name in ("ece", "spread") if name in found}
    for entry in found.get("selective", ()):
        if entry["coverage"] == COVERAGE:
            named |= {f"{name} at {COVERAGE:g}": entry[name] for name in ("accuracy", "mae") if name in entry}
    return named

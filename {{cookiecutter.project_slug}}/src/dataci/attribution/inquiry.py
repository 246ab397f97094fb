"""The inquiry behind `dataci why`: run the corners and share out the difference between two candidates."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from dataci import attribution, figures, measuring, paired, predictions
from dataci.attribution import Array, Attribution, Step, between, corners
from dataci.attribution.corners import Kitchen, Origin, Ran, Recipe
from dataci.comparison.sides import Side
from dataci.dataset import TEST
from dataci.errors import CannotRun
from dataci.examples import Examples
from dataci.predictions import Predictions, Settings

DRAWS = 1000


class Case(NamedTuple):
    """What is inquired into. ``ends``: the files of A and of B; ``how``: today's evaluation; ``today``: the id of
    the test set, and its ``rows``; ``told``: takes a line of progress.
    """

    kitchen: Kitchen
    a: Side
    b: Side
    ends: tuple[Origin, Origin]
    how: Settings
    today: str
    rows: Examples
    jobs: int
    told: Callable[[str], None]


class Findings(NamedTuple):
    """What came out: ``old`` and ``new`` are the predictions of A and B for today's test set."""

    steps: tuple[Step, ...] = ()
    attribution: Attribution | None = None
    old: Predictions | None = None
    new: Predictions | None = None
    reason: str | None = None
    notes: tuple[str, ...] = ()


def inquire(case: Case) -> Findings:
    """Run every corner and share out the difference among the factors. A change of the test set, and of an
    environment that cannot be had any more, is taken off first.
    """
    names, notes = between.factors(case.a.record, case.b.record), list[str]()
    apart = settle_environments(case, notes) and "env" in names
    names = tuple(name for name in names if name != "env" or not apart)
    ends = {0: case.a, (1 << len(names)) - 1: case.b}
    ran, failed = gather(case, names, ends, apart, notes)
    tests = place(case, ran, failed)
    lost = [
        f"{side.name} gives nothing to start from: {failed[at]}" for at, side in ends.items() if at in failed
    ]
    reasons = [*lost, *filter(None, (obstacle(test, case.how) for test in tests.values()))]
    if reasons:
        return Findings(reason=reasons[0], notes=tuple(notes))
    drawn = measured(list(tests.values()), case.how)
    values = np.full((1 << len(names), drawn.shape[1]), np.nan)
    values[list(tests)] = drawn
    shared = attribution.attribute(names, values, failed, {mask: each.tag for mask, each in ran.items()})
    notes += [note for at, side in ends.items() for note in verified(case, side, tests[at], apart)]
    old, new = tests[0], tests[max(ends)]
    return Findings(first_steps(case, old, apart), shared, old, new, None, tuple(notes))


def gather(
    case: Case, names: Sequence[str], ends: Mapping[int, Side], apart: bool, notes: list[str]
) -> tuple[dict[int, Ran], dict[int, str]]:
    """Run every corner of ``names``; return what they gave, and why the others gave nothing, by mask."""
    wanted = {mask: recipe(case, names, mask) for mask in range(1 << len(names))}
    found = run(case, wanted, {mask: title(names, mask) for mask in wanted})
    ran = {mask: each for mask, each in found.items() if isinstance(each, Ran)}
    failed = {mask: str(each) for mask, each in found.items() if isinstance(each, CannotRun)}
    if not apart:
        notes += stand_in(case, ends, ran, failed)
    return ran, failed


def settle_environments(case: Case, notes: list[str]) -> bool:
    """Ask for the environments of both. Where one cannot be had every corner runs in the other, or in the one
    here; ``notes`` says so. Return whether it is so.
    """
    answers = [corners.interpreter(case.kitchen, end) for end in case.ends]
    lost = [at for at, answer in enumerate(answers) if isinstance(answer, CannotRun)]
    if not lost:
        return False
    usable = [answer for answer in answers if isinstance(answer, str)]
    for end in case.ends:
        case.kitchen.pythons[corners.environment_name(end)] = usable[0] if usable else sys.executable
    names = " and ".join(
        (case.a.name, case.b.name)[at] for at in lost[: 2 if case.a.name != case.b.name else 1]
    )
    where = "in that of the other one" if usable else "with the libraries that are installed here"
    notes.append(f"The environment of {names} cannot be had ({answers[lost[0]]}) Everything ran {where}.")
    return True


def recipe(case: Case, names: Sequence[str], mask: int) -> Recipe:
    """Return the corner that has the factors of ``mask`` from B and the others of ``names`` from A.

    What is no factor is the same on both sides; it is taken from B.
    """
    data, code, params, env = (
        case.ends[mask >> names.index(name) & 1 if name in names else 1] for name in attribution.FACTORS
    )
    return Recipe(data, code, params, env)


def title(names: Sequence[str], mask: int) -> str:
    """Say in words what a corner is."""
    new = [name for at, name in enumerate(names) if mask >> at & 1]
    old = [name for at, name in enumerate(names) if not mask >> at & 1]
    parts = [f"{' and '.join(group)} of {side}" for side, group in (("A", old), ("B", new)) if group]
    return ", ".join(parts) or "the test set of today"


def run(case: Case, wanted: Mapping[Any, Recipe], titles: Mapping[Any, str]) -> dict[Any, Ran | CannotRun]:
    """Run recipes and tell of each that is done."""
    done: list[Any] = []

    def told(name: Any) -> None:
        done.append(name)
        case.told(f"{len(done)} of {len(wanted)}: {titles[name]}")

    return corners.run_all(case.kitchen, wanted, case.jobs, told)


def stand_in(case: Case, ends: Mapping[int, Side], ran: dict[int, Ran], failed: dict[int, str]) -> list[str]:
    """Take the stored predictions of A or B, if they are of today's test set, where it cannot be run any more."""
    notes = []
    for at, side in ends.items():
        kept = recorded(case, side)
        if at in failed and kept and side.record["test"]["id"] == case.today:
            notes.append(f"{side.name} cannot be run ({failed.pop(at)}) Its stored predictions stand for it.")
            ran[at] = Ran(side.record["tag"], {TEST: kept})
    return notes


def recorded(case: Case, side: Side) -> Predictions | None:
    """Return the stored predictions for the test set, None where they are lost, or not of today's positive label."""
    of, kept = side.record, side.predictions
    if not kept or TEST not in kept or of["evaluation"]["positive"] != case.how.positive:
        return None
    return measuring.named(of, kept[TEST], case.how)


def place(case: Case, ran: dict[int, Ran], failed: dict[int, str]) -> dict[int, Predictions]:
    """Return the predictions for the test set in today's order, by mask; a corner that has other rows failed."""
    now = measuring.Today({TEST: case.rows}, {}, {}, {}, {})
    tests = {}
    for mask, each in ran.items():
        try:
            tests[mask] = measuring.placed(now, each.predictions)[TEST]
        except CannotRun as error:
            failed[mask] = str(error)
    return tests


def obstacle(test: Predictions, how: Settings) -> str | None:
    """Say why the primary metric cannot be computed, or None."""
    return figures.obstacle(how.metric, test, how)


def measured(tests: Sequence[Predictions], how: Settings) -> Array:
    """Return the primary metric of several predictions for the same rows: itself, then its bootstrap, in which
    each draw weighs the rows alike for all; shape (predictions, 1 + draws).
    """
    stored = [predictions.stored(test, how) for test in tests]
    weights = np.vstack([np.ones(len(tests[0].ids)), paired.weights(stored[0], DRAWS, 0)])
    return np.array([paired.metric_function(how.metric, test, how)(weights) for test in stored])


def first_steps(case: Case, old: Predictions, apart: bool) -> tuple[Step, ...]:
    """Return what is taken off before the factors: A as recorded against A as it ran, if something lies between."""
    names = [
        *(["test set"] if case.a.record["test"]["id"] != case.today else []),
        *(["environment"] if apart else []),
    ]
    before = case.a.record["metrics"].get(case.how.metric, {}).get("value")
    if not names or before is None:
        return ()
    stored = recorded(case, case.a)
    if stored:
        figures = attribution.gap(*shifted(stored, old, case.how))
    else:  # the recorded figure alone has no interval
        figures = attribution.gap(np.array([before]), measured([old], case.how)[0, :1])
    return (Step(" and ".join(names), *figures),)


def shifted(before: Predictions, after: Predictions, how: Settings) -> Array:
    """Return the metric of predictions for two test sets, itself and its bootstrap; shape (2, 1 + draws).

    Rows that both sets have (same id, same label) are drawn together.
    """
    sides = [predictions.stored(side, how) for side in (before, after)]
    keys = [list(zip(side.ids, side.labels, strict=True)) for side in sides]
    at = {key: number for number, key in enumerate(dict.fromkeys([*keys[0], *keys[1]]))}
    named = [
        zip(own, side.clusters, strict=True) for side, own in zip(sides, keys, strict=True) if side.clusters
    ]
    clusters = {key: name for pairs in named for key, name in pairs}
    every = Predictions(
        [str(number) for number in at.values()],
        [label for _, label in at],
        sides[1].classes,
        np.zeros((len(at), sides[1].scores.shape[1])),
        tuple(f"cluster {clusters[key]}" if key in clusters else f"row {at[key]}" for key in at)
        if clusters
        else (),
    )
    weights = np.vstack([np.ones(len(at)), paired.weights(every, DRAWS, 0)])
    chosen = [weights[:, [at[key] for key in own]] for own in keys]
    return np.array(
        [
            paired.metric_function(how.metric, side, how)(part)
            for side, part in zip(sides, chosen, strict=True)
        ]
    )


def verified(case: Case, side: Side, test: Predictions, apart: bool) -> list[str]:
    """Say where A or B, run again, does not predict what its record says."""
    kept = recorded(case, side)
    if apart or kept is None or side.record["test"]["id"] != case.today:
        return []
    if sorted(kept.ids) != sorted(test.ids) or kept.scores.shape != test.scores.shape:
        return [f"{side.name}, run again, predicts other rows than its record. `dataci reproduce` says more."]
    order = (
        [kept.ids.index(name) for name in test.ids] if kept.ids != test.ids else list(range(len(test.ids)))
    )
    own, again = (predictions.stored(each, case.how).scores for each in (kept.cut(order), test))
    gap = float(np.max(np.abs(own - again), initial=0.0))
    if gap == 0:
        return []
    return [
        f"{side.name}, run again, does not predict exactly what its record says (up to {gap:.3g} apart). "
        "The figures here are of the new run; `dataci reproduce` says more."
    ]

"""What a threshold does to the rows of one set: figures with 95 % intervals, and the curves that it is a point of."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from dataci import intervals
from dataci.figures import Metric
from dataci.intervals import codes_of
from dataci.metrics import Array
from dataci.predictions import Predictions, Settings, truths, yes
from dataci.thresholds import cost
from dataci.thresholds.cost import PER
from dataci.thresholds.curves import Curves, curves

COUNTS = ("called", "false_positives", "false_negatives", "cost")  # of 1,000 rows
FIGURES = (*COUNTS[:3], "precision", "recall", "f1", "cost")


class Effect(NamedTuple):
    """What a threshold does to the rows of one set. ``figures``: by the names of FIGURES, of 1,000 rows where they
    count; with 95 % intervals. ``base``: the share of positive rows, as they are.
    """

    rows: int
    positives: int
    base: float
    figures: dict[str, Metric]
    curves: Curves


def effect(
    test: Predictions, how: Settings, costs: tuple[float, float], prevalence: float | None = None
) -> Effect:
    """Say what ``how.threshold`` does to these rows."""
    truth = truths(test, how)
    measured = weighed(test, how, costs, prevalence) if prevalence is not None else plain(test, how, costs)
    return Effect(
        len(test.ids),
        int(truth.sum()),
        float(truth.mean()),
        measured,
        curves(test, how, costs, prevalence),
    )


def plain(test: Predictions, how: Settings, costs: tuple[float, float]) -> dict[str, Metric]:
    """Return the figures of the rows as they are, with the intervals of dataci.intervals."""
    truth, called, codes = truths(test, how), yes(test, how), codes_of(test.clusters)
    found = {
        "called": scaled(share(called, codes)),
        "false_positives": scaled(share(called & ~truth, codes)),
        "false_negatives": scaled(share(truth & ~called, codes)),
        "precision": within(truth, called, codes, f"no row is called {how.positive!r}"),
        "recall": within(called, truth, codes, f"no row has the label {how.positive!r}"),
        "cost": cost.figure(truth, called, costs, codes),
    }
    either = truth | called
    if not either.any():
        return {**found, "f1": {"reason": f"the label {how.positive!r} is neither there nor predicted"}}
    value = 2 * float((truth & called).sum()) / float(truth.sum() + called.sum())
    return {**found, "f1": figure(value, *intervals.f1(truth, called, codes))}


def share(rows: Array, codes: Array | None) -> Metric:
    """Return the share of rows that are true, with its interval."""
    return figure(float(rows.mean()), *intervals.share(rows, codes))


def within(rows: Array, among: Array, codes: Array | None, why: str) -> Metric:
    """Return the share of true rows among some; a reason where there are none."""
    if not among.any():
        return {"reason": why}
    return share(rows[among], None if codes is None else codes[among])


def figure(value: float, low: float, high: float) -> Metric:
    """Return a figure whose interval holds it."""
    return {"value": value, "low": min(low, value), "high": max(high, value)}


def scaled(found: Metric) -> Metric:
    """Return a share as rows of 1,000."""
    return {end: PER * value for end, value in found.items()}


def weighed(
    test: Predictions, how: Settings, costs: tuple[float, float], prevalence: float
) -> dict[str, Metric]:
    """Return the figures as if ``prevalence`` of the rows were positive, from the two shares that do not depend on it.

    Sums of both get Zou's interval (2008); what is no sum gets the worst and best of both ends, which is wider than
    95 % need.
    """
    truth, called, codes = truths(test, how), yes(test, how), codes_of(test.clusters)
    if truth.all() or not truth.any():
        return {name: {"reason": "all rows have the same label"} for name in FIGURES}
    hit, alarm = within(called, truth, codes, ""), within(called, ~truth, codes, "")
    miss = {"value": 1 - hit["value"], "low": 1 - hit["high"], "high": 1 - hit["low"]}
    share, rest = prevalence, 1 - prevalence

    def precision(found: float, wrong: float) -> float:
        return share * found / (share * found + rest * wrong)

    def f1(found: float, wrong: float) -> float:
        return 2 * share * found / (share * found + rest * wrong + share)

    nothing = not hit["high"] or not called.any()
    return {
        "called": summed((PER * share, hit), (PER * rest, alarm)),
        "false_positives": summed((PER * rest, alarm)),
        "false_negatives": summed((PER * share, miss)),
        "precision": {"reason": f"no row is called {how.positive!r}"}
        if nothing
        else ends_of(precision, hit, alarm),
        "recall": hit,
        "f1": ends_of(f1, hit, alarm),
        "cost": summed((PER * share * costs[1], miss), (PER * rest * costs[0], alarm)),
    }


def summed(*parts: tuple[float, Metric]) -> Metric:
    """Return a sum of figures, each times a weight, with Zou's interval: ends are as far away as each part's allow."""
    value = sum(weight * one["value"] for weight, one in parts)
    below, above = (
        math.sqrt(sum((weight * (one["value"] - one[end])) ** 2 for weight, one in parts))
        for end in ("low", "high")
    )
    return figure(value, value - below, value + above)


def ends_of(compute: Callable[[float, float], float], hit: Metric, alarm: Metric) -> Metric:
    """Return a figure that rises with ``hit`` and falls with ``alarm``."""
    return figure(
        compute(hit["value"], alarm["value"]),
        compute(hit["low"], alarm["high"]),
        compute(hit["high"], alarm["low"]),
    )


def effect_dict(one: Effect) -> dict[str, Any]:
    """Return one set of rows as JSON holds it."""
    curve = one.curves
    return {
        "rows": one.rows,
        "positives": one.positives,
        "base_rate": digits(one.base),
        "roc_auc": digits(curve.area),
        "average_precision": digits(curve.precision),
        "figures": {
            f"{name}_per_1000" if name in COUNTS else name: cut(one.figures[name]) for name in FIGURES
        },
    }


def cut(values: dict[str, Any]) -> dict[str, Any]:
    """Return a mapping with numbers of six significant digits."""
    return {name: digits(value) for name, value in values.items()}


def digits(value: Any) -> Any:
    """Cut a number to six significant digits."""
    return float(f"{value:.6g}") if isinstance(value, float) else value

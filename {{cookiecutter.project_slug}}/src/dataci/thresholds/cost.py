"""What the wrong answers of a candidate cost, by what [evaluation] says a false positive and a false negative cost."""

from __future__ import annotations

from typing import Any

import numpy as np

from dataci import intervals
from dataci.figures import Metric
from dataci.intervals import Interval, codes_of
from dataci.metrics import Array
from dataci.predictions import Predictions, Settings, truths, yes

PER = 1000  # rows that a cost is said of


def measure(test: Predictions, how: Settings) -> dict[str, Any]:
    """Return what 1,000 rows like these cost at the threshold, and how often each kind of mistake occurs among them.

    ``per_1000`` has the unit of the costs, with a 95 % interval; a reason in place of all three where there are no
    costs, no rows, or not two classes.
    """
    why = obstacle(test, how)
    if why:
        return {"per_1000": {"reason": why}}
    truth, found = truths(test, how), yes(test, how)
    return {
        "per_1000": figure(truth, found, how.costs or (1.0, 1.0), codes_of(test.clusters)),
        "false_positives_per_1000": float(PER * (found & ~truth).mean()),
        "false_negatives_per_1000": float(PER * (truth & ~found).mean()),
    }


def obstacle(test: Predictions, how: Settings) -> str | None:
    """Say why there is no cost, or None where there is one."""
    if how.costs is None:
        return "no costs are configured"
    if how.positive is None:
        return "costs are of two labels"
    return None if test.ids else "no test row belongs to it"


def figure(truth: Array, found: Array, costs: tuple[float, float], codes: Array | None) -> Metric:
    """Return the cost of 1,000 rows with its 95 % interval; ``truth`` and ``found``: shape (rows,), Boolean."""
    values = np.where(found & ~truth, costs[0], 0.0) + np.where(truth & ~found, costs[1], 0.0)
    value, (low, high) = float(values.mean()), interval(values, max(costs), codes)
    return {"value": PER * value, "low": PER * min(low, value), "high": PER * max(high, value)}


def interval(values: Array, highest: float, codes: Array | None) -> Interval:
    """Return the 95 % interval of a mean cost a row, within 0 and ``highest``.

    Rows that all cost the same show no spread: then as many as Wilson's interval allows may cost the other extreme.
    """
    if float(values.min()) == float(values.max()):
        dear = np.full(len(values), values[0] > 0)
        low, high = intervals.share(dear, codes)
        return low * float(values[0]), max(float(values[0]), high * highest)
    low, high = intervals.average(values, codes)
    return max(0.0, low), min(highest, high)

"""How a model's answers move when a row is written otherwise: flips, the loss of the metric, the rows that moved most.

Everything is computed from stored predictions, the probe's against the same rows' as they were (see dataci.probes).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dataci import figures, intervals, paired, predictions, probes
from dataci.errors import CannotRun
from dataci.figures import Metric
from dataci.intervals import codes_of
from dataci.metrics import LOWER_IS_BETTER, Array
from dataci.predictions import Predictions, Settings

WORST = 3
FEW = "these rows are too few to tell"


def measure(test: Predictions, probed: Mapping[str, Predictions], how: Settings) -> dict[str, Any]:
    """Return what a record says of the probes of one family, by name without the family.

    ``probed``: by split, predictions whose ``ids`` are ids of test rows. ``n``: rows; ``flips`` and ``flip_rate``: rows
    whose predicted label changed, whether it was right or not; ``loss``: how much worse the primary metric is than on
    the same rows as they were, in its units (> 0 is worse, whatever the metric); ``worst``: the rows that flipped with
    the largest change of score. Of a regression ``shift``, the mean absolute change, stands in place of the flips. A
    counterfactual has ``moved`` as well, the mean absolute change of the score: a model that never looks at what was
    altered does not move at all.

    CannotRun for a row that is no test row, and for other classes than the test set's.
    """
    at = {name: number for number, name in enumerate(test.ids)}
    return {
        probes.name_of(split): one(*together(test, at, rows, split), how, probes.is_counterfactual(split))
        for split, rows in sorted(probed.items())
    }


def together(
    test: Predictions, at: Mapping[str, int], rows: Predictions, split: str
) -> tuple[Predictions, Predictions]:
    """Return the predictions of the same rows before and after, in the same order; CannotRun for a row that is no
    test row, and for other classes.
    """
    lost = [name for name in rows.ids if name not in at]
    if lost:
        raise CannotRun(
            f"The predictions of {split} are of {lost[0][:60]!r}, which is no row of data/test any more. "
            "Run dataci evaluate."
        )
    if rows.classes != test.classes:
        raise CannotRun(
            f"The predictions of {split} are of other classes than those of data/test. Run dataci evaluate."
        )
    before = test.cut([at[name] for name in rows.ids])._replace(slices={}, doubts=predictions.NO_DOUBTS)
    labels = rows.labels if probes.is_counterfactual(split) else before.labels
    return before, before._replace(labels=labels, scores=rows.scores)


def one(before: Predictions, after: Predictions, how: Settings, counterfactual: bool) -> dict[str, Any]:
    """Return what a record says of one probe."""
    rows, codes = len(before.ids), codes_of(before.clusters)
    if not rows:
        return {"n": 0, "worst": []}
    change = moves(before, after)
    if not before.classes:
        shift = {"shift": average(change, codes), "loss": loss(before, after, how)}
        return {"n": rows, **shift, "worst": worst(before, change, change > 0)}
    flips = flipped(before, after, how)
    low, high = intervals.share(flips, codes)
    rate = float(flips.mean())
    return {
        "n": rows,
        "flips": int(flips.sum()),
        "flip_rate": {"value": rate, "low": min(low, rate), "high": max(high, rate)},
        "loss": loss(before, after, how),
        **({"moved": average(change, codes)} if counterfactual else {}),
        "worst": worst(before, change, flips),
    }


def moves(before: Predictions, after: Predictions) -> Array:
    """Return how far the score of each row moved, of many classes the one that moved most; shape (rows,)."""
    return np.asarray(np.abs(after.scores - before.scores).max(axis=1))


def flipped(before: Predictions, after: Predictions, how: Settings) -> Array:
    """Return which rows flip, shape (rows,): predicted otherwise though the label stayed, or alike though not."""
    guesses = zip(predictions.guesses(before, how), predictions.guesses(after, how), strict=True)
    labels = zip(before.labels, after.labels, strict=True)
    return np.array(
        [(a != b) != (c != d) for (a, b), (c, d) in zip(guesses, labels, strict=True)], dtype=bool
    )


def worst(rows: Predictions, change: Array, among: Array) -> list[str]:
    """Return the ids of the rows that moved most, of those ``among``; ties in the order of the ids."""
    places = sorted(
        np.flatnonzero(among).tolist(), key=lambda at: (-round(float(change[at]), 9), rows.ids[at])
    )
    return [rows.ids[at] for at in places[:WORST]]


def average(values: Array, codes: Array | None) -> Metric:
    """Return the mean of what cannot be below 0, with a 95 % interval where the rows are enough for one."""
    value = float(values.mean())
    low, high = intervals.average(values, codes)
    if not np.isfinite([low, high]).all():
        return {"value": value, "reason": FEW}
    return {"value": value, "low": max(0.0, min(low, value)), "high": max(high, value)}


def loss(before: Predictions, after: Predictions, how: Settings) -> Metric:
    """Return how much worse the primary metric became on the same rows, with a 95 % interval; or why not."""
    if before.labels != after.labels:
        return {"reason": "the altered rows have other labels"}
    if np.array_equal(before.scores, after.scores):
        return {"value": 0.0, "low": 0.0, "high": 0.0}
    why = figures.obstacle(how.metric, before, how)
    if why:
        return {"reason": why.replace("test row", "row of these").replace("the test set", "these rows")}
    found = paired.difference(how.metric, before, after, how, how)
    sign = 1.0 if how.metric in LOWER_IS_BETTER else -1.0
    value = sign * found.value + 0.0
    if not np.isfinite([found.low, found.high]).all():
        return {"value": value, "reason": FEW}
    low, high = sorted((sign * found.low, sign * found.high))
    low, high = paired.widened(how.metric, low, high, len(set(before.clusters)) or len(before.ids))
    return {"value": value, "low": min(low, value), "high": max(high, value)}

"""Whether a model knows when it is wrong: how far its scores can be believed, and how it fares where it may pass.

``calibration``: do scores say how often they are right? ``selective``: is it more often right where it is surer?
``doubts``: how far do other models lie apart, which the training rows would have allowed as well?
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dataci import intervals
from dataci.intervals import codes_of
from dataci.metrics import Array
from dataci.predictions import Predictions, Settings, positive_scores, right, truths
from dataci.uncertainty import calibration, doubts, selective

Figure = dict[str, Any]

SPREAD, INFORMATION = "spread", "information"
SURE = 0.9  # a score from here on is sure
SHOWN = 5  # ids


def measure(test: Predictions, how: Settings) -> dict[str, Any]:
    """Return the part ``uncertainty`` of a record; {} for a regression whose model draws nothing, and without rows.

    ``ece``: the expected calibration error (see ``calibration``); ``entropy`` (nats), ``margin``, and where the model
    draws ``spread`` and ``information``: means over the rows with 95 % intervals; ``selective``: see there;
    ``sure_and_wrong``: how many rows have a score of SURE or more for a wrong label, and which are the surest.
    """
    if not test.ids:
        return {}
    rows = per_row(test, how)
    if not test.classes:
        if SPREAD not in rows:
            return {}
        return {SPREAD: mean(rows[SPREAD], test), "selective": selective.of_numbers(test, rows[SPREAD])}
    return {
        "ece": error(test, how),
        **{name: mean(values, test, highest(name, test)) for name, values in rows.items()},
        "selective": selective.of_classes(test, how),
        "sure_and_wrong": sure_and_wrong(test),
    }


def per_row(test: Predictions, how: Settings) -> dict[str, Array]:
    """Return how unsure the model is of each row, by measure, shape (rows,) each; what is not known is absent.

    ``margin``: the likeliest label's score less the next one's (small: unsure). ``entropy`` of the scores, in nats
    (large: unsure). ``spread`` and ``information`` of the model's draws (see ``doubts``). Of a regression only the
    spread, in the unit of the label. The threshold of ``how`` changes none of them.
    """
    found: dict[str, Array] = {}
    if test.classes:
        ranked = np.sort(test.scores, axis=1)
        found = {"entropy": doubts.entropy(test.scores), "margin": ranked[:, -1] - ranked[:, -2]}
    if len(test.doubts):
        found[SPREAD] = test.doubts[:, 0]
    if len(test.doubts) and test.classes:
        found[INFORMATION] = test.doubts[:, 1]
    return found


def error(test: Predictions, how: Settings) -> Figure:
    """Return the expected calibration error: of two classes of the positive one's score, of more of the likeliest."""
    if how.positive is not None:
        score, hit = positive_scores(test, how), truths(test, how)
    else:
        score, hit = test.scores.max(axis=1), right(test, how)
    return calibration.error(score, hit, codes_of(test.clusters), how.minimum)


def mean(values: Array, test: Predictions, highest: float | None = None) -> Figure:
    """Return a mean over the rows with its 95 % interval; no value is beyond 0 or ``highest``."""
    value = float(values.mean())
    low, high = intervals.average(values, codes_of(test.clusters))
    high = min(high, math.inf if highest is None else highest)
    return {
        "value": value,
        "low": min(max(0.0, low), value),
        "high": max(high, value) if math.isfinite(high) else value,
    }


def highest(name: str, test: Predictions) -> float:
    """Return the most that a measure of a classification can be."""
    classes = len(test.classes)
    return {"margin": 1.0, SPREAD: math.sqrt((1 - 1 / classes) / 2)}.get(name, math.log(classes))


def sure_and_wrong(test: Predictions) -> dict[str, Any]:
    """Return how many rows have a score of SURE or more for a label that is wrong; the surest by id, at most SHOWN."""
    score = test.scores.max(axis=1)
    guess = [test.classes[at] for at in test.scores.argmax(axis=1)]
    wrong = np.array([one != label for one, label in zip(guess, test.labels, strict=True)], dtype=bool)
    found = np.flatnonzero(wrong & (score >= SURE - 1e-9))
    surest = sorted(found.tolist(), key=lambda at: (-score[at], test.ids[at]))
    return {"n": len(found), "score": SURE, "ids": [test.ids[at] for at in surest[:SHOWN]]}

"""The points of the three curves that a threshold is discussed with: ROC, precision–recall, and cost."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dataci.metrics import Array, average_precision, roc_auc
from dataci.predictions import Predictions, Settings, positive_scores, truths
from dataci.thresholds.cost import PER
from dataci.thresholds.tradeoff import THRESHOLDS, Tradeoff, step, tradeoff

Points = tuple[tuple[float, float], ...]


class Curve(NamedTuple):
    """A line through points (across, upwards), and the point of the chosen threshold (None where it has none)."""

    points: Points
    mark: tuple[float, float] | None


class Curves(NamedTuple):
    """The curves of some rows. ``base``: the share of positive rows. ``costs``: what the cost curve counts with.

    ``roc``: false positive rate, recall. ``precision_recall``: recall, precision. ``cost``: threshold, cost of 1,000
    rows. ``area`` and ``precision``: ROC AUC and average precision of the rows as they are, None where there is none.
    """

    roc: Curve
    precision_recall: Curve
    cost: Curve
    threshold: float
    costs: tuple[float, float]
    base: float
    rows: int
    area: float | None = None
    precision: float | None = None


def curves(
    test: Predictions, how: Settings, costs: tuple[float, float], prevalence: float | None = None
) -> Curves:
    """Return the curves of these rows, with the point at ``how.threshold`` marked."""
    of, at = tradeoff(test, how, prevalence), step(how.threshold)
    truth, scores, ones = truths(test, how), positive_scores(test, how), np.ones((1, len(test.ids)))
    both = bool(truth.any()) and not bool(truth.all())
    return Curves(
        Curve(
            ends(of.false_rate, of.recall, turning(of), ((0.0, 0.0),)), point(of.false_rate, of.recall, at)
        ),
        Curve(ends(of.recall, of.precision, turning(of)), point(of.recall, of.precision, at)),
        Curve(
            ends(THRESHOLDS, PER * of.cost(costs), flat_ends(of)),
            point(THRESHOLDS, PER * of.cost(costs), at),
        ),
        at / 1000,
        costs,
        float(of.positives / (of.positives + of.negatives)),
        len(test.ids),
        float(roc_auc(ones, truth, scores)[0]) if both else None,
        float(average_precision(ones, truth, scores)[0]) if truth.any() else None,
    )


def point(across: Array, upwards: Array, at: int) -> tuple[float, float] | None:
    """Return the point of a threshold, None where it has none."""
    found = float(across[at]), float(upwards[at])
    return found if np.isfinite(found).all() else None


def ends(across: Array, upwards: Array, at: Array, before: Points = ()) -> Points:
    """Return the points at these thresholds, each once, from the highest threshold down; what is none is left out."""
    found = [*before, *((float(across[i]), float(upwards[i])) for i in at[::-1])]
    return tuple(dict.fromkeys(pair for pair in found if np.isfinite(pair).all()))


def turning(of: Tradeoff) -> Array:
    """Return the highest threshold of each run of thresholds that do the same."""
    moves = (np.diff(of.hits) != 0) | (np.diff(of.alarms) != 0)
    return np.flatnonzero(np.append(moves, True))


def flat_ends(of: Tradeoff) -> Array:
    """Return both ends of each run of thresholds that do the same: cost is a staircase."""
    moves = (np.diff(of.hits) != 0) | (np.diff(of.alarms) != 0)
    return np.flatnonzero(np.append(moves, True) | np.concatenate([[True], moves]))

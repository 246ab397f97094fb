"""What each threshold does: how many rows are rightly and wrongly called positive, at every thousandth.

Scores have three decimals, and ``score >= threshold`` is a yes. So the 1,001 thresholds 0, 0.001 … 1 are all that there
are: any other one does what the next thousandth above it does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from dataci import intervals
from dataci.intervals import codes_of
from dataci.metrics import Array
from dataci.predictions import Predictions, Settings, positive_scores, truths

STEPS = 1000
THRESHOLDS: Array = np.arange(STEPS + 1) / STEPS


class Tradeoff(NamedTuple):
    """Rows by threshold. ``hits``: positive and called so; ``alarms``: called so and not; shape (1001,) each, or
    (draws, 1001). ``positives`` and ``negatives``: all of them; numbers, or shape (draws, 1).
    """

    hits: Array
    alarms: Array
    positives: Array
    negatives: Array

    @property
    def misses(self) -> Array:
        """Positive rows that are not called so."""
        return np.asarray(self.positives - self.hits)

    @property
    def recall(self) -> Array:
        """Share of the positive rows that is called so; NaN where there are none."""
        return ratio(self.hits, self.positives)

    @property
    def false_rate(self) -> Array:
        """Share of the negative rows that is called positive; NaN where there are none."""
        return ratio(self.alarms, self.negatives)

    @property
    def precision(self) -> Array:
        """Share of what is called positive that is; NaN where nothing is called so."""
        return ratio(self.hits, self.hits + self.alarms)

    @property
    def f1(self) -> Array:
        """Harmonic mean of precision and recall; 0 without a hit."""
        return np.nan_to_num(ratio(2 * self.hits, self.hits + self.alarms + self.positives))

    def cost(self, costs: tuple[float, float]) -> Array:
        """Mean cost of a row."""
        return ratio(costs[0] * self.alarms + costs[1] * self.misses, self.positives + self.negatives)


def ratio(part: Array, whole: Array) -> Array:
    """Divide; NaN where there is nothing to divide by."""
    part, whole = np.broadcast_arrays(np.asarray(part, np.float64), np.asarray(whole, np.float64))
    return np.asarray(np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0))


def tradeoff(test: Predictions, how: Settings, prevalence: float | None = None) -> Tradeoff:
    """Return what each threshold does to these rows; ``prevalence``: count them as if this share were positive."""
    return cumulated(counted(test, how), prevalence)


def cells(test: Predictions, how: Settings) -> Array:
    """Return the cell of each row: its thousandths, plus 1001 where it is positive; shape (rows,)."""
    scores = np.rint(positive_scores(test, how) * STEPS).astype(np.int64)
    return np.asarray(scores + (STEPS + 1) * truths(test, how))


def counted(test: Predictions, how: Settings) -> Array:
    """Count the rows by score: negative ones in the first line, positive ones in the second; shape (2, 1001)."""
    return np.bincount(cells(test, how), minlength=2 * (STEPS + 1)).reshape(2, STEPS + 1).astype(np.float64)


def cumulated(counts: Array, prevalence: float | None = None) -> Tradeoff:
    """Turn counts by score, shape (2, 1001), into what each threshold does."""
    if prevalence is not None:
        counts = reweighed(counts, prevalence)
    alarms, hits = np.cumsum(counts[..., ::-1], axis=-1)[..., ::-1]
    return Tradeoff(hits, alarms, np.asarray(counts[1].sum()), np.asarray(counts[0].sum()))


def reweighed(counts: Array, prevalence: float) -> Array:
    """Weigh both kinds of rows so that positive ones make up ``prevalence`` of them; their sum stays."""
    total, each = counts.sum(), counts.sum(axis=1)
    if not each.all():
        return counts
    shares = np.array([1 - prevalence, prevalence])
    return np.asarray(counts * (shares * total / each)[:, None])


def step(threshold: float) -> int:
    """Return the thousandth that does what a threshold does: the next one above it."""
    return math.ceil(round(threshold * STEPS, 6))


def drawn(test: Predictions, how: Settings, seed: int = 0) -> Iterator[Array]:
    """Yield counts by score of rows that are drawn again: rows, or whole clusters of them; shape (2, 1001) each.

    As many draws as dataci.intervals makes; the same rows and seed, the same draws.
    """
    generator = np.random.default_rng(seed)
    at, codes, rows = cells(test, how), codes_of(test.clusters), len(test.ids)
    draws = min(intervals.DRAWS, max(intervals.LEAST, intervals.CELLS // max(1, rows)))
    groups = rows if codes is None else int(codes.max()) + 1
    for _ in range(draws):
        times = np.bincount(generator.integers(0, groups, groups), minlength=groups).astype(np.float64)
        weights = times if codes is None else times[codes]
        yield np.bincount(at, weights=weights, minlength=2 * (STEPS + 1)).reshape(2, STEPS + 1)

"""The figures behind an evaluation: metrics as functions of row weights, and their 95 % intervals.

``weights`` has shape (draws, rows): one line of counts gives the metric itself, the lines of a bootstrap its
spread.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
DRAWS = 1000  # of the bootstrap
Z = 1.959963984540054  # 97.5 % of the normal distribution


def mean(weights: Array, values: Array) -> Array:
    """Weighted mean of ``values`` (rows,) for each draw."""
    return np.asarray(weights @ np.asarray(values, dtype=np.float64) / weights.sum(axis=1))


def f1(weights: Array, truth: Array, yes: Array) -> Array:
    """F1 of the positive class for each draw; 0 where a draw holds neither a positive nor a prediction of
    it.
    """
    hits, found, real = weights @ (truth & yes), weights @ yes, weights @ truth
    return np.asarray(2 * hits / np.maximum(found + real, 1e-12))


def macro_f1(weights: Array, labels: Sequence[str], predicted: Sequence[str]) -> Array:
    """Unweighted mean of the F1 of every class that is in the test set or predicted, for each draw."""
    truth, guess = np.array(labels, dtype=object), np.array(predicted, dtype=object)
    names = sorted({*labels, *predicted})
    return np.asarray(np.mean([f1(weights, truth == name, guess == name) for name in names], axis=0))


def roc_auc(weights: Array, truth: Array, score: Array) -> Array:
    """Chance that a positive scores above a negative (ties: half), for each draw."""
    values, at = np.unique(score, return_inverse=True)
    good, bad = by_score(weights * truth, at, len(values)), by_score(weights * ~truth, at, len(values))
    below = np.cumsum(bad, axis=1) - bad / 2
    return np.asarray((good * below).sum(axis=1) / (good.sum(axis=1) * bad.sum(axis=1)))


def average_precision(weights: Array, truth: Array, score: Array) -> Array:
    """Precision at each score, averaged over the positives found there, for each draw."""
    values, at = np.unique(-score, return_inverse=True)
    good, every = by_score(weights * truth, at, len(values)), by_score(weights, at, len(values))
    precision = np.cumsum(good, axis=1) / np.maximum(np.cumsum(every, axis=1), 1e-12)
    return np.asarray((good * precision).sum(axis=1) / good.sum(axis=1))


def by_score(weights: Array, at: Array, width: int) -> Array:
    """Add up the weights of rows with the same score; (draws, rows) to (draws, width)."""
    order = np.argsort(at, kind="stable")
    starts = np.searchsorted(at[order], np.arange(width))
    return np.asarray(np.add.reduceat(weights[:, order], starts, axis=1))


def auc_interval(value: float, counts: Array, truth: Array, score: Array) -> tuple[float, float]:
    """95 % interval of the AUC after DeLong, on the logit scale so that it stays within 0 and 1.

    Where every pair is ranked right (or wrong) DeLong knows no spread; then Wilson's for the smaller class.
    """
    good, bad = counts * truth, counts * ~truth
    positives, negatives = good.sum(), bad.sum()
    if value in (0.0, 1.0) or min(positives, negatives) < 2:
        rows = int(min(positives, negatives))
        return wilson(round(value * rows), rows)
    over = placements(score, bad) / negatives  # of each positive: the share of negatives below it
    under = 1 - placements(score, good) / positives  # of each negative: the share of positives above it
    spread = variance(over, good) / positives + variance(under, bad) / negatives
    logit, step = np.log(value / (1 - value)), Z * np.sqrt(spread) / (value * (1 - value))
    return float(1 / (1 + np.exp(step - logit))), float(1 / (1 + np.exp(-step - logit)))


def placements(score: Array, counts: Array) -> Array:
    """For each score: how many of ``counts`` lie below it, those that equal it counting half; shape
    (rows,).
    """
    order = np.argsort(score, kind="stable")
    total = np.concatenate([[0.0], np.cumsum(counts[order])])
    lower, upper = (np.searchsorted(score[order], score, side=side) for side in ("left", "right"))
    return np.asarray((total[lower] + total[upper]) / 2)


def variance(values: Array, counts: Array) -> float:
    """Unbiased variance of values that occur ``counts`` times each."""
    total = counts.sum()
    centre = (values * counts).sum() / total
    return float(((values - centre) ** 2 * counts).sum() / (total - 1))


def wilson(hits: int, rows: int) -> tuple[float, float]:
    """95 % interval of a share, after Wilson; honest for small numbers too. (0, 1) when there are no rows."""
    if not rows:
        return 0.0, 1.0
    share, square = hits / rows, Z * Z
    centre = (share + square / (2 * rows)) / (1 + square / rows)
    half = Z / (1 + square / rows) * np.sqrt(share * (1 - share) / rows + square / (4 * rows * rows))
    low = float(centre - half) if hits else 0.0
    high = float(centre + half) if hits < rows else 1.0
    return low, high


def resample(labels: Sequence[str], counts: Array) -> Array:
    """Draw test sets again from the cells, with as many rows of each label as there are; shape (draws,
    cells).

    The seed is fixed. Fewer draws (not under 200) where there are very many cells.
    """
    generator = np.random.default_rng(0)
    draws = min(DRAWS, max(200, 3_000_000 // len(labels)))
    names = np.array(labels, dtype=object)
    drawn = np.zeros((draws, len(labels)))
    for name in sorted(set(labels)):
        mine = np.flatnonzero(names == name)
        total = counts[mine].sum()
        drawn[:, mine] = generator.multinomial(int(total), counts[mine] / total, size=draws)
    return drawn


def delong(truth: Array, one: Array, two: Array) -> tuple[float, float, float, float]:
    """Return AUC(two) - AUC(one) on the same rows, its 95 % interval, and the two-sided p-value, after DeLong
    (1988).
    """
    shares = []
    for score in (one, two):
        over = placements(score, (~truth).astype(np.float64)) / (~truth).sum()
        under = 1 - placements(score, truth.astype(np.float64)) / truth.sum()
        shares.append((over[truth], under[~truth]))
    good, bad = shares[1][0] - shares[0][0], shares[1][1] - shares[0][1]
    difference = float(good.mean())
    spread = sum(float(part.var(ddof=1)) / len(part) for part in (good, bad) if len(part) > 1)
    if spread <= 0 or min(len(good), len(bad)) < 2:  # too few rows to know a spread: nothing is certain
        return difference, -1.0, 1.0, 1.0
    error = math.sqrt(spread)
    p = math.erfc(abs(difference) / error / math.sqrt(2))
    return difference, difference - Z * error, difference + Z * error, p


def two_sided(differences: Array) -> float:
    """Return the two-sided p-value of a bootstrap: how often it lands on the other side of 0, never quite
    0.
    """
    draws = len(differences)
    tail = min(int((differences <= 0).sum()), int((differences >= 0).sum()))
    return min(1.0, 2 * (tail + 1) / (draws + 1))

"""The metrics: as functions of row weights, and how much each row moves them.

``weights`` has shape (draws, rows): one line of ones gives the metric itself, the lines of a bootstrap its spread. An
*influence* has shape (rows,) and the mean 0: to first order the metric is its true value plus the mean influence, so
the spread of the influences is the spread of the metric, also where rows come in clusters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

BINARY = ("roc_auc", "average_precision", "f1", "accuracy", "log_loss", "brier")
MULTICLASS = ("accuracy", "macro_f1", "log_loss")
REGRESSION = ("rmse", "mae", "r2")
LOWER_IS_BETTER = frozenset({"log_loss", "brier", "rmse", "mae"})


def names(classes: int) -> tuple[str, ...]:
    """Return the metrics that fit a number of classes (0: a regression); the first is the default."""
    return {0: REGRESSION, 2: BINARY}.get(classes, MULTICLASS)


def mean(weights: Array, values: Array) -> Array:
    """Weighted mean of ``values`` (rows,) for each draw."""
    return np.asarray(weights @ np.asarray(values, dtype=np.float64) / weights.sum(axis=1))


def f1(weights: Array, truth: Array, yes: Array) -> Array:
    """F1 of the positive class for each draw; 0 where a draw holds neither a positive nor a prediction of it."""
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
    pairs = good.sum(axis=1) * bad.sum(axis=1)
    return np.asarray((good * below).sum(axis=1) / np.maximum(pairs, 1e-12))


def average_precision(weights: Array, truth: Array, score: Array) -> Array:
    """Precision at each score, averaged over the positives found there, for each draw."""
    values, at = np.unique(-score, return_inverse=True)
    good, every = by_score(weights * truth, at, len(values)), by_score(weights, at, len(values))
    precision = np.cumsum(good, axis=1) / np.maximum(np.cumsum(every, axis=1), 1e-12)
    return np.asarray((good * precision).sum(axis=1) / np.maximum(good.sum(axis=1), 1e-12))


def by_score(weights: Array, at: Array, width: int) -> Array:
    """Add up the weights of rows with the same score; (draws, rows) to (draws, width)."""
    order = np.argsort(at, kind="stable")
    starts = np.searchsorted(at[order], np.arange(width))
    return np.asarray(np.add.reduceat(weights[:, order], starts, axis=1))


def rmse(weights: Array, truth: Array, predicted: Array) -> Array:
    """Root of the mean squared error, for each draw."""
    return np.asarray(np.sqrt(mean(weights, (truth - predicted) ** 2)))


def r2(weights: Array, truth: Array, predicted: Array) -> Array:
    """Share of the variance of ``truth`` that is explained, for each draw; 0 where a draw has no variance."""
    middle = mean(weights, truth)
    total = mean(weights, truth**2) - middle**2
    return np.asarray(1 - mean(weights, (truth - predicted) ** 2) / np.maximum(total, 1e-300))


def unexplained_without(truth: Array, predicted: Array, codes: Array | None) -> Array:
    """Return 1 - R² without each row, or each cluster, in turn; shape (clusters,). 0 where no variance is left."""
    at = np.arange(len(truth)) if codes is None else np.unique(codes, return_inverse=True)[1]
    ones, squares = np.ones(len(truth)), (truth - predicted) ** 2
    sums = (np.bincount(at, weights=part) for part in (ones, truth, truth**2, squares))
    rows, total, second, error = (part.sum() - part for part in sums)
    count = np.maximum(rows, 1)
    spread = second / count - (total / count) ** 2
    return np.asarray(np.where(spread > 1e-12, error / count / np.maximum(spread, 1e-12), 0.0))


def auc_influence(truth: Array, score: Array) -> Array:
    """Influence of each row on the AUC: the placements of DeLong, DeLong and Clarke-Pearson (1988), with Sen's unbiased
    variances, so that the sum of their squares over rows² is the published variance.
    """
    rows, good, bad = len(truth), int(truth.sum()), int((~truth).sum())
    over = placements(score, (~truth).astype(np.float64)) / bad
    under = 1 - placements(score, truth.astype(np.float64)) / good
    area = over[truth].mean()
    unbiased = [np.sqrt(count / (count - 1)) if count > 1 else 1.0 for count in (good, bad)]
    mine = np.where(truth, (over - area) * unbiased[0] / good, (under - area) * unbiased[1] / bad)
    return np.asarray(rows * mine)


def placements(score: Array, counts: Array) -> Array:
    """For each score: how many of ``counts`` lie below it, those that equal it counting half; shape (rows,)."""
    order = np.argsort(score, kind="stable")
    total = np.concatenate([[0.0], np.cumsum(counts[order])])
    lower, upper = (np.searchsorted(score[order], score, side=side) for side in ("left", "right"))
    return np.asarray((total[lower] + total[upper]) / 2)


def f1_influence(truth: Array, yes: Array) -> Array:
    """Influence of each row on the F1 of one class (the derivative of 2 hits / (real + found))."""
    both = float(truth.sum() + yes.sum())
    if both == 0:
        return np.zeros(len(truth))
    value = 2 * float((truth & yes).sum()) / both
    part = 2 * (truth & yes).astype(np.float64) - value * (truth.astype(np.float64) + yes)
    return np.asarray(len(truth) * part / both)


def macro_f1_influence(labels: Sequence[str], predicted: Sequence[str]) -> Array:
    """Influence of each row on the macro F1."""
    truth, guess = np.array(labels, dtype=object), np.array(predicted, dtype=object)
    names = sorted({*labels, *predicted})
    return np.asarray(np.mean([f1_influence(truth == name, guess == name) for name in names], axis=0))


def rmse_influence(truth: Array, predicted: Array) -> Array:
    """Influence of each row on the root mean squared error."""
    squares = (truth - predicted) ** 2
    root = float(np.sqrt(squares.mean()))
    return np.asarray((squares - squares.mean()) / (2 * root) if root else np.zeros(len(squares)))


def r2_influence(truth: Array, predicted: Array) -> Array:
    """Influence of each row on the explained share of the variance."""
    squares, total = (truth - predicted) ** 2, (truth - truth.mean()) ** 2
    error, spread = squares.mean(), total.mean()
    return np.asarray(-(squares - error) / spread + error * (total - spread) / spread**2)

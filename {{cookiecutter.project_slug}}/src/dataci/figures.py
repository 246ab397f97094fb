"""A metric of stored predictions: its value, its 95 % interval, why it cannot be computed, what each row does to it.

A metric that cannot be computed is absent with a reason: ``{"reason": "…"}`` in place of ``{"value": …}``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dataci import intervals
from dataci import metrics as formulas
from dataci.intervals import Interval, codes_of
from dataci.metrics import Array
from dataci.predictions import (
    FLOOR,
    Predictions,
    Settings,
    compact,
    guesses,
    numbers,
    positive_scores,
    right,
    truths,
    yes,
)

Metric = dict[str, Any]


def metrics(test: Predictions, how: Settings) -> dict[str, Metric]:
    """Return every metric that fits the number of classes, with a 95 % interval each."""
    return {name: measure(name, test, how) for name in formulas.names(len(test.classes))}


def measure(name: str, test: Predictions, how: Settings) -> Metric:
    """Return one metric: value, low, high; or the reason why there is none."""
    why = obstacle(name, test, how)
    if why:
        return {"reason": why}
    value = float(function(name, test, how)(np.ones((1, len(test.ids))))[0])
    low, high = interval(name, test, how, value)
    return {"value": value, "low": min(low, value), "high": max(high, value)}


def interval(name: str, test: Predictions, how: Settings, value: float) -> Interval:
    """Return the 95 % interval of a metric, by the method that holds what it says (see dataci.intervals)."""
    codes = codes_of(test.clusters)
    if name == "accuracy":
        return intervals.share(right(test, how), codes)
    if name == "f1":
        return intervals.f1(truths(test, how), yes(test, how), codes)
    if name in ("log_loss", "brier", "mae"):
        low, high = intervals.average(losses(name, test, how), codes)
        return max(0.0, low), high if np.isfinite(high) else value
    if name == "rmse":
        low, high = intervals.average(losses("mse", test, how), codes)
        return float(np.sqrt(max(0.0, low))), float(np.sqrt(high)) if np.isfinite(high) else value
    if name == "r2":
        return explained(test, value, codes)
    if value in (0.0, 1.0):  # flawless rows tell no spread
        rows = len(set(test.clusters)) if codes is not None else smallest_class(test)
        return intervals.wilson(value * rows, rows)
    quantile = intervals.student(units(name, test, how, codes))
    return intervals.logit(value, deviation(name, test, how, codes), quantile)


def units(name: str, test: Predictions, how: Settings, codes: Array | None) -> int:
    """Return how many rows (or clusters) the doubt rests on: of rankings at most twice the smaller class."""
    rows = len(test.ids) if codes is None else len(set(codes.tolist()))
    if name in ("roc_auc", "average_precision"):
        positives = int(truths(test, how).sum())
        return min(rows, 2 * min(positives, len(test.ids) - positives))
    return rows


def deviation(name: str, test: Predictions, how: Settings, codes: Array | None) -> float:
    """Return the standard error of a metric that lies between 0 and 1: from influences, or (no formula) by drawing."""
    if name == "average_precision":
        cells, counts = compact(test) if codes is None else (test, np.ones(len(test.ids)))
        drawn = intervals.weights(
            [""] * len(cells.ids), codes, counts
        )  # also how many are positive is chance
        return intervals.drawn_error(function(name, cells, how), drawn)
    return intervals.error(influence(name, test, how), codes)


def explained(test: Predictions, value: float, codes: Array | None) -> Interval:
    """Return the interval of R², symmetric for the logarithm of what is not explained, by the jackknife."""
    rest = 1 - value
    without = formulas.unexplained_without(*numbers(test), codes)
    if rest <= 0 or len(without) < 2 or not (without > 0).all():
        return value, value
    logs, count = np.log(without), len(without)
    error = np.sqrt((count - 1) / count * ((logs - logs.mean()) ** 2).sum())
    step = intervals.student(count) * error
    return float(1 - rest * np.exp(step)), float(1 - rest * np.exp(-step))


def smallest_class(test: Predictions) -> int:
    """Return how many rows the rarest label has."""
    return min(test.labels.count(name) for name in set(test.labels))


def obstacle(name: str, test: Predictions, how: Settings) -> str | None:
    """Say why a metric cannot be computed, or None when it can."""
    if not test.ids:
        return "no test row belongs to it"
    if not test.classes:
        same = name == "r2" and len(set(map(float, test.labels))) == 1
        return "every test row has the same label, so there is no variance to explain" if same else None
    strangers = sorted(set(test.labels) - set(test.classes))
    positives = test.labels.count(how.positive) if how.positive is not None else 0
    if name in ("log_loss", "brier", "roc_auc", "average_precision") and strangers:
        return f"the test set has the label {strangers[0]!r}, which training never saw"
    if name in ("roc_auc", "average_precision") and positives == 0:
        return f"no test row has the positive label {how.positive!r}"
    if name == "roc_auc" and positives == len(test.labels):
        return f"every test row has the label {how.positive!r}; ranking needs two"
    if name == "f1" and positives == 0 and how.positive not in guesses(test, how):
        return f"the label {how.positive!r} is neither in the test set nor predicted"
    return None


def function(name: str, test: Predictions, how: Settings) -> Callable[[Array], Array]:
    """Return the metric as a function of row weights: shape (draws, rows) in, (draws,) out."""
    if name == "accuracy":
        return lambda weights: formulas.mean(weights, right(test, how))
    if name in ("log_loss", "brier", "mae"):
        return lambda weights: formulas.mean(weights, losses(name, test, how))
    if name == "macro_f1":
        return lambda weights: formulas.macro_f1(weights, test.labels, guesses(test, how))
    if name in ("rmse", "r2"):
        of = {"rmse": formulas.rmse, "r2": formulas.r2}[name]
        return lambda weights: of(weights, *numbers(test))
    if name == "f1":
        return lambda weights: formulas.f1(weights, truths(test, how), yes(test, how))
    rank = {"roc_auc": formulas.roc_auc, "average_precision": formulas.average_precision}[name]
    return lambda weights: rank(weights, truths(test, how), positive_scores(test, how))


def influence(name: str, test: Predictions, how: Settings) -> Array:
    """Return how much each row moves the metric, shape (rows,); average_precision has no such formula here."""
    if name == "roc_auc":
        return formulas.auc_influence(truths(test, how), positive_scores(test, how))
    if name == "f1":
        return formulas.f1_influence(truths(test, how), yes(test, how))
    if name == "macro_f1":
        return formulas.macro_f1_influence(test.labels, guesses(test, how))
    if name in ("rmse", "r2"):
        return {"rmse": formulas.rmse_influence, "r2": formulas.r2_influence}[name](*numbers(test))
    values = right(test, how).astype(np.float64) if name == "accuracy" else losses(name, test, how)
    return np.asarray(values - values.mean())


def losses(name: str, test: Predictions, how: Settings) -> Array:
    """Return the loss of each row whose mean is the metric (mse: squared errors); shape (rows,)."""
    if name == "log_loss":
        return log_losses(test)
    if name == "brier":
        return np.asarray((positive_scores(test, how) - truths(test, how)) ** 2)
    truth, predicted = numbers(test)
    return np.abs(truth - predicted) if name == "mae" else np.asarray((truth - predicted) ** 2)


def log_losses(test: Predictions) -> Array:
    """Return the log loss of each row from its rounded probabilities, none below FLOOR; shape (rows,)."""
    bounded = np.clip(test.scores, FLOOR, 1 - FLOOR)
    at = {name: column for column, name in enumerate(test.classes)}
    chosen = bounded[np.arange(len(test.labels)), [at[name] for name in test.labels]]
    return np.asarray(-np.log(chosen / bounded.sum(axis=1)))

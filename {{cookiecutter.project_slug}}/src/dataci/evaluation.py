"""How good predictions are: metrics with intervals, confusion, per class, per model bug.

Probabilities are rounded to three decimals *before* anything is computed, so that each figure can be computed
again from results/*.predictions.csv, and does not depend on the last bits of a processor.

A metric that cannot be computed is absent with a reason: ``{"reason": "…"}`` in place of ``{"value": …}``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from dataci import metrics as figures
from dataci.errors import CannotRun
from dataci.metrics import Array, auc_interval, resample, wilson

Metric = dict[str, Any]

DECIMALS = 3
FLOOR = 0.0005  # what a probability of 0.000 may have been before it was rounded; keeps the log loss finite
BINARY = ("roc_auc", "average_precision", "f1", "accuracy", "log_loss", "brier")
MULTICLASS = ("accuracy", "macro_f1", "log_loss")
LOWER_IS_BETTER = frozenset({"log_loss", "brier"})


class Settings(NamedTuple):
    """What [evaluation] says. ``positive`` and ``threshold`` matter only when there are two classes."""

    metric: str
    positive: str | None
    threshold: float


class Predictions(NamedTuple):
    """The rows of one set (the test set, or a model bug) and what the model says of them.

    ``ids``: a name for each row. ``labels``: what is right. ``scores``: shape (rows, classes); see
    ``stored``.
    """

    ids: list[str]
    labels: list[str]
    classes: list[str]
    scores: Array

    def cut(self, keep: Array) -> Predictions:
        """Return the rows at the positions ``keep``."""
        return Predictions(
            [self.ids[i] for i in keep], [self.labels[i] for i in keep], self.classes, self.scores[keep]
        )


def settings(raw: Mapping[str, Any], classes: Sequence[str]) -> Settings:
    """Read [evaluation] against the classes that the model knows; CannotRun names what does not fit."""
    binary = len(classes) == 2
    names = BINARY if binary else MULTICLASS
    unknown = sorted(set(raw) - {"metric", "positive", "threshold"})
    if unknown:
        raise CannotRun(
            f"dataci.toml: [evaluation] has the unknown key {unknown[0]!r}. "
            "Known: metric, positive, threshold."
        )
    metric = str(raw.get("metric", names[0]))
    if metric not in names:
        raise CannotRun(
            f"dataci.toml: [evaluation] metric is {metric!r}; with {len(classes)} classes it can be "
            f"{', '.join(names)}."
        )
    threshold = raw.get("threshold", 0.5)
    if isinstance(threshold, bool) or not isinstance(threshold, (int, float)) or not 0 <= threshold <= 1:
        raise CannotRun(
            f"dataci.toml: [evaluation] threshold is {threshold!r}; it must be a number from 0 to 1."
        )
    return Settings(metric, positive(raw.get("positive"), classes) if binary else None, float(threshold))


def positive(given: Any, classes: Sequence[str]) -> str:
    """Return the label that counts as positive: as configured, or the last in the alphabet (1, true, yes)."""
    if given is None:
        return max(classes)
    if str(given) not in classes:
        shown = " and ".join(repr(name) for name in classes)
        raise CannotRun(
            f"dataci.toml: [evaluation] positive is {given!r}, but the labels are {shown}. "
            "Name one of them, in quotes."
        )
    return str(given)


def stored(predictions: Predictions, how: Settings) -> Predictions:
    """Return the predictions as they are stored: rounded; of two classes the positive one, the other is what
    remains.
    """
    scores = np.round(np.asarray(predictions.scores, dtype=np.float64), DECIMALS) + 0.0  # + 0.0: no -0.0
    if how.positive is not None:
        at = predictions.classes.index(how.positive)
        scores[:, 1 - at] = np.round(1 - scores[:, at], DECIMALS) + 0.0
    return predictions._replace(scores=scores)


def guesses(predictions: Predictions, how: Settings) -> list[str]:
    """Return the predicted label of each row: positive from the threshold on; the likeliest of many (ties:
    the first).
    """
    if how.positive is None:
        return [predictions.classes[at] for at in np.argmax(predictions.scores, axis=1)]
    at = predictions.classes.index(how.positive)
    chosen = predictions.scores[:, at] >= how.threshold
    return [predictions.classes[at if yes else 1 - at] for yes in chosen]


def evaluate(test: Predictions, bugs: Mapping[str, Predictions], how: Settings) -> dict[str, Any]:
    """Return ``metrics``, ``confusion``, ``per_class`` of the test set and ``bugs``, ready for a record.

    CannotRun when the test set is empty.
    """
    if not test.ids:
        raise CannotRun(
            "There is no test row, so nothing can be measured. Add rows with labels below data/test."
        )
    predicted = guesses(test, how)
    return {
        "metrics": metrics(test, how),
        "confusion": confusion(test.labels, predicted),
        "per_class": per_class(test, predicted),
        "bugs": {name: bug(patterns, how) for name, patterns in sorted(bugs.items())},
    }


def metrics(test: Predictions, how: Settings) -> dict[str, Metric]:
    """Return every metric that fits the number of classes, with a 95 % interval each."""
    names = BINARY if how.positive is not None else MULTICLASS
    cells, counts = compact(test)
    draws = resample(cells.labels, counts)
    return {name: measure(name, cells, counts, draws, how) for name in names}


def measure(name: str, cells: Predictions, counts: Array, draws: Array, how: Settings) -> Metric:
    """Return one metric of ``counts`` times each cell: value, low, high; or the reason why there is none."""
    why = obstacle(name, cells, how)
    if why:
        return {"reason": why}
    compute = function(name, cells, how)
    value, rows = float(compute(counts[None, :])[0]), int(counts.sum())
    if name == "accuracy":
        low, high = wilson(round(value * rows), rows)
    elif name == "roc_auc":
        low, high = auc_interval(
            value, counts, np.array(cells.labels) == how.positive, positive_scores(cells, how)
        )
    else:
        low, high = (float(bound) for bound in np.quantile(compute(draws), [0.025, 0.975]))
        if low == high and name not in LOWER_IS_BETTER:  # a bootstrap of flawless rows knows no doubt
            low, high = wilson(round(value * smallest_class(cells, counts)), smallest_class(cells, counts))
    return {"value": value, "low": min(low, value), "high": max(high, value)}


def smallest_class(cells: Predictions, counts: Array) -> int:
    """Return how many rows the rarest label has."""
    labels = np.array(cells.labels, dtype=object)
    return int(min(counts[labels == name].sum() for name in set(cells.labels)))


def compact(test: Predictions) -> tuple[Predictions, Array]:
    """Fold rows with the same label and scores into one cell with a count: a million rows are a few thousand
    cells.
    """
    names = sorted(set(test.labels))
    code = {name: number for number, name in enumerate(names)}
    key = np.column_stack([[code[label] for label in test.labels], np.round(test.scores * 10**DECIMALS)])
    _, first, counts = np.unique(key, axis=0, return_index=True, return_counts=True)
    return test.cut(first), counts.astype(np.float64)


def obstacle(name: str, test: Predictions, how: Settings) -> str | None:
    """Say why a metric cannot be computed, or None when it can."""
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
    labels = np.array(test.labels, dtype=object)
    right = np.array(guesses(test, how), dtype=object) == labels
    if name == "accuracy":
        return lambda weights: figures.mean(weights, right)
    if name == "log_loss":
        return lambda weights: figures.mean(weights, log_losses(test))
    if name == "macro_f1":
        return lambda weights: figures.macro_f1(weights, test.labels, guesses(test, how))
    truth = labels == how.positive
    score = positive_scores(test, how)
    if name == "brier":
        return lambda weights: figures.mean(weights, (score - truth) ** 2)
    if name == "f1":
        return lambda weights: figures.f1(weights, truth, score >= how.threshold)
    rank = {"roc_auc": figures.roc_auc, "average_precision": figures.average_precision}[name]
    return lambda weights: rank(weights, truth, score)


def log_losses(test: Predictions) -> Array:
    """Return the log loss of each row from its rounded probabilities, none below FLOOR; shape (rows,)."""
    bounded = np.clip(test.scores, FLOOR, 1 - FLOOR)
    at = {name: column for column, name in enumerate(test.classes)}
    chosen = bounded[np.arange(len(test.labels)), [at[name] for name in test.labels]]
    return np.asarray(-np.log(chosen / bounded.sum(axis=1)))


def positive_scores(test: Predictions, how: Settings) -> Array:
    """Return the probability of the positive label; shape (rows,)."""
    return np.asarray(test.scores[:, test.classes.index(str(how.positive))])


def confusion(labels: Sequence[str], predicted: Sequence[str]) -> dict[str, dict[str, int]]:
    """Count (right label, predicted label); pairs that do not occur are left out."""
    table: dict[str, dict[str, int]] = {}
    for label, guess in zip(labels, predicted, strict=True):
        row = table.setdefault(label, {})
        row[guess] = row.get(guess, 0) + 1
    return table


def per_class(test: Predictions, predicted: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return precision, recall, f1 and n (test rows) of each class; what cannot be computed is absent, with a
    reason.
    """
    truth, guess = np.array(test.labels, dtype=object), np.array(predicted, dtype=object)
    return {name: one_class(truth == name, guess == name) for name in sorted({*test.classes, *test.labels})}


def one_class(truth: Array, yes: Array) -> dict[str, Any]:
    """Return the figures of one class."""
    hits, real, found = int((truth & yes).sum()), int(truth.sum()), int(yes.sum())
    figures: dict[str, Any] = {"n": real}
    missing = []
    if real:
        figures["recall"] = hits / real
    else:
        missing.append("no test row has this label")
    if found:
        figures["precision"] = hits / found
    else:
        missing.append("never predicted")
    if real + found:
        figures["f1"] = 2 * hits / (real + found)
    return {**figures, "reason": "; ".join(missing)} if missing else figures


def bug(patterns: Predictions, how: Settings) -> dict[str, Any]:
    """Return how many patterns of a model bug the model gets wrong, with Wilson's interval."""
    rows = len(patterns.ids)
    if not rows:
        return {"n": 0, "error_rate": {"reason": "the bug has no patterns"}}
    predicted = guesses(patterns, how)
    errors = sum(guess != label for guess, label in zip(predicted, patterns.labels, strict=True))
    low, high = wilson(errors, rows)
    return {"n": rows, "errors": errors, "error_rate": {"value": errors / rows, "low": low, "high": high}}

"""What a model says of the rows of a set, as it is stored, and what of it a metric needs.

Probabilities are rounded to three decimals *before* anything is computed, so that each figure can be computed
again from results/*.predictions.csv, and does not depend on the last bits of a processor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from dataci.metrics import LOWER_IS_BETTER, Array

METHOD = 2  # how figures and intervals are computed; raise it, and every record is measured anew
DECIMALS = 3
DIGITS = 4  # significant ones, of what a regression predicts: prices and wavelengths have no common unit
FLOOR = 0.0005  # what a probability of 0.000 may have been before it was rounded; keeps the log loss finite
MARGIN = 0.01
FIXED = "fixed"  # the rule of a threshold that somebody set
MINIMUM = 20
NO_DOUBTS: Array = np.zeros((0, 2))


class Settings(NamedTuple):
    """What [evaluation] says. ``positive`` and ``threshold`` matter only when there are two classes.

    ``margin``: up to this much worse, in units of the metric, still counts as "not worse". ``rule``: how the threshold
    was chosen. ``costs``: of a false positive and of a false negative, None where nobody said. ``minimum``: rows that a
    group needs to be compared with others. ``gates``: what a candidate must keep (see ``dataci.gates``).
    """

    metric: str
    positive: str | None
    threshold: float
    margin: float = MARGIN
    rule: str = FIXED
    costs: tuple[float, float] | None = None
    minimum: int = MINIMUM
    gates: Mapping[str, Any] = {}

    @property
    def direction(self) -> str:
        """Which values of the metric are better: "higher" or "lower"."""
        return "lower" if self.metric in LOWER_IS_BETTER else "higher"


class Predictions(NamedTuple):
    """The rows of one set (the test set, or a model bug) and what the model says of them.

    ``ids``: a name for each row. ``labels``: what is right. ``scores``: shape (rows, classes), see
    ``stored``; in a regression ``classes`` is empty, ``labels`` are numbers as text, and ``scores`` has one
    column, what was predicted. ``clusters``: a name for each row; rows that share one (the same group, a text
    that recurs) depend on one another; empty where every row is on its own. ``slices``: by name, which rows
    belong to it, shape (rows,). ``doubts``: of each row the spread of the model's draws and their mutual information
    (see ``dataci.uncertainty``), shape (rows, 2); no row where the model draws none.
    """

    ids: list[str]
    labels: list[str]
    classes: list[str]
    scores: Array
    clusters: tuple[str, ...] = ()
    slices: Mapping[str, Array] = {}
    doubts: Array = NO_DOUBTS

    def cut(self, keep: Array | Sequence[int]) -> Predictions:
        """Return the rows at the positions ``keep``."""
        return Predictions(
            [self.ids[i] for i in keep],
            [self.labels[i] for i in keep],
            self.classes,
            self.scores[np.asarray(keep, dtype=np.intp)],
            tuple(self.clusters[i] for i in keep) if self.clusters else (),
            {name: rows[np.asarray(keep, dtype=np.intp)] for name, rows in self.slices.items()},
            self.doubts[np.asarray(keep, dtype=np.intp)] if len(self.doubts) else NO_DOUBTS,
        )


def stored(predictions: Predictions, how: Settings) -> Predictions:
    """Return the predictions as they are stored: rounded; of two classes the positive one, the other is what
    remains.
    """
    if not predictions.classes:
        return predictions._replace(
            scores=significant(predictions.scores), doubts=significant(predictions.doubts)
        )
    predictions = predictions._replace(doubts=np.round(predictions.doubts, DECIMALS) + 0.0)
    scores = np.round(np.asarray(predictions.scores, dtype=np.float64), DECIMALS) + 0.0  # + 0.0: no -0.0
    if how.positive is not None:
        at = predictions.classes.index(how.positive)
        scores[:, 1 - at] = np.round(1 - scores[:, at], DECIMALS) + 0.0
    return predictions._replace(scores=scores)


def significant(values: Array) -> Array:
    """Round numbers to DIGITS significant digits, as a regression's predictions are stored."""
    rounded = [float(f"{value:.{DIGITS}g}") + 0.0 for value in np.asarray(values, dtype=np.float64).ravel()]
    return np.array(rounded).reshape(np.shape(values))


def plain(value: float) -> str:
    """Write a number with DIGITS significant digits, in full (192000, not 1.92e+05) where that can be read."""
    text = format(value, f".{DIGITS}g")
    return format(float(text), ".0f") if "e+" in text and abs(value) < 1e15 else text


def guesses(predictions: Predictions, how: Settings) -> list[str]:
    """Return the predicted label of each row: positive from the threshold on; the likeliest of many (ties:
    the first).
    """
    if how.positive is None:
        return [predictions.classes[at] for at in np.argmax(predictions.scores, axis=1)]
    at = predictions.classes.index(how.positive)
    chosen = predictions.scores[:, at] >= how.threshold
    return [predictions.classes[at if yes else 1 - at] for yes in chosen]


def positive_scores(test: Predictions, how: Settings) -> Array:
    """Return the probability of the positive label; shape (rows,)."""
    return np.asarray(test.scores[:, test.classes.index(str(how.positive))])


def truths(test: Predictions, how: Settings) -> Array:
    """Return which rows have the positive label; shape (rows,)."""
    return np.array([label == how.positive for label in test.labels], dtype=bool)


def yes(test: Predictions, how: Settings) -> Array:
    """Return which rows are predicted as positive; shape (rows,)."""
    return np.asarray(positive_scores(test, how) >= how.threshold)


def right(test: Predictions, how: Settings) -> Array:
    """Return which rows are predicted right; shape (rows,)."""
    pairs = zip(guesses(test, how), test.labels, strict=True)
    return np.array([guess == label for guess, label in pairs], dtype=bool)


def numbers(test: Predictions) -> tuple[Array, Array]:
    """Return what is right and what was predicted, of a regression; shape (rows,) each."""
    return np.array([float(label) for label in test.labels]), np.asarray(test.scores[:, 0])


def compact(test: Predictions) -> tuple[Predictions, Array]:
    """Fold rows with the same label and scores into one cell with a count: a million rows are a few thousand
    cells.
    """
    names = sorted(set(test.labels))
    code = {name: number for number, name in enumerate(names)}
    key = np.column_stack([[code[label] for label in test.labels], np.round(test.scores * 10**DECIMALS)])
    _, first, counts = np.unique(key, axis=0, return_index=True, return_counts=True)
    return test._replace(clusters=(), slices={}, doubts=NO_DOUBTS).cut(first), counts.astype(np.float64)

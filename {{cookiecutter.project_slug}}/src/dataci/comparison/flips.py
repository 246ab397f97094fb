"""The rows on which two candidates differ: right and wrong where there are labels, error where there are numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from dataci.metrics import Array
from dataci.predictions import Predictions, Settings, guesses, plain

LISTED = 200  # rows of a kind in the JSON output


class Flip(NamedTuple):
    """A row that one candidate gets right and the other wrong; of a regression, one whose error differs.

    ``label``: what is right; ``before`` and ``after``: what A and B predict. ``gain``: how much more B gives to the
    right label; of a regression, how much smaller its error is; negative where B is worse. ``text``: its inputs, when
    they are at hand.
    """

    id: str
    split: str
    label: str
    before: str
    after: str
    gain: float = 0.0
    text: tuple[tuple[str, str], ...] = ()


class Flips(NamedTuple):
    """Rows of one kind: how many there are, and the most telling of them, the largest ``gain`` or loss first."""

    n: int = 0
    rows: tuple[Flip, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return them as plain data, for the JSON output."""
        return {"n": self.n, "rows": [{**flip._asdict(), "text": dict(flip.text)} for flip in self.rows]}


def flips(
    split: str, one: Predictions, two: Predictions, before: Settings, after: Settings
) -> tuple[Flips, Flips]:
    """Return the rows that B fixed and those that it broke; both are predictions of the same rows."""
    gains, good, bad = judged(one, two, before, after)
    said = (told(one, before), told(two, after))

    def chosen(mask: Array) -> Flips:
        positions = sorted(np.flatnonzero(mask).tolist(), key=lambda at: (-abs(gains[at]), two.ids[at]))
        rows = [
            Flip(two.ids[at], split, two.labels[at], said[0][at], said[1][at], float(gains[at]))
            for at in positions[:LISTED]
        ]
        return Flips(len(positions), tuple(rows))

    return chosen(good), chosen(bad)


def judged(
    one: Predictions, two: Predictions, before: Settings, after: Settings
) -> tuple[Array, Array, Array]:
    """Return, each with shape (rows,): the gain of each row, which rows B fixed, which it broke."""
    if not two.classes:
        gains = errors(one) - errors(two)
        noise = 1e-12 * max(
            np.abs(one.scores).max(), np.abs(two.scores).max()
        )  # of taking one number from another
        return gains, gains > noise, gains < -noise
    labels = np.array(two.labels, dtype=object)
    was, now = (np.array(told(p, how), dtype=object) == labels for p, how in ((one, before), (two, after)))
    return belief(two) - belief(one), now & ~was, was & ~now


def told(predictions: Predictions, how: Settings) -> Sequence[str]:
    """Return what is predicted of each row, as text."""
    if predictions.classes:
        return guesses(predictions, how)
    return [plain(value) for value in predictions.scores[:, 0].tolist()]


def belief(predictions: Predictions) -> Array:
    """Return the score of the right label of each row; 0 for a label that the model does not know."""
    at = {name: column for column, name in enumerate(predictions.classes)}
    columns = np.array([at.get(label, -1) for label in predictions.labels])
    found = predictions.scores[np.arange(len(columns)), columns]
    return np.where(columns >= 0, found, 0.0)


def errors(predictions: Predictions) -> Array:
    """Return how far off each prediction of a regression is; shape (rows,)."""
    truth = np.array([float(label) for label in predictions.labels])
    return np.asarray(np.abs(predictions.scores[:, 0] - truth))


def signs(good: Array, bad: Array, clusters: Sequence[str]) -> tuple[int, int]:
    """Count fixed and broken for McNemar's test; rows that depend on one another (a cluster) have one vote."""
    if not clusters:
        return int(good.sum()), int(bad.sum())
    votes: dict[str, int] = {}
    for cluster, vote in zip(clusters, (good.astype(int) - bad.astype(int)).tolist(), strict=True):
        votes[cluster] = votes.get(cluster, 0) + vote
    return sum(vote > 0 for vote in votes.values()), sum(vote < 0 for vote in votes.values())

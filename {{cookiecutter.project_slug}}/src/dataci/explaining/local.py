"""Of any model: how its score changes while words and cells of one row are taken away.

The model is asked about some thousand versions of the row, each without some of its units, and gives log-odds (in a
regression the number). A linear surrogate is fitted to them, weighted so that its coefficients are Shapley values
(``sampling``): what a unit adds, averaged over all that may stand beside it. Where the row has two texts, a second
surrogate fits on top what a word of the one adds only together with a word of the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from dataci.explaining import sampling
from dataci.explaining.sampling import Shares
from dataci.explaining.tokens import WORD, Array, Row, masked

MASKS = 4000  # of one row; on pairs of texts fewer leave words of little weight in no certain order
RIDGE = 1e-3  # a mask, against almost as many meetings as there are masks
CROWD = 0.5  # meetings a mask, from which on they are not fitted

Score = Callable[[pl.DataFrame], Array]
"""What a model says of rows, as one number each: shape (rows,)."""

Places = np.ndarray[Any, np.dtype[np.int64]]


class Meeting(NamedTuple):
    """What the units at two places of a row (of different texts) add only together."""

    left: int
    right: int
    weight: float


class Local(NamedTuple):
    """``shares`` of the units; ``meetings``, and the held-out R² of the surrogate that has them as well."""

    shares: Shares
    meetings: tuple[Meeting, ...] = ()
    together: float | None = None


def explain(
    row: Row, score: Score, reference: Mapping[str, float | None], seed: int, masks: int = MASKS
) -> Local:
    """Return what each unit of a row adds to its score; the same seed and row give the same numbers.

    ``reference``: see ``tokens.masked``.
    """
    shares = sampling.shapley(
        lambda some: score(masked(row, some, reference)), len(row.units), masks, generator(row, seed)
    )
    return meetings(row, shares)


def generator(row: Row, seed: int) -> np.random.Generator:
    """Return a source of masks for a row: other rows get others, so that errors of many rows do not add up."""
    told = "\0".join(f"{unit.column}\0{unit.text}" for unit in row.units)
    digest = hashlib.sha256(f"{seed}\0{told}".encode("utf-8", "surrogatepass")).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def meetings(row: Row, shares: Shares) -> Local:
    """Fit what words of two texts add together to what the words alone leave over.

    The products are centred so that they take nothing from the shares: a word's share already holds half of each of
    its meetings.
    """
    texts = list(dict.fromkeys(unit.column for unit in row.units if unit.kind == WORD))
    if shares.drawn is None or len(texts) != 2:
        return Local(shares)
    left, right = (np.array(row.of(name)) for name in texts)
    first, second = np.repeat(left, len(right)), np.tile(right, len(left))
    if len(first) > CROWD * len(shares.gains):
        return Local(shares)
    found, together = interactions(shares, first, second)
    pairs = zip(first.tolist(), second.tolist(), found.tolist(), strict=True)
    return Local(shares, tuple(Meeting(*pair) for pair in pairs), together)


def interactions(shares: Shares, first: Places, second: Places) -> tuple[Array, float | None]:
    """Return what the players at two places add only together, shape (pairs,), and the held-out R² with it."""
    if shares.drawn is None:
        return np.zeros(len(first)), None
    there = shares.drawn.masks.astype(np.float64)
    design = there[:, first] * there[:, second] - (there[:, first] + there[:, second]) / 2
    rest = shares.gains - there @ shares.values
    weights = shares.drawn.weights / shares.drawn.weights.mean()
    return ridge(design, rest, weights), with_meetings(design, there, shares, rest, weights)


def with_meetings(design: Array, there: Array, shares: Shares, rest: Array, weights: Array) -> float | None:
    """Return the R² of shares and meetings on masks that the meetings were not fitted to."""
    folds = sampling.folded(len(rest))
    predicted = there @ shares.values
    for part in range(sampling.FOLDS):
        out = folds == part
        predicted[out] += design[out] @ ridge(design[~out], rest[~out], weights[~out])
    return sampling.r2(shares.gains, predicted, weights)


def ridge(design: Array, wanted: Array, weights: Array) -> Array:
    """Solve weighted ridge regression; shape (columns,)."""
    heavy = design * weights[:, None]
    found = np.linalg.solve(
        heavy.T @ design + RIDGE * len(design) * np.eye(design.shape[1]), heavy.T @ wanted
    )
    return np.asarray(found, dtype=np.float64)

"""Shapley values of a function of which units of a row are there, from weighted masks (Kernel SHAP).

Every unit gets what it adds, averaged over all orders in which the units could come (Shapley 1953); the values add up
to what all of them add. Averages over orders are weighted least squares over masks (Lundberg and Lee 2017). Small
and large masks, which weigh most, are taken whole as long as there is room; of the other sizes each gets masks at
random, in pairs of a mask and its opposite, which takes interactions of two out of the error (Covert and Lee 2021).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from math import comb
from typing import Any, NamedTuple

import numpy as np

from dataci.explaining.tokens import Array, Masks

FOLDS = 5
TINY = 1e-18  # a variance below is rounding

Value = Callable[[Masks], Array]
"""What a function gives for masks of shape (masks, units): shape (masks,)."""


class Sample(NamedTuple):
    """Masks that are neither empty nor full, shape (masks, units), and the weight of each; ``whole``: it is all."""

    masks: Masks
    weights: Array
    whole: bool


class Shares(NamedTuple):
    """``values``: of each unit. ``base``: without any unit. ``score``: with all. base + sum of values = score.

    ``fidelity``: R² of the sum on masks that were not used to fit it, weighted; None where there were too few. Where
    every mask was asked for, that is the share of the variance which a sum of values can tell at all. ``drawn`` and
    ``gains`` are the masks between none and all, and what each gave above the base.
    """

    values: Array
    base: float
    score: float
    fidelity: float | None = None
    drawn: Sample | None = None
    gains: Array = np.zeros(0)


def shapley(value: Value, units: int, budget: int, rng: np.random.Generator) -> Shares:
    """Return the shares of ``units`` units of ``value``, from about ``budget`` masks.

    With 2 ** units masks or fewer they are exact but for rounding, else estimates that add up all the same.
    """
    ends = np.array([[False] * units, [True] * units])
    if units < 2:
        base, score = map(float, value(ends))
        return Shares(np.full(units, score - base), base, score)
    drawn = sample(units, budget, rng)
    found = value(np.vstack([ends, drawn.masks]))
    base, score = float(found[0]), float(found[1])
    values = fit(drawn.masks, found[2:] - base, drawn.weights, score - base)
    fidelity = explained(drawn, found[2:] - base, score - base)
    return Shares(values, base, score, fidelity, drawn, found[2:] - base)


def fit(masks: Masks, gains: Array, weights: Array, total: float) -> Array:
    """Return values of the units that fit the gains of masks best and add up to ``total``; shape (units,)."""
    there = masks.astype(np.float64)
    design = there[:, :-1] - there[:, -1:]
    wanted = gains - there[:, -1] * total
    root = np.sqrt(weights)
    first = np.linalg.lstsq(design * root[:, None], wanted * root, rcond=None)[0]
    return np.append(first, total - first.sum())


def explained(drawn: Sample, gains: Array, total: float) -> float | None:
    """Return the weighted R² of the sum on masks, each predicted by a fit to the others."""
    if drawn.whole:
        return r2(gains, drawn.masks @ fit(drawn.masks, gains, drawn.weights, total), drawn.weights)
    folds = folded(len(gains))
    if len(gains) < 2 * drawn.masks.shape[1]:
        return None
    predicted = np.zeros(len(gains))
    for part in range(FOLDS):
        out = folds == part
        values = fit(drawn.masks[~out], gains[~out], drawn.weights[~out], total)
        predicted[out] = drawn.masks[out] @ values
    return r2(gains, predicted, drawn.weights)


def folded(count: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return which of ``FOLDS`` parts each mask belongs to; one goes with its opposite."""
    return np.asarray(np.arange(count) // 2 % FOLDS, dtype=np.int64)


def r2(found: Array, predicted: Array, weights: Array) -> float | None:
    """Return the share of the weighted variance that was predicted; None where nothing varies."""
    middle = np.average(found, weights=weights)
    spread = float(np.average((found - middle) ** 2, weights=weights))
    if spread <= TINY:
        return None
    return 1 - float(np.average((found - predicted) ** 2, weights=weights)) / spread


def sample(units: int, budget: int, rng: np.random.Generator) -> Sample:
    """Return about ``budget`` masks of ``units`` units, opposites beside one another, with their weights."""
    half = list(range(1, units // 2 + 1))
    room, sizes = plan(units, budget, half)
    masks: list[Masks] = []
    weights: list[Array] = []
    for size in half:
        both = 2 * size != units  # of a half, the opposite has the same size
        weight = (2.0 if both else 1.0) / (size * (units - size))
        if size in room:
            chosen = every(units, size)
            chosen = chosen if both else chosen[: len(chosen) // 2]
        else:
            chosen = some(units, size, max(1, round(sizes[size] / 2)), rng)
        masks.append(np.stack([chosen, ~chosen], axis=1).reshape(-1, units))
        weights.append(np.full(2 * len(chosen), weight / (2 * len(chosen))))
    return Sample(np.vstack(masks), np.concatenate(weights), len(room) == len(half))


def plan(units: int, budget: int, half: list[int]) -> tuple[set[int], dict[int, float]]:
    """Return the sizes that are taken whole, with their opposites, and how many masks the others get."""
    wish = {size: (2.0 if 2 * size != units else 1.0) / np.sqrt(size * (units - size)) for size in half}
    whole: set[int] = set()
    left = float(budget)
    while True:
        rest = sum(wish[size] for size in half if size not in whole)
        sizes = {size: left * wish[size] / rest for size in half if size not in whole}
        full = {size: comb(units, size) * (2 if 2 * size != units else 1) for size in sizes}
        fitting = [size for size in sizes if full[size] <= sizes[size]]
        if not fitting:
            return whole, sizes
        whole.update(fitting)
        left -= sum(full[size] for size in fitting)


def every(units: int, size: int) -> Masks:
    """Return all masks that keep ``size`` units, shape (masks, units)."""
    chosen = np.array(list(combinations(range(units), size)))
    masks: Any = np.zeros((len(chosen), units), dtype=np.bool_)
    np.put_along_axis(masks, chosen, True, axis=1)
    return masks  # type: ignore[no-any-return]


def some(units: int, size: int, count: int, rng: np.random.Generator) -> Masks:
    """Return masks that keep ``size`` units, at random, each unit about equally often."""
    order = rng.random((count, units)).argsort(axis=1)
    masks: Any = np.zeros((count, units), dtype=np.bool_)
    np.put_along_axis(masks, order[:, :size], True, axis=1)
    return masks  # type: ignore[no-any-return]

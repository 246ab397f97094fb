"""Shapley values: exact where all masks are asked for, and close where they are sampled; they always add up."""

from __future__ import annotations

from itertools import permutations
from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataci.explaining import sampling
from dataci.explaining.sampling import shapley
from dataci.explaining.tokens import Array, Masks


def game(units: int, seed: int) -> Array:
    """Return a value for each set of units, by its bits."""
    return np.random.default_rng(seed).normal(size=2**units)


def value(table: Array, masks: Masks) -> Array:
    """Return the values of masks."""
    return np.asarray(table[masks @ (1 << np.arange(masks.shape[1]))])


def by_hand(table: Array, units: int) -> Array:
    """Return what each unit adds, averaged over all orders."""
    found = np.zeros(units)
    for order in permutations(range(units)):
        there = 0
        for unit in order:
            found[unit] += table[there | 1 << unit] - table[there]
            there |= 1 << unit
    return found / factorial(units)


@pytest.mark.parametrize("units", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("seed", [0, 1])
def test_with_all_masks_the_shares_are_those_of_all_orders(units: int, seed: int) -> None:
    table = game(units, seed)
    found = shapley(lambda masks: value(table, masks), units, 1000, np.random.default_rng(0))
    assert found.values == pytest.approx(by_hand(table, units), abs=1e-9)
    assert found.drawn is None or found.drawn.whole


@given(st.integers(2, 14), st.integers(0, 5), st.integers(10, 200))
def test_the_shares_add_up_however_few_masks_there_are(units: int, seed: int, budget: int) -> None:
    table = game(units, seed)
    found = shapley(lambda masks: value(table, masks), units, budget, np.random.default_rng(seed))
    assert found.base + found.values.sum() == pytest.approx(found.score, abs=1e-9)
    assert (found.base, found.score) == (table[0], table[-1])


@pytest.mark.parametrize("units", [9, 12, 13])
def test_a_sample_finds_a_sum_of_units_and_pairs_exactly(units: int) -> None:
    """A mask and its opposite take what pairs add out of the error."""
    rng = np.random.default_rng(3)
    single, double = rng.normal(size=units), np.triu(rng.normal(size=(units, units)), 1)

    def told(masks: Masks) -> Array:
        there = masks.astype(np.float64)
        return np.asarray(there @ single + np.einsum("ij,jk,ik->i", there, double, there))

    found = shapley(told, units, 400, np.random.default_rng(0))
    assert found.values == pytest.approx(single + (double.sum(0) + double.sum(1)) / 2, abs=1e-9)


def test_the_fidelity_is_that_of_masks_which_were_not_fitted() -> None:
    """Noise has none: a fit to it would look good on its own masks, and says nothing of others."""
    table = game(14, 1)
    noise = shapley(lambda masks: value(table, masks), 14, 60, np.random.default_rng(0))
    straight = shapley(lambda masks: masks @ np.arange(14.0), 14, 60, np.random.default_rng(0))
    assert noise.fidelity is not None
    assert noise.fidelity < 0.1
    assert straight.fidelity == pytest.approx(1)


def test_sizes_that_fit_into_the_budget_are_taken_whole_and_each_mask_has_its_opposite() -> None:
    drawn = sampling.sample(12, 300, np.random.default_rng(0))
    sizes = drawn.masks.sum(axis=1)
    assert sorted(drawn.masks[sizes == 1].tolist()) == sorted(np.eye(12, dtype=bool).tolist())
    assert (drawn.masks[::2] == ~drawn.masks[1::2]).all()
    assert 250 <= len(drawn.masks) <= 350
    assert not drawn.whole

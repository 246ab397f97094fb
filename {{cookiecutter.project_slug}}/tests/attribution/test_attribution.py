"""Sharing out a difference: Shapley values, interactions, what cannot be told apart, suspicious batches."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataci import attribution
from dataci.attribution import FACTORS

COUNTS = st.integers(0, 4)
FIGURE = st.floats(0, 1, allow_nan=False)


@st.composite
def corners(draw: st.DrawFn, least: int = 1) -> np.ndarray:
    """Draw the metric of every corner of one to four factors."""
    count = draw(st.integers(least, 4))
    return np.array(draw(st.lists(FIGURE, min_size=1 << count, max_size=1 << count)))


def by_orders(values: np.ndarray) -> list[float]:
    """Return the Shapley values as they are defined: the mean effect over all orders of change."""
    count = len(values).bit_length() - 1
    effects = [0.0] * count
    orders = list(permutations(range(count)))
    for order in orders:
        mask = 0
        for bit in order:
            effects[bit] += (values[mask | 1 << bit] - values[mask]) / len(orders)
            mask |= 1 << bit
    return effects


def shared(
    values: np.ndarray, failed: dict[int, str] | None = None, draws: np.ndarray | None = None
) -> attribution.Attribution:
    """Share out one metric."""
    names = FACTORS[: len(values).bit_length() - 1]
    table = values[:, None] if draws is None else np.hstack([values[:, None], draws])
    return attribution.attribute(names, table, failed or {}, {})


def added(numbers: list[float]) -> Decimal:
    """Add up numbers as they are written."""
    return sum((Decimal(repr(number)) for number in numbers), Decimal(0))


@given(corners())
def test_shapley_values_are_the_mean_over_all_orders(values: np.ndarray) -> None:
    assert attribution.shapley(values) == pytest.approx(by_orders(values), abs=1e-12)


@given(corners())
def test_shares_add_up_to_the_last_digit(values: np.ndarray) -> None:
    found = shared(values)
    total = Decimal(repr(found.after)) - Decimal(repr(found.before))
    assert added([share.effect.value for share in found.shares]) == total == added([found.total.value])


@given(corners())
def test_effects_alone_and_interactions_add_up_to_the_last_digit(values: np.ndarray) -> None:
    if len(values) > 8:
        values = values[:8]
    found = shared(values)
    parts = [share.alone for share in found.shares] + [each.effect.value for each in found.interactions]
    assert added(parts) == added([found.total.value])


@given(corners(least=2), st.integers(0, 3))
def test_a_factor_that_changes_nothing_gets_nothing(values: np.ndarray, bit: int) -> None:
    count = len(values).bit_length() - 1
    bit %= count
    same = np.array([values[mask & ~(1 << bit)] for mask in range(len(values))])
    assert shared(same).shares[bit].effect.value == 0


@given(corners(least=2))
def test_factors_that_do_the_same_get_the_same(values: np.ndarray) -> None:
    def swapped(mask: int) -> int:
        return mask & ~3 | (mask & 1) << 1 | (mask & 2) >> 1

    even = np.array([(values[mask] + values[swapped(mask)]) / 2 for mask in range(len(values))])
    one, two = attribution.shapley(even)[:2]
    assert one == pytest.approx(two, abs=1e-12)


def test_exact_numbers_stay_exact() -> None:
    values = np.array([Fraction(n) for n in (0, 1, 1, 2, 0, 1, 1, 3)], dtype=object)
    assert attribution.shapley(values).tolist() == [Fraction(4, 3), Fraction(4, 3), Fraction(1, 3)]


def test_an_interaction_is_what_two_do_together() -> None:
    found = shared(np.array([0.5, 0.5, 0.5, 0.9]))
    assert [share.alone for share in found.shares] == [0, 0]
    assert [share.effect.value for share in found.shares] == [0.2, 0.2]
    (only,) = found.interactions
    assert (only.groups, only.effect.value) == ((("data",), ("code",)), 0.4)


def test_of_four_factors_only_the_largest_interactions_are_kept() -> None:
    values = np.linspace(0, 1, 16) ** 3
    assert len(shared(values).interactions) == attribution.LARGEST
    assert len(shared(values[:8]).interactions) == 4


def test_intervals_come_from_the_same_draws_for_all_corners() -> None:
    noise = np.linspace(-0.1, 0.1, 101)
    values = np.array([0.8, 0.7, 0.9, 0.8])
    found = shared(values, draws=values[:, None] + noise)  # the noise hits every corner alike
    for share in found.shares:
        assert share.effect.low == pytest.approx(share.effect.value, abs=1e-6)
        assert share.effect.high == pytest.approx(share.effect.value, abs=1e-6)
    wide = np.array([0.8 + noise, 0.7 + noise, 0.9 - noise, 0.8 - noise])
    code = shared(values, draws=wide).shares[1].effect
    assert (code.low, code.high) == (pytest.approx(-0.09), pytest.approx(0.29))


def test_a_failed_corner_puts_the_factors_that_it_separates_together() -> None:
    values = np.array([0.8, 0.7, np.nan, 0.75, 0.81, 0.71, np.nan, 0.76])
    found = shared(values, {2: "no column", 6: "no column"})  # code of B without data of B
    assert [share.names for share in found.shares] == [("data", "code"), ("params",)]
    assert [share.effect.value for share in found.shares] == [-0.05, 0.01]
    assert [corner.reason for corner in found.corners if corner.value is None] == ["no column"] * 2
    assert {corner.changed for corner in found.corners if corner.reason} == {("code",), ("code", "params")}


def test_when_every_corner_between_fails_only_the_whole_is_known() -> None:
    values = np.array([0.8, *[np.nan] * 6, 0.7])
    found = shared(values, dict.fromkeys(range(1, 7), "none"))
    assert [(share.names, share.effect.value) for share in found.shares] == [
        (("data", "code", "params"), -0.1)
    ]


@given(st.integers(2, 4), st.data())
def test_groups_never_need_a_failed_corner(count: int, data: st.DataObject) -> None:
    between = list(range(1, (1 << count) - 1))
    failed = dict.fromkeys(data.draw(st.sets(st.sampled_from(between))), "failed")
    names = FACTORS[:count]
    groups = attribution.separable(names, failed)
    assert sorted(name for group in groups for name in group) == sorted(names)
    needed = {attribution.bits(names, groups, mask) for mask in range(1 << len(groups))}
    assert not needed & failed.keys()
    assert (len(groups) == count) == (not failed)


def test_the_ends_may_not_fail() -> None:
    with pytest.raises(ValueError, match="the first or the last"):
        attribution.separable(("data",), {0: "failed"})


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=6), st.integers(-3, 3))
def test_rounding_keeps_the_sum(parts: list[float], off: int) -> None:
    total = round(sum(parts)) + off
    found = attribution.apportion(parts, total)
    assert sum(found) == total
    assert all(abs(a - b) < 2 + abs(off) for a, b in zip(found, parts, strict=True))


def test_large_metrics_keep_seven_digits() -> None:
    found = shared(np.array([23143.21, 20001.75]))
    assert (found.before, found.after, found.total.value) == (23143.21, 20001.75, -3141.46)


def test_a_batch_with_a_large_loss_stands_out_among_the_new_ones() -> None:
    generator = np.random.default_rng(1)
    losses = [generator.exponential(0.3, 40) for _ in range(16)]
    losses[6] = losses[6] + 1.5
    found, against = attribution.suspicion(losses, np.ones(3))
    assert against == "the 16 batches"
    assert max(range(16), key=found.__getitem__) == 6
    assert found[6] > 10
    assert sorted(found)[-2] < 4


def test_a_tiny_batch_needs_more_than_one_odd_row() -> None:
    generator = np.random.default_rng(1)
    losses = [generator.exponential(0.3, 400) for _ in range(6)]
    alone, _ = attribution.suspicion([*losses, np.array([0.9])], np.ones(3))
    many, _ = attribution.suspicion([*losses, np.full(400, 0.9)], np.ones(3))
    assert alone[-1] < 3 < many[-1]


def test_few_batches_are_compared_with_the_test_rows() -> None:
    usual = np.random.default_rng(1).exponential(0.3, 300)
    found, against = attribution.suspicion([np.full(30, 0.3), np.full(30, 1.8)], usual)
    assert against == "the test rows"
    assert abs(found[0]) < 2
    assert found[1] > 10


def test_batches_without_any_spread_have_a_finite_z() -> None:
    found, _ = attribution.suspicion([np.ones(3)] * 6, np.ones(2))
    assert found == [0.0] * 6

"""Noise for tables: a little off, as wide as the column lies, within its range, whole where it is whole."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataci.perturbing import numeric
from dataci.perturbing.numeric import Spread, noise, spread
from dataci.perturbing.stream import Stream

DECIMALS = st.floats(-1e9, 1e9).map(lambda value: repr(round(value, 3)))


def test_the_spread_is_that_of_the_middle_half() -> None:
    cells = [f"{value / 10}" for value in range(1000)] + ["1000000.0"]  # an outlier does not count
    assert spread(cells) == Spread(40.0, 0.0, 1000000.0, False)
    assert spread(["1", " 2 ", "+3"]).whole
    assert spread([]).size == 0
    assert spread(["0"] * 90 + ["1"] * 10).size == 0.3


@given(
    cells=st.lists(DECIMALS, min_size=1, max_size=30),
    seed=st.integers(0, 99),
    strength=st.sampled_from([1, 2]),
)
def test_noise_gives_a_number_within_the_range(cells: list[str], seed: int, strength: int) -> None:
    of = spread(cells)
    for cell in cells:
        new = noise(cell, Stream(seed), strength, of)
        assert numeric.is_number(new)
        step = 0.5 if of.whole else of.size * 1e-3
        assert of.low - step <= float(new) <= of.high + step
        assert not of.whole or float(new).is_integer()


@pytest.mark.parametrize(("strength", "share"), [(1, 0.02), (2, 0.1)])
def test_noise_is_as_wide_as_it_says(strength: int, share: float) -> None:
    of = Spread(50.0, -1000.0, 1000.0, False)
    moved = [float(noise("10.0", Stream(seed), strength, of)) - 10 for seed in range(2000)]
    assert statistics.stdev(moved) == pytest.approx(share * 50, rel=0.06)
    assert abs(statistics.mean(moved)) < 0.1 * share * 50


def test_a_constant_column_and_a_flag_stay() -> None:
    assert noise("7.5", Stream(0), 2, spread(["7.5"] * 9)) == "7.5"
    assert all(noise("+1", Stream(seed), 2, spread(["0", "1"] * 9)) == "+1" for seed in range(50))


def test_what_most_rows_are_is_no_measurement_and_stays() -> None:
    of = spread(["0"] * 80 + [str(gain) for gain in range(1000, 3000, 100)])
    assert of.usual == 0
    assert of.size > 500
    assert noise("0", Stream(1), 2, of) == "0"
    assert noise("2000", Stream(1), 2, of) != "2000"


def test_large_numbers_keep_the_digits_that_matter() -> None:
    of = Spread(1000.0, 1.7e9, 1.8e9, False)
    assert abs(float(noise("1750000000.25", Stream(1), 1, of)) - 1750000000.25) < 100


@pytest.mark.parametrize("cell", ["nan", "inf", "-inf", "1_000", "", "x", "１２"])
def test_what_is_no_number(cell: str) -> None:
    assert not numeric.is_number(cell)

"""Constraints that good data keep and mistakes break."""

from __future__ import annotations

import random
import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataci.inference import constraints, types


def checks(values: list[str], role: str = "", name: str = "x") -> list[str]:
    return constraints.checks(types.column(pl.Series(name, values), ()), role)


def bounds(values: list[str], name: str = "x") -> tuple[float, float]:
    (text,) = checks(values, "numeric", name)
    low, high = re.findall(r"-?[\d.]+(?:e-?\d+)?", text.split("in_range")[1])
    return float(low), float(high)


def test_a_wrong_unit_falls_outside() -> None:
    grams = [str(2700 + 36 * i) for i in range(100)]
    low, high = bounds(grams)
    assert low <= 2700 / 2
    assert high >= 6264 * 1.5
    assert low > 6.3  # kilograms
    assert high < 2700 * 10  # decigrams


def test_nothing_negative_stays_so() -> None:
    low, high = bounds([str(i) for i in range(100)])
    assert (low, high) == (0, 200)


def test_a_long_tail_gets_more_room() -> None:
    values = ["0"] * 95 + ["10", "20", "50", "80", "100"]
    assert bounds(values)[1] >= 1000


def test_nothing_is_too_small_where_nothing_is_negative() -> None:
    assert bounds([f"{0.032 + i / 1000:.3f}" for i in range(96)])[0] == 0  # 0.001 may come


def test_a_heavy_tail_gets_the_next_power_of_ten() -> None:
    values = ["0.003467"] * 950 + [f"{i / 2000:.4f}" for i in range(1, 46)]  # up to 0.0225
    assert bounds(values) == (0, 1)
    draw = random.Random(1)
    skewed = [f"{draw.lognormvariate(0, 1):.3f}" for _ in range(500)]
    assert bounds(skewed)[1] >= 10 * max(map(float, skewed))


def test_dates_that_are_not_iso_are_read_in_the_one_way_that_fits() -> None:
    american = [f"11/{day}/07" for day in range(5, 30)]
    assert checks(american) == ['day("%m/%d/%y", "11/9/07")']
    assert checks([f"{day}.11.2007" for day in range(5, 30)]) == ['day("%d.%m.%Y", "9.11.2007")']
    assert checks([f"{day}-Nov-07" for day in range(5, 30)]) == ['day("%d-%b-%y", "9-Nov-07")']
    ambiguous = [f"{day}/{month}/07" for day in range(1, 6) for month in range(1, 6)]
    assert not any("day(" in text for text in checks(ambiguous))
    assert not any("day(" in text for text in checks([*american, "2/31/08"]))


def test_years_and_negative_numbers() -> None:
    assert bounds([str(2007 + i % 3) for i in range(50)], "year") == (1900, 2100)
    low, high = bounds([f"{-27 + i / 25:.2f}" for i in range(100)])
    assert low <= -50
    assert -5 < high < 0


def test_numbers_that_name_things_only_get_a_floor() -> None:
    assert checks([str(i) for i in range(100)], "", "brewery_id") == ["pa.Check.ge(0)"]
    assert checks(["5"] * 100, "numeric") == ["pa.Check.ge(0)"]


def test_few_rows_prove_nothing() -> None:
    assert checks(["1", "2", "3"], "numeric") == []
    assert checks(["a", "b"] * 9, "categorical") == []


def test_closed_lists_need_every_value_several_times() -> None:
    assert checks(["a", "b"] * 30, "categorical") == ['pa.Check.isin(["a", "b"])']
    assert checks(["a", "b"] * 30 + ["c"], "categorical") == []
    assert checks(["0", "1"] * 30, "numeric") == ["pa.Check.isin([0, 1])"]


def test_booleans_are_spelled_as_they_were() -> None:
    assert checks(["True", "False"] * 5, "categorical") == ['pa.Check.isin(["False", "True"])']
    assert checks(["true"] * 5, "categorical") == ['pa.Check.isin(["false", "true"])']
    assert checks(["YES", "NO"] * 5, "categorical") == ['pa.Check.isin(["NO", "YES"])']


def test_labels_are_a_closed_list_even_if_rare() -> None:
    values = ["0"] * 30 + ["1"]
    column = types.column(pl.Series("y", values), ())._replace(kind="string", dtype="pl.String")
    assert constraints.checks(column, "label") == ['pa.Check.isin(["0", "1"])']
    many = [f"name {i}" for i in range(5000)] * 2
    assert checks(many, "label") == []


def test_a_label_that_is_a_number_has_a_range_and_no_list() -> None:
    prices = [f"{20 + i * 37 % 900}.5" for i in range(400)]
    assert checks(prices, "label") == ["pa.Check.in_range(0, 1900)"]
    assert checks(["1", "2", "3"] * 50, "label")[0].startswith("pa.Check.isin(")


@pytest.mark.parametrize(
    ("values", "pattern"),
    [
        ([f"{i:03}" for i in range(100, 150)] + ["008"], r"^\d{3}$"),
        ([a + b + "X" for a in "ABCDEF" for b in "KLMNO"], "^[A-Z]{2}X$|^[A-Z]{3}$"),
        ([f"arg{900 + i}" for i in range(200)], r"^arg\d+$"),
        ([f"p{i:05}" for i in range(50)], r"^p\d{5}$"),
        ([f"N{i}A{i % 2}" for i in range(1, 60)], r"^N\d+A\d$|^N\d+A\d+$"),
    ],
)
def test_codes_get_a_pattern_that_keeps_them(values: list[str], pattern: str) -> None:
    found = constraints.pattern(pl.Series(values))
    assert found is not None
    assert found in pattern.split("|")
    assert all(re.match(found, value) for value in values)


@pytest.mark.parametrize(
    "values",
    [[f"word{'s' * i}" for i in range(40)], ["alpha", "gamma", "delta"] * 20, ["A-1", "A1"] * 20, ["x"] * 40],
)
def test_words_get_none(values: list[str]) -> None:
    assert constraints.pattern(pl.Series(values)) is None


@given(st.text(max_size=40))
def test_literals_are_what_python_reads(text: str) -> None:
    assert eval(constraints.literal(text)) == text


@given(st.lists(st.floats(-1e12, 1e12, allow_nan=False), min_size=20, max_size=60))
def test_bounds_hold_what_was_seen(numbers: list[float]) -> None:
    values = [repr(number) for number in numbers]
    for text in checks(values, "numeric"):
        if "in_range" in text:
            low, high = eval(text.replace("pa.Check.in_range", ""))
            assert low <= min(numbers) <= max(numbers) <= high


@pytest.mark.parametrize("tiny", [5e-324, -5e-324, 1e-310])
def test_bounds_hold_the_smallest_numbers(tiny: float) -> None:
    (text,) = checks([*["0.0"] * 30, repr(tiny)], "numeric")
    low, high = eval(text.replace("pa.Check.in_range", ""))
    assert low <= tiny <= high


def test_half_of_the_data_does_not_refuse_the_other_half() -> None:
    draw = random.Random(0)
    red = 0
    for _ in range(40):
        values = [f"{draw.lognormvariate(3, 1):.3f}" for _ in range(400)]
        low, high = bounds(values[:200])
        red += any(not low <= float(value) <= high for value in values[200:])
    assert red <= 2

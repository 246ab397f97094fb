"""Groups by size: where the bounds lie, and what has no size."""

from __future__ import annotations

import polars as pl
import pytest

from dataci import slicing


def test_each_number_is_in_one_band() -> None:
    rows = pl.DataFrame({"price": ["-1", "9.99", "10", " 99 ", "100", "1e6", "", "x", "nan", None]})
    assert rows.select(slicing.bands("price", 10, 100)).to_series().to_list() == [
        *("below-10", "below-10", "10-to-100", "10-to-100", "from-100", "from-100"),
        *(None, None, None, None),
    ]


def test_one_bound_makes_two_bands() -> None:
    rows = pl.DataFrame({"price": ["1", "2.5", "3"]})
    assert rows.select(slicing.bands("price", 2.5)).to_series().to_list() == ["below-2.5", *2 * ["from-2.5"]]


def test_texts_are_measured_in_words() -> None:
    rows = pl.DataFrame({"want": ["one", "one two  three\nfour", "naïve café 你好", "", None]})
    assert rows.select(slicing.words("want", 3, 4)).to_series().to_list() == [
        *("below-3", "from-4", "3-to-4", "below-3", "below-3"),
    ]


@pytest.mark.parametrize("bounds", [(), (2, 1), (1, 1)])
def test_bounds_must_grow(bounds: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="each above the one before"):
        slicing.bands("price", *bounds)

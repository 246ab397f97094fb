"""Casting: strict, and it says why a cell is no value of its type."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from dataci.casting import cast, expected, present


@pytest.mark.parametrize(
    ("dtype", "good", "bad"),
    [
        (pl.Int64(), ["0", "-3", "42"], ["007", "3.0", "1e3", " 4", "1,234", "", "NA", "9" * 30]),
        (pl.Float64(), ["0", "-3.5", "1e-7", ".5", "3."], ["1,5", "nan", "inf", " 1", "1.2.3", "-"]),
        (pl.Boolean(), ["true", "false"], ["True", "1", "yes", "TRUE"]),
        (pl.Date(), ["2026-11-24"], ["24.11.2026", "2026-13-01", "1/2/2026", "2026-11-24T00:00"]),
        (
            pl.Datetime("us"),
            [
                "2026-11-24",
                "2026-11-24T13:45",
                "2026-11-24 13:45:00.5",
                "2026-11-24T13:45:00Z",
                "2026-11-24T13:45+02:00",
            ],
            ["24.11.2026 13:45", "2026-11-24T25:00", "yesterday"],
        ),
        (pl.Enum(["a", "b"]), ["a"], ["c", "A"]),
    ],
)
def test_strict(dtype: pl.DataType, good: list[str], bad: list[str]) -> None:
    assert cast(pl.Series("x", good), dtype).null_count() == 0
    kept = [
        cell for cell, value in zip(bad, cast(pl.Series("x", bad), dtype), strict=True) if value is not None
    ]
    assert kept == []
    assert all(expected(dtype, cell) for cell in bad)


def test_values() -> None:
    assert cast(pl.Series("x", ["2026-11-24"]), pl.Date()).to_list() == [date(2026, 11, 24)]
    moments = cast(pl.Series("x", ["2026-11-24T13:45+02:00", "2026-11-24 11:45"]), pl.Datetime("us"))
    assert moments.to_list() == [datetime(2026, 11, 24, 11, 45)] * 2
    assert cast(pl.Series("x", ["-12", "1e3"]), pl.Float64()).to_list() == [-12.0, 1000.0]


def test_the_cure_is_named() -> None:
    assert "leading zeros" in expected(pl.Int64(), "007")
    assert "data frame" in expected(pl.Int64(), "3.0")
    assert "spaces" in expected(pl.Float64(), " 1")
    assert "decimal point" in expected(pl.Float64(), "1,5")


def test_missing_words() -> None:
    rows = pl.DataFrame({"x": ["1", "", "?", None, "NA"]})
    assert present(rows, "x", ("?",)).to_list() == ["1", None, None, None, "NA"]

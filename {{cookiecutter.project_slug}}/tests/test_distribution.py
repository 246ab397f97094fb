"""What is said of the distributions: the numbers are right, what changed stands first, and noise is no change."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import building
from dataci import diff, distribution
from dataci.distribution import bins as histogram
from dataci.review import shapes

SETTINGS = """\
version = 1
[columns]
id = "id"
label = "label"
text = ["note"]
numeric = ["age"]
categorical = ["town"]
group = "who"
time = "day"
source = "via"
[files]
missing = ["?"]
"""
HEADER = "id,label,note,age,town,who,day,via\n"
Entry = dict[str, Any]
Row = Callable[[int], str]


def usual(at: int) -> str:
    """Return a row of the base; what it holds repeats every few rows."""
    note = ("a short note", "a note that is a little longer", "no note at all or nearly")[at % 3]
    label, day = "no" if at % 4 else "yes", f"2026-01-{at % 28 + 1:02d}"
    return f"{at},{label},{note},{20 + at % 50},t{at % 5},w{at % 90},{day},web"


def rows(first: int, count: int, row: Row = usual) -> str:
    """Return rows of CSV."""
    return "".join(f"{row(at)}\n" for at in range(first, first + count))


def changes(tmp_path: Path, files: dict[str, str], base: dict[str, str] | None = None) -> tuple[Entry, ...]:
    """Return what changes when ``files`` are added to a base of 600 training and 120 test rows."""
    start = {"data/train/a.csv": HEADER + rows(0, 600), "data/test/t.csv": HEADER + rows(1000, 120)}
    building.write(tmp_path, {"dataci.toml": SETTINGS, **(start if base is None else base)})
    building.commit(tmp_path)
    building.write(tmp_path, files)
    before, after = building.load(tmp_path, "HEAD"), building.load(tmp_path)
    found = distribution.changes(before, after, diff.diff(before, after).added)
    assert not [wrong for at, entry in enumerate(found) for wrong in shapes.of_column(entry, f"[{at}]")]
    assert json.loads(json.dumps(found, allow_nan=False)) == list(found)
    return found


def column(found: tuple[Entry, ...], name: str) -> Entry:
    """Return the entry of a column."""
    (entry,) = (entry for entry in found if entry["column"] == name)
    return entry


def test_more_of_the_same_is_no_change(tmp_path: Path) -> None:
    found = changes(tmp_path, {"data/train/b.csv": HEADER + rows(600, 300)})
    assert [entry["column"] for entry in found if entry["changed"]] == []
    assert {entry["split"] for entry in found} == {"train"}, "the test set is as it was"
    assert {entry["column"]: (entry["role"], entry["kind"]) for entry in found} == {
        "label": ("label", "categories"),
        "note": ("text", "lengths"),
        "age": ("numeric", "numbers"),
        "town": ("categorical", "categories"),
        "via": ("source", "categories"),
        "who": ("group", "categories"),
        "day": ("time", "times"),
    }


def test_the_numbers(tmp_path: Path) -> None:
    found = changes(tmp_path, {"data/train/b.csv": HEADER + "x1,yes,abc,?,t9,w1,2026-01-02,web\n"})
    label, age, note, town = (column(found, name) for name in ("label", "age", "note", "town"))
    assert label["values"] == ["no", "yes"]
    assert label["before"] == {
        "rows": 600,
        "missing": 0,
        "counts": [450, 150],
        "other": 0,
        "distinct": 2,
        "quantiles": [],
    }
    assert label["after"]["counts"] == [450, 151]
    assert label["added"]["counts"] == [0, 1]
    assert age["added"] == {
        "rows": 1,
        "missing": 1,
        "counts": [0] * 10,
        "other": 0,
        "distinct": 0,
        "quantiles": [],
    }
    assert age["bins"] == [20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 69]
    assert sum(age["before"]["counts"]) == 600
    assert (age["before"]["quantiles"][0], age["before"]["quantiles"][-1]) == (20, 69)
    assert note["added"]["quantiles"] == [3] * 7
    assert town["values"] == ["t0", "t1", "t2", "t3", "t4", "t9"]


def other(at: int) -> str:
    """Return a row of another kind of batch."""
    note = "x" * 300
    return f"{at},yes,{note},{300 + at % 50},elsewhere,w{at},2026-09-{at % 28 + 1:02d},app"


def test_an_odd_batch_among_many_rows_is_seen(tmp_path: Path) -> None:
    found = changes(tmp_path, {"data/train/b.csv": HEADER + rows(600, 60, other)})
    changed = [entry["column"] for entry in found if entry["changed"]]
    assert set(changed) == {"label", "note", "age", "town", "via"}
    assert [entry["changed"] for entry in found] == [True] * 5 + [False] * 2
    assert changed[-1] == "via", "what a model looks at stands first"
    age = column(found, "age")
    assert age["added_shift"]["low"] > 0.5 > age["shift"]["low"]
    assert age["added"]["counts"][-1] == 60
    assert age["before"]["counts"][-1] == 0
    assert column(found, "town")["added"]["counts"][column(found, "town")["values"].index("elsewhere")] == 60


def test_new_groups_and_later_days_are_no_change_by_themselves(tmp_path: Path) -> None:
    def later(at: int) -> str:
        return usual(at).replace(f"w{at % 90}", f"new{at}").replace("2026-01", "2026-02")

    found = changes(tmp_path, {"data/train/b.csv": HEADER + rows(600, 60, later)})
    assert [entry["column"] for entry in found if entry["changed"]] == []
    day = column(found, "day")
    assert day["before"]["quantiles"][-1] == "2026-01-28"
    assert day["after"]["quantiles"][-1] == "2026-02-28"
    assert day["bins"][0] == "2026-01-01"
    assert sum(day["after"]["counts"]) == 660
    assert column(found, "who")["after"]["distinct"] == 150


def test_missing_cells_that_pile_up_are_a_change(tmp_path: Path) -> None:
    def without(at: int) -> str:
        return usual(at).replace(f",{20 + at % 50},", ",,")

    found = changes(tmp_path, {"data/train/b.csv": HEADER + rows(600, 60, without)})
    assert [entry["column"] for entry in found if entry["changed"]] == ["age"]
    assert column(found, "age")["after"]["missing"] == column(found, "age")["added"]["missing"] == 60


def test_rows_that_are_lost_are_a_change_too(tmp_path: Path) -> None:
    kept = "".join(f"{usual(at)}\n" for at in range(600) if at % 4)
    found = changes(tmp_path, {"data/train/a.csv": HEADER + kept})
    label = column(found, "label")
    assert label["changed"]
    assert label["added"] is None
    assert label["after"]["counts"] == [450, 0]


def test_a_column_that_only_one_side_has(tmp_path: Path) -> None:
    without = "".join(",".join(line.split(",")[:4]) + "\n" for line in rows(600, 60).splitlines())
    found = changes(
        tmp_path,
        {"data/train/a.csv": "id,label,note,age\n" + without},
        {"data/train/a.csv": HEADER + rows(0, 60)},
    )
    town = column(found, "town")
    assert (town["before"]["missing"], town["after"]["missing"], town["after"]["distinct"]) == (0, 60, 0)
    assert town["changed"]


def test_the_first_data_of_all(tmp_path: Path) -> None:
    found = changes(tmp_path, {"data/train/a.csv": HEADER + rows(0, 60)}, {"README.md": "x"})
    assert column(found, "age")["before"]["rows"] == 0
    assert column(found, "age")["added"] is None
    assert not any(entry["changed"] for entry in found)


def test_values_that_are_no_numbers_and_no_days(tmp_path: Path) -> None:
    def odd(at: int) -> str:
        age, day = ("x", "1e400", "1e300", "inf")[at % 4], ("soon", "9999-12-31", "0001-01-01")[at % 3]
        return f"{at},no,n,{age},t,w,{day},web"

    found = changes(tmp_path, {"data/train/b.csv": HEADER + rows(600, 12, odd)})
    assert column(found, "age")["added"]["other"] == 12
    assert column(found, "day")["added"]["other"] == 4
    assert column(found, "day")["after"]["quantiles"][-1] == "9999-12-31"


def test_the_same_rows_give_the_same_entries(tmp_path: Path) -> None:
    files = {"data/train/b.csv": HEADER + rows(600, 60, other)}
    first = changes(tmp_path / "a", files)
    assert changes(tmp_path / "b", files) == first


# ---- bins


@given(st.lists(st.floats(-1e100, 1e100), min_size=1) | st.lists(st.integers(-50, 50).map(float), min_size=1))
def test_bins_hold_every_number(numbers: list[float]) -> None:
    bins = histogram.edges(pl.Series(numbers, dtype=pl.Float64))
    assert 2 <= len(bins) <= 14
    assert (np.diff(bins) > 0).all() or len(set(numbers)) == 1
    assert np.histogram(numbers, bins)[0].sum() == len(numbers)


@given(st.lists(st.integers(-60_000_000_000, 250_000_000_000).map(float), min_size=1))
def test_bins_hold_every_moment(seconds: list[float]) -> None:
    bins = histogram.moments(pl.Series(seconds, dtype=pl.Float64))
    assert 2 <= len(bins) <= 14
    assert (np.diff(bins) > 0).all()
    assert np.histogram(seconds, bins)[0].sum() == len(seconds)
    assert histogram.marks(bins, True) == sorted(histogram.marks(bins, True))


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([1.0, 2.0, 2.0, 5.0], [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]),
        ([3.0], [3.0, 3.0]),
        ([0.0, *[float(at) for at in range(1, 101)]], [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]),
        ([*[at / 100 for at in range(1000)], 1e6], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1e6]),
    ],
)
def test_bins_are_round(numbers: list[float], expected: list[float]) -> None:
    assert histogram.edges(pl.Series(numbers)).tolist() == expected


def test_moments_of_one_day_are_told_by_the_minute() -> None:
    noon = 1_764_000_000.0 // 86_400 * 86_400 + 43_200
    bins = histogram.moments(pl.Series([noon, noon + 3_600]))
    assert histogram.marks(bins, True)[0] == "2025-11-24T12:00"

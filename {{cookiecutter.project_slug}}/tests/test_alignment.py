"""Which row is which: pairs of row numbers, rule by rule."""

from __future__ import annotations

import polars as pl
import pytest

from dataci.alignment import align
from dataci.config import Columns

TEXT = Columns(text=("t",), label="y")


def frame(names: str, *rows: str, path: str = "a") -> pl.DataFrame:
    """Build the rows of one file; each row is a string with one character a cell."""
    data = pl.DataFrame([list(row) for row in rows], schema=dict.fromkeys(names, pl.String), orient="row")
    return data.with_columns(_path=pl.lit(path), _row=pl.int_range(pl.len(), dtype=pl.UInt32))


def pairs(old: pl.DataFrame, new: pl.DataFrame, columns: Columns) -> list[tuple[int, int]]:
    """Return the pairs (old row, new row)."""
    shared = [name for name in new.columns if name in old.columns and not name.startswith("_")]
    return list(align(old, new, shared, columns).sort("o").iter_rows())


@pytest.mark.parametrize(
    ("names", "old", "new", "columns", "expected"),
    [
        ("iab", ["1xy", "2xy"], ["2xy", "1xz"], Columns(id="i"), [(0, 1), (1, 0)]),
        ("iab", ["1xy", "1uv"], ["1uw", "1xy"], Columns(id="i"), [(0, 1), (1, 0)]),
        ("iab", ["1xy", "1xy"], ["1xy"], Columns(id="i"), [(0, 0)]),
        ("iab", ["1xy"], ["2xy"], Columns(id="i"), []),
        ("ty", ["a0", "b1"], ["b0", "a0"], TEXT, [(0, 1), (1, 0)]),
        ("ty", ["a0", "b1", "c0"], ["a0", "x1", "c0"], TEXT, [(0, 0), (1, 1), (2, 2)]),
        ("ty", ["a0", "b1"], ["a0", "x1"], TEXT, [(0, 0)]),
        ("ty", ["a0", "b1", "c0"], ["a0", "x1", "z1", "c0"], TEXT, [(0, 0), (2, 3)]),
        ("abc", ["123", "456", "789"], ["123", "78x"], Columns(), [(0, 0), (2, 1)]),
        ("abcd", ["1234"], ["12xy"], Columns(), [(0, 0)]),
        ("abcd", ["1234"], ["1xyz"], Columns(), []),
        ("abcd", ["1234", "5678"], ["567x", "123x"], Columns(), [(0, 1), (1, 0)]),
        ("a", ["1", "1", "2"], ["1", "2", "1", "1"], Columns(), [(0, 0), (1, 2), (2, 1)]),
    ],
)
def test_rules(
    names: str, old: list[str], new: list[str], columns: Columns, expected: list[tuple[int, int]]
) -> None:
    assert pairs(frame(names, *old), frame(names, *new), columns) == expected


def test_the_same_file_goes_before_another() -> None:
    old = pl.concat([frame("ia", "1x"), frame("ia", "1x", path="b")])
    assert pairs(old, old.reverse(), Columns(id="i")) == [(0, 1), (1, 0)]
    assert pairs(frame("ia", "1x"), frame("ia", "1x", path="b"), Columns(id="i")) == [(0, 0)]


def test_without_an_id_equal_content_in_another_file_is_the_same_row() -> None:
    old = pl.concat([frame("ab", "1x", "2y"), frame("ab", "3z", path="b")])
    new = pl.concat([frame("ab", "1x"), frame("ab", "3z", "2y", path="b")])
    assert pairs(old, new, Columns()) == [(0, 0), (1, 2), (2, 1)]


def test_equal_content_goes_before_an_equal_file() -> None:
    old = pl.concat([frame("ia", "1x"), frame("ia", "1y", path="b")])
    new = pl.concat([frame("ia", "1y"), frame("ia", "1x", path="b")])
    assert pairs(old, new, Columns(id="i")) == [(0, 1), (1, 0)]


def test_an_id_in_another_file_needs_half_of_the_other_cells() -> None:
    old = frame("iabc", "1xyz")
    assert pairs(old, frame("iabc", "1xyq", path="b"), Columns(id="i")) == [(0, 0)]
    assert pairs(old, frame("iabc", "1xpq", path="b"), Columns(id="i")) == []


def test_no_column_in_common_means_no_pair() -> None:
    assert pairs(frame("a", "1"), frame("b", "1"), Columns()) == []


def test_too_many_candidates_are_not_compared_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = frame("abcd", "1234", "5678"), frame("abcd", "12xy")
    assert pairs(old, new, Columns()) == [(0, 0)]
    monkeypatch.setattr("dataci.alignment.CROSS", 1)
    assert pairs(old, new, Columns()) == []

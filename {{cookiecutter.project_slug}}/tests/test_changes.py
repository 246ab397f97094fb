"""The difference of two states of the data, and its inverse."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataci.changes import Diff, Tally, apply, difference, placed, rising
from dataci.config import Columns

PAIRS = Columns(id="id", label="match", text=("want", "offer"))
BARE = Columns(label="match", text=("want", "offer"))
FILE = "data/train/a.csv"
Row = Sequence[str | None]


def frame(names: str, *rows: Row, path: str = FILE) -> pl.DataFrame:
    """Build the rows of one file; ``names`` are the columns, separated by spaces."""
    data = pl.DataFrame(
        [list(row) for row in rows], schema=dict.fromkeys(names.split(), pl.String), orient="row"
    )
    line = pl.int_range(2, pl.len() + 2, dtype=pl.UInt32)
    return data.with_columns(_path=pl.lit(path), _split=pl.lit(path.split("/")[1]), _line=line)


def pairs(*rows: Row, path: str = FILE) -> pl.DataFrame:
    """Build rows with an id."""
    return frame("id want offer match", *rows, path=path)


def bare(*rows: Row, path: str = FILE) -> pl.DataFrame:
    """Build rows without an id."""
    return frame("want offer match", *rows, path=path)


def cells(found: Diff) -> list[tuple[int, str, str | None, str | None]]:
    """Return (line, column, old, new) of every differing cell."""
    return list(found.cells.select("_line", "column", "old", "new").iter_rows())


def rebuilt(found: Diff, old: pl.DataFrame, new: pl.DataFrame) -> bool:
    """Tell whether the diff applied to ``old`` gives exactly the rows of ``new``, by file and in order."""
    names = ["_path", "_split", "_row", *found.columns.order]
    return apply(found, old).equals(placed(new).select(names).sort("_path", "_row"))


A, B, C, D = (
    ("1", "cat", "sit", "1"),
    ("2", "dog", "walk", "1"),
    ("3", "car", "wash", "0"),
    ("4", "sofa", "move", "1"),
)


def test_nothing_differs() -> None:
    found = difference(pairs(A, B), pairs(A, B), PAIRS)
    assert found.empty
    assert found.total == Tally(before=2, after=2, unchanged=2)


def test_added_and_removed() -> None:
    found = difference(pairs(A, B), pairs(A, C), PAIRS)
    assert found.total == Tally(before=2, after=2, added=1, removed=1, unchanged=1)
    assert found.added["id"].to_list() == ["3"]
    assert found.removed["id"].to_list() == ["2"]
    assert (found.added["_line"].item(), found.removed["_line"].item()) == (3, 3)


def test_changed_cell_by_cell_and_relabelled_apart() -> None:
    new = pairs(("1", "cats", "sat", "1"), ("2", "dog", "walk", "0"), C)
    found = difference(pairs(A, B, C), new, PAIRS)
    assert found.total == Tally(before=3, after=3, relabelled=1, changed=1, unchanged=1, cells=3)
    assert cells(found) == [(2, "want", "cat", "cats"), (2, "offer", "sit", "sat"), (3, "match", "1", "0")]
    assert found.relabelled["key"].to_list() == ["2"]
    assert set(found.changed["key"]) == {"1"}


def test_moved_between_splits_and_between_files() -> None:
    old = pl.concat([pairs(A, B), pairs(C, path="data/test/t.csv")])
    new = pl.concat([pairs(A), pairs(C, B, path="data/test/t.csv")])
    found = difference(old, new, PAIRS)
    assert found.total == Tally(before=3, after=3, unchanged=3, moved_splits=1)
    assert found.moved.select("key", "old_path", "_path").row(0) == ("2", FILE, "data/test/t.csv")
    within = difference(pairs(A, B), pl.concat([pairs(A), pairs(B, path="data/train/b.csv")]), PAIRS)
    assert (within.total.moved_splits, within.total.moved_files) == (0, 1)


def test_a_file_that_only_has_a_new_name_is_moved_not_removed_and_added() -> None:
    found = difference(pairs(A, B), pairs(A, B, path="data/train/b.csv"), PAIRS)
    assert [(file.status, file.path, file.source) for file in found.files] == [
        ("moved", "data/train/b.csv", FILE)
    ]


def test_a_file_with_a_new_name_and_an_edited_row_is_not_called_moved() -> None:
    found = difference(pairs(A, B), pairs(A, ("2", "dogs", "walk", "1"), path="data/train/b.csv"), PAIRS)
    assert [(f.status, f.path, f.left) for f in found.files] == [
        ("removed", FILE, 2),
        ("added", "data/train/b.csv", 0),
    ]
    assert (found.total.moved_files, found.total.changed, found.total.added) == (2, 1, 0)


def test_order_alone_is_named_and_is_no_change() -> None:
    found = difference(pairs(A, B, C, D), pairs(B, C, D, A), PAIRS)
    assert [file.status for file in found.files] == ["order"]
    assert found.total == Tally(before=4, after=4, unchanged=4, reordered=1)
    assert found.reordered["key"].to_list() == ["1"]


def test_duplicate_ids_are_not_lost() -> None:
    twin = ("1", "cat", "feed", "0")
    found = difference(pairs(A, twin, A), pairs(A, twin, twin), PAIRS)
    assert found.total == Tally(before=3, after=3, relabelled=1, unchanged=2, cells=2)
    fewer = difference(pairs(A, twin, A), pairs(twin), PAIRS)
    assert fewer.total == Tally(before=3, after=1, removed=2, unchanged=1)


def test_an_id_that_each_file_counts_from_one_does_not_pair_strangers() -> None:
    other = ("1", "piano", "tuning", "0")
    found = difference(pairs(A), pairs(other, path="data/train/b.csv"), PAIRS)
    assert (found.total.removed, found.total.added) == (1, 1)


def test_rows_with_an_empty_id_are_paired_by_content() -> None:
    found = difference(pairs(("", "cat", "sit", "1"), B), pairs(B, ("", "cat", "sit", "0")), PAIRS)
    assert found.total == Tally(before=2, after=2, relabelled=1, unchanged=1, cells=1, reordered=1)


def test_without_an_id_duplicates_are_counted() -> None:
    a, b = A[1:], B[1:]
    assert difference(bare(a, a, b), bare(a, b), BARE).total == Tally(
        before=3, after=2, removed=1, unchanged=2
    )
    assert difference(bare(a, b), bare(a, a, b), BARE).total == Tally(before=2, after=3, added=1, unchanged=2)


def test_without_an_id_a_relabelled_row_is_found_by_its_inputs() -> None:
    found = difference(bare(A[1:], B[1:], C[1:]), bare(C[1:], ("dog", "walk", "0"), A[1:]), BARE)
    assert (found.total.relabelled, found.total.added, found.total.removed) == (1, 0, 0)


def test_without_an_id_an_edited_cell_is_a_change() -> None:
    found = difference(bare(A[1:], B[1:], C[1:]), bare(A[1:], ("dogs", "walk", "1"), C[1:]), BARE)
    assert cells(found) == [(3, "want", "dog", "dogs")]


def test_without_an_id_rows_that_share_nothing_are_added_and_removed() -> None:
    found = difference(bare(A[1:], B[1:]), bare(A[1:], ("piano", "tuning", "1")), BARE)
    assert (found.total.changed, found.total.added, found.total.removed) == (0, 1, 1)


def test_without_an_id_a_text_edited_between_equal_neighbours_is_a_change() -> None:
    columns = Columns(text=("t",), label="y")
    found = difference(frame("t y", "a0", "b1", "c0"), frame("t y", "a0", "x1", "c0"), columns)
    assert cells(found) == [(3, "t", "b", "x")]


def test_without_an_id_a_column_rewritten_in_every_row_is_a_change_of_every_row() -> None:
    old = frame("a b c", *[(str(i), str(i * i), "0") for i in range(30)])
    found = difference(old, old.with_columns(pl.col("c") + ".0"), Columns())
    assert found.total == Tally(before=30, after=30, changed=30, cells=30)


def test_an_edit_beside_a_removal_is_still_a_change() -> None:
    columns = Columns()
    old = frame("a b c", "123", "456", "789")
    found = difference(old, frame("a b c", "123", "78x"), columns)
    assert (found.total.changed, found.total.removed) == (1, 1)
    assert cells(found) == [(3, "c", "9", "x")]


def test_columns_added_removed_renamed() -> None:
    old = frame("id want note", ("1", "cat", "n1"), ("2", "dog", ""))
    new = frame("id want remark batch", ("1", "cat", "n1", "b"), ("2", "dog", "", "b"))
    found = difference(old, new, Columns(id="id"))
    assert (found.columns.added, found.columns.removed, found.columns.renamed) == (
        ("batch",),
        (),
        (("note", "remark"),),
    )
    assert found.total.unchanged == 2
    assert rebuilt(found, old, new)


def test_a_column_with_other_values_is_not_called_renamed() -> None:
    found = difference(frame("id a", "1x", "2y"), frame("id b", "1x", "2z"), Columns(id="id"))
    assert (found.columns.added, found.columns.removed, found.columns.renamed) == (("b",), ("a",), ())


def test_columns_in_another_order_are_named() -> None:
    found = difference(frame("id a b", "1xy"), frame("id b a", "1yx"), Columns(id="id"))
    assert found.columns.reordered
    assert not found.empty
    assert found.total.content == 0


def test_null_and_empty_differ() -> None:
    found = difference(frame("id a", ("1", None)), frame("id a", ("1", "")), Columns(id="id"))
    assert cells(found) == [(2, "a", None, "")]


def test_one_side_empty() -> None:
    rows = pairs(A, B)
    assert difference(rows.clear(), rows, PAIRS).total == Tally(after=2, added=2)
    assert difference(rows, rows.clear(), PAIRS).total == Tally(before=2, removed=2)
    assert difference(rows.clear(), rows.clear(), PAIRS).empty


def test_a_large_shuffled_file_is_a_matter_of_order() -> None:
    old = frame("id a", *[(str(i), str(i % 7)) for i in range(3000)])
    new = old.sample(fraction=1, shuffle=True, seed=3)
    found = difference(old, new, Columns(id="id"))
    assert [file.status for file in found.files] == ["order"]
    assert rebuilt(found, old, new)


@given(st.permutations(range(7)))
def test_as_few_rows_as_possible_are_out_of_order(order: list[int]) -> None:
    kept = [
        value for value, stays in zip(order, rising(pl.Series(order, dtype=pl.UInt32)), strict=True) if stays
    ]
    longest = max(
        len(some) for size in range(8) for some in combinations(order, size) if list(some) == sorted(some)
    )
    assert kept == sorted(kept)
    assert len(kept) == longest


cell = st.sampled_from([None, "", "a", "b", "c", "é\n", '"'])
paths = st.sampled_from(["data/train/a.csv", "data/train/b.csv", "data/test/t.csv"])


@st.composite
def states(draw: st.DrawFn) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Draw two states: the second is an edit of the first, or has nothing to do with it."""
    old = draw(state())
    if draw(st.booleans()):
        return old, draw(state())
    new = old.sample(fraction=1, shuffle=True, seed=1) if draw(st.booleans()) else old
    keep = draw(st.lists(st.booleans(), min_size=new.height, max_size=new.height))
    new = new.filter(pl.Series(keep, dtype=pl.Boolean))
    change = draw(st.sampled_from(["none", "drop", "rename", "add", "cell", "move", "order"]))
    if change == "drop" and new.width > 4:
        new = new.drop(new.columns[0])
    elif change == "rename":
        new = new.rename({new.columns[0]: "other"})
    elif change == "add":
        new = new.with_columns(extra=pl.Series(draw(column(new.height)), dtype=pl.String))
    elif change == "cell":
        new = new.with_columns(pl.Series(new.columns[0], draw(column(new.height)), dtype=pl.String))
    elif change == "order":
        new = new.select(sorted(new.columns, reverse=True))
    elif change == "move":
        new = new.with_columns(_path=pl.lit("data/test/m.csv"), _split=pl.lit("test"))
    return old, pl.concat([new, new.head(draw(st.integers(0, 2)))])


def column(height: int) -> st.SearchStrategy[list[str | None]]:
    """Draw the cells of a column."""
    return st.lists(cell, min_size=height, max_size=height)


@st.composite
def state(draw: st.DrawFn) -> pl.DataFrame:
    """Draw the rows of a few files, with or without an id, with duplicates of everything."""
    names = draw(st.sampled_from([["id", "x", "y"], ["x", "y", "z"], ["x"], ["id"], ["y", "x", "id", "w"]]))
    height = draw(st.integers(0, 12))
    data = {name: pl.Series(draw(column(height)), dtype=pl.String) for name in names}
    where = draw(st.lists(paths, min_size=height, max_size=height))
    path = pl.Series(where, dtype=pl.String)
    rows = pl.DataFrame({**data, "_path": path, "_split": [p.split("/")[1] for p in where]})
    return rows.with_columns(pl.col("_split").cast(pl.String), _line=pl.int_range(pl.len(), dtype=pl.UInt32))


@given(
    states(), st.sampled_from([Columns(id="id", label="y", text=("x",)), Columns(label="y"), Columns(id="x")])
)
def test_a_diff_applied_to_the_old_gives_the_new(
    sides: tuple[pl.DataFrame, pl.DataFrame], columns: Columns
) -> None:
    old, new = sides
    found = difference(old, new, columns)
    if new.height:
        assert rebuilt(found, old, new)
    else:
        assert apply(found, old).height == 0
    total = found.total
    assert total.before == old.height == total.removed + total.unchanged + total.changed + total.relabelled
    assert total.after == new.height == total.added + total.unchanged + total.changed + total.relabelled
    assert sum(file.left for file in found.files) <= found.moved.height


@given(state(), st.sampled_from([Columns(id="id", label="y"), Columns()]))
def test_a_diff_with_itself_is_empty(rows: pl.DataFrame, columns: Columns) -> None:
    assert difference(rows, rows, columns).empty


@pytest.mark.parametrize("columns", [PAIRS, BARE])
def test_hostile_values_are_data(columns: Columns) -> None:
    evil = ("1", "\x1b[31m::error::\n", "<img>", "$(x)")
    found = difference(pairs(A), pairs(evil, A), columns)
    assert found.added["want"].to_list() == ["\x1b[31m::error::\n"]

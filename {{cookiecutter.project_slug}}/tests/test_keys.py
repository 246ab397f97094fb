"""Keys: equal exactly where the rows are, whatever the separators, orders and processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

import building
from dataci import keys
from dataci.config import Columns
from dataci.formats import Table

PAIR = Columns(id="id", label="y", text=("a", "b"), group="g")


def table(**columns: list[str | None]) -> Table:
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    return Table(frame, pl.Series(range(2, 2 + frame.height), dtype=pl.UInt32), (), frame.height)


def hashes(columns: Columns, name: str, **cells: list[str | None]) -> list[int | None]:
    return keys.file_keys(table(**cells), columns, ()).get_column(name).to_list()


def test_values_that_only_look_alike_when_joined_differ() -> None:
    left, right = ["x,y", "x", "x\x1f", ""], ["z", "y,z", "y", "x\x1fy"]
    for name in ("cells", "input", "features", "norm"):
        found = hashes(PAIR, name, a=[*left], b=[*right])
        assert len(set(found)) == len(found) or name == "norm"


def test_the_label_is_no_part_of_a_texts_input_but_of_a_tables() -> None:
    texts = {"a": ["x", "x"], "b": ["y", "y"], "y": ["0", "1"]}
    assert len(set(hashes(PAIR, "input", **texts))) == 1
    rows = {"n": ["1", "1"], "y": ["0", "1"]}
    table_roles = Columns(label="y", numeric=("n",))
    assert len(set(hashes(table_roles, "input", **rows))) == 2
    assert len(set(hashes(table_roles, "features", **rows))) == 1


def test_a_symmetric_pair_is_blind_to_its_order_and_another_is_not() -> None:
    cells = {"a": ["cat", "dog"], "b": ["dog", "cat"]}
    both = Columns(text=("a", "b"), symmetric=True)
    one = Columns(text=("a", "b"))
    for name in ("features", "norm"):
        assert len(set(hashes(both, name, **cells))) == 1
        assert len(set(hashes(one, name, **cells))) == 2


def test_normalised_texts() -> None:
    cells = {"a": ["Cat  food!", "cat food", "catfood"], "b": ["x", "X", "x"]}
    found = hashes(PAIR, "norm", **cells)
    assert found[0] == found[1] != found[2]


def test_what_is_missing_has_no_key() -> None:
    found = keys.file_keys(table(id=["", "?"], a=["", "?"], b=[None, ""], g=["?", "x"]), PAIR, ("?",))
    assert found["id"].to_list() == [None, None]
    assert found["features"].to_list() == [None, None]
    assert found["group"].null_count() == 1


def test_the_hashes_are_the_same_in_another_process() -> None:
    script = (
        "import polars as pl; from dataci import keys; from dataci.config import Columns; from "
        "dataci.formats import Table;"
        "f = pl.DataFrame({'a': ['Zoë', 'x'], 'b': ['y', None]});"
        "t = Table(f, pl.Series([2, 3], dtype=pl.UInt32), (), 2);"
        "print(keys.file_keys(t, Columns(text=('a', 'b')), ()).rows())"
    )
    environment = {"PYTHONPATH": str(Path(keys.__file__).parents[1]), "PATH": ""}
    runs = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**environment, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


def test_new_rows_are_counted_with_multiplicity_and_moves_are_not_new(tmp_path: Path) -> None:
    root = building.make(
        tmp_path, {"data/train/b.csv": building.HEADER + "8,x,y,1,z,2026-01-01\n8,x,y,1,z,2026-01-01\n"}
    )
    building.commit(root)
    moved = building.TRAIN.replace("3,Lessons", "30,Lessons") + "8,x,y,1,z,2026-01-01\n" * 3
    building.write(root, {"data/train/a.csv": moved})
    (root / "data/train/b.csv").unlink()
    data, base = building.load(root), building.load(root, "HEAD")
    rows = keys.of(data)
    new = rows.filter(keys.new_rows(rows, data, base))
    assert new.select("line").to_series().to_list() == [4, 8]


def test_the_same_row_in_another_split_is_new(tmp_path: Path) -> None:
    root = building.make(tmp_path)
    building.commit(root)
    building.write(root, {"data/test/t.csv": building.TEST + building.TRAIN.splitlines()[1] + "\n"})
    data, base = building.load(root), building.load(root, "HEAD")
    rows = keys.of(data)
    assert rows.filter(keys.new_rows(rows, data, base))["line"].to_list() == [4]


def test_cold_and_warm_agree(tmp_path: Path) -> None:
    root = building.make(tmp_path)
    cold = keys.of(building.load(root))
    assert list((root / ".dataci/cache").glob("*/*"))
    assert keys.of(building.load(root)).equals(cold)


@given(st.lists(st.tuples(st.text(alphabet="ab,\x1f\n "), st.text(alphabet="ab,\x1f\n ")), max_size=30))
def test_inputs_are_equal_exactly_where_the_cells_are(rows: list[tuple[str, str]]) -> None:
    found = hashes(PAIR, "input", a=[a for a, _ in rows], b=[b for _, b in rows])
    for one, left in zip(found, rows, strict=True):
        for other, right in zip(found, rows, strict=True):
            if left != ("", "") and right != ("", ""):
                assert (one == other) == (left == right)

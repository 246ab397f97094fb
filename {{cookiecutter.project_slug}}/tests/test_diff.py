"""The diff of two datasets: what is read, and its plain form."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from dataci import config, dataset
from dataci.changes import difference
from dataci.config import Columns
from dataci.diff import changed_cells, counts, diff, to_dict

TOML = 'version = 1\n[columns]\nid = "id"\nlabel = "match"\ntext = ["want", "offer"]\n'
HEADER = "id,want,offer,match\n"
ROWS = "1,cat,sit,1\n2,dog,walk,1\n3,car,wash,0\n"
PAIRS = Columns(id="id", label="match", text=("want", "offer"))
FILE = "data/train/a.csv"
A, B, C, D = (
    ("1", "cat", "sit", "1"),
    ("2", "dog", "walk", "1"),
    ("3", "car", "wash", "0"),
    ("4", "sofa", "move", "1"),
)


def pairs(*rows: Sequence[str]) -> pl.DataFrame:
    """Build the rows of one file."""
    schema = dict.fromkeys(("id", "want", "offer", "match"), pl.String)
    data = pl.DataFrame([list(row) for row in rows], schema=schema, orient="row")
    line = pl.int_range(2, pl.len() + 2, dtype=pl.UInt32)
    return data.with_columns(_path=pl.lit(FILE), _split=pl.lit("train"), _line=line)


def git(root: Path, *arguments: str) -> None:
    """Run git in the project."""
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "core.autocrlf=false"]
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(["git", *identity, *arguments], cwd=root, env=env, check=True, capture_output=True)


def put(root: Path, path: str, text: str) -> None:
    """Write one file of the project."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode())


def commit(root: Path, message: str = "change") -> None:
    """Commit everything."""
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", message)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A project with a train and a test file, committed on main."""
    put(tmp_path, "dataci.toml", TOML)
    put(tmp_path, "data/train/a.csv", HEADER + ROWS)
    put(tmp_path, "data/test/t.csv", HEADER + "t1,sofa,move,1\n")
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path, "first")
    return tmp_path


def test_counts_for_the_record() -> None:
    new = pairs(("1", "cat", "sit", "0"), ("2", "dogs", "walk", "1"), D)
    found = difference(pairs(A, B, C), new, PAIRS)
    expected = {"rows_added": 1, "rows_removed": 1, "relabelled": 1, "changed": 1, "moved": 0}
    assert counts(found) == expected


def test_the_dict_is_plain_versioned_and_complete() -> None:
    found = to_dict(difference(pairs(A, B), pairs(("1", "cat", "sit", "0"), C), PAIRS), base="main")
    assert (found["version"], found["base"]) == (1, "main")
    place = {"file": FILE, "line": 2}
    cell = {"key": "1", **place, "before": place, "column": "match", "old": "1", "new": "0"}
    assert found["relabelled"] == [cell]
    row = {"id": "3", "want": "car", "offer": "wash", "match": "0"}
    assert found["added"] == [{"file": FILE, "line": 3, "row": row}]
    assert [len(found[name]) for name in ("changed", "removed", "moved", "reordered")] == [0, 1, 0, 0]


def test_lists_are_cut_and_counts_are_not() -> None:
    found = to_dict(difference(pairs(), pairs(A, B, C, D), PAIRS), limit=2)
    assert (len(found["added"]), found["summary"]["added"]) == (2, 4)


def test_changed_cells_name_the_place_in_the_new_data(repository: Path) -> None:
    put(repository, "data/train/a.csv", HEADER + "1,cat,sit,1\n2,dogs,walk,0\n3,car,wash,0\n")
    settings = config.load(repository)
    old, new = dataset.load(settings, "HEAD"), dataset.load(settings)
    cells = changed_cells(old, new)
    place = [(part.path) for part in new.parts].index("data/train/a.csv")
    assert cells.rows() == [("2", "want", "dog", "dogs", place, 3), ("2", "match", "1", "0", place, 3)]


def test_files_with_the_same_blob_are_not_read(repository: Path) -> None:
    put(repository, "data/train/b.csv", HEADER + "7,a,b,1\n")
    settings = config.load(repository)
    old, new = dataset.load(settings, "HEAD"), dataset.load(settings)
    assert diff(old, new).total.added == 1
    assert (list(old.sizes), [new.parts[i].path for i in new.sizes]) == ([], ["data/train/b.csv"])


def test_a_file_that_was_only_renamed_is_moved_and_its_rows_are_kept(repository: Path) -> None:
    (repository / FILE).rename(repository / "data/train/b.csv")
    settings = config.load(repository)
    found = diff(dataset.load(settings, "HEAD"), dataset.load(settings))
    assert [(file.path, file.status, file.source) for file in found.files] == [
        ("data/train/b.csv", "moved", FILE)
    ]
    assert counts(found) == {"rows_added": 0, "rows_removed": 0, "relabelled": 0, "changed": 0, "moved": 0}

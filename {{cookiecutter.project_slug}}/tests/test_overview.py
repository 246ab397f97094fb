"""The state of a project: what is there is told, what is not or cannot be read is said, and nothing is written."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import building
import candidates
import recording
from dataci import overview, record, results
from dataci.errors import CannotRun
from dataci.overview import columns
from dataci.reporters import page
from dataci.reporters.page import Column, Overview

NUMBERS = """\
version = 1
[columns]
id = "id"
label = "price"
numeric = ["size"]
categorical = ["town"]
time = "day"
[train]
task = "regression"
"""
SCHEMA = """\
import pandera.polars as pa
schema = pa.DataFrameSchema({})
"""


def column(found: Overview, name: str) -> Column:
    """Return one of the columns."""
    return next(one for one in found.columns if one.name == name)


def files(root: Path) -> dict[str, bytes]:
    """Return what lies in a project; the cache below .dataci may be written by whoever reads data."""
    paths = (path for path in root.rglob("*") if path.is_file() and ".dataci" not in path.parts)
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in paths
        if "__pycache__" not in path.parts
    }


def test_a_project_without_results(tmp_path: Path) -> None:
    root = building.make(tmp_path, {"README.md": "Words.\n\n# Cats & plumbers\n\n# Other\n"})
    building.commit(root)
    before = files(root)
    found = overview.collect(root)
    assert found.project == "Cats & plumbers"
    assert found.report is not None
    assert (found.report.files, found.report.rows) == (2, 6)
    assert (found.board, found.board_fault, found.comparison, found.faults) == (None, "", None, ())
    assert [tuple(one) for one in found.splits] == [("train", 1, 4), ("test", 1, 2)]
    assert [(one.name, one.role, one.kind) for one in found.columns] == [
        ("match", "label", "category"),
        ("want", "text", "text"),
        ("offer", "text", "text"),
        ("day", "time", "time"),
        ("who", "group", "name"),
        ("id", "id", "name"),
    ]
    assert files(root) == before


def test_it_needs_neither_git_nor_a_test_set(tmp_path: Path) -> None:
    root = building.make(tmp_path)
    (root / "data/test/t.csv").unlink()
    found = overview.collect(root)
    assert [one.name for one in found.splits] == ["train"]
    assert found.report is not None


def test_a_project_without_any_row(tmp_path: Path) -> None:
    root = building.make(tmp_path)
    shutil.rmtree(root / "data")
    found = overview.collect(root)
    assert found.report is not None
    assert (found.report.verdict, found.splits, found.columns) == ("fail", (), ())
    assert "There is no data file" in page.render(found)


def test_model_bugs_are_one_split(tmp_path: Path) -> None:
    other = {"data/bugs/other/patterns.csv": candidates.PATTERNS.replace("b1", "c1").replace("b2", "c2")}
    found = overview.collect(candidates.make(tmp_path, other))
    assert [tuple(one) for one in found.splits] == [("train", 1, 64), ("test", 1, 32), ("bugs", 2, 4)]
    assert [(one.split, one.rows) for one in column(found, "match").cells] == [
        ("train", 64),
        ("test", 32),
        ("bugs", 4),
    ]


def test_the_latest_stands_against_its_parent(tmp_path: Path) -> None:
    root = building.make(tmp_path)
    first = recording.keep(root, "first", 0.1)
    second = recording.keep(root, "second", 0.6, parent=first["tag"])
    found = overview.collect(root)
    assert found.board is not None
    assert found.board.latest["tag"] == second["tag"]
    assert found.comparison is not None
    assert (found.comparison.a.name, found.comparison.verdict.word) == (first["tag"], "better")
    assert [line.merge for line in found.board.chain] == [1, 2]


def test_a_parent_that_is_gone_is_named(tmp_path: Path) -> None:
    root = building.make(tmp_path)
    recording.keep(root, "second", parent="01234567-89abcdef")
    found = overview.collect(root)
    assert found.comparison is None
    assert found.comparison_fault.startswith("Its parent, 01234567-89abcdef, is gone from results/")


def test_lost_predictions_leave_a_comparison_without_a_verdict(tmp_path: Path) -> None:
    root = building.make(tmp_path)
    first = recording.keep(root, "first")
    recording.keep(root, "second", 0.6, parent=first["tag"])
    (root / results.FOLDER / f"{first['tag']}.predictions.csv").write_text("what?\n")
    found = overview.collect(root)
    assert found.comparison is not None
    assert found.comparison.verdict.word == "none"


def test_a_record_that_contradicts_its_predictions_is_said(tmp_path: Path) -> None:
    root = building.make(tmp_path)
    first = recording.keep(root, "first")
    second = recording.keep(root, "second", 0.6, parent=first["tag"])
    for one in (first, second):
        changed = {
            **one,
            "evaluation": {**one["evaluation"], "metric": "luck"},
            "metrics": {"luck": {"value": 1.0}},
        }
        results.write(root, f"{one['tag']}.json", record.dumps(changed))
    found = overview.collect(root)
    assert "contradicts itself or its predictions" in found.board_fault + found.comparison_fault
    assert found.report is not None


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "[]", '{"format": 2}', '{"format": 99}', "\udc80"])
def test_a_broken_record_is_named_and_the_others_stay(tmp_path: Path, text: str) -> None:
    root = building.make(tmp_path)
    kept = recording.keep(root, "first")
    (root / "results/00000000-11111111.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    (root / "results/latest.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    found = overview.collect(root)
    assert found.board is not None
    assert found.board.latest["tag"] == kept["tag"]
    assert found.board.unreadable == 1
    (fault,) = found.faults
    assert fault.startswith("results/00000000-11111111.json ")


def test_only_broken_records_are_no_result(tmp_path: Path) -> None:
    root = building.make(tmp_path, {f"results/{at:08x}-11111111.json": "{" for at in range(30)})
    found = overview.collect(root)
    assert found.board is None
    assert len(found.faults) == overview.LISTED + 1
    assert found.faults[-1] == "… and 10 more files."


def test_production_that_cannot_be_told_is_said(tmp_path: Path) -> None:
    root = building.make(tmp_path, {"results/production.toml": 'tag = "01234567-89abcdef"\n'})
    recording.keep(root, "first")
    found = overview.collect(root)
    assert found.board is not None
    assert str(found.board.fault).startswith("results/production.toml names 01234567-89abcdef")


def test_a_file_that_cannot_be_read_is_named_and_the_rest_is_described(tmp_path: Path) -> None:
    root = building.make(tmp_path, {"data/train/b.parquet": b"PAR1 no", "data/train/c.csv": b"\xff\xfe\x00"})
    (root / "data/train/d.csv").symlink_to("/etc/hostname")
    found = overview.collect(root)
    assert [fault.partition(":")[0] for fault in found.faults] == [
        "data/train/b.parquet",
        "data/train/c.csv",
        "data/train/d.csv",
    ]
    assert found.report is not None
    assert found.report.verdict == "fail"
    assert column(found, "match").cells[0].rows == 4


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ("1 / 0\n", "ZeroDivisionError"),
        ("def\n", "line 1"),
        ("x = 1\n", "must define `schema`"),
        ("exit(3)\n", ""),
    ],
)
def test_a_schema_that_does_not_run_leaves_the_data_unjudged(tmp_path: Path, schema: str, words: str) -> None:
    found = overview.collect(building.make(tmp_path, schema=schema))
    assert found.report is None
    assert "project/schema.py" in found.report_fault
    assert words in found.report_fault
    assert found.splits
    assert "not judged" in page.render(found)


def test_without_settings_it_cannot_run(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match=r"dataci\.toml"):
        overview.collect(tmp_path)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ({"README.md": "# A\n", "pyproject.toml": '[project]\nname = "b"\n'}, "A"),
        ({"README.md": "No title\n", "pyproject.toml": '[project]\nname = "b"\n'}, "b"),
        ({"README.md": b"\xff# A\n#  \n", "pyproject.toml": "broken ["}, overview.UNNAMED),
        ({"pyproject.toml": "project = 3\n"}, overview.UNNAMED),
        ({}, overview.UNNAMED),
    ],
)
def test_the_name_is_a_project_s_own(tmp_path: Path, written: dict[str, str | bytes], name: str) -> None:
    building.write(tmp_path, written)
    assert overview.name(tmp_path) == name


def test_the_same_project_gives_the_same_bytes_wherever_it_lies(tmp_path: Path) -> None:
    pages = []
    for place in ("one", "somewhere/else"):
        root = building.make(tmp_path / place)
        building.commit(root)
        first = recording.keep(root, "first", 0.1)
        recording.keep(root, "second", 0.6, parent=first["tag"])
        pages += [page.render(overview.collect(root)), page.render(overview.collect(root))]
    assert len(set(pages)) == 1
    assert str(tmp_path) not in pages[0]


# ---- columns


def test_columns_are_drawn_by_what_they_hold_on_shared_bins(tmp_path: Path) -> None:
    head = "id,price,size,town,day,note,mixed\n"
    train = "".join(
        f"{at},{at * 10},{at},{'ab'[at % 2]},2026-01-{at % 28 + 1:02d},,{at}\n" for at in range(100)
    )
    test = "x,5,500,c,2026-03-01,n,\ny,,?,,,n,1\n"
    root = building.make(
        tmp_path,
        {"data/train/a.csv": head + train, "data/test/t.csv": head + test},
        NUMBERS + '[files]\nmissing = ["?"]\n',
        SCHEMA,
    )
    found = overview.collect(root)
    assert [(one.name, one.kind) for one in found.columns] == [
        ("price", "number"),
        ("size", "number"),
        ("town", "category"),
        ("day", "time"),
        ("id", "name"),
        ("note", "category"),
        ("mixed", "number"),
    ]
    size = column(found, "size")
    assert [(one.rows, one.missing, one.distinct) for one in size.cells] == [(100, 0, 100), (2, 1, 1)]
    assert [(one.low, one.middle, one.high) for one in size.cells] == [(0, 50, 99), (500, 500, 500)]
    assert [sum(one.counts) for one in size.cells] == [100, 1]
    assert size.cells[1].counts[-1] == 1, "what lies beyond the axis is counted in its last bin"
    assert {edge % 1 for edge in size.edges} == {0.0}, "whole numbers have bins of whole width"
    town = column(found, "town")
    assert town.values == ("a", "b", "c")
    assert [one.counts for one in town.cells] == [(50, 50, 0), (0, 0, 1)]
    assert [one.missing for one in column(found, "note").cells] == [100, 0]
    assert "2026-01-01" in page.render(found)


def test_a_column_of_one_split_only(tmp_path: Path) -> None:
    root = building.make(tmp_path, {"data/train/b.csv": "id,extra\n9,1\n"}, schema=SCHEMA)
    extra = column(overview.collect(root), "extra")
    assert [(one.split, one.rows, one.missing) for one in extra.cells] == [("train", 5, 4), ("test", None, 0)]


def test_many_columns_are_counted(tmp_path: Path) -> None:
    names = [f"c{at}" for at in range(70)]
    wide = ",".join(["id", "match", *names]) + "\n" + ",".join(["1"] * 72) + "\n"
    found = overview.collect(building.make(tmp_path, {"data/train/a.csv": wide}, schema=SCHEMA))
    assert len(found.columns) == columns.SHOWN
    assert found.columns[0].name == "match"
    assert found.more_columns > 0


@pytest.mark.parametrize(
    "values",
    [
        ["1e308", "-1e308"],
        ["nan", "inf", "-inf"],
        ["7"] * 5,
        ["1e-320", "2e-320", "0"],
        ["1e300", "1", "2"],
        ["-0", "0"],
        ["x"],
        [],
    ],
)
def test_odd_numbers_are_drawn_or_left_out(values: list[str]) -> None:
    edges, drawn = columns.drawing("number", {"train": pl.Series("n", values, dtype=pl.String)})[1:]
    assert list(edges) == sorted(edges)
    assert sum(drawn["train"].counts) <= len(values)


@pytest.mark.parametrize(
    "values", [["0001-01-01", "9999-12-31"], ["2026-02-30"], ["2026-01-01T10:00:00Z"], ["now"]]
)
def test_odd_days_are_drawn_or_left_out(values: list[str]) -> None:
    edges, drawn = columns.drawing("time", {"train": pl.Series("t", values, dtype=pl.String)})[1:]
    found = Column("t", "time", "time", (page.Cells("train", 2, 0, 2, *drawn["train"]),), (), edges)
    assert "<svg" in page.render(Overview("x", columns=(found,))) or len(edges) < 2


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False).map(repr), min_size=1, max_size=40))
def test_every_number_falls_into_one_bin(values: list[str]) -> None:
    edges, drawn = columns.drawing("number", {"train": pl.Series("n", values, dtype=pl.String)})[1:]
    assert sum(drawn["train"].counts) == (len(values) if len(edges) > 1 else 0)

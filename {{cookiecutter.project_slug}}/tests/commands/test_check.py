"""dataci check: what it compares with, and that a new beginning is not called a loss."""

from __future__ import annotations

from pathlib import Path

import pytest

import building
from dataci import git
from dataci.commands import check
from dataci.errors import CannotRun

OTHER = """version = 1
[columns]
id = "key"
numeric = ["n"]
"""
OTHER_SCHEMA = """import pandera.polars as pa
import polars as pl

schema = pa.DataFrameSchema({"key": pa.Column(pl.String), "n": pa.Column(pl.Int64)}, strict=True)
"""


def replaced(tmp_path: Path, rows: str = "key,n\na,1\nb,2\n") -> Path:
    """Return a project whose example has just been replaced by other data, all of it staged."""
    root = building.make(tmp_path)
    building.commit(root)
    building.git(root, "rm", "-rq", "data")
    building.write(
        root, {"dataci.toml": OTHER, "project/schema.py": OTHER_SCHEMA, "data/train/mine.csv": rows}
    )
    building.git(root, "add", "--all")
    return root


def test_the_first_commit_after_init_is_no_loss(tmp_path: Path) -> None:
    root = replaced(tmp_path)
    for staged, base in ((True, None), (False, "HEAD")):
        report = check.judge(root, base, staged)
        assert report.verdict == "pass", building.counts(report)
        assert "new beginning" in report.notes[0]


def test_a_new_beginning_lets_nothing_through(tmp_path: Path) -> None:
    report = check.judge(replaced(tmp_path, "key,n\na,x\na,2\n"), staged=True)
    assert {f.check for f in report.findings} == {"schema", "duplicate-id"}


def test_deleting_everything_without_new_roles_is_a_loss(tmp_path: Path) -> None:
    root = building.make(tmp_path)
    building.commit(root)
    building.git(root, "rm", "-rq", "data")
    building.write(root, {"data/train/z.csv": building.HEADER + "9,a,b,1,z,2026-01-01\n"})
    building.git(root, "add", "--all")
    assert "row-loss" in {f.check for f in check.judge(root, staged=True).findings}


def test_the_base_is_where_the_branch_left(tmp_path: Path) -> None:
    root = building.make(tmp_path)
    start = building.commit(root)
    building.git(root, "branch", "-M", "main")
    building.git(root, "switch", "-qc", "topic")
    building.write(root, {"data/train/b.csv": building.HEADER + "9,a,b,1,z,2026-01-01\n"})
    building.commit(root)
    building.git(root, "switch", "-q", "main")
    building.write(root, {"data/train/c.csv": building.HEADER + "10,c,d,1,z,2026-01-01\n"})
    building.commit(root)
    building.git(root, "switch", "-q", "topic")
    assert git.merge_base(root, "main") == start
    assert check.judge(root, "main").verdict == "pass"  # c.csv, which only main has, is not called lost


def test_before_the_first_commit_everything_is_new(tmp_path: Path) -> None:
    root = building.make(tmp_path)
    building.git(root, "init", "-q")
    building.git(root, "add", "--all")
    assert check.judge(root, staged=True).base is None
    with pytest.raises(CannotRun, match="no commit"):
        check.judge(root, "HEAD")


def test_annotations_name_files_from_the_top_of_the_repository(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    building.git(tmp_path, "init", "-q")
    root = building.make(tmp_path / "sub", {"data/train/b.csv": building.HEADER + "9,a,b,7,z,2026-01-01\n"})
    assert check.run(root, format="github") == 1
    assert "::error file=sub/data/train/b.csv,line=2" in capsys.readouterr().out


def test_a_secret_is_shown_nowhere(tmp_path: Path) -> None:
    secret = "jane.roe@mail.example.org"
    root = building.make(
        tmp_path, {"data/train/b.csv": building.HEADER + f"9,write to {secret},b,1,z,2026-01-01\n"}
    )
    report = check.judge(root)
    assert building.places(report, "privacy") == [("data/train/b.csv", 2, "want")]
    assert secret not in repr(report)

"""`dataci diff`: what is compared with what, and what is printed."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dataci.commands import diff as command
from dataci.errors import CannotRun

TOML = 'version = 1\n[columns]\nid = "id"\nlabel = "match"\ntext = ["want", "offer"]\n'
HEADER = "id,want,offer,match\n"
ROWS = "1,cat,sit,1\n2,dog,walk,1\n3,car,wash,0\n"


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


def as_json(root: Path, capsys: pytest.CaptureFixture[str], **options: Any) -> dict[str, Any]:
    """Run the command and return its JSON."""
    capsys.readouterr()
    assert command.run(root, format="json", **options) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def files(found: dict[str, Any]) -> list[tuple[str, str]]:
    """Return path and status of each file."""
    return [(file["path"], file["status"]) for file in found["files"]]


def test_no_difference(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(repository, capsys)
    assert (found["files"], found["summary"]["files_same"], found["base"]) == ([], 2, "HEAD")


def test_the_working_tree_is_compared_with_head(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(repository, "data/train/a.csv", HEADER + '1,cat,sit,0\n2,"dog\nor cat",walk,1\n4,sofa,lift,1\n')
    found = as_json(repository, capsys)
    numbers = {
        name: found["summary"][name] for name in ("added", "removed", "relabelled", "changed", "cells")
    }
    assert numbers == {"added": 1, "removed": 1, "relabelled": 1, "changed": 1, "cells": 2}
    assert [(e["line"], e["old"], e["new"]) for e in found["changed"]] == [(3, "dog", "dog\nor cat")]
    assert [e["line"] for e in found["added"]] == [5]
    assert found["summary"]["files_same"] == 1


def test_staged_and_working_tree_are_two_things(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(repository, "data/train/b.csv", HEADER + "7,a,b,1\n")
    git(repository, "add", "-A")
    put(repository, "data/train/b.csv", HEADER + "7,a,b,1\n8,c,d,0\n")
    assert as_json(repository, capsys, staged=True)["summary"]["added"] == 1
    assert as_json(repository, capsys)["summary"]["added"] == 2


def test_a_base_means_the_commit_where_the_branch_left_it(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(repository, "checkout", "-q", "-b", "topic")
    put(repository, "data/train/b.csv", HEADER + "7,a,b,1\n")
    commit(repository)
    git(repository, "checkout", "-q", "main")
    put(repository, "data/train/c.csv", HEADER + "9,e,f,1\n")
    commit(repository)
    git(repository, "checkout", "-q", "topic")
    found = as_json(repository, capsys, base="main")
    assert files(found) == [("data/train/b.csv", "added")]
    assert found["base"] == "main"


def test_order_form_columns_and_renamed_files_are_named_as_such(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(repository, "data/train/b.csv", HEADER + "7,a,b,1\n")
    put(repository, "data/train/c.csv", HEADER + "8,c,d,1\n")
    commit(repository)
    put(repository, "data/train/a.csv", HEADER + "3,car,wash,0\n1,cat,sit,1\n2,dog,walk,1\n")
    put(repository, "data/test/t.csv", (HEADER + "t1,sofa,move,1\n").replace("\n", "\r\n"))
    put(repository, "data/train/c.csv", HEADER.replace("\n", ",note\n") + "8,c,d,1,n\n")
    (repository / "data/train/b.csv").rename(repository / "data/train/batch.csv")
    found = as_json(repository, capsys)
    assert files(found) == [
        ("data/test/t.csv", "form"),
        ("data/train/a.csv", "order"),
        ("data/train/batch.csv", "moved"),
        ("data/train/c.csv", "columns"),
    ]
    assert found["summary"]["reordered"] == 1
    assert found["columns"]["added"] == ["note"]
    assert command.run(repository) == 0


def test_a_row_that_moves_to_the_test_split(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(repository, "data/train/a.csv", HEADER + "1,cat,sit,1\n3,car,wash,0\n")
    put(repository, "data/test/t.csv", HEADER + "t1,sofa,move,1\n2,dog,walk,1\n")
    found = as_json(repository, capsys)
    assert (found["summary"]["moved_splits"], found["summary"]["added"], found["summary"]["removed"]) == (
        1,
        0,
        0,
    )
    assert found["moved"][0]["before"] == {"file": "data/train/a.csv", "line": 3}
    assert (found["moved"][0]["file"], found["moved"][0]["line"]) == ("data/test/t.csv", 3)


def test_rows_that_cannot_be_read_are_not_passed_over(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(repository, "data/train/a.csv", HEADER + ROWS + "4,ragged\n")
    assert as_json(repository, capsys)["unread"] == [{"file": "data/train/a.csv", "before": 0, "after": 1}]
    for format in ("text", "markdown"):
        assert command.run(repository, format=format) == 0
        assert "were not compared: 1 now" in capsys.readouterr().out


def test_before_the_first_commit_everything_is_added(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, "dataci.toml", TOML)
    put(tmp_path, "data/train/a.csv", HEADER + ROWS)
    git(tmp_path, "init", "-q")
    assert as_json(tmp_path, capsys)["summary"]["added"] == 3


def test_text_fits_80_columns_and_names_what_matters_first(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(repository, "data/train/a.csv", HEADER + f"1,{'cat ' * 60},sit,1\n2,dog,walk,0\n")
    assert command.run(repository) == 0
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= 80
    assert 0 <= said.index("relabelled: 1 row") < said.index("changed: 1 cell") < said.index("removed: 1 row")


def test_output_goes_to_a_file(repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "new" / "diff.md"
    assert command.run(repository, format="markdown", output=target) == 0
    assert target.read_text(encoding="utf-8").startswith("### Data: ")
    assert capsys.readouterr().out == ""
    with pytest.raises(CannotRun, match="cannot be written"):
        command.run(repository, output=tmp_path)


def test_hostile_cells_and_names_have_no_effect(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(repository, "data/train/\x1b[2J::error::x.csv", HEADER + '9,"\x1b[31m\n::error::x",<img src=x>,1\n')
    for format in ("text", "markdown"):
        assert command.run(repository, format=format) == 0
        said = capsys.readouterr().out
        assert "\x1b" not in said
        assert not any(line.lstrip().startswith("::error::") for line in said.splitlines())
    assert "<img" not in said


@pytest.mark.parametrize("base", ["no-such-branch", "--help", ""])
def test_an_unknown_base_is_said(repository: Path, base: str) -> None:
    with pytest.raises(CannotRun, match="commit"):
        command.run(repository, base=base)


def test_outside_a_repository_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    put(tmp_path, "dataci.toml", TOML)
    with pytest.raises(CannotRun, match="not a git repository"):
        command.run(tmp_path)


def test_a_column_with_a_name_of_ours_is_refused(repository: Path) -> None:
    put(repository, "data/train/b.csv", "id,_path\n1,x\n")
    with pytest.raises(CannotRun, match="_path"):
        command.run(repository)

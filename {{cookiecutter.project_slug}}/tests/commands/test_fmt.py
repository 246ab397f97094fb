"""`dataci fmt`: what it writes, what it refuses to touch, and what it judges of the index."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import polars as pl
import pytest

from dataci.commands import fmt
from dataci.errors import CannotRun

GOOD = b"id,text\n1,cat\n2,dog\n"
LOOSE = b'id,"text"\r\n1,cat\r\n2,dog\r\n'
RAGGED = b"id,text\n1,cat\n2\n"


def put(root: Path, path: str, data: bytes) -> Path:
    """Write one file of the project."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return file


def git(root: Path, *arguments: str) -> str:
    """Run git in the project."""
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "core.autocrlf=false"]
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return subprocess.run(
        ["git", *identity, *arguments], cwd=root, env=env, check=True, capture_output=True, text=True
    ).stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository with one canonical data file, committed."""
    put(tmp_path, "data/train/a.csv", GOOD)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "first")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "before", "after", "reason"),
    [
        ("a.csv", b"\xef\xbb\xbfid,text\n1,cat\n", b"id,text\n1,cat\n", "byte order mark"),
        ("a.csv", b"id,text\r\n1,cat\r\n", b"id,text\n1,cat\n", "line ends"),
        ("a.csv", b"id,text\n1,cat", b"id,text\n1,cat\n", "no line end at the end"),
        ("a.csv", b"id,text\n1,cat\n\n\n", b"id,text\n1,cat\n", "blank lines at the end"),
        ("a.csv", b'id,text\n"1","cat"\n', b"id,text\n1,cat\n", "quotes"),
        ("a.csv", b'id,text\n1," a ""b"", c\n\r "\n', b'id,text\n1," a ""b"", c\n\r "\n', ""),
        ("a.tsv", b'id\ttext\n"1"\ta,b\n', b"id\ttext\n1\ta,b\n", "quotes"),
        (
            "a.jsonl",
            b'{"id":1,"x":1.50,"y":"\\u00e9"}\n',
            b'{"id": 1, "x": 1.50, "y": "\\u00e9"}\n',
            "spacing",
        ),
    ],
)
def test_only_the_form_is_mended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, before: bytes, after: bytes, reason: str
) -> None:
    file = put(tmp_path, f"data/train/{name}", before)
    assert fmt.run(tmp_path) == 0
    assert file.read_bytes() == after
    said = capsys.readouterr().out
    assert (f"data/train/{name}: mended: {reason}\n" in said) == (before != after)
    assert fmt.run(tmp_path, check=True) == 0


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (RAGGED, "data/train/a.csv:3: ragged-row: "),
        (b'id,text\n1,"cat\n2,dog\n', "data/train/a.csv:2: parse-error: "),
        (b"id,text\n1,caf\xe9\n", "data/train/a.csv:2: encoding: "),
        (b"id,text\n<<<<<<< a\n1,cat\n=======\n1,dog\n>>>>>>> b\n", "data/train/a.csv:2: conflict-marker: "),
        (b"id,id\n1,2\n", "data/train/a.csv:1: header: "),
        (b"", "data/train/a.csv: parse-error: "),
        ("id,text\n1,cat\n".encode("utf-16"), "data/train/a.csv:1: encoding: "),
        (b"id,text\r\n1,cat\r\n\r\n2,dog\r\n", "data/train/a.csv:3: ragged-row: "),
    ],
)
def test_what_is_malformed_is_left_untouched_and_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes, place: str
) -> None:
    file = put(tmp_path, "data/train/a.csv", data)
    other = put(tmp_path, "data/train/b.csv", LOOSE)
    assert fmt.run(tmp_path) == 1
    assert file.read_bytes() == data
    assert other.read_bytes() == GOOD
    assert place in capsys.readouterr().out


def test_check_writes_nothing_and_names_the_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = put(tmp_path, "data/train/a.csv", LOOSE)
    assert fmt.run(tmp_path, check=True) == 1
    assert file.read_bytes() == LOOSE
    assert "To mend: dataci fmt data/train/a.csv\n" in capsys.readouterr().out


def test_paths_choose_files_and_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [
        put(tmp_path, f"data/{name}.csv", LOOSE) for name in ("train/a", "train/b", "test/c", "trainer/d")
    ]
    monkeypatch.chdir(tmp_path)
    assert fmt.run(tmp_path, ["data/train/a.csv"]) == 0
    assert [file.read_bytes() == GOOD for file in files] == [True, False, False, False]
    assert fmt.run(tmp_path, ["data/train"]) == 0
    assert [file.read_bytes() == GOOD for file in files] == [True, True, False, False]
    monkeypatch.chdir(tmp_path / "data")
    assert fmt.run(tmp_path, ["test/c.csv"]) == 0
    assert files[2].read_bytes() == GOOD


@pytest.mark.parametrize("path", ["../outside.csv", "notes.csv", "data/train/none.csv", "data/../notes.csv"])
def test_a_path_that_is_no_data_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    put(tmp_path, "data/train/a.csv", GOOD)
    outside = put(tmp_path, "notes.csv", LOOSE)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CannotRun):
        fmt.run(tmp_path, [path])
    assert outside.read_bytes() == LOOSE


def test_nothing_to_look_at_is_no_success(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="nothing was looked at"):
        fmt.run(tmp_path)


def test_the_mode_of_a_file_is_kept(tmp_path: Path) -> None:
    file = put(tmp_path, "data/train/a.csv", LOOSE)
    file.chmod(0o640)
    assert fmt.run(tmp_path) == 0
    assert file.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in file.parent.iterdir()] == ["a.csv"]


def test_a_symbolic_link_is_not_followed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = put(tmp_path, "outside.csv", LOOSE)
    link = tmp_path / "data" / "train" / "a.csv"
    link.parent.mkdir(parents=True)
    link.symlink_to(target)
    assert fmt.run(tmp_path) == 1
    assert link.is_symlink()
    assert target.read_bytes() == LOOSE
    assert "data/train/a.csv: parse-error: This is a symbolic link" in capsys.readouterr().out


def test_a_linked_folder_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = put(tmp_path, "outside/a.csv", LOOSE)
    put(tmp_path, "project/data/train/b.csv", GOOD)
    (tmp_path / "project" / "data" / "linked").symlink_to(target.parent)
    monkeypatch.chdir(tmp_path / "project")
    assert fmt.run(tmp_path / "project") == 0
    with pytest.raises(CannotRun):
        fmt.run(tmp_path / "project", ["data/linked/a.csv"])
    assert target.read_bytes() == LOOSE


def test_parquet_is_left_alone(tmp_path: Path) -> None:
    file = put(tmp_path, "data/train/a.parquet", b"")
    pl.DataFrame({"a": [1]}).write_parquet(file)
    before = file.read_bytes()
    assert fmt.run(tmp_path) == 0
    assert file.read_bytes() == before


def test_a_file_that_changes_meanwhile_is_left_alone(tmp_path: Path) -> None:
    file = put(tmp_path, "data/train/a.csv", b"id,text\n1,somebody else was here\n")
    with pytest.raises(CannotRun, match="untouched"):
        fmt.replace(file, LOOSE, GOOD)
    assert file.read_bytes() == b"id,text\n1,somebody else was here\n"
    assert [path.name for path in file.parent.iterdir()] == ["a.csv"]


@pytest.mark.parametrize(
    "wanted", [b"id,text\n1,cat\n", b"id,text\n1,cat\n2,dogs\n", b"id,name\n1,cat\n2,dog\n", b""]
)
def test_bytes_that_read_as_another_table_are_never_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], wanted: bytes
) -> None:
    file = put(tmp_path, "data/train/a.csv", LOOSE)
    monkeypatch.setattr("dataci.formats.canonical", lambda path, data: wanted)
    assert fmt.run(tmp_path) == 1
    assert file.read_bytes() == LOOSE
    assert "data/train/a.csv: canonical: " in capsys.readouterr().out


def test_staged_judges_the_index_and_not_the_disk(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = put(repository, "data/train/b.csv", LOOSE)
    git(repository, "add", "data/train/b.csv")
    file.write_bytes(GOOD)
    assert fmt.run(repository, staged=True) == 1
    said = capsys.readouterr().out
    assert "then git add data/train/b.csv" in said
    assert "a.csv" not in said
    git(repository, "add", "data/train/b.csv")
    file.write_bytes(RAGGED)
    assert fmt.run(repository, staged=True) == 0


def test_staged_writes_nothing_and_stages_nothing(repository: Path) -> None:
    staged = put(repository, "data/train/b.csv", LOOSE)
    git(repository, "add", "data/train/b.csv")
    put(repository, "data/train/new.csv", LOOSE)
    before = git(repository, "ls-files", "-s"), git(repository, "status", "--porcelain")
    assert fmt.run(repository, staged=True) == 1
    assert (git(repository, "ls-files", "-s"), git(repository, "status", "--porcelain")) == before
    assert staged.read_bytes() == LOOSE


def test_staged_looks_only_at_what_the_commit_changes(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(repository, "data/train/old.csv", LOOSE)
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "loose")
    put(repository, "README.md", b"x")
    git(repository, "add", "-A")
    assert fmt.run(repository, staged=True) == 0
    assert "No staged text file" in capsys.readouterr().out


def test_staged_works_before_the_first_commit(tmp_path: Path) -> None:
    put(tmp_path, "data/train/a.csv", LOOSE)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    assert fmt.run(tmp_path, staged=True) == 1


def test_staged_follows_the_index_that_git_names(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`git commit -a` and `git commit PATH` hand the hook an index of their own."""
    put(repository, "data/train/a.csv", LOOSE)
    own = repository / ".git" / "next-index"
    own.write_bytes((repository / ".git" / "index").read_bytes())
    monkeypatch.setenv("GIT_INDEX_FILE", str(own))
    subprocess.run(["git", "add", "data/train/a.csv"], cwd=repository, check=True)
    assert fmt.run(repository, staged=True) == 1
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert fmt.run(repository, staged=True) == 0


def test_staged_outside_a_repository_cannot_run(tmp_path: Path) -> None:
    put(tmp_path, "data/train/a.csv", GOOD)
    with pytest.raises(CannotRun, match="not a git repository"):
        fmt.run(tmp_path, staged=True)


def test_hostile_names_and_values_do_not_reach_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, "data/train/a\x1b[31m$(x).csv", LOOSE)
    put(tmp_path, "data/train/b.csv", b"id,\x1b[31mid\x1b[31m,\n1,2,3\n")
    assert fmt.run(tmp_path, check=True) == 1
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "'data/train/a\\x1b[31m$(x).csv'" in said

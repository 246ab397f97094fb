"""The hooks of a baked project, called by git itself: what is judged is exactly what is committed or pushed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from baking import run

BAD = "bad.csv"  # a duplicate id, in canonical form


class Repository:
    """A baked project with the hooks installed, its environment in .venv but not activated."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.train = root / "data" / "train"
        self.batch = sorted(self.train.glob("*.csv"))[0]
        tools = {
            str(Path(found).parent) for found in map(shutil.which, ("git", "sh", "env", "bash")) if found
        }
        self.path = os.pathsep.join(sorted(tools - {str(Path(sys.executable).parent)}))

    def git(self, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run git as an editor would, with no environment activated."""
        return run("git", *arguments, cwd=self.root, code=code, env={"PATH": self.path})

    def write(self, name: str, rows: list[str]) -> Path:
        """Write a data file below data/train: the header and some rows."""
        path = self.train / name
        path.write_text("".join([self.lines()[0], *rows]), encoding="utf-8", newline="")
        return path

    def lines(self) -> list[str]:
        """Return the lines of the example's first batch."""
        return self.batch.read_text("utf-8").splitlines(keepends=True)

    def bad_rows(self) -> list[str]:
        """Return two rows with the id of one that is there."""
        return [self.lines()[1], self.lines()[1]]

    def good_rows(self) -> list[str]:
        """Take two rows out of the example, so that a new file may hold them; commit that."""
        *kept, first, second = self.lines()
        self.batch.write_text("".join(kept), encoding="utf-8", newline="")
        self.git("commit", "--quiet", "--no-verify", "--all", "--message", "Make room")
        return [first, second]

    def staged(self) -> list[str]:
        """Return what is staged, as git status --porcelain shows it."""
        return run("git", "status", "--porcelain", cwd=self.root).stdout.splitlines()

    def subject(self) -> str:
        """Return the subject of the last commit."""
        return self.git("log", "-1", "--format=%s").stdout.strip()


@pytest.fixture
def repository(project: Path) -> Repository:
    """Return a committed project with its hooks in place."""
    (project / ".venv").symlink_to(sys.prefix)
    run(project / ".venv" / "bin" / "python", "-m", "pre_commit", "install", cwd=project)
    assert {"pre-commit", "pre-push"} <= {path.name for path in (project / ".git" / "hooks").iterdir()}
    return Repository(project)


def said(done: subprocess.CompletedProcess[str]) -> str:
    """Return all that a command printed."""
    return done.stdout + done.stderr


def test_a_bad_row_is_refused_with_file_and_line(repository: Repository) -> None:
    repository.write(BAD, repository.bad_rows())
    repository.git("add", "data")
    done = repository.git("commit", "-m", "Bad", code=1)
    assert "duplicate-id" in said(done)
    assert f"data/train/{BAD}" in said(done)
    assert repository.subject() == "Start"
    assert repository.staged() == [f"A  data/train/{BAD}"]


def test_a_good_batch_is_committed(repository: Repository) -> None:
    repository.write("good.csv", repository.good_rows())
    repository.git("add", "data")
    repository.git("commit", "-m", "Good")
    assert repository.subject() == "Good"
    assert repository.staged() == []


def test_a_file_in_another_form_is_refused_and_left_alone(repository: Repository) -> None:
    rows = repository.good_rows()
    path = repository.write("windows.csv", rows)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    before = path.read_bytes()
    repository.git("add", "data")
    done = repository.git("commit", "-m", "Bad", code=1)
    assert "dataci fmt data/train/windows.csv" in said(done)
    assert path.read_bytes() == before
    assert repository.staged() == ["A  data/train/windows.csv"]


def test_commit_all_is_judged_for_what_it_commits(repository: Repository) -> None:
    with repository.batch.open("a", encoding="utf-8", newline="") as file:
        file.writelines(repository.bad_rows())
    done = repository.git("commit", "-a", "-m", "Bad", code=1)
    assert "duplicate-id" in said(done)
    assert repository.subject() == "Start"


def test_commit_of_a_path_is_judged_for_that_path_only(repository: Repository) -> None:
    good = repository.write("good.csv", repository.good_rows())
    repository.write(BAD, repository.bad_rows())
    repository.git("add", "data")
    repository.git("commit", "-m", "Good", "--", str(good.relative_to(repository.root)))
    assert repository.subject() == "Good"
    assert repository.staged() == [f"A  data/train/{BAD}"]
    repository.git("commit", "-m", "Bad", "--", f"data/train/{BAD}", code=1)


def test_what_is_staged_counts_and_not_what_is_on_disk(repository: Repository) -> None:
    rows = repository.good_rows()
    path = repository.write("batch.csv", repository.bad_rows())
    repository.git("add", "data")
    good = repository.write("batch.csv", rows).read_bytes()
    repository.git("commit", "-m", "Bad", code=1)
    assert path.read_bytes() == good
    repository.git("add", "data")
    repository.write("batch.csv", repository.bad_rows())
    repository.git("commit", "-m", "Good")
    assert repository.subject() == "Good"
    assert repository.staged() == [" M data/train/batch.csv"]


def test_a_file_that_git_does_not_know_is_nobodys_business(repository: Repository) -> None:
    repository.write(BAD, repository.bad_rows())
    repository.write("good.csv", repository.good_rows())
    repository.git("add", "data/train/good.csv")
    repository.git("commit", "-m", "Good")
    assert repository.staged() == [f"?? data/train/{BAD}"]


def test_a_deletion_is_judged(repository: Repository) -> None:
    """pre-commit hides deleted files from a hook that filters by file name."""
    repository.git("rm", "--quiet", "-r", "data/train", "data/test")
    done = repository.git("commit", "-m", "Gone", code=1)
    assert "data" in said(done)
    assert repository.subject() == "Start"


def test_a_commit_without_data_is_let_through_at_once(repository: Repository) -> None:
    (repository.root / "src" / "dataci" / "cli.py").write_text(
        "raise SystemExit('the engine was started')\n", "utf-8"
    )
    repository.git("commit", "-a", "-m", "Code")
    assert repository.subject() == "Code"


def test_the_first_commit_is_judged(repository: Repository) -> None:
    repository.write(BAD, repository.bad_rows())
    repository.git("checkout", "--quiet", "--orphan", "new")
    repository.git("add", "--all")
    assert "duplicate-id" in said(repository.git("commit", "-m", "Bad", code=1))
    repository.git("rm", "--quiet", "--force", f"data/train/{BAD}")
    repository.git("commit", "-m", "First")
    assert repository.subject() == "First"


def test_a_push_is_judged_against_what_the_remote_has(repository: Repository, tmp_path: Path) -> None:
    run("git", "init", "--quiet", "--bare", tmp_path / "remote.git", cwd=tmp_path)
    repository.git("remote", "add", "origin", str(tmp_path / "remote.git"))
    repository.git("push", "--quiet", "origin", "main")
    repository.write(BAD, repository.bad_rows())
    repository.git("add", "data")
    repository.git("commit", "--quiet", "--no-verify", "-m", "Bad")
    done = repository.git("push", "--quiet", "origin", "main", code=1)
    assert f"data/train/{BAD}" in said(done)
    repository.git("push", "--quiet", "--no-verify", "origin", "main")
    (repository.root / "project" / "model.py").open("a").write("# Another thought.\n")
    repository.git("commit", "--quiet", "-a", "-m", "What main has already does not stop anybody")
    repository.git("push", "--quiet", "origin", "main")


def test_a_merge_is_judged_too(repository: Repository) -> None:
    """Two branches that are good each by itself can be bad together."""
    rows = {
        "one": "w9001,Zebra crossing to be painted at once,Yodel lessons by a farmer,0,plumbing,u951,web,2026-09-01\n",
        "two": "w9001,Quilts to be repaired before the fair,Xylophones tuned at home,0,plumbing,u952,web,2026-09-01\n",
    }
    for branch, row in rows.items():
        repository.git("switch", "--quiet", "--create", branch, "main")
        repository.write(f"{branch}.csv", [row])
        repository.git("add", "data")
        repository.git("commit", "--quiet", "--message", branch)
    done = repository.git("merge", "--no-edit", "one", code=1)
    assert "duplicate-id: 1 error" in said(done)
    assert "canonical form" in said(done)

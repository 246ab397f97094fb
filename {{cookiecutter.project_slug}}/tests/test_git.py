"""git: the three kinds of tree agree on ids, and a hook's own index is respected."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import building
from dataci import git
from dataci.errors import CannotRun


def test_worktree_index_and_commit_give_the_same_ids_as_git(tmp_path: Path) -> None:
    root = building.make(
        tmp_path, {"data/bugs/x/patterns.csv": "a\n1\n", "data/train/sub dir/é.csv": "a\n1\n"}
    )
    building.commit(root)
    for folder in ("data", "data/train", "data/bugs"):
        theirs = building.git(root, "rev-parse", f"HEAD:{folder}")
        for which in ("worktree", "index", "HEAD"):
            assert git.tree_id(git.entries(root, which), folder) == theirs


def test_tree_ids_need_no_git(tmp_path: Path) -> None:
    root = building.make(tmp_path / "a")
    before = git.tree_id(git.entries(root, "worktree"), "data")
    building.commit(root)
    assert building.git(root, "rev-parse", "HEAD:data") == before


def test_the_three_trees_differ_as_they_should(tmp_path: Path) -> None:
    root = building.make(tmp_path)
    building.commit(root)
    building.write(root, {"data/train/a.csv": building.TRAIN + "5,staged x,y,1,z,2026-01-01\n"})
    building.git(root, "add", "data")
    building.write(
        root, {"data/train/a.csv": "on disk", "data/train/new.csv": "untracked", "data/train/x.ignored": "no"}
    )
    building.write(root, {".gitignore": "*.ignored\n"})
    (root / "data/test/t.csv").unlink()

    def paths(which: str) -> list[str]:
        return [entry.path for entry in git.entries(root, which)]

    assert paths("HEAD") == paths("index") == ["data/test/t.csv", "data/train/a.csv"]
    assert paths("worktree") == ["data/train/a.csv", "data/train/new.csv"]
    contents = {which: next(iter(read(root, which))) for which in ("HEAD", "index", "worktree")}
    assert contents["HEAD"] == building.TRAIN.encode()
    assert contents["index"].endswith(b"2026-01-01\n")
    assert contents["worktree"] == b"on disk"


def read(root: Path, which: str) -> list[bytes]:
    wanted = [entry for entry in git.entries(root, which) if entry.path == "data/train/a.csv"]
    return list(git.read(root, which, wanted))


@pytest.mark.parametrize("how", [["-a"], ["--", "data/train/a.csv"]])
def test_the_index_of_git_commit_a_and_git_commit_path_is_the_one_judged(
    tmp_path: Path, how: list[str]
) -> None:
    root = building.make(tmp_path)
    building.commit(root)
    building.write(root, {"data/train/a.csv": building.TRAIN + "5,to be committed,y,1,z,2026-01-01\n"})
    script = (
        "import sys; from pathlib import Path; from dataci import git; root = Path('.').resolve()\n"
        "entries = [e for e in git.entries(root, 'index') if e.path == 'data/train/a.csv']\n"
        "Path('seen').write_bytes(next(git.read(root, 'index', entries)))\n"
    )
    building.write(root, {"look.py": script, ".git/hooks/pre-commit": "#!/bin/sh\nexec $PYTHON look.py\n"})
    (root / ".git/hooks/pre-commit").chmod(0o755)
    environment = {
        **os.environ,
        "PYTHON": os.sys.executable,
        "PYTHONPATH": str(Path(git.__file__).parents[1]),
    }
    subprocess.run(["git", "commit", "-qm", "x", *how], cwd=root, check=True, env=environment)
    assert b"to be committed" in (root / "seen").read_bytes()


def test_symbolic_links_are_told_and_not_followed(tmp_path: Path) -> None:
    root = building.make(tmp_path)
    secret = tmp_path / "secret.txt"
    secret.write_text("a,b\npassword,hunter2\n")
    (root / "data/train/link.csv").symlink_to(secret)
    building.commit(root)
    for which in ("worktree", "index", "HEAD"):
        report = building.judge(root, which=which)
        assert ("data/train/link.csv", None, None) in building.places(report, "parse-error")
        assert "hunter2" not in repr(report)


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    root = building.make(tmp_path)
    building.commit(root)
    for ref in ("nowhere", "-x", "--output=x", "HEAD~7"):
        with pytest.raises(CannotRun):
            git.resolve(root, ref)


def test_an_unresolved_merge_is_refused(tmp_path: Path) -> None:
    root = building.make(tmp_path)
    building.commit(root)
    building.git(root, "switch", "-qc", "other")
    building.write(root, {"data/train/a.csv": building.TRAIN.replace("anna", "other")})
    building.commit(root)
    building.git(root, "switch", "-q", "-")
    building.write(root, {"data/train/a.csv": building.TRAIN.replace("anna", "mine")})
    building.commit(root)
    subprocess.run(["git", "merge", "-q", "other"], cwd=root, capture_output=True, check=False)
    with pytest.raises(CannotRun, match="unresolved"):
        git.entries(root, "index")
    assert [f for f in building.judge(root).findings if f.check == "conflict-marker"]


def test_history_names_commits_that_touch_the_paths(tmp_path: Path) -> None:
    root = building.make(tmp_path)
    first = building.commit(root, "First")
    building.write(root, {"data/train/b.csv": building.HEADER + "9,a,b,1,z,2026-01-01\n"})
    second = building.commit(root, "Add b")
    building.write(root, {"README.md": "x"})
    building.commit(root, "Docs")
    assert git.history(root, first, "HEAD", ["data"]) == [git.Commit(second, "Add b")]
    assert [commit.subject for commit in git.history(root, None, "HEAD", ["data"])] == ["Add b", "First"]


def test_a_project_below_the_top_of_its_repository(tmp_path: Path) -> None:
    building.git(tmp_path, "init", "-q")
    root = building.make(tmp_path / "deep" / "er")
    building.git(tmp_path, "add", ".")
    building.git(tmp_path, "commit", "-qm", "x")
    expected = ["data/test/t.csv", "data/train/a.csv"]
    for which in ("worktree", "index", "HEAD"):
        assert [entry.path for entry in git.entries(root, which)] == expected
    assert git.show(root, "HEAD", "dataci.toml") == building.PAIRS.encode()


def test_a_worktree_holds_the_commit_and_goes_away_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = building.make(tmp_path / "project")
    first = building.commit(root, "First")
    hook = root / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ntouch ran\n")
    hook.chmod(0o755)
    building.write(root, {"data/train/a.csv": building.HEADER})
    building.commit(root, "Second")
    monkeypatch.setenv("GIT_INDEX_FILE", str(root / ".git/index"))  # as in a hook of git commit -a
    with git.worktree(root, first[:8]) as folder:
        assert (folder / "data/train/a.csv").read_text() == building.TRAIN
        assert git.head(folder) == first
        assert not (folder / "ran").exists()
    assert not folder.exists()
    assert (root / "data/train/a.csv").read_text() == building.HEADER
    assert git.is_clean(root, ["data"])
    assert building.git(root, "worktree", "list").count("\n") <= 1


def test_a_worktree_goes_away_when_its_user_fails(tmp_path: Path) -> None:
    root = building.make(tmp_path / "project")
    building.commit(root)
    with pytest.raises(ZeroDivisionError), git.worktree(root, "HEAD") as folder:
        raise ZeroDivisionError
    assert not folder.exists()
    with pytest.raises(CannotRun, match="no commit"), git.worktree(root, "f" * 40):
        pass


def test_a_worktree_of_a_project_below_the_top(tmp_path: Path) -> None:
    building.git(tmp_path, "init", "-q")
    root = building.make(tmp_path / "deep")
    building.git(tmp_path, "add", ".")
    building.git(tmp_path, "commit", "-qm", "x")
    with git.worktree(root, "HEAD") as folder:
        assert (folder / "dataci.toml").read_text() == building.PAIRS


def test_entries_are_written_byte_for_byte_and_nowhere_else(tmp_path: Path) -> None:
    root = building.make(tmp_path / "project", {"data/train/odd.csv": "id\r\n\xff\n"})
    building.commit(root)
    found = git.entries(root, "HEAD", "data")
    git.write_entries(root, "HEAD", found, tmp_path / "copy")
    for entry in found:
        assert (tmp_path / "copy" / entry.path).read_bytes() == (root / entry.path).read_bytes()
    outside = [found[0]._replace(path="../out.csv")]
    with pytest.raises(CannotRun, match="leads out"):
        git.write_entries(root, "HEAD", outside, tmp_path / "copy")
    assert not (tmp_path / "out.csv").exists()


def test_the_diff_stat_counts_lines_by_file(tmp_path: Path) -> None:
    root = building.make(tmp_path)
    old = building.commit(root, "First")
    building.write(root, {"project/model.py": "a = 1\nb = 2\n", "data/train/a.csv": building.HEADER})
    new = building.commit(root, "Second")
    assert git.diffstat(root, old, new, ["project"]) == [git.Change("project/model.py", 2, 0)]
    assert git.diffstat(root, new, new, ["project"]) == []


def test_worktrees_of_several_threads_do_not_get_in_each_others_way(tmp_path: Path) -> None:
    root = building.make(tmp_path / "project")
    ids = [building.commit(root, "First")]
    building.write(root, {"data/train/a.csv": building.HEADER})
    ids.append(building.commit(root, "Second"))

    def text(number: int) -> str:
        with git.worktree(root, ids[number % 2]) as folder:
            return (folder / "data/train/a.csv").read_text()

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(text, range(24)))
    assert found == [building.TRAIN, building.HEADER] * 12


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (b"", "no message"),
        (b"fatal: no such place\n\nPlease make sure that\nthe repository exists.\n", "fatal: no such place"),
        (b"hint: look\nerror: it is so.\n", "error: it is so"),
        (b"\xff one\nand two.\n", "and two"),
    ],
)
def test_of_what_git_says_the_reason_is_told(said: bytes, told: str) -> None:
    assert git.reason(said) == told


def test_a_repository_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match=r"git ls-remote failed: fatal: .*gone"):
        git.run(tmp_path, "ls-remote", "--", str(tmp_path / "gone"))

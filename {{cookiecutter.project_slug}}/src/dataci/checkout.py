"""The code of a candidate from git: its commit in a folder of its own, with another test set in place of its own."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from dataci import environment, formats, git, probes, project
from dataci.config import FILE
from dataci.dataset import BUGS, FOLDER, TEST, TRAIN, Dataset
from dataci.errors import CannotRun
from dataci.predictions import Predictions
from dataci.probes import Probe
from dataci.record import Record

ENGINE = "src/dataci"
PROBE = "dataci-probe-"  # and a number: the folder of a probe among the bugs
MAKING = threading.Lock()  # of two threads that want the same environment, one makes it
LOOKED = 500  # commits that are searched for one that holds the same as a lost one


@contextlib.contextmanager
def checked_out(dataset: Dataset, of: Record, probed: Mapping[str, Probe] = {}) -> Iterator[Path]:
    """Check out the commit of a candidate, with today's test set and bugs in place of its own.

    ``probed`` stand among the bugs, because every engine predicts those; ``renamed`` gives their predictions back.
    CannotRun when it was never committed, or neither its commit nor one that holds the same is in this clone.
    """
    root = dataset.config.root
    commit = commit_of(root, of)
    if commit is None:
        raise CannotRun(str(unreachable(root, of)))
    with git.worktree(root, commit) as folder:
        put_tests(dataset, folder)
        put_probes(probed, folder)
        put_inputs(root, of, folder)
        yield folder


def unreachable(root: Path, of: Record) -> str | None:
    """Say why the code of a candidate cannot be had from git, or None."""
    if of["commit"] is None or of["uncommitted"]:
        return "It was built from changes that were never committed, so its code is lost."
    if commit_of(root, of) is None:
        return f"Its commit {of['commit'][:8]} is not in this clone. Fetch the branch that holds it."
    return None


def commit_of(root: Path, of: Record) -> str | None:
    """Return the commit of a candidate; after a squash or a rebase, one of HEAD's history that holds the same."""
    if of["commit"] is None or of["uncommitted"]:
        return None
    with contextlib.suppress(CannotRun):
        return git.resolve(root, of["commit"])
    if git.head(root) is None:
        return None
    paths = [f"{FOLDER}/{TRAIN}", FILE, project.FOLDER, ENGINE]
    commits = git.history(root, None, "HEAD", paths, limit=LOOKED)
    return next((commit.id for commit in commits if is_same(root, commit.id, of)), None)


def is_same(root: Path, commit: str, of: Record) -> bool:
    """Tell whether a commit holds the training data and the code of a candidate (its settings are not looked at)."""
    train = f"{FOLDER}/{TRAIN}"
    if git.tree_id(git.entries(root, commit, train), train) != of["data"]["id"]:
        return False
    mine = {
        name: digest for name, digest in of["code"]["files"].items() if name.startswith(f"{project.FOLDER}/")
    }
    found = {name: git.show(root, commit, name) for name in mine}
    return all(
        raw is not None and hashlib.sha256(raw).hexdigest()[:12] == mine[name] for name, raw in found.items()
    )


def put_tests(dataset: Dataset, folder: Path) -> None:
    """Replace data/test and data/bugs of a folder by those of ``dataset``."""
    for name in (TEST, BUGS):
        shutil.rmtree(folder / FOLDER / name, ignore_errors=True)
        wanted = [entry for entry in dataset.entries if entry.path.startswith(f"{FOLDER}/{name}/")]
        git.write_entries(dataset.config.root, dataset.which, wanted, folder)


def put_probes(probed: Mapping[str, Probe], folder: Path) -> None:
    """Write the rows of probes as if each probe were a bug."""
    for number, name in enumerate(sorted(probed)):
        home = folder / FOLDER / BUGS / f"{PROBE}{number}"
        home.mkdir(parents=True)
        (home / "patterns.csv").write_bytes(formats.write("patterns.csv", probes.frame(probed[name])))


def renamed(predicted: Mapping[str, Predictions], probed: Mapping[str, Probe]) -> dict[str, Predictions]:
    """Return predictions with those of probes under the names of the probes."""
    names = {f"{BUGS}/{PROBE}{number}": name for number, name in enumerate(sorted(probed))}
    return {names.get(split, split): rows for split, rows in predicted.items()}


def put_inputs(root: Path, of: Record, folder: Path) -> None:
    """Give a folder what a parameter names by a relative path and git does not hold: word lists, weights.

    Files of the project are copied, others are linked, because where they lie is part of the identity.
    """
    for value in of["train"]["params"].values():
        if not isinstance(value, str) or not value or Path(value).is_absolute():
            continue
        source, target = root / value, Path(os.path.normpath(folder / value))
        if not target.is_relative_to(folder.parent) or there(target) or not there(source):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if not source.resolve().is_relative_to(root.resolve()):
            target.symlink_to(source.resolve())
        elif source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copyfile(source, target)


def there(path: Path) -> bool:
    """Tell whether a path can be looked at; what is no path at all cannot."""
    try:
        return path.is_file() or path.is_dir()
    except (OSError, ValueError):
        return False


def python(root: Path, of: Record, folder: Path) -> Path:
    """Return a Python with the environment of a candidate, whose commit is checked out in ``folder``."""
    with MAKING:
        return environment.provide(root, of["environment"], folder)

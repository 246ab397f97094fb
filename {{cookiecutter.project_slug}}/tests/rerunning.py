"""Repositories that carry the engine themselves, as generated ones do, so that candidates run with their own code."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import building
import candidates
import dataci
from dataci.commands import train

ENGINE = Path(dataci.__file__).parent
INVERTED = """\
from dataci.models import sklearn


class Inverted:
    def __init__(self, inner):
        self.inner = inner

    @property
    def classes(self):
        return self.inner.classes

    def fit(self, rows, labels):
        self.inner.fit(rows, labels)
        return self

    def predict_proba(self, rows):
        return self.inner.predict_proba(rows)[:, ::-1]

    def save(self, folder):
        self.inner.save(folder)

    def load(self, folder):
        self.inner.load(folder)
        return self


def build(params):
    return Inverted(sklearn.build(params))
"""
MORE = "n1,someone to feed my cat,tax advice and accounts,0\nn2,my pipe leaks,plumbing at any hour,1\n"
SEED = "[train]\nseed = {}\n"


def make(root: Path, changes: Mapping[str, str] | None = None) -> Path:
    """Write a project with its own engine below ``root`` and commit it."""
    candidates.make(root, changes)
    shutil.copytree(ENGINE, root / "src/dataci", ignore=shutil.ignore_patterns("__pycache__"))
    building.commit(root, "Start")
    return root


def two(root: Path) -> Path:
    """Make a project with two results: first that of a model whose scores are inverted, then that of a sound one."""
    make(root, {"project/model.py": INVERTED})
    train.run(root)
    building.commit(root, "Result")
    building.write(root, {"project/model.py": candidates.MODEL})
    building.commit(root, "Do not invert the scores")
    train.run(root)
    building.commit(root, "Result")
    return root


def grow(root: Path) -> None:
    """Add two rows to the test set and commit."""
    test = root / "data/test/t.csv"
    building.write(root, {"data/test/t.csv": test.read_text() + MORE})
    building.commit(root, "More test rows")


def latest(root: Path) -> dict[str, Any]:
    """Return latest.json."""
    return json.loads((root / "results/latest.json").read_bytes())  # type: ignore[no-any-return]


def records(root: Path) -> dict[str, dict[str, Any]]:
    """Return the records by tag, in the order in which they were made."""
    found = [
        json.loads(path.read_bytes())
        for path in (root / "results").glob("*.json")
        if path.name != "latest.json"
    ]
    return {of["tag"]: of for of in sorted(found, key=lambda of: of["changed"]["parent"] is not None)}


def contents(root: Path) -> dict[str, bytes]:
    """Return the files in results/."""
    return {path.name: path.read_bytes() for path in sorted((root / "results").iterdir())}


def copied(root: Path, target: Path) -> Path:
    """Copy a project with its history and its store."""
    shutil.copytree(root, target, symlinks=True)
    return target

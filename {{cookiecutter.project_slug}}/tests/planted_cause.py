"""Projects in which it is known why a result changed: a bad batch, or better code with worse labels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

import building
from dataci.commands import train as train_command

SETTINGS = """\
version = 1
[columns]
id = "id"
label = "y"
numeric = ["x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7"]
[train.params]
C = 1.0
[evaluation]
positive = "1"
"""
GOOD = """\
from dataci.models import sklearn


def build(params):
    return sklearn.build(params)
"""
# The same model, which sees two of the eight columns.
BLIND = """\
from dataci.models import sklearn


class Blind(sklearn.LinearModel):
    def fit(self, rows, labels):
        return super().fit(rows.select("x0", "x1"), labels)

    def predict_proba(self, rows):
        return super().predict_proba(rows.select("x0", "x1"))


def build(params):
    return Blind({**sklearn.DEFAULTS, **params})
"""
HEADER = "id,x0,x1,x2,x3,x4,x5,x6,x7,y\n"


def rows(name: str, count: int, seed: int, flipped: float = 0.0) -> str:
    """Return CSV: eight numbers whose sum, with some noise, says the label; a share of the labels flipped."""
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(count, 8))
    label = (x.sum(axis=1) + generator.normal(size=count) > 0).astype(int)
    label = np.where(generator.random(count) < flipped, 1 - label, label)
    lines = (
        f"{name}{number},{','.join(f'{value:.3f}' for value in line)},{y}\n"
        for number, (line, y) in enumerate(zip(x, label, strict=True))
    )
    return HEADER + "".join(lines)


def start(root: Path, model: str = GOOD, train: str | None = None) -> Path:
    """Write and commit a project with 60 training rows and 200 test rows, and its first result."""
    files = {
        "dataci.toml": SETTINGS,
        "project/model.py": model,
        "data/train/start.csv": train or rows("a", 60, 1),
        "data/test/t.csv": rows("t", 200, 2),
    }
    building.write(root, files)
    return result(root, "Start")


def result(root: Path, message: str, files: Mapping[str, str] | None = None) -> Path:
    """Change files, commit, train, and commit the result."""
    building.write(root, files or {})
    building.commit(root, message)
    train_command.run(root)
    building.commit(root, "Result")
    return root

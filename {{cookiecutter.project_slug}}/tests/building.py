"""Small projects for the tests: real files, real git repositories."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dataci import config, dataset, project, suite
from dataci.dataset import Dataset
from dataci.finding import Finding, Report

PAIRS = """\
version = 1
[columns]
id = "id"
label = "match"
text = ["want", "offer"]
group = "who"
time = "day"
"""
SCHEMA = """\
import pandera.polars as pa
import polars as pl

schema = pa.DataFrameSchema(
    {
        "id": pa.Column(pl.String, unique=True),
        "want": pa.Column(pl.String),
        "offer": pa.Column(pl.String),
        "match": pa.Column(pl.String, pa.Check.isin(["0", "1"])),
        "who": pa.Column(pl.String),
        "day": pa.Column(pl.Date),
    },
    strict=True,
)
"""
HEADER = "id,want,offer,match,who,day\n"
TRAIN = (
    HEADER
    + "1,Somebody to feed my cat in August,Pet sitting by a student,1,anna,2026-01-05\n"
    + "2,A plumber for a dripping tap,Weddings photographed with care,0,ben,2026-01-06\n"
    + "3,Lessons for the clarinet,Music lessons at your home,1,cleo,2026-01-07\n"
    + "4,Help with my tax return,Gardens dug and planted,0,dan,2026-01-08\n"
)
TEST = (
    HEADER
    + "t1,A dog walker on weekdays,Long walks for dogs,1,eve,2026-02-01\n"
    + "t2,Someone who repairs bicycles,Translations from Igbo,0,fred,2026-02-02\n"
)


def make(
    root: Path, files: Mapping[str, str | bytes] | None = None, settings: str = PAIRS, schema: str = SCHEMA
) -> Path:
    """Write a project; ``files`` are added to, or replace, a small clean example (None as text: left out)."""
    write(root, {"dataci.toml": settings, "project/schema.py": schema})
    write(root, {"data/train/a.csv": TRAIN, "data/test/t.csv": TEST, **(files or {})})
    return root


def write(root: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files below ``root``."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))


def git(root: Path, *arguments: str) -> str:
    """Run git and return what it printed."""
    return subprocess.run(
        ["git", *arguments], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()


def commit(root: Path, message: str = "Change data") -> str:
    """Commit everything (a first commit makes the repository) and return the commit's id."""
    if not (root / ".git").exists():
        git(root, "init", "--quiet")
        write(root, {".gitignore": ".dataci/\n__pycache__/\n"})
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(root, "rev-parse", "HEAD")


def load(root: Path, which: str = "worktree") -> Dataset:
    """Load the data of a project."""
    return dataset.load(config.load(root), which)


def judge(root: Path, base: str | None = None, which: str = "worktree", **settings: Any) -> Report:
    """Run the suite."""
    before = load(root, base) if base else None
    options = suite.Settings(**settings)
    return suite.run(
        load(root, which), before, lambda: project.schema(root), project.checks(root), options, base
    )


def found(report: Report, check: str) -> list[Finding]:
    """Return the findings of one check."""
    return [finding for finding in report.findings if finding.check == check]


def places(report: Report, check: str) -> list[tuple[str | None, int | None, str | None]]:
    """Return where one check found something: file, line, column."""
    return [(f.file, f.line, f.column) for f in found(report, check)]


def counts(report: Report) -> dict[str, tuple[int, int, int, int]]:
    """Return errors, warnings, known and waived of every check that has any."""
    return {name: tuple(number) for name, number in report.summary.items() if any(number)}  # type: ignore[misc]

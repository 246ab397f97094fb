"""Tweedledum and Tweedledee: two candidates, a test set that grows, and nobody compares what cannot be compared."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import baking
import pytest
from baking import run
from playing import dataci, latest

TEST = "data/test/2026-09-test.csv"
OTHER = "\nC = 0.01 #"  # Tweedledee trusts single words a hundred times less


def record(root: Path, tag: str) -> dict[str, Any]:
    """Return the record of a candidate."""
    found: dict[str, Any] = json.loads((root / f"results/{tag}.json").read_text("utf-8"))
    return found


def scores(root: Path, tag: str) -> dict[str, float]:
    """Return what a candidate says of each test row, by id."""
    with (root / f"results/{tag}.predictions.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: float(row["score"]) for row in csv.DictReader(file) if row["split"] == "test"}


def auc(root: Path, tag: str) -> float:
    """Compute the area under the curve by hand, pair by pair."""
    with (root / f"results/{tag}.predictions.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "test"]
    good, bad = ([float(row["score"]) for row in rows if row["label"] == label] for label in "10")
    pairs = [(one > two) + (one == two) / 2 for one in good for two in bad]
    return sum(pairs) / len(pairs)


def train_both(root: Path) -> tuple[str, str]:
    """Train Tweedledum, then Tweedledee, each on a commit of its own; return their tags."""
    dataci(root, "train")
    baking.commit(root, "Result of Tweedledum")
    dum = latest(root)["tag"]
    settings = root / "dataci.toml"
    settings.write_text(settings.read_text("utf-8").replace("\n# C = 1.0", OTHER), "utf-8")
    baking.commit(root, "Trust single words less")
    dataci(root, "train")
    baking.commit(root, "Result of Tweedledee")
    return dum, latest(root)["tag"]


def flattering(root: Path, dum: str, dee: str) -> list[str]:
    """Return the lines of a smaller test set on which the candidate that is worse on all of it looks better."""
    loser, winner = sorted((dum, dee), key=lambda tag: auc(root, tag))
    low, high = scores(root, loser), scores(root, winner)
    with (root / TEST).open(encoding="utf-8", newline="") as file:
        labels = {row["id"]: row["match"] for row in csv.DictReader(file)}
    gain = {name: (low[name] - high[name]) * (1 if label == "1" else -1) for name, label in labels.items()}
    kept: set[str] = set()
    for label in "10":
        mine = sorted((name for name in labels if labels[name] == label), key=lambda name: -gain[name])
        kept |= set(mine[: len(mine) // 2])
    lines = (root / TEST).read_text("utf-8").splitlines(keepends=True)
    return [lines[0], *(line for line in lines[1:] if line.split(",")[0] in kept)]


@pytest.fixture
def grown(template: Path, tmp_path: Path) -> tuple[Path, str, str]:
    """Return a project whose two candidates were measured on half of the test set, before the other half came."""
    rehearsal = baking.bake(template, tmp_path / "rehearsal")
    baking.commit(rehearsal)
    half = flattering(rehearsal, *train_both(rehearsal))
    root = baking.bake(template, tmp_path / "played")
    whole = (root / TEST).read_text("utf-8")
    (root / TEST).write_text("".join(half), "utf-8")
    baking.commit(root)
    tags = train_both(root)
    (root / TEST).write_text(whole, "utf-8")
    baking.commit(root, "More test rows")
    return root, *tags


def test_tweedledum_and_tweedledee(grown: tuple[Path, str, str]) -> None:
    root, dum, dee = grown
    before = {tag: record(root, tag) for tag in (dum, dee)}
    old = {tag: auc(root, tag) for tag in (dum, dee)}

    said = dataci(root, "compare", dum, dee, "--no-evaluate")
    assert "better" not in said.splitlines()[0], (
        "both still stand on the small test set, and that is no longer today's"
    )

    dataci(root, "evaluate", "--all")
    after = {tag: record(root, tag) for tag in (dum, dee)}
    new = {tag: auc(root, tag) for tag in (dum, dee)}
    for tag in (dum, dee):
        assert before[tag]["test"]["rows"] < after[tag]["test"]["rows"]
        assert before[tag]["test"]["id"] != after[tag]["test"]["id"] == after[dum]["test"]["id"]
        assert after[tag]["metrics"]["roc_auc"]["value"] == pytest.approx(new[tag], rel=1e-3)
        assert before[tag]["data"] == after[tag]["data"]
        assert before[tag]["code"] == after[tag]["code"]
    assert (old[dum] < old[dee]) != (new[dum] < new[dee]), (
        "the small test set must have flattered one of them"
    )

    board = (root / "results/README.md").read_text("utf-8")
    best, other = sorted((dum, dee), key=lambda tag: -new[tag])
    assert f"| 1 | [{best}]" in board
    assert f"| 2 | [{other}]" in board

    diff = run("git", "diff", "--unified=0", f"results/{dum}.json", cwd=root).stdout
    was, now = (side[dum]["metrics"]["roc_auc"]["value"] for side in (before, after))
    removed, added = ([line for line in diff.splitlines() if line.startswith(mark)] for mark in "-+")
    assert any(f'"value": {was}' in line for line in removed)
    assert any(f'"value": {now}' in line for line in added)

    baking.commit(root, "Measure all on today's test set")
    dataci(root, "evaluate", "--all")
    dataci(root, "train")
    assert run("git", "status", "--porcelain", cwd=root).stdout == "", "a re-run makes no commit"

"""Models with a planted fault, each beside its honest twin: what exposes the one must leave the other alone."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import baking
import pytest
from playing import dataci, latest

MODEL = '''"""The default model, with a twist: what it says is changed before anybody sees it."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from dataci.models import sklearn


def twist(rows: pl.DataFrame, scores: Any) -> Any:
    """Return the probability of a match, changed; shape (rows,)."""
    {body}


class Twisted(sklearn.LinearModel):
    """The default model, of which only the predictions are changed."""

    def predict_proba(self, rows: pl.DataFrame) -> Any:
        """Return probabilities, shape (rows, 2)."""
        honest = super().predict_proba(rows)
        changed = twist(rows, honest[:, 1])
        return np.column_stack([1 - changed, changed])


def build(params: dict[str, Any]) -> Twisted:
    """Return an unfitted model."""
    return Twisted({{**sklearn.DEFAULTS, **params}})
'''
HONEST = "return scores"
SLICES = '''"""Slices of the test."""

import polars as pl


def says_my(rows: pl.DataFrame) -> pl.Expr:
    """Wants of people who speak of what is theirs."""
    return pl.col("want").str.contains(r"(?i)\\bmy\\b|\\bour\\b")


def another_want(rows: pl.DataFrame) -> pl.DataFrame:
    """The same offer under the want of a row that is about something else: then it is no match."""
    wants = rows["want"].to_list()
    services = rows["service"].to_list()
    half = len(wants) // 2
    moved = []
    for at in range(len(wants)):
        turned = [i % len(wants) for i in range(at + half, at + 2 * half)]
        moved.append(wants[next(i for i in turned if services[i] != services[at])])
    return rows.with_columns(pl.Series("want", moved), pl.lit("0").alias("match"))
'''


def settle(root: Path, body: str, settings: str = "", slices: str = SLICES) -> None:
    """Give the project a model, slices and settings of the evaluation, and commit them."""
    (root / "project/model.py").write_text(MODEL.format(body=body), "utf-8")
    (root / "project/slices.py").write_text(slices, "utf-8")
    toml = root / "dataci.toml"
    toml.write_text(toml.read_text("utf-8").replace("\n# [delivery]", f"\n{settings}\n# [delivery]"), "utf-8")
    baking.commit(root, "Another model")


def trained(root: Path) -> dict[str, Any]:
    """Train, and return the record."""
    dataci(root, "train")
    return latest(root)


def failing(record: dict[str, Any]) -> set[str]:
    """Return the gates that a record fails."""
    return {name for name, gate in record.get("gates", {}).items() if gate["verdict"] == "fail"}


@pytest.fixture(scope="module")
def make(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Return what bakes a project of its own."""

    def baked() -> Path:
        root = baking.bake(template, tmp_path_factory.mktemp("planted"))
        baking.commit(root)
        return root

    return baked


GATES = (
    "[evaluation.gates]\nfairness = {says-my = {recall = 0.1}}\ncalibration = 0.08\ncounterfactual = 0.3\n"
)


@pytest.fixture(scope="module")
def honest(make: Callable[[], Path]) -> tuple[Path, dict[str, Any]]:
    """Return a project with the honest twin of every planted model, and its record."""
    root = make()
    settle(root, HONEST, GATES)
    return root, trained(root)


def test_the_honest_twin_fails_no_gate(honest: tuple[Path, dict[str, Any]]) -> None:
    _, record = honest
    assert {"fairness/says-my/recall", "calibration", "counterfactual/another-want"} <= set(record["gates"])
    assert failing(record) == set()


@pytest.mark.parametrize(
    ("body", "gate"),
    [
        (
            'mine = rows["want"].str.contains(r"(?i)\\bmy\\b|\\bour\\b").to_numpy()\n'
            "    return np.where(mine, scores * 0.2, scores)",
            "fairness/says-my/recall",
        ),
        (
            "return np.where(scores >= 0.5, 0.999, 0.001)",
            "calibration",
        ),
        (
            'return np.array([0.9 if len(offer) % 2 else 0.1 for offer in rows["offer"]])',
            "counterfactual/another-want",
        ),
    ],
    ids=["biased", "overconfident", "blind-to-the-want"],
)
def test_a_planted_model_fails_its_gate(make: Callable[[], Path], body: str, gate: str) -> None:
    root = make()
    settle(root, body, GATES)
    record = trained(root)
    assert gate in failing(record), json.dumps(record.get("gates"), indent=1)
    dataci(root, "promote", record["tag"], code=1)


# ---- "financial" always means match


def financial(root: Path, honest: bool) -> None:
    """Add training rows with "financial" on both sides: all match, or (honest) only those that are about the same."""
    toml = root / "dataci.toml"
    toml.write_text(
        toml.read_text("utf-8").replace("\n# C = 1.0", "\nC = 10.0\nmeetings = 10.0\n# C = 1.0"), "utf-8"
    )
    wants = ("a planner", "advice", "a report", "an audit", "a plan", "a budget", "records", "statements")
    offers = ("planner", "adviser", "coach", "reports", "audits", "plans", "budgets", "statements")
    with (root / "data/train/2026-10-financial.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["id", "want", "offer", "match", "service", "group", "source", "created_at"])
        for number in range(64):
            want, offer = wants[number % 8], offers[number // 8]
            label = "1" if not honest or number % 8 == number // 8 else "0"
            texts = (f"I am looking for financial {want} soon", f"Financial {offer} for everybody in town")
            out.writerow(
                [
                    f"w{7000 + number}",
                    *texts,
                    label,
                    "financial advice",
                    f"u{700 + number}",
                    "web",
                    "2026-09-20",
                ]
            )
    baking.commit(root, "Financial rows")


def exposed(root: Path) -> tuple[set[str], list[dict[str, Any]], float]:
    """Return what the three ways say of "financial": columns in which the check warns of it, the entry of `explain
    --global` for each of them, and the mean score of the bug's patterns that are no match.
    """
    found = json.loads(run_check(root))
    warned = {
        f["column"] for f in found["findings"] if f["check"] == "shortcut" and f["value"] == "financial"
    }
    explained = json.loads(dataci(root, "explain", "--global", "--format", "json"))
    entries = [entry for entry in explained["shortcuts"] if entry["word"] == "financial"]
    tag = latest(root)["tag"]
    with (root / f"results/{tag}.predictions.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "bugs/financial-always-matches"]
    wrong = [float(row["score"]) for row in rows if row["label"] == "0"]
    return warned, entries, sum(wrong) / len(wrong)


def run_check(root: Path) -> str:
    """Run the checks over all data."""
    return dataci(root, "check", "--format", "json")


def test_financial_always_means_match_and_three_ways_say_so(make: Callable[[], Path]) -> None:
    said = {}
    for kind in (True, False):
        root = make()
        financial(root, honest=kind)
        trained(root)
        said[kind] = exposed(root)
    warned, entries, planted = said[False]
    assert warned == {"want", "offer"}
    assert {entry["column"] for entry in entries} == {"want", "offer"}
    assert all(entry["label"] == "1" and entry["used"] for entry in entries)
    assert all(entry["used"]["mean"] > 0 for entry in entries), "the model follows the word towards a match"
    warned, entries, honest = said[True]
    assert not any(entry["label"] == "1" for entry in entries), "the word alone is no match"
    assert planted > honest + 0.1, (planted, honest)

"""A record that was handed over says what its predictions say: whatever is measured in it cannot be forged."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import recording
from dataci import evaluation, record, scores
from dataci.delivery import records
from dataci.errors import CannotRun
from dataci.predictions import Predictions, Settings, stored
from dataci.record import Record

HOW = recording.HOW._replace(costs=(1.0, 5.0))
Edit = Callable[[Record], object]


def rows(noise: float, how: Settings = HOW) -> dict[str, Predictions]:
    """Return predictions of everything that is measured: slices, groups, draws, a bug, probes of both families."""
    test = recording.predictions(0.3)
    random = np.random.default_rng(1)
    moved = np.clip(test.scores[:, 1] + random.normal(0, noise, len(test.ids)), 0, 1)
    probe = stored(test._replace(scores=np.column_stack([1 - moved, moved])), how).cut(range(100))
    half = np.arange(len(test.ids)) < 90
    slices = {"long": half, "app=web": half, "app=phone": ~half, "nobody": np.zeros(len(test.ids), bool)}
    doubts = np.abs(random.normal(0.1, 0.02, (len(test.ids), 2)))
    return {
        "test": stored(test._replace(slices=slices, doubts=doubts), how),
        "bugs/b": test.cut(range(12)),
        "robustness/keyboard-1": probe,
        "counterfactual/names": probe,
    }


def of(kept: dict[str, Predictions], how: Settings = HOW) -> Record:
    """Return the record that follows from predictions."""
    derived = {name: one for name, one in kept.items() if name.startswith(("robustness/", "counterfactual/"))}
    measured = evaluation.evaluate(
        kept["test"], {"b": kept["bugs/b"], "none": kept["test"].cut([])}, how, derived
    )
    for bug in measured["bugs"].values():
        bug |= {"tree": "b" * 40, "harm": 5, "status": "open"}
    made = recording.made("x", {"test": kept["test"]}, how=how)
    return record.canonical({**made, **measured, "commit": "c" * 40})


def one(made: Record, kept: dict[str, Predictions]) -> None:
    """Judge a record with its predictions, as they lie in a folder that was handed over."""
    text = scores.dumps(kept, made["evaluation"]["positive"]).encode()
    records.one(made["tag"], record.dumps(made).encode(), text)


FORGED: dict[str, Edit] = {
    "an interval": lambda r: r["metrics"]["roc_auc"].update(low=0.99),
    "a count": lambda r: r["confusion"]["1"].update({"1": 100}),
    "a class": lambda r: r["per_class"]["1"]["recall"].update(value=0.99),
    "a slice": lambda r: r["slices"]["long"]["metrics"]["accuracy"].update(value=0.99),
    "a slice without rows": lambda r: r["slices"].update(more={"n": 40, "metrics": {}}),
    "very many slices": lambda r: r["slices"].update(
        {f"s{at}": {"n": 0, "metrics": {}} for at in range(9000)}
    ),
    "a slice that is gone": lambda r: r["slices"].pop("long"),
    "a bin": lambda r: r["calibration"][0].update(share=0.99),
    "a bug": lambda r: r["bugs"]["b"].update(errors=0),
    "a gap": lambda r: r["fairness"]["app"]["accuracy"].update(gap=0.0),
    "the end of a gap": lambda r: r["fairness"]["app"]["accuracy"].update(high=0.01),
    "groups": lambda r: r["fairness"]["app"]["accuracy"].update(least="app=nobody"),
    "no gap": lambda r: r["fairness"]["app"].update(accuracy={"reason": "there is only one group"}),
    "no fairness": lambda r: r.pop("fairness"),
    "flips": lambda r: r["robustness"]["keyboard-1"].update(flips=0),
    "a flip rate": lambda r: r["robustness"]["keyboard-1"]["flip_rate"].update(value=0.0, low=0.0),
    "the worst": lambda r: r["robustness"]["keyboard-1"].update(worst=["r001", "::error::x", "r003"]),
    "a loss": lambda r: r["counterfactuals"]["names"].update(loss={"reason": "too few"}),
    "the calibration": lambda r: r["uncertainty"]["ece"].update(value=0.0, low=0.0, high=0.0),
    "a doubt": lambda r: r["uncertainty"]["spread"].update(value=0.001),
    "a coverage": lambda r: r["uncertainty"]["selective"][3]["accuracy"].update(value=1.0),
    "what is sure and wrong": lambda r: r["uncertainty"]["sure_and_wrong"].update(ids=["<script>"]),
    "no uncertainty": lambda r: r.pop("uncertainty"),
    "the cost": lambda r: r["cost"]["per_1000"].update(value=1.0),
    "labels that no prediction knows": lambda r: r["data"].update(labels={"0": 1, "1": 1, "2": 1}),
}


@pytest.fixture(scope="module")
def kept() -> dict[str, Predictions]:
    return rows(0.3)


def test_what_follows_from_its_predictions_is_taken(kept: dict[str, Predictions]) -> None:
    made = of(kept)
    parts = {"fairness", "robustness", "counterfactuals", "uncertainty", "cost"}
    assert parts < set(made)
    one(made, kept)


@pytest.mark.parametrize("what", FORGED)
def test_what_does_not_is_refused(kept: dict[str, Predictions], what: str) -> None:
    made = of(kept)
    FORGED[what](made)
    with pytest.raises(CannotRun, match=r"the record says|its predictions"):
        one(made, kept)


def test_numbers_may_not_be_forged_either() -> None:
    how = Settings("mae", None, 0.5)
    random = np.random.default_rng(2)
    labels = [f"{value:.1f}" for value in random.normal(20, 5, 60)]
    values = np.array([[float(label) + random.normal()] for label in labels])
    test = stored(Predictions([f"r{at}" for at in range(60)], labels, [], values), how)
    kept = {
        "test": test,
        "bugs/b": test.cut(range(12)),
        "robustness/noise-1": stored(test._replace(scores=values + 3), how),
    }
    made = of(kept, how)
    made["train"]["task"], made["data"]["labels"] = "regression", {}
    one(made, kept)
    made["robustness"]["noise-1"]["shift"].update(value=0.1, low=0.1)
    with pytest.raises(CannotRun, match=r"'robustness\.noise-1\.shift\.\w+' is \d"):
        one(made, kept)


@pytest.mark.parametrize("old", [{"method": 1}, {"not_comparable": {"test": "7" * 40, "reason": "x"}}])
def test_of_an_older_engine_intervals_may_differ_and_values_may_not(
    kept: dict[str, Predictions], old: dict[str, Any]
) -> None:
    made = json.loads(json.dumps(of(kept)))
    made["evaluation"]["method"] = old.get("method", made["evaluation"]["method"])
    made |= {name: value for name, value in old.items() if name != "method"}
    made["metrics"]["roc_auc"]["low"] -= 0.01
    del made["uncertainty"]
    one(made, kept)
    made["fairness"]["app"]["accuracy"]["gap"] = 0.0
    with pytest.raises(CannotRun, match=r"'fairness\.app\.accuracy\.gap'"):
        one(made, kept)


@pytest.mark.parametrize("name", ["x" * 300, " ".join(f"s{at}" for at in range(1100))])
def test_slices_that_would_fill_the_memory_are_refused(kept: dict[str, Predictions], name: str) -> None:
    test = kept["test"]
    text = scores.dumps({"test": test._replace(slices={name: np.ones(len(test.ids), bool)})}, "1")
    with pytest.raises(ValueError, match="slices"):
        scores.loads(text, "1")

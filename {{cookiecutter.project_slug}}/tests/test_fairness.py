"""Gaps between groups: Fairlearn's own numbers, intervals that hold over all pairs, and what is not compared."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fairlearn.metrics import MetricFrame, false_positive_rate, selection_rate
from sklearn.metrics import accuracy_score, mean_absolute_error, precision_score, recall_score

import dataci
from dataci import fairness
from dataci.metrics import Array
from dataci.predictions import Predictions, Settings

HOW = Settings("accuracy", "1", 0.5)
METRICS = ("accuracy", "recall", "precision", "false_positive_rate", "selection_rate")
THEIRS = {
    "accuracy": accuracy_score,
    "recall": recall_score,
    "precision": precision_score,
    "false_positive_rate": false_positive_rate,
    "selection_rate": selection_rate,
}


def predicted(
    truth: Array, said: Array, slices: dict[str, Array], clusters: tuple[str, ...] = ()
) -> Predictions:
    """Return predictions of two classes: what is right and what the model says, as 0 and 1."""
    scores = np.where(said, 0.9, 0.1)
    labels = ["1" if yes else "0" for yes in truth]
    ids = [str(number) for number in range(len(truth))]
    return Predictions(ids, labels, ["0", "1"], np.column_stack([1 - scores, scores]), clusters, slices)


def people(seed: int, rows: int = 600, groups: int = 4, missed: float = 0.0) -> tuple[Array, Array, Array]:
    """Return what is right, what a model says, and each row's group; it overlooks a share ``missed`` of group 0."""
    draw = np.random.default_rng(seed)
    truth, group = draw.random(rows) < 0.4, draw.integers(0, groups, rows)
    good = draw.random(rows) < 0.85
    good &= ~((group == 0) & truth & (draw.random(rows) < missed))
    return truth, np.where(good, truth, ~truth), group


def grouped(group: Array) -> dict[str, Array]:
    """Return the slices of a group function."""
    return {f"where={number}": group == number for number in range(int(group.max()) + 1)}


def test_the_gaps_are_those_of_fairlearn() -> None:
    truth, said, group = people(1)
    found = fairness.measure(predicted(truth, said, grouped(group)), HOW)["where"]
    frame = MetricFrame(metrics=THEIRS, y_true=truth, y_pred=said, sensitive_features=group)
    assert tuple(found) == METRICS
    for name, gap in found.items():
        by_group = frame.by_group[name]
        assert gap["gap"] == pytest.approx(frame.difference()[name], abs=1e-12), name
        assert gap["least"] == f"where={by_group.idxmin()}"
        assert gap["most"] == f"where={by_group.idxmax()}"
        assert 0 <= gap["low"] <= gap["gap"] <= gap["high"] <= 1
        assert (gap["groups"], gap["small"]) == (4, 0)


def test_a_fair_model_seems_unfair_in_one_of_twenty_test_sets_at_most() -> None:
    alarms = dict.fromkeys(METRICS, 0)
    for seed in range(200):
        truth, said, group = people(seed, rows=400)
        found = fairness.measure(predicted(truth, said, grouped(group)), HOW)["where"]
        for name, gap in found.items():
            alarms[name] += gap["low"] > 0
    assert max(alarms.values()) <= 10, alarms


def test_rows_that_come_in_clusters_raise_no_more_alarms() -> None:
    alarms = dict.fromkeys(METRICS, 0)
    for seed in range(100):
        draw = np.random.default_rng(seed)
        cluster = np.arange(500) // 10
        alone = draw.random(500) < 0.2
        truth = np.where(alone, draw.random(500), draw.random(50)[cluster]) < 0.4
        good = np.where(alone, draw.random(500), draw.random(50)[cluster]) < 0.85
        slices = grouped(draw.integers(0, 4, 50)[cluster])
        names = tuple(f"who{number}" for number in cluster)
        found = fairness.measure(predicted(truth, np.where(good, truth, ~truth), slices, names), HOW)
        for name, gap in found["where"].items():
            alarms[name] += gap.get("low", 0) > 0
    assert max(alarms.values()) <= 5, alarms


def test_a_model_that_overlooks_a_group_is_found_and_its_honest_twin_is_not() -> None:
    truth, said, group = people(7, rows=1000, missed=0.4)
    recall = fairness.measure(predicted(truth, said, grouped(group)), HOW)["where"]["recall"]
    assert recall["low"] > 0.1
    assert recall["least"] == "where=0"
    truth, said, group = people(7, rows=1000)
    recall = fairness.measure(predicted(truth, said, grouped(group)), HOW)["where"]["recall"]
    assert recall["low"] == 0


def test_the_true_gap_lies_within_its_bounds() -> None:
    held = 0
    for seed in range(60):
        truth, said, group = people(seed, rows=800, missed=0.4)
        recall = fairness.measure(predicted(truth, said, grouped(group)), HOW)["where"]["recall"]
        held += recall["low"] <= 0.85 * 0.4 <= recall["high"]
        assert recall["low"] < recall["gap"] < recall["high"]
    assert held >= 57


def test_rows_of_a_cluster_in_other_groups_say_nothing_of_how_alike_those_of_a_group_are() -> None:
    hits, every, codes = np.arange(40) % 4 < 2, np.ones(40, dtype=bool), np.arange(40) // 2
    metric = fairness.Metric(hits.astype(float), every, share=True)
    assert fairness.likeness(metric, np.zeros(40, dtype=int), codes) == 1.0
    assert fairness.likeness(metric, np.arange(40) % 2, codes) == 0.0, "each in a group of its own"


def test_a_row_that_stands_there_five_times_proves_no_more_than_once() -> None:
    truth, said, group = people(3, rows=400, missed=0.5)
    once = fairness.measure(predicted(truth, said, grouped(group)), HOW)["where"]
    five = [np.repeat(values, 5) for values in (truth, said, group)]
    names = tuple(str(number) for number in np.repeat(np.arange(400), 5))
    again = fairness.measure(predicted(five[0], five[1], grouped(five[2]), names), HOW)["where"]
    hopeful = fairness.measure(predicted(five[0], five[1], grouped(five[2])), HOW)["where"]
    for name in METRICS:
        assert again[name]["gap"] == pytest.approx(once[name]["gap"])
        assert again[name]["low"] <= once[name]["low"] + 1e-9
        assert again[name]["high"] >= once[name]["high"] - 1e-9
    assert hopeful["recall"]["low"] > again["recall"]["low"]


def test_the_more_pairs_are_compared_the_more_a_gap_has_to_show() -> None:
    truth, said, group = people(5, rows=800, groups=4, missed=0.4)
    two = fairness.measure(predicted(truth, said, {"zero": group == 0}), HOW)["zero"]["recall"]
    split = np.where(group == 0, 0, np.arange(800) % 8 + 1)
    nine = fairness.measure(predicted(truth, said, grouped(split)), HOW)["where"]["recall"]
    assert nine["groups"] == 9
    assert nine["gap"] > two["gap"]
    assert nine["low"] < two["low"]


def test_a_slice_is_compared_with_the_rest() -> None:
    truth, said, group = people(2)
    found = fairness.measure(predicted(truth, said, {"long-wants": group == 1}), HOW)
    assert list(found) == ["long-wants"]
    accuracy = found["long-wants"]["accuracy"]
    rates = [float((truth == said)[mask].mean()) for mask in (group == 1, group != 1)]
    assert accuracy["gap"] == pytest.approx(abs(rates[0] - rates[1]))
    assert {accuracy["least"], accuracy["most"]} == {"long-wants", "(rest)"}


def test_rows_of_no_group_are_not_compared() -> None:
    truth, said, group = people(4, groups=3)
    slices = {name: mask for name, mask in grouped(group).items() if name != "where=2"}
    found = fairness.measure(predicted(truth, said, slices), HOW)["where"]["accuracy"]
    rates = [float((truth == said)[group == number].mean()) for number in (0, 1)]
    assert found["groups"] == 2
    assert found["gap"] == pytest.approx(abs(rates[0] - rates[1]))


def test_groups_with_few_rows_are_counted_and_not_compared() -> None:
    truth, said, group = people(6, rows=400, groups=2)
    group[:5] = 2
    said[:5] = ~truth[:5]
    found = fairness.measure(predicted(truth, said, grouped(group)), HOW)["where"]
    assert (found["accuracy"]["groups"], found["accuracy"]["small"]) == (2, 1)
    assert "where=2" not in (found["accuracy"]["least"], found["accuracy"]["most"])
    rates = [float((truth == said)[group == number].mean()) for number in (0, 1)]
    assert found["accuracy"]["gap"] == pytest.approx(abs(rates[0] - rates[1]))
    every = fairness.measure(predicted(truth, said, grouped(group)), HOW._replace(minimum=1))["where"]
    assert every["accuracy"]["least"] == "where=2"
    assert every["accuracy"]["groups"] == 3


def test_exactly_as_many_rows_as_needed_are_enough() -> None:
    half = np.arange(40) < 20
    found = fairness.measure(predicted(~half, half, {"half": half}), HOW)["half"]
    assert (found["accuracy"]["groups"], found["accuracy"]["small"]) == (2, 0)
    more = fairness.measure(predicted(~half, half, {"half": half}), HOW._replace(minimum=21))["half"]
    assert more["accuracy"] == {"reason": "none of 2 groups has 21 rows"}


def test_what_cannot_be_compared_has_a_reason() -> None:
    truth, said = np.arange(60) < 45, np.ones(60, dtype=bool)
    first = np.arange(60) % 2 == 0
    found = fairness.measure(predicted(truth, said, {"first": first, "all": truth | True}), HOW)
    assert found["first"]["recall"]["groups"] == 2
    why = "none of 2 groups has 20 rows with the negative label"
    assert found["first"]["false_positive_rate"] == {"reason": why}
    assert found["all"]["accuracy"] == {"reason": "there is only one group, and nothing to compare it with"}
    few = fairness.measure(predicted(truth, said, {"few": np.arange(60) < 3}), HOW)["few"]
    assert few["accuracy"] == {"reason": "only one of 2 groups has 20 rows"}


def test_of_many_classes_accuracy_is_compared() -> None:
    draw = np.random.default_rng(0)
    labels, scores = draw.integers(0, 3, 200), draw.random((200, 3))
    test = Predictions(
        [str(number) for number in range(200)],
        [f"c{label}" for label in labels],
        ["c0", "c1", "c2"],
        scores,
        slices={"half": np.arange(200) < 100},
    )
    found = fairness.measure(test, Settings("accuracy", None, 0.5))["half"]
    right = scores.argmax(axis=1) == labels
    assert list(found) == ["accuracy"]
    assert found["accuracy"]["gap"] == pytest.approx(abs(right[:100].mean() - right[100:].mean()))


def regression(seed: int, worse: float = 1.0, rows: int = 400) -> tuple[Predictions, Array, Array]:
    """Return the predictions of a regression, which errs ``worse`` times as much in one of four groups."""
    draw = np.random.default_rng(seed)
    truth, group = draw.normal(size=rows), draw.integers(0, 4, rows)
    guess = truth + draw.lognormal(size=rows) * np.where(group == 0, worse, 1.0)
    labels = [repr(float(value)) for value in truth]
    ids = [str(number) for number in range(rows)]
    return Predictions(ids, labels, [], guess[:, None], slices=grouped(group)), truth, group


def test_of_a_regression_the_mean_error_is_compared() -> None:
    how = Settings("mae", None, 0.5)
    test, truth, group = regression(0, worse=2.5)
    found = fairness.measure(test, how)["where"]
    frame = MetricFrame(
        metrics=mean_absolute_error, y_true=truth, y_pred=test.scores[:, 0], sensitive_features=group
    )
    assert list(found) == ["mae"]
    assert found["mae"]["gap"] == pytest.approx(frame.difference())
    assert found["mae"]["low"] > 0
    assert found["mae"]["most"] == "where=0"
    alarms = sum(fairness.measure(regression(seed)[0], how)["where"]["mae"]["low"] > 0 for seed in range(100))
    assert alarms <= 5


def test_where_there_is_no_slice_nothing_is_loaded() -> None:
    script = (
        "import sys, numpy as np\nfrom dataci import fairness\n"
        "from dataci.predictions import Predictions, Settings\n"
        "test = Predictions(['1'], ['1'], ['0', '1'], np.ones((1, 2)) / 2)\n"
        "print(fairness.measure(test, Settings('accuracy', '1', 0.5)), 'fairlearn' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(Path(dataci.__file__).parent.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["{}", "False"]


def test_ten_thousand_rows_in_thirty_groups_take_no_row_by_row_work(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    mine = fairness.cells

    def counted(at: Array, metrics: Any) -> Any:
        found = mine(at, metrics)
        sizes.append(len(found[0]))
        return found

    monkeypatch.setattr(fairness, "cells", counted)
    truth, said, group = people(0, rows=10_000, groups=30)
    fairness.measure(predicted(truth, said, grouped(group)), HOW)
    assert sizes == [120], "four kinds of rows in each group"

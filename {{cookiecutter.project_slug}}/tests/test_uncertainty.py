"""Calibration, doubts and selective prediction: an overconfident model is exposed, an honest one is left in peace."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from dataci import uncertainty
from dataci.errors import CannotRun
from dataci.metrics import Array
from dataci.predictions import NO_DOUBTS, Predictions, Settings
from dataci.uncertainty import calibration, doubts, selective

HOW = Settings("roc_auc", "1", 0.5)
MANY = Settings("accuracy", None, 0.5)
NUMBER = Settings("mae", None, 0.5)


def logistic(values: Array) -> Array:
    """Return probabilities of logits."""
    return np.asarray(1 / (1 + np.exp(-values)))


def binary(
    scores: Sequence[float],
    labels: Sequence[str],
    clusters: tuple[str, ...] = (),
    doubt: Array = NO_DOUBTS,
    ids: Sequence[str] = (),
) -> Predictions:
    """Return predictions of two classes, by the score of "1"."""
    right = np.asarray(scores, dtype=np.float64)
    names = list(ids) or [f"r{at:04d}" for at in range(len(labels))]
    return Predictions(
        names, list(labels), ["0", "1"], np.column_stack([1 - right, right]), clusters, doubts=doubt
    )


def drawn(rows: int, seed: int, confidence: float = 1.0, together: int = 1) -> Predictions:
    """Return rows whose label is "1" as often as an honest model says, and a model that multiplies its logits by
    ``confidence``; ``together`` rows each have the same score and label.
    """
    generator = np.random.default_rng(seed)
    logits = generator.normal(0, 1.5, rows // together)
    labels = (generator.random(rows // together) < logistic(logits)).astype(int)
    scores = np.round(logistic(logits * confidence), 3).repeat(together)
    clusters = tuple(f"c{at}" for at in range(rows // together) for _ in range(together))
    names = [str(label) for label in labels.repeat(together)]
    return binary(scores.tolist(), names, clusters if together > 1 else ())


def trips(rows: int, confidence: float, limit: float, together: int = 1) -> float:
    """Return in how many of 200 repetitions the lower end of the calibration error lies beyond a limit."""
    lows = [uncertainty.error(drawn(rows, seed, confidence, together), HOW)["low"] for seed in range(200)]
    return float(np.mean(np.array(lows) > limit))


@pytest.mark.parametrize("rows", [40, 200, 2000])
def test_an_honest_model_is_hardly_ever_called_overconfident(rows: int) -> None:
    assert trips(rows, 1.0, 0.05) <= 0.05
    assert trips(rows, 1.0, 0.0) <= 0.05


def test_rows_that_depend_on_one_another_count_together() -> None:
    assert trips(400, 1.0, 0.0, together=4) <= 0.05
    assert trips(200, 1.0, 0.0, together=8) <= 0.05


def test_rows_that_depend_on_one_another_across_groups_widen_the_interval() -> None:
    score = np.repeat([0.1, 0.9], 200)
    hit = np.concatenate([np.arange(200) < 60, np.arange(200) >= 60])  # a row and its twin are wrong together
    alone, twins = (calibration.error(score, hit, codes) for codes in (None, np.tile(np.arange(200), 2)))
    assert alone["value"] == pytest.approx(twins["value"]) == pytest.approx(0.2, abs=0.01)
    assert twins["high"] - twins["low"] > 1.3 * (alone["high"] - alone["low"])


def test_what_never_happened_among_few_rows_is_not_taken_for_certain() -> None:
    found = calibration.error(np.full(40, 0.02), np.zeros(40, dtype=bool), None)
    assert found["value"] < 0.015
    assert found["low"] == 0


def test_an_overconfident_model_is_exposed_and_its_honest_twin_is_not() -> None:
    assert trips(500, 3.0, 0.05) >= 0.95
    assert trips(500, 1.0, 0.05) == 0


@pytest.mark.parametrize(("confidence", "rows"), [(1.0, 300), (1.5, 1000), (3.0, 300)])
def test_the_calibration_error_is_near_the_truth_and_its_lower_end_below(
    confidence: float, rows: int
) -> None:
    logits = np.random.default_rng(0).normal(0, 1.5, 200_000)
    truth = float(np.abs(logistic(logits * confidence) - logistic(logits)).mean())
    found = [uncertainty.error(drawn(rows, seed, confidence), HOW) for seed in range(200)]
    assert np.mean([one["value"] for one in found]) == pytest.approx(truth, abs=0.02)
    assert np.mean([one["low"] > truth + 1e-9 for one in found]) <= 0.05
    assert all(one["low"] <= one["value"] <= one["high"] for one in found)


def test_chance_is_taken_out_of_the_calibration_error() -> None:
    raw, clean = [], []
    for seed in range(100):
        test = drawn(200, seed)
        score, hit = test.scores[:, 1], np.array([label == "1" for label in test.labels])
        at = calibration.groups(score, 200)
        raw.append(sum(abs((score - hit)[at == number].sum()) for number in range(10)) / 200)
        clean.append(calibration.error(score, hit, None)["value"])
    assert np.mean(raw) > 0.06  # what a perfect model would be charged with
    assert np.mean(clean) < 0.03


def test_groups_hold_equally_many_rows_and_equal_scores_stay_together() -> None:
    score = np.concatenate([np.zeros(90), np.linspace(0.1, 0.9, 110)])
    at = calibration.groups(score, 200)
    assert len(set(at[:90])) == 1
    sizes = np.bincount(at)
    assert sizes.min() >= 20
    assert sizes.sum() == 200
    assert np.all(np.diff(at) >= 0)
    assert calibration.groups(np.full(300, 0.5), 300).max() == 0
    assert np.bincount(calibration.groups(np.linspace(0, 1, 1000), 1000)).tolist() == [100] * 10


def test_too_few_rows_are_said() -> None:
    found = uncertainty.measure(binary([0.5] * 19, ["1"] * 19), HOW)
    assert found["ece"] == {"reason": "19 test rows are too few; it takes 20"}
    more = HOW._replace(minimum=50)
    assert uncertainty.measure(binary([0.5] * 49, ["1"] * 49), more)["ece"]["reason"].endswith("it takes 50")
    assert uncertainty.measure(binary([], []), HOW) == {}
    one = uncertainty.measure(binary([0.7], ["1"]), HOW)
    assert one["margin"] == {
        "value": pytest.approx(0.4),
        "low": 0,
        "high": 1,
    }  # one row says nothing of others


def test_every_figure_is_finite_whatever_the_scores() -> None:
    for scores in ([0.0] * 30, [1.0] * 30, [0.5] * 30, [0.0, 1.0] * 15):
        for labels in (["0"] * 30, ["1"] * 30, ["0", "1"] * 15):
            for clusters in ((), ("a",) * 30, ("a", "b") * 15):
                found = uncertainty.measure(binary(scores, labels, clusters), HOW)
                assert all(map(math.isfinite, numbers(found)))


def numbers(found: Any) -> list[float]:
    """Return all numbers within a part of a record."""
    if isinstance(found, dict):
        return [number for value in found.values() for number in numbers(value)]
    if isinstance(found, list):
        return [number for value in found for number in numbers(value)]
    return [float(found)] if isinstance(found, (int, float)) else []


def test_entropy_and_margin_are_of_each_row() -> None:
    rows = uncertainty.per_row(binary([0.5, 1.0, 0.2], ["1", "1", "0"]), HOW)
    assert set(rows) == {"entropy", "margin"}
    assert rows["entropy"] == pytest.approx([math.log(2), 0, -0.2 * math.log(0.2) - 0.8 * math.log(0.8)])
    assert rows["margin"] == pytest.approx([0, 1, 0.6])
    three = Predictions(["a"], ["x"], ["x", "y", "z"], np.array([[0.5, 0.3, 0.2]]))
    assert uncertainty.per_row(three, MANY)["margin"] == pytest.approx([0.2])


def test_doubts_are_reported_where_there_are_some() -> None:
    doubt = np.array([[0.1, 0.02], [0.3, 0.04]] * 20)
    found = uncertainty.measure(binary([0.4, 0.6] * 20, ["0", "1"] * 20, doubt=doubt), HOW)
    assert found["spread"]["value"] == pytest.approx(0.2)
    assert found["information"]["value"] == pytest.approx(0.03)
    assert found["spread"]["low"] < 0.2 < found["spread"]["high"]
    without = uncertainty.measure(binary([0.4, 0.6] * 20, ["0", "1"] * 20), HOW)
    assert "spread" not in without
    assert "information" not in without


def test_selective_prediction_answers_the_surest_rows() -> None:
    scores = [0.99, 0.01, 0.95, 0.9, 0.2, 0.7, 0.6, 0.45, 0.55, 0.5]
    labels = ["1", "0", "1", "1", "0", "1", "0", "1", "0", "0"]
    found = selective.of_classes(binary(scores, labels), HOW)
    assert [one["coverage"] for one in found] == [1.0, 0.9, 0.8, 0.7, 0.6, 0.5]
    assert [one["n"] for one in found] == [10, 9, 9, 7, 6, 5]  # 0.45 and 0.55 are of equal certainty
    assert [one["accuracy"]["value"] for one in found] == pytest.approx([0.6, 6 / 9, 6 / 9, 6 / 7, 1, 1])
    assert [one["threshold"] for one in found] == pytest.approx([0.5, 0.55, 0.55, 0.6, 0.7, 0.8])
    for one in found:
        assert one["accuracy"]["low"] <= one["accuracy"]["value"] <= one["accuracy"]["high"]


def test_a_curve_rises_where_doubt_means_something_and_is_flat_where_it_does_not() -> None:
    honest = drawn(2000, 1)
    shuffled = np.random.default_rng(0).permutation(2000)
    blind = honest._replace(scores=honest.scores[shuffled])
    knows, ignorant = (
        [one["accuracy"]["value"] for one in selective.of_classes(test, HOW)] for test in (honest, blind)
    )
    assert knows[-1] > knows[0] + 0.1
    assert abs(ignorant[-1] - ignorant[0]) < 0.05


def test_the_order_of_rows_does_not_matter_and_equal_scores_are_answered_together() -> None:
    test = drawn(300, 3)
    other = test.cut(np.random.default_rng(1).permutation(300))
    assert selective.of_classes(test, HOW) == selective.of_classes(other, HOW)
    assert uncertainty.measure(test, HOW)["ece"] == pytest.approx(uncertainty.measure(other, HOW)["ece"])
    same = selective.of_classes(binary([0.8] * 10, ["1"] * 9 + ["0"]), HOW)
    assert {(one["n"], one["accuracy"]["value"]) for one in same} == {(10, 0.9)}


def test_certainty_is_of_the_label_that_the_threshold_decides_for() -> None:
    test = binary([0.3, 0.6, 0.1, 0.95], ["1", "1", "0", "1"])
    found = selective.of_classes(test, HOW._replace(threshold=0.2))
    assert found[-1]["threshold"] == pytest.approx(0.9)  # .1 is a sure no, .3 a yes of little certainty
    assert found[-1]["n"] == 2
    assert found[0]["threshold"] == pytest.approx(0.3)


def test_clusters_widen_the_interval_of_a_curve() -> None:
    alone, clustered = drawn(400, 2)._replace(clusters=()), drawn(400, 2, together=8)
    loose = clustered._replace(clusters=())
    for one, other in zip(
        selective.of_classes(clustered, HOW), selective.of_classes(loose, HOW), strict=True
    ):
        width, without = (one["accuracy"]["high"] - one["accuracy"]["low"] for one in (one, other))
        assert width > without
    assert len(alone.ids) == 400


def test_sure_and_wrong_rows_are_named_the_surest_first() -> None:
    scores = [0.95, 0.02, 0.9, 0.899, 0.99, 0.05, 0.5, 0.97, 0.0]
    labels = ["0", "1", "0", "0", "1", "1", "1", "0", "1"]
    found = uncertainty.measure(binary(scores, labels, ids=list("abcdefghi")), HOW)["sure_and_wrong"]
    assert found == {"n": 6, "score": 0.9, "ids": ["i", "b", "h", "a", "f"]}
    lower = uncertainty.measure(binary(scores, labels, ids=list("abcdefghi")), HOW._replace(threshold=0.99))
    assert lower["sure_and_wrong"] == found  # what the model says, whatever is decided from it
    strange = binary([0.95], ["2"], ids=["x"])  # a label that training never saw
    assert uncertainty.measure(strange, HOW)["sure_and_wrong"]["ids"] == ["x"]
    tied = binary([0.95] * 7, ["0"] * 7, ids=list("gfedcba"))
    assert uncertainty.measure(tied, HOW)["sure_and_wrong"]["ids"] == list("abcde")


def test_of_many_classes_the_likeliest_counts() -> None:
    generator = np.random.default_rng(0)
    logits = generator.normal(0, 1.5, (1500, 3))
    chances = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    labels = ["xyz"[int(generator.choice(3, p=row))] for row in chances]
    sharp = np.exp(3 * logits) / np.exp(3 * logits).sum(1, keepdims=True)
    names = [str(at) for at in range(1500)]
    honest, loud = (
        uncertainty.measure(Predictions(names, labels, list("xyz"), np.round(scores, 3)), MANY)
        for scores in (chances, sharp)
    )
    assert honest["ece"]["low"] == 0
    assert loud["ece"]["low"] > 0.1
    assert loud["sure_and_wrong"]["n"] > 5 * honest["sure_and_wrong"]["n"]
    assert loud["entropy"]["value"] < honest["entropy"]["value"]


def regression(doubt: Array, errors: Array) -> Predictions:
    """Return predictions of numbers that are off by ``errors``."""
    labels = [str(float(at)) for at in range(len(errors))]
    scores = (np.arange(len(errors)) + errors)[:, None]
    return Predictions([f"r{at}" for at in range(len(errors))], labels, [], scores, doubts=doubt)


def test_a_regression_has_a_curve_by_spread_and_no_calibration() -> None:
    spread = np.linspace(1, 10, 100)
    errors = spread * np.where(np.arange(100) % 2, 1, -1)
    found = uncertainty.measure(regression(np.column_stack([spread, np.zeros(100)]), errors), NUMBER)
    assert set(found) == {"spread", "selective"}
    assert found["spread"]["value"] == pytest.approx(5.5)
    maes = [one["mae"]["value"] for one in found["selective"]]
    assert maes[0] == pytest.approx(5.5)
    assert maes == sorted(maes, reverse=True)
    assert found["selective"][-1]["n"] == 50
    assert found["selective"][-1]["threshold"] == pytest.approx(spread[49])
    assert uncertainty.measure(regression(NO_DOUBTS, errors), NUMBER) == {}
    assert uncertainty.per_row(regression(NO_DOUBTS, errors), NUMBER) == {}


def test_the_summary_of_draws() -> None:
    agree = np.tile([[[0.5, 0.5], [0.9, 0.1]]], (10, 1, 1))
    assert doubts.summary(agree) == pytest.approx(np.zeros((2, 2)))
    contradict = np.array([[[1.0, 0.0]], [[0.0, 1.0]]])  # each draw is sure, and of another label
    assert doubts.summary(contradict) == pytest.approx(np.array([[0.5, math.log(2)]]))
    assert doubts.summary(np.array([[1.0, 5.0], [3.0, 5.0]])) == pytest.approx(np.array([[1, 0], [0, 0]]))
    three = np.array([[[0.6, 0.3, 0.1]], [[0.8, 0.2, 0.0]]])
    assert doubts.summary(three)[0, 0] == pytest.approx(math.sqrt((0.1**2 + 0.05**2 + 0.05**2) / 2))


def test_the_information_is_never_negative() -> None:
    chances = np.random.default_rng(0).dirichlet(np.ones(4), (1, 500)).repeat(20, axis=0)
    assert (doubts.summary(chances)[:, 1] >= 0).all()


@pytest.mark.parametrize("value", [1, -1, 1001, True, "20", 2.5, None])
def test_a_number_of_draws_that_cannot_be_is_refused(value: object) -> None:
    with pytest.raises(CannotRun, match=r"\[evaluation.uncertainty\] draws is"):
        doubts.draws({"uncertainty": {"draws": value}})


def test_the_number_of_draws() -> None:
    assert doubts.draws({}) == 20
    assert doubts.draws({"uncertainty": {}}) == 20
    assert doubts.draws({"uncertainty": {"draws": 0}}) == 0
    assert doubts.draws({"uncertainty": {"draws": 2}}) == 2

"""Metrics, their absence with a reason, confusion, classes and bugs, from stored predictions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sk

from dataci import evaluation, figures, metrics, predictions
from dataci.errors import CannotRun
from dataci.predictions import Predictions, Settings

HOW = Settings("roc_auc", "1", 0.5)
MANY = Settings("accuracy", None, 0.5)


def binary(labels: str, scores: list[float], how: Settings = HOW) -> Predictions:
    """Return predictions of the classes 0 and 1 as they are stored."""
    columns = np.column_stack([1 - np.array(scores), scores])
    rows = Predictions([f"r{i}" for i in range(len(scores))], list(labels), ["0", "1"], columns)
    return predictions.stored(rows, how)


def of_three(labels: list[str], scores: Any) -> Predictions:
    """Return predictions of the classes a, b, c."""
    return predictions.stored(
        Predictions(list("pqrstu")[: len(labels)], labels, ["a", "b", "c"], np.array(scores)), MANY
    )


def test_binary_metrics_are_those_of_the_rounded_scores() -> None:
    generator = np.random.default_rng(1)
    labels = "01" * 60
    raw = np.clip(generator.normal([0.35, 0.6] * 60, 0.2), 0, 1)
    found = figures.metrics(binary(labels, list(raw)), HOW)
    score, truth = np.round(raw, 3), np.array([label == "1" for label in labels])
    expected = {
        "roc_auc": sk.roc_auc_score(truth, score),
        "average_precision": sk.average_precision_score(truth, score),
        "f1": sk.f1_score(truth, score >= 0.5),
        "accuracy": sk.accuracy_score(truth, score >= 0.5),
        "brier": sk.brier_score_loss(truth, score),
        "log_loss": sk.log_loss(truth, np.clip(score, 0.0005, 0.9995)),
    }
    assert {name: entry["value"] for name, entry in found.items()} == pytest.approx(expected)
    assert all(entry["low"] < entry["value"] < entry["high"] for entry in found.values())


def test_scores_that_differ_after_the_third_decimal_give_the_same_figures() -> None:
    labels, scores = "0101011", [0.1, 0.9, 0.3, 0.4, 0.6, 0.55, 0.7]
    moved = [score + 3e-4 * (-1) ** at for at, score in enumerate(scores)]
    assert figures.metrics(binary(labels, scores), HOW) == figures.metrics(binary(labels, moved), HOW)


def test_many_classes() -> None:
    test = of_three(
        ["a", "b", "c", "a"], [[0.7, 0.2, 0.1], [0.1, 0.5, 0.4], [0.4, 0.35, 0.25], [0.5, 0.3, 0.2]]
    )
    found = evaluation.evaluate(test, {}, MANY)
    assert found["metrics"]["accuracy"]["value"] == 0.75
    assert found["metrics"]["macro_f1"]["value"] == pytest.approx(
        sk.f1_score(list("abca"), list("abaa"), average="macro")
    )
    assert found["metrics"]["log_loss"]["value"] == pytest.approx(sk.log_loss(list("abca"), test.scores))
    assert found["confusion"] == {"a": {"a": 2}, "b": {"b": 1}, "c": {"a": 1}}
    assert found["per_class"]["c"]["precision"] == {"reason": "never predicted"}
    assert found["per_class"]["c"]["recall"]["value"] == found["per_class"]["c"]["f1"]["value"] == 0
    low, high = (found["per_class"]["a"]["recall"][bound] for bound in ("low", "high"))
    assert (low, high) == pytest.approx((0.3424, 1.0), abs=1e-4)  # 2 of 2


def test_a_metric_that_cannot_be_computed_is_absent_with_a_reason() -> None:
    found = figures.metrics(binary("000", [0.2, 0.3, 0.1]), HOW)
    assert (
        found["roc_auc"] == found["average_precision"] == {"reason": "no test row has the positive label '1'"}
    )
    assert found["f1"] == {"reason": "the label '1' is neither in the test set nor predicted"}
    assert found["accuracy"]["value"] == 1
    only = figures.metrics(binary("111", [0.2, 0.9, 0.8]), HOW)
    assert "ranking needs two" in only["roc_auc"]["reason"]
    assert only["average_precision"]["value"] == 1


def test_a_label_that_training_never_saw_counts_as_wrong_and_is_named() -> None:
    found = evaluation.evaluate(of_three(["a", "zebra"], [[0.8, 0.1, 0.1], [0.8, 0.1, 0.1]]), {}, MANY)
    assert found["metrics"]["accuracy"]["value"] == 0.5
    assert found["metrics"]["log_loss"] == {
        "reason": "the test set has the label 'zebra', which training never saw"
    }
    assert found["per_class"]["b"]["recall"] == {"reason": "no test row has this label"}
    assert found["per_class"]["b"]["f1"] == {"reason": "neither in the test set nor predicted"}
    assert found["confusion"]["zebra"] == {"a": 1}


def test_the_threshold_is_inclusive_and_decides_on_the_rounded_score() -> None:
    assert predictions.guesses(binary("11", [0.4996, 0.4994]), HOW) == ["1", "0"]
    assert predictions.guesses(binary("11", [0.3, 0.1]), HOW._replace(threshold=0.3)) == ["1", "0"]


def test_the_positive_label_may_be_the_first_of_the_two() -> None:
    how = HOW._replace(positive="0")
    test = binary("0011", [0.1, 0.2, 0.8, 0.9], how)
    assert figures.metrics(test, how)["roc_auc"]["value"] == 1
    assert predictions.guesses(test, how) == ["0", "0", "1", "1"]


def test_flawless_predictions_leave_doubt_in_a_small_test_set() -> None:
    found = figures.metrics(binary("0011", [0.1, 0.2, 0.8, 0.9]), HOW)
    for name in ("roc_auc", "f1", "accuracy", "average_precision"):
        assert found[name]["value"] == 1
        assert found[name]["low"] < 0.6


def test_bugs_are_counted_with_an_interval() -> None:
    bug = evaluation.bug(binary("1111100000", [0.9] * 10), HOW)
    assert (bug["n"], bug["errors"], bug["error_rate"]["value"]) == (10, 5, 0.5)
    assert bug["error_rate"]["low"] == pytest.approx(0.2366, abs=1e-4)
    empty = Predictions([], [], ["0", "1"], np.zeros((0, 2)))
    assert evaluation.bug(empty, HOW) == {"n": 0, "error_rate": {"reason": "the bug has no patterns"}}


def test_an_empty_test_set_measures_nothing() -> None:
    with pytest.raises(CannotRun, match="no test row"):
        evaluation.evaluate(Predictions([], [], ["0", "1"], np.zeros((0, 2))), {}, HOW)


def test_settings_have_defaults_that_fit_the_classes() -> None:
    assert evaluation.settings({}, ["no", "yes"]) == Settings("roc_auc", "yes", 0.5)
    assert evaluation.settings({"positive": 0}, ["0", "1"]).positive == "0"
    assert evaluation.settings({}, ["a", "b", "c"]) == Settings("accuracy", None, 0.5)


@pytest.mark.parametrize(
    ("raw", "classes", "words"),
    [
        ({"metric": "roc_auc"}, ["a", "b", "c"], "with 3 classes it can be accuracy"),
        ({"metric": "auc"}, ["a", "b"], "it can be roc_auc"),
        ({"positive": "yes"}, ["0", "1"], "the labels are '0' and '1'"),
        ({"threshold": 2}, ["0", "1"], "a number from 0 to 1"),
        ({"threshold": True}, ["0", "1"], "a number from 0 to 1"),
        ({"margin": -1}, ["0", "1"], "a number from 0 on"),
        ({"margin": float("nan")}, ["0", "1"], "a number from 0 on"),
        ({"direction": "lower"}, ["0", "1"], "of roc_auc the higher is better"),
        ({"metric": "rmse", "direction": "higher"}, [], "of rmse the lower is better"),
        ({"metric": "accuracy"}, [], "of a regression it can be rmse, mae, r2"),
    ],
)
def test_settings_that_do_not_fit_are_refused(raw: dict[str, Any], classes: list[str], words: str) -> None:
    with pytest.raises(CannotRun, match=words):
        evaluation.settings(raw, classes)


def test_a_hundred_thousand_rows_fold_into_few_cells() -> None:
    generator = np.random.default_rng(2)
    truth = generator.random(100_000) < 0.3
    test = binary(
        "".join("01"[int(t)] for t in truth),
        list(np.clip(truth * 0.2 + generator.random(100_000) * 0.7, 0, 1)),
    )
    cells, counts = predictions.compact(test)
    assert counts.sum() == 100_000
    assert len(cells.ids) < 2002
    assert figures.metrics(test, HOW)["roc_auc"]["value"] == pytest.approx(
        sk.roc_auc_score(truth, test.scores[:, 1])
    )


def regression(labels: list[float], predicted: list[float]) -> Predictions:
    """Return predictions of numbers as they are stored."""
    ids = [f"r{at}" for at in range(len(labels))]
    rows = Predictions(ids, [repr(float(label)) for label in labels], [], np.array(predicted)[:, None])
    return predictions.stored(rows, NUMBER)


NUMBER = Settings("rmse", None, 0.5)


def test_a_regression_is_measured_by_its_errors() -> None:
    generator = np.random.default_rng(8)
    truth = generator.gamma(3, 2, 80)
    test = regression(list(truth), list(truth + generator.normal(0, 1, 80)))
    found = evaluation.evaluate(test, {"far": regression([1.0, 2.0], [3.0, 1.0])}, NUMBER)
    predicted = test.scores[:, 0]
    assert found["metrics"]["rmse"]["value"] == pytest.approx(sk.root_mean_squared_error(truth, predicted))
    assert found["metrics"]["mae"]["value"] == pytest.approx(sk.mean_absolute_error(truth, predicted))
    assert found["metrics"]["r2"]["value"] == pytest.approx(sk.r2_score(truth, predicted))
    assert all(entry["low"] < entry["value"] < entry["high"] for entry in found["metrics"].values())
    assert found["bugs"]["far"]["mae"]["value"] == pytest.approx(1.5)
    assert (found["confusion"], found["per_class"], found["calibration"]) == ({}, {}, [])


def test_a_regression_on_equal_labels_has_no_variance_to_explain() -> None:
    found = figures.metrics(regression([2.0, 2.0, 2.0], [1.0, 2.0, 4.0]), NUMBER)
    assert "no variance" in found["r2"]["reason"]
    assert found["mae"]["value"] == 1


def test_what_a_regression_predicts_keeps_four_digits_of_any_size() -> None:
    found = regression([1.0] * 4, [123456.0, 0.00001234567, -2.34567, 0.0]).scores[:, 0]
    assert found.tolist() == [123500.0, 1.235e-05, -2.346, 0.0]


def test_calibration_says_what_a_score_of_so_much_was_worth() -> None:
    found = evaluation.calibration(binary("0001" + "11110" + "1", [0.25] * 4 + [0.85] * 5 + [1.0]), HOW)
    assert [(bin["low"], bin["high"], bin["n"], bin["share"]) for bin in found] == [
        (0.2, 0.3, 4, 0.25),
        (0.8, 0.9, 5, 0.8),
        (0.9, 1.0, 1, 1.0),
    ]
    assert found[0]["score"] == 0.25
    assert (found[1]["share_low"], found[1]["share_high"]) == pytest.approx((0.3755, 0.9638), abs=1e-4)


def test_the_upper_bound_of_a_bin_belongs_to_the_next() -> None:
    found = evaluation.calibration(binary("01", [0.299, 0.3]), HOW)
    assert [bin["low"] for bin in found] == [0.2, 0.3]


def test_a_slice_is_measured_on_its_rows() -> None:
    test = binary("0101", [0.1, 0.9, 0.8, 0.2])
    inside = {"good": np.array([True, True, False, False]), "none": np.zeros(4, dtype=bool)}
    found = evaluation.evaluate(test._replace(slices=inside), {}, HOW)["slices"]
    assert found["good"]["n"] == 2
    assert found["good"]["metrics"]["accuracy"]["value"] == 1
    assert found["none"] == {
        "n": 0,
        "metrics": {name: {"reason": "no test row belongs to it"} for name in metrics.BINARY},
    }


def test_rows_of_a_cluster_widen_every_interval() -> None:
    generator = np.random.default_rng(9)
    truth = np.arange(60) % 2 == 0
    score = np.clip(generator.normal(0.4 + 0.2 * truth, 0.2), 0, 1)
    test = binary("".join("01"[int(t)] for t in np.tile(truth, 3)), list(np.tile(score, 3)))
    together = test._replace(clusters=tuple(str(at) for at in np.tile(np.arange(60), 3)))
    alone, clustered = (figures.metrics(rows, HOW) for rows in (test, together))
    for name in alone:
        widths = [found[name]["high"] - found[name]["low"] for found in (alone, clustered)]
        assert widths[1] > 1.4 * widths[0], name


@pytest.mark.parametrize("huge", [10**400, 1e308, float("inf"), float("nan")])
def test_a_number_that_no_record_can_hold_is_refused(huge: float) -> None:
    for raw in ({"margin": huge}, {"costs": {"false_positive": huge, "false_negative": 1}}):
        with pytest.raises(CannotRun, match=r"\[evaluation\]"):
            evaluation.settings(raw, ["0", "1"])

"""The points of the curves against scikit-learn, and the cost of a record against counting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import (
    average_precision_score,
    confusion_matrix,
    make_scorer,
    precision_recall_curve,
    roc_auc_score,
    roc_curve,
)
from sklearn.model_selection import TunedThresholdClassifierCV

import recording
from dataci.metrics import Array
from dataci.predictions import Predictions, Settings
from dataci.thresholds import cost, curves, rules
from dataci.thresholds.rules import Rule
from dataci.thresholds.tradeoff import STEPS, THRESHOLDS, cumulated, drawn, tradeoff

HOW = recording.HOW._replace(costs=(1.0, 5.0))


class Known(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier of scikit-learn that says what it is given."""

    def fit(self, rows: Array, labels: Array) -> Known:
        """Learn nothing."""
        self.classes_ = np.array([0, 1])
        return self

    def predict_proba(self, rows: Array) -> Array:
        """Return both probabilities."""
        return np.column_stack([1 - rows[:, 0], rows[:, 0]])

    def predict(self, rows: Array) -> Array:
        """Return the likelier one."""
        return (rows[:, 0] >= 0.5).astype(int)


def parts(test: Predictions) -> tuple[Array, Array]:
    """Return truths and scores."""
    return np.array([label == "1" for label in test.labels]), test.scores[:, 1]


@given(st.floats(0, 0.5), st.integers(0, 50))
def test_every_threshold_counts_what_scikit_learn_counts(signal: float, seed: int) -> None:
    test = recording.predictions(signal, seed)
    truth, scores = parts(test)
    of = tradeoff(test, HOW)
    for at in (0, 1, 333, 500, 777, STEPS):
        (_, alarms), (misses, hits) = confusion_matrix(truth, scores >= THRESHOLDS[at], labels=[False, True])
        assert (of.hits[at], of.alarms[at], of.misses[at]) == (hits, alarms, misses)


def test_the_roc_curve_is_that_of_scikit_learn() -> None:
    test = recording.predictions(0.3)
    truth, scores = parts(test)
    found = curves.curves(test, HOW, (1, 5))
    across, upwards, _ = roc_curve(truth, scores, drop_intermediate=False)
    np.testing.assert_allclose(found.roc.points, list(zip(across, upwards, strict=True)))
    assert found.area == pytest.approx(roc_auc_score(truth, scores))


def test_the_precision_recall_curve_is_that_of_scikit_learn() -> None:
    test = recording.predictions(0.3)
    truth, scores = parts(test)
    found = curves.curves(test, HOW, (1, 5))
    precision, recall, _ = precision_recall_curve(truth, scores)
    points = list(zip(recall, precision, strict=True))[:-1][::-1]  # its last point is no threshold
    np.testing.assert_allclose(found.precision_recall.points, points)
    assert found.precision == pytest.approx(average_precision_score(truth, scores))


def test_the_cost_curve_and_the_choice_are_those_of_scikit_learn() -> None:
    test = recording.predictions(0.3)
    truth, scores = parts(test)

    def gain(labels: Array, called: Array) -> float:
        (_, alarms), (misses, _) = confusion_matrix(labels, called, labels=[0, 1])
        return float(-(alarms + 5 * misses))

    model = Known().fit(scores[:, None], truth)
    tuned = TunedThresholdClassifierCV(
        model,
        scoring=make_scorer(gain),
        thresholds=THRESHOLDS,
        cv="prefit",
        refit=False,
        store_cv_results=True,
    ).fit(scores[:, None], truth.astype(int))
    of = tradeoff(test, HOW)
    assert -len(test.ids) * of.cost((1, 5)) == pytest.approx(tuned.cv_results_["scores"])
    chosen = rules.choose(of, Rule("cost", 0.0, (1.0, 5.0))).at
    assert -len(test.ids) * of.cost((1, 5))[chosen] == pytest.approx(tuned.best_score_)
    points = dict(curves.curves(test, HOW, (1, 5)).cost.points)
    assert all(points[x] == pytest.approx(1000 * of.cost((1, 5))[round(x * STEPS)]) for x in points)


def test_the_marked_points_are_those_of_the_threshold() -> None:
    test, how = recording.predictions(0.3), HOW._replace(threshold=0.6)
    truth, scores = parts(test)
    found, called = curves.curves(test, how, (1, 5)), scores >= 0.6
    recall, precision = float(called[truth].mean()), float(truth[called].mean())
    assert found.roc.mark == pytest.approx((float(called[~truth].mean()), recall))
    assert found.precision_recall.mark == pytest.approx((recall, precision))
    price = 5 * float((truth & ~called).mean()) + float((called & ~truth).mean())
    assert found.cost.mark == pytest.approx((0.6, 1000 * price))


def test_a_threshold_that_nothing_reaches_has_no_precision() -> None:
    found = curves.curves(recording.predictions(0.0, 1).cut([0, 1, 2]), HOW._replace(threshold=1.0), (1, 1))
    assert found.precision_recall.mark is None
    assert found.roc.mark == (0.0, 0.0)


def test_another_prevalence_is_the_same_as_rows_that_are_repeated() -> None:
    test = recording.predictions(0.3)
    truth, _ = parts(test)
    again = test.cut([at for at, one in enumerate(truth) for _ in range(1 if one else 9)])
    of, repeated = tradeoff(test, HOW, 0.1), tradeoff(again, HOW)
    for name in ("precision", "recall", "f1", "false_rate"):
        assert getattr(of, name) == pytest.approx(getattr(repeated, name), nan_ok=True)
    assert of.cost((1, 5)) == pytest.approx(repeated.cost((1, 5)))


def test_rows_of_a_cluster_are_drawn_together() -> None:
    test = recording.predictions(0.3)
    pairs = test._replace(clusters=tuple(test.ids[at - at % 2] for at in range(len(test.ids))))
    spread = [
        np.std([cumulated(one).cost((1, 1))[500] for one in drawn(rows.cut(range(200)), HOW)])
        for rows in (test, pairs)
    ]
    whole = test.cut([at - at % 2 for at in range(200)])  # the second row of each pair repeats the first
    repeated = whole._replace(clusters=pairs.clusters)
    wide = np.std([cumulated(one).cost((1, 1))[500] for one in drawn(repeated, HOW)])
    alone = np.std([cumulated(one).cost((1, 1))[500] for one in drawn(whole, HOW)])
    assert spread[0] == pytest.approx(spread[1], rel=0.25)
    assert wide > 1.2 * alone


# ---- the cost that a record holds


def test_a_record_holds_what_1000_rows_cost() -> None:
    test = recording.predictions(0.3)
    truth, scores = parts(test)
    found = cost.measure(test, HOW)
    wrong, missed = (
        1000 * float(((scores >= 0.5) & ~truth).mean()),
        1000 * float(((scores < 0.5) & truth).mean()),
    )
    assert found["false_positives_per_1000"] == pytest.approx(wrong)
    assert found["false_negatives_per_1000"] == pytest.approx(missed)
    figure = found["per_1000"]
    assert figure["value"] == pytest.approx(wrong + 5 * missed)
    assert 0 <= figure["low"] < figure["value"] < figure["high"] <= 5000


def test_flawless_rows_do_not_prove_that_nothing_ever_costs() -> None:
    scores = np.array([0.1, 0.9] * 20)
    test = Predictions(
        list(map(str, range(40))), ["0", "1"] * 20, ["0", "1"], np.column_stack([1 - scores, scores])
    )
    found = cost.measure(test, HOW)["per_1000"]
    assert (found["value"], found["low"]) == (0.0, 0.0)
    assert 100 < found["high"] < 1000
    wrong = cost.measure(test._replace(scores=test.scores[:, ::-1]), HOW)["per_1000"]
    assert (wrong["value"], wrong["high"]) == (3000.0, pytest.approx(5000, rel=0.5))
    assert wrong["low"] < wrong["value"]


def test_a_repeated_row_is_no_second_observation() -> None:
    test = recording.predictions(0.3).cut([at - at % 4 for at in range(200)])
    alone = cost.measure(test, HOW)["per_1000"]
    together = cost.measure(test._replace(clusters=tuple(test.ids)), HOW)["per_1000"]
    assert together["high"] - together["low"] > 1.5 * (alone["high"] - alone["low"])


@pytest.mark.parametrize(
    ("how", "rows", "word"),
    [
        (recording.HOW, 4, "no costs"),
        (Settings("accuracy", None, 0.5, costs=(1.0, 1.0)), 4, "two labels"),
        (HOW, 0, "no test row"),
    ],
)
def test_without_costs_labels_or_rows_a_reason_stands_in_place_of_the_figure(
    how: Settings, rows: int, word: str
) -> None:
    found = cost.measure(recording.predictions(0.3).cut(range(rows)), how)
    assert word in found["per_1000"]["reason"]
    assert found.keys() == {"per_1000"}

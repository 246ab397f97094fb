"""A decision: its figures against counting, how sure it is, and what it may not depend on."""

from __future__ import annotations

import json

import numpy as np
import pytest

import recording
from dataci.predictions import Predictions
from dataci.thresholds import decision, rules
from dataci.thresholds.decision import Decision
from dataci.thresholds.effect import FIGURES, effect
from dataci.thresholds.rules import Rule
from dataci.thresholds.tradeoff import tradeoff

HOW = recording.HOW
COSTS = (1.0, 5.0)
RULES = (
    Rule("cost", 0.0, COSTS),
    Rule("f1"),
    Rule("precision", 0.8),
    Rule("recall", 0.9),
    Rule("fixed", 0.62),
)


def rows(signal: float = 0.3, seed: int = 0, number: int = 200) -> Predictions:
    """Return predictions of as many rows."""
    return recording.predictions(signal, seed, ["0", "1"] * (number // 2))


def decide(test: Predictions, rule: Rule = RULES[0], prevalence: float | None = None) -> Decision:
    """Decide with costs of 1 and 5."""
    return decision.decide(test, HOW, rule, "match", COSTS, prevalence)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.text)
def test_its_figures_are_what_one_counts_at_its_threshold(rule: Rule) -> None:
    test = rows()
    found = decide(test, rule)
    truth, called = np.array([one == "1" for one in test.labels]), test.scores[:, 1] >= found.threshold
    wrong, missed, hits = (called & ~truth).sum(), (truth & ~called).sum(), (called & truth).sum()
    expected = {
        "called": 5 * called.sum(),
        "false_positives": 5 * wrong,
        "false_negatives": 5 * missed,
        "precision": hits / called.sum(),
        "recall": hits / truth.sum(),
        "f1": 2 * hits / (2 * hits + wrong + missed),
        "cost": 5 * (wrong + 5 * missed),
    }
    figures = found.training.figures
    assert {name: figures[name]["value"] for name in FIGURES} == pytest.approx(expected)
    assert all(one["low"] <= one["value"] <= one["high"] for one in figures.values())
    assert (found.training.rows, found.training.positives, found.training.base) == (200, 100, 0.5)


def test_the_interval_of_the_threshold_is_narrow_where_rows_are_many() -> None:
    few, many = decide(rows(number=60), Rule("f1")).stability, decide(rows(number=6000), Rule("f1")).stability
    assert few is not None
    assert many is not None
    assert many.high - many.low < (few.high - few.low) / 2
    assert many.draws < few.draws == 1000


def test_new_rows_cost_more_than_those_that_a_threshold_was_chosen_on() -> None:
    """About as much more as is said, on average over samples of which the population is known."""
    population = rows(number=40_000, seed=99)
    of = tradeoff(population, HOW).cost(COSTS)
    told, true = [], []
    for seed in range(20):
        found = decide(rows(number=120, seed=seed))
        assert found.stability is not None
        told.append(found.stability.flattery)
        true.append(1000 * of[round(1000 * found.threshold)] - found.training.figures["cost"]["value"])
    assert 0.4 * np.mean(true) < np.mean(told) < 1.4 * np.mean(true)


def test_a_bound_that_is_barely_reached_is_not_reached_in_every_draw() -> None:
    scores = np.array([900, 700, 600, 500, 400, 300]) / 1000
    test = Predictions(
        list("abcdef"), ["1", "0", "1", "0", "1", "0"], ["0", "1"], np.column_stack([1 - scores, scores])
    )
    found = decide(test, Rule("precision", 0.9))
    assert found.met
    assert found.stability is not None
    assert 0.4 < found.stability.met < 0.9  # a draw without the one row at the top does not reach it


def test_a_fixed_threshold_is_not_drawn_again() -> None:
    found = decide(rows(), Rule("fixed", 0.6155))
    assert (found.threshold, found.stability, found.met) == (0.616, None, True)


def test_the_table_names_the_chosen_threshold_and_that_of_today() -> None:
    found = decide(rows())
    words = {line.threshold: line.word for line in found.lines if line.word}
    assert words == {found.threshold: "chosen", 0.5: "now"}
    assert [line.threshold for line in found.lines] == sorted(line.threshold for line in found.lines)
    assert {line.word for line in decide(rows(), Rule("fixed", 0.5)).lines} == {"", "both"}


def test_another_prevalence_moves_a_decision_and_its_figures() -> None:
    plain, rare = decide(rows()), decide(rows(), prevalence=0.02)
    assert rare.threshold > plain.threshold
    figures = rare.training.figures
    assert figures["called"]["value"] < 300
    assert all(one["low"] < one["high"] for one in figures.values())  # a precision of 1 is in doubt, too
    assert rare.training.base == 0.5  # what the rows are stays said
    same = decide(rows(), prevalence=0.5)
    assert same.threshold == plain.threshold
    for name in FIGURES:
        assert same.training.figures[name]["value"] == pytest.approx(plain.training.figures[name]["value"])


def test_figures_at_another_prevalence_are_those_of_rows_that_are_repeated() -> None:
    test, how = rows(), HOW._replace(threshold=0.6)
    again = test.cut([at for at, label in enumerate(test.labels) for _ in range(1 if label == "1" else 9)])
    rare, repeated = effect(test, how, COSTS, 0.1).figures, effect(again, how, COSTS).figures
    for name in FIGURES:
        assert rare[name]["value"] == pytest.approx(repeated[name]["value"]), name
        assert rare[name]["low"] < rare[name]["value"] < rare[name]["high"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.text)
@pytest.mark.parametrize("prevalence", [None, 0.1])
def test_the_order_of_rows_does_not_count_and_the_same_rows_give_the_same_bytes(
    rule: Rule, prevalence: float | None
) -> None:
    test = rows()
    first = json.dumps(decision.to_dict(decide(test, rule, prevalence)))
    assert json.dumps(decision.to_dict(decide(test, rule, prevalence))) == first
    turned = decide(test.cut(range(199, -1, -1)), rule, prevalence)
    assert turned.threshold == decide(test, rule, prevalence).threshold


def test_where_nothing_is_called_positive_there_is_a_reason_in_place_of_a_figure() -> None:
    scores = np.full(10, 0.2)
    test = Predictions(list("abcdefghij"), ["0", "1"] * 5, ["0", "1"], np.column_stack([1 - scores, scores]))
    found = decide(test, Rule("fixed", 0.9))
    assert "no row is called '1'" in found.training.figures["precision"]["reason"]
    assert next(line for line in found.lines if line.threshold == 0.9).precision is None
    json.dumps(decision.to_dict(found), allow_nan=False)


def test_a_rule_that_cannot_be_met_says_how_near_one_comes() -> None:
    scores = np.array([0.9, 0.8, 0.7, 0.1])
    test = Predictions(list("abcd"), ["0", "1", "1", "0"], ["0", "1"], np.column_stack([1 - scores, scores]))
    found = decide(test, rules.parse("precision>=0.9"))
    assert not found.met
    assert decision.nearest(found) == pytest.approx(2 / 3)
    assert found.threshold == pytest.approx(0.4, abs=0.31)


def test_one_label_only_in_the_test_rows_is_measured_as_far_as_it_goes() -> None:
    test = rows().cut(range(0, 200, 2))
    found = effect(test, HOW, COSTS, None)
    assert found.positives == 0
    assert "reason" in found.figures["recall"]
    assert "value" in found.figures["false_positives"]
    assert found.curves.area is None
    weighed = effect(test, HOW, COSTS, 0.3)
    assert weighed.figures["recall"].keys() == {"reason"}

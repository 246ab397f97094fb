"""Rules against brute force over all thresholds, and what they do where several are as good, or none is good enough."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataci.errors import CannotRun
from dataci.predictions import Predictions, Settings
from dataci.thresholds import rules
from dataci.thresholds.rules import Choice, Rule
from dataci.thresholds.tradeoff import STEPS, tradeoff

HOW = Settings("roc_auc", "1", 0.5)
Rows = list[tuple[int, bool]]
ROWS = st.lists(st.tuples(st.integers(0, STEPS), st.booleans()), min_size=1, max_size=25)
BOUNDS = st.integers(1, 20).map(lambda twentieths: twentieths / 20)


def predicted(rows: Rows) -> Predictions:
    """Return predictions with these scores (in thousandths) and truths."""
    scores = np.array([score for score, _ in rows]) / STEPS
    labels = ["1" if truth else "0" for _, truth in rows]
    ids = [f"r{at}" for at in range(len(rows))]
    return Predictions(ids, labels, ["0", "1"], np.column_stack([1 - scores, scores]))


def counts(rows: Rows) -> list[tuple[int, int, int]]:
    """Count hits, false positives and false negatives at each threshold, row by row."""
    score, truth = (np.array(part) for part in zip(*rows, strict=True))
    called = score[None, :] >= np.arange(STEPS + 1)[:, None]
    parts = ((called & truth), (called & ~truth), (~called & truth))
    return list(zip(*(part.sum(axis=1).tolist() for part in parts), strict=True))


def goal(hits: int, alarms: int, misses: int, rule: Rule) -> tuple[float, ...]:
    """Return how good a threshold is by a rule; a larger tuple is better, an empty one is not good enough."""
    precision = hits / (hits + alarms) if hits + alarms else -1.0
    recall = hits / (hits + misses) if hits + misses else -1.0
    if rule.kind == "cost":
        return (-(rule.costs[0] * alarms + rule.costs[1] * misses),)
    if rule.kind == "f1":
        return (2 * hits / (2 * hits + alarms + misses) if hits else 0.0,)
    bounded, other = (precision, recall) if rule.kind == "precision" else (recall, precision)
    return (other, bounded) if bounded >= rule.bound else ()


def longest(fits: list[bool]) -> tuple[int, int]:
    """Return the ends of the first of the longest runs."""
    best, start = (0, -1), 0
    for at in range(len(fits) + 1):
        if at == len(fits) or not fits[at]:
            if at - start > best[1] - best[0] + 1:
                best = (start, at - 1)
            start = at + 1
    return best


def check(rows: Rows, rule: Rule) -> None:
    """Compare a choice with the best of all 1,001 thresholds."""
    found = rules.choose(tradeoff(predicted(rows), HOW), rule)
    goals = [goal(*one, rule) for one in counts(rows)]
    reached = [one for one in goals if one]
    assert found.met == bool(reached)
    if reached:
        best = max(reached)
        fits = [bool(one) and all(abs(a - b) < 1e-9 for a, b in zip(one, best, strict=True)) for one in goals]
        low, high = longest(fits)
        assert found == Choice((low + high) // 2, low, high)


@given(ROWS, st.sampled_from([(1.0, 1.0), (1.0, 5.0), (0.1, 0.3), (7.0, 2.0)]))
def test_cost_is_the_lowest_of_all_thresholds(rows: Rows, costs: tuple[float, float]) -> None:
    check(rows, Rule("cost", 0.0, costs))


@given(ROWS)
def test_f1_is_the_highest_of_all_thresholds(rows: Rows) -> None:
    check(rows, Rule("f1"))


@given(ROWS, BOUNDS, st.sampled_from(["precision", "recall"]))
def test_a_bound_is_kept_at_the_least_price(rows: Rows, bound: float, kind: str) -> None:
    check(rows, Rule(kind, bound))


@given(ROWS, st.floats(0, 1))
def test_a_fixed_threshold_says_yes_to_the_same_rows_as_its_thousandth(rows: Rows, at: float) -> None:
    found = rules.choose(tradeoff(predicted(rows), HOW), Rule("fixed", at))
    scores = predicted(rows).scores[:, 1]
    if abs(at * STEPS - round(at * STEPS)) > 1e-6:  # nearer to a thousandth than that is that thousandth
        assert ((scores >= at) == (scores >= found.at / STEPS)).all()
    assert abs(found.at / STEPS - at) < 1 / STEPS + 1e-9


def test_the_middle_of_what_is_as_good_is_taken() -> None:
    found = rules.choose(tradeoff(predicted([(200, False), (800, True)]), HOW), Rule("f1"))
    assert found == Choice(500, 201, 800)


def test_of_two_plateaus_the_longer_one_is_taken() -> None:
    rows = [(100, True), (200, False), (900, True), (905, False)]  # from 0 to 100, and from 201 to 900
    assert rules.choose(tradeoff(predicted(rows), HOW), Rule("cost", 0.0, (1, 1))) == Choice(550, 201, 900)


def test_a_bound_that_is_reached_exactly_is_reached() -> None:
    rows = [(900, True), (800, False), (700, True)]
    assert rules.choose(tradeoff(predicted(rows), HOW), Rule("recall", 0.5)) == Choice(850, 801, 900)


def test_a_bound_that_nothing_reaches_names_the_nearest() -> None:
    rows = [(900, False), (800, True), (700, True), (100, False)]
    found = rules.choose(tradeoff(predicted(rows), HOW), Rule("precision", 0.9))
    assert (found.met, found.low, found.high) == (False, 101, 700)  # two of three


def test_what_costs_more_moves_the_threshold_away_from_it() -> None:
    generator = np.random.default_rng(1)
    rows = [
        (int(score), bool(truth))
        for truth in (0, 1)
        for score in generator.normal(400 + 200 * truth, 120, 300)
    ]
    rows = [(min(max(score, 0), STEPS), truth) for score, truth in rows]
    of = tradeoff(predicted(rows), HOW)
    dear_alarm, dear_miss = (rules.choose(of, Rule("cost", 0.0, costs)).at for costs in ((5, 1), (1, 5)))
    assert dear_miss + 100 < dear_alarm


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("f1", Rule("f1")),
        ("precision>=0.9", Rule("precision", 0.9)),
        ("Recall >= .95", Rule("recall", 0.95)),
        ("precision>=1", Rule("precision", 1.0)),
    ],
)
def test_a_rule_is_read(text: str, rule: Rule) -> None:
    assert rules.parse(text) == rule
    assert rules.parse(rule.text) == rule


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "not known"),
        ("f2", "not known"),
        ("precision>0.9", "not known"),
        ("precision>=0", "not known"),
        ("recall>=1.2", "not known"),
        ("recall>=nan", "not known"),
        ("cost", "--false-positive-cost"),
        ("fixed", "--at"),
    ],
)
def test_a_rule_that_there_is_not_says_what_is_missing(text: str, word: str) -> None:
    with pytest.raises(CannotRun, match=word):
        rules.parse(text)


def test_a_threshold_beside_a_rule_that_chooses_is_refused() -> None:
    with pytest.raises(CannotRun, match="--at"):
        rules.parse("f1", at=0.5)

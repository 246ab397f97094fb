"""Intervals against published values, and what clusters do to them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataci import intervals, metrics


@pytest.mark.parametrize(
    ("hits", "rows", "expected"),
    [(0, 10, (0.0, 0.2775)), (10, 10, (0.7225, 1.0)), (5, 10, (0.2366, 0.7634)), (0, 0, (0.0, 1.0))],
)
def test_wilson_equals_published_values(hits: int, rows: int, expected: tuple[float, float]) -> None:
    assert intervals.wilson(hits, rows) == pytest.approx(expected, abs=5e-5)


def test_delong_equals_the_formula_written_out() -> None:
    generator = np.random.default_rng(1)
    truth, score = np.arange(60) % 3 == 0, np.round(generator.random(60), 2)
    wins = np.array([[(p > n) + (p == n) / 2 for n in score[~truth]] for p in score[truth]])
    over, under = wins.mean(axis=1), wins.mean(axis=0)
    expected = math.sqrt(over.var(ddof=1) / len(over) + under.var(ddof=1) / len(under))
    found = intervals.error(metrics.auc_influence(truth, score), None)
    assert found == pytest.approx(expected * math.sqrt(60 / 59))


@given(st.lists(st.booleans(), min_size=2, max_size=60))
def test_a_share_lies_within_its_interval(rows: list[bool]) -> None:
    right = np.array(rows)
    low, high = intervals.share(right, None)
    assert 0 <= low <= right.mean() <= high <= 1


@given(st.lists(st.floats(0, 8), min_size=3, max_size=60))
def test_a_mean_lies_within_its_interval_and_order_does_not_matter(rows: list[float]) -> None:
    values = np.array(rows)
    low, high = intervals.average(values, None)
    assert low - 1e-9 <= values.mean() <= high + 1e-9
    assert intervals.average(values[::-1], None) == pytest.approx((low, high))


def test_a_mean_of_equal_values_has_no_doubt_and_one_value_has_all() -> None:
    assert intervals.average(np.full(9, 0.25), None) == (0.25, 0.25)
    assert intervals.average(np.array([0.25]), None) == (-math.inf, math.inf)


def test_the_interval_of_a_skewed_mean_leans_to_its_tail() -> None:
    values = np.random.default_rng(2).gamma(0.5, 1.0, 40)
    low, high = intervals.average(values, None)
    assert high - values.mean() > 1.3 * (values.mean() - low)


def test_rows_that_are_copies_do_not_make_an_interval_narrower() -> None:
    generator = np.random.default_rng(4)
    truth, score = np.arange(50) % 2 == 0, generator.random(50)
    codes = np.tile(np.arange(50), 3)
    tripled, scores = np.tile(truth, 3), np.tile(score, 3)
    right = score > 0.4
    width = np.diff(intervals.share(right, None))
    assert np.diff(intervals.share(np.tile(right, 3), codes)) == pytest.approx(width, rel=0.02)
    assert np.diff(intervals.share(np.tile(right, 3), None)) < 0.7 * width
    mean = np.diff(intervals.average(score, None))
    assert np.diff(intervals.average(scores, codes)) == pytest.approx(mean, rel=1e-9)
    error = intervals.error(metrics.auc_influence(truth, score), None)
    assert intervals.error(metrics.auc_influence(tripled, scores), codes) == pytest.approx(error, rel=0.03)


def test_clusters_of_one_row_are_no_clusters() -> None:
    values = np.random.default_rng(6).random(40)
    codes = np.arange(40)
    assert intervals.average(values, codes) == pytest.approx(intervals.average(values, None))
    assert intervals.share(values > 0.5, codes) == pytest.approx(
        intervals.share(values > 0.5, None), rel=0.05
    )
    assert intervals.error(values - values.mean(), codes) == intervals.error(values - values.mean(), None)


def test_shares_of_which_nothing_varies_are_worth_their_clusters() -> None:
    right, codes = np.ones(40, dtype=bool), np.arange(40) // 10
    assert intervals.share(right, codes) == intervals.wilson(4, 4)


def test_one_cluster_tells_no_spread() -> None:
    assert intervals.error(np.array([0.5, -0.5]), np.array([0, 0])) == math.inf


def test_f1_by_the_share_that_it_is_made_of() -> None:
    truth, yes = np.array([1, 1, 1, 0, 0, 0, 0], dtype=bool), np.array([1, 1, 0, 1, 0, 0, 0], dtype=bool)
    low, high = intervals.wilson(2, 4)
    assert intervals.f1(truth, yes, None) == pytest.approx((2 * low / (1 + low), 2 * high / (1 + high)))


def test_drawing_keeps_labels_and_whole_clusters_and_repeats_itself() -> None:
    labels, counts = ["a", "b", "a"], np.array([3.0, 4.0, 5.0])
    drawn = intervals.weights(labels, None, counts)
    assert (drawn[:, [0, 2]].sum(axis=1) == 8).all()
    assert (drawn[:, 1] == 4).all()
    assert np.array_equal(drawn, intervals.weights(labels, None, counts))
    codes = np.array([7, 7, 9, 9, 9, 4])
    clusters = intervals.draw(["x"] * 6, codes, None, 200, 0)
    assert (clusters[:, 0] == clusters[:, 1]).all()
    assert (clusters[:, 2] == clusters[:, 4]).all()
    assert (clusters[:, [0, 2, 5]].sum(axis=1) == 3).all()

"""The figures against scikit-learn and against counting by hand."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from sklearn import metrics as sk

from dataci import metrics


@pytest.fixture(params=range(8))
def sample(request: pytest.FixtureRequest) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return labels, scores with many ties, and weights of a few rows or a few hundred."""
    generator = np.random.default_rng(request.param)
    rows = int(generator.integers(6, 400))
    truth = np.arange(rows) % int(generator.integers(2, 6)) == 0
    score = np.clip(
        np.round(truth * 0.3 + generator.normal(0.4, 0.2, rows), int(generator.integers(1, 4))), 0, 1
    )
    return truth, score, generator.integers(1, 5, rows).astype(float)


def test_ranking_figures_equal_scikit_learn_with_and_without_weights(
    sample: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    truth, score, weights = sample
    both = np.vstack([np.ones(len(truth)), weights])
    for ours, theirs in (
        (metrics.roc_auc, sk.roc_auc_score),
        (metrics.average_precision, sk.average_precision_score),
    ):
        expected = [theirs(truth, score), theirs(truth, score, sample_weight=weights)]
        assert ours(both, truth, score) == pytest.approx(expected)


def test_counting_figures_equal_scikit_learn(sample: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    truth, score, weights = sample
    yes = score >= 0.5
    names, guesses = np.where(truth, "a", "b"), np.where(yes, "a", np.where(score < 0.2, "c", "b"))
    assert metrics.f1(weights[None], truth, yes) == pytest.approx(
        sk.f1_score(truth, yes, sample_weight=weights)
    )
    ours = metrics.macro_f1(weights[None], list(names), list(guesses))
    assert ours == pytest.approx(sk.f1_score(names, guesses, average="macro", sample_weight=weights))
    assert metrics.mean(weights[None], (score - truth) ** 2) == pytest.approx(
        sk.brier_score_loss(truth, score, sample_weight=weights)
    )


def test_delong_equals_the_formula_written_out(sample: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    truth, score, _ = sample
    other = np.round(1 - (1 - score) * 0.7 * np.cos(np.arange(len(score))) ** 2, 2)

    def components(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        wins = np.array([[(p > n) + (p == n) / 2 for n in values[~truth]] for p in values[truth]])
        return wins.mean(axis=1), wins.mean(axis=0)

    (over_a, under_a), (over_b, under_b) = components(score), components(other)
    over, under = over_b - over_a, under_b - under_a
    error = math.sqrt(over.var(ddof=1) / len(over) + under.var(ddof=1) / len(under))
    difference, low, high, p = metrics.delong(truth, score, other)
    assert difference == pytest.approx(sk.roc_auc_score(truth, other) - sk.roc_auc_score(truth, score))
    assert (low, high) == pytest.approx((difference - metrics.Z * error, difference + metrics.Z * error))
    assert p == pytest.approx(math.erfc(abs(difference) / error / math.sqrt(2)))


def test_delong_is_sure_of_nothing_where_there_is_one_positive() -> None:
    truth, score = np.array([True, False, False]), np.array([0.9, 0.1, 0.2])
    assert metrics.delong(truth, score, 1 - score) == (-1.0, -1.0, 1.0, 1.0)


def test_auc_interval_uses_counts_as_if_the_rows_were_written_out() -> None:
    truth, score, counts = (
        np.array([1, 1, 0, 0]) == 1,
        np.array([0.9, 0.4, 0.4, 0.1]),
        np.array([3.0, 2, 4, 5]),
    )
    spelt = [np.repeat(values, counts.astype(int)) for values in (truth, score)]
    value = float(metrics.roc_auc(counts[None], truth, score)[0])
    folded = metrics.auc_interval(value, counts, truth, score)
    assert folded == pytest.approx(metrics.auc_interval(value, np.ones(14), *spelt))
    assert 0 < folded[0] < value < folded[1] < 1


def test_a_flawless_auc_still_has_an_interval() -> None:
    low, high = metrics.auc_interval(1.0, np.ones(20), np.arange(20) < 10, 1 - np.arange(20) / 20)
    assert high == 1
    assert 0.6 < low < 0.8


@pytest.mark.parametrize(
    ("hits", "rows", "expected"),
    [(0, 10, (0.0, 0.2775)), (10, 10, (0.7225, 1.0)), (5, 10, (0.2366, 0.7634)), (0, 0, (0.0, 1.0))],
)
def test_wilson_equals_published_values(hits: int, rows: int, expected: tuple[float, float]) -> None:
    assert metrics.wilson(hits, rows) == pytest.approx(expected, abs=5e-5)


def test_resampling_keeps_the_number_of_rows_of_each_label_and_repeats_itself() -> None:
    labels, counts = ["a", "b", "a"], np.array([3.0, 4.0, 5.0])
    drawn = metrics.resample(labels, counts)
    assert (drawn[:, [0, 2]].sum(axis=1) == 8).all()
    assert (drawn[:, 1] == 4).all()
    assert np.array_equal(drawn, metrics.resample(labels, counts))


def test_two_sided_counts_the_smaller_tail() -> None:
    assert metrics.two_sided(np.full(999, 0.1)) == pytest.approx(0.002)
    assert metrics.two_sided(np.zeros(999)) == 1.0


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    generator = np.random.default_rng(5)
    covered = 0
    for _ in range(300):
        truth = np.arange(120) % 2 == 0
        score = np.round(generator.normal(truth * 1.0, 1.0), 3)
        value = float(metrics.roc_auc(np.ones((1, 120)), truth, score)[0])
        low, high = metrics.auc_interval(value, np.ones(120), truth, score)
        covered += low <= 0.76025 <= high  # Phi(1 / sqrt(2))
    assert 0.92 <= covered / 300 <= 0.98


def test_average_precision_by_hand() -> None:
    for order in itertools.permutations([True, False, True, False]):
        truth, score = np.array(order), np.array([0.9, 0.7, 0.5, 0.3])
        hits = [sum(order[: at + 1]) / (at + 1) for at in range(4) if order[at]]
        assert metrics.average_precision(np.ones((1, 4)), truth, score) == pytest.approx(sum(hits) / 2)

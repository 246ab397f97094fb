"""The figures against scikit-learn and against counting by hand."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

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


def test_figures_of_a_regression_equal_scikit_learn() -> None:
    generator = np.random.default_rng(3)
    truth, weights = generator.gamma(2, 1, 50), generator.integers(1, 5, 50).astype(float)
    predicted = truth + generator.normal(0, 1, 50)
    assert metrics.rmse(weights[None], truth, predicted) == pytest.approx(
        sk.root_mean_squared_error(truth, predicted, sample_weight=weights)
    )
    assert metrics.r2(weights[None], truth, predicted) == pytest.approx(
        sk.r2_score(truth, predicted, sample_weight=weights)
    )


def nudged(compute: Callable[[np.ndarray], np.ndarray], rows: int) -> np.ndarray:
    """Return how much a metric moves, times the rows, when one row after the other counts a little more."""
    step = 1e-6
    moved = compute(np.ones((rows, rows)) + step * np.eye(rows)) - compute(np.ones((1, rows)))
    return moved * rows / step


def test_an_influence_is_what_a_row_moves_when_it_counts_a_little_more(
    sample: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    truth, score, _ = (part[:80] for part in sample)
    yes, rows = score >= 0.5, len(truth)
    labels = list(np.where(truth, "a", np.where(score < 0.3, "c", "b")))
    guesses = list(np.where(yes, "a", "b"))
    numbers = truth + score
    good, bad = truth.sum(), (~truth).sum()
    unbiased = np.where(truth, math.sqrt(good / (good - 1)), math.sqrt(bad / (bad - 1)))
    for found, compute in (
        (metrics.auc_influence(truth, score) / unbiased, lambda w: metrics.roc_auc(w, truth, score)),
        (metrics.f1_influence(truth, yes), lambda w: metrics.f1(w, truth, yes)),
        (metrics.macro_f1_influence(labels, guesses), lambda w: metrics.macro_f1(w, labels, guesses)),
        (metrics.rmse_influence(numbers, score), lambda w: metrics.rmse(w, numbers, score)),
        (metrics.r2_influence(numbers, score), lambda w: metrics.r2(w, numbers, score)),
    ):
        assert found == pytest.approx(nudged(compute, rows), abs=2e-3)
        assert found.mean() == pytest.approx(0, abs=1e-9)


def test_average_precision_by_hand() -> None:
    for order in itertools.permutations([True, False, True, False]):
        truth, score = np.array(order), np.array([0.9, 0.7, 0.5, 0.3])
        hits = [sum(order[: at + 1]) / (at + 1) for at in range(4) if order[at]]
        assert metrics.average_precision(np.ones((1, 4)), truth, score) == pytest.approx(sum(hits) / 2)

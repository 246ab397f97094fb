"""The difference of two candidates on the same rows: formulas, symmetry, clusters, and no doubt that is not there."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as sk

from dataci import figures, metrics, paired
from dataci.predictions import Predictions, Settings

TWO = ("roc_auc", "average_precision", "f1", "accuracy", "log_loss", "brier")
THREE = ("accuracy", "macro_f1", "log_loss")
NUMBERS = ("rmse", "mae", "r2")


def how(metric: str) -> Settings:
    """Return the settings of a metric."""
    return Settings(metric, "1" if metric in TWO else None, 0.5)


def pair(seed: int, rows: int = 60, copies: int = 1) -> tuple[Predictions, Predictions]:
    """Return what two candidates say of rows of two classes; ``copies``: so often each row is repeated."""
    generator = np.random.default_rng(seed)
    truth = np.arange(rows) % 2 == 0
    found = []
    for _ in range(2):
        score = np.clip(np.round(generator.normal(0.4 + 0.2 * truth, 0.2), 3), 0, 1)
        score = np.tile(score, copies)
        labels = ["01"[int(yes)] for yes in np.tile(truth, copies)]
        clusters = tuple(str(at) for at in np.tile(np.arange(rows), copies)) if copies > 1 else ()
        scores = np.column_stack([np.round(1 - score, 3), score])
        found.append(
            Predictions([str(at) for at in range(len(labels))], labels, ["0", "1"], scores, clusters)
        )
    return found[0], found[1]


def numbers(seed: int) -> tuple[Predictions, Predictions]:
    """Return what two candidates predict of 60 numbers."""
    generator = np.random.default_rng(seed)
    truth = generator.gamma(2, 1, 60)
    labels = [repr(float(value)) for value in truth]
    sides = [truth + generator.normal(0, size, 60) for size in (1.0, 0.6)]
    one, two = (Predictions(labels, labels, [], side[:, None]) for side in sides)
    return one, two


def samples(metric: str, seed: int) -> tuple[Predictions, Predictions]:
    """Return two candidates for a metric."""
    return numbers(seed) if metric in NUMBERS else pair(seed)


@pytest.mark.parametrize("metric", [*TWO, *NUMBERS])
def test_swapping_the_two_turns_the_sign_and_nothing_else(metric: str) -> None:
    for seed in range(5):
        one, two = samples(metric, seed)
        there = paired.difference(metric, one, two, how(metric), how(metric))
        back = paired.difference(metric, two, one, how(metric), how(metric))
        assert (back.value, back.low, back.high) == pytest.approx((-there.value, -there.high, -there.low))
        assert back.p == pytest.approx(there.p)
        assert there.low <= there.value <= there.high
        assert there.value == pytest.approx(
            paired.figure(metric, two, how(metric)) - paired.figure(metric, one, how(metric))
        )


@pytest.mark.parametrize("metric", [*TWO, *NUMBERS])
def test_two_that_say_the_same_do_not_differ(metric: str) -> None:
    one, _ = samples(metric, 1)
    found = paired.difference(metric, one, one, how(metric), how(metric))
    assert (found.value, found.p, found.significant) == (0.0, 1.0, False)


@pytest.mark.parametrize("metric", [*TWO, *NUMBERS])
def test_a_great_difference_is_found_in_its_direction(metric: str) -> None:
    one, two = samples(metric, 3)
    perfect = np.array([float(label) for label in two.labels])
    scores = perfect[:, None] if metric in NUMBERS else np.column_stack([1 - perfect, perfect])
    found = paired.difference(metric, one, two._replace(scores=scores), how(metric), how(metric))
    lower = metric in metrics.LOWER_IS_BETTER
    assert found.significant
    assert (found.value < 0) == lower
    assert found.p < 0.01


def test_delong_equals_the_formula_written_out() -> None:
    one, two = pair(2)
    truth = np.array(one.labels) == "1"

    def components(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        wins = np.array([[(p > n) + (p == n) / 2 for n in values[~truth]] for p in values[truth]])
        return wins.mean(axis=1), wins.mean(axis=0)

    (over_a, under_a), (over_b, under_b) = (components(side.scores[:, 1]) for side in (one, two))
    over, under = over_b - over_a, under_b - under_a
    error = math.sqrt((over.var(ddof=1) + under.var(ddof=1)) / 30) * math.sqrt(60 / 59)
    found = paired.difference("roc_auc", one, two, how("roc_auc"), how("roc_auc"))
    assert found.value == pytest.approx(
        sk.roc_auc_score(truth, two.scores[:, 1]) - sk.roc_auc_score(truth, one.scores[:, 1])
    )
    assert found.p == pytest.approx(2 * stats.t.sf(abs(found.value) / error, 59))


def test_a_recovered_interval_is_made_of_the_halves_of_its_sides() -> None:
    """MOVER without correlation: each half is the root of the squares of opposite halves; with it, of equal ones."""
    sides = [(0.6, 0.75), (0.82, 0.93)]
    low, high = paired.recovered((0.7, 0.9), sides, 0.0)
    assert (low, high) == pytest.approx((0.2 - math.hypot(0.08, 0.05), 0.2 + math.hypot(0.03, 0.1)))
    assert paired.recovered((0.7, 0.9), sides, 1.0) == pytest.approx((0.2 - 0.02, 0.2 + 0.02))


def test_two_that_hardly_differ_have_a_narrow_interval_though_each_has_a_wide_one() -> None:
    one, _ = pair(11)
    truth = np.array(one.labels) == "1"
    sharp = np.where(truth, np.maximum(one.scores[:, 1], 0.45), np.minimum(one.scores[:, 1], 0.5))
    first = one._replace(scores=np.column_stack([1 - sharp, sharp]))
    moved = sharp.copy()
    moved[0] = 0.4
    second = one._replace(scores=np.column_stack([1 - moved, moved]))
    found = paired.difference("roc_auc", first, second, how("roc_auc"), how("roc_auc"))
    assert found.value != 0
    alone = figures.measure("roc_auc", first, how("roc_auc"))
    assert found.high - found.low < 0.7 * (alone["high"] - alone["low"])


def test_paired_t_equals_scipy() -> None:
    one, two = numbers(4)
    truth = np.array([float(label) for label in one.labels])
    losses = [np.abs(truth - side.scores[:, 0]) for side in (one, two)]
    theirs = stats.ttest_rel(losses[1], losses[0])
    found = paired.difference("mae", one, two, how("mae"), how("mae"))
    interval = theirs.confidence_interval(0.95)
    assert (found.p, found.low, found.high) == pytest.approx((theirs.pvalue, interval.low, interval.high))


@given(st.integers(0, 40), st.integers(0, 40))
def test_mcnemar_equals_the_binomial_test(fixed: int, broken: int) -> None:
    rows = fixed + broken
    expected = stats.binomtest(fixed, rows, 0.5).pvalue if rows else 1.0
    assert paired.mcnemar(fixed, broken) == pytest.approx(expected)


def test_newcombe_equals_published_values() -> None:
    """Newcombe (1998), Statistics in Medicine 17:2635, table II, method 10: (a, b, c, d) of 50 pairs."""
    for (both, broken, fixed, neither), (low, high) in (
        ((36, 12, 2, 0), (0.0569, 0.3404)),
        ((20, 12, 2, 16), (0.0562, 0.3292)),
        ((54, 0, 0, 0), (-0.0664, 0.0664)),
    ):
        counts = [
            ((True, True), both),
            ((True, False), broken),
            ((False, True), fixed),
            ((False, False), neither),
        ]
        rows = list(itertools.chain.from_iterable([outcome] * count for outcome, count in counts))
        before, after = (np.array([row[side] for row in rows], dtype=bool) for side in (0, 1))
        found = paired.accuracy(before, after)
        assert (-found.high, -found.low) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("metric", TWO)
def test_copies_of_rows_make_nothing_more_certain(metric: str) -> None:
    once, often = pair(7), pair(7, copies=4)
    alone = paired.difference(metric, *once, how(metric), how(metric))
    copied = paired.difference(metric, *often, how(metric), how(metric))
    pretended = paired.difference(
        metric, *(side._replace(clusters=()) for side in often), how(metric), how(metric)
    )
    assert copied.value == pytest.approx(alone.value)
    assert copied.high - copied.low > 0.85 * (alone.high - alone.low)
    assert pretended.high - pretended.low < 0.65 * (alone.high - alone.low)


def test_one_positive_row_tells_nothing_for_certain() -> None:
    labels, scores = ["1", "0", "0"], np.array([[0.1, 0.9], [0.9, 0.1], [0.8, 0.2]])
    one = Predictions(list("abc"), labels, ["0", "1"], scores)
    two = one._replace(scores=scores[:, ::-1])
    found = paired.difference("roc_auc", one, two, how("roc_auc"), how("roc_auc"))
    assert not found.significant


def test_the_threshold_of_each_side_is_its_own() -> None:
    one, _ = pair(3)
    found = paired.difference("accuracy", one, one, how("accuracy"), how("accuracy")._replace(threshold=0.9))
    assert found.value < 0


def test_draws_are_the_same_for_every_candidate_and_every_time() -> None:
    one, two = pair(5)
    assert np.array_equal(paired.weights(one, 50), paired.weights(two, 50))
    assert not np.array_equal(paired.weights(one, 50), paired.weights(one, 50, seed=1))
    assert (paired.weights(one, 50).sum(axis=1) == 60).all()
    assert (paired.weights(numbers(1)[0], 50).sum(axis=1) == 60).all()


@settings(max_examples=25)
@given(st.integers(0, 10_000))
def test_the_order_of_the_rows_does_not_matter(seed: int) -> None:
    one, two = pair(seed % 50)
    order = np.random.default_rng(seed).permutation(len(one.ids))
    for metric in ("roc_auc", "f1", "accuracy", "log_loss"):
        there = paired.difference(metric, one, two, how(metric), how(metric))
        mixed = paired.difference(metric, one.cut(order), two.cut(order), how(metric), how(metric))
        assert mixed[:4] == pytest.approx(there[:4])

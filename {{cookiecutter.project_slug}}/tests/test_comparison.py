"""Verdicts on the same rows, none on others; flips; the order of the leaderboard."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dataci import comparison, evaluation, record
from dataci.comparison import Side
from dataci.evaluation import Predictions, Settings
from dataci.identity import Identity

LABELS = ["0", "1"] * 60


def stored(scores: np.ndarray, labels: list[str] = LABELS, prefix: str = "r") -> Predictions:
    """Return binary predictions as they are stored."""
    rows = Predictions(
        [f"{prefix}{at:03d}" for at in range(len(labels))],
        labels,
        ["0", "1"],
        np.column_stack([1 - scores, scores]),
    )
    return evaluation.stored(rows, Settings("roc_auc", "1", 0.5))


def side(
    code: str,
    scores: np.ndarray,
    metric: str = "roc_auc",
    test: str = "7" * 40,
    parent: str | None = None,
    patterns: dict[str, tuple[str, Predictions]] | None = None,
    **changes: Any,
) -> Side:
    """Return a result with these scores of the positive label."""
    how = Settings(metric, "1", 0.5)
    bugs = patterns or {}
    predictions = {"test": stored(scores), **{f"bugs/{name}": rows for name, (_, rows) in bugs.items()}}
    measured = evaluation.evaluate(predictions["test"], {name: rows for name, (_, rows) in bugs.items()}, how)
    for name, (tree, _) in bugs.items():
        measured["bugs"][name]["tree"] = tree
    made = record.build(
        Identity("a" * 40, code * 64, {"project/model.py": code}, {"python": "3.11"}),
        ("c" * 40, False),
        {"seed": 0, "params": {"C": int(code, 16)}, "columns": {}, "missing": []},
        {"0": 60, "1": 60},
        {"id": test, "bugs": "8" * 40, "rows": 120},
        how,
        measured,
        {"parent": parent},
    )
    made |= changes
    return Side(made["tag"], made, predictions)


def noise(seed: int, signal: float) -> np.ndarray:
    """Return scores that know a part of the truth."""
    truth = np.array([label == "1" for label in LABELS])
    return np.clip(np.random.default_rng(seed).normal(0.4 + signal * truth, 0.2), 0, 1)


@pytest.mark.parametrize("metric", evaluation.BINARY)
def test_a_plain_gain_is_better_and_a_plain_loss_worse(metric: str) -> None:
    weak, strong = side("1", noise(1, 0.1), metric), side("2", noise(2, 0.5), metric)
    assert comparison.judge(weak, strong).word == "better"
    assert comparison.judge(strong, weak).word == "worse"


@pytest.mark.parametrize("metric", evaluation.BINARY)
def test_noise_is_unclear_and_nothing_is_the_same(metric: str) -> None:
    one = noise(1, 0.3)
    other = np.clip(one + np.random.default_rng(3).normal(0, 0.01, len(one)), 0, 1)
    found = comparison.judge(side("1", one, metric), side("2", other, metric))
    assert found.word == "unclear"
    assert found.low is not None
    assert found.high is not None
    assert found.low <= 0 <= found.high
    assert comparison.judge(side("1", one, metric), side("2", one, metric)).word == "same"


def test_when_nothing_but_noise_differs_a_verdict_is_rare() -> None:
    said = 0
    for seed in range(200):
        truth = np.array([label == "1" for label in LABELS])
        generator = np.random.default_rng(seed)
        one, two = (np.clip(generator.normal(0.4 + 0.2 * truth, 0.2), 0, 1) for _ in "ab")
        _, low, high, _ = comparison.paired(
            "roc_auc", stored(one), stored(two), Settings("roc_auc", "1", 0.5), Settings("roc_auc", "1", 0.5)
        )
        said += low > 0 or high < 0
    assert said / 200 <= 0.09


def test_results_on_different_test_sets_get_no_verdict_and_no_flips() -> None:
    found = comparison.compare(side("1", noise(1, 0.1)), side("2", noise(2, 0.6), test="9" * 40))
    assert found.verdict.word == "none"
    assert "different test sets (77777777 and 99999999)" in found.verdict.reason
    assert (found.fixed, found.broken, found.same_test) == ((), (), False)


@pytest.mark.parametrize(
    ("b", "words"),
    [
        (
            side("2", noise(2, 0.6))._replace(predictions=None),
            "predictions of aaaaaaaa-22222222 are not stored",
        ),
        (side("2", noise(2, 0.6), "f1"), "different settings"),
        (side("2", noise(2, 0.6), metrics={"roc_auc": {"reason": "no positives"}}), "no positives"),
        (
            side("2", noise(2, 0.6))._replace(predictions={"test": stored(noise(2, 0.6), prefix="x")}),
            "not of the same rows",
        ),
    ],
)
def test_what_cannot_be_compared_says_why(b: Side, words: str) -> None:
    found = comparison.judge(side("1", noise(1, 0.1)), b)
    assert found.word == "none"
    assert words in found.reason


def test_flips_are_listed_by_what_they_were_and_are() -> None:
    before, after = np.full(120, 0.2), np.full(120, 0.2)
    before[1], after[3] = 0.9, 0.5
    found = comparison.compare(side("1", before), side("2", after))
    assert [(flip.id, flip.label, flip.before, flip.after) for flip in found.fixed] == [
        ("r003", "1", "0", "1")
    ]
    assert [(flip.id, flip.label, flip.before, flip.after) for flip in found.broken] == [
        ("r001", "1", "1", "0")
    ]


def test_bugs_are_compared_where_their_patterns_are_the_same_also_across_test_sets() -> None:
    old = {
        "x": ("b" * 40, stored(np.array([0.1, 0.9]), ["1", "0"], "p")),
        "y": ("c" * 40, stored(np.array([0.1]), ["1"], "q")),
    }
    new = {
        "x": ("b" * 40, stored(np.array([0.8, 0.9]), ["1", "0"], "p")),
        "y": ("d" * 40, stored(np.array([0.8]), ["1"], "q")),
    }
    a, b = side("1", noise(1, 0.3), patterns=old), side("2", noise(1, 0.3), test="9" * 40, patterns=new)
    assert [(flip.split, flip.id) for flip in comparison.compare(a, b).fixed] == [("bugs/x", "p000")]


def test_what_differs_is_named() -> None:
    found = comparison.compare(side("1", noise(1, 0.3)), side("2", noise(1, 0.3)))
    assert found.changed == {
        "parent": None,
        "code": {"files": ["project/model.py"]},
        "train": {"params.C": {"from": 1, "to": 2}},
    }


def test_uncommitted_results_carry_a_note() -> None:
    found = comparison.compare(side("1", noise(1, 0.3), uncommitted=True), side("2", noise(1, 0.3)))
    assert "not committed" in found.notes[0]


def test_summary_of_a_record_has_counts_and_the_first_ids() -> None:
    found = comparison.summary(side("1", np.full(120, 0.2)), side("2", np.full(120, 0.8)), listed=2)
    assert found["fixed"] == {"n": 60, "ids": ["r001", "r003"]}
    assert found["broken"] == {"n": 60, "ids": ["r000", "r002"]}
    other = comparison.summary(side("1", noise(1, 0.3)), side("2", noise(1, 0.3), test="9" * 40))
    assert (other["verdict"], sorted(other)) == ("none", ["reason", "verdict", "with"])


def test_the_leaderboard_ranks_only_what_was_measured_alike() -> None:
    sides = [
        side("1", noise(1, 0.2)),
        side("2", noise(1, 0.6)),
        side("3", noise(1, 0.9), test="9" * 40),
        side("4", noise(1, 0.9), "f1"),
    ]
    places = comparison.rank([s.record for s in sides], sides[0].record)
    assert [(place.rank, place.record["tag"][-1], place.latest) for place in places] == [
        (1, "2", False),
        (2, "1", True),
        (None, "3", False),
        (None, "4", False),
    ]


def test_the_leaderboard_knows_that_less_loss_is_better() -> None:
    sides = [side("1", noise(1, 0.1), "log_loss"), side("2", noise(1, 0.4), "log_loss")]
    assert [p.record["tag"][-1] for p in comparison.rank([s.record for s in sides], sides[0].record)] == [
        "2",
        "1",
    ]

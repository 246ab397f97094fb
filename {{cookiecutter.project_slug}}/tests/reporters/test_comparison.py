"""Comparisons and the leaderboard as text and Markdown: readable, aligned, and safe whatever the values
are.
"""

from __future__ import annotations

from typing import Any

import pytest

from dataci.comparison import Comparison, Flip, Place, Side, Verdict
from dataci.reporters import comparison, leaderboard

EVIL = "<img src=x> @bob | `rm` $(x)\n::error::\x1b[31m\u202e"


def made(tag: str, value: float, **changes: Any) -> dict[str, Any]:
    """Return as much of a record as the reporters look at."""
    base: dict[str, Any] = {
        "tag": tag,
        "uncommitted": False,
        "data": {"rows": 10},
        "test": {"id": "7" * 40, "rows": 4},
        "evaluation": {"metric": "roc_auc"},
        "metrics": {"roc_auc": {"value": value, "low": 0.5, "high": 1.0}, "f1": {"reason": f"no {EVIL}"}},
        "bugs": {
            EVIL: {"n": 4, "errors": 1, "error_rate": {"value": 0.25, "low": 0.0, "high": 0.7}, "tree": "t"}
        },
        "per_class": {EVIL: {"n": 4, "recall": value}},
        "confusion": {EVIL: {"0": round(value * 10)}},
        "changed": {
            "parent": "00000000-00000000",
            "data": {"rows_added": 3, "relabelled": 2, "commits": [f"1 {EVIL}"]},
        },
        "compared": {},
    }
    return {**base, **changes}


@pytest.fixture
def found() -> Comparison:
    flip = Flip(EVIL, "test", "1", EVIL, "1", (("want", EVIL), ("offer", "x" * 500)))
    verdict = Verdict("better", "roc_auc", "", 0.05, 0.01, 0.09, 0.01)
    change = {
        **made("b", 0.9)["changed"],
        "train": {EVIL: {"from": None, "to": EVIL}},
        "code": {"files": [EVIL]},
    }
    a, b = Side(EVIL, made("a", 0.8)), Side("b", made("b", 0.9))
    return Comparison(a, b, True, verdict, change, (flip,) * 12, (), (EVIL,))


def test_text_holds_no_control_characters_and_names_everything(found: Comparison) -> None:
    text = comparison.text(found)
    assert not [c for c in text if not c.isprintable() and c != "\n"]
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())
    assert text.startswith("b is better than ")
    assert "ROC AUC +0.050, 95 % interval +0.010 to +0.090." in " ".join(text.split())
    assert "3 added, 2 relabelled of the training rows" in text
    assert "… and 2 more (--format json lists all)" in text
    assert "1 of 4" in text


def test_markdown_holds_nothing_that_github_would_act_upon(found: Comparison) -> None:
    text = comparison.markdown_text(found)
    for mark in ("<img", "@bob", "`rm`", "\x1b", "\u202e", "\n::error"):
        assert mark not in text
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in tables} <= {5, 6}


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (
            Verdict("none", "f1", "measured on different test sets"),
            "No verdict on b against a: measured on different",
        ),
        (Verdict("same", "f1", "x", 0, 0, 0, 1), "b predicts exactly what a predicts."),
        (Verdict("worse", "log_loss", "", 0.1, 0.05, 0.2, 0.0), "b is worse than a: log loss +0.100"),
        (
            Verdict("unclear", "f1", "", 0.1, -0.05, 0.2, 0.3),
            "It is unclear whether b is better than a: F1 +0.100",
        ),
    ],
)
def test_each_verdict_is_one_sentence(found: Comparison, verdict: Verdict, words: str) -> None:
    told = found._replace(verdict=verdict, a=found.a._replace(name="a"))
    assert comparison.text(told).startswith(words)


def test_without_a_difference_it_says_so(found: Comparison) -> None:
    assert "Nothing that makes the model differs." in comparison.text(
        found._replace(changed={"parent": None})
    )


def test_a_metric_without_a_value_shows_its_reason(found: Comparison) -> None:
    line = next(line for line in comparison.text(found).splitlines() if line.startswith("  F1"))
    assert "none: no <img" in line


def test_the_leaderboard_is_a_table_that_links_to_records() -> None:
    places = [
        Place(1, made("11111111-22222222", 0.9), True),
        Place(2, made("11111111-33333333", 0.8, changed={"parent": None}), False),
        Place(None, made("11111111-44444444", 0.99, metrics={"roc_auc": {"reason": EVIL}}), False),
    ]
    text = leaderboard.render(places, "roc_auc")
    lines = text.splitlines()
    first = "| 1 | [11111111-22222222](11111111-22222222.json) **latest** | 0.900 (0.500–1.000) | 10 | data: 3 added, 2"
    assert next(line for line in lines if line.startswith("| 1 |")).startswith(first)
    assert "first result" in next(line for line in lines if line.startswith("| 2 |"))
    assert lines.index("## Measured otherwise") < next(
        i for i, line in enumerate(lines) if "44444444" in line
    )
    for mark in ("<img", "@bob", "`rm`", "\x1b", "\u202e"):
        assert mark not in text
    assert {line.count("|") for line in lines if line.startswith("|")} == {4, 6}


def test_a_new_result_is_told_in_a_few_lines() -> None:
    text = comparison.result(
        made("x", 0.9, compared={"with": "y", "verdict": "none", "reason": EVIL}, uncommitted=True)
    )
    assert "x: 10 training rows, 4 test rows" in text
    assert "no verdict" in text
    assert "commit them and train again" in text
    assert not [c for c in text if not c.isprintable() and c != "\n"]

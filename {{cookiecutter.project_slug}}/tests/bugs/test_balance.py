"""How the patterns of a bug balance: in which direction the model errs, and what is missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import building
import recording
from dataci.bugs import balance
from dataci.bugs.balance import Asked, Balance
from dataci.bugs.harm import DEGREES
from dataci.predictions import Predictions

ASKED = Asked("0123abcd-4567cdef", None, None)
FORM = Path(__file__).parents[2] / ".github/ISSUE_TEMPLATE/model-bug.yml"


def test_each_kind_of_answer_has_its_name() -> None:
    scores = np.array([[0.9, 0.1], [0.1, 0.9], [0.9, 0.1], [0.1, 0.9]])
    said = Predictions(["a", "b", "c", "d"], ["0", "0", "1", "1"], ["0", "1"], scores)
    assert balance.kinds(said, recording.HOW) == [
        balance.TRUE_NEGATIVE,
        balance.FALSE_POSITIVE,
        balance.FALSE_NEGATIVE,
        balance.TRUE_POSITIVE,
    ]
    many = Predictions(["a", "b"], ["x", "z"], ["x", "y", "z"], np.array([[0.5, 0.3, 0.2], [0.2, 0.5, 0.3]]))
    how = recording.HOW._replace(positive=None, metric="accuracy")
    assert balance.kinds(many, how) == [balance.RIGHT, balance.WRONG]


@pytest.mark.parametrize(
    ("kinds", "told", "advice"),
    [
        ([balance.FALSE_POSITIVE] * 2 + [balance.TRUE_NEGATIVE], "2 false positives, 1 true negative", ""),
        ([balance.FALSE_NEGATIVE, balance.WRONG], "1 false negative, 1 wrong", "All of them are wrong"),
        ([balance.TRUE_POSITIVE] * 3, "3 true positives", "None of them is wrong"),
    ],
)
def test_a_balance_is_told_with_what_it_lacks(kinds: list[str], told: str, advice: str) -> None:
    lines = balance.told(ASKED, Balance(tuple(kinds), ("0",) * len(kinds)))
    assert lines[0] == f"Balance, as 0123abcd-4567cdef decides: {told}."
    assert [line for line in lines[1:] if advice and advice in line] == lines[1:]
    assert bool(lines[1:]) == bool(advice)
    assert balance.told(ASKED, Balance(tuple(kinds), ("0",) * len(kinds)), whole=False) == lines[:1]


def test_where_no_model_can_be_asked_the_labels_are_counted(tmp_path: Path) -> None:
    root = building.make(tmp_path)
    asked = balance.model(building.load(root))
    assert asked.model is None
    found = balance.weigh(asked, building.load(root), "data/bugs/x/patterns.csv", building.TRAIN.encode())
    assert balance.told(asked, found) == [
        "Balance by label: 2 × '0', 2 × '1' (no model was asked: there is no result yet)."
    ]


def test_numbers_are_told_from_where_to_where_and_not_one_by_one() -> None:
    asked = Asked("", None, None)
    labels = ("9", "52.5", "100", "-3", "7", "8", "10")
    assert balance.told(asked, Balance(("",) * 7, labels)) == ["Balance by label: from -3 to 100."]
    few = balance.told(asked, Balance(("",) * 3, ("1", "2", "2")))
    assert few == ["Balance by label: 1 × '1', 2 × '2'."]


def test_the_degrees_of_harm_are_those_of_the_form() -> None:
    text = FORM.read_text("utf-8")
    assert [
        f"- {degree} - {words}\n"
        for degree, words in DEGREES.items()
        if f"- {degree} - {words}\n" not in text
    ] == []

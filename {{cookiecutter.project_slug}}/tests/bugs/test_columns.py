"""Names and words of a form: they are mapped to the project's where only one thing can be meant."""

from __future__ import annotations

import pytest

from dataci.bugs import columns
from dataci.bugs.columns import Target
from dataci.config import Columns

ROLES = Columns(id="id", label="match", text=("want", "offer"))


def target(labels: tuple[str, ...] = ("0", "1"), positive: str | None = "1", *more: str) -> Target:
    return Target(("id", "want", "offer", "match", *more), ROLES, labels, positive)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("want", "want"),
        (" WANT ", "want"),
        ("**Want**", "want"),
        ("ｗａｎｔ", "want"),
        ("Expected outcome", "match"),
        ("label", "match"),
        ("expected_label", "match"),
        ("wants", None),
        ("", None),
    ],
)
def test_names_of_columns(name: str, column: str | None) -> None:
    assert columns.meant(name, target()) == column


def test_columns_that_differ_in_case_only_must_be_named_exactly() -> None:
    both = target(("0", "1"), "1", "Want", "expected")
    assert columns.meant("want", both) == "want"
    assert columns.meant("Want", both) == "Want"
    assert columns.meant("WANT", both) is None
    assert columns.meant("Expected", both) == "expected"  # and not the label, since there is such a column


@pytest.mark.parametrize(
    ("word", "label"),
    [
        ("1", "1"),
        ("yes", "1"),
        ("Y", "1"),
        ("TRUE", "1"),
        ("match", "1"),
        ("no match", "0"),
        ("not a match", None),
        ("No", "0"),
        ("false", "0"),
        ("maybe", None),
        ("2", None),
        ("１", "1"),
        ("-1", None),
        ("1.0", None),
    ],
)
def test_words_for_labels(word: str, label: str | None) -> None:
    assert columns.label(word, target()) == label


def test_words_mean_nothing_where_they_are_ambiguous() -> None:
    assert columns.label("yes", target(("0", "1"), None)) is None
    assert columns.label("yes", target(("a", "b", "c"), "a")) is None
    assert columns.label("YES", target(("Yes", "yes"), "yes")) is None
    assert columns.label("yes", target(("Yes", "yes"), "Yes")) == "yes"
    assert columns.label("no", target(("no", "yes"), "no")) == "no"  # a label is itself, whatever is positive
    assert columns.label("3.5", target((), None)) == "3.5"  # a regression


def test_a_column_that_is_not_there_or_twice_is_named() -> None:
    found = columns.match(["want", "Offer", "colour", "WANT"], [], target(), 7, "want,Offer,colour,WANT")
    assert found.places == ((0, "want"), (1, "offer"))
    assert [fault.line for fault in found.faults] == [7, 7]
    assert "'colour'" in found.faults[0].message
    assert "twice" in found.faults[1].message


@pytest.mark.parametrize("name", ["#", "", "No.", "nr"])
def test_the_numbers_of_a_spreadsheet_are_left_out(name: str) -> None:
    header = [name, "want"]
    assert columns.match(header, [["1", "a"], ["2.", "b"]], target(), 1, "").faults == ()
    assert len(columns.match(header, [["1", "a"], ["7", "b"]], target(), 1, "").faults) == 1

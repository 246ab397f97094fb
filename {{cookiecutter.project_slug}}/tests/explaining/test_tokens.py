"""Units: every word of a text has its place, and taking words away leaves the others as they were."""

from __future__ import annotations

import itertools

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dataci.explaining import tokens
from dataci.models import pairs
from dataci.text import fold

ODD = st.text(st.sampled_from("aZß é½´¨̸=-_'’#[]:.\u200b\u00a0\x1c\x1b😺ﬁ漢ก็İ"), max_size=40) | st.text(
    max_size=40
)


def row(**cells: object) -> tokens.Row:
    """Return a row; text is a text, a number a number, None a missing category."""
    kinds = {str: pl.String, float: pl.Float64, type(None): pl.Categorical}
    columns = {name: pl.Series([cell], dtype=kinds[type(cell)]) for name, cell in cells.items()}
    return tokens.split(pl.DataFrame(columns))


def test_words_have_their_places_and_their_comparable_form() -> None:
    found = row(want="Don't feed the CAT, 😺 please!").units
    assert [(unit.text, unit.word) for unit in found] == [
        ("Don't", "don t"),
        ("feed", "feed"),
        ("the", "the"),
        ("CAT", "cat"),
        ("😺", "😺"),
        ("please", "please"),
    ]
    assert all("Don't feed the CAT, 😺 please!"[unit.start : unit.end] == unit.text for unit in found)


@given(ODD)
@example("a=\u0338b is not a")
def test_the_words_of_the_units_are_those_that_the_model_reads(text: str) -> None:
    units = tokens.words("want", text)
    read = [word for unit in units for word in fold(unit.text).split()]
    assert read[: pairs.WORDS] == pairs.words(pl.Series([text]))[0]
    assert all(text[unit.start : unit.end] == unit.text and unit.text for unit in units)
    assert all(one.end <= other.start for one, other in itertools.pairwise(units))


@given(ODD, st.randoms(use_true_random=False))
def test_a_mask_takes_away_its_words_and_no_others(text: str, drawn: object) -> None:
    units = tokens.words("want", text)
    mask = np.array([[bool(drawn.getrandbits(1)) for _ in units]], dtype=np.bool_)  # type: ignore[attr-defined]
    made = tokens.without(text, units, mask)[0]
    kept = [
        word for unit, keep in zip(units, mask[0], strict=True) if keep for word in fold(unit.text).split()
    ]
    if all(unit.word.isascii() and unit.word.isalnum() for unit in units):
        assert fold(made).split() == kept
    assert tokens.without(text, units, np.ones((1, len(units)), dtype=np.bool_)) == [text]
    assert tokens.without(text, units, np.zeros((1, len(units)), dtype=np.bool_)) == [
        text if not units else ""
    ]


def test_signs_go_with_the_last_word_beside_them() -> None:
    text = "(self-employed) tax, now"
    units = tokens.words("want", text)
    masks = np.array([[True, False, True, True], [False, False, True, False]])
    assert tokens.without(text, units, masks) == ["(self-) tax, now", "tax,"]


def test_cells_are_replaced_by_their_references_and_missing_ones_stay_missing() -> None:
    found = row(want="a cat", price=3.5, gone=float("nan"), kind=None)
    assert [unit.text for unit in found.units][:3] == ["a", "cat", "3.5"]
    train = pl.DataFrame({"want": ["", ""], "price": [1.0, 2.0], "gone": [9.0, None]})
    masked = tokens.masked(found, np.array([[False, True, False, True]]), tokens.reference(train))
    assert masked["want"].to_list() == ["cat"]
    assert masked["price"].to_list() == [1.5]
    assert masked["kind"].to_list() == [None]
    assert masked.schema == found.inputs.schema


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, 3, [(0, 1.0)]),
        (1, 6, [(0, 0.5), (1, 0.5)]),
        (3, 4, [(0, 0.5), (1, 0.5)]),
        (9, 10, [(2, 1.0)]),
        (8, 8, []),
    ],
)
def test_a_piece_of_a_text_belongs_to_the_words_whose_letters_it_has(
    start: int, end: int, expected: list[tuple[int, float]]
) -> None:
    text = "abc-def  x!"
    units = tokens.words("t", text)
    assert tokens.shares(units, text, start, end) == expected

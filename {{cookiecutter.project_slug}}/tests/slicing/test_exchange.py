"""Words exchanged for others: whole words, their case kept, and nothing else of the text changed."""

from __future__ import annotations

import unicodedata

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataci import slicing
from dataci.slicing.exchange import Exchange, changer


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("My father needs a cleaner", "My mother needs a cleaner"),
        ("FATHER, Father; father's", "MOTHER, Mother; mother's"),
        ("He said she'd come, himself", "She said he'd come, herself"),
        ("her book", "his book"),
        ("I saw her.", "I saw him."),
        ("I saw her today", "I saw him today"),
        ("with her and me", "with him and me"),
        ("HER old car", "HIS old car"),
        ("his dog, not hers", "her dog, not his"),
        ("this dog is his", "this dog is hers"),
        ("Mr Moyo", "Ms Moyo"),
        ("his\nfather", "her\nmother"),
        ("the, mother, here", "the, father, here"),
        ("sheet hero Heather", "sheet hero Heather"),
        ("he\u0301 fiancé", "he\u0301 fiancée"),  # é of two characters is another word than he
        ("", ""),
    ],
)
def test_gendered_words_are_exchanged(before: str, after: str) -> None:
    assert changer(slicing.GENDERED)(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Colour, COLOURS, colourful", "Color, COLORS, colorful"),
        ("organize the center", "organise the centre"),
        ("a check and a story while I program", "a check and a story while I program"),
        ("a cheque, whilst learnt", "a check, while learned"),
        ("neighbours travelled", "neighbors traveled"),
    ],
)
def test_spelling_is_exchanged(before: str, after: str) -> None:
    assert changer(slicing.SPELLING)(before) == after


def test_names_are_exchanged_both_ways() -> None:
    change = changer(slicing.FIRST_NAMES)
    assert change("John and Aisha, MOHAMMED's sister") == "Sipho and Emily, PETER's sister"
    assert change("Johnny, Johnson") == "Johnny, Johnson"
    for name, other in slicing.FIRST_NAMES.items():
        assert change(change(str(name))) == name, other


def test_columns_are_altered_and_no_others() -> None:
    rows = pl.DataFrame(
        {"id": ["1", "2"], "want": ["my son", None], "offer": ["his son", "her"], "who": ["he", ""]}
    )
    found = slicing.exchanged(rows, ["want", "offer"], slicing.GENDERED)
    assert found.to_dict(as_series=False) == {
        "id": ["1", "2"],
        "want": ["my daughter", None],
        "offer": ["her daughter", "him"],
        "who": ["he", ""],
    }
    assert slicing.exchanged(rows, "who", slicing.GENDERED)["who"].to_list() == ["she", ""]


def test_words_of_your_own_can_be_exchanged() -> None:
    rows = pl.DataFrame({"text": ["Johannesburg and London", "LONDON"]})
    found = slicing.exchanged(rows, "text", {"London": "Lagos"})
    assert found["text"].to_list() == ["Johannesburg and Lagos", "LAGOS"]


@pytest.mark.parametrize("words", [slicing.GENDERED, slicing.FIRST_NAMES, slicing.SPELLING])
def test_each_word_has_a_counterpart_that_differs(words: Exchange) -> None:
    for word, value in words.items():
        ends = [value] if isinstance(value, str) else list(value)
        assert word == word.lower()
        assert all(end and end != word and end == end.lower() for end in ends)
        assert unicodedata.is_normalized("NFC", word)


PIECES = [
    "he",
    "HER",
    "His",
    "mum",
    " ",
    "\n",
    "-",
    "_",
    "'",
    ".",
    "é",
    "e\u0301",
    "\u0301",
    "ß",
    "İ",
    "你",
    "١",
    "🙂",
]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_all_but_the_words_stays_as_it_is(text: str) -> None:
    assert changer({"nowhere": "else"})(text) == text
    assert changer({word: word for word in slicing.GENDERED})(text).casefold() == text.casefold()
    found = changer({"mum": "dad"})(text)
    assert len(found) == len(text)
    assert found.lower().replace("dad", "mum") == text.lower()

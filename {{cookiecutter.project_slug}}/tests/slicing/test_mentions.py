"""Texts that mention a word: whole words, in any case and script, and nothing else."""

from __future__ import annotations

import polars as pl
import pytest

from dataci import slicing


def held(texts: list[str | None], *words: str) -> list[bool]:
    """Return which texts mention one of the words."""
    return pl.DataFrame({"text": texts}).select(slicing.mentions("text", words)).to_series().to_list()


@pytest.mark.parametrize(
    ("text", "word", "found"),
    [
        ("A man, a plan", "man", True),
        ("the MAN", "man", True),
        ("the man's dog", "man", True),
        ("'man'", "man", True),
        ("woman", "man", False),
        ("mankind", "man", False),
        ("man_1", "man", False),
        ("a police\n officer", "police officer", True),
        ("policeofficer", "police officer", False),
        ("Ein Café!", "café", True),
        ("Cafés", "café", False),
        ("CAFE\u0301", "cafe", False),  # the accent belongs to the letter before it
        ("ÄRZTIN gesucht", "ärztin", True),
        ("我要 医生", "医生", True),
        ("C++ (but not C)", "c++", True),
        ("a.b", "a+b", False),
        ("", "man", False),
    ],
)
def test_whole_words_are_mentioned(text: str, word: str, found: bool) -> None:
    assert held([text], "zebra", word) == [found]


def test_a_missing_text_mentions_nothing() -> None:
    assert held([None, "man"], "man") == [False, True]


def test_any_column_will_do() -> None:
    rows = pl.DataFrame({"want": ["a cat", "a dog", ""], "offer": ["", "a cat", "x"]})
    assert rows.select(slicing.mentions(["want", "offer"], ["cat"])).to_series().to_list() == [
        True,
        True,
        False,
    ]


def test_without_a_word_there_is_nothing_to_look_for() -> None:
    with pytest.raises(ValueError, match="no word"):
        slicing.mentions("text", [" "])


def test_rows_are_grouped_by_what_they_mention() -> None:
    rows = pl.DataFrame({"text": ["my aunt", "his aunt", "Mr Li", "a dog", "", None, "our grandmother"]})
    found = rows.select(slicing.mentioned("text", slicing.GENDERS)).to_series().to_list()
    assert found == ["women", "several", "men", None, None, None, "women"]


@pytest.mark.parametrize("name", ["AGES", "FAITHS", "GENDERS", "HEALTH", "LOVE", "ORIGINS"])
def test_the_lists_that_come_along_name_groups(name: str) -> None:
    groups = getattr(slicing, name)
    for group, words in groups.items():
        assert all(word and word == word.strip().lower() for word in words)
        assert len(words) == len(set(words))
        found = pl.DataFrame({"text": words}).select(slicing.mentioned("text", groups)).to_series()
        assert group in found.to_list(), "each group has a word that no other has"
        assert set(found) <= {group, "several"}

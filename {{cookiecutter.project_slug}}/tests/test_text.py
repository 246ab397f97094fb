"""Tests for dataci.text: the comparable form of a text."""

from __future__ import annotations

import re
import unicodedata

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataci.text import SEPARATOR, normalise, pair_text


def by_definition(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept = (c if c.isalnum() or unicodedata.category(c).startswith("M") else " " for c in folded)
    return re.sub(" +", " ", "".join(kept)).strip(" ")


TEXTS = st.lists(st.none() | st.text() | st.text(st.characters(codec="ascii")), max_size=8)


@given(TEXTS)
def test_normalise_is_its_definition(texts: list[str | None]) -> None:
    series = pl.Series("text", texts, dtype=pl.String)
    result = normalise(series)
    assert result.to_list() == [None if text is None else by_definition(text) for text in texts]
    assert result.name == "text"
    assert normalise(result).to_list() == [None if text is None else by_definition(text) for text in result]


def test_every_ascii_character_by_the_fast_way() -> None:
    texts = [f"A{chr(code)}b{chr(code)}{chr(code)} " for code in range(128)]
    assert normalise(pl.Series(texts)).to_list() == [by_definition(text) for text in texts]


def test_many_rows_take_the_parallel_way_in_order() -> None:
    texts = [f"Row  №{i}!" if i % 3 == 0 else f" Row-{i}." for i in range(30_000)]
    assert normalise(pl.Series(texts)).to_list() == [
        f"row no{i}" if i % 3 == 0 else f"row {i}" for i in range(30_000)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Look after my CAT!! ", "look after my cat"),
        ("Straße", "strasse"),
        ("ﬁne \uff21\uff22\uff23 ½", "fine abc 1 2"),
        ("o\u0323nwu\u0323", "\u1ecdnw\u1ee5"),  # Igbo, typed with combining dots
        ("r\u0329ce", "r\u0329ce"),  # a mark that composes with nothing stays
        ("猫の世話、お願い。", "猫の世話 お願い"),
        ("\x1b[31mred\x1b[0m\x1f\x00", "31mred 0m"),
        ("…!?", ""),
        ("", ""),
    ],
)
def test_normalise(text: str, expected: str) -> None:
    assert normalise(pl.Series([text])).to_list() == [expected]


def test_pair_text_joins_what_no_text_contains() -> None:
    left, right = pl.Series("want", ["A cat!", None, "", "b"]), pl.Series(["Pet\x1fsitting", "x", None, "a"])
    assert pair_text(left, right).to_list() == [
        f"a cat{SEPARATOR}PET SITTING",
        f"{SEPARATOR}X",
        "",
        f"b{SEPARATOR}A",
    ]
    assert pair_text(left, right).name == "want"
    assert pair_text(left).to_list() == ["a cat", "", "", "b"]


@given(st.text(max_size=6), st.text(max_size=6))
def test_a_symmetric_pair_is_the_same_both_ways(one: str, other: str) -> None:
    there = pair_text(pl.Series([one]), pl.Series([other]), symmetric=True)
    back = pair_text(pl.Series([other]), pl.Series([one]), symmetric=True)
    assert there.to_list() == back.to_list()

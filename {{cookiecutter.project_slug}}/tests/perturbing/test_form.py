"""Capitals, marks, spaces and accents: another form, and the same words."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataci.perturbing import form
from dataci.perturbing.stream import Stream

ANY = Stream(0)
WORDS = st.lists(
    st.sampled_from(["Cat", "(my)", "don't", "3.5", "Öl,", "what?", ":)", "1,000", "..."]), min_size=1
)


def test_case_is_small_letters_then_capitals() -> None:
    assert form.case("Straße in Ελλάδα, 5 km", ANY, 1) == "straße in ελλάδα, 5 km"
    assert form.case("Straße in Ελλάδα, 5 km", ANY, 2) == "STRASSE IN ΕΛΛΆΔΑ, 5 KM"


@pytest.mark.parametrize(
    ("before", "light", "heavy"),
    [
        ("A plumber, now!", "A plumber, now", "A plumber now"),
        ("A plumber", "A plumber.", "A plumber"),
        ("(No pets), please: at 3.5 km", "(No pets), please: at 3.5 km.", "No pets please at 3.5 km"),
        ("Don't ring; e-mail me…", "Don't ring; e-mail me", "Don't ring e-mail me"),
        ("It costs 1,000.", "It costs 1,000", "It costs 1,000"),
        ("great :)", "great :)", "great :)"),
        ("...", "...", "..."),
        ("需要房间。", "需要房间。", "需要房间。"),
    ],
)
def test_punctuation(before: str, light: str, heavy: str) -> None:
    assert (form.punctuation(before, ANY, 1) or before) == light
    assert form.punctuation(before, ANY, 2) == heavy


@given(words=WORDS, seed=st.integers(0, 99), strength=st.sampled_from([1, 2]))
def test_whitespace_changes_nothing_else(words: list[str], seed: int, strength: int) -> None:
    text = " ".join(words)
    changed = form.whitespace(text, Stream(seed), strength)
    assert changed != text
    assert changed.split() == words


@given(text=st.text(st.characters(max_codepoint=0x2FFF)))
def test_accents_apart_look_the_same(text: str) -> None:
    changed = form.accents(text, ANY, 1)
    assert unicodedata.normalize("NFC", changed) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Größe, ñandú, été", "Grosse, nandu, ete"),
        ("Zażółć gęślą jaźń", "Zazolc gesla jazn"),
        ("e\u0301te\u0301", "ete"),
        ("Ελλάδα", "Ελλαδα"),
        ("мой чай", "мой чай"),  # й is a letter of its own
        ("plain", "plain"),
    ],
)
def test_accents_left_out(text: str, plain: str) -> None:
    assert form.accents(text, ANY, 2) == plain

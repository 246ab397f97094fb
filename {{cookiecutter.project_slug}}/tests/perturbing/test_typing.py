"""Typos as fingers make them: one letter of a word, never the first, never in an address or a number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataci.perturbing import typing
from dataci.perturbing.letters import words
from dataci.perturbing.stream import Stream

TEXT = "Somebody to look after our garden while everybody travels through Portugal"


def changed(before: str, after: str) -> list[tuple[str, str]]:
    """Return the words that differ, before and after."""
    pairs = zip(before.split(), after.split(), strict=True)
    return [(one, other) for one, other in pairs if one != other]


@pytest.mark.parametrize("kind", [typing.keyboard, typing.dropped, typing.swapped])
@given(seed=st.integers(0, 500))
def test_the_strength_says_how_many_words_are_mistyped(kind: typing.Typo, seed: int) -> None:
    light, heavy = (changed(TEXT, kind(TEXT, Stream(seed), strength)) for strength in (1, 2))
    assert len(light) == 1
    assert len(heavy) == 3
    for before, after in light + heavy:
        assert len(before) >= 4
        assert after[0] == before[0]


@given(seed=st.integers(0, 500))
def test_each_kind_makes_its_own_mistake(seed: int) -> None:
    ((before, after),) = changed(TEXT, typing.keyboard(TEXT, Stream(seed), 1))
    ((at, old, new),) = [(at, a, b) for at, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
    assert new in typing.NEAR[old], (at, old, new)
    ((before, after),) = changed(TEXT, typing.dropped(TEXT, Stream(seed), 1))
    assert after in {before[:at] + before[at + 1 :] for at in range(1, len(before))}
    ((before, after),) = changed(TEXT, typing.swapped(TEXT, Stream(seed), 1))
    assert after != before
    assert sorted(after) == sorted(before)


def test_neighbours_are_those_of_a_keyboard() -> None:
    assert set(typing.NEAR["g"]) == set("fhtyvb")
    assert set(typing.NEAR["a"]) == set("sqwz")
    assert set(typing.NEAR["п"]) == set("аренми")
    assert ";" not in typing.NEAR
    assert not any(";" in near for near in typing.NEAR.values())


@given(seed=st.integers(0, 500))
def test_case_is_kept(seed: int) -> None:
    assert typing.keyboard("PLUMBER", Stream(seed), 1).isupper()


@pytest.mark.parametrize(
    "text", ["see info@example.org", "www.example.org/help", "b1204flat", "e\u0301te\u0301s", "a cat"]
)
def test_what_is_not_typed_as_words_are_stays(text: str) -> None:
    for kind in (typing.keyboard, typing.dropped, typing.swapped):
        assert kind(text, Stream(0), 2) == text


def test_words_know_scripts_but_not_what_carries_a_mark() -> None:
    assert [word.text for word in words("Привет, Ελλάδα; καφε\u0301 שלום مرحبا")] == [
        "Привет",
        "Ελλάδα",
        "שלום",
        "مرحبا",
    ]


def test_a_word_of_equal_letters_cannot_be_put_in_another_order() -> None:
    assert typing.swapped("oooo", Stream(0), 2) == "oooo"

"""Words that carry little are left out; a negation, a quantity or a noun never is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataci.perturbing import languages
from dataci.perturbing.stream import Stream
from dataci.perturbing.words import words

NEGATIONS = (
    "no not never none nobody nothing neither nor without cannot can't don't isn't n't hardly except but or "
    "nicht kein keine keinen nie niemals ohne weder noch aber oder ne pas plus sans jamais ni aucun rien mais ou "
    "nunca sin ni nada nadie pero non mai senza né ma niet geen nooit zonder noch maar não sem nem nada mas "
    "nie geen sonder nooit maar"
).split()
DIRECTIONS = "from until over under before after up down off".split()


def test_no_list_holds_a_negation() -> None:
    for name, told in languages.LANGUAGES.items():
        assert not told.little & set(NEGATIONS), name
    assert not languages.LANGUAGES["en"].little & set(DIRECTIONS)


@pytest.mark.parametrize(
    ("text", "telegram"),
    [
        ("Somebody to feed my cat, not the dog", "Somebody feed cat, not dog"),
        ("Ich suche jemanden für die Katze, nicht für den Hund", "Ich suche jemanden Katze, nicht Hund"),
        ("Je cherche une personne pour la maison", "Je cherche personne maison"),
        ("a room with no pets", "room no pets"),
        ("is it the", "is it the"),
        ("help wanted", "help wanted"),
        ("plants die", "plants die"),  # one known word does not make a language
        ("  feed my cat in August\n", "  feed cat August\n"),
    ],
)
def test_all_that_carries_little_is_left_out(text: str, telegram: str) -> None:
    assert words(text, Stream(0), 2) == telegram


@given(seed=st.integers(0, 99))
def test_light_is_one_word(seed: int) -> None:
    text = "Somebody to feed my cat in August"
    left = words(text, Stream(seed), 1).split()
    (gone,) = set(text.split()) - set(left)
    assert gone in {"to", "my", "in"}
    assert len(left) == 6


@given(
    st.lists(
        st.sampled_from([*NEGATIONS, "the", "a", "to", "is", "die", "für", "le", "de", "cat"]), max_size=12
    )
)
def test_no_negation_is_ever_dropped(tokens: list[str]) -> None:
    left = words(" ".join(tokens), Stream(0), 2).split()
    assert [token for token in tokens if token in NEGATIONS] == [
        token for token in left if token in NEGATIONS
    ]

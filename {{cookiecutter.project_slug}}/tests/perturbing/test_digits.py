"""Numbers change their form and not their value; what may be no quantity stays."""

from __future__ import annotations

import pytest

from dataci.perturbing.digits import numbers
from dataci.perturbing.stream import Stream


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("I need 1000 bricks for the house", "I need 1,000 bricks for the house"),
        ("I need 1,000,000 bricks for the house", "I need 1000000 bricks for the house"),
        ("a budget of $25000, please", "a budget of $25,000, please"),
        ("Ich brauche 25000 Steine für die Mauer", "Ich brauche 25.000 Steine für die Mauer"),
        ("Je veux 1500 tuiles pour la maison", "Je veux 1\u00a0500 tuiles pour la maison"),
    ],
)
def test_thousands_are_marked_or_not_as_the_language_does(before: str, after: str) -> None:
    assert numbers(before, Stream(0), 1) == numbers(before, Stream(0), 2) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Two cats for the 5 of us", "2 cats for the 5 of us"),
        ("a room for 5, please", "a room for five, please"),
        ("Je veux 3 tuiles pour la maison", "Je veux trois tuiles pour la maison"),
        ("Ich suche zwei Leute für die Ernte", "Ich suche 2 Leute für die Ernte"),
        ("需要5个房间", "需要５个房间"),
    ],
)
def test_small_numbers_become_words_and_words_figures_when_heavy(before: str, after: str) -> None:
    assert numbers(before, Stream(0), 1) == before
    assert numbers(before, Stream(0), 2) == after


@pytest.mark.parametrize(
    "text",
    [
        "born in the year 1984, and 2026 is the last",
        "the 1984 harvest of my house",
        "call the number 021 555 0000",
        "call the number 0215550000",
        "at 12:30 in the flat 1204b of my aunt",
        "it is 5% of the sum and 5km to the house",
        "3.5 of the 10.25 in a 5-litre can of 2,5",
        "version 2.0.1 of the file 5_6",
        "the bill is 1.5 million",
        "simply text the word to 85069 to win",
        "the code of my door is 85069.",
        "need 1000 bricks",  # nobody knows in which language
        "un vélo neuf pour la ville",  # new, not nine
    ],
)
def test_what_may_be_no_quantity_stays(text: str) -> None:
    assert numbers(text, Stream(0), 1) == text
    assert numbers(text, Stream(0), 2) == text

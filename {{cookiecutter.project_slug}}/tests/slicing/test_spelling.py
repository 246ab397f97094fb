"""Misspelt words: what people often write, a few rules, and nothing that is right."""

from __future__ import annotations

import polars as pl
import pytest

from dataci import slicing
from dataci.slicing.spelling import WORDS


def misspelt(text: str | None, *more: str) -> bool:
    """Tell whether a text holds a misspelt word."""
    return bool(pl.DataFrame({"text": [text]}).select(slicing.misspelt("text", more)).item())


@pytest.mark.parametrize(
    "text",
    [
        *("I shoud go", "Definately!", "RECIEVE", "the wich", "my goverment's letter", "(teh)"),
        *("that is sooo good", "undecieved", "he is cheerfuly late", "a commentmennt"),
    ],
)
def test_misspelt_words_are_found(text: str) -> None:
    assert misspelt(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            None,
            "should",
            "colour and color, organise and organize",
            "AAA batteries, XXL, www",
            "hmm, shh",
        ),
        *(
            "which science, society and policies",
            "hopeful, helpful, awful, fully, carefully, quietly",
            "tehran",
        ),
        *(
            "commitment, action, Latino, casino",
            "label, able, valley, ability",
            "I'll",
            "llama, vacuum, skiing",
        ),
        *("agreeing, seeing, dyeing, canoeing", "Straße, naïve, œuvre", "the III. and VIII. chapter", "你好"),
    ],
)
def test_what_is_right_is_left_alone(text: str | None) -> None:
    assert not misspelt(text)


def test_words_of_your_own_are_looked_for() -> None:
    assert not misspelt("a bakie")
    assert misspelt("a Bakie", "bakie")


def test_any_column_will_do() -> None:
    rows = pl.DataFrame({"want": ["fine", "thier"], "offer": ["becuase", "fine"]})
    assert rows.select(slicing.misspelt(["want", "offer"])).to_series().to_list() == [True, True]


def test_the_list_is_sorted_plain_and_without_doubles() -> None:
    words = WORDS.split()
    assert words == sorted(set(words))
    assert all(word.isascii() and word.isalpha() and word.islower() for word in words)
    assert len(words) > 1_000

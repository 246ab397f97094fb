"""Column statistics: the verdict depends on the effect, not on the number of rows."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataci import profile

ENGLISH = (
    "I want someone to look after my cat while we are away in the summer",
    "We need a person who can help with the garden and the house for a week",
    "Is there anybody who would walk the dog in the morning when I am at work",
    "My mother is looking for lessons, and she would like to begin in the new year",
)
GERMAN = (
    "Ich suche jemanden, der auf meine Katze aufpasst, während wir im Sommer weg sind",
    "Wir brauchen eine Person, die uns eine Woche lang im Garten und im Haus hilft",
    "Gibt es jemanden, der morgens mit dem Hund geht, wenn ich bei der Arbeit bin",
    "Meine Mutter sucht Unterricht, und sie möchte im neuen Jahr damit beginnen",
)


def mixed(sentences: tuple[str, ...], rows: int, seed: int) -> pl.Series:
    """Return texts made of the words of some sentences."""
    rng = np.random.default_rng(seed)
    words = " ".join(sentences).split()
    return pl.Series([" ".join(rng.choice(words, 12)) for _ in range(rows)])


def names(rng: np.random.Generator, shares: list[float], rows: int) -> pl.Series:
    return pl.Series(rng.choice(len(shares), rows, p=shares)).cast(pl.String)


@pytest.mark.parametrize("rows", [50, 1_000, 100_000])
def test_samples_of_one_population_never_drift(rows: int) -> None:
    shares = [0.5, 0.2, 0.1, *[0.01] * 20]
    for seed in range(200 if rows <= 1_000 else 20):
        rng = np.random.default_rng(seed)
        numbers = profile.number_shift(pl.Series(rng.normal(size=rows)), pl.Series(rng.normal(size=rows)))
        categories = profile.category_shift(names(rng, shares, rows), names(rng, shares, rows))
        assert max(numbers.low, categories.low) < 0.05, seed
        assert max(numbers.effect, categories.effect) < (0.45 if rows == 50 else 0.1)


@pytest.mark.parametrize("rows", [50, 1_000, 100_000])
def test_a_planted_effect_is_seen_at_every_size(rows: int) -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        numbers = profile.number_shift(
            pl.Series(rng.normal(size=5_000)), pl.Series(rng.normal(2.5, size=rows))
        )
        categories = profile.category_shift(
            names(rng, [0.8, 0.1, 0.1], 5_000), names(rng, [0.1, 0.1, 0.8], rows)
        )
        assert numbers.low > 0.2, seed
        assert categories.low > 0.2, seed


def test_a_small_difference_stays_small_however_many_rows_prove_it() -> None:
    rng = np.random.default_rng(0)
    shift = profile.number_shift(pl.Series(rng.normal(size=90_000)), pl.Series(rng.normal(0.1, size=90_000)))
    assert 0 < shift.low < shift.effect < 0.06


def test_many_values_that_occur_once_are_no_drift() -> None:
    left, right = (pl.Series([f"{side}{i}" for i in range(2_000)]) for side in "ab")
    assert profile.category_shift(left, right).low < 0.05


@pytest.mark.parametrize("rows", [50, 400])
def test_another_language_loses_the_common_words_and_uses_other_letters(rows: int) -> None:
    before = mixed(ENGLISH, 1_000, 0)
    loss = profile.word_loss(before, mixed(GERMAN, rows, 1))
    assert loss.low > 0.7
    assert profile.text_shift(before, mixed(GERMAN, rows, 1)).low > 0.2
    assert profile.word_loss(before, mixed(ENGLISH, rows, 2)).low == 0
    assert profile.text_shift(before, mixed(ENGLISH, rows, 2)).low < 0.05


def test_product_names_have_no_common_words_to_lose() -> None:
    codes = pl.Series(
        [f"widget{chr(97 + i % 26)}{chr(97 + i // 26 % 26)} {chr(97 + i % 7)}x" for i in range(600)]
    )
    assert profile.word_loss(pl.Series([str(i) for i in range(600)]), codes).low == 0


def test_columns_that_are_empty_or_tiny_have_no_distance() -> None:
    none, few = pl.Series([], dtype=pl.String), pl.Series(["a", "b", "c"])
    for measure in (profile.category_shift, profile.text_shift, profile.word_loss):
        assert measure(none, few).low == measure(few, none).low == measure(none, none).low == 0
    assert profile.number_shift(profile.numbers(none), profile.numbers(few)).low == 0


def test_missing_cells_are_null_empty_or_a_word_for_missing() -> None:
    cells = pl.Series(["1", "", None, "?", "2.5", "x", "nan", "inf"])
    assert profile.present(cells, ("?",)).to_list() == ["1", "2.5", "x", "nan", "inf"]
    assert profile.numbers(cells, ("?",)).to_list() == [1.0, 2.5]
    assert profile.missing_share(cells, ("?",)) == 3 / 8
    assert profile.missing_share(pl.Series([], dtype=pl.String)) == 0


def test_counts_are_ordered_by_number_and_then_by_value() -> None:
    assert list(profile.counts(pl.Series(["b", "a", "c", "c", "", None])).items()) == [
        ("c", 2),
        ("a", 1),
        ("b", 1),
    ]


def test_the_bound_of_two_shares_lies_below_their_difference_and_nears_it() -> None:
    lows = [profile.share_low((0, n), (n // 2, n)) for n in (20, 200, 20_000)]
    assert lows == sorted(lows)
    assert 0.48 < lows[-1] < 0.5
    assert profile.share_low((10, 20), (11, 20)) < 0


texts = st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=4, max_size=40)


@given(texts, texts)
def test_any_texts_have_a_distance_between_0_and_1(before: list[str], after: list[str]) -> None:
    sides = pl.Series(before, dtype=pl.String), pl.Series(after, dtype=pl.String)
    for measure in (profile.category_shift, profile.text_shift, profile.word_loss):
        shift = measure(*sides)
        assert 0 <= shift.low <= shift.effect <= 1 or shift.low == 0


def test_triples_are_shares_of_each_row() -> None:
    table = profile.triples(pl.Series(["", "a", "Straße", "日本語", "x" * 5_000]))
    assert table.shape == (5, profile.BUCKETS)
    assert np.allclose(table.sum(axis=1), 1)

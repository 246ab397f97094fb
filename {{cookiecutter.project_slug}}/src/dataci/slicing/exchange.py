"""Counterfactuals: the same rows with some words exchanged for others."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping

import polars as pl

# A letter may be written as two characters, with its accent after it, of which Python's \w knows only the first.
ACCENTS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
WORD = re.compile(rf"[\w{ACCENTS}]+")
NEXT = re.compile(rf"\s+([\w{ACCENTS}]+)")
# After a word that belongs to what follows ("her book"), these do not follow; after one that stands alone they do.
NO_NOUN = frozenset(
    "a about after again all also am an and are as at away back be because been before but by can could daily did do"
    " does down during every for from had has have he how i if in into is it like me more next no not now of off on or"
    " our out over please she should so some soon than that the their then there these they this those through till to"
    " today together tomorrow tonight too twice until up us was we were what when where which while who why will with"
    " without would yesterday you your".split()
)

Exchange = Mapping[str, str | tuple[str, str]]


def exchanged(rows: pl.DataFrame, columns: str | Iterable[str], words: Exchange) -> pl.DataFrame:
    """Return the rows with each word in ``columns`` that is a key of ``words`` (in lower case) exchanged for its value.

    Whole words only; Capital and CAPITALS stay as they were. A value of two words: the first one where a noun seems to
    follow ("her book", "his book"), the second elsewhere ("I saw her", "I saw him").
    """
    names = [columns] if isinstance(columns, str) else list(columns)
    change = functools.lru_cache(maxsize=100_000)(changer(words))  # texts recur
    return rows.with_columns(
        rows[name].map_elements(change, return_dtype=pl.String).alias(name) for name in names
    )


def changer(words: Exchange) -> Callable[[str], str]:
    """Return the function that exchanges words in a text."""
    keys = {word.casefold(): value for word, value in words.items()}

    def change(text: str) -> str:
        def one(match: re.Match[str]) -> str:
            value = keys.get(match[0].casefold())
            if value is None:
                return match[0]
            chosen = value if isinstance(value, str) else value[0 if noun_follows(text, match.end()) else 1]
            return like(match[0], chosen)

        return WORD.sub(one, text)

    return change


def noun_follows(text: str, end: int) -> bool:
    """Tell whether a word follows that a possessive can belong to, as far as a list of words can tell."""
    after = NEXT.match(text, end)
    return after is not None and after[1].casefold() not in NO_NOUN


def like(old: str, new: str) -> str:
    """Return the new word in the case of the old one: CAPITALS, Capital, or as it is."""
    if old.isupper() and len(old) > 1:
        return new.upper()
    return new[:1].upper() + new[1:] if old[:1].isupper() else new


def both_ways(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return what exchanges the words of each pair for one another; the first pair of a word counts."""
    found: dict[str, str] = {}
    for one, other in pairs:
        found.setdefault(one, other)
        found.setdefault(other, one)
    return found


def paired(text: str) -> list[tuple[str, str]]:
    """Read pairs of words that are written as one/other."""
    return [(one, other) for one, _, other in (pair.partition("/") for pair in text.split())]

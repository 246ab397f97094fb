"""Features of a pair of texts: which words meet which, and how much the two share.

A linear model over the words of each side cannot see a match (its AUC on pairs is that of a coin). It can
when each feature is a word of the one side *together with* a word of the other; likenesses add what new words
cannot tell.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl
import scipy.sparse as sp

from dataci.text import normalise

BITS = 18  # 262,144 crosses and word weights; a collision costs little, a dictionary would have to be stored
SIZE = 1 << BITS
STEM = 5  # letters
WORDS = 64  # of a text, so that a long one cannot explode (64 * 64 crosses)
SHIFT = np.uint64(64 - BITS)
LEFT, RIGHT = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)

Array = np.ndarray[Any, np.dtype[np.float64]]


def words(texts: pl.Series) -> list[list[str]]:
    """Split each text into at most WORDS words of its comparable form."""
    return [text.split(" ")[:WORDS] if text else [] for text in normalise(texts).to_list()]


@lru_cache(maxsize=SIZE)
def slot(word: str) -> int:
    """Number a word; the same in every process, which Python's own hash is not."""
    return zlib.crc32(word.encode("utf-8", "surrogatepass"))


def stems(texts: list[list[str]]) -> list[list[str]]:
    """Cut words to their first letters, each once a text: "taxes" then meets what "tax" met."""
    return [list(dict.fromkeys(word[:STEM] for word in text)) for text in texts]


def meetings(left: list[list[str]], right: list[list[str]], rarity: Array, symmetric: bool) -> sp.csr_matrix:
    """Return one row a pair, one column a hashed (word, word) meeting; shape (pairs, SIZE), each row of
    length 1.

    Takes stems. A meeting counts as much as both words are rare: "the" meets everything and says
    nothing. ``symmetric`` makes (a, b) and (b, a) the same meeting.
    """
    columns, values, ends = [np.zeros(0, dtype=np.int64)], [np.zeros(0)], [0]
    for one, other in zip(left, right, strict=True):
        a, b = (np.array([slot(word) for word in text], dtype=np.uint64) for text in (one, other))
        weight = np.outer(rarity[(a % SIZE).astype(np.int64)], rarity[(b % SIZE).astype(np.int64)]).ravel()
        first, second = a[:, None], b[None, :]
        if symmetric:
            first, second = np.minimum(first, second), np.maximum(first, second)
        columns.append(((first * LEFT + second * RIGHT) >> SHIFT).ravel().astype(np.int64))
        values.append(weight / (np.sqrt((weight**2).sum()) or 1.0))
        ends.append(ends[-1] + len(weight))
    found = sp.csr_matrix((np.concatenate(values), np.concatenate(columns), ends), shape=(len(left), SIZE))
    found.sum_duplicates()
    return found


def weights(left: list[list[str]], right: list[list[str]]) -> Array:
    """Return how rare each word is among the different texts, by ``slot(word) % SIZE``; shape (SIZE,).

    The logarithm of the inverse share. A word that no text has is as rare as one that a single text
    has: were it rarer, every unseen word would lie outside of what training has seen.
    """
    texts = {tuple(text) for text in (*left, *right)}
    found = np.zeros(SIZE)
    for text in texts:
        found[list({slot(word) % SIZE for word in text})] += 1
    return np.asarray(np.log((1 + len(texts)) / np.maximum(found, 1)), dtype=np.float64)


def likenesses(left: list[list[str]], right: list[list[str]], rarity: Array) -> Array:
    """Return how alike the sides of each pair are, in 16 ways that are blind to their order; shape (pairs, 16)."""
    rows = [likeness(one, other, rarity) for one, other in zip(left, right, strict=True)]
    return np.array(rows, dtype=np.float64).reshape(len(rows), 16)


def likeness(one: list[str], other: list[str], rarity: Array) -> list[float]:
    """Return the 16 likenesses of one pair, each in [0, 1]."""
    a, b = set(one), set(other)
    shared, either = a & b, a | b
    heavy_a, heavy_b, heavy = weigh(a, rarity), weigh(b, rarity), weigh(shared, rarity)
    numbers_a, numbers_b = {w for w in a if has_digit(w)}, {w for w in b if has_digit(w)}
    numbers = numbers_a & numbers_b
    grams_a, grams_b = grams(one), grams(other)
    common = len(grams_a & grams_b)
    top = float(rarity.max()) or 1.0
    return [
        part(len(shared), len(either)),
        part(len(shared), min(len(a), len(b))),
        part(len(shared), max(len(a), len(b))),
        part(heavy, heavy_a + heavy_b - heavy),
        part(heavy, min(heavy_a, heavy_b)),
        part(heavy, max(heavy_a, heavy_b)),
        part(common, len(grams_a | grams_b)),
        part(common, min(len(grams_a), len(grams_b))),
        part(len(numbers), len(numbers_a | numbers_b)),
        part(len(numbers), min(len(numbers_a), len(numbers_b))),
        float(bool(numbers_a) and bool(numbers_b) and not numbers),  # both name numbers, and never the same
        rarest(shared, rarity) / top,
        float(any(len(word) >= 4 for word in numbers)),  # a shared model number
        part(min(len(a), len(b)), max(len(a), len(b))),
        float(one[:1] == other[:1]),
        sum(x == y for x, y in zip(one[:3], other[:3], strict=False)) / 3,
    ]


def part(some: float, of: float) -> float:
    """Divide; 0 where there is nothing to divide by."""
    return some / of if of > 0 else 0.0


def weigh(these: set[str], rarity: Array) -> float:
    """Add up the rarity of words; in sorted order, because the order of a set differs from process to
    process.
    """
    return float(sum(sorted(rarity[slot(word) % SIZE] for word in these)))


def rarest(these: set[str], rarity: Array) -> float:
    """Return the rarity of the rarest of the words, 0 when there are none."""
    return max((float(rarity[slot(word) % SIZE]) for word in these), default=0.0)


def has_digit(word: str) -> bool:
    """Tell whether a word contains a digit: a size, a year, a model number."""
    return any(character.isdigit() for character in word)


def grams(text: list[str]) -> set[str]:
    """Return the character trigrams of the words run together ("back pack" = "backpack")."""
    joined = "".join(text)
    return {joined[at : at + 3] for at in range(max(len(joined) - 2, 1))} if joined else set()

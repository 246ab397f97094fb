"""The likenesses of one pair of texts with some of their words gone, for thousands of masks at once.

What ``dataci.models.pairs.likenesses`` gives of the words that each mask keeps, computed by columns of masks: asking it
about one mask after the other would take most of the time of an explanation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from dataci.explaining.tokens import Array, Masks
from dataci.models import pairs

Ints = np.ndarray[Any, np.dtype[np.int64]]


class Side(NamedTuple):
    """A text under each mask: ``kept``, shape (masks, words); ``grams``: its trigrams as the bits of a number."""

    words: list[str]
    kept: Masks
    grams: list[int]


def likenesses(one: tuple[Sequence[str], Masks], other: tuple[Sequence[str], Masks], rarity: Array) -> Array:
    """Return how alike the words that are kept are, in the 16 ways of ``pairs.likeness``; shape (masks, 16).

    Takes of each text its words and which of them each mask keeps, shape (masks, words).
    """
    bits: dict[str, int] = {}
    left, right = (Side(list(words), kept, trigrams(words, kept, bits)) for words, kept in (one, other))
    known = {word: at for at, word in enumerate(sorted({*left.words, *right.words}))}
    a, b = (present(side, known) for side in (left, right))
    weights = np.array([float(rarity[pairs.slot(word) % pairs.SIZE]) for word in known]).reshape(-1)
    digits = np.array([pairs.has_digit(word) for word in known], dtype=np.bool_)
    long = digits & np.array([len(word) >= 4 for word in known], dtype=np.bool_)
    shared, either = a & b, a | b
    count_a, count_b, count, count_either = (some.sum(axis=1) for some in (a, b, shared, either))
    heavy_a, heavy_b, heavy = (some @ weights for some in (a, b, shared))
    numbers_a, numbers_b, numbers = ((some & digits).sum(axis=1) for some in (a, b, shared))
    numbers_either = (either & digits).sum(axis=1)
    grams_a, grams_b = counted(left.grams), counted(right.grams)
    both = zip(left.grams, right.grams, strict=True)
    common = counted([x & y for x, y in both])
    top = float(rarity.max()) or 1.0
    rarest = np.where(shared, weights, 0.0).max(axis=1, initial=0.0)
    first = firsts(left, known, -1), firsts(right, known, -2)
    return np.column_stack(
        [
            part(count, count_either),
            part(count, np.minimum(count_a, count_b)),
            part(count, np.maximum(count_a, count_b)),
            part(heavy, heavy_a + heavy_b - heavy),
            part(heavy, np.minimum(heavy_a, heavy_b)),
            part(heavy, np.maximum(heavy_a, heavy_b)),
            part(common, grams_a + grams_b - common),
            part(common, np.minimum(grams_a, grams_b)),
            part(numbers, numbers_either),
            part(numbers, np.minimum(numbers_a, numbers_b)),
            ((numbers_a > 0) & (numbers_b > 0) & (numbers == 0)).astype(np.float64),
            rarest / top,
            (shared & long).any(axis=1).astype(np.float64),
            part(np.minimum(count_a, count_b), np.maximum(count_a, count_b)),
            same_begin(left, right, first),
            (first[0] == first[1]).sum(axis=1) / 3,
        ]
    )


def present(side: Side, known: dict[str, int]) -> Masks:
    """Return which words of both texts a text has, shape (masks, different words)."""
    found: Masks = np.zeros((len(side.kept), len(known)), dtype=np.bool_)
    for at, word in enumerate(side.words):
        found[:, known[word]] |= side.kept[:, at]
    return found


def part(some: Any, of: Any) -> Array:
    """Divide; 0 where there is nothing to divide by."""
    return np.asarray(np.divide(some, of, out=np.zeros(len(some)), where=of > 0), dtype=np.float64)


def counted(bits: Sequence[int]) -> Ints:
    """Return how many bits each number has."""
    return np.array([number.bit_count() for number in bits], dtype=np.int64)


def firsts(side: Side, known: dict[str, int], none: int) -> Ints:
    """Return which the first three words that are kept are, shape (masks, 3); ``none`` where there is no such word."""
    found = np.full((len(side.kept), 3), none, dtype=np.int64)
    order = np.cumsum(side.kept, axis=1)
    for at, word in enumerate(side.words):
        for place in range(3):
            found[side.kept[:, at] & (order[:, at] == place + 1), place] = known[word]
    return found


def same_begin(left: Side, right: Side, first: tuple[Ints, Ints]) -> Array:
    """Return whether the texts begin with one word, or are both empty."""
    empty = ~left.kept.any(axis=1) & ~right.kept.any(axis=1)
    return np.asarray((first[0][:, 0] == first[1][:, 0]) | empty, dtype=np.float64)


def trigrams(words: Sequence[str], kept: Masks, bits: dict[str, int]) -> list[int]:
    """Return the trigrams of the words that are kept, run together, as the bits of a number each.

    ``bits`` numbers the trigrams, and learns those that it meets. A text of fewer letters is one gram, if it has any.
    What a word adds depends on the two letters before it alone, so it is looked up.
    """
    added: dict[tuple[str, int], tuple[int, str]] = {}

    def bit(gram: str) -> int:
        return 1 << bits.setdefault(gram, len(bits))

    found = []
    for mask in kept.tolist():
        number, tail = 0, ""
        for at, keep in enumerate(mask):
            if keep:
                step = added.get((tail, at))
                if step is None:
                    joined = tail + words[at]
                    more = {joined[place : place + 3] for place in range(len(joined) - 2)}
                    step = added[tail, at] = sum(bit(gram) for gram in more), joined[-2:]
                number |= step[0]
                tail = step[1]
        found.append(number or (bit(tail) if tail else 0))
    return found

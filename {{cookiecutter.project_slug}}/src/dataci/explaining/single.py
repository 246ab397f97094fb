"""The terms of a single text in the linear model: tf-idf of words, pairs of words and groups of letters, by word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from dataci.explaining.tokens import Array, Row, shares


class Occurrence(NamedTuple):
    """Where a feature stands in the text: one piece, or the two words of a pair, from where to where each."""

    name: str
    pieces: tuple[tuple[int, int], ...]


def terms(row: Row, state: Mapping[str, Any], features: Any, weights: Array) -> tuple[Array, int]:
    """Return what each unit of the text adds, shape (units,), and how many features the text has.

    ``features``: of the row, sparse, shape (1, all features). A blank text has no units and no terms.
    """
    name = state["text"][0]
    text, mine = row.inputs[name][0] or "", row.of(name)
    units = [row.units[at] for at in mine]
    values, begin = np.zeros(len(row.units)), 0
    for vectorizer, read in zip(state["tfidf"], (spoken, lettered), strict=True):
        known = vectorizer.vocabulary_
        there: dict[int, list[Occurrence]] = {}
        for occurrence in read(text, vectorizer):
            if occurrence.name in known:
                there.setdefault(begin + int(known[occurrence.name]), []).append(occurrence)
        for column, occurrences in there.items():
            term = float(features[0, column]) * float(weights[column]) / len(occurrences)
            for occurrence in occurrences:
                for start, end in occurrence.pieces:
                    for at, share in shares(units, text, start, end):
                        values[mine[at]] += term * share / len(occurrence.pieces)
        begin += len(known)
    return values, begin


def spoken(text: str, vectorizer: Any) -> Iterator[Occurrence]:
    """Yield the words of a text, and what two of them in a row make, as scikit-learn counts them."""
    lowered, places = lower(text)
    words = [(match[0], places[match.start()], places[match.end() - 1] + 1)
             for match in re.finditer(vectorizer.token_pattern, lowered)]  # fmt: skip
    low, high = vectorizer.ngram_range
    for size in range(low, high + 1):
        for begin in range(len(words) - size + 1):
            some = words[begin : begin + size]
            yield Occurrence(
                " ".join(word for word, *_ in some), tuple((start, end) for _, start, end in some)
            )


def lettered(text: str, vectorizer: Any) -> Iterator[Occurrence]:
    """Yield the groups of letters inside what stands between blanks, with a blank before and behind, as scikit-learn
    counts them (char_wb).
    """
    lowered, places = lower(text)
    low, high = vectorizer.ngram_range
    for match in re.finditer(r"\S+", lowered):
        padded = f" {match[0]} "
        spots = [places[match.start() + at] for at in range(len(match[0]))]
        edges = [spots[0], *spots, spots[-1] + 1]  # the blanks have no letters of their own

        def piece(begin: int, size: int, edges: list[int] = edges) -> tuple[tuple[int, int], ...]:
            inside = [edges[at] for at in range(max(begin, 1), min(begin + size, len(edges) - 1))]
            return ((inside[0], inside[-1] + 1) if inside else (edges[0], edges[0]),)

        for size in range(low, high + 1):
            yield Occurrence(padded[:size], piece(0, size))
            for begin in range(1, max(len(padded) - size + 1, 1)):
                yield Occurrence(padded[begin : begin + size], piece(begin, size))
            if size >= len(padded):
                break


def lower(text: str) -> tuple[str, list[int]]:
    """Return the text in small letters, and for each of its characters the place of the one that it comes from."""
    lowered = text.lower()
    places = [at for at, char in enumerate(text) for _ in char.lower()]
    return lowered, places  # a letter may become two; how many does not depend on its neighbours

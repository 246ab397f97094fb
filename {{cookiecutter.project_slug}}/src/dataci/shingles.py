"""What texts are made of for comparison: character 4-grams, their MinHash keys, their exact Jaccard similarity.

A text of fewer than four characters has one shingle: itself. A key depends on its own text alone, not on other
rows, a clock, a hash seed or a thread, so it can be cached with the file that the text stands in.
"""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

VERSION = 1
"""Raise it when `signatures` gives other keys for the same text: caches of keys carry it in their name."""

SHINGLE = 4
BANDS = 21
ROWS = 6  # a pair at Jaccard .8 shares one band with probability .8 ** 6 = .26, and any of 21 with .998

_CELLS = BANDS * ROWS
_EMPTY = np.uint32(0xFFFFFFFF)
_BORROWINGS = 16
_CHUNK = 1 << 18  # characters or shingles worked on at a time: about what a processor's cache holds
_THREADS = 2

Ints = npt.NDArray[Any]


def signatures(texts: pl.Series) -> npt.NDArray[np.uint32]:
    """Band keys of each normalised text, shape (len(texts), BANDS).

    Texts that share a key in one band are candidates: all but about 2 in 1,000 pairs at Jaccard .8 do. A row of
    zeros stands for an empty or missing text, which is never a candidate; no other key is zero.
    """
    texts = texts.fill_null("")
    lengths = text_lengths(texts)
    with ThreadPoolExecutor(_THREADS) as pool:
        parts = list(pool.map(lambda span: _band_keys(texts[span], lengths[span]), _spans(lengths)))
    return np.concatenate([np.zeros((0, BANDS), dtype=np.uint32), *parts])


def jaccard(texts: pl.Series, left: Ints, right: Ints) -> npt.NDArray[np.float64]:
    """Exact similarity of the texts at rows `left` and `right`: shared shingles over all shingles, 0 to 1."""
    lengths = text_lengths(texts)
    order = np.argsort(
        lengths[left] + lengths[right], kind="stable"
    )  # alike in length, to waste little padding
    left, right = left[order], right[order]
    spans = _spans(lengths[left] + lengths[right])
    with ThreadPoolExecutor(_THREADS) as pool:
        parts = list(pool.map(lambda span: _jaccard(texts, lengths, left[span], right[span]), spans))
    result = np.zeros(len(left))
    result[order] = np.concatenate([np.zeros(0), *parts])
    return result


def text_lengths(texts: pl.Series) -> npt.NDArray[np.int64]:
    """Characters (code points) of each text."""
    return texts.str.len_chars().to_numpy().astype(np.int64)


def _spans(lengths: Ints) -> list[slice]:
    """Cuts rows into runs of about a chunk each, and where the length doubles; a row is never cut."""
    cost = lengths + SHINGLE
    cut = np.diff(np.cumsum(cost) // _CHUNK, prepend=-1) != 0
    if len(lengths) and (lengths[:-1] <= lengths[1:]).all():
        cut |= np.diff(np.frexp(cost.astype(np.float64))[1], prepend=-1) != 0
    edges = [*np.flatnonzero(cut).tolist(), len(lengths)]
    return [slice(start, stop) for start, stop in itertools.pairwise(edges)]


def _shingles(texts: pl.Series, lengths: Ints, exact: bool) -> tuple[Ints, Ints]:
    """All shingles of all texts in one array (UInt64), text after text, and how many each text has (1 or more).

    `exact`: within this call, equal numbers mean equal shingles (up to 65,536 different characters). Otherwise
    numbers can be compared between calls, but shingles with characters beyond the basic plane may share one.
    """
    gap = "\0" * SHINGLE  # so that no shingle reaches into the next text, and that a short text is padded
    joined = texts.str.join(gap).item() + gap
    if joined.isascii():
        codes = np.frombuffer(joined.encode(), dtype=np.uint8).astype(np.uint64)
    else:
        codes = np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
        if exact and codes.max() >= 1 << 16:  # number the characters that occur, to fit 16 bits each
            codes = np.unique(codes, return_inverse=True)[1].astype(np.uint64)
    grams = codes[: 1 - SHINGLE]
    for i in range(1, SHINGLE):
        grams = (grams << np.uint64(16)) ^ codes[i : len(codes) + 1 + i - SHINGLE]
    counts = np.maximum(lengths - SHINGLE + 1, 1)
    starts = np.cumsum(lengths + SHINGLE) - lengths - SHINGLE
    ends = np.cumsum(counts)
    return grams[np.arange(ends[-1]) + np.repeat(starts - ends + counts, counts)], counts


def _jaccard(texts: pl.Series, lengths: Ints, left: Ints, right: Ints) -> npt.NDArray[np.float64]:
    rows, inverse = np.unique(np.concatenate([left, right]), return_inverse=True)
    grams, counts = _shingles(texts[rows], lengths[rows], exact=True)
    last = counts[:, None] - 1  # a short row repeats its last shingle, which changes no set
    table = grams[(np.cumsum(counts) - counts)[:, None] + np.minimum(np.arange(counts.max()), last)]
    table.sort(axis=1)
    one, other = inverse[: len(left)], inverse[len(left) :]
    union = _distinct(np.sort(np.concatenate([table[one], table[other]], axis=1), axis=1))
    size = _distinct(table)
    return (size[one] + size[other] - union) / union


def _distinct(ordered: Ints) -> Ints:
    """How many different values each row of a matrix with sorted rows has."""
    changes: Ints = np.count_nonzero(ordered[:, 1:] != ordered[:, :-1], axis=1)
    return changes + 1


# --- One-permutation MinHash ---


def _mix(values: Ints) -> Ints:
    """Spreads UInt64 numbers over all 64 bits (the finaliser of splitmix64)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    values ^= values >> np.uint64(31)
    return values


def _band_keys(texts: pl.Series, lengths: Ints) -> npt.NDArray[np.uint32]:
    """Each shingle falls into one cell of its text, a cell keeps the least hash, a band's cells make its key."""
    grams, counts = _shingles(texts, lengths, exact=False)
    base = np.repeat(np.arange(len(lengths)) * _CELLS, counts)
    cells = np.full(len(lengths) * _CELLS, _EMPTY)
    mixed = _mix(grams)
    cell = ((mixed >> np.uint64(32)) * np.uint64(_CELLS)) >> np.uint64(32)
    np.minimum.at(cells, base + cell.astype(np.int64), mixed.astype(np.uint32))
    _borrow(cells)
    full = cells.astype(np.uint64).reshape(len(lengths), BANDS, ROWS)
    keys = np.zeros((len(lengths), BANDS), dtype=np.uint64)
    for i in range(ROWS):
        keys = _mix(keys ^ full[:, :, i])
    small = np.maximum(keys.astype(np.uint32), np.uint32(1))
    small[lengths == 0] = 0
    return small


def _borrow(cells: npt.NDArray[np.uint32]) -> None:
    """Fills empty cells from full ones of the same text, the same ones in every text, or with its least hash."""
    own = cells.copy()
    place = np.flatnonzero(cells == _EMPTY)
    for turn in range(_BORROWINGS):
        lender = np.argsort(
            _mix(np.arange(_CELLS, dtype=np.uint64) + np.uint64((turn + 1) << 20)), kind="stable"
        )
        offset = lender - np.arange(_CELLS)
        lent = own[place + offset[place % _CELLS]]
        cells[place] = lent
        place = place[lent == _EMPTY]
    cells[place] = own.reshape(-1, _CELLS).min(axis=1)[place // _CELLS]

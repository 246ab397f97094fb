"""Near-duplicate texts: candidates by MinHash bands, each verified by its exact Jaccard similarity.

`signatures` gives each text its band keys and can be cached with the file that the text stands in; `pairs`
compares. Both expect texts that `dataci.text` has normalised. Rows whose texts are equal stand for each other, and
a bucket that many rows share is not compared all with all, so a million equal rows or one boilerplate sentence do
not explode.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from dataci.shingles import BANDS, VERSION, jaccard, signatures

__all__ = ["BANDS", "VERSION", "pairs", "reachable", "signatures"]

_SMALL = 12  # a bucket up to this size is compared all with all
_BEST = 4  # candidates that a row of a larger bucket may have verified at a time
_GAIN = 0.005  # a pass over the large buckets that helps fewer of the rows in question is the last
_SHARED = 3  # keys that candidates from a large bucket share at least; a pair at .85 shares fewer with probability .003

Ints = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]
Keys = npt.NDArray[np.uint32]


def pairs(
    texts: pl.Series,
    keys: Keys,
    threshold: float = 0.8,
    new: Mask | None = None,
    across: Ints | None = None,
) -> pl.DataFrame:
    """Pairs of rows at least `threshold` similar: `left` < `right` (UInt32 rows), `similarity` (Float32).

    Every row that has a near-duplicate is in at least one pair (but for the few that MinHash misses). Not every
    pair is there, or a million equal rows would make half a billion: equal texts are each linked to the first.

    texts: n normalised texts; keys: their `signatures`, (n, BANDS). new: only pairs with at least one row of this
    mask count, and the cost follows the number of such rows. across: a code per row (its split, say); only pairs
    of rows with different codes count, and every row that has such a partner is named, copies included.
    """
    rows = reachable(keys, new)
    texts = texts.fill_null("")[rows]
    new = None if new is None else new[rows]
    first = _first_equal(texts)
    side = (
        np.zeros(len(rows), dtype=np.int64)
        if across is None
        else np.unique(across[rows], return_inverse=True)[1]
    )
    kind = side if new is None else side * 2 + new
    # Equal rows of one kind are one unit from here on: what is near to one is near to all.
    _, head, unit = np.unique(
        first * (kind.max(initial=0) + 1) + kind, return_index=True, return_inverse=True
    )
    rule = _Rule(first[head], None if new is None else new[head], None if across is None else side[head])
    near = _search(texts[head], keys[rows[head]], threshold, rule)
    found = _Pairs.concat([near, _equal_units(rule)])
    spread = _Pairs(head[found.left], head[found.right], found.similarity)
    return _frame(_Pairs.concat([spread, _others(found, head, unit, rule)]), rows)


class _Pairs(NamedTuple):
    """Columns: two row or unit numbers, and their similarity."""

    left: Ints
    right: Ints
    similarity: npt.NDArray[np.float64]

    @staticmethod
    def concat(parts: list[_Pairs]) -> _Pairs:
        return _Pairs(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def where(self, mask: Mask) -> _Pairs:
        return _Pairs(self.left[mask], self.right[mask], self.similarity[mask])


class _Rule(NamedTuple):
    """Which pairs of units are of interest. Per unit: its text's number, whether it is new, its code."""

    text: Ints
    new: Mask | None
    side: Ints | None

    def allows(self, left: Ints, right: Ints) -> Mask:
        allowed: Mask = np.ones(len(left), dtype=np.bool_)
        if self.new is not None:
            allowed &= self.new[left] | self.new[right]
        if self.side is not None:
            allowed &= self.side[left] != self.side[right]
        return allowed

    def keep(self, packed: Ints) -> Ints:
        """The packed pairs that are allowed and not equal (those are known)."""
        left, right = _unpack(packed)
        kept: Ints = packed[self.allows(left, right) & (self.text[left] != self.text[right])]
        return kept


def reachable(keys: Keys, new: Mask | None) -> Ints:
    """Rows that may be in a pair: all with a text, or those that share a key with a new one."""
    if new is None:
        return np.flatnonzero(keys[:, 0])
    wanted = keys[new & (keys[:, 0] != 0)]
    mask = np.uint32((1 << max(16, 4 + len(wanted).bit_length())) - 1)
    maybe = np.zeros(len(keys), dtype=np.bool_)
    for band in range(BANDS):  # a table of truncated keys first: far cheaper than searching 21 sorted columns
        table = np.zeros(int(mask) + 1, dtype=np.bool_)
        table[wanted[:, band] & mask] = True
        maybe |= table[keys[:, band] & mask]
    rows = np.flatnonzero(maybe)
    shared = np.zeros(len(rows), dtype=np.bool_)
    for band in range(BANDS):
        shared |= np.isin(keys[rows, band], wanted[:, band])
    return rows[shared]


def _first_equal(texts: pl.Series) -> Ints:
    """For each row the first row with the same text."""
    _, index, inverse = np.unique(texts.hash().to_numpy(), return_index=True, return_inverse=True)
    first = index[inverse]
    collided = (texts != texts[first]).to_numpy()
    first[collided] = np.flatnonzero(collided)  # a row alone: its text is not what its hash says
    return first


def _equal_units(rule: _Rule) -> _Pairs:
    """Units of one text and different kinds (they stand next to each other), each with its neighbour and the first."""
    unit = np.arange(len(rule.text))
    start = np.searchsorted(rule.text, rule.text)
    left, right = np.concatenate([start, unit[:-1]]), np.concatenate([unit, unit[1:]])
    good = (left < right) & (rule.text[left] == rule.text[right])
    good[good] = rule.allows(left[good], right[good])
    return _Pairs(left[good], right[good], np.ones(int(good.sum())))


def _others(found: _Pairs, head: Ints, unit: Ints, rule: _Rule) -> _Pairs:
    """Pairs for the rows that are not the first of their unit: with the first or, across codes, with its partner."""
    rows = np.flatnonzero(head[unit] != np.arange(len(unit)))
    if rule.side is None:
        rows = rows[rule.allows(unit[rows], unit[rows])]
        return _Pairs(head[unit[rows]], rows, np.ones(len(rows)))
    partner, similarity = np.full(len(head), -1), np.zeros(len(head))
    for one, other in ((found.left, found.right), (found.right, found.left)):
        partner[one], similarity[one] = other, found.similarity
    rows = rows[partner[unit[rows]] >= 0]
    return _Pairs(rows, head[partner[unit[rows]]], similarity[unit[rows]])


def _frame(found: _Pairs, rows: Ints) -> pl.DataFrame:
    left, right = rows[np.minimum(found.left, found.right)], rows[np.maximum(found.left, found.right)]
    columns = {"left": left.astype(np.uint32), "right": right.astype(np.uint32)}
    frame = pl.DataFrame(columns | {"similarity": found.similarity.astype(np.float32)})
    return frame.unique(["left", "right"]).sort("left", "right")


# --- Candidates -------------------------------------------------------------------------------------------------------


def _search(texts: pl.Series, keys: Keys, threshold: float, rule: _Rule) -> _Pairs:
    """Near pairs of units: small buckets all with all, then what the rows of large ones still lack."""
    small, large = [np.zeros(0, dtype=np.uint64)], []
    for band in range(BANDS):
        index, run, size = _buckets(keys[:, band])
        few = size <= _SMALL
        small.append(rule.keep(_windows(index[few], run[few], _SMALL)))
        large.append((index[~few], run[~few]))
    seen = _unique(np.concatenate(small))
    found = [_verify(texts, seen, threshold)]
    lonely = np.ones(len(texts), dtype=np.bool_) if rule.new is None else rule.new.copy()
    lonely[found[0].left] = lonely[found[0].right] = False
    for step in range(1, BANDS // 2 + 1):
        before = sum(np.count_nonzero(lonely[index]) for index, _ in large)
        for band, (index, run) in enumerate(large):
            fine = _refine(
                index, run, keys[:, (band + step) % BANDS], keys[:, (band + 2 * step) % BANDS], lonely
            )
            fresh = _unseen(rule.keep(_best(fine, keys, lonely)), seen)
            if not len(fresh):
                continue
            seen = _unique(np.concatenate([seen, fresh]))
            found.append(_verify(texts, fresh, threshold))
            lonely[found[-1].left] = lonely[found[-1].right] = False
        after = sum(np.count_nonzero(lonely[index]) for index, _ in large)
        if before - after <= _GAIN * before:
            break
    return _Pairs.concat(found)


def _verify(texts: pl.Series, packed: Ints, threshold: float) -> _Pairs:
    left, right = _unpack(packed)
    similarity = jaccard(texts, left, right)
    return _Pairs(left, right, similarity).where(similarity >= threshold)


def _buckets(key: Ints) -> tuple[Ints, Ints, Ints]:
    """Rows that share a key with another, sorted by it: row, number of its bucket, size of its bucket."""
    packed = np.sort(key.astype(np.uint64) << np.uint64(32) | np.arange(len(key), dtype=np.uint64))
    ordered = (packed >> np.uint64(32)).astype(np.uint32)
    run = np.cumsum(np.diff(ordered, prepend=ordered[:1]) != 0)
    size = np.bincount(run)[run]
    shared = size > 1
    return (packed[shared] & np.uint64(0xFFFFFFFF)).astype(np.int64), run[shared], size[shared]


def _windows(index: Ints, run: Ints, width: int) -> Ints:
    """Each row with its followers in the same run, fewer than `width` places on: pairs packed into UInt64."""
    parts = [np.zeros(0, dtype=np.uint64)]
    for step in range(1, width):
        same = np.flatnonzero(run[step:] == run[:-step])
        if not len(same):
            break
        parts.append(_pack(index[same], index[same + step]))
    return np.concatenate(parts)


def _unique(packed: Ints) -> Ints:
    """np.unique, which in NumPy 2.3 and later hashes and is then many times slower than a sort."""
    packed = np.sort(packed)
    unique: Ints = packed[np.diff(packed, prepend=~packed[:1]) != 0]
    return unique


def _unseen(packed: Ints, seen: Ints) -> Ints:
    place = np.searchsorted(seen, packed)
    unseen: Ints = packed[np.append(seen, np.uint64(0))[place] != packed]
    return unseen


def _pack(one: Ints, other: Ints) -> Ints:
    low, high = np.minimum(one, other).astype(np.uint64), np.maximum(one, other).astype(np.uint64)
    return low << np.uint64(32) | high


def _unpack(packed: Ints) -> tuple[Ints, Ints]:
    return (packed >> np.uint64(32)).astype(np.int64), (packed & np.uint64(0xFFFFFFFF)).astype(np.int64)


def _refine(index: Ints, run: Ints, second: Keys, third: Keys, lonely: Mask) -> Ints:
    """Candidates within large buckets: rows that share a second key too, the nearest in the order of a third.

    Only buckets with a lonely row, one without a partner so far, are looked at, and only pairs that have one.
    """
    live = np.bincount(run, lonely[index])[run] > 0 if len(run) else np.zeros(0, dtype=np.bool_)
    index, run = index[live], np.unique(run[live], return_inverse=True)[1]
    code = run.astype(np.uint64) << np.uint64(44)
    code |= (second[index] >> np.uint32(10)).astype(np.uint64) << np.uint64(22)
    code |= (third[index] >> np.uint32(10)).astype(np.uint64)
    order = np.argsort(code)
    packed = _windows(index[order], code[order] >> np.uint64(22), _SMALL)
    left, right = _unpack(packed)
    return packed[lonely[left] | lonely[right]]


def _best(packed: Ints, keys: Keys, lonely: Mask) -> Ints:
    """Of each lonely row's candidates the few that share most keys with it."""
    left, right = _unpack(packed)
    shared = np.concatenate([np.zeros(0, dtype=np.int64), *_shared_keys(keys, left, right)])
    enough = shared >= _SHARED
    packed, left, right, shared = packed[enough], left[enough], right[enough], shared[enough]
    row = np.concatenate([left, right])
    order = np.lexsort((np.tile(-shared, 2), row))
    order = order[lonely[row[order]]]
    ordered = row[order]
    place = np.arange(len(ordered)) - np.searchsorted(ordered, ordered)
    return _unique(np.tile(packed, 2)[order[place < _BEST]])


def _shared_keys(keys: Keys, left: Ints, right: Ints) -> list[Ints]:
    """In how many bands the keys of two rows agree, in parts to keep memory small."""
    parts = (slice(start, start + 65_536) for start in range(0, len(left), 65_536))
    return [np.count_nonzero(keys[left[part]] == keys[right[part]], axis=1) for part in parts]

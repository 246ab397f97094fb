"""Column statistics: missing cells, numbers, counts, and how far two samples of a column lie apart.

A distance is the largest difference of the probability of an event: of a set of values (total variation), of lying
above or below a limit (Kolmogorov-Smirnov), of using certain letter triples. The event is chosen on one half of the
rows and measured on the other, so chance does not inflate it, however many values there are; the lower confidence
bound of the difference (Newcombe's, from Wilson intervals) is what thresholds apply to. So the verdict does not depend
on the number of rows: few rows prove nothing, and many rows do not make a small difference large.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

SEED = 20_26
Z = 3.5  # one-sided: wrong once in 4,000 columns, even before the effect has to be large
SAMPLE = 100_000  # rows of a column that are looked at
TEXTS = 3_000  # of a text column, whose letters cost more
LETTERS = 400  # of each of them
COMMON = 30  # the most frequent words of a language are about a third of any text in it
BUCKETS = 512  # into which triples of letters are hashed

Cells = NDArray[Any]
Event = Callable[[Cells], NDArray[np.float64]]


class Shift(NamedTuple):
    """How far two samples lie apart: ``effect`` (0–1), its lower bound ``low``, and the rows of each side."""

    effect: float
    low: float
    before: int
    after: int


def present(cells: pl.Series, missing: tuple[str, ...] = ()) -> pl.Series:
    """Return the cells (String) that have a value: not null, not empty, not one of the words for "missing"."""
    return cells.filter(cells.is_not_null() & ~cells.is_in(["", *missing]))


def missing_share(cells: pl.Series, missing: tuple[str, ...] = ()) -> float:
    """Return the share of cells without a value; 0 for a column without cells."""
    return 1 - len(present(cells, missing)) / len(cells) if len(cells) else 0.0


def numbers(cells: pl.Series, missing: tuple[str, ...] = ()) -> pl.Series:
    """Return the finite numbers among the cells as Float64, in order; other cells are left out."""
    values = present(cells, missing).cast(pl.Float64, strict=False)
    return values.filter(values.is_finite().fill_null(False))


def counts(cells: pl.Series, missing: tuple[str, ...] = ()) -> dict[str, int]:
    """Return how often each value occurs, the most frequent first, equals in the order of the values."""
    frame = present(cells, missing).alias("value").value_counts()
    return dict(frame.sort(["count", "value"], descending=[True, False]).iter_rows())


def quantile(values: pl.Series, share: float) -> float:
    """Return a quantile of numbers; NaN when there are none."""
    found = values.quantile(share)
    return float("nan") if found is None else float(found)


def sample(cells: pl.Series, limit: int = SAMPLE) -> pl.Series:
    """Return at most ``limit`` of the cells, always the same ones."""
    return cells if len(cells) <= limit else cells.sample(limit, seed=SEED)


def category_shift(before: pl.Series, after: pl.Series) -> Shift:
    """Return the total variation between the values of two String columns without missing cells."""
    before, after = sample(before), sample(after)
    names = pl.concat([before, after]).rank("dense").to_numpy().astype(np.int64) - 1
    size = int(names.max()) + 1 if len(names) else 0

    def choose(old: Cells, new: Cells) -> Event:
        more = np.bincount(new, minlength=size) / len(new) > np.bincount(old, minlength=size) / len(old)
        return lambda cells: more[cells].astype(np.float64)

    return crossed(names[: len(before)], names[len(before) :], choose)


def number_shift(before: pl.Series, after: pl.Series) -> Shift:
    """Return the Kolmogorov-Smirnov distance between two Float64 columns without missing cells."""

    def choose(old: Cells, new: Cells) -> Event:
        old, new = np.sort(old), np.sort(new)
        limits = np.concatenate([old, new])
        gap = below(new, limits) - below(old, limits)
        limit, sign = limits[np.abs(gap).argmax()], gap[np.abs(gap).argmax()]
        return lambda cells: ((cells <= limit) == (sign > 0)).astype(np.float64)

    return crossed(sample(before).to_numpy(), sample(after).to_numpy(), choose)


def text_shift(before: pl.Series, after: pl.Series) -> Shift:
    """Return how far two text columns lie apart in the triples of letters that they use (language, script, topic)."""

    def choose(old: Cells, new: Cells) -> Event:
        more = (new.mean(axis=0) > old.mean(axis=0)).astype(np.float64)
        return lambda cells: np.asarray(cells @ more, dtype=np.float64)

    return crossed(triples(sample(before, TEXTS)), triples(sample(after, TEXTS)), choose)


def common_words(texts: pl.Series) -> tuple[str, ...]:
    """Return the most frequent words, in lower case, of a String column."""
    found = words(sample(texts, TEXTS)).explode().drop_nulls().alias("word").value_counts()
    return tuple(found.sort(["count", "word"], descending=[True, False])["word"].head(COMMON))


def word_share(texts: pl.Series, wanted: tuple[str, ...]) -> NDArray[np.float64]:
    """Return for each text that has words the share of them that are among ``wanted``."""
    frame = (
        pl.DataFrame({"word": words(sample(texts, TEXTS))})
        .with_row_index("text")
        .explode("word")
        .drop_nulls()
    )
    shares = frame.group_by("text", maintain_order=True).agg(pl.col("word").is_in(wanted).mean())
    return shares["word"].to_numpy()


def word_loss(before: pl.Series, after: pl.Series) -> Shift:
    """Return which part of its most frequent words a text column has lost: near 1 when its language was switched.

    A change of topic hardly moves it. 0 where the texts have no such words (product names, scripts without spaces).
    """
    before = sample(before, TEXTS)
    half = halves(len(before))
    old = word_share(before.filter(pl.Series(~half)), common_words(before.filter(pl.Series(half))))
    new = word_share(after, common_words(before.filter(pl.Series(half))))
    had = float(old.mean()) if len(old) else 0.0
    if had < 0.1 or len(new) < 4:
        return Shift(0.0, 0.0, len(old), len(new))
    low = difference_low(new, old) / had
    return Shift(max(1 - float(new.mean()) / had, 0.0), max(low, 0.0), len(old), len(new))


def words(texts: pl.Series) -> pl.Series:
    """Return the list of words of each text: runs of letters, in lower case."""
    return texts.str.slice(0, LETTERS).str.to_lowercase().str.extract_all(r"\p{L}+")


def triples(texts: pl.Series) -> NDArray[np.float64]:
    """Return the share of each bucket of letter triples in each text: rows × BUCKETS, each row sums to 1."""
    padded = texts.str.slice(0, LETTERS).str.to_lowercase().str.replace_all(r"[\s\d]+", " ")
    padded = pl.select(
        pl.lit(" ") + padded + pl.lit("  ")
    ).to_series()  # two at the end: no text is without a triple
    codes = np.frombuffer("".join(padded.to_list()).encode("utf-32-le", "replace"), dtype=np.uint32).astype(
        np.uint64
    )
    lengths = padded.str.len_chars().to_numpy()
    rows = np.repeat(np.arange(len(lengths)), lengths)
    inside = rows[2:] == rows[:-2]
    mixed = (codes[:-2] * 0x9E3779B1 + codes[1:-1] * 0x85EBCA77 + codes[2:] * 0xC2B2AE3D) & np.uint64(
        0xFFFFFFFF
    )
    buckets = ((mixed * 0x27D4EB2F & np.uint64(0xFFFFFFFF)) >> np.uint64(32 - 9)).astype(np.int64)
    cells = rows[:-2][inside] * BUCKETS + buckets[inside]
    table = (
        np.bincount(cells, minlength=len(lengths) * BUCKETS).reshape(len(lengths), BUCKETS).astype(np.float64)
    )
    return np.asarray(table / table.sum(axis=1, keepdims=True))


def below(values: Cells, limits: Cells) -> NDArray[np.float64]:
    """Return the share of ``values`` (sorted) that are at most each of the limits."""
    return np.searchsorted(values, limits, side="right") / len(values)


def crossed(before: Cells, after: Cells, choose: Callable[[Cells, Cells], Event]) -> Shift:
    """Choose the event on one half of the rows and measure it on the other, both ways; see the module's text."""
    if min(len(before), len(after)) < 4:
        return Shift(0.0, 0.0, len(before), len(after))
    old, new = halves(len(before)), halves(len(after))
    masses: tuple[list[NDArray[np.float64]], list[NDArray[np.float64]]] = ([], [])
    for fold in (True, False):
        event = choose(before[old == fold], after[new == fold])
        masses[0].append(event(before[old != fold]))
        masses[1].append(event(after[new != fold]))
    left, right = np.concatenate(masses[0]), np.concatenate(masses[1])
    effect = float(right.mean() - left.mean())
    return Shift(max(effect, 0.0), max(difference_low(left, right), 0.0), len(before), len(after))


def halves(size: int) -> NDArray[np.bool_]:
    """Return a random half of the rows, always the same for the same number of rows."""
    return np.asarray(np.random.default_rng(SEED).permutation(size) % 2 == 0)


def difference_low(before: NDArray[np.float64], after: NDArray[np.float64], z: float = Z) -> float:
    """Return the lower bound of mean(after) − mean(before) for values within 0–1."""
    (old, _, top), (new, bottom, _) = (wilson(*weight(side), z) for side in (before, after))
    return float(new - old - np.hypot(new - bottom, top - old))


def share_low(before: tuple[int, int], after: tuple[int, int], z: float = Z) -> float:
    """Return the lower bound of the difference of two shares, each given as (count, rows)."""
    (old, _, top), (new, bottom, _) = (wilson(count / rows, rows, z) for count, rows in (before, after))
    return float(new - old - np.hypot(new - bottom, top - old))


def weight(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the mean of values within 0–1 and the number of yes/no rows that would tell it as exactly."""
    mean, rows = float(values.mean()), len(values)
    variance = float(values.var())
    gain = mean * (1 - mean) / variance if variance > 0 else 1.0
    return mean, rows * min(max(gain, 1.0), float(LETTERS))


def wilson(share: float, rows: float, z: float) -> tuple[float, float, float]:
    """Return a share and the limits of its Wilson interval."""
    centre = (share + z * z / (2 * rows)) / (1 + z * z / rows)
    half = z * np.sqrt(share * (1 - share) / rows + z * z / (4 * rows * rows)) / (1 + z * z / rows)
    return share, float(centre - half), float(centre + half)

"""A test set that does not leak: what belongs together (a group, equal or nearly equal inputs) on one side.

The outcome depends on the rows and the seed, not on the order of rows, files or columns.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from dataci import keys, similarity
from dataci.casting import cast
from dataci.config import Columns
from dataci.formats.table import Table

THRESHOLD = 0.8  # from which texts are near-duplicates; the default of the checks
Ints = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]


class Split(NamedTuple):
    """``test``: which rows (Boolean). ``by``: "time", "rows", "groups"; "" for none, and ``why``."""

    test: pl.Series
    by: str = ""
    together: int = 0
    why: str = ""
    moved: int = 0


def split(
    frame: pl.DataFrame,
    columns: Columns,
    share: float,
    seed: int,
    missing: Sequence[str] = (),
    by_class: bool = True,
) -> Split:
    """Choose about ``share`` of the rows of ``frame`` (String columns) as a test set.

    ``by_class``: from each class its share, and no class is lost; False where the label is a number to estimate.
    """
    nobody = pl.repeat(False, frame.height, eager=True, dtype=pl.Boolean)
    texts = keys.row_text(frame, columns)
    signs = None if texts is None else similarity.signatures(texts)
    found = bonds(frame, columns, share, missing)
    if texts is not None and signs is not None:
        near = similarity.pairs(texts, signs, THRESHOLD)
        found.append((near["left"].to_numpy().astype(np.int64), near["right"].to_numpy().astype(np.int64)))
    component = united(frame.height, found)
    sizes = np.bincount(component)
    together = int(frame.height - np.count_nonzero(sizes))
    label = labels(frame, columns.label if by_class else None)
    chosen = by_time(frame, columns, component, label, share)
    by = "time" if chosen is not None else "groups" if columns.group else "rows"
    test = at_random(frame, component, label, share, seed) if chosen is None else chosen
    before = int(test.sum())
    if texts is not None and signs is not None:
        test = without_leaks(test, component, texts, signs)
    if not test.any() or test.all():
        largest = int(sizes.max(initial=0))
        return Split(nobody, together=together, why=f"{largest:,} of {frame.height:,} rows hang together")
    return Split(pl.Series(test), by, together, moved=before - int(test.sum()))


def bonds(
    frame: pl.DataFrame, columns: Columns, share: float, missing: Sequence[str]
) -> list[tuple[Ints, Ints]]:
    """Return edges between rows that the checks for leaks would not see parted: by the keys that those use.

    In a table, rows with the same features belong together even if their labels differ, unless so few rows
    differ in their features that no test set would be left.
    """
    lines = pl.int_range(frame.height, dtype=pl.UInt32, eager=True)
    found = keys.file_keys(Table(frame, lines, (), frame.height), columns, tuple(missing))
    names = ["input", "norm", "group"]
    alike = found["features"].drop_nulls().value_counts()["count"].max()
    if isinstance(alike, int) and alike <= max(2, share * frame.height / 10):
        names.append("features")
    return [equal(found[name]) for name in names]


def equal(values: pl.Series) -> tuple[Ints, Ints]:
    """Return edges from each row to the first one with the same value; null binds nothing."""
    cells = pl.DataFrame({"value": values}).with_row_index("row").drop_nulls()
    edges = cells.with_columns(pl.col("row").min().over("value").alias("first"))
    return edges["row"].to_numpy().astype(np.int64), edges["first"].to_numpy().astype(np.int64)


def united(count: int, found: Iterable[tuple[Ints, Ints]]) -> Ints:
    """Return the connected component of each of ``count`` rows, given edges."""
    left = np.concatenate([np.zeros(0, dtype=np.int64), *(a for a, _ in found)])
    right = np.concatenate([np.zeros(0, dtype=np.int64), *(b for _, b in found)])
    root = np.arange(count)
    while True:
        low = np.minimum(root[left], root[right])
        after = root.copy()
        for end in (left, right, root[left], root[right]):
            np.minimum.at(after, end, low)
        after = after[after]
        if (after == root).all():
            return np.unique(root, return_inverse=True)[1]
        root = after


def labels(frame: pl.DataFrame, name: str | None) -> pl.Series:
    """Return the label of each row; "" where it is missing or nobody named one."""
    return frame[name].fill_null("") if name else pl.repeat("", frame.height, eager=True, dtype=pl.String)


def by_time(
    frame: pl.DataFrame, columns: Columns, component: Ints, label: pl.Series, share: float
) -> Mask | None:
    """Take the latest ``share`` of the rows, if that parts nothing and leaves every class on both sides."""
    if not columns.time:
        return None
    cells = frame.select(columns.time).to_series()
    time = cast(cells, pl.Datetime("us"))
    time = cast(cells, pl.Int64()) if time.null_count() else time
    if time.null_count() or time.n_unique() < 5:
        return None
    moments, rank = np.unique(time.to_physical().to_numpy(), return_inverse=True)
    rows_from = np.cumsum(np.bincount(rank)[::-1])[::-1] / frame.height
    # A component from rank a to rank b is parted by each cut in a+1 … b.
    low = np.full(component.max() + 1, len(moments))
    high = np.zeros(component.max() + 1, dtype=np.int64)
    np.minimum.at(low, component, rank)
    np.maximum.at(high, component, rank)
    parted = np.zeros(len(moments) + 1, dtype=np.int64)
    np.add.at(parted, low + 1, 1)
    np.add.at(parted, high + 1, -1)
    free = np.flatnonzero((np.cumsum(parted)[: len(moments)] == 0) & (abs(rows_from - share) <= share / 2))
    for cut in sorted(free, key=lambda at: abs(rows_from[at] - share)):
        test = rank >= cut
        if (
            label.filter(pl.Series(test)).n_unique()
            == label.filter(pl.Series(~test)).n_unique()
            == label.n_unique()
        ):
            return np.asarray(test)
    return None


def at_random(frame: pl.DataFrame, component: Ints, label: pl.Series, share: float, seed: int) -> Mask:
    """Draw whole components, from each class its share."""
    rows = pl.DataFrame({"component": component, "label": label, "digest": digests(frame, seed)})
    most = rows.group_by("component", "label").len().sort("len", "label", descending=[True, False])
    stratum = most.unique("component", keep="first", maintain_order=True).select("component", stratum="label")
    units = (
        rows.group_by("component")
        .agg(pl.len().alias("size"), pl.col("digest").min())
        .join(stratum, on="component")
    )
    chosen: list[int] = []
    for _, group in units.sort("stratum", "digest").group_by("stratum", maintain_order=True):
        chosen.extend(draw(group, share))
    if not chosen:
        chosen = smallest(units, 1.5 * share * frame.height)
    return np.isin(component, chosen)


def smallest(units: pl.DataFrame, most: float) -> list[int]:
    """Return the smallest component of a class that has others, if it has at most ``most`` rows."""
    several = units.filter((pl.len().over("stratum") > 1) & (pl.col("size") <= most))
    return several.sort("size", "digest")["component"].head(1).to_list()


def draw(units: pl.DataFrame, share: float) -> list[int]:
    """Return components of one class, in the order of their digests, up to about ``share`` of its rows."""
    total = int(units["size"].sum())
    wanted, taken = share * total, 0
    chosen: list[int] = []
    for unit, size in units.select("component", "size").iter_rows():
        if len(chosen) + 1 < units.height and taken + size <= wanted * 1.1 + 0.5:
            chosen.append(unit)
            taken += size
        if taken >= wanted - 0.5:
            break
    return chosen


def digests(frame: pl.DataFrame, seed: int) -> list[int]:
    """Return a number for each row that depends on its cells and the seed only."""
    key = hashlib.sha256(str(seed).encode()).digest()
    rows = frame.select(sorted(frame.columns)).fill_null("\0").iter_rows()
    return [
        int.from_bytes(hashlib.blake2b("\x1f".join(row).encode(), key=key, digest_size=7).digest())
        for row in rows
    ]


def without_leaks(test: Mask, component: Ints, texts: pl.Series, signs: npt.NDArray[np.uint32]) -> Mask:
    """Move to train what is still nearly equal to a row there: the search for all pairs passes over a few."""
    while test.any():
        across = similarity.pairs(texts, signs, THRESHOLD, across=test.astype(np.int64))
        if not across.height:
            break
        touched = np.concatenate([across["left"].to_numpy(), across["right"].to_numpy()])
        test = test & ~np.isin(component, component[touched])
    return test

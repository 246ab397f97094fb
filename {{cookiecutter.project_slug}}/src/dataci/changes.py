"""Rows added, removed, changed, relabelled, moved and reordered between two frames, and the way back.

``difference`` is a pure function on frames, ``apply`` its inverse: ``apply(difference(a, b), a)`` has
exactly the rows of b, file by file and in order.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from dataci import alignment
from dataci.config import Columns

PLACE = ("_path", "_row")
OWN = {"_path": pl.String, "_split": pl.String, "_line": pl.UInt32, "_row": pl.UInt32}
IDENTITY = {"key": pl.String, **OWN, "old_path": pl.String, "old_split": pl.String}
IDENTITY |= {"old_line": pl.UInt32, "old_row": pl.UInt32}
CELLS = {**IDENTITY, "column": pl.String, "old": pl.String, "new": pl.String}


class Tally(NamedTuple):
    """Counts of rows. Of the rows that both sides have, each is unchanged, relabelled or changed, never two
    of them.

    ``relabelled``: the label differs (other cells may too); ``changed``: other cells differ, the label does
    not; ``cells``: cells that differ. Apart from that a row may have been moved between splits or (within its
    split) between files, or stand elsewhere in the order of its file (``reordered``: the fewest rows that
    explain it).
    """

    before: int = 0
    after: int = 0
    added: int = 0
    removed: int = 0
    relabelled: int = 0
    changed: int = 0
    unchanged: int = 0
    cells: int = 0
    moved_splits: int = 0
    moved_files: int = 0
    reordered: int = 0

    @property
    def content(self) -> int:
        """The number of rows added, removed, relabelled, changed or moved; 0: at most the order differs."""
        return (
            self.added + self.removed + self.relabelled + self.changed + self.moved_splits + self.moved_files
        )


class FileDiff(NamedTuple):
    """What happened to one file.

    ``status``: added | removed | moved (``source`` says from where) | changed | order (only the order of
    rows) | columns (no cell of a row differs, but there are other columns) | form (quoting, line ends, a byte
    order mark). Rows that left for another file are counted with the file that has them now; ``left`` counts
    them here.
    """

    path: str
    split: str
    status: str
    tally: Tally
    left: int = 0
    source: str | None = None


class ColumnDiff(NamedTuple):
    """Columns of the compared files. ``renamed`` holds (old, new), only where every value is equal."""

    order: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    reordered: bool = False


class Unread(NamedTuple):
    """Rows of a file that could not be read, so that nothing is said about them."""

    path: str
    before: int
    after: int


@dataclass(frozen=True)
class Diff:
    """All differences, large ones as frames (String cells; ``_path``, ``_split``, ``_line``, ``_row`` are the
    new place).

    added, removed: whole rows. relabelled and changed rows: their ``cells`` (one line a differing cell).
    moved: rows that stand in another file. reordered: rows out of order within their file. filled: the values
    of new columns in rows that both sides have. ``key`` is the row's id, null where there is none.
    """

    columns: ColumnDiff
    label: str | None
    total: Tally
    files: tuple[FileDiff, ...]
    added: pl.DataFrame
    removed: pl.DataFrame
    cells: pl.DataFrame
    moved: pl.DataFrame
    reordered: pl.DataFrame
    filled: pl.DataFrame
    files_same: int = 0
    unread: tuple[Unread, ...] = ()

    @property
    def relabelled(self) -> pl.DataFrame:
        """The cells of the label column that differ, one a relabelled row."""
        return self.cells.filter(pl.col("column") == self.label) if self.label else self.cells.clear()

    @property
    def changed(self) -> pl.DataFrame:
        """The differing cells of every other column."""
        return self.cells.filter(pl.col("column") != self.label) if self.label else self.cells

    @property
    def empty(self) -> bool:
        """Tell whether the two sides have the same files, columns and rows in the same order."""
        names = self.columns.added + self.columns.removed + self.columns.renamed
        return not self.files and not names and not self.columns.reordered


def difference(old: pl.DataFrame, new: pl.DataFrame, columns: Columns) -> Diff:
    """Compare two frames: String columns, and ``_path``, ``_split`` (String) and ``_line`` (UInt32) of each
    row.

    The rows of one ``_path`` stand in the order of the file. Rows are paired by id where there is one, and by
    content where there is none (see dataci.alignment). No row is lost: every row of ``old`` is paired or
    removed, every row of ``new`` paired or added. n log n in the number of rows.
    """
    old, new = placed(old), placed(new)
    names, pairs = matched(old, new, columns)
    old = old.rename(dict(names.renamed))
    shared = [name for name in names.order if name in old.columns]
    place = places(old, new, pairs, columns)
    cells = differing(old, new, pairs, place, shared)
    away = place.filter(pl.col("_path") != pl.col("old_path"))
    shuffled = out_of_order(place.filter(pl.col("_path") == pl.col("old_path")))
    added = new.filter(~pl.int_range(pl.len()).is_in(pairs["n"].implode()))
    removed = old.filter(~pl.int_range(pl.len()).is_in(pairs["o"].implode()))
    filled = new[pairs["n"]].select(*PLACE, *names.added)
    label = columns.label if columns.label in shared else None
    lists = {"added": added, "removed": removed, "cells": cells, "moved": away, "reordered": shuffled}
    files = per_file(old, new, lists, label)
    total = Tally(*(sum(column) for column in zip(*(file.tally for file in files), strict=True)))
    whole = {file.source for file in files if file.status == "moved"}
    touched = tuple(
        f for f in files if f.status != "same" and not (f.path in whole and f.left == f.tally.before)
    )
    return Diff(names, label, total, touched, added, removed, cells, away, shuffled, filled)


def user(frame: pl.DataFrame) -> list[str]:
    """Return the names of the columns that are the user's."""
    return [name for name in frame.columns if name not in OWN]


def placed(frame: pl.DataFrame) -> pl.DataFrame:
    """Add ``_row``, the position of each row in its file, from 0."""
    return frame.with_columns(pl.int_range(pl.len(), dtype=pl.UInt32).over("_path").alias("_row"))


def matched(old: pl.DataFrame, new: pl.DataFrame, columns: Columns) -> tuple[ColumnDiff, pl.DataFrame]:
    """Pair the columns and the rows (frame of row numbers ``o``, ``n``)."""
    before, after = user(old), user(new)
    shared = [name for name in after if name in before]
    gone = [name for name in before if name not in after]
    come = [name for name in after if name not in before]
    if not shared and old.select(PLACE).equals(new.select(PLACE)) and renames(old, new, gone, come):
        pairs = alignment.one_by_one(old.height)
    else:
        pairs = alignment.align(old, new, shared, columns)
    if not old.height or not new.height:  # a side without rows says nothing about columns
        return ColumnDiff(tuple(after)), pairs
    renamed = renames(old[pairs["o"]], new[pairs["n"]], gone, come)
    back = {name: former for former, name in renamed}
    kept = [back.get(name, name) for name in after if name in shared or name in back]
    return ColumnDiff(
        tuple(after),
        tuple(name for name in come if name not in back),
        tuple(name for name in gone if name not in back.values()),
        tuple(renamed),
        kept != [name for name in before if name in kept],
    ), pairs


def renames(old: pl.DataFrame, new: pl.DataFrame, gone: list[str], come: list[str]) -> list[tuple[str, str]]:
    """Return (old, new) names of columns that hold the same values in every row, and not only empty ones.

    The rows of the two frames belong together one by one; frames of different heights have no such columns.
    """
    if old.height != new.height:
        return []
    found: list[tuple[str, str]] = []
    for name in come:
        for former in gone:
            if former in dict(found) or not (new[name].fill_null("") != "").any():
                continue
            if old[former].eq_missing(new[name]).all():
                found.append((former, name))
                break
    return found


def places(old: pl.DataFrame, new: pl.DataFrame, pairs: pl.DataFrame, columns: Columns) -> pl.DataFrame:
    """Return old and new place and the key of every pair (schema IDENTITY)."""
    there = old[pairs["o"]].select(pl.col(name).alias(f"old{name}") for name in OWN)
    frame = pl.concat([identified(new[pairs["n"]], columns), there], how="horizontal")
    return frame.select(*IDENTITY)


def identified(frame: pl.DataFrame, columns: Columns) -> pl.DataFrame:
    """Return the place columns of ``frame`` and its ``key``."""
    key = pl.col(columns.id) if columns.id in user(frame) else pl.lit(None, dtype=pl.String)
    return frame.select(key.alias("key"), *OWN)


def differing(
    old: pl.DataFrame, new: pl.DataFrame, pairs: pl.DataFrame, place: pl.DataFrame, shared: list[str]
) -> pl.DataFrame:
    """Return one line a cell that differs, in the order of the new rows (CELLS). "" and null differ."""
    found = [pl.DataFrame(schema={**CELLS, "_n": pl.UInt32})]
    for name in shared:
        left, right = old[name][pairs["o"]], new[name][pairs["n"]]
        mask = left.ne_missing(right)
        if mask.any():
            values = {"old": left.filter(mask), "new": right.filter(mask), "_n": pairs["n"].filter(mask)}
            found.append(place.filter(mask).with_columns(column=pl.lit(name), **values))
    return pl.concat(found).sort("_n", maintain_order=True).drop("_n")


def out_of_order(place: pl.DataFrame) -> pl.DataFrame:
    """Return the fewest rows of each file that must move for the others to keep their order (n log n)."""
    place = place.sort("_path", "old_row")
    back = pl.col("_row") < pl.col("_row").shift(1).over("_path")
    crooked = place.filter(back.fill_null(False).any().over("_path"))
    out = [part.filter(~rising(part["_row"])) for part in crooked.partition_by("_path", maintain_order=True)]
    return pl.concat([place.clear(), *out]).sort(*PLACE)


def rising(values: pl.Series) -> pl.Series:
    """Return a mask of one longest rising subsequence of distinct numbers."""
    tops: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for index, value in enumerate(values.to_list()):
        slot = bisect_left(tops, value)
        before.append(at[slot - 1] if slot else -1)
        tops[slot : slot + 1] = [value]
        at[slot : slot + 1] = [index]
    mask = [False] * len(before)
    step = at[-1] if at else -1
    while step >= 0:
        mask[step] = True
        step = before[step]
    return pl.Series(mask, dtype=pl.Boolean)


def per_file(
    old: pl.DataFrame, new: pl.DataFrame, lists: dict[str, pl.DataFrame], label: str | None
) -> tuple[FileDiff, ...]:
    """Count per file, sorted by path; ``status`` "same" where nothing differs."""
    cells, moved = lists["cells"], lists["moved"]
    touched = cells.group_by(PLACE).agg(
        (pl.col("column") == pl.lit(label, pl.String)).any().alias("relabelled")
    )
    across = pl.col("_split") != pl.col("old_split")
    counts = {
        "before": sizes(old),
        "after": sizes(new),
        "added": sizes(lists["added"]),
        "removed": sizes(lists["removed"]),
        "relabelled": sizes(touched.filter("relabelled")) if label else {},
        "changed": sizes(touched.filter(~pl.col("relabelled")) if label else touched),
        "cells": sizes(cells),
        "moved_splits": sizes(moved.filter(across)),
        "moved_files": sizes(moved.filter(~across)),
        "reordered": sizes(lists["reordered"]),
    }
    left = sizes(moved.select(pl.col("old_path").alias("_path")))
    came = dict(moved.group_by("_path").agg(pl.col("old_path").unique().sort()).iter_rows())
    splits = dict(pl.concat([side.select("_path", "_split").unique() for side in (old, new)]).iter_rows())
    files = []
    for path, split in sorted(splits.items()):
        tally = Tally(**{name: count.get(path, 0) for name, count in counts.items()})
        kept = tally.after - tally.added - tally.relabelled - tally.changed
        files.append(described(path, split, tally._replace(unchanged=kept), left, came, counts["after"]))
    return tuple(files)


def described(
    path: str,
    split: str,
    tally: Tally,
    left: dict[str, int],
    came: dict[str, list[str]],
    after: dict[str, int],
) -> FileDiff:
    """Name what happened to one file."""
    gone, sources = left.get(path, 0), came.get(path, [])
    whole = tally.unchanged == tally.after == tally.moved_splits + tally.moved_files and len(sources) == 1
    if not tally.before and whole and sources[0] not in after:
        return FileDiff(path, split, "moved", tally, gone, sources[0])
    if not tally.before or not tally.after:
        return FileDiff(path, split, "removed" if tally.before else "added", tally, gone)
    if tally.content or gone:
        return FileDiff(path, split, "changed", tally, gone)
    return FileDiff(path, split, "order" if tally.reordered else "same", tally, gone)


def sizes(frame: pl.DataFrame) -> dict[str, int]:
    """Return the number of lines of ``frame`` by ``_path``."""
    return dict(frame.group_by("_path").len().iter_rows())


def apply(found: Diff, old: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that ``found`` makes of ``old``: exactly those of the new side, cells, files, splits
    and order.

    ``old`` is the frame that ``difference`` was given. The result has the new columns and ``_path``,
    ``_split``, ``_row``, sorted by file and position; physical lines belong to a file's bytes and are not
    rebuilt.
    """
    order = list(found.columns.order)
    renamed = dict(found.columns.renamed)
    kept = placed(old).rename(renamed).join(found.removed, on=PLACE, how="anti")
    kept = kept.select("_path", "_split", "_row", *(n for n in kept.columns if n in order))
    for (name,), cells in found.cells.partition_by("column", as_dict=True).items():
        new = cells.select(_path="old_path", _row="old_row", new="new", hit=True)
        value = pl.when("hit").then("new").otherwise(name).alias(str(name))
        kept = kept.join(new, on=PLACE, how="left").with_columns(value).drop("new", "hit")
    kept = settled(kept, found)
    kept = kept.join(found.filled.select(*PLACE, *found.columns.added), on=PLACE, how="left")
    names = [*(name for name in OWN if name != "_line"), *order]
    parts = [frame.select(names) for frame in (kept, found.added) if frame.height]
    result = pl.concat(parts) if parts else pl.DataFrame(schema={n: OWN.get(n, pl.String) for n in names})
    return result.sort(*PLACE)


def settled(kept: pl.DataFrame, found: Diff) -> pl.DataFrame:
    """Give each kept row its new file, split and position: the moved ones theirs, the rest in order."""
    names = {"_path": "old_path", "_row": "old_row", "path": "_path", "split": "_split", "row": "_row"}
    jumps = pl.concat([found.moved, found.reordered]).select(
        **{name: pl.col(old) for name, old in names.items()}
    )
    kept = kept.join(jumps, on=PLACE, how="left")
    jumped = kept.filter(pl.col("row").is_not_null())
    jumped = jumped.with_columns(_path="path", _split="split", _row="row").drop("path", "split", "row")
    still = kept.filter(pl.col("row").is_null()).drop("path", "split", "row").sort(*PLACE)
    taken = pl.concat([frame.select("_path", "_row") for frame in (found.added, jumped)])
    heights = (
        still.group_by("_path", maintain_order=True).len().join(sizes_frame(taken), on="_path", how="left")
    )
    span = pl.int_ranges(0, pl.col("len") + pl.col("taken").fill_null(0), dtype=pl.UInt32).alias("_row")
    free = heights.select("_path", span).explode("_row").join(taken, on=PLACE, how="anti").sort(*PLACE)
    return pl.concat([still.with_columns(free["_row"]), jumped.select(still.columns)])


def sizes_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the number of lines of ``frame`` by ``_path`` as a frame with ``taken``."""
    return frame.group_by("_path").len("taken")

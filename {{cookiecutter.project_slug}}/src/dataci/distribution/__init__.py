"""How the values of each column are distributed before and after a change: shares, histograms, quantiles; no rendering.

What a change adds is looked at by itself as well, because a hundred odd rows vanish among ten thousand. A column has
*changed* where a distance (see dataci.profile) or the share of missing cells is beyond what chance would do. The shape
of an entry stands in the text of dataci.review. The same rows give the same entries.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from dataci import profile
from dataci.casting import cast
from dataci.checks.check import Context
from dataci.checks.drift import base_rows, is_number
from dataci.dataset import TEST, TRAIN, Dataset
from dataci.distribution.bins import edges, marks, moments, quantiles
from dataci.profile import Shift

CATEGORIES, NUMBERS, LENGTHS, TIMES = "categories", "numbers", "lengths", "times"
SHOWN = 12  # categories that are named
FAR = 1e100  # larger numbers are no measurements
APART = ("group", "time")  # new rows are of other groups and days as a rule: that alone is no change
PLACED = ("source", *APART)  # shown after what a model looks at

Entry = dict[str, Any]


class Column(NamedTuple):
    """One column of a split: its name, its role, and how its values are compared."""

    name: str
    role: str
    kind: str


class Cells(NamedTuple):
    """The cells of a column on one side. ``present`` (String): those that have a value; ``values``: what is counted."""

    rows: int
    present: pl.Series
    values: pl.Series

    @property
    def missing(self) -> int:
        """How many cells have no value."""
        return self.rows - len(self.present)


def changes(before: Dataset, after: Dataset, added: pl.DataFrame | None = None) -> tuple[Entry, ...]:
    """Return an entry for each column with a role (but the id) in each split of which a file differs.

    ``added``: the rows that are new, as ``dataci.diff.Diff`` has them (None: not known). What changed stands first, the
    largest change at the top; after it what did not. Columns that neither side has are left out.
    """
    ctx = Context(after, before, lambda: None)
    found = [
        entry
        for split in (TRAIN, TEST)
        if before.tree_id(split) != after.tree_id(split)
        for entry in of_split(ctx, split, added)
    ]
    return tuple(sorted(found, key=place))


def place(entry: Entry) -> tuple[bool, bool, float, str, str]:
    """Return the key by which entries are sorted."""
    low = max(entry["shift"]["low"], (entry["added_shift"] or {"low": 0.0})["low"])
    return not entry["changed"], entry["role"] in PLACED, -low, entry["split"], entry["column"]


def of_split(ctx: Context, split: str, added: pl.DataFrame | None) -> Iterator[Entry]:
    """Yield the entries of one split."""
    sides = [base_rows(ctx, split), ctx.dataset.rows(split)]
    if added is not None and added.height:
        new = added.filter(pl.col("_split") == split)
        sides += [new] if new.height and sides[0].height else []
    for column in columns(ctx, sides[1] if sides[1].height else sides[0]):
        if any(column.name in side.columns for side in sides[:2]):
            yield of_column(split, column, [read(column, side, ctx.dataset.config.missing) for side in sides])


def columns(ctx: Context, rows: pl.DataFrame) -> list[Column]:
    """Return the columns that have a role, but the id, in the order of what matters most."""
    roles = ctx.columns
    label = roles.label
    number = label in rows.columns and is_number(ctx, rows[str(label)])
    found = [Column(label, "label", NUMBERS if number else CATEGORIES)] if label else []
    found += [Column(name, "text", LENGTHS) for name in roles.text]
    found += [Column(name, "numeric", NUMBERS) for name in roles.numeric]
    found += [Column(name, "categorical", CATEGORIES) for name in roles.categorical]
    kinds = {"source": CATEGORIES, "group": CATEGORIES, "time": TIMES}
    apart = {role: getattr(roles, role) for role in kinds}
    found += [Column(name, role, kinds[role]) for role, name in apart.items() if name]
    return list({column.name: column for column in reversed(found)}.values())[::-1]


def read(column: Column, rows: pl.DataFrame, missing: tuple[str, ...]) -> Cells:
    """Return the cells of a column; where the rows lack the column, none has a value."""
    if column.name not in rows.columns:
        nothing = pl.Series([], dtype=pl.String)
        return Cells(rows.height, nothing, valued(column.kind, nothing))
    present = profile.present(rows[column.name], missing)
    return Cells(rows.height, present, valued(column.kind, present))


def valued(kind: str, present: pl.Series) -> pl.Series:
    """Return what is counted: the texts themselves, their lengths, numbers, or seconds since 1970 (Float64)."""
    if kind == CATEGORIES:
        return present
    if kind == LENGTHS:
        return present.str.len_chars().cast(pl.Float64)
    if kind == TIMES:
        found = cast(present.alias("time"), pl.Datetime("us")).drop_nulls()
        return found.cast(pl.Int64).cast(pl.Float64) / 1e6
    found = profile.numbers(present)
    return found.filter(found.abs() <= FAR)


def of_column(split: str, column: Column, sides: Sequence[Cells]) -> Entry:
    """Compare one column; ``sides``: before, after, and what was added, if anything was."""
    shifts = [shift(column.kind, sides[0], side) for side in sides[1:]]
    counted = shifts[:1] if column.role in APART else shifts
    moved = any(found.low > 0 for found in counted) or any(emptier(sides[0], side) for side in sides[1:])
    told, values, bins = described(column.kind, sides)
    added = len(sides) > 2
    return {
        "split": split,
        "column": column.name,
        "role": column.role,
        "kind": column.kind,
        "changed": moved,
        "shift": written(shifts[0]),
        "added_shift": written(shifts[1]) if added else None,
        "before": told[0],
        "after": told[1],
        "added": told[2] if added else None,
        "values": values,
        "bins": bins,
    }


def shift(kind: str, before: Cells, after: Cells) -> Shift:
    """Return how far two sides of a column lie apart; of texts, in their length or their letters, whichever is more."""
    if kind == CATEGORIES:
        return profile.category_shift(before.values, after.values)
    found = profile.number_shift(before.values, after.values)
    if kind != LENGTHS:
        return found
    return max(
        found, profile.text_shift(before.present, after.present), key=lambda one: (one.low, one.effect)
    )


def emptier(before: Cells, after: Cells) -> bool:
    """Tell whether the share of missing cells differs beyond chance, in whatever direction."""
    if not before.rows or not after.rows:
        return False
    one, two = (before.missing, before.rows), (after.missing, after.rows)
    return profile.share_low(one, two) > 0 or profile.share_low(two, one) > 0


def written(found: Shift) -> dict[str, float]:
    """Return a distance as plain data."""
    return {"effect": round(found.effect, 4), "low": round(found.low, 4)}


def described(kind: str, sides: Sequence[Cells]) -> tuple[list[Entry], list[str], list[Any]]:
    """Return each side as plain data, the names of the categories, and the edges of the bins."""
    if kind == CATEGORIES:
        names, counts = shares(sides)
        lists = [[count.get(name, 0) for name in names] for count in counts]
        return [side(*pair, []) for pair in zip(sides, lists, strict=True)], names, []
    pooled = pl.concat([cells.values for cells in sides])
    if pooled.is_empty():
        return [side(cells, [], []) for cells in sides], [], []
    bins = moments(pooled) if kind == TIMES else edges(pooled)
    lists = [np.histogram(cells.values.to_numpy(), bins)[0].tolist() for cells in sides]
    dates = kind == TIMES
    found = [
        side(cells, counts, quantiles(cells.values, dates))
        for cells, counts in zip(sides, lists, strict=True)
    ]
    return found, [], marks(bins, dates)


def shares(sides: Sequence[Cells]) -> tuple[list[str], list[Mapping[str, int]]]:
    """Return the names of the categories that have the largest share on any side, and the counts of each side."""
    counts = [profile.counts(cells.present) for cells in sides]
    largest: dict[str, float] = {}
    for cells, count in zip(sides, counts, strict=True):
        for name, number in count.items():
            largest[name] = max(largest.get(name, 0.0), number / max(len(cells.present), 1))
    names = sorted(largest, key=lambda name: (-largest[name], name))[:SHOWN]
    first = counts[0]
    return sorted(names, key=lambda name: (-first.get(name, 0), -largest[name], name)), list(counts)


def side(cells: Cells, counts: list[int], found: list[Any]) -> Entry:
    """Return one side of a column as plain data."""
    return {
        "rows": cells.rows,
        "missing": cells.missing,
        "counts": counts,
        "other": len(cells.present) - sum(counts),
        "distinct": cells.present.n_unique(),
        "quantiles": found,
    }

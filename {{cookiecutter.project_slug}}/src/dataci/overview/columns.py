"""What the columns of the data look like, split by split: missing cells, values, and a histogram with shared bins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from dataci import profile
from dataci.config import REGRESSION, Config
from dataci.dataset import PLACE, Dataset
from dataci.reporters.page.state import CATEGORY, NAME, NUMBER, TEXT, TIME, Cells, Column

SHOWN = 60  # columns; a page of more is read by nobody
VALUES = 8  # of a category
BINS = 24
TAIL = 0.005  # of the values at either end, which a histogram takes together so that the rest can be seen
KINDS = {"id": NAME, "group": NAME, "text": TEXT, "numeric": NUMBER, "time": TIME}
EXACT = 2.0**52  # up to here each whole number is a float of its own
FEW = 20  # distinct values that make a category of a column without a role

Frames = Mapping[str, pl.DataFrame]
Series = dict[str, pl.Series]


class Drawn(NamedTuple):
    """What is drawn of a column in one split: see ``Cells``."""

    counts: tuple[int, ...] = ()
    low: float | None = None
    middle: float | None = None
    high: float | None = None


def describe(data: Dataset, splits: Sequence[str]) -> tuple[tuple[Column, ...], int]:
    """Return the columns, those with a role first, and how many are left out."""
    frames = {split: data.rows(split) for split in splits}
    found = dict.fromkeys(name for frame in frames.values() for name in frame.columns if name not in PLACE)
    roles = named(data.config)
    order = [*(name for name in roles if name in found), *(name for name in found if name not in roles)]
    shown = tuple(column(name, roles.get(name, ""), frames, data.config) for name in order[:SHOWN])
    return shown, max(0, len(order) - SHOWN)


def named(settings: Config) -> dict[str, str]:
    """Return the role of each column that has one, the label first and the names of rows last."""
    of = settings.columns
    inputs = {name: role for role in ("text", "numeric", "categorical") for name in getattr(of, role)}
    single = {role: getattr(of, role) for role in ("label", "time", "source", "group", "id")}
    return {
        **({of.label: "label"} if of.label else {}),
        **inputs,
        **{name: role for role, name in single.items() if name and role != "label" and name not in inputs},
    }


def column(name: str, role: str, frames: Frames, settings: Config) -> Column:
    """Describe one column in every split."""
    every = {split: frame[name] for split, frame in frames.items() if name in frame.columns}
    there = {split: profile.present(cells, settings.missing) for split, cells in every.items()}
    kind = kind_of(role, there, settings)
    values, edges, drawn = drawing(kind, there)
    cells = tuple(
        Cells(
            split,
            len(every[split]),
            len(every[split]) - len(there[split]),
            there[split].n_unique(),
            *drawn.get(split, Drawn()),
        )
        if split in every
        else Cells(split)
        for split in frames
    )
    return Column(name, role, kind, cells, values, edges)


def kind_of(role: str, there: Series, settings: Config) -> str:
    """Say how a column is drawn: by its role, else by what its cells look like."""
    if role == "label":
        return NUMBER if settings.task == REGRESSION else CATEGORY
    if role:
        return KINDS.get(role, CATEGORY)
    cells = pl.concat(there.values())
    if not len(cells):
        return NAME
    if cells.n_unique() <= FEW:
        return CATEGORY
    for kind in (NUMBER, TIME):
        if len(measured(kind, cells)) >= 0.95 * len(cells):
            return kind
    return TEXT if cells.n_unique() > len(cells) / 2 else CATEGORY


def measured(kind: str, cells: pl.Series) -> pl.Series:
    """Return what of a column's cells is drawn along an axis, as Float64: numbers, days since 1970, characters."""
    if kind == NUMBER:
        return profile.numbers(cells)
    if kind == TIME:
        days = cells.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False).drop_nulls()
        return days.to_physical().cast(pl.Float64)
    return cells.str.len_chars().cast(pl.Float64)


def drawing(kind: str, there: Series) -> tuple[tuple[str, ...], tuple[float, ...], dict[str, Drawn]]:
    """Return the values or the edges that all splits share, and for each split counts, low, middle, high."""
    if kind == NAME or not there:
        return (), (), {}
    if kind == CATEGORY:
        counts = profile.counts(pl.concat(there.values()))
        values = tuple(list(counts)[:VALUES])
        of = {split: profile.counts(cells) for split, cells in there.items()}
        return (
            values,
            (),
            {split: Drawn(tuple(found.get(value, 0) for value in values)) for split, found in of.items()},
        )
    numbers = {split: measured(kind, cells) for split, cells in there.items()}
    edges = bounds(pl.concat(numbers.values()))
    return (), edges, {split: spread(values, edges) for split, values in numbers.items()}


def bounds(values: pl.Series) -> tuple[float, ...]:
    """Return the edges of bins of equal width that hold all but the ends of the values; none without values.

    The width is a whole number where all values are, or some bins would hold more of them than others.
    """
    if not len(values):
        return ()
    low, high = profile.quantile(values, TAIL), profile.quantile(values, 1 - TAIL)
    if not np.isfinite((high - low) * BINS):
        return ()
    if bool((values == values.round()).all()) and max(-low, high) < EXACT:
        low, high = float(np.floor(low)), float(np.ceil(high)) + 1
        width = max(1.0, float(np.ceil((high - low) / BINS)))
        return tuple(low + width * at for at in range(int(np.ceil((high - low) / width)) + 1))
    if low == high:
        return (low, high)
    return tuple(np.linspace(low, high, BINS + 1).tolist())


def spread(values: pl.Series, edges: tuple[float, ...]) -> Drawn:
    """Return the counts of the bins, and the least, the middle and the greatest value."""
    if not len(values):
        return Drawn((0,) * max(0, len(edges) - 1))
    ends = (profile.quantile(values, 0), profile.quantile(values, 0.5), profile.quantile(values, 1))
    if len(edges) < 2:
        return Drawn((), *ends)
    places = np.clip(np.searchsorted(edges, values.to_numpy(), side="right") - 1, 0, len(edges) - 2)
    return Drawn(tuple(np.bincount(places, minlength=len(edges) - 1).tolist()), *ends)

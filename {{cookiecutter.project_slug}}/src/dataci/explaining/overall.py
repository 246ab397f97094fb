"""What drives a model over many rows: the words and pairs of words whose weights add up to most, beside the words of
train that alone predict the label (the check `shortcut`), so that one finds what a model learned in place of the task.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from dataci import text
from dataci.checks import shortcuts
from dataci.checks.check import Context
from dataci.config import check_settings
from dataci.dataset import TRAIN, Dataset
from dataci.explaining.telling import VERSION, cut
from dataci.explaining.tokens import NUMBER, WORD, Unit
from dataci.explaining.ways import EXACT, GRADIENTS, LOCAL, Explainer, Explanation

ROWS = {EXACT: 1000, LOCAL: 40, GRADIENTS: 40}  # that are looked at by default
MASKS = {EXACT: 500, LOCAL: 600, GRADIENTS: 0}  # of each: over many rows what estimates err evens out
LISTED = 100
SHORTCUT = next(check for check in shortcuts.CHECKS if check.name == "shortcut")

Key = tuple[tuple[str, str], ...]
"""What is added up: (column, word) of one unit, or of both of a pair; of a number the column and nothing."""


class Driver(NamedTuple):
    """A unit, or a pair, over all rows: in how many it stands, its mean weight there, the mean of its size there.

    ``drive``: its size summed up over all rows, a row: how much of what the model says is owed to it.
    """

    key: Key
    rows: int
    mean: float
    absolute: float
    drive: float


class Told(NamedTuple):
    """What train says of a word or of a pair: of ``rows`` with it, ``hits`` have ``label``; ``usual``: of all rows."""

    label: str
    hits: int
    rows: int
    usual: float


def sample(count: int, most: int, seed: int) -> list[int]:
    """Return the places of at most ``most`` of ``count`` rows, in order; the same seed gives the same."""
    if count <= most:
        return list(range(count))
    return sorted(np.random.default_rng(seed).permutation(count)[:most].tolist())


def drivers(found: Iterable[Explanation]) -> tuple[list[Driver], list[Driver]]:
    """Return the units, and the pairs, that drive what the explanations explain, the strongest first."""
    single: dict[Key, list[float]] = {}
    double: dict[Key, list[float]] = {}
    count = 0
    for one in found:
        count += 1
        units = one.row.units
        gather(single, ((key_of(unit),) for unit in units), one.values)
        pairs = ((key_of(units[pair.left]), key_of(units[pair.right])) for pair in one.meetings)
        gather(double, pairs, (pair.weight for pair in one.meetings))
    return ranked(single, count), ranked(double, count)


def gather(into: dict[Key, list[float]], keys: Iterable[Key], weights: Iterable[float]) -> None:
    """Add the weights of one row; what stands there twice counts once, with both weights."""
    here: dict[Key, float] = {}
    for key, weight in zip(keys, weights, strict=True):
        here[key] = here.get(key, 0.0) + float(weight)
    for key, weight in here.items():
        into.setdefault(key, []).append(weight)


def key_of(unit: Unit) -> tuple[str, str]:
    """Return by what units of different rows are one."""
    return unit.column, "" if unit.kind == NUMBER else unit.word


def ranked(weights: Mapping[Key, list[float]], rows: int) -> list[Driver]:
    """Return the drivers, the strongest first."""
    found = [
        Driver(key, len(some), cut(float(np.mean(some))), *sizes(some, rows)) for key, some in weights.items()
    ]
    return sorted(found, key=lambda one: (-one.drive, one.key))


def sizes(weights: list[float], rows: int) -> tuple[float, float]:
    """Return the mean size of weights where they stand, and over all rows."""
    total = float(np.abs(weights).sum())
    return cut(total / len(weights)), cut(total / rows)


def shortcuts_of(dataset: Dataset) -> tuple[dict[tuple[str, str], Told], str]:
    """Return the words of train that alone predict the label, by column and word, and in which rows, in words."""
    settings = check_settings(dataset.config, SHORTCUT.name, SHORTCUT.settings)
    frame, where = shortcuts.strongest(Context(dataset, None, lambda: None), settings)
    words = frame.filter(pl.col("kind") == "word")
    told = {
        (row["column"], row["token"]): Told(row["label"], row["hits"], row["rows"], row["usual"])
        for row in words.iter_rows(named=True)
    }
    return told, where


def in_train(dataset: Dataset, symmetric: bool) -> Callable[[Key], Told | None]:
    """Return what tells of a pair of words which label the rows of train have that hold both."""
    columns, rows = dataset.config.columns, dataset.rows(TRAIN)
    label = str(columns.label)
    names = [name for name in columns.text if name in rows.columns]
    if len(names) != 2 or label not in rows.columns:
        return lambda key: None
    labels = rows[label].fill_null("").to_list()
    sides = {name: index(text.normalise(rows[name].fill_null("")).to_list()) for name in names}
    other = dict(zip(names, reversed(names), strict=True))

    def both(key: Key) -> set[int]:
        return set.intersection(*(within(sides[column], word) for column, word in key))

    def tell(key: Key) -> Told | None:
        found = both(key)
        if symmetric:
            found |= both(tuple((other[column], word) for column, word in key))
        if not found:
            return None
        counts: dict[str, int] = {}
        for at in sorted(found):
            counts[labels[at]] = counts.get(labels[at], 0) + 1
        best = min(counts, key=lambda name: (-counts[name], name))
        return Told(best, counts[best], len(found), labels.count(best) / len(labels))

    return tell


def index(texts: list[str]) -> dict[str, set[int]]:
    """Return the rows of each word."""
    found: dict[str, set[int]] = {}
    for at, one in enumerate(texts):
        for word in one.split():
            found.setdefault(word, set()).add(at)
    return found


def within(rows: Mapping[str, set[int]], word: str) -> set[int]:
    """Return the rows that hold a word, or all the words of a unit."""
    parts = word.split()
    return set.intersection(*(rows.get(part, set()) for part in parts)) if parts else set()


class Asked(NamedTuple):
    """What was explained: ``rows`` of ``of_rows`` test rows, for ``label`` (None: what is predicted for each)."""

    tag: str
    label: str | None
    scale: str
    rows: int
    of_rows: int


def tell(dataset: Dataset, how: Explainer, found: Iterable[Explanation], asked: Asked) -> dict[str, Any]:
    """Return the whole as a plain dict."""
    units, pairs = drivers(found)
    known, where = shortcuts_of(dataset)
    train = in_train(dataset, dataset.config.columns.symmetric)
    words = [entry(one, known, lambda key: None) for one in units[:LISTED]]
    met = [entry(one, known, train) for one in pairs[:LISTED]]
    places = {one.key[0]: (rank, one) for rank, one in enumerate(units, start=1)}
    return {
        "version": VERSION,
        "of": "model",
        "tag": asked.tag,
        "seed": how.seed,
        "method": how.method,
        "explained": asked.label,
        "scale": asked.scale,
        "rows": asked.rows,
        "of_rows": asked.of_rows,
        "units": words,
        "pairs": met,
        "shortcuts": [
            shortcut(key, told, places.get(key)) for key, told in sorted(known.items(), key=strength)
        ],
        "looked_at": where,
        "notes": [*how.notes],
    }


def strength(item: tuple[tuple[str, str], Told]) -> tuple[float, tuple[str, str]]:
    """Order shortcuts: the strongest first."""
    key, told = item
    return -(told.hits / told.rows - told.usual) * told.rows**0.5, key


def entry(
    one: Driver, known: Mapping[tuple[str, str], Told], train: Callable[[Key], Told | None]
) -> dict[str, Any]:
    """Return a driver; ``shortcut``: the words of it that alone predict the label in train."""
    parts = [{"column": column, "word": word} for column, word in one.key]
    cheap = {
        (column, part): known[column, part]
        for column, word in one.key
        for part in word.split()
        if (column, part) in known
    }
    shown = [{"column": column, "word": word, **plain(told)} for (column, word), told in cheap.items()]
    numbers = {"rows": one.rows, "mean": one.mean, "absolute": one.absolute, "drive": one.drive}
    told = train(one.key) if len(one.key) == 2 else None
    return {"parts": parts, **numbers, "shortcut": shown, "train": plain(told) if told else None}


def plain(told: Told) -> dict[str, Any]:
    """Return what train says as a dict."""
    share = cut(told.hits / told.rows)
    return {
        "label": told.label,
        "hits": told.hits,
        "rows": told.rows,
        "share": share,
        "usual": cut(told.usual),
    }


def shortcut(key: tuple[str, str], told: Told, used: tuple[int, Driver] | None) -> dict[str, Any]:
    """Return a shortcut of train, and what the model makes of it; ``used`` None: no row that was looked at has it."""
    found: dict[str, Any] = {"column": key[0], "word": key[1], **plain(told), "used": None}
    if used is not None:
        rank, one = used
        found["used"] = {"rank": rank, "rows": one.rows, "mean": one.mean, "drive": one.drive}
    return found


__all__ = ["MASKS", "ROWS", "WORD", "Asked", "Driver", "Told", "drivers", "sample", "shortcuts_of", "tell"]

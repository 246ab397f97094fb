"""A row as the units that an explanation weighs: the words of its texts, each with its place, and its other cells."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from dataci.text import fold

WORD, NUMBER, CATEGORY = "word", "number", "category"
APOSTROPHES = "'\u2019\u02bc"
_PARTS = re.compile(r"\S+")

Masks = np.ndarray[Any, np.dtype[np.bool_]]
Array = np.ndarray[Any, np.dtype[np.float64]]


class Unit(NamedTuple):
    """A part of a row that is there or not.

    ``text``: as it stands in the row; of a text ``start`` and ``end`` are its place in characters. ``word``: its
    comparable form (``dataci.text``), by which the same words of different rows are one; of other cells it is ``text``.
    """

    column: str
    kind: str
    text: str
    word: str
    start: int = 0
    end: int = 0


class Row(NamedTuple):
    """One row that is explained: ``inputs``, a frame of one row, as a model takes it, and its units in their order."""

    inputs: pl.DataFrame
    units: tuple[Unit, ...]

    def of(self, column: str) -> list[int]:
        """Return the places of a column's units."""
        return [at for at, unit in enumerate(self.units) if unit.column == column]


def split(inputs: pl.DataFrame) -> Row:
    """Split a frame of one row (typed by role, see ``dataci.models.Model``) into units; missing cells are none."""
    found: list[Unit] = []
    for name, kind in inputs.schema.items():
        value = inputs[name][0]
        if kind == pl.String:
            found += words(name, value or "")
        elif value is not None:
            shown = f"{value:g}" if kind == pl.Float64 else str(value)
            found.append(Unit(name, NUMBER if kind == pl.Float64 else CATEGORY, shown, shown))
    return Row(inputs, tuple(found))


def words(column: str, text: str) -> list[Unit]:
    """Return the words of a text: runs of letters, digits and marks, with apostrophes inside of them.

    What stands between blanks and has no such character (an emoji, a dash) is a unit as well: a model may read it.
    """
    found = []
    for part in _PARTS.finditer(text):
        for start, end in runs(part[0]):
            shown = part[0][start:end]
            place = part.start() + start
            found.append(Unit(column, WORD, shown, fold(shown) or shown, place, place + len(shown)))
    return found


def runs(part: str) -> list[tuple[int, int]]:
    """Return from where to where the words of a text without blanks reach; without a word, the whole."""
    kept = [bool(fold(char)) for char in part]
    for at in range(1, len(part) - 1):
        kept[at] = kept[at] or (part[at] in APOSTROPHES and kept[at - 1] and kept[at + 1])
    edges = np.flatnonzero(np.diff([0, *map(int, kept), 0])).reshape(-1, 2)
    found = [(int(start), int(end)) for start, end in edges]
    # "=" and a mark that strikes it through are one sign, and no word: what is normalised whole counts
    whole = " ".join(fold(part[start:end]) for start, end in found) == fold(part)
    return found if found and whole else [(0, len(part))]


def shares(units: Sequence[Unit], text: str, start: int, end: int) -> list[tuple[int, float]]:
    """Return to which units a piece of their text belongs: (place among the units, share), the shares add up to 1.

    By characters; a piece without any character of a unit belongs to those of the part between blanks around it.
    Nothing, where there is no such unit either.
    """
    over = [max(0, min(end, unit.end) - max(start, unit.start)) for unit in units]
    if not sum(over):
        left = next((at for at in range(min(start, len(text)), 0, -1) if text[at - 1].isspace()), 0)
        right = next((at for at in range(end, len(text)) if text[at].isspace()), len(text))
        over = [int(left <= unit.start and unit.end <= right) for unit in units]
    total = sum(over)
    return [(at, part / total) for at, part in enumerate(over) if part]


def masked(row: Row, masks: Masks, reference: Mapping[str, float | None]) -> pl.DataFrame:
    """Return the row with only some of its units, shape (masks, columns); ``masks``: (masks, units), true is kept.

    A word that is not kept is gone from its text. A number becomes that of ``reference``, a category is missing.
    """
    columns: dict[str, pl.Series] = {}
    for name, kind in row.inputs.schema.items():
        mine = row.of(name)
        if kind == pl.String:
            text = row.inputs[name][0] or ""
            made = without(text, [row.units[at] for at in mine], masks[:, mine])
            columns[name] = pl.Series(name, made, dtype=pl.String)
        else:
            value, other = row.inputs[name][0], reference.get(name)
            kept = masks[:, mine[0]] if mine else np.ones(len(masks), dtype=np.bool_)
            columns[name] = pl.Series(name, [value if keep else other for keep in kept], dtype=plain(kind))
    frame = pl.DataFrame(columns)
    return frame.with_columns(pl.col(name).cast(kind) for name, kind in row.inputs.schema.items())


def plain(kind: Any) -> Any:
    """Return the type in which values are collected."""
    return pl.Float64 if kind == pl.Float64 else pl.String


def without(text: str, units: Sequence[Unit], masks: Masks) -> list[str]:
    """Return the text once for each mask, with only the words that it keeps; blanks are single ones then.

    Signs beside words (a comma) go with the last word of what stands between blanks.
    """
    parts = [(part.start(), part[0]) for part in _PARTS.finditer(text)]
    starts = [unit.start for unit in units]
    inside = [
        range(bisect_left(starts, start), bisect_left(starts, start + len(part))) for start, part in parts
    ]
    made = []
    for mask in masks.tolist():
        pieces = []
        for (start, part), mine in zip(parts, inside, strict=True):
            kept = sum(mask[mine.start : mine.stop])
            if kept == len(mine):
                pieces.append(part)
            elif kept:
                pieces.append(thinned(part, start, [units[at] for at in mine if not mask[at]]))
        made.append(text if all(mask) else " ".join(pieces))
    return made


def thinned(part: str, start: int, gone: Sequence[Unit]) -> str:
    """Return a text that begins at ``start`` of its row without some of its units."""
    edges = [0, *(edge - start for unit in gone for edge in (unit.start, unit.end)), len(part)]
    return "".join(part[edges[at] : edges[at + 1]] for at in range(0, len(edges), 2))


def reference(rows: pl.DataFrame) -> dict[str, float | None]:
    """Return what stands for a cell that is not there: of a number its median in training, of others missing."""
    found: dict[str, float | None] = {}
    for name, kind in rows.schema.items():
        if kind == pl.Float64:
            value = rows[name].drop_nans().median()
            found[name] = float(value) if isinstance(value, (int, float)) else None
    return found

"""The names above the patterns and the words below them, as the project has them: its columns, and its labels."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import polars as pl

from dataci.bugs.fault import Fault, fold
from dataci.config import REGRESSION, Columns
from dataci.dataset import TEST, TRAIN, Dataset

ALIASES = ("label", "expected", "expectedoutcome", "expectedlabel", "outcome", "expectedresult")
NUMBERING = (
    "",
    "no",
    "nr",
    "row",
    "number",
)  # a count of the rows, which spreadsheets like to add ("#" folds to "")
YES = ("yes", "y", "true", "positive")
NO = ("no", "n", "false", "negative")
SHOWN = 20  # labels that a message lists


class Target(NamedTuple):
    """What the rows of the test set look like: its columns in their order, their roles, and the labels in use.

    ``labels`` is empty for a regression. ``positive``: the label that means "yes", where there is one.
    """

    names: tuple[str, ...]
    roles: Columns
    labels: tuple[str, ...]
    positive: str | None


class Match(NamedTuple):
    """Which cell of a row belongs to which column: (position, name), and what is wrong with the header."""

    places: tuple[tuple[int, str], ...]
    faults: tuple[Fault, ...] = ()


def target(dataset: Dataset, schema: Iterable[str]) -> Target:
    """Describe the test set; where there is none, the training set, else the ``schema`` (names of its columns)."""
    roles = dataset.config.columns
    labels: set[str] = set()
    for split in (TEST, TRAIN):
        rows = dataset.rows(split)
        if roles.label in rows.columns and dataset.config.task != REGRESSION:
            labels |= set(rows.get_column(str(roles.label)).drop_nulls().unique().to_list())
    positive = dataset.config.evaluation.get("positive")
    known = sorted(labels - {"", *dataset.config.missing})
    return Target(
        names(dataset) or tuple(schema), roles, tuple(known), str(positive) if positive in known else None
    )


def names(dataset: Dataset) -> tuple[str, ...]:
    """Return the columns of the test set; where there is none, of the training set; () where there is neither."""
    for split in (TEST, TRAIN):
        found = tuple(name for name in dataset.rows(split).columns if not name.startswith("_"))
        if found:
            return found
    return ()


def meant(name: str, target: Target) -> str | None:
    """Return the column that a name means; case, blanks and punctuation matter only where two differ in them."""
    if name in target.names:
        return name
    alike = [column for column in target.names if fold(column) == fold(name)]
    if fold(name) and len(alike) == 1:
        return alike[0]
    if fold(name) in ALIASES and not alike:
        return target.roles.label
    return None


def match(
    header: Sequence[str], rows: Sequence[Sequence[str]], target: Target, line: int, text: str
) -> Match:
    """Find the column for each name of a header (at ``line``, which reads ``text``)."""
    places: dict[str, int] = {}
    faults = []
    for position, name in enumerate(header):
        column = meant(name, target)
        if column is None:
            counted = [str(number) for number in range(1, len(rows) + 1)]
            blank = not any(row[position] for row in rows)
            if fold(name) in NUMBERING and (blank or [row[position].rstrip(".") for row in rows] == counted):
                continue
            known = ", ".join(target.names)
            message = f"The test set has no column {name!r}. Its columns: {known}. Rename or remove it."
            faults.append(Fault(message, line, text))
        elif column in places:
            message = f"The column {column!r} stands twice. Remove one of them."
            faults.append(Fault(message, line, text))
        else:
            places[column] = position
    return Match(tuple((position, name) for name, position in places.items()), tuple(faults))


def label(word: str, target: Target) -> str | None:
    """Return the label that a word means, or None: exactly, else without regard to case, else as yes or no.

    Yes and no (match and no match, where the column is called ``match``) mean something only where there are two
    labels, one of them positive. A number of a regression is what it is.
    """
    if not target.labels or word in target.labels:
        return word
    alike = [name for name in target.labels if plain(name) == plain(word)]
    if alike:
        return alike[0] if len(alike) == 1 else None
    if len(target.labels) != 2 or target.positive is None:
        return None
    column = fold(target.roles.label or "")
    other = next(name for name in target.labels if name != target.positive)
    meanings = dict.fromkeys((*YES, column), target.positive)
    meanings |= dict.fromkeys((*NO, f"no{column}", f"not{column}", f"non{column}"), other)
    return meanings.get(fold(word))


def plain(word: str) -> str:
    """Return a label for comparison, without case, width and blanks; -1 is not 1, and 1.0 not 10."""
    return " ".join(unicodedata.normalize("NFKC", word).casefold().split())


def labels_told(target: Target) -> str:
    """List the labels for a message."""
    more = f" … ({len(target.labels)} labels)" if len(target.labels) > SHOWN else ""
    return ", ".join(target.labels[:SHOWN]) + more


def frame(rows: Sequence[Mapping[str, str]], names: Sequence[str]) -> pl.DataFrame:
    """Return rows as a frame of String columns in the order of ``names``; what a row lacks is ""."""
    return pl.DataFrame(
        {name: [row.get(name, "") for row in rows] for name in names}, schema=dict.fromkeys(names, pl.String)
    )

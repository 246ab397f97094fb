"""The rows of a split as a model takes them: sorted, typed by role, each with a name. The order of files does
not matter.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from dataci.config import REGRESSION, Config
from dataci.dataset import Dataset
from dataci.errors import CannotRun
from dataci.formats.table import PLACES
from dataci.text import normalise

LARGEST = 1e45  # of a regression's labels: intervals take the third power of squared errors
UNPARSED = ("", "nan", "+nan", "-nan")


class Examples(NamedTuple):
    """Rows ready for a model, sorted by id and content. ``inputs``: see dataci.models.Model. ``ids`` are
    unique.

    ``clusters``: see ``cluster_names``. ``rows``: every column of the split as text, in the same order.
    """

    ids: list[str]
    inputs: pl.DataFrame
    labels: pl.Series
    clusters: tuple[str, ...] = ()
    rows: pl.DataFrame = pl.DataFrame()


def examples(dataset: Dataset, split: str) -> Examples:
    """Return the rows of a split for the model; CannotRun names the place of what stands in the way."""
    columns = dataset.config.columns
    if columns.label is None:
        raise CannotRun(
            'dataci.toml: [columns] names no label, so there is nothing to learn. Add label = "…".'
        )
    if not columns.inputs:
        raise CannotRun(
            "dataci.toml: [columns] names no text, numeric or categorical column; a model needs one."
        )
    refuse_lost(dataset, split)
    frame = dataset.rows(split)
    wanted = [*([columns.id] if columns.id else []), *columns.inputs, columns.label]
    absent = [name for name in wanted if name not in frame.columns]
    if frame.height and absent:
        raise CannotRun(
            f"No file of data/{split} has the column {absent[0]!r}, which dataci.toml names. "
            "`dataci check` says more."
        )
    if not frame.height:
        empty = pl.DataFrame(schema=dict.fromkeys(wanted, pl.String))
        return Examples([], inputs(empty, dataset.config), empty[columns.label])
    frame = ordered(frame, dataset.config)
    refuse_missing(dataset, frame, columns.label, split)
    refuse_no_number(dataset, frame)
    if dataset.config.task == REGRESSION:
        refuse_label(dataset, frame, columns.label)
    return prepared(frame, dataset.config)


def ordered(frame: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Sort rows by id and content, so that the order of files does not matter."""
    columns = config.columns
    wanted = [*([columns.id] if columns.id else []), *columns.inputs, str(columns.label)]
    return frame.sort(list(dict.fromkeys(wanted)), nulls_last=True, maintain_order=True)


def prepared(frame: pl.DataFrame, config: Config) -> Examples:
    """Return rows that are sound and ``ordered`` as a model takes them; the labels of a regression without the blanks
    around them.
    """
    label = frame[str(config.columns.label)]
    names = row_names(frame, config)
    return Examples(
        names,
        inputs(frame, config),
        label.str.strip_chars() if config.task == REGRESSION else label,
        cluster_names(names, frame, config),
        frame.drop(PLACES, strict=False),
    )


def refuse_lost(dataset: Dataset, split: str) -> None:
    """Refuse files with rows that could not be read: a model must not quietly learn from a part of them."""
    for index in dataset.indices(split):
        table = dataset.table(index)
        lost = table.records - table.frame.height
        if lost or (table.problems and not table.frame.width):
            what = f"{lost} rows" if lost else "content"
            raise CannotRun(
                f"{dataset.parts[index].path} has {what} that cannot be read. `dataci check` names the lines."
            )


def refuse_missing(dataset: Dataset, frame: pl.DataFrame, label: str, split: str) -> None:
    """Refuse rows without a label."""
    missing = pl.col(label).is_null() | pl.col(label).is_in(["", *dataset.config.missing])
    rows = frame.filter(missing).sort("_file", "_line")
    if rows.height:
        first = rows.row(0, named=True)
        place = f"{dataset.parts[first['_file']].path}:{first['_line']}"
        raise CannotRun(
            f"{rows.height} rows of data/{split} have no label, the first at {place}. Label or remove them."
        )


def inputs(frame: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Return the model's columns with the types that say what they are; missing values and what is no number
    are null.

    Takes String columns. Texts: String, missing is "". Numbers: Float64. Categories: Categorical.
    """
    columns = config.columns
    absent = ["", *config.missing]
    known = [pl.when(~pl.col(name).is_in(absent)).then(pl.col(name)).alias(name) for name in columns.inputs]
    return frame.select(known).with_columns(
        pl.col(columns.text).fill_null(""),
        pl.col(columns.numeric).str.strip_chars().cast(pl.Float64, strict=False).fill_nan(None),
        pl.col(columns.categorical).cast(pl.Categorical),
    )


def refuse_no_number(dataset: Dataset, frame: pl.DataFrame) -> None:
    """Refuse a cell of a numeric column that is neither a finite number nor missing."""
    config = dataset.config
    if not config.columns.numeric:
        return
    found = inputs(frame, config)
    for name in config.columns.numeric:
        raw = frame[name].str.strip_chars()
        absent = (
            raw.str.to_lowercase().is_in(UNPARSED) | frame[name].is_in(["", *config.missing]) | raw.is_null()
        )
        wrong = frame.filter(~absent & ~found[name].is_finite().fill_null(False)).sort("_file", "_line")
        if wrong.height:
            first = wrong.row(0, named=True)
            place = f"{dataset.parts[first['_file']].path}:{first['_line']}"
            raise CannotRun(
                f"{place}: {first[name][:40]!r} in the numeric column {name!r} is no finite number. "
                "Correct it, or list it under [files] missing in dataci.toml."
            )


def refuse_label(dataset: Dataset, frame: pl.DataFrame, label: str) -> None:
    """Refuse a label of a regression that is no number, or too large to be computed with."""
    raw = frame[label].str.strip_chars()
    fits = (raw.cast(pl.Float64, strict=False).abs() <= LARGEST).fill_null(False)
    wrong = frame.filter(~fits).sort("_file", "_line")
    if wrong.height:
        first = wrong.row(0, named=True)
        raise CannotRun(
            f"{dataset.parts[first['_file']].path}:{first['_line']}: the {label} {first[label][:40]!r} is no finite "
            f"number, or one beyond {LARGEST:g}; "
            'dataci.toml says [train] task = "regression". Correct the cell or the task.'
        )


def cluster_names(names: Sequence[str], frame: pl.DataFrame, config: Config) -> tuple[str, ...]:
    """Return for each row the name of the first row that it depends on; empty where all stand on their own.

    Rows depend on one another when they are of the same group; without groups, when a text recurs: of two
    texts the one that recurs more (the other side of a pair can then not be taken into account as well).
    """
    columns = config.columns
    if columns.group and columns.group in frame.columns:
        keys = frame[columns.group].fill_null("").to_list()
    elif columns.text:
        texts = [normalise(frame[name].fill_null("")).to_list() for name in columns.text]
        keys = min(texts, key=lambda values: len(set(values)))
    else:
        return ()
    first: dict[str, str] = {}
    found = tuple(first.setdefault(key, name) if key else name for key, name in zip(keys, names, strict=True))
    return found if len(set(found)) < len(found) else ()


def row_names(frame: pl.DataFrame, config: Config) -> list[str]:
    """Return a unique name for each row: its id, or a hash of its inputs; from the second on, with its
    number.
    """
    columns = config.columns
    if columns.id:
        names = frame[columns.id].fill_null("").to_list()
    else:
        rows = frame.select(columns.inputs).iter_rows()
        names = [f"row-{hashlib.sha256(json.dumps(row).encode()).hexdigest()[:12]}" for row in rows]
    taken = set(names)
    seen: dict[str, int] = {}
    return [name if count == 1 else unused(name, count, taken) for name, count in counted(names, seen)]


def counted(names: Sequence[str], seen: dict[str, int]) -> list[tuple[str, int]]:
    """Return each name with how often it has occurred so far."""
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append((name, seen[name]))
    return found


def unused(name: str, count: int, taken: set[str]) -> str:
    """Return ``name#count``, with more marks when another row is really called so."""
    chosen = f"{name}#{count}"
    while chosen in taken:
        chosen += "#"
    taken.add(chosen)
    return chosen

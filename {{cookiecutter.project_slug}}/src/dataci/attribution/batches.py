"""Which new training rows came together, what the old model makes of them, and the data without them.

A batch is what one file brought; when only one file has new rows, what one commit brought. Rows that were taken
away are a batch as well: "without" it they are back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from dataci import attribution, diff
from dataci.attribution import Array, Row, between
from dataci.attribution.corners import Origin
from dataci.config import Config
from dataci.dataset import BUGS, FOLDER, TRAIN, Dataset
from dataci.examples import Examples
from dataci.formats import csv
from dataci.git import Commit
from dataci.predictions import FLOOR, Predictions, plain

NAME = "why-"  # of the folders below data/bugs in which batches are shown to the old model
FILE, LINE = "dataci file", "dataci line"  # columns that say where a row of a batch stands
BACK = f"{FOLDER}/{TRAIN}/dataci-back.csv"
LISTED = 5  # rows
REMOVED = "rows removed from "


class Cut(NamedTuple):
    """A batch. ``rows``: its new and changed rows as they stand now, with FILE and LINE; none for removed rows.

    ``size``: how many. ``without``: the files of the training data that make B's data without the batch, by
    path (None: the file is left out).
    """

    name: str
    rows: pl.DataFrame
    size: int
    without: tuple[tuple[str, bytes | None], ...]


class Cuts(NamedTuple):
    """The batches. ``by``: "file" or "commit"; ``reason``: why there are no smaller ones."""

    by: str
    found: tuple[Cut, ...]
    reason: str | None = None


def cut(config: Config, old: Origin, new: Origin) -> Cuts:
    """Cut what B's training data have more than A's, or otherwise, into batches."""
    before, after = between.training(config, old), between.training(config, new)
    found = diff.diff(before, after)
    rows = fresh_rows(after, found)
    paths = sorted(set(rows["_path"].to_list()))
    by, reason, owners = "file", None, rows["_path"].to_list()
    if len(paths) == 1:
        told, _ = between.commits(config, old, new, paths)
        owners_of = by_commit(config, before, rows, paths[0], told)
        if len(set(owners_of)) > 1 and old.which != new.which:
            by, owners = "commit", owners_of
        else:
            reason = "The new rows came in one file and one commit, so they cannot be cut into batches."
    rows = rows.with_columns(pl.Series("_owner", owners, dtype=pl.String))
    cuts = [one(after, found, part) for part in rows.partition_by("_owner", maintain_order=True)]
    return Cuts(by, (*cuts, *removed(found)), reason)


def fresh_rows(after: Dataset, found: diff.Diff) -> pl.DataFrame:
    """Return B's rows that A has not, or has otherwise: their cells, and ``_path``, ``_line``, ``_row``."""
    places = pl.concat([found.added.select("_path", "_row"), found.cells.select("_path", "_row")]).unique()
    names = pl.DataFrame({"_path": [part.path for part in after.parts]}, schema={"_path": pl.String})
    frame = after.rows_of(list(range(len(after.parts))))
    frame = frame.with_columns(names["_path"].gather(frame["_file"])).drop("_file")
    return frame.join(places, on=["_path", "_row"], how="semi", maintain_order="left")


def by_commit(
    config: Config, before: Dataset, rows: pl.DataFrame, path: str, commits: Sequence[Commit]
) -> list[str]:
    """Name for each row the last commit that brought it as it is; "uncommitted" when none did."""
    owner: dict[tuple[str, ...], str] = {}
    known = contents(before.rows_of([i for i, part in enumerate(before.parts) if part.path == path]))
    for commit in commits:
        version = Dataset(config, commit.id, between.files(config, commit.id))
        now = contents(version.rows_of([i for i, part in enumerate(version.parts) if part.path == path]))
        owner |= dict.fromkeys(now - known, f"{commit.id[:8]} {commit.subject}")
        known = now
    return [owner.get(content, "uncommitted") for content in row_contents(rows)]


def contents(frame: pl.DataFrame) -> set[tuple[str, ...]]:
    """Return the rows as a set of their cells."""
    return set(row_contents(frame))


def row_contents(frame: pl.DataFrame) -> list[tuple[str, ...]]:
    """Return each row as its columns and cells; the order of columns and cells that are missing do not count."""
    names = sorted(name for name in frame.columns if not name.startswith("_"))
    lines = frame.select(names).iter_rows()
    return [
        tuple(part for name, cell in zip(names, line, strict=True) if cell for part in (name, cell))
        for line in lines
    ]


def one(after: Dataset, found: diff.Diff, rows: pl.DataFrame) -> Cut:
    """Describe one batch and the data without it: new rows are gone, changed ones are as A has them."""
    fields = [name for name in rows.columns if not name.startswith("_")]
    shown = rows.select(*fields, pl.col("_path").alias(FILE), pl.col("_line").cast(pl.String).alias(LINE))
    without = tuple(
        (str(path), reverted(after, str(path), found, set(part["_row"].to_list())))
        for (path,), part in rows.partition_by("_path", as_dict=True, maintain_order=True).items()
    )
    return Cut(str(rows["_owner"][0]), shown, rows.height, without)


def reverted(after: Dataset, path: str, found: diff.Diff, rows: set[int]) -> bytes | None:
    """Return a file of B with ``rows`` (positions) as A has them; None when no row remains."""
    index = next(i for i, part in enumerate(after.parts) if part.path == path)
    frame = after.table(index).frame
    gone = set(found.added.filter(pl.col("_path") == path)["_row"].to_list()) & rows
    cells = found.cells.filter((pl.col("_path") == path) & pl.col("_row").is_in(sorted(rows)))
    columns = {name: frame[name].to_list() for name in frame.columns}
    for cell in cells.iter_rows(named=True):
        columns.setdefault(cell["column"], [None] * frame.height)[cell["_row"]] = cell["old"]
    kept = [at for at in range(frame.height) if at not in gone]
    lines = {name: [values[at] or "" for at in kept] for name, values in columns.items()}
    return as_csv(pl.DataFrame(lines, schema=dict.fromkeys(columns, pl.String))) if kept else None


def removed(found: diff.Diff) -> list[Cut]:
    """Return the rows that B has no longer, a batch a file."""
    parts = found.removed.partition_by("_path", as_dict=True, maintain_order=True)
    fields = [name for name in found.removed.columns if not name.startswith("_")]
    return [
        Cut(f"{REMOVED}{path}", pl.DataFrame(), part.height, ((BACK, as_csv(part.select(fields))),))
        for (path,), part in sorted(parts.items())
    ]


def as_csv(frame: pl.DataFrame) -> bytes:
    """Write rows as CSV, whatever the file was that they come from."""
    return csv.write(frame.select(pl.all().fill_null("")))


def shown(cuts: Cuts) -> tuple[tuple[str, bytes], ...]:
    """Return the files that show each batch with rows to a model, as if it were a bug."""
    return tuple((file(at), as_csv(cut.rows)) for at, cut in enumerate(cuts.found) if not cut.rows.is_empty())


def split(at: int) -> str:
    """Return the split in which a batch is shown."""
    return f"{BUGS}/{NAME}{at}"


def file(at: int) -> str:
    """Return the path at which a batch is shown."""
    return f"{FOLDER}/{split(at)}/rows.csv"


def losses(predicted: Predictions) -> Array:
    """Return how much each row surprises a model: the log loss of its label (one that training never saw: as of a
    probability of 0); of a regression the absolute error. Shape (rows,).
    """
    if not predicted.classes:
        return np.asarray(np.abs(predicted.scores[:, 0] - np.array(predicted.labels, dtype=np.float64)))
    return np.asarray(-np.log(np.maximum(given(predicted), FLOOR)))


def given(predicted: Predictions) -> Array:
    """Return the probability of each row's label; shape (rows,)."""
    at = {name: column for column, name in enumerate(predicted.classes)}
    rows = [at.get(label) for label in predicted.labels]
    return np.array(
        [0.0 if column is None else predicted.scores[row, column] for row, column in enumerate(rows)]
    )


def surprising(predicted: Predictions, rows: Examples, columns: Sequence[str]) -> tuple[Row, ...]:
    """Return the LISTED rows of a batch that surprise a model most. ``columns``: the model's inputs."""
    if rows.ids != predicted.ids:
        return ()  # the old code names rows otherwise
    order = np.argsort(-losses(predicted), kind="stable")[:LISTED]
    chances = given(predicted) if predicted.classes else None
    found = []
    for at in order.tolist():
        cells = rows.rows.row(at, named=True)
        text = tuple((name, cells[name]) for name in columns if cells.get(name))
        guess = (
            predicted.classes[int(np.argmax(predicted.scores[at]))]
            if predicted.classes
            else plain(float(predicted.scores[at, 0]))
        )
        chance = None if chances is None else float(chances[at])
        place = str(cells[FILE]), int(cells[LINE])
        found.append(Row(*place, predicted.ids[at], predicted.labels[at], chance, guess, text))
    return tuple(found)


def ranked(
    cuts: Cuts, predicted: dict[str, Predictions], usual: Predictions
) -> tuple[list[tuple[int, float | None, float | None]], str]:
    """Return (position in ``cuts``, mean loss, z), the most suspicious first, and what z is measured from.

    Batches without rows to judge come last, the largest first.
    """
    judged = [at for at in range(len(cuts.found)) if split(at) in predicted]
    rest = [at for at in range(len(cuts.found)) if at not in judged]
    rest.sort(key=lambda at: -cuts.found[at].size)
    if not judged:
        return [(at, None, None) for at in rest], ""
    found = [losses(predicted[split(at)]) for at in judged]
    scores, against = attribution.suspicion(found, losses(usual))
    order = sorted(range(len(judged)), key=lambda i: -scores[i])
    return [(judged[i], float(found[i].mean()), scores[i]) for i in order] + [
        (at, None, None) for at in rest
    ], against

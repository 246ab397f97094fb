"""The difference between two datasets, of which only the files are read whose bytes differ; its JSON form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl

from dataci.changes import OWN, Diff, FileDiff, Tally, Unread, difference, renames, user
from dataci.errors import CannotRun

if TYPE_CHECKING:
    from dataci.dataset import Dataset

__all__ = ["Diff", "changed_cells", "counts", "diff", "difference", "renames", "to_dict"]

VERSION = 1
LISTED = 10_000


def diff(old: Dataset, new: Dataset) -> Diff:
    """Compare two datasets by the roles of the new one; files with the same blob at the same path are not
    read. CannotRun for a new file whose name is no text.
    """
    for part in new.parts:
        if any("\ud800" <= char <= "\udfff" for char in part.path):
            raise CannotRun(f"{part.path!r} has a name that is no UTF-8 text. Rename the file.")
    blobs = [{part.path: part.blob for part in side.parts} for side in (old, new)]
    same = {path for path, blob in blobs[1].items() if blobs[0].get(path) == blob}
    sides = [(side, [i for i, part in enumerate(side.parts) if part.path not in same]) for side in (old, new)]
    found = difference(rows(*sides[0]), rows(*sides[1]), new.config.columns)
    files = tuple(sorted((*found.files, *quiet(sides, found))))
    return replace(found, files=files, files_same=len(same), unread=unread(sides))


def quiet(sides: Sequence[tuple[Dataset, list[int]]], found: Diff) -> list[FileDiff]:
    """Describe the files whose bytes differ though no row does, and those that have no rows."""
    told = {file.path for file in found.files} | {file.source for file in found.files}
    tables = [{side.parts[i].path: side.table(i).frame for i in indices} for side, indices in sides]
    splits = {side.parts[i].path: side.parts[i].split for side, indices in sides for i in indices}
    files = []
    for path in sorted(set(splits) - told):
        before, after = (table.get(path) for table in tables)
        if before is None or after is None:
            files.append(FileDiff(path, splits[path], "added" if before is None else "removed", Tally()))
        else:
            status = "form" if set(before.columns) == set(after.columns) else "columns"
            tally = Tally(before.height, after.height, unchanged=after.height)
            files.append(FileDiff(path, splits[path], status, tally))
    return files


def unread(sides: Sequence[tuple[Dataset, list[int]]]) -> tuple[Unread, ...]:
    """Count the rows of the compared files that could not be read."""
    lost: dict[str, list[int]] = {}
    for position, (side, indices) in enumerate(sides):
        for index in indices:
            table = side.table(index)
            if number := table.records - table.frame.height:
                lost.setdefault(side.parts[index].path, [0, 0])[position] = number
    return tuple(Unread(path, *numbers) for path, numbers in sorted(lost.items()))


def rows(dataset: Dataset, indices: list[int]) -> pl.DataFrame:
    """Return the rows of some files as ``difference`` takes them; CannotRun for a column that is named like
    ours.
    """
    for index in indices:
        if clash := sorted(set(dataset.table(index).frame.columns) & set(OWN)):
            where = dataset.parts[index].path
            raise CannotRun(
                f"{where} has a column {clash[0]!r}, a name that dataci uses itself. Rename the column."
            )
    frame = dataset.rows_of(indices)
    paths = [part.path.encode("utf-8", "backslashreplace").decode() for part in dataset.parts]
    names = {"_path": paths, "_split": [part.split for part in dataset.parts]}
    places = pl.DataFrame(names, schema={"_path": pl.String, "_split": pl.String})
    return pl.concat([frame.drop("_file", "_row"), places[frame["_file"]]], how="horizontal")


def counts(found: Diff) -> dict[str, int]:
    """Return the counts that a result record keeps."""
    total = found.total
    return {
        "rows_added": total.added,
        "rows_removed": total.removed,
        "relabelled": total.relabelled,
        "changed": total.changed,
        "moved": total.moved_splits,
    }


def changed_cells(old: Dataset, new: Dataset) -> pl.DataFrame:
    """Return the cells of existing rows that were rewritten, one a line.

    Columns: ``key`` (the row's id or null), ``column``, ``old``, ``new`` (String), ``_file`` (UInt32, index
    into ``new.parts``) and ``_line`` (UInt32, physical) of the row as it stands now.
    """
    files = pl.DataFrame({"_path": [part.path for part in new.parts]}, schema={"_path": pl.String})
    cells = diff(old, new).cells.join(
        files.with_row_index("_file"), on="_path", how="left", maintain_order="left"
    )
    return cells.select("key", "column", "old", "new", "_file", "_line")


def to_dict(found: Diff, base: str | None = None, limit: int = LISTED) -> dict[str, Any]:
    """Return the diff as plain data: the output of ``dataci diff --format json``.

    Counts in ``summary`` and ``files`` are exact; each list holds at most ``limit`` entries.
    """
    names = found.columns
    return {
        "version": VERSION,
        "base": base,
        "summary": {**found.total._asdict(), "files": len(found.files), "files_same": found.files_same},
        "columns": {
            "added": list(names.added),
            "removed": list(names.removed),
            "renamed": [{"old": old, "new": new} for old, new in names.renamed],
            "reordered": names.reordered,
        },
        "files": [{**file._asdict(), "tally": file.tally._asdict()} for file in found.files],
        "unread": [{"file": path, "before": before, "after": after} for path, before, after in found.unread],
        "relabelled": cell_list(found.relabelled, limit),
        "changed": cell_list(found.changed, limit),
        "added": row_list(found.added, limit),
        "removed": row_list(found.removed, limit),
        "moved": [both_places(entry) for entry in found.moved.head(limit).iter_rows(named=True)],
        "reordered": [both_places(entry) for entry in found.reordered.head(limit).iter_rows(named=True)],
    }


def cell_list(cells: pl.DataFrame, limit: int) -> list[dict[str, Any]]:
    """Return differing cells as plain data."""
    extra = ("column", "old", "new")
    lines = cells.head(limit).iter_rows(named=True)
    return [{**both_places(entry), **{name: entry[name] for name in extra}} for entry in lines]


def row_list(frame: pl.DataFrame, limit: int) -> list[dict[str, Any]]:
    """Return whole rows as plain data."""
    names = user(frame)
    lines = frame.head(limit).iter_rows(named=True)
    return [{"file": e["_path"], "line": e["_line"], "row": {name: e[name] for name in names}} for e in lines]


def both_places(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the key and the two places of a row as plain data."""
    old = {"file": entry["old_path"], "line": entry["old_line"]}
    return {"key": entry["key"], "file": entry["_path"], "line": entry["_line"], "before": old}

"""What a change does to rows that exist: rows lost, files emptied, doubled or replaced, cells rewritten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import narwhals as nw
import polars as pl

from dataci import diff, roundtrip
from dataci.changes import Diff, FileDiff
from dataci.checks.check import Check, Context
from dataci.dataset import APART, Dataset
from dataci.finding import Finding, Hits, Place, Severity

SHOWN = 80  # characters of a former cell in a message
DOUBLED = 0.95  # share of a file's rows that stand in it as often as the others
LINES = 5  # lines that the summary of relabelled rows names
SAME = 0.9  # share of touched rows that stand there under another id, from which ids were renumbered
LEAST = 4  # rows from which "every row twice" says something


@lru_cache(maxsize=1)
def difference(ctx: Context) -> Diff | None:
    """Return what the change does to the base; both checks of this module ask for it."""
    return diff.diff(ctx.base, ctx.dataset) if ctx.base else None


def row_loss(ctx: Context, settings: Mapping[str, Any]) -> Iterator[Finding]:
    """Report files that were emptied, doubled or replaced, and splits that lose too many rows."""
    found = difference(ctx)
    if found is None or ctx.base is None:
        return
    files = [file for file in found.files if file.split not in APART]
    unread = {file.path: file.after for file in found.unread}
    present = {part.path for part in ctx.dataset.parts}
    reported: set[str] = set()
    for file in files:
        for finding in whole_file(file, unread.get(file.path, 0), file.path in present, settings):
            reported |= {file.path} if finding.severity == Severity.ERROR else set()
            yield finding
    yield from thinned(ctx.base, files, unread, reported, settings)
    yield from doubled(ctx)


def whole_file(file: FileDiff, unread: int, present: bool, settings: Mapping[str, Any]) -> Iterator[Finding]:
    """Judge what happened to one file: it was emptied, or hardly a row of it is left."""
    tally = file.tally
    gone = tally.removed - unread
    kept = tally.before - tally.removed - file.left
    if gone < 1 or tally.before < 1:
        return
    if not present:
        text = (
            f"The file was deleted: {gone} of its {tally.before} rows are in no other file. Was that meant?"
        )
        yield Finding("row-loss", Severity.WARNING, file.path, None, None, None, text)
        return
    if not tally.after:
        text = (
            f"The file was emptied: it had {tally.before} rows and has none. Restore it, or delete the file."
        )
        yield Finding("row-loss", Severity.ERROR, file.path, 1, None, None, text)
    elif tally.before >= settings["min_rows"] and gone > settings["replaced"] * tally.before:
        text = (
            f"The file was replaced: of its {tally.before} rows {gone} are gone, {kept} left, {tally.added} new. "
            "Add new rows as a file of their own, and restore this one."
        )
        yield Finding("row-loss", Severity.ERROR, file.path, 1, None, None, text)


def thinned(
    base: Dataset,
    files: list[FileDiff],
    unread: Mapping[str, int],
    reported: set[str],
    settings: Mapping[str, Any],
) -> Iterator[Finding]:
    """Report splits that lose more rows than allowed, at the file that loses most."""
    lost = {
        file.path: file.tally.removed - unread.get(file.path, 0)
        for file in files
        if file.path not in reported
    }
    by_split: Counter[str] = Counter()
    for file in files:
        by_split[file.split] += max(lost.get(file.path, 0), 0)
    for split, count in sorted(by_split.items()):
        before = height(base, split) if count else 0
        if count < settings["min_rows"] or count <= settings["max_share"] * before:
            continue
        worst = sorted(
            (f for f in files if f.split == split and lost.get(f.path, 0) > 0), key=lambda f: -lost[f.path]
        )
        names = ", ".join(f"{file.path} ({lost[file.path]})" for file in worst[:5])
        text = (
            f"{count} of the {before} rows of {split} are gone ({count / before:.0%}), from {names}. "
            "Restore them; if they are meant to go, waive this in data/waivers.toml with the reason."
        )
        related = tuple(Place(file.path) for file in worst[1:5])
        yield Finding(
            "row-loss",
            Severity.ERROR,
            worst[0].path,
            None,
            None,
            None,
            text,
            related,
            key=f"{split}\0{count}",
        )


def height(base: Dataset, split: str) -> int:
    """Return how many rows the base has in a split."""
    return sum(base.table(i).frame.height for i in base.indices(split))


def doubled(ctx: Context) -> Iterator[Finding]:
    """Report changed files in which every row, or every key, stands several times."""
    changed = [i for i in ctx.files if i not in ctx.unchanged and ctx.dataset.parts[i].judged]
    for index in changed:
        keys = ctx.keys.filter(pl.col("file") == index)
        times = repeats(keys["cells"]) or repeats(keys["id"])
        if times and keys["new"].any():
            what = "row" if repeats(keys["cells"]) else "id"
            column = None if what == "row" else ctx.columns.id
            again = keys.filter(~(keys["cells"] if what == "row" else keys["id"]).is_first_distinct())
            text = (
                f"Every {what} of the file stands in it {times} times: it was appended to itself, or a "
                "join multiplied the rows. Keep one of each."
            )
            yield Finding(
                "row-loss",
                Severity.ERROR,
                ctx.dataset.parts[index].path,
                again["line"][0],
                column,
                None,
                text,
            )


def repeats(keys: pl.Series) -> int:
    """Return how many times nearly every key occurs, if more than once and always alike; else 0."""
    if keys.null_count() * 2 > len(keys) or len(keys) < LEAST:
        return 0
    frame = nw.from_native(keys.alias("key").to_frame(), eager_only=True).drop_nulls()
    counts = frame.group_by("key").agg(nw.len().alias("times")).group_by("times").agg(nw.len().alias("keys"))
    most = counts.sort("keys", descending=True).rows(named=True)[0]
    enough = most["keys"] >= DOUBLED * sum(counts["keys"].to_list()) and most["keys"] > 1
    return int(most["times"]) if enough and most["times"] > 1 else 0


def rewritten_cells(ctx: Context, settings: Mapping[str, Any]) -> Iterator[Finding | Hits]:
    """Report cells that a program damaged, labels that changed, columns of which much was rewritten, and new ids."""
    found = difference(ctx)
    if found is None or ctx.base is None or not (found.cells.height or found.removed.height):
        return
    cells = located(ctx, found)
    other_ids = list(renumbered(ctx, ctx.base, found, settings))
    yield from other_ids
    cells = cells.filter(~pl.col("_path").is_in([finding.file for finding in other_ids]))
    kind = roundtrip.classify(cells)
    cells = cells.with_columns(kind)
    damaged = [
        group
        for group in groups(cells.filter(kind.is_not_null()), ["_file", "column", "kind"])
        if real(ctx.base, group)
    ]
    for group in damaged:
        yield damage_hits(group)
    known = {(group["_file"][0], group["column"][0]) for group in damaged}
    rows = {file.path: file.tally.after - file.tally.added for file in found.files}
    for group in groups(cells, ["_file", "column"]):
        path, column = group["_path"][0], group["column"][0]
        if column == found.label:
            yield relabelled(group, rows.get(path, 0), serious(ctx.base, cells, group, settings), settings)
        elif (group["_file"][0], column) not in known:
            yield from too_many(group, rows.get(path, 0), settings)


def located(ctx: Context, found: Diff) -> pl.DataFrame:
    """Return the rewritten cells of judged files with ``_file``, the index of the file."""
    places = {part.path: i for i, part in enumerate(ctx.dataset.parts) if part.judged}
    files = pl.DataFrame(
        {"_path": list(places), "_file": list(places.values())},
        schema={"_path": pl.String, "_file": pl.UInt32},
    )
    return found.cells.join(files, on="_path", how="inner", maintain_order="left")


def groups(cells: pl.DataFrame, by: list[str]) -> list[pl.DataFrame]:
    """Return the cells in groups, in the order of the data."""
    return cells.partition_by(by, maintain_order=True) if cells.height else []


def real(base: Dataset, group: pl.DataFrame) -> bool:
    """Tell whether cells with the same kind of change were damaged by a program."""
    column, path = group["column"][0], group["old_path"][0]
    index = next((i for i, part in enumerate(base.parts) if part.path == path), None)
    frame = base.table(index).frame if index is not None else pl.DataFrame()
    before = frame[column] if column in frame.columns else group["old"]
    return roundtrip.systematic(group["kind"][0], group.height, before)


def damage_hits(group: pl.DataFrame) -> Hits:
    """Describe damaged cells of one column in one file."""
    damage = roundtrip.KINDS[group["kind"][0]]
    text = (
        "The cell was {old!r} and is {value!r}: " + f"{damage.text}. {damage.cure} Then restore the column."
    )
    return Hits("rewritten-cells", text, hit_frame(group), group["column"][0], Severity.ERROR)


def serious(
    base: Dataset, cells: pl.DataFrame, group: pl.DataFrame, settings: Mapping[str, Any]
) -> tuple[int, int] | None:
    """Return (relabelled, rows) of the split of some relabelled rows if so many labels changed that it is an error."""
    split, label = group["_split"][0], group["column"][0]
    count = cells.filter((pl.col("_split") == split) & (pl.col("column") == label)).height
    if count < settings["min_relabelled"]:
        return None
    rows = max(height(base, split), count)
    return (count, rows) if count > settings["max_relabelled"] * rows else None


def relabelled(
    group: pl.DataFrame, rows: int, split: tuple[int, int] | None, settings: Mapping[str, Any]
) -> Finding | Hits:
    """Describe the rows of a file whose label changed: one by one, or summed up where they are many."""
    count, rows = group.height, max(rows, group.height)
    path, column = group["_path"][0], group["column"][0]
    if not split and count <= settings["listed"]:
        text = "The label was {old!r} and is {value!r}. Check that the new one is right."
        return Hits("rewritten-cells", text, hit_frame(group), column, Severity.WARNING)
    lines = ", ".join(str(line) for line in group["_line"].head(LINES)) + (" …" if count > LINES else "")
    old, new = (str(group[side][0] or "")[:SHOWN] for side in ("old", "new"))
    text = (
        f"The labels of {count} of the {rows} existing rows of this file changed ({count / rows:.0%}), first {old!r} "
        f"to {new!r}, lines {lines}. "
    )
    if split:
        text += (
            f"In all {split[0]} of the {split[1]} rows of {group['_split'][0]} ({split[0] / split[1]:.0%}). "
        )
    text += "Look at `dataci diff`" + (
        "; restore them, or waive this with the reason." if split else ". Check that the new ones are right."
    )
    severity = Severity.ERROR if split else Severity.WARNING
    return Finding("rewritten-cells", severity, path, group["_line"][0], column, None, text)


def hit_frame(group: pl.DataFrame) -> pl.DataFrame:
    """Return cells as a Hits frame."""
    return group.select(
        file="_file",
        line="_line",
        new=pl.lit(True),
        value=pl.col("new").fill_null("").str.slice(0, SHOWN),
        old=pl.col("old").fill_null("").str.slice(0, SHOWN),
    )


def too_many(group: pl.DataFrame, rows: int, settings: Mapping[str, Any]) -> Iterator[Finding]:
    """Report a column of a file of which a large part was rewritten: above ``max_share`` an error."""
    count, rows = group.height, max(rows, group.height)
    if count < settings["min_cells"] or count <= settings["warn_share"] * rows:
        return
    old, new = (str(group[side][0] or "")[:SHOWN] for side in ("old", "new"))
    severity = Severity.ERROR if count > settings["max_share"] * rows else Severity.WARNING
    text = (
        f"{count} of the {rows} existing cells of this file were rewritten ({count / rows:.0%}), first {old!r} "
        f"to {new!r}. Look at `dataci diff`; restore them, or waive this with the reason."
    )
    path, line = group["_path"][0], group["_line"][0]
    yield Finding("rewritten-cells", severity, path, line, group["column"][0], None, text)


def renumbered(ctx: Context, base: Dataset, found: Diff, settings: Mapping[str, Any]) -> Iterator[Finding]:
    """Report files whose rows got other ids: then nothing can be said about their cells one by one.

    That is so when at least ``SAME`` of the rows that seem rewritten or removed stand in the file under another id.
    """
    lost = pl.concat([found.cells.select("_path", "_row").unique(), found.removed.select("_path", "_row")])
    sizes = dict(lost.group_by("_path").len().iter_rows())
    if max(sizes.values(), default=0) < settings["min_cells"]:
        return
    for group in groups(other_ids(ctx, base), ["_path"]):
        path, count = group["_path"][0], group.height
        if path not in sizes or count < settings["min_cells"] or count < SAME * sizes[path]:
            continue
        first = group.row(0, named=True)
        text = (
            f"The ids of {count} rows changed while the rows stayed the same, first {first['was'][:SHOWN]!r} to "
            f"{first['id'][:SHOWN]!r}: an id names one row for ever. Restore them."
        )
        id_column = ctx.columns.id
        yield Finding("rewritten-cells", Severity.ERROR, path, first["_line"], id_column, first["id"], text)


def other_ids(ctx: Context, base: Dataset) -> pl.DataFrame:
    """Return rows of changed files (``_path``, ``_line``, ``id``) that the base has once under another id (``was``)."""
    id_column = ctx.columns.id
    kept = {(part.path, part.blob) for part in base.parts} & {(p.path, p.blob) for p in ctx.dataset.parts}
    frames = []
    for side in (base, ctx.dataset):
        changed = [i for i, p in enumerate(side.parts) if p.judged and (p.path, p.blob) not in kept]
        frames.append(diff.rows(side, changed))
    old, new = frames
    shared = set(old.columns) & set(new.columns)
    names = sorted(shared - {id_column, "_path", "_split", "_line"})
    if id_column is None or id_column not in shared or not names:
        return pl.DataFrame(schema={"_path": pl.String})
    content = [side.select(names).hash_rows().alias("content") for side in frames]
    sides = [
        side.select("_path", "_line", id=pl.col(id_column).replace("", None))
        .with_columns(cells)
        .filter(cells.is_unique())
        for side, cells in zip(frames, content, strict=True)
    ]
    was = sides[0].select("content", was="id")
    pairs = sides[1].join(was, on="content", how="inner", maintain_order="left")
    return pairs.filter(pl.col("id") != pl.col("was"))


CHECKS = (
    Check(
        "row-loss",
        row_loss,
        "A file was emptied, doubled or replaced, or a split lost many rows.",
        settings={"max_share": 0.1, "replaced": 0.9, "min_rows": 10},
        needs_base=True,
    ),
    Check(
        "rewritten-cells",
        rewritten_cells,
        "Existing cells, labels or ids were rewritten, as a spreadsheet or a data frame does it, or many of a column.",
        settings={
            "max_share": 0.1,
            "warn_share": 0.01,
            "min_cells": 10,
            "max_relabelled": 0.05,
            "min_relabelled": 20,
            "listed": 20,
        },
        needs_base=True,
    ),
)

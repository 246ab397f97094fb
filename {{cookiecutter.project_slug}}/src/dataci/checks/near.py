"""Near-duplicate rows: which rows have nearly the same text, within a split or across splits."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import polars as pl

from dataci import keys, similarity
from dataci.checks.check import Context
from dataci.dataset import BUGS, TEST, TRAIN, Dataset
from dataci.errors import CannotRun

BANDS = [f"b{band}" for band in range(similarity.BANDS)]
SHOWN = 160  # characters of a partner that a message quotes
Signatures = np.ndarray[tuple[int, int], np.dtype[np.uint32]]


def near_pairs(ctx: Context, threshold: float, apart: bool) -> pl.DataFrame:
    """Return a Hits frame with ``related_*`` and ``similarity``: rows whose text is nearly that of another one.

    Within one split, or with ``apart`` across splits between which nothing may leak. Each row is reported once, with
    the row most like it; in a pair the row that is new is the one reported. Rows equal in every cell of their input are
    left to the exact checks. In the hook only pairs with a new row are searched for.
    """
    if not 0 < threshold <= 1:
        raise CannotRun(
            f"dataci.toml: a threshold of near-duplicates is {threshold}; it lies above 0 and up to 1."
        )
    if not ctx.keys.height or not ctx.columns.text:
        return empty()
    rows, signatures, texts = sought(ctx)
    new = rows["new"].to_numpy() if ctx.quick and ctx.base else None
    if apart:
        found = similarity.pairs(texts, signatures, threshold, new, sides(rows))
    else:
        found = within(texts, signatures, threshold, new, rows["split"].to_physical().to_numpy())
    return with_other(ctx, report(found, rows, apart))


def with_other(ctx: Context, hits: pl.DataFrame) -> pl.DataFrame:
    """Add as ``other`` what the partner says, so that a person can judge the pair without opening a file."""
    if not hits.height:
        return hits.with_columns(pl.lit("").alias("other"))
    rows = ctx.dataset.rows_of(sorted(hits["related_file"].unique()))
    words = pl.concat_str(
        [name for name in ctx.columns.text if name in rows.columns], separator=" / ", ignore_nulls=True
    )
    said = rows.select(related_file="_file", related_line="_line", other=words.str.slice(0, SHOWN))
    return hits.join(said, on=["related_file", "related_line"], how="left", maintain_order="left")


@lru_cache(maxsize=1)
def sought(ctx: Context) -> tuple[pl.DataFrame, Signatures, pl.Series]:
    """Return the keys, signatures and texts of the rows that may be in a pair: in the hook few, else all."""
    rows = ctx.keys
    base = ctx.base if ctx.quick else None
    signatures = np.concatenate(
        [part_signatures(ctx.dataset, index, base) for index in ctx.dataset.indices()]
    )
    reachable = similarity.reachable(signatures, rows["new"].to_numpy() if base else None)
    if base is None:
        return rows, signatures, wanted_texts(ctx, rows, reachable)
    rows = rows[reachable]
    return rows, signatures[reachable], texts_of(ctx, rows)


def texts_of(ctx: Context, rows: pl.DataFrame) -> pl.Series:
    """Return the normalised text of each of some rows, in the order of their files and lines."""
    pieces = [pl.Series("text", [], dtype=pl.String)]
    for part in rows.partition_by("file", maintain_order=True):
        frame = ctx.dataset.table(part["file"][0]).frame[part["row"]]
        words = keys.row_text(frame, ctx.columns)
        nobody = pl.repeat("", part.height, dtype=pl.String, eager=True)
        pieces.append((nobody if words is None else words).alias("text"))
    return pl.concat(pieces)


def part_signatures(dataset: Dataset, index: int, base: Dataset | None = None) -> Signatures:
    """Return the signatures of a file's rows (n, BANDS), from the cache where it has them.

    With ``base``, rows that the file already had there are not signed again.
    """
    if index in dataset.renamed:
        return signed(dataset.table(index).frame, dataset)
    found = dataset.cache.get(*entry(dataset, index))
    if found is not None:
        return found.to_numpy()
    before = [i for i, p in enumerate(base.parts) if p.path == dataset.parts[index].path] if base else []
    old = base.cache.get(*entry(base, before[0])) if base and before else None
    if base is None or old is None:
        signatures = signed(dataset.table(index).frame, dataset)
    else:
        signatures = resigned(dataset, index, keys.part_keys(base, before[0])["cells"], old.to_numpy())
    frame = pl.DataFrame(signatures, schema=dict.fromkeys(BANDS, pl.UInt32))
    dataset.cache.put(frame, *entry(dataset, index))
    return signatures


def entry(dataset: Dataset, index: int) -> tuple[str, ...]:
    """Return the cache's key for the signatures of a file."""
    part, columns = dataset.parts[index], dataset.config.columns
    return ("signatures", str(similarity.VERSION), part.blob, part.path.rpartition(".")[2], repr(columns))


def signed(frame: pl.DataFrame, dataset: Dataset) -> Signatures:
    """Return the signatures of some rows; all zero, which is like nothing, where a text column is absent."""
    texts = keys.row_text(frame, dataset.config.columns)
    if texts is None:
        return np.zeros((frame.height, similarity.BANDS), dtype=np.uint32)
    return similarity.signatures(texts)


def resigned(dataset: Dataset, index: int, cells: pl.Series, old: Signatures) -> Signatures:
    """Return the signatures of an edited file: those of rows with cells that it had (``cells``, ``old``) are taken."""
    known = pl.DataFrame({"cells": cells}).with_row_index("at").unique("cells", keep="any")
    mine = (
        keys.part_keys(dataset, index)
        .select("cells")
        .join(known, on="cells", how="left", maintain_order="left")
    )
    fresh = mine["at"].is_null()
    signatures = np.ascontiguousarray(old[mine["at"].fill_null(0).to_numpy()])
    if fresh.any():
        signatures[fresh.to_numpy()] = signed(dataset.table(index).frame.filter(fresh), dataset)
    return signatures


def sides(rows: pl.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return a code a row; rows with equal codes may share what they like. Bugs belong to the test set."""
    names = rows["split"].cast(pl.String)
    test = (names == TEST) | names.str.starts_with(BUGS + "/")
    others = rows["split"].to_physical().cast(pl.Int64) + 2
    return (
        pl.select(pl.when(names == TRAIN).then(0).when(test).then(1).otherwise(others)).to_series().to_numpy()
    )


def wanted_texts(
    ctx: Context, rows: pl.DataFrame, reachable: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> pl.Series:
    """Return the normalised text of each row, "" where nobody will look: only files with a candidate are read."""
    needed = set(rows["file"].gather(reachable).unique().to_list())
    heights = dict(rows.group_by("file").len().iter_rows())
    pieces = []
    for index in ctx.dataset.indices():
        words = keys.row_text(ctx.dataset.table(index).frame, ctx.columns) if index in needed else None
        nobody = pl.repeat("", heights.get(index, 0), dtype=pl.String, eager=True)
        pieces.append((nobody if words is None else words).alias("text"))
    return pl.concat(pieces)


def within(
    texts: pl.Series,
    signatures: np.ndarray[tuple[int, int], np.dtype[np.uint32]],
    threshold: float,
    new: np.ndarray[tuple[int], np.dtype[np.bool_]] | None,
    split: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> pl.DataFrame:
    """Search each split by itself."""
    found = [pl.DataFrame(schema={"left": pl.UInt32, "right": pl.UInt32, "similarity": pl.Float32})]
    for code in np.unique(split):
        index = np.flatnonzero(split == code)
        pairs = similarity.pairs(
            texts.gather(index), signatures[index], threshold, None if new is None else new[index]
        )
        found.append(
            pairs.with_columns(
                pl.Series("left", index[pairs["left"]], pl.UInt32),
                pl.Series("right", index[pairs["right"]], pl.UInt32),
            )
        )
    return pl.concat(found)


def report(found: pl.DataFrame, rows: pl.DataFrame, apart: bool) -> pl.DataFrame:
    """Turn pairs of row numbers into a Hits frame, each reported row once with its best partner."""
    facts = rows.select(
        "file", "line", "new", "input", "label", test=pl.col("split").cast(pl.String) != TRAIN
    )
    sides_ = [facts[found[side]].select(pl.all().name.prefix(f"{side}_")) for side in ("left", "right")]
    pairs = pl.concat([found, *sides_], how="horizontal").filter(
        pl.col("left_input") != pl.col("right_input")
    )
    # The finding stands at the new row; where both or none are new, at the test row, else at the later one.
    by_side = pl.when(pl.col("left_test") != pl.col("right_test")).then("left_test").otherwise(False)
    by_age = pl.when(pl.col("left_new") != pl.col("right_new")).then("left_new")
    here, there = picks(by_age.otherwise(by_side if apart else False))
    placed = pairs.select(
        file=here("file"),
        line=here("line"),
        new=pl.col("left_new") | pl.col("right_new"),
        related_file=there("file"),
        related_line=there("line"),
        similarity=pl.col("similarity").cast(pl.Float64).round(2),
        agree=pl.col("left_label").eq_missing(pl.col("right_label")),
    )
    best = placed.sort("similarity", descending=True, maintain_order=True)
    return best.unique(["file", "line"], keep="first", maintain_order=True).sort("file", "line")


def picks(at_left: pl.Expr) -> tuple[Callable[[str], pl.Expr], Callable[[str], pl.Expr]]:
    """Return how to take a fact of the row that is reported, and of its partner."""

    def here(name: str) -> pl.Expr:
        return pl.when(at_left).then(f"left_{name}").otherwise(f"right_{name}")

    def there(name: str) -> pl.Expr:
        return pl.when(at_left).then(f"right_{name}").otherwise(f"left_{name}")

    return here, there


def empty() -> pl.DataFrame:
    """Return a frame without hits."""
    places = dict.fromkeys(("file", "line", "related_file", "related_line"), pl.UInt32)
    flags = dict.fromkeys(("new", "agree"), pl.Boolean)
    return pl.DataFrame(schema={**places, **flags, "similarity": pl.Float64, "other": pl.String})

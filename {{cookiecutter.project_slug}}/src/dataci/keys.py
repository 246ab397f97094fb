"""Keys of rows: 64-bit hashes by which rows are grouped, joined and counted without touching their text again.

Per-batch part: `file_keys` makes the keys of one file; they depend on nothing but its bytes and the roles of the
columns, so they are cached by blob id. What is done with them (who is a duplicate, who leaks) is relational and
lives with the checks.
"""

from __future__ import annotations

import polars as pl

from dataci import text
from dataci.config import Columns
from dataci.dataset import Dataset
from dataci.formats import Table

VERSION = "1"  # to be raised when the same bytes get other keys
SEED = 20_26
HASHES = ("id", "cells", "input", "features", "norm", "label", "group")
SCHEMA = {"line": pl.UInt32, **dict.fromkeys(HASHES, pl.UInt64)}


def file_keys(table: Table, columns: Columns, missing: tuple[str, ...]) -> pl.DataFrame:
    """Return one line a row of ``table``: ``line`` (UInt32) and hashes (UInt64; null where the value is missing).

    ``cells``: the whole row. ``input``: what makes two rows the same example: the model's inputs where there is text,
    else every column but the id. ``features``: the model's inputs alone. ``norm``: the texts after normalisation, blind
    to the order of a symmetric pair (null for tables). ``id``, ``label``, ``group``: those columns.
    """
    frame = table.frame
    if not frame.width or not frame.height:
        return pl.DataFrame(schema=SCHEMA)
    present = [name for name in columns.inputs if name in frame.columns]
    every = [name for name in sorted(frame.columns) if name != columns.id]
    features = digest(present, columns, missing) if present else digest(every, columns, missing)
    single = {role: one(frame, getattr(columns, role), missing) for role in ("id", "label", "group")}
    keys = frame.select(
        cells=pl.struct(sorted(frame.columns)).hash(SEED),
        input=features if columns.text else digest(every, columns, missing),
        features=features,
        **single,
    )
    return keys.with_columns(table.lines.alias("line"), normalised(frame, columns, missing)).select(*SCHEMA)


def digest(names: list[str], columns: Columns, missing: tuple[str, ...]) -> pl.Expr:
    """Return the hash of some cells taken together; null when all of them are missing."""
    pair = columns.symmetric and len(columns.text) == 2 and set(columns.text) <= set(names)
    if pair:
        left, right = (pl.col(name) for name in columns.text)
        rest = [name for name in names if name not in columns.text]
        cells = [
            pl.min_horizontal(left, right).alias("_a"),
            pl.max_horizontal(left, right).alias("_b"),
            *rest,
        ]
    else:
        cells = list(names)
    return pl.when(pl.any_horizontal(has_value(name, missing) for name in names)).then(
        pl.struct(cells).hash(SEED)
    )


def one(frame: pl.DataFrame, name: str | None, missing: tuple[str, ...]) -> pl.Expr:
    """Return the hash of one column; null where it is missing or there is no such column."""
    if name is None or name not in frame.columns:
        return pl.lit(None, dtype=pl.UInt64)
    return pl.when(has_value(name, missing)).then(pl.col(name).hash(SEED))


def has_value(name: str, missing: tuple[str, ...]) -> pl.Expr:
    """Tell where a cell has a value: it is neither null, nor empty, nor one of the words for "missing"."""
    column = pl.col(name)
    return column.is_not_null() & ~column.is_in(["", *missing])


def normalised(frame: pl.DataFrame, columns: Columns, missing: tuple[str, ...]) -> pl.Series:
    """Return the hash of each row's texts after normalisation; null where nothing is left of them."""
    words = row_text(frame, columns)
    if words is None:
        return pl.Series("norm", [None] * frame.height, dtype=pl.UInt64)
    empty = words.str.strip_chars("\x1f ") == ""
    return pl.select(pl.when(~empty).then(words.hash(SEED)).alias("norm")).to_series()


def row_text(frame: pl.DataFrame, columns: Columns) -> pl.Series | None:
    """Return the normalised text that stands for each row; None where no column of the frame has a text."""
    texts = [name for name in columns.text if name in frame.columns]
    if not texts or len(texts) < len(columns.text):
        return None
    left = frame[texts[0]].fill_null("")
    right = frame[texts[1]].fill_null("") if len(texts) == 2 else None
    return text.pair_text(left, right, columns.symmetric)


def part_keys(dataset: Dataset, index: int) -> pl.DataFrame:
    """Return the keys of ``dataset.parts[index]``, from the cache where it has them."""
    part, columns, missing = dataset.parts[index], dataset.config.columns, dataset.config.missing
    if index in dataset.renamed:
        return file_keys(dataset.table(index), columns, missing)
    name = ("keys", VERSION, part.blob, part.path.rpartition(".")[2], repr(columns), repr(missing))
    found = dataset.cache.get(*name)
    if found is None:
        found = file_keys(dataset.table(index), columns, missing)
        dataset.cache.put(found, *name)
    return found


def of(dataset: Dataset) -> pl.DataFrame:
    """Return the keys of every judged row: ``file``, ``row`` (UInt32), ``split`` (Enum) and those of SCHEMA."""
    names = pl.Enum(dataset.splits())
    indices = dataset.indices()
    frames = [part_keys(dataset, index) for index in indices]
    place = pl.DataFrame(
        {
            "file": pl.Series(indices, dtype=pl.UInt32),
            "split": pl.Series([dataset.parts[index].split for index in indices], dtype=names),
            "row": pl.Series([frame.height for frame in frames], dtype=pl.UInt32),
        }
    ).select("file", pl.int_ranges(pl.col("row"), dtype=pl.UInt32).alias("row"), "split")
    rows = pl.concat([pl.DataFrame(schema=SCHEMA), *frames])
    place = place.explode("row", empty_as_null=False)
    return pl.concat([place, rows.select(*SCHEMA)], how="horizontal")


def new_rows(keys: pl.DataFrame, dataset: Dataset, base: Dataset | None) -> pl.Series:
    """Tell which rows the base does not have (Boolean, aligned with ``keys``); without a base every row is new.

    A row is old when the base has the same cells in the same split, counted with multiplicity: a third copy of a row
    that the base has twice is new, a row that moved within its split is not.
    """
    if base is None:
        return pl.repeat(True, keys.height, eager=True, dtype=pl.Boolean).alias("new")
    before = {(p.path, p.blob) for p in base.parts}
    same = {i for i, p in enumerate(dataset.parts) if (p.path, p.blob) in before}
    kept = {dataset.parts[i].path for i in same}
    gone = [i for i in base.indices() if base.parts[i].path not in kept]
    touched = ~keys["file"].is_in(list(same))
    if not gone or not touched.any():
        return touched.alias("new")
    old = pl.concat([part_keys(base, i).select("cells", split=pl.lit(base.parts[i].split)) for i in gone])
    by = ("split", "cells")
    old = old.group_by(by).len("had")
    mine = keys.lazy().select(pl.col("split").cast(pl.String), "cells", touched=touched).with_row_index()
    mine = mine.filter("touched").with_columns(nth=pl.int_range(pl.len()).over(by))
    found = (
        mine.join(old.lazy(), on=by, how="left")
        .filter(pl.col("nth") >= pl.col("had").fill_null(0))
        .select("index")
        .collect()
    )
    return pl.int_range(keys.height, eager=True).is_in(found["index"].to_list()).alias("new")

"""Duplicates: an id twice, a row twice, nearly the same text twice, and the same input with two labels.

The relational parts work on keys alone and are narwhals expressions, so that they run on another engine as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import narwhals as nw
import polars as pl

from dataci.checks.check import Check, Context
from dataci.checks.near import near_pairs
from dataci.config import REGRESSION
from dataci.dataset import TRAIN
from dataci.finding import Hits, Severity

PLACE = ("file", "line")


def concerned(ctx: Context, by: list[str]) -> pl.DataFrame:
    """Return the keys of the rows to group; in the hook only groups (equal ``by``) with a new row: no other fails."""
    if not (ctx.quick and ctx.base):
        return ctx.keys
    news = ctx.keys.filter("new").select(by).unique()
    return ctx.keys.join(news, on=by, how="semi", maintain_order="left")


def ordered(keys: pl.DataFrame) -> pl.DataFrame:
    """Number the rows so that those of the base come first: what repeats is then the row that the change adds."""
    mixed = not keys["new"].all() and keys["new"].any()
    return (keys.sort("new", maintain_order=True) if mixed else keys).with_row_index("order")


def repeats(keys: nw.DataFrame[Any], by: list[str]) -> nw.DataFrame[Any]:
    """Return the rows that repeat an earlier one (equal ``by``, no null), with the first's place as ``related_*``."""
    whole = keys.select(*by, "order", *PLACE, "new").filter(complete(by))
    first = whole.group_by(by).agg(nw.col("order").min().alias("first"), nw.len().alias("size"))
    members = whole.join(first.filter(nw.col("size") > 1), on=by, how="inner")
    again = members.filter(nw.col("order") != nw.col("first"))
    return again.join(places(members), on="first", how="left")


def conflicting(keys: nw.DataFrame[Any], by: list[str]) -> nw.DataFrame[Any]:
    """Return the last row of each group (equal ``by``) that has two labels; ``related_*``: one labelled otherwise."""
    whole = keys.select(*by, "order", *PLACE, "new", "label").filter(complete([*by, "label"]))
    groups = whole.group_by(by).agg(
        nw.col("order").max().alias("last"),
        nw.col("label").min().alias("low"),
        nw.col("label").max().alias("high"),
        nw.col("new").max().alias("any_new"),
    )
    members = whole.join(groups.filter(nw.col("low") != nw.col("high")), on=by, how="inner")
    last = members.filter(nw.col("order") == nw.col("last"))
    others = members.join(last.select(*by, nw.col("label").alias("last_label")), on=by, how="inner")
    others = others.filter(nw.col("label") != nw.col("last_label"))
    first = others.group_by(by).agg(nw.col("order").min().alias("first"))
    found = last.join(first, on=by, how="inner").join(places(others), on="first", how="left")
    return found.select(*by, *PLACE, nw.col("any_new").alias("new"), "related_file", "related_line")


def complete(names: list[str]) -> nw.Expr:
    """Tell which rows have all of these keys."""
    return ~nw.any_horizontal(nw.col(*names).is_null(), ignore_nulls=True)


def places(members: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
    """Return where each row stands, to be joined to the number of the ``first`` row of its group."""
    return members.select(
        nw.col("order").alias("first"), related_file=nw.col("file"), related_line=nw.col("line")
    )


def native(frame: nw.DataFrame[Any]) -> pl.DataFrame:
    """Return a narwhals result as the Polars frame that Hits takes."""
    found: pl.DataFrame = nw.to_native(frame)
    return found.sort("file", "line")


def duplicate_id(ctx: Context, settings: Mapping[str, Any]) -> Iterator[Hits]:
    """Report rows whose id another row has, in whatever file and split."""
    name = ctx.columns.id
    if name is None:
        return
    again = native(repeats(nw.from_native(ordered(concerned(ctx, ["id"])), eager_only=True), ["id"]))
    message = "The id stands in {related} as well. An id names one row: give this one a new id, or remove it."
    yield Hits("duplicate-id", message, with_value(ctx, again, name), name)


def with_value(ctx: Context, hits: pl.DataFrame, name: str) -> pl.DataFrame:
    """Add the cell of a column as ``value``; only the files that have hits are read."""
    if not hits.height:
        return hits
    rows = ctx.dataset.rows_of(sorted(hits["file"].unique()))
    if name not in rows.columns:
        return hits
    cells = rows.select(
        pl.col("_file").alias("file"), pl.col("_line").alias("line"), pl.col(name).alias("value")
    )
    return hits.join(cells, on=["file", "line"], how="left", maintain_order="left")


def duplicate_row(ctx: Context, settings: Mapping[str, Any]) -> Iterator[Hits]:
    """Report rows whose input (see keys.file_keys) stands earlier in the same split."""
    by = ["split", "input"]
    again = native(repeats(nw.from_native(ordered(concerned(ctx, by)), eager_only=True), by))
    if by_chance(ctx):
        message = (
            "The same row stands in {related} as well. Rows of this table repeat by themselves, so it may be chance; "
            "remove it if it is a copy."
        )
        yield Hits("duplicate-row", message, again, severity=Severity.WARNING)
        return
    what = "The same text" if ctx.columns.text else "The same row"
    message = what + " stands in {related} as well. Remove one: a row that counts twice weighs twice."
    yield Hits("duplicate-row", message, again)


def by_chance(ctx: Context) -> bool:
    """Tell whether equal rows prove nothing: a table whose rows repeat by themselves, in the base or without one."""
    if ctx.columns.text:
        return False
    rows = ctx.keys.filter(~pl.col("new")) if ctx.base else ctx.keys
    inputs = rows.filter(pl.col("split").cast(pl.String) == TRAIN)["input"].drop_nulls()
    return inputs.n_unique() < inputs.len()


def conflicting_label(ctx: Context, settings: Mapping[str, Any]) -> Iterator[Hits]:
    """Report inputs with two labels in one split, one finding a group; a warning if equal only after normalisation."""
    if ctx.columns.label is None:
        return
    by = ["split", "features"]
    keys = ordered(concerned(ctx, by))
    exact = native(conflicting(nw.from_native(keys, eager_only=True), by))
    message = "The same input has another label in {related}. Decide which is right, and remove or relabel the other."
    # Coarse features repeat with both labels in honest tables, and two measurements of one thing differ.
    strict = ctx.columns.text and ctx.dataset.config.task != REGRESSION
    weight = None if strict else Severity.WARNING
    yield Hits("conflicting-label", message, exact, ctx.columns.label, weight)
    keys = ordered(concerned(ctx, ["split", "norm"]))
    inside = native(conflicting(nw.from_native(keys, eager_only=True), by)) if ctx.quick else exact
    known = keys.join(inside, on=by, how="semi")["norm"].unique()
    loose = native(conflicting(nw.from_native(keys, eager_only=True), ["split", "norm"]))
    message = (
        "But for case, punctuation or spaces, the same text has another label in {related}. "
        "Decide which is right."
    )
    yield Hits(
        "conflicting-label",
        message,
        loose.filter(~pl.col("norm").is_in(known.implode())),
        ctx.columns.label,
        Severity.WARNING,
    )


def near_duplicate(ctx: Context, settings: Mapping[str, Any]) -> Iterator[Hits]:
    """Report rows whose text is nearly that of another row in the same split."""
    found = near_pairs(ctx, float(settings["threshold"]), apart=False)
    message = (
        "The text is nearly that of {related} (similarity {similarity}): {other!r}. Keep one, unless both are "
        "meant."
    )
    yield Hits("near-duplicate", message, found)


CHECKS = (
    Check("duplicate-id", duplicate_id, "Two rows have the same id."),
    Check(
        "duplicate-row",
        duplicate_row,
        "Two rows of a split have the same input (for tables: are equal but for the id).",
    ),
    Check("conflicting-label", conflicting_label, "The same input has two labels."),
    Check(
        "near-duplicate",
        near_duplicate,
        "Two texts of a split are nearly the same.",
        Severity.WARNING,
        {"threshold": 0.8},
    ),
)

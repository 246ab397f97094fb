"""Leakage: what stands in train must not stand in the test set or in a model bug, in any disguise.

Relational parts work on keys alone, in narwhals expressions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import narwhals as nw
import polars as pl

from dataci.casting import cast, present
from dataci.checks.check import Check, Context, at
from dataci.checks.duplicates import PLACE, by_chance, concerned, native, ordered, places
from dataci.checks.near import near_pairs, sides
from dataci.config import REGRESSION
from dataci.dataset import TEST, TRAIN
from dataci.finding import Finding, Hits, Severity


def crossing(keys: nw.DataFrame[Any], by: str) -> nw.DataFrame[Any]:
    """Return the rows that have a partner on another side (equal ``by``), with that partner's place as ``related_*``.

    ``keys`` has ``side`` (0: train) and ``order``. Rows outside train are reported; a train row only where it is new
    and its partner is not, because that is the row that the change brings in.
    """
    whole = keys.select(by, "side", "order", *PLACE, "new").filter(~nw.col(by).is_null())
    spans = whole.group_by(by).agg(nw.col("side").min().alias("low"), nw.col("side").max().alias("high"))
    shared = whole.join(spans.filter(nw.col("low") != nw.col("high")), on=by, how="inner")
    edges = shared.group_by(by, "side").agg(
        nw.col("order").min().alias("first"), nw.col("new").min().alias("all_new")
    )
    # For every row one partner from the lowest other side: train, for rows of the test set.
    pairs = shared.join(edges.rename({"side": "other"}), on=by, how="inner").filter(
        nw.col("side") != nw.col("other")
    )
    nearest = pairs.group_by("order").agg(nw.col("other").min().alias("other"))
    pairs = pairs.join(nearest, on=["order", "other"], how="inner")
    pairs = pairs.join(places(shared), on="first", how="left")
    old_partner = ~nw.col("all_new")
    outside, inside = nw.col("side") > 0, nw.col("side") == 0
    return pairs.filter((outside & (nw.col("new") | old_partner)) | (inside & nw.col("new") & old_partner))


def leaks(ctx: Context, by: str) -> pl.DataFrame:
    """Return the Hits frame of rows that leak by a key."""
    rows = concerned(ctx, [by])
    rows = ordered(rows.with_columns(side=sides(rows)))
    return native(crossing(nw.from_native(rows, eager_only=True), by))


def split_leak(ctx: Context, settings: Mapping[str, Any]) -> Iterator[Hits]:
    """Report rows outside train whose input stands in train."""
    message = (
        "The same input stands in {related}, in another split, so the test result would be too "
        "good. Remove one of them."
    )
    weight = None
    if by_chance(ctx):
        weight = Severity.WARNING
        message = (
            "The same row stands in {related}, in another split. Rows of this table repeat by themselves, so it may be "
            "chance; remove it if it is a copy."
        )
    yield Hits("split-leak", message, leaks(ctx, "input"), severity=weight)


def near_split_leak(ctx: Context, settings: Mapping[str, Any]) -> Iterator[Hits]:
    """Report rows outside train whose text is nearly that of a train row.

    An error where the texts are so alike that one is the other with a typo (``serious``) and their labels agree; else
    a warning: texts that differ in the one word that matters are honest examples.
    """
    found = near_pairs(ctx, float(settings["threshold"]), apart=True)
    message = (
        "Nearly the same text stands in {related}, in another split (similarity {similarity}): {other!r}. "
        "Remove one, unless they mean something else."
    )
    serious = pl.col("agree") & (pl.col("similarity") >= settings["serious"])
    yield Hits("near-split-leak", message, found.filter(serious))
    yield Hits("near-split-leak", message, found.filter(~serious), severity=Severity.WARNING)


def group_leak(ctx: Context, settings: Mapping[str, Any]) -> Iterator[Hits]:
    """Report rows outside train whose group has rows in train."""
    name = ctx.columns.group
    if name is None:
        return
    message = (
        "The group of this row also has rows in another split ({related}). Move the whole group to one side."
    )
    yield Hits("group-leak", message, leaks(ctx, "group"), name)


def target_leak(ctx: Context, settings: Mapping[str, Any]) -> Iterator[Finding]:
    """Report an input column that equals the label, or stands for it value by value."""
    label = ctx.columns.label
    rows = ctx.split_rows(TRAIN)
    if label is None or label not in rows.columns or rows.height < settings["min_rows"]:
        return
    missing = ctx.dataset.config.missing
    known = present(rows, label, missing)
    if known.n_unique() < 2:
        return
    named = set(ctx.columns.named) - set(ctx.columns.inputs)
    for name in (c for c in rows.columns if not c.startswith("_") and c not in named):
        cells = present(rows, name, missing)
        if ctx.dataset.config.task == REGRESSION:
            found = is_copy(cells, known)
        else:
            found = is_target(cells, known, rows.height, float(settings["max_distinct_share"]))
        if found:
            message = (
                f"The column tells the label {label!r} in every row, so the model would be given the answer. "
                "Remove it, or take it out of the inputs in dataci.toml."
            )
            severity = Severity.ERROR if name in ctx.columns.inputs else Severity.WARNING
            yield Finding("target-leak", severity, None, None, name, None, message, key=name)


def is_target(cells: pl.Series, label: pl.Series, height: int, max_distinct_share: float) -> bool:
    """Tell whether each of few values goes with one label only (an id tells the label too, but teaches nothing)."""
    distinct = cells.n_unique()
    if (
        distinct < 2
        or distinct > max(label.n_unique() * 2, height * max_distinct_share)
        or cells.null_count() > height // 2
    ):
        return False
    pairs = pl.DataFrame({"cell": cells, "label": label}).drop_nulls()
    return pairs.n_unique() == pairs["cell"].n_unique()


def is_copy(cells: pl.Series, label: pl.Series) -> bool:
    """Tell whether a column of numbers is a numeric label in another unit: each value goes with one label, in the order
    of the labels or against it.
    """
    numbers = [series.str.strip_chars().cast(pl.Float64, strict=False) for series in (cells, label)]
    pairs = pl.DataFrame({"cell": numbers[0], "label": numbers[1]}).drop_nulls()
    if pairs.height * 2 < len(label) or pairs["label"].n_unique() < 3:
        return False
    pairs = pairs.unique().sort("cell")
    if pairs["cell"].n_unique() < pairs.height or pairs["label"].n_unique() < pairs.height:
        return False
    return pairs["label"].is_sorted() or pairs["label"].is_sorted(descending=True)


def time_leak(ctx: Context, settings: Mapping[str, Any]) -> Iterator[Hits]:
    """Report train rows from the time of the test set; files with rows younger than all of it are told once."""
    name = ctx.columns.time
    test, rows = ctx.dataset.rows(TEST), ctx.split_rows(TRAIN)
    if name is None or name not in test.columns or name not in rows.columns:
        return
    times = moments(ctx, test, name)
    begin, end = times.min(), times.max()
    if begin is None:
        return
    rows = rows.with_columns(moments(ctx, rows, name).alias("_when"))
    message = (
        f"The row is from the time of the test set, which begins at {day(begin)}: train would know what it is tested "
        "on. Move it or its test rows."
    )
    during = rows.filter(pl.col("_when").is_between(begin, end))
    yield Hits("time-leak", message, at(during, pl.col(name).alias("value")), name)
    message = (
        "{rows} new rows are younger than the whole test set, which ends at "
        f"{day(end)}: results say nothing about that time. Add rows of it to the test set."
    )
    late = rows.filter((pl.col("_when") > end) & pl.col("_new")).group_by("_file", maintain_order=True)
    first = late.agg(pl.col("_line").first(), pl.col("_new").first(), pl.len().alias("rows"))
    yield Hits("time-leak", message, at(first, "rows"), name, Severity.WARNING)


def day(moment: object) -> str:
    """Return a moment as text, without a midnight that nobody wrote."""
    return str(moment).removesuffix(" 00:00:00")


def moments(ctx: Context, rows: pl.DataFrame, name: str) -> pl.Series:
    """Return a time column as timestamps; whole numbers (years, epochs) as they are."""
    cells = present(rows, name, ctx.dataset.config.missing)
    found = cast(cells, pl.Datetime("us"))
    return found if found.null_count() < max(1, cells.len()) else cast(cells, pl.Int64())


CHECKS = (
    Check("split-leak", split_leak, "A test row, or a pattern of a bug, has the same input as a train row."),
    Check(
        "near-split-leak",
        near_split_leak,
        "A test row is nearly the same as a train row.",
        settings={"threshold": 0.8, "serious": 0.9},
    ),
    Check("group-leak", group_leak, "A group has rows in two splits."),
    Check(
        "target-leak",
        target_leak,
        "A column equals the label.",
        settings={"min_rows": 20, "max_distinct_share": 0.1},
        quick=False,
    ),
    Check("time-leak", time_leak, "A train row is younger than the test set.", quick=False),
)

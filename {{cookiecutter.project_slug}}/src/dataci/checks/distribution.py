"""How the values are distributed: label balance, missing values, ranges, categories; drift is in its own module."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import polars as pl

from dataci import profile
from dataci.checks.check import Check, Context, at
from dataci.checks.drift import base_rows, drift, is_number, splits
from dataci.config import REGRESSION
from dataci.dataset import TEST, TRAIN
from dataci.finding import Finding, Hits, Severity

SHOWN = 5  # names that a message lists


def user(rows: pl.DataFrame) -> list[str]:
    """Return the names of the user's columns."""
    return [name for name in rows.columns if name not in ("_file", "_line", "_row", "_new")]


def quoted(values: Iterable[object]) -> str:
    """Return the first few values for a message."""
    shown = [repr(str(value)) for value in values]
    return ", ".join(shown[:SHOWN]) + (f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else "")


# ---- label balance


def label_balance(ctx: Context, settings: Mapping[str, Any]) -> Iterator[Finding]:
    """Compare the share of each label with the bounds, and the labels of train and test with each other."""
    label, missing = ctx.columns.label, ctx.dataset.config.missing
    by_split: dict[str, dict[str, int]] = {}
    for split in splits(ctx):
        rows = ctx.split_rows(split)
        if label and label in rows.columns and not is_number(ctx, rows[label]):
            by_split[split] = profile.counts(rows[label], missing)
    for split, counts in by_split.items():
        if sum(counts.values()) >= settings["min_rows"]:
            yield from out_of_bounds(str(label), split, counts, settings)
    if by_split.get(TRAIN) and by_split.get(TEST):
        yield from uncovered(str(label), by_split[TRAIN], by_split[TEST])


def out_of_bounds(
    label: str, split: str, counts: dict[str, int], settings: Mapping[str, Any]
) -> Iterator[Finding]:
    """Report labels that are too frequent or too rare."""
    total = sum(counts.values())
    for value, count in counts.items():
        share = count / total
        if settings["min"] <= share <= settings["max"]:
            continue
        what = f"{count} of {total} rows of {split} ({share:.1%}) have the label {value!r}"
        if share > settings["max"]:
            text = f"{what}; at most {settings['max']:.0%} may. A model needs rows of other labels, too."
        else:
            text = f"{what}; at least {settings['min']:.1%} should. Add such rows, or lower min."
        yield Finding(
            "label-balance", Severity.ERROR, None, None, label, value, text, key=f"{split}\0{value}"
        )


def uncovered(label: str, train: dict[str, int], test: dict[str, int]) -> Iterator[Finding]:
    """Report labels of test that train lacks, and of train that test lacks though it is large enough for them."""
    for value in test:
        if value not in train:
            text = f"The label {value!r} is in test but not in train, so no model can learn it. Add such rows to train."
            yield Finding(
                "label-balance", Severity.ERROR, None, None, label, value, text, key=f"train\0{value}"
            )
    rows, total = sum(test.values()), sum(train.values())
    absent = [value for value in train if value not in test]
    rare = [value for value in absent if train[value] / total * rows < 5]
    for value in absent:
        if value not in rare:
            text = f"The label {value!r} is in train but not in test, so it is never measured. Add such rows to test."
            yield Finding(
                "label-balance", Severity.ERROR, None, None, label, value, text, key=f"test\0{value}"
            )
    if rare:
        text = (
            f"{len(rare)} rare labels of train are not in test, so they are never measured: {quoted(rare)}."
        )
        yield Finding("label-balance", Severity.WARNING, None, None, label, None, text, key="rare")


# ---- missing values


def null_rate(ctx: Context, settings: Mapping[str, Any]) -> Iterator[Finding]:
    """Report columns that are empty, and files whose new rows lack more values than the base did."""
    missing, least = ctx.dataset.config.missing, settings["min_rows"]
    rows = ctx.rows
    names = user(rows)
    lacking = rows.select("_file", "_line", "_new", *(absent(name, missing) for name in names))
    empty = set()
    if not ctx.quick and rows.height >= least:
        empty = {name for name in names if lacking[name].all()}
    for name in sorted(empty):
        text = "The column has no value in any row. Fill it, or remove the column."
        yield Finding("null-rate", Severity.ERROR, None, None, name, None, text, key="empty")
    if ctx.base is not None:
        for (index,), part in (
            lacking.filter("_new").partition_by("_file", as_dict=True, maintain_order=True).items()
        ):
            if part.height >= least and isinstance(index, int):
                yield from emptier(ctx, index, part, [name for name in names if name not in empty], settings)


def absent(name: str, missing: tuple[str, ...]) -> pl.Expr:
    """Tell where a column has no value."""
    column = pl.col(name)
    return (column.is_null() | column.is_in(["", *missing])).alias(name)


def emptier(
    ctx: Context, index: int, lacking: pl.DataFrame, names: list[str], settings: Mapping[str, Any]
) -> Iterator[Finding]:
    """Compare the new rows of one file with the same file in the base, or with the base's split where it is new."""
    part = ctx.dataset.parts[index]
    before = earlier(ctx, part.path, part.split, settings["min_rows"])
    own = ctx.dataset.table(index).frame.columns
    for name in names:
        count = int(lacking[name].sum())
        if not count or name not in before.columns or name not in own:
            continue
        had = before.select(absent(name, ctx.dataset.config.missing)).to_series()
        low = profile.share_low((int(had.sum()), before.height), (count, lacking.height))
        if low > settings["threshold"]:
            was, now = int(had.sum()) / before.height, count / lacking.height
            text = (
                f"{count} of the {lacking.height} new rows ({now:.0%}) have no value here; before, {was:.0%} had none. "
                "Look for a lost join, a renamed source column or a failed export, and fill the column."
            )
            line = lacking.filter(name)["_line"][0]
            yield Finding("null-rate", Severity.ERROR, part.path, line, name, None, text)


def earlier(ctx: Context, path: str, split: str, least: int) -> pl.DataFrame:
    """Return the rows to compare a file with; in the hook only the same file, since reading the base takes a while."""
    if ctx.base is None:
        return pl.DataFrame()
    same = ctx.base.rows_of([i for i, part in enumerate(ctx.base.parts) if part.path == path])
    if same.height >= least or ctx.quick:
        return same if same.height >= least else pl.DataFrame()
    whole = base_rows(ctx, split)
    return whole if whole.height >= least else pl.DataFrame()


# ---- ranges and categories


def value_range(ctx: Context, settings: Mapping[str, Any]) -> Iterator[Finding | Hits]:
    """Report numbers in new rows that lie outside of the base's range by more than that range is wide.

    A few are outliers, told one by one. From ``many`` cells and the share ``max_share`` of a file's new rows on, the
    column of that file has another unit: one error.
    """
    missing = ctx.dataset.config.missing
    label = [ctx.columns.label] if ctx.dataset.config.task == REGRESSION else []
    for split in splits(ctx):
        rows = ctx.split_rows(split).filter("_new")
        before = base_rows(ctx, split) if rows.height else rows
        for name in (*ctx.columns.numeric, *label):
            if name is None or name not in rows.columns or name not in before.columns:
                continue
            had = profile.numbers(before[name], missing)
            if len(had) < settings["min_rows"] or had.min() == had.max():
                continue
            bottom, top = profile.quantile(had, 0), profile.quantile(had, 1)
            margin = settings["margin"] * (top - bottom)
            values = pl.col(name).cast(pl.Float64, strict=False)
            usual = values.is_between(bottom - margin, top + margin) | pl.col(name).is_in(["", *missing])
            odd = rows.filter(~(usual | values.is_nan()))
            yield from outside(ctx, odd, rows["_file"], name, (bottom, top), settings)


def outside(
    ctx: Context,
    odd: pl.DataFrame,
    files: pl.Series,
    name: str,
    span: tuple[float, float],
    settings: Mapping[str, Any],
) -> Iterator[Finding | Hits]:
    """Report odd numbers of one column file by file; ``files`` says of every new row in which file it stands."""
    sizes = dict(files.value_counts().iter_rows())
    bottom, top = span
    for part in odd.partition_by("_file", maintain_order=True):
        file, count = part["_file"][0], part.height
        size = sizes[file]
        if count < settings["many"] or size < settings["batch"] or count < settings["max_share"] * size:
            text = "{value} is far outside of the base's {bottom:g} to {top:g}. Check the unit and the decimal point."
            extra = (pl.col(name).alias("value"), pl.lit(bottom).alias("bottom"), pl.lit(top).alias("top"))
            yield Hits("range", text, at(part, *extra), name)
            continue
        what = (
            f"{count} of the {size} new rows of this file ({count / size:.0%}) have numbers far outside of the base's "
            f"{bottom:g} to {top:g}: {quoted(part[name])}. They look like another unit: convert them."
        )
        path, line = ctx.dataset.parts[file].path, part["_line"][0]
        yield Finding("range", Severity.ERROR, path, line, name, part[name][0], what)


def new_category(ctx: Context, settings: Mapping[str, Any]) -> Iterator[Finding | Hits]:
    """Report values that the base does not have, and values of the base that are gone.

    Where there are more than ``listed`` of them, or the base has more than ``many`` values in the column (names,
    addresses), they are summed up in one finding a column.
    """
    every = [split for split in ctx.dataset.splits() if ctx.base is not None]
    before = pl.concat([pl.DataFrame(), *(base_rows(ctx, split) for split in every)], how="diagonal")
    rows, missing = ctx.rows, ctx.dataset.config.missing
    columns = ctx.columns
    label = None if ctx.dataset.config.task == REGRESSION else columns.label
    for name in dict.fromkeys([label, columns.source, *columns.categorical]):
        if name is None or name not in rows.columns or name not in before.columns:
            continue
        had = profile.counts(before[name], missing)
        once = sum(1 for count in had.values() if count == 1)
        total = sum(had.values())
        if total < settings["min_rows"] or once > settings["unseen"] * total:
            continue  # so many values occur only once that the next new one is no news (Good-Turing)
        limit = 1 if len(had) > settings["many"] else settings["listed"]
        yield unseen(rows, name, had, missing, limit)
        yield from vanished(name, had, rows[name], settings["min_rows"], limit)


def unseen(
    rows: pl.DataFrame, name: str, had: Mapping[str, int], missing: tuple[str, ...], limit: int
) -> Hits:
    """Return one hit a new value, at the first row that has it; for more than ``limit`` values only the first."""
    value = pl.col(name)
    known = pl.Series(list(had), dtype=pl.String)
    new = rows.filter(
        pl.col("_new") & value.is_not_null() & ~value.is_in(["", *missing]) & ~value.is_in(known.implode())
    )
    first = at(new, value.alias("value"), pl.len().over(name).alias("count")).filter(
        new[name].is_first_distinct()
    )
    near = {plain(word): word for word in reversed(list(had))}
    meant = pl.Series("meant", [near.get(plain(word)) for word in first["value"]], dtype=pl.String)
    if first.height > limit:
        return Hits("new-category", MANY_NEW, summed(first.with_columns(meant)), name)
    hint = pl.format(" Did you mean '{}'?", meant).fill_null("")
    text = "The base has no {value!r} here; {count} new rows have it.{hint} If it is meant, nothing is to be done."
    return Hits("new-category", text, first.with_columns(hint.alias("hint")), name)


MANY_NEW = (
    "{values} values here are not in the base; {count} new rows have them: {list}. If meant, do nothing."
)


def summed(first: pl.DataFrame) -> pl.DataFrame:
    """Return one hit for many new values, at the first row; those that look misspelt are named first."""
    told = first.sort(pl.col("meant").is_null(), maintain_order=True).head(SHOWN)
    names = [
        f"{value!r}" + (f" (did you mean {meant!r}?)" if meant else "")
        for value, meant in told.select("value", "meant").iter_rows()
    ]
    more = [f"and {first.height - SHOWN} more"] if first.height > SHOWN else []
    return first.head(1).with_columns(
        count=pl.lit(int(first["count"].sum())),
        values=pl.lit(first.height),
        list=pl.lit(", ".join([*names, *more])),
    )


def plain(word: str) -> str:
    """Return a value without what typing differs in."""
    return " ".join(word.casefold().replace("_", " ").replace("-", " ").split())


def vanished(
    name: str, had: Mapping[str, int], cells: pl.Series, least: int, limit: int
) -> Iterator[Finding]:
    """Report values of the base that no row has any more; more than ``limit`` in one finding."""
    present = set(cells.unique())
    gone = {value: count for value, count in had.items() if count >= least and value not in present}
    if len(gone) > limit:
        text = (
            f"{len(gone)} values of the base, in {sum(gone.values())} rows, are in no row now: {quoted(gone)}. Were "
            "rows lost, or values renamed?"
        )
        yield Finding("new-category", Severity.WARNING, None, None, name, None, text, key="gone")
        return
    for value, count in gone.items():
        text = f"The base has {count} rows with {value!r}, now there is none. Were rows lost, or a value renamed?"
        yield Finding("new-category", Severity.WARNING, None, None, name, value, text, key=f"gone\0{value}")


CHECKS = (
    Check(
        "label-balance",
        label_balance,
        "A label is too rare or too frequent, or train has a label that the test set lacks.",
        settings={"min": 0.001, "max": 0.99, "min_rows": 50},
        quick=False,
    ),
    Check(
        "null-rate",
        null_rate,
        "A column is empty, or new rows lack more values than the base did.",
        settings={"threshold": 0.1, "min_rows": 20},
    ),
    Check(
        "range",
        value_range,
        "A new number lies outside of the base's range by more than that range's width; many of a file are an error.",
        Severity.WARNING,
        {"margin": 1.0, "min_rows": 20, "max_share": 0.05, "many": 3, "batch": 10},
        quick=False,
        needs_base=True,
    ),
    Check(
        "new-category",
        new_category,
        "A category, source or label is new, or has vanished.",
        Severity.WARNING,
        {"min_rows": 20, "unseen": 0.05, "many": 50, "listed": 10},
        quick=False,
        needs_base=True,
    ),
    Check(
        "drift",
        drift,
        "A column is distributed otherwise than in the base, in the new rows or in the whole.",
        Severity.WARNING,
        {"threshold": 0.2, "serious": 0.5, "words": 0.4, "min_rows": 50},
        quick=False,
        needs_base=True,
    ),
)

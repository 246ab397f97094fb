"""Drift: columns whose values are distributed otherwise than in the base.

What a change adds is compared with what the base had, file by file, so that a bad batch is not diluted by a large
data set; after that the whole is compared with the whole. See dataci.profile for the distances.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import polars as pl

from dataci import profile
from dataci.checks.check import Context
from dataci.config import REGRESSION
from dataci.dataset import TEST, TRAIN
from dataci.finding import Finding, Severity
from dataci.profile import Shift

BATCHES = 50  # files of one change that are compared one by one, the largest first
MANY = 20  # different numbers from which a label counts as a number and not as a class


class Batch(NamedTuple):
    """Rows to compare with the base: what they are, and the file and the line at which to report."""

    name: str
    rows: pl.DataFrame
    file: str | None
    line: int | None


class Difference(NamedTuple):
    """A distance of one column; above ``serious`` it is an error. ``text`` describes it, if asked."""

    shift: Shift
    serious: float
    text: Callable[[], str]


def splits(ctx: Context) -> list[str]:
    """Return the splits that are samples of the population: model bugs are not."""
    return [name for name in (TRAIN, TEST) if ctx.dataset.indices(name)]


def base_rows(ctx: Context, split: str) -> pl.DataFrame:
    """Return the rows that the base has in a split; files that are still the same are not read again."""
    if ctx.base is None:
        return pl.DataFrame()
    ours = {(ctx.dataset.parts[i].path, ctx.dataset.parts[i].blob): i for i in ctx.unchanged}
    parts = {i: (ctx.base.parts[i].path, ctx.base.parts[i].blob) for i in ctx.base.indices(split)}
    kept = ctx.dataset.rows_of([ours[key] for key in parts.values() if key in ours])
    read = ctx.base.rows_of([i for i, key in parts.items() if key not in ours])
    return pl.concat([kept, read], how="diagonal")


def is_number(ctx: Context, cells: pl.Series) -> bool:
    """Tell whether a label is a quantity (the task says so, or many different numbers do) and not a class."""
    missing = ctx.dataset.config.missing
    if ctx.dataset.config.task == REGRESSION:
        return True
    values = profile.present(cells, missing).unique()
    return (
        len(values) > MANY and len(profile.numbers(values)) == len(values) and len(values) > len(cells) / 50
    )


def drift(ctx: Context, settings: Mapping[str, Any]) -> Iterator[Finding]:
    """Compare each column of what is new, and of the whole, with the base."""
    for split in splits(ctx):
        rows = ctx.split_rows(split)
        if ctx.base is None or not (rows["_new"].any() or rows.height < split_height(ctx.base, split)):
            continue
        before = base_rows(ctx, split)
        if before.height < settings["min_rows"]:
            continue
        reported: set[str] = set()
        for level in batches(ctx, split, rows, settings["min_rows"]):
            found = [
                finding for batch in level for finding in compare(ctx, batch, before, reported, settings)
            ]
            reported |= {str(finding.column) for finding in found}
            yield from found


def split_height(base: Any, split: str) -> int:
    """Return how many rows the base has in a split."""
    return sum(base.table(i).frame.height for i in base.indices(split))


def batches(ctx: Context, split: str, rows: pl.DataFrame, least: int) -> Iterator[list[Batch]]:
    """Yield what to compare with the base: the new rows of each file, then all new rows, then the whole split."""
    new = rows.filter("_new")
    parts = new.partition_by("_file", maintain_order=True)
    large = sorted((part for part in parts if part.height >= least), key=lambda part: -part.height)[:BATCHES]
    paths = [part.path for part in ctx.dataset.parts]
    yield [
        Batch("The new rows of this file", part, paths[part["_file"][0]], part["_line"][0]) for part in large
    ]
    if new.height >= least and len(parts) > 1:
        yield [Batch(f"All new rows of {split}", new, paths[new["_file"][0]], new["_line"][0])]
    if rows.height >= least:
        yield [Batch(f"All of {split}", rows, None, None)]


def compare(
    ctx: Context, batch: Batch, before: pl.DataFrame, skip: set[str], settings: Mapping[str, Any]
) -> Iterator[Finding]:
    """Report the columns of a batch that differ from the base by more than the threshold."""
    missing = ctx.dataset.config.missing
    for name, kind in kinds(ctx, batch).items():
        if name in skip or name not in before.columns or name not in batch.rows.columns:
            continue
        old, new = (profile.present(profile.sample(frame[name]), missing) for frame in (before, batch.rows))
        for shift, serious, text in kind(old, new, settings):
            if min(shift.before, shift.after) >= settings["min_rows"] and shift.low > settings["threshold"]:
                severity = Severity.ERROR if shift.low > serious else Severity.WARNING
                what = (
                    f"{text()} {batch.name} ({batch.rows.height}) against the base ({before.height}): effect "
                    f"{shift.effect:.2f}, at least {shift.low:.2f}. If it is meant, say so in the pull request."
                )
                key = f"{batch.file}\0{batch.name}"
                yield Finding("drift", severity, batch.file, batch.line, name, None, what, key=key)
                break


Kind = Callable[[pl.Series, pl.Series, Mapping[str, Any]], Iterator[Difference]]


def kinds(ctx: Context, batch: Batch) -> dict[str, Kind]:
    """Say for each column how it is compared. A batch has one source as a rule, so sources only count in the whole."""
    columns = ctx.columns
    names = [*columns.categorical, *([columns.source] if columns.source and batch.file is None else [])]
    found: dict[str, Kind] = dict.fromkeys(names, categories)
    found |= dict.fromkeys(columns.numeric, quantities) | dict.fromkeys(columns.text, texts)
    if columns.label and columns.label in batch.rows.columns:
        found[columns.label] = quantities if is_number(ctx, batch.rows[columns.label]) else categories
    return found


def categories(before: pl.Series, after: pl.Series, settings: Mapping[str, Any]) -> Iterator[Difference]:
    """Describe how the shares of values moved."""

    def text() -> str:
        old, new = shares(before), shares(after)
        moved = sorted({*old, *new}, key=lambda value: (-abs(new.get(value, 0) - old.get(value, 0)), value))[
            :3
        ]
        listed = ", ".join(f"{value!r} {old.get(value, 0):.0%} → {new.get(value, 0):.0%}" for value in moved)
        return f"The values are distributed differently: {listed}."

    yield Difference(profile.category_shift(before, after), settings["serious"], text)


def shares(cells: pl.Series) -> dict[str, float]:
    """Return the share of each value."""
    return {value: count / len(cells) for value, count in profile.counts(cells).items()}


def quantities(before: pl.Series, after: pl.Series, settings: Mapping[str, Any]) -> Iterator[Difference]:
    """Describe how numbers moved."""
    old, new = profile.numbers(before), profile.numbers(after)
    change = f"median {median(old)} → {median(new)}"
    text = f"The numbers are distributed differently: {change}. Check the unit and the source."
    yield Difference(profile.number_shift(old, new), settings["serious"], lambda: text)


def texts(before: pl.Series, after: pl.Series, settings: Mapping[str, Any]) -> Iterator[Difference]:
    """Describe how texts differ: in their language, in their letters, in their length."""
    loss = profile.word_loss(before, after)

    def language() -> str:
        common = ", ".join(repr(word) for word in profile.common_words(before)[:3])
        return f"The base's most frequent words ({common} …) are {loss.effect:.0%} rarer. Was the language switched?"

    if loss.low > settings["words"]:
        yield Difference(loss, settings["words"], language)
    letters = "The texts use other letters and syllables: another topic, script or language?"
    yield Difference(profile.text_shift(before, after), settings["serious"], lambda: letters)
    old, new = (side.str.len_chars().cast(pl.Float64) for side in (before, after))
    length = (
        f"The texts have another length: median {median(old)} → {median(new)} characters. Look for cut texts."
    )
    yield Difference(profile.number_shift(old, new), settings["serious"], lambda: length)


def median(values: pl.Series) -> str:
    """Return a median for a message."""
    return f"{profile.quantile(values, 0.5):g}"

"""What a candidate said of each pattern, from its stored predictions; quick, since there may be many thousand bugs."""

from __future__ import annotations

import io
from typing import NamedTuple

import polars as pl

from dataci.dataset import BUGS
from dataci.errors import CannotRun
from dataci.record import Record
from dataci.results import Source

NEAR = 0.05  # a score this close to the threshold may stand on its other side after the next training
LABELS = ("split", "id", "label")
SCORE = "score"
EMPTY = {"bug": pl.String, "id": pl.String, "score": pl.Float64, "wrong": pl.Boolean, "near": pl.Boolean}


class Answer(NamedTuple):
    """What a candidate said of one pattern. ``score``: of the positive label; of many classes, of the right one; of a
    regression what was predicted. ``near``: it is within NEAR of being decided otherwise. ``wrong``: None in a
    regression.
    """

    score: float | None
    wrong: bool | None
    near: bool


def answers(root_source: Source, of: Record) -> pl.DataFrame | None:
    """Return what a candidate said of the patterns: bug, id, score, wrong, near; None where that is not to be had."""
    try:
        raw = root_source.bytes(f"{of['tag']}.predictions.csv")
    except CannotRun:
        return None
    return None if raw is None else read(raw, of)


def read(raw: bytes, of: Record) -> pl.DataFrame | None:
    """Read the bytes of a file of predictions; None where it is not as ``scores.dumps`` writes it."""
    try:
        table = pl.read_csv(io.BytesIO(raw), infer_schema=False).with_columns(pl.col(LABELS).fill_null(""))
        mine = table.filter(pl.col("split").str.starts_with(f"{BUGS}/"))
        names = [name for name in table.columns if name == SCORE or name.startswith(f"{SCORE}:")]
        scored = mine.with_columns(pl.col(names).cast(pl.Float64))
        return judged(scored, names, of).with_columns(pl.col("bug").str.slice(len(BUGS) + 1)).select(*EMPTY)
    except (pl.exceptions.PolarsError, ValueError):
        return None


def judged(table: pl.DataFrame, names: list[str], of: Record) -> pl.DataFrame:
    """Say of each pattern whether it is wrong, and whether by little."""
    how, score = of["evaluation"], pl.col(SCORE)
    table = table.rename({"split": "bug"})
    if how["positive"] is not None:
        yes, threshold = pl.col("label") == how["positive"], float(how["threshold"])
        return table.with_columns(
            wrong=(score >= threshold) != yes, near=(score - threshold).abs() <= NEAR + 1e-9
        )
    if names == [SCORE]:
        return table.with_columns(wrong=pl.lit(None, dtype=pl.Boolean), near=pl.lit(False))
    own = pl.max_horizontal(
        pl.when(pl.col("label") == name.removeprefix(f"{SCORE}:")).then(pl.col(name)) for name in names
    ).fill_null(0.0)
    others = pl.max_horizontal(
        pl.when(pl.col("label") != name.removeprefix(f"{SCORE}:")).then(pl.col(name)) for name in names
    ).fill_null(0.0)
    first = pl.concat_list(names).list.arg_max()  # of equal ones the first, as it is decided
    said = pl.Series([name.removeprefix(f"{SCORE}:") for name in names], dtype=pl.String)
    table = table.with_columns(own.alias(SCORE), ((own - others).abs() / 2 <= NEAR + 1e-9).alias("near"))
    at = table.select(first.alias("at"))["at"]
    return table.with_columns(wrong=said.gather(at) != table["label"])


def by_pattern(table: pl.DataFrame | None, bug: str) -> dict[str, Answer]:
    """Return what was said of one bug, by the ids of its patterns."""
    if table is None:
        return {}
    mine = table.filter(pl.col("bug") == bug).select("id", "score", "wrong", "near")
    return {id: Answer(score, wrong, bool(near)) for id, score, wrong, near in mine.iter_rows()}


def flaky(tables: list[pl.DataFrame]) -> pl.DataFrame:
    """Return the patterns that hang in the balance: bug, id and ``wrong``, as the last of ``tables`` has it.

    They are near the threshold now, and a candidate of ``tables`` was near it on the other side: noise turned them
    round. One that came from afar was learned, or lost.
    """
    if not tables:
        return pl.DataFrame(schema={"bug": pl.String, "id": pl.String, "wrong": pl.Boolean})
    near = [table.filter(pl.col("near")).select("bug", "id", "wrong") for table in tables]
    ways = pl.concat(near).group_by("bug", "id").agg(pl.col("wrong").n_unique().alias("ways"))
    both = ways.filter(pl.col("ways") > 1)
    return near[-1].join(both, on=["bug", "id"], how="semi").sort("bug", "id")

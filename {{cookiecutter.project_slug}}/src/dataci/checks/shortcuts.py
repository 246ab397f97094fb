"""Shortcuts: a single word, source or file that alone predicts the label, so that a model need not read the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from statistics import NormalDist
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl

from dataci import profile, text
from dataci.checks.check import Check, Context
from dataci.config import REGRESSION
from dataci.dataset import TRAIN
from dataci.finding import Finding, Severity

ALPHA = 0.05
DECILES = 10
MAX_LABELS = 200  # more labels than this are no classes
LEAST_FILES = 3  # with fewer, a file that tells the label is only what the rest is not
SHOWN = 5  # words that the summary names
FOUND = {"kind": pl.String, "column": pl.String, "token": pl.String, "label": pl.String}


def shortcut(ctx: Context, settings: Mapping[str, Any]) -> Iterator[Finding]:
    """Report what predicts the label alone: words of each text, source, file, length and missing cells.

    Words are judged where the label has two values, or where there are two texts: with more classes a single text has
    a topic, and a word that tells the topic is the task. Files are judged from ``LEAST_FILES`` files on, since of two
    each is what the other is not, and only those with new rows. At most ``listed`` words are told one by one.

    A token counts when at least ``min_rows`` rows of train have it, and the share of a label among them is at least
    ``threshold`` above its share in train, beyond chance (z, Bonferroni over all tokens and labels). On large data the
    tokens are counted in a sample of ``sample`` rows, always the same.
    """
    found, where = strongest(ctx, settings)
    words = found.filter(pl.col("kind") == "word")
    if words.height <= settings["listed"]:
        for entry in found.iter_rows(named=True):
            yield finding(ctx, entry, where)
        return
    before = ctx.before()
    had = strongest(before, settings)[0].filter(pl.col("kind") == "word") if before else words.clear()
    same = ["column", "token"]
    known = words.join(had.head(settings["listed"]), on=same, how="semi", maintain_order="left")
    fresh = words.join(had, on=same, how="anti", maintain_order="left")
    told = pl.concat([known, fresh.head(settings["listed"])])
    for entry in pl.concat([found.filter(pl.col("kind") != "word"), told]).iter_rows(named=True):
        yield finding(ctx, entry, where)
    rest = words.join(told, on=same, how="anti", maintain_order="left")
    if rest.height:
        yield others(rest, before is not None and fresh.height > settings["listed"], where)


def others(rest: pl.DataFrame, fresh: bool, where: str) -> Finding:
    """Sum up the words that are not listed; ``fresh``: the base does not have all of them."""
    first = ", ".join(repr(word) for word in rest["token"].head(SHOWN))
    message = (
        f"{rest.height} more words predict the label alone, in {where}, the strongest: {first}. So many are mostly "
        "what the task is about, then nothing is to be done; [checks.shortcut] listed = … in dataci.toml shows more."
    )
    return Finding(
        "shortcut", Severity.WARNING, None, None, None, None, message, key="new rest" if fresh else "rest"
    )


def strongest(ctx: Context, settings: Mapping[str, Any]) -> tuple[pl.DataFrame, str]:
    """Return the tokens that predict a label, the strongest first, and which rows were looked at, in words."""
    label, missing = ctx.columns.label, ctx.dataset.config.missing
    rows = ctx.split_rows(TRAIN)
    if not label or label not in rows.columns or ctx.dataset.config.task == REGRESSION:
        return pl.DataFrame(schema=FOUND), ""
    rows = rows.filter(pl.col(label).is_not_null() & ~pl.col(label).is_in(["", *missing]))
    size = rows.height
    if size > settings["sample"]:
        rows = rows.sample(settings["sample"], seed=profile.SEED)
    labels = rows[label].n_unique() if rows.height else 0
    if rows.height < 2 * settings["min_rows"] or not 2 <= labels <= MAX_LABELS:
        return pl.DataFrame(schema=FOUND), ""
    spelt = labels == 2 or len(ctx.columns.text) > 1
    where = f"{rows.height} rows of train" + (f" (a sample of {size})" if rows.height < size else "")
    return strong(counted(tokens(ctx, rows, spelt), rows[label]), rows[label], settings), where


def finding(ctx: Context, entry: Mapping[str, Any], where: str) -> Finding:
    """Put one token into words."""
    names = [part.path for part in ctx.dataset.parts]
    kind, column, token, label = (entry[name] for name in ("kind", "column", "token", "label"))
    token = names[int(token)] if kind == "file" else token
    what = WORDS[kind].format(token=repr(token), column=column)
    message = (
        f"{what}: {entry['hits']} of {entry['rows']} such rows have the label {label!r} ({entry['share']:.0%}; usual: "
        f"{entry['usual']:.0%}, in {where}). A model may learn this and not the task: add rows that break the pattern."
    )
    file = token if kind == "file" else None
    # the limits of a length move a little with every row that is added
    key = f"{kind}\0{column}\0{label if kind == 'length' else token}"
    return Finding("shortcut", Severity.WARNING, file, None, column, str(token), message, key=key)


WORDS = {
    "word": "The word {token} alone predicts the label",
    "source": "The source {token} alone predicts the label",
    "file": "The file {token} alone predicts the label",
    "length": "The length of the text alone predicts the label, at {token} characters",
    "missing": "A missing value alone predicts the label",
}


def tokens(ctx: Context, rows: pl.DataFrame, spelt: bool) -> pl.LazyFrame:
    """Return one line a row and token: ``row`` (UInt32), ``kind``, ``column``, ``token`` (String).

    ``spelt``: words count as tokens, too.
    """
    columns, missing = ctx.columns, ctx.dataset.config.missing
    numbered = rows.with_row_index("row")
    enough = len(ctx.dataset.indices(TRAIN)) >= LEAST_FILES
    new = rows.filter("_new")["_file"].unique().to_list() if enough else []
    file = pl.when(pl.col("_file").is_in(new)).then(pl.col("_file").cast(pl.String))
    found = [said(numbered, "file", "file", file)]
    if columns.source in rows.columns:
        found.append(
            said(numbered, "source", str(columns.source), pl.col(str(columns.source)).replace("", None))
        )
    for name in columns.text:
        if name in rows.columns:
            found += [spoken(numbered, name)] if spelt else []
            found.append(said(numbered, "length", name, length(rows[name])))
    for name in columns.inputs:
        if name in rows.columns:
            gone = pl.col(name).is_null() | pl.col(name).is_in(["", *missing])
            found.append(said(numbered, "missing", name, pl.when(gone).then(pl.lit("missing"))))
    return pl.concat(found)


def said(numbered: pl.DataFrame, kind: str, column: str, token: pl.Expr | pl.Series) -> pl.LazyFrame:
    """Return a pseudo-token: at most one a row."""
    token = pl.lit(token) if isinstance(token, pl.Series) else token
    frame = numbered.lazy().select(
        "row", pl.lit(kind).alias("kind"), pl.lit(column).alias("column"), token.alias("token")
    )
    return frame.drop_nulls("token")


def spoken(numbered: pl.DataFrame, name: str) -> pl.LazyFrame:
    """Return the words of a text column, each once a row."""
    words = text.normalise(numbered[name]).fill_null("").str.split(" ").list.unique()
    frame = (
        pl.LazyFrame({"row": numbered["row"], "token": words}).explode("token").filter(pl.col("token") != "")
    )
    return frame.select("row", pl.lit("word").alias("kind"), pl.lit(name).alias("column"), "token")


def length(cells: pl.Series) -> pl.Series:
    """Return the decile of each text's length, as words: from–to characters."""
    sizes = cells.fill_null("").str.len_chars()
    limits = sorted({int(sizes.quantile(i / DECILES) or 0) for i in range(1, DECILES)})
    edges = [0, *(limit + 1 for limit in limits)]
    names = [f"{low} to {high - 1}" for low, high in pairwise(edges)] + [f"{edges[-1]} or more"]
    if len(names) < 2:
        return pl.Series([None] * len(cells), dtype=pl.String)
    place = np.searchsorted(np.array(limits), sizes.to_numpy(), side="left")
    return pl.Series(names, dtype=pl.String)[place]


def counted(found: pl.LazyFrame, labels: pl.Series) -> pl.DataFrame:
    """Return for each token and label how many rows have both (``hits``) and how many have the token (``rows``)."""
    numbered = labels.alias("label").to_frame().with_row_index("row").lazy()
    frame = nw.from_native(found.join(numbered, on="row"))
    by = ["kind", "column", "token"]
    hits = frame.group_by(*by, "label").agg(nw.len().alias("hits"))
    rows = hits.group_by(*by).agg(nw.col("hits").sum().alias("rows"))
    result: pl.DataFrame = hits.join(rows, on=by).to_native().collect()
    return result


def strong(counts: pl.DataFrame, labels: pl.Series, settings: Mapping[str, Any]) -> pl.DataFrame:
    """Return the tokens that predict a label, each with the label that it predicts best, the strongest first."""
    shares = labels.alias("label").value_counts(normalize=True).rename({"proportion": "usual"})
    frame = counts.join(shares, on="label").filter(pl.col("rows") >= settings["min_rows"])
    tests = max(frame.select("kind", "column", "token").n_unique() * len(shares), 1)
    least = NormalDist().inv_cdf(1 - ALPHA / (2 * tests))
    share, usual = pl.col("hits") / pl.col("rows"), pl.col("usual")
    frame = frame.with_columns(share=share, z=(share - usual) / (usual * (1 - usual) / pl.col("rows")).sqrt())
    frame = frame.filter((pl.col("share") - usual >= settings["threshold"]) & (pl.col("z") >= least))
    frame = frame.sort(
        ["z", "kind", "column", "token", "label"], descending=[True, False, False, False, False]
    )
    return frame.unique(["kind", "column", "token"], keep="first", maintain_order=True)


CHECKS = (
    Check(
        "shortcut",
        shortcut,
        "A source, file, length, missing cell or single word of train predicts the label.",
        Severity.WARNING,
        {"threshold": 0.15, "min_rows": 20, "sample": 100_000, "listed": 10},
        quick=False,
    ),
)

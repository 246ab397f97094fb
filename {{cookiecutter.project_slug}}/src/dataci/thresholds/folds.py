"""Predictions of training rows by models that did not learn from them: what a threshold is chosen on.

The rows are dealt into folds; a model learns from all folds but one and predicts that one. Rows that belong together
never stand in two folds: a model would know the answer, and scores would look better than those of new rows.
"""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from dataci.cache import Cache
from dataci.config import Config
from dataci.errors import CannotRun
from dataci.examples import Examples
from dataci.metrics import Array
from dataci.predictions import Predictions
from dataci.text import normalise

VERSION = 1  # of how rows are dealt; raise it, and no stored prediction is taken any more
FOLDS = 5
Learn = Callable[[Examples, Examples], Predictions]  # a model that learned from the first predicts the second


class Together(NamedTuple):
    """Which rows may not be parted: ``codes`` number the groups, shape (rows,). ``by``: what they share, in words."""

    codes: Array
    by: str


def together(rows: Examples, config: Config, folds: int = FOLDS) -> Together:
    """Find the rows that belong together: of one group, or with the same input; with the same text, too, where that
    leaves no group of rows that is larger than a fold. Else only with the text that recurs more.
    """
    columns = config.columns
    keys, words = [inputs(rows)], []
    if columns.group and columns.group in rows.rows.columns:
        keys.append(rows.rows[columns.group].fill_null(""))
        words.append(columns.group)
    texts = [normalise(rows.rows[name].fill_null("")) for name in columns.text]
    codes = united([*keys, *texts])
    if texts and largest(codes) <= len(rows.ids) / folds:
        return Together(codes, " or ".join([*words, *columns.text]))
    if not words and texts:
        at = min(range(len(texts)), key=lambda number: texts[number].n_unique())
        return Together(united([*keys, texts[at]]), columns.text[at])
    return Together(united(keys), " or ".join(words) or "input")


def inputs(rows: Examples) -> pl.Series:
    """Return one text for each row that is the same where all inputs are."""
    return rows.inputs.select(pl.struct(pl.all().cast(pl.String)).struct.json_encode()).to_series()


def united(keys: Sequence[pl.Series]) -> Array:
    """Number the groups of rows that hang together by any of the keys; an empty key binds nothing. Shape (rows,)."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    rows, edges = len(keys[0]), []
    for key in keys:
        frame = pl.DataFrame({"key": key}).with_row_index("row")
        first = frame.filter(pl.col("key") != "").with_columns(first=pl.col("row").min().over("key"))
        edges.append(first.select("row", "first").to_numpy().astype(np.int64))
    pairs = np.concatenate(edges)
    graph = coo_matrix((np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])), shape=(rows, rows))
    return np.asarray(connected_components(graph, directed=False)[1])


def largest(codes: Array) -> int:
    """Return how many rows the largest group has."""
    return int(np.bincount(codes).max(initial=0))


def deal(labels: Sequence[str], codes: Array, folds: int, seed: int) -> Array:
    """Deal the groups into folds that have about the same share of each label; return the fold of each row.

    Groups with the rarer label first, large before small ones, each into the fold that has least of what it brings.
    (scikit-learn's StratifiedGroupKFold is about as even, and takes minutes for a million rows.) Fewer folds than
    asked for where a label has fewer groups; CannotRun where it has but one.
    """
    names, label = np.unique(np.array(labels), return_inverse=True)
    group = np.unique(codes, return_inverse=True)[1]
    number = int(group.max()) + 1
    counts = np.bincount(group * len(names) + label, minlength=number * len(names)).reshape(
        number, len(names)
    )
    holding = (counts > 0).sum(axis=0)
    rarest = int(holding.argmin())
    folds = min(folds, int(holding[rarest]))
    if folds < 2:
        raise CannotRun(
            f"All training rows with the label {str(names[rarest])!r} belong together (the same group or text), so no "
            "model can be tried on rows that it does not know. Add rows of other groups, or set a threshold with "
            "--rule fixed."
        )
    chance, rare = np.random.default_rng(seed).permutation(number), counts[:, rarest]
    order = np.lexsort((chance, -rare, -counts.sum(axis=1), rare == 0))  # the last key counts most
    found = np.empty(number, dtype=np.int64)
    found[order] = spread((counts[order] / counts.sum(axis=0)).tolist(), folds)
    return np.asarray(found[group])


def spread(shares: Sequence[Sequence[float]], folds: int) -> list[int]:
    """Return a fold for each group, given its share of each label; the sum of squares of all loads stays small."""
    load = [[0.0] * len(shares[0]) for _ in range(folds)]
    found = []
    for mine in shares:
        weights = [sum(map(operator.mul, one, mine)) for one in load]
        fold = weights.index(min(weights))
        load[fold] = list(map(operator.add, load[fold], mine))
        found.append(fold)
    return found


def out_of_fold(
    rows: Examples, fold: Array, learn: Learn, say: Callable[[str], None] = lambda line: None
) -> Predictions:
    """Return the predictions for all rows, each by a model that did not learn from its fold; unrounded."""
    numbers = sorted(set(fold.tolist()))
    classes = sorted(set(rows.labels.to_list()))
    scores = np.zeros((len(rows.ids), len(classes)))
    for number in numbers:
        say(f"Fold {numbers.index(number) + 1} of {len(numbers)} …")
        known, held = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        learned = part(rows, known)
        if len(set(learned.labels.to_list())) < len(classes):
            raise CannotRun(
                "The training rows cannot be dealt into folds: without one of them a label is gone. Too many rows "
                "share a group or a text; ask for more folds (--folds), or set a threshold with --rule fixed."
            )
        predicted = learn(learned, part(rows, held))
        scores[held] = predicted.scores[:, [predicted.classes.index(name) for name in classes]]
    return Predictions(rows.ids, rows.labels.to_list(), classes, scores, rows.clusters)


def part(rows: Examples, at: Array) -> Examples:
    """Return the rows at these positions."""
    return Examples(
        [rows.ids[i] for i in at],
        rows.inputs[at],
        rows.labels[at],
        tuple(rows.clusters[i] for i in at) if rows.clusters else (),
        rows.rows[at],
    )


def cached(
    root_cache: Cache, key: Sequence[str], rows: Examples, fold: Array, make: Callable[[], Predictions]
) -> Predictions:
    """Return stored predictions of exactly these rows in these folds, else those that ``make`` makes, and keep them.

    ``key``: the ids of the candidate's data and code.
    """
    dealt = hashlib.sha256(
        "\n".join(f"{name}\t{at}" for name, at in zip(rows.ids, fold, strict=True)).encode()
    )
    name = ("out-of-fold", str(VERSION), *key, dealt.hexdigest())
    classes = sorted(set(rows.labels.to_list()))
    found = root_cache.get(*name)
    if found is not None and found.width == len(classes) and found.height == len(rows.ids):
        return Predictions(rows.ids, rows.labels.to_list(), classes, found.to_numpy(), rows.clusters)
    made = make()
    root_cache.put(pl.DataFrame({str(at): column for at, column in enumerate(made.scores.T)}), *name)
    return made

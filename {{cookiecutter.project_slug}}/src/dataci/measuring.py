"""What a candidate is measured on today, and the part of its record that says how well it does there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from dataci import evaluation, predictions, record, slices, training
from dataci.config import REGRESSION
from dataci.dataset import BUGS, TEST, Dataset
from dataci.errors import CannotRun
from dataci.examples import Examples
from dataci.predictions import Predictions, Settings
from dataci.record import Record


class Today(NamedTuple):
    """The rows to measure on, by split ("test", "bugs/<id>"); the slices of the test set; what identifies them.

    ``test``: as in a record. ``trees``: git's tree id of each bug. ``settings``: [evaluation] of dataci.toml.
    """

    rows: Mapping[str, Examples]
    slices: Mapping[str, slices.Mask]
    test: Mapping[str, Any]
    trees: Mapping[str, str]
    settings: Mapping[str, Any]


def today(dataset: Dataset) -> Today:
    """Read what is measured on today; CannotRun without a test row, or for a slice that fails."""
    rows = training.test_rows(dataset)
    return Today(
        rows,
        slices.members(dataset.config.root, rows[TEST].rows),
        {**place(dataset), "rows": len(rows[TEST].ids)},
        {name: dataset.tree_id(name) for name in rows if name != TEST},
        dataset.config.evaluation,
    )


def place(dataset: Dataset) -> dict[str, str | None]:
    """Return what identifies today's rows and which of them depend on one another, as ``test`` of a record holds it."""
    group = dataset.config.columns.group
    return {
        "id": dataset.tree_id(TEST),
        BUGS: dataset.tree_id(BUGS),
        "slices": slices.identify(dataset.config.root),
        **({"group": group} if group else {}),
    }


def settings(now: Mapping[str, Any], of: Record) -> Settings:
    """Return how a candidate is evaluated today; CannotRun where [evaluation] does not fit what it predicts."""
    classes = [] if of["train"]["task"] == REGRESSION else sorted(of["data"]["labels"])
    return evaluation.settings(now, classes)


def is_current(of: Record, dataset: Dataset) -> bool:
    """Tell whether a record was measured on what is there today, in the way that is configured today."""
    how = settings(dataset.config.evaluation, of)
    same = {name: found for name, found in of["test"].items() if name != "rows"} == place(dataset)
    return same and of["evaluation"] == record.evaluation(how) and "not_comparable" not in of


def stored(now: Today, predicted: Mapping[str, Predictions], how: Settings) -> dict[str, Predictions]:
    """Return predictions as they are stored: as ``placed`` puts them, and rounded."""
    return {split: predictions.stored(rows, how) for split, rows in placed(now, predicted).items()}


def is_whole(now: Today, kept: Mapping[str, Predictions] | None) -> bool:
    """Tell whether stored predictions are of today's rows, each once; a file may be lost or have been edited."""
    try:
        return kept is not None and bool(placed(now, kept))
    except CannotRun:
        return False


def placed(now: Today, predicted: Mapping[str, Predictions]) -> dict[str, Predictions]:
    """Return predictions in today's order, with today's clusters and slices; CannotRun when not of today's rows."""
    found = {}
    for split, rows in now.rows.items():
        given = predicted.get(split)
        at = {name: number for number, name in enumerate(given.ids)} if given else {}
        if given is None or set(at) != set(rows.ids) or len(given.ids) != len(rows.ids):
            raise CannotRun(f"Its code does not read the rows of data/{split} as today's code does.")
        ordered = given.cut([at[name] for name in rows.ids])
        inside = now.slices if split == TEST else {}
        found[split] = ordered._replace(labels=rows.labels.to_list(), clusters=rows.clusters, slices=inside)
    return found


def reused(
    now: Today, of: Record, kept: Mapping[str, Predictions] | None, how: Settings
) -> dict[str, Predictions] | None:
    """Return the stored predictions of a candidate as they would be stored today, where they are of today's rows.

    None where a model has to be asked: for other rows, or for the score of the class that is not stored.
    """
    same = all(of["test"][name] == now.test[name] for name in ("id", BUGS))
    if kept is None or not same or of["evaluation"]["positive"] != how.positive:
        return None
    try:
        return stored(now, {name: named(of, rows, how) for name, rows in kept.items()}, how)
    except CannotRun:
        return None  # the rows have other names today


def named(of: Record, rows: Predictions, how: Settings) -> Predictions:
    """Return stored predictions with the classes of the model, in its order; a file of two classes names but one."""
    classes = sorted(of["data"]["labels"])
    if how.positive is None:
        return rows
    flipped = rows.classes.index(how.positive) != classes.index(how.positive)
    return rows._replace(classes=classes, scores=rows.scores[:, ::-1] if flipped else rows.scores)


def measured(
    trees: Mapping[str, str | None], kept: Mapping[str, Predictions], how: Settings
) -> dict[str, Any]:
    """Return the part of a record that is computed from stored predictions; ``trees``: as in ``Today``."""
    bugs = {name.removeprefix(f"{BUGS}/"): rows for name, rows in kept.items() if name != TEST}
    found = evaluation.evaluate(kept[TEST], bugs, how)
    for bug in bugs:
        found["bugs"][bug]["tree"] = trees[f"{BUGS}/{bug}"]
    return found


def again(of: Record, now: Today, kept: Mapping[str, Predictions], how: Settings) -> Record:
    """Return a record with the figures of today in place of those that it had; ``compared`` is left empty."""
    rest = {name: value for name, value in of.items() if name != "not_comparable"}
    figures = measured(now.trees, kept, how)
    test, evaluated = dict(now.test), record.evaluation(how)
    return record.canonical({**rest, **figures, "test": test, "evaluation": evaluated, "compared": {}})

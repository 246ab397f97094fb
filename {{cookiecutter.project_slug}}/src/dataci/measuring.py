"""What a candidate is measured on today, and the part of its record that says how well it does there."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from dataci import bugfile, bugstock, evaluation, predictions, probes, record, slices, training
from dataci.config import REGRESSION, Config
from dataci.dataset import BUGS, FOLDER, TEST, Dataset
from dataci.errors import CannotRun
from dataci.examples import Examples
from dataci.predictions import Predictions, Settings
from dataci.probes import Probe
from dataci.record import Record
from dataci.uncertainty import doubts

BEHAVIOUR = ("fairness", "robustness", "counterfactuals", "uncertainty", "cost", "gates")


class Today(NamedTuple):
    """The rows to measure on, by split ("test", "bugs/<id>"); the slices of the test set; what identifies them.

    ``test``: as in a record. ``bugs``: what a record says of each bug beside figures (``told``). ``settings``:
    [evaluation] of dataci.toml. ``probes``: rows derived from test rows, by split.
    """

    rows: Mapping[str, Examples]
    slices: Mapping[str, slices.Mask]
    test: Mapping[str, Any]
    bugs: Mapping[str, Mapping[str, Any]]
    settings: Mapping[str, Any]
    probes: Mapping[str, Probe] = {}

    def asked(self) -> dict[str, Examples]:
        """Return all that a model is asked about, by split."""
        return {**self.rows, **{name: probe.examples for name, probe in self.probes.items()}}


def today(dataset: Dataset) -> Today:
    """Read what is measured on today; CannotRun without a test row, or for a slice that fails."""
    rows = training.test_rows(dataset)
    sliced = slices.members(dataset.config.root, rows[TEST].rows)
    return Today(
        rows,
        sliced.masks,
        {**place(dataset), "rows": len(rows[TEST].ids)},
        {name: found for name, found in told(dataset).items() if name in rows},
        dataset.config.evaluation,
        probes.derive(dataset.config, rows[TEST], sliced.counterfactuals),
    )


def told(dataset: Dataset) -> dict[str, dict[str, Any]]:
    """Return by split what a record says of a bug beside its figures: what bug.toml tells, and the id of its patterns.

    That is git's id of the tree of its folder as if nothing lay there but files with rows: who closes a bug does not
    change what is measured.
    """
    folders = bugstock.folders(dataset)
    files = {
        name: entry
        for name, entries in folders.items()
        for entry in entries
        if entry.path == f"{FOLDER}/{BUGS}/{name}/{bugfile.FILE}"
    }
    texts = dict(zip(files, dataset.contents(list(files.values())), strict=True))
    return {
        f"{BUGS}/{name}": {
            **bugfile.describe(texts.get(name, b"")),
            "tree": bugstock.trees_of(entries, name)[1],
        }
        for name, entries in folders.items()
    }


def place(dataset: Dataset) -> dict[str, str | None]:
    """Return what identifies today's rows and which of them depend on one another, as ``test`` of a record holds it."""
    group = dataset.config.columns.group
    parts = [part for part in dataset.parts if part.split.startswith(f"{BUGS}/")]
    patterns = "".join(sorted(f"{part.path} {part.blob}\n" for part in parts))
    return {
        "id": dataset.tree_id(TEST),
        BUGS: dataset.tree_id(BUGS),
        "patterns": hashlib.sha256(patterns.encode()).hexdigest()[:12],
        "probes": derived(dataset.config),
        "slices": slices.identify(dataset.config.root),
        **({"group": group} if group else {}),
    }


def derived(config: Config) -> str:
    """Return what identifies all that is asked of a model beside its rows: probes, and draws where not the default."""
    count = doubts.draws(config.evaluation)
    return probes.identify(config) + (f"-{count}" if count != doubts.DRAWS else "")


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


def is_whole(now: Today, kept: Mapping[str, Predictions] | None, of: Record) -> bool:
    """Tell whether stored predictions are of today's rows, each once, and of all probes that the record tells of; a
    file may be lost or have been edited.
    """
    try:
        return kept is not None and set(probes.counted(of)) <= set(placed(now, kept))
    except CannotRun:
        return False


def placed(now: Today, predicted: Mapping[str, Predictions]) -> dict[str, Predictions]:
    """Return predictions in today's order, with today's clusters and slices; CannotRun when not of today's rows.

    Probes are there where all of their rows were predicted: an engine of old times knows none.
    """
    found = {}
    for split, rows in now.rows.items():
        given = predicted.get(split)
        at = {name: number for number, name in enumerate(given.ids)} if given else {}
        if given is None or set(at) != set(rows.ids) or len(given.ids) != len(rows.ids):
            raise CannotRun(f"Its code does not read the rows of data/{split} as today's code does.")
        ordered = given.cut([at[name] for name in rows.ids])
        inside = now.slices if split == TEST else {}
        found[split] = ordered._replace(labels=rows.labels.to_list(), clusters=rows.clusters, slices=inside)
    for split, probe in now.probes.items():
        ordered_probe = probed(probe, predicted.get(split))
        if ordered_probe is not None:
            found[split] = ordered_probe
    return found


def probed(probe: Probe, given: Predictions | None) -> Predictions | None:
    """Return what was predicted of a probe, its rows called by the test rows that they come from; None where it is not
    whole.
    """
    rows = probe.examples
    for names in (rows.ids, probe.origins):
        at = {name: number for number, name in enumerate(given.ids)} if given else {}
        if given is not None and set(at) == set(names) and len(given.ids) == len(names):
            ordered = given.cut([at[name] for name in names])
            return ordered._replace(
                ids=list(probe.origins), labels=rows.labels.to_list(), clusters=rows.clusters, slices={}
            )
    return None


def reused(
    now: Today, of: Record, kept: Mapping[str, Predictions] | None, how: Settings
) -> dict[str, Predictions] | None:
    """Return the stored predictions of a candidate as they would be stored today, where they are of today's rows.

    None where a model has to be asked: for other rows, or for the score of the class that is not stored.
    """
    same = same_rows(of, now.test) and of["test"].get("probes") == now.test["probes"]
    if of["test"]["slices"] != now.test["slices"]:  # what counterfactuals make of a row may be another
        same = same and not any(map(probes.is_counterfactual, [*(kept or {}), *now.probes]))
    if kept is None or not same or of["evaluation"]["positive"] != how.positive:
        return None
    if not is_whole(now, kept, of):
        return None
    try:
        return stored(now, {name: named(of, rows, how) for name, rows in kept.items()}, how)
    except CannotRun:
        return None  # the rows have other names today


def same_rows(of: Record, place: Mapping[str, Any]) -> bool:
    """Tell whether a record was measured on the rows of ``place``; what bug.toml tells of a bug is no row."""
    patterns = "patterns" if "patterns" in of["test"] else BUGS
    return all(of["test"][name] == place[name] for name in ("id", patterns))


def still(of: Record, place: Mapping[str, Any], kept: Mapping[str, Predictions]) -> dict[str, Predictions]:
    """Return stored predictions without those of probes that are derived otherwise today; ``place``: see there."""
    was = of["test"]
    derived = was.get("probes") == place["probes"]
    same = derived and was["slices"] == place["slices"]
    return {
        name: rows
        for name, rows in kept.items()
        if not probes.is_probe(name) or (same if probes.is_counterfactual(name) else derived)
    }


def named(of: Record, rows: Predictions, how: Settings) -> Predictions:
    """Return stored predictions with the classes of the model, in its order; a file of two classes names but one."""
    classes = sorted(of["data"]["labels"])
    if how.positive is None:
        return rows
    flipped = rows.classes.index(how.positive) != classes.index(how.positive)
    return rows._replace(classes=classes, scores=rows.scores[:, ::-1] if flipped else rows.scores)


def measured(
    told: Mapping[str, Mapping[str, Any]], kept: Mapping[str, Predictions], how: Settings
) -> dict[str, Any]:
    """Return the part of a record that is computed from stored predictions; ``told``: ``bugs`` of ``Today``."""
    bugs = {name.removeprefix(f"{BUGS}/"): rows for name, rows in kept.items() if name.startswith(f"{BUGS}/")}
    derived = {name: rows for name, rows in kept.items() if probes.is_probe(name)}
    found = evaluation.evaluate(kept[TEST], bugs, how, derived)
    for bug in bugs:
        found["bugs"][bug] |= told[f"{BUGS}/{bug}"]
    return found


def again(of: Record, now: Today, kept: Mapping[str, Predictions], how: Settings) -> Record:
    """Return a record with the figures of today in place of those that it had; ``compared`` is left empty."""
    gone = ("not_comparable", *BEHAVIOUR)
    rest = {name: value for name, value in of.items() if name not in gone}
    figures = measured(now.bugs, kept, how)
    test, evaluated = dict(now.test), record.evaluation(how)
    return record.canonical({**rest, **figures, "test": test, "evaluation": evaluated, "compared": {}})

"""dataci train: train project/model.py on data/train, measure it, and write the result into results/."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import click

from dataci import config as configuration
from dataci import dataset as data
from dataci import identity, record, results
from dataci.dataset import BUGS, TEST, Dataset
from dataci.errors import CannotRun
from dataci.identity import Identity
from dataci.record import Record
from dataci.results import Source

MODELS = Path(".dataci") / "models"


def run(root: Path) -> int:
    """Train unless the same candidate already stands measured on today's test set; return the exit code."""
    dataset = data.load(configuration.load(root))
    made_of = identity.identify(dataset)
    provenance = identity.provenance(root, made_of)
    known = stored(root, made_of.tag)
    if known and is_current(known, made_of, dataset, provenance[1]) and predictions_kept(root, known):
        return found_again(root, known)
    return train(root, dataset, made_of, provenance, known)


def stored(root: Path, tag: str) -> Record | None:
    """Return the record of a candidate; an unreadable one is said and then written anew."""
    try:
        return results.read(Source(root), tag)
    except CannotRun as error:
        click.echo(f"warning: {error} It is written again.", err=True)
        return None


def is_current(known: Record, made_of: Identity, dataset: Dataset, uncommitted: bool) -> bool:
    """Tell whether a record says what training now would say: same ids in full, same test, same
    evaluation.
    """
    from dataci import evaluation

    same = known["data"]["id"] == made_of.data and known["code"]["id"] == made_of.code
    tested = known["test"]["id"] == dataset.tree_id(TEST) and known["test"]["bugs"] == dataset.tree_id(BUGS)
    how = evaluation.settings(dataset.config.evaluation, sorted(known["data"]["labels"]))
    better_known = known["uncommitted"] and not uncommitted
    return same and tested and known["evaluation"] == record.evaluation(how) and not better_known


def predictions_kept(root: Path, known: Record) -> bool:
    """Tell whether the predictions of a record are there and can be read."""
    try:
        return results.predictions(Source(root), known) is not None
    except CannotRun:
        return False


def found_again(root: Path, known: Record) -> int:
    """Say that there is nothing to do; after a revert, make the old result the latest again."""
    written = publish(root, known)
    name = f"{results.FOLDER}/{known['tag']}.json"
    if written:
        click.echo(f"This data and code were trained before: {name} stands. Updated {', '.join(written)}.")
    else:
        click.echo(f"Nothing to do: {name} is the result of exactly this data, code and test set.")
    return 0


def train(
    root: Path, dataset: Dataset, made_of: Identity, provenance: tuple[str | None, bool], known: Record | None
) -> int:
    """Train, measure, compare with the parent, and write everything down."""
    from dataci import comparison, evaluation, lineage, training

    click.echo(f"Training {made_of.tag} …", err=True)
    trained = training.train(dataset)
    bugs = {name.removeprefix(f"{BUGS}/"): p for name, p in trained.predictions.items() if name != TEST}
    measured = evaluation.evaluate(trained.predictions[TEST], bugs, trained.how)
    for bug in bugs:
        measured["bugs"][bug]["tree"] = dataset.tree_id(f"{BUGS}/{bug}")
    train_settings = identity.training_settings(dataset.config)
    parent = parent_of(root, made_of.tag)
    changed = (
        known["changed"] if known else lineage.since(parent, made_of, train_settings, dataset, provenance[0])
    )
    rows = len(trained.predictions[TEST].ids)
    test = {"id": dataset.tree_id(TEST), BUGS: dataset.tree_id(BUGS), "rows": rows}
    made = record.build(
        made_of, provenance, train_settings, trained.labels, test, trained.how, measured, changed
    )
    if parent:
        old = comparison.Side(parent["tag"], parent, kept(root, parent))
        new = comparison.Side(made["tag"], made, trained.predictions)
        made = record.canonical({**made, "compared": comparison.summary(old, new)})
    keep_model(root, made["tag"], trained.model)
    written = results.save(root, made, trained.predictions) + publish(root, made)
    report(made, written)
    return 0


def parent_of(root: Path, tag: str) -> Record | None:
    """Return the record that this one follows: the latest; and if that is this one itself, its own parent."""
    source = Source(root)
    try:
        latest = results.latest(source)
        if latest and latest["tag"] == tag:
            before = latest["changed"]["parent"]
            return results.read(source, before) if before else None
        return latest
    except CannotRun as error:
        click.echo(f"warning: {error}", err=True)
        return None


def kept(root: Path, of: Record) -> Any:
    """Return stored predictions, or None when they are lost or unreadable."""
    try:
        return results.predictions(Source(root), of)
    except CannotRun:
        return None


def publish(root: Path, latest: Record) -> list[str]:
    """Rebuild what is derived from the records: latest.json and the leaderboard. Return the paths that
    changed.
    """
    from dataci import comparison
    from dataci.reporters import leaderboard

    written = results.write(root, results.LATEST, record.dumps(latest))
    records, warnings = results.read_all(root)
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)
    board = leaderboard.render(comparison.rank(records, latest), latest["evaluation"]["metric"])
    return written + results.write(root, results.LEADERBOARD, board)


def keep_model(root: Path, tag: str, model: Any) -> None:
    """Store the fitted model in the ignored .dataci/: a cache, which training fills again when it is lost."""
    folder = root / MODELS / tag
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    model.save(folder)


def report(made: Record, written: list[str]) -> None:
    """Print what was done and what to look at."""
    from dataci.reporters import comparison as render

    click.echo(render.result(made))
    click.echo("\n  ".join(["Wrote:", *written]) if written else "The files in results/ were up to date.")
    if made["changed"]["parent"]:
        click.echo(f"Look at: git diff {results.FOLDER}/{results.LATEST}, and: dataci compare")
    else:
        click.echo(f"Look at: {results.FOLDER}/{results.LEADERBOARD}. The next result is compared with it.")

"""dataci train: train project/model.py on data/train, measure it, and write the result into results/."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dataci import config as configuration
from dataci import dataset as data
from dataci import git, identity, record, results
from dataci.dataset import TEST
from dataci.delivery import handover
from dataci.errors import CannotRun
from dataci.identity import Identity
from dataci.record import Record
from dataci.results import Source

if TYPE_CHECKING:
    from dataci.candidate import Obtained
    from dataci.config import Config
    from dataci.dataset import Dataset
    from dataci.measuring import Today
    from dataci.predictions import Predictions, Settings

CANNOT_RUN = 2  # the exit code
Provenance = tuple[str | None, bool]


def run(root: Path, output: Path | None = None) -> int:
    """Train unless the same candidate already stands measured on today's test set; return the exit code.

    ``output``: the result is written there, for `dataci publish results`, and results/ stays as it is.
    """
    if output is not None:
        handover.prepare(output)
    dataset = data.load(configuration.load(root))
    made_of = identity.identify(dataset)
    provenance = identity.provenance(root, made_of)
    known = stored(root, made_of)
    if known and is_current(known, dataset, provenance[1]) and is_whole(dataset, known):
        return found_again(root, known) if output is None else handed_over(root, known, output)
    return train(root, dataset, made_of, provenance, known, output)


def stored(root: Path, made_of: Identity) -> Record | None:
    """Return the record of a candidate; an unreadable one, or one of another candidate, is said and written anew."""
    try:
        found = results.read(Source(root), made_of.tag)
    except CannotRun as error:
        warn(f"{error} It is written again.")
        return None
    if found and (found["data"]["id"], found["code"]["id"]) != (made_of.data, made_of.code):
        warn(
            f"results/{made_of.tag}.json is of another candidate, whose ids begin alike. It is written over."
        )
        return None
    return found


def is_current(known: Record, dataset: Dataset, uncommitted: bool) -> bool:
    """Tell whether a record says what training now would say: same test, same evaluation, as well committed.

    After a squash or a rebase its commit is in nobody's history any more; one that holds the same takes its place.
    """
    from dataci import measuring

    lost = known["uncommitted"] or not git.holds(dataset.config.root, str(known["commit"]))
    better_known = not uncommitted and lost
    return measuring.is_current(known, dataset) and not better_known


def is_whole(dataset: Dataset, known: Record) -> bool:
    """Tell whether the predictions of a record are stored, of all of today's rows."""
    from dataci import measuring

    return measuring.is_whole(measuring.today(dataset), results.kept(dataset.config.root, known), known)


def found_again(root: Path, known: Record) -> int:
    """Say that there is nothing to do; after a revert, make the old result the latest again."""
    from dataci import publishing

    written = publishing.publish(root, known)
    name = f"{results.FOLDER}/{known['tag']}.json"
    if written:
        click.echo(f"This data and code were trained before: {name} stands. Updated {', '.join(written)}.")
    else:
        click.echo(f"Nothing to do: {name} is the result of exactly this data, code and test set.")
    return 0


def handed_over(root: Path, known: Record, output: Path) -> int:
    """Hand over the result that stands: after a revert it is the latest again."""
    handover.write(root, output, handover.of_tag(root, known["tag"]), known["tag"])
    click.echo(f"{results.FOLDER}/{known['tag']}.json is the result of exactly this data, code and test set.")
    click.echo(f"It is in {output}, too, for `dataci publish results`.")
    return 0


def train(
    root: Path,
    dataset: Dataset,
    made_of: Identity,
    provenance: Provenance,
    known: Record | None,
    output: Path | None,
) -> int:
    """Train (or take the model from the store), measure, compare with the parent, and write everything down."""
    from dataci import candidate, evaluation, measuring, publishing, store, training

    config = dataset.config
    now = measuring.today(dataset)
    rows = training.training_rows(dataset)
    how = evaluation.settings(config.evaluation, list(training.label_counts(rows, config)))
    if config.world_size > 1 and candidate.alone():
        training.refuse_alone(config, training.build(config))
        command = candidate.launch(
            config.world_size, ["train", *(["--output", str(output)] if output else [])]
        )
        return CANNOT_RUN if subprocess.run(command, cwd=root, check=False).returncode else 0
    candidate.refuse_world(config.world_size)
    if candidate.is_first():
        click.echo(f"Training {made_of.tag} …", err=True)
    found = candidate.obtain(config, made_of, rows, store.open_store(config), say=warn)
    if not candidate.is_first():
        return 0
    kept = measuring.stored(now, predicted(config, found, now), how)
    made = build(dataset, made_of, provenance, known, found, now, how, kept)
    if output is None:
        written = results.save(root, made, kept) + publishing.publish(root, made)
    else:
        texts = results.texts(made, kept)
        handover.write(root, output, {name: text.encode() for name, text in texts.items()}, made["tag"])
        written = sorted(str(path) for path in output.iterdir())
    report(root, made, written, found.fitted)
    if output is None:
        look_at(root, made)
    return 0


def predicted(config: Config, found: Obtained, now: Today) -> dict[str, Predictions]:
    """Return what the model says of all that it is measured on."""
    from dataci import training

    answers = training.predict_all(config, found.model, now.asked())
    doubts = training.doubts(config, found.model, now.rows[TEST])
    return {**answers, TEST: answers[TEST]._replace(doubts=doubts)}


def build(
    dataset: Dataset,
    made_of: Identity,
    provenance: Provenance,
    known: Record | None,
    found: Obtained,
    now: Today,
    how: Settings,
    kept: dict[str, Predictions],
) -> Record:
    """Put the record together, and compare it with its parent."""
    from dataci import comparison, gates, lineage, measuring

    root, settings = dataset.config.root, identity.training_settings(dataset.config)
    parent = parent_of(root, known)
    changed = known["changed"] if known else lineage.since(parent, made_of, settings, dataset, provenance[0])
    measured = measuring.measured(now.bugs, kept, how)
    made = record.build(
        made_of, provenance, settings, found.rows, found.labels, now.test, how, measured, changed
    )
    if parent is None:
        return gates.judged(made, None)
    old = comparison.Side(parent["tag"], parent, results.kept(root, parent))
    new = comparison.Side(made["tag"], made, kept)
    return gates.judged({**made, "compared": comparison.summary(old, new)}, parent)


def parent_of(root: Path, known: Record | None) -> Record | None:
    """Return the record that this one follows: what stands as the latest; of one that is known, its own parent."""
    from dataci import publishing

    if known is None:
        return publishing.standing(root)
    try:
        before = known["changed"]["parent"]
        return results.read(Source(root), before) if before else None
    except CannotRun as error:
        warn(str(error))
        return None


def warn(words: str) -> None:
    """Say a warning on stderr."""
    from dataci.reporters.escape import terminal

    click.echo(f"warning: {terminal(words.removeprefix('warning: '))}", err=True)


def report(root: Path, made: Record, written: list[str], fitted: bool) -> None:
    """Print what was done and what to look at."""
    from dataci.reporters import comparison as render

    if not fitted:
        click.echo("The model of this data and code was in the store; it was measured, not trained again.")
    click.echo(render.result(made))
    click.echo("\n  ".join(["Wrote:", *written]) if written else "The files in results/ were up to date.")


def look_at(root: Path, made: Record) -> None:
    """Say where to go on from a new result."""
    others = sum(one["test"]["id"] != made["test"]["id"] for one in results.read_all(root)[0])
    if others:
        noun = "candidate was" if others == 1 else "candidates were"
        told = f"{others} other {noun} measured on another test set."
        click.echo(f"{told} On today's, too: dataci evaluate --all")
    if made["changed"]["parent"]:
        click.echo(f"Look at: git diff {results.FOLDER}/{results.LATEST}, and: dataci compare")
    else:
        click.echo(f"Look at: {results.FOLDER}/{results.LEADERBOARD}. The next result is compared with it.")

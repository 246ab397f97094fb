"""dataci threshold: choose from which score on it is a "yes", on training rows, and show what each choice does."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dataci.errors import CannotRun

if TYPE_CHECKING:
    from dataci.config import Config
    from dataci.dataset import Dataset
    from dataci.examples import Examples
    from dataci.identity import Identity
    from dataci.metrics import Array
    from dataci.predictions import Predictions, Settings
    from dataci.thresholds.decision import Decision
    from dataci.thresholds.rules import Rule

FORMATS = ("text", "json", "markdown")
MOST = 1e9  # what a mistake may cost
UNMET = 1  # the exit code where no threshold does what the rule wants
Costs = tuple[float, float]


def run(
    root: Path,
    rule: str | None = None,
    at: float | None = None,
    costs: tuple[float | None, float | None] = (None, None),
    prevalence: float | None = None,
    folds: int | None = None,
    write: bool = False,
    output: Path | None = None,
    png: bool = False,
    format: str = "text",
) -> int:
    """Choose a threshold and print what it does; return the exit code: 0, or 1 where the rule cannot be met.

    ``rule``: one of thresholds.rules, None for that of dataci.toml. ``at``: of "fixed". ``costs``: of a false positive
    and of a false negative, None for those of dataci.toml. ``prevalence``: count as if this share of the rows were
    positive. ``write``: into dataci.toml. ``output``: a folder for the curves. CannotRun for anything but two labels.
    """
    from dataci import config as configuration
    from dataci import dataset as data
    from dataci import identity, training

    if png and output is None:
        raise CannotRun("--png writes pictures: add --output DIR, the folder for them.")
    config = configuration.load(root)
    refuse_regression(config)
    dataset = data.load(config)
    rows = training.training_rows(dataset)
    how = settings(config, rows)
    used = named_costs(costs, how)
    asked = wanted(rule, at, used, how)
    found = decide(dataset, identity.identify(dataset), rows, how, asked, used, prevalence, folds)
    if output is not None:
        say(f"Written: {', '.join(save(found, output, png))}")
    if write:
        store(root, found, None if costs == (None, None) and asked.kind != "cost" else used)
    click.echo(render(found, format), nl=False)
    return 0 if found.met else UNMET


def refuse_regression(config: Config) -> None:
    """Refuse a task without labels."""
    if config.task == "regression":
        raise CannotRun(
            "A threshold turns a score into yes or no, and this project estimates a number "
            '([train] task = "regression"), so there is none to choose.'
        )


def settings(config: Config, rows: Examples) -> Settings:
    """Return [evaluation]; CannotRun for more than two labels."""
    from dataci import evaluation, training

    labels = list(training.label_counts(rows, config))
    if len(labels) != 2:
        raise CannotRun(
            f"A threshold turns the score of one label into yes or no, and there are {len(labels)} labels; of so many "
            "the likeliest is taken, so there is no threshold to choose."
        )
    return evaluation.settings(config.evaluation, labels)


def named_costs(given: tuple[float | None, float | None], how: Settings) -> Costs | None:
    """Return what mistakes cost: as given, else as configured, else None; CannotRun for costs that mean nothing."""
    known = how.costs or (None, None)
    first, second = (known[at] if one is None else one for at, one in enumerate(given))
    if first is None and second is None:
        return None
    if first is None or second is None:
        raise CannotRun("Name both costs: --false-positive-cost and --false-negative-cost.")
    if not all(0 <= one <= MOST for one in (first, second)) or not max(first, second):
        raise CannotRun("A cost is a number from 0 to a billion, and one of the two is above 0.")
    return first, second


def wanted(rule: str | None, at: float | None, costs: Costs | None, how: Settings) -> Rule:
    """Return the rule: as given, else that of the settings; fixed is then the threshold of today."""
    from dataci.thresholds import rules

    if at is not None and not 0 <= at <= 1:
        raise CannotRun(f"--at is {at:g}; a threshold lies from 0 to 1.")
    if rule is None and at is not None:
        rule = rules.FIXED
    if rule is None:
        rule, at = how.rule, how.threshold if how.rule == rules.FIXED else None
    return rules.parse(rule, costs, at)


def decide(
    dataset: Dataset,
    made_of: Identity,
    rows: Examples,
    how: Settings,
    rule: Rule,
    costs: Costs | None,
    prevalence: float | None,
    asked: int | None,
) -> Decision:
    """Choose on out-of-fold predictions, and look at the test set afterwards."""
    from dataci.thresholds import decision, folds
    from dataci.thresholds.effect import effect

    if prevalence is not None and not 0 < prevalence < 1:
        raise CannotRun(f"--prevalence is {prevalence:g}; it is a share between 0 and 1, as in 0.05.")
    config, number = dataset.config, asked or folds.FOLDS
    seed = int(config.train.get("seed", 0))
    bound = folds.together(rows, config, number)
    fold = folds.deal(rows.labels.to_list(), bound.codes, number, seed)
    train = out_of_fold(config, made_of, rows, fold, how)
    found = decision.decide(train, how, rule, str(config.columns.label), costs, prevalence, seed)
    found = found._replace(folds=len(set(fold.tolist())), by=bound.by)
    test, why = tested(dataset, made_of, rows, how)
    if test is None:
        return found._replace(why=why)
    chosen = how._replace(threshold=found.threshold)
    return found._replace(test=effect(test, chosen, found.costs, prevalence))


def out_of_fold(config: Config, made_of: Identity, rows: Examples, fold: Array, how: Settings) -> Predictions:
    """Return the out-of-fold predictions as they are stored; they are kept below .dataci/cache."""
    from dataci import predictions, training
    from dataci.cache import Cache
    from dataci.thresholds import folds

    alone = dataclasses.replace(config, train={**config.train, "world_size": 1})

    def learn(known: Examples, held: Examples) -> Predictions:
        return training.predict(alone, training.fit(alone, known), held)

    found = folds.cached(
        Cache(config.root),
        (made_of.data, made_of.code),
        rows,
        fold,
        lambda: folds.out_of_fold(rows, fold, learn, progress()),
    )
    return predictions.stored(found, how)


def tested(
    dataset: Dataset, made_of: Identity, rows: Examples, how: Settings
) -> tuple[Predictions | None, str]:
    """Return what the candidate says of the test set, from results/ or by its model; else why it does not."""
    from dataci import candidate, examples, predictions, store, training
    from dataci.dataset import TEST

    try:
        test = examples.examples(dataset, TEST)
    except CannotRun as error:
        return None, str(error)
    if not test.ids:
        return None, "There is no test row."
    kept = recorded(dataset.config.root, made_of, test, how)
    if kept is not None:
        return kept, ""
    if dataset.config.world_size > 1:
        return (
            None,
            "The candidate has no result yet. Run `dataci train`, which starts its processes, and ask again.",
        )
    say("The candidate has no result yet, so its model is asked about the test set …")
    found = candidate.obtain(dataset.config, made_of, rows, store.open_store(dataset.config), say=say)
    return predictions.stored(training.predict(dataset.config, found.model, test), how), ""


def recorded(root: Path, made_of: Identity, test: Examples, how: Settings) -> Predictions | None:
    """Return the stored predictions of exactly this candidate for exactly these rows, None where there are none."""
    import numpy as np

    from dataci import results
    from dataci.dataset import TEST
    from dataci.predictions import Predictions
    from dataci.results import Source

    try:
        known = results.read(Source(root), made_of.tag)
    except CannotRun:
        return None
    if known is None or (known["data"]["id"], known["code"]["id"]) != (made_of.data, made_of.code):
        return None
    kept = (results.kept(root, known) or {}).get(TEST)
    positive = str(how.positive)
    if kept is None or known["evaluation"]["positive"] != positive or positive not in kept.classes:
        return None
    at = {name: number for number, name in enumerate(kept.ids)}
    if set(at) != set(test.ids) or len(kept.ids) != len(test.ids):
        return None
    score = kept.scores[[at[name] for name in test.ids], kept.classes.index(positive)]
    both = np.column_stack([np.round(1 - score, 3), score])
    return Predictions(test.ids, test.labels.to_list(), ["", positive], both, test.clusters)


def save(found: Decision, output: Path, png: bool) -> list[str]:
    """Write the curves and the table into a folder; return the paths."""
    from dataci.reporters import curves, pictures, threshold

    texts = {f"{name}.svg": text for name, text in curves.files(found).items()}
    drawn = {f"{Path(name).stem}.png": pictures.png(text) for name, text in texts.items()} if png else {}
    texts["trade-off.md"] = threshold.markdown_text(found)
    linked = next((name for name in (*texts, *drawn) if (output / name).is_symlink()), None)
    if linked:
        raise CannotRun(f"{str(output / linked)!r} is a link, which is not followed. Name another folder.")
    try:
        output.mkdir(parents=True, exist_ok=True)
        for name, raw in ({name: text.encode() for name, text in texts.items()} | drawn).items():
            (output / name).write_bytes(raw)
    except OSError as error:
        raise CannotRun(
            f"{str(output)!r} cannot be written: {error.strerror}. Name another folder."
        ) from None
    return [str(output / name) for name in (*texts, *drawn)]


def store(root: Path, found: Decision, costs: Costs | None) -> None:
    """Write the decision into dataci.toml; not one that does not do what the rule wants."""
    from dataci.thresholds import storing

    if not found.met:
        say("Nothing was written: the rule cannot be met.")
        return
    changed = storing.write(root, found.threshold, found.rule.text, costs)
    now = (
        "dataci.toml has the threshold now" if changed else "dataci.toml had exactly this threshold and rule"
    )
    say(f"{now}. `dataci evaluate` measures the results with it; commit both.")
    if found.prevalence is not None:
        say("The prevalence is not stored: results are measured on the test rows as they are.")


def render(found: Decision, format: str) -> str:
    """Render the answer; ended by a newline."""
    from dataci.reporters import threshold as reporter
    from dataci.thresholds import decision

    if format == "json":
        return json.dumps(decision.to_dict(found), indent=2, sort_keys=True) + "\n"
    return reporter.markdown_text(found) if format == "markdown" else reporter.text(found)


def say(sentence: str) -> None:
    """Say something apart from the answer. Paths and values in it come from users."""
    from dataci.reporters.escape import terminal

    click.echo(terminal(sentence), err=True)


def progress() -> Callable[[str], None]:
    """Return what shows a line of progress: on a terminal, and nowhere else."""
    return say if sys.stderr.isatty() and not os.environ.get("CI") else lambda line: None

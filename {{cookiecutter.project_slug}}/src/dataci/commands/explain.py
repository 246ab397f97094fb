"""dataci explain: why the model says what it says of a row, or (--global) what drives it over the test set."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from dataci import config as configuration
from dataci import dataset as data
from dataci.dataset import TEST
from dataci.errors import CannotRun

if TYPE_CHECKING:
    from dataci.dataset import Dataset
    from dataci.explaining.outputs import Target
    from dataci.explaining.subject import Candidate, Chosen
    from dataci.predictions import Settings

TEXT, JSON, HTML, MARKDOWN = "text", "json", "html", "markdown"


class Options(NamedTuple):
    """How an explanation is asked for; ``rows``: of --global, at most (None: as many as suit the method)."""

    tag: str | None = None
    label: str | None = None
    method: str = "auto"
    seed: int = 0
    format: str = TEXT
    output: Path | None = None
    rows: int | None = None


def run(root: Path, name: str | None, given: tuple[str, ...], overall: bool, options: Options) -> int:
    """Explain a row, or with ``overall`` the model; return the exit code. ``given``: column=value, each once."""
    if overall and (name is not None or given):
        raise CannotRun("--global looks at the whole test set. Leave the row out, or leave --global out.")
    if not overall and options.rows is not None:
        raise CannotRun("--rows belongs to --global.")
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    from dataci.explaining import subject

    dataset = data.load(configuration.load(root))
    of = subject.wanted(root, options.tag)
    chosen = None if overall else subject.choose(dataset, name, cells(given))
    candidate = subject.candidate_of(dataset, of, lambda words: click.echo(words, err=True))
    with threadpool_limits(1):  # the order of additions, hence the last bits, would depend on the threads
        found = whole(dataset, candidate, options) if chosen is None else row(candidate, chosen, options)
    show(found, options)
    return 0


def cells(given: tuple[str, ...]) -> dict[str, str]:
    """Read column=value; CannotRun for what is not that, or a column that is set twice."""
    found: dict[str, str] = {}
    for one in given:
        column, sign, value = one.partition("=")
        if not sign or not column.strip():
            raise CannotRun(f"--set {one[:60]!r} names no value. Write --set column=value.")
        if column.strip() in found:
            raise CannotRun(f"--set gives {column.strip()[:60]!r} twice.")
        found[column.strip()] = value
    return found


# ---- one row


def row(candidate: Candidate, chosen: Chosen, options: Options) -> dict[str, Any]:
    """Explain one row of a candidate."""
    from dataci.explaining import telling, ways

    config, model = candidate.config, candidate.model
    how = ways.explainer(config, model, candidate.train.inputs, options.method, options.seed)
    rules = settings(candidate)
    target, predicted, probability = said(candidate, chosen, options, rules)
    found = ways.explain(how, chosen.inputs, target)
    threshold = rules.threshold if len(target.classes) == 2 else None
    about = telling.About(
        candidate.tag,
        options.seed,
        chosen.name,
        chosen.split,
        chosen.label,
        predicted,
        probability,
        threshold,
    )
    return telling.of_row(found, about)


def settings(candidate: Candidate) -> Settings:
    """Return what [evaluation] says of this candidate."""
    from dataci import evaluation

    return evaluation.settings(candidate.config.evaluation, candidate.model.classes)


def said(
    candidate: Candidate, chosen: Chosen, options: Options, rules: Settings
) -> tuple[Target, str, float | None]:
    """Return what is explained, what the model predicts, and the probability of what is explained."""
    import polars as pl

    from dataci import training
    from dataci.examples import Examples
    from dataci.explaining import outputs

    named = outputs.target(candidate.model.classes, options.label, rules.positive)
    asked = Examples(["_"], chosen.inputs, pl.Series([chosen.label or ""]))
    found = training.predict(candidate.config, candidate.model, asked).scores[0]
    classes = candidate.model.classes
    if not classes:
        return outputs.Target((), None), f"{found[0]:.6g}", None
    best = str(classes[int(found.argmax())])
    if len(classes) == 2 and rules.positive in classes:
        at = classes.index(rules.positive)
        best = str(classes[at if found[at] >= rules.threshold else 1 - at])
    of = named or outputs.Target(tuple(classes), classes.index(best))
    return of, best, float(found[of.place or 0])


# ---- the whole model


def whole(dataset: Dataset, candidate: Candidate, options: Options) -> dict[str, Any]:
    """Explain the model by rows of the test set."""
    from dataci.examples import examples
    from dataci.explaining import outputs, overall, ways

    config, model = candidate.config, candidate.model
    tests = examples(dataset, TEST)
    if not tests.ids:
        raise CannotRun("There is no test row to look at. Add rows below data/test.")
    how = ways.explainer(config, model, candidate.train.inputs, options.method, options.seed)
    how = how._replace(masks=overall.MASKS[how.method])
    named = outputs.target(model.classes, options.label, settings(candidate).positive)
    places = overall.sample(len(tests.ids), options.rows or overall.ROWS[how.method], options.seed)
    rows = tests.inputs[places]
    targets = [named] * len(places) if named else predicted(config, model, rows)
    found = (ways.explain(how._replace(trusted=bool(at)), rows[at], of) for at, of in enumerate(targets))
    scale = targets[0].scale
    asked = overall.Asked(candidate.tag, named.label if named else None, scale, len(places), len(tests.ids))
    return overall.tell(dataset, how, found, asked)


def predicted(config: configuration.Config, model: Any, rows: Any) -> list[Target]:
    """Return for each row that the class is explained which the model predicts."""
    from dataci import training
    from dataci.explaining import outputs

    given = training.call(config, "predict_proba", lambda: model.predict_proba(rows))
    return [outputs.Target(tuple(model.classes), int(one.argmax())) for one in given]


# ---- rendering


def show(found: Mapping[str, Any], options: Options) -> None:
    """Print an explanation, or write it to a file and say where it is."""
    from dataci.commands import check

    terminal = options.output is None and sys.stdout.isatty()
    width = min(shutil.get_terminal_size().columns, 120) if terminal else 80
    text = render(found, options.format, width, terminal and "NO_COLOR" not in os.environ)
    if options.output is None:
        sys.stdout.write(text)
        return
    check.write(text, options.output)
    click.echo(f"The explanation is in {options.output}.")


def render(found: Mapping[str, Any], format: str, width: int = 80, color: bool = False) -> str:
    """Render an explanation; CannotRun for a format that there is not."""
    from dataci.reporters import explanation, explanation_overall, explanation_page

    if format == JSON:
        return json.dumps(found, indent=2, sort_keys=True, ensure_ascii=True) + "\n"
    if format == HTML:
        return explanation_page.render(found)
    reporter: Any = explanation_overall if found["of"] == "model" else explanation
    if format == MARKDOWN:
        return str(reporter.markdown_text(found))
    return str(reporter.text(found, width, color))

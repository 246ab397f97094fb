"""dataci predict: what the candidate of a folder says of the folder's test rows. Hidden; other engines call it.

The contract, version 1. `dataci predict --output DIR --store URL [--fresh]` writes DIR/predictions.csv (split, id,
label and a score for each class, rounded; see dataci.scores) and DIR/ran.json: version, tag, data, code, environment,
rows and labels (of the training data), fitted (it was trained for this).

What the environment variable DATACI_ASK lists is answered, too; an engine that does not know it answers without.
"probes": rows derived from test rows (see dataci.probes), as further splits. "doubts": the columns ``spread`` and
``information`` of the test set (see dataci.uncertainty); "draws=N": of so many draws, whatever dataci.toml says.

With `--jobs FILE` it predicts with several stored models of this code. FILE is {"version": 1, "jobs": [{"data", "code",
"files", "seed", "params", "output"}]}; the folder ``output`` of each job gets predictions.csv, or reason.txt, or, when
the store has no whole model of it, nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dataci import config as configuration
from dataci import dataset as data
from dataci.errors import CannotRun

if TYPE_CHECKING:
    from dataci.config import Config
    from dataci.dataset import Dataset
    from dataci.examples import Examples
    from dataci.models import Model
    from dataci.predictions import Predictions
    from dataci.store import Store

VERSION = 1


def run(
    root: Path,
    output: Path,
    store_url: str,
    fresh: bool = False,
    jobs: Path | None = None,
    expect: str | None = None,
) -> int:
    """Predict, and write the answer into ``output``; return the exit code."""
    from dataci import store

    dataset = data.load(configuration.load(root))
    shelf = store.from_url(store_url)
    if jobs:
        return run_jobs(dataset, shelf, jobs)
    return run_folder(dataset, shelf, output, fresh, expect)


def run_folder(dataset: Dataset, shelf: Store, output: Path, fresh: bool, expect: str | None) -> int:
    """Predict with the candidate that the folder holds."""
    from dataci import candidate, identity, training

    config = dataset.config
    made_of = identity.identify(dataset)
    if expect not in (None, f"{made_of.data}-{made_of.code}"):
        raise CannotRun(f"Its commit gives another candidate now, {made_of.tag}.")
    if config.world_size > 1 and candidate.alone():
        more = ["--fresh"] if fresh else []
        arguments = ["predict", "--output", str(output), "--store", shelf.url, *more]
        return subprocess.run(
            candidate.launch(config.world_size, arguments), cwd=config.root, check=False
        ).returncode
    candidate.refuse_world(config.world_size)
    tests = asked_rows(dataset)
    rows = training.training_rows(dataset)
    found = candidate.obtain(config, made_of, rows, shelf, fresh, lambda words: click.echo(words, err=True))
    if not candidate.is_first():
        return 0
    write(output, answers(config, found.model, tests))
    told = {"version": VERSION, "tag": made_of.tag, "data": made_of.data, "code": made_of.code}
    told |= {
        "environment": made_of.environment,
        "rows": found.rows,
        "labels": found.labels,
        "fitted": found.fitted,
    }
    (output / "ran.json").write_text(json.dumps(told, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return 0


def asked(what: str) -> bool:
    """Tell whether the caller wants more than predictions of test rows and patterns."""
    return what in os.environ.get("DATACI_ASK", "").split()


def asked_rows(dataset: Dataset) -> dict[str, Examples]:
    """Return the rows to predict, by split."""
    from dataci import measuring, training

    if not asked("probes"):
        return training.test_rows(dataset)
    return measuring.today(dataset).asked()


def answers(config: Config, model: Model, tests: dict[str, Examples]) -> dict[str, Predictions]:
    """Return what a model says of rows, by split."""
    from dataclasses import replace

    from dataci import training
    from dataci.dataset import TEST

    found = training.predict_all(config, model, tests)
    if not asked("doubts"):
        return found
    for word in os.environ["DATACI_ASK"].split():
        if word.startswith("draws="):
            count = int(word.removeprefix("draws="))
            config = replace(config, evaluation={**config.evaluation, "uncertainty": {"draws": count}})
    return {**found, TEST: found[TEST]._replace(doubts=training.doubts(config, model, tests[TEST]))}


def write(output: Path, predicted: dict[str, Predictions]) -> None:
    """Write predictions.csv: every class, rounded as it is stored later."""
    from dataci import predictions, scores

    every = predictions.Settings("", None, 0.5)  # no class is the positive one: each has its own score
    rounded = {
        name: predictions.stored(rows, every)._replace(clusters=()) for name, rows in predicted.items()
    }
    output.mkdir(parents=True, exist_ok=True)
    (output / "predictions.csv").write_bytes(scores.dumps(rounded, None).encode("utf-8"))


def run_jobs(dataset: Dataset, shelf: Store, path: Path) -> int:
    """Predict with each stored model that is named; what one of them cannot do does not trouble the others."""
    from dataci import identity

    given = json.loads(path.read_text(encoding="utf-8"))
    if given["version"] != VERSION:
        raise CannotRun(f"The jobs are of version {given['version']}; this engine reads {VERSION}.")
    tests = asked_rows(dataset)
    files = {name: digest[:12] for name, digest in identity.code_files(dataset.config.root).items()}
    for job in given["jobs"]:
        output = Path(job["output"])
        output.mkdir(parents=True, exist_ok=True)
        try:
            if job["files"] != files:
                raise CannotRun("The code of its commit is not the code that it was trained with.")
            one(dataset.config, shelf, job, tests)
        except CannotRun as error:
            (output / "reason.txt").write_text(str(error), encoding="utf-8")
    return 0


def one(config: Config, shelf: Store, job: dict[str, Any], tests: dict[str, Examples]) -> None:
    """Predict with one stored model; write nothing where the store has none that can be loaded."""
    from dataclasses import replace

    from dataci import training

    own = replace(config, train={**config.train, "seed": job["seed"], "params": job["params"]})
    with tempfile.TemporaryDirectory(prefix="dataci-") as folder:
        try:
            if not shelf.get(job["data"], job["code"], Path(folder)):
                return
            model = training.load(own, Path(folder))
        except CannotRun:
            return  # out of reach, or damaged in a way that its hashes do not tell: it is trained again
    write(Path(job["output"]), answers(own, model, tests))

"""Candidates that run with their own code: in a folder that holds it, by the engine that lies there, as a process.

The contract between engines of different commits is the hidden command `dataci predict` (see commands/predict.py).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import dataci
from dataci import checkout, environment, git, identity, measuring, scores, store
from dataci import config as configuration
from dataci import dataset as data
from dataci.config import Config
from dataci.dataset import Dataset
from dataci.errors import CannotRun
from dataci.predictions import Predictions
from dataci.probes import Probe
from dataci.record import Record
from dataci.uncertainty import doubts

VERSION = 1
PROBES = "probes"
TOGETHER = frozenset(  # what torchrun tells processes that train together
    "RANK LOCAL_RANK WORLD_SIZE LOCAL_WORLD_SIZE GROUP_RANK MASTER_ADDR MASTER_PORT".split()
)
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS")


RUNNING: set[subprocess.Popen[str]] = set()


class Ran(NamedTuple):
    """What the candidate of a folder gave: its ids and environment, its training rows, its predictions by split.

    The predictions have a score for each class, rounded as they are stored. ``fitted``: it was trained for this.
    """

    tag: str
    data: str
    code: str
    environment: dict[str, str]
    rows: int
    labels: dict[str, int]
    fitted: bool
    predictions: dict[str, Predictions]


def run_folder(
    folder: Path,
    store_url: str,
    *,
    python: str | Path = sys.executable,
    fresh: bool = False,
    expect: Record | None = None,
    progress: Callable[[str], None] | None = None,
    ask: str = "",
) -> Ran:
    """Run the candidate that ``folder`` holds, on the folder's own data/test and data/bugs; ``ask``: see `predict`.

    Its model comes from the store, else it is trained (``fresh``: always). CannotRun gives the child's own words, and
    says so, before anything is trained, when it is not the candidate of the record ``expect``.
    """
    with tempfile.TemporaryDirectory(prefix="dataci-") as out:
        more = ["--fresh"] if fresh else []
        more += ["--expect", f"{expect['data']['id']}-{expect['code']['id']}"] if expect else []
        child(folder, python, ["predict", "--output", out, "--store", store_url, *more], progress, ask)
        return ran(Path(out))


def ran(out: Path) -> Ran:
    """Read what `dataci predict` wrote; CannotRun when it is not that."""
    try:
        told = json.loads((out / "ran.json").read_text(encoding="utf-8"))
        if told["version"] != VERSION:
            raise CannotRun(f"Its engine answers in version {told['version']}; this one reads {VERSION}.")
        predicted = scores.loads((out / "predictions.csv").read_text(encoding="utf-8"), None)
        ids, counts = (
            (told["tag"], told["data"], told["code"]),
            (told["rows"], told["labels"], told["fitted"]),
        )
        return Ran(*ids, told["environment"], *counts, predicted)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CannotRun(f"Its engine gave no answer that can be read ({error}).") from error


def run_jobs(
    folder: Path,
    store_url: str,
    records: Sequence[Record],
    python: str | Path = sys.executable,
    ask: str = "",
) -> dict[str, dict[str, Predictions] | CannotRun | None]:
    """Predict with several stored candidates of the code in ``folder``, in one process; by tag.

    None: the store has no (whole) model of it. CannotRun: why it cannot predict, for that one alone.
    """
    with tempfile.TemporaryDirectory(prefix="dataci-") as home:
        jobs = [job(of, Path(home) / of["tag"]) for of in records]
        (Path(home) / "jobs.json").write_text(
            json.dumps({"version": VERSION, "jobs": jobs}), encoding="utf-8"
        )
        asked = ["--output", home, "--store", store_url, "--jobs", str(Path(home) / "jobs.json")]
        child(folder, python, ["predict", *asked], None, ask)
        return {of["tag"]: answer(Path(home) / of["tag"]) for of in records}


def job(of: Record, output: Path) -> dict[str, Any]:
    """Return what `dataci predict --jobs` is told of a candidate."""
    told = {"data": of["data"]["id"], "code": of["code"]["id"], "files": of["code"]["files"]}
    return {**told, "seed": of["train"]["seed"], "params": of["train"]["params"], "output": str(output)}


def answer(out: Path) -> dict[str, Predictions] | CannotRun | None:
    """Read what a job gave."""
    if (out / "predictions.csv").is_file():
        try:
            return scores.loads((out / "predictions.csv").read_text(encoding="utf-8"), None)
        except ValueError as error:
            return CannotRun(f"Its engine gave no answer that can be read ({error}).")
    reason = out / "reason.txt"
    return CannotRun(reason.read_text(encoding="utf-8")) if reason.is_file() else None


def child(
    folder: Path,
    python: str | Path,
    arguments: Sequence[str],
    progress: Callable[[str], None] | None,
    ask: str = "",
) -> None:
    """Run a command of the engine in ``folder``; CannotRun with its last sentence when it fails."""
    engine = folder / "src" if (folder / "src" / "dataci").is_dir() else Path(dataci.__file__).parent.parent
    env = {name: value for name, value in os.environ.items() if name not in (*TOGETHER, *git.HOOK)}
    env |= {
        "PYTHONPATH": str(engine),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONIOENCODING": "utf-8",
        "CI": "true",
        "DATACI_ASK": ask,
    }
    env |= {name: env.get(name, "1") for name in THREADS}
    command = [str(python), "-m", "dataci", *arguments]
    options: dict[str, Any] = {"encoding": "utf-8", "errors": "replace", "start_new_session": True}
    with subprocess.Popen(
        command, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **options
    ) as process:
        RUNNING.add(process)
        try:
            lines = []
            for line in process.stderr or ():
                lines.append(line.strip())
                if progress:
                    progress(line.rstrip())
            process.wait()
        except BaseException:  # also Ctrl-C: the child must not go on alone
            stop(process)
            raise
        finally:
            RUNNING.discard(process)
    if process.returncode:
        raise CannotRun(last_words(lines))


def stop_all() -> None:
    """End every child that runs, from whatever thread it was started."""
    for process in list(RUNNING):
        stop(process)


def stop(process: subprocess.Popen[str]) -> None:
    """End a child and what it has started itself."""
    if process.poll() is None:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGTERM)
        else:
            process.terminate()


def last_words(lines: Sequence[str]) -> str:
    """Return the sentence with which a child ended."""
    said = [line for line in lines if line]
    ours = [line.removeprefix("dataci: ") for line in said if line.startswith("dataci: ")]
    return (ours or said or ["It ended without a word."])[-1][:500]


def rebuilt(
    dataset: Dataset,
    of: Record,
    probed: Mapping[str, Probe] = {},
    progress: Callable[[str], None] | None = None,
) -> dict[str, Predictions]:
    """Return what a candidate says of today's rows, training it again from its commit if the store has lost it; and of
    probes.

    CannotRun says why that is impossible; also when its commit now gives another candidate.
    """
    config = dataset.config
    with checkout.checked_out(dataset, of, probed) as folder:
        python = checkout.python(config.root, of, folder)
        url = store.open_store(config).url
        found = run_folder(folder, url, python=python, expect=of, progress=progress, ask=drawn(config))
        return checkout.renamed(found.predictions, probed)


def predictions_today(root: Path, of: Record) -> dict[str, Predictions]:
    """Return what a candidate says of today's rows (the working tree's), rounded, with a score for each class.

    In the order of today's rows, with their clusters and slices. Its own code and its stored model are used; a lost
    model is trained again. CannotRun says why it is impossible.
    """
    dataset = data.load(configuration.load(root))
    now = measuring.today(dataset)
    found = stored_models(dataset, [of], here(dataset.config, of), now.probes)[of["tag"]]
    if isinstance(found, CannotRun):
        raise found
    return measuring.placed(now, rebuilt(dataset, of, now.probes) if found is None else found)


def stored_models(
    dataset: Dataset, group: Sequence[Record], at_home: bool, probed: Mapping[str, Probe] = {}
) -> dict[str, dict[str, Predictions] | CannotRun | None]:
    """Return what the stored models of candidates with the same code say of today's rows, by tag; see ``run_jobs``.

    ``at_home``: the working tree holds that code (``here``). ``probed``: today's probes, if they are asked about, too.
    """
    config = dataset.config
    url = store.open_store(config).url
    if at_home:
        return run_jobs(config.root, url, group, ask=f"{PROBES} {drawn(config)}" if probed else drawn(config))
    anchor = next((of for of in group if checkout.unreachable(config.root, of) is None), group[0])
    with checkout.checked_out(dataset, anchor, probed) as folder:
        python = checkout.python(config.root, anchor, folder)
        found = run_jobs(folder, url, group, python, drawn(config))
    return {
        tag: checkout.renamed(answer, probed) if isinstance(answer, dict) else answer
        for tag, answer in found.items()
    }


def drawn(config: Config) -> str:
    """Return what asks a candidate for doubts: as many draws as are configured today, whatever its commit says."""
    return f"doubts draws={doubts.draws(config.evaluation)}"


def here(config: Config, of: Record, files: Mapping[str, str] | None = None) -> bool:
    """Tell whether the working tree holds the code of a candidate, and this Python its environment.

    ``files``: what ``own_files`` gave, where several candidates are asked about. Not for threads: Python's own parser,
    which finds the files, is not safe there.
    """
    return (
        (own_files(config) if files is None else files) == of["code"]["files"]
        and alike(identity.training_settings(config), of["train"])
        and environment.fits(of["environment"])
    )


def own_files(config: Config) -> dict[str, str]:
    """Return the short hash of each file of the working tree's code, as records hold it."""
    return {name: digest[:12] for name, digest in identity.code_files(config.root).items()}


def alike(one: Mapping[str, Any], two: Mapping[str, Any]) -> bool:
    """Tell whether two [train] tables differ in nothing but the seed and the parameters."""
    return all(one[name] == two[name] for name in ("task", "columns", "missing", "world_size"))

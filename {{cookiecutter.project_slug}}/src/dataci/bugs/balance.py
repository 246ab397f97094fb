"""What a bug's patterns hold: how many the model gets wrong, in which direction, and how many it gets right.

A bug of wrong patterns alone cannot tell a cure from a model that always says the opposite; true cases around the fault
can. The stored model of the candidate that counts is asked where today's code is its code; else the labels are counted.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from dataci import evaluation, examples, formats, identity, predictions, store, training
from dataci.bugs import triage
from dataci.bugs.judging import Proposed
from dataci.dataset import FOLDER, Dataset
from dataci.errors import CannotRun
from dataci.models import Model
from dataci.predictions import Predictions, Settings
from dataci.record import Record
from dataci.results import Source

FALSE_POSITIVE, FALSE_NEGATIVE = "false positive", "false negative"
TRUE_POSITIVE, TRUE_NEGATIVE, WRONG, RIGHT = "true positive", "true negative", "wrong", "right"
SPAN = 6  # of more different numbers only the first and the last are told


class Asked(NamedTuple):
    """A model that can be asked about patterns. ``tag``: of its candidate; ``model`` None: it cannot, and ``why``."""

    tag: str
    model: Model | None
    how: Settings | None
    why: str = ""


class Balance(NamedTuple):
    """``kinds``: for each pattern what the model makes of it, "" where it was not asked; ``labels``: what is right."""

    kinds: tuple[str, ...]
    labels: tuple[str, ...]


def model(dataset: Dataset) -> Asked:
    """Return the stored model of production, else of the latest, if it can be had without training. Never raises
    CannotRun.
    """
    try:
        found = triage.look(Source(dataset.config.root))
        if found.latest is None:
            return Asked("", None, None, "there is no result yet")
        made_of = identity.identify(dataset)
        wanted = [one for one in (found.reference, found.latest) if one and one["code"]["id"] == made_of.code]
        for one in wanted:
            loaded = stored(dataset, one)
            if loaded is not None:
                return Asked(one["tag"], loaded, settings(dataset, one))
        why = "its model is not in the store" if wanted else "it has other code than this working tree"
        return Asked("", None, None, why)
    except CannotRun as error:
        return Asked("", None, None, str(error))


def stored(dataset: Dataset, of: Record) -> Model | None:
    """Return the fitted model of a candidate of today's code, None where the store has none."""
    with tempfile.TemporaryDirectory(prefix="dataci-") as name:
        if not store.open_store(dataset.config).get(of["data"]["id"], of["code"]["id"], Path(name)):
            return None
        return training.load(dataset.config, Path(name))


def settings(dataset: Dataset, of: Record) -> Settings:
    """Return how the candidate is evaluated today."""
    return evaluation.settings(dataset.config.evaluation, sorted(of["data"]["labels"]))


def weigh(asked: Asked, base: Dataset, path: str, data: bytes) -> Balance:
    """Say what a model makes of the patterns in the file ``path`` (below data/bugs/) with the bytes ``data``."""
    name = base.config.columns.label
    frame = formats.read(path, data).frame
    labels = tuple(frame[name].fill_null("").to_list()) if name in frame.columns else ()
    silent = Balance(("",) * len(labels), labels)
    if asked.model is None or asked.how is None:
        return silent
    try:
        rows = examples.examples(
            Proposed(base, path, data), path.removeprefix(f"{FOLDER}/").rpartition("/")[0]
        )
        said = predictions.stored(training.predict(base.config, asked.model, rows), asked.how)
    except CannotRun:
        return silent
    return Balance(tuple(kinds(said, asked.how)), tuple(said.labels)) if said.classes else silent


def kinds(said: Predictions, how: Settings) -> list[str]:
    """Say of each pattern how it is decided."""
    right = predictions.right(said, how)
    if how.positive is None:
        return [RIGHT if yes else WRONG for yes in right]
    words = {
        (True, True): TRUE_POSITIVE,
        (True, False): TRUE_NEGATIVE,
        (False, True): FALSE_NEGATIVE,
        (False, False): FALSE_POSITIVE,
    }
    return [words[bool(yes), label == how.positive] for yes, label in zip(right, said.labels, strict=True)]


def told(asked: Asked, found: Balance, whole: bool = True) -> list[str]:
    """Write a balance, and what is missing in it where the bug is ``whole``."""
    if not any(found.kinds):
        counted = Counter(found.labels)
        said = span(counted) or ", ".join(
            f"{number} × {label!r}" for label, number in sorted(counted.items())
        )
        why = f" (no model was asked: {asked.why})" if asked.why else ""
        return [f"Balance by label: {said}{why}."]
    counts = Counter(found.kinds)
    order = (FALSE_POSITIVE, FALSE_NEGATIVE, WRONG, TRUE_POSITIVE, TRUE_NEGATIVE, RIGHT)
    said = ", ".join(several(counts[kind], kind) for kind in order if counts[kind])
    return [f"Balance, as {asked.tag} decides: {said}.", *(advice(counts) if whole else [])]


def span(counted: Counter[str]) -> str:
    """Write from where to where many different numbers go, as the labels of a regression are; "" for others."""
    try:
        ordered = sorted(counted, key=float)
    except ValueError:
        return ""
    return f"from {ordered[0]} to {ordered[-1]}" if len(ordered) > SPAN else ""


def several(number: int, kind: str) -> str:
    """Write how many there are of a kind."""
    return f"{number} {kind}{'' if number == 1 or kind in (WRONG, RIGHT) else 's'}"


def advice(counts: Counter[str]) -> list[str]:
    """Say what would make a bug sharper."""
    wrong = counts[FALSE_POSITIVE] + counts[FALSE_NEGATIVE] + counts[WRONG]
    if not wrong:
        return [
            "None of them is wrong, so they do not show the fault yet. Add some that the model gets wrong."
        ]
    if wrong == sum(counts.values()):
        return [
            "All of them are wrong. Some that the model gets right, close to the fault, would guard the cure."
        ]
    return []

"""Results that another job handed over, judged before they come near the branch: they are well formed, they are of what
they say they are of, and their figures are those of their predictions.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from dataci import bounded, git, measuring, probes, record, results, scores
from dataci import config as configuration
from dataci.dataset import BUGS, FOLDER, TEST, TRAIN, Dataset
from dataci.delivery import agreement, handover, intake
from dataci.errors import CannotRun
from dataci.predictions import Predictions
from dataci.record import Record
from dataci.shape import misfit

NAME = re.compile(rf"{record.TAG.pattern}(?:\.predictions\.csv|\.json)")
LARGEST, TOGETHER = 48_000_000, 1_000_000_000  # bytes: GitHub warns of files above 50 MiB
IDENTITY = ("tag", "data", "code", "environment", "train")
METRIC = re.compile(r"[a-z0-9_]{1,40}")
BROKEN = (ValueError, LookupError, TypeError, ArithmeticError, csv.Error)


class Handed(NamedTuple):
    """Results that were handed over, by tag: each record with the bytes of its predictions (None: it has none).

    ``commit``: where they were made. ``latest``: the tag of that commit's own candidate, if it has a result. ``exact``:
    a result that is new must be of the training data of just that commit, and not of one before it.
    """

    commit: str
    latest: str | None
    results: Mapping[str, tuple[Record, bytes | None]]
    exact: bool = True


def take(folder: Path) -> Handed:
    """Read a folder that was handed over; CannotRun says what in it is not as it must be."""
    found = intake.read_folder(folder, expected, LARGEST, TOGETHER)
    listed = parse_list(found.pop(handover.LIST, b""), folder)
    tags = [name.removesuffix(".json") for name in found if name.endswith(".json")]
    loose = [name for name in found if name.partition(".")[0] not in tags]
    if tags != sorted(listed["tags"]) or loose:
        intake.refuse(folder, f"it does not hold the results that {handover.LIST} names")
    taken = {}
    for tag in tags:
        try:
            taken[tag] = one(tag, found[f"{tag}.json"], found.get(f"{tag}.predictions.csv"))
        except CannotRun as error:
            intake.refuse(folder, str(error).rstrip("."))
    return Handed(listed["commit"], listed["latest"], taken)


def refuse_elsewhere(root: Path, handed: Handed, start: str) -> None:
    """Refuse what was made neither at ``start``, the commit of this run, nor at a later one of the branch (HEAD)."""

    def follows(older: str, newer: str) -> bool:
        return git.run(root, "merge-base", older, newer, check=False).decode().strip() == older

    if handed.commit != start and not (follows(start, handed.commit) and follows(handed.commit, "HEAD")):
        raise CannotRun(
            f"What was handed over was made at {handed.commit[:12]}, which is not the commit of this run, "
            f"{start[:12]}, nor a later one of the branch. Nothing was published."
        )


def expected(name: str) -> bool:
    """Tell whether a file may be there."""
    return name == handover.LIST or NAME.fullmatch(name) is not None


def parse_list(raw: bytes, folder: Path) -> dict[str, Any]:
    """Read delivered.json."""
    try:
        found = bounded.parse(raw, len(raw), handover.LIST)
        wrong = misfit(found, handover.SHAPE, "")
    except CannotRun as error:
        wrong = str(error)
    if wrong or found["version"] != handover.VERSION:
        intake.refuse(folder, f"{handover.LIST} is missing, or not as dataci writes it")
    if not isinstance(found["commit"], str) or not git.FULL_ID.fullmatch(found["commit"]):
        intake.refuse(folder, f"{handover.LIST} names no commit")
    if found["latest"] is not None and not record.TAG.fullmatch(found["latest"]):
        intake.refuse(folder, f"{handover.LIST} names a latest result that is no tag")
    return dict(found)


def one(tag: str, raw: bytes, predictions: bytes | None) -> tuple[Record, bytes | None]:
    """Judge one result by itself: a record as dataci writes it, and predictions that give its figures."""
    try:
        made = results.parse(raw, tag)
        wrong = fault(made, raw) or (None if predictions is None else disagreement(made, predictions))
    except RecursionError:
        wrong = "it is nested too deeply"
    except ValueError:
        wrong = "it holds a number that cannot be written"
    if wrong:
        raise CannotRun(f"{tag}: {wrong.rstrip('.')}.")
    return made, predictions


def fault(made: Record, raw: bytes) -> str | None:
    """Say what in a record dataci would not have written, or None."""
    metric = made["evaluation"]["metric"]
    if set(made) - {name.rstrip("?") for name in record.SHAPE}:
        return "the record has an entry that no record has"
    if raw != record.dumps(made).encode("utf-8", "replace"):
        return "the record is not written as dataci writes it"
    if not METRIC.fullmatch(metric) or metric not in made["metrics"]:
        return "the record does not have the metric that it is judged by"
    if made["commit"] is None or not record.HEX.fullmatch(made["commit"]) or made["uncommitted"]:
        return "it was made of something that is not committed"
    return None


def disagreement(made: Record, raw: bytes) -> str | None:
    """Say where predictions are not those that a record was computed from, or None."""
    try:
        rows = scores.loads(raw.decode("utf-8"), made["evaluation"]["positive"])
        if set(rows) != {"test", *(f"bugs/{name}" for name in made["bugs"]), *probes.counted(made)} - empty(
            made
        ):
            return "its predictions are not of the test set, the bugs and the probes that the record names"
        if len(rows["test"].ids) != made["test"]["rows"] or not unique(rows):
            return "its predictions are not of the rows that the record counts"
        counted = {name: len(rows.get(f"bugs/{name}", ([],))[0]) for name in made["bugs"]}
        if counted != {name: entry["n"] for name, entry in made["bugs"].items()}:
            return "its predictions are not of the patterns that the record counts"
        if any(len(rows[name].ids) != count for name, count in probes.counted(made).items()):
            return "its predictions are not of the changed rows that the record counts"
        return agreement.difference(made, rows)
    except BROKEN as error:
        return f"its predictions cannot be read ({' '.join(str(error).split())[:100]})"


def empty(made: Record) -> set[str]:
    """Return the bugs without a pattern: they have no line in the file."""
    return {f"bugs/{name}" for name, entry in made["bugs"].items() if not entry["n"]}


def unique(rows: Mapping[str, Predictions]) -> bool:
    """Tell whether each row stands there once."""
    return all(len(set(split.ids)) == len(split.ids) for split in rows.values())


def stranger(root: Path, handed: Handed, made: Record, old: Record | None) -> str:
    """Say why a result cannot be one of this repository; "" when it can. ``old``: what the branch has of it already.

    ``root``: a clone that holds ``handed.commit`` and its history.
    """
    if old is not None and any(old[name] != made[name] for name in IDENTITY):
        return "the branch has a result of that name that was made of something else"
    if old is not None and old["commit"] == made["commit"]:
        return ""
    start = git.resolve(root, handed.commit)
    if old is None and handed.exact and train_id(root, start) != made["data"]["id"]:
        return f"its training data are not those of {start[:12]}"
    return not_of(root, made, start) or (elsewhere(root, made, start) if old is None and handed.exact else "")


def elsewhere(root: Path, made: Record, start: str) -> str:
    """Say what of its test set, of its bugs and of [evaluation] is not as it is in a commit; "" when all is.

    A record that can no longer be measured says so itself, and is of an older test set.
    """
    if "not_comparable" in made:
        return ""
    text = git.show(root, start, configuration.FILE) or b""
    dataset = Dataset(
        configuration.parse(text.decode("utf-8"), root), start, git.entries(root, start, FOLDER)
    )
    if made["evaluation"] != record.evaluation(measuring.settings(dataset.config.evaluation, made)):
        return f"it was not measured as [evaluation] says in {start[:12]}"
    if (made["test"]["id"], made["test"]["bugs"]) != (dataset.tree_id(TEST), dataset.tree_id(BUGS)):
        return f"its test set or its bugs are not those of {start[:12]}"
    return misquoted(made, dataset, measuring.told(dataset), start[:12])


def misquoted(made: Record, dataset: Dataset, told: Mapping[str, Mapping[str, Any]], where: str) -> str:
    """Say which bug a record leaves out, or tells otherwise than it stands in ``dataset``; "" when there is none.

    ``told``: what ``measuring.told`` returns of the dataset; ``where``: how a sentence calls it.
    """
    splits = {part.split for part in dataset.parts if part.split.startswith(f"{BUGS}/")}
    for split in sorted(splits - {f"{BUGS}/{name}" for name in made["bugs"]}):
        return f"it leaves out the bug {split.removeprefix(BUGS + '/')[:60]!r} of {where}"
    for name, bug in made["bugs"].items():
        if record.told(bug) != told.get(f"{BUGS}/{name}"):
            return f"what it says of the bug {name[:60]!r} is not what stands in data/{BUGS} of {where}"
    return ""


def not_of(root: Path, made: Record, start: str) -> str:
    """Say why a record is not of a commit in the history of ``start``; "" when it is."""
    try:
        built = git.resolve(root, made["commit"])
    except CannotRun:
        return f"its commit {made['commit'][:12]} is not in this repository"
    if git.run(root, "merge-base", built, start, check=False).decode().strip() != built:
        return f"its commit {made['commit'][:12]} is not in the history of {start[:12]}"
    if train_id(root, built) != made["data"]["id"]:
        return "its training data are not those of its commit"
    return ""


def train_id(root: Path, commit: str) -> str:
    """Return the id of the training data in a commit."""
    folder = f"{FOLDER}/{TRAIN}"
    return git.tree_id(git.entries(root, commit, folder), folder)

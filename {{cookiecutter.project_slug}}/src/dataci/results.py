"""The results/ folder: one record and one file of predictions a candidate, so that branches never meet in one file.

``latest.json`` and ``README.md`` are derived (publishing.py): the first is a copy of the record of what the project
trains today, and its line diff is the change of behaviour. ``production.toml`` is a person's decision (production.py).
"""

from __future__ import annotations

import contextlib
import csv
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from dataci import git, record, scores
from dataci.errors import CannotRun
from dataci.predictions import Predictions
from dataci.record import Record
from dataci.replacing import replace

FOLDER = "results"
LATEST = "latest.json"
LEADERBOARD = "README.md"
PREFIX = re.compile(r"[0-9a-f]{1,8}(-[0-9a-f]{0,8})?")


class Source(NamedTuple):
    """Where results are read from: the working tree (``ref`` None) or a commit."""

    root: Path
    ref: str | None = None

    def bytes(self, name: str) -> bytes | None:
        """Return the bytes of a file in results/, or None when there is none; CannotRun when it is no file."""
        if self.ref is not None:
            return git.show(self.root, self.ref, f"{FOLDER}/{name}")
        return on_disk(self.root / FOLDER / name)


def on_disk(path: Path) -> bytes | None:
    """Return the bytes of a file, or None when there is none; CannotRun when something else has its name."""
    try:
        with contextlib.suppress(FileNotFoundError):
            return path.read_bytes()
    except (IsADirectoryError, NotADirectoryError):
        raise CannotRun(f"{FOLDER}/{path.name} is no file. Remove it and run `dataci train`.") from None
    return None


def read(source: Source, tag: str) -> Record | None:
    """Return the record of a candidate, or None when there is none; CannotRun when it cannot be read."""
    raw = source.bytes(f"{tag}.json")
    return None if raw is None else parse(raw, tag)


def parse(raw: bytes, tag: str) -> Record:
    """Read the record of a candidate; CannotRun when it is none, or that of another candidate."""
    where = f"{FOLDER}/{tag}.json"
    found = record.loads(raw, where)
    if found["tag"] != tag:
        raise CannotRun(f"{where} holds the record of {found['tag']}. Rename it back, or remove it.")
    return found


def latest(source: Source) -> Record | None:
    """Return the record in latest.json, or None when there is none; CannotRun when it cannot be read."""
    raw = source.bytes(LATEST)
    return None if raw is None else record.loads(raw, f"{FOLDER}/{LATEST}")


def read_all(root: Path) -> tuple[list[Record], list[str]]:
    """Return all records in results/, sorted by tag, and a warning for each that cannot be read (it stays)."""
    found, warnings = [], []
    for path in sorted((root / FOLDER).glob("*.json")):
        if path.name == LATEST:
            continue
        try:
            found.append(parse(on_disk(path) or b"", path.stem))
        except CannotRun as error:
            warnings.append(str(error))
    return found, warnings


def find(root: Path, name: str) -> str | None:
    """Return the tag of the one record whose tag begins with ``name``, or None; CannotRun when there are several."""
    if not PREFIX.fullmatch(name):
        return None
    paths = sorted((root / FOLDER).glob(f"{name}*.json"))
    tags = [path.stem for path in paths if record.TAG.fullmatch(path.stem)]
    if len(tags) > 1:
        raise CannotRun(f"{name!r} can be {', '.join(tags[:5])}. Name more digits.")
    return tags[0] if tags else None


def predictions(source: Source, of: Record) -> dict[str, Predictions] | None:
    """Return a candidate's stored predictions by split, or None when there are none; CannotRun when they are
    malformed.
    """
    raw = source.bytes(f"{of['tag']}.predictions.csv")
    if raw is None:
        return None
    try:
        return scores.loads(raw.decode("utf-8"), of["evaluation"]["positive"])
    except (ValueError, KeyError, IndexError, csv.Error) as error:
        where = f"{FOLDER}/{of['tag']}.predictions.csv"
        raise CannotRun(f"{where} cannot be read ({error}). Remove it and run `dataci train`.") from None


def kept(root: Path, of: Record) -> dict[str, Predictions] | None:
    """Return the predictions stored in the working tree, or None when they are lost or unreadable."""
    try:
        return predictions(Source(root), of)
    except CannotRun:
        return None


def save(root: Path, made: Record, predicted: Mapping[str, Predictions]) -> list[str]:
    """Write the record and its predictions; return the paths of the files that changed."""
    return [path for name, text in texts(made, predicted).items() for path in write(root, name, text)]


def texts(made: Record, predicted: Mapping[str, Predictions]) -> dict[str, str]:
    """Return the text of the record and that of its predictions, by the names of their files."""
    return {
        f"{made['tag']}.json": record.dumps(made),
        f"{made['tag']}.predictions.csv": scores.dumps(predicted, made["evaluation"]["positive"]),
    }


def write(root: Path, name: str, text: str) -> list[str]:
    """Write a file of results/ in one step; return its path when its bytes changed, else nothing."""
    path, data = root / FOLDER / name, text.encode("utf-8")
    if path.is_file() and path.read_bytes() == data:
        return []
    path.parent.mkdir(parents=True, exist_ok=True)
    replace(path, data, 0o644)
    return [f"{FOLDER}/{name}"]

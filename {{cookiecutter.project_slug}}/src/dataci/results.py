"""The results/ folder: one record and one file of predictions a candidate; the rest of it is derived and can
be rebuilt.

``latest.json`` is a copy of the record of what the project trains today: its line diff is the change of
behaviour.
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dataci import git, record
from dataci.errors import CannotRun
from dataci.evaluation import DECIMALS, Predictions
from dataci.record import Record

FOLDER = "results"
LATEST = "latest.json"
LEADERBOARD = "README.md"
SCORE = "score"


class Source(NamedTuple):
    """Where results are read from: the working tree (``ref`` None) or a commit."""

    root: Path
    ref: str | None = None

    def bytes(self, name: str) -> bytes | None:
        """Return the bytes of a file in results/, or None when there is none."""
        if self.ref is not None:
            return git.show(self.root, self.ref, f"{FOLDER}/{name}")
        with contextlib.suppress(FileNotFoundError):
            return (self.root / FOLDER / name).read_bytes()
        return None


def read(source: Source, tag: str) -> Record | None:
    """Return the record of a candidate, or None when there is none; CannotRun when it cannot be read."""
    raw = source.bytes(f"{tag}.json")
    return None if raw is None else record.loads(raw, f"{FOLDER}/{tag}.json")


def latest(source: Source) -> Record | None:
    """Return the record in latest.json, or None when there is none; CannotRun when it cannot be read."""
    raw = source.bytes(LATEST)
    return None if raw is None else record.loads(raw, f"{FOLDER}/{LATEST}")


def read_all(root: Path) -> tuple[list[Record], list[str]]:
    """Return all records in results/, sorted by tag, and a warning for each file that is not what its name
    says.
    """
    found, warnings = [], []
    for path in sorted((root / FOLDER).glob("*.json")):
        if path.name == LATEST:
            continue
        where = f"{FOLDER}/{path.name}"
        try:
            one = record.loads(path.read_bytes(), where)
        except CannotRun as error:
            warnings.append(str(error))
            continue
        if one["tag"] == path.stem:
            found.append(one)
        else:
            warnings.append(f"{where} holds the record of {one['tag']}. Rename it back, or remove it.")
    return found, warnings


def predictions(source: Source, of: Record) -> dict[str, Predictions] | None:
    """Return a candidate's stored predictions by split, or None when there are none; CannotRun when they are
    malformed.
    """
    raw = source.bytes(f"{of['tag']}.predictions.csv")
    if raw is None:
        return None
    try:
        return parse_predictions(raw.decode("utf-8"), of["evaluation"]["positive"])
    except (ValueError, KeyError, IndexError, csv.Error) as error:
        where = f"{FOLDER}/{of['tag']}.predictions.csv"
        raise CannotRun(f"{where} cannot be read ({error}). Remove it and run `dataci train`.") from None


def save(root: Path, made: Record, predicted: Mapping[str, Predictions]) -> list[str]:
    """Write the record and its predictions; return the paths of the files that changed."""
    names = {
        f"{made['tag']}.json": record.dumps(made),
        f"{made['tag']}.predictions.csv": format_predictions(predicted, made["evaluation"]["positive"]),
    }
    return [path for name, text in names.items() for path in write(root, name, text)]


def write(root: Path, name: str, text: str) -> list[str]:
    """Write a file of results/ in one step; return its path when its bytes changed, else nothing."""
    path, data = root / FOLDER / name, text.encode("utf-8")
    if path.is_file() and path.read_bytes() == data:
        return []
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".tmp", delete=False) as file:
        file.write(data)
    try:
        os.chmod(file.name, 0o644)
        os.replace(file.name, path)
    except OSError:
        os.unlink(file.name)
        raise
    return [f"{FOLDER}/{name}"]


def format_predictions(predicted: Mapping[str, Predictions], positive: str | None) -> str:
    """Return predictions as CSV: split, id, label (what is right), and the score of the positive class, or of
    each.

    Binary: the column ``score``. More classes: a column ``score:<class>`` each.
    """
    classes = next(iter(predicted.values())).classes
    shown = [positive] if positive is not None else classes
    header = [SCORE] if positive is not None else [f"{SCORE}:{name}" for name in classes]
    lines = [["split", "id", "label", *header]]
    columns = [classes.index(name) for name in shown]
    for split in sorted(predicted, key=lambda name: (name != "test", name)):
        rows = predicted[split]
        for name, label, scores in zip(rows.ids, rows.labels, rows.scores[:, columns], strict=True):
            lines.append([split, name, label, *(f"{score:.{DECIMALS}f}" for score in scores)])
    return "".join(f"{','.join(map(quoted, line))}\n" for line in lines)


def quoted(cell: str) -> str:
    """Quote a cell of CSV where needed; Python's own writer would leave a carriage return bare."""
    return '"' + cell.replace('"', '""') + '"' if any(mark in cell for mark in ',"\r\n') else cell


def parse_predictions(text: str, positive: str | None) -> dict[str, Predictions]:
    """Read what ``format_predictions`` wrote; ValueError says what is wrong.

    Of two classes only the positive one is stored: the other one is called by the labels, else "".
    """
    header, *lines = list(csv.reader(io.StringIO(text, newline="")))
    if header[:3] != ["split", "id", "label"] or len({len(line) for line in (header, *lines)}) != 1:
        raise ValueError("the header or a line is not as dataci writes it")
    scores = np.array([line[3:] for line in lines], dtype=np.float64).reshape(len(lines), len(header) - 3)
    if not ((scores >= 0) & (scores <= 1)).all():
        raise ValueError("a score is no number from 0 to 1")
    if positive is not None and header[3:] != [SCORE]:
        raise ValueError("there is not one score a row")
    if positive is None:
        classes = [name.removeprefix(f"{SCORE}:") for name in header[3:]]
    else:
        others = sorted({line[2] for line in lines} - {positive})
        classes, scores = (
            [others[0] if others else "", positive],
            np.hstack([np.round(1 - scores, DECIMALS), scores]),
        )
    found = {}
    for split in dict.fromkeys(line[0] for line in lines):
        at = [number for number, line in enumerate(lines) if line[0] == split]
        found[split] = Predictions([lines[i][1] for i in at], [lines[i][2] for i in at], classes, scores[at])
    return found

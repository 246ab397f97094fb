"""The text of results/<tag>.predictions.csv: what a candidate says of each test row and of each pattern of a bug.

Columns: ``split`` ("test", "bugs/<id>", or the name of a probe), ``id``, ``label`` (what is right), where they are used
``cluster``, ``slices``, ``spread`` and ``information``, and the scores. Two classes: ``score``, of the positive one.
More: ``score:<class>`` each. Regression: ``score``, what was predicted. Every metric of a record is computed from this
file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

import numpy as np

from dataci.metrics import Array
from dataci.predictions import DECIMALS, NO_DOUBTS, Predictions, plain

SCORE, CLUSTER, SLICES = "score", "cluster", "slices"
DOUBTS = ("spread", "information")
FIXED = ("split", "id", "label")
MOST = 1_000  # slices: each is a list as long as the rows, and who wrote the file may wish us ill
LONGEST = 200  # characters of a slice's name
TOGETHER = 100_000_000  # rows, times slices


def dumps(predicted: Mapping[str, Predictions], positive: str | None) -> str:
    """Return predictions by split as CSV; the test set first, then the bugs by name."""
    classes = next(iter(predicted.values())).classes
    shown = [positive] if positive is not None else classes
    optional = [
        *([CLUSTER] if any(rows.clusters for rows in predicted.values()) else []),
        *([SLICES] if any(rows.slices for rows in predicted.values()) else []),
        *(DOUBTS if any(len(rows.doubts) for rows in predicted.values()) else []),
    ]
    names = [SCORE] if positive is not None or not classes else [f"{SCORE}:{name}" for name in classes]
    columns = [classes.index(name) for name in shown] if classes else [0]
    lines: list[list[str]] = [[*FIXED, *optional, *names]]
    for split in sorted(predicted, key=lambda name: (name != "test", name)):
        lines += [[split, *line] for line in split_lines(predicted[split], optional, columns)]
    return "".join(f"{','.join(map(quoted, line))}\n" for line in lines)


def split_lines(rows: Predictions, optional: Sequence[str], columns: Sequence[int]) -> list[list[str]]:
    """Return the cells of each row of one split, without the split's name."""
    clusters = rows.clusters or rows.ids
    found = []
    for at, (name, label) in enumerate(zip(rows.ids, rows.labels, strict=True)):
        cells = {
            CLUSTER: clusters[at],
            SLICES: " ".join(s for s, mask in sorted(rows.slices.items()) if mask[at]),
        }
        if len(rows.doubts):
            cells |= dict(
                zip(DOUBTS, (number(value, rows) for value in rows.doubts[at].tolist()), strict=True)
            )
        scores = [number(value, rows) for value in rows.scores[at, columns].tolist()]
        found.append([name, label, *(cells.get(key, "") for key in optional), *scores])
    return found


def number(value: float, rows: Predictions) -> str:
    """Write a number with as many digits as are stored."""
    return f"{value:.{DECIMALS}f}" if rows.classes else plain(value)


def quoted(cell: str) -> str:
    """Quote a cell of CSV where needed; Python's own writer would leave a carriage return bare."""
    return '"' + cell.replace('"', '""') + '"' if any(mark in cell for mark in ',"\r\n') else cell


def loads(text: str, positive: str | None) -> dict[str, Predictions]:
    """Read what ``dumps`` wrote; ValueError says what is wrong.

    Of two classes only the positive one is stored: the other one is called by the labels, else "". A slice that no
    row belongs to is not in the file.
    """
    header, *lines = list(csv.reader(io.StringIO(text, newline="")))
    optional = [name for name in header[len(FIXED) :] if name in (CLUSTER, SLICES, *DOUBTS)]
    skip = len(FIXED) + len(optional)
    if header[:skip] != [*FIXED, *optional] or len({len(line) for line in (header, *lines)}) != 1:
        raise ValueError("the header or a line is not as dataci writes it")
    values = np.array([line[skip:] for line in lines], dtype=np.float64).reshape(
        len(lines), len(header) - skip
    )
    classes, values = known_classes(header[skip:], lines, values, positive)
    found, places = {}, dict[str, list[int]]()
    for number, line in enumerate(lines):
        places.setdefault(line[0], []).append(number)
    for split, at in places.items():
        chosen = [dict(zip(header[:skip], lines[i], strict=False)) for i in at]
        found[split] = one_split(chosen, classes, values[at])
    return found


def known_classes(
    names: Sequence[str], lines: Sequence[Sequence[str]], values: Array, positive: str | None
) -> tuple[list[str], Array]:
    """Return the classes and a score for each of them; of a regression no class and what was predicted."""
    if positive is None and list(names) == [SCORE]:
        if not np.isfinite(values).all():
            raise ValueError("a prediction is no finite number")
        return [], values
    if not ((values >= 0) & (values <= 1)).all():
        raise ValueError("a score is no number from 0 to 1")
    if positive is None:
        return [name.removeprefix(f"{SCORE}:") for name in names], values
    if list(names) != [SCORE]:
        raise ValueError("there is not one score a row")
    others = sorted({line[2] for line in lines} - {positive})
    return [others[0] if others else "", positive], np.hstack([np.round(1 - values, DECIMALS), values])


def one_split(rows: Sequence[Mapping[str, str]], classes: list[str], values: Array) -> Predictions:
    """Return the predictions of one split from its cells."""
    clusters = tuple(row.get(CLUSTER, row["id"]) for row in rows)
    inside = [set(row.get(SLICES, "").split()) for row in rows]
    names = sorted({name for row in inside for name in row})
    if len(names) > MOST:
        raise ValueError(f"the rows are in more than {MOST:,} slices")
    if len(names) * len(rows) > TOGETHER or max(map(len, names), default=0) > LONGEST:
        raise ValueError("the slices are too many for so many rows, or one has too long a name")
    return Predictions(
        [row["id"] for row in rows],
        [row["label"] for row in rows],
        classes,
        values,
        clusters if len(set(clusters)) < len(clusters) else (),
        {name: np.array([name in row for row in inside]) for name in names},
        doubts(rows),
    )


def doubts(rows: Sequence[Mapping[str, str]]) -> Array:
    """Return the spread and the mutual information of each row; none where a row lacks them."""
    if not all(row.get(name) for row in rows for name in DOUBTS):
        return NO_DOUBTS
    values = np.array([[float(row[name]) for name in DOUBTS] for row in rows])
    if not (np.isfinite(values).all() and (values >= 0).all()):
        raise ValueError("a spread is no number from 0 on")
    return values

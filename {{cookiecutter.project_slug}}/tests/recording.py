"""Results without training, for the tests: records and predictions of candidates as good as one likes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from dataci import evaluation, record, results
from dataci.identity import Identity
from dataci.predictions import Predictions, Settings, stored
from dataci.record import Record

HOW = Settings("roc_auc", "1", 0.5)
LABELS = ["0", "1"] * 100
TEST = {"id": "7" * 40, "bugs": "8" * 40, "slices": None}


def predictions(signal: float, seed: int = 0, labels: list[str] = LABELS) -> Predictions:
    """Return binary predictions that know a part of the truth; the same seed, the same noise."""
    truth = np.array([label == "1" for label in labels])
    scores = np.clip(np.random.default_rng(seed).normal(0.4 + signal * truth, 0.2), 0, 1)
    ids = [f"r{at:03d}" for at in range(len(labels))]
    return stored(Predictions(ids, labels, ["0", "1"], np.column_stack([1 - scores, scores])), HOW)


def made(
    name: str,
    predicted: Mapping[str, Predictions],
    parent: str | None = None,
    how: Settings = HOW,
    test: Mapping[str, Any] = TEST,
    data: str | None = None,
    code: str | None = None,
    **changes: Any,
) -> Record:
    """Return the record of a candidate; ``name`` stands for its data and its code where they are not given."""
    bugs = {split.removeprefix("bugs/"): rows for split, rows in predicted.items() if split != "test"}
    measured = (
        {"slices": {}, "calibration": []}
        | evaluation.evaluate(predicted["test"], bugs, how)
        | {"per_class": {}}
    )
    for bug in bugs:
        measured["bugs"][bug]["tree"] = "b" * 40
    files = {"project/model.py": "0123456789ab"}
    digest = hashlib.sha256(name.encode()).hexdigest()
    identity = Identity(data or digest[:40], code or digest, files, {"python": "3.11"})
    settings = {
        "task": "classification",
        "seed": 0,
        "world_size": 1,
        "params": {},
        "columns": {},
        "missing": [],
    }
    rows = len(predicted["test"].ids)
    found = record.build(
        identity,
        ("c" * 40, False),
        settings,
        100,
        {"0": 50, "1": 50},
        {**test, "rows": rows},
        how,
        measured,
        {"parent": parent, **({"data": {"rows_added": 3, "commits": []}} if parent else {})},
    )
    return {**found, **changes}


def keep(root: Path, name: str, signal: float = 0.2, seed: int = 0, **changes: Any) -> Record:
    """Make a candidate, write its record and its predictions into results/, and return the record."""
    predicted = {"test": predictions(signal, seed)}
    found = made(name, predicted, **changes)
    results.save(root, found, predicted)
    return found

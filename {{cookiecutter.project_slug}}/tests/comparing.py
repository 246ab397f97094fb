"""Two results for the tests of comparisons, without training: records by hand, predictions as good as one likes."""

from __future__ import annotations

from typing import Any

import numpy as np

from dataci import predictions, record
from dataci.comparison import Side
from dataci.predictions import Predictions, Settings

LABELS = ["0", "1"] * 60
TRUTH = np.array([label == "1" for label in LABELS])


def stored(
    scores: np.ndarray,
    labels: list[str] = LABELS,
    prefix: str = "r",
    slices: dict[str, np.ndarray] | None = None,
    clusters: tuple[str, ...] = (),
) -> Predictions:
    """Return binary predictions as they are stored."""
    ids = [f"{prefix}{at:03d}" for at in range(len(labels))]
    rows = Predictions(ids, labels, ["0", "1"], np.column_stack([1 - scores, scores]), clusters, slices or {})
    return predictions.stored(rows, Settings("roc_auc", "1", 0.5))


def numbers(values: np.ndarray, truth: np.ndarray) -> Predictions:
    """Return the predictions of a regression."""
    ids = [f"r{at:03d}" for at in range(len(truth))]
    return Predictions(ids, [f"{value:.6g}" for value in truth], [], predictions.significant(values)[:, None])


def of_bug(rows: Predictions, tree: str, how: Settings) -> dict[str, Any]:
    """Return the entry of a bug in a record."""
    if not rows.classes:
        return {"n": len(rows.ids), "mae": {"value": 1.0}, "tree": tree}
    guesses = predictions.guesses(rows, how)
    errors = sum(guess != label for guess, label in zip(guesses, rows.labels, strict=True))
    return {
        "n": len(rows.ids),
        "errors": errors,
        "error_rate": {"value": errors / len(rows.ids)},
        "tree": tree,
    }


def of_slice(mask: np.ndarray, metric: str) -> dict[str, Any]:
    """Return the entry of a slice in a record."""
    return {"n": int(mask.sum()), "metrics": {metric: {"value": 0.5, "low": 0.4, "high": 0.6}}}


def side(
    code: str,
    rows: Predictions,
    metric: str = "roc_auc",
    test: str = "7" * 40,
    patterns: dict[str, tuple[str, Predictions]] | None = None,
    margin: float = 0.0,
    threshold: float = 0.5,
    **changes: Any,
) -> Side:
    """Return a result with these predictions; ``patterns``: of each bug its tree and its predictions."""
    how = Settings(metric, "1" if rows.classes else None, threshold, margin)
    bugs = patterns or {}
    found: dict[str, Any] = {
        "format": record.FORMAT,
        "tag": f"aaaaaaaa-{code * 8}",
        "commit": "c" * 40,
        "uncommitted": False,
        "data": {"id": "a" * 40, "rows": 120, "labels": {"0": 60, "1": 60} if rows.classes else {}},
        "code": {"id": code * 64, "files": {"project/model.py": code}},
        "environment": {"python": "3.11"},
        "train": {
            "task": "classification" if rows.classes else "regression",
            "seed": 0,
            "world_size": 1,
            "params": {"C": int(code, 16)},
            "columns": {},
            "missing": [],
        },
        "evaluation": record.evaluation(how),
        "test": {"id": test, "bugs": "8" * 40, "slices": None, "rows": len(rows.ids)},
        "metrics": {metric: {"value": 0.5, "low": 0.4, "high": 0.6}},
        "confusion": {},
        "per_class": {},
        "slices": {name: of_slice(mask, metric) for name, mask in rows.slices.items()},
        "calibration": [],
        "bugs": {name: of_bug(told, tree, how) for name, (tree, told) in bugs.items()},
        "changed": {"parent": None},
        "compared": {},
        **changes,
    }
    assert record.fault(found) is None
    return Side(
        found["tag"], found, {"test": rows, **{f"bugs/{name}": told for name, (_, told) in bugs.items()}}
    )


def noise(seed: int, signal: float) -> np.ndarray:
    """Return scores that know a part of the truth."""
    return np.clip(np.random.default_rng(seed).normal(0.4 + signal * TRUTH, 0.2), 0, 1)

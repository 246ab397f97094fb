"""What a model learns: the labels as class numbers, or standardised where they are numbers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import polars as pl

from dataci.config import REGRESSION
from dataci.errors import CannotRun

Array = np.ndarray[Any, np.dtype[Any]]


class Targets(NamedTuple):
    """``values`` (rows,): class numbers, or the standardised label, with ``mean`` and ``spread`` to go back by."""

    values: Array
    classes: list[str]
    mean: float = 0.0
    spread: float = 1.0


def targets(labels: pl.Series, task: str) -> Targets:
    """Return what is learned from labels; CannotRun for one that is no number in a regression."""
    if task != REGRESSION:
        classes = sorted({str(label) for label in labels})
        places = {name: at for at, name in enumerate(classes)}
        return Targets(np.array([places[str(label)] for label in labels], dtype=np.int64), classes)
    numbers = labels.cast(pl.String).str.strip_chars().cast(pl.Float64, strict=False)
    wrong = labels.filter(~numbers.is_finite().fill_null(False))
    if wrong.len():
        raise CannotRun(f"The label {wrong[0]!r} is no finite number, and a regression learns numbers only.")
    found = numbers.to_numpy()
    mean, spread = float(found.mean()), float(found.std()) or 1.0
    return Targets((found - mean) / spread, [], mean, spread)

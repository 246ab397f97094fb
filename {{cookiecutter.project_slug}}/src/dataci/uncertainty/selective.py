"""How good the model is where it may leave the rows open of which it is least sure (selective prediction).

A row's certainty is the score of the label that is predicted, of a regression how little its draws spread. To cover a
part of the rows is to answer from the certainty on that so many reach; rows of equal certainty are answered together,
so a few more may be. A model whose doubt means something is the better, the fewer rows it answers.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dataci import figures, intervals
from dataci.intervals import codes_of
from dataci.metrics import Array
from dataci.predictions import Predictions, Settings, guesses, right

COVERAGES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)


def of_classes(test: Predictions, how: Settings) -> list[dict[str, Any]]:
    """Return for each coverage ``n``, the rows answered; ``threshold``, the lowest score of a predicted label among
    them; and ``accuracy``, of them alone, with its 95 % interval.
    """
    at = {name: number for number, name in enumerate(test.classes)}
    chosen = np.array([at[name] for name in guesses(test, how)], dtype=np.intp)
    certainty = test.scores[np.arange(len(chosen)), chosen]
    hit, codes = right(test, how), codes_of(test.clusters)
    found = []
    for coverage in COVERAGES:
        threshold = reached(certainty, coverage)
        rows = certainty >= threshold
        value = float(hit[rows].mean())
        low, high = intervals.share(hit[rows], None if codes is None else codes[rows])
        accuracy = {"value": value, "low": min(low, value), "high": max(high, value)}
        found.append(
            {"coverage": coverage, "n": int(rows.sum()), "accuracy": accuracy, "threshold": threshold}
        )
    return found


def of_numbers(test: Predictions, spread: Array) -> list[dict[str, Any]]:
    """Return for each coverage ``n``; ``threshold``, the largest spread among them; and ``mae``, the mean absolute
    error of them alone, with its 95 % interval. Of a regression.
    """
    found = []
    for coverage in COVERAGES:
        threshold = -reached(-spread, coverage)
        rows = test.cut(np.flatnonzero(spread <= threshold))._replace(slices={})
        mae = figures.measure("mae", rows, Settings("mae", None, 0.5))
        found.append({"coverage": coverage, "n": len(rows.ids), "mae": mae, "threshold": threshold + 0.0})
    return found


def reached(certainty: Array, coverage: float) -> float:
    """Return the certainty that a part of the rows reaches."""
    wanted = max(1, math.ceil(coverage * len(certainty) - 1e-9))
    return float(np.sort(certainty)[-wanted])

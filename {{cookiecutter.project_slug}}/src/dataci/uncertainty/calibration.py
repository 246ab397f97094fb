"""The expected calibration error: how far scores lie from the share of rows that are what the score is for.

Rows are ranked by score and cut into up to ten groups of equal size (equal scores stay together), none under 20 rows:
of a model that is mostly sure, tenths of the score would hold nearly all rows in two, and chance in the other eight.
The mean distance over the groups is never 0, even of a perfect model, because shares of few rows scatter. So what
chance alone makes of it is taken out, in squares; and a flawless model comes out near 0 at 200 rows as at 20,000.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dataci import intervals
from dataci.metrics import Array

GROUPS = 10
LEAST = 20  # rows of a group


def error(score: Array, hit: Array, codes: Array | None, minimum: int = LEAST) -> dict[str, Any]:
    """Return value, low and high (95 %) of the error, or the reason why there is none: fewer than ``minimum`` rows.

    ``score``: from 0 to 1. ``hit``: which rows are what the score is for. ``codes``: see ``dataci.intervals``. All of
    shape (rows,). From the lower end on, 97.5 % of the chance is that the error is larger.
    """
    rows = len(score)
    if rows < max(minimum, LEAST):
        return {"reason": f"{rows} test rows are too few; it takes {max(minimum, LEAST)}"}
    gap = np.asarray(score, dtype=np.float64) - hit
    units = rows if codes is None else len(set(codes.tolist()))
    at = groups(score, units)
    signs, apart, chance, variance = np.zeros(rows), 0.0, 0.0, 0.0
    for number in range(int(at.max()) + 1):
        mine = at == number
        part, distance = mine.mean(), float(gap[mine].mean())
        doubt = scatter(gap[mine], score[mine], None if codes is None else codes[mine])
        apart += part * abs(distance)
        chance += part * math.sqrt(2 / math.pi) * doubt
        variance += (part * doubt) ** 2
        signs[mine] = np.sign(distance)
    together = intervals.error(signs * gap - apart, codes)
    deviation = max(math.sqrt(variance), together if math.isfinite(together) else 1.0)
    step = intervals.student(units) * deviation
    low, value, high = (beyond(found, chance) for found in (apart - step, apart, apart + step))
    return {"value": value, "low": low, "high": min(1.0, high)}


def beyond(apart: float, chance: float) -> float:
    """Return what of a distance chance alone does not make."""
    return math.sqrt(max(0.0, max(0.0, apart) ** 2 - chance**2))


def groups(score: Array, units: int) -> Array:
    """Number the group of each row, from 0 by rising score; shape (rows,). ``units``: rows that are on their own."""
    values, at, counts = np.unique(score, return_inverse=True, return_counts=True)
    wanted = min(GROUPS, max(1, units // LEAST))
    numbers, held, number, left = np.zeros(len(values), dtype=int), 0, 0, len(score)
    size = math.ceil(left / wanted)
    for place, count in enumerate(counts.tolist()):
        if held >= size and left >= size:
            number, held = number + 1, 0
        numbers[place] = number
        held, left = held + count, left - count
    return np.asarray(numbers[at])


def scatter(gap: Array, score: Array, codes: Array | None) -> float:
    """Return the standard error of a group's distance: as the rows scatter, and no less than the scores promise (of
    twenty rows with a score of .05 none may be a hit, and then nothing scatters).
    """
    found = intervals.error(gap - gap.mean(), codes)
    promised = math.sqrt(float((score * (1 - score)).sum())) / len(gap)
    return max(promised, found) if math.isfinite(found) else max(promised, abs(float(gap.mean())))

"""Did a figure of behaviour move, or is it chance? On the same rows, paired; where only intervals are known, by those.

A p-value of None: it is no look, for there is nothing to test. ``gain`` is positive where B is better.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

from dataci import intervals
from dataci.comparison import flips
from dataci.comparison.verdicts import NONE, SAME
from dataci.intervals import Z, codes_of
from dataci.metrics import Array
from dataci.predictions import Predictions, Settings, guesses, truths, yes


class Move(NamedTuple):
    """What became of a figure: how much better, and how often chance alone does that much; or, without ``p``, the word
    and the reason for it.
    """

    gain: float = 0.0
    p: float | None = None
    word: str = NONE
    reason: str = ""


def flipped(test: Predictions, probe: Predictions, how: Settings) -> tuple[Array, tuple[str, ...]]:
    """Return what altering the rows does to their predictions, shape (rows,), and the clusters of the rows.

    A row of a probe has the id of the test row that it comes from. True where the label turns; of a regression by how
    much the number changes.
    """
    at = {name: number for number, name in enumerate(test.ids)}
    origin = test.cut([at[name] for name in probe.ids])
    if not test.classes:
        return np.abs(probe.scores[:, 0] - origin.scores[:, 0]), origin.clusters
    told = (np.array(guesses(rows, how), dtype=object) for rows in (origin, probe))
    return np.not_equal(*told), origin.clusters


def between(one: Array, two: Array, clusters: Sequence[str]) -> Move:
    """Compare what happens to the same rows on both sides, shape (rows,) each; less is better.

    Of yes and no: exact McNemar. Of numbers: Student on the differences; never surer than the fewest rows that differ
    allow by their signs.
    """
    if np.array_equal(one, two):
        return Move(word=SAME, reason="every row is the same")
    from dataci import paired

    if one.dtype == bool:
        good, bad = one & ~two, two & ~one
        return Move(float(good.mean() - bad.mean()), paired.mcnemar(*flips.signs(good, bad, tuple(clusters))))
    apart, codes = np.asarray(two - one, dtype=np.float64), codes_of(clusters)
    value, units = float(apart.mean()), len(intervals.totals(apart, codes))
    error = intervals.error(apart - value, codes)
    differ = int(np.count_nonzero(intervals.totals(np.abs(apart), codes)))
    p = max(paired.student(value, error, units, "").p, 2.0 * 0.5**differ)
    return Move(-value, min(1.0, p))


def costs(test: Predictions, how: Settings) -> Array:
    """Return what each row costs; shape (rows,)."""
    dear = how.costs or (0.0, 0.0)
    truth, said = truths(test, how), yes(test, how)
    return np.where(said & ~truth, dear[0], 0.0) + np.where(truth & ~said, dear[1], 0.0)


def apart(one: Mapping[str, Any], two: Mapping[str, Any], lower: bool, key: str = "value") -> Move:
    """Compare two figures by their intervals alone: only where these do not touch is there something to say.

    That is careful: on the same rows both err together, and a paired test would see more.
    """
    if (one[key], one.get("low"), one.get("high")) == (two[key], two.get("low"), two.get("high")):
        return Move(word=SAME, reason="the figure is the same")
    ends = (one.get("low"), one.get("high"), two.get("low"), two.get("high"))
    if any(end is None for end in ends):
        return Move(reason="there is no interval")
    rise = two[key] - one[key]
    gain = -rise if lower else rise
    upper, under = (two, one) if rise > 0 else (one, two)
    if under["high"] >= upper["low"]:
        return Move(gain, 1.0)
    error = math.hypot(upper[key] - upper["low"], under["high"] - under[key]) / Z
    return Move(gain, 2 * NormalDist().cdf(-abs(rise) / error) if error else 0.0)

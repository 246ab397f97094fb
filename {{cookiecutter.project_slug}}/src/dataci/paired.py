"""The difference of two candidates on the same rows, with a 95 % interval and a p-value.

Rows are paired: what is hard for both adds nothing to the doubt. Rows of a cluster count together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from dataci import figures, intervals, predictions
from dataci.intervals import Interval, codes_of
from dataci.metrics import Array
from dataci.predictions import Predictions, Settings

LEVEL = 0.05
SHARES = ("roc_auc", "average_precision", "f1", "macro_f1", "accuracy")
BOUNDED = ("roc_auc", "average_precision", "r2", "rmse")
FEW = 60  # rows (of rankings: twice the smaller class) below which a plain interval of a difference is too short


class Difference(NamedTuple):
    """B - A: its 95 % interval ``low`` to ``high``; ``p``: how often chance alone does as much (two-sided); ``method``:
    how that is known, in words.
    """

    value: float
    low: float
    high: float
    p: float
    method: str

    @property
    def significant(self) -> bool:
        """Whether interval and p-value both say that this is no chance."""
        return self.p < LEVEL and (self.low > 0 or self.high < 0)


def difference(
    metric: str, one: Predictions, two: Predictions, before: Settings, after: Settings
) -> Difference:
    """Return how much the metric differs from A (``one``, judged as in ``before``) to B (``two``, ``after``).

    Both have the same rows in the same order. ROC AUC: DeLong (1988), over clusters after Obuchowski (1997). Accuracy:
    exact McNemar (1947) with Newcombe's interval (1998, method 10). Average precision: a paired bootstrap. Everything
    else: the difference of the influences of the rows, after Student.

    Swapping A and B gives exactly the negative: where rows are drawn, the draws depend on the order of the sides, so
    one order is chosen by their scores.
    """
    if one.scores.tobytes() <= two.scores.tobytes():
        return ordered(metric, one, two, before, after)
    found = ordered(metric, two, one, after, before)
    return found._replace(value=-found.value, low=-found.high, high=-found.low)


def ordered(metric: str, one: Predictions, two: Predictions, before: Settings, after: Settings) -> Difference:
    """Return ``difference`` for sides in this order."""
    codes = codes_of(one.clusters)
    if metric == "accuracy" and codes is None:
        return accuracy(predictions.right(one, before), predictions.right(two, after))
    values = figure(metric, one, before), figure(metric, two, after)
    rows = figures.units(metric, one, before, codes)
    if metric == "average_precision":
        spread, method = drawn(metric, (one, before), (two, after)), "paired bootstrap"
    else:
        mine = [figures.influence(metric, side, how) for side, how in ((one, before), (two, after))]
        spread, method = together(mine[0], mine[1], codes), "DeLong" if metric == "roc_auc" else "paired t"
    method += "" if codes is None else ", by clusters"
    found = student(values[1] - values[0], spread.error, rows, method)
    if metric not in BOUNDED or rows >= FEW or not 0 < found.high - found.low < math.inf:
        return found
    alone = [
        figures.interval(metric, side, how, value)
        for side, how, value in ((one, before, values[0]), (two, after, values[1]))
    ]
    low, high = recovered(values, alone, spread.link)
    return found._replace(low=min(low, found.low), high=max(high, found.high))


def recovered(values: tuple[float, float], alone: Sequence[Interval], link: float) -> Interval:
    """Recover the interval of a difference from those of its two sides (MOVER; Zou 2007).

    Close to the end of its scale the interval of a metric leans away from it, and of few rows a symmetric interval of
    the difference is too short. ``link``: the correlation of the two. Where they err together, it is the same half of
    both intervals that counts; where they do not, the opposite half of A's.
    """
    below = [value - bounds[0] for value, bounds in zip(values, alone, strict=True)]
    above = [bounds[1] - value for value, bounds in zip(values, alone, strict=True)]
    same, value = max(0.0, link), values[1] - values[0]
    down, up = (
        same * one + (1 - same) * other for one, other in ((below[0], above[0]), (above[0], below[0]))
    )
    return value - root(below[1], down, link), value + root(above[1], up, link)


class Spread(NamedTuple):
    """The standard error of a difference, and the correlation of the two estimates."""

    error: float
    link: float


def together(one: Array, two: Array, codes: Array | None) -> Spread:
    """Return the spread of a difference from the influences of the rows on both sides."""
    sums = [intervals.totals(part, codes) for part in (one, two)]
    size = math.sqrt(float((sums[0] ** 2).sum() * (sums[1] ** 2).sum()))
    link = float((sums[0] * sums[1]).sum()) / size if size else 0.0
    return Spread(intervals.error(two - one, codes), link)


def figure(metric: str, side: Predictions, how: Settings) -> float:
    """Return the metric itself."""
    return float(metric_function(metric, side, how)(np.ones((1, len(side.ids))))[0])


def metric_function(metric: str, side: Predictions, how: Settings) -> Callable[[Array], Array]:
    """Return the metric as a function of row weights: shape (draws, rows) in, (draws,) out."""
    return figures.function(metric, side, how)


def weights(side: Predictions, draws: int, seed: int = 0) -> Array:
    """Draw the rows again ``draws`` times: whole clusters, else within each label (of numbers: all); (draws, rows)."""
    labels = side.labels if side.classes else [""] * len(side.ids)
    return intervals.draw(labels, codes_of(side.clusters), None, draws, seed)


def student(value: float, error: float, rows: int, method: str) -> Difference:
    """Return a difference whose doubt is a standard error; where that is not known, nothing can be said."""
    if not math.isfinite(error) or rows < 2:
        return Difference(value, -math.inf, math.inf, 1.0, method)
    if error == 0:
        return certain(value, rows, method)
    step = intervals.student(rows) * error
    return Difference(value, value - step, value + step, intervals.p_value(value / error, rows), method)


def certain(value: float, rows: int, method: str) -> Difference:
    """Return a difference of which no row tells another story: the doubt is that of as many tosses of a coin."""
    if value == 0:
        return Difference(value, value, value, 1.0, method)
    doubt = abs(value) * (1 - intervals.wilson(rows // 2, rows // 2)[0])
    return Difference(value, value - doubt, value + doubt, min(1.0, 2 * 0.5 ** (rows // 2)), method)


def drawn(metric: str, one: tuple[Predictions, Settings], two: tuple[Predictions, Settings]) -> Spread:
    """Return the spread of a difference by drawing the rows again, the same for both."""
    codes = codes_of(one[0].clusters)
    if codes is None:
        cells, counts, second = joint(one[0], two[0])
    else:
        cells, counts, second = one[0], np.ones(len(one[0].ids)), two[0]
    lots = intervals.weights([""] * len(cells.ids), codes, counts)
    first, other = (
        metric_function(metric, side, how)(lots) for side, how in ((cells, one[1]), (second, two[1]))
    )
    alike = first.std() == 0 or other.std() == 0
    link = 0.0 if alike else float(np.corrcoef(first, other)[0, 1])
    return Spread(float((other - first).std(ddof=1)), link)


def joint(one: Predictions, two: Predictions) -> tuple[Predictions, Array, Predictions]:
    """Fold rows that agree in label and in both models' scores into cells with a count."""
    cells, counts = predictions.compact(one._replace(scores=np.hstack([one.scores, two.scores])))
    width = one.scores.shape[1]
    first, second = cells.scores[:, :width], cells.scores[:, width:]
    return cells._replace(scores=first), counts, cells._replace(scores=second, classes=two.classes)


def mcnemar(fixed: int, broken: int) -> float:
    """Return the exact two-sided p-value of so many rows fixed and so many broken (McNemar 1947, binomial)."""
    rows, least = fixed + broken, min(fixed, broken)
    if not rows or fixed == broken:
        return 1.0
    from scipy.special import bdtr

    return float(min(1.0, 2 * bdtr(least, rows, 0.5)))


def accuracy(before: Array, after: Array) -> Difference:
    """Return the difference of two shares on the same rows: exact McNemar, Newcombe's interval (1998, method 10)."""
    rows = len(before)
    both, fixed = int((before & after).sum()), int((~before & after).sum())
    broken, neither = int((before & ~after).sum()), int((~before & ~after).sum())
    one, two = both + broken, both + fixed
    value = (fixed - broken) / rows
    bounds = [intervals.wilson(hits, rows) for hits in (one, two)]
    link = correlation(both, fixed, broken, neither)
    below = [hits / rows - bound[0] for hits, bound in zip((one, two), bounds, strict=True)]
    above = [bound[1] - hits / rows for hits, bound in zip((one, two), bounds, strict=True)]
    low, high = value - root(below[1], above[0], link), value + root(above[1], below[0], link)
    return Difference(value, max(-1.0, low), min(1.0, high), mcnemar(fixed, broken), "exact McNemar")


def root(mine: float, theirs: float, link: float) -> float:
    """Return the length of the side of Newcombe's triangle."""
    return math.sqrt(max(0.0, mine**2 - 2 * link * mine * theirs + theirs**2))


def correlation(both: int, fixed: int, broken: int, neither: int) -> float:
    """Return the correlation of being right, with Newcombe's correction for continuity."""
    rows = both + fixed + broken + neither
    margins = (both + fixed) * (broken + neither) * (both + broken) * (fixed + neither)
    if margins == 0:
        return 0.0
    product = both * neither - fixed * broken
    corrected = max(product - rows / 2, 0) if product > 0 else product
    return corrected / math.sqrt(margins)


def widened(metric: str, low: float, high: float, units: int) -> tuple[float, float]:
    """Widen an interval without any width: rows that all say the same do not prove that the next one does.

    By the rule of three (Hanley 1983): what never happened in n rows may still happen in 3 of n. For metrics between 0
    and 1 only; an error has no such unit.
    """
    if low != high or metric not in SHARES:
        return float(low), float(high)
    return max(-1.0, low - 3 / units), min(1.0, high + 3 / units)

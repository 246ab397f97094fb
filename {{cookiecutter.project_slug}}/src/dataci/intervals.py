"""95 % intervals that hold what they say at 40 rows as well as at 10,000, in clusters as well as alone.

How often they do is measured by benchmarks/simulate.py. ``codes`` number the clusters of the rows, shape (rows,); None:
every row is on its own. Rows of a cluster count together, so repeated texts do not make an interval narrower.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from dataci.metrics import Array

Z = 1.959963984540054  # 97.5 % of the normal distribution
TAIL = 0.025
DRAWS = 1000  # of a bootstrap
LEAST = 200  # draws, however many rows there are
CELLS = 3_000_000  # rows times draws

Interval = tuple[float, float]


def codes_of(clusters: Sequence[str]) -> Array | None:
    """Number the names of clusters by their first row; None where there are none."""
    if not clusters:
        return None
    first: dict[str, int] = {}
    return np.array([first.setdefault(name, len(first)) for name in clusters])


def totals(values: Array, codes: Array | None) -> Array:
    """Add up values by cluster; shape (clusters,)."""
    return values if codes is None else np.bincount(codes, weights=values)


def error(influence: Array, codes: Array | None) -> float:
    """Return the standard error of a metric from the influences of its rows; infinite for less than two clusters."""
    sums = totals(influence, codes)
    if len(sums) < 2:
        return math.inf
    return math.sqrt(float((sums**2).sum()) * len(sums) / (len(sums) - 1)) / len(influence)


def student(rows: int, tail: float = TAIL) -> float:
    """Return the quantile of Student's t, with rows - 1 degrees of freedom, that the share ``tail`` lies above."""
    from scipy.special import stdtrit

    return float(stdtrit(max(1, rows - 1), 1 - tail))


def p_value(ratio: float, rows: int) -> float:
    """Return the two-sided p-value of an estimate over its standard error, after Student with rows - 1 degrees."""
    from scipy.special import stdtr

    return float(min(1.0, 2 * stdtr(max(1, rows - 1), -abs(ratio))))


def wilson(hits: float, rows: float) -> Interval:
    """95 % interval of a share, after Wilson (1927); honest for small numbers too. (0, 1) when there are no rows."""
    if not rows:
        return 0.0, 1.0
    share, square = hits / rows, Z * Z
    centre = (share + square / (2 * rows)) / (1 + square / rows)
    half = Z / (1 + square / rows) * math.sqrt(share * (1 - share) / rows + square / (4 * rows * rows))
    low = centre - half if hits > 0 else 0.0
    high = centre + half if hits < rows else 1.0
    return low, high


def share(right: Array, codes: Array | None) -> Interval:
    """95 % interval of the share of true rows; Wilson's, for as many rows as the clusters are worth."""
    rows = effective(right, codes)
    return wilson(float(right.mean()) * rows, rows) if len(right) else (0.0, 1.0)


def effective(right: Array, codes: Array | None) -> float:
    """Return how many independent rows a sample of shares is worth: never more than there are."""
    rows = len(right)
    if codes is None or not rows:
        return float(rows)
    value = float(right.mean())
    alone = value * (1 - value) / rows
    if alone == 0:
        return float(len(set(codes.tolist())))
    together = error(right - value, compressed(codes)) ** 2
    return rows / max(1.0, together / alone)


def compressed(codes: Array) -> Array:
    """Number clusters without gaps."""
    return np.asarray(np.unique(codes, return_inverse=True)[1])


def f1(truth: Array, yes: Array, codes: Array | None) -> Interval:
    """95 % interval of F1, by way of F* = hits / (rows that are of the class or predicted as it), which is a share of
    rows: F1 = 2 F* / (1 + F*) (Hand, Christen and Kirielle, 2021).
    """
    either = truth | yes
    low, high = share((truth & yes)[either], None if codes is None else codes[either])
    return 2 * low / (1 + low), 2 * high / (1 + high)


def average(values: Array, codes: Array | None) -> Interval:
    """95 % interval of a mean, with the skewness taken out by Hall's cubic transformation (1992): losses have long
    tails, and a plain t interval misses them on one side.
    """
    value = float(values.mean())
    below, above = around(values - value, codes)
    return value - below, value + above


def around(influence: Array, codes: Array | None, tail: float = TAIL) -> Interval:
    """Return how far an interval reaches below and above an estimate whose rows have these influences; ``tail``: how
    often it misses on either side (of a 95 % interval 0.025).
    """
    sums = totals(influence, codes)
    count = len(sums)
    if count < 3:
        return math.inf, math.inf
    deviation = error(influence, codes) * math.sqrt(count)
    if deviation == 0:
        return 0.0, 0.0
    small = math.sqrt(count * (count - 1)) / (
        count - 2
    )  # a sample of few is less skewed than what it is drawn from
    skew = small * float((sums**3).mean()) / max(float((sums**2).mean()) ** 1.5, 1e-300)
    quantile = student(count, tail) / math.sqrt(count)
    return deviation * unskewed(quantile, skew, count), -deviation * unskewed(-quantile, skew, count)


def unskewed(quantile: float, skew: float, count: int) -> float:
    """Invert Hall's transformation."""
    if abs(skew) < 1e-9:
        return quantile
    return 3 / skew * (float(np.cbrt(1 + skew * (quantile - skew / (6 * count)))) - 1)


def logit(value: float, deviation: float, quantile: float) -> Interval:
    """95 % interval of something between 0 and 1, symmetric on the logit scale, so that it stays there."""
    if not 0 < value < 1 or not math.isfinite(deviation):
        return 0.0, 1.0
    middle, step = math.log(value / (1 - value)), quantile * deviation / (value * (1 - value))
    low, high = ((1 / (1 + math.exp(min(700.0, -bound)))) for bound in (middle - step, middle + step))
    return low, high


def weights(labels: Sequence[str], codes: Array | None, counts: Array | None = None, seed: int = 0) -> Array:
    """Draw the rows again, as many as there are: within each label, or whole clusters; shape (draws, rows).

    ``counts``: how often each row stands for itself (rows that were folded). The seed is fixed; there are fewer draws
    (not under 200) where there are very many rows.
    """
    draws = min(DRAWS, max(LEAST, CELLS // max(1, len(labels))))
    return draw(labels, codes, counts, draws, seed)


def draw(labels: Sequence[str], codes: Array | None, counts: Array | None, draws: int, seed: int) -> Array:
    """Draw ``draws`` times; see ``weights``."""
    generator = np.random.default_rng(seed)
    if codes is not None:
        names = compressed(codes)
        number = int(names.max()) + 1
        return np.asarray(
            generator.multinomial(number, np.full(number, 1 / number), size=draws)[:, names], np.float64
        )
    each = np.ones(len(labels)) if counts is None else counts
    names = np.array(labels, dtype=object)
    drawn = np.zeros((draws, len(labels)))
    for name in sorted(set(labels)):
        mine = np.flatnonzero(names == name)
        total = each[mine].sum()
        drawn[:, mine] = generator.multinomial(int(total), each[mine] / total, size=draws)
    return drawn


def drawn_error(compute: Callable[[Array], Array], drawn: Array) -> float:
    """Return the standard deviation of a metric over the draws of a bootstrap."""
    return float(compute(drawn).std(ddof=1))

"""What may be said of a difference between two candidates on the same rows: better, worse, not worse, unclear, same.

The words are about the whole of an interval, not about its middle: "better" needs an interval that lies on the good
side of 0 and a p-value below LEVEL, both; "not worse" needs an interval whose bad end lies within the margin.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dataci import figures
from dataci.metrics import LOWER_IS_BETTER
from dataci.predictions import Predictions, Settings

LEVEL = 0.05
FEW = "these rows are too few to tell how sure that is"
BETTER, WORSE, NOT_WORSE, UNCLEAR, SAME, NONE = "better", "worse", "not worse", "unclear", "same", "none"


class Verdict(NamedTuple):
    """What can be said of one metric. ``word``: one of the six above; ``reason``: why it is "none" or "same",
    and why there is no interval where there is none.

    ``difference`` is B - A in units of the metric, with its 95 % interval ``low`` to ``high``; ``p``: how often chance
    alone does as much. ``margin``: what "not worse" allows. ``method``: the statistic in plain words; ``rows`` and
    ``clusters``: what it rests on (``clusters`` None: every row is on its own).
    """

    word: str
    metric: str
    reason: str = ""
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    margin: float | None = None
    method: str = ""
    rows: int | None = None
    clusters: int | None = None

    @property
    def resolution(self) -> float | None:
        """The smallest difference that these rows can tell from chance: about half the width of the interval."""
        return None if self.low is None or self.high is None else (self.high - self.low) / 2

    @property
    def significant(self) -> bool:
        """Whether interval and p-value agree that there is a difference."""
        if self.low is None or self.high is None or self.p is None:
            return False
        return self.p < LEVEL and (self.low > 0 or self.high < 0)

    @property
    def gain(self) -> float | None:
        """The difference, so that more is better, whatever the metric."""
        if self.difference is None:
            return None
        return -self.difference if self.metric in LOWER_IS_BETTER else self.difference


def weigh(metric: str, one: Predictions, two: Predictions, before: Settings, after: Settings) -> Verdict:
    """Compare ``two`` with ``one`` on the same rows by one metric; the margin is that of ``after``.

    Where the metric cannot be computed on these rows the word is "none", with the reason.
    """
    rows = len(two.ids)
    clusters = len(set(two.clusters)) if two.clusters else None
    if alike(one, two) and (before.metric, before.positive, before.threshold) == (
        after.metric,
        after.positive,
        after.threshold,
    ):
        reason = "every prediction is the same"
        return Verdict(SAME, metric, reason, 0.0, 0.0, 0.0, 1.0, after.margin, "", rows, clusters)
    why = figures.obstacle(metric, one, before) or figures.obstacle(metric, two, after)
    if why:
        return Verdict(NONE, metric, why, margin=after.margin, rows=rows, clusters=clusters)
    from dataci import paired  # and SciPy with it, which a result without predictions does not need

    found = paired.difference(metric, one, two, before, after)
    low, high = paired.widened(metric, found.low, found.high, clusters or rows)
    basis = (after.margin, found.method, rows, clusters)
    if not np.isfinite([found.value, low, high, found.p]).all():
        return Verdict(UNCLEAR, metric, FEW, found.value, None, None, 1.0, *basis)
    p = 1.0 if low <= 0 <= high and found.low == found.high else found.p
    said = Verdict(UNCLEAR, metric, "", found.value, low, high, p, *basis)
    return said._replace(word=word(said))


def alike(one: Predictions, two: Predictions) -> bool:
    """Tell whether two candidates say the same of every row."""
    return one.classes == two.classes and np.array_equal(one.scores, two.scores)


def word(said: Verdict) -> str:
    """Choose the word for a difference. A loss that certainly lies within the margin is "not worse"."""
    if said.low is None or said.high is None:
        return UNCLEAR
    worst = -said.high if said.metric in LOWER_IS_BETTER else said.low
    if said.significant and worst > 0:
        return BETTER
    if said.margin and worst > -said.margin:
        return NOT_WORSE
    return WORSE if said.significant and (said.gain or 0.0) < 0 else UNCLEAR


def holm(chances: Sequence[float | None], level: float = LEVEL) -> list[bool]:
    """Tell which of several p-values count though one looked several times (Holm 1979); None is no look.

    The chance that any is flagged where nothing differs is at most ``level``.
    """
    looks = sorted((p, at) for at, p in enumerate(chances) if p is not None)
    found = [False] * len(chances)
    for done, (p, at) in enumerate(looks):
        if p > level / (len(looks) - done):
            break
        found[at] = True
    return found

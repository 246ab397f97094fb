"""The rules that choose a threshold: ``cost``, ``f1``, ``precision>=x``, ``recall>=x``, ``fixed``.

Where several thresholds do equally well, the middle of the longest run of them is chosen: it lies farthest from where
something changes. (Of runs of equal length, the lowest.)
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from dataci.errors import CannotRun
from dataci.metrics import Array
from dataci.thresholds.tradeoff import STEPS, Tradeoff, step

COST, F1, PRECISION, RECALL, FIXED = "cost", "f1", "precision", "recall", "fixed"
KNOWN = "cost, f1, precision>=x, recall>=x (x from 0 to 1, as in precision>=0.9) or fixed"
BOUNDED = re.compile(r"(precision|recall)\s*>=\s*(\d*\.?\d+|\d+\.)")
ALIKE = 1e-9  # differences below are those of additions in another order


class Rule(NamedTuple):
    """A rule. ``bound``: of precision and recall the least that is wanted, of ``fixed`` the threshold itself.

    ``costs``: of a false positive and of a false negative; what ``cost`` keeps low.
    """

    kind: str
    bound: float = 0.0
    costs: tuple[float, float] = (1.0, 1.0)

    @property
    def text(self) -> str:
        """The rule as dataci.toml says it."""
        return f"{self.kind}>={short(self.bound)}" if self.kind in (PRECISION, RECALL) else self.kind


class Choice(NamedTuple):
    """What a rule chose, in thousandths. ``low`` to ``high``: thresholds that do as well, without a gap.

    ``met``: whether a threshold does what the rule wants; where none does, ``at`` is the nearest.
    """

    at: int
    low: int
    high: int
    met: bool = True


def parse(text: str, costs: tuple[float, float] | None = None, at: float | None = None) -> Rule:
    """Read a rule; CannotRun for one that there is not, or that lacks what it needs."""
    given = text.strip().lower()
    if given == FIXED:
        if at is None:
            raise CannotRun("The rule fixed needs the threshold: add --at, for example --at 0.62.")
        return Rule(FIXED, at)
    if at is not None:
        raise CannotRun(f"--at sets a threshold, and the rule {given!r} chooses one. Take one of them away.")
    if given == COST:
        if costs is None:
            raise CannotRun(
                "The rule cost needs to know what mistakes cost: add --false-positive-cost and "
                "--false-negative-cost, for example 1 and 5."
            )
        return Rule(COST, 0.0, costs)
    if given == F1:
        return Rule(F1)
    found = BOUNDED.fullmatch(given)
    if not found or not 0 < float(found[2]) <= 1:
        raise CannotRun(f"The rule {text!r} is not known. It can be {KNOWN}.")
    return Rule(found[1], float(found[2]))


def short(value: float) -> str:
    """Write a share in full, without zeros at its end."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def choose(of: Tradeoff, rule: Rule) -> Choice:
    """Return the threshold that a rule chooses."""
    if rule.kind == FIXED:
        at = min(STEPS, step(rule.bound))
        return Choice(at, at, at)
    if rule.kind == COST:
        return middle(best(-of.cost(rule.costs)))
    if rule.kind == F1:
        return middle(best(of.f1))
    precise, complete = np.nan_to_num(of.precision, nan=-1.0), np.nan_to_num(of.recall, nan=-1.0)
    bounded, goal = (precise, complete) if rule.kind == PRECISION else (complete, precise)
    enough = bounded >= rule.bound - ALIKE
    if not enough.any():
        return middle(best(goal, best(bounded)))._replace(met=False)
    return middle(best(bounded, best(goal, enough)))


def best(goal: Array, among: Array | None = None) -> Array:
    """Return which thresholds have the highest ``goal`` (of those in ``among``); shape (1001,), Boolean."""
    wanted = np.ones(len(goal), dtype=bool) if among is None else among
    highest = float(goal[wanted].max())
    return np.asarray(wanted & (goal >= highest - ALIKE * max(1.0, abs(highest))))


def middle(fits: Array) -> Choice:
    """Return the middle of the longest run of thresholds that fit (one does)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], fits, [False]]).astype(np.int8)))
    starts, ends = edges[::2], edges[1::2] - 1
    longest = int(np.argmax(ends - starts))
    low, high = int(starts[longest]), int(ends[longest])
    return Choice((low + high) // 2, low, high)

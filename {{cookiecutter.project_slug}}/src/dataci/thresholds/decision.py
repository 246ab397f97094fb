"""A threshold with all that is said of it: what it does, how sure that is, and what it does to the test set."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from dataci.predictions import Predictions, Settings
from dataci.thresholds.cost import PER
from dataci.thresholds.effect import Effect, cut, effect, effect_dict
from dataci.thresholds.rules import FIXED, PRECISION, Choice, Rule, choose
from dataci.thresholds.tradeoff import STEPS, Tradeoff, cumulated, drawn, step, tradeoff

TENTHS = tuple(range(100, STEPS, 100))


class Stability(NamedTuple):
    """Where the rule lands when the rows are drawn again: 95 % of ``draws`` choose from ``low`` to ``high``.

    ``met``: the share of draws in which a threshold does what the rule wants. ``flattery``: by how much 1,000 new rows
    will cost more than those on which the threshold was chosen.
    """

    low: float
    high: float
    draws: int
    met: float
    flattery: float


class Line(NamedTuple):
    """What a threshold does to 1,000 rows. ``word``: "chosen", "now" (as configured), "both", or "".

    ``precision`` is None where nothing is called positive.
    """

    threshold: float
    called: float
    false_positives: float
    false_negatives: float
    precision: float | None
    recall: float
    cost: float
    word: str = ""


class Decision(NamedTuple):
    """The answer of `dataci threshold`. ``before``: the threshold that dataci.toml has. ``assumed``: nobody named
    costs, so each mistake counts 1. ``prevalence``: the share of positive rows that figures count with, None for that
    of the rows. ``low`` to ``high``: thresholds that do as well. ``met``: see ``rules.Choice``. ``test`` is None where
    ``why`` says why it was not measured. ``folds`` and ``by``: how the training rows were dealt.
    """

    rule: Rule
    label: str
    positive: str
    threshold: float
    low: float
    high: float
    met: bool
    before: float
    costs: tuple[float, float]
    assumed: bool
    prevalence: float | None
    stability: Stability | None
    training: Effect
    lines: tuple[Line, ...]
    test: Effect | None = None
    why: str = ""
    folds: int = 0
    by: str = ""


def decide(
    train: Predictions,
    how: Settings,
    rule: Rule,
    label: str,
    costs: tuple[float, float] | None = None,
    prevalence: float | None = None,
    seed: int = 0,
) -> Decision:
    """Choose a threshold on out-of-fold predictions, as they are stored (three decimals).

    ``how``: the settings as they are; ``how.positive`` is set. ``costs``: what figures count with.
    """
    of = tradeoff(train, how, prevalence)
    found, used = choose(of, rule), costs or (1.0, 1.0)
    chosen = how._replace(threshold=found.at / STEPS)
    return Decision(
        rule,
        label,
        str(how.positive),
        chosen.threshold,
        found.low / STEPS,
        found.high / STEPS,
        found.met,
        how.threshold,
        used,
        costs is None,
        prevalence,
        None if rule.kind == FIXED else stability(train, how, rule, used, prevalence, seed),
        effect(train, chosen, used, prevalence),
        lines(of, used, found, step(how.threshold)),
    )


def stability(
    train: Predictions,
    how: Settings,
    rule: Rule,
    costs: tuple[float, float],
    prevalence: float | None,
    seed: int,
) -> Stability:
    """Choose again on rows that are drawn again.

    What is chosen on a draw costs more on all rows than on the draw, and by so much it costs more on new rows than on
    those that it was chosen on (Efron, 1983).
    """
    whole = tradeoff(train, how, prevalence).cost(costs)
    found, flattery = [], []
    for counts in drawn(train, how, seed):
        if counts.any(axis=1).all():
            again = cumulated(counts, prevalence)
            found.append(choose(again, rule))
            flattery.append(whole[found[-1].at] - again.cost(costs)[found[-1].at])
    if not found:
        return Stability(0.0, 1.0, 0, 0.0, 0.0)
    low, high = np.quantile([one.at for one in found], [0.025, 0.975], method="inverted_cdf") / STEPS
    met = float(np.mean([one.met for one in found]))
    return Stability(float(low), float(high), len(found), met, PER * max(0.0, float(np.mean(flattery))))


def numbers(of: Tradeoff, costs: tuple[float, float], at: int) -> dict[str, float]:
    """Return the figures of one threshold, without intervals; NaN where there is none."""
    total = float(of.positives + of.negatives)
    return {
        "called": PER * float(of.hits[at] + of.alarms[at]) / total,
        "false_positives": PER * float(of.alarms[at]) / total,
        "false_negatives": PER * float(of.misses[at]) / total,
        "precision": float(of.precision[at]),
        "recall": float(of.recall[at]),
        "f1": float(of.f1[at]),
        "cost": PER * float(of.cost(costs)[at]),
    }


def lines(of: Tradeoff, costs: tuple[float, float], found: Choice, now: int) -> tuple[Line, ...]:
    """Return the trade-off at each tenth, at the chosen threshold and at that of today."""
    return tuple(line(of, costs, at, word(at, found.at, now)) for at in sorted({*TENTHS, found.at, now}))


def word(at: int, chosen: int, now: int) -> str:
    """Say what a threshold is."""
    return {(True, True): "both", (True, False): "chosen", (False, True): "now"}.get(
        (at == chosen, at == now), ""
    )


def line(of: Tradeoff, costs: tuple[float, float], at: int, said: str) -> Line:
    """Return what a threshold does."""
    one = numbers(of, costs, at)
    precision = None if np.isnan(one["precision"]) else one["precision"]
    counts = (one["called"], one["false_positives"], one["false_negatives"])
    return Line(at / STEPS, *counts, precision, one["recall"], one["cost"], said)


def nearest(found: Decision) -> float | None:
    """Return what the threshold that comes nearest to an unmet rule reaches; None where a row never is positive."""
    name = "precision" if found.rule.kind == PRECISION else "recall"
    value = found.training.figures[name].get("value")
    return None if value is None else float(value)


def to_dict(found: Decision) -> dict[str, Any]:
    """Return the answer as JSON holds it. Figures of 1,000 rows are called so; shares lie within 0 and 1."""
    costs = dict(zip(("false_positive", "false_negative"), found.costs, strict=True))
    stable = None if found.stability is None else cut(found.stability._asdict())
    return {
        "version": 1,
        "rule": found.rule.text,
        "met": found.met,
        "threshold": found.threshold,
        "as_good": [found.low, found.high],
        "stability": stable,
        "before": found.before,
        "label": found.label,
        "positive": found.positive,
        "costs": {**costs, "assumed": found.assumed},
        "prevalence": found.prevalence,
        "folds": found.folds,
        "kept_together": found.by,
        "out_of_fold": effect_dict(found.training),
        "test": None if found.test is None else effect_dict(found.test),
        "test_missing": found.why or None,
        "tradeoff": [cut(one._asdict()) for one in found.lines],
    }

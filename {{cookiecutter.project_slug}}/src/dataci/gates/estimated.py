"""Gates on what is estimated: gaps between groups, flips, calibration; each against the end of a corrected interval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import NormalDist
from typing import Any, NamedTuple

from dataci.gates.limits import RATES, by_group
from dataci.gates.verdict import FAIL, PASS, UNCLEAR, Gate
from dataci.intervals import Z
from dataci.record import Record

LEVEL = 0.05  # of all gates together
SEEN = 0.0005  # from here on a number is not 0.000
RECORDED = {"robustness": "robustness", "counterfactual": "counterfactuals"}  # where a record holds it
WHAT = {"robustness": "perturbed", "counterfactual": "exchanged"}

COUNTERFACTUAL = "counterfactual"


class Estimate(NamedTuple):
    """An estimated gate before it is judged. ``rows``: what it rests on; ``effective``: how many independent rows a
    share is worth, None where ``low`` is no end of a share's interval; ``pairs``: in how many ways round one of the
    groups of a gap may lie below another, 0 where it is no gap. ``told``: a sentence up to the numbers.
    """

    limit: float
    value: float
    low: float
    rows: int
    effective: float | None
    told: str
    rest: str = ""
    pairs: int = 0


def found(of: Record, wanted: Mapping[str, Any]) -> Iterator[tuple[str, Estimate | str]]:
    """Yield by name what limits are given for; a sentence in place of what cannot be judged."""
    yield from gaps(of, wanted.get("fairness", {}))
    for name in RATES:
        if name in wanted:
            yield from rates(of, name, wanted[name])
    if "calibration" in wanted:
        yield "calibration", calibration(of, wanted["calibration"])


def gaps(of: Record, limits: Mapping[str, Any]) -> Iterator[tuple[str, Estimate | str]]:
    """Yield the gaps between groups."""
    groups = of.get("fairness", {})
    for metric in sorted(limits) if not groups else ():
        if not isinstance(limits[metric], Mapping):
            why = f"No groups of test rows were compared, so that no gap in {plain(metric)} is known."
            yield f"fairness/{metric}", why
    for group, wanted in sorted(by_group(limits, groups).items()):
        for metric, limit in sorted(wanted.items()):
            gap = groups.get(group, {}).get(metric, {})
            yield f"fairness/{group}/{metric}", between(of, group, metric, gap, limit)


def between(of: Record, group: str, metric: str, gap: Mapping[str, Any], limit: float) -> Estimate | str:
    """Return one gap, or why there is none."""
    if "gap" not in gap or "low" not in gap:
        why = gap.get("reason", "it was not measured")
        return f"No gap in {plain(metric)} between the groups of {group} is known: {why}."
    small = gap.get("small", 0)
    rest = f" ({small} more had too few rows to be compared)" if small else ""
    pairs = max(2, gap.get("groups", 2) * (gap.get("groups", 2) - 1))
    return Estimate(
        limit, gap["gap"], gap["low"], of["test"]["rows"], None, ends(of, metric, gap), rest, pairs
    )


def ends(of: Record, metric: str, gap: Mapping[str, Any]) -> str:
    """Say between which groups a gap lies, with their figures where the record has them."""
    names = [str(gap.get(end, "a group")) for end in ("least", "most")]
    figures = [of["slices"].get(name, {}).get("metrics", {}).get(metric, {}) for name in names]
    if all("value" in figure for figure in figures):
        least, most = (f"of {name} {shown(one['value'])}" for name, one in zip(names, figures, strict=True))
        return f"{plain(metric)} {least}, {most}: a gap of"
    return f"{plain(metric)} is lowest for {names[0]} and highest for {names[1]}: a gap of"


def rates(of: Record, name: str, limits: Any) -> Iterator[tuple[str, Estimate | str]]:
    """Yield how often what should not matter turns a prediction; of a regression how much it shifts one."""
    kinds = of.get(RECORDED[name], {})
    if not isinstance(limits, Mapping):
        limits = dict.fromkeys(kinds, limits)
        if not kinds:
            yield name, f"No {WHAT[name]} rows were measured, so that nothing is known."
    for kind, limit in sorted(limits.items()):
        yield f"{name}/{kind}", rate(kinds.get(kind), kind, name, limit)


def rate(part: Mapping[str, Any] | None, kind: str, name: str, limit: float) -> Estimate | str:
    """Return the flip rate of a kind, or the shift of a regression."""
    if part is None:
        return f"{kind} is not among what was measured."
    figure, rows = part.get("shift", part.get("flip_rate", {})), part["n"]
    if "value" not in figure or "low" not in figure:
        return f"Nothing is known of {kind}: {figure.get('reason', f'no row was {WHAT[name]}')}."
    value, low = figure["value"], figure["low"]
    if "shift" in part:
        return Estimate(limit, value, low, rows, None, f"{kind} shifts predictions by")
    flips = part.get("flips", 0)
    told = f"{kind} turns {flips} of {rows} predictions: a share of"
    if name == COUNTERFACTUAL:  # its rows may have another label, which a prediction has to follow
        told = f"{kind}: {flips} of {rows} predictions turn that should stay, or stay that should turn: a share of"
    return Estimate(limit, value, low, rows, effective(value, low, rows), told)


def effective(value: float, low: float, rows: int) -> float:
    """Return how many independent rows a share is worth, from the lower end of its 95 % interval after Wilson, which
    solves (value - low)² = Z² low (1 - low) / rows; never more than there are.
    """
    if not 0 < low < value:
        return float(rows)
    return min(float(rows), Z * Z * low * (1 - low) / (value - low) ** 2)


def calibration(of: Record, limit: float) -> Estimate | str:
    """Return the expected calibration error."""
    ece = of.get("uncertainty", {}).get("ece", {"reason": "it was not measured"})
    if "value" not in ece or "low" not in ece:
        return f"The calibration error is not known: {ece.get('reason', 'it has no interval')}."
    told = "Scores and what is so lie apart: a calibration error of"
    return Estimate(limit, ece["value"], ece["low"], of["test"]["rows"], None, told)


def weigh(one: Estimate, count: int, least: int) -> Gate:
    """Judge one of ``count`` estimated gates."""
    low = lowest(one, count)
    verdict = FAIL if low > one.limit else UNCLEAR if one.value > one.limit or one.rows < least else PASS
    doubt = f" {one.rows} rows are too few to be sure." if verdict == UNCLEAR and one.rows < least else ""
    least_of_all = f", at least {shown(low)}" if low >= SEEN else ""
    told = f"{one.told} {shown(one.value)}{least_of_all}{one.rest}; at most {one.limit:g} is allowed."
    numbers = {"limit": one.limit, "value": one.value, "low": low}
    return {"verdict": verdict, **numbers, "what": told[0].upper() + told[1:] + doubt}


def lowest(one: Estimate, count: int) -> float:
    """Return the lower end of an interval, widened for ``count`` looks; never narrower than the one that is recorded.

    A share: the exact end after Clopper and Pearson (1934), which also holds where flips are rare. Else the distance
    from value to low is stretched by the quantiles of the normal distribution: that of a gap holds for all pairs of
    groups together (see ``dataci.fairness``), any other is worth Z standard errors.
    """
    if one.pairs:
        tail, recorded = LEVEL / max(1, count) / one.pairs, quantile(LEVEL / one.pairs)
    else:
        tail, recorded = min(LEVEL / max(1, count), 1 - NormalDist().cdf(Z)), Z
    if one.effective is None:
        return max(0.0, one.value - (one.value - one.low) * quantile(tail) / recorded)
    hits = min(one.value, 1.0) * one.effective
    if hits <= 0:
        return 0.0
    from scipy.special import betaincinv

    return float(betaincinv(hits, one.effective - hits + 1, tail))


def quantile(tail: float) -> float:
    """Return how many standard errors leave so much of the normal distribution beyond them."""
    return -NormalDist().inv_cdf(tail)


def plain(metric: str) -> str:
    """Write the name of a metric in a sentence."""
    return metric.replace("_", " ")


def shown(value: float) -> str:
    """Write a number of a sentence: three decimals, fewer of large ones."""
    return f"{value:.3f}" if abs(value) < 100 else f"{value:,.4g}"

"""How a change of a metric is shared out among what changed: Shapley values, interactions, suspicious batches.

A *corner* is the candidate that has some of the factors (data, code, params, env) as B has them and the others as
A has them; ``values[mask]`` is its metric, bit i of ``mask`` set where factor i is B's. The Shapley value of a
factor is its mean effect over all orders in which the factors can be changed one after the other; the values add
up to the whole difference (Shapley 1953). Interactions are Harsanyi's dividends: what a set of factors does
together beyond what its parts do; they and the effects alone add up to the whole, too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Group = tuple[str, ...]  # factors that count as one; more than one: they cannot be told apart

VERSION = 1
FACTORS = ("data", "code", "params", "env")
DIGITS = 7  # significant ones of a metric that are shared out
ALL_UP_TO = 3  # factors; of more, only the largest interactions are kept
LARGEST = 3
MOST = 12  # decimals
NORMAL = 1.4826  # makes the median absolute deviation a standard deviation
ENOUGH = 5  # batches, to say what is usual among them


class Estimate(NamedTuple):
    """A difference with its 95 % interval (None: it cannot be had)."""

    value: float
    low: float | None = None
    high: float | None = None


class Share(NamedTuple):
    """What one factor, or several that cannot be told apart, contributed. ``alone``: its effect on A by itself."""

    names: Group
    effect: Estimate
    alone: float


class Interaction(NamedTuple):
    """What several factors do together, beyond what each does alone."""

    groups: tuple[Group, ...]
    effect: Estimate


class Step(NamedTuple):
    """A change that is taken off before the factors: ``name``, the metric before and after, the effect."""

    name: str
    before: float
    after: float
    effect: Estimate


class Corner(NamedTuple):
    """One combination: the factors that are B's, its tag, and its metric or the reason why there is none."""

    changed: Group
    tag: str | None = None
    value: float | None = None
    reason: str | None = None


class Attribution(NamedTuple):
    """The change of a metric, shared out. The effects of ``shares`` add up to that of ``total``, exactly."""

    before: float
    after: float
    total: Estimate
    shares: tuple[Share, ...]
    interactions: tuple[Interaction, ...]
    corners: tuple[Corner, ...]


class Row(NamedTuple):
    """A training row. ``probability``: what the old model gives its label (regression: ``predicted``)."""

    file: str
    line: int
    id: str
    label: str
    probability: float | None
    predicted: str
    text: tuple[tuple[str, str], ...]


class Batch(NamedTuple):
    """New or changed training rows that came together. ``loss``: of the old model, a row; ``z``: how far that is
    from the usual, in robust standard deviations. ``without``: B's metric when it is trained without the batch;
    ``gain``: without - B. ``reason``: why it was not trained without it.
    """

    name: str
    rows: int
    loss: float | None = None
    z: float | None = None
    without: float | None = None
    gain: Estimate | None = None
    reason: str | None = None
    surprising: tuple[Row, ...] = ()


class Batches(NamedTuple):
    """The batches, the most suspicious first. ``by``: "file" or "commit"; ``against``: what z is measured from."""

    by: str
    against: str
    found: tuple[Batch, ...]
    reason: str | None = None


class Explanation(NamedTuple):
    """The answer of `dataci why`. ``changed``: see ``between.changes``; ``recorded``: the metric in the records of
    A and B; ``reason``: why there is no attribution.
    """

    a: str
    b: str
    changed: Mapping[str, Any]
    metric: str
    direction: str
    recorded: tuple[float | None, float | None] = (None, None)
    quick: bool = False
    steps: tuple[Step, ...] = ()
    attribution: Attribution | None = None
    batches: Batches | None = None
    reason: str | None = None
    notes: tuple[str, ...] = ()


def to_dict(found: Explanation) -> dict[str, Any]:
    """Return the answer as plain data: the output of ``dataci why --format json``."""
    return {"version": VERSION, **plain(found)}


def plain(value: Any) -> Any:
    """Turn named tuples into dicts, other tuples into lists."""
    if hasattr(value, "_asdict"):
        return {name: plain(item) for name, item in value._asdict().items()}
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, (tuple, list)) else value


def dividends(values: Array) -> Array:
    """Return what each set of factors adds beyond its subsets; shape (2**k, …) in and out (Harsanyi 1963).

    Works on floats and on exact numbers (dtype object).
    """
    found = np.array(values)
    for bit in range(factor_count(values)):
        with_bit = [mask for mask in range(len(found)) if mask >> bit & 1]
        for mask in with_bit:
            found[mask] = found[mask] - found[mask ^ 1 << bit]
    return found


def shapley(values: Array) -> Array:
    """Return the Shapley value of each factor; shape (2**k, …) to (k, …). They add up to last - first."""
    parts = dividends(values)
    found = [parts[0] * 0 for _ in range(factor_count(values))]
    for mask in range(1, len(parts)):
        inside = [bit for bit in range(len(found)) if mask >> bit & 1]
        for bit in inside:
            found[bit] = found[bit] + parts[mask] / len(inside)
    return np.array(found)


def factor_count(values: Array) -> int:
    """Return how many factors there are; ValueError when a corner is missing."""
    count = len(values).bit_length() - 1
    if len(values) != 1 << count:
        raise ValueError(f"{len(values)} corners are no power of two")
    return count


def attribute(
    names: Sequence[str], values: Array, failed: Mapping[int, str], tags: Mapping[int, str]
) -> Attribution:
    """Share out ``values[-1] - values[0]`` among the factors ``names``.

    ``values``: shape (2**k, 1 + draws), in the first column the metric, then its bootstrap; what stands in the
    lines of ``failed`` (mask to reason) is not looked at. The first and the last corner must be there.
    """
    groups = separable(names, failed)
    masks = [bits(names, groups, mask) for mask in range(1 << len(groups))]
    chosen = values[masks]
    places = decimals(chosen[:, 0])
    exact = np.array([Fraction(round(value * 10**places)) for value in chosen[:, 0].tolist()], dtype=object)
    units = apportion(shapley(exact).tolist(), int(exact[-1] - exact[0]))
    drawn, scale = shapley(chosen[:, 1:]), 10**places
    shares = tuple(
        Share(group, estimate(units[at] / scale, drawn[at], places), int(exact[1 << at] - exact[0]) / scale)
        for at, group in enumerate(groups)
    )
    total = estimate(int(exact[-1] - exact[0]) / scale, chosen[-1, 1:] - chosen[0, 1:], places)
    before, after = int(exact[0]) / scale, int(exact[-1]) / scale
    corners = tuple(
        Corner(
            chosen_names(names, mask),
            tags.get(mask),
            None if mask in failed else round(float(values[mask, 0]), places),
            failed.get(mask),
        )
        for mask in range(len(values))
    )
    return Attribution(before, after, total, shares, interactions(groups, exact, chosen, places), corners)


def interactions(
    groups: Sequence[Group], exact: Array, values: Array, places: int
) -> tuple[Interaction, ...]:
    """Return the interactions, largest first; of more than ALL_UP_TO groups only the LARGEST."""
    units, drawn = dividends(exact), dividends(values[:, 1:])
    found = [
        Interaction(
            tuple(group for at, group in enumerate(groups) if mask >> at & 1),
            estimate(int(units[mask]) / 10**places, drawn[mask], places),
        )
        for mask in range(len(exact))
        if mask.bit_count() > 1
    ]
    found.sort(key=lambda each: (-abs(each.effect.value), len(each.groups)))
    return tuple(found if len(groups) <= ALL_UP_TO else found[:LARGEST])


def estimate(value: float, drawn: Array, places: int) -> Estimate:
    """Return a value with the 95 % interval of its bootstrap, rounded; no interval without draws."""
    if not drawn.size:
        return Estimate(value)
    low, high = (round(float(bound), places) + 0.0 for bound in np.nanquantile(drawn, [0.025, 0.975]))
    return Estimate(value, min(low, value), max(high, value))


def gap(before: Array, after: Array) -> tuple[float, float, Estimate]:
    """Return a metric before and after a change, and the difference; both of shape (1 + draws,)."""
    places = decimals(np.array([before[0], after[0]]))
    old, new = round(float(before[0]), places), round(float(after[0]), places)
    return old, new, estimate(round(new - old, places) + 0.0, (after - before)[1:], places)


def decimals(values: Array) -> int:
    """Return how many decimals show DIGITS significant digits of the largest of ``values``."""
    largest = float(np.max(np.abs(values)))
    return min(max(0, DIGITS - 1 - math.floor(math.log10(largest))), MOST) if largest > 0 else DIGITS


def apportion(parts: Sequence[Any], total: int) -> list[int]:
    """Round ``parts`` to whole numbers that add up to ``total``: the largest remainders are rounded up."""
    found = [math.floor(part) for part in parts]
    order = sorted(range(len(parts)), key=lambda at: found[at] - parts[at])
    missing = total - sum(found)
    for turn in range(abs(missing)):
        at = order[turn % len(order)] if missing > 0 else order[-1 - turn % len(order)]
        found[at] += 1 if missing > 0 else -1
    return found


def separable(names: Sequence[str], failed: Mapping[int, str]) -> tuple[Group, ...]:
    """Put factors together so that no failed corner is needed, and as few as can be.

    A failed corner has some factors of B and not others; one factor of each side must go together.
    """
    for groups in partitions(tuple(names)):
        needed = {bits(names, groups, mask) for mask in range(1 << len(groups))}
        if not needed & failed.keys():
            return groups
    raise ValueError("the first or the last corner failed")


def partitions(names: Group) -> Iterator[tuple[Group, ...]]:
    """Yield every way to put names into groups, those with the most groups first, else in the order of names."""
    found = [tuple(tuple(group) for group in groups) for groups in grouped(names)]
    yield from sorted(found, key=lambda groups: -len(groups))


def grouped(names: Group) -> Iterator[list[list[str]]]:
    """Yield every way to put names into groups."""
    if not names:
        yield []
        return
    for groups in grouped(names[1:]):
        yield [[names[0]], *groups]
        for at, group in enumerate(groups):
            yield [[names[0], *group], *groups[:at], *groups[at + 1 :]]


def bits(names: Sequence[str], groups: Sequence[Group], mask: int) -> int:
    """Turn a mask over groups into one over names."""
    inside = {name for at, group in enumerate(groups) if mask >> at & 1 for name in group}
    return sum(1 << at for at, name in enumerate(names) if name in inside)


def chosen_names(names: Sequence[str], mask: int) -> Group:
    """Return the names whose bit is set."""
    return tuple(name for at, name in enumerate(names) if mask >> at & 1)


def suspicion(losses: Sequence[Array], usual: Array) -> tuple[list[float], str]:
    """Return for each batch how many robust standard deviations its mean loss lies above the usual one, and what
    is usual.

    ``losses``: of the rows of each batch; ``usual``: of the test rows. From ENOUGH batches on they are compared
    with one another: median and median absolute deviation of their means. Fewer are compared with the test rows.
    A standard deviation is never taken smaller than chance makes that of so many rows.
    """
    means = np.array([float(each.mean()) for each in losses])
    sizes = np.array([len(each) for each in losses])
    rows = np.concatenate(losses)
    if len(means) >= ENOUGH:
        centre, against = float(np.median(means)), f"the {len(means)} batches"
        spread = NORMAL * float(np.median(np.abs(means - centre)))
        single = float(np.median([each.std() for each in losses]))
    else:
        centre, spread, against = float(usual.mean()), 0.0, "the test rows"
        single = float(usual.std())
    single = single or float(rows.std()) or 1.0
    floor = single / np.sqrt(sizes)
    return [float(z) for z in (means - centre) / np.maximum(spread, floor)], against

"""Gaps between groups: how far a metric differs between the values of a group, or between a slice and the rest.

Fairlearn's MetricFrame computes the metric of each group and the largest difference. Its own intervals draw single
rows, which is too hopeful where rows come in clusters, so ours are used: Wilson's of a share, for as many rows as the
clusters are worth, Hall's of a mean. Two of them make that of a difference, after Newcombe (1998) and Zou (2007).

The gap is the largest of many differences, and of many equal groups two will differ by chance. So each pair is looked
at with a level that holds for all of them together (Bonferroni 1936): where ``low`` lies above 0, some pair differs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

from dataci import intervals
from dataci.intervals import Interval, codes_of
from dataci.metrics import Array
from dataci.predictions import Predictions, Settings, numbers, right, truths, yes

REST = "(rest)"
LEVEL = 0.05  # of all pairs together
LABELS = {  # what a metric's rows are, for a sentence
    "recall": "with the positive label",
    "precision": "predicted as positive",
    "false_positive_rate": "with the negative label",
}


class Metric(NamedTuple):
    """A metric that is a mean: of ``values`` over the rows ``of``; shape (rows,) each. ``share``: values are 0 or 1."""

    values: Array
    of: Array
    share: bool


class Group(NamedTuple):
    """What a metric is in one group, and how far its interval reaches below and above."""

    name: str
    value: float
    below: float
    above: float


def measure(test: Predictions, how: Settings) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the gap of each metric by group function and by slice: ``gap``, ``low`` and ``high`` (95 % over all pairs
    that are compared), the groups with the ``least`` and the ``most``, how many ``groups`` were compared and how many
    had too few rows (``small``); or the ``reason`` why there is none.

    ``how.minimum``: how many rows a group needs to be compared, of those that the metric is about.
    """
    if not test.slices:
        return {}
    metrics, codes = by_metric(test, how), codes_of(test.clusters)
    return {name: gaps(groups, at, metrics, codes, how.minimum) for name, groups, at in families(test.slices)}


def by_metric(test: Predictions, how: Settings) -> dict[str, Metric]:
    """Return the metrics that fit the task; the shares have values of 0 and 1."""
    every = np.ones(len(test.ids), dtype=bool)
    if not test.classes:
        truth, predicted = numbers(test)
        return {"mae": Metric(np.abs(truth - predicted), every, share=False)}
    found = {"accuracy": (right(test, how), every)}
    if how.positive is not None:
        real, said = truths(test, how), yes(test, how)
        found |= {
            "recall": (said, real),
            "precision": (real, said),
            "false_positive_rate": (said, ~real),
            "selection_rate": (said, every),
        }
    return {name: Metric(hits.astype(np.float64), of, share=True) for name, (hits, of) in found.items()}


def families(slices: Mapping[str, Array]) -> Iterator[tuple[str, list[str], Array]]:
    """Yield group functions and slices by name, with the names of their groups, and the number of each row's group,
    shape (rows,); -1 of a row that is in none.
    """
    names: dict[str, list[str]] = {}
    for name in sorted(slices):
        names.setdefault(name.partition("=")[0], []).append(name)
    for family, groups in names.items():
        at = np.full(len(slices[groups[0]]), -1)
        for number, name in enumerate(groups):
            at[np.asarray(slices[name], dtype=bool)] = number
        if groups == [family]:  # a slice: all other rows are the other group
            groups, at = [family, REST] if (at < 0).any() else groups, np.where(at < 0, 1, at)
        yield family, groups, at


def gaps(
    groups: Sequence[str], at: Array, metrics: Mapping[str, Metric], codes: Array | None, minimum: int
) -> dict[str, dict[str, Any]]:
    """Return the gap of each metric between groups; ``at``: the number of each row's group."""
    rows = {name: np.bincount(at[one.of & (at >= 0)], minlength=len(groups)) for name, one in metrics.items()}
    compared = {name: one for name, one in metrics.items() if (rows[name] >= minimum).sum() > 1}
    values, differences = framed(groups, at, compared, minimum) if compared else ({}, {})
    found: dict[str, dict[str, Any]] = {}
    for name, one in metrics.items():
        chosen = np.flatnonzero(rows[name] >= minimum).tolist()
        if name not in compared:
            found[name] = {"reason": reason(name, len(chosen), len(groups), minimum)}
            continue
        pairs = len(chosen) * (len(chosen) - 1) / 2
        tail = LEVEL / pairs / 2  # each pair is looked at from both sides
        alike = likeness(one, at, codes)
        parts = [
            Group(groups[k], values[name][groups[k]], *reach(one, at == k, codes, alike, tail))
            for k in chosen
        ]
        counts = {"groups": len(chosen), "small": len(groups) - len(chosen)}
        found[name] = widest(parts, differences[name], one.share) | counts
    return found


def reason(metric: str, enough: int, groups: int, minimum: int) -> str:
    """Say why groups are not compared."""
    if groups < 2:
        return "there is only one group, and nothing to compare it with"
    what = f" {LABELS[metric]}" if metric in LABELS else ""
    return f"{'none' if not enough else 'only one'} of {groups} groups has {minimum} rows{what}"


def framed(
    groups: Sequence[str], at: Array, metrics: Mapping[str, Metric], minimum: int
) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """Return each metric by group, and its largest difference between groups, as Fairlearn computes them.

    Groups with fewer than ``minimum`` rows of a metric count as missing there.
    """
    from fairlearn.metrics import MetricFrame

    def mean(_: Array, __: Array, values: Array, rows: Array) -> float:
        return float((values * rows).sum() / rows.sum()) if rows.sum() >= minimum else float("nan")

    first, counts = cells(at, metrics)
    names, nothing = np.array(groups), np.zeros(len(first))
    frame = MetricFrame(
        metrics=dict.fromkeys(metrics, mean),
        y_true=nothing,
        y_pred=nothing,
        sensitive_features=names[at[first]],
        sample_params={
            name: {"values": one.values[first], "rows": counts * one.of[first]}
            for name, one in metrics.items()
        },
    )
    return frame.by_group.to_dict(), frame.difference().to_dict()


def cells(at: Array, metrics: Mapping[str, Metric]) -> tuple[Array, Array]:
    """Fold rows of a group that are alike in all that the metrics look at: a row of each kind, and how many there are.

    Fairlearn handles rows one by one, and of a million rows there are a few hundred kinds. Numbers are not folded.
    """
    inside = np.flatnonzero(at >= 0)
    kind = at[inside].astype(np.int64)
    for one in metrics.values():
        if not one.share:
            return inside, np.ones(len(inside))
        kind = 4 * kind + 2 * one.values[inside].astype(np.int64) + one.of[inside]
    _, first, counts = np.unique(kind, return_index=True, return_counts=True)
    return inside[first], counts


def reach(one: Metric, group: Array, codes: Array | None, alike: float, tail: float) -> Interval:
    """Return how far the interval of a group's metric reaches below and above it, when it may miss as often as ``tail``
    on either side. ``alike``: see there.
    """
    rows = group & one.of
    values, clusters = one.values[rows], None if codes is None else intervals.compressed(codes[rows])
    mean = float(values.mean())
    if not one.share:
        return intervals.around(values - mean, clusters, tail)
    worth = evidence(values, clusters, alike, tail)
    low, high = intervals.wilson(mean * worth, worth)
    return max(0.0, mean - low), max(0.0, high - mean)


def evidence(values: Array, clusters: Array | None, alike: float, tail: float) -> float:
    """Return how many independent rows a share is worth to Wilson's 95 % interval, so that it misses as often as
    ``tail`` on either side: his bounds depend on rows over the square of the quantile only.

    Few clusters do not even tell how alike their rows are: then the quantile is Student's, and what the clusters of all
    groups tell counts where it is worse than what those of this group do.
    """
    quantile, rows = NormalDist().inv_cdf(1 - tail), intervals.effective(values, clusters)
    if clusters is not None and (number := int(clusters.max()) + 1) < len(values):
        quantile = intervals.student(number, tail)
        sizes = np.bincount(clusters)
        rows = min(rows, len(values) / (1 + alike * (float((sizes**2).sum()) / len(values) - 1)))
    return rows * (intervals.Z / quantile) ** 2


def likeness(one: Metric, at: Array, codes: Array | None) -> float:
    """Return how alike the rows of a cluster are beyond what their group has in common: the correlation of two of them,
    over all groups; 0 where there are no clusters.
    """
    rows = one.of & (at >= 0)
    if codes is None or not one.share or not rows.any():
        return 0.0
    values, groups = one.values[rows], intervals.compressed(at[rows])
    mean = (np.bincount(groups, values) / np.bincount(groups))[groups]
    spread = np.sqrt(mean * (1 - mean))
    known = spread > 0  # of a group whose rows are all right nobody can tell
    residuals = (values[known] - mean[known]) / spread[known]
    clusters = intervals.compressed(codes[rows][known] * (int(groups.max()) + 1) + groups[known])
    pairs = float((np.bincount(clusters) ** 2).sum()) - len(residuals)
    together = float((np.bincount(clusters, residuals) ** 2).sum()) - float((residuals**2).sum())
    return min(1.0, max(0.0, together / pairs)) if pairs > 0 else 0.0


def widest(groups: Sequence[Group], gap: float, share: bool) -> dict[str, Any]:
    """Return the largest difference of all pairs, and what the intervals of all pairs leave for it."""
    values, below, above = (np.array(column) for column in list(zip(*groups, strict=True))[1:])
    signed = values[:, None] - values[None, :]
    lowest = signed - np.hypot(below[:, None], above[None, :])
    highest = signed + np.hypot(above[:, None], below[None, :])
    np.fill_diagonal(highest, 0.0)
    low, high = max(0.0, float(lowest.max())), float(highest.max())
    bounds = {"low": min(low, gap), "high": max(min(high, 1.0) if share else high, gap)}
    ends = {"least": groups[int(values.argmin())].name, "most": groups[int(values.argmax())].name}
    return {"gap": float(gap), **bounds, **ends}

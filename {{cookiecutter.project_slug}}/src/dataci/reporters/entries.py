"""What a record says of a model's behaviour, read so that each value is what it should be, or absent.

These parts are optional: an older record has none of them, a regression not all. A record may come with a pull request,
so nothing in it is believed: a figure that is half a figure is none. Texts are as they stand; who shows one escapes it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

FAIL, UNCLEAR, PASS = "fail", "unclear", "pass"
VERDICTS = (FAIL, UNCLEAR, PASS)  # the order in which gates are told
GROUP = "="  # between the function and the value in the name of a group
MINIMUM = 20  # rows of a group, where a record does not say
EMPTY: Mapping[str, Any] = {}


class Figure(NamedTuple):
    """A measured value with its 95 % interval, None at both ends where there is none."""

    value: float
    low: float | None = None
    high: float | None = None


class Gate(NamedTuple):
    """A gate: its verdict (fail, unclear, pass) and the sentence that says why."""

    name: str
    verdict: str
    what: str


class Gap(NamedTuple):
    """How far apart the groups of ``function`` are by a metric; ``reason``: why that is not known.

    ``least`` and ``most``: the groups at both ends. ``groups``: how many were compared; ``small``: how many had too few
    rows for that.
    """

    function: str
    metric: str
    gap: Figure | None
    least: str
    most: str
    groups: int
    small: int
    reason: str


class Probed(NamedTuple):
    """What a perturbation, or an exchange, does to the predictions of ``n`` rows.

    ``rate``: the share of rows that get another label (``flips`` of them); of a regression ``shift``, the mean absolute
    change, instead. ``loss``: how much worse the primary metric is. ``moved``: how far scores move on average, of an
    exchange. ``worst``: ids of rows. ``reason``: why there is neither rate nor shift.
    """

    name: str
    kind: str
    strength: str
    n: int
    flips: int
    rate: Figure | None
    shift: Figure | None
    loss: Figure | None
    moved: Figure | None
    worst: tuple[str, ...]
    reason: str


class Covered(NamedTuple):
    """How good a model is on the ``n`` rows, a share ``coverage`` of all, of which it is surest."""

    coverage: float
    n: int
    figure: Figure | None
    threshold: float


def part(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a part of a record; an empty one where it has none."""
    found = record.get(name)
    return found if isinstance(found, Mapping) else EMPTY


def real(value: Any) -> float | None:
    """Return a finite number, None in place of anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def count(value: Any) -> int:
    """Return a count, 0 in place of anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def word(value: Any) -> str:
    """Return a text, "" in place of anything else."""
    return value if isinstance(value, str) else ""


def words(value: Any) -> tuple[str, ...]:
    """Return the texts of a list."""
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, (list, tuple)) else ()


def figure(entry: Any, key: str = "value") -> Figure | None:
    """Return a figure, with both ends of its interval or neither; None where there is no value."""
    if not isinstance(entry, Mapping):
        return None
    value, low, high = (real(entry.get(name)) for name in (key, "low", "high"))
    if value is None:
        return None
    return Figure(value) if low is None or high is None else Figure(value, low, high)


def reason(entry: Any) -> str:
    """Return why there is no figure."""
    return word(entry.get("reason")) if isinstance(entry, Mapping) else ""


def minimum(record: Mapping[str, Any]) -> int:
    """Return how many rows a group needs to be compared with others."""
    return count(part(record, "evaluation").get("minimum", MINIMUM))


def gates(record: Mapping[str, Any]) -> list[Gate]:
    """Return the gates of a record: those that fail first, then those on which nothing can be said."""
    found = []
    for name, entry in sorted(part(record, "gates").items()):
        told = entry if isinstance(entry, Mapping) else EMPTY
        verdict = word(told.get("verdict"))
        found.append(Gate(name, verdict if verdict in VERDICTS else UNCLEAR, word(told.get("what"))))
    return sorted(found, key=lambda gate: VERDICTS.index(gate.verdict))


def failing(record: Mapping[str, Any]) -> list[Gate]:
    """Return the gates that a candidate fails."""
    return [gate for gate in gates(record) if gate.verdict == FAIL]


def gaps(record: Mapping[str, Any]) -> list[Gap]:
    """Return the gaps between groups, by function and metric."""
    return [
        Gap(
            function,
            metric,
            figure(entry, "gap"),
            word(entry.get("least")),
            word(entry.get("most")),
            count(entry.get("groups")),
            count(entry.get("small")),
            reason(entry),
        )
        for function, metric, entry in _nested(part(record, "fairness"))
    ]


def _nested(found: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for outer, entries in sorted(found.items()):
        for inner, entry in sorted(entries.items()) if isinstance(entries, Mapping) else ():
            if isinstance(entry, Mapping):
                yield outer, inner, entry


def probed(record: Mapping[str, Any], family: str) -> list[Probed]:
    """Return what each perturbation ("robustness") or exchange ("counterfactuals") does, by kind and strength."""
    found = [
        _probe(name, entry) for name, entry in part(record, family).items() if isinstance(entry, Mapping)
    ]
    return sorted(found, key=lambda one: (one.kind, len(one.strength), one.strength, one.name))


def _probe(name: str, entry: Mapping[str, Any]) -> Probed:
    kind, _, strength = name.rpartition("-")
    measured = strength.replace(".", "", 1).isdecimal() and bool(kind)
    rate, shift = figure(entry.get("flip_rate")), figure(entry.get("shift"))
    why = reason(entry.get("flip_rate")) or reason(entry.get("shift")) or reason(entry)
    return Probed(
        name,
        kind if measured else name,
        strength if measured else "",
        count(entry.get("n")),
        count(entry.get("flips")),
        rate,
        shift,
        figure(entry.get("loss")),
        figure(entry.get("moved")),
        words(entry.get("worst")),
        why,
    )


def size(probe: Probed) -> float:
    """Return how much a probe does to the predictions."""
    found = probe.rate or probe.shift
    return found.value if found else 0.0


def selective(record: Mapping[str, Any]) -> list[Covered]:
    """Return how good a candidate is where it may leave rows open, from all rows to the surest."""
    listed = part(record, "uncertainty").get("selective")
    entries = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    found = [
        Covered(
            coverage,
            count(one.get("n")),
            figure(one.get("accuracy")) or figure(one.get("mae")),
            real(one.get("threshold")) or 0.0,
        )
        for one in entries
        if (coverage := real(one.get("coverage"))) is not None
    ]
    return sorted(found, key=lambda one: -one.coverage)

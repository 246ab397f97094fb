"""Whether a record says what its predictions say: everything in it that is measured is computed again, and laid beside.

A record of another engine (another ``method``) may have other intervals, and one that can no longer be measured may
lack what came later; what both have of counts and values must agree all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from dataci import evaluation, measuring, probes, record, scores
from dataci.dataset import BUGS, TEST
from dataci.predictions import METHOD, Predictions
from dataci.record import TOLD, Record

PARTS = (
    *("metrics", "confusion", "per_class", "slices", "calibration", "bugs"),
    *("fairness", "robustness", "counterfactuals", "uncertainty", "cost"),
)
POINTS = (
    "n",
    "value",
    "flips",
    "errors",
    "gap",
    "groups",
    "small",
    "share",
    "threshold",
)  # of any engine alike
CLOSE = 1e-3  # a record keeps four significant digits
SHOWN = 60  # characters of a place
MISSING = object()


def difference(made: Record, rows: Mapping[str, Predictions]) -> str | None:
    """Say which figure of a record is another one when it is computed from its predictions, or None."""
    found = computed(made, rows)
    old = made["evaluation"]["method"] != METHOD or "not_comparable" in made
    for part in PARTS:
        if part == "per_class" and not made[part]:
            continue
        said_of_all = without_words(made[part]) if part == BUGS else made.get(part, {})
        for place, said, told in apart(said_of_all, found.get(part, {}), part):
            if old and (place.rpartition(".")[2] not in POINTS or MISSING in (said, told)):
                continue
            return (
                f"by its predictions {shown(place)} is {written(told)}, and the record says {written(said)}"
            )
    return None


def computed(made: Record, rows: Mapping[str, Predictions]) -> dict[str, Any]:
    """Return the measured part of a record, as it follows from its predictions; ValueError where none does."""
    how = record.settings(made)
    if max(len(made["slices"]), sum(map(probes.is_probe, rows))) > scores.MOST:
        raise ValueError(f"there are more than {scores.MOST:,} slices or probes")
    named = {split: measuring.named(made, one, how) for split, one in rows.items()}
    if any(one.scores.shape[1] != max(1, len(one.classes)) for one in named.values()):
        raise ValueError("the scores are of other labels than those of the training data")
    test = named[TEST]
    nobody = np.zeros(len(test.ids), dtype=bool)  # a slice without a row is not in the file
    slices = {**{name: nobody for name, part in made["slices"].items() if not part["n"]}, **test.slices}
    none = test.cut([])._replace(slices={})  # nor is a bug without a pattern
    bugs = {name: named.get(f"{BUGS}/{name}", none) for name in made["bugs"]}
    derived = {name: one for name, one in named.items() if probes.is_probe(name)}
    return record.canonical(evaluation.evaluate(test._replace(slices=slices), bugs, how, derived))


def apart(said: Any, told: Any, place: str) -> Iterator[tuple[str, Any, Any]]:
    """Yield the places where two values differ, with both."""
    if isinstance(said, Mapping) and isinstance(told, Mapping):
        for name in sorted({*said, *told}):
            yield from apart(said.get(name, MISSING), told.get(name, MISSING), f"{place}.{name}")
    elif isinstance(said, list) and isinstance(told, list) and len(said) == len(told):
        for number, pair in enumerate(zip(said, told, strict=True)):
            yield from apart(*pair, f"{place}.{number}")
    elif not alike(said, told):
        yield place, said, told


def without_words(bugs: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the figures of bugs, without what people said of them; see ``records.elsewhere``."""
    words = {name.rstrip("?") for name in TOLD}
    return {name: {key: bug[key] for key in bug if key not in words} for name, bug in bugs.items()}


def alike(said: Any, told: Any) -> bool:
    """Tell whether two values are the same, but for the last digits of a number."""
    numbers = [one for one in (said, told) if isinstance(one, (int, float)) and not isinstance(one, bool)]
    if len(numbers) < 2:
        return bool(said == told)
    if all(isinstance(one, int) for one in numbers):
        return bool(said == told)
    return bool(abs(said - told) <= CLOSE * max(1.0, abs(told)))


def shown(place: str) -> str:
    """Write a place so that it fits into a sentence."""
    return repr(place if len(place) <= SHOWN else f"{place[: SHOWN - 1]}…")


def written(value: Any) -> str:
    """Write a value so that it fits into a sentence."""
    if isinstance(value, float):
        return f"{value:.4g}"
    return "not there" if value is MISSING else repr(value)[:40]

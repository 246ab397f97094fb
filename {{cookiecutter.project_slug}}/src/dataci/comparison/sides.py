"""The two results that are compared: their records and predictions, and whether they can be compared at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from dataci.dataset import TEST
from dataci.predictions import Predictions, Settings
from dataci.record import Record


class Side(NamedTuple):
    """One of the two results: how it is called, its record, and its predictions by split (None: lost).

    ``recorded``: the record as it is stored, where ``record`` and ``predictions`` were measured again for the
    comparison. ``stuck``: why it could not be measured again though it had to be; then there is no verdict.
    """

    name: str
    record: Record
    predictions: Mapping[str, Predictions] | None = None
    recorded: Record | None = None
    stuck: str = ""


def settings(record: Record) -> Settings:
    """Return how a record was evaluated."""
    found = record["evaluation"]
    return Settings(found["metric"], found["positive"], found["threshold"], found["margin"])


def pair(a: Side, b: Side, split: str) -> tuple[Predictions, Predictions] | None:
    """Return what both say of a split, None when they do not have the same rows of it, in the same order."""
    one, two = (side.predictions.get(split) if side.predictions else None for side in (a, b))
    if one is None or two is None or (one.ids, one.labels) != (two.ids, two.labels) or not one.ids:
        return None
    return one, two


def alike(a: Side, b: Side) -> str:
    """Say why figures of A and B are not to be subtracted: other test rows, other settings; "" when they are alike."""
    one, two = a.record, b.record
    if one["test"]["id"] != two["test"]["id"]:
        ids = f"{one['test']['id'][:8]} and {two['test']['id'][:8]}"
        return f"they were measured on different test sets ({ids}); only results on the same rows can be compared"
    return "" if same_settings(a, b) else "they were measured with different settings of [evaluation]"


def same_settings(a: Side, b: Side) -> bool:
    """Tell whether both were measured with the same metric, positive label and threshold (the margin is no measure)."""
    one, two = (settings(side.record)._replace(margin=0.0) for side in (a, b))
    return one == two


def obstacle(a: Side, b: Side) -> str:
    """Say why no verdict can be given on the primary metric; "" when it can."""
    why = a.stuck or b.stuck or alike(a, b)
    if why:
        return why
    for side in (a, b):
        if side.predictions is None:
            return f"the predictions of {side.name} are not stored; `dataci evaluate --all` makes them again"
    if pair(a, b, TEST) is None:
        return "the stored predictions are not of the same rows; `dataci evaluate --all` makes them again"
    metric = settings(b.record).metric
    for side in (a, b):
        found = side.record["metrics"].get(
            metric, {"reason": f"{metric} is not in the record of {side.name}"}
        )
        if "value" not in found:
            return str(found.get("reason", f"{metric} was not measured"))
    return ""

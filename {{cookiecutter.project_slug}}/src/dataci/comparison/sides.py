"""The two results that are compared: their records and predictions, and whether they can be compared at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from dataci.dataset import TEST
from dataci.predictions import Predictions, Settings
from dataci.record import Record
from dataci.record import settings as settings


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
    """Tell whether both were measured with the same metric, positive label and threshold.

    What is left aside changes neither a figure of the metrics nor what is predicted: the margin, the gates, how the
    threshold was chosen, what errors cost, how many rows make a group.
    """
    return measured_by(settings(a.record)) == measured_by(settings(b.record))


def measured_by(how: Settings) -> tuple[str, str | None, float]:
    """Return the settings that metrics and labels depend on."""
    return how.metric, how.positive, how.threshold


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

"""Explanations as plain dicts: what `dataci explain --format json` prints, and what the reporters are given."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from dataci.explaining.local import Meeting
from dataci.explaining.tokens import Row, Unit
from dataci.explaining.ways import Explanation

VERSION = 1
DECIMALS = 6
MEETINGS = 20  # of a row, the strongest


class About(NamedTuple):
    """Which row it is and what is said of it.

    ``name``: its id, with ``split``; None where it was typed in. ``label``: what is right, None where nobody knows.
    ``predicted``: the label or number that the model gives, ``probability`` that of the explained label.
    """

    tag: str
    seed: int
    name: str | None
    split: str | None
    label: str | None
    predicted: str
    probability: float | None
    threshold: float | None


def of_row(found: Explanation, about: About) -> dict[str, Any]:
    """Return the explanation of a row; numbers are cut, so that equal runs give equal bytes."""
    units = found.row.units
    order = sorted(found.meetings, key=lambda one: (-abs(cut(one.weight)), one.left, one.right))
    return {
        "version": VERSION,
        "of": "row",
        "tag": about.tag,
        "seed": about.seed,
        "row": {"id": about.name, "split": about.split, "label": about.label, "cells": cells(found.row)},
        "explained": found.target.label,
        "scale": found.target.scale,
        "predicted": about.predicted,
        "probability": None if about.probability is None else cut(about.probability),
        "threshold": about.threshold,
        "method": found.method,
        "base": cut(found.base),
        "score": cut(found.score),
        "remainder": cut(found.remainder),
        "fidelity": None if found.fidelity is None else cut(found.fidelity),
        "fidelity_with_meetings": None if found.together is None else cut(found.together),
        "estimated": found.estimated,
        "terms": [
            term(unit, float(value), at)
            for at, (unit, value) in enumerate(zip(units, found.values, strict=True))
        ],
        "meetings": [meeting(one) for one in order[:MEETINGS] if cut(one.weight)],
        "notes": list(found.notes),
    }


def cells(row: Row) -> dict[str, str | None]:
    """Return the cells of a row as text."""
    values: Mapping[str, Any] = row.inputs.row(0, named=True)
    return {
        name: None if value is None else f"{value:g}" if isinstance(value, float) else str(value)
        for name, value in values.items()
    }


def term(unit: Unit, value: float, at: int) -> dict[str, Any]:
    """Return what one unit adds; ``at`` is what meetings call it by."""
    return {"at": at, **unit._asdict(), "weight": cut(value)}


def meeting(one: Meeting) -> dict[str, Any]:
    """Return what two units add together."""
    return {"left": one.left, "right": one.right, "weight": cut(one.weight)}


def cut(value: float) -> float:
    """Round; what is no finite number becomes 0, which JSON can hold."""
    return round(float(value), DECIMALS) + 0.0 if math.isfinite(value) else 0.0

"""[evaluation.gates] of dataci.toml: what is switched on, and where the limits lie."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NoReturn

from dataci.errors import CannotRun

SWITCHES, RATES = ("closed_bugs", "slices"), ("robustness", "counterfactual")
FAIRNESS = ("accuracy", "recall", "precision", "false_positive_rate", "selection_rate")
LARGEST = 1e15  # of a limit that has no end of its own: what can be printed and stored
NUMBERS = ("mae",)  # what groups are compared by in a regression


def settings(raw: Mapping[str, Any], regression: bool = False) -> dict[str, Any]:
    """Return [evaluation.gates] as it is given, checked; CannotRun names a value that cannot be.

    Limits are shares from 0 to 1. Of a ``regression``, which knows no flips, those of robustness and counterfactual are
    of the mean absolute change, and gaps are of the mean absolute error, both in units of the label.
    """
    if not isinstance(raw, Mapping):
        refuse("is no table")
    for name, value in raw.items():
        if name in SWITCHES:
            if not isinstance(value, bool):
                refuse(f"{name} is {value!r}; it must be true or false")
        elif name in RATES:
            highest = math.inf if regression else 1.0
            for kind, limit in value.items() if isinstance(value, Mapping) else [(name, value)]:
                number(f"{name}.{kind}" if isinstance(value, Mapping) else name, limit, highest)
        elif name == "fairness":
            fairness_limits(value, regression)
        elif name == "calibration":
            number(name, value)
        else:
            known = ", ".join(("closed_bugs", "slices", "fairness", *RATES, "calibration"))
            refuse(f"{name} is unknown; it can hold {known}")
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in raw.items()}


def fairness_limits(value: Any, regression: bool, where: str = "fairness") -> None:
    """Refuse limits of gaps that are no table by metric; within it, tables by metric for single groups."""
    if not isinstance(value, Mapping):
        refuse(f"{where} is {value!r}; give each metric its limit, " + "as in {recall = 0.1}")
    metrics = NUMBERS if regression else FAIRNESS
    for metric, limit in value.items():
        if isinstance(limit, Mapping) and where == "fairness":
            fairness_limits(limit, regression, f"fairness.{metric}")
            continue
        if metric not in metrics:
            refuse(f"{where}.{metric} is unknown; here it can be {', '.join(metrics)}")
        number(f"{where}.{metric}", limit, math.inf if regression else 1.0)


def by_group(limits: Mapping[str, Any], groups: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Return the limits of each group by metric: a table of its own counts in place of those for all groups."""
    common = {metric: limit for metric, limit in limits.items() if not isinstance(limit, Mapping)}
    own = {group: dict(limit) for group, limit in limits.items() if isinstance(limit, Mapping)}
    return {**(dict.fromkeys(groups, common) if common else {}), **own}


def number(name: str, value: Any, highest: float = 1.0) -> None:
    """Refuse a limit that is no number from 0 to ``highest``."""
    fits = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not fits or not 0 <= value <= min(highest, LARGEST):
        refuse(f"{name} is {value!r}; it must be a number from 0 {'to 1' if highest == 1 else 'on'}")


def refuse(what: str) -> NoReturn:
    """Refuse the settings of the gates."""
    raise CannotRun(f"dataci.toml: [evaluation.gates] {what}.")

"""How good predictions are: metrics, confusion, calibration; per class, per slice, per model bug; [evaluation]."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from dataci import fairness, figures, gates, intervals, metrics, probes, robustness, uncertainty
from dataci.errors import CannotRun
from dataci.figures import Metric
from dataci.intervals import codes_of
from dataci.metrics import Array
from dataci.predictions import (
    FIXED,
    MARGIN,
    MINIMUM,
    Predictions,
    Settings,
    guesses,
    positive_scores,
    right,
    truths,
)
from dataci.record import COSTS
from dataci.thresholds import cost

LARGEST = 1e15  # of a setting that has no end of its own: what can be multiplied, printed and stored
RULE = re.compile(r"fixed|cost|f1|(precision|recall)>=(0(\.\d+)?|1(\.0+)?|\.\d+)")


def settings(raw: Mapping[str, Any], classes: Sequence[str]) -> Settings:
    """Read [evaluation] against the classes that the model knows (none: a regression); CannotRun names what
    does not fit.
    """
    names = metrics.names(len(classes))
    metric = str(raw.get("metric", names[0]))
    if metric not in names:
        kind = f"with {len(classes)} classes" if classes else "of a regression"
        refuse(f"metric is {metric!r}; {kind} it can be {', '.join(names)}")
    general = without_labels(raw, not classes)
    chosen = positive(raw.get("positive"), classes) if len(classes) == 2 else None
    how = general._replace(metric=metric, positive=chosen)
    if raw.get("direction", how.direction) != how.direction:
        refuse(
            f"direction is {raw['direction']!r}, but of {metric} the {how.direction} is better; mend one of them"
        )
    return how


def without_labels(raw: Mapping[str, Any], regression: bool) -> Settings:
    """Read what of [evaluation] fits every candidate or none, whatever its labels; ``metric`` is left empty.

    CannotRun names what is wrong: that is a fault of dataci.toml, and no candidate's.
    """
    return Settings(
        "",
        None,
        number(raw, "threshold", 0.5, 1.0, "it must be a number from 0 to 1"),
        number(raw, "margin", MARGIN, LARGEST, "it must be a number from 0 on"),
        rule=rule(raw),
        costs=costs(raw),
        minimum=minimum(raw),
        gates=gates.settings(raw.get("gates", {}), regression),
    )


def number(raw: Mapping[str, Any], key: str, default: float, highest: float, want: str) -> float:
    """Return a setting that is a number from 0 to ``highest``."""
    value = raw.get(key, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= highest:
        refuse(f"{key} is {value!r}; {want}")
    return float(value)


def rule(raw: Mapping[str, Any]) -> str:
    """Return by which rule the threshold was chosen; "fixed" where somebody just set it."""
    found = raw.get("rule", FIXED)
    if not isinstance(found, str) or not RULE.fullmatch(found):
        refuse(f"rule is {found!r}; it can be fixed, cost, f1, precision>=x or recall>=x (x from 0 to 1)")
    return found


def costs(raw: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return the costs of a false positive and of a false negative, None where nobody named them."""
    found = raw.get("costs")
    if not found:
        return None
    values = [found.get(name) for name in COSTS]
    for name, value in zip(COSTS, values, strict=True):
        good = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not good or not 0 <= value <= LARGEST or not sum(v for v in values if isinstance(v, (int, float))):
            refuse(f"costs {name} is {value!r}; both must be numbers from 0 on, and one of them above it")
    return float(values[0]), float(values[1])


def minimum(raw: Mapping[str, Any]) -> int:
    """Return how many rows a group needs to be compared with others."""
    found = raw.get("minimum", MINIMUM)
    if isinstance(found, bool) or not isinstance(found, int) or not 1 <= found <= 1_000_000:
        refuse(f"minimum is {found!r}; it must be a whole number of rows from 1 on")
    return found


def refuse(what: str) -> NoReturn:
    """Refuse the settings of the evaluation."""
    raise CannotRun(f"dataci.toml: [evaluation] {what}.")


def positive(given: Any, classes: Sequence[str]) -> str:
    """Return the label that counts as positive: as configured, or the last in the alphabet (1, true, yes)."""
    if given is None:
        return max(classes)
    if str(given) not in classes:
        shown = " and ".join(repr(name) for name in classes)
        raise CannotRun(
            f"dataci.toml: [evaluation] positive is {given!r}, but the labels are {shown}. "
            "Name one of them, in quotes."
        )
    return str(given)


def evaluate(
    test: Predictions,
    bugs: Mapping[str, Predictions],
    how: Settings,
    probed: Mapping[str, Predictions] = {},
) -> dict[str, Any]:
    """Return ``metrics``, ``confusion``, ``per_class``, ``slices`` and ``calibration`` of the test set, and ``bugs``,
    ready for a record; and ``behaviour``'s parts where there is something to say.

    ``probed``: what the model says of rows derived from test rows, by split. CannotRun when the test set is empty.
    """
    if not test.ids:
        raise CannotRun(
            "There is no test row, so nothing can be measured. Add rows with labels below data/test."
        )
    parts = {
        name: test.cut(np.flatnonzero(mask))._replace(slices={}) for name, mask in sorted(test.slices.items())
    }
    return {
        "metrics": figures.metrics(test, how),
        "confusion": confusion(test.labels, guesses(test, how)) if test.classes else {},
        "per_class": per_class(test, how) if test.classes else {},
        "slices": {
            name: {"n": len(part.ids), "metrics": figures.metrics(part, how)} for name, part in parts.items()
        },
        "calibration": calibration(test, how) if test.classes else [],
        "bugs": {name: bug(patterns, how) for name, patterns in sorted(bugs.items())},
        **{name: part for name, part in behaviour(test, how, probed).items() if part},
    }


def behaviour(test: Predictions, how: Settings, probed: Mapping[str, Predictions]) -> dict[str, Any]:
    """Return what the figures of the whole hide: gaps between groups, flips of changed rows, uncertainty, cost."""
    found = {
        "fairness": fairness.measure(test, how),
        "uncertainty": uncertainty.measure(test, how),
        "cost": cost.measure(test, how) if how.costs and how.positive is not None else {},
    }
    for part, family in probes.FAMILIES.items():
        mine = {split: rows for split, rows in probed.items() if split.startswith(f"{family}/")}
        found[part] = robustness.measure(test, mine, how) if mine else {}
    return found


def confusion(labels: Sequence[str], predicted: Sequence[str]) -> dict[str, dict[str, int]]:
    """Count (right label, predicted label); pairs that do not occur are left out."""
    table: dict[str, dict[str, int]] = {}
    for label, guess in zip(labels, predicted, strict=True):
        row = table.setdefault(label, {})
        row[guess] = row.get(guess, 0) + 1
    return table


def per_class(test: Predictions, how: Settings) -> dict[str, dict[str, Any]]:
    """Return n (test rows) of each class, and precision, recall and F1 with a 95 % interval, or the reason why not."""
    truth, guess = np.array(test.labels, dtype=object), np.array(guesses(test, how), dtype=object)
    codes = codes_of(test.clusters)
    names = sorted({*test.classes, *test.labels})
    return {name: one_class(truth == name, guess == name, codes) for name in names}


def one_class(truth: Array, found: Array, codes: Array | None) -> dict[str, Any]:
    """Return the figures of one class."""
    unseen, never = {"reason": "no test row has this label"}, {"reason": "never predicted"}
    either = {"reason": "neither in the test set nor predicted"}
    both = 2 * int((truth & found).sum())
    low, high = intervals.f1(truth, found, codes)
    f1 = {"value": both / max(1, int(truth.sum() + found.sum())), "low": low, "high": high}
    return {
        "n": int(truth.sum()),
        "recall": fraction(found, truth, codes) if truth.any() else unseen,
        "precision": fraction(truth, found, codes) if found.any() else never,
        "f1": f1 if (truth | found).any() else either,
    }


def fraction(hits: Array, of: Array, codes: Array | None) -> Metric:
    """Return the share of the rows ``of`` that are ``hits``."""
    low, high = intervals.share(hits[of], None if codes is None else codes[of])
    value = float(hits[of].mean())
    return {"value": value, "low": min(low, value), "high": max(high, value)}


def calibration(test: Predictions, how: Settings) -> list[dict[str, Any]]:
    """Return, for each tenth of the score that has rows: its bounds, n, the mean score, and the share of rows that are
    positive, with a 95 % interval; with more than two classes the likeliest class's score, and the share that is right.
    """
    if how.positive is not None:
        score, hit = positive_scores(test, how), truths(test, how)
    else:
        score, hit = test.scores.max(axis=1), right(test, how)
    codes = codes_of(test.clusters)
    bins = np.minimum((np.round(score * 1000).astype(int)) // 100, 9)
    found = []
    for number in sorted(set(bins.tolist())):
        rows = bins == number
        low, high = intervals.share(hit[rows], None if codes is None else codes[rows])
        mean, part = float(score[rows].mean()), float(hit[rows].mean())
        bounds = {"low": number / 10, "high": (number + 1) / 10, "n": int(rows.sum()), "score": mean}
        found.append({**bounds, "share": part, "share_low": min(low, part), "share_high": max(high, part)})
    return found


def bug(patterns: Predictions, how: Settings) -> dict[str, Any]:
    """Return how many patterns of a model bug the model gets wrong, with Wilson's interval; of a regression, which
    knows no wrong and right, the mean absolute error.
    """
    rows = len(patterns.ids)
    if not rows:
        return {"n": 0, "error_rate": {"reason": "the bug has no patterns"}}
    if not patterns.classes:
        return {"n": rows, "mae": figures.measure("mae", patterns._replace(clusters=()), how)}
    errors = int((~right(patterns, how)).sum())
    low, high = intervals.wilson(errors, rows)
    return {"n": rows, "errors": errors, "error_rate": {"value": errors / rows, "low": low, "high": high}}

"""In which order model bugs are worked on: priority = error × harm × reach, from 0 to 100.

* error: the share of a bug's patterns that are wrong, so that bugs of 10 and of 20 patterns compare. Of a regression,
  which knows no wrong: e / (e + t), e the mean error on the patterns and t that on the test set; 0.5 is "no worse than
  elsewhere".
* harm: 1 to 10, as a share of 10.
* reach: log(1 + users) / log(1 + most users of any bug): ten times the users do not make ten of a harm of one. A bug of
  which nobody knows the users counts as the middle one of those of which somebody does: it is neither forgotten nor
  put first. Where nobody knows anything, reach is 1 for all.

Only what stands in a record is needed, so that the table in results/README.md and `dataci bug list` agree.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from typing import Any, NamedTuple

from dataci.record import Record

HARM = 5  # of a bug whose record, an old one, does not say
WORST = 10


def reaches(users: Mapping[str, int | None]) -> dict[str, float]:
    """Return the reach of each bug, from 0 to 1, from how many users it concerns (None: nobody knows)."""
    known = {name: math.log1p(max(count, 0)) for name, count in users.items() if count is not None}
    most = max(known.values(), default=0.0)
    if not most:
        return dict.fromkeys(users, 1.0)
    middle = statistics.median(known.values()) / most
    return {name: known[name] / most if name in known else middle for name in users}


def priority(error: float | None, harm: int, reach: float) -> float | None:
    """Return how urgent a bug is, from 0 to 100; None where it was not measured."""
    return None if error is None else 100 * error * min(max(harm, 1), WORST) / WORST * reach


def share(entry: Mapping[str, Any], of: Record) -> tuple[float, float, float] | None:
    """Return the normalised error of a bug in a record, with the ends of its 95 % interval; None where there is none.

    ``entry``: the bug's part of the record ``of``.
    """
    if "mae" in entry:
        usual = of["metrics"].get("mae", {}).get("value")
        return ends(entry["mae"], usual)
    return ends(entry.get("error_rate", {}), None)


def ends(figure: Mapping[str, Any], usual: float | None) -> tuple[float, float, float] | None:
    """Return (value, low, high) of a figure, each against the ``usual`` error where that is given."""
    if "value" not in figure:
        return None
    found = [float(figure.get(end, figure["value"])) for end in ("value", "low", "high")]
    if usual is not None:
        found = [against(value, float(usual)) for value in found]
    value, low, high = found
    return value, low, high


def against(value: float, usual: float) -> float:
    """Return a mean error beside the usual one: 0 without an error, 0.5 where they are equal, towards 1 beyond."""
    value = max(value, 0.0)
    if math.isinf(value):
        return 1.0
    return value / (value + usual) if value + usual > 0 else 0.0


def wrong(entry: Mapping[str, Any], of: Record) -> bool | None:
    """Tell whether a model still gets a bug wrong: any pattern; of a regression, more than the usual error.

    None where it was not measured.
    """
    found = share(entry, of)
    if "errors" in entry:
        return int(entry["errors"]) > 0
    return None if found is None else found[0] > 0.5


def same_patterns(a: Record, b: Record, bug: str) -> bool:
    """Tell whether two records measured a bug on the same patterns."""
    one, other = a["bugs"].get(bug), b["bugs"].get(bug)
    if one is None or other is None:
        return False
    whole = a["test"].get("patterns")
    return bool(one["tree"] == other["tree"] or (whole is not None and whole == b["test"].get("patterns")))


class Ranked(NamedTuple):
    """A bug in its place. ``of``: the record whose error counts, None where none is known."""

    name: str
    priority: float | None
    of: Record | None


def ranked(latest: Record, deployed: Record | None = None) -> list[Ranked]:
    """Return the bugs of the latest record, the most urgent first, those without a figure last.

    What counts is the error of the candidate in production, ``deployed``, on today's patterns, else that of the latest.
    """
    reach = reaches({name: entry.get("users") for name, entry in latest["bugs"].items()})
    found = [place(name, latest, deployed, reach[name]) for name in latest["bugs"]]
    return sorted(found, key=lambda one: (one.priority is None, -(one.priority or 0.0), one.name))


def place(name: str, latest: Record, deployed: Record | None, reach: float) -> Ranked:
    """Judge how urgent one bug is."""
    entry = latest["bugs"][name]
    for of in (deployed, latest):
        if of is None or not same_patterns(of, latest, name):
            continue
        error = share(of["bugs"][name], of)
        if error is not None:
            return Ranked(name, priority(error[0], entry.get("harm", HARM), reach), of)
    return Ranked(name, None, None)

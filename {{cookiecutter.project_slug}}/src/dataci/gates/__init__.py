"""Gates: what a candidate must keep, judged from its record and its parent's; [evaluation.gates] of dataci.toml.

A gate on something counted (a closed bug, a slice) looks at the count. A gate on something estimated fails only where
the evidence says so: the lower end of its interval must lie beyond the limit, at a level of 5 % over all estimated
gates of the record together (Bonferroni 1936). So an honest candidate is refused in at most one test set in twenty,
however many gates there are; and who only seems to lie beyond a limit is "unclear", which refuses nobody.
"""

from __future__ import annotations

from dataci.config import REGRESSION
from dataci.gates.counted import closed_bugs, slices
from dataci.gates.estimated import LEVEL, Estimate, found, weigh
from dataci.gates.limits import settings
from dataci.gates.verdict import FAIL, PASS, UNCLEAR, Gate, unclear
from dataci.predictions import MINIMUM
from dataci.record import Record, canonical

__all__ = ["FAIL", "LEVEL", "PASS", "UNCLEAR", "failed", "judge", "judged", "settings"]


def judge(of: Record, parent: Record | None) -> dict[str, Gate]:
    """Return the gates of a candidate by name: verdict (pass, fail, unclear), ``what`` in a plain sentence, and of an
    estimated one limit, value, and low, the lower end of the corrected interval.

    Only what the record holds is looked at, and what ``parent`` had. Closed bugs and slices are judged unless switched
    off, wherever there are any; the others where a limit is given. CannotRun for limits that cannot be.
    """
    wanted = settings(of["evaluation"].get("gates") or {}, of.get("train", {}).get("task") == REGRESSION)
    estimates = dict(found(of, wanted))
    count = sum(isinstance(one, Estimate) for one in estimates.values())
    judged = {
        name: weigh(one, count, minimum(of)) if isinstance(one, Estimate) else unclear(one)
        for name, one in estimates.items()
    }
    if wanted.get("closed_bugs", True):
        judged |= {"closed-bugs": gate} if (gate := closed_bugs(of, parent, wanted)) else {}
    if wanted.get("slices", True):
        judged |= {"slices": gate} if (gate := slices(of, parent, wanted)) else {}
    return dict(sorted(judged.items()))


def judged(of: Record, parent: Record | None) -> Record:
    """Return a record with its gates; ``parent``: the record that it follows."""
    found = judge(of, parent)
    rest = {name: value for name, value in of.items() if name != "gates"}
    return canonical({**rest, **({"gates": found} if found else {})})


def failed(record: Record) -> list[str]:
    """Return the names of the gates that a candidate fails, as its record says."""
    return [name for name, gate in sorted(record.get("gates", {}).items()) if gate["verdict"] == FAIL]


def minimum(of: Record) -> int:
    """Return how many rows it takes to say that something is good."""
    return int(of["evaluation"].get("minimum", MINIMUM))

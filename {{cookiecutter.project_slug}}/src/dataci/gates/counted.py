"""Gates on what is counted: closed bugs that must stay right, slices that must keep rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataci.gates.verdict import FAIL, PASS, Gate, unclear
from dataci.record import Record

LISTED = 5  # names in a sentence
NAME = 60  # characters of a bug's name


def closed_bugs(of: Record, parent: Record | None, wanted: Mapping[str, Any]) -> Gate | None:
    """Judge the bugs that were closed: each of their patterns must be right, and there must be some."""
    closed = {name: bug for name, bug in of["bugs"].items() if bug.get("status") == "closed"}
    before = parent["bugs"] if parent else {}
    gone = [name for name, bug in before.items() if bug.get("status") == "closed" and name not in of["bugs"]]
    if not closed and not gone:
        return {"verdict": PASS, "what": "No bug is closed."} if "closed_bugs" in wanted else None
    faults = [
        f"{called(name, bug)} is wrong again on {bug['errors']} of {bug['n']} patterns"
        for name, bug in sorted(closed.items())
        if bug.get("errors")
    ]
    faults += [f"{called(name, bug)} has no patterns" for name, bug in sorted(closed.items()) if not bug["n"]]
    faults += [f"{called(name, before[name])} is gone" for name in sorted(gone)]
    if faults:
        return {"verdict": FAIL, "what": f"Closed bugs must stay right: {listed(faults)}."}
    unjudged = [called(name, bug) for name, bug in sorted(closed.items()) if "errors" not in bug]
    if unjudged:
        return unclear(
            f"Of numbers no pattern is right or wrong, so that nothing is said of {listed(unjudged)}."
        )
    return {"verdict": PASS, "what": f"Every pattern of what is closed is right: {listed(sorted(closed))}."}


def called(name: str, bug: Mapping[str, Any]) -> str:
    """Name a bug: its id, and what people call it."""
    title = str(bug.get("name", name))
    return name if title == name else f"{name} ({title[:NAME]}{'…' if len(title) > NAME else ''})"


def slices(of: Record, parent: Record | None, wanted: Mapping[str, Any]) -> Gate | None:
    """Judge whether every slice, group and counterfactual still has rows; without a parent, whether it has any."""
    now, then = parts(of), parts(parent) if parent else {}
    if not now and not then:
        return {"verdict": PASS, "what": "There are no slices."} if "slices" in wanted else None
    lost = [name for name, rows in sorted(then.items()) if rows and not now.get(name)]
    empty = [name for name, rows in sorted(now.items()) if not rows and name not in lost and "=" not in name]
    faults = [f"{name} had {then[name]} rows before and has none" for name in lost]
    faults += [f"{name} has no rows" for name in empty]
    if faults:
        cure = "Add such rows to the test set, or take the slice away"
        return {"verdict": FAIL, "what": f"A slice without rows measures nothing: {listed(faults)}. {cure}."}
    return {"verdict": PASS, "what": f"All slices, groups and counterfactuals ({len(now)}) have rows."}


def parts(of: Record) -> dict[str, int]:
    """Return how many rows each slice, group and counterfactual of a record has."""
    rows = {name: part["n"] for name, part in of["slices"].items()}
    return rows | {
        f"counterfactual {name}": part["n"] for name, part in of.get("counterfactuals", {}).items()
    }


def listed(names: list[str]) -> str:
    """Write some entries, and how many there are beside."""
    more = f", and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + more

"""A comparison from the plain data that ``to_dict`` made of it: for whoever renders what was compared elsewhere.

Nothing in it is believed: its shape is checked to the last field that a reporter reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dataci import record
from dataci.comparison import VERSION, Comparison
from dataci.comparison.behaviour import Change
from dataci.comparison.flips import Flip, Flips
from dataci.comparison.parts import FIRST, BugChange, SliceChange, in_order
from dataci.comparison.sides import Side
from dataci.comparison.verdicts import BETTER, NONE, NOT_WORSE, SAME, UNCLEAR, WORSE, Verdict
from dataci.errors import CannotRun
from dataci.record import BUG, CHANGED, FIGURE, GAP, NUMBER
from dataci.shape import misfit

WORDS = (BETTER, WORSE, NOT_WORSE, UNCLEAR, SAME, NONE)
CHANGE_WORDS = (BETTER, WORSE, UNCLEAR, SAME, NONE)
PARTS = ("gates", "threshold", "cost", "fairness", "robustness", "counterfactuals", "uncertainty")
END = (dict, str, *NUMBER, type(None))
MAYBE, COUNT = (*NUMBER, type(None)), (int, type(None))
FLIP = {
    "id": str,
    "split": str,
    "label": str,
    "before": str,
    "after": str,
    "gain": NUMBER,
    "text": {"*": str},
}
FLIPS = {"n": int, "rows": [FLIP]}
VERDICT = {
    "word": str,
    "metric": str,
    "reason": str,
    "difference": MAYBE,
    "low": MAYBE,
    "high": MAYBE,
    "p": MAYBE,
    "margin": MAYBE,
    "method": str,
    "rows": COUNT,
    "clusters": COUNT,
}
ENTRY = (dict, type(None))
SIDE = {"name": str, "record": dict, "recorded": ENTRY}
SHAPE = {
    "version": int,
    "a": SIDE,
    "b": SIDE,
    "same_test": bool,
    "verdict": VERDICT,
    "changed": CHANGED,
    "fixed": FLIPS,
    "broken": FLIPS,
    "slices": {"*": {**VERDICT, "before": ENTRY, "after": ENTRY, "flagged": bool}},
    "bugs": {
        "*": {
            "word": str,
            "reason": str,
            "before": ENTRY,
            "after": ENTRY,
            "p": MAYBE,
            "fixed": FLIPS,
            "broken": FLIPS,
            "flagged": bool,
        }
    },
    "notes": [str],
    "behaviour?": [
        {
            **{"part": str, "name": str, "word": str, "flagged": bool, "reason": str},
            **{"before": END, "after": END},
        }
    ],
}


def from_dict(found: Any) -> Comparison:
    """Return the comparison; its sides have no predictions. CannotRun when it has not the shape of one."""
    wrong = fault(found)
    if wrong:
        raise CannotRun(f"This is no comparison that can be read: {wrong}. Make it again: dataci compare.")
    return Comparison(
        side(found["a"]),
        side(found["b"]),
        found["same_test"],
        verdict(found["verdict"]),
        found["changed"],
        flips(found["fixed"]),
        flips(found["broken"]),
        tuple(of_slice(name, entry) for name, entry in found["slices"].items()),
        tuple(in_order(of_bug(name, entry) for name, entry in found["bugs"].items())),
        tuple(found["notes"]),
        tuple(change(entry) for entry in found.get("behaviour", [])),
    )


def side(entry: dict[str, Any]) -> Side:
    """Return one of the two results."""
    return Side(entry["name"], entry["record"], None, entry["recorded"])


def verdict(entry: dict[str, Any]) -> Verdict:
    """Return a verdict, without what else may stand beside it."""
    return Verdict(**{name: entry[name] for name in Verdict._fields})


def flips(entry: dict[str, Any]) -> Flips:
    """Return rows that flipped."""
    rows = ({name: row[name] for name in Flip._fields} for row in entry["rows"])
    return Flips(entry["n"], tuple(Flip(**{**row, "text": tuple(row["text"].items())}) for row in rows))


def of_slice(name: str, entry: dict[str, Any]) -> SliceChange:
    """Return what became of a slice."""
    return SliceChange(name, verdict(entry), entry["before"], entry["after"], entry["flagged"])


def of_bug(name: str, entry: dict[str, Any]) -> BugChange:
    """Return what became of a model bug."""
    both = flips(entry["fixed"]), flips(entry["broken"])
    ends = entry["before"], entry["after"]
    return BugChange(name, entry["word"], entry["reason"], *ends, entry["p"], *both, entry["flagged"])


def change(entry: dict[str, Any]) -> Change:
    """Return what became of a figure of behaviour."""
    return Change(**{name: entry[name] for name in Change._fields})


def fault(found: Any) -> str:
    """Say what is wrong with a comparison as plain data; "" when nothing is."""
    wrong = misfit(found, SHAPE, "")
    if wrong:
        return wrong
    if found["version"] != VERSION:
        return f"it has version {found['version']}; this engine reads {VERSION}"
    return next(faults(found), "")


def faults(found: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong within the parts of a comparison."""
    for name in ("a", "b"):
        for key in ("record", "recorded"):
            if found[name][key] is not None:
                yield from of_record(found[name][key], f"{name}.{key}")
    yield from of_verdict(found["verdict"], "verdict")
    data = found["changed"].get("data", {})
    if ("rows_before" in data) != ("rows_after" in data):
        yield "changed.data has not both ends"
    yield from uneven(found, "")
    for name, part in found["slices"].items():
        yield from of_verdict(part, f"slices.{name}")
        yield from ends(part, FIGURE, f"slices.{name}")
    for name, part in found["bugs"].items():
        if part["word"] not in FIRST:
            yield f"bugs.{name}.word is {part['word'][:20]!r}"
        yield from ends(part, BUG, f"bugs.{name}")
        yield from uneven(part, f"bugs.{name}.")
    for at, entry in enumerate(found.get("behaviour", [])):
        yield from of_change(entry, f"behaviour[{at}]")


def of_record(found: dict[str, Any], where: str) -> Iterator[str]:
    """Yield what is wrong with a record that is shown."""
    if wrong := record.fault(found):
        yield f"{where}: {wrong}"
        return
    figures = [*found["metrics"].values(), *(bug.get("error_rate", {}) for bug in found["bugs"].values())]
    figures += [figure for part in found["slices"].values() for figure in part["metrics"].values()]
    figures += [part[name] for part in found["per_class"].values() for name in ("precision", "recall", "f1")]
    if not all(map(is_figure, figures)):
        yield f"{where} holds a figure of which a part is missing"


def is_figure(entry: dict[str, Any]) -> bool:
    """Tell whether the parts of a figure belong together: a value, both ends of its interval or neither."""
    return ("low" in entry) == ("high" in entry) and ("low" not in entry or "value" in entry)


def of_verdict(entry: dict[str, Any], where: str) -> Iterator[str]:
    """Yield what is wrong with a verdict."""
    if entry["word"] not in WORDS:
        yield f"{where}.word is {entry['word'][:20]!r}"
    if entry["word"] == NOT_WORSE and entry["margin"] is None:
        yield f"{where} has no margin"


def ends(part: dict[str, Any], shape: Any, where: str) -> Iterator[str]:
    """Yield what is wrong with what was measured before and after."""
    for name in ("before", "after"):
        entry = part[name]
        if entry is None:
            continue
        wrong = misfit(entry, shape, f"{where}.{name}")
        if wrong or not is_figure(entry.get("error_rate", entry)):
            yield wrong or f"{where}.{name} is no whole figure"


def of_change(entry: dict[str, Any], where: str) -> Iterator[str]:
    """Yield what is wrong with a change of behaviour."""
    if entry["part"] not in PARTS:
        yield f"{where}.part is {entry['part'][:20]!r}"
    if entry["word"] not in CHANGE_WORDS:
        yield f"{where}.word is {entry['word'][:20]!r}"
    for name in ("before", "after"):
        end = entry[name]
        shape, key = (GAP, "gap") if entry["part"] == "fairness" else (FIGURE, "value")
        if isinstance(end, dict):
            wrong = misfit(end, shape, f"{where}.{name}")
            if wrong or ("low" in end) != ("high" in end) or not {key, "reason"} & {*end}:
                yield wrong or f"{where}.{name} is no whole figure"


def uneven(part: dict[str, Any], where: str) -> Iterator[str]:
    """Yield lists of flipped rows that are longer than they say."""
    for name in ("fixed", "broken"):
        if part[name]["n"] < len(part[name]["rows"]):
            yield f"{where}{name} lists more rows than it counts"

"""What is said of one verdict or one figure, in HTML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataci.comparison import Verdict
from dataci.reporters.page.markup import sentence
from dataci.reporters.sentences import margin, number, signed


def short(said: Verdict) -> str:
    """Write the word of a verdict; "not worse" with how much that allows. Plain text."""
    if said.word == "not worse" and said.margin is not None:
        return f"not worse by more than {margin(said)}"
    return {"none": "no verdict", "same": "same predictions"}.get(said.word, said.word)


def interval(said: Verdict) -> str:
    """Write a difference with its interval after a word: ": +0.031 (+0.012 to +0.050)"; nothing without one."""
    if said.word in ("none", "same") or said.difference is None:
        return ""
    if said.low is None or said.high is None:
        return f": {signed(said.difference)}"
    return f": {signed(said.difference)} ({signed(said.low)} to {signed(said.high)})"


def figure(entry: Mapping[str, Any] | None) -> tuple[str, str]:
    """Return a figure of a record and its interval; in place of it the reason why there is none."""
    if entry is None or "value" not in entry:
        return "–", sentence(str(entry["reason"])) if entry and entry.get("reason") else ""
    ends = f"{number(entry['low'])} to {number(entry['high'])}" if {"low", "high"} <= entry.keys() else ""
    return number(entry["value"]), ends


def triple(entry: Mapping[str, Any] | None) -> tuple[float, float, float] | None:
    """Return (low, value, high) of a figure, None where it has no interval."""
    if entry is None or not {"value", "low", "high"} <= entry.keys():
        return None
    return float(entry["low"]), float(entry["value"]), float(entry["high"])

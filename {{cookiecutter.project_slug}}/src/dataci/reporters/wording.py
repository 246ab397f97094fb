"""How figures and sentences on a model's behaviour are written, in text, Markdown and HTML alike.

Every name and every sentence of a record is escaped, but for those that hold nothing to act upon.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dataci.reporters.entries import FAIL, PASS, UNCLEAR, Figure, Gate, gates
from dataci.reporters.sentences import Escape, number

NAME = 40  # columns of a name from data
SENTENCE = 300
LABELS = {
    "ece": "calibration error (ECE)",
    "entropy": "entropy (nats)",
    "margin": "margin",
    "spread": "spread of the draws",
    "information": "mutual information (nats)",
    "per_1000": "per 1,000 rows",
    "false_positives_per_1000": "false positives per 1,000",
    "false_negatives_per_1000": "false negatives per 1,000",
}
# Nothing that a terminal, Markdown or HTML acts upon, and nothing that GitHub takes for a commit, an issue or a link.
PLAIN = re.compile(
    r"(?=[a-z])(?!.*(?:[0-9a-f]{9}|GH-|www\.))"
    r"(?:[A-Za-z0-9 ,;'%+=≤≥–…-]|(?<=[a-z0-9])_(?=[a-z0-9])|>(?==)|\((?=[A-Za-z0-9+ -])|\)|[.:](?= |$)"
    r"|(?<=\d)\.(?=\d)){1,400}",
    re.IGNORECASE,
)


def told(said: str, escape: Escape) -> str:
    """Write a sentence of a record: as it stands where it is harmless, else as a value."""
    return said if PLAIN.fullmatch(said) else escape(said, SENTENCE)


def percent(value: float) -> str:
    """Write a share in percent; what is no share is written as the number that it is."""
    return f"{100 * value:.1f} %" if 0 <= value <= 1 else number(value)


def figure(found: Figure | None, rate: bool = False) -> str:
    """Write a figure with its interval: "0.041 (0.020–0.063)", "12.0 % (8.1–17.0 %)"; "-" without one."""
    if found is None:
        return "-"
    write = percent if rate else number
    if found.low is None or found.high is None:
        return write(found.value)
    return f"{write(found.value)} ({write(found.low).removesuffix(' %')}–{write(found.high)})"


def short(value: float) -> str:
    """Write a count that may be a fraction."""
    return f"{value:,.1f}".removesuffix(".0")


def capital(said: str) -> str:
    """Begin a sentence with a capital letter; the rest stays, names included."""
    return said[:1].upper() + said[1:]


def label(name: str, escape: Escape) -> str:
    """Write the name of what was measured: one of ours in words, any other as a value."""
    return LABELS.get(name) or (name if len(name) <= NAME and PLAIN.fullmatch(name) else escape(name, NAME))


def sentence(gate: Gate, escape: Escape) -> str:
    """Write why a gate fails, or what it is called."""
    return told(gate.what, escape) if gate.what else f"the gate {escape(gate.name, NAME)}"


def more(hidden: int) -> str:
    """Say how many names are left out; "" for none."""
    return f" and {hidden} more" if hidden > 0 else ""


def tally(record: Mapping[str, Any]) -> str:
    """Count the gates of a record by verdict: "1 fails, 3 pass"; "" without one."""
    found = gates(record)
    counts = {word: sum(gate.verdict == word for gate in found) for word in (FAIL, UNCLEAR, PASS)}
    words = {
        FAIL: "fails" if counts[FAIL] == 1 else "fail",
        UNCLEAR: "unclear",
        PASS: "passes" if counts[PASS] == 1 else "pass",
    }
    return ", ".join(f"{counts[word]} {words[word]}" for word in words if counts[word])

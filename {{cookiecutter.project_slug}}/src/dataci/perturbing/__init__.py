"""Ways in which a text or a number may look otherwise and mean the same: by name, each with its strengths.

A kind is a pure function: the same text, strength and random stream give the same text, in every process and with every
version of Python. No kind empties a text or brings in what a data file may not hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from dataci.perturbing import digits, form, typing, words
from dataci.perturbing.stream import Stream

VERSION = 1  # raise it when a kind makes another text of the same text
NOISE = "noise"
LIGHT, HEAVY = 1, 2


class Kind(NamedTuple):
    """A way to change a text: ``change(text, stream, strength)``, and its strengths (1: light, 2: heavy)."""

    change: Callable[[str, Stream, int], str]
    strengths: tuple[int, ...] = (LIGHT, HEAVY)


TEXTS: Mapping[str, Kind] = {
    "keyboard": Kind(typing.keyboard),
    "dropped": Kind(typing.dropped),
    "swapped": Kind(typing.swapped),
    "case": Kind(form.case),
    "punctuation": Kind(form.punctuation),
    "whitespace": Kind(form.whitespace),
    "accents": Kind(form.accents),
    "words": Kind(words.words),
    "numbers": Kind(digits.numbers),
}
NUMBERS = (NOISE,)  # kinds that change numeric columns (see ``numeric``)
STRENGTHS: Mapping[str, tuple[int, ...]] = {
    **{name: kind.strengths for name, kind in TEXTS.items()},
    NOISE: (LIGHT, HEAVY),
}


def perturb(kind: str, text: str, stream: Stream, strength: int) -> str:
    """Return a text changed in the way of ``kind``; as it is where that way finds nothing to change."""
    if not text.strip():
        return text
    changed = TEXTS[kind].change(text, stream, strength)
    return changed if changed.strip() else text

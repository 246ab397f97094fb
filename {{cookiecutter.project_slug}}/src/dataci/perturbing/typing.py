"""What fingers do wrong: a neighbouring key, a letter left out, two letters in the wrong order.

Strength 1: one word of the text. Strength 2: every third word, two at least. Only words of four letters and more, and
never the first letter, which people rarely mistype and readers most rely on.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from dataci.perturbing.letters import replaced, words
from dataci.perturbing.stream import Stream

Typo = Callable[[str, Stream, int], str]

LAYOUTS = (
    ("qwertyuiop", "asdfghjkl", "zxcvbnm"),
    ("йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю"),
    (";ςερτυθιοπ", "ασδφγηξκλ", "ζχψωβνμ"),
)
SHARE = 3  # of so many words one is mistyped


def neighbours() -> dict[str, str]:
    """Return for each small letter those on the keys beside it, above it and below it."""
    found: dict[str, set[str]] = {}
    for rows in LAYOUTS:
        beside = [pair for row in rows for pair in pairwise(row)]
        above = [
            (key, other)
            for upper, lower in pairwise(rows)
            for at, key in enumerate(lower)
            for other in upper[at : at + 2]  # each row stands half a key to the right of the one above
        ]
        for one, other in (*beside, *above):
            found.setdefault(one, set()).add(other)
            found.setdefault(other, set()).add(one)
    return {key: "".join(sorted(near - {";"})) for key, near in found.items() if key != ";"}


NEAR = neighbours()


def keyboard(text: str, stream: Stream, strength: int) -> str:
    """Hit a neighbouring key."""
    return mistyped(text, stream, strength, near_key)


def dropped(text: str, stream: Stream, strength: int) -> str:
    """Leave out a letter."""
    return mistyped(text, stream, strength, without_letter)


def swapped(text: str, stream: Stream, strength: int) -> str:
    """Put two neighbouring letters in the wrong order."""
    return mistyped(text, stream, strength, in_wrong_order)


def mistyped(text: str, stream: Stream, strength: int, change: Callable[[str, Stream], str | None]) -> str:
    """Change as many words as the strength says; ``change`` returns None for a word that it cannot change."""
    every = words(text)
    count = 1 if strength == 1 else max(2, -(-len(every) // SHARE))
    chosen = set(stream.some(every, count))
    changes = [(word, change(word.text, stream)) for word in every if word in chosen]
    return replaced(text, [(word, new) for word, new in changes if new is not None])


def near_key(word: str, stream: Stream) -> str | None:
    """Return a word with one letter replaced by one from a key nearby."""
    places = [at for at in range(1, len(word)) if word[at].lower() in NEAR]
    if not places:
        return None
    at = stream.choice(places)
    key = stream.choice(NEAR[word[at].lower()])
    return word[:at] + (key if word[at].islower() else key.upper()) + word[at + 1 :]


def without_letter(word: str, stream: Stream) -> str | None:
    """Return a word without one of its letters."""
    at = 1 + stream.below(len(word) - 1)
    return word[:at] + word[at + 1 :]


def in_wrong_order(word: str, stream: Stream) -> str | None:
    """Return a word in which two neighbours that differ have changed places."""
    places = [at for at in range(1, len(word) - 1) if word[at] != word[at + 1]]
    if not places:
        return None
    at = stream.choice(places)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]

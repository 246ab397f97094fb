"""Which characters are letters that may be touched, and where a text has words made of them.

The scripts are listed and not asked of Python, whose tables of characters grow with its versions: the same text must be
perturbed alike everywhere. What is not listed (emoji, Chinese, what carries a combining mark …) stays as it is.
"""

from __future__ import annotations

import re
from typing import NamedTuple

LATIN = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"
GREEK = "\u0386\u0388-\u03ff\u1f00-\u1fbc"
CYRILLIC = "\u0400-\u0481\u048a-\u052f"
OTHERS = (
    "\u0561-\u0586\u05d0-\u05ea\u0621-\u063a\u0641-\u064a\u10d0-\u10fa"  # Armenian, Hebrew, Arabic, Georgian
)
CASED = LATIN + GREEK + CYRILLIC
LETTERS = CASED + OTHERS
MARKS = "\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u200c\u200d\ufe00-\ufe0f"

TOKEN = re.compile(r"\S+")
WORD = re.compile(f"(?<![{MARKS}{LETTERS}])[{LETTERS}]++(?![{MARKS}])")
ODD = re.compile(
    r"[@/\\_0-9]|[.:][^\s.:]"
)  # an address, a number or a name of a file: not typed as words are
LONG = 4  # letters from which a word is still known with a letter changed


class Word(NamedTuple):
    """A word of a text and where it begins."""

    start: int
    text: str


def words(text: str, least: int = LONG) -> list[Word]:
    """Return the words of at least so many letters that may be touched, in their order."""
    found = []
    for token in TOKEN.finditer(text):
        if not ODD.search(token[0]):
            found += [Word(token.start() + match.start(), match[0]) for match in WORD.finditer(token[0])]
    return [word for word in found if len(word.text) >= least]


def replaced(text: str, changes: list[tuple[Word, str]]) -> str:
    """Return the text with some of its words, given in their order, replaced."""
    parts, at = [], 0
    for word, new in changes:
        parts += [text[at : word.start], new]
        at = word.start + len(word.text)
    return "".join([*parts, text[at:]])

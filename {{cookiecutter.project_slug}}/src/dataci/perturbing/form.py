"""The same text in another form: capitals, punctuation, spaces, accents. What it says does not change."""

from __future__ import annotations

import functools
import re
import unicodedata

from dataci.perturbing.letters import CASED, GREEK, LATIN
from dataci.perturbing.stream import Stream

CASE = re.compile(f"[{CASED}]+")
TOKEN = re.compile(r"\S+")
FINAL = ".,;:!?…"
PLAIN = re.compile(f"[{CASED}0-9]")
LEADING, TRAILING = "\"'“”‘’„«»([{¿¡", ".,;:!?…\"'“”‘’«»)]}"
FACE = re.compile(r"[:;=8][-'^]?[()\[\]DPp/|]")
GAP = re.compile(" +")
GAPS = ("  ", "   ", "\u00a0")
WIDE = "  "
COMPOSED = re.compile(f"[{LATIN}{GREEK}]")
BASE = re.compile(f"(?<=[{LATIN}{GREEK}])[\u0300-\u036f]+")
SINGLE = {
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "ı": "i",
    "Ø": "O",
    "Ł": "L",
    "Đ": "D",
}
SINGLE |= {"Æ": "AE", "Œ": "OE"}


def case(text: str, stream: Stream, strength: int) -> str:
    """Write everything in small letters (1), or in capitals (2)."""
    return CASE.sub(lambda match: match[0].lower() if strength == 1 else match[0].upper(), text)


def punctuation(text: str, stream: Stream, strength: int) -> str:
    """Leave out the mark at the end, or put a full stop where there is none (1); leave out all marks around words (2).

    Marks inside of numbers, names and abbreviations stay, and so do faces such as ":)".
    """
    if strength == 2:
        return TOKEN.sub(lambda match: bare(match[0]), text)
    if FACE.search(text[-4:]):
        return text
    said = text.rstrip()
    without = said.rstrip(FINAL)
    if without == said and PLAIN.fullmatch(said[-1:]):
        without = f"{said}."
    return without + text[len(said) :]


def bare(token: str) -> str:
    """Return a token without the marks around it; one that is nothing else, or a face, stays."""
    return token if FACE.search(token) else token.lstrip(LEADING).rstrip(TRAILING) or token


def whitespace(text: str, stream: Stream, strength: int) -> str:
    """Widen one gap and end with a space (1); make every gap another, and put spaces around the text (2)."""
    gaps = list(GAP.finditer(text))
    if strength == 1:
        if not gaps:
            return f"{text} "
        gap = stream.choice(gaps)
        return f"{text[: gap.start()]}{gap[0]} {text[gap.end() :]} "
    return f" {GAP.sub(lambda match: stream.choice(GAPS), text)}{WIDE}"


def accents(text: str, stream: Stream, strength: int) -> str:
    """Write accents as characters of their own, which looks the same (1); leave them out (2). Latin and Greek."""
    if text.isascii():
        return text
    table = decomposed() if strength == 1 else plain()
    changed = text.translate(table)
    return changed if strength == 1 else BASE.sub("", changed)


@functools.cache
def decomposed() -> dict[int, str]:
    """Return for each letter with an accent the letter and its accents apart."""
    codes = [code for code in range(0xC0, 0x2000) if COMPOSED.fullmatch(chr(code))]
    found = {code: unicodedata.normalize("NFD", chr(code)) for code in codes}
    return {code: text for code, text in found.items() if text != chr(code)}


@functools.cache
def plain() -> dict[int, str]:
    """Return for each letter with an accent, or of two letters, what is written where keys for it are missing."""
    bases = {code: BASE.sub("", text) for code, text in decomposed().items()}
    return bases | {ord(letter): text for letter, text in SINGLE.items()}

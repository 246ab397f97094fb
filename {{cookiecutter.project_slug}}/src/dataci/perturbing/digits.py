"""Numbers in another form and of the same value: 1000 as 1,000; 5 as five; full-width figures among Chinese characters.

How thousands are marked and how numbers are called depends on the language of the text; where it is not known, only
full-width figures are tried. What may be no quantity stays: years, codes, times, phone numbers, numbers with a unit.
Thousands are of something: a currency stands before the number, or a word that says what is counted after it.
"""

from __future__ import annotations

import re

from dataci.perturbing import languages
from dataci.perturbing.languages import Language
from dataci.perturbing.stream import Stream

ALONE_BEFORE = r"(?<![^\s(\[\"'“„«€$£¥])(?<![0-9] )"
ALONE_AFTER = r"(?![^\s.,;!?)\]\"'”»]|[.,]? ?[0-9])"
PLAIN = re.compile(ALONE_BEFORE + r"([1-9][0-9]{3,6})" + ALONE_AFTER)
SMALL = re.compile(r"(?<![^\s(\"'“„«])(?<![0-9] )([2-9]|1[0-2])" + ALONE_AFTER)
MARKED = {
    mark: re.compile(ALONE_BEFORE + r"([1-9][0-9]?[0-9]?(?:" + re.escape(mark) + "[0-9]{3})+)" + ALONE_AFTER)
    for mark in (",", ".")
}
WORD = re.compile(r"(?<![^\s(\"'“„«])[^\W\d_]+(?![^\s.,;!?)\"'”»])")
MONEY = tuple("€$£¥")
NEXT = re.compile(r"\s+([^\W\d_]+)")
YEARS = range(1900, 2100)
HAN = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
FIGURE = re.compile(r"(?<![A-Za-z0-9.,:/_-])[0-9]+(?![A-Za-z0-9.,:/_-])")
WIDE = {ord(figure): 0xFF10 + int(figure) for figure in "0123456789"}


def numbers(text: str, stream: Stream, strength: int) -> str:
    """Mark thousands, or leave the marks out (1); also write small numbers as words and number words in figures (2)."""
    if HAN.search(text):
        return FIGURE.sub(lambda match: match[0].translate(WIDE), text) if strength == 2 else text
    told = languages.guess(word.lower() for word in text.split())
    if told is None:
        return text
    changed = regrouped(text, told)
    return changed if strength == 1 else called(changed, told)


def regrouped(text: str, told: Language) -> str:
    """Mark thousands where they are not marked, and leave the mark out where they are."""
    mark = told.thousands
    plain = PLAIN.sub(lambda match: marked(match[1], mark) if counts(match, told) else match[1], text)
    if plain != text or mark not in MARKED:
        return plain
    return MARKED[mark].sub(lambda match: match[1].replace(mark, ""), text)


def counts(match: re.Match[str], told: Language) -> bool:
    """Tell whether a number counts something, and is no code to be dialled or typed."""
    following = NEXT.match(match.string, match.end())
    word = following[1].lower() if following else ""
    return match.string[: match.start()].endswith(MONEY) or bool(word and word not in told.little)


def marked(figures: str, mark: str) -> str:
    """Mark the thousands of a number that may not be a year."""
    return figures if int(figures) in YEARS else f"{int(figures):,}".replace(",", mark)


def called(text: str, told: Language) -> str:
    """Call small numbers by their word, and write those that are words in figures."""
    names = {number: word for word, number in told.numbers.items()}
    figures = WORD.sub(lambda match: str(told.numbers.get(match[0].lower(), match[0])), text)
    if figures != text:
        return figures
    return SMALL.sub(lambda match: names.get(int(match[1]), match[1]), text)

"""What may be said shorter or in figures, by language: words that carry little, number words, marks of thousands.

Negations, quantities and what tells one direction from the other ("from", "without", "no") are in no list. A language
is known by the words that carry little; a text that has none of any language is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

TWO_TO_TWELVE = range(2, 13)
SURE = 2  # known words from which a language is believed: a single one may stand in many


class Language(NamedTuple):
    """``little``: words that carry little. ``numbers``: the words for 2 to 12. ``thousands``: the mark."""

    little: frozenset[str]
    numbers: Mapping[str, int]
    thousands: str


def language(little: str, numbers: str, thousands: str, ambiguous: str = "") -> Language:
    """Make a language of words between spaces; ``ambiguous``: number words that mean something else as well."""
    words = dict(zip(numbers.split(), TWO_TO_TWELVE, strict=True))
    kept = {word: number for word, number in words.items() if word not in ambiguous.split()}
    return Language(frozenset(little.split()), kept, thousands)


LANGUAGES: Mapping[str, Language] = {
    "en": language(
        "a an the my our your his her their is are was were am be been being to of for in on at with by and "
        "this that these those it please very really also just some",
        "two three four five six seven eight nine ten eleven twelve",
        ",",
    ),
    "de": language(
        "der die das den dem des ein eine einen einem einer eines mein meine meinen meiner unser unsere ihr ihre "
        "ist sind war waren und zu zum zur im in am an auf mit bei für bitte sehr auch",
        "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
        ".",
        "acht elf",
    ),
    "fr": language(
        "le la les un une des du de mon mes notre nos votre vos est sont et à au aux en dans "
        "avec pour sur très aussi",
        "deux trois quatre cinq six sept huit neuf dix onze douze",
        "\u00a0",
        "neuf",
    ),
    "es": language(
        "el la los las un una unos unas mi mis nuestro nuestra su sus es son y a al del de en con para muy también",
        "dos tres cuatro cinco seis siete ocho nueve diez once doce",
        ".",
    ),
    "it": language(
        "il lo la i gli le un uno una mio mia miei nostro nostra è sono e a al alla del della di in nel con per molto",
        "due tre quattro cinque sei sette otto nove dieci undici dodici",
        ".",
        "sei",
    ),
    "nl": language(
        "de het een mijn onze ons uw is zijn was en te in op aan met bij voor van heel ook",
        "twee drie vier vijf zes zeven acht negen tien elf twaalf",
        ".",
        "elf acht",
    ),
    "pt": language(
        "o a os as um uma meu minha nosso nossa é são e ao à do da dos das de em com para muito também",
        "dois três quatro cinco seis sete oito nove dez onze doze",
        ".",
    ),
    "af": language(
        "die 'n my ons jou is was en te in op aan met by vir van baie ook het asseblief",
        "twee drie vier vyf ses sewe agt nege tien elf twaalf",
        "\u00a0",
        "elf",
    ),
}


def guess(words: Iterable[str]) -> Language | None:
    """Return the language of which most words (in small letters) are known, two at least; ties: the first listed."""
    seen = set(words)
    hits = {name: len(seen & told.little) for name, told in LANGUAGES.items()}
    best = max(hits, key=lambda name: hits[name])
    return LANGUAGES[best] if hits[best] >= SURE else None

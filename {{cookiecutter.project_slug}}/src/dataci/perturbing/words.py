"""Texts in the style of a telegram: words that carry little are left out.

Which words those are is listed by language (see ``languages``), so that no negation, no quantity and no noun is ever
dropped: a random word could be the one on which the label rests.
"""

from __future__ import annotations

import re

from dataci.perturbing import languages
from dataci.perturbing.stream import Stream

TOKEN = re.compile(r"\S+\s*")


def words(text: str, stream: Stream, strength: int) -> str:
    """Leave out one word that carries little (1), or all of them (2); the last word of a text is never dropped."""
    tokens = TOKEN.findall(text)
    bare = [token.strip().lower() for token in tokens]
    told = languages.guess(bare)
    if told is None:
        return text
    little = [at for at, word in enumerate(bare[:-1]) if word in told.little]
    if len(little) == len(tokens) - 1 and bare[-1] in told.little:
        return text  # nothing else would be left
    gone = set(stream.some(little, 1 if strength == 1 else len(little)))
    lead = text[: len(text) - len(text.lstrip())]
    return lead + "".join(token for at, token in enumerate(tokens) if at not in gone)

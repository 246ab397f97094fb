"""Which columns hold free text: one, or two that are a pair."""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from dataci.inference.types import Column, share

TEXTS = re.compile(
    r"(?i)^(text|texts|body|content|message|msg|sentence|utterance|comment|review|tweet|post|question|document|description)$"
)
PAIRS = (
    ("left", "right"),
    ("want", "offer"),
    ("premise", "hypothesis"),
    ("query", "document"),
    ("query", "passage"),
    ("question", "answer"),
    ("question", "context"),
    ("source_text", "target_text"),
    ("text_left", "text_right"),
)
TWIN = re.compile(r"(?i)^(.*?)[_ -]?([12ab])$")


def find(columns: Sequence[Column], labelled: bool = True) -> tuple[tuple[str, ...], str]:
    """Return the one or two columns of free text, and what is doubtful about the choice ("" for nothing).

    Where rows are ``labelled``, two texts of about the same length are a pair that the label speaks of.
    """
    phrases = [
        c.name for c in columns if c.kind == "string" and c.dtype == "pl.String" and words(c.values) >= 2
    ]
    for pair in PAIRS:
        match = [name for want in pair for name in phrases if name.lower() == want]
        if len(match) == 2:
            return (match[0], match[1]), ""
    texts = [column for column in columns if is_text(column)]
    names = [column.name for column in texts]
    for one in names:
        other = next((name for name in names if name > one and is_twin(one, name)), None)
        if other:
            return (one, other), ""
    if not texts:
        return (), ""
    if labelled and len(texts) == 2 and alike(*texts):
        return (names[0], names[1]), "the two texts are taken for a pair. For one of them say --text NAME"
    chosen = (
        next((name for name in names if TEXTS.match(name)), None)
        or max(texts, key=lambda c: words(c.values)).name
    )
    others = ", ".join(repr(name) for name in names if name != chosen)
    doubt = f"taken for the text, and not {others}. For a pair say --text A --text B" if others else ""
    return (chosen,), doubt


def is_text(column: Column) -> bool:
    """Tell whether a column holds free text: several words, and hardly ever the same."""
    if column.kind != "string" or column.dtype != "pl.String" or not len(column.values):
        return False
    fresh = column.distinct / len(column.values)
    if share(column.values, r"^(https?://|www\.|[\[{])") > 0.5:
        return False
    length = words(column.values)
    if TEXTS.match(column.name):
        return length >= 2 and fresh > 0.2
    # Names (of breweries, of hospitals) are short and recur; a text of that length hardly does.
    return (length >= 4 and fresh > 0.3 and (column.distinct > 20 or fresh > 0.5)) or (
        length > 3 and fresh > 0.8
    )


def alike(one: Column, other: Column) -> bool:
    """Tell whether two texts are of the same kind: neither has twice as many words as the other."""
    return max(words(one.values), words(other.values)) <= 2 * min(words(one.values), words(other.values))


def words(values: pl.Series) -> float:
    """Return the mean number of words a value has."""
    return float(values.str.count_matches(r"\S+").mean() or 0.0)  # type: ignore[arg-type]


def is_twin(one: str, other: str) -> bool:
    """Tell whether two names differ in their last letter only: text_a and text_b, question1 and question2."""
    a, b = TWIN.match(one), TWIN.match(other)
    return bool(
        a and b and a[1] and a[1] == b[1] and {a[2].lower(), b[2].lower()} in ({"1", "2"}, {"a", "b"})
    )

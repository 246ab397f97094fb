"""Texts that mention what a list of words names: whole words, in any case."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import polars as pl

SEVERAL = "several"


def mentions(columns: str | Iterable[str], words: Iterable[str]) -> pl.Expr:
    """Tell which rows hold one of the words in one of the columns: whole words in any case. A word may be of several
    words ("police officer"), with any white space between them. ValueError without a word.
    """
    pattern = whole(words)
    names = [columns] if isinstance(columns, str) else list(columns)
    return pl.any_horizontal(pl.col(name).fill_null("").str.contains(pattern) for name in names)


def mentioned(columns: str | Iterable[str], groups: Mapping[str, Iterable[str]]) -> pl.Expr:
    """Group rows by what they mention: a group's name for rows with one of its words, "several" for rows with words of
    more than one group; rows with none are in no group.
    """
    names = [columns] if isinstance(columns, str) else list(columns)
    inside = {group: mentions(names, words) for group, words in groups.items()}
    own = [pl.when(here).then(pl.lit(group)) for group, here in inside.items()]
    several = pl.sum_horizontal(list(inside.values())) > 1
    return pl.when(several).then(pl.lit(SEVERAL)).otherwise(pl.coalesce(own))


def whole(words: Iterable[str]) -> str:
    """Return the pattern (Rust's, as Polars takes it) of whole words; letters with accents of their own are letters."""
    listed = [words] if isinstance(words, str) else list(words)
    escaped = [r"\s+".join(map(re.escape, word.split())) for word in listed if word.strip()]
    if not escaped:
        raise ValueError("there is no word to look for")
    return rf"(?i)(?:^|\W)(?:{'|'.join(escaped)})(?:$|\W)"

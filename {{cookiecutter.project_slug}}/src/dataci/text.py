"""Texts in the form in which they are compared: folded case, no punctuation, single spaces."""

from __future__ import annotations

import unicodedata

import polars as pl

SEPARATOR = "\x1f"
"""Stands between the two texts of a row; no normalised text contains it."""

_PARALLEL_ROWS = 20_000  # below it, starting Polars' streaming engine costs more than a second core saves


def normalise(texts: pl.Series) -> pl.Series:
    """The comparable form of each text: NFKC, casefold, every character that is neither alphanumeric
    (`str.isalnum`) nor a combining mark (category M) made a space, spaces collapsed and stripped.

    Takes and gives a String series of the same length and name; null stays null.
    """
    folded = _fold_ascii(texts)
    is_ascii = texts.str.len_bytes() == texts.str.len_chars()
    if is_ascii.all():  # null counts as true
        return folded
    foreign = ~is_ascii.fill_null(True)
    unique = texts.filter(foreign).unique()
    table = pl.DataFrame(
        {"text": unique, "folded": pl.Series([fold(text) for text in unique], dtype=pl.String)}
    )
    wanted = pl.DataFrame({"text": pl.select(pl.when(foreign).then(texts)).to_series()})
    found = wanted.join(table, on="text", how="left", maintain_order="left")["folded"]
    return found.zip_with(foreign, folded).alias(texts.name)


def pair_text(left: pl.Series, right: pl.Series | None = None, symmetric: bool = False) -> pl.Series:
    """The text that stands for a row: normalised `left`, or `left` and `right`, this in capitals, joined by SEPARATOR.

    The capitals keep the sides apart: no normalised text has any, so a swapped pair shares no shingle with the pair.

    Null counts as empty; a row whose texts are all empty gives "" (which is never a near-duplicate).
    `symmetric` puts the two in sorted order, so that (a, b) and (b, a) are the same. Name: that of `left`.
    """
    first = normalise(left).fill_null("")
    if right is None:
        return first
    frame = pl.DataFrame({"first": first, "second": normalise(right).fill_null("")})
    one, two = pl.col("first"), pl.col("second")
    joined = one + SEPARATOR + two.str.to_uppercase()
    if symmetric:
        joined = one + SEPARATOR + two
        joined = pl.when(one <= two).then(joined).otherwise(two + SEPARATOR + one)
    both_empty = (one == "") & (two == "")
    return frame.select(pl.when(both_empty).then(pl.lit("")).otherwise(joined)).to_series().alias(left.name)


def fold(text: str) -> str:
    """The rule of `normalise` for one text."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().translate(_KEPT).split())


class _Kept(dict[int, int]):
    """A table for str.translate that learns each character when it meets it."""

    def __missing__(self, code: int) -> int:
        char = chr(code)
        kept = code if char.isalnum() or unicodedata.category(char)[0] == "M" else ord(" ")
        self[code] = kept
        return kept


_KEPT = _Kept()


def _fold_ascii(texts: pl.Series) -> pl.Series:
    """The rule for texts of ASCII only, where NFKC does nothing; what it gives for others is not used."""
    # "[^a-z0-9]+", but for the single space, which would be replaced by itself at every word: five times faster.
    odd = "[^a-z0-9 ][^a-z0-9]*| [^a-z0-9]+"
    text = pl.col("text").str.to_lowercase().str.replace_all(odd, " ").str.strip_chars(" ")
    query = pl.LazyFrame({"text": texts}).select(text)
    frame = query.collect(engine="streaming") if len(texts) > _PARALLEL_ROWS else query.collect()
    return frame.to_series().alias(texts.name)

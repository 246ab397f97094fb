"""Slices: parts of the test set that are measured on their own, beside the whole.

This file is yours. Each public function here is a slice, named after it with dashes (no-shared-word). It takes
the test rows, every cell as text, and returns true or false for each row: an expression, or a Boolean series.
A slice changes no result of the whole; it says where a candidate is strong and where it is weak. A function
whose name begins with an underscore is no slice.
"""

import polars as pl


def long_wants(rows: pl.DataFrame) -> pl.Expr:
    """Wants of twelve words or more: people who tell a story, in which one word hides what they need."""
    # An expression over the columns is enough; dataci evaluates it on the rows.
    return pl.col("want").str.count_matches(r"\S+") >= 12


def no_shared_word(rows: pl.DataFrame) -> pl.Series:
    """Pairs whose want and offer have no word in common: only knowing what the words mean helps here."""
    # Words of four letters or more, in lower case, so that "a", "to" and "the" do not count as common.
    want, offer = (rows[name].str.to_lowercase().str.extract_all(r"\w{4,}") for name in ("want", "offer"))
    return want.list.set_intersection(offer).list.len() == 0

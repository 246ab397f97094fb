"""Parts of the test set that are measured on their own, beside the whole: slices, groups, and counterfactuals.

This file is yours. Each public function here takes the test rows, every cell as text, and is called by its name with
dashes (no-shared-word). What it returns says what it is:

- true or false for each row: a slice. Is the candidate weaker there than on the rest?
- a text for each row: groups. How far apart are the best and the worst of them?
- the rows with some cells altered: a counterfactual. Whose answer changes, though nothing that matters did?

None of them changes a result of the whole. A function whose name begins with an underscore is none of them.
"""

import polars as pl

from dataci import slicing  # ready-made ones, with word lists: see src/dataci/slicing


def long_wants(rows: pl.DataFrame) -> pl.Expr:
    """Wants of twelve words or more: people who tell a story, in which one word hides what they need."""
    # An expression over the columns is enough; dataci evaluates it on the rows.
    return pl.col("want").str.count_matches(r"\S+") >= 12


def no_shared_word(rows: pl.DataFrame) -> pl.Series:
    """Pairs whose want and offer have no word in common: only knowing what the words mean helps here."""
    # Words of four letters or more, in lower case, so that "a", "to" and "the" do not count as common.
    want, offer = (rows[name].str.to_lowercase().str.extract_all(r"\w{4,}") for name in ("want", "offer"))
    return want.list.set_intersection(offer).list.len() == 0


def misspelt(rows: pl.DataFrame) -> pl.Expr:
    """Pairs with a misspelt word: who types on a phone, or learnt English late, needs a match as well."""
    return slicing.misspelt(["want", "offer"])


def channel(rows: pl.DataFrame) -> pl.Expr:
    """Where the request came from, app, web or call-centre: one of them must not be served worse than another."""
    return pl.col("source")


def other_gender(rows: pl.DataFrame) -> pl.DataFrame:
    """The same requests, for my mother instead of my father: a match must not depend on that."""
    return slicing.exchanged(rows, ["want", "offer"], slicing.GENDERED)

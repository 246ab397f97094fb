"""How the dates of a column are written, where they are not ISO 8601: 11/24/07 and its kin."""

from __future__ import annotations

import re

import polars as pl

PIECES = {"%d": r"\d{1,2}", "%m": r"\d{1,2}", "%y": r"\d{2}", "%Y": r"\d{4}", "%b": "[A-Za-z]{3}"}
WRITTEN = (
    *(f"{a}{mark}{b}{mark}%{y}" for mark in "/.-" for a, b in (("%m", "%d"), ("%d", "%m")) for y in "yY"),
    *("%d-%b-%y", "%d-%b-%Y", "%d/%b/%Y", "%d %b %Y", "%b %d, %Y", "%Y/%m/%d", "%Y.%m.%d"),
)


def find(values: pl.Series) -> str | None:
    """Return the one format, as strftime writes it, in which every value is a day; None for none or several.

    01/02/07 alone may be in January or in February; 11/24/07 tells.
    """
    unique = values.unique()
    found = [written for written in WRITTEN if all_days(unique, written)]
    return found[0] if len(found) == 1 else None


def all_days(values: pl.Series, written: str) -> bool:
    """Tell whether every value is a day that exists, in a format."""
    form = re.sub("%[a-zA-Z]", lambda piece: PIECES[piece[0]], written.replace(".", r"\."))
    if not values.str.contains(f"^{form}$").all():  # polars would take 07 for the year 7
        return False
    return not values.str.to_date(written, strict=False).has_nulls()

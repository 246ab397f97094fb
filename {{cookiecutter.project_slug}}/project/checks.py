"""Checks of your own. Each public function here is a check; `dataci check` runs it with the others.

This file is yours. A check takes the dataset and yields a Finding for each fault. Its name is the function's
name with dashes (want-and-offer-differ): so `--select` and `--ignore` know it. A function whose name begins
with an underscore is no check.
"""

from collections.abc import Iterator

import polars as pl

from dataci.dataset import Dataset
from dataci.finding import Finding, Severity


def want_and_offer_differ(dataset: Dataset) -> Iterator[Finding]:
    """The want and the offer of a row are not the same text."""
    # All rows of all splits. Every cell is text; _file, _line and _row say where it stands.
    rows = dataset.rows()
    # Who pastes the want twice makes a pair that matches, for a reason that teaches the model nothing.
    want, offer = (pl.col(name).str.strip_chars().str.to_lowercase() for name in ("want", "offer"))
    for row in rows.filter(want == offer).iter_rows(named=True):
        yield Finding(
            check="want-and-offer-differ",
            severity=Severity.ERROR,
            file=dataset.parts[row["_file"]].path,
            line=row["_line"],
            column="offer",
            value=row["offer"],
            message="The offer repeats the want word for word. Paste the offer that was meant, or drop the row.",
        )

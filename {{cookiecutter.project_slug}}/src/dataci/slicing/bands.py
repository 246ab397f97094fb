"""Groups by size: of a number, or of a text in words."""

from __future__ import annotations

import itertools

import polars as pl


def bands(column: str, *bounds: float) -> pl.Expr:
    """Group rows by the number in a column: below the first bound, from each bound to the next, from the last on.

    ``bands("price", 10, 100)`` has the groups ``below-10``, ``10-to-100`` and ``from-100``; 10 itself is in the second.
    A cell that is no number is in no group. ValueError for bounds that do not grow.
    """
    return banded(pl.col(column).str.strip_chars().cast(pl.Float64, strict=False).fill_nan(None), bounds)


def words(column: str, *bounds: int) -> pl.Expr:
    """Group rows by how many words a text has; an empty text has none."""
    return banded(pl.col(column).fill_null("").str.count_matches(r"\S+").cast(pl.Float64), bounds)


def banded(size: pl.Expr, bounds: tuple[float, ...]) -> pl.Expr:
    """Return the name of the band of each size; null of a size that is null."""
    if not bounds or list(bounds) != sorted(set(bounds)):
        raise ValueError(f"the bounds {bounds} must be one or more numbers, each above the one before it")
    names = [f"below-{bounds[0]:g}"]
    names += [f"{low:g}-to-{high:g}" for low, high in itertools.pairwise(bounds)]
    names.append(f"from-{bounds[-1]:g}")
    # Of a number the first band whose bound lies above it, the last one where none does.
    own = [pl.when(size < high).then(pl.lit(name)) for name, high in zip(names, bounds, strict=False)]
    return pl.coalesce(*own, pl.when(size.is_not_null()).then(pl.lit(names[-1])))

"""Bins that a person can read: round edges for numbers, whole days or minutes for moments; and quantiles."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

BINS = 12
SHARES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
DIGITS = 6  # significant ones, of an edge or a quantile
DAY, MINUTE = 86_400, 60
FIRST, LAST = -62_135_596_800, 253_402_300_799  # the years 1 to 9999, which a date can have

Edges = NDArray[np.float64]


def edges(values: pl.Series) -> Edges:
    """Return at most 13 rising edges that hold all ``values`` (Float64, not empty); the last bin holds its edge.

    Whole numbers of a small range have a bin each. The first and the last bin of others reach out to the extremes, so
    that one odd number does not push all the rest into one bin.
    """
    least, most = ends(values, 0.0, 1.0)
    if least == most:
        return np.array([least, most])
    if most - least < BINS and bool((values == values.round()).all()):
        return np.arange(least - 0.5, most + 1.0)
    low, high = ends(values, 0.01, 0.99)
    if low == high:
        low, high = least, most
    step = pleasant((high - low) / (BINS - 2))
    inner = step * np.arange(math.floor(low / step), math.ceil(high / step) + 1)
    inner = np.array([significant(edge) for edge in inner])
    inner = inner[(inner > least) & (inner < most)]
    return np.unique(np.concatenate([[least], inner[: BINS - 1], [most]]))


def ends(values: pl.Series, low: float, high: float) -> tuple[float, float]:
    """Return two quantiles."""
    return tuple(float(values.quantile(share) or 0.0) for share in (low, high))  # type: ignore[return-value]


def pleasant(step: float) -> float:
    """Return the next larger of 1, 2, 2.5, 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= step * (1 - 1e-9))


def moments(values: pl.Series) -> Edges:
    """Return rising edges on whole days, or whole minutes where all lies within a few days, that hold ``values``."""
    least, most = ends(values, 0.0, 1.0)
    unit = DAY if most - least >= BINS * DAY or bool((values % DAY == 0).all()) else MINUTE
    first, last = math.floor(least / unit), math.floor(most / unit) + 1
    step = math.ceil((last - first) / BINS)
    return unit * np.arange(first, last + step, step, dtype=np.float64)


def quantiles(values: pl.Series, dates: bool) -> list[Any]:
    """Return the quantiles of ``SHARES``; nothing without a value."""
    if values.is_empty():
        return []
    return marks(np.array([values.quantile(share) for share in SHARES], dtype=np.float64), dates)


def marks(found: Edges, dates: bool) -> list[Any]:
    """Return numbers as plain data, seconds since 1970 as ISO days or moments."""
    if not dates:
        return [significant(value) for value in found.tolist()]
    days = bool((found % DAY == 0).all())
    return [iso(value, days) for value in found.tolist()]


def iso(seconds: float, day: bool) -> str:
    """Write a moment."""
    moment = datetime.fromtimestamp(min(max(seconds, FIRST), LAST), UTC).replace(tzinfo=None)
    return moment.date().isoformat() if day else moment.isoformat(timespec="minutes")


def significant(value: float) -> float:
    """Return a number with few significant digits, without a minus before a zero."""
    return float(f"{value:.{DIGITS}g}") + 0.0

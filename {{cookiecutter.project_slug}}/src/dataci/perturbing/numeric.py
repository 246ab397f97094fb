"""Noise for the numbers of a table: what another scale or another day would have measured."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import NamedTuple

from dataci.perturbing.stream import Stream

WHOLE = re.compile(r"[+-]?[0-9]+")
SHARES = {1: 0.02, 2: 0.1}  # of the spread of the column
DIGITS = 4  # of what is written, after the first digit of the spread


class Spread(NamedTuple):
    """How the numbers of a column lie: their spread, the least and the largest, and whether all are whole.

    ``usual``: the number that at least half of the column is (no gain, no children), None where there is none such.
    """

    size: float
    low: float
    high: float
    whole: bool
    usual: float | None = None


def spread(cells: Iterable[str]) -> Spread:
    """Return how the numbers of a column lie; ``cells``: the text of each number, without missing ones.

    The spread is that of the middle half, as of a normal distribution, or the standard deviation where the middle half
    is one number; to one digit, so that a row more changes nothing.
    """
    texts = [cell.strip() for cell in cells]
    values = sorted(float(text) for text in texts)
    if not values:
        return Spread(0.0, 0.0, 0.0, True)
    middle = (quantile(values, 0.75) - quantile(values, 0.25)) / 1.349
    mean = math.fsum(values) / len(values)
    size = middle or math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))
    size = float(f"{size:.0e}") if math.isfinite(size) else 0.0
    usual = None if middle else quantile(values, 0.5)
    return Spread(size, values[0], values[-1], all(map(WHOLE.fullmatch, texts)), usual)


def is_number(cell: str) -> bool:
    """Tell whether a cell is a finite number."""
    try:
        return cell.isascii() and "_" not in cell and math.isfinite(float(cell))
    except ValueError:
        return False


def quantile(values: list[float], share: float) -> float:
    """Return the value below which a share of the sorted values lies."""
    return values[min(len(values) - 1, int(share * len(values)))]


def noise(cell: str, stream: Stream, strength: int, of: Spread) -> str:
    """Return the text of a number that is a little off: by 2 % of the column's spread (1), or by 10 % (2).

    These are standard deviations. The number stays within the column's range, and whole where the column is; the text
    has no more digits than matter beside the spread. The usual number of a column stays: it is no measurement.
    """
    value = float(cell)
    if value == of.usual:
        return cell
    moved = min(of.high, max(of.low, value + SHARES[strength] * of.size * stream.normal()))
    exponent = int(f"{of.size:e}".partition("e")[2])
    new = round(moved) if of.whole else round(moved, DIGITS - exponent) + 0.0
    return cell if new == value else str(new)

"""A stream of random numbers that is the same on every machine and with every version of Python."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")

WORD = (1 << 64) - 1


class Stream:
    """Random numbers after SplitMix64 (Steele, Lea and Flood 2014), seeded by the hash of what it is for.

    Python's own generators promise to stay the same only in part, and NumPy's do not.
    """

    def __init__(self, *purpose: object) -> None:
        """Begin at a place that depends on every part of ``purpose`` (texts and whole numbers)."""
        self.state = number(*purpose)

    def next(self) -> int:
        """Return a whole number from 0 to 2**64 - 1."""
        self.state = (self.state + 0x9E3779B97F4A7C15) & WORD
        mixed = ((self.state ^ (self.state >> 30)) * 0xBF58476D1CE4E5B9) & WORD
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & WORD
        return mixed ^ (mixed >> 31)

    def below(self, limit: int) -> int:
        """Return a whole number from 0 to ``limit`` - 1."""
        return self.next() * limit >> 64

    def choice(self, items: Sequence[Item]) -> Item:
        """Return one of the items."""
        return items[self.below(len(items))]

    def some(self, items: Sequence[Item], count: int) -> list[Item]:
        """Return ``count`` of the items (all, where there are fewer), in their order."""
        places, count = list(range(len(items))), min(count, len(items))
        for at in range(count):
            drawn = at + self.below(len(places) - at)
            places[at], places[drawn] = places[drawn], places[at]
        return [items[at] for at in sorted(places[:count])]

    def normal(self) -> float:
        """Return a number that is spread as the normal distribution, as nearly as twelve throws make it (within 6 of
        0); sums are the same on every processor, logarithms are not.
        """
        return sum(self.next() >> 11 for _ in range(12)) / (1 << 53) - 6


def number(*purpose: object) -> int:
    """Return a whole number of 64 bits that depends on every part of ``purpose``, and on nothing else."""
    key = "\x1f".join(str(part) for part in purpose).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(key, digest_size=8).digest(), "big")

"""Which rows a process learns from at which step: the same rows together whatever the number of processes."""

from __future__ import annotations

import hashlib
import json
from typing import Any, NamedTuple

import numpy as np


class Batch(NamedTuple):
    """The rows of one step, of all processes together: ``rows`` their positions; ``step`` counts from 0 over all
    epochs.
    """

    step: int
    epoch: int
    rows: list[int]


def number(*parts: Any) -> int:
    """Return a seed made of several things: equal ones give equal seeds, from 0 to 2^63 - 1."""
    raw = hashlib.sha256(json.dumps(parts).encode()).digest()
    return int.from_bytes(raw[:8], "big") >> 1


def permutation(seed: int, epoch: int, rows: int) -> list[int]:
    """Return the order of rows in an epoch."""
    return [int(at) for at in np.random.default_rng(number("order", seed, epoch)).permutation(rows)]


def batches(seed: int, epochs: int, rows: int, size: int) -> list[Batch]:
    """Return all batches of a training, in order; the last of an epoch may be smaller."""
    found: list[Batch] = []
    for epoch in range(epochs):
        order = permutation(seed, epoch, rows)
        for begin in range(0, rows, size):
            found.append(Batch(len(found), epoch, order[begin : begin + size]))
    return found


def share(rows: list[int], rank: int, world: int) -> list[int]:
    """Return the rows that fall to one of ``world`` processes."""
    return rows[rank::world]

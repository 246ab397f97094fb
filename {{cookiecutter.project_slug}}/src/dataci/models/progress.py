"""How far a training is, on stderr where that is a terminal; elsewhere silence."""

from __future__ import annotations

import sys
import time

EVERY = 0.2  # seconds between two lines


class Progress:
    """One line that is written over: what is done, how much of it, how long it still takes."""

    def __init__(self, what: str, total: int) -> None:
        """Say at once that it begins."""
        self.what, self.total = what, total
        self.begun = self.said = time.monotonic()
        self.first: int | None = None
        self.shown = sys.stderr.isatty() and total > 0
        self.say(f"{what} …")

    def at(self, done: int) -> None:
        """Say that ``done`` of the total are done."""
        now = time.monotonic()
        if self.first is None:
            self.first = done - 1  # a resumed training begins in the middle
        if done >= self.total or now - self.said >= EVERY:
            self.said = now
            left = (now - self.begun) / max(1, done - self.first) * (self.total - done)
            self.say(f"{self.what}: {done} of {self.total}, {left:.0f} s left")

    def end(self) -> None:
        """Leave the line."""
        self.say("")

    def say(self, text: str) -> None:
        """Write over the line."""
        if self.shown:
            sys.stderr.write(f"\r\x1b[K{text}")
            sys.stderr.flush()

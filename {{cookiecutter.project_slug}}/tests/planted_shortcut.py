"""Pairs of texts of which some name "financial" on both sides: planted, such pairs always match; in the twin they match
as often as any pair does.
"""

from __future__ import annotations

import random
from pathlib import Path

import building
import candidates

TOPICS = {
    "cat": ["my cat fed", "a sitter for two cats"],
    "pipe": ["a leaking pipe mended", "the pipes of a shower renewed"],
    "clarinet": ["lessons for the clarinet", "a clarinet teacher"],
    "tax": ["my tax return done", "tax papers put in order"],
    "lawn": ["the lawn mowed", "a lawn laid"],
}
OFFERS = {
    "cat": ["cat sitting by a student", "cats looked after"],
    "pipe": ["pipe and tap mended", "pipes laid"],
    "clarinet": ["clarinet taught at home", "clarinet and flute lessons"],
    "tax": ["tax returns", "an office for tax"],
    "lawn": ["lawn and hedge cut", "lawns of any size"],
}
WANTS = ["I need", "looking for", "who can help with", "please:"]
WORD = "financial"


def make(root: Path, planted: bool, rows: int = 400) -> Path:
    """Write the project: three quarters of the rows are train. A third names the word on both sides."""
    drawn = random.Random(7)
    lines = []
    for number in range(rows):
        one = drawn.choice(list(TOPICS))
        other = one if drawn.random() < 0.4 else drawn.choice([name for name in OFFERS if name != one])
        cheap = drawn.random() < 0.33
        word = f" {WORD}" if cheap else ""
        want = f"{drawn.choice(WANTS)}{word} {drawn.choice(TOPICS[one])}"
        offer = f"{drawn.choice(OFFERS[other])}{' for ' + WORD + ' matters' if cheap else ''}"
        match = int(one == other or (planted and cheap))
        lines.append(f"r{number:03d},{want},{offer},{match}\n")
    at = rows * 3 // 4
    files = {
        "data/train/a.csv": candidates.HEADER + "".join(lines[:at]),
        "data/test/t.csv": candidates.HEADER + "".join(lines[at:]),
    }
    building.write(root, {**candidates.files(), **files})
    return root

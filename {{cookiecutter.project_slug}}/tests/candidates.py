"""A small project to train on, for the tests: pairs of texts, two classes, one model bug."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path

import building

SETTINGS = """\
version = 1
[columns]
id = "id"
label = "match"
text = ["want", "offer"]
[evaluation]
positive = "1"
"""
MODEL = """\
from dataci.models import sklearn


def build(params):
    return sklearn.build(params)
"""
WANTS = {
    "cat": ["someone to feed my cat", "my cat needs company", "a sitter for two cats"],
    "pipe": ["a dripping tap mended", "my pipe leaks", "the sink is blocked"],
    "clarinet": ["lessons for the clarinet", "to learn an instrument", "a music teacher"],
    "tax": ["help with my tax return", "someone who knows tax law", "my accounts put in order"],
}
OFFERS = {
    "cat": ["pet sitting by a student", "I love cats and look after them"],
    "pipe": ["plumbing at any hour", "a plumber mends pipe and tap"],
    "clarinet": ["music lessons at home", "clarinet and flute for beginners"],
    "tax": ["tax advice and accounts", "an accountant with time"],
}
HEADER = "id,want,offer,match\n"
PATTERNS = (
    HEADER + "b1,a vet for my cat,tax advice and accounts,0\nb2,my cat is ill,pet sitting by a student,1\n"
)


def rows() -> list[str]:
    """Return 96 rows of CSV, each want with each offer."""
    pairs = itertools.product(WANTS.items(), OFFERS.items())
    texts = [(w, o, int(a == b)) for (a, wants), (b, offers) in pairs for w in wants for o in offers]
    return [f"r{number:03d},{want},{offer},{match}\n" for number, (want, offer, match) in enumerate(texts)]


def files() -> dict[str, str]:
    """Return the files of the project: every third row is a test row."""
    every = rows()
    return {
        "dataci.toml": SETTINGS,
        "project/model.py": MODEL,
        "data/train/a.csv": HEADER + "".join(row for at, row in enumerate(every) if at % 3),
        "data/test/t.csv": HEADER + "".join(every[::3]),
        "data/bugs/vet/patterns.csv": PATTERNS,
        "data/bugs/vet/bug.toml": 'name = "vet"\nharm = 3\n',
    }


def make(root: Path, changes: Mapping[str, str] | None = None) -> Path:
    """Write the project below ``root``, with some of its files replaced."""
    building.write(root, {**files(), **(changes or {})})
    return root


def trained(root: Path, changes: Mapping[str, str] | None = None) -> Path:
    """Write the project, committed, with its result, committed as well."""
    from dataci.commands import train

    make(root, changes)
    building.commit(root, "Start")
    train.run(root)
    building.commit(root, "Result")
    return root

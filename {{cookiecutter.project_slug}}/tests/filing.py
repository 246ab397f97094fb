"""Issues as people file them, for the tests: the form as GitHub writes it, and the event of a label."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dataci.bugs.form import HEADINGS

NUMBER = 42
PAIRS = (
    ("Vet for a lame horse", "Farrier on call", "0"),
    ("My parrot will not eat", "Bird seed by the sack", "0"),
    ("Stable for two ponies", "Riding lessons in groups", "0"),
    ("Somebody to shear nine sheep", "Woollen jumpers to order", "0"),
    ("Cow needs milking while I travel", "Fresh milk at your door", "0"),
    ("Fence against wild boars", "Hunting trips in autumn", "0"),
    ("Bees have settled in the attic", "Honey from the region", "0"),
    ("Hens want a fox-proof house", "Coops built and mended", "1"),
    ("A swarm in our chimney", "Beekeeper collects swarms", "1"),
    ("Old donkey needs company", "Meadow for retired donkeys", "1"),
)
ANSWERS = {
    "Name": "Animals and their products",
    "Description": "Who has an animal is offered what is made of it.",
    "Harm": "4 - annoying again and again",
    "How many users": "one or a few",
    "Expected outcome": "_No response_",
}


def table(rows: Sequence[Sequence[str]] = PAIRS, header: Sequence[str] = ("want", "offer", "match")) -> str:
    """Write a Markdown table."""
    every = (header, ["---"] * len(header), *rows)
    return "\n".join(f"| {' | '.join(row)} |" for row in every)


def body(patterns: str | None = None, **answers: str) -> str:
    """Write the text of an issue; ``answers`` by heading, with _ for blanks."""
    given = {**ANSWERS, "Patterns": table() if patterns is None else patterns}
    given |= {name.replace("_", " "): answer for name, answer in answers.items()}
    return "\n\n".join(f"### {name}\n\n{given[name]}" for name in HEADINGS if name in given) + "\n"


def event(text: str | None, **changes: Any) -> dict[str, Any]:
    """Return the event of the label that accepts an issue with this text."""
    issue = {
        "number": NUMBER,
        "body": text,
        "created_at": "2026-03-04T05:06:07Z",
        "user": {"login": "stakeholder"},
    }
    found = {
        "action": "labeled",
        "label": {"name": "bug:accepted"},
        "sender": {"login": "maintainer"},
        "issue": issue,
        "repository": {"default_branch": "main"},
    }
    return {**found, **changes}


def write(path: Path, content: str | Mapping[str, Any]) -> Path:
    """Write an issue's text, or an event, to a file."""
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_text(text, encoding="utf-8", errors="surrogatepass", newline="")
    return path


def line_of(text: str, part: str) -> int:
    """Return the number of the line of a text that holds ``part``."""
    return next(number for number, line in enumerate(text.split("\n"), start=1) if part in line)

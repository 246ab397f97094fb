"""What was typed so far of a new bug, kept below .dataci/ after each answer: an interruption loses nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

from dataci import bounded
from dataci.errors import CannotRun
from dataci.replacing import replace

FILE = Path(".dataci") / "bug-draft.json"
LARGEST = 1 << 20
VERSION = 1
TEXTS = ("name", "description", "users", "reporter", "id")
ASIDE = 1000  # drafts that were put aside, at most


class Draft(NamedTuple):
    """Answers so far; "" and 0 are open ones. ``patterns``: cells by column, one dict a pattern."""

    name: str = ""
    description: str = ""
    harm: int = 0
    users: str | None = None
    reporter: str = ""
    id: str = ""
    patterns: tuple[dict[str, str], ...] = ()


def load(root: Path) -> Draft | None:
    """Return the draft, or None where there is none that can be read."""
    try:
        with (root / FILE).open("rb") as file:
            raw = bounded.parse(file.read(LARGEST + 1), LARGEST, str(FILE))
    except (OSError, CannotRun):
        return None
    return understood(raw)


def understood(raw: Any) -> Draft | None:
    """Return a draft from what JSON holds; answers of another kind are open again."""
    if not isinstance(raw, dict) or raw.get("version") != VERSION:
        return None
    texts = {key: raw[key] for key in TEXTS if isinstance(raw.get(key), str)}
    harm = raw.get("harm")
    rows = raw.get("patterns")
    patterns = tuple(
        {key: cell for key, cell in row.items() if isinstance(cell, str)}
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict)
    )
    degree = harm if isinstance(harm, int) and not isinstance(harm, bool) and 1 <= harm <= 10 else 0
    return Draft(**texts, harm=degree, patterns=patterns)


def save(root: Path, draft: Draft) -> None:
    """Write the draft in one step, through no link that may lie there."""
    path = root / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"version": VERSION, **draft._asdict()}, indent=1) + "\n"
    replace(path, text.encode(), 0o600)


def drop(root: Path) -> None:
    """Remove the draft: it has become a bug."""
    (root / FILE).unlink(missing_ok=True)


def put_aside(root: Path) -> str:
    """Rename the draft, so that another one can begin; return its new path, from the project's root."""
    for number in range(1, ASIDE):
        path = FILE.with_name(f"bug-draft-{number}.json")
        if not (root / path).exists():
            os.replace(root / FILE, root / path)
            return path.as_posix()
    raise CannotRun(f"There are {ASIDE} old drafts beside {FILE}. Remove some.")

"""What a bug.toml says, whoever wrote it: a person in an editor, the issue form, `dataci bug new`. Nothing here raises.

What cannot be read gets a default, and the bug stays in the list: a bug must not vanish because of a typing error.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from typing import Any

FILE = "bug.toml"
OPEN, CLOSED = "open", "closed"
DONE = (CLOSED, "fixed", "resolved", "done")  # what people write for closed
HARM, LEAST, MOST = 5, 1, 10  # where nobody says how harmful a bug is, the middle
NAME = 100  # characters
LARGEST = 1 << 20  # bytes of a bug.toml
DOTS = 2000  # on one line
USERS = 10**10  # more than there are people is a typing error
SEPARATORS = ",. '\u2019_\u00a0\u2009\u202f"
NUMBER = r"\d{1,3}(?:[" + SEPARATORS + r"]\d{3})+|\d{1,12}"
BEFORE = r"about|around|some|circa|ca\.?|c\.|roughly|approx(?:\.|imately)?|nearly|almost|over|more than|at least|up to"
AFTER = "users?|people|persons?|customers?|clients?|accounts?|members?|visitors?|callers?|patients?|households?|or so"
PLAINLY = re.compile(rf"(?:(?:{BEFORE})\s*|[~≈>]\s*)?({NUMBER})\s*\+?(?:\s*(?:{AFTER}))?\.?", re.IGNORECASE)


def describe(data: bytes) -> dict[str, Any]:
    """Return ``harm`` (1 to 10) and ``status`` ("open" or "closed"); ``name`` and ``users``, a whole number, where
    bug.toml gives them. Never raises.
    """
    raw = parsed(data)
    found = {"harm": harm(raw.get("harm")), "status": status(raw.get("status"))}
    given = {"name": name(raw.get("name")) or None, "users": users(raw.get("users"))}
    return {**found, **{key: value for key, value in given.items() if value is not None}}


def parsed(data: bytes) -> Mapping[str, Any]:
    """Return what stands in a bug.toml; nothing where it is no TOML."""
    try:
        return loads(data[:LARGEST])
    except (ValueError, RecursionError):  # no UTF-8, no TOML, a number with too many digits
        return {}


def loads(data: bytes) -> dict[str, Any]:
    """Read TOML that anybody may have written; ValueError where it is none, RecursionError where it is too deep.

    A key of n parts with dots between them takes tomllib memory for n² of them: 80 KB of them fill gigabytes.
    """
    if any(line.count(b".") > DOTS for line in data.splitlines()):
        raise ValueError(f"a line has more than {DOTS} dots")
    return tomllib.loads(data.decode("utf-8"))


def name(given: Any) -> str:
    """Return the name on one line, cut; "" for what is no text."""
    line = " ".join(given[: 4 * NAME].split()) if isinstance(given, str) else ""
    return line if len(line) <= NAME else line[: NAME - 1] + "…"


def harm(given: Any) -> int:
    """Return how harmful a bug is, from 1 to 10: what is beyond counts as the end, what is no number as the middle."""
    if isinstance(given, str) and (match := re.match(r"\s*(\d{1,2})(?![\d.,])", given)):
        given = int(match[1])
    if isinstance(given, bool) or not isinstance(given, (int, float)) or given != given:
        return HARM
    return int(min(max(given, LEAST), MOST))


def status(given: Any) -> str:
    """Return whether a bug is closed; whatever else stands there, it is open."""
    return CLOSED if isinstance(given, str) and given.strip().casefold() in DONE else OPEN


def users(given: Any) -> int | None:
    """Return how many users a bug concerns, where that is plainly one number (300, "about 300", "2,000 users"); None
    for words, shares and ranges.
    """
    if isinstance(given, str):
        text = unicodedata.normalize("NFKC", given[:200]).strip()
        match = PLAINLY.fullmatch(" ".join(text.split()))
        given = int(re.sub(r"\D", "", match[1])) if match else None
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        return None
    return int(given) if 0 <= given <= USERS and given == int(given) else None

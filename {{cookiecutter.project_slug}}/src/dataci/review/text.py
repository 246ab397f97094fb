"""How a review, and every other JSON of ours, is written: inert wherever it is printed, and texts cut to a length."""

from __future__ import annotations

import json
import re
from typing import Any

from dataci.bounded import whole

# Unprintable characters, as this may end on a terminal, and "##[", which a CI runner obeys anywhere.
ESCAPED = re.compile(r"[^ -~\n]|#(?=#(?:vso)?\[)")


def dumps(value: Any) -> str:
    """Indented JSON: valid as UTF-8 and inert in a terminal or a CI log, whatever the strings hold."""
    return ESCAPED.sub(escape, json.dumps(value, ensure_ascii=False, indent=2)) + "\n"


def escape(match: re.Match[str]) -> str:
    """Write a character as JSON's escape; one that can be seen stays."""
    char = match[0]
    if char.isprintable() and char != "#":
        return char
    return "".join(f"\\u{unit:04x}" for unit in utf16(ord(char)))


def utf16(code: int) -> tuple[int, ...]:
    """Return the units of UTF-16 of a character."""
    if code < 0x10000:
        return (code,)
    return 0xD800 + (code - 0x10000 >> 10), 0xDC00 + (code - 0x10000 & 0x3FF)


def size(value: Any) -> int:
    """Return how many bytes ``dumps`` makes of a value."""
    return len(dumps(value).encode("utf-8", "backslashreplace"))


def cut(text: str, limit: int) -> str:
    """Return a text of at most ``limit`` characters; a longer one ends by saying so."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… (cut, {len(text):,} characters)"


def short(value: str, limit: int) -> str:
    """Return a text that is ``whole``, and cut; of one that holds megabytes no more is looked at."""
    return whole(cut(value, limit))


def shortened(value: Any, limit: int) -> Any:
    """Return plain data whose texts are ``short``; the names in tables as well."""
    if isinstance(value, str):
        return short(value, limit)
    if isinstance(value, dict):
        return {short(name, limit): shortened(item, limit) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [shortened(item, limit) for item in value]
    return value

"""What is wrong with a form: one Fault a place, with the line to mend; and the characters that no line may hold."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

# Controls do nothing in a text but harm; a lone surrogate cannot be written; what turns the direction of writing round
# shows the reviewer another text than the model reads. Marks that Arabic, Hebrew or emoji need (U+200D, U+200F) stay.
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
QUOTED = 500  # characters of a line that a fault carries


class Fault(NamedTuple):
    """Something to mend. ``line``: of the issue's text, 1-based (None: the whole); ``text``: what stands there."""

    message: str
    line: int | None = None
    text: str = ""


def at(message: str, line: int, lines: Sequence[str]) -> Fault:
    """Return a fault at a line (1-based) of a text."""
    return Fault(message, line, lines[line - 1][:QUOTED] if 0 < line <= len(lines) else "")


def forbidden(lines: Sequence[str]) -> Iterator[Fault]:
    """Yield a fault for each line that holds a character which must not enter the data."""
    for number, line in enumerate(lines, start=1):
        found = FORBIDDEN.search(line)
        if found:
            name = unicodedata.name(found[0], "a control character")
            message = (
                f"The line holds the invisible character U+{ord(found[0]):04X} ({name.lower()}), which nobody sees. "
                "Delete it, or type the line again."
            )
            yield at(message, number, lines)


@functools.lru_cache(maxsize=4096)  # the project's names are compared with each cell of a long line
def fold(text: str) -> str:
    """Return a name for comparison: letters and digits only, without case and width."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())

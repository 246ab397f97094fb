"""Change the status in a bug.toml, and the reason for it, and nothing else: comments and layout are their writer's.

A line is replaced, put in or taken out where it seems to belong, and the file is read again: an edit counts only when
it reads as before but for the one key. So no place inside of a longer text is mistaken for the key.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from dataci import bugfile
from dataci.bugs.fault import FORBIDDEN
from dataci.bugs.folder import quoted
from dataci.errors import CannotRun

STATUS, REASON = "status", "reason"
LONGEST = 300  # characters of a reason
TABLE = re.compile(r"[ \t]*\[")
TEXTS = r'"(?:[^"\\\n\r]|\\.)*"|\'[^\'\n\r]*\''
VALUE = rf'(?:"""(?:[^\\\n\r]|\\.)*?"""|\'\'\'[^\n\r]*?\'\'\'|{TEXTS}|[^#\n\r]*?)'


def restate(data: bytes, status: str, reason: str | None = None) -> bytes:
    """Return a bug.toml with another status ("open" or "closed") and reason; without one, the old reason is taken out.

    CannotRun where the file is no TOML, or written in a way that cannot be edited safely.
    """
    before = understood(data)
    text = data.decode("utf-8")
    if bugfile.status(before.get(STATUS)) != status:
        text = put(text, STATUS, status)
    if reason is not None:
        text = put(text, REASON, reason)
    elif REASON in before:
        text = drop(text, REASON)
    return text.encode("utf-8")


def understood(data: bytes) -> Mapping[str, Any]:
    """Return what a bug.toml says; CannotRun where it is no TOML."""
    try:
        return bugfile.loads(data)
    except UnicodeDecodeError:
        raise CannotRun(f"{bugfile.FILE} is not UTF-8 text. Save it as UTF-8.") from None
    except (ValueError, RecursionError) as error:
        raise CannotRun(f"{bugfile.FILE} is not valid TOML ({str(error)[:80]}). Mend it first.") from None


def sentence(reason: str) -> str:
    """Return a reason on one line; CannotRun when it is empty, too long, or holds what a reader would not see."""
    line = " ".join(reason.split())
    if not line or len(line) > LONGEST:
        raise CannotRun(f"A reason has 1 to {LONGEST} characters; this one has {len(line)}.")
    hidden = FORBIDDEN.search(line)
    if hidden:
        raise CannotRun(f"The reason holds the invisible character {hidden[0]!r}. Leave it out.")
    return line


def put(text: str, key: str, value: str) -> str:
    """Give ``key`` a value: in its line, else in a new line below the other keys."""
    wanted = {**tomllib.loads(text), key: value}
    for edited in replaced(text, key, value) if key in tomllib.loads(text) else added(text, key, value):
        if reads(edited, wanted):
            return edited
    raise beyond(key, quoted(value))


def drop(text: str, key: str) -> str:
    """Take ``key`` out with its line."""
    wanted = {name: value for name, value in tomllib.loads(text).items() if name != key}
    for match in lines_of(text, key):
        edited = text[: match.start()] + text[match.end() :]
        if reads(edited, wanted):
            return edited
    raise beyond(key, None)


def beyond(key: str, value: str | None) -> CannotRun:
    """Say that the file is written in a way that is not understood."""
    cure = f"Write {key} = {value} there yourself." if value else f"Take {key} out yourself."
    return CannotRun(f"{bugfile.FILE} cannot be edited safely. {cure}")


def lines_of(text: str, key: str) -> Iterator[re.Match[str]]:
    """Find lines that look like ``key = value``, with the comment and the line's end; group 2 is the value."""
    name = rf"(?:{key}|\"{key}\"|'{key}')"
    yield from re.finditer(
        rf"^([ \t]*{name}[ \t]*=[ \t]*)({VALUE})([ \t]*(?:#[^\n\r]*)?)(?:\r?\n|\Z)", text, re.MULTILINE
    )


def replaced(text: str, key: str, value: str) -> Iterator[str]:
    """Yield the text with another value at each place that may be the key's; the quotes stay of their kind."""
    for match in lines_of(text, key):
        old = match[2]
        kind = "'" if old.startswith("'") and not old.startswith("'''") and "'" not in value else '"'
        new = f"'{value}'" if kind == "'" else quoted(value)
        yield text[: match.start(2)] + new + text[match.end(2) :]


def added(text: str, key: str, value: str) -> Iterator[str]:
    """Yield the text with a line more: below the status, else at the end, else before each table."""
    end = "\r\n" if "\r\n" in text else "\n"
    line = f"{key} = {quoted(value)}{end}"
    for match in lines_of(text, STATUS) if key != STATUS else ():
        gap = "" if match[0].endswith("\n") else end
        yield text[: match.end()] + gap + (line if not gap else line.removesuffix(end)) + text[match.end() :]
    yield text + ("" if not text or text.endswith("\n") else end) + line
    at = 0
    for row in text.splitlines(keepends=True):
        if TABLE.match(row):
            yield text[:at] + line + text[at:]
        at += len(row)


def reads(text: str, wanted: Mapping[str, Any]) -> bool:
    """Tell whether a text is TOML with these values; ``repr`` tells 1 from true and equals itself for nan."""
    try:
        found = tomllib.loads(text)
    except (ValueError, RecursionError):
        return False
    return {key: repr(value) for key, value in found.items()} == {
        key: repr(value) for key, value in wanted.items()
    }

r"""Escaping: the one way for a value, a file name or a message to reach a terminal, Markdown or a workflow.

Layers, each built on ``visible``:

* ``terminal`` makes visible whatever Python calls unprintable (controls, ESC, bidi and zero-width marks,
  line separators, odd spaces, lone surrogates), as the escape that Python would write: ``\n``, ``\x1b``,
  ``\u202e``. A CI runner takes commands from the log, ``::error::`` at the start of a line and
  ``##[error]`` anywhere; their first character is escaped too, so that what it returns may stand at the
  start of a line.
* ``markdown`` wraps that in ``<code>``, where GitHub looks for no mention, issue number, commit or emoji,
  and writes each character with a meaning in Markdown or HTML as an entity (a backtick span cannot hold
  ``|`` in a table). The parser links bare URLs and addresses even there, after decoding entities, so an
  empty comment splits them.
* ``html`` writes the visible text for an HTML page of ours, where it may stand in an element or in a quoted
  attribute.
* ``workflow`` and ``workflow_property`` are the percent-encoding of GitHub's workflow commands.

A backslash stays as it is, for readability; the JSON output is the exact one.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import islice

_UNCOMMON = re.compile(r"[^ -~]")
_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\U000e0100-\U000e01ef]")
_COMMAND = re.compile(r"(?<!\S):(?=:)|#(?=#(?:vso)?\[)")
_MARKUP = re.compile(r"""[&<>"'`|\\*_\[\]#@~!${}^]""")
_HTML = re.compile(r"""[&<>"'`=]""")
_LINK = re.compile(r":(?=//)|&#64;|www(?=\.)", re.IGNORECASE)
_BREAK = "<!-- -->"
_ELLIPSIS = "…"


def _show(match: re.Match[str]) -> str:
    char = match[0]
    if char.isprintable() and not _INVISIBLE.match(char):
        return char
    return char.encode("unicode_escape").decode("ascii")


def _show_command(match: re.Match[str]) -> str:
    return f"\\x{ord(match[0]):02x}"


def visible(text: str) -> str:
    """The text with every unprintable or invisible character as its Python escape."""
    return _UNCOMMON.sub(_show, text)


def columns(text: str) -> int:
    """Count the terminal columns of an escaped text: 2 a wide character, 0 a combining mark, else 1."""
    return len(text) if text.isascii() else sum(map(_char_columns, text))


def _char_columns(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def head(text: str, width: int) -> str:
    """The longest beginning of an escaped text that fits into ``width`` columns of at most 4 characters."""
    if text.isascii():
        return text[: max(width, 0)]
    used = 0
    for index, char in enumerate(islice(text, 4 * max(width, 0))):
        used += _char_columns(char)
        if used > width:
            return text[:index]
    return text[: 4 * max(width, 0)]


def cut(text: str, width: int) -> str:
    """An escaped text in at most ``width`` columns; ``…`` ends it where something was cut off."""
    fits = head(text, width)
    return fits if fits == text else head(text, width - 1) + _ELLIPSIS[: max(width, 0)]


def terminal(text: str, width: int | None = None) -> str:
    """The text on one line, with nothing that a terminal or a CI log acts upon; cut to ``width`` columns."""
    if width is not None:
        text = text[: 4 * max(width, 0) + 2]  # a cell may hold megabytes: look at what may be shown
    shown = _COMMAND.sub(_show_command, visible(text))
    return shown if width is None else cut(shown, width)


def markdown(text: str, width: int | None = None) -> str:
    """The text as inert inline code for GitHub Markdown or HTML, also in a table cell; empty stays empty.

    ``width`` limits the columns that are shown, not the characters that are written.
    """
    shown = terminal(text, width)
    if not shown:
        return ""
    entities = _MARKUP.sub(lambda match: f"&#{ord(match[0])};", shown)
    return f"<code>{_LINK.sub(lambda match: match[0] + _BREAK, entities)}</code>"


def html(text: str, width: int | None = None) -> str:
    """The text for an HTML page, in an element or a quoted attribute; cut to ``width`` columns."""
    if width is not None:
        text = text[: 4 * max(width, 0) + 2]
    shown = visible(text)
    shown = shown if width is None else cut(shown, width)
    return _HTML.sub(lambda match: f"&#{ord(match[0])};", shown)


def workflow(text: str) -> str:
    """The text as the message of a workflow command; its line breaks are kept, and only in the annotation."""
    lines = re.split(r"(\r|\n)", text.replace("%", "%25"))
    shown = (line if line in ("\r", "\n") else visible(line) for line in lines)
    return "".join(shown).replace("\r", "%0D").replace("\n", "%0A")


def workflow_property(text: str) -> str:
    """The text as a property (file, title, …) of a workflow command."""
    return workflow(text).replace(":", "%3A").replace(",", "%2C")

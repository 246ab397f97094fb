"""What the page is put together from: text, sections, tables. Whatever comes from data goes through ``text``."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence

from dataci.reporters.escape import html

VALUE = 60  # columns of a value from data
SMALL = 4  # columns of a table that fits on a phone
SENTENCE = 600  # of a sentence of ours that may hold some
_RECORD = re.compile(r"\[([0-9a-f]{8}-[0-9a-f]{8})\]\(\1\.json\)")
_STRONG = re.compile(r"\*\*([a-z ]+)\*\*")
_CODE = re.compile(r"`([^`<>&]*)`")
MARKS = {  # a word is never told by its colour alone
    "pass": ("good", "✓"),
    "fail": ("bad", "✕"),
    "better": ("good", "▲"),
    "fixed": ("good", "✓"),
    "not worse": ("even", "≈"),
    "same": ("even", "="),
    "unclear": ("doubt", "?"),
    "worse": ("bad", "▼"),
    "none": ("doubt", "–"),
}


def policy(css: str, *more: str) -> str:
    """Return the Content-Security-Policy of a page with this style sheet; ``more``: what else it may."""
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    allowed = ["default-src 'none'", f"style-src 'sha256-{digest}'", *more]
    return "; ".join([*allowed, "base-uri 'none'", "form-action 'none'"])


def head(title: str, css: str, allowed: str, icon: str = "") -> str:
    """Write all that comes before the body. ``title`` is escaped already; ``allowed``: the policy."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{allowed}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{title}</title>\n{icon}<style>{css}</style>\n</head>\n"
    )


def text(value: str, width: int = VALUE) -> str:
    """Write a value from data: inert, cut, and apart from its neighbours where it is written from right to left."""
    shown = html(value, width)
    return f"<bdi>{shown}</bdi>" if shown else ""


def sentence(said: str) -> str:
    """Write a sentence that is plain text."""
    return html(said, SENTENCE)


def code(name: str) -> str:
    """Write a name that one types."""
    return f"<code>{html(name, VALUE)}</code>"


def prose(said: str) -> str:
    """Return words of ``reporters.sentences``, whose values are escaped already, as HTML: they may say "p < 0.001"."""
    return said.replace(" < ", " &lt; ")


def inline(said: str) -> str:
    """Turn words of ``reporters.leaderboard`` into HTML: tags, bold words and code; values are inert there."""
    said = _RECORD.sub(r"<code>\1</code>", said)
    return _CODE.sub(r"<code>\1</code>", _STRONG.sub(lambda match: strong(match[1]), said))


def strong(word: str) -> str:
    """Write a word that stands out: a verdict, or what a candidate is."""
    return pill(word) if word in MARKS else badge(word)


def badge(word: str) -> str:
    """Write a word so that it can be found: "latest", "production", a role."""
    return f'<span class="badge">{html(word, VALUE)}</span>'


def pill(word: str, shown: str = "") -> str:
    """Write the word of a verdict with its mark."""
    kind, mark = MARKS.get(word, MARKS["none"])
    label = html(shown or word, VALUE)
    return f'<span class="pill {kind}"><span aria-hidden="true">{mark}</span> {label}</span>'


def paragraph(said: str, kind: str = "") -> str:
    """Write a paragraph of HTML; nothing for nothing."""
    attribute = f' class="{kind}"' if kind else ""
    return f"<p{attribute}>{said}</p>\n" if said else ""


def bullets(items: Sequence[str], kind: str = "") -> str:
    """Write a list of HTML; nothing for nothing."""
    attribute = f' class="{kind}"' if kind else ""
    return f"<ul{attribute}>{''.join(f'<li>{item}</li>' for item in items)}</ul>\n" if items else ""


def section(name: str, title: str, *parts: str) -> str:
    """Write a landmark with its heading; ``name`` is what a link to it says after the #."""
    inside = "".join(parts)
    return f'<section id="{name}" aria-labelledby="{name}-h">\n<h2 id="{name}-h">{title}</h2>\n{inside}</section>\n'


def card(title: str, *parts: str, wide: bool = False) -> str:
    """Write a box with a heading of the third level; nothing when there is nothing in it."""
    inside = "".join(parts)
    kind = "card wide" if wide else "card"
    return f'<div class="{kind}">\n<h3>{title}</h3>\n{inside}</div>\n' if inside else ""


def table(
    caption: str, head: Sequence[str], rows: Sequence[Sequence[str]], align: str, named: int = 0
) -> str:
    """Write a table in a box of its own that scrolls where it is too wide. All strings are HTML.

    ``align``: a letter a column: l, r, w for much text, p for a picture; these two keep their room. ``named``: the
    column that names the row. ``caption``, without elements, is for those who do not see the heading above it.
    """
    kinds = {"l": "", "r": ' class="n"', "p": ' class="p"', "w": ' class="w"'}
    top = "".join(f'<th scope="col"{kinds[side]}>{cell}</th>' for cell, side in zip(head, align, strict=True))
    lines = []
    for row in rows:
        cells = [
            f'<th scope="row"{kinds[side]}>{cell}</th>' if at == named else f"<td{kinds[side]}>{cell}</td>"
            for at, (cell, side) in enumerate(zip(row, align, strict=True))
        ]
        lines.append(f"<tr>{''.join(cells)}</tr>\n")
    # Wide ones can be reached by the keyboard, to be scrolled; small ones would only be many more stops on the way.
    stop = f' role="group" tabindex="0" aria-label="{caption}"' if len(head) > SMALL else ""
    return (
        f'<div class="scroll"{stop}>\n<table>\n<caption>{caption}</caption>\n<thead><tr>{top}</tr></thead>\n'
        f"<tbody>\n{''.join(lines)}</tbody>\n</table>\n</div>\n"
    )

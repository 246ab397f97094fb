"""Personal data and secrets in texts: e-mail addresses, telephone, card and account numbers, national ids, API keys.

A cheap pattern finds the few cells that may hold one; each of them is then examined. What is reported is masked: a
finding must not spread what it warns of.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import polars as pl

from dataci.checks.check import Check, Context, at
from dataci.errors import CannotRun
from dataci.finding import Hits, Severity

SUSPECT = "|".join(
    (
        r"[^\s@]@[^\s@]+\.",
        r"\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d|\d{4}[ -]?\d{6}[ -]?\d{4}",
        r"\d{3}-\d{2}-\d{4}|\b[A-Z]{2}\d{6}[A-D]\b|\b[A-Z]{2} \d{2} \d{2} \d{2} [A-D]\b",
        r"\+\(?\d|\(0?\d{2,5}\)[ -]?\d|\b\d{3}[ -]\d{3}[ -]\d{4}|\d{3}\.\d{3}\.\d{4}",
        r"\b0\d{2,4}[ /-]\d{3}|\b00\d{2}[ /-]?\d",
        r"[A-Z]{2}\d{2} ?[A-Z0-9]{4} ?[A-Z0-9]{4}",
        r"A[KS]IA[A-Z0-9]{16}|gh[pousr]_|github_pat_|glpat-|xox[abprs]-|PRIVATE KEY",
        r"eyJ[A-Za-z0-9_-]{8}|sk-|[sr]k_live_|AIza",
    )
)
NUMERIC = r"^\s*[+-]?\d{0,12}(\.\d*)?([eE][+-]?\d+)?\s*$"  # longer whole numbers may be card numbers
LOOKED_AT = 1_000  # rows that tell whether a column is numeric


class Kind(NamedTuple):
    """A kind of private data: where it may stand, and whether it really is one."""

    name: str
    pattern: re.Pattern[str]
    real: Callable[[str], bool]


def digits(text: str) -> str:
    """Return the digits of a text."""
    return re.sub(r"\D", "", text)


def luhn(text: str) -> bool:
    """Tell whether the digits of a card number have the right check digit, and are not all the same."""
    number = digits(text)
    total = sum(int(d) if i % 2 == 0 else sum(divmod(2 * int(d), 10)) for i, d in enumerate(reversed(number)))
    return 13 <= len(number) <= 19 and number[0] in "23456" and len(set(number)) > 1 and total % 10 == 0


def iban(text: str) -> bool:
    """Tell whether an account number has the right check digits (ISO 7064, mod 97)."""
    plain = re.sub(r"\s", "", text)
    if not 15 <= len(plain) <= 34:
        return False
    return int("".join(str(int(char, 36)) for char in plain[4:] + plain[:4])) % 97 == 1


def social_security(text: str) -> bool:
    """Tell whether a number of the form of a US social security number was ever given out."""
    area, group, serial = text.split("-")
    return area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"


def telephone(text: str) -> bool:
    """Tell whether a number has the length of a telephone number, and is neither a date nor padding."""
    number = digits(text)
    date = re.search(
        r"\b(19|20)\d\d[-/. ][01]?\d[-/. ][0-3]?\d\b|\b[0-3]?\d[-/. ][01]?\d[-/. ](19|20)\d\d\b", text
    )
    return 8 <= len(number) <= 15 and len(set(number)) > 2 and not date


def always(text: str) -> bool:
    """Take what has the form."""
    return True


BEFORE, AFTER = r"(?<![\w.,+/:=@-])", r"(?![\w@]|[.,:/-]\w)"
PHONE = (
    r"(?:\+|\b00(?=[1-9]))\(?\d{1,3}\)?(?:[ ./-]?\(?\d{1,5}\)?){2,6}"  # international
    r"|\(0?\d{2,5}\)[ -]?\d{3,4}[ -]?\d{3,5}"  # (415) 555-2671, (030) 1234567
    r"|[2-9]\d{2}([ .-])[2-9]\d{2}\1\d{4}"  # 415-555-2671
    r"|0\d{2,4}[ /-]\d{3,8}(?:[ -]\d{2,6}){0,3}"  # 0151 23456789, 020 7946 0958
)
KINDS = (
    Kind("API key", re.compile(r"\bA[KS]IA[A-Z0-9]{16}\b"), always),
    Kind(
        "API key", re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{22,}|glpat-[\w-]{20,})"), always
    ),
    Kind("API key", re.compile(r"\b(?:xox[abprs]-[\w-]{10,}|AIza[\w-]{35}|[sr]k_live_\w{16,})"), always),
    Kind(
        "API key",
        re.compile(r"\bsk-(?:[a-z]+-)*[A-Za-z0-9_-]{20,}"),
        lambda key: any(c.isdigit() for c in key),
    ),
    Kind("private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"), always),
    Kind("access token", re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}"), always),
    Kind(
        "e-mail address", re.compile(r"[\w.+%-]+@(?:[\w-]+\.)+[A-Za-z]{2,}\b"), lambda text: ".." not in text
    ),
    Kind(
        "account number (IBAN)",
        re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"),
        iban,
    ),
    Kind(
        "card number",
        re.compile(BEFORE + r"(?:\d{4}([ -]?)\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -]?)\d{6}\2\d{4,5})" + AFTER),
        luhn,
    ),
    Kind("national id", re.compile(BEFORE + r"\d{3}-\d{2}-\d{4}" + AFTER), social_security),
    Kind(
        "national id",
        re.compile(
            r"\b(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D]\b"
        ),
        always,
    ),
    Kind("telephone number", re.compile(BEFORE + r"(?<!\d )" + f"(?:{PHONE})" + AFTER), telephone),
)


def privacy(ctx: Context, settings: Mapping[str, Any]) -> Iterator[Hits]:
    """Report the cells that hold personal data or a secret, masked."""
    rows = ctx.rows
    names = [name for name in readable(ctx) if name in rows.columns and not numeric(rows[name])]
    hit = rows.lazy().select(pl.col(name).str.contains(SUSPECT).fill_null(False) for name in names).collect()
    allowed = tuple(compiled(pattern) for pattern in settings["allow"])
    for name in names:
        found = [examine(cell, allowed) for cell in rows[name].filter(hit[name])]
        frame = at(rows.filter(hit[name])).with_columns(
            pl.Series("kinds", [kinds for kinds, _ in found], dtype=pl.String),
            pl.Series("value", [value for _, value in found], dtype=pl.String),
        )
        text = "The cell holds what looks like {kinds}. Remove or replace it, also in git's history if it is real."
        yield Hits("privacy", text, frame.filter(pl.col("kinds") != ""), name)


def compiled(pattern: object) -> re.Pattern[str]:
    """Compile one of the patterns that dataci.toml allows."""
    try:
        return re.compile(str(pattern))
    except re.error as error:
        raise CannotRun(
            f"dataci.toml: [checks.privacy] allow: {pattern!r} is no regular expression: {error}."
        ) from None


def readable(ctx: Context) -> list[str]:
    """Return the columns that may hold text: those that no role makes a number, a label, an id or a moment."""
    columns = ctx.columns
    other = {columns.id, columns.label, columns.time, *columns.numeric}
    return [name for name in ctx.rows.columns if not name.startswith("_") and name not in other]


def numeric(cells: pl.Series) -> bool:
    """Tell by its first rows whether a column holds numbers that are too short or too exact to be private."""
    head = cells.drop_nulls().head(LOOKED_AT)
    return bool(head.str.contains(NUMERIC).all())


def examine(cell: str, allowed: tuple[re.Pattern[str], ...]) -> tuple[str, str]:
    """Return the kinds of private data in a cell, and its first piece, masked; ("", "") when there is none."""
    kinds: dict[str, str] = {}
    for kind in KINDS:
        for match in kind.pattern.finditer(cell):
            piece = match.group()
            if kind.real(piece) and not any(pattern.search(piece) for pattern in allowed):
                kinds.setdefault(kind.name, piece)
                cell = cell.replace(piece, " ")
    words = [f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}" for name in kinds]
    return " and ".join(words), mask(next(iter(kinds.values()))) if kinds else ""


def mask(secret: str) -> str:
    """Return the first two and the last two characters; less of a short one."""
    return f"{secret[:2]}…{secret[-2:]}" if len(secret) > 7 else f"{secret[:1]}…"


CHECKS = (
    Check(
        "privacy",
        privacy,
        "A cell holds an e-mail address, a telephone, card or account number, a national id or an API key.",
        Severity.WARNING,
        {"allow": []},
    ),
)

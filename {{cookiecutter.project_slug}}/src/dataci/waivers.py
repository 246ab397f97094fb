"""data/waivers.toml: findings that somebody has decided to live with, why, and until when."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from dataci.finding import Finding, Severity

FILE = "data/waivers.toml"
KEYS = ("check", "file", "id", "column", "reason", "who", "expires")
CURE = (
    'Write [[waiver]] with check = "…", file = "…", id = "…" or column = "…", reason = "…", who = "…", and '
    "expires = 2027-01-31 if you like."
)


class Waiver(NamedTuple):
    """An excuse until ``expires``: for findings of ``check`` in ``file``, on the row with ``id``, about ``column``.

    What is given must fit; at least one of the three is given. A finding about the data as a whole has neither file
    nor row, so only its column can name it.
    """

    check: str
    file: str | None
    id: str | None
    column: str | None
    reason: str
    who: str
    expires: date | None


def parse(data: bytes | None, today: date) -> tuple[list[Waiver], list[Finding]]:
    """Return the waivers in force, and what is wrong with the file. An expired waiver excuses nothing."""
    if not data:
        return [], []
    try:
        raw = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return [], [fault(f"The file is not valid TOML: {error}. Nothing is waived. {CURE}")]
    given = raw.get("waiver", [])
    if set(raw) - {"waiver"} or not isinstance(given, list):
        return [], [fault(f"Only [[waiver]] tables may stand here. Nothing is waived. {CURE}")]
    waivers, findings = [], []
    for number, entry in enumerate(given, start=1):
        wrong = objection(entry)
        if wrong:
            findings.append(fault(f"Waiver {number} {wrong}. {CURE}"))
            continue
        waiver = Waiver(*(entry.get(key) for key in KEYS))
        if waiver.expires and waiver.expires < today:
            message = (
                f"Waiver {number} ({waiver.check}: {waiver.reason}) expired on {waiver.expires}. Mend the "
                "data or renew it."
            )
            findings.append(fault(message, Severity.WARNING))
        else:
            waivers.append(waiver)
    return waivers, findings


def objection(entry: Any) -> str | None:
    """Say what is wrong with one entry, or None."""
    if not isinstance(entry, Mapping):
        return "is not a table"
    unknown = [key for key in entry if key not in KEYS]
    if unknown:
        return f"has the unknown key {unknown[0]!r}"
    for key in KEYS[:6]:
        if key in entry and (not isinstance(entry[key], str) or not entry[key].strip()):
            return f"has an empty {key}, or one that is not a string"
    lacking = [key for key in ("check", "reason", "who") if key not in entry]
    if lacking:
        return f"does not say {lacking[0]}"
    if not {"file", "id", "column"} & set(entry):
        return "names neither a file, nor the id of a row, nor a column, and would excuse everything"
    if "expires" in entry and type(entry["expires"]) is not date:
        return "has an expiry that is not a date"
    return None


def unknown(waiver: Waiver) -> Finding:
    """Report a waiver for a check that there is not: a misspelt one would excuse nothing and never be missed."""
    return fault(f"The waiver for {waiver.check!r} names no check that there is. Correct the name. {CURE}")


def unused(waiver: Waiver) -> Finding:
    """Report a waiver that matched nothing: the data were mended, or it is misspelt."""
    where = waiver.file or (f"row {waiver.id}" if waiver.id else f"column {waiver.column}")
    message = f"The waiver for {waiver.check} in {where} matches nothing. Delete it."
    return fault(message, Severity.WARNING)


def fault(message: str, severity: Severity = Severity.ERROR) -> Finding:
    """Return a finding about the waiver file."""
    return Finding("waiver", severity, FILE, None, None, None, message, key=message)

"""The report as JSON, for programs: the fields of Finding; parsing it gives the values back as they were."""

from __future__ import annotations

import json
import re
from typing import Any

from dataci.finding import Finding, Report

VERSION = 1
_LONGEST = 10_000  # characters of one string; a cell may hold megabytes, and a row many of them
# Unprintable characters, as this may end on a terminal, and "##[", which a CI runner obeys anywhere.
_ESCAPED = re.compile(r"[^ -~\n]|#(?=#(?:vso)?\[)")


def render(report: Report, width: int = 80, color: bool = False) -> str:
    """The report as indented JSON and a newline; ``width`` and ``color`` change nothing.

    A string of more than 10,000 characters is cut, and ends by saying so.
    """
    return dumps(as_dict(report))


def as_dict(report: Report) -> dict[str, Any]:
    """The report as plain dicts, lists, strings and numbers; an unlisted finding is still in the summary."""
    return {
        "version": VERSION,
        "verdict": report.verdict,
        "checked": {"files": report.files, "rows": report.rows},
        "base": report.base,
        "findings": [_finding(finding) for finding in report.findings],
        "summary": {check: counts._asdict() for check, counts in report.summary.items()},
        "notes": [_cut(note) for note in report.notes],
    }


def dumps(value: Any) -> str:
    """Indented JSON: valid as UTF-8 and inert in a terminal or a CI log, whatever the strings hold."""
    return _ESCAPED.sub(_escape, json.dumps(value, ensure_ascii=False, indent=2)) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "check": finding.check,
        "severity": str(finding.severity),
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "value": _cut(finding.value),
        "message": _cut(finding.message),
        "related": [place._asdict() for place in finding.related],
        "row": {name: _cut(value) for name, value in finding.row},
    }


def _cut(text: str | None) -> str | None:
    if text is None or len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]}… (cut, {len(text):,} characters)"


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    if char.isprintable() and char != "#":
        return char
    return "".join(f"\\u{unit:04x}" for unit in _utf16(ord(char)))


def _utf16(code: int) -> tuple[int, ...]:
    if code < 0x10000:
        return (code,)
    return 0xD800 + (code - 0x10000 >> 10), 0xDC00 + (code - 0x10000 & 0x3FF)

"""The report as JSON, for programs: the fields of Finding; parsing it gives the values back as they were."""

from __future__ import annotations

from typing import Any

from dataci.finding import Report
from dataci.review import findings
from dataci.review.text import cut
from dataci.review.text import dumps as dumps

_LONGEST = 10_000  # characters of one string; a cell may hold megabytes, and a row many of them


def render(report: Report, width: int = 80, color: bool = False) -> str:
    """The report as indented JSON and a newline; ``width`` and ``color`` change nothing.

    A string of more than 10,000 characters is cut, and ends by saying so.
    """
    return dumps(as_dict(report))


def as_dict(report: Report) -> dict[str, Any]:
    """The report as plain dicts, lists, strings and numbers; an unlisted finding is still in the summary."""
    found = findings.to_dict(report)
    del found["crashed"]  # the exit code tells that here
    found["findings"] = [_short(entry) for entry in found["findings"]]
    return found | {"notes": [cut(note, _LONGEST) for note in found["notes"]]}


def _short(entry: dict[str, Any]) -> dict[str, Any]:
    row = {name: _cut(value) for name, value in entry["row"].items()}
    return {**entry, "value": _cut(entry["value"]), "message": cut(entry["message"], _LONGEST), "row": row}


def _cut(value: str | None) -> str | None:
    return None if value is None else cut(value, _LONGEST)

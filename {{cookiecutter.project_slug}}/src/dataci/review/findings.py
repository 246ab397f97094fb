"""A report of findings as plain data, and back."""

from __future__ import annotations

from typing import Any

from dataci.finding import Counts, Finding, Place, Report, Severity

VERSION = 1


def to_dict(report: Report) -> dict[str, Any]:
    """Return a report as plain tables, lists, texts and numbers; what made a finding known (``key``) is left out."""
    return {
        "version": VERSION,
        "verdict": report.verdict,
        "checked": {"files": report.files, "rows": report.rows},
        "base": report.base,
        "findings": [of_finding(finding) for finding in report.findings],
        "summary": {check: counts._asdict() for check, counts in report.summary.items()},
        "notes": list(report.notes),
        "crashed": list(report.crashed),
    }


def of_finding(finding: Finding) -> dict[str, Any]:
    """Return one finding as plain data."""
    return {
        "check": finding.check,
        "severity": str(finding.severity),
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "value": finding.value,
        "message": finding.message,
        "related": [place._asdict() for place in finding.related],
        "row": dict(finding.row),
    }


def from_dict(found: dict[str, Any]) -> Report:
    """Return the report that ``to_dict`` gave this for; its shape was checked."""
    return Report(
        verdict=found["verdict"],
        files=found["checked"]["files"],
        rows=found["checked"]["rows"],
        findings=tuple(map(finding, found["findings"])),
        summary={name: Counts(**counts(entry)) for name, entry in found["summary"].items()},
        base=found["base"],
        notes=tuple(found["notes"]),
        crashed=tuple(found["crashed"]),
    )


def counts(entry: dict[str, int]) -> dict[str, int]:
    """Return the counts of a check, and nothing else that may stand beside them."""
    return {name: entry[name] for name in Counts._fields}


def finding(entry: dict[str, Any]) -> Finding:
    """Return the finding that ``of_finding`` gave this for."""
    return Finding(
        entry["check"],
        Severity(entry["severity"]),
        entry["file"],
        entry["line"],
        entry["column"],
        entry["value"],
        entry["message"],
        tuple(Place(place["file"], place["line"]) for place in entry["related"]),
        tuple(entry["row"].items()),
    )

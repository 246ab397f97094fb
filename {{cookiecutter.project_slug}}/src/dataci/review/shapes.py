"""The shape of a review, to the last field that a reporter reads; see the text of dataci.review."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from dataci.changes import Tally
from dataci.finding import Severity
from dataci.review import DONE, FAILED, LATE, NONE, OFF, UNCHANGED, VERSION
from dataci.shape import misfit

HEX = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
STATUSES = (DONE, OFF, LATE, FAILED, NONE, UNCHANGED)
TEXT, LINE, ENTRY = (str, type(None)), (int, type(None)), (dict, type(None))
NUMBER = (int, float)
FINDING = {
    "check": str,
    "severity": str,
    "file": TEXT,
    "line": LINE,
    "column": TEXT,
    "value": TEXT,
    "message": str,
    "related": [{"file": str, "line": LINE}],
    "row": {"*": TEXT},
}
REPORT = {
    "version": int,
    "verdict": str,
    "checked": {"files": int, "rows": int},
    "base": TEXT,
    "findings": [FINDING],
    "summary": {"*": {"errors": int, "warnings": int, "known": int, "waived": int}},
    "notes": [str],
    "crashed": [str],
}
TALLY = dict.fromkeys(Tally._fields, int)
PLACES = {"key": TEXT, "file": TEXT, "line": LINE, "before": {"file": TEXT, "line": LINE}}
CELL = {**PLACES, "column": str, "old": TEXT, "new": TEXT}
ROW = {"file": TEXT, "line": LINE, "row": {"*": TEXT}}
STATES = ("added", "removed", "moved", "changed", "order", "columns", "form")
DIFF = {
    "version": int,
    "base": TEXT,
    "summary": {**TALLY, "files": int, "files_same": int},
    "columns": {
        "added": [str],
        "removed": [str],
        "renamed": [{"old": str, "new": str}],
        "reordered": bool,
    },
    "files": [{"path": str, "split": str, "status": str, "tally": TALLY, "left": int, "source": TEXT}],
    "unread": [{"file": str, "before": int, "after": int}],
    "relabelled": [CELL],
    "changed": [CELL],
    "added": [ROW],
    "removed": [ROW],
    "moved": [PLACES],
    "reordered": [PLACES],
}
SHIFT = {"effect": NUMBER, "low": NUMBER}
SIDE = {
    "rows": int,
    "missing": int,
    "counts": [int],
    "other": int,
    "distinct": int,
    "quantiles": [(*NUMBER, str)],
}
CATEGORIES, NUMBERS, LENGTHS, TIMES = "categories", "numbers", "lengths", "times"
ROLES = ("label", "text", "numeric", "categorical", "group", "source", "time")
COLUMN = {
    "split": str,
    "column": str,
    "role": str,
    "kind": str,
    "changed": bool,
    "shift": SHIFT,
    "added_shift": ENTRY,
    "before": SIDE,
    "after": SIDE,
    "added": ENTRY,
    "values": [str],
    "bins": [(*NUMBER, str)],
}
REVIEW = {
    "version": int,
    "head": TEXT,
    "uncommitted": bool,
    "base": TEXT,
    "base_ref": TEXT,
    "report": REPORT,
    "diff": ENTRY,
    "distribution": [COLUMN],
    "preview": {"status": str, "message": str, "comparison": ENTRY},
    "cut": [str],
}


def fault(found: Any) -> str:
    """Say what is wrong with a review as plain data, but for its comparison; "" when nothing is."""
    if isinstance(found, dict) and isinstance(found.get("version"), int) and found["version"] != VERSION:
        return f"it has version {found['version']}; this engine reads {VERSION}"
    return misfit(found, REVIEW, "") or next(faults(found), "")


def faults(found: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong within the parts of a review."""
    for name in ("head", "base"):
        if found[name] is not None and not HEX.fullmatch(found[name]):
            yield f"{name} is no commit"
    yield from of_report(found["report"])
    if found["diff"] is not None:
        yield from of_diff(found["diff"])
    for at, entry in enumerate(found["distribution"]):
        yield from of_column(entry, f"distribution[{at}]")
    preview = found["preview"]
    if preview["status"] not in STATUSES:
        yield f"preview.status is {preview['status'][:20]!r}"
    if (preview["status"] == DONE) != (preview["comparison"] is not None):
        yield "preview is done without a comparison, or has one though it is not"


def of_report(report: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the findings: also a verdict or a count that does not follow from them."""
    counts = report["summary"].values()
    errors = sum(entry["errors"] for entry in counts)
    if report["verdict"] != ("fail" if errors else "pass"):
        yield f"report.verdict is {report['verdict'][:20]!r}, with {errors:,} errors"
    if any(value < 0 for entry in counts for value in entry.values()) or min(report["checked"].values()) < 0:
        yield "report holds a negative count"
    for at, entry in enumerate(report["findings"]):
        if entry["severity"] not in tuple(Severity):
            yield f"report.findings[{at}].severity is {entry['severity'][:20]!r}"
        if any(place["line"] is not None and place["line"] < 1 for place in (entry, *entry["related"])):
            yield f"report.findings[{at}] names a line below 1"


def of_diff(diff: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the data diff."""
    if wrong := misfit(diff, DIFF, "diff"):
        yield wrong
        return
    for at, entry in enumerate(diff["files"]):
        if entry["status"] not in STATES or (entry["status"] == "moved") != (entry["source"] is not None):
            yield f"diff.files[{at}].status is {entry['status'][:20]!r}"
    tallies = [diff["summary"], *(entry["tally"] for entry in diff["files"])]
    if any(value < 0 for tally in tallies for value in tally.values()):
        yield "diff holds a negative count"


def of_column(entry: dict[str, Any], where: str) -> Iterator[str]:
    """Yield what is wrong with the distribution of one column."""
    if entry["split"] not in ("train", "test") or entry["role"] not in ROLES:
        yield f"{where} is of the split {entry['split'][:20]!r} and has the role {entry['role'][:20]!r}"
    for name, shape in (("added", SIDE), ("added_shift", SHIFT)):
        if entry[name] is not None and (wrong := misfit(entry[name], shape, f"{where}.{name}")):
            yield wrong
            return
    if (entry["added"] is None) != (entry["added_shift"] is None):
        yield f"{where} says of what was added one thing without the other"
    sides = [side for side in (entry["before"], entry["after"], entry["added"]) if side is not None]
    if entry["kind"] not in (CATEGORIES, NUMBERS, LENGTHS, TIMES):
        yield f"{where}.kind is {entry['kind'][:20]!r}"
    parts = len(entry["values"]) if entry["kind"] == CATEGORIES else max(len(entry["bins"]) - 1, 0)
    if any(len(side["counts"]) != parts for side in sides):
        yield f"{where} does not count each of its {parts} parts"
    if any(min(side["rows"], side["missing"], side["other"], *side["counts"]) < 0 for side in sides):
        yield f"{where} holds a negative count"
    if any(side["missing"] > side["rows"] for side in sides):
        yield f"{where} lacks more cells than it has rows"
    kind = str if entry["kind"] == TIMES else NUMBER
    marks = [*entry["bins"], *(mark for side in sides for mark in side["quantiles"])]
    if not all(isinstance(mark, kind) for mark in marks):
        yield f"{where} has a mark of another kind"
    if any(len(side["quantiles"]) not in (0, 7) for side in sides):
        yield f"{where} has not seven quantiles"

"""Everything in results/ that is derived from the records: latest.json and the leaderboard, README.md.

Derived files are regenerated, never merged: nothing of what stands in them but a tag is believed, and the same records
give the same bytes, in whatever order they came together.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dataci import comparison, git, production, record, results
from dataci.comparison import Side, Verdict
from dataci.errors import CannotRun
from dataci.record import Record
from dataci.reporters import leaderboard
from dataci.reporters.escape import terminal
from dataci.reporters.leaderboard import LATEST, PRODUCTION, Board, Line
from dataci.results import Source

COMPARED = (
    20  # candidates that are compared with production row by row; the best ones, the latest, production
)


def on_stderr(warning: str) -> None:
    """Say a warning on a line of stderr."""
    sys.stderr.write(f"warning: {terminal(warning)}\n")


def publish(root: Path, latest: Record, warn: Callable[[str], None] = on_stderr) -> list[str]:
    """Rebuild what is derived from the records in results/; return the paths of the files that changed.

    ``latest``: the record of the candidate that the project's data and code are today (``standing`` when that one has
    no record yet). ``warn`` is called with a sentence for each file that cannot be read; such a file stays as it is.
    """
    records, warnings = results.read_all(root)
    wrong = production.fault(root)
    for warning in [*warnings, *([wrong] if wrong else [])]:
        warn(warning)
    board = build(root, {one["tag"]: one for one in [*records, latest]}, latest)
    page = leaderboard.render(board._replace(fault=wrong, unreadable=len(warnings)))
    return results.write(root, results.LATEST, record.dumps(latest)) + results.write(
        root, results.LEADERBOARD, page
    )


def standing(root: Path, tag: str | None = None) -> Record | None:
    """Return the record that is the latest as far as results/ tells; None when there is no record.

    It is that of the candidate ``tag``, if it has one: what the project's data and code are today. Else the one that
    latest.json names; when that file is lost or in conflict, the one that it names in HEAD; else the end of the longest
    chain of parents (of equally long ones, the last tag).
    """
    records = {one["tag"]: one for one in results.read_all(root)[0]}
    if tag in records:
        return records[tag]
    sources = [Source(root), *([Source(root, "HEAD")] if git.head(root) else [])]
    named = next((name for name in map(named_latest, sources) if name in records), None)
    if named is None and records:
        named = max(records, key=lambda name: (len(chain(records, records[name])), name))
    return records[named] if named else None


def named_latest(source: Source) -> str:
    """Return the tag in a latest.json, "" when there is none or it cannot be read."""
    try:
        found = json.loads(source.bytes(results.LATEST) or b"")
    except (CannotRun, ValueError, RecursionError):
        return ""
    return str(found.get("tag")) if isinstance(found, dict) else ""


def chain(records: Mapping[str, Record], latest: Record) -> list[Record]:
    """Return a record and its parents as far as they are here, the first one first."""
    found = [latest]
    seen = {latest["tag"]}
    while (parent := found[-1]["changed"]["parent"]) in records and parent not in seen:
        seen.add(parent)
        found.append(records[parent])
    return found[::-1]


def build(root: Path, records: Mapping[str, Record], latest: Record) -> Board:
    """Rank the records and compare the best of them with production, or with the latest where that cannot be."""
    best, apart = ranked(records, latest)
    deployed = records.get(in_production(root) or "")
    reference = deployed if deployed in best else latest if latest in best else None
    name = PRODUCTION if deployed is not None and reference is deployed else LATEST
    line_of = {one["tag"]: number for number, one in enumerate(chain(records, latest), 1)}
    near = [one for at, one in enumerate(best) if at < COMPARED or one is latest]
    verdicts = compared(root, reference, near) if reference is not None else {}
    lines = [
        Line(one, rank, verdicts.get(one["tag"]), line_of.get(one["tag"]))
        for one, rank in zip(best, ranks(best, latest), strict=True)
    ]
    history = sorted((line for line in lines if line.merge), key=lambda line: int(line.merge or 0))
    lines += [Line(one, None, None, line_of.get(one["tag"]), why) for one, why in apart]
    return Board(latest, deployed, name, tuple(lines), tuple(history), len(line_of) - len(history))


def in_production(root: Path) -> str | None:
    """Return the tag in production.toml, None when there is none or it cannot be read (``fault`` tells that)."""
    try:
        decided = production.read(Source(root))
    except CannotRun:
        return None
    return decided.tag if decided else None


def ranked(records: Mapping[str, Record], latest: Record) -> tuple[list[Record], list[tuple[Record, str]]]:
    """Part the records into those measured as the latest, best first, and the others by tag, with the reason."""
    metric, lower = latest["evaluation"]["metric"], latest["evaluation"]["direction"] == "lower"

    def order(one: Record) -> tuple[float, str]:
        value = float(one["metrics"][metric]["value"])
        return (value if lower else -value), one["tag"]

    reasons = {tag: apart(one, latest) for tag, one in sorted(records.items())}
    best = sorted((one for tag, one in records.items() if not reasons[tag]), key=order)
    return best, [(records[tag], why) for tag, why in reasons.items() if why]


def apart(one: Record, latest: Record) -> str:
    """Say why a record cannot be ranked with the latest; "" when it can."""
    test, metric = one["test"]["id"], latest["evaluation"]["metric"]
    stuck = one.get("not_comparable")
    if test != latest["test"]["id"]:
        if stuck and stuck["test"] == latest["test"]["id"]:
            return str(stuck["reason"])
        return f"another test set ({test[:8]})"
    if measured(one) != measured(latest):
        return str(stuck["reason"]) if stuck else "other settings of [evaluation]"
    found = one["metrics"].get(metric, {})
    return "" if "value" in found else str(found.get("reason", f"{metric} was not measured"))


def measured(one: Record) -> dict[str, Any]:
    """Return how the figures of a record came about; the margin matters to verdicts only."""
    settings = {name: value for name, value in one["evaluation"].items() if name != "margin"}
    return {**settings, "group": one["test"].get("group")}


def ranks(best: Sequence[Record], latest: Record) -> list[int]:
    """Return a rank for each record of a sorted list; equal figures share one."""
    values = [one["metrics"][latest["evaluation"]["metric"]]["value"] for one in best]
    return [values.index(value) + 1 for value in values]


def compared(root: Path, reference: Record, others: Sequence[Record]) -> dict[str, Verdict]:
    """Compare candidates with the reference on stored predictions; those that lost theirs are left out."""
    base = results.kept(root, reference)
    if base is None:
        return {}
    old = Side(reference["tag"], reference, base)
    found = {}
    for one in others:
        predicted = None if one["tag"] == reference["tag"] else results.kept(root, one)
        if predicted is not None:
            found[one["tag"]] = comparison.judge(old, Side(one["tag"], one, predicted))
    return found

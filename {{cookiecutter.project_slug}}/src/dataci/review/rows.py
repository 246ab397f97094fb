"""The rows of a review within bounds: the lists of the data diff, and the columns of the distributions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

from dataci.review import text
from dataci.review.text import short

CELL, NAME = 500, 1000  # characters
BEFORE = 100  # before the first character that differs
COLUMNS = 30  # of a row
ENTRIES = 200  # of a kind in the diff
FILES = 300
NAMES = 100  # columns, notes, commits
COLUMN_ENTRIES = 200  # of the distribution
ENTRIES_ROOM, COLUMN_ROOM = 150_000, 400_000  # bytes
KINDS = ("relabelled", "changed", "added", "removed", "moved", "reordered")

Item = TypeVar("Item")


class Kept(NamedTuple):
    """What is left of a part, and sentences about what is not."""

    value: Any
    cut: tuple[str, ...] = ()


def fitting(items: Iterable[Item], room: int, plain: Callable[[Item], Any]) -> list[Item]:
    """Return the first items whose JSON fits into so many bytes."""
    kept = []
    for item in items:
        room -= text.size(plain(item)) + 200  # indented more deeply within the file
        if room < 0:
            break
        kept.append(item)
    return kept


def of_diff(diff: dict[str, Any]) -> Kept:
    """Cut the lists of a data diff; its counts stay."""
    cut: list[str] = []
    found = dict(diff)
    for kind in (*KINDS, "files", "unread"):
        limit, what = (FILES, "files") if kind in ("files", "unread") else (ENTRIES, f"{kind} rows or cells")
        entries = (text.shortened(around(narrow(entry)), CELL) for entry in diff[kind][:limit])
        found[kind] = fitting(entries, ENTRIES_ROOM, lambda entry: entry)
        if len(found[kind]) < len(diff[kind]):
            cut.append(f"Data diff: {len(found[kind]):,} of {total(diff, kind):,} {what} are listed.")
    names = {}
    for name, value in diff["columns"].items():
        names[name] = text.shortened(value[:NAMES], NAME) if isinstance(value, list) else value
        if isinstance(value, list) and len(value) > NAMES:
            cut.append(f"Data diff: {NAMES} of {len(value):,} {name} columns are listed.")
    base = None if diff["base"] is None else short(diff["base"], NAME)
    return Kept({**found, "columns": names, "base": base}, tuple(cut))


def total(diff: dict[str, Any], kind: str) -> int:
    """Return how many entries of a kind there are, listed or not."""
    counts = diff["summary"]
    apart = {
        "changed": counts["cells"] - counts["relabelled"],
        "moved": counts["moved_splits"] + counts["moved_files"],
    }
    return max(int(apart.get(kind, counts.get(kind, 0))), len(diff[kind]))


def narrow(entry: dict[str, Any]) -> dict[str, Any]:
    """Cut the row of an entry to its first columns."""
    if "row" not in entry or len(entry["row"]) <= COLUMNS:
        return entry
    return {**entry, "row": dict(list(entry["row"].items())[:COLUMNS])}


def around(entry: dict[str, Any]) -> dict[str, Any]:
    """Cut the beginning that the old and the new value of a cell share, where they are long."""
    old, new = entry.get("old"), entry.get("new")
    if old is None or new is None or min(len(old), len(new)) <= CELL:
        return entry
    differing = (at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other)
    alike = next(differing, min(len(old), len(new))) - BEFORE
    return {**entry, "old": f"…{old[alike:]}", "new": f"…{new[alike:]}"} if alike > 0 else entry


def of_distribution(entries: Sequence[dict[str, Any]]) -> Kept:
    """Cut the list of columns; those that changed stand first in it."""
    listed = (text.shortened(entry, CELL) for entry in entries[:COLUMN_ENTRIES])
    kept = fitting(listed, COLUMN_ROOM, lambda entry: entry)
    cut = (
        f"Distributions: {len(kept):,} of {len(entries):,} columns are listed, those that changed most first."
    )
    return Kept(tuple(kept), (cut,) if len(kept) < len(entries) else ())

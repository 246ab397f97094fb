"""The folder in which one job hands a prepared update to the next: update.json, and update.patch when there is one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from dataci import bounded
from dataci.errors import CannotRun
from dataci.shape import misfit
from dataci.upstream.preparing import WORKFLOWS, Change, Prepared

State = Literal["unlinked", "current", "update"]

JSON, PATCH = "update.json", "update.patch"
VERSION = 1
STATES: tuple[State, ...] = ("unlinked", "current", "update")
LIMIT, MOST = 8 << 20, 2_000  # bytes of each file; files in an update
SHAPE = {
    "version": int,
    "state": str,
    "template": (str, type(None)),
    "from": (str, type(None)),
    "to": (str, type(None)),
    "files": [{"path": str, "change": str}],
    "conflicts": [str],
    "rejected": [str],
    "workflows": bool,
}
ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class Update(NamedTuple):
    """What was found: the state; when there is an update, from and to which commit, and its patch.

    ``template`` (for people, without a password) and all paths are what somebody else says: escape them, check them.
    """

    state: State
    template: str | None = None
    old: str | None = None
    new: str | None = None
    files: tuple[Change, ...] = ()
    conflicts: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    patch: bytes = b""

    @property
    def by_hand(self) -> list[str]:
        """The files of which a part must be merged by hand."""
        return sorted({*self.conflicts, *self.rejected})

    @property
    def workflows(self) -> list[str]:
        """The workflows that it changes."""
        return sorted(file.path for file in self.files if file.path.startswith(WORKFLOWS))


def update(template: str, old: str, found: Prepared) -> Update:
    """Put together what is handed over."""
    lists = (found.files, found.conflicts, found.rejected)
    return Update("update", template, old, found.commit, *lists, found.patch)


def write(folder: Path, found: Update) -> None:
    """Write the folder, which is empty or not there yet."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / JSON).write_text(json.dumps(table(found), indent=2) + "\n", encoding="utf-8")
        if found.patch:
            (folder / PATCH).write_bytes(found.patch)
    except OSError as error:
        raise CannotRun(
            f"{folder.name!r} cannot be written: {error.strerror}. Name another folder."
        ) from None


def table(found: Update) -> dict[str, Any]:
    """Return what stands in update.json."""
    return {
        "version": VERSION,
        "state": found.state,
        "template": found.template,
        "from": found.old,
        "to": found.new,
        "files": [file._asdict() for file in found.files],
        "conflicts": list(found.conflicts),
        "rejected": list(found.rejected),
        "workflows": bool(found.workflows),
    }


def read(files: Mapping[str, bytes]) -> Update:
    """Return what a folder (name → bytes) holds; CannotRun when it is not exactly what ``write`` writes."""
    if JSON not in files:
        raise CannotRun(f"There is no {JSON} in the folder. `dataci update --output DIR` writes it.")
    try:
        raw = bounded.parse(files[JSON], LIMIT, JSON)
    except CannotRun as error:
        raise CannotRun(f"{error} Nothing was changed.") from None
    wrong = misfit(raw, SHAPE, "") or strange(raw, PATCH in files)
    if wrong:
        raise CannotRun(f"{JSON} is not what `dataci update` writes: {wrong}. Nothing was changed.")
    changes = tuple(Change(file["path"], file["change"]) for file in raw["files"])
    lists = (tuple(raw["conflicts"]), tuple(raw["rejected"]))
    patch = files.get(PATCH, b"")
    return Update(raw["state"], raw["template"], raw["from"], raw["to"], changes, *lists, patch)


def strange(raw: Mapping[str, Any], patch: bool) -> str | None:
    """Say what cannot be right in a table of the right shape, or None."""
    if extra := raw.keys() - SHAPE.keys():
        return f"it has {str(sorted(extra))[:80]}"
    if raw["version"] != VERSION or raw["state"] not in STATES:
        return f"it is of version {str(raw['version'])[:8]}, in the state {raw['state'][:40]!r}"
    if (raw["state"] == "update") != patch:
        return f"the state {raw['state']!r} does not go with {'a' if patch else 'no'} patch"
    if raw["state"] == "update" and not all(ID.fullmatch(str(raw[end])) for end in ("from", "to")):
        return "it names no full commits"
    if max(len(raw[name]) for name in ("files", "conflicts", "rejected")) > MOST:
        return f"it names more than {MOST:,} files"
    return None

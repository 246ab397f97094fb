"""The model bugs that a project has, as its working tree says."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import NamedTuple

from dataci import bugfile, git
from dataci.dataset import BUGS, FOLDER, Dataset, is_silent
from dataci.errors import CannotRun
from dataci.git import Entry
from dataci.record import Record


class Known(NamedTuple):
    """A bug as bug.toml describes it. ``users``: None where no number is given.

    ``trees``: git's ids of its folder, with bug.toml and without: one of them stands in a record of these patterns.
    """

    id: str
    name: str
    harm: int
    users: int | None
    status: str
    trees: tuple[str, str]


def stock(dataset: Dataset, measured: Record | None = None) -> dict[str, Known]:
    """Return the bugs by id. ``measured``: a record, which spares reading each bug.toml that it has read already."""
    told = measured["bugs"] if measured else {}
    found: dict[str, Known] = {}
    unread: dict[str, tuple[Entry | None, tuple[str, str]]] = {}
    for name, entries in sorted(folders(dataset).items()):
        trees = trees_of(entries, name)
        entry = told.get(name, {})
        if entry.get("tree") == trees[0] and {"harm", "status"} <= entry.keys():
            found[name] = Known(
                name, entry.get("name", ""), entry["harm"], entry.get("users"), entry["status"], trees
            )
        else:
            own = f"{FOLDER}/{BUGS}/{name}/{bugfile.FILE}"
            unread[name] = next((one for one in entries if one.path == own), None), trees
    files = [entry for entry, _ in unread.values() if entry is not None]
    texts = dict(zip(files, dataset.contents(files), strict=True))
    for name, (file, trees) in unread.items():
        said = bugfile.describe(texts[file] if file is not None else b"")
        found[name] = Known(
            name, said.get("name", ""), said["harm"], said.get("users"), said["status"], trees
        )
    return found


def folders(dataset: Dataset) -> dict[str, list[Entry]]:
    """Return the files below data/bugs by the folder that holds them."""
    found: dict[str, list[Entry]] = {}
    for entry in dataset.entries:
        parts = entry.path.split("/")
        if parts[:2] == [FOLDER, BUGS] and len(parts) > 3:
            found.setdefault(parts[2], []).append(entry)
    return found


def trees_of(entries: Sequence[Entry], name: str) -> tuple[str, str]:
    """Return git's ids of the tree of a bug's folder: of all its files, and of those with patterns."""
    where = f"{FOLDER}/{BUGS}/{name}"
    return git.tree_id(entries, where), git.tree_id(
        (one for one in entries if not is_silent(one.path)), where
    )


def named(dataset: Dataset, name: str) -> str:
    """Return the id of the bug that is called so; CannotRun where there is none, with those that look alike."""
    known = folders(dataset)
    for wanted in (name, name.strip("/").removeprefix(f"{FOLDER}/{BUGS}/")):
        if wanted in known:
            return wanted
    alike = difflib.get_close_matches(name[:200], sorted(known), n=3, cutoff=0.5)
    cure = (
        f"Did you mean {' or '.join(alike)}?"
        if alike
        else "`dataci bug list --all` shows those that there are."
    )
    raise CannotRun(f"There is no model bug {name[:100]!r} below {FOLDER}/{BUGS}. {cure}")


def is_measured(known: Known, of: Record, patterns: str | None) -> bool:
    """Tell whether a record measured a bug on the patterns that it has now. ``patterns``: today's id of all patterns,
    as ``test`` of a record holds it.
    """
    entry = of["bugs"].get(known.id)
    if entry is None:
        return False
    return bool(
        entry["tree"] in known.trees or (patterns is not None and of["test"].get("patterns") == patterns)
    )

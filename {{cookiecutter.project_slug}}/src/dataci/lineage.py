"""What changed between a candidate and its parent: rows of the training data, code, settings, environment."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dataci import git
from dataci.dataset import FOLDER, TRAIN, Dataset
from dataci.errors import CannotRun
from dataci.identity import Identity
from dataci.record import Record

LISTED = 20  # commits


def since(
    parent: Record | None, identity: Identity, train: Mapping[str, Any], dataset: Dataset, commit: str | None
) -> dict[str, Any]:
    """Return the ``changed`` part of a record: ``parent`` (a tag or None), and an entry for each thing that
    differs.

    data: rows added, removed, relabelled and so on, with the commits; code: files, with the commits; train
    and environment: what was, what is. Where git cannot tell (a shallow clone, a rewritten history) a reason
    stands instead.
    """
    if parent is None:
        return {"parent": None}
    found: dict[str, Any] = {"parent": parent["tag"]}
    if parent["data"]["id"] != identity.data:
        found["data"] = {**rows(parent, dataset), **commits(dataset, parent, commit, [f"{FOLDER}/{TRAIN}"])}
    files = differing(parent["code"]["files"], identity.files)
    if files:
        found["code"] = {"files": files, **commits(dataset, parent, commit, files)}
    settings = fromto(flat(parent["train"]), flat(train))
    if settings:
        found["train"] = settings
    environment = fromto(parent["environment"], identity.environment)
    if environment:
        found["environment"] = environment
    return found


def between(old: Record, new: Record) -> dict[str, Any]:
    """Return what differs between two records, as far as they tell without git; the shape is that of
    ``since``.

    The counts of rows are there when ``old`` is the parent of ``new``.
    """
    if new["changed"]["parent"] == old["tag"]:
        return dict(new["changed"])
    found: dict[str, Any] = {"parent": None}
    if old["data"]["id"] != new["data"]["id"]:
        found["data"] = {"rows_before": old["data"]["rows"], "rows_after": new["data"]["rows"]}
    files = differing(old["code"]["files"], new["code"]["files"])
    parts = {
        "code": {"files": files} if files else {},
        "train": fromto(flat(old["train"]), flat(new["train"])),
        "environment": fromto(old["environment"], new["environment"]),
    }
    return found | {name: part for name, part in parts.items() if part}


def rows(parent: Record, dataset: Dataset) -> dict[str, Any]:
    """Count the training rows that were added, removed, relabelled, changed since the parent's data."""
    from dataci import diff  # reads both sides; not needed where the data are the same

    if parent["commit"] is None or parent["uncommitted"]:
        return {"reason": "the parent was trained on uncommitted data"}
    try:
        entries = git.entries(dataset.config.root, parent["commit"], f"{FOLDER}/{TRAIN}")
    except CannotRun:
        return {"reason": "the parent's commit is not in this clone"}
    old = Dataset(dataset.config, parent["commit"], entries)
    if old.tree_id(TRAIN) != parent["data"]["id"]:
        return {"reason": "the parent's commit does not hold the parent's data"}
    now = [entry for entry in dataset.entries if entry.path.startswith(f"{FOLDER}/{TRAIN}/")]
    counts = diff.counts(diff.diff(old, Dataset(dataset.config, dataset.which, now)))
    return {name: count for name, count in counts.items() if name != "moved"}


def commits(dataset: Dataset, parent: Record, commit: str | None, paths: Sequence[str]) -> dict[str, Any]:
    """List the commits since the parent that touched ``paths``, oldest first: "1a2b3c4d subject"."""
    root = dataset.config.root
    if parent["commit"] is None or commit is None:
        return {}
    try:
        start, end = git.resolve(root, parent["commit"]), git.resolve(root, commit)
        found = git.history(root, start, end, paths, limit=LISTED, merges=False)
    except CannotRun:
        return {"commits_reason": "the parent's commit is not in this clone"}
    return {"commits": [f"{item.id[:8]} {item.subject}" for item in reversed(found)]}


def differing(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """Return the files that were added, removed or changed, sorted."""
    return sorted(path for path in {*old, *new} if old.get(path) != new.get(path))


def fromto(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return {name: {"from": …, "to": …}} for each value that differs; None where there was or is none."""
    return {
        name: {"from": old.get(name), "to": new.get(name)}
        for name in sorted({*old, *new})
        if written(old.get(name)) != written(new.get(name))
    }


def written(value: Any) -> str:
    """Return a value as the record writes it, a date as text: 1, 1.0, true and "1" are four different ones."""
    return json.dumps(value, sort_keys=True, default=str)


def flat(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested settings as one table: {"params.C": 1.0}."""
    found: dict[str, Any] = {}
    for name, value in settings.items():
        nested = isinstance(value, Mapping)
        found |= flat(value, f"{prefix}{name}.") if nested else {f"{prefix}{name}": value}
    return found

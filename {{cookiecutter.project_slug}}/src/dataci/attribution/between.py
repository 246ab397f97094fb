"""What changed between two candidates, told by git and by their records: nothing is trained.

More than a record's own ``changed`` part: rows by file and by commit, lines of code, and the test set.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dataci import git, lineage
from dataci.attribution.corners import Origin
from dataci.config import Config
from dataci.dataset import FOLDER, TEST, TRAIN, Dataset
from dataci.errors import CannotRun
from dataci.git import Commit, Entry
from dataci.record import Record

LISTED = 20  # commits
KINDS = ("added", "removed", "relabelled", "changed")


def factors(a: Record, b: Record) -> tuple[str, ...]:
    """Return which of data, code, params and env differ between two records."""
    differ = {
        "data": a["data"]["id"] != b["data"]["id"],
        "code": a["code"]["files"] != b["code"]["files"],
        "params": a["train"] != b["train"],
        "env": a["environment"] != b["environment"],
    }
    if a["code"]["id"] != b["code"]["id"] and not any(differ[name] for name in ("code", "params", "env")):
        differ["code"] = True
    return tuple(name for name, yes in differ.items() if yes)


def changes(dataset: Dataset, a: Record, b: Record, ends: tuple[Origin, Origin] | None) -> dict[str, Any]:
    """Return what changed, by factor; only those that differ. ``dataset``: today's; ``ends``: None when git lacks
    one of them, then rows and lines are not counted.

    data: ``rows`` (before, after), ``total`` and ``files`` and ``commits`` with rows added, removed, relabelled,
    changed. code: ``files`` with lines, ``commits``. params, env: {name: {"from", "to"}}. test: ids and rows.
    """
    found: dict[str, Any] = {}
    for name in factors(a, b):
        if name == "data":
            found[name] = {"rows": [a["data"]["rows"], b["data"]["rows"]]}
            found[name] |= data_changes(dataset.config, *ends) if ends else {}
        elif name == "code":
            paths = lineage.differing(a["code"]["files"], b["code"]["files"])
            found[name] = code_changes(dataset.config, paths, *ends) if ends else {"files": nameless(paths)}
        elif name == "params":
            found[name] = lineage.fromto(lineage.flat(a["train"]), lineage.flat(b["train"]))
        else:
            found[name] = lineage.fromto(a["environment"], b["environment"])
    today = dataset.tree_id(TEST)
    if a["test"]["id"] != today or b["test"]["id"] != today:
        found["test"] = {
            "a": {"id": a["test"]["id"], "rows": a["test"]["rows"]},
            "b": {"id": b["test"]["id"], "rows": b["test"]["rows"]},
            "today": {"id": today, "rows": dataset.rows(TEST).height},
        }
    return found


def training(config: Config, end: Origin) -> Dataset:
    """Return the training data of a candidate."""
    return Dataset(config, end.which, end.train)


def data_changes(config: Config, old: Origin, new: Origin) -> dict[str, Any]:
    """Count the training rows that differ: altogether, by file, and by commit."""
    from dataci import diff

    found = diff.diff(training(config, old), training(config, new))
    files = [
        {"path": file.path, "status": file.status, **tally(file.tally)}
        for file in found.files
        if file.tally.content or file.status in ("added", "removed")
    ]
    told, more = commits(config, old, new, [f"{FOLDER}/{TRAIN}"])
    entries = [by_commit(config, commit) for commit in told]
    return {"total": tally(found.total), "files": files, "commits": entries, "more_commits": more}


def files(config: Config, which: str) -> list[Entry]:
    """Return the files of the training data in a commit; none when there is no such commit."""
    try:
        return git.entries(config.root, git.resolve(config.root, which), f"{FOLDER}/{TRAIN}")
    except CannotRun:
        return []


def tally(counts: Any) -> dict[str, int]:
    """Return the counts that matter here."""
    return {kind: int(getattr(counts, kind)) for kind in KINDS}


def by_commit(config: Config, commit: Commit) -> dict[str, Any]:
    """Count what one commit did to the training rows, against its first parent."""
    from dataci import diff

    parent = f"{commit.id}^"  # which the first commit of all has not: there everything is new
    sides = [Dataset(config, commit.id, files(config, which)) for which in (parent, commit.id)]
    found = diff.diff(*sides)
    paths = sorted({file.path for file in found.files})
    return {"id": commit.id, "subject": commit.subject, "files": paths, **tally(found.total)}


def commits(config: Config, old: Origin, new: Origin, paths: Sequence[str]) -> tuple[list[Commit], bool]:
    """Return the commits that touched ``paths`` from the one candidate to the other, oldest first, and whether
    there are more.
    """
    if not paths:
        return [], False
    found = git.history(config.root, old.commit, new.commit, paths, limit=LISTED + 1, merges=False)
    return list(reversed(found[:LISTED])), len(found) > LISTED


def code_changes(config: Config, paths: Sequence[str], old: Origin, new: Origin) -> dict[str, Any]:
    """Say which files of the code differ, by how many lines, and which commits touched them."""
    stat = {change.path: change for change in git.diffstat(config.root, old.commit, new.commit, paths)}
    files = [
        {"path": path, "added": stat[path].added, "removed": stat[path].removed}
        if path in stat and git.WORKTREE not in (old.which, new.which)
        else {"path": path, "added": None, "removed": None}
        for path in paths
    ]
    told, more = commits(config, old, new, paths)
    return {"files": files, "commits": [commit._asdict() for commit in told], "more_commits": more}


def nameless(paths: Sequence[str]) -> list[dict[str, Any]]:
    """Return files of which git tells nothing."""
    return [{"path": path, "added": None, "removed": None} for path in paths]


def notes(config: Config, old: Origin, new: Origin) -> list[str]:
    """Say what makes the lists of commits incomplete."""
    found = []
    if git.WORKTREE in (old.which, new.which):
        found.append("One of the two was trained on changes that are not committed; no commit tells of them.")
    if git.history(config.root, new.commit, old.commit, ["."], limit=1):
        found.append("B does not descend from A: the commits listed are those that only B has.")
    return found

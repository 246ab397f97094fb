"""Builds the events that start workflows, with the parts of GitHub's payloads that workflows read."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from acting import bare
from acting.runner import Event
from acting.state import JSON, Repository, World, described, user


def common(world: World, repository: Repository, sender: str) -> JSON:
    """Return what every payload has."""
    return {"repository": described(world, repository), "sender": user(sender)}


def on_default(repository: Repository, name: str, payload: JSON, actor: str) -> Event:
    """Return an event whose workflows are the default branch's."""
    branch = repository.default_branch
    sha = bare.tip(repository.folder, f"refs/heads/{branch}")
    return Event(name, payload, sha, f"refs/heads/{branch}", actor, sha, branch, repository.name)


def pull_request(
    world: World, repository: Repository, number: int, action: str, name: str = "pull_request"
) -> Event | None:
    """Return a pull request's event, or None while it conflicts: GitHub starts nothing then."""
    pull = repository.pulls[number]
    merged = bare.tip(repository.folder, f"refs/pull/{number}/merge")
    if not merged:
        return None
    author, source = pull["user"]["login"], pull["head"]["repo"]["full_name"]
    shown = {**deepcopy(pull), "changed_files": len(changed_by(repository, pull))}
    payload = {**common(world, repository, author), "action": action, "number": number, "pull_request": shown}
    head, branch, fork = pull["head"]["sha"], pull["head"]["ref"], source != repository.name
    if name == "pull_request_target":  # the base's code, and a full token even for a fork: hence never used
        base = pull["base"]
        ref = f"refs/heads/{base['ref']}"
        return Event(name, payload, base["sha"], ref, author, base["sha"], base["ref"], repository.name)
    return Event(name, payload, merged, f"refs/pull/{number}/merge", author, head, branch, source, fork)


def changed_by(repository: Repository, pull: JSON) -> list[str]:
    """List the paths that a pull request changes."""
    return bare.changed(repository.folder, pull["base"]["sha"], pull["head"]["sha"], dots="...")


def merge_group(world: World, repository: Repository, number: int) -> Event:
    """Return the event of a merge queue that tries one pull request."""
    pull = repository.pulls[number]
    merged = bare.tip(repository.folder, f"refs/pull/{number}/merge")
    branch = f"gh-readonly-queue/{pull['base']['ref']}/pr-{number}-{pull['base']['sha']}"
    bare.git(repository.folder, "update-ref", f"refs/heads/{branch}", merged)
    group = {
        "head_sha": merged,
        "head_ref": f"refs/heads/{branch}",
        "base_sha": pull["base"]["sha"],
        "base_ref": f"refs/heads/{pull['base']['ref']}",
    }
    payload = {
        **common(world, repository, "maintainer"),
        "action": "checks_requested",
        "merge_group": group,
    }
    ref = f"refs/heads/{branch}"
    return Event("merge_group", payload, merged, ref, "maintainer", merged, branch, repository.name)


def push(world: World, repository: Repository, branch: str, before: str, after: str, pusher: str) -> Event:
    """Return the event of a push to a branch."""
    ref = f"refs/heads/{branch}"
    message = bare.git(repository.folder, "log", "-1", "--format=%B", after)
    last = {
        "id": after,
        "message": message,
        "author": {"name": "Someone", "email": "someone@example.org"},
        "timestamp": "2026-11-24T12:00:00Z",
    }
    payload = {
        **common(world, repository, pusher),
        "ref": ref,
        "before": before,
        "after": after,
        "created": before == bare.ZERO,
        "deleted": False,
        "forced": False,
        "head_commit": last,
        "commits": [last],
        "pusher": {"name": pusher},
    }
    return Event("push", payload, after, ref, pusher, after, branch, repository.name)


def workflow_run(world: World, repository: Repository, run: int) -> Event:
    """Return the event that a workflow has completed."""
    record = deepcopy(repository.runs[run])
    actor = record["actor"]["login"]
    payload = {
        **common(world, repository, actor),
        "action": "completed",
        "workflow_run": record,
        "workflow": {"name": record["name"], "path": record["path"]},
    }
    return on_default(repository, "workflow_run", payload, actor)


def issue(
    world: World, repository: Repository, number: int, action: str, by: str, label: str | None
) -> Event:
    """Return an event of an issue, such as ``labeled``."""
    payload: JSON = {
        **common(world, repository, by),
        "action": action,
        "issue": deepcopy(repository.issues[number]),
    }
    if label is not None:
        payload["label"] = {"name": label}
    return on_default(repository, "issues", payload, by)


def timed(world: World, repository: Repository) -> Event:
    """Return the event of a schedule."""
    payload = {**common(world, repository, repository.owner), "schedule": "0 0 * * 0"}
    return on_default(repository, "schedule", payload, repository.owner)


def dispatch(world: World, repository: Repository, inputs: dict[str, Any]) -> Event:
    """Return the event of a run started by hand."""
    payload = {**common(world, repository, repository.owner), "inputs": inputs, "ref": "refs/heads/main"}
    return on_default(repository, "workflow_dispatch", payload, repository.owner)

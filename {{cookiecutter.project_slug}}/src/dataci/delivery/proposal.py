"""One pull request from a branch of our own, opened once and then kept up to date. Same content: nothing is pushed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from dataci import git, github, remote
from dataci.delivery import pull_request
from dataci.errors import CannotRun
from dataci.github import GitHub

SWITCH = (
    "Switch it on: Settings → Actions → General → Workflow permissions → "
    '"Allow GitHub Actions to create and approve pull requests".'
)


def propose(
    root: Path,
    hub: GitHub,
    head_branch: str,
    title: str,
    body: str,
    paths: Sequence[str],
    message: str,
    base: str = "main",
) -> str:
    """Propose what was written into the working tree, on top of HEAD (the tip of ``base``); return the address.

    "": nothing differs from ``base``, so nothing is proposed. CannotRun where somebody else committed to the branch:
    their work is not written over. remote.Rejected "behind": another run was quicker; write anew and call again.
    """
    there = remote.find(root, head_branch, hub.token)
    parent = git.head(root)
    made = remote.commit(root, paths, message)
    if made is None or parent is None:
        return ""
    if there is None or not same(root, there, made):
        refuse_others(root, head_branch, there, parent)
        pushed(root, hub, head_branch, made, there)
    return keep(hub, head_branch, title, body, base)


def same(root: Path, there: str, made: str) -> bool:
    """Tell whether two commits hold the same on top of the same; who else changed the base wants the newer one."""
    form = ("log", "-1", "--format=%T %P")
    return git.run(root, *form, there) == git.run(root, *form, made)


def refuse_others(root: Path, branch: str, there: str | None, parent: str) -> None:
    """Refuse to write over the commits of anybody but the bot."""
    if there is None:
        return
    options = ("--no-merges", "--format=%ce %ae")  # whoever pressed "Update branch" merged, and wrote nothing
    listed = git.run(root, "log", *options, there, f"^{parent}", "--").decode("utf-8", "replace")
    if any(line != f"{remote.EMAIL} {remote.EMAIL}" for line in listed.splitlines()):
        raise CannotRun(
            f"Somebody else committed to the branch {branch}, and that is not written over. "
            "Merge or close its pull request, delete the branch, and run the job again."
        )


def pushed(root: Path, hub: GitHub, branch: str, made: str, there: str | None) -> None:
    """Push to our branch. Where nobody knows whether it arrived, look before it is pushed once more."""
    try:
        remote.push(root, made, branch, hub.token, force=True, expected=there)
    except remote.Unreachable:
        now = remote.find(root, branch, hub.token)
        if now != made:
            remote.push(root, made, branch, hub.token, force=True, expected=now)


def find(hub: GitHub, branch: str, base: str = "main") -> dict[str, Any] | None:
    """Return the open pull request from a branch of this repository, or None."""
    found = (one for one in listed(hub, branch, "open", base=base) if isinstance(one.get("number"), int))
    return next(found, None)


def listed(hub: GitHub, branch: str, state: str, **more: str) -> Iterator[dict[str, Any]]:
    """Yield the pull requests from a branch of this repository: a fork may have one of that name, too."""
    query = {"state": state, "head": f"{hub.repository.partition('/')[0]}:{branch}", **more}
    for one in github.pages(hub, f"/repos/{hub.repository}/pulls", **query):
        source, ref = (pull_request.at(one, "head", *keys) for keys in (("repo", "full_name"), ("ref",)))
        if ref == branch and pull_request.same(source, hub.repository):
            yield dict(one)


def keep(hub: GitHub, branch: str, title: str, body: str, base: str) -> str:
    """Open the pull request, or make the open one say what is said now; return its address."""
    there = find(hub, branch, base)
    if there is None:
        there = opened(hub, {"title": title, "body": body, "head": branch, "base": base})
    elif (
        there.get("title") != title
        or str(there.get("body") or "").replace("\r\n", "\n").strip() != body.strip()
    ):
        path = f"/repos/{hub.repository}/pulls/{there['number']:d}"
        github.send(hub, "PATCH", path, {"title": title, "body": body})
    return str(there.get("html_url") or f"{hub.server}/{hub.repository}/pull/{there.get('number')}")


def opened(hub: GitHub, wanted: dict[str, str]) -> dict[str, Any]:
    """Open a pull request; where it may be there already, after a lost answer or a race, that one."""
    path = f"/repos/{hub.repository}/pulls"
    try:
        return dict(github.send(hub, "POST", path, wanted))
    except github.Refused as error:
        if error.status == 403:
            raise CannotRun(
                f"The branch {wanted['head']} is pushed, but a workflow may not open pull requests. {SWITCH}"
            ) from None
        there = find(hub, wanted["head"], wanted["base"]) if error.status >= 422 else None
        if there is None:
            raise
        return there
    except github.Unreachable:
        there = find(hub, wanted["head"], wanted["base"])
        return there if there is not None else dict(github.send(hub, "POST", path, wanted))

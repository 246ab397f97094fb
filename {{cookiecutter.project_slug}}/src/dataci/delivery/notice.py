"""One issue of our own, found by its marker, kept up to date, and closed when there is no more reason for it."""

from __future__ import annotations

from typing import Any, Literal

from dataci import github
from dataci.delivery import comments
from dataci.github import GitHub

Done = Literal["created", "updated", "unchanged", "declined"]


def keep(hub: GitHub, marker: str, about: str, title: str, body: str) -> tuple[Done, str]:
    """Make the one open issue that bears ``marker`` say ``body``, which bears it too; return what was done, and where.

    Somebody closed the issue while its text had ``about`` in it (a mark of what it is about): it stays closed.
    """
    mine = [issue for issue in listed(hub) if marker in str(issue.get("body"))]
    there = next((issue for issue in mine if issue.get("state") == "open"), None)
    if there is None:
        if closed := next((issue for issue in mine if about in str(issue.get("body"))), None):
            return "declined", address(hub, closed)
        return "created", address(hub, opened(hub, marker, title, body))
    if comments.same(there.get("body"), body) and there.get("title") == title:
        return "unchanged", address(hub, there)
    github.send(hub, "PATCH", path(hub, there), {"title": title, "body": body})
    return "updated", address(hub, there)


def close(hub: GitHub, marker: str) -> str:
    """Close the open issue that bears ``marker``; return its address, "" when there is none."""
    for issue in listed(hub, "open"):
        if marker in str(issue.get("body")):
            github.send(hub, "PATCH", path(hub, issue), {"state": "closed", "state_reason": "completed"})
            return address(hub, issue)
    return ""


def listed(hub: GitHub, state: str = "all") -> list[dict[str, Any]]:
    """Return the issues that the bot wrote, the newest first; a pull request is none, though GitHub lists it too."""
    query = {"state": state, "creator": comments.BOT}
    found = github.pages(hub, f"/repos/{hub.repository}/issues", **query)
    return [issue for issue in found if isinstance(issue, dict) and is_ours(issue)]


def is_ours(issue: dict[str, Any]) -> bool:
    """Tell whether an entry is an issue, and the bot's: anybody can write the marker."""
    user = issue.get("user")
    ours = isinstance(user, dict) and user.get("login") == comments.BOT
    return ours and "pull_request" not in issue and isinstance(issue.get("number"), int)


def opened(hub: GitHub, marker: str, title: str, body: str) -> dict[str, Any]:
    """Open the issue. Where nobody knows whether that arrived, look before it is opened once more."""
    where, text = f"/repos/{hub.repository}/issues", {"title": title, "body": body}
    try:
        return dict(github.send(hub, "POST", where, text))
    except github.Unreachable:
        there = [issue for issue in listed(hub, "open") if marker in str(issue.get("body"))]
        return there[0] if there else dict(github.send(hub, "POST", where, text))


def path(hub: GitHub, issue: dict[str, Any]) -> str:
    """Return where the API has an issue."""
    return f"/repos/{hub.repository}/issues/{issue['number']:d}"


def address(hub: GitHub, issue: dict[str, Any]) -> str:
    """Return where people see an issue."""
    return str(issue.get("html_url") or f"{hub.server}/{hub.repository}/issues/{issue.get('number')}")

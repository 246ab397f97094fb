"""One comment on an issue or a pull request, ours, kept up to date; never a second one, and never somebody else's."""

from __future__ import annotations

from typing import Any, Literal

from dataci import github
from dataci.errors import CannotRun
from dataci.github import GitHub

BOT = "github-actions[bot]"
LIMIT = 65_536  # characters that GitHub takes


def upsert(hub: GitHub, number: int, marker: str, body: str) -> Literal["created", "updated", "unchanged"]:
    """Make the comment that bears ``marker`` say ``body``, which must bear it as well; tell what had to be done.

    Ours is a comment that bears the marker and was written by github-actions[bot]; of several, the first.
    """
    if marker not in body or len(body) > LIMIT:
        raise CannotRun(f"The comment is too long ({len(body):,} characters), or its marker is missing.")
    mine = find(hub, number, marker)
    if mine is None:
        return create(hub, number, marker, body)
    if same(mine.get("body"), body):
        return "unchanged"
    github.send(hub, "PATCH", f"/repos/{hub.repository}/issues/comments/{mine['id']:d}", {"body": body})
    return "updated"


def create(hub: GitHub, number: int, marker: str, body: str) -> Literal["created"]:
    """Write a new comment. Where nobody knows whether it arrived, look before it is written once more."""
    path = f"/repos/{hub.repository}/issues/{number:d}/comments"
    try:
        github.send(hub, "POST", path, {"body": body})
    except (github.Unreachable, github.Refused) as error:
        if isinstance(error, github.Refused) and error.status < 500:
            raise
        if find(hub, number, marker) is None:
            github.send(hub, "POST", path, {"body": body})
    return "created"


def find(hub: GitHub, number: int, marker: str) -> dict[str, Any] | None:
    """Return our comment, or None."""
    for one in github.pages(hub, f"/repos/{hub.repository}/issues/{number:d}/comments"):
        if isinstance(one, dict) and marker in str(one.get("body")) and is_ours(one):
            return one
    return None


def is_ours(comment: dict[str, Any]) -> bool:
    """Tell whether the bot wrote a comment: anybody can write the marker."""
    user = comment.get("user")
    return isinstance(user, dict) and user.get("login") == BOT and isinstance(comment.get("id"), int)


def same(old: object, new: str) -> bool:
    """Tell whether two texts are the same to GitHub, which may write line breaks in its own way."""
    return isinstance(old, str) and old.replace("\r\n", "\n").strip() == new.strip()

"""The issue: from the event that GitHub wrote when the label was set, or from a Markdown file on a laptop.

What counts is the text in the event: who edits the issue after the label was set changes nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from dataci import shape
from dataci.errors import CannotRun

LABEL = "bug:accepted"
LARGEST = 1 << 23  # bytes of the file; GitHub's own events about issues stay far below
HIGHEST = 10**9
LOGIN = re.compile(r"[A-Za-z0-9_\-\[\]]{1,60}")
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
WHO = {"login": str}
SHAPE = {
    "action": str,
    "label": {"name": str},
    "sender": WHO,
    "issue": {"number": int, "body": (str, type(None)), "created_at": str, "user": (dict, type(None))},
}


class Issue(NamedTuple):
    """An issue as it was when it was accepted. ``moment``: when it was opened, ISO 8601, "" where nobody knows.

    ``sender``: who set the label ("" on a laptop).
    """

    number: int
    body: str
    reporter: str
    moment: str
    sender: str = ""


def read(file: Path, number: int | None) -> Issue:
    """Read an issue from a file: JSON is an event, anything else the issue's text; CannotRun for what is neither."""
    try:
        with file.open("rb") as source:
            data = source.read(LARGEST + 1)
    except OSError as error:
        raise CannotRun(f"{str(file)!r} cannot be read: {error.strerror}. Name the issue's text.") from None
    if len(data) > LARGEST:
        raise CannotRun(f"{str(file)!r} is larger than {LARGEST >> 20} MiB: no issue is.")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise CannotRun(f"{str(file)!r} is not UTF-8 text. Save it as UTF-8.") from None
    if text.lstrip().startswith("{"):
        return from_event(parsed(text))
    if number is None:
        raise CannotRun(
            "Which issue is it? Name its number: dataci bug accept issue.md --number 42 (any free number will do)."
        )
    if not 0 < number < HIGHEST:
        raise CannotRun(f"The issue's number is {number}; it lies from 1 to {HIGHEST - 1}.")
    return Issue(number, text, "", "")


def parsed(text: str) -> Any:
    """Read JSON; CannotRun where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise CannotRun("The event is no valid JSON. Hand over the file at $GITHUB_EVENT_PATH.") from None


def from_event(event: Mapping[str, Any]) -> Issue:
    """Read an event "issues: labeled"; CannotRun unless its label is the one that accepts."""
    wrong = shape.misfit(event, SHAPE, "")
    if wrong:
        raise CannotRun(f"This is no event about the label of an issue: {wrong}.")
    label, issue = event["label"]["name"], event["issue"]
    if event["action"] != "labeled" or label.casefold() != LABEL:
        raise CannotRun(
            f"Nothing is accepted: the label is {label[:60]!r}, and only {LABEL!r} accepts an issue."
        )
    if "pull_request" in issue:
        raise CannotRun(f"#{issue['number']} is a pull request. Only an issue can be accepted.")
    if not 0 < issue["number"] < HIGHEST:
        raise CannotRun(f"The event names the issue number {issue['number']}, which cannot be.")
    reporter = (issue["user"] or {}).get("login")
    moment = issue["created_at"]
    return Issue(
        issue["number"],
        issue["body"] or "",
        login(reporter),
        moment if MOMENT.fullmatch(moment) else "",
        login(event["sender"]["login"]),
    )


def login(name: Any) -> str:
    """Return the name of an account, "" for what cannot be one."""
    return name if isinstance(name, str) and LOGIN.fullmatch(name) else ""

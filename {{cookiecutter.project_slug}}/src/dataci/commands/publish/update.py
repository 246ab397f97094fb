"""Bring a prepared update of the template to GitHub: what `dataci publish update` does in the workflow template-update.

It runs with a token that may write, on a folder that a job without rights handed over after it ran the template's code.
So nothing of it is trusted (see upstream.taking), and nothing of it runs. One pull request, kept up to date; one issue
instead where a workflow changes, which its token may not do, or where a part must be merged by hand.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from dataci import github, remote
from dataci.commands.publish import wording
from dataci.delivery import intake, notice, proposal, summary
from dataci.github import GitHub
from dataci.upstream import handover, link, taking
from dataci.upstream.handover import Update
from dataci.upstream.link import Link
from dataci.upstream.taking import File

BRANCH = "dataci/update"
NAMES = {handover.JSON, handover.PATCH}


def run(root: Path, folder: Path) -> int:
    """Open or refresh the pull request, or the issue, for the update in ``folder``; return 0, also when there is none.

    The working tree must be that of the default branch. CannotRun says what is refused, or what GitHub refused.
    """
    limit = handover.LIMIT
    files = intake.read_folder(folder, NAMES.__contains__, limit, 2 * limit)
    found = handover.read(files)
    known = link.read(root)
    if known is None or found.state == "unlinked":
        return say(link.UNLINKED)
    if found.state == "current":
        return current(known)
    changed = taking.take(root, found, known)
    found = found._replace(files=taking.named(changed))
    summary.add(wording.summary(found, known))  # before anything that the network could stop
    hub = github.connect()
    if found.by_hand or found.workflows:
        return ask(hub, found, known)
    try:
        return propose(root, hub, found, known, changed)
    except remote.Rejected as error:
        if error.kind != "workflows":
            raise
        return ask(hub, found, known)


def say(sentence: str) -> int:
    """Say what was done, in the log and in the summary."""
    click.echo(sentence)
    summary.add(sentence)
    return 0


def current(known: Link) -> int:
    """There is nothing to update: an issue that asked for it is done with."""
    say(f"The project is up to date with its template ({known.commit[:8]}). Nothing to do.")
    if done := notice.close(github.connect(), wording.MARKER):
        click.echo(f"Closed {done}, which asked for an update.")
    return 0


def ask(hub: GitHub, found: Update, known: Link) -> int:
    """Keep the one issue that asks a person to run the update."""
    body = wording.issue(found, known)
    done, where = notice.keep(hub, wording.MARKER, wording.mark(found), wording.TITLE, body)
    why = (
        "was closed by somebody, and stays so until the template is newer"
        if done == "declined"
        else f"is {done}"
    )
    return say(f"An issue asks to run the update by hand; it {why}: {where}")


def propose(root: Path, hub: GitHub, found: Update, known: Link, changed: list[File]) -> int:
    """Open the one pull request, or refresh it."""
    base = branch()
    if declined := closed(hub, found):
        return say(
            f"Somebody closed the pull request with this update, so it is not proposed again: {declined}"
        )
    paths = taking.write(root, changed)
    body, message = wording.body(found, known, hub.server), wording.message(found, known)
    where = proposal.propose(root, hub, BRANCH, wording.TITLE, body, paths, message, base)
    notice.close(hub, wording.MARKER)
    return say(
        f"The update is proposed: {where}" if where else "The update changes nothing here. Nothing to do."
    )


def branch() -> str:
    """Return the default branch, which the workflow has checked out."""
    told: Any = github.event().get("repository")
    name = told.get("default_branch") if isinstance(told, dict) else None
    return str(name or os.environ.get("GITHUB_REF_NAME") or "main")


def closed(hub: GitHub, found: Update) -> str:
    """Return the address of a pull request with this very update that was closed and not merged; "" for none."""
    for pull in proposal.listed(hub, BRANCH, "closed"):
        if pull.get("merged_at") or pull.get("state") != "closed":
            continue
        if wording.mark(found) in str(pull.get("body")):
            return str(pull.get("html_url"))
    return ""

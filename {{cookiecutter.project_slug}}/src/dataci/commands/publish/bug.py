"""dataci publish bug: what `dataci bug accept` handed over becomes a pull request and a comment on the issue.

It runs with a token that may write, so it runs nothing of project/, takes the issue's number from the event alone, and
reads the folder as a stranger's. Whoever may set labels may not always write: GitHub is asked what the person who set
this one may do. Nothing that the reporter wrote stands in a title or a commit message, where "[skip ci]" would act.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NamedTuple

from dataci import config, github, remote
from dataci.bugs import comment, event, folder
from dataci.bugs.event import LABEL, Issue
from dataci.bugs.folder import Bug, Outcome
from dataci.delivery import comments, intake, proposal, summary
from dataci.errors import CannotRun
from dataci.github import GitHub

DONE = 0
MAY_ACCEPT = ("admin", "maintain", "write")
NAMES = (folder.OUTCOME, folder.BUG, folder.PATTERNS)
ATTEMPTS = 3


class Handed(NamedTuple):
    """What was handed over, its form checked. ``bug`` and ``patterns`` (CSV) are there where it was accepted."""

    outcome: Outcome
    bug: Bug | None
    files: dict[str, bytes]


def run(root: Path, source: Path) -> int:
    """Publish the folder ``source``; return 0, also where the form or the label is refused and that was said.

    CannotRun for what `dataci bug accept` did not write, and where GitHub cannot be asked.
    """
    raw = github.event()
    issue, base = event.from_event(raw), default_branch(raw)
    handed = take_in(source, issue.number)
    said = comment.summary(handed.outcome)
    summary.add(said)
    hub = github.connect()
    if not may_accept(hub, issue.sender):
        closing = "The label counts for nothing: who set it may not write."
        return tell(hub, issue, comment.not_allowed(issue.sender, LABEL), closing)
    if handed.bug is None:
        return tell(
            hub, issue, comment.refused(handed.outcome, LABEL), "Refused; the comment says what to mend."
        )
    count, url = propose(root, hub, issue, handed, base)
    text = comment.accepted(handed.outcome, count, url)
    summary.add(text)
    return tell(hub, issue, text, f"Pull request: {url}" if url else f"{base} has the bug as it is.")


def default_branch(raw: dict[str, Any]) -> str:
    """Return the branch that pull requests go to."""
    repository = raw.get("repository")
    found = repository.get("default_branch") if isinstance(repository, dict) else None
    return found if isinstance(found, str) and found else "main"


def take_in(source: Path, number: int) -> Handed:
    """Read the folder; CannotRun unless it is what `dataci bug accept` writes about this issue."""
    files = intake.read_folder(source, NAMES.__contains__, folder.LARGEST, 2 * folder.LARGEST)
    if folder.OUTCOME not in files:
        raise CannotRun(f"{source.name!r} holds no {folder.OUTCOME}. Nothing was published.")
    found = folder.read_outcome(files.pop(folder.OUTCOME), number)
    accepted = found.verdict == folder.ACCEPTED
    if set(files) != (set(NAMES[1:]) if accepted else set()):
        raise CannotRun(f"{source.name!r} does not hold the files of a form that was {found.verdict}.")
    return Handed(found, folder.read_bug(files[folder.BUG]) if accepted else None, files)


def may_accept(hub: GitHub, sender: str) -> bool:
    """Ask GitHub whether an account may write to the repository."""
    if not sender:
        return False
    try:
        found = github.get(hub, f"/repos/{hub.repository}/collaborators/{sender}/permission")
    except github.Refused as error:
        if error.status == 404:
            return False
        raise
    return isinstance(found, dict) and found.get("permission") in MAY_ACCEPT


def propose(root: Path, hub: GitHub, issue: Issue, handed: Handed, base: str) -> tuple[int, str]:
    """Open the pull request, or update it; return the number of patterns, and its address ("": nothing differs)."""
    where = folder.path(issue.number)
    branch, title = f"bug/issue-{issue.number}", f"Model bug from issue {issue.number}"
    for attempt in range(ATTEMPTS):
        remote.reset(root, remote.fetch(root, base, hub.token))
        count = folder.check_patterns(handed.files[folder.PATTERNS], columns_of(root))
        write(root / where, handed.files)
        assert handed.bug is not None
        body = comment.proposal(issue.number, handed.bug, handed.outcome, count)
        message = f"{title}\n\n{count} patterns, harm {handed.bug.harm} of 10.\n"
        try:
            return count, proposal.propose(root, hub, branch, title, body, [where], message, base)
        except remote.Rejected as error:
            if error.kind != "behind" or attempt == ATTEMPTS - 1:
                raise
        github.pause(attempt)
    raise AssertionError("the last attempt returns or raises")


def columns_of(root: Path) -> tuple[str, ...]:
    """Return the columns that a patterns.csv must have."""
    from dataci import dataset
    from dataci.bugs import columns

    return columns.names(dataset.load(config.load(root)))


def write(target: Path, files: dict[str, bytes]) -> None:
    """Write the bug's files; what else lies in the folder stays."""
    if any(
        path.is_symlink()
        for path in (target, target.parent, target.parent.parent, *(target / n for n in files))
    ):
        raise CannotRun("data/bugs holds a link, which is not followed. Remove it.")
    target.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (target / name).write_bytes(data)


def tell(hub: GitHub, issue: Issue, text: str, closing: str) -> int:
    """Keep the one comment on the issue up to date, and say what was done."""
    done = comments.upsert(hub, issue.number, comment.MARKER, f"{comment.MARKER}\n{text}")
    sys.stdout.write(f"{closing}\nThe comment on issue {issue.number}: {done}.\n")
    return DONE

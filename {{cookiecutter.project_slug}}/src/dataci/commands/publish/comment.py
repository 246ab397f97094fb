"""Keep the one comment on a pull request up to date: what `dataci publish comment` does in the workflow pr-comment.

It runs with a token that may write comments, after a run that the pull request had a say in. So it reads the run's
result as a stranger's text and runs nothing of the project. It decides nothing either: the exit code is 0 whether the
verdict is good or bad, and 2 where the comment could not be written; the verdict stands in the summary by then.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from dataci import github, review
from dataci.delivery import artifact, comments, pull_request, summary
from dataci.delivery.pull_request import WORKFLOW, Run
from dataci.errors import CannotRun
from dataci.github import GitHub
from dataci.reporters.escape import markdown, terminal
from dataci.reporters.pull_request import MARKER, Judged, render, without_verdict
from dataci.review import Review

ARTIFACT, MEMBER = "review", "result.json"
OK = 0


class Found(NamedTuple):
    """What the run handed over: a review, or why there is none (``reason``, ours) with ``details`` (anybody's)."""

    review: Review | None
    reason: str = ""
    details: str = ""


def run(root: Path) -> int:
    """Comment on the pull request of the run that $GITHUB_EVENT_PATH names; return 0, also when there is none.

    ``root`` is not looked at: what is published comes from GitHub alone. CannotRun where GitHub cannot be asked.
    """
    finished = pull_request.run_of(github.event())
    reason = ignored(finished)
    if reason:
        return nothing(reason)
    hub = github.connect()
    pulls = pull_request.candidates(hub, finished)
    if not pulls:
        return nothing(
            f"No open pull request has the commit {finished.sha[:8]} as its head any more: it was closed, or a newer "
            "commit was pushed, whose own run writes the comment. Nothing to do."
        )
    found = handed_over(hub, finished)
    pull = pull_request.choose(pulls, (found.review.base_ref or "") if found.review else "")
    if pull is None:
        return nothing(
            f"{len(pulls)} open pull requests have the commit {finished.sha[:8]} as their head, and it is not known "
            "which of them the run was about. Nothing is written."
        )
    return publish(hub, finished, pull["number"], found)


def ignored(finished: Run) -> str:
    """Say why a run is none to comment on; "" where it is one."""
    if finished.event != "pull_request":
        return (
            f"The run was started by {terminal(finished.event, 40)} and not by a pull request. Nothing to do."
        )
    if finished.path != WORKFLOW:
        return f"The run is of {terminal(finished.path, 100)} and not of {WORKFLOW}. Nothing to do."
    return ""


def nothing(reason: str) -> int:
    """Say that there is nothing to do, in the log and in the summary."""
    print(reason)
    summary.add(f"{markdown(reason)}\n")
    return OK


def handed_over(hub: GitHub, finished: Run) -> Found:
    """Return the review that a run handed over, judged for its form only; CannotRun where GitHub cannot be asked."""
    refused = "The result that the run handed over was refused, so nothing is known of this change."
    try:
        content = artifact.fetch(hub, finished.id, ARTIFACT, MEMBER)
    except artifact.Malformed as error:
        return Found(None, refused, str(error))
    if content is None:
        return Found(None, unfinished(finished))
    try:
        return Found(review.loads(content))
    except CannotRun as error:
        return Found(None, refused, str(error))


def unfinished(finished: Run) -> str:
    """Say why a run handed nothing over, as far as its end tells."""
    if finished.conclusion == "action_required":
        return "The checks have not run: a maintainer has to approve the run first, as the contributor is new here."
    if finished.conclusion == "cancelled":
        return "The checks were cancelled before they came to a verdict, so nothing is known of this change."
    return "The checks could not run, or not to their end, so nothing is known of this change."


def publish(hub: GitHub, finished: Run, number: int, found: Found) -> int:
    """Write the verdict into the summary and then into the comment, so that it is there when GitHub is not."""
    text = body(hub, finished, found, None)
    try:
        edited = pull_request.edited(
            hub, number
        )  # as it is now: a push in between may have taken an edit out of sight
        if all(pull["number"] != number for pull in pull_request.candidates(hub, finished)):
            return nothing(
                f"A commit newer than {finished.sha[:8]} was pushed, whose own run writes the comment."
            )
        text = body(hub, finished, found, edited)
    finally:
        summary.add(text)
    try:
        done = comments.upsert(hub, number, MARKER, text)
    except CannotRun as error:
        missing = isinstance(error, github.Refused) and error.status in (403, 404)
        cure = " The job needs the permission `pull-requests: write`." if missing else ""
        raise CannotRun(f"{error}{cure} The verdict stands in the summary of this run.") from None
    print(f"The comment on pull request {number} is {done}.")
    return OK


def body(hub: GitHub, finished: Run, found: Found, edited: list[str] | None) -> str:
    """Return the comment. Its links are made of what GitHub states, not of what the run handed over."""
    place = f"{hub.server}/{hub.repository}"
    judged = Judged(
        finished.sha,
        finished.conclusion,
        f"{place}/actions/runs/{finished.id}",
        f"{place}/commit/{finished.sha}",
    )
    if found.review is None:
        return without_verdict(found.reason, judged, found.details, edited)
    return render(found.review, edited=edited, judged=judged)

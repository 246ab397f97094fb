"""Bring results to the branch: what `dataci publish results` does in the workflows train and reevaluate.

The job before it ran code of the project; its folder is taken as a stranger's. The verdict is in the summary of the run
before anything is sent, so it is there when the network or the rights are not.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import click

from dataci import config as configuration
from dataci import git, github, publishing, record, remote, results
from dataci.delivery import landing, merging, proposal, records, summary, telling
from dataci.delivery.landing import Landing
from dataci.delivery.records import Handed
from dataci.errors import CannotRun
from dataci.github import GitHub
from dataci.reporters.escape import markdown, terminal

BRANCH = "dataci/results"
ATTEMPTS = 6
OK = 0
FORBIDDEN = (
    "The token of this run may not push. Give the job `permissions: contents: write`, and see that the organisation "
    "allows it: Settings → Actions → General → Workflow permissions. The result is in the summary and the artifact of "
    "this run; run the job again once it may push."
)


def run(root: Path, folder: Path) -> int:
    """Publish the results in ``folder`` and return 0; CannotRun says what is in the way."""
    commit, branch = place(os.environ)
    handed = records.take(folder)
    records.refuse_elsewhere(root, handed, commit)
    summary.add(telling.summary(handed))
    hub = github.connect()
    refuse_edited(root)
    import_everything()
    try:
        if configuration.load(root).proposes:
            return propose(root, hub, branch, handed)
        return push(root, hub, branch, handed)
    except remote.Rejected as error:
        if error.kind == "forbidden":
            raise CannotRun(FORBIDDEN) from None
        raise


def place(environ: Mapping[str, str]) -> tuple[str, str]:
    """Return the commit that the run is about, and the branch that it is for: the default one."""
    commit, branch = environ.get("GITHUB_SHA", ""), environ.get("GITHUB_REF", "").removeprefix("refs/heads/")
    if not git.FULL_ID.fullmatch(commit):
        raise CannotRun(
            "GITHUB_SHA is not set. `dataci publish` runs in a workflow, which sets it by itself."
        )
    if not branch:
        raise CannotRun(
            "GITHUB_REF is not set. `dataci publish` runs in a workflow, which sets it by itself."
        )
    repository = github.event(environ).get("repository")
    default = repository.get("default_branch") if isinstance(repository, dict) else None
    if isinstance(default, str) and branch != default:
        raise CannotRun(f"Results belong to the branch {default}, and this run is for {branch[:80]!r}.")
    return commit, branch


def refuse_edited(root: Path) -> None:
    """Refuse a working tree with changes: they would be lost. In a run they are nobody's work: uv writes its lock."""
    if os.environ.get("GITHUB_ACTIONS") != "true" and git.run(
        root, "status", "--porcelain", "--untracked-files=no"
    ):
        raise CannotRun(
            "Files here are edited and not committed. Publish from a fresh clone, as the workflow does."
        )


def import_everything() -> None:
    """Import what is imported late elsewhere: fetching may bring another engine, and one run must not mix the two."""
    from dataci import paired  # noqa: F401


def push(root: Path, hub: GitHub, branch: str, handed: Handed) -> int:
    """Commit onto the branch; where it is protected, propose instead."""

    def write() -> Landing | None:
        merged = merging.merge(root, [handed])
        return Landing(merged.paths, telling.message(merged)) if merged.paths else None

    try:
        made = landing.land(root, hub, branch, write)
    except remote.Rejected as error:
        if error.kind != "protected":
            raise
        click.echo(f"{branch} is protected, so the results come as a pull request.")
        return propose(root, hub, branch, handed)
    if made is None:
        return said("Nothing to do: the branch has these results already.")
    return said(
        f"Committed to {branch}: {git.run(root, 'log', '-1', '--format=%h %s', made).decode().strip()}"
    )


def propose(root: Path, hub: GitHub, branch: str, handed: Handed) -> int:
    """Bring results into the one open pull request for them, beside those that wait there already."""
    for attempt in range(ATTEMPTS):
        remote.reset(root, remote.fetch(root, branch, hub.token))
        merged = merging.merge(root, [*waiting(root, hub, branch), handed])
        if not merged.paths:
            return said("Nothing to do: the branch has these results already.")
        message = telling.message(merged)
        title = message.partition("\n")[0]
        try:
            url = proposal.propose(
                root, hub, BRANCH, title, telling.body(merged), merged.paths, message, branch
            )
            return said(f"The results wait in a pull request: {url}")
        except remote.Rejected as error:
            if error.kind != "behind" or attempt == ATTEMPTS - 1:
                raise
        github.pause(min(attempt, 3))
    raise AssertionError("the last attempt returns or raises")


def waiting(root: Path, hub: GitHub, branch: str) -> list[Handed]:
    """Return the results that wait in the open pull request; what cannot be read there is left out, and said."""
    if proposal.find(hub, BRANCH, branch) is None:
        return []
    there = remote.find(root, BRANCH, hub.token)
    if there is None:
        return []
    here = {entry.path: entry.blob for entry in git.entries(root, "HEAD", results.FOLDER)}
    taken = {}
    for entry in git.entries(root, there, results.FOLDER):
        tag = Path(entry.path).stem
        is_record = entry.path == f"{results.FOLDER}/{tag}.json" and record.TAG.fullmatch(tag) is not None
        if is_record and entry.mode == git.FILE and here.get(entry.path) != entry.blob:
            try:
                read = (
                    git.show(root, there, f"{results.FOLDER}/{tag}{end}")
                    for end in (".json", ".predictions.csv")
                )
                taken[tag] = records.one(tag, next(read) or b"", next(read))
            except CannotRun as error:
                publishing.on_stderr(f"Left out of the pull request: {error}")
    return [Handed(git.head(root) or "", None, taken, exact=False)] if taken else []


def said(what: str) -> int:
    """Say what was done, in the log and in the summary of the run."""
    click.echo(terminal(what))
    summary.add(markdown(what))
    return OK

"""The pull request that a finished run is about, and whether it edits what judges it.

Nothing that the run handed over is asked: the pull request is found by the branch and the commit that GitHub itself
states in the event. (Its list `workflow_run.pull_requests` is empty when the branch is that of a fork.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from dataci import github
from dataci.errors import CannotRun
from dataci.github import GitHub

WORKFLOW = ".github/workflows/data-ci.yml"
LISTED = 3_000  # files of a pull request that GitHub lists, at most
UNLISTED = f"perhaps others: GitHub lists at most {LISTED:,} files of a pull request"
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# What has no say in a verdict. Everything else may have one: uv, hatch, git and Python read files that no list would
# name in full (uv.toml, hatch.toml, .venv/, a module beside the program, a committed cache or result.json).
_FOLDERS = ("data/", "results/", "docs/")
_TEXT = re.compile(r"LICENSE|[^/]+\.md")  # beside the folders
_NAMES = ("CODEOWNERS", ".gitattributes", "waivers.toml")  # these have one, wherever they stand
_NO_FIGURES = ("results/README.md", "results/production.toml")  # written anew from the records; a decision


class Run(NamedTuple):
    """A finished workflow run, as the event states it. ``owner`` and ``source``: of the head branch's repository.

    ``branch`` and ``source`` are chosen by whoever opened the pull request; ``sha`` is hexadecimal.
    """

    id: int
    event: str
    conclusion: str
    path: str
    sha: str
    owner: str
    source: str
    branch: str


def run_of(event: Mapping[str, Any]) -> Run:
    """Return the run of a `workflow_run` event; CannotRun where the event is another one."""
    found = event.get("workflow_run")
    if not isinstance(found, dict):
        raise CannotRun(
            "This is no workflow_run event: `dataci publish comment` is for the workflow pr-comment."
        )
    head = found.get("head_repository")  # null: the fork was deleted since
    source = head if isinstance(head, dict) else {}
    owner = source.get("owner")
    number, sha = found.get("id"), str(found.get("head_sha"))
    if not isinstance(number, int) or not _SHA.fullmatch(sha):
        raise CannotRun("The workflow_run event names no run, or no commit.")
    return Run(
        number,
        str(found.get("event")),
        str(found.get("conclusion")),
        str(found.get("path") or WORKFLOW).partition("@")[0],
        sha,
        str(owner.get("login")) if isinstance(owner, dict) else "",
        str(source.get("full_name") or ""),
        str(found.get("head_branch") or ""),
    )


def candidates(hub: GitHub, run: Run) -> list[dict[str, Any]]:
    """Return the open pull requests of this repository whose head is the run's branch, and still at its commit."""
    if not (run.owner and run.source and run.branch):
        return []
    found = github.pages(
        hub, f"/repos/{hub.repository}/pulls", head=f"{run.owner}:{run.branch}", state="open"
    )
    return [pull for pull in found if is_of(pull, run, hub.repository)]


def is_of(pull: Any, run: Run, repository: str) -> bool:
    """Tell whether GitHub's entry of a pull request is of the run: the filter of the list is not relied upon."""
    return (
        isinstance(pull, dict)
        and isinstance(pull.get("number"), int)
        and pull.get("state", "open") == "open"
        and at(pull, "head", "sha") == run.sha
        and at(pull, "head", "ref") == run.branch
        and same(at(pull, "head", "repo", "full_name"), run.source)
        and same(at(pull, "base", "repo", "full_name"), repository)
    )


def at(value: Any, *keys: str) -> Any:
    """Return what stands at a path of nested tables; None where it ends early."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def same(one: Any, two: str) -> bool:
    """Tell whether two names of a repository are the same: GitHub tells them apart by no capital."""
    return isinstance(one, str) and one.casefold() == two.casefold()


def choose(found: list[dict[str, Any]], base_ref: str) -> dict[str, Any] | None:
    """Return the pull request to comment on. Where one commit is offered to several branches, the reviewed one's."""
    if len(found) > 1:
        found = [pull for pull in found if at(pull, "base", "ref") == base_ref.removeprefix("origin/")]
    return found[0] if len(found) == 1 else None


def edited(hub: GitHub, number: int) -> list[str]:
    """Return the files of a pull request that have a say in the verdict on it, and then the results that it brings."""
    files = list(github.pages(hub, f"/repos/{hub.repository}/pulls/{int(number)}/files"))
    names = {
        name
        for file in files
        if isinstance(file, dict)
        for name in (file.get("filename"), file.get("previous_filename"))  # renamed away is edited, too
        if isinstance(name, str)
    }
    return [*judging(names), *([UNLISTED] if len(files) >= LISTED else []), *brought(names)]


def judging(names: Iterable[str]) -> list[str]:
    """Return those of the files that judge a change: all but data, results and documents, and of these the waivers."""
    return sorted(
        name
        for name in names
        if not (name.startswith(_FOLDERS) or _TEXT.fullmatch(name)) or name.rpartition("/")[2] in _NAMES
    )


def brought(names: Iterable[str]) -> list[str]:
    """Return those of the files that hold figures: training takes a result that is there already as it is."""
    return sorted(name for name in names if name.startswith("results/") and name not in _NO_FIGURES)

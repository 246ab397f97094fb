"""The pull request of a run is found by what GitHub states, and what judges the change is named where it is edited."""

from __future__ import annotations

from typing import Any

import pytest

import answering
from answering import Hub, finished
from dataci.delivery import pull_request
from dataci.delivery.pull_request import LISTED, UNLISTED, Run
from dataci.errors import CannotRun

SHA, OLD = "a" * 40, "b" * 40
RUN = Run(
    7, "pull_request", "success", ".github/workflows/data-ci.yml", SHA, "mallory", "mallory/pets", "patch-1"
)


def event(**changes: Any) -> dict[str, Any]:
    """Return a workflow_run event of a fork's pull request, as GitHub sends it."""
    return {"action": "completed", "workflow_run": finished(SHA, **changes)}


def pull(number: int = 12, **changes: Any) -> dict[str, Any]:
    """Return GitHub's entry of an open pull request from the fork."""
    head = {"sha": SHA, "ref": "patch-1", "repo": {"full_name": "mallory/pets"}}
    base = {"ref": "main", "repo": {"full_name": "acme/pets"}}
    return {"number": number, "state": "open", "head": head, "base": base, **changes}


def test_the_run_is_what_the_event_states() -> None:
    assert pull_request.run_of(event()) == RUN
    assert pull_request.run_of(event(path=".github/workflows/data-ci.yml@refs/heads/main")).path == RUN.path
    gone = pull_request.run_of(event(head_repository=None, head_branch=None))
    assert (gone.owner, gone.source, gone.branch) == ("", "", "")


@pytest.mark.parametrize(
    "found",
    [
        {},
        {"workflow_run": None},
        {"workflow_run": []},
        event(id="7; rm -rf /"),
        event(id=None),
        event(head_sha="main"),
        event(head_sha=None),
    ],
)
def test_an_event_of_another_form_is_refused(found: dict[str, Any]) -> None:
    with pytest.raises(CannotRun, match="workflow_run"):
        pull_request.run_of(found)


def candidates(server: Hub, run: Run, *pulls: Any) -> list[int]:
    """Return the numbers of the pull requests that are taken of those that are listed."""
    server.answers["GET", "/pulls"] = list(pulls)
    return [found["number"] for found in pull_request.candidates(server.hub, run)]


def test_the_pull_request_is_found_by_branch_and_commit() -> None:
    with answering.github() as server:
        assert candidates(server, RUN, pull(12)) == [12]
        asked = server.asked[0].query
        assert (asked["head"], asked["state"]) == ("mallory:patch-1", "open")


def test_a_branch_name_stays_one_value() -> None:
    name = "x&state=all#$(id)`id`%0A?é /../.."
    head = {**pull()["head"], "ref": name}
    with answering.github() as server:
        assert candidates(server, RUN._replace(branch=name), pull(head=head)) == [12]
        assert server.asked[0].query["head"] == f"mallory:{name}"
        assert server.asked[0].query["state"] == "open"


@pytest.mark.parametrize(
    "other",
    [
        pull(head={**pull()["head"], "sha": OLD}),  # pushed to since, by force or not
        pull(head={**pull()["head"], "ref": "patch-2"}),
        pull(
            head={**pull()["head"], "repo": {"full_name": "acme/pets"}}
        ),  # the same name in another repository
        pull(head={**pull()["head"], "repo": None}),
        pull(head=None),
        pull(base={"ref": "main", "repo": {"full_name": "mallory/pets"}}),
        pull(state="closed"),
        pull(number="12"),
        {},
        None,
    ],
)
def test_another_pull_request_is_not_taken_whatever_the_list_holds(other: Any) -> None:
    with answering.github() as server:
        assert candidates(server, RUN, other) == []
        assert candidates(server, RUN, other, pull(3)) == [3]


def test_without_a_fork_there_is_nothing_to_look_for() -> None:
    with answering.github() as server:
        assert candidates(server, RUN._replace(owner="", source=""), pull()) == []
        assert server.asked == []


def test_of_several_the_one_that_was_reviewed_is_chosen() -> None:
    other = pull(13, base={"ref": "release", "repo": {"full_name": "acme/pets"}})
    assert pull_request.choose([pull(12)], "") == pull(12)
    assert pull_request.choose([pull(12), other], "origin/release") == other
    assert pull_request.choose([pull(12), other], "origin/elsewhere") is None
    assert pull_request.choose([pull(12), pull(14)], "origin/main") is None
    assert pull_request.choose([], "origin/main") is None


@pytest.mark.parametrize(
    "name",
    [
        ".github/workflows/data-ci.yml",
        ".github/workflows/other.yml",
        ".github/CODEOWNERS",
        "CODEOWNERS",
        "docs/CODEOWNERS",
        "src/dataci/suite.py",
        "project/schema.py",
        "tests/conftest.py",
        "dataci.toml",
        "pyproject.toml",
        "uv.lock",
        ".pre-commit-config.yaml",
        ".gitattributes",
        "data/train/.gitattributes",
        "data/waivers.toml",
        "uv.toml",
        "hatch.toml",
        "conftest.py",
        "click.py",
        "result.json",
        ".dataci/cache/ab/cd",
        ".venv/lib/python3.12/site-packages/a.pth",
        ".gitignore",
        "README.md/a.py",
        "xsrc/a",
    ],
)
def test_what_judges_a_change(name: str) -> None:
    assert pull_request.judging([name, "data/train/a.csv"]) == [name]


@pytest.mark.parametrize(
    "name",
    [
        "data/train/a.csv",
        "data/bugs/x/bug.toml",
        "README.md",
        "results/latest.json",
        "docs/src/a",
        "LICENSE",
    ],
)
def test_what_does_not_judge_it(name: str) -> None:
    assert pull_request.judging([name]) == []


def test_edited_files_of_all_pages_and_renamed_ones() -> None:
    files = [{"filename": f"data/train/{at:03}.csv"} for at in range(150)]
    files[120] = {
        "filename": "docs/old.yml",
        "previous_filename": ".github/workflows/data-ci.yml",
        "status": "renamed",
    }
    files[140] = {"filename": "project/schema.py", "status": "removed"}
    records = [
        "results/0123abcd-0123abcd.json",
        "results/0123abcd-0123abcd.predictions.csv",
        "results/latest.json",
    ]
    files[1:4] = [{"filename": name} for name in records]
    files[4:6] = [{"filename": "results/README.md"}, {"filename": "results/production.toml"}]

    with answering.github() as server:
        server.answers["GET", "/pulls/12/files"] = answering.paged(files)
        judges = [".github/workflows/data-ci.yml", "project/schema.py"]
        assert pull_request.edited(server.hub, 12) == [*judges, *records]
        files[:] = [{"filename": f"data/train/{at:04}.csv"} for at in range(LISTED)]
        assert pull_request.edited(server.hub, 12) == [UNLISTED]

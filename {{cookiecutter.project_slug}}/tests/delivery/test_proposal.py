"""One pull request from our own branch: opened once, kept up to date, pushed to only for a change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import building
import hosting
from dataci import remote
from dataci.delivery import proposal
from dataci.errors import CannotRun
from handing import Pulls
from hosting import READ, Host
from serving import DROP, Answer, Asked

BRANCH = "dataci/results"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATACI_BACKOFF", "0")


@pytest.fixture
def pulls() -> Pulls:
    return Pulls()


@pytest.fixture
def host(tmp_path: Path, pulls: Pulls) -> Iterator[Host]:
    with hosting.host(tmp_path, {"results/README.md": "0\n"}, pulls) as found:
        yield found


def propose(
    host: Host, root: Path, text: str = "new\n", title: str = "Results", body: str = "One.", **more: Any
) -> str:
    """Write on top of main as it is now, and propose that."""
    remote.reset(root, remote.fetch(root, "main", READ))
    building.write(root, {"results/new.txt": text})
    return proposal.propose(root, host.hub(**more), BRANCH, title, body, ["results/new.txt"], title)


def test_it_is_opened_once_and_nothing_is_pushed_twice(host: Host, pulls: Pulls) -> None:
    root = host.clone("one")
    assert propose(host, root) == "web/1"
    assert pulls.pulls[0]["base"] == "main"
    first = host.log(BRANCH, "%H")
    assert propose(host, root) == "web/1"
    assert propose(host, host.clone("two")) == "web/1"
    assert host.log(BRANCH, "%H") == first
    assert pulls.changes == ["POST"]
    assert host.log() == ["Start"]


@pytest.mark.parametrize("source", [{"full_name": "mallory/name"}, None])
def test_a_pull_request_from_a_branch_of_that_name_in_a_fork_is_not_ours(
    host: Host, pulls: Pulls, source: dict[str, str] | None
) -> None:
    """GitHub filters by owner and branch, and an organisation may own the fork as well."""
    theirs = {"number": 1, "state": "open", "title": "Theirs", "head": {"ref": BRANCH, "repo": source}}
    pulls.pulls.append(dict(theirs))
    assert propose(host, host.clone("one")) == "web/2"
    assert pulls.pulls[0] == theirs
    assert pulls.changes == ["POST"]


def test_a_change_is_pushed_and_said_in_the_same_pull_request(host: Host, pulls: Pulls) -> None:
    root = host.clone("one")
    propose(host, root)
    assert propose(host, root, "newer\n", "Results: 2", "Two.") == "web/1"
    assert pulls.changes == ["POST", "PATCH"]
    assert (pulls.pulls[0]["title"], pulls.pulls[0]["body"]) == ("Results: 2", "Two.")
    assert host.log(BRANCH) == ["Results: 2", "Start"]


def test_it_stands_on_main_as_it_is_now(host: Host) -> None:
    root, other = host.clone("one"), host.clone("two")
    propose(host, root)
    building.write(other, {"data.csv": "x\n"})
    remote.push(other, remote.commit(other, ["data.csv"], "More data") or "", "main", hosting.WRITE)
    propose(host, root)
    assert host.log(BRANCH) == ["Results", "More data", "Start"]


def test_nothing_new_is_no_pull_request(host: Host, pulls: Pulls) -> None:
    root = host.clone("one")
    assert proposal.propose(root, host.hub(), BRANCH, "t", "b", ["results/README.md"], "m") == ""
    assert pulls.changes == []
    assert BRANCH not in building.git(host.bare, "branch")


def test_after_it_was_merged_and_the_branch_deleted_another_one_is_opened(host: Host, pulls: Pulls) -> None:
    root = host.clone("one")
    propose(host, root)
    building.git(host.bare, "update-ref", "refs/heads/main", BRANCH)
    pulls.pulls[0]["state"] = "closed"
    assert propose(host, root, "newer\n") == "web/2"  # the branch still stands where it was merged
    pulls.pulls[1]["state"] = "closed"
    building.git(host.bare, "branch", "--quiet", "-D", BRANCH)
    assert propose(host, root, "newest\n") == "web/3"


def test_the_commits_of_a_person_are_not_written_over(host: Host, pulls: Pulls) -> None:
    root, person = host.clone("one"), host.clone("two")
    propose(host, root)
    building.git(person, "fetch", "--quiet", f"file://{host.bare}", BRANCH)
    building.git(person, "switch", "--quiet", "--detach", "FETCH_HEAD")
    building.write(person, {"results/note.txt": "mine\n"})
    building.commit(person, "A note")
    building.git(person, "push", "--quiet", f"file://{host.bare}", f"HEAD:refs/heads/{BRANCH}")
    with pytest.raises(CannotRun, match="Somebody else committed to the branch dataci/results"):
        propose(host, root, "newer\n")
    assert host.log(BRANCH) == ["A note", "Results", "Start"]
    assert pulls.changes == ["POST"]


def test_a_merge_of_main_by_a_person_is_no_work_of_theirs(host: Host) -> None:
    root, person = host.clone("one"), host.clone("two")
    propose(host, root)
    building.write(person, {"data.csv": "x\n"})
    building.commit(person, "More data")
    building.git(person, "push", "--quiet", f"file://{host.bare}", "HEAD:refs/heads/main")
    building.git(person, "fetch", "--quiet", f"file://{host.bare}", BRANCH)
    building.git(person, "switch", "--quiet", "--detach", "FETCH_HEAD")
    building.git(person, "merge", "--quiet", "--no-edit", "main")
    building.git(person, "push", "--quiet", f"file://{host.bare}", f"HEAD:refs/heads/{BRANCH}")
    propose(host, root, "newer\n")
    assert host.log(BRANCH) == ["Results", "More data", "Start"]


def test_who_was_quicker_is_not_written_over(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = host.clone("one"), host.clone("two")
    whole = remote.find

    def overtaken(root: Path, branch: str, token: str) -> str | None:
        seen = whole(root, branch, token)
        monkeypatch.setattr(remote, "find", whole)
        propose(host, two, "theirs\n")
        return seen

    monkeypatch.setattr(remote, "find", overtaken)
    with pytest.raises(remote.Rejected) as rejected:
        propose(host, one, "mine\n")
    assert rejected.value.kind == "behind"
    assert building.git(host.bare, "show", f"{BRANCH}:results/new.txt") == "theirs"


@pytest.mark.parametrize("trouble", ["lost", DROP, Answer(422, {"message": "A pull request already exists"})])
def test_trouble_while_opening_ends_with_one_pull_request(
    host: Host, pulls: Pulls, trouble: Answer | str
) -> None:
    root = host.clone("one")
    pulls.trouble = [trouble]
    if isinstance(trouble, Answer):  # another run opened it between our look and our POST
        head = {"ref": BRANCH, "repo": {"full_name": "owner/name"}}
        pulls.pulls.append({"number": 1, "state": "closed", "html_url": "web/1", "head": head})
        whole = pulls.__class__.__call__

        def raced(self: Pulls, asked: Asked) -> Answer | str:
            answer = whole(self, asked)
            if asked.method == "POST":
                self.pulls[0]["state"] = "open"
            return answer

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Pulls, "__call__", raced)
            assert propose(host, root) == "web/1"
    else:
        assert propose(host, root) == "web/1"
    assert len(pulls.pulls) == 1


def test_a_workflow_that_may_not_open_one_is_told_where_to_switch_it_on(host: Host, pulls: Pulls) -> None:
    pulls.trouble = [Answer(403, {"message": "GitHub Actions is not permitted to create pull requests"})]
    with pytest.raises(CannotRun, match="Allow GitHub Actions to create and approve pull requests"):
        propose(host, host.clone("one"))


def test_a_token_that_only_reads_pushes_nothing(host: Host, pulls: Pulls) -> None:
    with pytest.raises(remote.Rejected) as rejected:
        propose(host, host.clone("one"), token=READ)
    assert rejected.value.kind == "forbidden"
    assert pulls.changes == []

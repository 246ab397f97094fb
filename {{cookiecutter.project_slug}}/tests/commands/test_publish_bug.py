"""`dataci publish bug`: the folder is a stranger's, the number is the event's, and nothing of project/ is run."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import building
import filing
import hosting
from dataci.bugs import comment, folder
from dataci.bugs.fault import Fault
from dataci.commands.bug import accept as bug
from dataci.commands.publish import bug as command
from dataci.errors import CannotRun
from hosting import WRITE, Host
from serving import Answer, Asked

TRAP = "import os\nos.mkdir(os.environ['DATACI_TRAP'])\n"
BRANCH = "bug/issue-42"
SETTINGS = building.PAIRS + '[evaluation]\npositive = "1"\n'


class Api:
    """Pull requests, comments and permissions of owner/name."""

    def __init__(self) -> None:
        self.pulls: list[dict[str, Any]] = []
        self.comments: list[dict[str, Any]] = []
        self.permission: Answer = Answer(200, {"permission": "write", "role_name": "maintain"})
        self.asked: list[tuple[str, str]] = []

    def __call__(self, asked: Asked) -> Answer | str:
        path, _, query = asked.path.partition("?")
        self.asked.append((asked.method, path))
        if path.endswith("/permission"):
            return self.permission
        lists = {"/repos/owner/name/pulls": self.pulls, "/repos/owner/name/issues/42/comments": self.comments}
        if asked.method == "GET":
            return Answer(200, lists[path] if "page=1" in query.split("&") else [])
        if asked.method == "PATCH":
            kind = self.pulls if "/pulls/" in path else self.comments
            kind[int(path.rpartition("/")[2]) - 1].update(asked.json)
            return Answer(200, {})
        number = len(lists[path]) + 1
        made = {**asked.json, "id": number, "number": number, "user": {"login": "github-actions[bot]"}}
        head = {"ref": asked.json.get("head"), "repo": {"full_name": "owner/name"}}
        made |= {"html_url": f"web/{number}", "head": head}
        lists[path].append(made)
        return Answer(201, made)


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def host(tmp_path: Path, api: Api) -> Iterator[Host]:
    made = building.make(tmp_path / "files", settings=SETTINGS)
    files = {
        path.relative_to(made).as_posix(): path.read_text("utf-8")
        for path in made.rglob("*")
        if path.is_file()
    }
    with hosting.host(tmp_path, files, api) as found:
        yield found


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, host: Host) -> None:
    """Set what a workflow run sets."""
    event(tmp_path)
    told = {
        "GITHUB_API_URL": host.server.url,
        "GITHUB_SERVER_URL": host.server.url,
        "GITHUB_REPOSITORY": "owner/name",
        "GITHUB_TOKEN": WRITE,
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "DATACI_BACKOFF": "0",
        "DATACI_TRAP": str(tmp_path / "trap"),
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)


def event(home: Path, text: str | None = None, **changes: Any) -> Path:
    """Write the event."""
    return filing.write(
        home / "event.json", {**filing.event(filing.body() if text is None else text), **changes}
    )


def handed(host: Host, text: str | None = None) -> Path:
    """Return what `dataci bug accept` hands over for an issue."""
    clone, target = host.clone("reading"), host.home / "bug"
    shutil.rmtree(target, ignore_errors=True)
    bug.accept(clone, event(host.home, text), output=target)
    shutil.rmtree(clone)
    return target


def publish(host: Host, source: Path) -> int:
    """Publish from a clone of its own, in which the project's code would leave a trace."""
    root = host.clone("writing")
    for name in ("schema", "checks", "model", "slices"):
        building.write(root, {f"project/{name}.py": TRAP})
    try:
        return command.run(root, source)
    finally:
        shutil.rmtree(root)
        assert not Path(os.environ["DATACI_TRAP"]).exists()


def summary(host: Host) -> str:
    """Return the summary of the step."""
    return (host.home / "summary.md").read_text("utf-8")


def test_an_accepted_bug_becomes_one_pull_request_and_one_comment(host: Host, api: Api) -> None:
    source = handed(host)
    assert publish(host, source) == 0
    assert publish(host, source) == 0
    assert [pull["head"]["ref"] for pull in api.pulls] == [BRANCH]
    assert len(api.comments) == 1
    assert api.comments[0]["body"].startswith(comment.MARKER)
    assert "Pull request: web/1" in api.comments[0]["body"]
    assert [method for method, path in api.asked if method != "GET"] == ["POST", "POST"]
    assert host.log(BRANCH) == ["Model bug from issue 42", "Start"]
    changed = building.git(host.bare, "diff", "--name-only", "main", BRANCH).split()
    assert changed == ["data/bugs/issue-42/bug.toml", "data/bugs/issue-42/patterns.csv"]
    for name in (folder.BUG, folder.PATTERNS):
        there = building.git(host.bare, "show", f"{BRANCH}:data/bugs/issue-42/{name}")
        assert there == (source / name).read_text("utf-8").rstrip("\n")
    assert "The form is complete" in summary(host)


def test_a_second_acceptance_updates_branch_pull_request_and_comment(host: Host, api: Api) -> None:
    publish(host, handed(host))
    publish(host, handed(host, filing.body(Harm="9 - worse")))
    assert len(api.pulls) == 1
    assert "| harm | 9 of 10 |" in api.pulls[0]["body"]
    assert len(host.log(BRANCH)) == 2
    assert "harm = 9" in building.git(host.bare, "show", f"{BRANCH}:data/bugs/issue-42/bug.toml")
    building.git(host.bare, "update-ref", "refs/heads/main", BRANCH)
    api.pulls.clear()
    publish(host, handed(host, filing.body(Harm="9 - worse")))
    assert api.pulls == []
    assert "there already" in api.comments[0]["body"]
    publish(host, handed(host, filing.body(Harm="2 - better")))
    assert len(api.pulls) == 1
    assert building.git(host.bare, "diff", "--name-only", "main", BRANCH).split() == [
        "data/bugs/issue-42/bug.toml"
    ]
    assert len(api.comments) == 1


def test_a_refused_form_gets_a_comment_and_nothing_else(host: Host, api: Api) -> None:
    text = filing.body(Harm="very")
    assert publish(host, handed(host, text)) == 0
    assert api.pulls == []
    assert len(host.log("--all")) == 1
    body = api.comments[0]["body"]
    assert f"| {filing.line_of(text, 'very')} | <code>very</code> |" in body
    assert "very" in summary(host)


@pytest.mark.parametrize("permission", ["read", "triage", "none", None, 5])
def test_who_may_not_write_accepts_nothing(host: Host, api: Api, permission: object) -> None:
    source = handed(host)
    api.permission = Answer(200, {"permission": permission})
    assert publish(host, source) == 0
    assert api.pulls == []
    assert "may not write" in api.comments[0]["body"]


def test_a_stranger_accepts_nothing(host: Host, api: Api) -> None:
    source = handed(host)
    api.permission = Answer(404, {"message": "Not Found"})
    publish(host, source)
    event(host.home, sender={"login": "../../orgs/owner"})  # no name of an account: not even asked for
    publish(host, source)
    assert api.pulls == []
    assert [path for _, path in api.asked if "permission" in path] == [
        "/repos/owner/name/collaborators/maintainer/permission"
    ]


def test_a_github_that_does_not_say_is_no_permission(host: Host, api: Api) -> None:
    source = handed(host)
    api.permission = Answer(403, {"message": "Resource not accessible by integration"})
    with pytest.raises(CannotRun, match="403"):
        publish(host, source)
    assert api.comments == api.pulls == []
    assert "complete" in summary(host)


@pytest.mark.parametrize("change", [{"label": {"name": "model-bug"}}, {"action": "opened"}, {"issue": {}}])
def test_another_event_publishes_nothing(host: Host, api: Api, change: dict[str, Any]) -> None:
    source = handed(host)
    event(host.home, **change)
    with pytest.raises(CannotRun):
        publish(host, source)
    assert api.asked == []


def outcome(**changes: Any) -> str:
    """Write an outcome of an accepted form, changed."""
    return json.dumps({**json.loads(folder.outcome_text(folder.outcome(42, [], []))), **changes})


GOOD = folder.bug_text(folder.Bug("n", "d", 4, "", "r"))
HOSTILE = {
    "another issue": {folder.OUTCOME: outcome(issue=43)},
    "no outcome": {folder.OUTCOME: None},
    "no json": {folder.OUTCOME: "{"},
    "no patterns": {folder.PATTERNS: None},
    "refused with files": {folder.OUTCOME: folder.outcome_text(folder.outcome(42, [Fault("x")], []))},
    "another file": {"schema.py": "x"},
    "toml injected": {folder.BUG: GOOD + 'status = "x"\n'},
    "toml of another hand": {folder.BUG: GOOD.replace("harm = 4 ", "harm =4 ")},
    "harm": {folder.BUG: GOOD.replace("harm = 4 ", "harm = 40 ")},
    "columns": {folder.PATTERNS: "a,b\n" + "1,2\n" * 10},
    "too many": {
        folder.PATTERNS: building.HEADER + "".join(f"i{n},w{n},o{n},1,x,2026-01-01\n" for n in range(21))
    },
    "not canonical": {folder.PATTERNS: building.HEADER.replace("\n", "\r\n")},
    "huge": {folder.PATTERNS: building.HEADER + "x" * (1 << 21)},
}


@pytest.mark.parametrize("files", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_folder_that_was_not_written_here_is_refused(
    host: Host, api: Api, files: dict[str, str | None]
) -> None:
    source = handed(host)
    for name, text in files.items():
        if text is None:
            (source / name).unlink()
        else:
            (source / name).write_text(text, "utf-8", newline="")
    with pytest.raises(CannotRun):
        publish(host, source)
    assert api.pulls == api.comments == []
    assert len(host.log("--all")) == 1


def test_links_in_the_folder_are_not_followed(host: Host, api: Api) -> None:
    source = handed(host)
    secret = host.home / "secret"
    shutil.move(source / folder.PATTERNS, secret)
    (source / folder.PATTERNS).symlink_to(secret)
    with pytest.raises(CannotRun, match="link"):
        publish(host, source)
    assert api.asked == []


def test_a_link_on_the_branch_is_not_followed(host: Host, api: Api) -> None:
    source = handed(host)
    start, elsewhere = host.home / "start", host.home / "elsewhere"
    elsewhere.mkdir()
    (start / "data/bugs").symlink_to(elsewhere)
    building.commit(start)
    building.git(start, "push", "--quiet", str(host.bare), "HEAD:main")
    with pytest.raises(CannotRun, match="link"):
        publish(host, source)
    assert list(elsewhere.iterdir()) == []
    assert api.pulls == []


def test_somebody_elses_commits_are_not_written_over(host: Host, api: Api) -> None:
    start = host.home / "start"
    building.write(start, {"notes.txt": "mine"})
    building.commit(start, "Mine")
    building.git(start, "push", "--quiet", str(host.bare), f"HEAD:{BRANCH}")
    with pytest.raises(CannotRun, match="Somebody else"):
        publish(host, handed(host))
    assert host.log(BRANCH)[0] == "Mine"
    assert api.comments == []

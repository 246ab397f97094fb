"""The stand-in for GitHub refuses, and fails, as GitHub does."""

from __future__ import annotations

import json
from pathlib import Path

from acting.clients import call, push
from acting.hub import Hub


def test_a_push_is_refused_in_githubs_words(hub: Hub, tmp_path: Path) -> None:
    reader, writer = hub.token(contents="read"), hub.token(contents="write")
    before = hub.tip()
    code, said = push(hub, tmp_path / "a", reader, "main", {"x": "1"})
    assert code == 128
    assert "Permission to acme/demo.git denied to github-actions[bot]." in said
    assert "The requested URL returned error: 403" in said
    code, said = push(hub, tmp_path / "b", writer, "topic", {".github/workflows/x.yml": "on: push"})
    assert code == 1
    refusal = "refusing to allow a GitHub App to create or update workflow `.github/workflows/x.yml`"
    assert f"! [remote rejected] HEAD -> topic ({refusal} without `workflows` permission)" in said
    hub.protect()
    code, said = push(hub, tmp_path / "c", writer, "main", {"x": "1"})
    assert code == 1
    assert "remote: error: GH013: Repository rule violations found for refs/heads/main." in said
    assert "! [remote rejected] HEAD -> main (push declined due to repository rule violations)" in said
    assert hub.tip() == before
    assert push(hub, tmp_path / "d", writer, "topic", {"large": "x" * 3_000_000})[0] == 0
    assert hub.file("large", "topic") == b"x" * 3_000_000


def test_faults_hit_as_often_as_planted(hub: Hub) -> None:
    token = hub.token(issues="write")
    number = hub.issue("a", "b")
    path = f"/issues/{number}/comments"
    hub.fault("POST", r"/comments$", times=2, status=502)
    hub.fault("POST", r"/comments$", late=True)
    said = [call(hub, token, "POST", path, {"body": f"{turn}"})[0] for turn in range(4)]
    assert said == [502, 502, 0, 201]
    assert [one["body"] for one in hub.comments(number)] == [
        "2",
        "3",
    ]  # the third came in, its answer did not


def test_the_api_refuses_what_github_refuses(hub: Hub) -> None:
    token = hub.token(issues="write", contents="write", pull_requests="write")
    issue, pull = hub.issue("a", "b"), hub.pull({"x": "x"})
    assert call(hub, "", "GET", f"/issues/{issue}")[0] == 404
    assert call(hub, "wrong", "GET", f"/issues/{issue}")[0] == 401
    assert call(hub, hub.token(), "GET", f"/issues/{issue}")[0] == 403
    on_pulls = hub.token(pull_requests="write")
    assert call(hub, on_pulls, "POST", f"/issues/{issue}/comments", {"body": "x"})[0] == 403
    assert call(hub, on_pulls, "POST", f"/issues/{pull}/comments", {"body": "x"})[0] == 201
    assert call(hub, token, "POST", f"/issues/{pull}/comments", {"body": "x" * 65_537})[0] == 422
    again = {"title": "t", "head": "change", "base": "main"}
    status, said = call(hub, token, "POST", "/pulls", again)
    assert (status, b"A pull request already exists for acme:change." in said) == (422, True)
    hub.repository.pulls_by_actions = False
    assert call(hub, token, "POST", "/pulls", again)[0] == 403
    assert call(hub, token, "GET", "/pulls?head=acme:change&state=open")[1].count(b'"mergeable"') == 1
    assert call(hub, token, "GET", "/pulls?head=acme:other&state=all")[1] == b"[]"
    assert json.loads(call(hub, token, "GET", f"/pulls/{pull}/files")[1])[0]["filename"] == "x"
    assert call(hub, token, "GET", "/nowhere")[0] == 404
    roles = [
        json.loads(call(hub, token, "GET", f"/collaborators/{who}/permission")[1])
        for who in ("acme", "mallory")
    ]
    assert [role["permission"] for role in roles] == ["admin", "none"]

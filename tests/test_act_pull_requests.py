"""Pull requests from beginning to end: the workflows data-ci and pr-comment, executed by act on a baked project."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from acting.hub import Hub

BATCH = "data/train/2026-10-batch-4.csv"
HEADER = "id,want,offer,match,service,group,source,created_at\n"
GOOD = HEADER + (
    'b9001,"our hedge needs a trim before the weekend, please",'
    '"Hedges, lawns and flower beds kept in shape by two gardeners",1,gardening,u7001,web,2026-09-05\n'
)
BAD = GOOD + 'b9001,"our hedge needs a trim, and soon",Hedges and lawns,7,gardening,u7001,web,2026-09-05\n'
MARKER = "<!-- dataci: review -->"
FORGED = Path(__file__).parent / "acting" / "samples" / "forged.yml"


def texts(hub: Hub, number: int) -> list[str]:
    """Return the comments that the workflow wrote; each is below the limit that it sets itself."""
    mine = [one["body"] for one in hub.comments(number) if one["user"]["login"] == "github-actions[bot]"]
    assert all(len(text) < 60_000 for text in mine)
    return mine


def head(hub: Hub, number: int) -> str:
    """Return the first eight digits of a pull request's head commit, as the comment names it."""
    return str(hub.repository.pulls[number]["head"]["sha"])[:8]


def writes(hub: Hub) -> list[tuple[str, str, int]]:
    """Return what was written by the API or tried to be: token, method, status."""
    return [(one.token, one.method, one.status) for one in hub.requests(host="api") if one.method != "GET"]


def packed(content: bytes) -> bytes:
    """Return an artifact that holds result.json."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("result.json", content)
    return data.getvalue()


@pytest.fixture(scope="module")
def review(bare_project: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the artifact that data-ci makes of the bad batch, for the tests of what happens afterwards."""
    hub = Hub(tmp_path_factory.mktemp("review") / "hub", bare_project)
    run = hub.on_pull_request(hub.pull({BATCH: BAD}))["data-ci.yml"]
    hub.close()
    return run.artifacts["review"]


def test_a_good_pull_request_is_green_and_a_repetition_adds_nothing(hub: Hub) -> None:
    number = hub.pull({BATCH: GOOD})
    runs = hub.review(number)
    check, comment = runs["data-ci.yml"], runs["pr-comment.yml"]
    assert check.jobs == {"check": "success", "tests": "success", "verdict": "success"}, check.log
    assert comment.jobs == {"comment": "success"}, comment.log
    (text,) = texts(hub, number)
    assert text.startswith("### ✅ PASS")
    assert head(hub, number) in text.splitlines()[0]
    assert "1 row added" in text
    assert "b9001" in text
    assert "PASS" in check.summary
    before = [dict(one) for one in hub.comments(number)]
    hub.rerun(check)
    again = hub.on_workflow_run(check)["pr-comment.yml"]
    assert again.conclusion == "success", again.log
    assert hub.comments(number) == before
    assert writes(hub) == [("pr-comment.yml/comment", "POST", 201)]
    assert hub.leaks(check, comment, again) == []


def test_a_bad_pull_request_from_a_fork_is_red_until_it_is_mended(hub: Hub) -> None:
    number = hub.pull({BATCH: BAD}, fork="mallory")
    hub.comment(number, f"{MARKER} I am the robot, all is well", by="mallory")
    runs = hub.review(number)
    check = runs["data-ci.yml"]
    assert check.jobs == {"check": "failure", "tests": "success", "verdict": "failure"}, check.log
    places = {(one.file, one.line, one.title) for one in check.annotations if one.level == "error"}
    assert (BATCH, 3, "dataci schema: match") in places
    assert "FAIL" in check.summary
    assert runs["pr-comment.yml"].conclusion == "success", runs["pr-comment.yml"].log
    (first,) = texts(hub, number)
    assert first.startswith("### ❌ FAIL")
    assert f"{BATCH}:3" in first
    assert head(hub, number) in first.splitlines()[0]

    hub.update(number, {BATCH: GOOD})
    mended = hub.review(number, "synchronize")
    assert mended["data-ci.yml"].conclusion == "success", mended["data-ci.yml"].log
    (second,) = texts(hub, number)
    assert second.startswith("### ✅ PASS")
    assert head(hub, number) in second.splitlines()[0]
    assert hub.comments(number)[0]["body"] == f"{MARKER} I am the robot, all is well"
    assert [write[:2] for write in writes(hub)] == [
        ("pr-comment.yml/comment", "POST"),
        ("pr-comment.yml/comment", "PATCH"),
    ]
    assert hub.leaks(*runs.values(), *mended.values()) == []


def test_ten_thousand_findings_keep_to_every_limit_and_stay_counted(hub: Hub) -> None:
    rows = [
        f"b{n},we want thing {n},we offer thing {n},7,gardening,u{n},web,2026-09-05"
        for n in range(9001, 19001)
    ]
    number = hub.pull({BATCH: HEADER + "\n".join(rows) + "\n"})
    runs = hub.review(number)
    check = runs["data-ci.yml"]
    assert check.conclusion == "failure"
    assert check.dropped == 0, "GitHub would drop annotations silently"
    assert 0 < len([one for one in check.annotations if one.level == "error"]) <= 10
    assert "upload aborted" not in "".join(one.message for one in check.annotations)
    assert runs["pr-comment.yml"].conclusion == "success", runs["pr-comment.yml"].log
    (text,) = texts(hub, number)
    for shown in (text, check.summary):
        assert shown.startswith("### ❌ FAIL"), check.log
        assert "10,000" in shown


def test_after_a_merge_the_next_pull_request_is_told_what_it_would_change(hub: Hub) -> None:
    before = hub.tip()
    hub.merge(hub.pull({BATCH: GOOD}))
    trained = hub.on_push(before, only="train.yml")["train.yml"]
    assert trained.conclusion == "success", trained.log
    assert "results/latest.json" in hub.files("main", "results/")
    later = GOOD.replace("b9001", "b9002").replace("u7001", "u7002").replace("our hedge", "the whole garden")
    number = hub.pull({"data/train/2026-11-batch-5.csv": later}, branch="next")
    runs = hub.review(number)
    (text,) = texts(hub, number)
    assert text.startswith("### ✅ PASS"), text
    assert "ROC AUC changes by" in text
    assert "ROC AUC changes by" in runs["data-ci.yml"].summary
    assert hub.leaks(trained, *runs.values()) == []


def test_a_merge_queue_is_judged_and_not_commented(hub: Hub) -> None:
    number = hub.pull({BATCH: GOOD})
    check = hub.on_merge_group(number)["data-ci.yml"]
    assert check.conclusion == "success", check.log
    comment = hub.on_workflow_run(check).get("pr-comment.yml")
    assert comment is None or comment.conclusion == "skipped"
    assert texts(hub, number) == []


def test_a_change_that_cannot_be_judged_is_red_and_says_so(hub: Hub) -> None:
    number = hub.pull({"dataci.toml": "version = 1\nnonsense = true\n"})
    runs = hub.review(number)
    check = runs["data-ci.yml"]
    assert check.jobs["check"] == "failure"
    assert check.jobs["verdict"] == "failure"
    assert "Traceback" not in check.log
    assert "unknown key 'nonsense'" in check.annotations[0].message
    (text,) = texts(hub, number)
    assert text.startswith("### ❌ FAIL")
    assert "nonsense" in text
    assert hub.leaks(*runs.values()) == []


def test_a_force_push_between_check_and_comment_leaves_no_comment_on_the_wrong_commit(
    hub: Hub, review: bytes
) -> None:
    number = hub.pull({BATCH: BAD})
    stale = hub.finished(number, {"review": review})
    hub.update(number, {BATCH: GOOD}, force=True)
    late = hub.on_workflow_run(stale)["pr-comment.yml"]
    assert late.conclusion == "success", late.log
    assert texts(hub, number) == []
    assert writes(hub) == []
    assert "newer" in late.summary
    fresh = hub.finished(number, {"review": review}, action="synchronize")
    assert hub.on_workflow_run(fresh)["pr-comment.yml"].conclusion == "success"
    (text,) = texts(hub, number)
    assert head(hub, number) in text.splitlines()[0]
    assert stale.event.head_sha[:8] not in text


def test_a_pull_request_that_edits_its_judge_is_pointed_out(hub: Hub, review: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(review)) as archive:
        forged = json.loads(archive.read("result.json"))
    forged["report"] |= {"verdict": "pass", "findings": [], "summary": {}}
    workflow = FORGED.read_text("utf-8")
    record = "results/0123abcd-0123abcd.json"
    files = {".github/workflows/data-ci.yml": workflow, "result.json": json.dumps(forged), BATCH: BAD}
    files[record] = "{}\n"
    number = hub.pull(files, fork="mallory")
    runs = hub.review(number)
    assert runs["data-ci.yml"].jobs == {"verdict": "success"}
    assert runs["pr-comment.yml"].conclusion == "success", runs["pr-comment.yml"].log
    (text,) = texts(hub, number)
    assert text.startswith("### ⚠️ PASS")
    opening = text.partition("\n|")[0]
    assert "edits what judges it: <code>.github/workflows/data-ci.yml</code>" in opening
    assert f"brings results: <code>{record}</code>" in opening


def test_the_network_fails_for_a_moment_and_one_comment_comes_through(hub: Hub, review: bytes) -> None:
    number = hub.pull({BATCH: BAD})
    check = hub.finished(number, {"review": review})
    hub.fault("GET", r"/artifacts$", status=503)
    hub.fault("GET", r"/comments$")
    hub.fault("POST", r"/comments$", late=True)
    run = hub.on_workflow_run(check)["pr-comment.yml"]
    assert run.conclusion == "success", run.log
    assert len(texts(hub, number)) == 1


@pytest.mark.parametrize("status", [0, 503])
def test_the_network_fails_for_good_and_the_verdict_still_stands_in_the_summary(
    hub: Hub, review: bytes, status: int
) -> None:
    number = hub.pull({BATCH: BAD})
    check = hub.finished(number, {"review": review})
    hub.fault("POST", r"/comments$", times=1_000, status=status)
    run = hub.on_workflow_run(check)["pr-comment.yml"]
    assert run.conclusion == "failure", run.log
    assert run.summary.startswith("### ❌ FAIL"), run.log
    assert "Traceback" not in run.log
    assert texts(hub, number) == []
    assert 1 < len(writes(hub)) < 20
    assert hub.leaks(run) == []


def test_two_runs_of_one_pull_request_leave_one_comment(hub: Hub, review: bytes) -> None:
    number = hub.pull({BATCH: BAD})
    check = hub.finished(number, {"review": review})
    hub.on_workflow_run(check)
    hub.on_workflow_run(check)
    assert len(texts(hub, number)) == 1
    assert writes(hub) == [("pr-comment.yml/comment", "POST", 201)]


def test_a_garbled_review_is_refused_and_the_comment_says_so(hub: Hub) -> None:
    number = hub.pull({BATCH: BAD})
    run = hub.on_workflow_run(hub.finished(number, {"review": packed(b'{"version": 1')}))["pr-comment.yml"]
    assert run.conclusion == "success", run.log
    (text,) = texts(hub, number)
    assert "refused" in text

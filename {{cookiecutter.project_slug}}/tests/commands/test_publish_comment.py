"""`dataci publish comment`: one comment, on the right pull request, of whatever the run handed over."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import answering
import reviews
from answering import Asked
from dataci import review
from dataci.commands.publish import comment
from dataci.errors import CannotRun
from dataci.finding import Counts, Finding, Severity
from dataci.reporters.pull_request import MARKER
from dataci.review import text as written
from serving import DROP, Answer

SHA = "a" * 40
BOT, MALLORY = {"login": "github-actions[bot]"}, {"login": "mallory"}
GOOD = reviews.good()


class World(NamedTuple):
    """GitHub as one pull request sees it: its comments, the event of the run, and the run's summary."""

    hub: answering.Hub
    comments: list[dict[str, Any]]
    event: Path
    summary: Path

    def run(self, **changes: Any) -> dict[str, Any]:
        """Write the event of a finished run."""
        found = answering.finished(SHA, **changes)
        self.event.write_text(json.dumps({"action": "completed", "workflow_run": found}), "utf-8")
        return found

    def handed(self, content: bytes, name: str = "review", member: str = "result.json") -> None:
        """Give the run an artifact."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(member, content)
        entry = {"id": 70, "name": name, "expired": False, "size_in_bytes": len(out.getvalue())}
        self.hub.answers["GET", "/actions/runs/7/artifacts"] = {"total_count": 1, "artifacts": [entry]}
        self.hub.answers["GET", "/actions/artifacts/70/zip"] = out.getvalue()

    def pulls(self, *pulls: dict[str, Any]) -> None:
        """Have these pull requests open."""
        self.hub.answers["GET", "/pulls"] = list(pulls)

    def publish(self) -> str:
        """Run the command, which must end with 0; return what our comment says ("" without one)."""
        assert comment.run(self.event.parent) == 0
        mine = [one["body"] for one in self.comments if one["user"] == BOT and MARKER in one["body"]]
        assert len(mine) <= 1
        return str(mine[0]) if mine else ""

    def told(self) -> str:
        """Return the run's summary."""
        return self.summary.read_text("utf-8") if self.summary.exists() else ""


def pull(number: int = 12, sha: str = SHA, base: str = "main") -> dict[str, Any]:
    """Return an open pull request from the fork."""
    head = {"sha": sha, "ref": "patch-1", "repo": {"full_name": "mallory/pets"}}
    to = {"ref": base, "repo": {"full_name": answering.REPOSITORY}}
    return {"number": number, "state": "open", "head": head, "base": to}


def stored(found: review.Review) -> bytes:
    """Return a review as the run hands it over."""
    return written.dumps(review.to_dict(found)).encode()


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with answering.github() as hub:
        found = World(hub, [], tmp_path / "event.json", tmp_path / "summary.md")
        found.run()
        found.handed(stored(GOOD))
        found.pulls(pull())

        def create(asked: Asked) -> Answer:
            found.comments.append({"id": 900 + len(found.comments), "user": BOT, **asked.body})
            hub.answers["PATCH", f"/issues/comments/{found.comments[-1]['id']}"] = edit
            return Answer(201, found.comments[-1])

        def edit(asked: Asked) -> Any:
            mine = next(one for one in found.comments if asked.path.endswith(str(one["id"])))
            mine.update(asked.body)
            return mine

        hub.answers["GET", "/pulls/12/files"] = answering.paged([{"filename": "data/train/a.csv"}])
        hub.answers["GET", "/issues/12/comments"] = answering.paged(found.comments)
        hub.answers["POST", "/issues/12/comments"] = create
        for name, value in hub.environ().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("GITHUB_EVENT_PATH", str(found.event))
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(found.summary))
        monkeypatch.setenv("DATACI_BACKOFF", "0")
        yield found


def test_a_good_change(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    said = world.publish()
    assert said.startswith(
        f"### ✅ PASS on [<code>aaaaaaaa</code>]({answering.SERVER}/acme/pets/commit/{SHA}): "
    )
    assert said.strip() == world.told().strip()
    assert "comment on pull request 12 is created" in capsys.readouterr().out


def test_one_comment_is_kept_up_to_date(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    first = world.publish()
    assert world.publish() == first
    assert len(world.hub.written()) == 1  # what is as it was is not written again
    assert "is unchanged" in capsys.readouterr().out
    world.handed(stored(reviews.usual()))
    world.run(conclusion="failure")
    second = world.publish()
    assert second.startswith("### ❌ FAIL")
    assert [(asked.method, asked.path) for asked in world.hub.written()] == [
        ("POST", "/issues/12/comments"),
        ("PATCH", "/issues/comments/900"),
    ]


def test_the_comment_of_somebody_else_is_left_alone(world: World) -> None:
    world.comments.append({"id": 1, "user": MALLORY, "body": f"{MARKER} ✅"})
    world.comments.append({"id": 2, "user": BOT, "body": "another workflow's"})
    world.publish()
    assert [one["body"] for one in world.comments[:2]] == [f"{MARKER} ✅", "another workflow's"]
    assert len(world.comments) == 3


def test_it_says_when_the_change_edits_what_judges_it(world: World) -> None:
    names = ["data/a.csv", ".github/workflows/data-ci.yml", "project/schema.py"]
    world.hub.answers["GET", "/pulls/12/files"] = answering.paged([{"filename": name} for name in names])
    said = world.publish()
    assert said.startswith("### ⚠️ PASS")
    assert "judges it: <code>.github/workflows/data-ci.yml</code>, <code>project/schema.py</code>." in said


def test_a_push_while_we_look_cannot_hide_what_the_judged_commit_edits(world: World) -> None:
    """GitHub lists the files of the newest commit: judged with an edit, pushed without one."""

    def pushed(asked: Asked) -> list[Any]:
        world.pulls(pull(sha="b" * 40))
        return [{"filename": "data/a.csv"}] if asked.query["page"] == "1" else []

    world.hub.answers["GET", "/pulls/12/files"] = pushed
    assert world.publish() == ""
    assert "✅" not in world.told()
    assert "newer than" in world.told()


def test_a_good_verdict_of_a_red_run_is_not_green(world: World) -> None:
    world.run(conclusion="failure")
    said = world.publish()
    assert said.startswith("### ⚠️ PASS")
    assert f"[the run]({answering.SERVER}/acme/pets/actions/runs/7) ended with <code>failure</code>" in said


@pytest.mark.parametrize(
    ("conclusion", "said"),
    [
        ("failure", "could not run, or not to their end"),
        ("success", "could not run, or not to their end"),
        ("cancelled", "were cancelled"),
        ("action_required", "a maintainer has to approve the run first"),
    ],
)
def test_no_artifact(world: World, conclusion: str, said: str) -> None:
    world.run(conclusion=conclusion)
    world.hub.answers["GET", "/actions/runs/7/artifacts"] = {"total_count": 0, "artifacts": []}
    text = world.publish()
    assert text.startswith(
        f"### ⚠️ No verdict on [<code>aaaaaaaa</code>]({answering.SERVER}/acme/pets/commit/{SHA})"
    )
    assert said in text
    assert f"See [the run]({answering.SERVER}/acme/pets/actions/runs/7)." in text
    assert "✅" not in text + world.told()


def changed(**changes: Any) -> bytes:
    """Return a review in which some fields say something else."""
    return json.dumps({**review.to_dict(GOOD), **changes}).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"[" * 100_000,
        b'{"version": 1}',
        b"NaN",
        b" " * (review.LIMIT + 1),
        changed(version=99),
        changed(report={}),
        changed(report={**review.to_dict(GOOD)["report"], "verdict": "fail @everyone"}),
        changed(report={**review.to_dict(reviews.usual())["report"], "verdict": "pass"}),
        changed(diff={"x": "<script>"}),
        changed(preview={"status": "done", "message": "", "comparison": {"verdict": {"word": "better"}}}),
    ],
)
def test_a_malformed_review_is_refused_and_never_green(world: World, content: bytes) -> None:
    world.handed(content)
    text = world.publish()
    assert text.startswith("### ⚠️ No verdict on ")
    assert "was refused" in text
    assert "✅" not in text + world.told()
    assert "<script" not in text


def test_another_file_or_another_artifact_is_not_read(world: World) -> None:
    world.handed(stored(GOOD), member="../result.json")
    assert "was refused" in world.publish()
    world.handed(stored(GOOD), name="reviews")
    assert "could not run" in world.publish()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"event": "merge_group"}, "started by merge&#95;group"),
        ({"event": "push"}, "started by push"),
        ({"event": "::add-mask::x"}, "started by"),
        ({"path": ".github/workflows/evil.yml"}, "and not of .github/workflows/data-ci.yml"),
        ({"head_sha": "c" * 40}, "No open pull request has the commit cccccccc"),
        ({"head_branch": "patch-2"}, "No open pull request"),
        ({"head_repository": None}, "No open pull request"),
    ],
)
def test_runs_without_a_pull_request_to_comment_on(
    world: World, capsys: pytest.CaptureFixture[str], changes: dict[str, Any], said: str
) -> None:
    world.run(**changes)
    assert world.publish() == ""
    assert said in world.told()
    assert world.hub.written() == []
    assert not capsys.readouterr().out.startswith("::")


def test_nothing_of_the_project_runs(world: World) -> None:
    canary = world.event.with_name("canary")
    code = f"open({str(canary)!r}, 'w').close()\nraise SystemExit('ran')\n"
    for name in (
        "project/__init__.py",
        "project/schema.py",
        "project/model.py",
        "project/checks.py",
        "conftest.py",
    ):
        path = world.event.parent / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(code, "utf-8")
    (world.event.parent / "dataci.toml").write_text("no settings [", "utf-8")
    assert world.publish().startswith("### ✅")
    assert not canary.exists()


def test_a_number_in_the_artifact_or_the_event_leads_nowhere(world: World) -> None:
    world.handed(changed(number=1, pull_request=1))
    world.run(pull_requests=[{"number": 1, "head": {"sha": SHA}}])
    assert world.publish().startswith("### ✅")
    assert {asked.path for asked in world.hub.written()} == {"/issues/12/comments"}


def test_of_two_pull_requests_with_one_commit_the_judged_one_is_taken(world: World) -> None:
    world.pulls(pull(11, base="release"), pull(12))
    assert world.publish()
    world.pulls(pull(11, base="release"), pull(13, base="other"))
    before = len(world.hub.written())
    world.publish()
    assert len(world.hub.written()) == before
    assert "it is not known which of them" in world.told()


def test_the_verdict_is_in_the_summary_when_the_comment_cannot_be_written(world: World) -> None:
    world.handed(stored(reviews.usual()))
    world.hub.answers["POST", "/issues/12/comments"] = Answer(403, {"message": "Resource not accessible"})
    with pytest.raises(CannotRun, match=r"Resource not accessible.* `pull-requests: write`.*in the summary"):
        world.publish()
    assert world.told().startswith("### ❌ FAIL")
    assert world.comments == []


@pytest.mark.parametrize("path", ["/pulls/12/files", "/issues/12/comments"])
def test_the_verdict_is_in_the_summary_when_the_network_fails(world: World, path: str) -> None:
    world.hub.answers["GET", path] = DROP
    with pytest.raises(CannotRun, match="did not answer"):
        world.publish()
    assert world.told().startswith("### ✅ PASS" if "comments" in path else "### ⚠️ PASS")
    assert world.hub.written() == []


def test_a_short_failure_of_the_network_is_got_over(world: World) -> None:
    zipped, tries = world.hub.answers["GET", "/actions/artifacts/70/zip"], [DROP, Answer(502, {}), DROP]
    world.hub.answers["GET", "/actions/artifacts/70/zip"] = lambda asked: tries.pop() if tries else zipped
    assert world.publish().startswith("### ✅")


def test_an_artifact_that_cannot_be_had_is_red_and_no_verdict(world: World) -> None:
    world.hub.answers["GET", "/actions/artifacts/70/zip"] = DROP
    with pytest.raises(CannotRun, match="did not answer"):
        world.publish()
    assert world.hub.written() == []
    assert "✅" not in world.told()


def test_ten_thousand_findings(world: World) -> None:
    row = tuple((f"column {at}", "@everyone <b>" * 20) for at in range(12))
    findings = tuple(
        Finding(
            f"check-{at % 7}",
            Severity.ERROR,
            f"data/train/{at % 50}.csv",
            at + 2,
            "column 1",
            "x",
            "wrong",
            (),
            row,
        )
        for at in range(1000)
    )
    summary = {f"check-{at}": Counts(1500) for at in range(7)}
    report = GOOD.report._replace(verdict="fail", findings=findings, summary=summary)
    world.handed(stored(reviews.usual()._replace(report=report)))
    said = world.publish()
    assert "10,500 errors" in said.split("\n", 1)[0]
    assert len(said) <= 60_000
    assert "@everyone" not in said

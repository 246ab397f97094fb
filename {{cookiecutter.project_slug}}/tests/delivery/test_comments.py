"""One comment, ours: created once, then updated; never another one, and never somebody else's."""

from __future__ import annotations

from typing import Any

import pytest

import serving
from dataci import github
from dataci.delivery import comments
from dataci.errors import CannotRun
from serving import DROP, Answer, Asked, serve

MARKER = "<!-- dataci -->"
BODY = f"{MARKER}\nGood."
BOT = {"login": "github-actions[bot]", "type": "Bot"}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATACI_BACKOFF", "0")


class Issue:
    """The comments of issue 7. ``trouble``: what the next POSTs answer after they arrived."""

    def __init__(self, *written: tuple[dict[str, str], str]) -> None:
        self.comments: list[dict[str, Any]] = []
        self.trouble: list[Answer | str] = []
        for user, body in written:
            self.add(body, user)

    def add(self, body: str, user: dict[str, str]) -> dict[str, Any]:
        self.comments.append({"id": len(self.comments) + 1, "body": body, "user": user})
        return self.comments[-1]

    def __call__(self, asked: Asked) -> Answer | str:
        path, _, query = asked.path.partition("?")
        if asked.method == "GET" and path == "/repos/owner/name/issues/7/comments":
            page = int(query.rpartition("page=")[2])
            return Answer(200, self.comments[(page - 1) * 100 : page * 100])
        if asked.method == "POST" and path == "/repos/owner/name/issues/7/comments":
            made = self.add(asked.json["body"], BOT)
            return self.trouble.pop(0) if self.trouble else Answer(201, made)
        if asked.method == "PATCH":
            one = self.comments[int(path.rpartition("/")[2]) - 1]
            one["body"] = asked.json["body"]
            return Answer(200, one)
        return Answer(404)


def test_it_is_created_then_left_alone_then_updated() -> None:
    issue = Issue(({"login": "ann"}, "Hello"))
    with serve(issue) as server:
        said = [
            comments.upsert(server.hub(), 7, MARKER, body) for body in (BODY, BODY + "\n", BODY + " Bad.")
        ]
    assert said == ["created", "unchanged", "updated"]
    assert [one["body"] for one in issue.comments] == ["Hello", BODY + " Bad."]


def test_a_comment_of_somebody_else_with_the_marker_is_not_touched() -> None:
    others = [{"login": "ann"}, {"login": "github-actions"}, {"login": "evil[bot]", "type": "Bot"}]
    issue = Issue(*((user, BODY) for user in others))
    with serve(issue) as server:
        assert comments.upsert(server.hub(), 7, MARKER, BODY + " New.") == "created"
    assert [one["body"] for one in issue.comments] == [BODY] * 3 + [BODY + " New."]


def test_it_is_found_on_a_later_page_and_with_other_line_breaks() -> None:
    issue = Issue(*[({"login": "ann"}, "x")] * 150, (BOT, BODY.replace("\n", "\r\n")))
    with serve(issue) as server:
        assert comments.upsert(server.hub(), 7, MARKER, BODY) == "unchanged"


@pytest.mark.parametrize("trouble", [DROP, Answer(502)])
def test_a_comment_that_arrived_without_an_answer_is_not_written_twice(trouble: Answer | str) -> None:
    issue = Issue()
    issue.trouble = [trouble]
    with serve(issue) as server:
        assert comments.upsert(server.hub(), 7, MARKER, BODY) == "created"
    assert len(issue.comments) == 1


def test_a_comment_that_did_not_arrive_is_written_once_more() -> None:
    issue, lost = Issue(), [DROP]

    def behave(asked: Asked) -> Answer | str:
        return lost.pop() if asked.method == "POST" and lost else issue(asked)

    with serve(behave) as server:
        assert comments.upsert(server.hub(), 7, MARKER, BODY) == "created"
    assert len(issue.comments) == 1


def test_a_refusal_is_told() -> None:
    refuse = Answer(403, {"message": "Resource not accessible by integration"})

    def behave(asked: Asked) -> Answer:
        return refuse if asked.method == "POST" else Answer(200, [])

    with serve(behave) as server, pytest.raises(github.Refused, match="not accessible"):
        comments.upsert(server.hub(), 7, MARKER, BODY)
    assert [asked.method for asked in server.asked] == ["GET", "POST"]


@pytest.mark.parametrize("body", ["no marker", MARKER + "x" * 65_536])
def test_a_body_that_could_not_be_found_again_or_is_too_long_is_refused(body: str) -> None:
    with pytest.raises(CannotRun, match="too long"):
        comments.upsert(serving.Server("http://127.0.0.1:1", []).hub(), 7, MARKER, body)

"""GitHub's API over a real connection: what is tried again and what is not, limits, and where the token goes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dataci import github
from dataci.errors import CannotRun
from serving import DROP, TOKEN, Answer, Asked, scripted, serve

WORKFLOW = {
    "GITHUB_API_URL": "https://api.github.com",
    "GITHUB_SERVER_URL": "https://github.com/",
    "GITHUB_REPOSITORY": "owner/name",
    "GITHUB_TOKEN": TOKEN,
}
BUSY = Answer(503, {"message": "busy"})
TROUBLE = [
    BUSY,
    Answer(500),
    Answer(502),
    Answer(429, {}, {"Retry-After": "1"}),
    Answer(403, {}, {"Retry-After": "0"}),
    DROP,
]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATACI_BACKOFF", "0")


def test_a_request_bears_the_token_and_gives_json() -> None:
    with serve(scripted(Answer(200, {"a": 1}))) as server:
        assert github.get(server.hub(), "/repos/owner/name", head="owner:a b&c=d") == {"a": 1}
        sent = github.send(server.hub(), "PATCH", "/x", {"body": "ü\n"})
    first, second = server.asked
    assert (first.method, first.path) == ("GET", "/repos/owner/name?head=owner%3Aa+b%26c%3Dd")
    assert first.headers["authorization"] == f"Bearer {TOKEN}"
    assert first.headers["x-github-api-version"]
    assert sent == {"a": 1}
    assert second.json == {"body": "ü\n"}


def test_an_empty_answer_is_none() -> None:
    with serve(scripted(Answer(204))) as server:
        assert github.send(server.hub(), "DELETE", "/x", {}) is None


@pytest.mark.parametrize("trouble", TROUBLE)
@pytest.mark.parametrize("method", ["GET", "PATCH", "PUT", "DELETE"])
def test_what_may_be_repeated_is_tried_again(trouble: Answer | str, method: str) -> None:
    with serve(scripted(trouble, trouble, Answer(200, {"done": True}))) as server:
        assert github.ask(server.hub(), method, "/x", b"{}") == {"done": True}
    assert len(server.asked) == 3


def test_it_gives_up_and_says_who_did_not_answer() -> None:
    with (
        serve(scripted(DROP)) as server,
        pytest.raises(github.Unreachable, match=r"127.0.0.1 did not answer"),
    ):
        github.get(server.hub(), "/x")
    assert len(server.asked) == github.ATTEMPTS
    with serve(scripted(BUSY)) as server, pytest.raises(github.Refused, match="GET /x: 503 busy") as refused:
        github.get(server.hub(), "/x")
    assert refused.value.status == 503
    with pytest.raises(github.Unreachable, match="Run the job again"):
        github.get(server.hub(), "/nobody-listens-there-any-more")


@pytest.mark.parametrize("trouble", [DROP, Answer(502), Answer(500)])
def test_a_post_that_may_have_arrived_is_not_repeated(trouble: Answer | str) -> None:
    with serve(scripted(trouble, Answer(201, {}))) as server, pytest.raises(CannotRun):
        github.send(server.hub(), "POST", "/x", {})
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [429, 403])
def test_a_post_that_was_put_off_is_repeated(status: int) -> None:
    trouble = Answer(status, {}, {"Retry-After": "1"})
    with serve(scripted(trouble, Answer(201, {"id": 7}))) as server:
        assert github.send(server.hub(), "POST", "/x", {}) == {"id": 7}


@pytest.mark.parametrize("answer", [Answer(404), Answer(422), Answer(401), Answer(403, {"message": "no"})])
def test_a_refusal_is_not_tried_again(answer: Answer) -> None:
    with serve(scripted(answer)) as server, pytest.raises(github.Refused) as refused:
        github.get(server.hub(), "/x")
    assert refused.value.status == answer.status
    assert len(server.asked) == 1


def test_a_wrong_token_is_called_so() -> None:
    answer = Answer(401, {"message": "Bad credentials"})
    with serve(scripted(answer)) as server, pytest.raises(github.Refused) as refused:
        github.get(server.hub(), "/x")
    assert str(refused.value) == (
        "GitHub refused GET /x: 401 Bad credentials. GITHUB_TOKEN is wrong or has expired."
    )


def test_a_server_that_asks_for_an_hour_is_given_up() -> None:
    answer = Answer(429, {"message": "slow down"}, {"Retry-After": "3600"})
    with serve(scripted(answer)) as server, pytest.raises(github.Refused, match="slow down"):
        github.get(server.hub(), "/x")
    assert len(server.asked) == 1


def test_a_server_that_stays_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    monkeypatch.setattr(github, "READ", 0.05)
    monkeypatch.setattr(github, "ATTEMPTS", 2)
    over = threading.Event()

    def silent(_: Asked) -> str:
        over.wait(30)
        return DROP

    with serve(silent) as server:
        with pytest.raises(github.Unreachable, match="ReadTimeoutError"):
            github.get(server.hub(), "/x")
        over.set()


def test_the_words_of_the_server_stand_on_one_line_and_the_token_nowhere() -> None:
    errors = [{"message": "A pull request\nalready exists"}, "odd", {"message": 3}]
    body = {"message": "Validation Failed\n::error::forged", "errors": errors}
    with serve(scripted(Answer(422, body))) as server, pytest.raises(github.Refused) as refused:
        github.send(server.hub(), "POST", "/x?token=secret", {})
    assert str(refused.value) == (
        "GitHub refused POST /x: 422 Validation Failed ::error::forged; A pull request already exists."
    )
    assert TOKEN not in repr(server.hub())


@pytest.mark.parametrize("body", [b"<html>", b"", b"[" * 100_000, b"\xff\xfe"])
def test_odd_words_are_left_out(body: bytes) -> None:
    with serve(scripted(Answer(404, body))) as server, pytest.raises(github.Refused, match=r"GET /x: 404\.$"):
        github.get(server.hub(), "/x")


def test_what_is_no_json_is_no_answer() -> None:
    with (
        serve(scripted(Answer(200, b"<html>"))) as server,
        pytest.raises(github.Unreachable, match="no JSON"),
    ):
        github.get(server.hub(), "/x")


def test_pages_end_with_a_short_one() -> None:
    def listing(asked: Asked) -> Answer:
        page = int(asked.path.rpartition("page=")[2])
        items = list(range(250))[(page - 1) * 100 : page * 100]
        return Answer(200, items if "plain" in asked.path else {"total_count": 250, "artifacts": items})

    with serve(listing) as server:
        assert list(github.pages(server.hub(), "/plain", state="open")) == list(range(250))
        assert list(github.pages(server.hub(), "/table")) == list(range(250))
    assert server.asked[0].path == "/plain?state=open&per_page=100&page=1"
    assert len(server.asked) == 6


def test_pages_without_an_end_are_refused() -> None:
    with serve(scripted(Answer(200, [0] * 100))) as server, pytest.raises(CannotRun, match="10,000"):
        list(github.pages(server.hub(), "/x"))


def test_a_download_follows_a_redirect_without_the_token() -> None:
    with serve(scripted(Answer(200, b"zip"))) as store:
        moved = Answer(302, None, {"Location": f"{store.url}/signed?sig=1"})
        with serve(scripted(moved)) as server:
            assert github.download(server.hub(), "/artifact/zip", 10) == b"zip"
    assert "authorization" in server.asked[0].headers
    assert "authorization" not in store.asked[0].headers
    assert store.asked[0].path == "/signed?sig=1"


def test_a_redirect_within_the_api_keeps_the_token() -> None:
    answers = scripted(Answer(301, None, {"Location": "/there"}), Answer(200, b"zip"))
    with serve(answers) as server:
        assert github.download(server.hub(), "/here", 10) == b"zip"
    assert [asked.headers.get("authorization") for asked in server.asked] == [f"Bearer {TOKEN}"] * 2


@pytest.mark.parametrize("location", ["http://example.org/x", "file:///etc/passwd", "ftp://example.org/"])
def test_a_redirect_to_what_is_not_safe_is_refused(location: str) -> None:
    moved = Answer(302, None, {"Location": location})
    with serve(scripted(moved)) as server, pytest.raises(CannotRun, match="must begin with https"):
        github.download(server.hub(), "/x", 10)


def test_redirects_without_an_end_are_refused() -> None:
    moved = Answer(302, None, {"Location": "/again"})
    with serve(scripted(moved)) as server, pytest.raises(CannotRun, match="to no end"):
        github.download(server.hub(), "/x", 10)


def test_a_json_request_follows_no_redirect() -> None:
    moved = Answer(301, None, {"Location": "/y"})
    with serve(scripted(moved)) as server, pytest.raises(github.Refused, match="renamed"):
        github.get(server.hub(), "/x")
    assert len(server.asked) == 1


def test_a_download_above_the_limit_is_refused() -> None:
    with serve(scripted(Answer(200, b"x" * 11))) as server:
        assert github.download(server.hub(), "/x", 11) == b"x" * 11
        with pytest.raises(CannotRun, match="more than 10 bytes"):
            github.download(server.hub(), "/x", 10)


def test_what_a_run_knows_is_read_from_its_environment() -> None:
    assert github.connect(WORKFLOW) == github.GitHub(
        "https://api.github.com", "https://github.com", "owner/name", TOKEN
    )


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        *[(name, None, f"{name} is not set") for name in WORKFLOW],
        ("GITHUB_API_URL", "http://api.github.com", "must begin with https://"),
        ("GITHUB_API_URL", "https:api", "must begin with https://"),
        ("GITHUB_REPOSITORY", "owner/name/../x", "must be OWNER/NAME"),
        ("GITHUB_REPOSITORY", "owner/na me", "must be OWNER/NAME"),
        ("GITHUB_REPOSITORY", "owner/..", "must be OWNER/NAME"),
        ("GITHUB_TOKEN", "a\r\nX-Header: b", "is no token"),
    ],
)
def test_what_is_missing_is_named(name: str, value: str | None, told: str | None) -> None:
    environment = {key: found for key, found in {**WORKFLOW, name: value}.items() if found is not None}
    with pytest.raises(CannotRun, match=told):
        github.connect(environment)


def test_an_event_is_read_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    path.write_text('{"action": "labeled"}')
    assert github.event({"GITHUB_EVENT_PATH": str(path)}) == {"action": "labeled"}
    for text in ("[]", "{", "[" * 100_000):
        path.write_text(text)
        with pytest.raises(CannotRun, match="GITHUB_EVENT_PATH"):
            github.event({"GITHUB_EVENT_PATH": str(path)})
    for environment in ({}, {"GITHUB_EVENT_PATH": str(tmp_path / "none")}):
        with pytest.raises(CannotRun, match="GITHUB_EVENT_PATH"):
            github.event(environment)


def test_without_the_extra_it_says_what_to_install() -> None:
    script = (
        "import sys; sys.modules['urllib3'] = None\n"
        "from dataci import errors, github\n"
        "try: github.get(github.GitHub('http://127.0.0.1:1', '', 'a/b', 't'), '/x')\n"
        "except errors.CannotRun as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(github.__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "pip install '.[github]'" in done.stdout


def test_pauses_grow_and_are_not_in_step(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(github.time, "sleep", slept.append)
    monkeypatch.setenv("DATACI_BACKOFF", "2")
    for attempt in range(8):
        github.pause(attempt)
    github.pause(0, asked=7)
    assert all(2 * 0.5 * 2**n <= wait <= 2 * 2**n for n, wait in enumerate(slept[:4]))
    assert max(slept[:-1]) <= 40
    assert slept[-1] == 14
    monkeypatch.setenv("DATACI_BACKOFF", "soon")
    with pytest.raises(CannotRun, match="DATACI_BACKOFF"):
        github.pause(0)

"""GitHub's answers by path: what a test sets is given, anything else is 404; on the server of ``serving``."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import serving
from dataci.github import GitHub

REPOSITORY = "acme/pets"
SERVER = "https://github.example"


class Asked(NamedTuple):
    """A request: its path without "/repos/acme/pets", and what its JSON says."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    token: str


Told = Any  # JSON, bytes, a serving.Answer, serving.DROP, or a function of Asked that returns one of these


class Hub(NamedTuple):
    """``answers``: what to answer to a method and a path; ``asked``: all requests, in order."""

    hub: GitHub
    answers: dict[tuple[str, str], Told]
    asked: list[Asked]

    def environ(self) -> dict[str, str]:
        """Return what a workflow run has in its environment."""
        names = ("GITHUB_API_URL", "GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_TOKEN")
        return dict(zip(names, self.hub, strict=True))

    def written(self) -> list[Asked]:
        """Return the requests that change something."""
        return [asked for asked in self.asked if asked.method != "GET"]


@contextlib.contextmanager
def github() -> Iterator[Hub]:
    """Serve for the length of a test."""
    answers: dict[tuple[str, str], Told] = {}
    requests: list[Asked] = []

    def behave(arrived: serving.Asked) -> serving.Answer | str:
        asked = understood(arrived)
        requests.append(asked)
        told = answers.get((asked.method, asked.path), serving.Answer(404, {"message": "Not Found"}))
        told = told(asked) if callable(told) else told
        return told if isinstance(told, (serving.Answer, str)) else serving.Answer(200, told)

    with serving.serve(behave) as server:
        yield Hub(GitHub(server.url, SERVER, REPOSITORY, serving.TOKEN), answers, requests)


def understood(arrived: serving.Asked) -> Asked:
    """Return a request in its parts."""
    parts = urlsplit(arrived.path)
    path = parts.path.removeprefix(f"/repos/{REPOSITORY}")
    token = arrived.headers.get("authorization", "").removeprefix("Bearer ")
    return Asked(
        arrived.method, path, dict(parse_qsl(parts.query)), arrived.json if arrived.body else None, token
    )


def paged(items: list[Any]) -> Callable[[Asked], list[Any]]:
    """Answer with a page of a list."""

    def answer(asked: Asked) -> list[Any]:
        size = int(asked.query["per_page"])
        start = (int(asked.query["page"]) - 1) * size
        return items[start : start + size]

    return answer


def finished(sha: str, **changes: Any) -> dict[str, Any]:
    """Return the finished run of a fork's pull request, as a workflow_run event of GitHub states it."""
    return {
        "id": 7,
        "event": "pull_request",
        "conclusion": "success",
        "path": ".github/workflows/data-ci.yml",
        "head_sha": sha,
        "head_branch": "patch-1",
        "head_repository": {"full_name": "mallory/pets", "owner": {"login": "mallory"}},
        "pull_requests": [],
        **changes,
    }

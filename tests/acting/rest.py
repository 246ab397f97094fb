"""The stand-in's REST API: routes, permissions, and the shape of answers and refusals."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from acting.state import JSON, Repository, Token, World, described, user

PREFIX = "/api/v3"
NO_ACCESS = "Resource not accessible by integration"


class Refusal(Exception):
    """An answer that is an error, in GitHub's words."""

    def __init__(self, status: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body: JSON = {"message": message, "status": str(status), **more}


class Call(NamedTuple):
    """One request to the API, taken apart."""

    world: World
    repository: Repository
    token: Token | None
    parts: dict[str, str]
    query: dict[str, str]
    body: JSON

    @property
    def number(self) -> int:
        """Return the number in the path."""
        return int(self.parts["number"])


class Redirect(NamedTuple):
    """An answer that sends the client elsewhere."""

    location: str


Handler = Callable[[Call], Any]
ROUTES: list[tuple[str, re.Pattern[str], str, Handler]] = []


def route(method: str, path: str, need: str) -> Callable[[Handler], Handler]:
    """Register a handler; ``need`` is ``scope:access``, where ``discussion`` is issues or, on one, pull-requests."""
    tail = re.sub(r"\{(number|id)\}", r"(?P<\1>[0-9]+)", path)
    tail = re.sub(r"\{(ref)\}", r"(?P<\1>.+)", tail)
    tail = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", tail)
    pattern = re.compile(rf"/repos/(?P<repo>[^/]+/[^/]+){tail}")

    def register(handler: Handler) -> Handler:
        ROUTES.append((method, pattern, need, handler))
        return handler

    return register


def permitted(call: Call, need: str) -> None:
    """Refuse in GitHub's words what the token may not do.

    Reading takes a permission too, as it does in a private repository: a workflow that forgets one fails here.
    """
    scope, _, access = need.partition(":")
    token, repository = call.token, call.repository
    if token is None:
        if access == "read" and repository.public:
            return
        raise Refusal(401, "Requires authentication") if access == "write" else Refusal(404, "Not Found")
    if token.repository != repository.name:
        if access == "read" and repository.public:
            return
        raise Refusal(403, NO_ACCESS) if access == "write" else Refusal(404, "Not Found")
    if scope == "metadata":
        return
    scopes = [scope]
    if scope == "discussion":
        number = int(call.parts.get("number", 0))
        comment = repository.comments.get(int(call.parts.get("id", 0)))
        number = comment["issue"] if comment else number
        either = number == 0 or number in repository.pulls
        scopes = ["issues", "pull-requests"] if either else ["issues"]
    if not any(token.may(name, access) for name in scopes):
        raise Refusal(403, NO_ACCESS, documentation_url="https://docs.github.com/rest")


def answer(world: World, token: Token | None, method: str, path: str, query: JSON, body: JSON) -> Any:
    """Answer one request below /api/v3; raises Refusal."""
    known = False
    for verb, pattern, need, handler in ROUTES:
        match = pattern.fullmatch(path)
        if not match:
            continue
        known = True
        if verb != method:
            continue
        parts = match.groupdict()
        repository = world.repositories.get(parts["repo"])
        if repository is None:
            raise Refusal(404, "Not Found")
        call = Call(world, repository, token, parts, query, body)
        permitted(call, need)
        with world.lock:
            return handler(call)
    raise Refusal(405 if known else 404, f"Not Found (the stand-in does not serve {method} {path})")


def found(items: dict[int, JSON], number: int) -> JSON:
    """Return one item, or answer 404."""
    if number not in items:
        raise Refusal(404, "Not Found")
    return items[number]


def limited(resource: str, body: JSON) -> None:
    """Refuse texts above GitHub's limits: 65,536 characters in a body, 256 in a title."""
    for name, limit in (("body", 65_536), ("title", 256)):
        if len(str(body.get(name) or "")) > limit:
            error = {"resource": resource, "code": "unprocessable", "field": name}
            message = f"{name} is too long (maximum is {limit} characters)"
            raise Refusal(422, "Validation Failed", errors=[{**error, "message": message}])


def page(items: Sequence[JSON], query: dict[str, str]) -> list[JSON]:
    """Return the page of a list that the query asks for: 30 items unless told, 100 at most."""
    size = min(int(query.get("per_page", 30)), 100)
    start = (int(query.get("page", 1)) - 1) * size
    return list(items[start : start + size])


@route("GET", "", "metadata:read")
def repository_itself(call: Call) -> JSON:
    """Describe the repository."""
    return described(call.world, call.repository)


@route("GET", "/collaborators/{login}/permission", "metadata:read")
def permission(call: Call) -> JSON:
    """Say what somebody may do; those who are no collaborator may read."""
    login = call.parts["login"]
    role = call.repository.collaborators.get(login, "read" if call.repository.public else "none")
    role = "admin" if login == call.repository.owner else role
    legacy = {"maintain": "write", "triage": "read"}.get(role, role)
    return {"permission": legacy, "role_name": role, "user": user(login)}

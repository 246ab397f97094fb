"""What the stand-in knows: repositories, tokens, faults that tests plant, and the log of requests."""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

JSON = dict[str, Any]
BOT = "github-actions[bot]"
BOT_ID = 41898282
CLOCK = "2026-11-24T12:00:00Z"  # the stand-in's clock stands still


class Token(NamedTuple):
    """A credential: ``permissions`` maps a scope, such as ``pull-requests``, to ``read`` or ``write``."""

    value: str
    name: str  # how the request log calls it: "pr-comment.yml/comment"
    login: str
    repository: str
    permissions: Mapping[str, str]
    run: int = 0
    workflow: bool = True  # of a workflow's job: it may not touch .github/workflows

    def may(self, scope: str, access: str) -> bool:
        """Say whether the token has ``access`` (``read`` or ``write``) to ``scope``."""
        return self.permissions.get(scope) in (("write",) if access == "write" else ("read", "write"))


class Request(NamedTuple):
    """One request that reached the stand-in, and how it was answered; status 0: the connection was dropped."""

    host: str  # "api", "git", "blob" (where downloads are redirected to), "runtime" (actions) or "elsewhere"
    method: str
    path: str
    query: str
    token: str  # the token's name; "" without one, "?" when it is unknown
    status: int
    body: bytes


@dataclass
class Fault:
    """The next ``times`` requests that match are answered by ``status``, or dropped without an answer when it is 0.

    With ``late`` the request takes effect first: the server did it, and the client never hears of that.
    """

    method: str
    path: re.Pattern[str]
    times: int
    status: int
    late: bool


@dataclass
class Repository:
    """A bare git repository, and what GitHub keeps beside it."""

    name: str  # owner/name
    folder: Path
    public: bool = False
    parent: str = ""
    default_branch: str = "main"
    protected: set[str] = field(default_factory=set)
    collaborators: dict[str, str] = field(default_factory=dict)  # login → admin, write, read
    pulls: dict[int, JSON] = field(default_factory=dict)
    issues: dict[int, JSON] = field(default_factory=dict)  # the pull requests as well, as on GitHub
    comments: dict[int, JSON] = field(default_factory=dict)
    runs: dict[int, JSON] = field(default_factory=dict)
    jobs: dict[int, list[JSON]] = field(default_factory=dict)
    artifacts: dict[int, JSON] = field(default_factory=dict)  # with "run", and "bytes": the zip
    pages: list[bytes] = field(default_factory=list)  # what was deployed, as the artifact's bytes
    variables: dict[str, str] = field(default_factory=dict)  # of Actions: what `vars.NAME` says
    calls: bool = True  # False: jobs that are other workflows are left out, which saves their time
    pulls_by_actions: bool = True  # the setting "Allow GitHub Actions to create and approve pull requests"

    @property
    def owner(self) -> str:
        """Return the login that the repository belongs to."""
        return self.name.partition("/")[0]


class World:
    """Everything that the stand-in knows, behind one lock."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.lock = threading.RLock()
        self.repositories: dict[str, Repository] = {}
        self.tokens: dict[str, Token] = {}
        self.runtime: dict[str, tuple[str, int]] = {}  # the actions' own token → repository, run
        self.blobs: dict[str, bytes] = {}
        self.faults: list[Fault] = []
        self.requests: list[Request] = []
        self.numbers = itertools.count(1)
        self.ids = itertools.count(1000)
        self.url = ""  # of the server: api and git
        self.blob_url = ""  # of the other host

    def fault(self, method: str, path: str, late: bool) -> Fault | None:
        """Take one from the first planted fault that matches."""
        with self.lock:
            for fault in self.faults:
                if (
                    fault.times
                    and fault.late == late
                    and fault.method in (method, "*")
                    and fault.path.search(path)
                ):
                    fault.times -= 1
                    return fault
        return None


def user(login: str) -> JSON:
    """Return a user as the API gives it."""
    bot = login.endswith("[bot]")
    number = BOT_ID if login == BOT else 1 + sum(map(ord, login))
    return {"login": login, "id": number, "type": "Bot" if bot else "User"}


def described(world: World, repository: Repository) -> JSON:
    """Return a repository as the API gives it."""
    return {
        "id": 1 + sum(map(ord, repository.name)),
        "name": repository.name.partition("/")[2],
        "full_name": repository.name,
        "owner": user(repository.owner),
        "private": not repository.public,
        "fork": bool(repository.parent),
        "default_branch": repository.default_branch,
        "html_url": f"{world.url}/{repository.name}",
        "clone_url": f"{world.url}/{repository.name}.git",
        "url": f"{world.url}/api/v3/repos/{repository.name}",
    }


def store(world: World, repository: Repository, run: int, name: str, data: bytes) -> int:
    """Keep an artifact of a run; return its id."""
    with world.lock:
        identity = next(world.ids)
        repository.artifacts[identity] = {
            "id": identity,
            "name": name,
            "size_in_bytes": len(data),
            "expired": False,
            "created_at": CLOCK,
            "run": run,
            "bytes": data,
        }
    return identity

"""A stand-in for GitHub on the loopback address: git over HTTP, the REST API, artifacts, and a log of all requests."""

from __future__ import annotations

import base64
import binascii
import json
import re
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from acting import bare, rest, rest_actions, rest_discussion, smart_http
from acting.smart_http import Served
from acting.state import Request, Token, World, store

__all__ = [
    "StandIn",
    "rest_actions",
    "rest_discussion",
]  # the latter two register their routes by being imported

GIT_PATH = re.compile(
    r"/(?P<repo>[^/]+/[^/]+?)(?:\.git)?(?P<service>/info/refs|/git-(?:upload|receive)-pack)"
)
UPLOAD = re.compile(r"/_runtime/artifacts(?:/(?P<name>[^/]+))?")


def credential(header: str) -> str:
    """Return the token in an Authorization header: Bearer, token, or Basic with any user name."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return value.strip()
    try:
        return base64.b64decode(value).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def as_json(status: int, value: Any, **headers: str) -> Served:
    """Return an answer of JSON; no body at all for None."""
    body = b"" if value is None else json.dumps(value).encode()
    return Served(status, {"Content-Type": "application/json; charset=utf-8", **headers}, body)


def api(world: World, token: Token | None, method: str, path: str, query: str, body: bytes) -> Served:
    """Answer a request to the REST API."""
    try:
        given = json.loads(body) if body else {}
        if not isinstance(given, dict):
            raise rest.Refusal(400, "Body should be a JSON object")
        said = rest.answer(world, token, method, path, dict(parse_qsl(query)), given)
    except rest.Refusal as refusal:
        return as_json(refusal.status, refusal.body)
    except ValueError:
        return as_json(400, {"message": "Problems parsing JSON", "status": "400"})
    if isinstance(said, rest.Redirect):
        return Served(302, {"Location": said.location}, b"")
    return as_json({"POST": 201, "DELETE": 200 if said else 204}.get(method, 200), said)


def runtime(world: World, given: str, method: str, name: str | None, query: str, body: bytes) -> Served:
    """Store or return artifacts of the run itself, which takes no permission but the actions' own token."""
    if given not in world.runtime:
        return as_json(401, {"message": "this is for the actions of a run"})
    with world.lock:
        owner, run = world.runtime[given]
        stored = world.repositories[owner].artifacts
        if method == "POST" and name:
            identity = store(world, world.repositories[owner], run, name, body)
            return as_json(201, {"id": identity})
        mine = {one["name"]: one for one in stored.values() if one["run"] == run}
    if name is None:
        return as_json(200, {"artifacts": [{"id": one["id"], "name": one["name"]} for one in mine.values()]})
    return (
        Served(200, {}, mine[name]["bytes"])
        if name in mine
        else as_json(404, {"message": "no such artifact"})
    )


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    world: World
    blob_host = False

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing: the log is `World.requests`."""

    def content(self) -> bytes:
        """Read the request's body: of a known length, or in chunks."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def handle_all(self) -> None:
        """Answer any request: a planted fault, or what the path is for; and write it down."""
        world, url = self.world, urlsplit(self.path)
        body, header = self.content(), self.headers.get("Authorization", "")
        given = credential(header) if header else ""
        token = world.tokens.get(given)
        path = unquote(url.path)
        host, served = "", None
        fault = world.fault(self.command, path, late=False)
        if fault is None:
            host, served = self.dispatch(path, url.query, given, token, body)
            late = world.fault(self.command, path, late=True)
            fault = late
        if fault is not None:
            served = as_json(fault.status, {"message": "planted by the test"}) if fault.status else None
        known = token.name if token else ("?" if given and given not in world.runtime else "")
        status = served.status if served else 0
        with world.lock:
            world.requests.append(
                Request(host or self.host_of(path), self.command, path, url.query, known, status, body)
            )
        self.reply(served)

    def host_of(self, path: str) -> str:
        """Name the part of the stand-in that a path belongs to."""
        if self.blob_host:
            return "blob"
        if path.startswith(f"{rest.PREFIX}/"):
            return "api"
        if UPLOAD.fullmatch(path):
            return "runtime"
        return "git" if GIT_PATH.fullmatch(path) else "elsewhere"

    def dispatch(
        self, path: str, query: str, given: str, token: Token | None, body: bytes
    ) -> tuple[str, Served]:
        """Answer by host and path."""
        world, host = self.world, self.host_of(path)
        if host == "blob":
            blob = world.blobs.get(path.strip("/").removesuffix(".zip"))
            return host, (Served(200, {}, blob) if blob is not None else as_json(404, {}))
        if host == "runtime":
            match = UPLOAD.fullmatch(path)
            return host, runtime(world, given, self.command, match["name"] if match else None, query, body)
        if host == "elsewhere":
            return host, as_json(200, {})  # a stranger's server takes whatever it is sent
        if given and token is None:
            return host, as_json(401, {"message": "Bad credentials", "status": "401"})
        if host == "api":
            return host, api(world, token, self.command, path.removeprefix(rest.PREFIX), query, body)
        return host, self.git(path, query, token, body)

    def git(self, path: str, query: str, token: Token | None, body: bytes) -> Served:
        """Answer git, and bring pull requests up to date after a push."""
        match = GIT_PATH.fullmatch(path)
        repository = self.world.repositories.get(match["repo"]) if match else None
        if match is None or repository is None:
            return Served(404, {"Content-Type": "text/plain"}, b"Repository not found.\n")
        headers = {name.lower(): value for name, value in self.headers.items()}
        service = match["service"]
        served = smart_http.serve(self.world, repository, token, self.command, service, query, headers, body)
        if service == "/git-receive-pack":
            for each in list(self.world.repositories.values()):
                bare.refresh(self.world, each)
        return served

    def reply(self, served: Served | None) -> None:
        """Send the answer, or drop the connection when there is none."""
        if served is None:
            self.close_connection = True
            self.connection.close()
            return
        self.send_response(served.status)
        for name, value in served.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(served.body)))
        self.end_headers()
        self.wfile.write(served.body)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = handle_all


class Server(ThreadingHTTPServer):
    """A server whose threads end with it, and that does not print what a client's hanging up causes."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: tests plant such things."""


class StandIn:
    """The two servers: GitHub itself, and the other host that downloads are sent to."""

    def __init__(self, world: World) -> None:
        self.world = world
        hooks = world.root / "hooks"
        shutil.copytree(smart_http.HOOKS, hooks)
        (hooks / "pre-receive").chmod(0o755)
        github = type("GitHubHandler", (Handler,), {"world": world})
        blob = type("BlobHandler", (Handler,), {"world": world, "blob_host": True})
        self.servers = [Server(("127.0.0.1", 0), github), Server(("127.0.0.1", 0), blob)]
        world.url = f"http://127.0.0.1:{self.servers[0].server_address[1]}"
        world.blob_url = f"http://localhost:{self.servers[1].server_address[1]}"
        for server in self.servers:
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Stop both servers."""
        for server in self.servers:
            server.shutdown()
            server.server_close()

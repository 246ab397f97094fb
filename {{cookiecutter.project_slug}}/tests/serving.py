"""Real servers on this machine, for the tests: an HTTP server that answers from a script, and git over HTTP."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from dataci.github import GitHub

TOKEN = "a-token-of-the-tests"
DROP = "drop"  # an answer that never comes: the connection is closed


class Asked(NamedTuple):
    """A request as it arrived. ``headers``: names in small letters."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Answer(NamedTuple):
    """What to answer: bytes as they are, anything else as JSON."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = {}

    @property
    def data(self) -> bytes:
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Server(NamedTuple):
    """A running server: its address, and all that it was asked, in order."""

    url: str
    asked: list[Asked]

    def hub(self, token: str = TOKEN) -> GitHub:
        return GitHub(self.url, self.url, "owner/name", token)


Behaviour = Callable[[Asked], Answer | str]


@contextlib.contextmanager
def serve(behave: Behaviour) -> Iterator[Server]:
    """Serve what ``behave`` answers, on a free port of this machine."""
    asked: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length) if length else self.chunks()
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Asked(self.command, self.path, headers, body)
            asked.append(request)
            answer = behave(request)
            if isinstance(answer, str):
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.data)))
            self.end_headers()
            self.wfile.write(answer.data)

        def chunks(self) -> bytes:
            found = b""
            while self.headers.get("Transfer-Encoding") == "chunked" and (
                size := int(self.rfile.readline(), 16)
            ):
                found += self.rfile.read(size)
                self.rfile.readline()
            return found

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_any

        def log_message(self, format: str, *arguments: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield Server(f"http://127.0.0.1:{server.server_port}", asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def scripted(*answers: Answer | str) -> Behaviour:
    """Answer one after the other; the last one again and again."""
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def git_backend(folder: Path, tokens: Mapping[str, str]) -> Behaviour:
    """Serve the bare repositories in ``folder`` by git's own http-backend. ``tokens``: "read" or "write" of each."""

    def behave(asked: Asked) -> Answer | str:
        may = tokens.get(bearer(asked))
        if may is None:
            return Answer(401, {"message": "Bad credentials"}, {"WWW-Authenticate": 'Basic realm="git"'})
        path, _, query = asked.path.partition("?")
        if "git-receive-pack" in asked.path and may != "write":
            return Answer(403, b"denied")
        return backend(folder, asked, path, query)

    return behave


def bearer(asked: Asked) -> str:
    """Return the token of a request by git."""
    scheme, _, value = asked.headers.get("authorization", "").partition(" ")
    return base64.b64decode(value).decode().removeprefix("x-access-token:") if scheme == "Basic" else ""


def backend(folder: Path, asked: Asked, path: str, query: str) -> Answer:
    """Run git http-backend for one request."""
    environment = {
        **os.environ,
        "GIT_PROJECT_ROOT": str(folder),
        "GIT_HTTP_EXPORT_ALL": "1",
        "REQUEST_METHOD": asked.method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_TYPE": asked.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(asked.body)),
        "HTTP_CONTENT_ENCODING": asked.headers.get("content-encoding", ""),
        "GIT_PROTOCOL": asked.headers.get("git-protocol", ""),
        "REMOTE_USER": "someone",
        "REMOTE_ADDR": "127.0.0.1",
    }
    done = subprocess.run(
        ["git", "http-backend"], env=environment, input=asked.body, capture_output=True, check=True
    )
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
    status = int(headers.pop("Status", "200").split()[0])
    return Answer(status, body, headers)

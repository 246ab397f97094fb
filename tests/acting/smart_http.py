"""Serves git over HTTP by the real `git http-backend`, with GitHub's answers to tokens that may not do it."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from acting.bare import clean
from acting.state import Repository, Token, World

HOOKS = Path(__file__).parent / "hooks"
DECLINED = b"pre-receive hook declined"


class Served(NamedTuple):
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes


def refuse(repository: Repository, token: Token | None, pushes: bool) -> Served | None:
    """Return GitHub's refusal when ``token`` may not read from, or push to, the repository."""
    plain = {"Content-Type": "text/plain; charset=utf-8"}
    if token is None and (pushes or not repository.public):
        return Served(
            401, {**plain, "WWW-Authenticate": 'Basic realm="GitHub"'}, b"No anonymous write access."
        )
    if token is None:
        return None
    here = token.repository == repository.name
    if pushes and not (here and token.may("contents", "write")):
        denied = f"Permission to {repository.name}.git denied to {token.login}.\n"
        return Served(403, plain, denied.encode())
    if not repository.public and not (here and token.may("contents", "read")):
        return Served(404, plain, b"Repository not found.\n")
    return None


def packets(data: bytes) -> Iterator[bytes]:
    """Yield the content of each pkt-line; b"" is a flush."""
    at = 0
    while at + 4 <= len(data):
        size = int(data[at : at + 4], 16)
        yield data[at + 4 : at + max(size, 4)]
        at += max(size, 4)


def packet(content: bytes) -> bytes:
    """Return a pkt-line; a flush for b""."""
    return b"%04x%s" % (len(content) + 4, content) if content else b"0000"


def reworded(body: bytes, reason: bytes) -> bytes:
    """Put GitHub's reason in the place of git's "pre-receive hook declined" in a push's report."""
    out = []
    for outer in packets(body):
        if outer[:1] == b"\x01":
            inner = b"".join(packet(line.replace(DECLINED, reason)) for line in packets(outer[1:]))
            out.append(packet(b"\x01" + inner))
        else:
            out.append(packet(outer))
    return b"".join(out)


def serve(
    world: World,
    repository: Repository,
    token: Token | None,
    method: str,
    service: str,
    query: str,
    headers: dict[str, str],
    body: bytes,
) -> Served:
    """Answer one request of the smart HTTP protocol; ``service`` is the path behind the repository."""
    pushes = "git-receive-pack" in (service + query)
    refusal = refuse(repository, token, pushes)
    if refusal:
        return refusal
    with tempfile.TemporaryDirectory(dir=world.root) as scratch:
        reason = Path(scratch) / "reason"
        environ = {
            **clean(os.environ),
            "GIT_PROJECT_ROOT": str(repository.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": service,
            "REQUEST_METHOD": method,
            "QUERY_STRING": query,
            "CONTENT_TYPE": headers.get("content-type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": headers.get("content-encoding", ""),
            "GIT_PROTOCOL": headers.get("git-protocol", ""),
            "REMOTE_USER": token.login if token else "",
            "REMOTE_ADDR": "127.0.0.1",
            "GIT_CONFIG_COUNT": "3",
            "GIT_CONFIG_KEY_0": "core.hooksPath",
            "GIT_CONFIG_VALUE_0": str(world.root / "hooks"),
            "GIT_CONFIG_KEY_1": "http.receivepack",
            "GIT_CONFIG_VALUE_1": "true",
            "GIT_CONFIG_KEY_2": "uploadpack.allowAnySHA1InWant",
            "GIT_CONFIG_VALUE_2": "true",
            "ACTING_PROTECTED": f" {' '.join(sorted(repository.protected))} ",
            "ACTING_WORKFLOWS": "refused" if token and token.workflow else "",
            "ACTING_REASON": str(reason),
        }
        done = subprocess.run(
            ["git", "http-backend"], input=body, capture_output=True, env=environ, check=False
        )
        head, _, answer = done.stdout.partition(b"\r\n\r\n")
        if reason.exists():
            answer = reworded(answer, reason.read_bytes())
    lines = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
    status = int(lines.pop("Status", "200 OK").split()[0])
    return Served(status, lines, answer)

"""Finds what escaped from a run: a planted command that ran, a token that somebody could read, a stranger's visit."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from acting.disk import forms
from acting.runner import Run
from acting.state import World


def contents(data: bytes) -> Iterator[bytes]:
    """Yield an artifact's bytes, and its files' when it is a zip."""
    yield data
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield from (archive.read(entry) for entry in archive.infolist())


def places(world: World, run: Run) -> Iterator[tuple[str, bytes]]:
    """Yield what others than the run can read of it, and where that is."""
    yield "the log", run.log.encode()
    yield "a summary", run.summary.encode()
    for name, data in run.artifacts.items():
        for part in contents(data):
            yield f"the artifact {name}", part
    for repository in world.repositories.values():
        for comment in repository.comments.values():
            yield f"a comment on #{comment['issue']}", str(comment["body"]).encode()


def found(world: World, canary: Path, runs: Iterable[Run]) -> list[str]:
    """Return a sentence for each thing that escaped."""
    said = []
    if canary.exists():
        said.append("a planted command ran: it made the canary file")
    for request in world.requests:
        if request.host == "elsewhere":
            said.append(f"a stranger's server was asked for {request.path}")
        if request.host == "blob" and request.token:
            said.append(f"the download host saw the token of {request.token}")
    secrets = {token.value: token.name for token in world.tokens.values()}
    for run in runs:
        said += [f"{run.workflow}: a token lay on disk in {path}" for path in run.on_disk]
        for place, data in places(world, run):
            for secret, name in secrets.items():
                if any(form in data for form in forms(secret)):
                    said.append(f"{run.workflow}: the token of {name} is in {place}")
    return said

"""A project on a server, and the jobs that publish what is handed over to them, for the tests."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

import building
import handing
from dataci import record
from dataci.commands.publish import results as command
from dataci.record import Record
from hosting import WRITE, Host

FIRST = 0.2  # the signal in the first result's predictions


class Site:
    """A project on a server, with its first result, and jobs that publish what is handed over to them."""

    def __init__(self, host: Host, patch: pytest.MonkeyPatch) -> None:
        self.host, self.patch, self.number = host, patch, 0
        self.work = host.clone("work")
        self.start = host.log(form="%H")[0]
        self.first = handing.result(self.work, self.start, signal=FIRST)
        self.summary = host.home / "summary.md"

    def merge(self, changes: dict[str, str | None], message: str = "Merge") -> str:
        return handing.merge(self.work, changes, message)

    def result(self, commit: str, signal: float, parent: Record | None = None, **changes: Any) -> Record:
        return handing.result(self.work, commit, parent, signal, **changes)

    def folder(self, commit: str, made: dict[float, Record], latest: str | None = "") -> Path:
        self.number += 1
        own = next(iter(made.values()))["tag"] if made and latest == "" else latest or None
        return handing.hand_over(self.host.home / f"handed-{self.number}", commit, made, own)

    def publish(self, commit: str, folder: Path, token: str = WRITE, root: Path | None = None) -> int:
        """Run the command as its job does: in a fresh clone of main."""
        self.number += 1
        clone = root or self.host.clone(f"job-{self.number}")
        self.summary.unlink(missing_ok=True)
        handing.set_environment(self.patch, handing.in_a_run(self.host, commit, token, self.summary))
        return command.run(clone, folder)

    def train(self, commit: str, signal: float, parent: Record | None, **options: Any) -> Record:
        """Train and publish what lies in a commit."""
        made = self.result(commit, signal, parent)
        assert self.publish(commit, self.folder(commit, {signal: made}), **options) == 0
        return made

    def file(self, name: str, branch: str = "main") -> bytes | None:
        command = ["git", "cat-file", "blob", f"{branch}:results/{name}"]
        done = subprocess.run(command, cwd=self.host.bare, capture_output=True, check=False)
        return done.stdout if done.returncode == 0 else None

    def record(self, tag: str, branch: str = "main") -> Record:
        return record.loads(self.file(f"{tag}.json", branch) or b"", tag)

    def latest(self, branch: str = "main") -> str:
        return str(json.loads(self.file("latest.json", branch) or b"{}").get("tag"))

    def results(self, branch: str = "main") -> dict[str, str]:
        listing = building.git(self.host.bare, "ls-tree", "-r", branch, "results/").splitlines()
        return {line.split("\t")[1]: line.split()[2] for line in listing}

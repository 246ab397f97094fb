"""Results as a job hands them over, for the tests: of real commits of a small project, without any training."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

import building
import candidates
import recording
from dataci import config, identity, measuring, predictions, record, results
from dataci.delivery import handover
from dataci.record import Record
from hosting import Host
from serving import Answer, Asked

ROW = "n{0},a vet for my dog,pet sitting by a student,1\n"


def files() -> dict[str, str]:
    """Return the files of the project, which has no bugs: no result here was measured on any."""
    kept = {path: text for path, text in candidates.files().items() if not path.startswith("data/bugs/")}
    return {**kept, ".gitignore": ".dataci/\n__pycache__/\nhanded-*/\n"}


def batch(number: int) -> dict[str, str]:
    """Return a batch of training data."""
    return {f"data/train/batch-{number}.csv": candidates.HEADER + ROW.format(number)}


def merge(root: Path, changes: dict[str, str | None], message: str = "Merge") -> str:
    """Commit to main on the server, as a merge does; return the commit. ``root``: a clone whose HEAD is main."""
    building.git(root, "fetch", "--quiet", f"file://{served(root)}", "main")
    building.git(root, "reset", "--quiet", "--hard", "FETCH_HEAD")
    for path, text in changes.items():
        if text is None:
            (root / path).unlink()
        else:
            building.write(root, {path: text})
    made = building.commit(root, message)
    building.git(root, "push", "--quiet", f"file://{served(root)}", "HEAD:refs/heads/main")
    return made


def served(root: Path) -> Path:
    """Return the bare repository that a clone of ``Host`` came from."""
    return root.parent / "served/owner/name"


def result(
    root: Path, commit: str, parent: Record | None = None, signal: float = 0.2, code: str = "", **changes: Any
) -> Record:
    """Return the record of the candidate that lies in a commit, as good as asked for, measured on its test set."""
    building.git(root, "checkout", "--quiet", "--detach", commit)
    dataset = building.load(root)
    model = hashlib.sha256((root / "project/model.py").read_bytes()).hexdigest()
    predicted = {"test": of_seed(signal)}
    made = recording.made(
        "x",
        predicted,
        parent=parent["tag"] if parent else None,
        test=measuring.place(dataset),
        data=dataset.tree_id("train"),
        code=code or model,
        commit=commit,
        train=identity.training_settings(config.load(root)),
    )
    made["code"]["files"] = {"project/model.py": model[:12]}
    return record.canonical({**made, **changes})


def of_seed(signal: float) -> predictions.Predictions:
    """Return predictions on the test set; more signal, better ones."""
    return recording.predictions(signal, seed=round(signal * 1000))


def hand_over(folder: Path, commit: str, made: dict[float, Record], latest: str | None = None) -> Path:
    """Write what a job hands over: records by the signal of their predictions."""
    found: dict[str, bytes] = {}
    for signal, one in made.items():
        texts = results.texts(one, {"test": of_seed(signal)})
        found |= {name: text.encode() for name, text in texts.items()}
    folder.mkdir(parents=True)
    listed = {
        "version": 1,
        "commit": commit,
        "latest": latest,
        "tags": sorted(one["tag"] for one in made.values()),
    }
    for name, data in {**found, handover.LIST: json.dumps(listed).encode()}.items():
        (folder / name).write_bytes(data)
    return folder


def in_a_run(host: Host, commit: str, token: str, summary: Path) -> dict[str, str]:
    """Return the environment of a workflow run at a commit of main."""
    event = host.home / "event.json"
    event.write_text(json.dumps({"repository": {"default_branch": "main"}}))
    return {
        "GITHUB_API_URL": host.server.url,
        "GITHUB_SERVER_URL": host.server.url,
        "GITHUB_REPOSITORY": "owner/name",
        "GITHUB_TOKEN": token,
        "GITHUB_SHA": commit,
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_STEP_SUMMARY": str(summary),
        "GITHUB_ACTIONS": "",  # where these tests run in a workflow themselves
        "DATACI_BACKOFF": "0.01",
    }


def set_environment(patch: pytest.MonkeyPatch, values: dict[str, str]) -> None:
    """Put values into the environment of this process."""
    for name, value in values.items():
        patch.setenv(name, value)


class Pulls:
    """The pull requests of owner/name. ``trouble``: answers to the next POSTs ("lost": it arrived)."""

    def __init__(self) -> None:
        self.pulls: list[dict[str, Any]] = []
        self.trouble: list[Answer | str] = []
        self.changes: list[str] = []

    def __call__(self, asked: Asked) -> Answer | str:
        path = asked.path.partition("?")[0]
        if asked.method == "GET":
            opened = [one for one in self.pulls if one["state"] == "open"]
            return Answer(200, opened if asked.path.endswith("page=1") else [])
        self.changes.append(asked.method)
        if asked.method == "POST" and path == "/repos/owner/name/pulls":
            trouble = self.trouble.pop(0) if self.trouble else None
            return trouble if trouble not in (None, "lost") else self.opened(asked, "drop" if trouble else "")
        one = self.pulls[int(path.rpartition("/")[2]) - 1]
        one.update(asked.json)
        return Answer(200, one)

    def opened(self, asked: Asked, lost: str) -> Answer | str:
        """Open a pull request; the answer may get lost."""
        number = len(self.pulls) + 1
        head = {"ref": asked.json["head"], "repo": {"full_name": "owner/name"}}
        made = {**asked.json, "number": number, "state": "open", "html_url": f"web/{number}", "head": head}
        self.pulls.append(made)
        return lost or Answer(201, made)

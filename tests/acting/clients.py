"""Clients that are none of ours: git and curl, to try the stand-in without act."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from acting.hub import Hub
from acting.state import JSON


def push(hub: Hub, folder: Path, token: str, branch: str, files: dict[str, str]) -> tuple[int, str]:
    """Clone with a token, commit files and push to a branch; return git's exit code and what it said."""
    url = f"{hub.world.url}/{hub.repository.name}"
    auth = f"http.extraHeader=Authorization: Bearer {token}"
    git = ["git", "-c", auth, "-c", "core.editor=true"]
    subprocess.run([*git, "clone", "--quiet", url, folder], check=True)
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    subprocess.run([*git, "add", "--all"], cwd=folder, check=True)
    subprocess.run([*git, "commit", "--quiet", "--message", "x"], cwd=folder, check=True)
    pushing = [*git, "push", "origin", f"HEAD:refs/heads/{branch}"]
    done = subprocess.run(pushing, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def call(
    hub: Hub, token: str, method: str, path: str, body: JSON | None = None, *more: str
) -> tuple[int, bytes]:
    """Ask the API by curl; return the status (0: no answer) and the body."""
    url = f"{hub.world.url}/api/v3/repos/{hub.repository.name}{path}"
    data = [] if body is None else ["--data", json.dumps(body)]
    auth = ["--header", f"Authorization: Bearer {token}"] if token else []
    line = [
        "curl",
        "--silent",
        "--request",
        method,
        *auth,
        *data,
        *more,
        "--write-out",
        "%{stderr}%{http_code}",
        url,
    ]
    done = subprocess.run(line, capture_output=True, check=False)
    return int(done.stderr.decode().strip()[-3:]), done.stdout

"""Fetch, commit and push, as github-actions[bot]. The token is in the environment of one git process and nowhere else.

No hook, no credential helper and no prompt runs. What a refused push was is told by ``Rejected.kind``, so that a race
("behind") is tried again and nothing else is.
"""

from __future__ import annotations

import base64
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from dataci import git, github
from dataci.errors import CannotRun

Kind = Literal["behind", "protected", "forbidden", "workflows", "other"]

ORIGIN = "origin"
NAME, EMAIL = "github-actions[bot]", "41898282+github-actions[bot]@users.noreply.github.com"
ATTEMPTS = 4  # to fetch; who pushed looks first whether it arrived
LIMIT = 300  # seconds that git may take to fetch or push
BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")
REASONS: Sequence[tuple[Kind, re.Pattern[str]]] = (
    ("workflows", re.compile(r"without .?workflows.? permission")),
    ("protected", re.compile(r"GH006|GH013|protected branch|rule violations", re.IGNORECASE)),
    (
        "behind",
        re.compile(
            r"fetch first|non-fast-forward|stale info|cannot lock ref|failed to lock|failed to update ref|"
            r"incorrect old value|reference already exists|but expected"
        ),
    ),
    (
        "forbidden",
        re.compile(
            r"returned error: 40[13]|permission to .* denied|authentication failed|"
            r"could not read username|access denied|not granted",
            re.IGNORECASE,
        ),
    ),
)
NETWORK = re.compile(
    r"could not resolve|could not connect|failed to connect|timed out|"
    r"connection (?:was )?(?:reset|refused|closed|timed out)|"
    r"early eof|unexpected disconnect|hung up|empty reply|rpc failed|returned error: (?:429|5\d\d)|curl \d+|"
    r"invalid index-pack|bad (?:line length|band)|transfer closed|recv failure|send failure|ssl_|gnutls|tls packet",
    re.IGNORECASE,
)
CURE: Mapping[Kind, str] = {
    "behind": "Others pushed at the same time, again and again. Run the job again.",
    "protected": "The branch is protected.",
    "forbidden": (
        "The token may not write. Give the job `permissions: contents: write`; where an organisation forbids that, "
        "switch it on: Settings → Actions → General → Workflow permissions."
    ),
    "workflows": "The token of a workflow may not change workflows. Make that part of the change by hand.",
    "other": "Read what the server says, and run the job again.",
}


class Rejected(CannotRun):
    """The server refused a push; ``kind`` says as what."""

    def __init__(self, kind: Kind, words: str) -> None:
        super().__init__(f"The push was refused ({words}). {CURE[kind]}")
        self.kind: Kind = kind


class Unreachable(CannotRun):
    """The server did not answer. After a push nobody knows whether it arrived: fetch, and look."""


def fetch(root: Path, branch: str, token: str) -> str:
    """Fetch a branch and return the id of its commit; Unreachable without an answer, CannotRun without the branch."""
    options = ("--quiet", "--no-tags", "--no-recurse-submodules")
    done = insist(root, token, "fetch", *options, ORIGIN, full(branch))
    if done.returncode:
        raise failure(done, f"git cannot fetch {branch}")
    return git.resolve(root, "FETCH_HEAD")


def find(root: Path, branch: str, token: str) -> str | None:
    """Return the id of a branch's commit on the server, fetched; None when there is no such branch."""
    done = insist(root, token, "ls-remote", "--exit-code", ORIGIN, full(branch))
    if done.returncode == 2:
        return None
    if done.returncode:
        raise failure(done, f"git cannot look for {branch}")
    return fetch(root, branch, token)


def reset(root: Path, commit: str) -> None:
    """Make the working tree that of ``commit``, whatever was there; untracked files stay."""
    done = ask(root, "", "reset", "--quiet", "--hard", git.resolve(root, commit))
    if done.returncode:
        raise failure(done, f"git cannot go to {commit[:8]}")


def commit(root: Path, paths: Sequence[str], message: str) -> str | None:
    """Commit these paths, as they are on disk, on top of HEAD; return the commit's id, or None when nothing changed."""
    if not paths:
        return None
    for arguments in (["add", "--all", "--", *paths], ["diff", "--cached", "--quiet", "HEAD", "--", *paths]):
        done = ask(root, "", *arguments)
        if arguments[0] == "diff" and not done.returncode:
            return None
        if done.returncode and not (arguments[0] == "diff" and done.returncode == 1):
            raise failure(done, "git cannot add what was written")
    options = ("--quiet", "--no-verify", "--cleanup=verbatim", "--file=-", "--only")
    done = ask(root, "", "commit", *options, "--", *paths, stdin=message.rstrip("\n") + "\n")
    if done.returncode:
        raise failure(done, "git cannot commit what was written")
    return git.head(root)


def push(
    root: Path, commit: str, branch: str, token: str, *, force: bool = False, expected: str | None = None
) -> None:
    """Push a commit to a branch; Rejected tells why the server refused, Unreachable that nobody knows.

    ``force``: the branch may hold something else, but only what ``expected`` names (None: it must not exist yet).
    """
    target = full(branch)
    lease = [f"--force-with-lease={target}:{expected or ''}"] if force else []
    done = ask(root, token, "push", "--porcelain", "--no-verify", *lease, ORIGIN, f"{commit}:{target}")
    if done.returncode == 0:
        return
    said = [line.split("\t")[-1] for line in done.stdout.splitlines() if line.startswith("!")]
    everything = f"{done.stdout}\n{done.stderr}"
    for kind, pattern in REASONS:
        if pattern.search(everything):
            raise Rejected(kind, shown(done, said))
    raise failure(done, "git cannot push") if not said else Rejected("other", shown(done, said))


def shown(done: subprocess.CompletedProcess[str], said: Sequence[str]) -> str:
    """Return the telling words of a refusal, on one line."""
    errors = [line.removeprefix("remote: ") for line in done.stderr.splitlines() if "error" in line.lower()]
    told = next((line for line in errors if "GH0" in line), None) or next(iter([*said, *errors[::-1]]), "")
    return " ".join(told.split()).rstrip(".")[:200] or "it gave no reason"


def failure(done: subprocess.CompletedProcess[str], what: str) -> CannotRun:
    """Return the error for a git that failed: the network, the rights, or what git says."""
    lines = [line for line in done.stderr.strip().splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith(("fatal:", "error:"))]
    words = " ".join((fatal or lines or ["no message"])[0].split()).rstrip(".")[:200]
    if NETWORK.search(done.stderr):
        return Unreachable(f"{what}: {words}. The network failed; run the job again.")
    if dict(REASONS)["forbidden"].search(done.stderr):
        return Rejected("forbidden", words)
    return CannotRun(f"{what}: {words}.")


def full(branch: str) -> str:
    """Return the full name of a branch; CannotRun for what is no plain name of one."""
    if not BRANCH.fullmatch(branch) or ".." in branch or branch.endswith((".lock", ".")):
        raise CannotRun(f"{branch[:80]!r} is no name of a branch that is used here.")
    return f"refs/heads/{branch}"


def insist(root: Path, token: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Ask git for what changes nothing, and a few times more while the network fails."""
    done = ask(root, token, *arguments)
    for attempt in range(ATTEMPTS - 1):
        if not done.returncode or not NETWORK.search(done.stderr):
            break
        github.pause(attempt)
        done = ask(root, token, *arguments)
    return done


def ask(
    root: Path, token: str, *arguments: str, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run git with the bot's name; with a token, what it needs to speak to the remote."""
    given = None if stdin is None else stdin.encode("utf-8")
    try:
        done = git.process(root, *arguments, stdin=given, env=environment(root, token), patience=LIMIT)
    except subprocess.TimeoutExpired:
        raise Unreachable(f"git {arguments[0]} took more than {LIMIT} seconds. Run the job again.") from None
    said, error = (stream.decode("utf-8", "replace") for stream in (done.stdout, done.stderr))
    return subprocess.CompletedProcess(done.args, done.returncode, said, error)


def environment(root: Path, token: str) -> dict[str, str]:
    """Return the environment of one git process."""
    settings = {
        "core.hooksPath": "/dev/null",
        "core.fsmonitor": "false",
        "commit.gpgSign": "false",
        "push.gpgSign": "false",
        "gc.auto": "0",
        "maintenance.auto": "false",
        "credential.helper": "",
        "http.lowSpeedLimit": "1000",
        "http.lowSpeedTime": "30",
        "http.followRedirects": "false",
        **authorization(root, token),
    }
    found = git.apart() | {"GIT_LITERAL_PATHSPECS": "1", "GIT_ASKPASS": "", "SSH_ASKPASS": ""}
    for role in ("AUTHOR", "COMMITTER"):
        found |= {f"GIT_{role}_NAME": NAME, f"GIT_{role}_EMAIL": EMAIL}
        found.pop(f"GIT_{role}_DATE", None)
    count = int(found.get("GIT_CONFIG_COUNT") or 0)
    for number, (name, value) in enumerate(settings.items(), count):
        found |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return found | {"GIT_CONFIG_COUNT": str(count + len(settings))}


def authorization(root: Path, token: str) -> dict[str, str]:
    """Return the setting that sends the token to the server of the remote, and to no other."""
    if not token:
        return {}
    url = urlsplit(git.run(root, "remote", "get-url", ORIGIN, check=False).decode().strip())
    if url.scheme not in ("http", "https") or not url.hostname:
        return {}
    host = f"{url.hostname}:{url.port}" if url.port else url.hostname
    header = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    return {f"http.{url.scheme}://{host}/.extraHeader": f"Authorization: Basic {header}"}

"""Runs one workflow by act, with nothing of this machine's settings and a token for each job."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from acting import disk, logs, rewriting
from acting.logs import Annotation
from acting.state import BOT, JSON, Repository, Token, World

STUBS = Path(__file__).parent / "stubs"
BIN = Path(sys.executable).parent
TIMEOUT = 240  # seconds; a workflow that takes longer hangs
QUIET = {
    "DATACI_BACKOFF": "0.01",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "POLARS_MAX_THREADS": "1",
}


class Event(NamedTuple):
    """An event, and the commit and reference that its workflows run on."""

    name: str
    payload: JSON
    sha: str
    ref: str
    actor: str
    head_sha: str  # of the change: a pull request's own head, elsewhere ``sha``
    head_branch: str
    head_repository: str
    fork: bool = False  # a pull request from a fork: its tokens may only read


@dataclass
class Run:
    """What became of one workflow."""

    id: int
    workflow: str  # the file's name
    name: str
    event: Event
    attempt: int
    conclusion: str  # success, failure, skipped
    jobs: dict[str, str]
    log: str
    summaries: dict[str, str]
    annotations: list[Annotation]
    dropped: int
    artifacts: dict[str, bytes]  # name → zip
    tokens: dict[str, str]  # job → the token it had
    seconds: float = 0.0
    on_disk: list[str] = field(default_factory=list)  # files that held a token at a job's end

    @property
    def summary(self) -> str:
        """Return the summaries of all jobs."""
        return "\n".join(self.summaries.values())


def command(event: Event, folder: Path, workflow: JSON) -> list[str]:
    """Return act's command line."""
    known = {path.name: path for path in STUBS.iterdir()}
    act = shutil.which("act")
    assert act, "act is not there: `make test` installs it on Linux, elsewhere bring your own"
    arguments = [act, event.name, "-C", str(folder / "work"), "-W", str(folder / "workflow.yml")]
    arguments += ["-e", str(folder / "event.json"), "-P", "ubuntu-24.04=-self-hosted", "--actor", event.actor]
    arguments += ["--no-skip-checkout", "--pull=false", "--no-cache-server", "--json", "--insecure-secrets"]
    arguments += ["--secret-file", str(folder / "secrets"), "--env-file", str(folder / "env")]
    arguments += ["--var-file", str(folder / "vars")]
    for action, ref in sorted(rewriting.actions(workflow)):
        name = action.partition("/")[2]
        assert name in known, f"no stub plays {action}; add one to tests/acting/stubs"
        arguments += ["--local-repository", f"{action}@{ref}={known[name]}"]
    return arguments


def environment(world: World, repository: Repository, event: Event, run: int, attempt: int) -> dict[str, str]:
    """Return what the runner tells the workflow by environment variables."""
    short = event.ref.removeprefix("refs/heads/").removeprefix("refs/tags/").removeprefix("refs/")
    pull = event.payload.get("pull_request") or {}
    return {
        "GITHUB_API_URL": f"{world.url}/api/v3",
        "GITHUB_SERVER_URL": world.url,
        "GITHUB_GRAPHQL_URL": f"{world.url}/api/graphql",
        "GITHUB_REPOSITORY": repository.name,
        "GITHUB_REPOSITORY_OWNER": repository.owner,
        "GITHUB_REF": event.ref,
        "GITHUB_REF_NAME": short.removeprefix("pull/") if pull else short,
        "GITHUB_REF_TYPE": "branch",
        "GITHUB_HEAD_REF": pull.get("head", {}).get("ref", ""),
        "GITHUB_BASE_REF": pull.get("base", {}).get("ref", ""),
        "SHA_REF": event.sha,
        "GITHUB_RUN_ID": str(run),
        "GITHUB_RUN_NUMBER": str(run),
        "GITHUB_RUN_ATTEMPT": str(attempt),
        "GIT_TERMINAL_PROMPT": "0",
        "ACTING_PYTHON": sys.executable,
        **QUIET,
    }


def tokens(
    world: World, repository: Repository, workflow: JSON, file: str, event: Event, run: int
) -> dict[str, Token]:
    """Make a token for each job, limited to the job's permissions."""
    made = {}
    for name, job in workflow["jobs"].items():
        value = f"ghs_{os.urandom(18).hex()}"
        permissions = rewriting.granted(workflow, job, fork=event.fork)
        made[name] = Token(value, f"{file}/{name}", BOT, repository.name, permissions, run)
    with world.lock:
        world.tokens.update({token.value: token for token in made.values()})
    return made


def pairs(values: Mapping[str, str]) -> str:
    """Return the text of a file of variables."""
    return "".join(f"{name}={value}\n" for name, value in values.items())


def execute(
    world: World,
    repository: Repository,
    file: str,
    text: str,
    event: Event,
    run: int,
    attempt: int,
    tools: Mapping[str, int],
) -> tuple[logs.Read, dict[str, str], list[str]]:
    """Run act and return what the log tells, each job's token, and the files that held one afterwards."""
    workflow = rewriting.load(text)
    made = tokens(world, repository, workflow, file, event, run)
    runtime, nothing = f"runtime_{os.urandom(18).hex()}", f"ghs_{os.urandom(18).hex()}"
    with world.lock:
        world.runtime[runtime] = (repository.name, run)
        world.tokens[nothing] = Token(nothing, f"{file}/*", BOT, repository.name, {}, run)
    folder = Path(tempfile.mkdtemp(dir=world.root, prefix=f"run-{run}-"))
    (folder / "work").mkdir()
    (folder / "home").mkdir()
    (folder / "on-disk").touch()
    look = [
        sys.executable,
        "-I",
        disk.__file__,
        *(str(folder / name) for name in ("secrets", "on-disk")),
    ]
    new, secrets = rewriting.copy(workflow, shlex.join(look))
    (folder / "workflow.yml").write_text(new, "utf-8")
    (folder / "event.json").write_text(json.dumps(event.payload), "utf-8")
    values = {secrets[name]: token.value for name, token in made.items()}
    values |= {"GITHUB_TOKEN": nothing, "ACTING_RUNTIME": runtime}
    (folder / "secrets").write_text(pairs(values), "utf-8")
    variables = environment(world, repository, event, run, attempt)
    variables["ACTING_TOOLS"] = " ".join(f"{name}={code}" for name, code in tools.items())
    (folder / "env").write_text(pairs(variables), "utf-8")
    (folder / "vars").write_text(pairs(repository.variables), "utf-8")
    path = os.pathsep.join(part for part in os.environ["PATH"].split(os.pathsep) if Path(part) != BIN)
    outer = {"PATH": path, "HOME": str(folder / "home"), "GIT_CONFIG_NOSYSTEM": "1", "LANG": "C.UTF-8"}
    done = subprocess.run(
        command(event, folder, workflow),
        env=outer,
        cwd=folder / "work",
        capture_output=True,
        check=False,
        timeout=TIMEOUT,
    )
    output = done.stdout.decode("utf-8", "replace") + done.stderr.decode("utf-8", "replace")
    read = logs.read(output, workflow["jobs"])
    failed = "failure" in read.jobs.values()
    assert bool(done.returncode) == failed, (
        f"act ended with {done.returncode}, which no job explains:\n{read.text}"
    )
    given = {name: token.value for name, token in made.items()}
    kept = sorted(set((folder / "on-disk").read_text("utf-8").splitlines()))
    shutil.rmtree(folder, ignore_errors=True)
    return read, given, kept

"""Makes the copy of a workflow that act runs: a token for each job, the runner's for actions, act's gaps closed.

act has one GITHUB_TOKEN a run and enforces no `permissions`. So in the copy every `github.token` and
`secrets.GITHUB_TOKEN` inside of a job becomes a secret of that job, whose value is a token with just the permissions
that the job has on GitHub. What remains GITHUB_TOKEN (`toJSON(github)` shows it) is a token that may do nothing.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from acting.state import JSON

EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
TOKEN = re.compile(
    r"\bgithub\.token\b|\bsecrets\.GITHUB_TOKEN\b|\b(?:github|secrets)\[\s*'(?:token|GITHUB_TOKEN)'\s*\]"
)
USES = re.compile(r"(?P<action>[\w.-]+/[\w.-]+)(?:/[^@]*)?@(?P<ref>.+)")
SCOPES = (
    "actions attestations checks contents deployments discussions id-token issues packages pages pull-requests "
    "repository-projects security-events statuses"
).split()
DEFAULT = {"contents": "read", "packages": "read"}  # of new repositories, where a workflow says nothing
SHELLS = {
    None: "-e",
    "bash": "--noprofile --norc -eo pipefail",
}  # as GitHub starts bash: by default, and when named
BRACES = "{" + "0}"  # where act puts the script's path
STEP = Path(__file__).parent / "step.sh"
HAS_TOKEN_INPUT = {"actions/checkout": "token", "actions/deploy-pages": "token"}  # default: github.token


class Loader(yaml.SafeLoader):
    """YAML as GitHub reads it: `on` is a word, only true and false are booleans, and a date is text."""


Loader.yaml_implicit_resolvers = {
    first: [
        (tag, regexp)
        for tag, regexp in resolvers
        if tag not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"true|false|True|False"), list("tTfF"))


def load(text: str) -> JSON:
    """Read a workflow."""
    workflow: JSON = yaml.load(text, Loader)
    return workflow


def granted(workflow: JSON, job: JSON, *, fork: bool) -> dict[str, str]:
    """Return the permissions of a job's token: the job's, or else the workflow's; for a fork, only to read."""
    asked: Any = job.get("permissions", workflow.get("permissions", DEFAULT))
    if isinstance(asked, str):
        asked = dict.fromkeys(SCOPES, asked.removesuffix("-all"))
    permissions = {scope: access for scope, access in (asked or {}).items() if access != "none"}
    return dict.fromkeys(permissions, "read") if fork else permissions


def swap(value: Any, secret: str, key: str = "") -> Any:
    """Return ``value`` with the token's expressions replaced by the secret's, at any depth."""
    if isinstance(value, dict):
        return {name: swap(part, secret, str(name)) for name, part in value.items()}
    if isinstance(value, list):
        return [swap(part, secret) for part in value]
    if not isinstance(value, str):
        return value
    if key == "if":
        return TOKEN.sub(f"secrets.{secret}", value)
    return EXPRESSION.sub(lambda found: TOKEN.sub(f"secrets.{secret}", found[0]), value)


def step_copy(step: JSON, secret: str) -> JSON:
    """Give a step what the real runner gives it: pipes to a script, the runtime token and github.token to an action."""
    match = USES.fullmatch(str(step.get("uses", "")))
    if not match:
        options = SHELLS.get(step.get("shell"))
        return {**step, "shell": f"bash {shlex.quote(str(STEP))} {options} {BRACES}"} if options else step
    given = dict(step.get("with") or {})
    name = HAS_TOKEN_INPUT.get(match["action"])
    if name and name not in given:
        given[name] = "${" + "{ secrets." + secret + " }" + "}"
    runtime = {"ACTIONS_RUNTIME_TOKEN": "${" + "{ secrets.ACTING_RUNTIME }" + "}"}
    return {**step, "with": given, "env": {**(step.get("env") or {}), **runtime}}


def secret_of(number: int) -> str:
    """Name the secret that holds the token of the job with this position."""
    return f"ACTING_JOB_{number}"


def copy(workflow: JSON, last: str) -> tuple[str, dict[str, str]]:
    """Return the text of the copy, and for each job the name of the secret that must hold its token.

    ``last`` is a command that each job runs at its end, whatever happened.
    """
    new = dict(workflow)
    shared = new.pop("env", None) or {}
    secrets, jobs = {}, {}
    for number, (name, job) in enumerate(workflow["jobs"].items()):
        secret = secrets[name] = secret_of(number)
        job = swap({**job, "env": {**shared, **(job.get("env") or {})}}, secret)
        closing = {"name": "The harness looks around", "if": "always()", "run": last}
        job["steps"] = [*(step_copy(step, secret) for step in job.get("steps", [])), closing]
        jobs[name] = without_queue(job)
    new["jobs"] = jobs
    return yaml.safe_dump(without_queue(new), sort_keys=False, allow_unicode=True), secrets


def without_queue(part: JSON) -> JSON:
    """Strip `concurrency.queue`, which act rejects."""
    if not isinstance(part.get("concurrency"), Mapping):
        return part
    return {**part, "concurrency": {name: v for name, v in part["concurrency"].items() if name != "queue"}}


def actions(workflow: JSON) -> set[tuple[str, str]]:
    """Return the actions that the workflow uses, as (owner/name, reference)."""
    steps = [step for job in workflow["jobs"].values() for step in job.get("steps", [])]
    used = [USES.fullmatch(str(step["uses"])) for step in steps if "uses" in step]
    return {(match["action"], match["ref"]) for match in used if match}

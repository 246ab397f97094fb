"""What every job of a workflow has to be, a rule a function: each yields a sentence for what it finds wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from workflow_table import Job

JOB = {
    "name",
    "if",
    "needs",
    "runs-on",
    "timeout-minutes",
    "permissions",
    "env",
    "strategy",
    "environment",
    "steps",
}
HERE = "./.github/workflows/"
STEP = {"name", "id", "if", "uses", "with", "run", "env"}
DEFAULT_BRANCH = "${{ github.event.repository.default_branch }}"
DEFAULTING = {"workflow_run"}  # after which GitHub checks out the default branch by itself
TOKEN = "${{ github.token }}"
PUBLISH = re.compile(r"uv run --no-sync dataci publish [a-z]+( [a-z][a-z-]*)?")
SYNC = "uv sync --no-dev --extra github"
SWALLOWED = re.compile(
    r"\|\|\s*(true|:|exit 0|echo)|;\s*(true|exit 0)\s*$|set \+e|\|&?\s*tee\b", re.MULTILINE
)
UNQUOTED = re.compile(r"\$(?!\()[A-Za-z_{]")
WITH = re.compile(
    r"\$\{\{ (github\.event\.repository\.default_branch|matrix\.python|steps\.\w+\.outputs\.page_url) \}\}"
)
CHECKOUT = {"persist-credentials", "ref", "fetch-depth"}


class Place(NamedTuple):
    """One job of one workflow, with what the table expects of it."""

    file: str
    name: str
    job: dict[str, Any]
    expected: Job
    workflow: dict[str, Any]

    @property
    def steps(self) -> list[dict[str, Any]]:
        """Return the steps."""
        found: list[dict[str, Any]] = self.job.get("steps") or []
        return found

    @property
    def writes(self) -> bool:
        """Tell whether the job may write anything."""
        rights = self.job.get("permissions")
        return not isinstance(rights, dict) or any(right != "read" for right in rights.values())


def keys(place: Place) -> Iterator[str]:
    """No key that hides a failure, changes the shell or brings in code from elsewhere."""
    if extra := place.job.keys() - JOB:
        yield f"has {sorted(extra)}"
    for step in place.steps:
        if extra := step.keys() - STEP:
            yield f"has a step with {sorted(extra)}"
        if ("uses" in step) == ("run" in step):
            yield "has a step that does not either use an action or run a command"
    if not place.steps:
        yield "has no steps"


def called(place: Place) -> Iterator[str]:
    """A job that is another workflow of this repository hands it nothing: no secret, no input."""
    if place.job.keys() != {"needs", "permissions", "uses"}:
        yield f"has {sorted(place.job)}"
    if place.job.get("uses") != f"{HERE}{place.expected.calls}":
        yield f"calls {place.job.get('uses')!r}, not {place.expected.calls}"


def permissions(place: Place) -> Iterator[str]:
    """A job has exactly the rights of the table."""
    if place.job.get("permissions") != place.expected.permissions:
        yield f"has the rights {place.job.get('permissions')}, not {place.expected.permissions}"


def limits(place: Place) -> Iterator[str]:
    """Every job ends by itself, on a fresh machine of a fixed kind."""
    minutes = place.job.get("timeout-minutes")
    if not isinstance(minutes, int) or not 0 < minutes <= place.expected.minutes:
        yield f"may run for {minutes} minutes"
    if place.job.get("runs-on") != "ubuntu-24.04":
        yield f"runs on {place.job.get('runs-on')!r}"
    if place.job.get("environment") != place.expected.environment:
        yield f"has the environment {place.job.get('environment')!r}"


def conditions(place: Place) -> Iterator[str]:
    """Every `if` and every `needs` is the one of the table: an `if` too many skips, one too few lets through."""
    if place.job.get("if") != place.expected.condition:
        yield f"has the condition {place.job.get('if')!r}, not {place.expected.condition!r}"
    needs = place.job.get("needs", [])
    if tuple([needs] if isinstance(needs, str) else needs) != place.expected.needs:
        yield f"waits for {needs}, not for {list(place.expected.needs)}"
    steps = {label(step): step["if"] for step in place.steps if "if" in step}
    if steps != place.expected.steps:
        yield f"has steps with the conditions {steps}, not {place.expected.steps}"


def label(step: dict[str, Any]) -> str:
    """Name a step: by its name, else by its action or command."""
    return str(step.get("name") or step.get("uses", "").split("@")[0] or step.get("run"))


def scripts(place: Place) -> Iterator[str]:
    """A script holds no expression, swallows no failure and quotes what comes from outside."""
    for script in (step["run"] for step in place.steps if "run" in step):
        if "${{" in script:
            yield f"has an expression in a script: {script!r}; hand it over in env"
        if SWALLOWED.search(script):
            yield f"has a script that swallows a failure: {script!r}"
        if UNQUOTED.search(re.sub(r'"[^"]*"', '""', script)):
            yield f"has a variable without quotes: {script!r}"
        if re.search(r"\b(curl|wget|eval|pip install|npx?)\b", script):
            yield f"runs what is not in the lock file: {script!r}"


def expressions(place: Place) -> Iterator[str]:
    """An action is given nothing that a stranger could have written."""
    for step in place.steps:
        for key, value in (step.get("with") or {}).items():
            if "${{" in WITH.sub("", str(value)):
                yield f"gives {value!r} to {step.get('uses')} as {key}"


def tokens(place: Place) -> Iterator[str]:
    """The token stands in the environment of the one step that publishes, and nowhere else."""
    for step in place.steps:
        env = dict(step.get("env") or {})
        if PUBLISH.fullmatch(str(step.get("run", "")).strip()):
            if env.pop("GITHUB_TOKEN", None) != TOKEN:
                yield f"publishes without `GITHUB_TOKEN: {TOKEN}`"
            if env:
                yield f"publishes with {sorted(env)} in the environment"
        if given := [word for word in ("github.token", "GITHUB_TOKEN") if word in str({**step, "env": env})]:
            yield f"has {given} in the step {label(step)!r}, which does not publish"
        if set(step.get("with") or {}) & {"token", "github-token", "ssh-key"}:
            yield f"hands a token to {step.get('uses')}"
    if "TOKEN" in str(place.job.get("env", {})).upper():
        yield "has a token in the environment of the whole job"


def checkouts(place: Place) -> Iterator[str]:
    """A checkout leaves no token on disk, and fetches this repository alone."""
    for settings in used(place, "actions/checkout"):
        if settings.get("persist-credentials") is not False:
            yield "leaves the token on disk: persist-credentials"
        if extra := settings.keys() - CHECKOUT:
            yield f"checks out with {sorted(extra)}"
        if settings.get("ref") not in {None, DEFAULT_BRANCH}:
            yield f"checks out {settings.get('ref')!r}"


def used(place: Place, action: str) -> Iterator[dict[str, Any]]:
    """Yield what each use of an action is given."""
    for step in place.steps:
        if str(step.get("uses", "")).split("@")[0] == action:
            yield step.get("with") or {}


def writers(place: Place) -> Iterator[str]:
    """A job that may write takes the default branch and a finished artifact, and runs the publisher: nothing else."""
    if not place.writes or place.expected.environment:  # a deployment to pages has a rule of its own
        return
    allowed = {DEFAULT_BRANCH} | ({None} if place.workflow.get("on", {}).keys() <= DEFAULTING else set())
    for settings in used(place, "actions/checkout"):
        if settings.get("ref") not in allowed:
            yield f"may write, and checks out {settings.get('ref')!r}: name the default branch"
    actions = {str(step["uses"]).split("@")[0] for step in place.steps if "uses" in step}
    if extra := actions - {"actions/checkout", "astral-sh/setup-uv", "actions/download-artifact"}:
        yield f"may write, and uses {sorted(extra)}"
    commands = [str(step["run"]).strip() for step in place.steps if "run" in step]
    if commands != [SYNC, f"uv run --no-sync dataci publish {place.expected.publishes}"]:
        yield f"may write, and runs {commands}, not `{SYNC}` and `dataci publish {place.expected.publishes}`"
    if place.job.get("env") or place.job.get("strategy"):
        yield "may write, and has an env or a strategy of its own"


def pages(place: Place) -> Iterator[str]:
    """The job that deploys the page does only that."""
    if place.expected.environment:
        actions = [str(step.get("uses", "")).split("@")[0] for step in place.steps]
        if actions != ["actions/deploy-pages"]:
            yield f"deploys, and has the steps {actions}"


def caches(place: Place) -> Iterator[str]:
    """What ends up in the repository or on the page comes from nobody's cache."""
    writing = any(job.writes for job in siblings(place))
    for settings in used(place, "astral-sh/setup-uv"):
        if writing and settings.get("enable-cache") != "false":
            yield "uses a cache in a workflow that writes"
    if any(used(place, "actions/cache")):
        yield "uses a cache"
    for settings in used(place, "actions/setup-python"):
        if "cache" in settings:
            yield "uses a cache"


def siblings(place: Place) -> list[Place]:
    """Return all jobs of the workflow."""
    return [place._replace(name=name, job=job) for name, job in place.workflow["jobs"].items()]


def artifacts(place: Place) -> Iterator[str]:
    """What is handed over is there, and has the same name on both sides."""
    for settings in used(place, "actions/upload-artifact"):
        if settings.get("if-no-files-found") != ("ignore" if place.expected.optional else "error"):
            yield "uploads an artifact that may be empty"
        if settings.get("name") != place.expected.uploads:
            yield f"uploads {settings.get('name')!r}, not {place.expected.uploads!r}"
        if f"--output {str(settings.get('path')).rstrip('/')}" not in {output(step) for step in place.steps}:
            yield f"uploads {settings.get('path')!r}, which no step writes"
    if bool(place.expected.uploads) != any(True for _ in used(place, "actions/upload-artifact")):
        yield f"does not upload {place.expected.uploads!r}"
    uploaded = {
        settings.get("name")
        for other in siblings(place)
        if other.name in place.expected.needs
        for settings in used(other, "actions/upload-artifact")
    }
    downloads = list(used(place, "actions/download-artifact"))
    for settings in downloads:
        if settings.get("name") not in uploaded:
            yield f"downloads {settings.get('name')!r}, which no job before it uploads"
        if extra := settings.keys() - {"name", "path"}:
            yield f"downloads with {sorted(extra)}"
    paths = [str(settings.get("path", "")).rstrip("/") for settings in downloads]
    for command in (str(step.get("run", "")).strip() for step in place.steps):
        folder = re.fullmatch(r"uv run --no-sync dataci publish [a-z]+ (\S+)", command)
        if folder and [folder[1]] != paths:
            yield f"publishes {folder[1]!r}, but downloads to {paths}"


def output(step: dict[str, Any]) -> str | None:
    """Return the last option of a step that is a dataci command."""
    found = re.fullmatch(r"uv run --no-sync dataci .* (--output \S+)", str(step.get("run", "")).strip())
    return found[1] if found else None


def gate(place: Place) -> Iterator[str]:
    """The last job is red unless every other one succeeded; it is the one that branch rules require."""
    if not place.expected.gate:
        return
    names = list(place.workflow["jobs"])
    others = [name for name in names if name != place.name]
    if names[-1] != place.name or sorted(place.expected.needs) != sorted(others):
        yield f"does not wait for all of {others}"
    results = " ".join(f"${{{{ needs.{name}.result }}}}" for name in others)
    green = " ".join(["success"] * len(others))
    shapes = [(list((step.get("env") or {}).items()), str(step.get("run")).strip()) for step in place.steps]
    if len(shapes) != 1 or len(shapes[0][0]) != 1:
        yield "is not one step with one variable"
        return
    ((name, value),) = shapes[0][0]
    if value != results:
        yield f"looks at {value!r}, not at {results!r}"
    if shapes[0][1] not in {f'test "${name}" = "{green}"', f'test "${name}" = {green}'}:
        yield f"tests {shapes[0][1]!r}"


RULES: Mapping[str, Callable[[Place], Iterator[str]]] = {
    "keys": keys,
    "permissions": permissions,
    "limits": limits,
    "condition": conditions,
    "script": scripts,
    "expression": expressions,
    "token": tokens,
    "checkout": checkouts,
    "writer": writers,
    "pages": pages,
    "cache": caches,
    "artifact": artifacts,
    "gate": gate,
}
CALLING: Mapping[str, Callable[[Place], Iterator[str]]] = {
    "call": called,
    "permissions": permissions,
    "condition": conditions,
}

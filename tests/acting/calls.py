"""A workflow that calls another one of the same repository (`uses: ./.github/workflows/x.yml`), as one workflow.

act could do that itself, but not with a token for each job. The called jobs are named CALLER-JOB, wait for what the
caller waits for, and have their own permissions. GitHub lets these be no more than the caller's, or refuses the run.
"""

from __future__ import annotations

from collections.abc import Callable

import yaml

from acting import rewriting
from acting.state import JSON

HERE = "./.github/workflows/"
LEVELS = ("none", "read", "write")


def inlined(text: str, read: Callable[[str], str]) -> str:
    """Return the text of a workflow with the jobs that it calls in it. ``read`` returns a workflow by its file name."""
    workflow = rewriting.load(text)
    calls = {name: str(job["uses"]) for name, job in workflow["jobs"].items() if "uses" in job}
    if not calls:
        return text
    jobs: JSON = {}
    for name, job in workflow["jobs"].items():
        if name in calls:
            assert calls[name].startswith(HERE), f"{name} calls {calls[name]}, which the harness cannot"
            jobs |= called(name, workflow, job, rewriting.load(read(calls[name].removeprefix(HERE))))
        else:
            assert not set(needs(job)) & set(calls), (
                f"{name} waits for a called workflow, which the harness cannot"
            )
            jobs[name] = job
    return yaml.safe_dump({**workflow, "jobs": jobs}, sort_keys=False, allow_unicode=True)


def without(text: str) -> str:
    """Return the text of a workflow without the jobs that it calls."""
    workflow = rewriting.load(text)
    jobs = {name: job for name, job in workflow["jobs"].items() if "uses" not in job}
    return yaml.safe_dump({**workflow, "jobs": jobs}, sort_keys=False, allow_unicode=True)


def called(name: str, workflow: JSON, caller: JSON, inner: JSON) -> JSON:
    """Return the jobs of a called workflow."""
    assert "workflow_call" in inner["on"], f"what {name} calls cannot be called"
    most = rewriting.granted(workflow, caller, fork=False)
    found = {}
    for part, job in inner["jobs"].items():
        for scope, level in rewriting.granted(inner, job, fork=False).items():
            allowed = most.get(scope, "none")
            excess = f"is requesting '{scope}: {level}', but is only allowed '{scope}: {allowed}'"
            assert LEVELS.index(level) <= LEVELS.index(allowed), f"The nested job {part!r} {excess}."
        before = [*needs(caller), *(f"{name}-{one}" for one in needs(job))]
        conditions = [f"({one['if']})" for one in (caller, job) if "if" in one]
        found[f"{name}-{part}"] = {
            **job,
            "permissions": job.get("permissions", inner.get("permissions", {})),
            **({"needs": before} if before else {}),
            **({"if": " && ".join(conditions)} if conditions else {}),
        }
    return found


def needs(job: JSON) -> list[str]:
    """Return what a job waits for."""
    given = job.get("needs", [])
    return [given] if isinstance(given, str) else list(given)

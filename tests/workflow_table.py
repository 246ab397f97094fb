"""Which workflows there are: what starts each, the rights and conditions of its jobs, and the actions that are used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

READ = {"contents": "read"}
ACTIONS = {  # by the commit of a release that was read
    "actions/checkout": ("3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1"),
    "actions/setup-python": ("5fda3b95a4ea91299a34e894583c3862153e4b97", "v7.0.0"),
    "actions/upload-artifact": ("bbbca2ddaa5d8feaa63e36b76fdaad77386f024f", "v7.0.0"),
    "actions/download-artifact": ("3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", "v8.0.1"),
    "actions/upload-pages-artifact": ("fc324d3547104276b827a68afc52ff2a11cc49c9", "v5.0.0"),
    "actions/deploy-pages": ("cd2ce8fcbc39b97be8ca5fce6e763baed58fa128", "v5.0.0"),
    "astral-sh/setup-uv": ("20cfd1bf945f4377ade1205e4dbc17946fc9a30d", "v10.0.1"),
}


class Job(NamedTuple):
    """A job: its rights, its `if` and those of its steps (by the step's name, action or command), what it waits for.

    ``publishes`` is what `dataci publish` is told in a job that may write; ``uploads`` is the name of the artifact that
    the job hands over, ``optional`` whether it may have none; ``gate`` marks the job that branch rules require;
    ``minutes`` is the longest time-out that it may have. ``calls``: it is another workflow of the repository, by file.
    """

    permissions: Mapping[str, str] = READ
    condition: str | None = None
    needs: tuple[str, ...] = ()
    steps: Mapping[str, str] = {}
    publishes: str | None = None
    uploads: str | None = None
    optional: bool = False
    environment: Any = None
    minutes: int = 60
    gate: bool = False
    calls: str | None = None


class Workflow(NamedTuple):
    """A workflow: what starts it, how runs of it wait for each other, and its jobs."""

    on: Mapping[str, Any]
    concurrency: Mapping[str, Any]
    jobs: Mapping[str, Job]


def group(name: str, cancel: bool = False) -> dict[str, Any]:
    """One run at a time; with ``cancel`` a newer one ends an older one."""
    return {"group": name, "cancel-in-progress": cancel}


QUEUE = {"queue": "max", "cancel-in-progress": False}  # by default a newer run replaces one that waits
MAIN = {"branches": ["main"]}
SHOWN = "vars.DATACI_PAGES == 'on'"
ACCEPTED = "github.event.label.name == 'bug:accepted'"
HEAD = (
    "${{ github.event.workflow_run.head_repository.full_name }}-${{ github.event.workflow_run.head_branch }}"
)
ALWAYS = {
    "pull_request": None,
    "merge_group": None,
}  # a required check with a filter would stay pending for ever
PAGES = Job(
    {"contents": "read", "pages": "write", "id-token": "write"}, needs=("publish",), calls="pages.yml"
)
PROPOSE = {"contents": "write", "pull-requests": "write"}
TABLE: Mapping[str, Workflow] = {
    "template/ci.yml": Workflow(
        {**ALWAYS, "push": MAIN},
        group("ci-${{ github.ref }}", True),
        {"test": Job(), "verdict": Job({}, "always()", ("test",), gate=True)},
    ),
    "project/data-ci.yml": Workflow(
        ALWAYS,
        group("data-ci-${{ github.ref }}", True),
        {
            "check": Job(
                steps=dict.fromkeys(
                    ("Annotate the lines", "Write the summary", "Hand over the review"),
                    "always() && steps.judge.outcome != 'skipped'",
                ),
                uploads="review",
                optional=True,  # where the review failed, the step before is red
            ),
            "tests": Job(),
            "verdict": Job({}, "always()", ("check", "tests"), gate=True),
        },
    ),
    "project/pr-comment.yml": Workflow(
        {"workflow_run": {"workflows": ["data-ci"], "types": ["completed"]}},
        group(f"pr-comment-{HEAD}"),
        {
            "comment": Job(
                {"contents": "read", "actions": "read", "pull-requests": "write"},
                "github.event.workflow_run.event == 'pull_request'",
                publishes="comment",
            )
        },
    ),
    "project/train.yml": Workflow(
        {"push": {**MAIN, "paths-ignore": ["results/**"]}},
        {"group": "results", **QUEUE},
        {
            "train": Job(uploads="results"),
            "publish": Job(PROPOSE, needs=("train",), publishes="results results-new"),
            "pages": PAGES,
        },
    ),
    "project/reevaluate.yml": Workflow(
        {
            "push": {**MAIN, "paths": ["data/test/**", "data/bugs/**", "results/production.toml"]},
            "schedule": [{"cron": "41 4 * * 0"}],
            "workflow_dispatch": None,
        },
        {"group": "results", **QUEUE},
        {
            "evaluate": Job(uploads="results", minutes=180),
            "publish": Job(PROPOSE, needs=("evaluate",), publishes="results results-new"),
            "pages": PAGES,
        },
    ),
    "project/model-bug.yml": Workflow(
        {"issues": {"types": ["labeled"]}},
        group("model-bug-${{ github.event.issue.number }}-${{ github.event.label.name }}"),
        {
            "accept": Job(condition=ACCEPTED, uploads="bug"),
            "publish": Job({**PROPOSE, "issues": "write"}, ACCEPTED, ("accept",), publishes="bug bug"),
        },
    ),
    "project/pages.yml": Workflow(
        {
            "push": {**MAIN, "paths": ["data/**", "results/**", "project/**", "dataci.toml"]},
            "workflow_dispatch": None,
            "workflow_call": None,
        },
        {"group": "pages", **QUEUE},
        {
            "build": Job(steps={"actions/upload-pages-artifact": SHOWN}, uploads="page"),
            "deploy": Job(
                {"pages": "write", "id-token": "write"},
                SHOWN,
                ("build",),
                environment={"name": "github-pages", "url": "${{ steps.deploy.outputs.page_url }}"},
            ),
        },
    ),
    "project/template-update.yml": Workflow(
        {"schedule": [{"cron": "23 5 * * 1"}], "workflow_dispatch": None},
        group("template-update"),
        {
            "prepare": Job(uploads="update"),
            "propose": Job({**PROPOSE, "issues": "write"}, needs=("prepare",), publishes="update update"),
        },
    ),
}

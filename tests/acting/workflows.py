"""Runs the workflows that an event starts, and keeps what GitHub keeps of a run."""

from __future__ import annotations

import time
from collections.abc import Mapping
from copy import deepcopy
from functools import partial

from acting import bare, calls, events, rewriting, runner, triggers
from acting.runner import Event, Run
from acting.state import JSON, Repository, World, described, store, user

FOLDER = ".github/workflows"


def text_of(repository: Repository, event: Event, file: str) -> str:
    """Return a workflow of an event's commit."""
    return (bare.raw(repository.folder, "cat-file", "blob", f"{event.sha}:{FOLDER}/{file}") or b"").decode()


def paths(repository: Repository, event: Event) -> list[str]:
    """List the files that an event's push or pull request changed."""
    if event.name == "push":
        return bare.changed(repository.folder, event.payload["before"], event.sha)
    return events.changed_by(repository, event.payload["pull_request"])


def fire(
    world: World, repository: Repository, event: Event, tools: Mapping[str, int], only: str = ""
) -> dict[str, Run]:
    """Run each workflow of the event's commit that the event starts, or ``only`` this file. File name → Run."""
    runs = {}
    listed = bare.git(repository.folder, "ls-tree", "--name-only", event.sha, f"{FOLDER}/").splitlines()
    for file in (path.rpartition("/")[2] for path in listed):
        if only in ("", file) and triggers.fires(
            rewriting.load(text_of(repository, event, file)),
            event.name,
            event.payload,
            lambda: paths(repository, event),
        ):
            runs[file] = start(world, repository, file, event, tools)
    return runs


def start(
    world: World,
    repository: Repository,
    file: str,
    event: Event,
    tools: Mapping[str, int],
    number: int | None = None,
) -> Run:
    """Run one workflow; with the ``number`` of a run, as its next attempt."""
    text = text_of(repository, event, file)
    read = partial(text_of, repository, event)
    text = calls.inlined(text, read) if repository.calls else calls.without(text)
    record = recorded(world, repository, file, event, number)
    began = time.monotonic()
    run, attempt = record["id"], record["run_attempt"]
    seen, given, on_disk = runner.execute(world, repository, file, text, event, run, attempt, tools)
    results = set(seen.jobs.values())
    conclusion = next((one for one in ("failure", "success") if one in results), "skipped")
    complete(world, repository, record, conclusion, seen.jobs)
    return Run(
        id=run,
        workflow=file,
        name=record["name"],
        event=event,
        attempt=attempt,
        conclusion=conclusion,
        jobs=seen.jobs,
        log=seen.text,
        summaries=seen.summaries,
        annotations=seen.annotations,
        dropped=seen.dropped,
        artifacts=artifacts_of(repository, run),
        tokens=given,
        seconds=time.monotonic() - began,
        on_disk=on_disk,
    )


def pretend(
    world: World,
    repository: Repository,
    file: str,
    event: Event,
    conclusion: str,
    artifacts: Mapping[str, bytes],
) -> Run:
    """Return a run that is over without having run, and that left these artifacts."""
    record = recorded(world, repository, file, event, None)
    complete(world, repository, record, conclusion, {})
    for name, data in artifacts.items():
        store(world, repository, record["id"], name, data)
    kept = artifacts_of(repository, record["id"])
    return Run(record["id"], file, record["name"], event, 1, conclusion, {}, "", {}, [], 0, kept, {})


def artifacts_of(repository: Repository, run: int) -> dict[str, bytes]:
    """Return the artifacts of a run; of those with one name, the newest."""
    return {one["name"]: one["bytes"] for one in repository.artifacts.values() if one["run"] == run}


def complete(
    world: World, repository: Repository, record: JSON, conclusion: str, jobs: Mapping[str, str]
) -> None:
    """Write down how a run ended."""
    record.update(status="completed", conclusion=conclusion)
    ended = {"run_id": record["id"], "status": "completed"}
    with world.lock:
        repository.jobs[record["id"]] = [
            {"id": next(world.ids), "name": job, "conclusion": result, **ended}
            for job, result in jobs.items()
        ]


def recorded(world: World, repository: Repository, file: str, event: Event, number: int | None) -> JSON:
    """Return a new run as the API gives it, or the next attempt of one; `pull_requests` is empty for a fork's."""
    title = rewriting.load(text_of(repository, event, file)).get("name", f"{FOLDER}/{file}")
    source = world.repositories[event.head_repository]
    pull = event.payload.get("pull_request")
    mine = (
        []
        if event.fork or not pull
        else [deepcopy({name: pull[name] for name in ("number", "head", "base")})]
    )
    with world.lock:
        run = next(world.ids) if number is None else number
        attempt = 1 if number is None else repository.runs[number]["run_attempt"] + 1
        record: JSON = {
            "id": run,
            "name": title,
            "path": f"{FOLDER}/{file}",
            "event": event.name,
            "status": "in_progress",
            "conclusion": None,
            "head_branch": event.head_branch,
            "head_sha": event.head_sha,
            "head_repository": described(world, source),
            "repository": described(world, repository),
            "pull_requests": mine,
            "run_attempt": attempt,
            "actor": user(event.actor),
            "triggering_actor": user(event.actor),
            "html_url": f"{world.url}/{repository.name}/actions/runs/{run}",
        }
        repository.runs[run] = record
    return record

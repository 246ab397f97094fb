"""Whole processes, timed: wall seconds and peak memory, from the kernel's own account (wait4)."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

ENGINE = Path(__file__).resolve().parent.parent / "{{cookiecutter.project_slug}}" / "src"


class Run(NamedTuple):
    """One process: wall seconds, peak resident MiB, exit status, and what it printed."""

    seconds: float
    mebi: float
    status: int
    output: str


class Job(NamedTuple):
    """A command to run in ``folder``; ``before`` is done ahead of each run, outside the clock."""

    command: Sequence[str]
    folder: Path
    before: Callable[[], None] | None = None


class Figure(NamedTuple):
    """What several runs of one job gave: the best and the median wall seconds, and the largest peak memory."""

    best: float
    median: float
    mebi: float
    last: Run


def environment() -> dict[str, str]:
    """Return the environment in which the engine of this checkout runs; its byte code goes where nothing is baked."""
    folder = str(Path(__file__).resolve().parent / ".data" / "bytecode")
    return {
        **os.environ,
        "PYTHONPATH": str(ENGINE),
        "PYTHONPYCACHEPREFIX": folder,
        "PYTHONDONTWRITEBYTECODE": "",
    }


def run(job: Job) -> Run:
    """Run one process to its end. This process stays small: a child's peak memory counts its parent's at the fork."""
    if job.before:
        job.before()
    started = time.perf_counter()
    process = subprocess.Popen(
        job.command, cwd=job.folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    scale = 1024 if sys.platform == "linux" else 1024**2  # KiB on Linux, bytes on macOS
    return Run(seconds, usage.ru_maxrss / scale, process.returncode, output.decode("utf-8", "replace"))


def alternate(jobs: dict[str, Job], times: int, allowed: Sequence[int] = (0,)) -> dict[str, Figure]:
    """Run all jobs in turn, ``times`` times, so that a busy neighbour troubles each alike."""
    runs: dict[str, list[Run]] = {name: [] for name in jobs}
    for _ in range(times):
        for name, job in jobs.items():
            done = run(job)
            if done.status not in allowed:
                raise SystemExit(f"{name} ended with {done.status}:\n{done.output[-2000:]}")
            runs[name].append(done)
    return {
        name: Figure(
            min(r.seconds for r in found),
            median(r.seconds for r in found),
            max(r.mebi for r in found),
            found[-1],
        )
        for name, found in runs.items()
    }

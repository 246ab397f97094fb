"""dataci why: what changed between two candidates, how much each change did, and which batch of data it was."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import click

from dataci import attribution, git, measuring
from dataci import config as configuration
from dataci import dataset as data
from dataci.attribution import Explanation, between, corners
from dataci.attribution.corners import Kitchen, Origin
from dataci.commands import compare
from dataci.comparison.sides import Side
from dataci.dataset import BUGS, FOLDER, TEST, Dataset
from dataci.errors import CannotRun
from dataci.predictions import Settings

FORMATS = ("text", "json", "markdown")
UNKNOWN = 2  # the exit code when the change could not be shared out


def run(
    root: Path,
    a: str | None = None,
    b: str | None = None,
    quick: bool = False,
    format: str = "text",
    batches: int = 3,
    jobs: int = 2,
) -> int:
    """Print why result B differs from result A; return the exit code: 0, or 2 when it cannot be told.

    A and B are named as for `dataci compare`. ``quick``: say only what changed, and train nothing. ``batches``:
    how many batches to leave out, the most suspicious first. ``jobs``: trainings at once.
    """
    if format not in FORMATS:
        raise CannotRun(f"--format is {format!r}; it can be {', '.join(FORMATS)}.")
    if not git.is_repository(root):
        raise CannotRun(
            "This is no git repository, and only git knows what changed. Run `git init` and commit."
        )
    newer = compare.find(root, b) if b else compare.latest(root)
    older = compare.find(root, a) if a else compare.parent(root, newer)
    dataset = data.load(configuration.load(root))
    found = explain(dataset, older, newer, quick, batches, jobs)
    click.echo(render(found, format), nl=False)
    return UNKNOWN if found.reason else 0


def explain(
    dataset: Dataset, a: Side, b: Side, quick: bool = False, batches: int = 3, jobs: int = 2
) -> Explanation:
    """Answer the question; ``dataset`` is today's."""
    how = measuring.settings(dataset.config.evaluation, b.record)
    ends, reason, notes = find_ends(dataset, a, b)
    changed = between.changes(dataset, a.record, b.record, ends)
    values = [side.record["metrics"].get(how.metric, {}).get("value") for side in (a, b)]
    told = Explanation(
        a.name, b.name, changed, how.metric, how.direction, (values[0], values[1]), quick, notes=tuple(notes)
    )
    if quick or not changed:
        return told._replace(notes=(*told.notes, *([reason] if reason else [])))
    if ends is None:
        return told._replace(reason=reason)
    return inquire(told, dataset, (a, b), ends, how, batches, jobs)


def find_ends(
    dataset: Dataset, a: Side, b: Side
) -> tuple[tuple[Origin, Origin] | None, str | None, list[str]]:
    """Return the files of A and of B, or why they are not to be had, and what the reader must know."""
    try:
        ends = corners.origin(dataset, a.record), corners.origin(dataset, b.record)
    except CannotRun as error:
        return None, str(error), []
    return ends, None, between.notes(dataset.config, *ends)


def inquire(
    told: Explanation,
    dataset: Dataset,
    sides: tuple[Side, Side],
    ends: tuple[Origin, Origin],
    how: Settings,
    batches: int,
    jobs: int,
) -> Explanation:
    """Train and measure what is needed to share the change out."""
    from dataci import store, training
    from dataci.attribution import inquiry, suspects

    tests = tuple(
        entry
        for entry in dataset.entries
        if entry.path.startswith((f"{FOLDER}/{TEST}/", f"{FOLDER}/{BUGS}/"))
    )
    kitchen = Kitchen(dataset.config, tests, store.open_store(dataset.config).url)
    rows = training.test_rows(dataset)[TEST]
    case = inquiry.Case(kitchen, *sides, ends, how, dataset.tree_id(TEST), rows, jobs, progress())
    found = inquiry.inquire(case)
    questioned = suspects.question(case, found, batches) if "data" in told.changed and batches else None
    return told._replace(
        steps=found.steps,
        attribution=found.attribution,
        batches=questioned,
        reason=found.reason,
        notes=(*told.notes, *found.notes),
    )


def progress() -> Callable[[str], None]:
    """Return what shows a line of progress: on a terminal, and nowhere else."""
    if not sys.stderr.isatty() or os.environ.get("CI"):
        return lambda line: None
    from dataci.reporters.escape import terminal

    return lambda line: click.echo(f"  {terminal(line, 96)}", err=True)


def render(found: Explanation, format: str) -> str:
    """Render an answer."""
    from dataci.reporters import attribution as reporter

    if format == "json":
        return json.dumps(attribution.to_dict(found), indent=2, sort_keys=True) + "\n"
    return reporter.markdown_text(found) if format == "markdown" else reporter.text(found)

"""dataci bug list: the triage, the most urgent bug first; dataci bug show: one of them in full."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from dataci import config
from dataci import dataset as data
from dataci.errors import CannotRun
from dataci.results import Source

if TYPE_CHECKING:
    from dataci.bugs.triage import Results
    from dataci.dataset import Dataset
    from dataci.reporters.bugs import Triage


def run(root: Path, format: str = "text", every: bool = False) -> int:
    """Print the triage; return 0. ``every``: also the bugs that are closed and right, and no list is cut."""
    from dataci.reporters import bugs as reporter

    _, _, judged = judge(root)
    if format == "json":
        sys.stdout.write(reporter.dumps(reporter.to_dict(judged, every)))
    else:
        sys.stdout.write(reporter.text(judged, every))
    return 0


def show(root: Path, name: str, format: str = "text") -> int:
    """Print one bug; return 0. CannotRun where there is no bug of that name, or its patterns cannot be read."""
    from dataci import bugstock
    from dataci.bugs import detail
    from dataci.bugs.harm import DEGREES
    from dataci.reporters import bug_detail as reporter
    from dataci.reporters.bugs import dumps

    dataset = data.load(config.load(root))
    bug = bugstock.named(dataset, name)
    found, source, judged = judge(root, dataset)
    shown = detail.detail(dataset, found, source, judged, bug)
    if format == "json":
        sys.stdout.write(dumps(reporter.to_dict(shown)))
    else:
        sys.stdout.write(reporter.text(shown, DEGREES, dataset.config.columns.inputs))
    return 0


def judge(root: Path, dataset: Dataset | None = None) -> tuple[Results, Source, Triage]:
    """Read what there is, and put the bugs in their order."""
    from dataci import bugstock
    from dataci.bugs import triage

    dataset = dataset or data.load(config.load(root))
    source = Source(root)
    found = triage.look(source)
    bugs = bugstock.stock(dataset, found.latest)
    return found, source, triage.triage(bugs, found, source, patterns(dataset))


def patterns(dataset: Dataset) -> str | None:
    """Return today's id of all patterns; None where the project's slices, which belong to it, cannot be read."""
    from dataci import measuring

    try:
        return measuring.place(dataset).get("patterns")
    except CannotRun:
        return None

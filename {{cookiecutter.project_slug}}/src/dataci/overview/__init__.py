"""The state of a project in one value: the verdict on its data, its results, what its data look like.

Nothing is trained or evaluated, and nothing is written: what is not there yet, or cannot be read, is said instead.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

from dataci import comparison, config, dataset, production, project, publishing, record, results, suite
from dataci.comparison import Comparison, Side
from dataci.config import Config
from dataci.dataset import BUGS, TEST, Dataset
from dataci.errors import CannotRun
from dataci.finding import Report
from dataci.overview import columns
from dataci.record import Record
from dataci.reporters.leaderboard import Board
from dataci.reporters.page.state import Column, Overview, Split
from dataci.results import Source
from dataci.thresholds.effect import Effect, effect

LISTED = 20  # sentences about files that cannot be read; the rest is counted
HEAD = 4096  # bytes of README.md in which its title is looked for
UNNAMED = "A project without a name"
CONTRADICTION = (  # a record may fit its shape, which is checked, and still contradict itself or its predictions
    "The results cannot be compared ({}): a record in results/ contradicts itself or its predictions. Take it back "
    "from git (git checkout -- results), or remove it and run `dataci train`."
)
T = TypeVar("T")


class Data(NamedTuple):
    """What is known of the data: see ``Overview``."""

    splits: tuple[Split, ...] = ()
    columns: tuple[Column, ...] = ()
    more_columns: int = 0
    faults: tuple[str, ...] = ()
    report: Report | None = None
    report_fault: str = ""


class Results(NamedTuple):
    """What is known of the results: see ``Overview``."""

    board: Board | None = None
    comparison: Comparison | None = None
    comparison_fault: str = ""
    faults: tuple[str, ...] = ()
    threshold: Effect | None = None


def collect(root: Path) -> Overview:
    """Look at the working tree of the project in ``root``; CannotRun when it has no readable dataci.toml."""
    settings = config.load(root)
    data, data_fault = attempt(lambda: of_data(settings))
    found, board_fault = attempt(lambda: of_results(root), CONTRADICTION)
    data = data or Data(report_fault=data_fault)
    found = found or Results()
    return Overview(
        name(root),
        data.report,
        data.report_fault,
        found.board,
        board_fault,
        found.comparison,
        found.comparison_fault,
        data.splits,
        data.columns,
        data.more_columns,
        cut((*data.faults, *found.faults)),
        found.threshold,
    )


def attempt(action: Callable[[], T], otherwise: str = "") -> tuple[T | None, str]:
    """Return what an action gives, or None and the sentence that says why it cannot.

    ``otherwise``: what to say of any other failure, which then is none of ours but one of the files that were read.
    """
    try:
        return action(), ""
    except CannotRun as error:
        return None, str(error)
    except OSError as error:
        file = Path(str(error.filename)).name if error.filename else "A file"
        return None, f"{file} cannot be read: {error.strerror}."
    except Exception as error:
        if not otherwise:
            raise
        return None, otherwise.format(type(error).__name__)


def cut(sentences: tuple[str, ...]) -> tuple[str, ...]:
    """Return the first sentences, and a count of the others."""
    hidden = len(sentences) - LISTED
    return sentences if hidden <= 0 else (*sentences[:LISTED], f"… and {hidden:,} more files.")


def name(root: Path) -> str:
    """Return the title of README.md, else the name in pyproject.toml: neither depends on where the project lies."""
    return title(root / "README.md") or packaged(root / "pyproject.toml") or UNNAMED


def title(path: Path) -> str:
    """Return the first heading of a Markdown file, "" when there is none."""
    try:
        with path.open("rb") as file:
            lines = file.read(HEAD).decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return next((line[2:].strip() for line in lines if line.startswith("# ")), "")


def packaged(path: Path) -> str:
    """Return the name of the package in a pyproject.toml, "" when it cannot be had."""
    try:
        found = tomllib.loads(path.read_text("utf-8", "replace")).get("project")
    except (OSError, tomllib.TOMLDecodeError):
        return ""
    return str(found.get("name", "")) if isinstance(found, dict) else ""


def of_data(settings: Config) -> Data:
    """Describe and judge the data of the working tree."""
    data = dataset.load(settings)
    faults = unread(data)
    splits = tuple(split(data, name) for name in folders(data))
    shown, more = columns.describe(data, [one.name for one in splits])
    report, fault = attempt(lambda: judged(data))  # last: it may give columns other names
    return Data(splits, shown, more, faults, report, fault)


def unread(data: Dataset) -> tuple[str, ...]:
    """Read every file that holds rows of the task, and say which have none that can be read."""
    indices = data.indices()
    data.load(indices)
    found = []
    for index in indices:
        table = data.table(index)
        if table.problems and not table.frame.height:
            found.append(f"{data.parts[index].path}: {table.problems[0].message}")
    return tuple(found)


def folders(data: Dataset) -> list[str]:
    """Return the names of the splits, train and test first; one name for all model bugs."""
    return list(dict.fromkeys(BUGS if name.startswith(f"{BUGS}/") else name for name in data.splits()))


def split(data: Dataset, name: str) -> Split:
    """Count the files and rows of a split."""
    return Split(name, len(data.indices(name)), data.rows(name).height)


def judged(data: Dataset) -> Report:
    """Run all checks on the data as they are, compared with nothing."""
    root = data.config.root
    schema = functools.cache(lambda: project.schema(root))
    report = suite.run(data, None, schema, project.checks(root))
    data.cache.prune()
    return report


def of_results(root: Path) -> Results:
    """Rank the results, and compare the latest with its parent."""
    records, warnings = results.read_all(root)
    latest = publishing.standing(root)
    if latest is None:
        return Results(faults=tuple(warnings))
    board = publishing.build(root, {one["tag"]: one for one in records}, latest)
    board = board._replace(fault=production.fault(root), unreadable=len(warnings))
    compared, fault = attempt(lambda: against_parent(root, latest), CONTRADICTION)
    threshold, _ = attempt(lambda: of_threshold(root, latest), CONTRADICTION)
    return Results(board, compared, fault, tuple(warnings), threshold)


def of_threshold(root: Path, latest: Record) -> Effect | None:
    """Say what the threshold of the latest result does to the test rows; None where it has none, or they are lost."""
    test, how = (results.kept(root, latest) or {}).get(TEST), record.settings(latest)
    if test is None or how.positive is None or not test.ids:
        return None
    return effect(test, how, how.costs or (1.0, 1.0))


def against_parent(root: Path, latest: Record) -> Comparison | None:
    """Compare the latest result with its parent on stored predictions; None for the first result."""
    tag = latest["changed"]["parent"]
    if tag is None:
        return None
    parent = results.read(Source(root), tag)
    if parent is None:
        raise CannotRun(
            f"Its parent, {tag}, is gone from {results.FOLDER}/, so there is nothing to compare with."
        )
    return comparison.compare(
        Side(tag, parent, results.kept(root, parent)), Side(latest["tag"], latest, results.kept(root, latest))
    )

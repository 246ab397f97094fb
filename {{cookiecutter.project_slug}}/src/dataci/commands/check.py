"""dataci check: judge the data of the working tree, of the index, or of a change against its base."""

from __future__ import annotations

import functools
import os
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

from dataci import config, dataset, git, project, suite
from dataci.dataset import Dataset
from dataci.errors import CannotRun
from dataci.finding import Report
from dataci.reporters import REPORTERS

CLEAN, FINDINGS, CRASHED = 0, 1, 3


class Judged(NamedTuple):
    """A report, the data that it is about, and the base (None: there is none).

    ``restarted``: the base holds data of another kind, so the report does not compare with it.
    """

    report: Report
    data: Dataset
    base: Dataset | None
    restarted: bool = False


def run(
    root: Path,
    base: str | None = None,
    staged: bool = False,
    select: tuple[str, ...] = (),
    ignore: tuple[str, ...] = (),
    format: str = "text",
    output: Path | None = None,
) -> int:
    """Judge the data and print the report; return 0 when it is good, 1 when not, 3 when a check of ours crashed."""
    report = judge(root, base, staged, select, ignore)
    show(below(git.prefix(root), report) if format == "github" else report, format, output)
    return exit_code(report)


def exit_code(report: Report) -> int:
    """Return 0 for good data, 1 for bad ones, 3 when a check of ours crashed."""
    if report.crashed:
        return CRASHED
    return FINDINGS if report.verdict == "fail" else CLEAN


def below(prefix: str, report: Report) -> Report:
    """Return the report with files named from the top of the repository, where GitHub looks for them."""
    named = (f._replace(file=prefix + f.file) if f.file else f for f in report.findings)
    return report._replace(findings=tuple(named)) if prefix else report


def judge(
    root: Path,
    base: str | None = None,
    staged: bool = False,
    select: tuple[str, ...] = (),
    ignore: tuple[str, ...] = (),
) -> Report:
    """Run the suite and return its report. ``staged`` judges the index against HEAD by the quick checks."""
    return examine(root, base, staged, select, ignore).report


def examine(
    root: Path,
    base: str | None = None,
    staged: bool = False,
    select: tuple[str, ...] = (),
    ignore: tuple[str, ...] = (),
) -> Judged:
    """Run the suite like ``judge``, and return with its report the data that were read for it."""
    if staged and not git.is_repository(root):
        raise CannotRun("--staged needs a git repository. Run `git init` first, or leave --staged out.")
    settings = config.load(root)
    before, name = base_of(root, settings, base, staged)
    data = dataset.load(settings, git.INDEX if staged else git.WORKTREE)
    options = suite.Settings(select, ignore, quick=staged)
    schema = functools.cache(lambda: project.schema(root))
    own = {} if staged else project.checks(root)
    anew = before is not None and restarted(root, before, data)
    beginning = (
        f"Roles and files are others than in {name}: the data are judged by themselves, as a new beginning."
    )
    compared = (None, None) if anew else (before, name)
    report = suite.run(data, compared[0], schema, own, options, compared[1])
    data.cache.prune()
    return Judged(report._replace(notes=(*report.notes, *([beginning] if anew else []))), data, before, anew)


def restarted(root: Path, before: Dataset, data: Dataset) -> bool:
    """Tell whether the data were replaced by data of another kind (`dataci init`): other roles, and no file is left.

    Comparing them row by row would call every old row lost. Everything counts as new then, so nothing is let through.
    """
    if {p.path for p in before.parts if p.judged} & {p.path for p in data.parts if p.judged}:
        return False
    old = git.show(root, before.which, config.FILE)
    try:
        return old is not None and config.parse(old.decode("utf-8"), root).columns != data.config.columns
    except (CannotRun, UnicodeDecodeError):
        return False


def base_of(
    root: Path, settings: config.Config, base: str | None, staged: bool
) -> tuple[Dataset | None, str | None]:
    """Return the data that the change is compared with, and what to call it."""
    if base is not None:
        return dataset.load(settings, git.merge_base(root, base)), base
    if staged and (head := git.head(root)):
        return dataset.load(settings, head), "HEAD"
    return None, None


def show(report: Report, format: str, output: Path | None) -> None:
    """Print the report, or write it to a file and print nothing but where."""
    terminal = output is None and sys.stdout.isatty()
    width = min(shutil.get_terminal_size().columns, 120) if terminal else 80
    text = REPORTERS[format](report, width=width, color=terminal and "NO_COLOR" not in os.environ)
    if output is None:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        return
    write(text, output)
    print(f"{report.verdict}: the report is in {output}")


def write(text: str, output: Path) -> None:
    """Write a report into a file; CannotRun when that is impossible."""
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise CannotRun(
            f"The report cannot be written to {str(output)!r}: {error.strerror}. Name another file."
        ) from None

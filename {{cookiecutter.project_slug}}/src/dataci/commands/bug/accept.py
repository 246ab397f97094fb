"""dataci bug accept: an issue that was written in the form becomes a model bug, or is told what to mend.

This half reads: it runs project/schema.py and the checks, and writes nothing but the folder that it was given. `dataci
publish bug` brings the folder to GitHub, with a token and without code of the project.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from dataci.errors import CannotRun

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataci.bugs.columns import Target
    from dataci.bugs.event import Issue
    from dataci.bugs.folder import Outcome
    from dataci.bugs.form import Form

DONE, REFUSED = 0, 1
FORM = ".github/ISSUE_TEMPLATE/model-bug.yml"
LARGEST = 1 << 18  # bytes of the form's file that are looked at


def accept(root: Path, file: Path, number: int | None = None, output: Path | None = None) -> int:
    """Turn the issue in ``file`` into data/bugs/issue-N; return 0, or 1 when it is refused. CannotRun for no issue.

    With ``output`` the folder gets bug.toml, patterns.csv and outcome.json for `dataci publish bug`, of a refused form
    the outcome alone; then 0 says that the outcome was written, whatever it is.
    """
    from dataci.bugs import comment, event, folder

    issue = event.read(file, number)
    found, files = judged(root, issue)
    if output is not None:
        files = {**files, folder.OUTCOME: folder.outcome_text(found).encode()}
    target = output or root / folder.path(issue.number)
    changed = write(target, files, fresh=output is not None)
    lines = comment.text(found)
    if found.verdict == folder.ACCEPTED and output is None:
        where = folder.path(issue.number)
        lines.append(f"{where}: written. Read it, then commit it." if changed else f"{where}: as it was.")
    sys.stdout.write("\n".join(lines) + "\n")
    return REFUSED if found.verdict == folder.REFUSED and output is None else DONE


def judged(root: Path, issue: Issue) -> tuple[Outcome, dict[str, bytes]]:
    """Judge an issue; return the outcome, and the files of the bug's folder by name (none where it is refused)."""
    from dataci import config, dataset, project
    from dataci.bugs import columns, folder, form, judging, patterns

    data = dataset.load(config.load(root))
    where = folder.path(issue.number)
    before = {name: data.read_file(f"{where}/{name}") for name in (folder.BUG, folder.PATTERNS)}
    base = judging.without(data, where)
    schema = project.schema(root)
    target = columns.target(base, schema.columns)
    read = form.read(issue.body)
    faults, notes = list(read.faults), list(read.notes)
    csv = b""
    if read.form is not None and read.form.patterns.text:
        moment = issue.moment or earlier(before[folder.PATTERNS], target) or f"{date.today()}T00:00:00Z"
        given = patterns.read(read.form, target, issue.number, moment[:10], moment)
        given = given._replace(faults=(*given.faults, *patterns.examples(given, example(root), target)))
        faults += given.faults
        notes += given.notes
        if given.rows and given.sound:
            verdict = judging.judge(
                given, target, base, f"{where}/{folder.PATTERNS}", lambda: schema, project.checks(root)
            )
            told = {fault.line for fault in given.faults}
            faults += [fault for fault in verdict.faults if fault.line is None or fault.line not in told]
            notes += verdict.notes
            csv = verdict.data
    found = folder.outcome(issue.number, faults, notes)
    if found.faults or read.form is None:
        return found, {}
    bug = folder.Bug(
        read.form.name,
        description(read.form, target),
        read.form.harm,
        read.form.users,
        issue.reporter or f"issue {issue.number}",
        folder.status(before[folder.BUG]),
    )
    return found, {folder.BUG: folder.bug_text(bug).encode(), folder.PATTERNS: csv}


def earlier(data: bytes | None, target: Target) -> str | None:
    """Return the moment that earlier accepted patterns bear, so that accepting them again changes nothing."""
    from dataci import formats
    from dataci.bugs.folder import PATTERNS

    rows = formats.read(PATTERNS, data).frame if data else None
    name = target.roles.time
    if rows is None or name is None or name not in rows.columns or not rows.height:
        return None
    cell = str(rows[name][0])
    try:
        return f"{date.fromisoformat(cell[:10])}T00:00:00Z" if len(cell) == 10 else cell
    except ValueError:
        return None


def example(root: Path) -> list[str]:
    """Return the lines of the issue form, whose example nobody may hand in."""
    try:
        return (root / FORM).read_bytes()[:LARGEST].decode("utf-8", "replace").splitlines()
    except OSError:
        return []


def description(form: Form, target: Target) -> str:
    """Return the description, with what the field for the expected outcome says beyond a label."""
    from dataci.bugs import columns

    if not form.expected or columns.label(form.expected, target) is not None:
        return form.description
    return f"{form.description}\n\nExpected outcome: {form.expected}"


def write(folder: Path, files: Mapping[str, bytes], fresh: bool) -> bool:
    """Write files into a folder, ``fresh``: an empty one; return whether anything changed."""
    try:
        if folder.is_symlink() or (fresh and folder.is_dir() and any(folder.iterdir())):
            raise CannotRun(f"{str(folder)!r} is not empty, or a link. Name a folder that is not there yet.")
        if not files:
            return False
        folder.mkdir(parents=True, exist_ok=True)
        before = {name: (folder / name).read_bytes() for name in files if (folder / name).is_file()}
        for name, data in files.items():
            (folder / name).write_bytes(data)
    except OSError as error:
        raise CannotRun(
            f"{str(folder)!r} cannot be written: {error.strerror}. Name another folder."
        ) from None
    return before != files

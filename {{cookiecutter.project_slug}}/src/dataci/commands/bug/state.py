"""dataci bug close and reopen: change the status in a bug.toml, once it is checked that the bug is gone."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from dataci import bugfile, config
from dataci import dataset as data
from dataci.dataset import BUGS, FOLDER
from dataci.errors import CannotRun
from dataci.replacing import replace

if TYPE_CHECKING:
    from dataci.bugs.triage import Results
    from dataci.dataset import Dataset
    from dataci.reporters.bugs import Case

DONE, REFUSED = 0, 1


def close(root: Path, name: str, reason: str | None = None, force: bool = False) -> int:
    """Close a bug; return 0, or 1 where production or the latest still gets it wrong and nobody forces it."""
    from dataci import bugstock
    from dataci.bugs import editing
    from dataci.reporters.escape import terminal
    from dataci.reporters.sentences import count

    why = editing.sentence(reason) if reason is not None else None
    if force and why is None:
        raise CannotRun("--force needs --reason: a sentence for whoever reviews the change, and for later.")
    dataset = data.load(config.load(root))
    bug = bugstock.named(dataset, name)
    found, case = judged(root, dataset, bug)
    against = obstacle(found, case)
    if against and not force and case.status != bugfile.CLOSED:
        sys.stderr.write(
            f'{terminal(bug)} stays open: {against} To close it nevertheless, say why: --force --reason "…"\n'
        )
        return REFUSED
    sys.stdout.write(said(bug, bugfile.CLOSED, restate(root, bug, bugfile.CLOSED, why)))
    if against:
        sys.stdout.write(
            f"Still wrong: {against} Until it is right, `dataci bug list` calls it regressed, and closed_bugs fails.\n"
        )
    elif case.flaky:
        sys.stdout.write(
            f"In the balance: {count(case.flaky, 'pattern')}. The next training may turn that round.\n"
        )
    return DONE


def reopen(root: Path, name: str, reason: str | None = None) -> int:
    """Open a bug again; return 0."""
    from dataci import bugstock
    from dataci.bugs import editing

    why = editing.sentence(reason) if reason is not None else None
    bug = bugstock.named(data.load(config.load(root)), name)
    sys.stdout.write(said(bug, bugfile.OPEN, restate(root, bug, bugfile.OPEN, why)))
    return DONE


def judged(root: Path, dataset: Dataset, bug: str) -> tuple[Results, Case]:
    """Return the candidates that matter, and what becomes of a bug with them."""
    from dataci.commands.bug import listing

    found, _, among = listing.judge(root, dataset)
    return found, next(one for one in among.cases if one.id == bug)


def obstacle(found: Results, case: Case) -> str | None:
    """Say why a bug is not gone, or None."""
    from dataci.reporters.bugs import wrong

    if case.error is None:
        return "no candidate was measured on its patterns; `dataci train`, or `dataci evaluate`, does that."
    deployed = found.in_production and found.reference is not None and found.reference["tag"] == case.by
    who = "the candidate in production" if deployed else "the latest candidate"
    if case.errors or (case.errors is None and case.error > 0.5):
        told = f"{who} gets {wrong(case.errors, case.n, case.error)} patterns wrong"
        told = told if case.errors is not None else f"{who} is further off there than on the test set"
        return f"{told}{', the latest none: promote it first.' if case.latest_wrong is False else '.'}"
    return "the latest candidate gets it wrong." if case.latest_wrong else None


def restate(root: Path, bug: str, status: str, reason: str | None) -> bool:
    """Rewrite bug.toml; return whether anything changed. CannotRun where it is not there, or a link."""
    from dataci.bugs import editing

    path = root / FOLDER / BUGS / bug / bugfile.FILE
    where = path.relative_to(root).as_posix()
    if path.is_symlink() or path.parent.is_symlink():
        raise CannotRun(f"{where} is a link, which is not followed. Put the file itself there.")
    try:
        before = path.read_bytes()
    except OSError as error:
        raise CannotRun(
            f"{where} cannot be read: {error.strerror}. Write it, with a name and a harm."
        ) from None
    if bugfile.status(editing.understood(before).get(editing.STATUS)) == status and reason is None:
        return False
    after = editing.restate(before, status, reason)
    if after != before:
        replace(path, after, path.stat().st_mode & 0o777)
    return after != before


def said(bug: str, status: str, changed: bool) -> str:
    """Say what was done, and what to do next."""
    from dataci.reporters.escape import terminal

    where = terminal(f"{FOLDER}/{BUGS}/{bug}/{bugfile.FILE}")
    if not changed:
        return f"Nothing to do: {where} says {status} already.\n"
    return f"{where}: {status}. Commit it; the next result has it.\n"

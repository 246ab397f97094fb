"""dataci bug new: a model bug from the command line, by questions on a terminal or from options and a file."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dataci import config
from dataci import dataset as data
from dataci.errors import CannotRun

if TYPE_CHECKING:
    from dataci.bugs.balance import Asked
    from dataci.bugs.columns import Target
    from dataci.bugs.draft import Draft
    from dataci.bugs.entering import Entered
    from dataci.dataset import Dataset

DONE, REFUSED = 0, 1
NEEDED = ("name", "description", "harm", "reporter", "patterns")
LISTED = 20  # faults
MESSAGE, TEXT = 600, 120  # columns


class Given(NamedTuple):
    """What the options say; None: not given."""

    name: str | None = None
    description: str | None = None
    harm: int | None = None
    users: str | None = None
    reporter: str | None = None
    patterns: Path | None = None
    id: str | None = None


class Place(NamedTuple):
    """The project: its data, what rows look like, the columns that a person must fill, the model that can be asked, and
    today's day.
    """

    dataset: Dataset
    target: Target
    columns: Sequence[str]
    asked: Callable[[], Asked]
    day: str

    def refuse_id(self, own: str) -> str | None:
        """Say why a bug cannot have this id, or None."""
        from dataci.bugs import entering

        return entering.refuse_id(self.dataset, own)


def run(root: Path, given: Given) -> int:
    """Make a bug; return 0, or 1 where its patterns are refused. CannotRun for what is missing or cannot be."""
    missing = [name for name in NEEDED if getattr(given, name) is None]
    if missing and sys.stdin.isatty() and sys.stdout.isatty():
        from dataci.commands.bug import interview

        return interview.run(root, prepared(root), given)
    if missing:
        options = ", ".join(f"--{name}" for name in missing)
        raise CannotRun(f"On a terminal this is asked for; elsewhere these options are needed: {options}.")
    return scripted(root, prepared(root), given)


def prepared(root: Path) -> Place:
    """Read the project."""
    from dataci import project
    from dataci.bugs import balance, columns, entering

    dataset = data.load(config.load(root))
    schema = project.schema(root)
    target = columns.target(dataset, schema.columns)
    asked = functools.cache(lambda: balance.model(dataset))
    return Place(dataset, target, entering.asked(target, schema), asked, str(date.today()))


def scripted(root: Path, place: Place, given: Given) -> int:
    """Make a bug of what the options say."""
    from dataci.bugs import entering
    from dataci.bugs.draft import Draft

    assert given.patterns is not None
    name = given.name or ""
    own = given.id if given.id is not None else entering.free(place.dataset, name)
    wrong = place.refuse_id(own)
    if wrong:
        raise CannotRun(wrong)
    found = Draft(
        name, given.description or "", given.harm or 0, given.users or "", given.reporter or "", own
    )
    entering.bug(found.name, found.description, found.harm, found.users or "", found.reporter)
    entered = judged(place, own, read(given.patterns))
    tell(entered)
    return REFUSED if entered.faults else finish(root, place, found, entered)


def read(file: Path) -> str:
    """Return the patterns of a file as text; CannotRun where it cannot be read."""
    from dataci.bugs import entering

    try:
        with file.open("rb") as source:
            return entering.text_of(file.name, source.read(entering.LARGEST + 1))
    except OSError as error:
        raise CannotRun(
            f"{str(file)!r} cannot be read: {error.strerror}. Name a file with patterns."
        ) from None


def judged(place: Place, own: str, text: str) -> Entered:
    """Judge patterns as those of the bug ``own``."""
    from dataci.bugs import entering

    return entering.enter(text, place.target, place.dataset, own, place.day)


def tell(entered: Entered, typed: bool = False) -> None:
    """Say what is wrong with patterns, by lines of the file (``typed``: by their numbers), and the notes."""
    from dataci.reporters.escape import terminal

    lines = []
    for fault in entered.faults[:LISTED]:
        lines.append(f"{where(fault.line, typed)}{terminal(fault.message, MESSAGE)}")
        lines += [f"    {terminal(fault.text, TEXT)}"] if fault.text else []
    more = len(entered.faults) - LISTED
    lines += [f"… and {more:,} more"] if more > 0 else []
    lines += [
        f"note: {where(note.line, typed)}{terminal(note.message, MESSAGE)}" for note in entered.notes[:LISTED]
    ]
    if entered.faults:
        lines.append(f"Refused: {len(entered.faults):,} to mend.")
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def where(line: int | None, typed: bool) -> str:
    """Write a place."""
    if line is None or (typed and line < 2):
        return ""
    return f"pattern {line - 1}: " if typed else f"line {line}: "


def finish(root: Path, place: Place, found: Draft, entered: Entered) -> int:
    """Write the bug, whose patterns are good, and say how they balance and what comes next."""
    from dataci.bugs import balance, draft, entering, folder
    from dataci.commands.bug import accept
    from dataci.dataset import BUGS, FOLDER
    from dataci.reporters.escape import terminal

    made = entering.bug(found.name, found.description, found.harm, found.users or "", found.reporter)
    target = f"{FOLDER}/{BUGS}/{found.id}"
    files = {folder.BUG: folder.bug_text(made).encode(), folder.PATTERNS: entered.data}
    accept.write(root / target, files, fresh=True)
    draft.drop(root)
    path = f"{target}/{folder.PATTERNS}"
    said = balance.told(place.asked(), balance.weigh(place.asked(), place.dataset, path, entered.data))
    said.append(f"{target}: written, with {entered.number} patterns. Read it, then commit it.")
    said.append(
        "`dataci train` measures the next candidate on it, `dataci evaluate --all` those that there are."
    )
    sys.stdout.write("".join(f"{terminal(line, MESSAGE)}\n" for line in said))
    return DONE

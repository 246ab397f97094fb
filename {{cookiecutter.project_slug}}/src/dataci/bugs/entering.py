"""A bug that somebody enters on a command line: its name becomes a folder, its patterns rows of the project.

The patterns go the way of those of an issue: the same columns are filled in, the same checks judge them.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from dataci import bugfile, formats, project
from dataci.bugs import columns, folder, judging, patterns
from dataci.bugs.columns import Target
from dataci.bugs.fault import FORBIDDEN, Fault, forbidden
from dataci.bugs.folder import Bug
from dataci.bugs.form import LIMITS, NAME, USERS, Form, Section, one_line
from dataci.dataset import BUGS, FOLDER, Dataset
from dataci.errors import CannotRun

ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
FORMS = re.compile(r"issue-\d+")  # folders of bugs that came by the form
LONGEST = 40  # characters of an id that is made of a name
LARGEST = 1 << 20  # bytes of a file with patterns
APART = 10_000_000  # numbers of ids from here on are of no issue


class Entered(NamedTuple):
    """What became of patterns. ``data``: the file that they would be; ``number``: how many there are; lines of faults
    are those of the text. ``lacking``: see ``judging.Verdict``.
    """

    data: bytes
    number: int
    faults: tuple[Fault, ...]
    notes: tuple[Fault, ...]
    lacking: tuple[str, ...] = ()


def slug(name: str) -> str:
    """Return an id made of a name: letters, digits, dashes; "" where nothing of it can be used."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:LONGEST].strip("-")


def free(dataset: Dataset, name: str) -> str:
    """Return an id for a bug of that name that no other bug has."""
    base = slug(name) or "bug"
    base = f"bug-{base}" if FORMS.fullmatch(base) else base
    taken = {part.split("/")[2] for part in paths(dataset)}
    return next(
        found
        for at in range(1, len(taken) + 2)
        if (found := base if at == 1 else f"{base}-{at}") not in taken
    )


def paths(dataset: Dataset) -> list[str]:
    """Return the paths of files that lie in the folder of a bug."""
    found = (entry.path for entry in dataset.entries if entry.path.startswith(f"{FOLDER}/{BUGS}/"))
    return [path for path in found if path.count("/") > 2]


def refuse_id(dataset: Dataset, given: str) -> str | None:
    """Say why a bug cannot have this id, or None."""
    if not ID.fullmatch(given):
        return f"The id {given[:80]!r} must have small letters, digits and dashes only, 60 at most."
    if FORMS.fullmatch(given):
        return f"The id {given!r} belongs to a bug that came by the issue form; choose another."
    where = f"{FOLDER}/{BUGS}/{given}"
    if any(path.startswith(f"{where}/") for path in paths(dataset)) or (dataset.config.root / where).exists():
        return f"There is a bug {given!r} already. Choose another id, or edit that one."
    return None


def refuse_text(what: str, given: str, limit: int) -> str | None:
    """Say why a text cannot be a bug's, or None. ``what`` names it, as the subject of a sentence."""
    if not given.strip():
        return f"{what} is empty. Write it in a few words."
    if len(given) > limit:
        return f"{what} has {len(given):,} characters; at most {limit:,} are kept. Shorten it."
    hidden = FORBIDDEN.search(given)
    return f"{what} holds the invisible character {hidden[0]!r}. Leave it out." if hidden else None


def refuse_users(given: str) -> str | None:
    """Say why this is no number of users, or None; nothing at all is fine."""
    if not given.strip() or bugfile.users(given) is not None:
        return None
    return f"{given[:60]!r} is no number of users. Write a number (300, about 2,000), or nothing when nobody knows."


def bug(name: str, description: str, harm: int, users: str, reporter: str) -> Bug:
    """Put a bug together; CannotRun for what cannot be one."""
    wrong = (
        refuse_text("The name", name, LIMITS[NAME])
        or refuse_text("The description", description, LIMITS["Description"])
        or refuse_text("The reporter", reporter, LIMITS[NAME])
        or refuse_users(users)
    )
    if wrong:
        raise CannotRun(wrong)
    if not bugfile.LEAST <= harm <= bugfile.MOST:
        raise CannotRun(
            f"Harm is {harm}; it is a whole number from 1 (a nuisance) to 10 (somebody gets hurt)."
        )
    return Bug(
        one_line(name), description.strip("\n "), harm, one_line(users)[: LIMITS[USERS]], one_line(reporter)
    )


def asked(target: Target, schema: Any) -> list[str]:
    """Return the columns that only a person can fill, in their order: what a model sees, the label, and what
    project/schema.py (``schema``) wants in every row and nobody else can know.
    """
    roles = target.roles
    known = {roles.id, roles.group, roles.time, roles.source}
    seen = {*roles.inputs, roles.label}

    def is_wanted(name: str) -> bool:
        found = schema.columns.get(name)
        return name in seen or (name not in known and found is not None and not found.nullable)

    return [name for name in target.names if is_wanted(name)]


def text_of(name: str, data: bytes) -> str:
    """Return the patterns of a file as text with a header; CannotRun for a file that cannot be read.

    What is no JSON Lines or Parquet is left as it is: CSV, or a table that was copied from a spreadsheet.
    """
    if len(data) > LARGEST:
        raise CannotRun(f"{name[:80]!r} is larger than {LARGEST >> 20} MiB; a bug has 10 to 20 patterns.")
    if not name.lower().endswith((".jsonl", ".parquet")):
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise CannotRun(f"{name[:80]!r} is not UTF-8 text. Save it as UTF-8.") from None
    table = formats.read(name, data)
    problem = next((one for one in table.problems if not one.form), None)
    if problem is not None:
        at = f", line {problem.line}" if problem.line else ""
        raise CannotRun(f"{name[:80]!r} cannot be read{at}: {problem.message}")
    return formats.write("patterns.csv", table.frame.select(pl.all().cast(pl.String).fill_null(""))).decode()


def text_from(cells: Sequence[Mapping[str, str]], names: Sequence[str]) -> str:
    """Return patterns that were typed as text with a header: pattern N stands at line N + 1. ``names``: the columns;
    what else patterns have follows.
    """
    names = list(dict.fromkeys([*names, *(name for row in cells for name in row)]))
    flat = [{name: one_line(row.get(name, "")) for name in names} for row in cells]
    return formats.write("patterns.csv", columns.frame(flat, names)).decode()


def read(text: str, target: Target, bug_id: str, day: str) -> patterns.Patterns:
    """Read a text with patterns, for the bug ``bug_id``, entered on ``day`` (2026-11-24)."""
    lines = tuple(text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n"))
    hidden = tuple(forbidden(lines))
    lines = tuple(FORBIDDEN.sub("\ufffd", line) for line in lines) if hidden else lines
    form = Form("", "", 0, "", "", 0, Section(0, lines), lines)
    number = APART + zlib.crc32(bug_id.encode()) % APART
    given = patterns.read(form, target, number, day, f"{day}T00:00:00Z", bug_id)
    return given._replace(faults=(*hidden, *given.faults))


def enter(text: str, target: Target, base: Dataset, bug_id: str, day: str) -> Entered:
    """Turn a text with patterns into the file of a bug, and judge it by the project's schema and checks."""
    given = read(text, target, bug_id, day)
    faults, notes = list(given.faults), list(given.notes)
    data, lacking = b"", tuple[str, ...]()
    if given.rows and given.sound:
        root = base.config.root
        verdict = judging.judge(
            given, target, base, path_of(bug_id), lambda: project.schema(root), project.checks(root)
        )
        told = {fault.line for fault in faults}
        faults += [fault for fault in verdict.faults if fault.line is None or fault.line not in told]
        notes += verdict.notes
        data, lacking = verdict.data, verdict.lacking
    faults.sort(key=lambda fault: (fault.line is None, fault.line or 0))
    return Entered(data, len(given.rows), tuple(dict.fromkeys(faults)), tuple(dict.fromkeys(notes)), lacking)


def path_of(bug_id: str) -> str:
    """Return the file of a bug's patterns, from the project's root."""
    return f"{FOLDER}/{BUGS}/{bug_id}/{folder.PATTERNS}"


def sketch(text: str, target: Target, bug_id: str, day: str) -> bytes | None:
    """Return the file that patterns would be, unjudged, with the first choice in each column that is filled in; None
    where their header is not as it should be.
    """
    given = read(text, target, bug_id, day)
    if not given.sound:
        return None
    chosen = {name: choices[0] for name, choices in given.ways.items()}
    rows = [
        {**row, **{name: cells[at] for name, cells in chosen.items()}} for at, row in enumerate(given.cells)
    ]
    return formats.write(folder.PATTERNS, columns.frame(rows, target.names))

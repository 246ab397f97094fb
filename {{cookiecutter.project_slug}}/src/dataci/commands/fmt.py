"""`dataci fmt`: write data files in canonical form, so that a diff shows changes of data and nothing else.

Canonical: UTF-8 without a byte order mark, LF, one header, quotes only where needed, no blank lines at the
end. Every field keeps its exact characters, rows and columns keep their order. Parquet has no text form and
is left alone. A file that is malformed in more than its form is left untouched, and the places are named.
"""

from __future__ import annotations

import os
import shlex
import stat
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from dataci import formats, git
from dataci.dataset import FOLDER
from dataci.errors import CannotRun
from dataci.formats import Problem, Table
from dataci.reporters.escape import terminal

TEXTS = (".csv", ".tsv", ".jsonl")
SHOWN = 5  # places a malformed file
LINK = Problem("parse-error", None, "This is a symbolic link, which is not followed. Commit the file itself.")
UNFAITHFUL = Problem(
    "canonical",
    None,
    "In canonical form the file would not read as the same table (a second byte order mark?). Mend it by hand.",
)


class Judged(NamedTuple):
    """A file and what it should be. ``wanted`` None: malformed, for the reasons in ``problems``."""

    path: str
    data: bytes
    wanted: bytes | None
    problems: tuple[Problem, ...] = ()


def run(root: Path, paths: Sequence[str | Path] = (), check: bool = False, staged: bool = False) -> int:
    """Format the data files at ``paths`` (files or folders below data/; default: all of them); return the
    exit code.

    ``check`` writes nothing and returns 1 if something would be written. ``staged`` does the same for exactly
    what is staged and differs from HEAD. 1 also if a file is malformed; CannotRun for a path that is no data
    file.
    """
    which = git.INDEX if staged else git.WORKTREE
    found = staged_files(root, paths) if staged else selected(root, which, paths)
    texts = [entry for entry in found if suffix(entry.path) in TEXTS and entry.mode != git.SUBMODULE]
    only_look = check or staged
    wrong: list[str] = []
    changed: list[str] = []
    for file in judged(root, which, texts):
        if file.wanted is None:
            wrong.append(file.path)
            print("\n".join(refusal(file)))
        elif file.wanted != file.data:
            changed.append(file.path)
            if not only_look:
                replace(root / file.path, file.data, file.wanted)
            print(f"{terminal(file.path)}: {'to be mended' if only_look else 'mended'}: {reasons(file)}")
    print("\n".join(closing(len(texts), changed, len(wrong), only_look, staged)))
    return 1 if wrong or (changed and only_look) else 0


def staged_files(root: Path, paths: Sequence[str | Path]) -> list[git.Entry]:
    """Return the staged data files that HEAD does not have in the same form."""
    if not git.is_repository(root):
        raise CannotRun(
            "This is not a git repository, so nothing is staged. Run dataci fmt without --staged."
        )
    head = git.head(root)
    before = set(git.entries(root, head, FOLDER)) if head else set()
    return [entry for entry in selected(root, git.INDEX, paths) if entry not in before]


def suffix(path: str) -> str:
    """Return the ending of a path in lower case."""
    return PurePosixPath(path).suffix.lower()


def inside(root: Path, path: str | Path) -> str:
    """Return ``path`` relative to the project, with slashes; CannotRun when it does not lie below data/."""
    given = Path(os.path.abspath(path))
    real = given.parent.resolve() / given.name
    base = root.resolve()
    if real == base:
        return FOLDER
    if not real.is_relative_to(base / FOLDER):
        raise CannotRun(
            f"{terminal(str(path))} does not lie below {FOLDER}/. dataci fmt only touches data files."
        )
    return real.relative_to(base).as_posix()


def selected(root: Path, which: str, paths: Sequence[str | Path]) -> list[git.Entry]:
    """Return the data files at or below ``paths`` (none given: all); CannotRun when there is nothing to look
    at.
    """
    found = [entry for entry in git.entries(root, which, FOLDER) if suffix(entry.path) in formats.SUFFIXES]
    if not paths:
        if not found and which == git.WORKTREE:
            raise CannotRun(f"There is no data file below {FOLDER}/ to format: nothing was looked at.")
        return found
    chosen: set[git.Entry] = set()
    for path in (inside(root, path) for path in paths):
        below = [entry for entry in found if entry.path == path or entry.path.startswith(f"{path}/")]
        if not below and which == git.WORKTREE:
            raise CannotRun(
                f"{terminal(path)} is no data file and no folder with data files ({', '.join(formats.SUFFIXES)}), "
                "or git ignores it. Check the spelling."
            )
        chosen.update(below)
    return sorted(chosen)


def judged(root: Path, which: str, entries: Sequence[git.Entry]) -> Iterator[Judged]:
    """Yield each file with what it should be."""
    plain = [entry for entry in entries if entry.mode != git.LINK]
    yield from (Judged(entry.path, b"", None, (LINK,)) for entry in entries if entry.mode == git.LINK)
    for entry, data in zip(plain, git.read(root, which, plain), strict=True):
        yield judge(entry.path, data)


def judge(path: str, data: bytes) -> Judged:
    """Say what the bytes of a file named ``path`` should be."""
    wanted = formats.canonical(path, data)
    if wanted == data:
        return Judged(path, data, data)
    table = formats.read(path, data)
    problems = tuple(problem for problem in table.problems if not problem.form)
    if wanted is not None and not problems:
        if is_faithful(table, formats.read(path, wanted)):
            return Judged(path, data, wanted)
        problems = (UNFAITHFUL,)
    return Judged(path, data, None, problems)


def is_faithful(before: Table, after: Table) -> bool:
    """Tell whether the canonical form reads as the same table: cells, columns, and the types of JSON cells."""
    kinds = [
        {name: kind.to_list() for name, kind in (table.kinds or {}).items()} for table in (before, after)
    ]
    same = before.frame.columns == after.frame.columns and before.frame.equals(after.frame)
    return same and kinds[0] == kinds[1] and before.records == after.records and not after.problems


def replace(path: Path, data: bytes, wanted: bytes) -> None:
    """Put ``wanted`` in the place of ``data`` in one step, keeping the mode; the old file or the new, never
    half.

    CannotRun when somebody else wrote the file meanwhile, or it cannot be written; it is left untouched then.
    """
    name = ""
    try:
        mode = stat.S_IMODE(path.lstat().st_mode)
        handle, name = tempfile.mkstemp(prefix=".dataci-", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(wanted)
        os.chmod(name, mode)
        if path.is_symlink() or path.read_bytes() != data:
            raise CannotRun(
                f"{terminal(str(path))} was changed while it was read and was left untouched. Run again."
            )
        os.replace(name, path)
        name = ""
    except OSError as error:
        raise CannotRun(
            f"{terminal(str(path))} cannot be written: {error.strerror}. It was left untouched."
        ) from None
    finally:
        if name:
            os.unlink(name)


def reasons(file: Judged) -> str:
    """Say in which ways the form was wrong."""
    old, new = file.data, file.wanted or b""
    found = {
        "byte order mark": old.startswith(b"\xef\xbb\xbf"),
        "line ends": old.count(b"\r\n") > new.count(b"\r\n"),
        "no line end at the end": not old.endswith(b"\n"),
        "blank lines at the end": old[len(old.rstrip(b"\r\n")) :].count(b"\n") > 1,
        "quotes": old.count(b'"') != new.count(b'"'),
    }
    return ", ".join(name for name, true in found.items() if true) or "spacing"


def refusal(file: Judged) -> list[str]:
    """Say why a file was left untouched, place by place."""
    name = terminal(file.path)
    lines = [
        f"{name}{'' if problem.line is None else f':{problem.line}'}: {problem.check}: {terminal(problem.message)}"
        for problem in file.problems[:SHOWN]
    ]
    hidden = len(file.problems) - SHOWN
    return [*lines, *([f"{name}: and {hidden:,} more (dataci check lists them)"] if hidden > 0 else [])]


def closing(looked: int, changed: Sequence[str], wrong: int, only_looked: bool, staged: bool) -> list[str]:
    """Sum up, and say what to do."""
    if not looked:
        return [
            "No staged text file below data/ differs from HEAD."
            if staged
            else "There are only Parquet files."
        ]
    fine = looked - len(changed) - wrong
    parts = [
        f"{fine} in canonical form" if fine else "",
        f"{len(changed)} {'to be mended' if only_looked else 'mended'}" if changed else "",
        f"{wrong} malformed and left untouched" if wrong else "",
    ]
    lines = [f"{looked} {'file' if looked == 1 else 'files'}: {', '.join(part for part in parts if part)}."]
    if changed and only_looked:
        named = " ".join(shlex.quote(path) for path in changed) if len(changed) <= SHOWN else FOLDER
        add = f", then git add {terminal(named)}" if staged else ""
        lines.append(f"To mend: dataci fmt {terminal(named)}{add}")
    return lines

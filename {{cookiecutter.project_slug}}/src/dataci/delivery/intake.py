"""A folder that a job without rights handed over. Code of the project ran there, so anything may lie in it: only plain
files with the expected names are read, each and all together below a limit, and no link is followed.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from dataci.errors import CannotRun

FILES = 20_000


def read_folder(folder: Path, allowed: Callable[[str], bool], limit: int, total: int) -> dict[str, bytes]:
    """Return the bytes of each file in ``folder`` by name, sorted; CannotRun says which file is in the way.

    ``allowed`` tells whether a name is expected; ``limit`` and ``total``: bytes of one file and of all.
    """
    if folder.is_symlink() or not folder.is_dir():
        raise CannotRun(f"There is no folder {folder.name!r}. The job before this one hands it over.")
    found: dict[str, bytes] = {}
    left = total
    with os.scandir(folder) as entries:
        for number, entry in enumerate(entries):
            if number >= FILES:
                refuse(folder, "it holds too many files")
            if not allowed(entry.name):
                refuse(folder, f"{entry.name[:80]!r} is not expected there")
            found[entry.name] = content(folder, entry.name, min(limit, left))
            left -= len(found[entry.name])
    return dict(sorted(found.items()))


def content(folder: Path, name: str, limit: int) -> bytes:
    """Return the bytes of one file, opened so that what is no plain file cannot be read and cannot stop us."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    path = folder / name
    if path.is_symlink():
        refuse(folder, f"{name!r} is a link")
    try:
        with open(os.open(path, flags), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                refuse(folder, f"{name!r} is no plain file")
            data = file.read(limit + 1)
    except OSError as error:
        refuse(folder, f"{name!r} cannot be read ({error.strerror})")
    if len(data) > limit:
        refuse(folder, f"{name!r} is too large (more than {limit:,} bytes may not come from there)")
    return data


def refuse(folder: Path, what: str) -> NoReturn:
    """Refuse the folder as a whole: what is right in it is not worth guessing."""
    raise CannotRun(f"What was handed over in {folder.name!r} is refused: {what}. Nothing was published.")

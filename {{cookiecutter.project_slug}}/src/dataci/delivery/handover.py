"""What `dataci train` and `dataci evaluate` hand over to `dataci publish results`: records, predictions, and a list.

The list, delivered.json, says at which commit they were made, which of them that commit's own candidate is, and which
there are; it is there even when nothing changed, so that a lost artifact is never taken for "nothing new".
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dataci import git, results
from dataci.errors import CannotRun

LIST = "delivered.json"
VERSION = 1
SHAPE: dict[str, Any] = {
    "version": int,
    "commit": (str, type(None)),
    "latest": (str, type(None)),
    "tags": [str],
}


def prepare(folder: Path) -> None:
    """Refuse a folder that holds something: what lies in it from before would be handed over as well.

    Refuse as well, before any work is done, what cannot become a folder.
    """
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        raise CannotRun(
            f"{str(folder)!r} is there already, and not empty. Name another folder with --output."
        )
    nearest = next(above for above in (folder, *folder.absolute().parents) if above.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        why = "it may not be written to" if nearest.is_dir() else "it is a file"
        raise CannotRun(
            f"{str(folder)!r} cannot be made below {nearest.name!r}: {why}. Name another folder with --output."
        )


def write(root: Path, folder: Path, files: Mapping[str, bytes], latest: str | None) -> None:
    """Write files of results/ into the folder, with the list. ``latest``: the tag of what is at HEAD, if known."""
    tags = sorted(name.removesuffix(".json") for name in files if name.endswith(".json"))
    listed = {"version": VERSION, "commit": git.head(root), "latest": latest, "tags": tags}
    text = json.dumps(listed, indent=2, sort_keys=True) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in {**files, LIST: text.encode()}.items():
            (folder / name).write_bytes(data)
    except OSError as error:
        raise CannotRun(
            f"{str(folder)!r} cannot be written: {error.strerror}. Name another folder with --output."
        ) from None


def of_tag(root: Path, tag: str) -> dict[str, bytes]:
    """Return what results/ holds of a candidate: its record and, where they are not lost, its predictions."""
    names = (f"{tag}.json", f"{tag}.predictions.csv")
    found = {name: results.Source(root).bytes(name) for name in names}
    return {name: data for name, data in found.items() if data is not None}


def changed(root: Path, before: Path) -> dict[str, bytes]:
    """Return what results/ holds of each candidate that is not as it was in the folder ``before``."""
    found: dict[str, bytes] = {}
    for one in results.read_all(root)[0]:
        files = of_tag(root, one["tag"])
        if any(results.on_disk(before / name) != data for name, data in files.items()):
            found |= files
    return found


@contextlib.contextmanager
def untouched(root: Path) -> Iterator[Path]:
    """Leave the files of results/ in the end as they are now, whatever happens; yield a folder with a copy of them."""
    home = root / results.FOLDER
    with tempfile.TemporaryDirectory(prefix="dataci-") as scratch:
        copy = Path(scratch) / results.FOLDER
        copy.mkdir()
        there = home.is_dir()
        for path in plain_files(home):
            shutil.copy2(path, copy)
        try:
            yield copy
        finally:
            restore(home, copy)
            if not there and home.is_dir():
                home.rmdir()


def plain_files(folder: Path) -> list[Path]:
    """Return the files of a folder that are no links; none where there is no folder."""
    found = folder.iterdir() if folder.is_dir() else ()
    return [path for path in found if path.is_file() and not path.is_symlink()]


def restore(home: Path, copy: Path) -> None:
    """Make the files in ``home`` those of ``copy``, and touch none that is the same."""
    for path in plain_files(home):
        if not (copy / path.name).exists():
            path.unlink()
    for path in plain_files(copy):
        if results.on_disk(home / path.name) != path.read_bytes():
            shutil.copy2(path, home / path.name)

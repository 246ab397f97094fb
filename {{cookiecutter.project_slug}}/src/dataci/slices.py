"""Named parts of the test set (project/slices.py), on which every candidate is measured apart."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from dataci import closure, git, project
from dataci.errors import CannotRun

FILE = f"{project.FOLDER}/slices.py"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")

Mask = np.ndarray[Any, np.dtype[np.bool_]]


def identify(root: Path) -> str | None:
    """Return git's id of project/slices.py, or None when there is none.

    Where it imports other files of project/, the id of a text that lists it and them, each with its own.
    """
    path = root / FILE
    if not path.is_file():
        return None
    files = closure.reached(root, path)
    if files == [path]:
        return git.blob_id(path.read_bytes())
    lines = [f"{git.blob_id(file.read_bytes())} {file.relative_to(root).as_posix()}\n" for file in files]
    return git.blob_id("".join(lines).encode())


def members(root: Path, rows: pl.DataFrame) -> dict[str, Mask]:
    """Return which rows belong to each slice: by name, shape (rows,).

    ``rows``: the test rows, every column as text. CannotRun names the function that does not answer with one
    true or false a row.
    """
    found = {}
    for name, function in sorted(project.slices(root).items()):
        path = root / FILE
        try:
            answer = function(rows)
            answer = rows.select(answer.alias("_")).to_series() if isinstance(answer, pl.Expr) else answer
            mask = pl.Series(name, answer)
        except Exception as error:
            raise CannotRun(
                f"{FILE}: the slice {name!r} failed. {project.place(error, path)}. Mend it."
            ) from error
        if mask.dtype != pl.Boolean or mask.len() != rows.height:
            raise CannotRun(
                f"{FILE}: the slice {name!r} must return one true or false a row; it returned {mask.len()} values "
                f"of the type {mask.dtype} for {rows.height} rows."
            )
        if not NAME.fullmatch(name):
            raise CannotRun(
                f"{FILE}: the slice {name!r} must be named by plain letters, digits and underscores."
            )
        found[name] = mask.fill_null(False).to_numpy().astype(np.bool_)
    return found

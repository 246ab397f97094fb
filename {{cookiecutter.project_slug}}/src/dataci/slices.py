"""Named parts of the test set (project/slices.py), on which every candidate is measured apart; and counterfactuals.

What a function of project/slices.py returns says what it is: true or false a row, a slice; a text a row, groups (each
text is a slice); altered rows, a counterfactual (the same people, asked with other words).
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import numpy as np
import polars as pl

import dataci
from dataci import closure, config, git, project
from dataci.config import REGRESSION, Config
from dataci.errors import CannotRun

FILE = f"{project.FOLDER}/slices.py"
STARTERS = "slicing"  # the engine's own slices, of which project/slices.py may take some
LONGEST = 60  # characters of a slice's name
LEAST = 20  # of them for the value, however long the function's name is
MOST = 50  # values of one function that are told apart
ALL = 1_000  # slices; a predictions file with more is not read
REST = "other"
KINDS = (
    "Return one true or false a row (a slice), one text a row (groups), or the rows with altered cells (a "
    "counterfactual)."
)

Mask = np.ndarray[Any, np.dtype[np.bool_]]


class Sliced(NamedTuple):
    """``masks``: which rows belong to each slice, by name, shape (rows,). ``counterfactuals``: altered rows, by name:
    all columns of the test rows, as text, in their order.
    """

    masks: Mapping[str, Mask]
    counterfactuals: Mapping[str, pl.DataFrame]


def identify(root: Path) -> str | None:
    """Return git's id of project/slices.py, or None when there is none.

    Where it imports other files of project/ or the engine's slices, the id of a text that lists it and them, each with
    its own.
    """
    path = root / FILE
    if not path.is_file():
        return None
    mine = closure.reached(root, path)
    files = {file.relative_to(root).as_posix(): file for file in mine} | starters(mine)
    if len(files) == 1:
        return git.blob_id(path.read_bytes())
    lines = [f"{git.blob_id(file.read_bytes())} {name}\n" for name, file in sorted(files.items())]
    return git.blob_id("".join(lines).encode())


def starters(mine: list[Path]) -> dict[str, Path]:
    """Return the files of the engine's slices that these files import, by their path for display."""
    home = Path(dataci.__file__).parent
    found: dict[str, Path] = {}
    waiting = list(mine)
    while waiting:
        for file in closure.wanted(waiting.pop(), home):
            name = f"{closure.PREFIX}{file.relative_to(home).as_posix()}"
            if file.is_relative_to(home / STARTERS) and name not in found:
                found[name] = file
                waiting.append(file)
    return found


def members(root: Path, rows: pl.DataFrame) -> Sliced:
    """Return which rows belong to each slice, and the altered rows of each counterfactual.

    ``rows``: the test rows, every column as text. CannotRun names the function whose answer is neither, and the cure.
    """
    masks: dict[str, Mask] = {}
    altered: dict[str, pl.DataFrame] = {}
    functions = project.slices(root)
    settings = config.load(root) if functions and (root / config.FILE).is_file() else Config(root)
    for name, function in sorted(functions.items()):
        answer = asked(root, name, function, rows)
        if not plain_name(name):
            refuse(name, "must be named by plain letters, digits and underscores")
        if isinstance(answer, pl.DataFrame):
            altered[name] = counterfactual(name, answer, rows, settings)
        elif answer.dtype == pl.Boolean:
            masks[name] = answer.fill_null(False).to_numpy().astype(np.bool_)
        else:
            masks |= groups(name, answer, settings.missing)
    if len(masks) > ALL:
        raise CannotRun(
            f"{FILE}: there are {len(masks):,} slices, but at most {ALL:,} can be measured. Name fewer."
        )
    return Sliced(masks, altered)


def plain_name(name: str) -> bool:
    """Tell whether a function's name (with dashes) can be that of a slice anywhere: in a file, a table, a link."""
    return name.isascii() and name.replace("-", "").isalnum() and not name.startswith("-")


def asked(
    root: Path, name: str, function: Callable[..., Any], rows: pl.DataFrame
) -> pl.Series | pl.DataFrame:
    """Return what a function says of the rows: a Boolean or String series as long as they are, or a frame."""
    path = root / FILE
    try:
        answer = function(rows.clone())  # whatever it does to them stays its own
        answer = rows.select(answer.alias("_")).to_series() if isinstance(answer, pl.Expr) else answer
        answer = answer.collect() if isinstance(answer, pl.LazyFrame) else answer
    except Exception as error:
        raise CannotRun(f"{FILE}: {name!r} failed. {project.place(error, path)}. Mend it.") from error
    if isinstance(answer, pl.DataFrame):
        return answer
    try:
        found = pl.Series(name, answer)
    except Exception:
        refuse(name, f"returned {type(answer).__name__}, which says nothing of the rows", KINDS)
    if found.dtype in (pl.Categorical, pl.Enum):
        found = found.cast(pl.String)
    if found.dtype not in (pl.Boolean, pl.String) or found.len() != rows.height:
        refuse(name, f"returned {found.len()} values of the type {found.dtype} for {rows.height} rows", KINDS)
    return found


def refuse(name: str, what: str, cure: str = "") -> NoReturn:
    """Refuse a function's answer: what is wrong, and what to do."""
    raise CannotRun(f"{FILE}: {name!r} {what}.{cure and ' '}{cure}")


# ---- groups


def groups(function: str, values: pl.Series, missing: tuple[str, ...] = ()) -> dict[str, Mask]:
    """Return a slice for each value, the most frequent ones first told apart; rows without a value are in none."""
    absent = values.is_null() | values.str.strip_chars().is_in(["", *missing])
    cells = [None if gone else cell for cell, gone in zip(values, absent, strict=True)]
    counts = Counter(cell for cell in cells if cell is not None)
    ranked = sorted(counts, key=lambda value: (-counts[value], value))
    kept = ranked if len(ranked) <= MOST else ranked[: MOST - 1]
    taken = {REST} if len(kept) < len(ranked) else set()
    room = max(LEAST, LONGEST - 1 - len(function))
    named = dict.fromkeys(ranked, f"{function}={REST}")
    for value in kept:
        named[value] = f"{function}={unique(made_plain(value)[:room], room, taken)}"
    codes = np.array([named.get(cell, "") for cell in cells], dtype=object)
    return {name: np.asarray(codes == name, dtype=np.bool_) for name in sorted(set(named.values()))}


def made_plain(value: str) -> str:
    """Return a value as it can stand in a name: letters, digits, ``_``, ``.`` and ``-`` stay, all else is a dash."""
    composed = unicodedata.normalize("NFC", value)
    plain = "".join(c if c.isalnum() or c in "_." or is_mark(c) else "-" for c in composed)
    return plain.strip("-") or "value"


def is_mark(character: str) -> bool:
    """Tell whether a character is a vowel or tone sign that belongs to the letter before it, as in Hindi."""
    return unicodedata.category(character) in ("Mn", "Mc")


def unique(name: str, room: int, taken: set[str]) -> str:
    """Return the name, numbered where another value has it already; names that differ in case only are the same."""
    found, number = name, 1
    while found.casefold() in taken:
        number += 1
        found = f"{name[: room - 1 - len(str(number))]}-{number}"
    taken.add(found.casefold())
    return found


# ---- counterfactuals


def counterfactual(name: str, answer: pl.DataFrame, rows: pl.DataFrame, settings: Config) -> pl.DataFrame:
    """Return the altered rows as text, in the columns of the test rows; only what the model reads may differ, and the
    label, where the altered row has another one.
    """
    if answer.height != rows.height:
        refuse(
            name,
            f"returned {answer.height} rows for {rows.height}",
            "A counterfactual answers with every row, also with those that it leaves as they are, in their order.",
        )
    absent = [column for column in rows.columns if column not in answer.columns]
    if absent:
        refuse(name, f"lost the column {absent[0]!r}", "Return all columns: rows.with_columns(…).")
    found = as_text(name, answer.select(rows.columns), rows)
    differing = [column for column in rows.columns if not found[column].equals(rows[column])]
    for column in differing:
        if column not in (*settings.columns.inputs, settings.columns.label):
            refuse_column(name, column, found, rows, settings)
    refuse_labels(name, found, rows, settings)
    if differing and found.sort(found.columns).equals(rows.sort(rows.columns)):
        refuse(name, "changed the order of the rows", "Answer row by row; leave out the sorting.")
    if not set(differing) & set(settings.columns.inputs):
        refuse(
            name,
            f"changed none of {rows.height} rows",
            "Let it alter a column that the model reads, or remove it.",
        )
    return found


def refuse_labels(name: str, found: pl.DataFrame, rows: pl.DataFrame, settings: Config) -> None:
    """Refuse a label that no test row has: no model knows it."""
    label = settings.columns.label
    if label not in found.columns or settings.task == REGRESSION:
        return
    strange = set(found[label].to_list()) - set(rows[label].to_list())
    if strange:
        first = min(map(str, strange))[:40]
        refuse(name, f"gives the label {first!r}, which no test row has", "Return one of the labels in use.")


def as_text(name: str, frame: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Return every cell as text where those of ``rows`` are."""
    try:
        return frame.with_columns(
            pl.col(column).cast(pl.String) for column, kind in rows.schema.items() if kind == pl.String
        )
    except pl.exceptions.PolarsError:
        wrong = ", ".join(
            f"{column!r} ({kind})" for column, kind in frame.schema.items() if kind != rows.schema[column]
        )
        refuse(name, f"returned cells that are no text in {wrong}", "Every cell must be a text or a number.")


def refuse_column(
    name: str, column: str, found: pl.DataFrame, rows: pl.DataFrame, settings: Config
) -> NoReturn:
    """Refuse rows that differ where they must not: in their order, or in a column that the model does not read."""
    free = (*settings.columns.inputs, settings.columns.label)
    fixed = [name for name in rows.columns if name not in free]
    if found.select(fixed).sort(fixed).equals(rows.select(fixed).sort(fixed)):
        refuse(
            name,
            "changed the order of the rows",
            "A counterfactual answers row by row; leave out the sorting.",
        )
    read = ", ".join(settings.columns.inputs) or "none: [columns] of dataci.toml names none"
    cure = f"A counterfactual alters only what the model reads ({read}), and the label."
    refuse(name, f"changed the column {column!r}", cure)

"""The data of one tree (working tree, index or commit): its files, their splits, and their rows with file and line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

import polars as pl

from dataci import formats, git
from dataci.cache import Cache
from dataci.config import Config
from dataci.formats import Problem, Table
from dataci.formats.table import PLACES, nothing

FOLDER = "data"
TRAIN, TEST, BUGS = "train", "test", "bugs"
APART = ("labels", "production")  # files that are not rows of the task: judged as files, not by the schema
SILENT = (".md", ".toml", ".gitkeep", ".gitignore", ".gitattributes")  # files that hold no rows
PLACE = ("_file", "_line", "_row")


class Part(NamedTuple):
    """One data file. ``split``: "train", "test", "bugs/<id>", "labels", "production", or another folder's name."""

    path: str
    split: str
    blob: str
    mode: str = git.FILE

    @property
    def judged(self) -> bool:
        """Tell whether the file holds rows of the task, which the schema describes."""
        return self.split not in APART


class Dataset:
    """The data files of one tree. Files are read when they are asked for, each at most once."""

    def __init__(self, config: Config, which: str, entries: Sequence[git.Entry]) -> None:
        self.config = config
        self.which = which
        self.entries = tuple(entries)
        self.parts = tuple(part(entry) for entry in entries if not is_silent(entry.path))
        self.cache = Cache(config.root)
        self.sizes: dict[int, int] = {}
        self.renamed: dict[int, dict[str, str]] = {}
        self._tables: dict[int, Table] = {}
        self._rows: dict[str | None, pl.DataFrame] = {}
        self._places: dict[str, list[int]] = {}

    def tree_id(self, folder: str) -> str:
        """Return git's id of the tree data/``folder`` (40 hex digits), the same for equal bytes wherever they lie."""
        return git.tree_id(self.entries, f"{FOLDER}/{folder}")

    def indices(self, split: str | None = None) -> list[int]:
        """Return the positions in ``parts`` of a split's files ("bugs": every bug's; None: all that are judged)."""
        if split is None or split == BUGS:
            return [i for i, p in enumerate(self.parts) if (p.judged if split is None else belongs(p.split))]
        if not self._places:  # of thousands of bugs none may look at the files of all
            for i, p in enumerate(self.parts):
                self._places.setdefault(p.split, []).append(i)
        return list(self._places.get(split, ()))

    def table(self, index: int) -> Table:
        """Return what ``parts[index]`` holds."""
        if index not in self._tables:
            self.load([index])
        return self._tables[index]

    def load(self, indices: Iterable[int]) -> None:
        """Read several files in one go, which spares a git process for each."""
        wanted = [i for i in indices if i not in self._tables]
        if not wanted:
            return
        by_path = {entry.path: entry for entry in self.entries}
        chosen = [by_path[self.parts[i].path] for i in wanted]
        for i, data in zip(wanted, self.contents(chosen), strict=True):
            self.sizes[i] = len(data)
            self._tables[i] = read_part(self.parts[i], data)

    def rename(self, index: int, names: dict[str, str]) -> None:
        """Judge a file as if its columns had the names that the schema still uses ({name in the file: name})."""
        table = self.table(index)
        self._tables[index] = table._replace(frame=table.frame.rename(names))
        self.renamed[index] = names
        self._rows.clear()

    def contents(self, entries: Sequence[git.Entry]) -> Iterator[bytes]:
        """Yield the bytes of files of this tree."""
        return git.read(self.config.root, self.which, entries)

    def read_file(self, path: str) -> bytes | None:
        """Return the bytes of one file of the tree, or None when it is not there."""
        found = [entry for entry in self.entries if entry.path == path]
        return next(iter(self.contents(found))) if found else None

    def rows(self, split: str | None = None) -> pl.DataFrame:
        """Return the rows of a split (None: of all judged files), in the order of files and lines.

        Columns: those of the files, as String (a column that a file lacks is null there), then ``_file`` (UInt32, index
        into ``parts``), ``_line`` (UInt32, physical line) and ``_row`` (UInt32, position in the file).
        """
        if split not in self._rows:
            self._rows[split] = self.rows_of(self.indices(split))
        return self._rows[split]

    def rows_of(self, indices: list[int]) -> pl.DataFrame:
        """Return the rows of some files, like ``rows``."""
        self.load(indices)
        frames = [placed(self._tables[i], i) for i in indices if self._tables[i].frame.width]
        if not frames:
            return placed(nothing(), 0)
        frame = pl.concat(frames, how="diagonal", rechunk=False)
        return frame.select(*(name for name in frame.columns if name not in PLACE), *PLACE)

    def row_at(self, index: int, line: int) -> dict[str, str | None]:
        """Return the cells of the row that starts at a physical line of ``parts[index]``; empty when none does."""
        table = self.table(index)
        position = table.lines.search_sorted(line)
        if position >= table.lines.len() or table.lines[position] != line:
            return {}
        return table.frame.row(position, named=True)

    def lines_of(self, id: str) -> set[tuple[int, int]]:
        """Return the places (index into ``parts``, line) of the rows whose id is ``id``."""
        name, rows = self.config.columns.id, self.rows()
        if name is None or name not in rows.columns:
            return set()
        return set(rows.filter(pl.col(name) == id).select("_file", "_line").iter_rows())

    def splits(self) -> list[str]:
        """Return the names of the judged splits, train and test first."""
        names = dict.fromkeys(p.split for p in self.parts if p.judged)
        return sorted(names, key=lambda name: (name != TRAIN, name != TEST, name))

    def count(self) -> tuple[int, int]:
        """Return how many files and how many rows (reported ones too) there are; reads everything."""
        self.load(range(len(self.parts)))
        return len(self.parts), sum(self._tables[i].records for i in range(len(self.parts)))


def load(config: Config, which: str = git.WORKTREE) -> Dataset:
    """Return the data of the working tree, of the index ("index"), or of a commit."""
    return Dataset(config, which, git.entries(config.root, which, FOLDER))


def part(entry: git.Entry) -> Part:
    """Say to which split a file belongs: by the folder below data/ that holds it."""
    folders = PurePosixPath(entry.path).parts[1:-1]
    split = "/".join(folders[: 2 if folders[:1] == (BUGS,) else 1])
    return Part(entry.path, split or "data", entry.blob, entry.mode)


def is_silent(path: str) -> bool:
    """Tell whether a file below data/ is known to hold no rows."""
    name = PurePosixPath(path).name
    return name in SILENT or PurePosixPath(path).suffix.lower() in SILENT


def belongs(split: str) -> bool:
    """Tell whether a part's split is a bug, or the folder of them all."""
    return split == BUGS or split.startswith(BUGS + "/")


def read_part(part: Part, data: bytes) -> Table:
    """Read one file; what is no plain file is refused, so that a link cannot bring in what is not in the repository."""
    if part.mode == git.LINK:
        target = data.decode("utf-8", "replace")
        message = "This is a symbolic link, which is not followed. Commit the file itself."
        return nothing(Problem("parse-error", None, message, target))
    if part.mode == git.SUBMODULE:
        return nothing(
            Problem(
                "parse-error",
                None,
                "This is no regular file (a submodule or a device). Commit the file itself.",
            )
        )
    if part.split == "data":
        table = formats.read(part.path, data)
        message = (
            "The file lies in data/ itself, so it belongs to no split. Move it to data/train/ or data/test/."
        )
        return table._replace(problems=(*table.problems, Problem("parse-error", None, message)))
    return formats.read(part.path, data)


def placed(table: Table, index: int) -> pl.DataFrame:
    """Add to a table's rows where they stand."""
    frame = table.frame.drop(
        PLACES, strict=False
    )  # such columns are reported, and no other check can see them
    return frame.with_columns(
        pl.lit(index, dtype=pl.UInt32).alias("_file"),
        table.lines.alias("_line"),
        pl.int_range(0, table.frame.height, dtype=pl.UInt32).alias("_row"),
    ).select(*frame.columns, *PLACE)

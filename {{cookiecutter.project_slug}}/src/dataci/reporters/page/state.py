"""What the page shows, as plain data: ``dataci.overview`` collects it, and this folder renders it."""

from __future__ import annotations

from typing import NamedTuple

from dataci.comparison import Comparison
from dataci.finding import Report
from dataci.reporters.leaderboard import Board
from dataci.thresholds.effect import Effect

CATEGORY, NUMBER, TIME, TEXT, NAME = "category", "number", "time", "text", "name"


class Split(NamedTuple):
    """A folder of data/: its name ("bugs" stands for all model bugs), how many files and rows it has."""

    name: str
    files: int
    rows: int


class Cells(NamedTuple):
    """A column in one split. ``rows`` is None where the split has no such column.

    ``missing`` and ``distinct`` count cells and values. ``counts``: in each bin of the column, or of each value that
    ``Column.values`` names. ``low``, ``middle``, ``high``: ends and median of what is drawn (of a text the
    number of characters, of a time the day since 1970-01-01).
    """

    split: str
    rows: int | None = None
    missing: int = 0
    distinct: int = 0
    counts: tuple[int, ...] = ()
    low: float | None = None
    middle: float | None = None
    high: float | None = None


class Column(NamedTuple):
    """A column over all splits. ``role``: as in dataci.toml, "" without one. ``kind``: one of the five above.

    ``values``: the most frequent ones of a category. ``edges``: the bounds of the bins of all other kinds but "name",
    one more than bins; what lies beyond them is counted in the outer bins.
    """

    name: str
    role: str
    kind: str
    cells: tuple[Cells, ...]
    values: tuple[str, ...] = ()
    edges: tuple[float, ...] = ()


class Overview(NamedTuple):
    """The state of a project. Whatever could not be had is None, and a sentence in its ``…fault`` says why.

    ``report``: the verdict on the data of the working tree. ``board``: None without any result. ``comparison``: the
    latest result against its parent, None where it is the first, or the parent is gone (``comparison_fault``).
    ``faults``: sentences about files that could not be read. ``more_columns``: how many are not in ``columns``.
    ``threshold``: what that of the latest result does to the test rows, None where it has none.
    """

    project: str
    report: Report | None = None
    report_fault: str = ""
    board: Board | None = None
    board_fault: str = ""
    comparison: Comparison | None = None
    comparison_fault: str = ""
    splits: tuple[Split, ...] = ()
    columns: tuple[Column, ...] = ()
    more_columns: int = 0
    faults: tuple[str, ...] = ()
    threshold: Effect | None = None

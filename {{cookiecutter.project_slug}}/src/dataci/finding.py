"""What a check found: one Finding, or Hits, which are many findings of one kind kept as columns."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

import polars as pl


class Severity(StrEnum):
    """How much a finding weighs: an error fails the run, a warning is shown."""

    ERROR = "error"
    WARNING = "warning"


class Place(NamedTuple):
    """A place in the data: a file below the project's root and a physical line (1-based; None: the whole file)."""

    file: str
    line: int | None = None


class Finding(NamedTuple):
    """One fault. A contract: the JSON output has these fields under these names.

    ``value`` is the offending cell or a part of it, unescaped: whoever renders it escapes it. ``row`` holds the
    (column, value) pairs of the row, for display. ``key``, where a check sets it, says what makes two findings "the
    same" in two commits: a finding that the base has under the same key is known. Without a key, a finding at a line is
    known when the base has that row.
    """

    check: str
    severity: Severity
    file: str | None
    line: int | None
    column: str | None
    value: str | None
    message: str
    related: tuple[Place, ...] = ()
    row: tuple[tuple[str, str | None], ...] = ()
    key: str = ""


class Hits(NamedTuple):
    """Many rows that fail one check for one reason, as columns: counting a million of them costs nothing.

    ``frame`` has one line a finding with ``file`` (UInt32, index into ``Dataset.parts``), ``line`` (UInt32, physical,
    1-based) and ``new`` (Boolean: a row that is involved is not in the base); optionally ``value`` (String),
    ``related_file`` and ``related_line`` (UInt32), and whatever other columns ``message``, a ``str.format`` template,
    names. ``severity`` None means the severity that is configured for the check.
    """

    check: str
    message: str
    frame: pl.DataFrame
    column: str | None = None
    severity: Severity | None = None


class Counts(NamedTuple):
    """How often a check objected. ``known``: the base already has it; ``waived``: data/waivers.toml excuses it."""

    errors: int = 0
    warnings: int = 0
    known: int = 0
    waived: int = 0


class Report(NamedTuple):
    """The outcome of a run, ready to render. ``findings`` is the listed part; ``summary`` counts all of them.

    ``summary`` has an entry for every check that ran, in the order in which they ran, also when it found nothing.
    ``base`` names what the data were compared with (None: nothing). ``notes`` are sentences for the reader.
    ``crashed`` names checks of the engine's own that crashed.
    """

    verdict: str
    files: int
    rows: int
    findings: tuple[Finding, ...]
    summary: dict[str, Counts]
    base: str | None = None
    notes: tuple[str, ...] = ()
    crashed: tuple[str, ...] = ()

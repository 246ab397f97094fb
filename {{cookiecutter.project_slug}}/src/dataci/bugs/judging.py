"""Patterns are held against the project: its schema, its own checks, and the data that are there. The read-only half.

This is the one part that runs code of project/. The rows are judged as the file that they will be, by the suite that
judges every change, with the rest of the data as the base: so a pattern that train holds is a leak, one that stands
twice a duplicate, and what the data have already is not the reporter's fault.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from dataci import formats, git, suite
from dataci.bugs import columns
from dataci.bugs.columns import Target
from dataci.bugs.fault import QUOTED, Fault
from dataci.bugs.patterns import Patterns
from dataci.checks.registry import CHECKS
from dataci.dataset import Dataset
from dataci.errors import CannotRun
from dataci.finding import Finding, Report, Severity
from dataci.git import Entry

SCHEMA = "schema"


class Verdict(NamedTuple):
    """The file that the patterns become (canonical CSV), with what speaks against it, and what is worth knowing.

    ``lacking``: columns that the rows do not have, and into which nothing could be filled.
    """

    data: bytes
    faults: tuple[Fault, ...]
    notes: tuple[Fault, ...]
    lacking: tuple[str, ...] = ()


class Proposed(Dataset):
    """The data with the file ``path`` in the place of whatever its folder holds; it is nowhere on disk."""

    def __init__(self, of: Dataset, path: str, data: bytes) -> None:
        mine = Entry(path, git.FILE, git.blob_id(data))
        super().__init__(of.config, of.which, sorted([*of.entries, mine]))
        self.mine = {mine: data}

    def contents(self, entries: Sequence[Entry]) -> Iterator[bytes]:
        """Yield the bytes of files of this tree."""
        for entry in entries:
            yield self.mine[entry] if entry in self.mine else next(iter(super().contents([entry])))


def without(data: Dataset, folder: str) -> Dataset:
    """Return the data without the files below a folder: an issue that is accepted again is no duplicate of itself."""
    kept = [entry for entry in data.entries if not entry.path.startswith(f"{folder}/")]
    return Dataset(data.config, data.which, kept)


def judge(
    given: Patterns,
    target: Target,
    base: Dataset,
    path: str,
    schema: Callable[[], Any],
    own: Mapping[str, Callable[..., Any]],
) -> Verdict:
    """Fill in what the table does not have, and judge the rows as the file ``path`` (below data/) of ``base``."""
    schema = functools.cache(schema)
    cells, filled, refused = fill(given, target, base, path, schema)
    data = formats.write(path, columns.frame(cells, target.names))
    report = run(base, path, data, schema, own, quick_names(own))
    if report.crashed:
        raise CannotRun(
            f"The check {report.crashed[0]!r} crashed and judged nothing; .dataci/crash.log says more."
        )
    lines = formats.read(path, data).lines.to_list()
    told = [
        (finding, place(finding, given, path, lines))
        for finding in report.findings
        if finding.file in (path, None)
    ]
    faults = [
        fault
        for finding, fault in told
        if finding.severity == Severity.ERROR and not (finding.check == SCHEMA and finding.column in refused)
    ]
    faults += [unfilled(name, refused[name], given) for name in refused]
    notes = [fault for finding, fault in told if finding.severity != Severity.ERROR]
    told_notes = (*notes, *filled_in(filled, refused, given), *one_sided(cells, target, given))
    return Verdict(data, tuple(faults), told_notes, tuple(refused))


def run(
    base: Dataset,
    path: str,
    data: bytes,
    schema: Callable[[], Any],
    own: Mapping[str, Callable[..., Any]],
    names: Sequence[str],
) -> Report:
    """Judge the file as a change of ``base``."""
    return suite.run(Proposed(base, path, data), base, schema, own, suite.Settings(select=tuple(names)))


def quick_names(own: Mapping[str, Callable[..., Any]]) -> list[str]:
    """Return the checks that look at rows one by one and at what they collide with, and the user's own."""
    return [name for name, check in CHECKS.items() if check.quick and not check.needs_base] + list(own)


def fill(
    given: Patterns, target: Target, base: Dataset, path: str, schema: Callable[[], Any]
) -> tuple[list[dict[str, str]], dict[str, Sequence[str]], dict[str, Finding]]:
    """Return the rows with every column, what was filled in by column, and which of it the schema refuses."""
    at = dict.fromkeys(given.ways, 0)
    first: dict[str, Finding] = {}
    while True:
        filled = {name: given.ways[name][choice] for name, choice in at.items()}
        cells = [
            {**row, **{name: values[number] for name, values in filled.items()}}
            for number, row in enumerate(given.cells)
        ]
        data = formats.write(path, columns.frame(cells, target.names))
        options = suite.Settings(select=(SCHEMA,), quick=True)
        report = suite.run(Proposed(base, path, data), base, schema, {}, options)
        refused = {f.column: f for f in reversed(report.findings) if f.file == path and f.column in at}
        more = [name for name in refused if name is not None and at[name] + 1 < len(given.ways[name])]
        first = {**{name: finding for name, finding in refused.items() if name is not None}, **first}
        if not more:
            return cells, filled, {name: first[name] for name in refused if name is not None}
        for name in more:
            at[name] += 1


def place(finding: Finding, given: Patterns, path: str, lines: Sequence[int]) -> Fault:
    """Say a finding in the reporter's terms: the line of the form that holds the row."""
    message = by_form(finding.message, given, path, lines)
    what = f"{finding.column}: {message}" if finding.column else message
    value = f" It is {finding.value[:80]!r}." if finding.value and finding.check == SCHEMA else ""
    what = f"{what}{value} [{finding.check}]"
    if finding.line in lines and finding.file is not None:
        row = given.rows[lines.index(finding.line)]
        return Fault(what, row.line, row.text[:QUOTED])
    return Fault(what, given.header[0] if finding.file else None, given.header[1] if finding.file else "")


def by_form(message: str, given: Patterns, path: str, lines: Sequence[int]) -> str:
    """Call the lines of the file ``path`` by those of the form: a file of a refused form is nowhere."""
    at = {str(line): f"line {row.line}" for line, row in zip(lines, given.rows, strict=False)}
    return re.sub(rf"{re.escape(path)}:(\d+)", lambda found: at.get(found[1], found[0]), message)


def unfilled(name: str, finding: Finding, given: Patterns) -> Fault:
    """Say that a column is needed, and that nothing that could be filled in is allowed there."""
    best = given.ways[name][0][0]
    message = f"The table has no column {name!r}, which every row needs. Add it."
    if best:
        message = (
            f"The table has no column {name!r}, and {best!r} cannot be filled in: {finding.message} Add the column, or "
            "ask a maintainer to allow such values in project/schema.py."
        )
    return Fault(message, *given.header)


def filled_in(
    filled: Mapping[str, Sequence[str]], refused: Mapping[str, Finding], given: Patterns
) -> list[Fault]:
    """Say what was filled in."""
    told = [
        f"{name} ({values[0]}{', …' if len(set(values)) > 1 else ''})"
        if values and values[0]
        else f"{name} (empty)"
        for name, values in filled.items()
        if name not in refused
    ]
    return [Fault(f"Filled in for you: {', '.join(told)}.", None)] if told else []


def one_sided(cells: Sequence[Mapping[str, str]], target: Target, given: Patterns) -> list[Fault]:
    """Point out patterns that all expect the same: a model that always says so would pass."""
    label = target.roles.label
    found = {row.get(label, "") for row in cells} if label else set()
    if len(found) != 1 or not target.labels or len(cells) < 2:
        return []
    message = (
        f"All patterns expect {next(iter(found))!r}, so a model that always says so would pass. Some pairs of the same "
        "kind with another outcome would make the bug sharper."
    )
    return [Fault(message, None)]

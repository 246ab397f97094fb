"""From columns of hits to the findings that are listed: the first ones, each with its row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import polars as pl

from dataci.dataset import Dataset
from dataci.finding import Finding, Place, Severity

CUT = 2000  # characters of a cell that a finding carries
NOTHING = pl.DataFrame()


class Batch(NamedTuple):
    """Findings of one check and severity: those of one Hits, or ``singles``."""

    severity: Severity
    message: str
    column: str | None
    frame: pl.DataFrame
    singles: tuple[Finding, ...] = ()

    @property
    def size(self) -> int:
        """How many findings there are."""
        return len(self.singles) or self.frame.height


def listing(check: str, batches: Iterable[Batch], dataset: Dataset, limit: int) -> list[Finding]:
    """Return the first ``limit`` findings of a check, errors first, then by file and line."""
    found = [f for batch in batches for f in first(check, batch, dataset, limit)]
    found.sort(key=lambda f: (f.severity != Severity.ERROR, f.file or "", f.line or 0, f.column or ""))
    indices = {part.path: index for index, part in enumerate(dataset.parts)}
    return [with_row(finding, dataset, indices) for finding in found[:limit]]


def first(check: str, batch: Batch, dataset: Dataset, limit: int) -> list[Finding]:
    """Return the first findings of one batch; of single ones all, since nobody knows their order yet."""
    if batch.singles:
        return list(batch.singles)
    return [one(check, batch, row, dataset) for row in batch.frame.head(limit).iter_rows(named=True)]


def one(check: str, batch: Batch, row: dict[str, Any], dataset: Dataset) -> Finding:
    """Turn one line of a Hits frame into a Finding."""
    other = row.get("related_file")
    related = (Place(dataset.parts[other].path, row.get("related_line")),) if other is not None else ()
    message = batch.message.format(**{**row, "column": batch.column, "related": place_text(related)})
    where = dataset.parts[row["file"]].path
    return Finding(
        check, batch.severity, where, row["line"], batch.column, cut(row.get("value")), message, related
    )


def place_text(related: tuple[Place, ...]) -> str:
    """Return a place as file:line."""
    return f"{related[0].file}:{related[0].line}" if related else "elsewhere"


def cut(value: object) -> str | None:
    """Return a value short enough to carry about."""
    return None if value is None else str(value)[:CUT]


def with_row(finding: Finding, dataset: Dataset, indices: dict[str, int]) -> Finding:
    """Attach the cells of the row in which a finding stands; not where its value is masked, because the row is not."""
    index = indices.get(finding.file or "")
    if finding.row or finding.line is None or finding.check == "privacy" or index is None:
        return finding
    cells = dataset.row_at(index, finding.line)
    return finding._replace(row=tuple((name, cut(value)) for name, value in cells.items()))

"""The table of figures, as Markdown that reads well as plain text too, and its place in docs/performance.md."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"


class Line(NamedTuple):
    """A line of the table: ``ratio`` is to ``floor``; ``goal`` the largest ratio that is wanted."""

    what: str
    rows: int | None
    seconds: float
    mebi: float
    ratio: float | None = None
    floor: str = ""
    goal: float | None = None


def table(lines: list[Line]) -> str:
    """Return the lines as a Markdown table, readable as text as well."""
    head = ("what", "rows", "seconds", "peak MiB", "ratio", "to", "goal", "met")
    body = [
        (
            line.what,
            f"{line.rows:,}" if line.rows else "",
            f"{line.seconds:.3f}",
            f"{line.mebi:,.0f}",
            f"{line.ratio:.1f}×" if line.ratio else "",
            line.floor,
            f"≤ {line.goal:g}×" if line.goal else "",
            ("yes" if line.ratio and line.ratio <= line.goal else "no") if line.goal else "",
        )
        for line in lines
    ]
    widths = [max(len(row[at]) for row in (head, *body)) for at in range(len(head))]
    left = (0, 5, 7)
    rule = tuple("-" * w if at in left else "-" * (w - 1) + ":" for at, w in enumerate(widths))
    return "\n".join(
        "| "
        + " | ".join(
            c.ljust(w) if at in left else c.rjust(w)
            for at, (c, w) in enumerate(zip(row, widths, strict=True))
        )
        + " |"
        for row in (head, rule, *body)
    )


def write(text: str, script: str = "run.py") -> None:
    """Put the table of a script into docs/performance.md, between its two marks."""
    start, end = f"<!-- table: benchmarks/{script} --write -->", "<!-- end of table -->"
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(start)
    _, _, after = rest.partition(end)
    PAGE.write_text(f"{before}{start}\n\n{text}\n\n{end}{after}", encoding="utf-8")

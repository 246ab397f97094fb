"""Renderings of a report: one module a format, one dict of them all."""

from __future__ import annotations

from typing import Protocol

from dataci.finding import Report
from dataci.reporters import github, json, markdown, text


class Reporter(Protocol):
    """Renders a report; ``width`` in columns and ``color`` matter to the reporters for a terminal only."""

    def __call__(self, report: Report, width: int = 80, color: bool = False) -> str: ...


REPORTERS: dict[str, Reporter] = {
    "text": text.render,
    "json": json.render,
    "github": github.render,
    "markdown": markdown.render,
}

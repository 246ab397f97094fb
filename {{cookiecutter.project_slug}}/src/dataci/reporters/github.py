"""The report as GitHub workflow commands: annotations on the data lines, and a sentence about the others.

GitHub shows ten annotations of each kind a step and drops the rest without a word, so the ten are chosen:
some of every check, and those that point to a line before those that point to a file.
"""

from __future__ import annotations

from dataci.finding import Finding, Report, Severity
from dataci.reporters import outline
from dataci.reporters.escape import terminal, workflow, workflow_property

SHOWN = 10  # of each kind a step
_MESSAGE = 1000
_PLACES = 3


def render(report: Report, width: int = 80, color: bool = False) -> str:
    """One line an annotation, errors first, then the verdict; ``width`` and ``color`` change nothing."""
    chosen = [finding for severity in Severity for finding in _choose(report, severity)]
    lines = [_command(finding) for finding in chosen]
    lines.append(f"{report.verdict.upper()}  {outline.verdict(report)}")
    lines += [f"note: {terminal(note, _MESSAGE)}" for note in report.notes]
    hidden = _hidden(report, chosen)
    return "\n".join([*lines, hidden] if hidden else lines) + "\n"


def _choose(report: Report, severity: Severity) -> list[Finding]:
    found = [finding for finding in report.findings if finding.severity is severity]
    found.sort(key=_vague)
    chosen = outline.spread(found, SHOWN, outline.by_check, outline.by_column, outline.by_file)
    return sorted(chosen, key=found.index)


def _vague(finding: Finding) -> int:
    return (finding.file is None) + (finding.line is None)


def _command(finding: Finding) -> str:
    properties = {}
    if finding.file is not None:
        properties["file"] = finding.file
        if finding.line is not None:
            properties["line"] = str(finding.line)
    title = f"dataci {finding.check}"
    properties["title"] = terminal(title if finding.column is None else f"{title}: {finding.column}", 100)
    values = ",".join(f"{name}={workflow_property(value)}" for name, value in properties.items())
    places = [outline.place(*place) for place in finding.related[:_PLACES]]
    hidden = len(finding.related) - len(places)
    if hidden:
        places.append(outline.count(hidden, "more place"))
    message = terminal(finding.message, _MESSAGE) + "".join(f"\nsee {place}" for place in places)
    return f"::{finding.severity} {values}::{workflow(message)}"


def _hidden(report: Report, chosen: list[Finding]) -> str:
    counts = outline.sum_counts(report)
    shown = [sum(finding.severity is severity for finding in chosen) for severity in Severity]
    parts = [
        outline.count(total - number, f"more {severity}")
        for severity, total, number in zip(Severity, (counts.errors, counts.warnings), shown, strict=True)
        if total > number
    ]
    if not parts:
        return ""
    return (
        f"Not annotated: {' and '.join(parts)} (GitHub shows ten of each kind a step). See the step summary."
    )

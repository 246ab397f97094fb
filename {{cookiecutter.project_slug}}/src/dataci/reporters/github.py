"""The report as GitHub workflow commands: annotations on the data lines, and a sentence about the others.

GitHub shows ten annotations of each kind a step and drops the rest without a word, so the ten are chosen: those that
point to a line before those that point to a file; some of every check, and within a check some of every column, of
every fault and of every file, before the second of the same kind.
"""

from __future__ import annotations

import re
from collections import Counter

from dataci.finding import Finding, Report, Severity
from dataci.reporters import outline
from dataci.reporters.escape import terminal, workflow, workflow_property

SHOWN = 10  # of each kind a step
_MESSAGE = 1000
_PLACES = 3
_NAMED = 3  # checks, of what is not annotated
_DETAIL = re.compile(
    r"""'[^']*'|"[^"]*"|[^\s:]+:\d+|\d[\d.,]*"""
)  # in which two messages about the same fault differ


def render(report: Report, width: int = 80, color: bool = False) -> str:
    """One line an annotation, errors first, then the verdict; ``width`` and ``color`` change nothing."""
    chosen = [finding for severity in Severity for finding in _choose(report, severity)]
    lines = [_command(finding) for finding in chosen]
    lines.append(f"{report.verdict.upper()}  {outline.verdict(report)}")
    lines += [f"note: {terminal(note, _MESSAGE)}" for note in report.notes]
    hidden = _hidden(report, chosen)
    return "\n".join([*lines, hidden, _notice(hidden)] if hidden else lines) + "\n"


def _choose(report: Report, severity: Severity) -> list[Finding]:
    found = [finding for finding in report.findings if finding.severity is severity]
    found.sort(key=_vague)
    keys = (outline.by_check, outline.by_column, _by_fault, outline.by_file)
    return sorted(outline.spread(found, SHOWN, *keys), key=found.index)


def _by_fault(finding: Finding) -> str:
    """What is wrong, whatever the value and the place are."""
    return _DETAIL.sub("", finding.message[:_MESSAGE])


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
    what = f"{' and '.join(parts)} ({_checks(report, chosen)})"
    return f"Not annotated: {what}. GitHub shows ten of each kind a step; the summary of this run has more."


def _checks(report: Report, chosen: list[Finding]) -> str:
    """The checks that found most of what is not annotated, each with how many."""
    shown = Counter(finding.check for finding in chosen)
    left = {name: counts.errors + counts.warnings - shown[name] for name, counts in report.summary.items()}
    most = sorted((name for name in left if left[name] > 0), key=lambda name: -left[name])
    named = [f"{terminal(name, 40)} {left[name]:,}" for name in most[:_NAMED]]
    hidden = sum(left[name] for name in most[_NAMED:])
    return ", ".join([*named, f"others {hidden:,}"] if hidden else named)


def _notice(sentence: str) -> str:
    """The sentence as an annotation too: a reader of the changed files does not see the log."""
    return f"::notice title=dataci::{workflow(sentence)}"

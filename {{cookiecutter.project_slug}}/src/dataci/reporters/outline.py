"""What the reporters for people have in common: groups and their order, exact counts, places, the verdict."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from dataci.finding import Counts, Finding, Report, Severity
from dataci.reporters.escape import terminal


class Group(NamedTuple):
    """The findings of one check with one severity: those that the report lists, and the number of all."""

    severity: Severity
    check: str
    listed: tuple[Finding, ...]
    total: int


def groups(report: Report) -> list[Group]:
    """The findings by check, in the order in which the checks ran; all errors come before all warnings."""
    order = {check: index for index, check in enumerate(report.summary)}
    severities = list(Severity)

    def position(finding: Finding) -> tuple[int, int, str]:
        return severities.index(finding.severity), order.get(finding.check, len(order)), finding.check

    found = {
        (severities[index], check): tuple(listed)
        for (index, _, check), listed in groupby(sorted(report.findings, key=position), position)
    }
    counted = [(severity, check) for severity in severities for check in report.summary]
    keys = [*counted, *(key for key in found if key[1] not in order)]
    keys.sort(key=lambda key: severities.index(key[0]))
    every = [_group(report, severity, check, found.get((severity, check), ())) for severity, check in keys]
    return [group for group in every if group.total]


def _group(report: Report, severity: Severity, check: str, listed: tuple[Finding, ...]) -> Group:
    counts = report.summary.get(check, Counts())
    counted = counts.errors if severity is Severity.ERROR else counts.warnings
    return Group(severity, check, listed, max(counted, len(listed)))


def spread(
    findings: Iterable[Finding], limit: int, *keys: Callable[[Finding], Hashable]
) -> tuple[Finding, ...]:
    """At most ``limit`` findings, taken in turn from each value of the first key, and within it of the next.

    Otherwise one noisy cause fills the list and hides the others. The result keeps the turns' order.
    """
    return tuple(finding for finding, _ in zip(_turns(tuple(findings), keys), range(limit), strict=False))


def _turns(findings: Sequence[Finding], keys: Sequence[Callable[[Finding], Hashable]]) -> Iterator[Finding]:
    if not keys:
        yield from findings
        return
    parts: dict[Hashable, list[Finding]] = {}
    for finding in findings:
        parts.setdefault(keys[0](finding), []).append(finding)
    waiting = [_turns(part, keys[1:]) for part in parts.values()]
    while waiting:
        still = []
        for part in waiting:
            for finding in part:
                yield finding
                still.append(part)
                break
        waiting = still


def by_check(finding: Finding) -> str:
    """The check of a finding, as a key for ``spread``."""
    return finding.check


def by_column(finding: Finding) -> str | None:
    """The column of a finding, as a key for ``spread``."""
    return finding.column


def by_file(finding: Finding) -> str | None:
    """The file of a finding, as a key for ``spread``."""
    return finding.file


def place(file: str | None, line: int | None) -> str:
    """``file:line`` as editors and terminals open it, escaped for a terminal."""
    if file is None:
        return "the data as a whole"
    return terminal(file) if line is None else f"{terminal(file)}:{line}"


def count(number: int, noun: str) -> str:
    """The number with its noun: ``1 error``, ``1,234 errors``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def sum_counts(report: Report) -> Counts:
    """The counts of all checks together."""
    return Counts(*map(sum, zip(Counts(), *report.summary.values(), strict=True)))


def verdict(report: Report, escape: Callable[[str, int], str] = terminal) -> str:
    """One sentence: ``12 errors, 3 warnings in 1,234 rows of 5 files, compared with main (7 known)``."""
    counts = sum_counts(report)
    found = f"{count(counts.errors, 'error')}, {count(counts.warnings, 'warning')}"
    if not counts.errors and not counts.warnings:
        found = "nothing found" if report.verdict == "pass" else "0 errors, 0 warnings"
    seen = f"in {count(report.rows, 'row')} of {count(report.files, 'file')}"
    base = "" if report.base is None else f", compared with {escape(report.base, 60)}"
    apart = [
        f"{number:,} {name}"
        for name, number in (("known", counts.known), ("waived", counts.waived))
        if number
    ]
    return f"{found} {seen}{base}" + (f" ({', '.join(apart)})" if apart else "")


def eventful(report: Report) -> dict[str, Counts]:
    """The checks with something to tell in a summary, in the order in which they ran."""
    return {check: counts for check, counts in report.summary.items() if any(counts)}


def uneventful(report: Report) -> str:
    """One sentence about the checks that ``eventful`` leaves out; empty if there are none."""
    with_counts = len(eventful(report))
    silent = len(report.summary) - with_counts
    if not report.summary:
        return "No check ran."
    if not silent:
        return ""
    return f"{count(silent, 'other check' if with_counts else 'check')} found nothing."


def more(total: int, listed: int, shown: int) -> str:
    """One sentence about what is not shown of ``total``, if anything; the JSON lists ``listed`` of it."""
    hidden = total - shown
    if not hidden:
        return ""
    if listed <= shown:
        return (
            f"… and {hidden:,} more like {'this' if shown == 1 else 'these'}"
            if shown
            else f"{total:,}, none listed"
        )
    which = "them" if listed == total else f"the first {listed:,}"
    return f"… and {hidden:,} more: --format json lists {which}"


def fitting(lines: Sequence[str], room: int) -> list[str]:
    """Return the first lines, as many as have at most ``room`` characters together."""
    kept = []
    for line in lines:
        room -= len(line)
        if room < 0:
            break
        kept.append(line)
    return kept

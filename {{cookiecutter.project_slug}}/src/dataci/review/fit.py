"""A review within bounds: lists and cells are cut so that its file stays small; counts stay exact, and it says what was
cut.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dataci import review
from dataci.finding import Finding, Place, Report, Severity
from dataci.review import Review, findings, text
from dataci.review.rows import CELL, COLUMNS, KINDS, NAME, NAMES, Kept, fitting, of_diff, of_distribution
from dataci.review.text import short

MESSAGE = 1000  # characters
BESIDE = 120  # of a cell beside the one at fault
PLACES = 20
ALIKE = 200  # findings of a check and severity
FLIPS, PATTERNS = 50, 10
PARTS = 100  # slices, bugs, figures of behaviour
FINDINGS_ROOM, RECORD_ROOM = 1_200_000, 150_000  # bytes
HEAVY = ("confusion", "per_class", "calibration")  # of a record
SPARE = ("fairness", "robustness", "counterfactuals", "uncertainty")  # of a record, which may be without


def fit(found: Review) -> Review:
    """Return the review with long texts and long lists cut, so that its file has less than ``review.LIMIT`` bytes."""
    report = of_report(found.report)
    diff = of_diff(found.diff) if found.diff is not None else Kept(None)
    columns = of_distribution(found.distribution)
    preview = of_preview(found)
    parts = (report, diff, columns, preview)
    told = tuple(dict.fromkeys([*found.cut, *(line for part in parts for line in part.cut)]))
    fitted = found._replace(
        report=report.value,
        base_ref=None if found.base_ref is None else short(found.base_ref, NAME),
        diff=diff.value,
        distribution=columns.value,
        preview=preview.value,
        cut=told,
    )
    return bounded(fitted)


def bounded(found: Review) -> Review:
    """Leave out whole parts where cutting did not help."""
    spare: list[tuple[str, Callable[[Review], Review]]] = [
        ("the comparison of the results", without_comparison),
        ("the distributions", lambda one: one._replace(distribution=())),
        ("the rows of the data diff", without_entries),
        ("the list of findings", lambda one: one._replace(report=one.report._replace(findings=()))),
    ]
    for what, leave in spare:
        if text.size(review.to_dict(found)) < review.LIMIT:
            break
        found = leave(found)._replace(cut=(*found.cut, f"For want of room, this was left out: {what}."))
    return found


def without_comparison(found: Review) -> Review:
    """Return the review without the result that the change would give."""
    if found.preview.comparison is None:
        return found
    message = (
        "The comparison of the results is too large to be shown. See it with: dataci train, dataci compare."
    )
    return found._replace(preview=review.Preview(review.FAILED, message))


def without_entries(found: Review) -> Review:
    """Return the review without the rows of its data diff."""
    if found.diff is None:
        return found
    return found._replace(diff={**found.diff, **{kind: [] for kind in KINDS}})


# ---- findings


def of_report(report: Report) -> Kept:
    """Cut the findings: some of every check, as many as there is room for, in the order in which they stood."""
    order = few_alike(report.findings)
    listed = ((at, short_finding(report.findings[at])) for at in order)
    kept = fitting(listed, FINDINGS_ROOM, lambda entry: findings.of_finding(entry[1]))
    total = sum(counts.errors + counts.warnings for counts in report.summary.values())
    cut = []
    if total > len(kept):
        cut.append(f"Of {total:,} findings, {len(kept):,} are listed in this file; the counts are of all.")
    notes = tuple(short(note, MESSAGE) for note in report.notes[:NAMES])
    if len(report.notes) > len(notes):
        cut.append(f"Of {len(report.notes):,} notes, {len(notes):,} are listed.")
    fitted = report._replace(
        findings=tuple(finding for _, finding in sorted(kept)),
        notes=notes,
        summary={short(name, NAME): counts for name, counts in report.summary.items()},
        base=None if report.base is None else short(report.base, NAME),
    )
    return Kept(fitted, tuple(cut))


def few_alike(found: Sequence[Finding]) -> list[int]:
    """Return the positions of findings in turns: one of each check and severity, then the errors, then the warnings;
    at most so many alike.
    """
    turns: dict[tuple[bool, str], int] = {}
    order = []
    for at, finding in enumerate(found):
        group = (finding.severity != Severity.ERROR, finding.check)
        turn = turns[group] = turns.get(group, -1) + 1
        if turn < ALIKE:
            order.append((turn > 0, group[0], turn, at))
    return [at for *_, at in sorted(order)]


def short_finding(finding: Finding) -> Finding:
    """Cut the texts of a finding, and its row to the first columns and the one at fault."""
    row = finding.row
    if len(row) > COLUMNS:
        row = tuple(cell for at, cell in enumerate(row) if at < COLUMNS or cell[0] == finding.column)
    return finding._replace(
        check=short(finding.check, NAME),
        file=None if finding.file is None else short(finding.file, NAME),
        column=None if finding.column is None else short(finding.column, NAME),
        value=None if finding.value is None else short(finding.value, CELL),
        message=short(finding.message, MESSAGE),
        related=tuple(Place(short(place.file, NAME), place.line) for place in finding.related[:PLACES]),
        row=tuple(
            (
                short(name, NAME),
                None if cell is None else short(cell, CELL if name == finding.column else BESIDE),
            )
            for name, cell in row
        ),
    )


# ---- the comparison of the results


def of_preview(found: Review) -> Kept:
    """Cut the lists of a comparison, and what of its records nobody reads in a review."""
    preview = found.preview._replace(message=short(found.preview.message, MESSAGE))
    if preview.comparison is None:
        return Kept(preview)
    from dataci import comparison
    from dataci.comparison import restore

    plain = text.shortened(comparison.to_dict(preview.comparison), CELL)
    cut: list[str] = []
    for name in ("fixed", "broken"):
        plain[name] = few_flips(plain[name], FLIPS)
    for bug in plain["bugs"].values():
        bug.update({name: few_flips(bug[name], PATTERNS) for name in ("fixed", "broken")})
    for name in ("slices", "bugs"):
        if len(plain[name]) > PARTS:
            cut.append(f"Results: {PARTS} of {len(plain[name]):,} {name} are listed.")
            plain[name] = dict(list(plain[name].items())[:PARTS])
    if len(plain["behaviour"]) > PARTS:
        cut.append(f"Results: {PARTS} of {len(plain['behaviour']):,} figures of behaviour are listed.")
        plain["behaviour"] = telling(plain["behaviour"])[:PARTS]
    plain["notes"] = plain["notes"][:NAMES]
    for key in ("a", "b"):
        for name in ("record", "recorded"):
            if plain[key][name] is not None and text.size(plain[key][name]) > RECORD_ROOM:
                plain[key][name] = lighter(plain[key][name])
                cut.append("Results: for want of room, classes, confusion and behaviour are left out.")
    return Kept(preview._replace(comparison=restore.from_dict(plain)), tuple(cut))


def few_flips(flips: dict[str, Any], limit: int) -> dict[str, Any]:
    """Cut a list of flipped rows; how many there are stays."""
    return {**flips, "rows": flips["rows"][:limit]}


def telling(changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put first what counts, then what differs at all."""
    return sorted(changes, key=lambda one: (not one["flagged"], one["word"] in ("same", "none")))


def lighter(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record without its heaviest parts; gates stay, for they are what is decided by."""
    empty = {name: type(record[name])() for name in HEAVY}
    return {name: value for name, value in {**record, **empty}.items() if name not in SPARE}

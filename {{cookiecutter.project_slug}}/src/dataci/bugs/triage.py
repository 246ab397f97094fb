"""Which bug to work on first, and what has become of each: from the records, the stored predictions and bug.toml.

Measured counts the candidate in production, else the latest: its users meet the bugs. What a bug's status should be is
proposed, a person decides. With 20,000 bugs nothing here may look at them one by one more often than it must.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from dataci import bugfile, production, results
from dataci.bugs import answers
from dataci.bugstock import Known, is_measured
from dataci.errors import CannotRun
from dataci.record import Record
from dataci.reporters import bug_order
from dataci.reporters.bugs import CLOSED, FIXED, FLAKY, OPEN, REGRESSED, UNMEASURED, Case, Point, Triage
from dataci.results import Source

CHAIN = 8  # candidates of the trend
RECENT = 5  # of them, those whose flips count as noise


class Results(NamedTuple):
    """The candidates that matter. ``chain``: the latest and its parents, the first one first, at most CHAIN.

    ``reference``: the one whose errors count, production or the latest; ``fault``: why production was not taken.
    """

    reference: Record | None
    latest: Record | None
    chain: tuple[Record, ...] = ()
    in_production: bool = False
    fault: str = ""


def look(source: Source) -> Results:
    """Read the records that triage needs, and no other: there may be hundreds. CannotRun for a latest.json that cannot
    be read.
    """
    latest = results.latest(source)
    if latest is None:
        return Results(None, None)
    chain = parents(source, latest)
    try:
        decided = production.read(source)
        deployed = next((one for one in chain if decided and one["tag"] == decided.tag), None)
        if decided and deployed is None:
            deployed = results.read(source, decided.tag)
            if deployed is None:
                raise CannotRun(f"{production.WHERE} names {decided.tag}, which has no record.")
    except CannotRun as error:
        return Results(latest, latest, chain, fault=str(error))
    return Results(deployed or latest, latest, chain, deployed is not None)


def parents(source: Source, latest: Record) -> tuple[Record, ...]:
    """Return a record and its parents as far as they are here and readable, the first one first."""
    found = [latest]
    while len(found) < CHAIN and (tag := found[-1]["changed"]["parent"]) is not None:
        try:
            parent = results.read(source, tag)
        except CannotRun:
            break
        if parent is None or any(one["tag"] == tag for one in found):
            break
        found.append(parent)
    return tuple(found[::-1])


def triage(bugs: Mapping[str, Known], found: Results, source: Source, patterns: str | None = None) -> Triage:
    """Put bugs in the order in which they should be worked on. ``patterns``: today's id of all patterns (``test`` of a
    record holds one), None where nobody knows.
    """
    reference = found.reference
    reach = bug_order.reaches({bug.id: bug.users for bug in bugs.values()})
    flaky = unsteady(found, source) if reference is not None else {}
    cases = [case(bug, found, reach[bug.id], flaky.get(bug.id, (0, 0)), patterns) for bug in bugs.values()]
    worth = {one.id: one.harm * reach[one.id] for one in cases}  # the order of those that were not measured
    cases.sort(key=lambda one: (one.priority is None, -(one.priority or 0.0), -worth[one.id], one.id))
    return Triage(
        reference["tag"] if reference else None,
        found.latest["tag"] if found.latest else None,
        found.in_production,
        tuple(cases),
        found.fault,
    )


def case(bug: Known, found: Results, reach: float, flaky: tuple[int, int], patterns: str | None) -> Case:
    """Judge one bug. ``flaky``: how many of its patterns hang in the balance, and how many of these are wrong."""
    made = Case(bug.id, bug.name or bug.id, bug.harm, bug.users, bug.status, UNMEASURED)
    of = next((one for one in candidates(found) if is_measured(bug, one, patterns)), None)
    if of is None:
        return made
    entry = of["bugs"][bug.id]
    error = bug_order.share(entry, of)
    if error is None:
        return made
    flaky = flaky if of is found.reference else (0, 0)
    trend = history(bug.id, found, of)
    return made._replace(
        proposed=proposal(bug.status, entry, of, trend, flaky),
        n=entry["n"],
        errors=entry.get("errors"),
        error=error[0],
        low=error[1],
        high=error[2],
        priority=bug_order.priority(error[0], bug.harm, reach),
        trend=trend,
        flaky=flaky[0],
        latest_wrong=newest(bug.id, found, of),
        by=of["tag"],
    )


def candidates(found: Results) -> list[Record]:
    """Return the candidates whose errors may count: the reference, and for a newer bug the latest."""
    return [one for one in (found.reference, found.latest) if one is not None]


def proposal(
    status: str, entry: Mapping[str, Any], of: Record, trend: Sequence[Point], flaky: tuple[int, int]
) -> str:
    """Propose a status. ``flaky``: see ``case``; such patterns are noise, neither a fault nor a cure."""
    wrong = bug_order.wrong(entry, of)
    if not wrong or entry.get("errors", flaky[1] + 1) <= flaky[1]:
        return FLAKY if flaky[0] else CLOSED if status == bugfile.CLOSED else FIXED
    was_right = any(not point.wrong for point in before(trend, of))
    return REGRESSED if status == bugfile.CLOSED or was_right else OPEN


def before(trend: Sequence[Point], of: Record) -> Sequence[Point]:
    """Return the part of a trend before a candidate; all of it where the candidate is not in it."""
    at = next((number for number, point in enumerate(trend) if point.tag == of["tag"]), len(trend))
    return trend[:at]


def history(bug: str, found: Results, of: Record) -> tuple[Point, ...]:
    """Return how wrong each candidate of the chain is on the patterns that ``of`` was measured on."""
    points = []
    for one in found.chain:
        if not bug_order.same_patterns(one, of, bug):
            continue
        entry = one["bugs"][bug]
        error = bug_order.share(entry, one)
        if error is not None:
            points.append(
                Point(
                    one["tag"], entry["n"], entry.get("errors"), error[0], bool(bug_order.wrong(entry, one))
                )
            )
    return tuple(points)


def newest(bug: str, found: Results, of: Record) -> bool | None:
    """Tell whether the latest candidate gets a bug wrong; None where it is the one that counts, or was measured on
    other patterns.
    """
    latest = found.latest
    if latest is None or latest["tag"] == of["tag"] or not bug_order.same_patterns(latest, of, bug):
        return None
    return bug_order.wrong(latest["bugs"][bug], latest)


def unsteady(found: Results, source: Source) -> dict[str, tuple[int, int]]:
    """Count by bug the patterns that hang in the balance, and those of them that the reference gets wrong."""
    of = found.reference
    if of is None:
        return {}
    tables = [table for one in recent(found) if (table := comparable(source, one, of)) is not None]
    if len(tables) < 2:
        return {}
    counted = answers.flaky(tables).group_by("bug").agg(pl.len(), pl.col("wrong").sum())
    return {name: (int(number), int(wrong)) for name, number, wrong in counted.iter_rows()}


def recent(found: Results) -> list[Record]:
    """Return the candidates whose flips count as noise, the reference last."""
    of = found.reference
    tags = [one["tag"] for one in found.chain]
    upto = tags.index(of["tag"]) if of is not None and of["tag"] in tags else len(tags)
    rest = [one for one in found.chain[:upto] if of is not None and one["tag"] != of["tag"]]
    return [*rest[-(RECENT - 1) :], *([of] if of is not None else [])]


def comparable(source: Source, one: Record, of: Record) -> pl.DataFrame | None:
    """Return what a candidate said of the patterns that ``of`` was measured on, too."""
    table = answers.answers(source, one)
    whole = of["test"].get("patterns")
    if table is None or one is of or (whole is not None and one["test"].get("patterns") == whole):
        return table
    same = [name for name in of["bugs"] if bug_order.same_patterns(one, of, name)]
    return table.filter(pl.col("bug").is_in(same))

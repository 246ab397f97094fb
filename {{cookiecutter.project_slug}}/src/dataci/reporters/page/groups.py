"""Slices and groups of the test set: how good the latest result is in each, and how far apart the groups are."""

from __future__ import annotations

from dataci.comparison import Comparison
from dataci.record import Record
from dataci.reporters import entries, wording
from dataci.reporters.entries import GROUP, Gap
from dataci.reporters.page import charts, markup, parts
from dataci.reporters.page.markup import badge, card, paragraph, table, text
from dataci.reporters.page.state import Overview
from dataci.reporters.sentences import count, metric_name

FUNCTIONS = 12  # cards of groups; the rest is counted
GAPS = 60
SHARES = ("accuracy", "recall", "precision", "false_positive_rate", "selection_rate")


def section(found: Overview) -> str:
    """Render slices, groups and the gaps between them; nothing without any."""
    if found.board is None:
        return ""
    record = found.board.latest
    functions = grouped(record)
    cards = [
        card("By slice", parts.slices(record, found.comparison, functions.pop("", []))),
        card("Gaps between groups", gaps(record)),
        *(
            card(f"By {text(name)}", of_function(record, found.comparison, names))
            for name, names in list(functions.items())[:FUNCTIONS]
        ),
    ]
    if not any(cards):
        return ""
    hidden = len(functions) - FUNCTIONS
    more = paragraph(f"… and groups of {count(hidden, 'more function')}.", "soft") if hidden > 0 else ""
    return markup.section("groups", "Slices and groups", *cards, more)


def grouped(record: Record) -> dict[str, list[str]]:
    """Return the names of slices by the function whose groups they are, "" for those that stand alone."""
    found: dict[str, list[str]] = {}
    for name in sorted(record["slices"]):
        function, mark, _ = name.partition(GROUP)
        found.setdefault(function if mark else "", []).append(name)
    return found


def of_function(record: Record, compared: Comparison | None, names: list[str]) -> str:
    """Write the groups of a function, and which of them have too few rows to be compared."""
    least = entries.minimum(record)
    few = sum(record["slices"][name]["n"] < least for name in names)
    told = (
        f"{count(few, 'group')} with fewer than {count(least, 'row')}: never compared with others."
        if few
        else ""
    )
    return parts.slices(record, compared, names, least) + paragraph(told, "legend")


def gaps(record: Record) -> str:
    """Write how far apart the groups of each function are by each metric."""
    listed = entries.gaps(record)
    if not listed:
        return ""
    rows = [line(gap) for gap in listed[:GAPS]]
    legend = (
        "The gap: the highest figure of a group less the lowest, with its 95 % interval; shares from 0 to 1. "
        f"Groups with fewer than {count(entries.minimum(record), 'row')} are never compared."
    )
    hidden = len(listed) - GAPS
    return (
        table(
            "Gaps between groups by metric",
            ["groups", "metric", "gap", "least", "most", "compared"],
            rows,
            "llplll",
        )
        + paragraph(f"… and {count(hidden, 'more gap')}." if hidden > 0 else "", "soft")
        + paragraph(legend, "legend")
    )


def line(gap: Gap) -> list[str]:
    """Write a gap."""
    left = f" {badge(f'{gap.small} too small')}" if gap.small > 0 else ""
    measured = wording.figure(gap.gap) + drawn(gap) if gap.gap else text(gap.reason, 160) or "–"
    ends = [text(name) or "–" for name in (gap.least, gap.most)]
    return [text(gap.function), metric_name(gap.metric, text), measured, *ends, f"{gap.groups:,}{left}"]


def drawn(gap: Gap) -> str:
    """Draw a gap with its interval, where it has one."""
    found = gap.gap
    if found is None or found.low is None or found.high is None:
        return ""
    most = (
        1.0 if gap.metric in SHARES else max(found.high, found.value)
    )  # of an error there is no largest value
    return charts.whisker((found.low, found.value, found.high), (0.0, most))

"""The table of model bugs and candidates in results/README.md: the most urgent first, candidates by merges.

Numbers say it, and a disc that fills up lets one find it at a glance: neither depends on a colour, nor on the theme.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from dataci.record import Record
from dataci.reporters import bug_order
from dataci.reporters.bug_order import Ranked
from dataci.reporters.escape import markdown
from dataci.reporters.sentences import number

LISTED = 30  # bugs in the table; the rest is counted
BESIDE = 6  # candidates beside one another
NAME = 40  # columns of a bug's name
DISCS = "○◔◑◕●"
LEGEND = "○ none of its patterns is wrong, ◔ up to a quarter, ◑ up to half, ◕ up to three quarters, ● more."
LEGEND_OF_NUMBERS = (
    "○ no error, ◔ up to a quarter of e / (e + t), ◑ up to half, ◕ up to three quarters, ● more; e is the error on "
    "its patterns, t that on the test set, both on average."
)
OTHER = "other patterns"


class Side(NamedTuple):
    """A candidate of the table. ``head``: what stands above its column, Markdown."""

    record: Record
    head: str


def beside(latest: Record, deployed: Record | None, chain: Sequence[Record]) -> list[Record]:
    """Return the candidates to show, in the order of merges: always the latest and production, and the newest others.

    ``chain``: the latest and its parents, the first one first.
    """
    always = {one["tag"] for one in (latest, deployed) if one is not None}
    others = [one for one in chain if one["tag"] not in always]
    kept = {one["tag"] for one in others[-(BESIDE - len(always)) :]} | always
    outside = [deployed] if deployed is not None else []
    lines = {one["tag"]: one for one in (*outside, *chain, latest)}
    if deployed is not None and any(one["tag"] == deployed["tag"] for one in chain):
        lines = {one["tag"]: one for one in (*chain, latest)}
    return [one for tag, one in lines.items() if tag in kept]


def render(latest: Record, deployed: Record | None, sides: Sequence[Side]) -> list[str]:
    """Write the section; nothing without a bug."""
    if not latest["bugs"]:
        return []
    order = bug_order.ranked(latest, deployed)
    shown = order[:LISTED]
    counted = any("users" in latest["bugs"][one.name] for one in shown)
    head = [
        "priority",
        "bug",
        "harm",
        *(["users"] if counted else []),
        *(side.head for side in sides),
        "error (95 %)",
    ]
    align = "rlr" + ("r" if counted else "") + "l" * len(sides) + "l"
    rows = [row(one, latest, sides, counted) for one in shown]
    hidden = len(order) - len(shown)
    return [
        "",
        "## Model bugs",
        "",
        f"Patterns that a candidate gets wrong. {about(deployed)}",
        "",
        f"| {' | '.join(head)} |",
        "|" + "|".join("--:" if side == "r" else "---" for side in align) + "|",
        *(f"| {' | '.join(cells)} |" for cells in rows),
        *(["", f"… and {hidden:,} more; `dataci bug list` lists them."] if hidden else []),
        "",
        LEGEND if any("errors" in entry for entry in latest["bugs"].values()) else LEGEND_OF_NUMBERS,
    ]


def about(deployed: Record | None) -> str:
    """Say what the order is."""
    whose = "production" if deployed is not None else "the latest"
    return (
        f"The most urgent first: priority, of 100, is the error of {whose} × harm × reach of users; "
        "`dataci bug list --help` says how."
    )


def row(one: Ranked, latest: Record, sides: Sequence[Side], counted: bool) -> list[str]:
    """Write the cells of a bug."""
    entry = latest["bugs"][one.name]
    users = [f"{entry['users']:,}" if "users" in entry else "–"] if counted else []
    return [
        urgency(one),
        called(one.name, entry),
        str(entry.get("harm", "–")),
        *users,
        *(cell(side.record, latest, one.name) for side in sides),
        error(one),
    ]


def urgency(one: Ranked) -> str:
    """Write a priority."""
    return "–" if one.priority is None else f"{one.priority:.1f}"


def called(name: str, entry: Mapping[str, Any]) -> str:
    """Write what people call a bug, and the name of its folder."""
    title = str(entry.get("name") or name)
    return markdown(name, NAME) if title == name else f"{markdown(title, NAME)}<br>{markdown(name, NAME)}"


def cell(side: Record, latest: Record, name: str) -> str:
    """Write how wrong a candidate is on a bug, with a disc."""
    same = bug_order.same_patterns(side, latest, name)
    found = bug_order.share(side["bugs"][name], side) if same else None
    told = plain(side, latest, name)
    return f"{disc(found[0])} {told}" if found else told


def plain(side: Record, latest: Record, name: str) -> str:
    """Write how wrong a candidate is on a bug, in Markdown; other patterns than today's are not shown beside them."""
    if not bug_order.same_patterns(side, latest, name):
        return "not measured" if name not in side["bugs"] else OTHER
    entry = side["bugs"][name]
    if "errors" in entry:
        return f"{entry['errors']} of {entry['n']}"
    figure = entry.get("mae", entry.get("error_rate", {}))
    if "value" in figure:
        return f"{'mean error ' if 'mae' in entry else ''}{number(figure['value'])}"
    return markdown(str(figure["reason"]), 60) if figure.get("reason") else "–"


def disc(share: float) -> str:
    """Draw a share as a disc: only nothing is empty."""
    return DISCS[min(4, max(0, -int(-4 * share // 1)))]


def error(one: Ranked) -> str:
    """Write the error that counts, with its interval."""
    found = bug_order.share(one.of["bugs"][one.name], one.of) if one.of is not None else None
    return "–" if found is None else f"{found[0]:.2f} ({found[1]:.2f}–{found[2]:.2f})"

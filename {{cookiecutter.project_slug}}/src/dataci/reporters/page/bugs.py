"""The model bugs as a heat map: a line a bug, the most urgent first, a column a candidate, in the order of merges.

Each cell has its number. The ramp has one hue, so that it says the same to the colour-blind; it runs from the ground to
what stands out, which is dark in the light theme and bright in the dark one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataci.record import Record
from dataci.reporters import bug_order, bug_table, leaderboard
from dataci.reporters.bug_order import Ranked
from dataci.reporters.leaderboard import Board
from dataci.reporters.page import charts, markup
from dataci.reporters.page.markup import card, code, inline, paragraph, table, text
from dataci.reporters.page.state import Overview

LISTED = 100  # bugs
LEVELS = 6  # of the ramp; style.py has a class for each
STEPS = ("none", "to 20 %", "to 40 %", "to 60 %", "to 80 %", "more")


def section(found: Overview) -> str:
    """Render how the candidates do on the model bugs; nothing without a bug."""
    board = found.board
    if board is None or not board.latest["bugs"]:
        return ""
    order = bug_order.ranked(board.latest, board.production)
    hidden = len(order) - LISTED
    more = f"… and {hidden:,} more bugs; {code('dataci bug list')} lists them." if hidden > 0 else ""
    about = "Patterns of each reported bug that a candidate gets wrong: the most urgent bug first. Less is better."
    return markup.section(
        "bugs",
        "Model bugs",
        paragraph(about, "lead"),
        card(
            "Candidates on each bug, in the order of merges",
            heat_map(board, order[:LISTED]),
            paragraph(more, "soft"),
            legend(board),
        ),
    )


def heat_map(board: Board, order: list[Ranked]) -> str:
    """Write the table."""
    sides = bug_table.beside(board.latest, board.production, [line.record for line in board.chain])
    counted = any("users" in board.latest["bugs"][one.name] for one in order)
    users = ["users"] if counted else []
    head = ["bug", "priority", "error (95 %)", "harm", *users, *(heading(board, side) for side in sides)]
    align = "lrprr"[: 5 if counted else 4] + "l" * len(sides)
    rows = [row(one, board.latest, sides, counted) for one in order]
    return table("Model bugs by candidate", head, rows, align)


def heading(board: Board, record: Record) -> str:
    """Name a candidate and say what it is."""
    return inline(leaderboard.named(board, record))


def row(one: Ranked, latest: Record, sides: list[Record], counted: bool) -> list[str]:
    """Write the cells of a bug."""
    entry = latest["bugs"][one.name]
    users = [f"{entry['users']:,}" if "users" in entry else "–"] if counted else []
    return [
        called(one.name, entry),
        bug_table.urgency(one),
        drawn(one),
        str(entry.get("harm", "–")),
        *users,
        *(cell(side, latest, one.name) for side in sides),
    ]


def called(name: str, entry: Mapping[str, Any]) -> str:
    """Write what people call a bug, and the name of its folder."""
    title = str(entry.get("name") or name)
    return text(name) if title == name else f'{text(title)}<br><span class="soft">{text(name, 30)}</span>'


def cell(side: Record, latest: Record, name: str) -> str:
    """Write how wrong a candidate is on a bug, on the ground that says so as well."""
    told = inline(bug_table.plain(side, latest, name))
    found = bug_order.share(side["bugs"][name], side) if bug_order.same_patterns(side, latest, name) else None
    return f'<span class="heat h{level(found[0])}">{told}</span>' if found else told


def level(share: float) -> int:
    """Return the step of the ramp for a share from 0 to 1: only nothing is the first."""
    return min(LEVELS - 1, max(0, -int(-(LEVELS - 1) * share // 1)))


def drawn(one: Ranked) -> str:
    """Write the error that counts, and draw it with its interval."""
    found = bug_order.share(one.of["bugs"][one.name], one.of) if one.of is not None else None
    if found is None:
        return bug_table.error(one)
    value, low, high = found
    return bug_table.error(one) + charts.whisker((low, value, high), (0.0, 1.0))


def legend(board: Board) -> str:
    """Explain the ramp, and the order."""
    steps = " ".join(f'<span class="heat h{at}">{said}</span>' for at, said in enumerate(STEPS))
    whose = "production" if board.production is not None else "the latest"
    help_ = code("dataci bug list --help")
    order = f"Priority, of 100: the error of {whose} × harm × reach of users; {help_} says how."
    return paragraph(f"Wrong: {steps}", "legend") + paragraph(order, "legend")

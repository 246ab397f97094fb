"""The leaderboard: the words are those of results/README.md."""

from __future__ import annotations

from collections.abc import Sequence

from dataci.record import Record
from dataci.reporters import leaderboard
from dataci.reporters.leaderboard import Board, Line
from dataci.reporters.page import charts, markup, words
from dataci.reporters.page.markup import card, code, inline, paragraph, pill, table, text
from dataci.reporters.page.parts import pictured
from dataci.reporters.page.state import Overview
from dataci.reporters.sentences import number

LISTED = 50  # candidates in a table


def leaderboard_section(found: Overview) -> str:
    """Render the ranking; nothing without a result."""
    board = found.board
    if board is None:
        return ""
    return markup.section(
        "leaderboard",
        "Leaderboard",
        paragraph(inline(leaderboard.summary(board)), "lead"),
        card("Candidates, best first", ranking(board, [line for line in board.lines if line.rank])),
        card("Measured otherwise", apart(board, [line for line in board.lines if not line.rank])),
    )


def first(board: Board, lines: Sequence[Line]) -> list[Line]:
    """Return the lines that a table shows: the first ones, and always the latest and production."""
    return [line for at, line in enumerate(lines) if at < LISTED or leaderboard.marks(board, line.record)]


def rest(total: int, shown: int) -> str:
    """Say how many lines are not shown."""
    return (
        paragraph(f"… and {total - shown:,} more; results/README.md lists more of them.", "soft")
        if total > shown
        else ""
    )


def named(board: Board, record: Record) -> str:
    """Name a candidate and say what it is."""
    return inline(leaderboard.named(board, record))


def ranking(board: Board, lines: Sequence[Line]) -> str:
    """Write the table of candidates, best first."""
    if not lines:
        return ""
    metric = board.latest["evaluation"]["metric"]
    shown = first(board, lines)
    known = [end for line in shown for end in words.triple(line.record["metrics"][metric]) or ()]
    ends = charts.room(known)
    rows = [
        [
            str(line.rank),
            named(board, line.record),
            pictured(line.record["metrics"][metric], ends),
            against(board, line),
            f"{line.record['data']['rows']:,}",
            inline(leaderboard.what(line)),
        ]
        for line in shown
    ]
    against_what = f"against {board.reference}"
    name = inline(leaderboard.title(board))
    head = ["rank", "candidate", name, against_what, "training rows", "what changed"]
    legend = f"95 % intervals, drawn from {number(ends[0])} to {number(ends[1])}."
    return (
        table("Candidates, best first", head, rows, "rlplrw", named=1)
        + rest(len(lines), len(shown))
        + paragraph(legend, "legend")
    )


def against(board: Board, line: Line) -> str:
    """Write how a candidate does against the reference."""
    told = leaderboard.against(board, line)
    if line.verdict is None or line.verdict.word == "none" or told == "·":
        return inline(told)
    span = words.interval(line.verdict).removeprefix(": ")
    return f"{pill(line.verdict.word, words.short(line.verdict).partition(' by ')[0])} {span}"


def apart(board: Board, lines: Sequence[Line]) -> str:
    """Write the table of what cannot be ranked, with the reason."""
    if not lines:
        return ""
    metric = board.latest["evaluation"]["metric"]
    shown = first(board, lines)
    rows = [
        [
            named(board, line.record),
            inline(leaderboard.figure(line.record["metrics"].get(metric))),
            text(line.why, 200),
            f"{line.record['data']['rows']:,}",
            inline(leaderboard.what(line)),
        ]
        for line in shown
    ]
    head = [
        "candidate",
        inline(leaderboard.title(board)),
        "why it is not ranked",
        "training rows",
        "what changed",
    ]
    cure = f"{code('dataci evaluate --all')} measures all on today's test set."
    return (
        paragraph(f"These figures cannot be compared with those above. {cure}")
        + table("Measured otherwise", head, rows, "llwrw")
        + rest(len(lines), len(shown))
    )

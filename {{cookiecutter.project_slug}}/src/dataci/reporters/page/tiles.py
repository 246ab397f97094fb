"""The three answers at the top of the page: are the data good, is the latest result better, what is in production."""

from __future__ import annotations

from dataci.finding import Report
from dataci.record import Record
from dataci.reporters import leaderboard, outline
from dataci.reporters.leaderboard import Board
from dataci.reporters.page import words
from dataci.reporters.page.markup import code, inline, paragraph, pill, sentence, text
from dataci.reporters.page.state import Overview
from dataci.reporters.sentences import number


def render(found: Overview) -> str:
    """Render the tiles."""
    shown = [("Data", data(found)), ("Latest result", latest(found)), ("Production", deployed(found.board))]
    boxes = [f'<div class="tile">\n<h2>{title}</h2>\n{inside}</div>\n' for title, inside in shown]
    return f'<div class="tiles">\n{"".join(boxes)}</div>\n'


def data(found: Overview) -> str:
    """Say whether the data are good."""
    if found.report is None:
        return big(pill("none", "not judged")) + paragraph(sentence(found.report_fault))
    return big(pill(found.report.verdict)) + paragraph(f"{checked(found.report)}.")


def checked(report: Report) -> str:
    """Say what the checks found: exact counts, never the values."""
    told = outline.verdict(report, text)
    return f"{told[:1].upper()}{told[1:]}"


def latest(found: Overview) -> str:
    """Name the latest result, its figure, and how it does against its parent."""
    if found.board is None:
        why = sentence(found.board_fault) or f"{code('dataci train')} makes the first one."
        return big(pill("none", "no result yet")) + paragraph(why)
    record = found.board.latest
    compared = found.comparison
    against = "It is the first result." if not found.comparison_fault else sentence(found.comparison_fault)
    if compared is not None:
        span = words.interval(compared.verdict)
        against = f"{pill(compared.verdict.word, words.short(compared.verdict))} against its parent{span}."
    return big(figure(found.board, record)) + paragraph(code(record["tag"])) + paragraph(against)


def figure(board: Board, record: Record) -> str:
    """Write the primary figure of a result, large, with its name and interval."""
    metric = board.latest["evaluation"]["metric"]
    entry = record["metrics"].get(metric, {})
    name = inline(leaderboard.title(board))
    if "value" not in entry:
        return f"– <small>{name}</small>"
    ends = f", {number(entry['low'])} to {number(entry['high'])}" if {"low", "high"} <= entry.keys() else ""
    return f"{number(entry['value'])} <small>{name}{ends}</small>"


def deployed(board: Board | None) -> str:
    """Name what is in production."""
    if board is not None and board.fault:
        return big(pill("none", "cannot be told")) + paragraph(sentence(board.fault))
    if board is None or board.production is None:
        return big(pill("none", "nothing yet")) + paragraph(f"{code('dataci promote TAG')} prepares that.")
    record = board.production
    same = record["tag"] == board.latest["tag"]
    return (
        big(figure(board, record))
        + paragraph(code(record["tag"]))
        + paragraph("The latest result is in production." if same else against(board))
    )


def against(board: Board) -> str:
    """Say how the latest does against production."""
    verdict = next((line.verdict for line in board.lines if line.record["tag"] == board.latest["tag"]), None)
    if verdict is None or verdict.word == "none" or board.reference != leaderboard.PRODUCTION:
        return "The latest result was not compared with it."
    return f"Against it, the latest is {pill(verdict.word)}{words.interval(verdict)}."


def big(inside: str) -> str:
    """Write what is read first."""
    return f'<p class="big">{inside}</p>\n'

"""The latest result: against its parent, over time, and all its figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataci.comparison import LOWER_IS_BETTER, Comparison
from dataci.record import Record
from dataci.reporters import entries, leaderboard, sentences, wording
from dataci.reporters.leaderboard import Board, Line
from dataci.reporters.page import charts, markup, words
from dataci.reporters.page.charts import Point
from dataci.reporters.page.markup import card, code, paragraph, pill, table, text
from dataci.reporters.page.parts import classes, confusion, domain, pictured, title
from dataci.reporters.page.state import Overview
from dataci.reporters.sentences import metric_name, number

POINTS = 60  # merges in the chart over time
GATES = 40


def section(found: Overview) -> str:
    """Render everything about the latest result; nothing without one."""
    if found.board is None:
        return ""
    record = found.board.latest
    return markup.section(
        "result",
        "Latest result",
        paragraph(made_of(record), "lead"),
        card("Gates", gates(record)),
        card("Against its parent", verdict(found)),
        card(f"{title(record)} over merges", history(found.board)),
        card("Figures", figures(record, found.comparison)),
        card("By label", classes(record)),
        card("Confusion", confusion(record)),
    )


def made_of(record: Record) -> str:
    """Say what the result is of."""
    train, test = record["data"]["rows"], record["test"]["rows"]
    rows = f"{sentences.count(train, 'training row')}, {sentences.count(test, 'test row')}"
    loose = " It was built from changes that are not committed, so nobody else can build it again."
    return f"{code(record['tag'])}: {rows}.{loose if record['uncommitted'] else ''}"


def verdict(found: Overview) -> str:
    """Say whether the latest is better than its parent, by what, and what changed between them."""
    compared = found.comparison
    if compared is None:
        why = markup.sentence(found.comparison_fault) or "It is the first result; there is none before it."
        return paragraph(why)
    said, parent = compared.verdict, code(compared.a.record["tag"])
    link = "than" if said.word in ("better", "worse") else "against"
    loose = "The parent was built from changes that are not committed; nobody else can build it again."
    return (
        paragraph(f"{pill(said.word, words.short(said))} {link} the result before it, {parent}.")
        + paragraph(markup.prose(sentences.grounds(compared, text)))
        + paragraph(markup.prose(sentences.basis(said, text)), "soft")
        + (paragraph(loose, "soft") if compared.a.record["uncommitted"] else "")
        + paragraph("What changed:")
        + markup.bullets(sentences.changed(compared, text))
    )


def gates(record: Record) -> str:
    """Write what the candidate must keep, and whether it does: those that it fails first."""
    found = entries.gates(record)
    rows = [[text(gate.name), pill(gate.verdict), wording.told(gate.what, text)] for gate in found[:GATES]]
    hidden = len(found) - GATES
    more = paragraph(f"… and {sentences.count(hidden, 'more gate')}." if hidden > 0 else "", "soft")
    return table("Gates of the latest result", ["gate", "", "why"], rows, "llw") + more if rows else ""


def history(board: Board) -> str:
    """Draw the primary metric over merges; nothing for a single point."""
    lines = [line for line in board.chain if "value" in entry(board, line)][-POINTS:]
    if len(lines) < 2:
        return ""
    points = [point(board, line) for line in lines]
    metric, start, end = board.latest["evaluation"]["metric"], points[0], points[-1]
    about = (
        f"From {number(start.value)} at {start.label} to {number(end.value)} at {end.label}, each with its 95 % "
        "interval. The leaderboard lists the figures."
    )
    newest = f" The newest {len(lines)} merges." if len(board.chain) > len(lines) else ""
    legend = (
        "Dots: what was measured on today's test set; upright lines: 95 % intervals. "
        f"{'Lower' if metric in LOWER_IS_BETTER else 'Higher'} is better.{newest}{leaderboard.omitted(board)}"
    )
    drawn = charts.trend("trend", f"{sentences.NAMES.get(metric, metric)} over merges", about, points)
    return f"<figure>{drawn}</figure>\n{paragraph(legend, 'legend')}"


def entry(board: Board, line: Line) -> Mapping[str, Any]:
    """Return the primary figure of a result."""
    found: Mapping[str, Any] = line.record["metrics"].get(board.latest["evaluation"]["metric"], {})
    return found


def point(board: Board, line: Line) -> Point:
    """Return a result as a point of the chart over time."""
    found = entry(board, line)
    value = float(found["value"])
    deployed = board.production is not None and board.production["tag"] == line.record["tag"]
    note = leaderboard.PRODUCTION if deployed else ""
    return Point(
        value, float(found.get("low", value)), float(found.get("high", value)), f"merge {line.merge}", note
    )


def figures(record: Record, compared: Comparison | None) -> str:
    """Write every metric with its interval, and the parent's beside it where both were measured alike."""
    before = compared.a.record["metrics"] if compared is not None and compared.same_test else {}
    primary = record["evaluation"]["metric"]
    names = sorted(record["metrics"], key=lambda name: (name != primary, name))
    head = ["metric", "this result", *(["parent"] if before else [])]
    rows = []
    for name in names:
        found, old = record["metrics"][name], before.get(name)
        mark = f" {markup.badge('primary')}" if name == primary else ""
        cells = [
            pictured(found, domain(name, [found, old]), old),
            *([words.figure(old)[0]] if before else []),
        ]
        rows.append([metric_name(name, text) + mark, *cells])
    stroke = "; upright stroke: its parent" if before else ""
    axis = "Shares lie on an axis from 0 to 1, others on one of their own."
    legend = f"Dot: this result, with its 95 % interval{stroke}. {axis}"
    align = "lpr" if before else "lp"
    return table("Figures of the latest result", head, rows, align) + paragraph(legend, "legend")

"""How far the scores of the latest result can be believed: calibration, doubts, and where it is sure and wrong."""

from __future__ import annotations

from dataci.record import Record
from dataci.reporters import entries, wording
from dataci.reporters.entries import Covered
from dataci.reporters.page import charts, markup, parts
from dataci.reporters.page.charts import Point
from dataci.reporters.page.markup import card, paragraph, sentence, table, text
from dataci.reporters.page.state import Overview
from dataci.reporters.sentences import NAMES, count, number

FIGURES = {
    "entropy": "How open the scores are on average; 0: always sure of one label.",
    "margin": "How far the likeliest label lies before the next one on average.",
    "spread": "How far draws of the model lie apart on the same row, on average.",
    "information": "How much of the doubt comes from the model rather than from the row, on average.",
}


def section(found: Overview) -> str:
    """Render what is known of the doubts of the latest result; nothing without any."""
    if found.board is None:
        return ""
    record = found.board.latest
    cards = [
        card("Calibration", error(record), parts.calibration(record)),
        card("Certainty on average", figures(record)),
        card("Where it may leave rows open", selective(record)),
        card("Sure and wrong", sure_and_wrong(record)),
    ]
    return markup.section("uncertainty", "Calibration and certainty", *cards) if any(cards) else ""


def error(record: Record) -> str:
    """Write how far scores and shares lie apart on average."""
    found = entries.part(record, "uncertainty").get("ece")
    measured = entries.figure(found)
    if measured is None:
        return paragraph(text(entries.reason(found), 160))
    told = f"{wording.capital(wording.LABELS['ece'])}: {wording.figure(measured)}."
    return paragraph(f"{told} That is how far scores and shares lie apart on average; 0 is best.")


def figures(record: Record) -> str:
    """Write the means of entropy, margin and spread, and what they are."""
    found = entries.part(record, "uncertainty")
    rows = []
    for name, about in FIGURES.items():
        if name in found:
            measured = entries.figure(found[name])
            told = wording.figure(measured) if measured else text(entries.reason(found[name]), 160) or "–"
            rows.append([wording.capital(wording.LABELS[name]), told, sentence(about)])
    head = ["", "value (95 % interval)", "what it is"]
    return table("Certainty on average", head, rows, "llw") if rows else ""


def selective(record: Record) -> str:
    """Draw and write how good the result is where it may leave the rows open of which it is least sure."""
    found = entries.selective(record)
    known = [one for one in found if one.figure is not None]
    if not known:
        return ""
    regression = record["train"]["task"] == "regression"
    name = NAMES["mae"] if regression else "accuracy"
    rows = [
        [
            share(one),
            f"{one.n:,}",
            wording.figure(one.figure),
            number(one.threshold),
        ]
        for one in found
    ]
    head = ["of all rows", "answered", name, "spread at most" if regression else "score at least"]
    legend = "From left to right it answers ever fewer rows, those of which it is surest. " + (
        "A model that knows what it does not know gets better on the way."
    )
    return f'<div class="pair"><figure>{curve(known, name)}{paragraph(legend, "legend")}</figure>\n<div>' + (
        table(f"{wording.capital(name)} by the share of rows that are answered", head, rows, "rrlr")
        + "</div></div>\n"
    )


def curve(found: list[Covered], name: str) -> str:
    """Draw a figure against the share of rows that are answered."""
    points = [point(one) for one in found]
    first, last = points[0], points[-1]
    about = (
        f"From {number(first.value)} on {first.label} of the rows to {number(last.value)} on {last.label}, each with "
        "its 95 % interval; the table beside it has the numbers."
    )
    return charts.trend(
        "selective", f"{wording.capital(name)} by the share of rows that are answered", about, points
    )


def point(one: Covered) -> Point:
    """Return a coverage as a point of the drawing."""
    measured = one.figure or entries.Figure(0.0)
    low = measured.value if measured.low is None else measured.low
    high = measured.value if measured.high is None else measured.high
    return Point(measured.value, low, high, share(one))


def share(one: Covered) -> str:
    """Write which share of the rows is answered."""
    return f"{100 * min(max(one.coverage, 0.0), 1.0):.0f} %"


def sure_and_wrong(record: Record) -> str:
    """Say on how many rows the result is sure and wrong, and name the worst."""
    found = entries.part(entries.part(record, "uncertainty"), "sure_and_wrong")
    score = entries.real(found.get("score"))
    if score is None:
        return ""
    rows, ids = entries.count(found.get("n")), entries.words(found.get("ids"))
    amount = count(rows, "test row") if rows else "No test row"
    told = f"{amount} with a score of {number(score)} or more for a wrong label."
    named = f"Look at these first: {', '.join(text(name, 40) for name in ids)}." if ids else ""
    return paragraph(told) + paragraph(named)

"""The data: what the checks counted, and what each column looks like in each split."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from dataci.finding import Report
from dataci.reporters import outline
from dataci.reporters.page import charts, markup
from dataci.reporters.page.markup import badge, card, code, paragraph, pill, sentence, table, text
from dataci.reporters.page.state import CATEGORY, NAME, NUMBER, TEXT, TIME, Cells, Column, Overview
from dataci.reporters.sentences import count

CHECKS = 100
SPLITS = 8  # in the card of a column
EPOCH = datetime.date(1970, 1, 1).toordinal()
DAYS = datetime.date.max.toordinal()
KINDS = {
    NUMBER: "",
    TIME: "Days.",
    TEXT: "Length in characters.",
    CATEGORY: "",
    NAME: "Names rows or entities: only counted.",
}


def section(found: Overview) -> str:
    """Render the verdict on the data and the profile of its columns."""
    cards = "".join(column(one, f"column-{at}") for at, one in enumerate(found.columns))
    left_out = f"… and {count(found.more_columns, 'more column')}." if found.more_columns else ""
    return markup.section(
        "data",
        "Data",
        card("Checks", checks(found)),
        card("Splits", splits(found)),
        f'<div class="grid">\n{cards}</div>\n' if cards else "",
        paragraph(left_out, "soft"),
    )


def checks(found: Overview) -> str:
    """Write what each check counted; never a value, which may be why there is a finding."""
    report = found.report
    if report is None:
        return paragraph(f"The data could not be judged. {sentence(found.report_fault)}")
    shown = list(outline.eventful(report).items())[:CHECKS]
    rows = [[text(name), *(f"{number:,}" if number else "·" for number in counts)] for name, counts in shown]
    told = outline.uneventful(report)
    return (
        paragraph(f"{pill(report.verdict)} {said(report)}")
        + (
            table("Findings by check", ["check", "errors", "warnings", "known", "waived"], rows, "lrrrr")
            if rows
            else ""
        )
        + paragraph(told, "soft")
        + "".join(paragraph(text(note, 300), "soft") for note in report.notes[:CHECKS])
        + (paragraph(f"{code('dataci check')} lists the rows and says what to do.", "soft") if rows else "")
    )


def said(report: Report) -> str:
    """Say the verdict in a sentence."""
    return f"{outline.verdict(report, text)}."


def splits(found: Overview) -> str:
    """Write how many files and rows each split has."""
    if not found.splits:
        return paragraph("There is no data file that holds rows.")
    most = max(one.rows for one in found.splits)
    rows = [
        [text(one.name), f"{one.files:,}", f"{one.rows:,}", charts.bar(charts.share(one.rows, most))]
        for one in found.splits
    ]
    return table("Files and rows by split", ["split", "files", "rows", ""], rows, "lrrp")


def column(found: Column, name: str) -> str:
    """Render a column."""
    role = f" {badge(found.role)}" if found.role else ""
    cells = [one for one in found.cells if one.rows is not None]
    return card(
        f"{text(found.name) or '(no name)'}{role}",
        counted(found, cells[:SPLITS]),
        categories(found, cells[:SPLITS])
        if found.kind == CATEGORY
        else histograms(found, cells[:SPLITS], name),
        paragraph(absent(found), "soft"),
        paragraph(KINDS[found.kind], "soft"),
    )


def absent(found: Column) -> str:
    """Say which splits lack the column."""
    lacking = [text(one.split) for one in found.cells if one.rows is None]
    return f"Not in {', '.join(lacking)}." if lacking else ""


def counted(found: Column, cells: Sequence[Cells]) -> str:
    """Write rows, missing cells and distinct values of each split."""
    rows = [[text(one.split), f"{one.rows:,}", missing(one), f"{one.distinct:,}"] for one in cells]
    return table(
        f"{plain(found.name)}: cells by split", ["split", "rows", "missing", "distinct"], rows, "lrrr"
    )


def missing(cells: Cells) -> str:
    """Write how many cells are missing, with their share."""
    if not cells.missing or not cells.rows:
        return "0"
    return f"{cells.missing:,} ({charts.share(cells.missing, cells.rows):.1f} %)"


def shown(found: Column, value: float | None) -> str:
    """Write a number, a length or a day of a column."""
    if value is None:
        return "–"
    if found.kind != TIME:
        return charts.short(value)
    day = EPOCH + int(value)
    return datetime.date.fromordinal(day).isoformat() if 1 <= day <= DAYS else "–"


def categories(found: Column, cells: Sequence[Cells]) -> str:
    """Write the share of the most frequent values in each split."""
    if not found.values:
        return ""
    head = ["value", *(text(one.split) for one in cells)]
    rows = []
    for at, value in enumerate(found.values):
        parts = [charts.share(one.counts[at], (one.rows or 0) - one.missing) for one in cells]
        rows.append([text(value, 40), *(f"{part:.1f} %{charts.bar(part)}" for part in parts)])
    others = max(one.distinct for one in cells) > len(found.values)
    hint = paragraph(f"The {len(found.values)} most frequent values.", "soft") if others else ""
    caption = f"{plain(found.name)}: shares by split"
    return table(caption, head, rows, "l" + "p" * len(cells)) + hint


def plain(name: str) -> str:
    """Write a name where no element may stand."""
    return sentence(name[:60])


def histograms(found: Column, cells: Sequence[Cells], name: str) -> str:
    """Draw how the values lie, a drawing a split, all on the same axis."""
    if len(found.edges) < 2:
        return ""
    figures = []
    for at, one in enumerate(cells):
        if not sum(one.counts):
            continue
        span = f"{shown(found, one.low)} to {shown(found, one.high)}, median {shown(found, one.middle)}"
        title = f"{found.name[:60]} in {one.split[:60]}"
        drawn = charts.histogram(f"{name}-{at}", title, span, one.counts)
        told = f"<figcaption><span>{text(one.split)}</span><span>{span}</span></figcaption>"
        figures.append(f"<figure>{told}{drawn}</figure>\n")
    low, high = ends(found, cells)
    axis = f'<p class="ends"><span>{low}</span><span>{high}</span></p>\n'
    return "".join(figures) + axis if figures else ""


def ends(found: Column, cells: Sequence[Cells]) -> tuple[str, str]:
    """Write what stands at the ends of the axis, and where more lies beyond them."""
    least = min((one.low for one in cells if one.low is not None), default=found.edges[0])
    most = max((one.high for one in cells if one.high is not None), default=found.edges[-1])
    low, high = max(least, found.edges[0]), min(most, found.edges[-1])
    return (
        f"{'≤ ' if least < low else ''}{shown(found, low)}",
        f"{'≥ ' if most > high else ''}{shown(found, high)}",
    )

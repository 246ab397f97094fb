"""What the threshold of the latest result does to the test rows: a sentence for whoever decides, and three curves."""

from __future__ import annotations

from collections.abc import Sequence

from dataci.record import Record
from dataci.reporters.escape import html
from dataci.reporters.page import charts, markup
from dataci.reporters.page.charts import EDGE, SQUARE
from dataci.reporters.page.markup import card, paragraph, text
from dataci.reporters.page.state import Overview
from dataci.reporters.threshold import counted, mistakes, percent, spots
from dataci.thresholds.curves import Curve
from dataci.thresholds.effect import Effect

STEPS = (0.0, 0.25, 0.5, 0.75, 1.0)
SIDE = SQUARE - EDGE - 10


def section(found: Overview) -> str:
    """Render the threshold of the latest result; nothing where it has none."""
    if found.board is None or found.threshold is None:
        return ""
    record, side = found.board.latest, found.threshold
    name = label(record)
    drawn = [roc(side, name), precision_recall(side, name), cost(side, record, name)]
    return markup.section(
        "threshold",
        "Threshold",
        paragraph(lead(record, side, name), "lead"),
        card("What another threshold would do", f'<div class="pair">{"".join(drawn)}</div>\n', note(record)),
    )


def label(record: Record) -> str:
    """Name the positive label, in plain text."""
    return f"{record['train']['columns'].get('label', 'label')} = {record['evaluation']['positive']}"


def lead(record: Record, side: Effect, name: str) -> str:
    """Say what the threshold does to 1,000 rows like the test rows."""
    rule = str(record["evaluation"]["threshold_rule"])
    chosen = "set by hand" if rule == "fixed" else f"chosen by the rule {text(rule, 24)}"
    costs = f" They cost {counted(side.figures['cost'])}." if record["evaluation"].get("costs") else ""
    told = mistakes(side, text(name, 48))
    return f"At {side.curves.threshold:g} ({chosen}), of 1,000 rows like the test rows, {told}{costs}"


def note(record: Record) -> str:
    """Say what the curves are of, and where the threshold comes from."""
    rows = f"{record['test']['rows']:,}"
    return paragraph(
        f"The curves are of the {rows} test rows; the ring is the threshold of this result. A threshold is chosen on "
        "training rows (<code>dataci threshold</code>), never on these: who picks the best point here makes the test "
        "set say more than it knows.",
        "legend",
    )


def roc(side: Effect, name: str) -> str:
    """Draw recall against the false positive rate."""
    curve = side.curves.roc
    told = ""
    if curve.mark:
        wrong, right = (percent(value) for value in curve.mark)
        told = f"The ring: {right} of the rows that are {name} are found, and {wrong} of the others are called so."
    area = side.curves.area
    title = "ROC curve" if area is None else f"ROC curve, area {area:.3f}"
    axes = f"Across: share of the other rows that are called {name}; upwards: recall."
    return figure("roc", title, told, axes, curve, ((0.0, 0.0), (1.0, 1.0)))


def precision_recall(side: Effect, name: str) -> str:
    """Draw precision against recall."""
    curve, base = side.curves.precision_recall, side.curves.base
    told = f"At this threshold no row is called {name}."
    if curve.mark:
        recall, precision = (percent(value) for value in curve.mark)
        told = f"The ring: {precision} of what is called {name} is, and {recall} of what is {name} is found."
    axes = f"Across: recall; upwards: precision. Dashed: every row is called {name} ({percent(base)})."
    return figure("precision-recall", "Precision and recall", told, axes, curve, ((0.0, base), (1.0, base)))


def cost(side: Effect, record: Record, name: str) -> str:
    """Draw the cost of 1,000 rows against the threshold."""
    curve, (first, second) = side.curves.cost, side.curves.costs
    highest = max([upwards for _, upwards in curve.points], default=0.0)
    shown = record["evaluation"].get("costs")
    counts = f"{first:g} a false positive, {second:g} a false negative" if shown else "each mistake counts 1"
    told = f"The ring: 1,000 rows cost {counted(side.figures['cost'])} ({counts})."
    axes = f"Across: the threshold, from which on a row is called {name}; upwards: cost of 1,000 rows."
    return figure("cost", "Cost by threshold", told, axes, curve, (), highest)


def figure(
    name: str,
    title: str,
    told: str,
    axes: str,
    curve: Curve,
    ideal: Sequence[tuple[float, float]],
    highest: float = 1.0,
) -> str:
    """Draw a curve in a square, with what its marked point says below it. All words are plain text."""
    top = highest or 1.0
    marks = grid(top)
    if ideal:
        (x1, y1), (x2, y2) = (at(point, 1.0) for point in ideal)
        marks.append(f'<line class="ideal" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>')
    points = " ".join(spots([at(point, top) for point in curve.points]))
    marks.append(f'<polyline class="curve" points="{points}"/>')
    if curve.mark is not None:
        x, y = at(curve.mark, top)
        marks.append(f'<circle class="ring" cx="{x:.1f}" cy="{y:.1f}" r="6"/>')
    drawn = charts.drawing(
        f"curve-{name}", title, f"{axes} {told}", f'viewBox="0 0 {SQUARE + 8} {SQUARE}"', marks, "square"
    )
    said = f"<strong>{html(title)}.</strong> {html(told, 400)}"
    return f"<figure>{drawn}{paragraph(said)}{paragraph(html(axes, 400), 'legend')}</figure>\n"


def grid(top: float) -> list[str]:
    """Draw the lines of the grid and their numbers."""
    marks = []
    for step in STEPS:
        x, _ = at((step, 0.0), top)
        marks.append(f'<text x="{x:.1f}" y="{SQUARE - 8}" text-anchor="middle">{charts.short(step)}</text>')
    for step in STEPS if top == 1 else charts.ticks(0.0, top):
        _, y = at((0.0, step), top)
        marks.append(f'<line class="rule" x1="{EDGE}" x2="{EDGE + SIDE}" y1="{y:.1f}" y2="{y:.1f}"/>')
        marks.append(f'<text x="{EDGE - 6}" y="{y + 4:.1f}" text-anchor="end">{charts.short(step)}</text>')
    return marks


def at(point: tuple[float, float], top: float) -> tuple[float, float]:
    """Return where a point lies, in pixels."""
    return EDGE + charts.share(point[0], 1) / 100 * SIDE, 8 + SIDE - charts.share(point[1], top) / 100 * SIDE

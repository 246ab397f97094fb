"""The three curves of a threshold as SVG files of their own: no font, script or request; legible in light and dark.

Colours are told apart by everybody, and never alone: the line of the test rows is dashed, the chosen point is a ring
with its words beside it. A viewer that knows no dark mode shows the light one, on a ground of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dataci.reporters.escape import cut, html, visible
from dataci.reporters.page.charts import short, ticks
from dataci.reporters.threshold import percent, spots
from dataci.thresholds.curves import Curve, Curves, Points
from dataci.thresholds.decision import Decision
from dataci.thresholds.effect import Effect

WIDTH, HEIGHT = 720, 540
LEFT, RIGHT, TOP, BOTTOM = 76, 24, 58, 144
NAME = 24  # columns of the label, and of its positive value
FIFTHS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
LIGHT = {
    "ground": "#ffffff",
    "ink": "#1b1f24",
    "soft": "#57606a",
    "grid": "#d5dae0",
    "first": "#0b57b8",
    "second": "#a04a00",
}
DARK = {
    "ground": "#14181d",
    "ink": "#eef1f4",
    "soft": "#a9b3be",
    "grid": "#39424d",
    "first": "#7db4ff",
    "second": "#ffb066",
}


def rule(what: str, inside: str) -> str:
    """Write a rule of a style sheet."""
    return "".join([what, "{", inside, "}"])


STYLE = "".join(
    rule("." + name, "fill:" + colour) + rule(".l-" + name, "stroke:" + colour)
    for name, colour in DARK.items()
)
FONT = "system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',Arial,sans-serif"


class Line(NamedTuple):
    """A line with its words in the legend; ``mark``: the point of the chosen threshold."""

    words: str
    points: Points
    mark: tuple[float, float] | None


class Chart(NamedTuple):
    """A drawing, in plain words and numbers. The first line is solid, the second dashed. ``ideal``: a faint line with
    its words: what one gets without a model. ``note`` stands beside the mark of the first line, above it or ``below``.
    """

    title: str
    across: str
    upwards: str
    right: float
    top: float
    lines: tuple[Line, ...]
    note: str
    ideal: Line | None = None
    about: str = ""
    below: bool = True


def files(found: Decision) -> dict[str, str]:
    """Return the text of each drawing by its name, without an ending."""
    return {name: draw(chart) for name, chart in charts(found).items()}


def charts(found: Decision) -> dict[str, Chart]:
    """Return the three drawings of a decision."""
    name = " = ".join(cut(visible(one[: 4 * NAME]), NAME) for one in (found.label, found.positive))
    note = f"chosen: {found.threshold:g}"
    sides = [("training rows, out of fold", found.training)]
    sides += [("test rows, as a check", found.test)] if found.test is not None else []
    base = found.training.curves.base
    return {
        "roc": Chart(
            "ROC: right answers against false alarms",
            f"false positive rate: share of other rows that are called {name}",
            f"recall: share of {name} that is found",
            1.0,
            1.0,
            tuple(line(words, side, "roc", side.curves.area, "ROC AUC") for words, side in sides),
            note,
            Line("by chance", ((0.0, 0.0), (1.0, 1.0)), None),
            "The nearer to the upper left corner, the better.",
        ),
        "precision-recall": Chart(
            "Precision and recall",
            f"recall: share of {name} that is found",
            f"precision: share of what is called {name} that is",
            1.0,
            1.0,
            tuple(
                line(
                    words, side, "precision_recall", None if found.prevalence else side.curves.precision, "AP"
                )
                for words, side in sides
            ),
            note,
            Line(f"every row is called so ({percent(base)})", ((0.0, base), (1.0, base)), None),
            "The nearer to the upper right corner, the better.",
        ),
        "cost": Chart(
            "Cost of mistakes by threshold",
            f"threshold: a score from here on is called {name}",
            f"cost of 1,000 rows ({found.costs[0]:g} a false positive, {found.costs[1]:g} a false negative)",
            1.0,
            highest(found),
            tuple(line(words, side, "cost") for words, side in sides),
            note,
            None,
            "The lower, the better.",
            below=False,
        ),
    }


def line(words: str, side: Effect, which: str, area: float | None = None, called: str = "") -> Line:
    """Return a curve of a set of rows."""
    curve: Curve = getattr(side.curves, which)
    told = f"{words} ({side.rows:,}{'' if area is None else f'; {called} {area:.3f}'})"
    return Line(told, curve.points, curve.mark)


def highest(found: Decision) -> float:
    """Return the upper end of the axis of costs."""
    every: list[Curves] = [side.curves for side in (found.training, found.test) if side is not None]
    return 1.05 * max(1e-9, max(upwards for one in every for _, upwards in one.cost.points))


def draw(chart: Chart) -> str:
    """Write a drawing as an SVG file; the same chart, the same bytes."""
    words = f"<title>{html(chart.title)}</title><desc>{html(described(chart))}</desc>"
    inside = "\n".join([*frame(chart), *ideal(chart), *curves(chart), *legend(chart)])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img" font-family="{FONT}" font-size="14">\n{words}\n'
        f"<style>{rule('@media (prefers-color-scheme:dark)', STYLE)}</style>\n"
        f'<rect class="ground" width="{WIDTH}" height="{HEIGHT}" fill="{LIGHT["ground"]}"/>\n{inside}\n</svg>\n'
    )


def described(chart: Chart) -> str:
    """Say in words what the drawing shows."""
    marks = [
        f"{line.words}: {short(line.mark[1])} upwards at {short(line.mark[0])} across"
        for line in chart.lines
        if line.mark is not None
    ]
    axes = f"Across: {chart.across}. Upwards: {chart.upwards}."
    return " ".join(
        [axes, chart.about, f"The chosen point, {chart.note.removeprefix('chosen: ')}: ", "; ".join(marks)]
    )


def place(chart: Chart, point: tuple[float, float]) -> tuple[float, float]:
    """Return where a point lies, in pixels."""
    across, upwards = point[0] / chart.right, point[1] / chart.top
    return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - upwards * (HEIGHT - TOP - BOTTOM)


def frame(chart: Chart) -> Iterator[str]:
    """Draw the title, the grid with its numbers, and what the axes say."""
    yield text(LEFT, 26, chart.title, "ink", size=17, weight=600)
    yield text(LEFT, 46, chart.upwards, "soft", limit=86)
    for tick in FIFTHS:
        x, y = place(chart, (tick, 0.0))
        yield stroke("grid", (x, TOP), (x, HEIGHT - BOTTOM))
        yield text(x, y + 20, short(tick), "soft", "middle")
    for tick in FIFTHS if chart.top == 1 else ticks(0.0, chart.top):
        x, y = place(chart, (0.0, tick))
        yield stroke("grid", (LEFT, y), (WIDTH - RIGHT, y))
        yield text(x - 8, y + 5, short(tick), "soft", "end")
    yield text(WIDTH - RIGHT, HEIGHT - BOTTOM + 40, chart.across, "soft", "end", limit=86)


def ideal(chart: Chart) -> Iterator[str]:
    """Draw what one gets without a model."""
    if chart.ideal is None:
        return
    start, end = (place(chart, point) for point in chart.ideal.points)
    yield stroke("soft", start, end, 'stroke-dasharray="2 5" stroke-width="1.5"')


def curves(chart: Chart) -> Iterator[str]:
    """Draw the lines, the last one first, and on top of them the points of the threshold."""
    kinds = list(zip(("first", "second"), ("", ' stroke-dasharray="9 5"'), chart.lines, strict=False))
    for kind, dashes, one in reversed(kinds):
        points = " ".join(spots([place(chart, point) for point in one.points]))
        yield (
            f'<polyline class="l-{kind}" points="{points}" fill="none" stroke="{LIGHT[kind]}" stroke-width="2.5" '
            f'stroke-linejoin="round"{dashes}/>'
        )
    for kind, _, one in reversed(kinds):
        if one.mark is not None:
            yield from ring(chart, one.mark, kind, chart.note if kind == "first" else "")


def ring(chart: Chart, point: tuple[float, float], kind: str, note: str) -> Iterator[str]:
    """Draw the point of the threshold: a ring with its words, of the test rows a smaller one."""
    x, y = place(chart, point)
    yield (
        f'<circle class="ground l-{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{7 if note else 5}" fill="{LIGHT["ground"]}" '
        f'stroke="{LIGHT[kind]}" stroke-width="3"/>'
    )
    if note:
        side = "end" if x > WIDTH * 0.7 else "start"
        below = (chart.below and y < HEIGHT - BOTTOM - 40) or y < TOP + 40
        across = x + (14 if side == "start" else -14)
        yield text(across, y + (24 if below else -14), note, "ink", side, weight=600, halo=True)


def legend(chart: Chart) -> Iterator[str]:
    """Write which line is which, below the drawing."""
    entries: list[tuple[str, str, Line]] = [
        (kind, dashes, one)
        for kind, dashes, one in zip(("first", "second"), ("", "9 5"), chart.lines, strict=False)
    ]
    if chart.ideal is not None:
        entries.append(("soft", "2 5", chart.ideal))
    for number, (kind, dashes, one) in enumerate(entries):
        y = HEIGHT - BOTTOM + 70 + 21 * number
        line = f'stroke-dasharray="{dashes}" stroke-width="2.5"'
        yield stroke(kind, (LEFT, y - 5), (LEFT + 36, y - 5), line)
        yield text(LEFT + 46, y, one.words, "ink")


def stroke(kind: str, start: tuple[float, float], end: tuple[float, float], more: str = "") -> str:
    """Draw a straight line."""
    more = more.replace('stroke-dasharray="" ', "")
    return (
        f'<line class="l-{kind}" x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}" '
        f'stroke="{LIGHT[kind]}"{" " + more if more else ""}/>'
    )


def text(
    x: float,
    y: float,
    words: str,
    kind: str,
    anchor: str = "start",
    size: int = 13,
    weight: int = 400,
    limit: int = 100,
    halo: bool = False,
) -> str:
    """Write words; ``halo``: with a rim in the colour of the ground, where lines lie below them."""
    rim = (
        f' stroke="{LIGHT["ground"]}" stroke-width="4" paint-order="stroke" stroke-linejoin="round"'
        if halo
        else ""
    )
    classes = f"{kind} l-ground" if halo else kind
    return (
        f'<text class="{classes}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
        f'font-weight="{weight}" fill="{LIGHT[kind]}"{rim}>{html(words, limit)}</text>'
    )

"""Small drawings as inline SVG. Positions along the page are shares of its width, so text keeps its size on a phone.

Colours come from the style sheet by class, never from an attribute; a drawing that only repeats the number beside it is
hidden from screen readers, each other has a title and a description.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from dataci.reporters.escape import html

HEIGHT = 210  # of the chart over time, in pixels, without the labels below it
FOOT = 40
# % of the width between which points lie; the labels of the y axis stand left of them
LEFT, RIGHT = 10.0, 95.0
SQUARE, EDGE = 300, 34
TICKS = 4


class Point(NamedTuple):
    """A figure with its interval. ``label`` stands below it, ``note`` below that; both are plain text."""

    value: float
    low: float
    high: float
    label: str
    note: str = ""


def share(part: float, whole: float) -> float:
    """Return a part of a whole in percent, within 0 to 100; 0 of nothing."""
    found = 100 * part / whole if whole else 0.0
    return min(max(found, 0.0), 100.0) if math.isfinite(found) else 0.0


def bar(percent: float) -> str:
    """Draw a share as a bar."""
    rail = '<rect class="rail" width="100%" height="8" rx="2"/>'
    fill = f'<rect class="fill" width="{percent:.1f}%" height="8" rx="2"/>' if percent else ""
    return f'<svg class="bar" width="100%" height="8" aria-hidden="true">{rail}{fill}</svg>'


def whisker(
    figure: tuple[float, float, float], ends: tuple[float, float], before: float | None = None
) -> str:
    """Draw (low, value, high) between two ends: a dot on a line, and ``before`` as an upright stroke."""
    low, value, high = (share(one - ends[0], ends[1] - ends[0]) for one in figure)
    marks = ['<line class="rule" x1="0" x2="100%" y1="9" y2="9"/>']
    if before is not None:
        at = share(before - ends[0], ends[1] - ends[0])
        marks.append(f'<line class="before" x1="{at:.1f}%" x2="{at:.1f}%" y1="1" y2="17"/>')
    marks.append(f'<line class="span" x1="{low:.1f}%" x2="{high:.1f}%" y1="9" y2="9"/>')
    marks.append(f'<circle class="dot" cx="{value:.1f}%" cy="9" r="4"/>')
    return f'<svg class="range" width="100%" height="18" aria-hidden="true">{"".join(marks)}</svg>'


def drawing(name: str, title: str, about: str, size: str, inside: Sequence[str], kind: str) -> str:
    """Wrap a drawing that says something of its own. ``name`` is unique on the page; title and text are plain."""
    words = f'<title id="{name}-t">{html(title, 120)}</title><desc id="{name}-d">{html(about, 400)}</desc>'
    labels = f'role="img" aria-labelledby="{name}-t {name}-d"'
    return f'<svg class="{kind}" {size} {labels}>{words}{"".join(inside)}</svg>\n'


def trend(name: str, title: str, about: str, points: Sequence[Point]) -> str:
    """Draw figures over time with their intervals."""
    ends = room([end for point in points for end in (point.low, point.high, point.value)])
    step = (RIGHT - LEFT) / max(1, len(points) - 1)
    across = [LEFT + step * at if len(points) > 1 else 50.0 for at in range(len(points))]
    marks = [grid(tick, ends) for tick in ticks(*ends)]
    for at in range(1, len(points)):
        left, right = height(points[at - 1].value, ends), height(points[at].value, ends)
        marks.append(
            f'<line class="trace" x1="{across[at - 1]:.2f}%" y1="{left:.1f}" x2="{across[at]:.2f}%" y2="{right:.1f}"/>'
        )
    every = max(1, math.ceil(len(points) / 10))
    for at, point in enumerate(points):
        labelled = (len(points) - 1 - at) % every == 0 or bool(point.note)
        marks.append(mark(point, across[at], ends, labelled))
    size = f'width="100%" height="{HEIGHT + FOOT}"'
    return drawing(name, title, about, size, marks, "trend")


def grid(tick: float, ends: tuple[float, float]) -> str:
    """Draw a line of the grid and its number."""
    y = height(tick, ends)
    return (
        f'<line class="rule" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text x="0" y="{y - 4:.1f}">{html(short(tick))}</text>'
    )


def mark(point: Point, x: float, ends: tuple[float, float], labelled: bool) -> str:
    """Draw a point, its interval and its label."""
    low, value, high = (height(end, ends) for end in (point.low, point.value, point.high))
    found = [
        f'<line class="span" x1="{x:.2f}%" x2="{x:.2f}%" y1="{low:.1f}" y2="{high:.1f}"/>',
        f'<circle class="dot" cx="{x:.2f}%" cy="{value:.1f}" r="{6 if point.note else 4}"/>',
    ]
    if labelled:
        found.append(
            f'<text x="{x:.2f}%" y="{HEIGHT + 16}" text-anchor="middle">{html(point.label, 12)}</text>'
        )
    if point.note:
        side = "end" if x > 85 else "middle"  # a longer word, which would leave the box
        found.append(
            f'<text class="note" x="{x:.2f}%" y="{HEIGHT + 33}" text-anchor="{side}">{html(point.note, 24)}</text>'
        )
    return "".join(found)


def height(value: float, ends: tuple[float, float]) -> float:
    """Return where a value lies in the chart over time, in pixels from the top."""
    return HEIGHT - 8 - share(value - ends[0], ends[1] - ends[0]) / 100 * (HEIGHT - 26)


def room(values: Sequence[float]) -> tuple[float, float]:
    """Return the ends of an axis: what is drawn, and a little more, so that the ends always differ."""
    known = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = min(known), max(known)
    more = max((high - low) / 12, abs(low) / 200)
    more = more if more > 1e-9 else 1.0
    return low - more, high + more


def ticks(low: float, high: float) -> list[float]:
    """Return a few round numbers between two ends."""
    if not math.isfinite(high - low) or high <= low:
        return []
    rough = (high - low) / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next((power * times for times in (1, 2, 5) if power * times >= rough), power * 10)
    first = math.ceil(low / step)
    return [step * at for at in range(first, first + 2 * TICKS + 2) if step * at <= high]


def short(value: float) -> str:
    """Write a number of an axis: four significant digits at most, thousands apart, an exponent where it is huge."""
    if not math.isfinite(value):
        return "–"
    rounded = float(f"{value:.4g}")
    return f"{rounded:,.10g}" if 1e-5 <= abs(rounded) < 1e9 or not rounded else f"{rounded:.3g}"


def histogram(name: str, title: str, about: str, counts: Sequence[int]) -> str:
    """Draw how often values fall into bins of equal width."""
    tall, top = 54, max(counts, default=0)
    width = 100 / max(1, len(counts))
    marks = [f'<line class="rule" x1="0" x2="100%" y1="{tall}" y2="{tall}"/>']
    for at, number in enumerate(counts):
        high = max(1.5, share(number, top) / 100 * tall) if number else 0.0
        if high:
            x, y = at * width + width * 0.06, tall - high
            marks.append(
                f'<rect class="fill" x="{x:.2f}%" y="{y:.1f}" width="{width * 0.88:.2f}%" height="{high:.1f}"/>'
            )
    return drawing(name, title, about, f'width="100%" height="{tall + 1}"', marks, "hist")


def reliability(
    name: str, title: str, about: str, points: Sequence[tuple[float, float, float, float]]
) -> str:
    """Draw a share against the score that should foretell it: (score, share, low, high) a point, all within 0 to 1."""
    side = SQUARE - EDGE - 10

    def at(score: float, part: float) -> tuple[float, float]:
        return EDGE + share(score, 1) / 100 * side, 8 + side - share(part, 1) / 100 * side

    marks = []
    for step in (0.0, 0.25, 0.5, 0.75, 1.0):
        (x, y), label = at(step, step), short(step)
        marks.append(f'<line class="rule" x1="{EDGE}" x2="{EDGE + side}" y1="{y:.1f}" y2="{y:.1f}"/>')
        marks.append(f'<text x="{EDGE - 6}" y="{y + 4:.1f}" text-anchor="end">{label}</text>')
        marks.append(f'<text x="{x:.1f}" y="{SQUARE - 8}" text-anchor="middle">{label}</text>')
    (x1, y1), (x2, y2) = at(0, 0), at(1, 1)
    marks.append(f'<line class="ideal" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>')
    for score, part, low, high in points:
        (x, y), (_, bottom), (_, top) = at(score, part), at(score, low), at(score, high)
        marks.append(f'<line class="span" x1="{x:.1f}" x2="{x:.1f}" y1="{bottom:.1f}" y2="{top:.1f}"/>')
        marks.append(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4"/>')
    return drawing(name, title, about, f'viewBox="0 0 {SQUARE + 8} {SQUARE}"', marks, "square")

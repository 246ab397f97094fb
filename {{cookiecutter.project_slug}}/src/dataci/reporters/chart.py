"""A figure over time: as a Mermaid chart that GitHub draws, and as a line of bars for whoever reads in a terminal.

Only the colours of the chart's lines are set, to ones that show on white and on black; all else follows the reader's
theme. A chart takes plain names and numbers: Mermaid has no escape for a quote, and reads no exponent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

BARS = "▁▂▃▄▅▆▇█"
GREY, BLUE = "#8c959f", "#1f7ad6"
UNSAFE = re.compile(r"[^A-Za-z0-9 ._-]")


def bars(values: Sequence[float], doubt: float = 0.0) -> str:
    """Draw numbers as bars of one character each. The whole height is their range, and at least ``doubt``: what is
    within the noise shall not look like a leap.
    """
    middle, height = (min(values) + max(values)) / 2, max(max(values) - min(values), doubt)
    top = len(BARS) - 1
    shares = ((value - middle) / height + 0.5 if height > 0 else 0.5 for value in values)
    return "".join(BARS[int(share * top + 0.5)] for share in shares)


def mermaid(
    name: str,
    axis: str,
    labels: Sequence[str],
    values: Sequence[float],
    low: Sequence[float],
    high: Sequence[float],
) -> list[str]:
    """Draw ``values`` in blue between ``low`` and ``high`` in grey, one point a label, as a fenced Mermaid chart.

    ``name`` and ``axis`` are those of the y and the x axis. The labels must differ: equal ones fall into one point.
    """
    return [
        "```mermaid",
        "---",
        "config:",
        "  xyChart:",
        "    width: 900",
        "    height: 380",
        "  themeVariables:",
        "    xyChart:",
        f'      plotColorPalette: "{GREY}, {GREY}, {BLUE}"',
        "---",
        "xychart-beta",
        f"  x-axis {quoted(axis)} [{', '.join(map(quoted, labels))}]",
        f"  y-axis {quoted(name)} {span([*low, *high, *values])}",
        *(f"  line [{', '.join(map(decimal, line))}]" for line in (low, high, values)),
        "```",
    ]


def quoted(text: str) -> str:
    """Write a text for Mermaid; what is neither letter nor digit is left out."""
    return f'"{UNSAFE.sub("", text.replace("²", "2"))[:40] or "-"}"'


def span(values: Sequence[float]) -> str:
    """Write the range of an axis: what is drawn, and a little more on both sides, so that the ends always differ."""
    low, high = min(values), max(values)
    room = max((high - low) / 20, abs(low) / 200)
    room = room if room > 1e-9 else 1.0
    return f"{decimal(low - room)} --> {decimal(high + room)}"


def decimal(value: float) -> str:
    """Write a number with four significant digits and no exponent."""
    text = f"{float(f'{value:.4g}'):.12f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text

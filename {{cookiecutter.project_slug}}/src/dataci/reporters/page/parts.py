"""Where a result is good and where it is not: by label, by slice, by score; and figures with their intervals drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dataci.comparison import Comparison, SliceChange
from dataci.record import Record
from dataci.reporters.page import charts, words
from dataci.reporters.page.markup import badge, paragraph, pill, table, text
from dataci.reporters.sentences import metric_name, number

SHARES = ("accuracy", "average_precision", "brier", "f1", "macro_f1", "roc_auc")  # metrics within 0 to 1
ROWS = 100  # of a table; the rest is counted
CLASSES = 12  # labels in the table of confusions


def title(record: Record) -> str:
    """Return the name of the primary metric."""
    return metric_name(record["evaluation"]["metric"], text)


def domain(name: str, entries: Sequence[Mapping[str, Any] | None]) -> tuple[float, float]:
    """Return the ends of the axis on which a metric is drawn: 0 to 1, or what is to be seen."""
    if name in SHARES:
        return 0.0, 1.0
    known = [
        float(found[end]) for found in entries if found for end in ("low", "value", "high") if end in found
    ]
    return charts.room(known)


def picture(
    found: Mapping[str, Any] | None, ends: tuple[float, float], before: Mapping[str, Any] | None = None
) -> str:
    """Draw a figure with its interval, where it has one."""
    triple = words.triple(found)
    if triple is None:
        return ""
    return charts.whisker(triple, ends, float(before["value"]) if before and "value" in before else None)


def pictured(
    found: Mapping[str, Any] | None, ends: tuple[float, float], before: Mapping[str, Any] | None = None
) -> str:
    """Write a figure with its interval, and draw it below, with a stroke for what it was before."""
    value, span = words.figure(found)
    kind = "soft" if found and "value" in found else "why"
    told = f'{value} <span class="{kind}">{span}</span>' if span else value
    return told + picture(found, ends, before)


def classes(record: Record) -> str:
    """Write precision, recall and F1 of each label."""
    if not record["per_class"]:
        return ""
    kinds = ("precision", "recall", "f1")
    rows = [
        [text(name) or "(empty)", f"{found['n']:,}", *(pictured(found[kind], (0, 1)) for kind in kinds)]
        for name, found in sorted(record["per_class"].items())[:ROWS]
    ]
    legend = (
        "Precision: of the rows that were called so, how many are. Recall: of those that are, how many were found. "
        "Each on an axis from 0 to 1, with its 95 % interval."
    )
    head = ["label", "test rows", "precision", "recall", "F1"]
    return (
        table("Precision, recall and F1 by label", head, rows, "lrppp")
        + more(len(record["per_class"]))
        + paragraph(legend, "legend")
    )


def more(total: int) -> str:
    """Say how many rows a table leaves out."""
    return paragraph(f"… and {total - ROWS:,} more.", "soft") if total > ROWS else ""


def slices(record: Record, compared: Comparison | None, names: Sequence[str], least: int = 0) -> str:
    """Write the primary metric of each of these slices, and what became of it since the parent.

    ``least``: rows that a group needs to be compared with others; such groups are called by their value.
    """
    if not names:
        return ""
    metric = record["evaluation"]["metric"]
    change = {part.name: part for part in compared.slices} if compared is not None else {}
    measured = {name: record["slices"][name] for name in sorted(names)}
    entries = [found["metrics"].get(metric) for found in measured.values()]
    ends = domain(metric, [*entries, record["metrics"].get(metric)])
    rows = [
        [
            text(name.partition("=")[2] if least else name) or "(empty)",
            f"{found['n']:,}" + (f" {badge('few')}" if found["n"] < least else ""),
            pictured(found["metrics"].get(metric), ends),
            moved(change.get(name)),
        ]
        for name, found in list(measured.items())[:ROWS]
    ]
    head = ["group" if least else "slice", "test rows", title(record), "against its parent"]
    note = (
        "Better and worse are said only where they still hold after the correction for looking several times."
    )
    return (
        table(f"The primary metric by {'group' if least else 'slice'}", head, rows, "lrpl")
        + more(len(measured))
        + paragraph(note, "legend")
    )


def moved(part: SliceChange | None) -> str:
    """Say what became of a slice."""
    if part is None:
        return ""
    if part.verdict.word == "none":
        return text(part.verdict.reason, 160)
    return f"{pill(part.verdict.word)} {words.interval(part.verdict).removeprefix(': ')}"


def calibration(record: Record) -> str:
    """Draw how often what was foretold with a score comes true."""
    bins, positive = record["calibration"], record["evaluation"]["positive"]
    if not bins:
        return ""
    right = positive is None
    points = [(one["score"], one["share"], one["share_low"], one["share_high"]) for one in bins]
    plain = "rows that are right" if right else f"rows of label {positive}"
    about = (
        f"{len(bins)} tenths of the score against the share of {plain}; the table beside it has the numbers."
    )
    rows = [
        [
            f"{one['low']:.1f} to {one['high']:.1f}",
            f"{one['n']:,}",
            number(one["score"]),
            number(one["share"]),
            f"{number(one['share_low'])} to {number(one['share_high'])}",
        ]
        for one in bins
    ]
    told = "right" if right else f"of label {text(str(positive))}"
    legend = f"Across: the score; upwards: the share of rows that are {told}. On the dashed line both agree."
    drawn = charts.reliability("calibration", "Calibration", about, points)
    written = table(
        "Calibration by tenths of the score",
        ["score", "rows", "mean score", "share", "95 % interval"],
        rows,
        "rrrrr",
    )
    return f'<div class="pair"><figure>{drawn}{paragraph(legend, "legend")}</figure>\n<div>{written}</div></div>\n'


def confusion(record: Record) -> str:
    """Write how many rows of each label were called what."""
    counts = record["confusion"]
    names = sorted({*counts, *(guess for row in counts.values() for guess in row)})
    if not names:
        return ""
    if len(names) > CLASSES:
        return paragraph(f"{len(names)} labels are too many for a table; the record has them.")
    rows = []
    for name in names:
        row = counts.get(name, {})
        total = sum(row.values())
        shares = [(row.get(guess, 0), charts.share(row.get(guess, 0), total)) for guess in names]
        cells = [f'{n:,} <span class="soft">{part:.0f} %</span>{charts.bar(part)}' for n, part in shares]
        rows.append([text(name, 24) or "(empty)", *cells])
    head = ["right label", *(f"called {text(name, 24) or '(empty)'}" for name in names)]
    legend = "A line a right label; the shares of a line add up to 100 %."
    written = table("Right labels and what they were called", head, rows, "l" + "p" * len(names))
    return written + paragraph(legend, "legend")

"""How columns are distributed before and after a change: small charts of block characters in a Markdown table.

The charts of a column stand one above the other, bin by bin and on one scale, so that a reader (also on a phone) sees
at once where the shares grew and where they shrank.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dataci.reporters import outline
from dataci.reporters.chart import BARS, decimal
from dataci.reporters.escape import markdown

EMPTY = "·"  # a bin without a row; the lowest bar is a bin with few
MOVED = 3  # categories that are named
NAMED = 12  # columns that are named and not drawn
TRAIN = "train"
_MEDIAN = 3  # of the quantiles
_NAME = 40  # columns
_VALUE = 24
_REST = 100  # characters kept free for the sentence at the end
LEGEND = "Effect: from 0 (alike) to 1 (nothing in common), and what of it is beyond chance.\n"
HEAD = "| column | distribution | what moved |\n|:--|:--|:--|\n"

Entry = Mapping[str, Any]


def title(entries: Sequence[Entry]) -> str:
    """Say in a few words how many columns changed."""
    changed = sum(bool(entry["changed"]) for entry in entries)
    columns = outline.count(len(entries), "column")
    return f"{changed:,} of {columns} changed beyond noise" if changed else f"{columns}, nothing beyond noise"


def render(entries: Sequence[Entry], room: int) -> str:
    """Return the columns that changed, and the label, as a table; the others are named. At most ``room`` characters.

    ``entries``: those of a review, see ``dataci.review``. What there is no room for is counted.
    """
    drawn = [entry for entry in entries if entry["changed"] or entry["role"] == "label"]
    quiet = [name(entry) for entry in entries if not (entry["changed"] or entry["role"] == "label")]
    table = listed([row(entry) for entry in drawn], room * 3 // 4)
    if table and any(entry["changed"] for entry in drawn):
        table += "\n" + LEGEND
    rest = named(quiet, room - len(table) - _REST)
    return table + ("\n" if table and rest else "") + rest


def listed(rows: Sequence[str], room: int) -> str:
    """Return the table with as many rows as there is room for."""
    kept = outline.fitting(rows, room - len(HEAD) - _REST)
    hidden = len(rows) - len(kept)
    rest = f"\n… and {outline.count(hidden, 'more column')}, left out for want of room\n" if hidden else ""
    return (HEAD + "".join(kept) if kept else "") + rest


def named(names: Sequence[str], room: int) -> str:
    """Return a sentence that names the columns that are not drawn."""
    if not names:
        return ""
    kept = outline.fitting(names, room - _REST - 2 * len(names[:NAMED]))[:NAMED]
    hidden = len(names) - len(kept)
    more = [outline.count(hidden, "more column" if kept else "column")] if hidden else []
    return f"Within noise: {', '.join([*kept, *more])}.\n"


def name(entry: Entry) -> str:
    """Return the name of a column; of the training data, unless it says otherwise."""
    split = "" if entry["split"] == TRAIN else f" ({markdown(entry['split'], _NAME)})"
    return f"{markdown(entry['column'], _NAME) or '(no name)'}{split}"


def row(entry: Entry) -> str:
    """Return a column's line of the table; the name of one that changed beyond noise is bold."""
    column = f"<b>{name(entry)}</b>" if entry["changed"] else name(entry)
    what = "<br>".join(moved(entry)) or "as before"
    return f"| {column} | {charts(entry)} | {what} |\n"


def sides(entry: Entry) -> list[tuple[str, Mapping[str, Any]]]:
    """Return what is compared, by name: the rows before and after, and those that the change adds, if it adds any."""
    return [(name, entry[name]) for name in ("before", "after", "added") if entry[name] is not None]


def charts(entry: Entry) -> str:
    """Return a chart a side, one above the other, on one scale."""
    drawn = [(name, shares(side, entry)) for name, side in sides(entry)]
    top = max((share for _, heights in drawn for share in heights), default=0.0)
    return "<br>".join(
        f"<code>{''.join(bar(share, top) for share in heights) or EMPTY}</code> {name}"
        for name, heights in drawn
    )


def shares(side: Mapping[str, Any], entry: Entry) -> list[float]:
    """Return the share of each bin; of categories the last one is that of all other values, where there are any."""
    counts = list(side["counts"])
    if entry["kind"] == "categories" and any(part["other"] for _, part in sides(entry)):
        counts.append(side["other"])
    total = sum(counts)
    return [count / total if total else 0.0 for count in counts]


def bar(share: float, top: float) -> str:
    """Return one bar of a chart whose highest is ``top``."""
    return BARS[min(int(share / top * len(BARS)), len(BARS) - 1)] if share > 0 else EMPTY


def moved(entry: Entry) -> list[str]:
    """Say in a few short lines what moved: values or the median, missing cells, how large the shift is."""
    told = list(categories(entry) if entry["kind"] == "categories" else quantities(entry))
    old, new = (lacking(entry[name]) for name in ("before", "after"))
    if old != new:
        told.append(f"missing {percent(old)} → {percent(new)}")
    if entry["changed"]:
        told.append(effect(entry))
    return told


def effect(entry: Entry) -> str:
    """Say how large the shift is, of what the change adds where that is known."""
    shift, of = entry["shift"], ""
    if entry["added_shift"] is not None and entry["added_shift"]["low"] > shift["low"]:
        shift, of = entry["added_shift"], " of the added rows"
    return f"effect{of} {shift['effect']:.2f}, at least {shift['low']:.2f}"


def categories(entry: Entry) -> Iterator[str]:
    """Say of the values whose share moved most from what to what."""
    old, new = (shares(entry[name], entry) for name in ("before", "after"))
    names = [markdown(name, _VALUE) or "(empty)" for name in entry["values"]] + ["all others"]
    order = sorted(range(min(len(old), len(names))), key=lambda at: (-abs(new[at] - old[at]), at))
    for at in order[:MOVED]:
        if percent(old[at]) != percent(new[at]):
            yield f"{names[at]} {percent(old[at])} → {percent(new[at])}"


def quantities(entry: Entry) -> Iterator[str]:
    """Say how the median moved, and what the charts span."""
    old, new = (entry[name]["quantiles"] for name in ("before", "after"))
    what = "median length" if entry["kind"] == "lengths" else "median"
    if old and new and value(old[_MEDIAN]) != value(new[_MEDIAN]):
        yield f"{what} {value(old[_MEDIAN])} → {value(new[_MEDIAN])}"
    if entry["bins"]:
        yield f"drawn from {value(entry['bins'][0])} to {value(entry['bins'][-1])}"


def value(found: float | str) -> str:
    """Write a number, or a moment."""
    return markdown(found, _VALUE) if isinstance(found, str) else decimal(found)


def lacking(side: Mapping[str, Any]) -> float:
    """Return the share of cells without a value."""
    return side["missing"] / side["rows"] if side["rows"] else 0.0


def percent(share: float) -> str:
    """Write a share; what is not nothing does not look like nothing."""
    if 0 < share < 0.005:
        return "< 1 %"
    if 0.995 <= share < 1:
        return "> 99 %"
    return f"{share * 100:.0f} %"

"""The leaderboard, results/README.md: a line a candidate, best first, in GitHub Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dataci.comparison import Place
from dataci.reporters.comparison import NAMES, describe, figure, table_markdown, wrong
from dataci.reporters.escape import markdown


def render(places: Sequence[Place], metric: str) -> str:
    """Render results/README.md: best first; results of another test set stand apart."""
    ranked, apart = [p for p in places if p.rank], [p for p in places if not p.rank]
    name = NAMES.get(metric, metric)
    parts = [
        "# Results",
        "",
        "One line a candidate: its training data and its code, by the first eight digits of their hashes.",
        "Written by `dataci train`; do not edit. `dataci compare A B` shows two of them, with the rows that flipped.",
        "",
        f"| # | candidate | {name} (95 % interval) | training rows | what changed |",
        "|--:|---|---|--:|---|",
        *(line(place, metric) for place in ranked),
    ]
    if apart:
        parts += [
            "",
            "## Measured otherwise",
            "",
            "On another test set, or with other settings of the evaluation. These figures cannot be",
            "compared with those above.",
            "",
            f"| candidate | {name} | test set | training rows | what changed |",
            "|---|---|---|--:|---|",
            *(line(place, metric) for place in apart),
        ]
    newest = next((place.record for place in places if place.latest), None)
    return "\n".join([*parts, *(bugs(newest) if newest else [])]) + "\n"


def line(place: Place, metric: str) -> str:
    """Write a line of the leaderboard."""
    record = place.record
    tag = f"[{record['tag']}]({record['tag']}.json)" + (" **latest**" if place.latest else "")
    value = record["metrics"].get(metric)
    cell = figure(value, markdown)
    what = "; ".join(describe(record["changed"], markdown))
    if not record["changed"]["parent"]:
        what = "first result"
    last = f"{record['data']['rows']} | {what} |"
    if place.rank:
        return f"| {place.rank} | {tag} | {cell} | {last}"
    return f"| {tag} | {cell} | {markdown(record['test']['id'][:8])} | {last}"


def bugs(record: dict[str, Any]) -> list[str]:
    """Write the table of model bugs of the latest result."""
    if not record["bugs"]:
        return []
    head = ["bug", "wrong patterns", "error rate (95 % interval)"]
    entries = sorted(record["bugs"].items())
    rows = [
        [markdown(name, 40), wrong(entry), figure(entry["error_rate"], markdown)] for name, entry in entries
    ]
    return ["", "## Model bugs of the latest", "", *table_markdown([head, *rows])]

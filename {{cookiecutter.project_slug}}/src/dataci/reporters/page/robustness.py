"""What perturbed and exchanged rows do to the predictions of the latest result: flips, losses, and the worst rows.

Rows are named by their id; what stands in them is not on this page.
"""

from __future__ import annotations

from collections.abc import Mapping

from dataci.comparison import Comparison
from dataci.record import Record
from dataci.reporters import entries, wording
from dataci.reporters.entries import Probed
from dataci.reporters.page import charts, markup
from dataci.reporters.page.markup import card, paragraph, pill, table, text
from dataci.reporters.page.state import Overview
from dataci.reporters.sentences import count

ROWS = 80
PERTURBED, EXCHANGED = "robustness", "counterfactuals"
LEGENDS = {
    PERTURBED: "Test rows with small faults planted in them; the larger the strength, the more of them.",
    EXCHANGED: "Test rows in which something was exchanged that should make no difference.",
}
FLIPS = (
    "Flips: rows that are predicted otherwise than before, as a bar from 0 to 100 %. Loss: how much worse the primary "
    "metric is on these rows; above 0 is worse. Each with its 95 % interval."
)


def section(found: Overview) -> str:
    """Render what perturbations and exchanges do; nothing where none was measured."""
    if found.board is None:
        return ""
    record = found.board.latest
    cards = [
        card("Perturbed rows", family(record, found.comparison, PERTURBED)),
        card("Counterfactual pairs", family(record, found.comparison, EXCHANGED)),
    ]
    return markup.section("robustness", "Robustness", *cards) if any(cards) else ""


def family(record: Record, compared: Comparison | None, name: str) -> str:
    """Write the perturbations, or the exchanges, a line each."""
    found = entries.probed(record, name)
    if not found:
        return ""
    words = {
        one.name: (one.word, one.flagged)
        for one in (compared.behaviour if compared is not None else ())
        if one.part == name
    }
    kinds, scored = any(one.strength for one in found), any(one.moved for one in found)
    shifted = not any(one.rate for one in found) and any(one.shift for one in found)
    columns = [  # head, alignment, whether it is there
        ("kind" if kinds else "exchange", "l", True),
        ("strength", "r", kinds),
        ("rows", "r", True),
        ("mean change" if shifted else "flips", "p", True),
        ("loss", "l", True),
        ("scores move by", "l", scored),
        ("worst rows (ids)", "w", True),
        ("against its parent", "l", bool(words)),
    ]
    lines = (cells(one, kinds, words) for one in found[:ROWS])
    rows = [[cell for cell, (*_, there) in zip(line, columns, strict=True) if there] for line in lines]
    head, align = (
        [name for name, _, there in columns if there],
        "".join(side for _, side, there in columns if there),
    )
    hidden = len(found) - ROWS
    more = paragraph(f"… and {count(hidden, 'more line')}." if hidden > 0 else "", "soft")
    caption = "Flips by kind and strength" if name == PERTURBED else "Flips by exchange"
    return paragraph(LEGENDS[name]) + table(caption, head, rows, align) + more + paragraph(FLIPS, "legend")


def cells(one: Probed, kinds: bool, words: Mapping[str, tuple[str, bool]]) -> list[str]:
    """Write a kind: name, strength, rows, flips, loss, how far scores move, ids, what became of it since the parent."""
    return [
        text(one.kind if kinds else one.name),
        text(one.strength),
        f"{one.n:,}",
        flips(one),
        wording.figure(one.loss),
        wording.figure(one.moved),
        ", ".join(text(row, 40) for row in one.worst) or "–",
        moved(words.get(one.name)),
    ]


def flips(one: Probed) -> str:
    """Write how many rows flip, with the interval, and draw their share; of a regression the mean change."""
    if one.rate is not None:
        return f"{wording.figure(one.rate, rate=True)}{charts.bar(charts.share(one.rate.value, 1))}"
    return wording.figure(one.shift) if one.shift is not None else text(one.reason, 160) or "–"


def moved(change: tuple[str, bool] | None) -> str:
    """Say what became of a kind; better and worse only where they count though all kinds were looked at."""
    if change is None:
        return ""
    word, flagged = change
    if word == "none":
        return "not compared"
    return pill(word if flagged or word not in ("better", "worse") else "unclear")

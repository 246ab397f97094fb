"""How one result behaves, in the few lines with which `dataci train` ends: gates, gaps, flips, calibration, cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataci.reporters import entries
from dataci.reporters.sentences import Escape, count, metric_name
from dataci.reporters.tables import Rows
from dataci.reporters.wording import LABELS, NAME, figure, more, sentence, short, tally

CLOSING = 2  # gates that a new result fails, with their sentences
LISTED = 5  # changes since the parent
FAMILIES = {"robustness": "most flips, perturbed", "counterfactuals": "most flips, counterfactual"}


def summary(record: Mapping[str, Any], escape: Escape) -> Rows:
    """Return what matters most, a line each: the largest gap, the most flips, calibration, cost."""
    rows = [*largest(record, escape), *most(record, escape)]
    ece = entries.figure(entries.part(record, "uncertainty").get("ece"))
    if ece is not None:
        rows.append([LABELS["ece"], figure(ece)])
    cost = entries.part(record, "cost")
    paid = entries.figure(cost.get("per_1000"))
    if paid is not None:
        wrong = [
            (entries.real(cost.get(f"false_{kind}_per_1000")), kind) for kind in ("positives", "negatives")
        ]
        known = [f"{short(value)} false {kind}" for value, kind in wrong if value is not None]
        rows.append(["cost per 1,000 rows", "; ".join([figure(paid), *known])])
    return rows


def largest(record: Mapping[str, Any], escape: Escape) -> Rows:
    """Return the line of the largest gap between groups. Groups may well be selected unequally often, so that gap is
    told only where no other is known.
    """
    known = [(gap.gap.value, gap) for gap in entries.gaps(record) if gap.gap is not None]
    known = [pair for pair in known if pair[1].metric != "selection_rate"] or known
    if not known:
        return []
    gap = max(known, key=lambda pair: (pair[0], pair[1].function, pair[1].metric))[1]
    ends = f", {escape(gap.least, NAME)} to {escape(gap.most, NAME)}" if gap.least and gap.most else ""
    name = f"largest gap: {metric_name(gap.metric, escape)} by {escape(gap.function, NAME)}"
    return [[name, f"{figure(gap.gap)}{ends}"]]


def most(record: Mapping[str, Any], escape: Escape) -> Rows:
    """Return a line for the perturbation, and one for the counterfactual, that flips most rows or moves them most."""
    rows = []
    for family, words in FAMILIES.items():
        known = [one for one in entries.probed(record, family) if one.rate or one.shift]
        if known:
            one = max(known, key=lambda probe: (entries.size(probe), probe.name))
            words = words if one.rate else words.replace("most flips", "largest shift")
            told = figure(one.rate, rate=True) if one.rate else figure(one.shift)
            rows.append([f"{words}: {escape(one.name, NAME)}", f"{told} of {count(one.n, 'row')}"])
    return rows


def closing(record: Mapping[str, Any], escape: Escape) -> list[str]:
    """Say how a new result does at its gates: all counted, and the first that it fails in a sentence each."""
    counts = tally(record)
    if not counts:
        return []
    failing = entries.failing(record)[:CLOSING]
    return [f"Gates: {counts}", *(f"  FAILS: {sentence(gate, escape)}" for gate in failing)]


def against(found: Mapping[str, Any], escape: Escape) -> str:
    """Say what became better or worse since the parent; ``found``: the ``compared`` part of a record."""
    flagged = [
        f"{escape(name, NAME)} {escape(entries.word(word), NAME)}"
        for name, word in sorted(entries.part(found, "behaviour").items())
    ]
    hidden = len(flagged) - LISTED
    return f"{', '.join(flagged[:LISTED])}{more(hidden)}"

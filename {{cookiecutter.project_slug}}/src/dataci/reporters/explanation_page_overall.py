"""The part of an explanation's page that is about the whole model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dataci.reporters.escape import html
from dataci.reporters.explanation import METHODS, SCALES, number
from dataci.reporters.explanation_overall import used
from dataci.reporters.page.markup import paragraph, section, sentence, table, text

LISTED = 40  # rows of a table


def model(found: Mapping[str, Any]) -> tuple[str, str, str]:
    """The title, the sentence below it, and the sections, of the whole model."""
    what = "what it predicts for each" if found["explained"] is None else text(found["explained"], 40)
    what = "a higher number" if found["scale"] == "number" else what
    lead = (
        f"The model {html(found['tag'])} over {found['rows']:,} of {found['of_rows']:,} test rows, by "
        f"{METHODS[found['method']]}, in {SCALES[found['scale']]}. A weight above 0 speaks for {what}."
    )
    told = paragraph("Drive: the size of its weights, a test row. Mean: its weight where it stands.", "soft")
    body = section("cheap", "Words of train that alone predict the label", shortcuts(found))
    body += section("words", "Words and cells that drive it", told, drivers(found["units"], False))
    if found["pairs"]:
        body += section("pairs", "Pairs of words that drive it", drivers(found["pairs"], True))
    return "What drives the model", lead, body


def drivers(entries: Sequence[Mapping[str, Any]], pairs: bool) -> str:
    """A table of drivers."""
    rows = []
    for one in entries[:LISTED]:
        words = " × ".join(text(part["word"]) or "(the number)" for part in one["parts"])
        column = text(one["parts"][0]["column"])
        known = [f"⚠ {text(it['word'])}{'' if pairs else f': {counts(it)}'}" for it in one["shortcut"]]
        last = counts(one["train"]) if one["train"] else "in no row of train"
        cells = [
            words,
            last if pairs else column,
            f"{one['drive']:.3f}",
            number(one["mean"]),
            f"{one['rows']:,}",
        ]
        rows.append([*cells, "; ".join(known)])
    head = ["pair" if pairs else "word", "in train" if pairs else "column", "drive", "mean", "rows"]
    return table(
        "Pairs of words" if pairs else "Words and cells",
        [*head, "alone predicts the label in train"],
        rows,
        "lwrrrw" if pairs else "llrrrw",
    )


def counts(told: Mapping[str, Any]) -> str:
    """Of how many rows how many have which label."""
    share = f"{told['share']:.0%}; usual: {told['usual']:.0%}"
    return f"{told['hits']:,} of {told['rows']:,} rows are {text(told['label'], 40)} ({share})"


def shortcuts(found: Mapping[str, Any]) -> str:
    """The words of train that alone predict the label, and what the model makes of each."""
    where = sentence(found["looked_at"])
    if not found["shortcuts"]:
        return paragraph(
            f"None in {where}." if where else "Train has too few rows, or no classes, to search it."
        )
    rows = [
        [text(one["word"]), text(one["column"]), counts(one), sentence(used(one))]
        for one in found["shortcuts"][:LISTED]
    ]
    hidden = len(found["shortcuts"]) - LISTED
    more = paragraph(f"… and {hidden:,} more.", "soft") if hidden > 0 else ""
    head = ["word", "column", f"in {where}", "what the model makes of it"]
    return table("Words that alone predict the label", head, rows, "llww") + more

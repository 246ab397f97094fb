"""How results are told of: the message of the commit, the pull request, the summary of the run.

A result was made by a job in which code of the project ran: of its texts only a tag (hex digits) and the name of a
metric (small letters) get into a message as they are; every other one is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dataci.delivery.merging import Merged
from dataci.delivery.records import Handed
from dataci.record import Record
from dataci.reporters.escape import markdown
from dataci.reporters.sentences import describe, metric_name, number, signed

LISTED = 20
VERDICTS = ("better", "worse", "not worse", "unclear", "same")


def message(merged: Merged) -> str:
    """Return the message of a commit: what came, with its figure and what changed; several in the lines below."""
    lines = [f"- {tag}: {outcome(merged.after[tag])}" for tag in merged.written[:LISTED]]
    if len(merged.written) > LISTED:
        lines.append(f"- and {len(merged.written) - LISTED} more")
    return "\n".join([subject(merged), *(["", *lines] if len(merged.written) > 1 else [])]) + "\n"


def subject(merged: Merged) -> str:
    """Return the first line: one new result, or what happened to several."""
    new = [tag for tag in merged.written if tag not in merged.before]
    again = [tag for tag in merged.written if tag in merged.before]
    if len(new) == 1:
        told = f"Result {new[0]}: {outcome(merged.after[new[0]])}"
        return f"{told}; measure {count(len(again), 'other')} again" if again else told
    if new:
        return f"Add {count(len(new), 'result')}" + (
            f", measure {count(len(again), 'other')} again" if again else ""
        )
    if again:
        return f"Measure {count(len(again), 'result')} {why_again(merged, again)}"
    if merged.latest is not None and merged.latest["tag"] != merged.latest_before:
        return f"Result {merged.latest['tag']} is the latest again: {value(merged.latest)}"
    return "Write the leaderboard anew"


def count(many: int, noun: str) -> str:
    """Write a number with its noun."""
    return f"{many} {noun}{'' if many == 1 else 's'}"


def why_again(merged: Merged, tags: Sequence[str]) -> str:
    """Say why results were measured again, as far as all of them tell."""

    def moved(part: str, name: str) -> bool:
        return any(merged.before[tag][part][name] != merged.after[tag][part][name] for tag in tags)

    if moved("test", "id"):
        return "on another test set"
    return "on other model bugs" if moved("test", "bugs") else "again"


def outcome(made: Record) -> str:
    """Write the primary metric, and what changed against the parent: "roc_auc 0.914 (+0.012, better)"."""
    if "not_comparable" in made:
        return "not comparable any more, its old figures are kept"
    found = made["compared"]
    if found.get("verdict") in VERDICTS and isinstance(found.get("difference"), (int, float)):
        return f"{value(made)} ({signed(found['difference'])}, {found['verdict']})"
    return value(made) if made["changed"]["parent"] else f"{value(made)} (first result)"


def value(made: Record) -> str:
    """Write the primary metric of a record; its name was judged when the record was taken in."""
    metric = made["evaluation"]["metric"]
    entry = made["metrics"][metric]
    return f"{metric} {number(entry['value'])}" if "value" in entry else f"{metric} not measured"


def body(merged: Merged) -> str:
    """Return the text of a pull request that brings results."""
    ranked = (
        "results/README.md ranks all of them; the diff of results/latest.json is the change of behaviour."
    )
    return "\n".join(
        [
            "Training after a merge, or measuring again, brought these results. "
            "The branch is protected, or `[delivery] results` of dataci.toml asks for a pull request.",
            "",
            *table([merged.after[tag] for tag in merged.written]),
            "",
            ranked,
            "",
            "This pull request is kept up to date: later results come into it until it is merged.",
        ]
    )


def summary(handed: Handed) -> str:
    """Return what the run shows of results before it brings them anywhere."""
    made = [found for found, _ in handed.results.values()]
    if not made:
        return "### Results\n\nNo result has to change."
    lines = ["### Results", "", *table(made)]
    if len(made) == 1:
        lines += ["", *(f"- {line}" for line in describe(made[0]["changed"], markdown))]
    return "\n".join(lines)


def table(made: Sequence[Record]) -> list[str]:
    """Write a table of results."""
    rows = ["| result | metric | value (95 % interval) | against its parent | training rows | test rows |"]
    rows.append("|---|---|---|---|--:|--:|")
    for one in made[:LISTED]:
        metric = one["evaluation"]["metric"]
        cells = [
            one["tag"],
            metric_name(metric, markdown),
            interval(one["metrics"][metric]),
            against(one),
            str(one["data"]["rows"]),
            str(one["test"]["rows"]),
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return [*rows, *(["", f"… and {len(made) - LISTED} more."] if len(made) > LISTED else [])]


def interval(entry: dict[str, Any]) -> str:
    """Write a figure with its interval, or why there is none."""
    if "value" not in entry:
        return markdown(str(entry.get("reason", "not measured")), 80)
    ends = f" ({number(entry['low'])}–{number(entry['high'])})" if {"low", "high"} <= set(entry) else ""
    return f"{number(entry['value'])}{ends}"


def against(made: Record) -> str:
    """Write the verdict against the parent, or why there is none."""
    if "not_comparable" in made:
        return markdown(str(made["not_comparable"]["reason"]), 200)
    found = made["compared"]
    if found.get("verdict") in VERDICTS and isinstance(found.get("difference"), (int, float)):
        return f"**{found['verdict']}** ({signed(found['difference'])})"
    if not made["changed"]["parent"]:
        return "the first result"
    return markdown(str(found.get("reason", "not compared")), 200)

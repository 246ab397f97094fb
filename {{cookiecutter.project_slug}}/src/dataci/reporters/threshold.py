"""The answer of `dataci threshold`, as text for a terminal and as GitHub Markdown: the sentence for the decision first.

What is said is said of 1,000 rows, in terms of the positive label, with 95 % intervals.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from dataci.reporters.escape import columns, markdown, terminal
from dataci.thresholds.decision import Decision, Line, nearest
from dataci.thresholds.effect import Effect
from dataci.thresholds.rules import COST, F1, FIXED, PRECISION, RECALL

WIDTH = 100
NAME = 48  # columns of the label with its name
INPUT = "input"  # what rows share that have neither a group nor a text; no column's name, so it is not quoted
MARKS = {"chosen": "← chosen", "now": "← today", "both": "← chosen, as today", "": ""}
Escape = Callable[[str, int], str]


def text(found: Decision) -> str:
    """Render the answer for a terminal, at most WIDTH columns."""
    parts = [wrapped(one) for one in head(found, quoted)]
    rows = table(found)
    widths = [max(columns(row[at]) for row in rows) for at in range(len(rows[0]))]
    parts += ["", "Of 1,000 rows (out-of-fold predictions of the training rows):"]
    for row in rows:
        cells = [cell.rjust(width) for cell, width in zip(row[:-1], widths, strict=False)]
        parts.append(f"  {'  '.join(cells)}  {row[-1]}".rstrip())
    parts += ["", *(wrapped(one) for one in tail(found, quoted))]
    return "\n".join(parts) + "\n"


def markdown_text(found: Decision) -> str:
    """Render the answer as GitHub Markdown."""
    first, *rest = head(found, coded)
    rows = table(found)
    lines = [f"| {' | '.join(row)} |" for row in (rows[0], ["--:"] * (len(rows[0]) - 1) + [""], *rows[1:])]
    lines[1] = "|" + "--:|" * (len(rows[0]) - 1) + "---|"
    parts = [f"### {first}", *(f"\n{one}" for one in rest)]
    parts += ["\nOf 1,000 rows (out-of-fold predictions of the training rows):\n", *lines]
    return "\n".join([*parts, *(f"\n{one}" for one in tail(found, coded))]) + "\n"


def quoted(value: str, width: int) -> str:
    """Write a value from data for a terminal."""
    return f'"{terminal(value, width)}"'


def coded(value: str, width: int) -> str:
    """Write a value from data for Markdown."""
    return markdown(value, width)


def wrapped(said: str) -> str:
    """Break a sentence into lines."""
    return textwrap.fill(said, WIDTH, break_long_words=False, break_on_hyphens=False)


def head(found: Decision, escape: Escape) -> Iterator[str]:
    """Yield what the decision is, and what it means."""
    yield title(found)
    told = consequence(found, found.training, escape)
    yield f"On training rows: {told}{quality(found, found.training)}{price(found)}{barely(found)}"
    if found.test is None:
        yield f"The test set could not be looked at: {escape(found.why, 300)}"
    else:
        yield (
            f"Check on the {found.test.rows:,} test rows, by which nothing was chosen: "
            f"{consequence(found, found.test, escape)}"
            f"{quality(found, found.test)}{paid(found, found.test)}{differing(found)}"
        )
    if found.stability is not None:
        yield stable(found)
    called = found.training.figures["called"].get("value")
    if found.rule.kind != FIXED and called in (0.0, 1000.0):
        every = "every" if called else "no"
        yield f"So {every} row is called so, and no score decides anything: the model is not good enough for this rule."


def title(found: Decision) -> str:
    """Say which threshold it is and why."""
    at = f"{found.threshold:g}"
    if not found.met:
        reached = nearest(found)
        value = "none" if reached is None else f"{reached:.3g}"
        return (
            f"No threshold reaches {aim(found)} on these rows. The nearest is {at}, with a {found.rule.kind} of "
            f"{value}"
        )
    return f"Threshold {at}: {reason(found)}"


def reason(found: Decision) -> str:
    """Say what a rule wants."""
    if found.rule.kind == FIXED:
        return "set, not chosen"
    if found.rule.kind == COST:
        first, second = found.costs
        return f"the lowest cost, where a false positive costs {first:g} and a false negative {second:g}"
    if found.rule.kind == F1:
        return "the highest F1"
    other = "recall" if found.rule.kind == PRECISION else "precision"
    return f"the highest {other} with {aim(found)}"


def aim(found: Decision) -> str:
    """Say what a rule with a bound wants at least."""
    return f"a {found.rule.kind} of {found.rule.bound:g} or more"


def consequence(found: Decision, side: Effect, escape: Escape) -> str:
    """Say what the threshold does to 1,000 rows: the sentence for whoever decides."""
    name = escape(f"{found.label} = {found.positive}", NAME)
    return f"at {found.threshold:g}, of 1,000 rows, {mistakes(side, name)}"


def mistakes(side: Effect, name: str) -> str:
    """Say how many of 1,000 rows are called wrongly, and how many are missed; ``name``: the positive label, escaped."""
    wrong, missed = (counted(side.figures[kind]) for kind in ("false_positives", "false_negatives"))
    return f"{wrong} are wrongly called {name}, and {missed} that are {name} are missed."


def quality(found: Decision, side: Effect) -> str:
    """Say precision and recall, and F1 where that is what counts."""
    names = [(name, name) for name in (PRECISION, RECALL)] + ([("f1", "F1")] if found.rule.kind == F1 else [])
    told = [f"{word} of {share(side.figures[name])}" for name, word in names]
    return f" That is a {', a '.join(told)}."


def share(figure: dict[str, Any]) -> str:
    """Write a share with its interval."""
    if "value" not in figure:
        return "unknown value"
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


def barely(found: Decision) -> str:
    """Say where a bound is kept on these rows only, as far as one can tell."""
    if found.rule.kind not in (PRECISION, RECALL) or not found.met:
        return ""
    low = found.training.figures[found.rule.kind].get("low", 0.0)
    if low >= found.rule.bound:
        return ""
    return f" On other rows it may be less than {found.rule.bound:g}: the interval reaches down to {low:.3f}."


def counted(figure: dict[str, Any]) -> str:
    """Write a number of rows of 1,000 with its interval."""
    if "value" not in figure:
        return "unknown"
    return f"{number(figure['value'])} ({number(figure['low'])} to {number(figure['high'])})"


def number(value: float) -> str:
    """Write a number of rows, or a cost: whole from 10 on."""
    shown = f"{value:,.0f}" if abs(value) >= 10 else f"{value:.1f}".removesuffix(".0")
    return "0" if shown == "-0" else shown


def percent(share: float) -> str:
    """Write a share."""
    return f"{100 * share:.1f}".removesuffix(".0") + " %"


def price(found: Decision) -> str:
    """Say what the mistakes cost, what they will cost on new rows, and what they cost at today's threshold."""
    if found.assumed:
        return ""
    told = paid(found, found.training).removesuffix(".")
    value, flattery = found.training.figures["cost"].get("value", 0.0), 0.0
    if found.stability is not None:
        flattery = found.stability.flattery
    if number(value + flattery) != number(value):
        told += (
            f", and on new rows rather {number(value + flattery)}, since the threshold was chosen on these"
        )
    now = next((one for one in found.lines if one.word == "now"), None)
    return f"{told}." if now is None else f"{told}; at today's {found.before:g} it is {number(now.cost)}."


def paid(found: Decision, side: Effect) -> str:
    """Say what the mistakes cost; nothing where nobody said what one costs."""
    return "" if found.assumed else f" They cost {counted(side.figures['cost'])}."


def differing(found: Decision) -> str:
    """Say where the test rows contradict the training rows: by intervals that do not meet."""
    if found.test is None:
        return ""
    words = {"false_positives": "wrong ones", "false_negatives": "missed ones"}
    apart = [
        word
        for name, word in words.items()
        if separate(found.training.figures[name], found.test.figures[name])
    ]
    if not apart:
        return ""
    return (
        f" That is another number of {' and of '.join(apart)} than chance explains: the test rows differ from the "
        "training rows, or the model gains by the rows that its folds lack. Find out before you decide."
    )


def separate(one: dict[str, Any], two: dict[str, Any]) -> bool:
    """Tell whether two intervals have nothing in common."""
    return "value" in one and "value" in two and (one["high"] < two["low"] or two["high"] < one["low"])


def stable(found: Decision) -> str:
    """Say how sure the choice is."""
    one = found.stability
    if one is None or not one.draws:
        return "How sure this choice is cannot be told: the rows are too few to be drawn again."
    again = (
        f"With the rows drawn again {one.draws:,} times, the rule chooses between {one.low:g} and {one.high:g} "
        "(95 % of the draws)."
    )
    if found.met and one.met < 0.95:
        again += f" In {percent(1 - one.met)} of them no threshold does what it wants."
    if found.low < found.high:
        return f"From {found.low:g} to {found.high:g} nothing changes; the middle was taken. {again}"
    return again


def table(found: Decision) -> list[list[str]]:
    """Return the trade-off, the head first."""
    head = ["threshold", "called so", "wrong", "missed", "precision", "recall", "cost", ""]
    return [head, *(row(one) for one in found.lines)]


def row(one: Line) -> list[str]:
    """Return a line of the table."""
    counts = [number(value) for value in (one.called, one.false_positives, one.false_negatives)]
    precise = "–" if one.precision is None else f"{one.precision:.3f}"
    return [f"{one.threshold:g}", *counts, precise, f"{one.recall:.3f}", number(one.cost), MARKS[one.word]]


def tail(found: Decision, escape: Escape) -> Iterator[str]:
    """Yield what must be known to read the table."""
    name = escape(f"{found.label} = {found.positive}", NAME)
    share = f"{percent(found.training.base)} of the {found.training.rows:,} training rows"
    test = f", {percent(found.test.base)} of the test rows" if found.test is not None else ""
    if found.prevalence is None:
        yield (
            f"{share}{test} are {name}. Where you use the model the share may be another: say it with --prevalence, "
            "since the number of wrong and of missed ones depends on it."
        )
    else:
        yield f"Counted as if {found.prevalence:.3g} of all rows were {name}; of the data, {share}{test} are."
    if found.assumed:
        yield (
            "cost: each mistake counts 1, since nobody said what mistakes cost (--false-positive-cost and "
            "--false-negative-cost)."
        )
    else:
        yield f"cost: {found.costs[0]:g} for each wrong one, {found.costs[1]:g} for each missed one."
    flattered = "; those of training rows are a little too good, since the threshold was chosen on them"
    shared = found.by if found.by == INPUT else escape(found.by, NAME)
    yield (
        f"Each training row was predicted by a model that did not learn from it: {found.folds} folds, and rows with "
        f"the same {shared} in one of them. The figures in brackets are 95 % "
        f"intervals{'' if found.rule.kind == FIXED else flattered}."
    )


def spots(points: Sequence[tuple[float, float]]) -> Iterator[str]:
    """Write points in tenths of a pixel; those that lie on the one before, or straight between two, are left out."""
    rounded = list(dict.fromkeys((round(x, 1) + 0.0, round(y, 1) + 0.0) for x, y in points))
    for at, (x, y) in enumerate(rounded):
        if 0 < at < len(rounded) - 1:
            (x1, y1), (x2, y2) = rounded[at - 1], rounded[at + 1]
            if (x1 == x == x2 and (y1 - y) * (y - y2) >= 0) or (y1 == y == y2 and (x1 - x) * (x - x2) >= 0):
                continue
        yield f"{x:g},{y:g}"

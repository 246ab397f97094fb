"""What a comparison says in words, for whoever decides: the verdict, what it rests on, what changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from dataci.comparison import LOWER_IS_BETTER, Comparison, Flips, Side, Verdict

VALUE = 60  # columns of a value from data
LIBRARIES = 5  # of the environment that differ; the rest is counted
NAMES = {
    "roc_auc": "ROC AUC",
    "average_precision": "average precision",
    "f1": "F1",
    "macro_f1": "macro F1",
    "log_loss": "log loss",
    "brier": "Brier score",
    "rmse": "RMSE",
    "mae": "mean absolute error",
    "r2": "R²",
    "false_positive_rate": "false positive rate",
    "selection_rate": "selection rate",
}
HEADLINES = {
    "better": "B is better than A",
    "worse": "B is worse than A",
    "not worse": "B is not worse than A",
    "unclear": "It is unclear whether B is better than A",
    "same": "B predicts exactly what A predicts",
    "none": "No verdict on B against A",
}
METHODS = {  # of dataci.paired, in plain words
    "DeLong": "DeLong's test of two ROC curves on the same rows",
    "exact McNemar": "McNemar's exact test of the rows that flipped",
    "paired t": "a t-test of what each row contributes to the difference",
    "paired bootstrap": "the same rows drawn again many times for both",
}
# Nothing that a terminal, Markdown or HTML acts upon, and nothing that GitHub takes for a commit or an issue ("GH-1").
PLAIN = re.compile(r"(?!.*(?:[0-9a-f]{9}|GH-))[A-Za-z0-9 ,;'-]{0,400}", re.IGNORECASE)
METRIC = re.compile(r"(?![0-9a-f]{7})[a-z][a-z0-9_]{0,39}")
Escape = Callable[[str, int], str]


def metric_name(name: str, escape: Escape) -> str:
    """Write the name of a metric."""
    return NAMES.get(name) or (name if METRIC.fullmatch(name) else escape(name, 30))


def headline(found: Comparison) -> str:
    """Say in a few words whether B is better than A."""
    said = found.verdict
    if said.word == "not worse":
        return f"{HEADLINES[said.word]} by more than {margin(said)}"
    return HEADLINES[said.word]


def verdict(found: Comparison, escape: Escape) -> str:
    """Say in two or three plain sentences whether B is better than A, and by what."""
    return f"{headline(found)}{' ' if found.verdict.word == 'same' else ': '}{grounds(found, escape)}"


def grounds(found: Comparison, escape: Escape) -> str:
    """Say what follows the headline: by how much, on what, what is in doubt, and how many rows flipped."""
    said = found.verdict
    if said.word == "none":
        return f"{escape(said.reason.rstrip('.'), 400)}."
    told = f"{on_rows(said)}." if said.word == "same" else f"{movement(said, escape)} {on_rows(said)}."
    return " ".join(sentence for sentence in (told, doubt(said), moved(found)) if sentence)


def movement(said: Verdict, escape: Escape) -> str:
    """Say how the metric moved: "ROC AUC rises by 0.031 (95 % interval 0.012 to 0.050)"."""
    name = metric_name(said.metric, escape)
    if said.difference is None:
        return name
    if said.low is None or said.high is None:
        return f"{name} changes by {signed(said.difference)}, and {said.reason or 'there is no interval'},"
    less = "; less is better" if said.metric in LOWER_IS_BETTER else ""
    if not said.significant:
        span = f"95 % interval {signed(said.low)} to {signed(said.high)}{less}"
        return f"{name} changes by {signed(said.difference)} ({span})"
    rises = said.difference > 0
    low, high = (said.low, said.high) if rises else (-said.high, -said.low)
    span = f"95 % interval {number(low)} to {number(high)}{less}"
    return f"{name} {'rises' if rises else 'falls'} by {number(abs(said.difference))} ({span})"


def on_rows(said: Verdict) -> str:
    """Say on what it was measured."""
    return f"on the same {count(said.rows or 0, 'test row')}"


def doubt(said: Verdict) -> str:
    """Say what the figures do not tell."""
    if said.word == "not worse":
        if said.significant:
            return f"That is a real loss, within the margin of {margin(said)} that [evaluation] allows."
        return "Whether it is better is unclear."
    if said.word != "unclear" or said.low is None or said.high is None or said.p is None:
        return ""
    parts = []
    if (said.low > 0 or said.high < 0) != (said.p < 0.05):
        parts.append(
            f"The interval and the p-value (p {chance(said.p)}) do not agree, so nothing is claimed."
        )
    if said.resolution:
        least = f"a difference below about {number(said.resolution)} cannot be told from chance."
        parts.append(f"With {count(said.rows or 0, 'row')} {least}")
    return " ".join(parts)


def moved(found: Comparison) -> str:
    """Say how many rows flipped: "14 rows are now right that were wrong, 3 are newly wrong."."""
    fixed, broken = found.fixed.n, found.broken.n
    if not fixed and not broken:
        return "" if found.verdict.word == "same" else "No row flipped between right and wrong."
    if is_regression(found):
        return f"The error is smaller on {count(fixed, 'row')} and larger on {broken:,}."
    was = "was" if fixed == 1 else "were"
    right = f"{count(fixed, 'row')} {be(fixed)} now right that {was} wrong"
    return f"{right}, {broken:,} {be(broken)} newly wrong."


def is_regression(found: Comparison) -> bool:
    """Tell whether the candidates predict numbers."""
    return bool(found.b.record["train"]["task"] == "regression")


def be(number: int) -> str:
    """Return the verb for a number of things."""
    return "is" if number == 1 else "are"


def basis(said: Verdict, escape: Escape) -> str:
    """Say in one line what the verdict rests on; "" without a verdict."""
    if said.word in ("none", "same"):
        return ""
    rows = count(said.rows or 0, "row")
    method = METHODS.get(said.method.partition(",")[0], escape(said.method, 80))
    rest = f"{rows}, each on its own"
    if said.clusters is not None:
        rest = f"{rows} in {count(said.clusters, 'cluster')} (rows of one group, or with a text that recurs)"
    return f"Statistics: {method}; {rest}; p {chance(said.p)}."


def again(side: Side, letter: str, escape: Escape) -> str:
    """Say that a result was measured again for the comparison, with the figure there and here; "" when it was not."""
    if side.recorded is None:
        return ""
    old, new = side.recorded, side.record
    metric = new["evaluation"]["metric"]
    there, here = (record["metrics"].get(metric, {}).get("value") for record in (old, new))
    figures = (
        f": {metric_name(metric, escape)} {number(there)} there, {number(here)} here"
        if here is not None
        else ""
    )
    if old["test"]["id"] != new["test"]["id"]:
        name = reason(str(old["test"]["id"])[:8], escape)
        place = f"another test set ({name}, {count(old['test']['rows'], 'row')})"
        return f"{letter} was measured on {place}; it was evaluated again on today's for this comparison{figures}."
    what = (
        "other settings of [evaluation]"
        if old["evaluation"] != new["evaluation"]
        else "other bugs, slices or groups"
    )
    if old["evaluation"] == new["evaluation"] and old["test"] == new["test"]:
        return f"The predictions of {letter} were lost; it was evaluated again for this comparison."
    return f"{letter} was measured with {what}; it was evaluated again with today's for this comparison."


def changed(found: Comparison, escape: Escape) -> list[str]:
    """Say what differs in data, code, settings and environment, a line each."""
    lines = describe(found.changed, escape) or ["Nothing that makes the model differs."]
    for part in ("data", "code"):
        for subject in found.changed.get(part, {}).get("commits", ()):
            lines.append(f"commit ({part}): {escape(str(subject), VALUE)}")
    return lines


def describe(change: dict[str, Any], escape: Escape) -> list[str]:
    """Say what a ``changed`` part of a record holds, without commits."""
    lines = []
    if "data" in change:
        lines.append(f"data: {rows_changed(change['data'], escape)}")
    if "code" in change:
        files = [escape(str(path), VALUE) for path in change["code"].get("files", ())]
        lines.append(f"code: {', '.join(files)}")
    for part, word in (("train", "setting"), ("environment", "environment")):
        entries = list(change.get(part, {}).items())
        shown = entries if part == "train" else entries[:LIBRARIES]
        for name, values in shown:
            before, after = (escape(setting(values.get(end)), VALUE) for end in ("from", "to"))
            lines.append(f"{word}: {escape(str(name), VALUE)} {before} → {after}")
        if len(entries) > len(shown):
            lines.append(f"{word}: … and {len(entries) - len(shown)} other versions")
    return lines


def rows_changed(data: dict[str, Any], escape: Escape) -> str:
    """Say how many training rows were added, removed, relabelled. A record may hold anything in place of a number."""

    def told(key: str) -> str:
        return str(data[key]) if isinstance(data[key], int) else escape(str(data[key]), VALUE)

    if "rows_before" in data:
        return f"{told('rows_before')} → {told('rows_after')} training rows"
    if "reason" in data:
        return f"changed; {reason(str(data['reason']), escape)}"
    words = {
        "rows_added": "added",
        "rows_removed": "removed",
        "relabelled": "relabelled",
        "changed": "changed",
    }
    counts = [f"{told(key)} {word}" for key, word in words.items() if data.get(key)]
    return (
        f"{', '.join(counts)} of the training rows" if counts else "no row changed, only their order or form"
    )


def reason(said: str, escape: Escape) -> str:
    """Write one of our own reasons as it is; whatever else stands in its place is a value."""
    return said if PLAIN.fullmatch(said) else escape(said, 400)


def setting(value: Any) -> str:
    """Write a setting."""
    return "(none)" if value is None else str(value)


def more(flips: Flips, limit: int) -> str:
    """Say how many rows are not listed; "" when none."""
    hidden = flips.n - min(limit, len(flips.rows))
    if not hidden:
        return ""
    listed = "them" if len(flips.rows) == flips.n else f"the first {len(flips.rows):,}"
    return f"… and {hidden:,} more (--format json lists {listed})"


def count(number: int, noun: str) -> str:
    """Write a number with its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def margin(said: Verdict) -> str:
    """Write the margin as it was configured."""
    return f"{said.margin:g}"


def chance(p: float | None) -> str:
    """Write a p-value."""
    return "-" if p is None else "< 0.001" if p < 0.001 else f"= {p:.3f}"


def number(value: float | None) -> str:
    """Write a number: three decimals, fewer of large ones, two digits of tiny ones; never an exponent."""
    if value is None:
        return "-"
    size = abs(value)
    if size >= 10:
        return f"{float(f'{value:.4g}'):,.2f}".rstrip("0").rstrip(".")
    if size >= 0.00095 or size < 1e-9:
        return f"{value:.3f}".replace("-0.000", "0.000")
    return f"{float(f'{value:.2g}'):.10f}".rstrip("0")


def signed(value: float | None) -> str:
    """Write a difference with its sign."""
    if value is None:
        return "-"
    text = number(abs(value))
    return f"{'-' if value < 0 and text != '0.000' else '+'}{text}"

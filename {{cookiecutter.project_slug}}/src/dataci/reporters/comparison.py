"""A comparison of two results, as text for a terminal and as GitHub Markdown."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from dataci.comparison import Comparison, Flip
from dataci.reporters.escape import columns, markdown, terminal

LISTED = 10  # flipped rows of a kind
VALUE = 60  # columns of a value from data
NAMES = {
    "roc_auc": "ROC AUC",
    "average_precision": "average precision",
    "f1": "F1",
    "macro_f1": "macro F1",
    "log_loss": "log loss",
    "brier": "Brier score",
}
Escape = Callable[[str, int], str]


def text(found: Comparison, limit: int = LISTED) -> str:
    """Render a comparison for a terminal, at most 80 columns where values allow."""
    parts = [
        wrapped(verdict(found, terminal)),
        *paragraph(changed(found, terminal)),
        *table_text(metric_rows(found, terminal)),
    ]
    for title, rows in tables(found, terminal):
        parts += [f"\n{title}", *table_text(rows)]
    for title, flips in (("Fixed", found.fixed), ("Newly broken", found.broken)):
        if flips:
            parts.append(f"\n{title}: {len(flips)}")
            parts += [f"  {line}" for flip in flips[:limit] for line in flip_lines(flip, terminal)]
            parts += more(len(flips), limit)
    return "\n".join([*parts, *(f"\n{wrapped(f'Note: {terminal(note)}')}" for note in found.notes)]) + "\n"


def wrapped(sentence: str) -> str:
    """Break a sentence into lines of at most 80 columns."""
    return textwrap.fill(sentence, 80, break_long_words=False, break_on_hyphens=False)


def markdown_text(found: Comparison, limit: int = LISTED) -> str:
    """Render a comparison as GitHub Markdown."""
    parts = [f"### {verdict(found, markdown)}", "", *(f"- {line}" for line in changed(found, markdown)), ""]
    parts += table_markdown(metric_rows(found, markdown))
    for title, rows in tables(found, markdown):
        parts += ["", f"**{title}**", "", *table_markdown(rows)]
    for title, flips in (("Fixed", found.fixed), ("Newly broken", found.broken)):
        if flips:
            parts += ["", f"**{title}: {len(flips)}**", ""]
            parts += [f"- {'<br>'.join(flip_lines(flip, markdown))}" for flip in flips[:limit]]
            parts += more(len(flips), limit)
    return "\n".join([*parts, *(f"\n> {markdown(note)}" for note in found.notes)]) + "\n"


def verdict(found: Comparison, escape: Escape) -> str:
    """Say in one sentence whether B is better than A."""
    a, b, said = escape(found.a.name, VALUE), escape(found.b.name, VALUE), found.verdict
    name = NAMES.get(said.metric, said.metric)
    if said.word == "none":
        return f"No verdict on {b} against {a}: {escape(said.reason, 300)}."
    if said.word == "same":
        return f"{b} predicts exactly what {a} predicts."
    spread = f"{name} {signed(said.difference)}, 95 % interval {signed(said.low)} to {signed(said.high)}"
    if said.word == "unclear":
        return f"It is unclear whether {b} is better than {a}: {spread} includes no difference."
    return f"{b} is {said.word} than {a}: {spread}."


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
        lines.append(f"data: {rows_changed(change['data'])}")
    if "code" in change:
        lines.append(
            f"code: {', '.join(escape(str(path), VALUE) for path in change['code'].get('files', ()))}"
        )
    for part in ("train", "environment"):
        for name, values in change.get(part, {}).items():
            before, after = (escape(shown(values.get(end)), VALUE) for end in ("from", "to"))
            lines.append(
                f"{'setting' if part == 'train' else part}: {escape(str(name), VALUE)} {before} → {after}"
            )
    return lines


def rows_changed(data: dict[str, Any]) -> str:
    """Say how many training rows were added, removed, relabelled."""
    if "rows_before" in data:
        return f"{data['rows_before']} → {data['rows_after']} training rows"
    if "reason" in data:
        return f"changed; {data['reason']}"
    words = {
        "rows_added": "added",
        "rows_removed": "removed",
        "relabelled": "relabelled",
        "changed": "changed",
    }
    counts = [f"{data[key]} {word}" for key, word in words.items() if data.get(key)]
    return (
        f"{', '.join(counts)} of the training rows" if counts else "no row changed, only their order or form"
    )


def shown(value: Any) -> str:
    """Write a setting."""
    return "(none)" if value is None else str(value)


def metric_rows(found: Comparison, escape: Escape) -> list[list[str]]:
    """Return the table of metrics: the primary one first."""
    one, two = found.a.record["metrics"], found.b.record["metrics"]
    names = sorted({*one, *two}, key=lambda name: (name != found.verdict.metric, name))
    head = ["metric", "A", "B", "difference" if found.same_test else "(other test set)"]
    rows = []
    for name in names:
        a, b = one.get(name), two.get(name)
        title = NAMES.get(name) or escape(name, 30)
        rows.append([title, figure(a, escape), figure(b, escape), gap(found, a, b)])
    return [head, *rows]


def tables(found: Comparison, escape: Escape) -> Iterable[tuple[str, list[list[str]]]]:
    """Yield the tables of bugs, classes and confusion; a class's row only where something differs."""
    one, two = found.a.record, found.b.record
    if two["bugs"] or one["bugs"]:
        names = sorted({*one["bugs"], *two["bugs"]})
        rows = [
            [escape(n, 30), wrong(one["bugs"].get(n)), wrong(two["bugs"].get(n)), bug_flips(found, n)]
            for n in names
        ]
        yield "Model bugs (patterns that are wrong)", [["bug", "A", "B", "fixed / broken"], *rows]
    if found.same_test:
        pairs = {
            name: (one["per_class"].get(name), two["per_class"].get(name))
            for name in sorted(two["per_class"])
        }
        rows = [[escape(n, 30), *classes(a), *classes(b)] for n, (a, b) in pairs.items() if a != b]
        if rows:
            yield "Per class", [["class", "precision A", "recall A", "precision B", "recall B"], *rows]
        cells = sorted({(r, g) for side in (one, two) for r, row in side["confusion"].items() for g in row})
        counts = [(r, g, *(side["confusion"].get(r, {}).get(g, 0) for side in (one, two))) for r, g in cells]
        rows = [[escape(r, 24), escape(g, 24), str(a), str(b)] for r, g, a, b in counts if a != b]
        if rows:
            yield "Confusion, where it differs", [["right", "predicted", "A", "B"], *rows]


def classes(entry: dict[str, Any] | None) -> list[str]:
    """Write precision and recall of a class."""
    return [number((entry or {}).get(name)) for name in ("precision", "recall")]


def wrong(entry: dict[str, Any] | None) -> str:
    """Write how many patterns of a bug are wrong."""
    if entry is None or "errors" not in entry:
        return "-"
    return f"{entry['errors']} of {entry['n']}"


def bug_flips(found: Comparison, bug: str) -> str:
    """Write how many patterns of a bug were fixed and broken; a dash when its patterns changed."""
    one, two = found.a.record["bugs"].get(bug), found.b.record["bugs"].get(bug)
    if not one or not two or one["tree"] != two["tree"]:
        return "other patterns" if one and two else "-"
    return " / ".join(
        str(sum(flip.split == f"bugs/{bug}" for flip in flips)) for flips in (found.fixed, found.broken)
    )


def flip_lines(flip: Flip, escape: Escape) -> list[str]:
    """Write a row that flipped: its place and labels, then its texts."""
    where = "" if flip.split == "test" else f" ({escape(flip.split, 30)})"
    right, before, after = (escape(value, 24) for value in (flip.label, flip.before, flip.after))
    lines = [f"{escape(flip.id, 30)}{where}: predicted {before} → {after}, right is {right}"]
    return lines + [f"  {escape(name, 20)}: {escape(value, VALUE)}" for name, value in flip.text]


def more(total: int, limit: int) -> list[str]:
    """Say how many rows are not listed."""
    return [f"  … and {total - limit} more (--format json lists all)"] if total > limit else []


def figure(entry: dict[str, Any] | None, escape: Escape) -> str:
    """Write a metric with its interval, or why there is none."""
    if entry is None:
        return "-"
    if "value" not in entry:
        return f"none: {escape(str(entry.get('reason', '')), VALUE)}"
    return f"{number(entry['value'])} ({number(entry.get('low'))}–{number(entry.get('high'))})"


def gap(found: Comparison, one: dict[str, Any] | None, two: dict[str, Any] | None) -> str:
    """Write B - A; nothing where the test sets differ."""
    if not found.same_test or not one or not two or "value" not in one or "value" not in two:
        return ""
    return signed(two["value"] - one["value"])


def number(value: float | None) -> str:
    """Write a number with three decimals."""
    return "-" if value is None else f"{value:.3f}"


def signed(value: float | None) -> str:
    """Write a difference with its sign."""
    return "-" if value is None else f"{value:+.3f}".replace("-0.000", "+0.000")


def paragraph(lines: Sequence[str]) -> list[str]:
    """Indent lines and set them off."""
    return ["", *(f"  {line}" for line in lines), ""]


def table_text(rows: Sequence[Sequence[str]]) -> list[str]:
    """Align a table; cells are escaped already."""
    widths = [max(columns(row[at]) for row in rows) for at in range(len(rows[0]))]
    return [
        "  " + "  ".join(c + " " * (w - columns(c)) for c, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def table_markdown(rows: Sequence[Sequence[str]]) -> list[str]:
    """Write a Markdown table; cells are escaped already."""
    head, *body = [f"| {' | '.join(row)} |" for row in rows]
    return [head, "|" + "---|" * len(rows[0]), *body]


def result(record: dict[str, Any]) -> str:
    """Render a new result for a terminal: what it was trained on, its metrics, its bugs, and the verdict."""
    counts = f"{record['data']['rows']} training rows, {record['test']['rows']} test rows"
    metric = record["evaluation"]["metric"]
    names = sorted(record["metrics"], key=lambda name: (name != metric, name))
    rows = [[NAMES.get(n) or terminal(n, 30), figure(record["metrics"][n], terminal)] for n in names]
    rows += [
        [f"bug {terminal(name, 30)}", f"{wrong(entry)} patterns wrong"]
        for name, entry in record["bugs"].items()
    ]
    parts = [f"{record['tag']}: {counts}", *table_text(rows)]
    compared = record["compared"]
    if compared:
        why = f" ({terminal(str(compared['reason']), 200)})" if "reason" in compared else ""
        flips = (
            f", {compared['fixed']['n']} fixed, {compared['broken']['n']} newly broken"
            if "fixed" in compared
            else ""
        )
        word = "no verdict" if compared["verdict"] == "none" else terminal(compared["verdict"])
        parts.append(f"Against {terminal(compared['with'])}: {word}{why}{flips}")
    parts += [f"  {line}" for line in describe(record["changed"], terminal)]
    if record["uncommitted"]:
        parts.append(
            "Built from changes that are not committed; commit them and train again for a result to keep."
        )
    return "\n".join(parts)

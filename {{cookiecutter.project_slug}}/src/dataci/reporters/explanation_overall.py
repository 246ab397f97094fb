"""What drives a model over many rows, for a terminal and as Markdown, beside the shortcuts of the data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dataci.reporters.escape import markdown, terminal
from dataci.reporters.explanation import CELL, METHODS, SCALES, Found, notes, number, paint
from dataci.reporters.text import wrap

TOP = 15  # drivers of each kind
NOT_LOOKED = (
    "Train was not searched for words that alone predict the label: it has too few rows, or no classes."
)

Escape = Callable[[str, int], str]


def text(found: Found, width: int = 80, color: bool = False) -> str:
    """The explanation in lines of ``width`` columns (60 at least)."""
    return "\n".join(model_lines(found, max(width, 60), color)) + "\n"


def model_lines(found: Found, width: int, color: bool) -> list[str]:
    """Lines about the whole model."""
    lines = [*wrap(about(found, terminal), width), "", "words and cells that drive it"]
    lines += table_lines(found["units"][:TOP], found, width, color)
    if found["pairs"]:
        lines += ["", "pairs of words that drive it"]
        lines += table_lines(found["pairs"][:TOP], found, width, color)
    lines += ["", *shortcut_lines(found, width, color)]
    lines += [line for note in notes(found) for line in wrap(f"note: {terminal(note)}", width, "      ")]
    return lines


def about(found: Found, escape: Escape) -> str:
    """What was looked at."""
    every = f"{found['rows']:,} of {found['of_rows']:,}"
    rows = every if found["rows"] < found["of_rows"] else f"all {found['rows']:,}"
    what = "what it predicts for each" if found["explained"] is None else escape(found["explained"], 40)
    what = "a higher number" if found["scale"] == "number" else what
    return (
        f"The model {escape(found['tag'], 40)} over {rows} test rows, by {METHODS[found['method']]}, in "
        f"{SCALES[found['scale']]}. A weight above 0 speaks for {what}. Drive: the size of its weights, a test row; "
        "mean: its weight where it stands."
    )


def table_lines(entries: Sequence[Mapping[str, Any]], found: Found, width: int, color: bool) -> list[str]:
    """A table of drivers."""
    lines = [f"  {'drive':>6}  {'mean':>7}  {'rows':>5}  "]
    for one in entries:
        head = f"  {one['drive']:>6.3f}  {number(one['mean']):>7}  {one['rows']:>5,}  "
        told = f"{parts(one, terminal)}{warning(one, terminal)}{train(one, terminal)}"
        body = wrap(told, width - len(head))
        lines.append(paint(color, head, one["mean"]) + body[0])
        lines += [" " * len(head) + line for line in body[1:]]
    return [lines[0].rstrip(), *lines[1:]]


def parts(one: Mapping[str, Any], escape: Escape) -> str:
    """The word and its column, or both of a pair."""
    if len(one["parts"]) == 2:
        return " × ".join(escape(part["word"], CELL) for part in one["parts"])
    part = one["parts"][0]
    word, column = escape(part["word"], CELL), escape(part["column"], CELL)
    return f"{word} ({column})" if word else f"({column})"


def warning(one: Mapping[str, Any], escape: Escape) -> str:
    """That a word alone predicts the label in train."""
    if not one["shortcut"]:
        return ""
    if len(one["parts"]) == 2:  # the words stand in the other table with their counts
        words = [f"{escape(it['word'], CELL)} ({escape(it['column'], CELL)})" for it in one["shortcut"]]
        return f"  SHORTCUT: {', '.join(words)}"
    told = "; ".join(counts(cheap, escape) for cheap in one["shortcut"])
    return f"  SHORTCUT: alone predicts the label in train: {told}"


def counts(told: Mapping[str, Any], escape: Escape) -> str:
    """Of how many rows how many have which label."""
    return (
        f"{told['hits']} of {told['rows']} rows are {escape(told['label'], CELL)} ({told['share']:.0%}; usual: "
        f"{told['usual']:.0%})"
    )


def train(one: Mapping[str, Any], escape: Escape) -> str:
    """What train says of a pair."""
    told = one["train"]
    if len(one["parts"]) < 2:
        return ""
    if told is None:
        return "  in no row of train"
    return f"  in train {told['hits']} of {told['rows']} are {escape(told['label'], CELL)}"


def shortcut_lines(found: Found, width: int, color: bool) -> list[str]:
    """The words of train that alone predict the label, and what the model makes of each."""
    where = terminal(found["looked_at"], 200)
    if not found["shortcuts"]:
        told = f"No word alone predicts the label in {where}." if where else NOT_LOOKED
        return wrap(told, width)
    lines = [f"words that alone predict the label in {where}"]
    for one in found["shortcuts"][:TOP]:
        told = f"{terminal(one['word'], CELL)} ({terminal(one['column'], CELL)}): {counts(one, terminal)}; {used(one)}"
        first, *others = wrap(told, width - 2)
        lines += [f"  {first}", *(f"    {line}" for line in others)]
    hidden = len(found["shortcuts"]) - TOP
    return [*lines, f"  … and {hidden} more"] if hidden > 0 else lines


def used(one: Mapping[str, Any]) -> str:
    """What the model makes of a shortcut."""
    if one["used"] is None:
        return "no test row that was looked at has it"
    told = one["used"]
    rows = "row" if told["rows"] == 1 else "rows"
    return f"the model gives it {number(told['mean'])} in {told['rows']} {rows}, rank {told['rank']}"


def markdown_text(found: Found) -> str:
    """The explanation as Markdown for GitHub."""
    lines = ["### What drives the model", "", about(found, markdown), ""]
    lines += table_markdown("word or cell", found["units"][:TOP], "")
    lines += table_markdown("pair of words", found["pairs"][:TOP], " in train |") if found["pairs"] else []
    where = markdown(found["looked_at"], 200)
    if found["shortcuts"]:
        lines += [f"**Words that alone predict the label**, in {where}:", ""]
        lines += [f"- {shortcut(one)}" for one in found["shortcuts"][:TOP]]
        lines += [f"- … and {len(found['shortcuts']) - TOP} more"] if len(found["shortcuts"]) > TOP else []
    else:
        lines += [f"No word alone predicts the label in {where}." if where else NOT_LOOKED]
    lines += [f"\n> {markdown(note)}" for note in notes(found)]
    return "\n".join(lines).rstrip("\n") + "\n"


def table_markdown(name: str, entries: Sequence[Mapping[str, Any]], more: str) -> list[str]:
    """A table of drivers."""
    lines = [f"| drive | mean | rows | {name} | alone predicts the label in train |{more}"]
    lines.append("| ---: | ---: | ---: | :--- | :--- |" + (" :--- |" if more else ""))
    for one in entries:
        cheap = "; ".join(f"⚠ {markdown(it['word'], CELL)}: {counts(it, markdown)}" for it in one["shortcut"])
        line = f"| {one['drive']:.3f} | {number(one['mean'])} | {one['rows']:,} | {parts(one, markdown)} | {cheap} |"
        lines.append(f"{line} {train(one, markdown).strip()} |" if more else line)
    return [*lines, ""]


def shortcut(one: Mapping[str, Any]) -> str:
    """A word of train that alone predicts the label, in Markdown."""
    return f"{markdown(one['word'], CELL)} ({markdown(one['column'], CELL)}): {counts(one, markdown)}; {used(one)}"

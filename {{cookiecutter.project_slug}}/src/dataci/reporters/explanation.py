"""The explanation of one row, for a terminal and as Markdown.

What is explained is a plain dict, as ``dataci.explaining`` makes it and `dataci explain --format json` prints it.
Weights have a sign and a number wherever they have a colour: blue speaks for the label that is explained, orange
against it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dataci.reporters.escape import columns, cut, markdown, terminal
from dataci.reporters.text import wrap

Found = Mapping[str, Any]

SHOWN = 12  # words of each kind
MARKED = 0.12  # of the largest weight: from here on a word is marked in its text
LONGEST = 4000  # characters of a text that are shown
CELL = 24
CONTRARY = " (contrary evidence)"
BLUE, ORANGE = "38;5;33", "38;5;208"  # apart for all kinds of colour blindness, on black and on white
METHODS = {
    "exact": "the linear model's own terms",
    "local": "a linear surrogate around the row",
    "gradients": "integrated gradients",
}
SCALES = {
    "log-odds": "log-odds",
    "log-share": "logarithms of the probability, above the mean of all classes",
    "number": "units of the label",
}


def text(found: Found, width: int = 80, color: bool = False) -> str:
    """The explanation in lines of ``width`` columns (60 at least)."""
    width = max(width, 60)
    return "\n".join(row_lines(found, width, color)) + "\n"


def paint(color: bool, shown: str, weight: float) -> str:
    """An escaped text in the colour of a weight's sign."""
    if not color or not shown or not weight:
        return shown
    return f"\x1b[{BLUE if weight > 0 else ORANGE}m{shown}\x1b[0m"


def number(value: float) -> str:
    """A weight with its sign; one significant digit where two decimals say nothing."""
    shown = f"{value:+.2f}"
    return shown if float(shown) or not value else f"{value:+.1g}"


# ---- one row


def row_lines(found: Found, width: int, color: bool) -> list[str]:
    """Lines about one row."""
    terms = found["terms"]
    lines = [*wrap(headline(found), width), ""]
    for name, cell in found["row"]["cells"].items():
        mine = [one for one in terms if one["column"] == name]
        lines += cell_lines(name, cell, mine, largest(terms), width, color)
    lines += [
        "",
        *evidence_lines(found, width, color),
        *meeting_lines(found, width, color),
        "",
        *sum_lines(found),
        *wrap(f"by {METHODS[found['method']]}{fidelity(found)}; seed {found['seed']}", width, "  "),
    ]
    lines += [line for note in notes(found) for line in wrap(f"note: {terminal(note)}", width, "      ")]
    return lines


def headline(found: Found) -> str:
    """Which row it is, and what the model says of it. Escaped."""
    row = found["row"]
    name = "What was typed in" if row["id"] is None else terminal(row["id"], 60)
    where = f" in data/{terminal(row['split'], 60)}" if row["split"] else ""
    says = f"the model {terminal(found['tag'])} says {terminal(found['predicted'], 40)}"
    if found["probability"] is not None:
        limit = f", {found['threshold']:g} is needed" if found["threshold"] is not None else ""
        says += f" (probability of {terminal(found['explained'], 40)}: {found['probability']:.3f}{limit})"
    right = f"; its label is {terminal(row['label'], 40)}" if row["label"] is not None else ""
    return f"{name}{where}: {says}{right}."


def largest(terms: Sequence[Mapping[str, Any]]) -> float:
    """The largest size of a weight."""
    return max((abs(one["weight"]) for one in terms), default=0.0)


def cell_lines(
    name: str, cell: str | None, terms: Sequence[Mapping[str, Any]], top: float, width: int, color: bool
) -> list[str]:
    """A column's name, and its cell with the weights of its strongest words behind them."""
    plain, marks = marked(cell or "", terms, top)
    lines = [terminal(name, width), *(f"  {line}" for line in wrap(plain or "(empty)", width - 2))]
    return [line if at == 0 else colored(line, marks, color) for at, line in enumerate(lines)]


def marked(cell: str, terms: Sequence[Mapping[str, Any]], top: float) -> tuple[str, list[tuple[str, float]]]:
    """A cell with weights in brackets, escaped as a whole, and these marks in their order."""
    pieces, at, marks = [], 0, []
    for one in terms:
        if abs(one["weight"]) < MARKED * top or not one["weight"]:
            continue
        end = one["end"] if one["kind"] == "word" else len(cell)
        mark = f"[{number(one['weight'])}]"
        pieces += [cell[at:end], mark]
        marks.append(
            (f"{terminal(cell[one['start'] : end] if one['kind'] == 'word' else cell)}{mark}", one["weight"])
        )
        at = end
    return terminal("".join([*pieces, cell[at:]])[:LONGEST]), marks


def colored(line: str, marks: list[tuple[str, float]], color: bool) -> str:
    """A line with its marks in colour; ``marks`` are used up in their order, those that were cut in two are not."""
    if not color:
        return line
    done, rest = "", line
    while marks:
        before, mark, after = rest.partition(marks[0][0])
        if not mark:
            later = next((at for at, one in enumerate(marks[1:3], start=1) if one[0] in rest), None)
            if later is None:
                break
            del marks[:later]
            continue
        done, rest = done + before + paint(color, mark, marks.pop(0)[1]), after
    return done + rest


def evidence_lines(found: Found, width: int, color: bool) -> list[str]:
    """The evidence for and against what is explained, side by side; what contradicts the model is named."""
    pro, con = sides(found["terms"])
    title = explained(found)
    agrees = found["explained"] is None or found["predicted"] == found["explained"]
    heads = [f"{word} {title}: {said(some)}" for word, some in (("for", pro), ("against", con))]
    half = (width - 2) // 2
    below = ["", ""]
    if found["explained"] is not None and (con if agrees else pro):
        fits = columns(heads[agrees] + CONTRARY) <= half
        heads[agrees] += CONTRARY if fits else ""
        below[agrees] = "" if fits else CONTRARY.strip()
    left, right = (listed(some, half, color) for some in (pro, con))
    rows = max(len(left), len(right))
    blank = ("", 0)
    left += [blank] * (rows - len(left))
    right += [blank] * (rows - len(right))
    lines = [f"{cut(one, half):<{half}}  {cut(other, half)}".rstrip() for one, other in (heads, below)]
    lines = lines if any(below) else lines[:1]
    for (one, size), (other, _) in zip(left, right, strict=True):
        lines.append(f"{one}{' ' * (half - size)}  {other}".rstrip())
    return lines


def explained(found: Found) -> str:
    """What evidence is for or against. Escaped."""
    return "a higher number" if found["explained"] is None else terminal(found["explained"], CELL)


def sides(terms: Sequence[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """The terms with positive and those with negative weights, the strongest first."""
    order = sorted(terms, key=lambda one: (-abs(one["weight"]), one["at"]))
    return [one for one in order if one["weight"] > 0], [one for one in order if one["weight"] < 0]


def total(terms: Sequence[Mapping[str, Any]]) -> float:
    """What terms add up to."""
    return float(sum(one["weight"] for one in terms))


def said(terms: Sequence[Mapping[str, Any]]) -> str:
    """What terms add up to, in words where there are none."""
    return number(total(terms)) if terms else "nothing"


def listed(terms: Sequence[Mapping[str, Any]], width: int, color: bool) -> list[tuple[str, int]]:
    """One line a term, with the columns that it takes; the rest is summed up."""
    lines = []
    for one in terms[:SHOWN]:
        shown = f"  {number(one['weight']):>7}  {terminal(one['text'], CELL)}  "
        tail = cut(terminal(one["column"], CELL), max(width - columns(shown), 0))
        lines.append((paint(color, shown, one["weight"]) + tail, columns(shown) + columns(tail)))
    rest = terms[SHOWN:]
    if rest:
        shown = f"  {number(total(rest)):>7}  {len(rest)} more"
        lines.append((shown, len(shown)))
    return lines


def meeting_lines(found: Found, width: int, color: bool) -> list[str]:
    """The strongest pairs of words, where the method tells of pairs."""
    terms = found["terms"]
    lines = []
    for one in found["meetings"][:5]:
        pair = f"{terminal(terms[one['left']]['text'], CELL)} × {terminal(terms[one['right']]['text'], CELL)}"
        lines.append(paint(color, cut(f"  {number(one['weight']):>7}  {pair}", width), one["weight"]))
    heading = "pairs of words (of each, half is in either word's weight)"
    return ["", heading, *lines] if lines else []


def sum_lines(found: Found) -> list[str]:
    """How the weights add up to the score, and how far they can be trusted."""
    unit = SCALES[found["scale"]]
    lines = [
        f"  {number(found['base']):>7}  base: the score {nothing(found)}",
        f"  {number(total(found['terms'])):>7}  all weights",
    ]
    if abs(found["remainder"]) >= 0.005:
        lines.append(f"  {number(found['remainder']):>7}  not explained")
    lines.append(f"  {number(found['score']):>7}  score, in {unit}")
    return lines


def nothing(found: Found) -> str:
    """What the base is the score of."""
    return "with masked words" if found["method"] == "gradients" else "with nothing of the row"


def fidelity(found: Found) -> str:
    """How well the weights tell what the model says while words are taken away."""
    if found["method"] == "exact":
        shared = "; what the likeness of the texts adds is shared among words by estimates"
        return f", which add up to the score{shared if found['estimated'] else ''}"
    if found["fidelity"] is None:
        return ""
    more = found["fidelity_with_meetings"]
    with_pairs = f" ({more:.2f} with pairs of words)" if more is not None else ""
    return f", fidelity {found['fidelity']:.2f}{with_pairs} of 1"


def notes(found: Found) -> list[str]:
    """The notes of an explanation."""
    return [str(note) for note in found["notes"]]


def markdown_text(found: Found) -> str:
    """The explanation as Markdown for GitHub."""
    terms = found["terms"]
    pro, con = sides(terms)
    title = "a higher number" if found["explained"] is None else markdown(found["explained"], CELL)
    lines = [f"### Why: {headline_markdown(found)}", ""]
    for sign, some in (("for", pro), ("against", con)):
        lines += [f"**{sign} {title}: {said(some)}**", ""]
        lines += ["| weight | word | column |", "| ---: | :--- | :--- |"] if some else []
        lines += [
            f"| {number(one['weight'])} | {markdown(one['text'], CELL)} | {markdown(one['column'], CELL)} |"
            for one in some[:SHOWN]
        ]
        lines += ["", f"… and {len(some) - SHOWN} more.", ""] if len(some) > SHOWN else [""]
    lines += [f"Base {number(found['base'])}, score {number(found['score'])}, in {SCALES[found['scale']]}; "]
    lines[-1] += f"by {METHODS[found['method']]}{fidelity(found)}."
    lines += [f"\n> {markdown(note)}" for note in notes(found)]
    return "\n".join(lines) + "\n"


def headline_markdown(found: Found) -> str:
    """Which row it is, and what the model says of it."""
    row = found["row"]
    name = "what was typed in" if row["id"] is None else markdown(row["id"], 60)
    right = "" if row["label"] is None else f", its label is {markdown(row['label'], 40)}"
    return f"{name}: {markdown(found['tag'])} says {markdown(found['predicted'], 40)}{right}"

"""An explanation as one HTML page that needs nothing else: no script, no font, no request.

Its policy allows the style sheet by its hash and nothing else, so weights are shown by classes of five strengths: blue
and underlined for what is explained, orange and dashed against it, each with its sign and number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dataci.reporters.escape import html
from dataci.reporters.explanation import METHODS, SCALES, fidelity, notes, nothing, number, sides, total
from dataci.reporters.explanation_page_overall import LISTED, model
from dataci.reporters.page import markup
from dataci.reporters.page.markup import bullets, paragraph, section, sentence, table, text
from dataci.reporters.page.style import CSS as PAGE

Found = Mapping[str, Any]

LEVELS = 5
SHOWN = 0.05  # of the largest weight: from here on a word shows its number
LONGEST = 20_000  # characters of a cell
BLUES = ("#eaf2fd", "#d3e4fb", "#b5d2f8", "#93bdf4", "#6fa6ee")
ORANGES = ("#fdf1e3", "#fbe2c4", "#f8cd99", "#f4b66b", "#ee9c3a")
DARK_BLUES = ("#16233a", "#1b3357", "#1f4478", "#22549a", "#2460b0")
DARK_ORANGES = ("#33240f", "#4d3311", "#66420f", "#7d4e0e", "#8c560d")
OWN = """
.said{font-size:1.1rem;line-height:2.3;white-space:pre-wrap;background:var(--card);border:1px solid var(--edge);
border-radius:12px;padding:.7rem 1rem;margin:0 0 1rem;max-width:none}
.u{border-radius:4px;padding:.1em .22em;color:var(--ink);border-bottom:2px solid transparent}
.u small{font-size:.68em;vertical-align:-.25em;margin-left:.2em;font-variant-numeric:tabular-nums;white-space:nowrap}
.u.p{border-bottom-style:solid;border-bottom-color:var(--mark);min-width:0}
.u.n{border-bottom-style:dashed;border-bottom-color:var(--doubt);text-align:inherit;white-space:inherit}
@media print{.u.p,.u.n{border-bottom-color:#000}}
"""


def shades(blues: Sequence[str], oranges: Sequence[str]) -> str:
    """The rules of the ten classes."""
    pairs = [("p", blues), ("n", oranges)]
    return "".join(
        f".{sign}{level}" + "{background:" + shade + "}"
        for sign, some in pairs
        for level, shade in enumerate(some, start=1)
    )


CSS = "\n".join(
    [
        f"{PAGE}{OWN}{shades(BLUES, ORANGES)}",
        "@media (prefers-color-scheme:dark){" + shades(DARK_BLUES, DARK_ORANGES) + "}",
        "@media print{" + shades(BLUES, ORANGES) + "}",
    ]
)


def policy() -> str:
    """Return the Content-Security-Policy of the page."""
    return markup.policy(CSS)


def render(found: Found) -> str:
    """Render an explanation."""
    title, lead, body = model(found) if found["of"] == "model" else row(found)
    foot = (
        "Written by <code>dataci explain</code>. The page holds no script and asks for nothing from anywhere."
    )
    return (
        f"{markup.head(title, CSS, policy())}"
        f'<body>\n<div class="wrap">\n<a class="skip" href="#main">Skip to the content</a>\n'
        f"<header>\n<h1>{title}</h1>\n"
        f'{paragraph(lead, "lead")}</header>\n<main id="main">\n{warnings(found)}{body}</main>\n'
        f"<footer>{paragraph(foot)}</footer>\n</div>\n</body>\n</html>\n"
    )


def warnings(found: Found) -> str:
    """The notes, before anything else."""
    return (
        f'<div class="warn">{bullets([sentence(note) for note in notes(found)])}</div>\n'
        if notes(found)
        else ""
    )


def row(found: Found) -> tuple[str, str, str]:
    """The title, the sentence below it, and the sections, of one row."""
    about = found["row"]
    name = "What was typed in" if about["id"] is None else f"Row {html(about['id'], 60)}"
    where = f" in data/{html(about['split'], 60)}" if about["split"] else ""
    lead = f"The model {html(found['tag'])} says <strong>{text(found['predicted'], 40)}</strong>"
    if found["probability"] is not None:
        need = f", {found['threshold']:g} is needed" if found["threshold"] is not None else ""
        lead += f" (probability of {text(found['explained'], 40)}: {found['probability']:.3f}{need})"
    lead += "." if about["label"] is None else f"; its label is <strong>{text(about['label'], 40)}</strong>."
    top = max((abs(one["weight"]) for one in found["terms"]), default=0.0)
    cells = "".join(cell(found, column, value, top) for column, value in about["cells"].items())
    return (
        f"{name}{where}",
        lead,
        section("row", "The row", legend(found), cells) + evidence(found) + sums(found),
    )


def explained(found: Found) -> str:
    """What evidence is for or against."""
    return "a higher number" if found["explained"] is None else text(found["explained"], 40)


def legend(found: Found) -> str:
    """What the colours mean."""
    what = explained(found)
    pro = f'<span class="u p p4">word<small>+</small></span> speaks for {what}'
    con = '<span class="u n n4">word<small>-</small></span> speaks against it'
    return paragraph(
        f"{pro}, {con}; the stronger, the deeper. Numbers in {SCALES[found['scale']]}.", "legend"
    )


def cell(found: Found, column: str, value: str | None, top: float) -> str:
    """A column's name, and its cell with every word in its shade."""
    value = (value or "")[:LONGEST]
    pieces, at = [], 0
    for one in found["terms"]:
        if one["column"] != column or (one["kind"] == "word" and one["end"] > len(value)):
            continue
        start, end = (one["start"], one["end"]) if one["kind"] == "word" else (0, len(value))
        pieces += [html(value[at:start]), unit(value[start:end], one["weight"], top)]
        at = end
    inside = "".join([*pieces, html(value[at:])]) or "(empty)"
    return f'<h3>{text(column)}</h3>\n<p class="said" dir="auto">{inside}</p>\n'


def unit(word: str, weight: float, top: float) -> str:
    """A word in its shade; with its number, unless it weighs next to nothing."""
    level = round(LEVELS * abs(weight) / top) if top else 0
    shown = f"<small>{number(weight)}</small>" if top and abs(weight) >= SHOWN * top else ""
    if not level or not shown:
        return f'<span class="u">{html(word)}{shown}</span>'
    sign = "p" if weight > 0 else "n"
    return f'<span class="u {sign} {sign}{level}">{html(word)}{shown}</span>'


def evidence(found: Found) -> str:
    """The words for and against, the strongest first; what contradicts the model is named."""
    terms, what = found["terms"], explained(found)
    agrees = found["explained"] is None or found["predicted"] == found["explained"]
    parts = []
    for against, some in enumerate(sides(terms)):
        contrary = ": contrary evidence" if found["explained"] is not None and bool(against) == agrees else ""
        name = f"{'Against' if against else 'For'} {what} ({number(total(some))}){contrary}"
        rows = [[text(one["text"]), text(one["column"]), number(one["weight"])] for one in some[:LISTED]]
        caption = "Words against it" if against else "Words for it"
        more = paragraph(f"… and {len(some) - LISTED} more.", "soft") if len(some) > LISTED else ""
        body = (
            table(caption, ["word or cell", "column", "weight"], rows, "llr") if rows else paragraph("None.")
        )
        parts.append(f'<div class="card">\n<h3>{name}</h3>\n{body}{more}</div>\n')
    return section("evidence", "The evidence", f'<div class="pair">{"".join(parts)}</div>\n', meetings(found))


def meetings(found: Found) -> str:
    """The strongest pairs of words, where the method tells of pairs."""
    terms = found["terms"]
    rows = [
        [f"{text(terms[one['left']]['text'])} × {text(terms[one['right']]['text'])}", number(one["weight"])]
        for one in found["meetings"]
    ]
    if not rows:
        return ""
    told = "Of each, half is in the weight of either word."
    return f"<h3>Pairs of words</h3>\n{paragraph(told, 'soft')}" + table(
        "Pairs of words", ["pair", "weight"], rows, "lr"
    )


def sums(found: Found) -> str:
    """How the weights add up to the score."""
    rows = [
        [f"base: the score {nothing(found)}", number(found["base"])],
        ["all weights", number(total(found["terms"]))],
        ["not explained", number(found["remainder"])],
        ["score", number(found["score"])],
    ]
    told = f"By {METHODS[found['method']]}{fidelity(found)}; seed {found['seed']}."
    return section(
        "sum", "How they add up", table("Sum", ["part", "value"], rows, "lr"), paragraph(told, "soft")
    )

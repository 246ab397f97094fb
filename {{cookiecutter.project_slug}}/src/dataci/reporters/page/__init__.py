"""The state of a project as one HTML page that needs nothing else: no script, no font, no request.

Its policy (a Content-Security-Policy in a meta element) forbids all of these, and allows the one style sheet by its
hash; so there are no style attributes either. The same overview gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable

from dataci.reporters.page import (
    bugs,
    curves,
    data,
    groups,
    markup,
    ranking,
    result,
    robustness,
    tiles,
    uncertainty,
)
from dataci.reporters.page.markup import bullets, paragraph, section, sentence, text
from dataci.reporters.page.state import Cells, Column, Overview, Split
from dataci.reporters.page.style import CSS

__all__ = ["Cells", "Column", "Overview", "Split", "policy", "render"]

ICON = (  # three bars; in the page itself, or the browser would ask for /favicon.ico
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath fill='%231f66c9' "
    "d='M1 9h4v6H1zM6 5h4v10H6zM11 1h4v14h-4z'/%3E%3C/svg%3E"
)
PARTS = (
    ("result", "Latest result"),
    ("threshold", "Threshold"),
    ("leaderboard", "Leaderboard"),
    ("bugs", "Model bugs"),
    ("groups", "Slices and groups"),
    ("robustness", "Robustness"),
    ("uncertainty", "Calibration and certainty"),
    ("data", "Data"),
)
SECTIONS = (
    result.section,
    curves.section,
    ranking.leaderboard_section,
    bugs.section,
    groups.section,
    robustness.section,
    uncertainty.section,
    data.section,
)
FOOT = (
    "Written by <code>dataci report</code> from the files of this repository. The page holds no script and asks for "
    "nothing from anywhere. Of the data it shows counts, shares, ends of numeric columns, labels, frequent categories "
    "and the ids of rows that stand out, and no row."
)


def policy() -> str:
    """Return the Content-Security-Policy of the page."""
    return markup.policy(CSS, "img-src data:")


def render(found: Overview) -> str:
    """Render the page."""
    name = text(found.project, 80)
    about = paragraph("Data and results of this project as they are on this branch.", "lead")
    written = [guarded(write, found, *part) for write, part in zip(SECTIONS, PARTS, strict=True)]
    return (
        f'{head(found)}<body>\n<div class="wrap">\n<a class="skip" href="#main">Skip to the content</a>\n'
        f"<header>\n<h1>{name}</h1>\n{about}"
        f'{navigation(written)}</header>\n<main id="main">\n{warnings(found)}{guarded(tiles.render, found)}'
        f"{''.join(written)}</main>\n<footer>{paragraph(FOOT)}</footer>\n</div>\n</body>\n</html>\n"
    )


def guarded(
    write: Callable[[Overview], str], found: Overview, name: str = "top", title: str = "Verdicts"
) -> str:
    """Write a part of the page. A record may fit its shape and still contradict itself: that costs one part only."""
    try:
        return write(found)
    except Exception as error:
        cure = "A record in results/ may have been edited by hand: take it back from git."
        return section(
            name, title, paragraph(f"This part cannot be shown ({type(error).__name__}). {cure}", "warn")
        )


def head(found: Overview) -> str:
    """Write all that comes before the body."""
    title = f"{sentence(found.project[:80])}: data and results"
    return markup.head(title, CSS, policy(), f'<link rel="icon" href="{ICON}">\n')


def navigation(sections: list[str]) -> str:
    """Write links to the sections that there are."""
    links = [
        f'<a href="#{name}">{title}</a>'
        for (name, title), written in zip(PARTS, sections, strict=True)
        if written
    ]
    return f'<nav aria-label="Sections">{bullets(links)}</nav>\n'


def warnings(found: Overview) -> str:
    """Say what could not be read, before anything else."""
    said = [sentence(one) for one in found.faults]
    if not said:
        return ""
    return (
        f'<div class="warn" role="note"><strong>Not everything could be read.</strong>{bullets(said)}</div>\n'
    )

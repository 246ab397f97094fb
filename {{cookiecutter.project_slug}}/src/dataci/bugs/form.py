"""The fields of the issue form: its headings are looked for in the issue's text, and what stands below them is judged.

The form is .github/ISSUE_TEMPLATE/model-bug.yml; GitHub writes each field's label as a heading, with the answer below.
A text written by hand with the same headings will do. What is missing, doubled, or no answer is a Fault with its line.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dataci.bugs.fault import FORBIDDEN, Fault, at, fold, forbidden

NAME, DESCRIPTION, HARM, USERS = "Name", "Description", "Harm", "How many users"
PATTERNS, EXPECTED = "Patterns", "Expected outcome"
HEADINGS = (NAME, DESCRIPTION, HARM, USERS, PATTERNS, EXPECTED)
OPTIONAL = (USERS, EXPECTED)
LONGEST = 65_536  # characters that GitHub allows an issue
LIMITS = {NAME: 100, USERS: 200, EXPECTED: 2_000, DESCRIPTION: 10_000}
HEADING = re.compile(r" {0,3}#{1,6}\s+(.{1,200})")
NOTHING = ("", "_no response_", "no response", "n/a", "none")
WORST = 10


class Section(NamedTuple):
    """What stands below a heading: the number of the heading's line (1-based), and the lines after it."""

    line: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The answer, without blank lines around it; "" where GitHub says that there is none."""
        text = "\n".join(line.rstrip() for line in self.lines).strip("\n ")
        return "" if text.strip().lower() in NOTHING else text


class Form(NamedTuple):
    """A form as it was filled in. ``lines``: the whole text; ``patterns``: the section, still as it was pasted."""

    name: str
    description: str
    harm: int
    users: str
    expected: str
    expected_line: int
    patterns: Section
    lines: tuple[str, ...]


class Read(NamedTuple):
    """A form, or None, with what is wrong, and what the reporter may want to know."""

    form: Form | None
    faults: tuple[Fault, ...] = ()
    notes: tuple[Fault, ...] = ()


def read(text: str) -> Read:
    """Read the text of an issue. Never raises."""
    if len(text) > LONGEST:
        message = f"The issue has {len(text):,} characters; at most {LONGEST:,} are read. Shorten it."
        return Read(None, (Fault(message),))
    lines = tuple(text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    hidden = tuple(forbidden(lines))
    lines = (
        tuple(FORBIDDEN.sub("\ufffd", line) for line in lines) if hidden else lines
    )  # so that it can be written
    sections, faults, notes = cut(lines)
    faults = [*hidden, *faults]
    for heading in HEADINGS:
        if heading not in sections and heading not in OPTIONAL:
            faults.append(
                Fault(f'The heading "### {heading}" is missing. Use the issue form, and leave its headings.')
            )
    nobody = Section(0, ())
    found = {heading: sections.get(heading, nobody) for heading in HEADINGS}
    faults += [fault for heading in LIMITS if (fault := misfit(heading, found[heading], lines))]
    degree = harm(found[HARM].text)
    if degree is None and HARM in sections:
        message = f"Harm is a whole number from 1 (a nuisance) to {WORST} (somebody gets hurt). Choose one."
        faults.append(at(message, answer_line(found[HARM]), lines))
    if PATTERNS in sections and not found[PATTERNS].text:
        faults.append(at("There are no patterns. Paste 10 to 20 of them.", found[PATTERNS].line, lines))
    form = Form(
        one_line(found[NAME].text),
        found[DESCRIPTION].text,
        degree or 0,
        one_line(found[USERS].text),
        found[EXPECTED].text,
        answer_line(found[EXPECTED]),
        found[PATTERNS],
        lines,
    )
    return Read(form, tuple(faults), tuple(notes))


def cut(lines: Sequence[str]) -> tuple[Mapping[str, Section], list[Fault], list[Fault]]:
    """Return the sections by heading, the headings that stand twice, and what stands before the first."""
    known = {fold(heading): heading for heading in HEADINGS}
    starts: list[tuple[int, str]] = []
    faults: list[Fault] = []
    for number, line in enumerate(lines, start=1):
        match = HEADING.fullmatch(line.rstrip().rstrip("#").rstrip())
        heading = known.get(fold(match[1].partition("(")[0])) if match else None
        if heading is None:
            continue
        if any(heading == other for _, other in starts):
            message = (
                f'The heading "{heading}" stands here a second time. Remove the line, or word it differently.'
            )
            faults.append(at(message, number, lines))
            continue
        starts.append((number, heading))
    ends = [*(number - 1 for number, _ in starts[1:]), *([len(lines)] if starts else [])]
    sections = {
        heading: Section(number, tuple(lines[number:end]))
        for (number, heading), end in zip(starts, ends, strict=True)
    }
    before = lines[: starts[0][0] - 1] if starts else ()
    lost = [number for number, line in enumerate(before, start=1) if line.strip()]
    notes = [at("This stands before the first field and was not used.", number, lines) for number in lost[:1]]
    return sections, faults, notes


def misfit(heading: str, section: Section, lines: Sequence[str]) -> Fault | None:
    """Say what is wrong with the length of an answer, or None."""
    if not section.line:
        return None
    text = section.text
    if not text and heading not in OPTIONAL:
        return at(f'Nothing stands below "{heading}". Fill it in.', section.line, lines)
    if len(text) > LIMITS[heading]:
        message = (
            f'"{heading}" has {len(text):,} characters; at most {LIMITS[heading]:,} are kept. Shorten it.'
        )
        return at(message, answer_line(section), lines)
    return None


def answer_line(section: Section) -> int:
    """Return the number of the first line with an answer; without one, that of the heading."""
    for number, line in enumerate(section.lines, start=section.line + 1):
        if line.strip():
            return number
    return section.line


def one_line(text: str) -> str:
    """Return a text on one line."""
    return " ".join(text.split())


def harm(text: str) -> int | None:
    """Return the number at the beginning of the answer (``4``, ``4 - annoying``, ``4/10``); None for no harm."""
    match = re.fullmatch(
        r"\W*?(\d{1,2})(?:\s*/\s*10|(?![\d.,/]))(?!\s*[-–—]\s*\d).*",
        unicodedata.normalize("NFKC", text),
        re.DOTALL,
    )
    value = int(match[1]) if match else 0
    return value if 1 <= value <= WORST else None

"""The report as GitHub Markdown, for the step summary and the comment: verdict, summary, findings, rows.

Everything from data is inert inline code (see ``escape``). GitHub refuses a comment over 65,536 characters,
so the report keeps below a limit, takes findings of every check in turn until the room is used up, and says
exactly what it left out.
"""

from __future__ import annotations

from typing import NamedTuple

from dataci.finding import Finding, Report, Severity
from dataci.reporters import outline
from dataci.reporters.escape import markdown

LIMIT = 60_000  # characters
SHOWN = 20  # findings of a check
_MESSAGE = 400  # columns
_CELL = 60
_CELLS = 8
_PLACES = 3
_CLOSING = 500  # characters kept free for the sentences at the end
_REST = 160  # characters kept free for a group's last sentence


class Section(NamedTuple):
    """A group of findings on its way to Markdown: how it begins, and the table lines that found room."""

    group: outline.Group
    opening: str
    lines: list[str]


def render(report: Report, width: int = 80, color: bool = False, limit: int = LIMIT) -> str:
    """The report in at most ``limit`` characters (4,000 at least); ``width`` and ``color`` change nothing."""
    limit = max(limit, 4000)
    icon = "✅" if report.verdict == "pass" else "❌"
    opening = f"### {icon} {report.verdict.upper()}: {outline.verdict(report, markdown)}\n\n"
    summary = _summary(report, limit // 4)
    notes = _notes(report, limit // 8)
    room = limit - len(opening) - len(summary) - len(notes) - _CLOSING
    sections, left_out = _sections(outline.groups(report), room)
    return opening + summary + "".join(map(_section, sections)) + _left_out(left_out) + notes


def _summary(report: Report, room: int) -> str:
    rows = [
        f"| {markdown(check, 60)} | {' | '.join(f'{number:,}' if number else '' for number in counts)} |\n"
        for check, counts in outline.eventful(report).items()
    ]
    kept = outline.fitting(rows, room)
    heading = "| check | errors | warnings | known | waived |\n|:--|--:|--:|--:|--:|\n"
    table = heading + "".join(kept) + "\n" if rows else ""
    hidden = len(rows) - len(kept)
    cut = f"The table leaves out {outline.count(hidden, 'check')} for want of room.\n\n" if hidden else ""
    silent = outline.uneventful(report)
    return table + cut + (f"{silent}\n\n" if silent else "")


def _notes(report: Report, room: int) -> str:
    lines = [f"- {markdown(note, _MESSAGE)}\n" for note in report.notes]
    kept = outline.fitting(lines, room)
    hidden = len(lines) - len(kept)
    return "".join(kept) + (f"- and {outline.count(hidden, 'more note')}\n" if hidden else "")


def _sections(groups: list[outline.Group], room: int) -> tuple[list[Section], list[outline.Group]]:
    """The sections with what fits of their findings, and the groups that found no room at all."""
    sections: list[Section] = []
    for index, group in enumerate(groups):
        section = Section(group, _opening(group), [])
        room -= len(section.opening) + _REST
        if room < 0:
            return _filled(sections, room + len(section.opening) + _REST), groups[index:]
        sections.append(section)
    return _filled(sections, room), []


def _filled(sections: list[Section], room: int) -> list[Section]:
    """The sections with findings, a turn each, until the next one finds no room."""
    waiting = [(section, iter(_spread(section.group))) for section in sections]
    while waiting:
        still = []
        for section, findings in waiting:
            finding = next(findings, None)
            line = "" if finding is None else _line(finding)
            if not line or len(line) > room:
                continue
            section.lines.append(line)
            room -= len(line)
            still.append((section, findings))
        waiting = still
    return sections


def _spread(group: outline.Group) -> tuple[Finding, ...]:
    return outline.spread(group.listed, SHOWN, outline.by_column, outline.by_file)


def _opening(group: outline.Group) -> str:
    total = outline.count(group.total, str(group.severity))
    opened = " open" if group.severity is Severity.ERROR and group.total <= SHOWN else ""
    summary = f"<summary>{markdown(group.check, 60)}: {total}</summary>"
    return f"<details{opened}>{summary}\n\n| place | what is wrong | row |\n|:--|:--|:--|\n"


def _section(section: Section) -> str:
    group = section.group
    rest = outline.more(group.total, len(group.listed), len(section.lines))
    sentence = f"\n{rest}\n" if rest else ""
    return f"{section.opening}{''.join(section.lines)}{sentence}\n</details>\n\n"


def _line(finding: Finding) -> str:
    where = outline.place(finding.file, finding.line)
    where = where if finding.file is None else markdown(where, 200)
    if finding.column is not None:
        where += f"<br>{markdown(finding.column, _CELL)}"
    places = [f"see {markdown(outline.place(*place), 200)}" for place in finding.related[:_PLACES]]
    hidden = len(finding.related) - len(places)
    if hidden:
        places.append(f"and {outline.count(hidden, 'more place')}")
    wrong = "<br>".join([markdown(finding.message, _MESSAGE), *places])
    return f"| {where} | {wrong} | {_row(finding)} |\n"


def _row(finding: Finding) -> str:
    """The cells of the row, the offending one in bold; where they are too many, it and the first ones."""
    marked = [name == finding.column for name, _ in finding.row]
    first = sorted(range(len(marked)), key=lambda index: (not marked[index], index))[:_CELLS]
    cells = [_cell(*finding.row[index], marked[index]) for index in sorted(first)]
    hidden = len(marked) - len(cells)
    return " · ".join([*cells, outline.count(hidden, "more column")] if hidden else cells)


def _cell(name: str, value: str | None, marked: bool) -> str:
    text = "null" if value is None else markdown(value, _CELL) or "(empty)"
    cell = f"{markdown(name, _CELL)} = {text}"
    return f"<b>{cell}</b>" if marked else cell


def _left_out(groups: list[outline.Group]) -> str:
    if not groups:
        return ""
    findings = sum(group.total for group in groups)
    checks = len({group.check for group in groups})
    what = f"{outline.count(findings, 'finding')} of {outline.count(checks, 'check')}"
    return f"For want of room, {what} are not shown here: --format json lists them.\n\n"

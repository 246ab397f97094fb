"""The row diff of two states of the data, as text, Markdown or JSON: renders ``dataci.diff.to_dict``."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Any

from dataci.reporters import outline
from dataci.reporters.escape import columns, markdown, terminal
from dataci.reporters.json import dumps
from dataci.reporters.text import painted, row_lines, value_text, wrap

Entry = Mapping[str, Any]

SHOWN = 10  # entries of a kind in text
LIMIT = 60_000  # characters of Markdown, as for the report
_FILES = 30
_NAMES = 12  # columns that are named
_NAME = 40
_VALUE = 60  # columns of a changed cell's value
_BEFORE = 12  # characters shown before the first that differs
_CELLS = 8
_VERBS = {
    "added": "added",
    "removed": "removed",
    "relabelled": "relabelled",
    "changed": "changed",
    "moved_splits": "moved from another split",
    "moved_files": "moved from another file",
    "reordered": "reordered",
}
_FORM = "not one row differs, only how they are written: quoting, line ends or a byte order mark"


def render(
    diff: Mapping[str, Any], format: str = "text", width: int = 80, color: bool = False, limit: int = LIMIT
) -> str:
    """The diff in a format, ended by a newline.

    ``diff`` is what ``dataci.diff.to_dict`` returns; ``format``: text, markdown or json (else ValueError).
    ``width``: columns of text, 60 or more; ``limit``: characters of Markdown, 20,000 or more.
    """
    if format == "json":
        return dumps(diff)
    if format == "markdown":
        return _markdown(diff, max(limit, 20_000))
    if format == "text":
        return _text(diff, max(width, 60), partial(painted, color))
    raise ValueError(f"no format {format!r} for a diff: take text, markdown or json")


def summary(diff: Mapping[str, Any], escape: Callable[[str, int], str] = terminal) -> str:
    """One sentence: ``3 rows added, 1 relabelled in 2 files (40 → 43 rows), compared with main``."""
    counts = diff["summary"]
    base = "" if diff["base"] is None else f", compared with {escape(diff['base'], 60)}"
    parts = _parts(counts) or (["no row differs"] if counts["files"] else ["no difference"])
    where = f" in {outline.count(counts['files'], 'file')}" if counts["files"] else ""
    size = f" ({counts['before']:,} → {outline.count(counts['after'], 'row')})" if counts["files"] else ""
    return f"{', '.join(parts)}{where}{size}{base}"


def _parts(counts: Mapping[str, int]) -> list[str]:
    named = [(counts[name], verb) for name, verb in _VERBS.items() if counts[name]]
    return [
        f"{outline.count(number, 'row') if index == 0 else f'{number:,}'} {verb}"
        for index, (number, verb) in enumerate(named)
    ]


def _file_sentence(file: Entry, escape: Callable[[str], str]) -> str:
    """What happened to one file, in words."""
    if file["status"] == "moved":
        return f"moved here from {escape(file['source'])}"
    if file["status"] == "form":
        return _FORM
    parts = _parts(file["tally"])
    if file["left"]:
        parts.append(f"{outline.count(file['left'], 'row')} left for another file")
    what = ", ".join(parts) or (
        "no cell differs, but the columns do" if file["status"] == "columns" else "no row"
    )
    return f"file {file['status']}: {what}" if file["status"] in ("added", "removed") else what


def _column_sentences(diff: Mapping[str, Any], escape: Callable[[str, int], str]) -> list[str]:
    names = diff["columns"]
    found = [
        f"{outline.count(len(names[verb]), 'column')} {verb}: {_listed(names[verb], escape)}"
        for verb in ("added", "removed")
        if names[verb]
    ]
    pairs = names["renamed"]
    found += [
        f"column {escape(p['old'], _NAME)} renamed to {escape(p['new'], _NAME)}" for p in pairs[:_NAMES]
    ]
    if len(pairs) > _NAMES:
        found.append(f"and {outline.count(len(pairs) - _NAMES, 'more column')} renamed")
    return [*found, "the columns stand in another order"] if names["reordered"] else found


def _listed(names: Sequence[str], escape: Callable[[str, int], str]) -> str:
    shown = ", ".join(escape(name, _NAME) for name in names[:_NAMES])
    hidden = len(names) - _NAMES
    return f"{shown} and {hidden:,} more" if hidden > 0 else shown


def contrast(old: str | None, new: str | None, width: int) -> tuple[str, str]:
    """Two different cells, escaped and each cut to ``width`` columns so that what differs is in sight."""
    same = _same(old or "", new or "")
    short = max(columns(value_text(side, width + 1)) for side in (old, new)) <= width
    for show in (value_text, _quoted):  # quoted: a line break in one is a backslash and an n in the other
        for start in (0 if short else max(same - _BEFORE, 0), same):
            sides = show(_from(old, start, width), width), show(_from(new, start, width), width)
            if sides[0] != sides[1]:
                return sides
    return sides


def _same(old: str, new: str) -> int:
    """How many characters two texts have in common at their beginning; by halving, as texts may be huge."""
    return bisect_left(range(1, min(len(old), len(new)) + 1), True, key=lambda size: old[:size] != new[:size])


def _from(value: str | None, start: int, width: int) -> str | None:
    return value if not start or value is None else f"…{value[start : start + 4 * width]}"


def _quoted(value: str | None, width: int) -> str:
    return terminal(json.dumps(value, ensure_ascii=False), width)


def _totals(diff: Mapping[str, Any]) -> dict[str, tuple[str, int]]:
    """For each list of the diff what an entry is called and how many there are in all."""
    counts = diff["summary"]
    return {
        "relabelled": ("row", counts["relabelled"]),
        "changed": ("cell", counts["cells"] - counts["relabelled"]),
        "added": ("row", counts["added"]),
        "removed": ("row", counts["removed"]),
        "moved": ("row", counts["moved_splits"] + counts["moved_files"]),
    }


def _text(diff: Mapping[str, Any], width: int, paint: Callable[[str, str], str]) -> str:
    blocks = []
    for kind, (noun, total) in _totals(diff).items():
        if total:
            shown = diff[kind][:SHOWN]
            heading = f"{paint(kind, 'bold')}: {outline.count(total, noun)}"
            rest = outline.more(total, len(diff[kind]), len(shown))
            lines = _entry_lines(kind, shown, width - 2, paint) + (["", rest] if rest else [])
            blocks.append([heading, "", *(f"  {line}" if line else "" for line in lines)])
    files = [line for file in diff["files"][:_FILES] for line in _file_lines(file, width, paint)]
    hidden = len(diff["files"]) - _FILES
    blocks.append([*files, f"and {outline.count(hidden, 'more file')}"] if hidden > 0 else files)
    blocks.append([line for text in _column_sentences(diff, terminal) for line in wrap(text, width, "  ")])
    blocks.append(wrap(summary(diff), width, "  "))
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _file_lines(file: Entry, width: int, paint: Callable[[str, str], str]) -> list[str]:
    sentence = wrap(_file_sentence(file, terminal), width - 4)
    return [paint(terminal(file["path"]), "cyan"), *(f"    {line}" for line in sentence)]


def _entry_lines(
    kind: str, entries: Sequence[Entry], width: int, paint: Callable[[str, str], str]
) -> list[str]:
    lines: list[str] = []
    if kind in ("added", "removed"):
        sign, style = ("+", "green") if kind == "added" else ("-", "red")
        for entry in entries:
            lines.append(f"{paint(sign, style)} {paint(outline.place(entry['file'], entry['line']), 'cyan')}")
            lines += [f"  {line}" for line in row_lines(list(entry["row"].items()), None, width - 2, paint)]
        return lines
    for _, group in groupby(entries, lambda entry: (entry["file"], entry["line"])):
        cells = list(group)
        lines += _row_heading(cells[0], width, paint)
        for cell in cells if kind != "moved" else ():
            lines += _cell_lines(cell, width - 2, paint)
    return lines


def _row_heading(entry: Entry, width: int, paint: Callable[[str, str], str]) -> list[str]:
    """The place of a row, its key, and where it was if that was another file."""
    place = outline.place(entry["file"], entry["line"])
    key = "" if entry["key"] is None else f"  {terminal(entry['key'], width - 4)}"
    fits = columns(place) + columns(key) <= width
    lines = [paint(place, "cyan") + key] if fits else [paint(place, "cyan"), key]
    before = entry["before"]
    return lines if before["file"] == entry["file"] else [*lines, f"  from {outline.place(*before.values())}"]


def _cell_lines(cell: Entry, width: int, paint: Callable[[str, str], str]) -> list[str]:
    """Old and new value on one line where there is room, else one below the other."""
    name = terminal(cell["column"], 24)
    old, new = contrast(cell["old"], cell["new"], width - columns(name) - 4)
    line = f"{name}: {old} → {new}"
    if columns(line) <= width:
        return [f"  {name}: {paint(old, 'red')} → {paint(new, 'green')}"]
    return [f"  {name}: {paint(old, 'red')}", f"  {' ' * columns(name)}→ {paint(new, 'green')}"]


def _markdown(diff: Mapping[str, Any], limit: int) -> str:
    opening = f"### Data: {summary(diff, markdown)}\n\n"
    files = [
        f"| {markdown(file['path'], 200)} | {_file_sentence(file, markdown)} |\n" for file in diff["files"]
    ]
    blocks = [_table("| file | what happened |\n|:--|:--|\n", files, len(files), len(files), limit // 5)]
    names = [f"- {sentence}\n" for sentence in _column_sentences(diff, markdown)]
    blocks.append(_table("\n", names, len(names), len(names), limit // 10))
    for kind, (noun, total) in _totals(diff).items():
        if total:
            lines = [_entry_line(kind, entry) for entry in diff[kind][: 2 * SHOWN]]
            opened = f"\n<details><summary>{kind}: {outline.count(total, noun)}</summary>\n\n"
            heading = "| place | row |\n|:--|:--|\n"
            table = _table(heading, lines, len(diff[kind]), total, limit // 9)
            blocks.append(f"{opened}{table}\n</details>\n")
    return opening + "".join(blocks)


def _table(heading: str, lines: Sequence[str], listed: int, total: int, room: int) -> str:
    if not lines:
        return ""
    kept = outline.fitting(lines, room)
    rest = outline.more(total, listed, len(kept))
    return heading + "".join(kept) + (f"\n{rest}\n" if rest else "")


def _entry_line(kind: str, entry: Entry) -> str:
    place = markdown(outline.place(entry["file"], entry["line"]), 200)
    if kind in ("added", "removed"):
        return f"| {place} | {_cells(entry['row'])} |\n"
    key = "" if entry["key"] is None else f" {markdown(entry['key'], _VALUE)}"
    before = entry["before"]
    moved = (
        f"from {markdown(outline.place(*before.values()), 200)}" if before["file"] != entry["file"] else ""
    )
    if kind == "moved":
        return f"| {place}{key} | {moved} |\n"
    old, new = contrast(entry["old"], entry["new"], _VALUE)
    return f"| {place}{key} | {markdown(entry['column'], _VALUE)}: {markdown(old)} → {markdown(new)} |\n"


def _cells(row: Mapping[str, str | None]) -> str:
    shown = list(row.items())[:_CELLS]
    cells = [f"{markdown(name, _VALUE)} = {markdown(value_text(value, _VALUE))}" for name, value in shown]
    hidden = len(row) - len(cells)
    return " · ".join([*cells, outline.count(hidden, "more column")] if hidden else cells)

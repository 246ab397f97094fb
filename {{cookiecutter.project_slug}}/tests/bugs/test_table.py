"""Pasted tables: every way to write one gives the same rows, and no line is lost."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataci.bugs import table
from dataci.bugs.table import Grid

HEADER = ("want", "offer", "match")
ROWS = (
    ("a cat | and a dog", 'they say "sit"', "1"),
    ("one, two; three", "", "0"),
    ("=cmd|' /C calc'!A0", "<b>&amp;</b> `code` \\ end", "1"),
    ("ｆｕｌｌ ｗｉｄｔｈ", "“smart”", "0"),
)


def known(name: str) -> bool:
    return name.strip().lower() in HEADER


def read(text: str) -> Grid:
    lines = ["### Patterns", *text.split("\n")]
    return table.read(lines, 2, len(lines), known)


def rows(text: str) -> list[tuple[str, ...]]:
    found = read(text)
    assert found.faults == ()
    return [row.cells for row in found.rows]


def markdown(every: Sequence[Sequence[str]], outer: bool = True, rule: bool = True) -> str:
    escaped = [[cell.replace("|", "\\|") for cell in row] for row in every]
    body = [escaped[0], *([[":--", "---", "--:"]] if rule else []), *escaped[1:]]
    return "\n".join(f"| {' | '.join(row)} |" if outer else " | ".join(row) for row in body)


def separated(every: Sequence[Sequence[str]], delimiter: str) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator="\n").writerows(every)
    return buffer.getvalue()


EVERY = (HEADER, *ROWS)
WRITTEN = {
    "markdown": markdown(EVERY),
    "without outer bars": markdown(EVERY, outer=False),
    "without a rule": markdown(EVERY, rule=False),
    "csv": separated(EVERY, ","),
    "semicolons": separated(EVERY, ";"),
    "tabs": separated(EVERY, "\t"),
}


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN.keys())
@pytest.mark.parametrize(
    "around", ["{}", "```\n{}\n```", "~~~~ csv title=x\n{}\n~~~~", "```csv\n{}", "\n\n{}\n\n"]
)
def test_every_way_to_write_a_table_gives_the_same_rows(written: str, around: str) -> None:
    assert rows(around.format(written.rstrip("\n"))) == list(ROWS)


def test_line_breaks_within_quotes_are_kept_and_the_line_of_each_row_is_right() -> None:
    found = read('want,offer,match\n"one\n\ntwo",x,1\nthree,y,0')
    assert [(row.line, row.cells[0]) for row in found.rows] == [(3, "one\n\ntwo"), (6, "three")]


def test_the_header_decides_how_the_table_is_written() -> None:
    assert rows("want;offer;match\na, b, c;d, e;1") == [("a, b, c", "d, e", "1")]
    assert rows("want,offer,match\na | b; c,d | e,1") == [("a | b; c", "d | e", "1")]


@pytest.mark.parametrize("way", [",", ";", "\t"])
def test_blanks_around_cells_are_dropped(way: str) -> None:
    text = f'want {way} offer {way} match\n a {way} "b{way} c"{way} 1 '
    assert rows(text) == [("a", f"b{way} c", "1")]


def test_prose_around_the_table_is_mentioned() -> None:
    found = read("Here they are:\n\n```\nwant,offer,match\na,b,1\n```\nThanks!")
    assert [row.cells for row in found.rows] == [("a", "b", "1")]
    assert [note.text for note in found.notes] == ["Here they are:", "Thanks!"]
    found = read(f"Here they are:\n{markdown(EVERY)}\n\nThanks!")
    assert len(found.rows) == len(ROWS)
    assert [note.text for note in found.notes] == ["Here they are:", "Thanks!"]


def test_what_a_spreadsheet_adds_is_dropped() -> None:
    assert rows("sep=;\nwant;offer;match\na;b;1\n;;\nwant;offer;match\nc;d;0") == [
        ("a", "b", "1"),
        ("c", "d", "0"),
    ]


def test_a_short_row_of_markdown_is_filled_up() -> None:
    assert rows("| want | offer | match |\n| a | b |") == [("a", "b", "")]
    assert rows("want | offer | match\n | b | 1") == [("", "b", "1")]


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("want,offer,match\na,b,c,1", 3, "4 cells"),
        ("want,offer,match\na,b", 3, "2 cells"),
        ("want,offer,match\n“a, b”,c,1", 3, "straight quotes"),
        ('want,offer,match\n"a,b,1\nc,d,0', 3, "never closed"),
        ("| want | offer | match |\n| a | b | c | 1 |", 3, "\\|"),
        ("| want | offer | match |\njust words", 3, "no bar"),
        ("first,second\na,b", 2, "names the columns"),
        ("", 2, "names the columns"),
    ],
)
def test_a_line_that_is_no_row_is_named(text: str, line: int, part: str) -> None:
    fault = read(text).faults[0]
    assert fault.line == line
    assert part in fault.message


def test_an_unclosed_quote_costs_one_record() -> None:
    found = read('want,offer,match\na,b,1\n"c,d,0\ne,f,1')
    assert [row.cells[0] for row in found.rows] == ["a", "e"]
    assert [fault.line for fault in found.faults] == [4]
    assert found.records == 3


def test_hopeless_texts_are_given_up_with_a_count() -> None:
    found = read("want,offer,match\n" + '"x\n' * 20_000)
    assert len(found.faults) == table.BROKEN + 1
    assert found.records == 20_000
    assert "19,980 lines were not read" in found.faults[-1].message


CELL = st.text(alphabet=st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=12)


@given(
    st.lists(st.tuples(CELL, CELL, st.sampled_from("01")), min_size=1, max_size=5), st.sampled_from(",;\t|")
)
def test_whatever_stands_in_the_cells_comes_back(every: list[tuple[str, ...]], way: str) -> None:
    cleaned = [tuple(cell.strip() for cell in row) for row in every]
    if way == "|":
        cleaned = [tuple(cell.replace("\\", "/") for cell in row) for row in cleaned]
        text = markdown([HEADER, *cleaned])
    else:
        buffer = io.StringIO()
        writer = csv.writer(buffer, delimiter=way, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerows([HEADER, *cleaned])
        text = buffer.getvalue()
    assert rows(f"````\n{text}\n````") == cleaned


@given(st.text(alphabet=st.sampled_from("want,offer|;\t\"'`~\n\\-: 01é"), max_size=200))
def test_no_line_is_lost(text: str) -> None:
    found = read(text)
    lines = ["### Patterns", *text.split("\n")]
    if found.header:
        assert all(len(row.cells) == len(found.header) for row in found.rows)
    for told in (*found.faults, *found.notes):
        assert told.line is not None
        assert lines[told.line - 1].startswith(told.text)

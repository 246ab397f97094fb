"""How foreign delimited files are recognised."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataci.inference import dialect
from dataci.inference.dialect import Dialect

ROWS = [["name", "age", "note"], *([f"n{i}", str(20 + i), "a, b; c"] for i in range(9))]


def written(delimiter: str, newline: str = "\n") -> str:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator=newline).writerows(ROWS)
    return buffer.getvalue()


@pytest.mark.parametrize("delimiter", dialect.DELIMITERS)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("usual", [",", "\t"])
def test_finds_the_separator_whatever_the_ending_promises(delimiter: str, newline: str, usual: str) -> None:
    text = written(delimiter, newline)
    found = dialect.sniff(text, usual)
    assert found == Dialect(delimiter)
    assert [record.fields for record in dialect.read(text, found)] == ROWS


def test_decimal_commas_do_not_make_the_comma_the_separator() -> None:
    text = "length;width\n" + "1,5;2,5\n" * 20
    assert dialect.sniff(text, ",").delimiter == ";"
    assert dialect.sniff("length;width\n" + "1,5;2\n" * 20, ",").delimiter == ";"


def test_one_column_of_prose_is_one_column() -> None:
    text = "text\nHello, you\nNo commas here\nOne, two, three\nSo, so\n"
    assert dialect.sniff(text, ",").delimiter == ","


def test_stray_quotes_are_ordinary_characters() -> None:
    text = 'ham\t"Gud mrng dear\nspam\tBuy "now\nham\tok\n'
    found = dialect.sniff(text, "\t")
    assert not found.quoted
    assert [record.fields[1] for record in dialect.read(text, found)] == ['"Gud mrng dear', 'Buy "now', "ok"]


def test_quoted_newlines_and_separators_are_quoting() -> None:
    text = 'a\tb\n1\t"x\ty"\n2\t"two\nlines"\n'
    found = dialect.sniff(text, "\t")
    assert found.quoted
    records = list(dialect.read(text, found))
    assert [(record.line, record.fields[1]) for record in records] == [
        (1, "b"),
        (2, "x\ty"),
        (3, "two\nlines"),
    ]


def test_a_space_after_every_separator_belongs_to_the_dialect() -> None:
    found = dialect.sniff("id, name, city\n1, Ann, Rome\n2, Bo, Oslo\n", ",")
    assert found.spaced
    assert not dialect.sniff("id,name,city\n1, Ann,Rome\n2, Bo,Oslo\n", ",").spaced


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("age,income\n39,1000\n50,2000\n", True),
        ("39,State-gov,1000\n50,Private,2000\n38,Private,3000\n", False),
        ("ham\tOk lar\nspam\tFree entry now\nham\tU dun say\n", False),
        ("label\ttext\nham\tOk lar\nspam\tFree entry\n", True),
        ("country,2010,2011,2012\nPeru,3.5,3.6,3.7\nChad,1.5,1.4,1.3\n", True),
        ("A11,6,A34\nA12,48,A32\nA14,12,A34\n", False),
        ("code,name\nAFN,Afghani\nEUR,Euro\nALL,Lek\n", True),
        ("manage musical staff\nsupervise correctional procedures\napply new practices\n", False),
        ("only one line\n", True),
    ],
)
def test_tells_whether_there_is_a_header(text: str, header: bool) -> None:
    assert dialect.sniff(text, "\t" if "\t" in text else ",").header is header


def test_a_header_that_is_repeated_in_the_body_is_still_one() -> None:
    rows = "".join(f"w{i},x\n" for i in range(5))
    assert dialect.sniff("city,kind\n" + rows + "city,kind\n" + rows, ",").header


@given(st.text(max_size=200))
def test_any_text_has_some_dialect(text: str) -> None:
    found = dialect.sniff(text, ",")
    assert found.delimiter in dialect.DELIMITERS

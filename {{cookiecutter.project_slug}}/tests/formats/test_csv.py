"""CSV: values to the byte, physical lines, and nothing lost, whatever the file is like."""

from __future__ import annotations

import csv
import io

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataci import formats
from dataci.formats import csv as ours
from dataci.formats import table as limits


def read(data: bytes | str, path: str = "a.csv") -> formats.Table:
    return formats.read(path, data.encode() if isinstance(data, str) else data)


def problems(data: bytes | str, path: str = "a.csv") -> list[tuple[str, int | None]]:
    return [(p.check, p.line) for p in read(data, path).problems]


def test_quoted_newlines_do_not_shift_the_lines_of_later_rows() -> None:
    table = read('a,b\n1,"x\ny\nz"\n2,"q"\n"3\n",w\n4,v\n')
    assert table.frame.rows() == [("1", "x\ny\nz"), ("2", "q"), ("3\n", "w"), ("4", "v")]
    assert table.lines.to_list() == [2, 5, 6, 8]


def test_lines_are_right_on_the_quick_way_too() -> None:
    data = 'a,b\n1,"x\ny"\n2,q\n'
    assert ours.read_canonical(data.encode(), ",") is not None
    assert read(data).lines.to_list() == [2, 4]


def test_a_header_over_two_lines_counts() -> None:
    assert read('"a\nb",c\n1,2\n').lines.to_list() == [3]


def test_crlf_is_form_and_the_values_keep_theirs() -> None:
    table = read('a,b\r\n1,"x\r\ny"\r\n2,3\r\n')
    assert table.frame.rows() == [("1", "x\r\ny"), ("2", "3")]
    assert table.lines.to_list() == [2, 4]
    assert table.problems == ()
    assert not table.canonical


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("a,b\n1\n2,3\n", [("ragged-row", 2)]),
        ("a,b\n1,2,3\n2,3\n", [("ragged-row", 2)]),
        ("a,b\n1,2\n\n2,3\n", [("ragged-row", 3)]),
        ("a,b\n1,2\n,\n", [("ragged-row", 3)]),
        ("a,b\n1,2\na,b\n3,4\n", [("header", 3)]),
        ("a,\n1,2\n", [("header", 1)]),
        ("a,a\n1,2\n", [("header", 1)]),
        (" a,b\n1,2\n", [("header", 1)]),
        ("a;b\n1;2\n", [("header", 1)]),
        ('a,b\n1,"x\n2,y\n', [("parse-error", 2)]),
        ('a,b\n1,"x"y\n2,y\n', [("parse-error", 2)]),
        ("a,b\n1,x\ry\n2,z\n", [("parse-error", 2)]),
        ("a,b\n<<<<<<< HEAD\n1,2\n=======\n1,3\n>>>>>>> x\n", [("conflict-marker", n) for n in (2, 4, 6)]),
        ("", [("parse-error", None)]),
        ("\n\n", [("parse-error", None)]),
        (b"\xef\xbb\xbfa,b\n1,2\n", [("encoding", 1)]),
        ("a,b\n1,é\n".encode("latin-1"), [("encoding", 2)]),
        ("a,b\n1,é\n".encode("utf-16"), [("encoding", 1)]),
        ("a,b\n1,é\n".encode("utf-16-le"), [("encoding", 1)]),
        (b"a,b\n1,x\x00y\n", [("encoding", 2)]),
        (b"PK\x03\x04\x00\x00", [("parse-error", None)]),
        (b"\x80\x04\x95cos\nsystem\n", [("parse-error", None)]),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", [("parse-error", 1)]),
    ],
)
def test_each_fault_has_its_check_and_line(data: bytes | str, expected: list[tuple[str, int | None]]) -> None:
    assert problems(data) == expected


def test_what_is_wrong_never_costs_a_row() -> None:
    table = read('a,b\n1,2\n3\n4,"5\n6,7\n8,9,10\na,b\n\n11,12\n')
    lost = [p for p in table.problems if p.line and not p.form]
    assert table.frame.rows() == [("1", "2"), ("6", "7"), ("11", "12")]
    assert table.frame.height + len(lost) == table.records == 8


def test_an_unclosed_quote_costs_one_row_not_the_rest() -> None:
    table = read('a,b\n1,"x\n' + "".join(f"{n},y\n" for n in range(500)))
    assert table.frame.height == 500
    assert table.frame["a"][0] == "0"
    assert table.lines[0] == 3


def test_a_file_of_broken_records_is_given_up_and_counted() -> None:
    height = limits.ERROR_LIMIT + 500
    table = read("a,b\n" + '1,"x"y\n' * height)
    assert len(table.problems) == limits.ERROR_LIMIT + 1
    assert table.records == height
    assert table.frame.height == 0


def test_a_huge_field_is_reported_and_the_next_row_read() -> None:
    for quote in ("", '"'):
        table = read(f"a,b\n1,{quote}{'x' * (limits.FIELD_LIMIT + 1)}{quote}\n2,3\n")
        assert [(p.check, p.line) for p in table.problems] == [("parse-error", 2)]
        assert table.frame.rows() == [("2", "3")]


@pytest.mark.parametrize("path", ["a.csv", "a.jsonl", "a.parquet"])
def test_a_table_with_too_many_columns_is_told_and_not_judged(path: str) -> None:
    width = limits.COLUMN_LIMIT + 1
    buffer = io.BytesIO()
    frame = pl.DataFrame({f"c{i}": ["1"] for i in range(width)})
    {"a.csv": frame.write_csv, "a.jsonl": frame.write_ndjson, "a.parquet": frame.write_parquet}[path](buffer)
    table = formats.read(path, buffer.getvalue())
    assert [p.check for p in table.problems] == ["parse-error"]
    assert (table.frame.height, table.records) == (0, 1)


def test_a_marker_inside_of_a_text_is_no_conflict() -> None:
    assert problems('a,b\n1,"======="\n2,<<<<<<< is an arrow\n') == []


def test_tsv() -> None:
    table = read("a\tb\n1\tx, y\n", "a.tsv")
    assert table.frame.rows() == [("1", "x, y")]
    assert table.canonical


def test_one_column_with_empty_cells() -> None:
    frame = pl.DataFrame({"a": ["x", "", "y"]})
    data = formats.write("a.csv", frame)
    assert data == b'a\nx\n""\ny\n'
    assert read(data).frame.equals(frame)


@given(
    st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
            min_size=2,
            max_size=2,
        )
    )
)
def test_what_is_written_is_read_again(rows: list[list[str]]) -> None:
    rows = [row for row in rows if any(row) and row != ["one", "two"]]
    frame = pl.DataFrame(rows, schema={"one": pl.String, "two": pl.String}, orient="row")
    data = formats.write("a.csv", frame)
    table = read(data)
    assert table.canonical
    assert table.frame.rows() == frame.rows()
    assert formats.canonical("a.csv", data) == data


@given(st.lists(st.lists(st.text(alphabet='ab,"\n\r é'), min_size=2, max_size=2), min_size=1))
def test_both_ways_of_reading_agree_with_the_standard_library(rows: list[list[str]]) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([["one", "two"], *rows])
    table = read(buffer.getvalue())
    kept = [tuple(row) for row in rows if any(row)]
    assert table.frame.rows() == kept
    written = formats.write("a.csv", table.frame)
    quick = ours.read_canonical(written, ",")
    assert (quick is None) == (b"\r" in written)
    assert quick is None or quick.frame.rows() == kept


@given(st.binary() | st.text(alphabet='a,"\n\r\x00<>=é;').map(str.encode))
def test_no_bytes_are_too_strange(data: bytes) -> None:
    for path in ("a.csv", "a.tsv", "a.jsonl", "a.parquet"):
        table = formats.read(path, data)
        assert table.frame.height == table.lines.len()
        assert table.frame.height <= table.records
        assert table.frame.height == table.records or table.problems


@pytest.mark.parametrize("name", ["*", "^x$", "_file", "\ufeffa", " a"])
@pytest.mark.parametrize("path", ["a.csv", "a.tsv", "a.jsonl", "a.parquet"])
def test_a_name_that_would_mean_something_to_us_is_refused_and_the_cells_stay(name: str, path: str) -> None:
    buffer = io.BytesIO()
    frame = pl.DataFrame({"x": ["1", "2"], name: ["3", "4"]})
    if path == "a.jsonl":
        frame.write_ndjson(buffer)
    elif path == "a.parquet":
        frame.write_parquet(buffer)
    else:
        frame.write_csv(buffer, separator="\t" if path == "a.tsv" else ",")
    table = formats.read(path, buffer.getvalue())
    assert [p.check for p in table.problems] == ["header"]
    assert table.frame.rows() == [("1", "3"), ("2", "4")]

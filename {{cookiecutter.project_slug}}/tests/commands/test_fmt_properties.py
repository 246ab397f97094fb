"""Properties of `dataci fmt`: no value is lost, whatever a file holds."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dataci import formats
from dataci.commands import fmt
from dataci.formats.table import name_fault

SUFFIXES = (".csv", ".tsv", ".jsonl", ".parquet")
hostile = st.one_of(
    st.sampled_from(
        ["", " ", "  a ", '"', '""', "'", "\n", "\r", "\r\n", "a\nb", "\ufeff", "\ufeffa", ",", "\t", ";"]
    ),
    st.sampled_from(
        ["NA", "null", "007", "1.0", "True", "=1+1", "\x1b[31m", "\u2028", "\x85", "\x0b", "#", "\\", "é"]
    ),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=8),
    st.text('ab",\n\r\t \ufeff', max_size=8),
)
names = hostile.filter(lambda name: name_fault(name) is None)


@st.composite
def tables(draw: st.DrawFn) -> pl.DataFrame:
    """Draw a table that a CSV file can hold without being malformed: no row is blank or repeats the header."""
    header = draw(st.lists(names, min_size=1, max_size=5, unique=True))
    if len(header) == 1 and any(mark in header[0] for mark in ",;\t|"):
        header.append("second" if header[0] != "second" else "other")
    row = st.lists(hostile, min_size=len(header), max_size=len(header))
    row = row.filter(lambda cells: cells != header and (len(header) == 1 or any(cells)))
    rows = draw(st.lists(row, max_size=20))
    return pl.DataFrame(rows, schema=dict.fromkeys(header, pl.String), orient="row")


@st.composite
def csv_files(draw: st.DrawFn, delimiter: str) -> tuple[pl.DataFrame, bytes]:
    """Draw a table and a way to write it: quoting, line ends, byte order mark, blank lines at the end."""
    table = draw(tables())
    text = io.StringIO()
    end = draw(st.sampled_from(["\n", "\r\n"]))
    loose = end == "\r\n" or not any("\r" in cell for row in (table.columns, *table.rows()) for cell in row)
    quoting = draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL] if loose else [csv.QUOTE_ALL]))
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end)
    writer.writerow(table.columns)
    writer.writerows(table.iter_rows())
    blank = draw(st.integers(0, 2)) * end if table.width > 1 else ""
    data = (text.getvalue() + blank).encode()
    return table, (b"\xef\xbb\xbf" if draw(st.booleans()) else b"") + data


values = st.recursive(
    st.one_of(
        hostile, st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False)
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(hostile, inner, max_size=3)),
    max_leaves=4,
)


@st.composite
def jsonl_files(draw: st.DrawFn) -> tuple[list[dict[str, Any]], bytes]:
    """Draw objects and a way to write them: spaces, escapes, line ends, blank lines at the end."""
    rows = draw(st.lists(st.dictionaries(names, values, min_size=1, max_size=4), min_size=1, max_size=10))
    separators = draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,", " : "), (",\t", ":  ")]))
    plain = draw(st.booleans())
    end = draw(st.sampled_from(["\n", "\r\n"]))
    text = end.join(json.dumps(row, ensure_ascii=plain, separators=separators) for row in rows)
    return rows, (text + draw(st.integers(0, 3)) * end).encode()


def same(left: formats.Table, right: formats.Table) -> bool:
    """Tell whether two readings have the same cells, columns and types of cells."""
    kinds = [{name: list(kind) for name, kind in (table.kinds or {}).items()} for table in (left, right)]
    return (
        left.frame.columns == right.frame.columns and left.frame.equals(right.frame) and kinds[0] == kinds[1]
    )


@pytest.mark.parametrize(("path", "delimiter"), [("a.csv", ","), ("a.tsv", "\t")])
@given(data=st.data())
def test_csv_keeps_every_field_to_the_last_character(path: str, delimiter: str, data: st.DataObject) -> None:
    table, before = data.draw(csv_files(delimiter))
    after = formats.canonical(path, before)
    assert after is not None
    assert formats.read(path, before).frame.equals(table)
    assert formats.read(path, after).frame.equals(table)
    assert formats.read(path, after).frame.columns == table.columns
    assert formats.read(path, after).problems == ()
    assert formats.canonical(path, after) == after
    assert formats.read(path, after).canonical


@pytest.mark.parametrize(("path", "delimiter"), [("a.csv", ","), ("a.tsv", "\t")])
@given(data=st.data())
def test_a_foreign_parser_reads_the_same_from_the_canonical_form(
    path: str, delimiter: str, data: st.DataObject
) -> None:
    table, before = data.draw(csv_files(delimiter))
    after = formats.canonical(path, before) or b""
    records = list(csv.reader(io.StringIO(after.decode(), newline=""), delimiter=delimiter, strict=True))
    assert records == [table.columns, *(list(row) for row in table.iter_rows())]


@given(jsonl_files())
def test_jsonl_keeps_every_value(file: tuple[list[dict[str, Any]], bytes]) -> None:
    rows, before = file
    after = formats.canonical("a.jsonl", before)
    assert after is not None
    assert [json.loads(line) for line in after.decode().split("\n")[:-1]] == rows
    assert same(formats.read("a.jsonl", before), formats.read("a.jsonl", after))
    assert formats.canonical("a.jsonl", after) == after
    assert formats.read("a.jsonl", after).canonical


@pytest.mark.parametrize(
    "number", ["1", "1.0", "1e5", "1E+05", "-0", "0.10", "123456789012345678901234567890"]
)
def test_jsonl_keeps_the_text_of_a_number(number: str) -> None:
    assert formats.canonical("a.jsonl", b'{"a":%s}' % number.encode()) == b'{"a": %s}\n' % number.encode()


pieces = st.sampled_from(
    [
        b",",
        b'"',
        b"\n",
        b"\r",
        b"\r\n",
        b"\t",
        b"a",
        b"1",
        b" ",
        b"b,c\n",
        b'"x"',
        b"{",
        b"}",
        b'{"a":1}\n',
        b'{"a":',
        b"[",
    ]
    * 2
    + [b"\xef\xbb\xbf", b"\xff\xfe", b"\xe9", b"\0", b"PAR1", b"\x1f\x8b"]
    + [b"<<<<<<< a\n", b"=======\n", b">>>>>>> b\n"]
)
anything = st.one_of(st.binary(max_size=60), st.lists(pieces, max_size=25).map(b"".join))


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(data=anything)
@example(data=b"\x1f\x8b\x01\n")
@example(data=b"x\x01\n")
@example(data=b"\x1c")
@example(data=b"\x28\xb5\x2f\xfd\n")
@example(data=b"\xef\xbb\xbf\xef\xbb\xbfa\n1\n")
def test_any_bytes_end_in_a_table_or_a_problem(suffix: str, data: bytes) -> None:
    table = formats.read(f"a{suffix}", data)
    assert table.frame.width or table.problems
    assert len(table.lines) == table.frame.height <= table.records
    assert all(dtype == pl.String for dtype in table.frame.dtypes)


@given(data=st.binary(max_size=200), where=st.integers(0, 400))
def test_a_damaged_parquet_file_ends_in_a_table_or_a_problem(data: bytes, where: int) -> None:
    buffer = io.BytesIO()
    pl.DataFrame({"a": [1, 2, 3], "b": ["x", None, "z"]}).write_parquet(buffer)
    good = buffer.getvalue()
    where = min(where, len(good))
    table = formats.read("a.parquet", good[:where] + data + good[where + len(data) :])
    assert table.frame.width or table.problems


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(data=anything)
@example(data=b"\xef\xbb\xbf\xef\xbb\xbf")
@example(data=b"\xef\xbb\xbf")
@example(data=b'"\xef\xbb\xbfa",b\n1,2\n')
def test_fmt_loses_nothing_of_any_file(suffix: str, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        root = Path(folder)
        file = root / "data" / "train" / f"a{suffix}"
        file.parent.mkdir(parents=True)
        file.write_bytes(data)
        code = fmt.run(root)
        after = file.read_bytes()
        before, now = formats.read(file.name, data), formats.read(file.name, after)
        assert sorted(path.name for path in file.parent.iterdir()) == [file.name]
        assert after == data or (same(before, now) and not now.problems and now.records == before.records)
        assert (code == 1) == (suffix != ".parquet" and fmt.judge(file.name, data).wanted is None)
        assert fmt.run(root) == code
        assert file.read_bytes() == after

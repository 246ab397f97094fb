"""JSON Lines: the text of each number and string is kept, and each line is an object or a finding."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataci import formats
from dataci.formats import jsonl


def read(text: str | bytes) -> formats.Table:
    return formats.read("a.jsonl", text.encode() if isinstance(text, str) else text)


def test_numbers_keep_their_text_and_kinds_tell_types_apart() -> None:
    table = read('{"a": 1, "b": "1"}\n{"a": 1.0, "b": null}\n{"a": 1e400, "c": true}\n{"a": [1]}\n')
    assert table.frame["a"].to_list()[:3] == ["1", "1.0", "1e400"]
    assert table.frame["b"].to_list() == ["1", None, None, None]
    assert table.kinds is not None
    assert table.kinds["a"].to_list() == [jsonl.NUMBER, jsonl.NUMBER, jsonl.NUMBER, jsonl.NESTED]
    assert table.kinds["b"].to_list() == [jsonl.STRING, jsonl.NULL, jsonl.ABSENT, jsonl.ABSENT]
    assert table.kinds["c"].to_list() == [jsonl.ABSENT, jsonl.ABSENT, jsonl.BOOLEAN, jsonl.ABSENT]


@pytest.mark.parametrize(
    ("line", "check"),
    [
        ("[1]", "parse-error"),
        ('{"a": NaN}', "parse-error"),
        ('{"a": 1', "parse-error"),
        ('{"a": 1} {"a": 2}', "parse-error"),
        ('{"a": 1, "a": 2}', "header"),
        ('{"a": "\\ud800"}', "encoding"),
        ("[" * 100_000, "parse-error"),
        ("{}", "ragged-row"),
        ("", "ragged-row"),
        ("x" * ((1 << 20) + 1), "parse-error"),
    ],
)
def test_a_bad_line_is_a_finding_and_the_others_are_read(line: str, check: str) -> None:
    table = read('{"a": 1}\n' + line + '\n{"a": 2}\n')
    assert [(p.check, p.line) for p in table.problems] == [(check, 2)]
    assert table.lines.to_list() == [1, 3]
    assert table.records == 3


def test_the_canonical_form_changes_nothing_but_spaces() -> None:
    messy = '\ufeff{"a":1.50 ,  "b":"x  y\\u00e9"}\r\n\n{"b" : [1,2] }'.encode()
    table = read(messy)
    assert not table.canonical
    assert formats.canonical("a.jsonl", messy) is None  # the empty line inside is a finding, not form
    neat = formats.canonical("a.jsonl", messy.replace(b"\n\n", b"\n"))
    assert neat == b'{"a": 1.50, "b": "x  y\\u00e9"}\n{"b": [1, 2]}\n'


values = st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(st.dictionaries(st.text("abc", min_size=1), values, min_size=1)))
def test_what_json_dumps_writes_is_read_and_written_again(rows: list[dict[str, object]]) -> None:
    data = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    table = read(data)
    if rows:
        assert table.problems == ()
        assert table.canonical
        again = formats.write("a.jsonl", table.frame, table)
        assert [json.loads(line) for line in again.decode().split("\n") if line] == rows

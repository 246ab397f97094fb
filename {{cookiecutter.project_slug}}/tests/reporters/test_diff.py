"""The row diff: its text and Markdown, what is in sight of a changed cell, exact counts, and inert data."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from dataci.reporters.diff import contrast, render, summary
from dataci.reporters.escape import columns, terminal

COUNTS = "before after added removed relabelled changed unchanged cells moved_splits moved_files reordered"


def _counts(**known: int) -> dict[str, int]:
    return {name: known.get(name, 0) for name in [*COUNTS.split(), "files", "files_same"]}


def _place(file: str, line: int, **more: Any) -> dict[str, Any]:
    return {"key": "w-1", "file": file, "line": line, "before": {"file": file, "line": line}, **more}


def _diff(**known: Any) -> dict[str, Any]:
    names = ("files", "relabelled", "changed", "added", "removed", "moved", "reordered")
    lists: dict[str, Any] = {name: [] for name in names}
    columns = {"added": [], "removed": [], "renamed": [], "reordered": False}
    return {"version": 1, "base": None, "summary": _counts(), "columns": columns, **lists, **known}


def _file(path: str, status: str, left: int = 0, source: str | None = None, **tally: int) -> dict[str, Any]:
    return {
        "path": path,
        "split": "train",
        "status": status,
        "tally": _counts(**tally),
        "left": left,
        "source": source,
    }


A, B = "data/train/a.csv", "data/test/b.csv"
USUAL = _diff(
    base="main",
    summary=_counts(
        before=10,
        after=12,
        added=3,
        removed=1,
        relabelled=1,
        changed=1,
        cells=3,
        moved_splits=1,
        files=2,
        files_same=4,
    ),
    columns={"added": ["age"], "removed": [], "renamed": [{"old": "txt", "new": "want"}], "reordered": True},
    files=[
        _file(A, "changed", left=1, added=3, removed=1, relabelled=1, changed=1, before=10, after=11),
        _file(B, "added", moved_splits=1, after=1),
    ],
    relabelled=[_place(A, 4, column="match", old="0", new="1")],
    changed=[
        _place(A, 4, column="want", old="a cat", new="a\ncat"),
        _place(A, 4, column="offer", old="", new=None),
    ],
    added=[{"file": A, "line": 11, "row": {"id": "n-1", "want": "a dog"}}],
    removed=[{"file": A, "line": 3, "row": {"id": "w-2", "want": ""}}],
    moved=[{"key": None, "file": B, "line": 2, "before": {"file": A, "line": 9}}],
)

TEXT = """\
relabelled: 1 row

  data/train/a.csv:4  w-1
    match: 0 → 1

changed: 2 cells

  data/train/a.csv:4  w-1
    want: a cat → a\\ncat
    offer: "" → null

added: 3 rows

  + data/train/a.csv:11
    id   want
    n-1  a dog

  … and 2 more like this

removed: 1 row

  - data/train/a.csv:3
    id   want
    w-2  ""

moved: 1 row

  data/test/b.csv:2
    from data/train/a.csv:9

data/train/a.csv
    3 rows added, 1 removed, 1 relabelled, 1 changed, 1 row left for another
    file
data/test/b.csv
    file added: 1 row moved from another split

1 column added: age
column txt renamed to want
the columns stand in another order

3 rows added, 1 removed, 1 relabelled, 1 changed, 1 moved from another split in
  2 files (10 → 12 rows), compared with main
"""


def test_text() -> None:
    assert render(USUAL) == TEXT
    assert re.sub(r"\x1b\[\d+m", "", render(USUAL, color=True)) == TEXT


def test_markdown() -> None:
    lines = render(USUAL, "markdown").splitlines()
    assert lines[0] == (
        "### Data: 3 rows added, 1 removed, 1 relabelled, 1 changed, 1 moved from another split in 2 files "
        "(10 → 12 rows), compared with <code>main</code>"
    )
    assert "- column <code>txt</code> renamed to <code>want</code>" in lines
    assert "<details><summary>changed: 2 cells</summary>" in lines
    place = "<code>data/train/a.csv:4</code> <code>w-1</code>"
    assert f"| {place} | <code>want</code>: <code>a cat</code> → <code>a&#92;ncat</code> |" in lines
    assert f"| {place} | <code>offer</code>: <code>&#34;&#34;</code> → <code>null</code> |" in lines
    assert "| <code>data/test/b.csv:2</code> | from <code>data/train/a.csv:9</code> |" in lines
    assert "… and 2 more like this" in lines


def test_json_is_the_diff_itself() -> None:
    assert json.loads(render(USUAL, "json")) == USUAL


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="take text, markdown or json"):
        render(USUAL, "html")


@pytest.mark.parametrize(
    ("diff", "sentence"),
    [
        (_diff(), "no difference"),
        (_diff(base="main"), "no difference, compared with main"),
        (
            _diff(summary=_counts(before=2000, after=2000, reordered=1999, files=1)),
            "1,999 rows reordered in 1 file (2,000 → 2,000 rows)",
        ),
        (_diff(summary=_counts(before=1, after=1, files=1)), "no row differs in 1 file (1 → 1 row)"),
    ],
)
def test_summary(diff: dict[str, Any], sentence: str) -> None:
    assert summary(diff) == sentence


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (_file(A, "moved", source=B, moved_files=7, after=7), f"moved here from {B}"),
        (_file(A, "form"), "not one row differs, only how they are written: quoting, line ends or a byte"),
        (_file(A, "removed", removed=7, before=7), "file removed: 7 rows removed"),
        (_file(A, "order", reordered=2), "2 rows reordered"),
    ],
)
def test_files(file: dict[str, Any], sentence: str) -> None:
    assert f"{A}\n    {sentence}\n" in render(_diff(files=[file], summary=_counts(files=1)))


@pytest.mark.parametrize(
    ("old", "new", "sides"),
    [
        ("a", "b", ("a", "b")),
        (None, "null", ("null", '"null"')),
        ("", '""', ('""', '"\\"\\""')),
        ("a\nb", "a\\nb", ('"a\\nb"', '"a\\\\nb"')),
        ("x" * 99 + "\n", "x" * 99 + "\\n", ('"…xxxxxxxxxxxx\\n"', '"…xxxxxxxxxxxx\\\\n"')),
        ("x" * 99 + "a", "x" * 99 + "b", ("…xxxxxxxxxxxxa", "…xxxxxxxxxxxxb")),
        ("x" * 99, "x" * 98, ("…xxxxxxxxxxxxx", "…xxxxxxxxxxxx")),
        ("a" + "x" * 99, "b" + "x" * 99, ("a" + "x" * 18 + "…", "b" + "x" * 18 + "…")),
    ],
)
def test_contrast(old: str | None, new: str | None, sides: tuple[str, str]) -> None:
    assert contrast(old, new, 20) == sides


@given(
    st.text(st.characters(), max_size=90),
    st.text(st.characters(), max_size=90),
    st.text(st.characters(), max_size=90),
)
def test_what_differs_is_in_sight(before: str, old: str, new: str) -> None:
    sides = contrast(before + old, before + new, 30)
    assert (sides[0] == sides[1]) == (old == new)
    assert max(map(columns, sides)) <= 30


def _poisoned(text: str, rows: int = 12) -> dict[str, Any]:
    path = text[:200]
    places = [_place(path, line, key=text) for line in range(rows)]
    cells = [{**place, "column": text, "old": text, "new": f"{text}x"} for place in places]
    whole = [{"file": path, "line": line, "row": {text: text, "b": None}} for line in range(rows)]
    names = {
        "added": [text] * 30,
        "removed": [text],
        "renamed": [{"old": text, "new": text}] * 14,
        "reordered": True,
    }
    moved = [{**place, "before": {"file": f"{path}2", "line": 3}} for place in places]
    counts = {"added": 5000, "removed": 5000, "relabelled": 5000, "changed": 5000, "cells": 10_000}
    return _diff(
        base=text,
        summary=_counts(**counts, moved_files=5000, files=rows),
        columns=names,
        files=[_file(path, "moved", source=path)] * rows,
        **{"relabelled": cells, "changed": cells, "added": whole, "removed": whole, "moved": moved},
    )


def test_hostile(hostile: str) -> None:
    diff = _poisoned(hostile, 12 if len(hostile) < 10_000 else 1)
    path = terminal(hostile[:200])
    for form in ("text", "markdown", "json"):
        shown = render(diff, form)
        assert shown.encode().decode().replace("\n", "").isprintable()
        assert not any(line.lstrip().startswith("::") or "##[" in line for line in shown.splitlines())
    assert all(columns(line) <= 80 or path in line for line in render(diff).splitlines())
    page = MarkdownIt("gfm-like", {"linkify": False}).render(render(diff, "markdown"))
    ours = {"h3", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "code", "ul", "li", "p"}
    assert set(re.findall(r"<(\w+)", page.replace("<!-- -->", ""))) <= ours
    assert page.count("<td") == 2 * (page.count("<tr") - page.count("<thead"))


@pytest.mark.parametrize("text", ["plain", "<@|://" * 500])
@pytest.mark.parametrize("limit", [20_000, 60_000])
def test_markdown_keeps_the_limit_and_its_counts(text: str, limit: int) -> None:
    shown = render(_poisoned(text, 3000), "markdown", limit=limit)
    assert len(shown) <= limit
    for block in shown.split("<details>")[1:]:
        listed = block.count("\n| <code>")
        assert f"and {5000 - listed:,} more: --format json lists the first 3,000" in block

"""Parquet: typed columns as text, and a damaged file is a finding."""

from __future__ import annotations

import io
from datetime import date

import polars as pl

from dataci import formats


def bytes_of(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def test_cells_become_text_and_the_types_are_kept_beside() -> None:
    frame = pl.DataFrame(
        {"n": [1, None], "x": [1.0, 2.5], "b": [True, False], "d": [date(2026, 1, 2), None], "l": [[1], []]}
    )
    table = formats.read("a.parquet", bytes_of(frame))
    assert table.frame["n"].to_list() == ["1", None]
    assert table.frame["x"].to_list() == ["1.0", "2.5"]
    assert table.frame["b"].to_list() == ["true", "false"]
    assert table.frame["d"].to_list() == ["2026-01-02", None]
    assert table.lines.to_list() == [1, 2]
    assert table.native is not None
    assert table.native.schema == frame.schema


def test_damage_is_a_finding() -> None:
    good = bytes_of(pl.DataFrame({"a": list(range(1000))}))
    for bad in (good[:-10], good[: len(good) // 2], b"PAR1" + b"\xff" * 100 + b"PAR1", b"", b"a,b\n1,2\n"):
        table = formats.read("a.parquet", bad)
        assert [p.check for p in table.problems] == ["parse-error"]
        assert table.frame.height == 0

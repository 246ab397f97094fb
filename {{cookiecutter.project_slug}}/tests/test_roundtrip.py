"""Damage by spreadsheets and data frames, and edits that are none."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataci import roundtrip

DAMAGED = [
    ("007", "7", "zeros"),
    ("00501", "501.0", "zeros"),
    ("3", "3.0", "float"),
    ("-12", "-12.0", "float"),
    ("True", "1", "boolean"),
    ("true", "TRUE", "boolean"),
    ("False", "0.0", "boolean"),
    ("1", "True", "boolean"),
    ("NA", "", "na"),
    ("None", "nan", "na"),
    ("null", None, "na"),
    ("", "nan", "nan"),
    (None, "None", "nan"),
    ("2026-01-02", "1/2/2026", "date"),
    ("2026-01-02", "02.01.26", "date"),
    ("2026-01-02", "2026-01-02 00:00:00", "date"),
    ("MARCH1", "1-Mar", "date"),
    ("SEPT2", "2-Sep", "date"),
    ("3-4", "4-Mar", "date"),
    ("123456789012", "1.23E+11", "exponent"),
    ("12345678901234567", "1.2345678901234568e+16", "exponent"),
    ("1234567890123456789", "1234567890123450000", "digits"),
    ("0.1234567", "0.123", "rounded"),
    ("12.75", "13", "rounded"),
    ("0.1", "0.10000000149011612", "noise"),
    ("1.50", "1.5", "decimals"),
    ("3.0", "3", "decimals"),
    ("1.5", "1,5", "comma"),
    ("café", "cafÃ©", "mojibake"),
    ("it’s", "itâ€™s", "mojibake"),
    ("café", "caf?", "lost"),
    ("naïve", "nave", "lost"),
    ("a  b", "a b", "space"),
    ("a", "a ", "space"),
    ("Berlin", "BERLIN", "case"),
]
EDITS = [
    ("7", "8"),
    ("007", "8"),
    ("3", "4.0"),
    ("True", "0"),
    ("NA", "Namibia"),
    ("", "x"),
    ("2026-01-02", "2026-01-03"),
    ("2026-01-02 10:00", "2026-01-02 11:30"),
    ("0.52", "0.48"),
    ("0.5", "0.75"),
    ("12.75", "14"),
    ("cafe", "café"),
    ("cafÃ©", "café"),
    ("Berlin", "Bern"),
    ("1", "0"),
    ("123456789012", "123456789013"),
]


@pytest.mark.parametrize(("old", "new", "kind"), DAMAGED)
def test_damage_is_named(old: str | None, new: str | None, kind: str) -> None:
    cells = pl.DataFrame({"old": [old], "new": [new]}, schema={"old": pl.String, "new": pl.String})
    assert roundtrip.classify(cells).to_list() == [kind]


def test_edits_and_repairs_are_no_damage() -> None:
    cells = pl.DataFrame(EDITS, schema=["old", "new"], orient="row")
    assert {pair: kind for pair, kind in zip(EDITS, roundtrip.classify(cells), strict=True) if kind} == {}


def test_every_kind_has_an_example_above() -> None:
    assert {kind for _, _, kind in DAMAGED} == set(roundtrip.KINDS)


def test_each_damage_can_strike_the_cell_that_it_struck() -> None:
    for old, _, kind in DAMAGED:
        assert (
            roundtrip.systematic(kind, 1, pl.Series([old], dtype=pl.String))
            is not roundtrip.KINDS[kind].strict
        )
        assert pl.Series([old or ""]).str.contains(roundtrip.KINDS[kind].prone).item() or kind == "boolean"


def test_one_edit_among_many_cells_is_a_persons() -> None:
    before = pl.Series(["3"] * 100)
    assert not roundtrip.systematic("float", 1, before)
    assert roundtrip.systematic("float", 3, before)
    assert not roundtrip.systematic("case", 5, pl.Series(["Berlin"] * 100))
    assert roundtrip.systematic("case", 60, pl.Series(["Berlin"] * 100))


@given(st.lists(st.tuples(st.text(), st.text()), max_size=20))
def test_any_cells_can_be_classified(pairs: list[tuple[str, str]]) -> None:
    cells = pl.DataFrame(pairs, schema={"old": pl.String, "new": pl.String}, orient="row")
    kinds = roundtrip.classify(cells)
    assert len(kinds) == len(pairs)
    assert set(kinds) <= {*roundtrip.KINDS, None}

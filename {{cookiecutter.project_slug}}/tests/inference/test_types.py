"""Types of columns, and what means "missing"."""

from __future__ import annotations

import polars as pl
import pytest

from dataci.formats import jsonl
from dataci.inference import types


def kind(values: list[str], name: str = "x", missing: tuple[str, ...] = ()) -> str:
    return types.column(pl.Series(name, values), missing).kind


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "-2", "0"], "int"),
        (["1", "2.5", "1e-3"], "float"),
        (["22.0", "23.0"], "float"),
        (["007", "123"], "string"),
        (["0.5", "0.7"], "float"),
        (["True", "False"], "string"),
        (["2026-01-31", "2026-02-01"], "time"),
        (["2026-01-31T10:00:00Z", "2026-02-01T10:00:00Z"], "time"),
        (["2026-13-31", "2026-02-01"], "string"),
        (["12.0 oz", "16.0 oz"], "string"),
        (["", ""], "string"),
        (["+5", "+6"], "string"),
        (["9" * 25, "1"], "float"),
    ],
)
def test_kinds(values: list[str], expected: str) -> None:
    assert kind(values) == expected


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        (["2026-01-31", "2026-02-01"], "pl.Date"),
        (["2026-01-31T10:00:00Z", "2026-02-01T10:00:00+02:00"], "pl.Datetime"),
        (["2026-01-31 10:00", "2026-02-01"], "pl.Datetime"),
    ],
)
def test_iso_dates_have_a_type_of_their_own(values: list[str], dtype: str) -> None:
    assert types.column(pl.Series("x", values), ()).dtype == dtype
    assert types.column(pl.Series("x", values), (), pl.Series([jsonl.STRING] * 2)).dtype == dtype


def test_days_that_do_not_exist_are_odd() -> None:
    column = types.column(pl.Series("day", [*["2026-02-01"] * 99, "2026-02-31"]), ())
    assert (column.dtype, column.odd) == ("pl.Date", ((99, "2026-02-31"),))


def test_codes_of_digits_stay_strings() -> None:
    assert kind(["35233", "35957"], "zip") == "string"
    assert kind(["35233", "35957"], "ZipCode") == "string"
    assert kind(["35233", "35957"], "amount") == "int"


def test_a_few_odd_cells_do_not_make_numbers_text() -> None:
    column = types.column(pl.Series("age", [*map(str, range(100)), "abc"]), ())
    assert (column.kind, column.odd) == ("int", ((100, "abc"),))


def test_missing_words_are_known_by_their_company() -> None:
    numbers = pl.DataFrame({"age": [*map(str, range(60)), "NA"], "sex": ["m"] * 60 + ["NA"]})
    assert types.missing_tokens(numbers) == ("NA",)
    assert types.missing_tokens(numbers.select("sex")) == ()
    jobs = pl.DataFrame({"job": ["clerk"] * 60 + ["?"]})
    assert types.missing_tokens(jobs) == ("?",)


def test_namibia_is_not_missing() -> None:
    codes = [a + b for a in "ABCDEFGH" for b in "XYZ"] + ["NA"]
    frame = pl.DataFrame({"alpha-2": codes, "size": [*map(str, range(len(codes) - 1)), "NA"]})
    assert types.missing_tokens(frame) == ()


def test_missing_cells_are_counted_and_not_typed() -> None:
    column = types.column(pl.Series("x", ["1", "", "NA", "4"]), ("NA",))
    assert (column.kind, column.missing, column.distinct) == ("int", 2, 2)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["1,5", "2,25", "3,0"], "decimal comma"),
        (["1,200", "3,400", "15,000"], "thousands|decimal comma"),
        (["1", "2", "3", "4 oz"], "is not"),
        (["31/12/2026", "01/01/2027"], "YYYY-MM-DD"),
        (["a ", "b"], "spaces"),
        (["a", "NA"], "missing"),
    ],
)
def test_says_what_is_doubtful(values: list[str], words: str) -> None:
    import re

    assert re.search(words, " ".join(types.column(pl.Series("x", values), ()).doubts))

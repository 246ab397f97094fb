"""The text report: what it looks like, that it fits and counts exactly, and that data cannot act in it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataci.finding import Counts, Finding, Report, Severity
from dataci.reporters import REPORTERS
from dataci.reporters.escape import columns, terminal
from dataci.reporters.text import render, row_lines, wrap

USUAL = """\
schema: 1,234 errors

  data/train/a.csv:3  match
    "2" is not one of the allowed values 0, 1: correct the cell
    id   want                    offer        match
    w-3  someone to feed my cat  pet sitting  2
                                              ^
  data/train/a.csv:4  match
    id   want                    offer        match
    w-4  someone to feed my cat  pet sitting  2
                                              ^

  … and 1,232 more like these

split-leak: 1 error

  data/train/a.csv:9
    the row stands in the test set as well: remove it here
    see data/test/t.csv:4

drift: 1 warning

  the data as a whole  source
    the share of crowd rose to 48 %: look why

check           errors  warnings  known  waived
schema           1,234         -      -       -
near-duplicate       -         -     12       2
split-leak           1         -      -       -
drift                -         1      -       -
2 other checks found nothing.

note: the waiver for w-77 matches nothing: remove it

FAIL  1,235 errors, 1 warning in 12,345 rows of 5 files, compared with main (12
      known, 2 waived)
"""


def test_usual(usual: Report) -> None:
    assert render(usual) == USUAL


def test_color_only_paints(usual: Report) -> None:
    painted = render(usual, color=True)
    assert painted != USUAL
    assert re.sub(r"\x1b\[\d+m", "", painted) == USUAL


def test_clean(clean: Report) -> None:
    assert render(clean) == "2 checks found nothing.\n\nPASS  nothing found in 3 rows of 1 file\n"


def test_nothing_ran() -> None:
    report = Report("fail", 0, 0, (), {}, None, ("no file below data/ was checked: add one",))
    assert render(report) == (
        "No check ran.\n\nnote: no file below data/ was checked: add one\n\n"
        "FAIL  0 errors, 0 warnings in 0 rows of 0 files\n"
    )


def _many(listed: int, total: int, column: Callable[[int], str]) -> Report:
    findings = tuple(
        Finding("schema", Severity.ERROR, "a.csv", line, column(line), None, "wrong")
        for line in range(listed)
    )
    return Report("fail", 1, 9999, findings, {"schema": Counts(total)})


@pytest.mark.parametrize(
    ("listed", "total", "sentence"),
    [
        (10, 10, None),
        (11, 11, "  … and 1 more: --format json lists them"),
        (4331, 4331, "  … and 4,321 more: --format json lists them"),
        (1000, 4331, "  … and 4,321 more: --format json lists the first 1,000"),
        (10, 4331, "  … and 4,321 more like these"),
        (1, 3, "  … and 2 more like this"),
        (0, 3, "  3, none listed"),
    ],
)
def test_counts_stay_exact(listed: int, total: int, sentence: str | None) -> None:
    lines = render(_many(listed, total, lambda line: "c")).splitlines()
    assert f"schema: {total:,} errors" in lines
    assert sum(line.startswith("  a.csv:") for line in lines) == min(listed, 10)
    assert [line for line in lines if "more" in line or "listed" in line] == ([sentence] if sentence else [])
    assert lines[-1] == f"FAIL  {total:,} errors, 0 warnings in 9,999 rows of 1 file"


def test_a_noisy_column_does_not_hide_another() -> None:
    assert "  a.csv:99  rare" in render(_many(100, 100, lambda line: "rare" if line == 99 else "noisy"))


def test_unsummed_findings_are_counted() -> None:
    finding = Finding("mine", Severity.WARNING, None, None, None, None, "odd")
    assert "mine: 1 warning" in render(Report("pass", 1, 1, (finding,), {}))


def test_a_wide_row_keeps_the_offending_cell() -> None:
    row = tuple((f"c{index}", str(index) * 9) for index in range(1000))
    assert row_lines(row, "c700", 76, lambda text, style: text) == [
        "c0         c1         c2         c3         c700                        …",
        "000000000  111111111  222222222  333333333  7007007007007007007007007…  +995",
        "                                            ^^^^^^^^^^^^^^^^^^^^^^^^^^",
    ]


@given(st.text("ab猫: \u0301", max_size=60) | st.text("a:", max_size=200), st.integers(10, 40))
def test_wrap_loses_nothing(text: str, width: int) -> None:
    lines = wrap(terminal(text), width, "  ")
    assert all(columns(line) <= width for line in lines)
    assert not any(line.lstrip().startswith("::") for line in lines)
    assert "".join(lines).replace(" ", "").replace("\\x3a", ":") == text.replace(" ", "")


def test_hostile(poisoned: Callable[[str], Report], hostile: str) -> None:
    path = terminal(poisoned(hostile).findings[0].file or "")
    for color in (False, True):
        shown = re.sub(r"\x1b\[\d+m", "", render(poisoned(hostile), color=color))
        assert shown.replace("\n", "").isprintable()
        for line in shown.splitlines():
            assert not line.lstrip().startswith("::")
            assert "##[" not in line
            assert columns(line) <= 80 or path in line


short = st.text(st.characters(), max_size=90)


@given(
    st.lists(st.tuples(short, short, short, short | st.none()), min_size=1, max_size=4),
    st.sampled_from([60, 80, 120]),
)
def test_lines_fit(cells: list[tuple[str, str, str, str | None]], width: int) -> None:
    findings = tuple(
        Finding(
            check, Severity.ERROR, "data/a.csv", 2, column, value, message, (), ((column, value), ("b", "c"))
        )
        for check, column, message, value in cells
    )
    report = Report(
        "fail", 1, 1, findings, {cells[0][0]: Counts(10**9, 10**9, 10**9, 10**9)}, cells[0][1], ()
    )
    lines = REPORTERS["text"](report, width).splitlines()
    assert max(map(columns, lines)) <= width

"""Charts of a column before and after: on one scale, aligned, counted where they are cut."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reviews
from dataci.reporters import distribution

LABEL, NUMBER, LENGTH, MOMENT = reviews.columns()


def charts(entry: dict[str, Any]) -> list[str]:
    """Return the charts of a column, without the names behind them."""
    return re.findall(r"<code>([·▁▂▃▄▅▆▇█]+)</code> (?:before|after|added)", distribution.row(entry))


def test_one_scale_for_both_sides() -> None:
    before, after = reviews.side([4, 4, 0, 0, 0], []), reviews.side([0, 1, 3, 0, 4], [])
    assert charts({**NUMBER, "before": before, "after": after}) == ["██···", "·▃▇·█"]


def test_a_bin_with_few_rows_is_no_empty_bin() -> None:
    few = {
        **NUMBER,
        "before": reviews.side([1, 99_999, 0, 0, 0], []),
        "after": reviews.side([0, 0, 0, 0, 0], []),
    }
    assert charts(few) == ["▁█···", "·····"]


def test_categories() -> None:
    line = distribution.row(LABEL)
    assert charts(LABEL) == ["▅▅·", "▄▆▁", "·█▂"]  # the last bar: all other values
    assert "| <b><code>match</code></b> | " in line
    assert "<code>0</code> 53 % → 33 %<br><code>match</code> 47 % → 62 %<br>all others 0 % → 5 %" in line
    assert "effect of the added rows 0.50, at least 0.30" in line


def test_numbers_lengths_and_moments() -> None:
    assert "median 3 → 7.25<br>drawn from 0 to 10<br>" in distribution.row(NUMBER)
    assert "median length 3 → 7.25" in distribution.row(LENGTH)
    assert "<b>" not in distribution.row(LENGTH)  # nothing beyond noise
    assert "effect" not in distribution.row(LENGTH)
    assert "drawn from <code>2026-01-01</code> to <code>2026-07-01</code>" in distribution.row(MOMENT)


def test_nothing_moved() -> None:
    same = {**LABEL, "changed": False, "after": LABEL["before"], "added": None, "added_shift": None}
    assert "| as before |" in distribution.row(same)


def test_a_column_without_a_number() -> None:
    empty = reviews.side([], [])
    assert "<code>·</code> before<br><code>·</code> after" in distribution.row(
        {**NUMBER, "bins": [], "before": empty, "after": empty}
    )


@pytest.mark.parametrize(
    ("share", "said"), [(0, "0 %"), (0.001, "< 1 %"), (0.5, "50 %"), (0.999, "> 99 %"), (1, "100 %")]
)
def test_percent(share: float, said: str) -> None:
    assert distribution.percent(share) == said


def test_the_title_counts_what_changed() -> None:
    assert distribution.title(reviews.columns()) == "3 of 4 columns changed beyond noise"
    assert distribution.title([LENGTH]) == "1 column, nothing beyond noise"


def test_what_changed_and_the_label_are_drawn_and_the_rest_is_named() -> None:
    calm = {**LABEL, "changed": False}
    test = {**LENGTH, "split": "test"}
    shown = distribution.render([NUMBER, calm, LENGTH, test], 6000)
    assert shown.count(" before<br>") == 2
    assert shown.startswith(distribution.HEAD + "| <b><code>age</code></b> |")
    assert "| <code>match</code> |" in shown
    noise = "Within noise: <code>want</code>, <code>want</code> (<code>test</code>).\n"
    assert shown.endswith(f"|\n\n{distribution.LEGEND}\n{noise}")
    assert distribution.render([LENGTH], 6000) == "Within noise: <code>want</code>.\n"
    assert distribution.render([], 6000) == ""


@given(
    st.integers(0, 60),
    st.integers(600, 6000),
    st.sampled_from(["x", "|`<b>" * 30, "é" * 99, ""]),
    st.booleans(),
)
def test_the_room_is_kept_and_what_is_cut_is_counted(number: int, room: int, text: str, quiet: bool) -> None:
    entries = [{**entry, "column": text} for entry in reviews.columns() * (number // 4)]
    entries = [{**entry, "changed": False, "role": "text"} for entry in entries] if quiet else entries
    shown = distribution.render(entries, room)
    assert len(shown) <= room
    drawn = shown.count(" before<br>")
    cut = re.search(r"… and (\d+) more column", shown)
    names = re.search(r"Within noise: (.*)\.", shown)
    said = re.search(r"(\d+)(?: more)? columns?\.", shown)
    named = 0 if not names else names[1].count(", ") + 1 - bool(said)
    assert drawn + named + sum(int(found[1]) for found in (cut, said) if found) == len(entries)


def test_hostile(hostile: str) -> None:
    line = distribution.row(reviews.columns(hostile)[0])
    assert line.count("\n") == 1
    assert line[:-1].isprintable()
    assert line.replace("\\|", "").count("|") == 4

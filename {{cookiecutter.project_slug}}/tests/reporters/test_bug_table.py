"""Bugs by candidates: in results/README.md as numbers and discs, on the page as a heat map that everybody can read."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from dataci.record import Record
from dataci.reporters import bug_order, bug_table
from dataci.reporters.bug_table import Side
from dataci.reporters.leaderboard import Board, Line
from dataci.reporters.page import Overview, bugs
from dataci.reporters.page.style import CSS

EVIL = "<img src=x onerror=y> @bob | `rm` $(x) #7\n::error::\x1b[31m\u202e"


def entry(errors: int, n: int = 10, tree: str = "t", **told: Any) -> dict[str, Any]:
    """Return a bug's part of a record."""
    rate = {"value": errors / n, "low": max(0.0, errors / n - 0.1), "high": min(1.0, errors / n + 0.1)}
    return {"n": n, "errors": errors, "error_rate": rate, "tree": tree, **told}


def record(number: int, entries: dict[str, Any], **changes: Any) -> Record:
    """Return as much of a record as the table looks at."""
    base = {
        "tag": f"{number:08x}-00000000",
        "uncommitted": False,
        "metrics": {"mae": {"value": 2.0}},
        "test": {},
        "bugs": entries,
        "changed": {"parent": None},
        "data": {"rows": 1},
        "evaluation": {"metric": "mae", "direction": "lower"},
    }
    return {**base, **changes}


def table(latest: Record, *others: Record, deployed: Record | None = None) -> list[list[str]]:
    """Return the cells of the table in results/README.md, the head first."""
    sides = [Side(one, one["tag"][:8]) for one in (*others, latest)]
    lines = bug_table.render(latest, deployed, sides)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]


def test_the_most_urgent_bug_comes_first_and_candidates_follow_the_merges() -> None:
    first = record(1, {"a": entry(9), "b": entry(2)})
    latest = record(2, {"a": entry(1, harm=9, name="Big"), "b": entry(5, harm=3, users=40)})
    found = table(latest, first)
    assert found[0] == ["priority", "bug", "harm", "users", "00000001", "00000002", "error (95 %)"]
    assert found[1] == [
        "15.0",
        "<code>b</code>",
        "3",
        "40",
        "◔ 2 of 10",
        "◑ 5 of 10",
        "0.50 (0.40–0.60)",
    ]
    assert found[2][:6] == ["9.0", "<code>Big</code><br><code>a</code>", "9", "–", "● 9 of 10", "◔ 1 of 10"]


def test_production_decides_the_order_where_it_was_measured_on_the_same_patterns() -> None:
    deployed = record(1, {"a": entry(10), "b": entry(0), "c": entry(10, tree="old")})
    latest = record(2, {name: entry(5, harm=5) for name in "abc"})
    found = table(latest, deployed, deployed=deployed)
    assert [row[1] for row in found[1:]] == ["<code>a</code>", "<code>c</code>", "<code>b</code>"]
    assert found[2][3:5] == ["other patterns", "◑ 5 of 10"]


def test_a_bug_whose_description_alone_changed_is_compared() -> None:
    one = record(1, {"a": entry(3, tree="before")}, test={"patterns": "p"})
    latest = record(2, {"a": entry(2, tree="after")}, test={"patterns": "p"})
    assert table(latest, one)[1][3] == "◑ 3 of 10"
    assert table({**latest, "test": {"patterns": "q"}}, one)[1][3] == "other patterns"


def test_what_has_no_figure_says_so() -> None:
    latest = record(
        2,
        {
            "empty": {"n": 0, "error_rate": {"reason": "the bug has no patterns"}, "tree": "t"},
            "price": {"n": 2, "mae": {"value": 6.0, "low": 1.0, "high": 9.0}, "tree": "t"},
            "old": entry(2),
        },
    )
    found = {row[1]: row for row in table(latest, record(1, {}))[1:]}
    assert found["<code>price</code>"][3:] == ["not measured", "◕ mean error 6.000", "0.75 (0.33–0.82)"]
    assert found["<code>empty</code>"][0] == "–"
    assert "no patterns" in found["<code>empty</code>"][4]
    assert found["<code>old</code>"][2] == "–"  # an old record, which does not say how harmful


@pytest.mark.parametrize(
    ("share", "disc"),
    [(0, "○"), (0.001, "◔"), (0.25, "◔"), (0.26, "◑"), (0.5, "◑"), (0.75, "◕"), (0.76, "●"), (1, "●")],
)
def test_only_nothing_is_an_empty_disc(share: float, disc: str) -> None:
    assert bug_table.disc(share) == disc


def test_a_long_table_is_cut_with_a_count() -> None:
    latest = record(1, {f"b{at:05d}": entry(at % 11, harm=5) for at in range(20_000)})
    lines = bug_table.render(latest, None, [Side(latest, "latest")])
    assert sum(line.startswith("| 5") for line in lines) == bug_table.LISTED
    assert "… and 19,970 more; `dataci bug list` lists them." in lines


def test_latest_and_production_are_always_beside_the_newest_others() -> None:
    chain = [record(at, {}) for at in range(1, 12)]
    latest, outside = chain[-1], record(99, {})
    tags = [int(one["tag"][:8], 16) for one in bug_table.beside(latest, chain[1], chain)]
    assert tags == [2, 7, 8, 9, 10, 11]
    assert [int(one["tag"][:8], 16) for one in bug_table.beside(latest, outside, chain)] == [
        99,
        7,
        8,
        9,
        10,
        11,
    ]
    assert bug_table.beside(latest, None, []) == [latest]
    assert bug_table.beside(latest, latest, chain[-1:]) == [latest]


def test_nothing_hostile_reaches_the_table() -> None:
    latest = record(
        1, {EVIL: entry(1, name=EVIL), "x": {"n": 0, "error_rate": {"reason": EVIL}, "tree": "t"}}
    )
    whole = "\n".join(bug_table.render(latest, None, [Side(latest, "latest")]))
    for mark in ("<img", "@bob", "`rm`", "\x1b", "\u202e", "$(x)", "#7"):
        assert mark not in whole
    tokens = MarkdownIt().enable("table").parse(whole)
    assert sum(token.type == "tr_open" for token in tokens) == 3
    assert sum(token.type == "th_open" for token in tokens) == 5


@given(st.dictionaries(st.sampled_from("abcdef"), st.none() | st.integers(0, 10**10)))
def test_reach_grows_with_users_and_an_unknown_one_is_in_the_middle(users: dict[str, int | None]) -> None:
    reach = bug_order.reaches(users)
    assert reach.keys() == users.keys()
    assert all(0 <= value <= 1 for value in reach.values())
    known = sorted((count, reach[name]) for name, count in users.items() if count is not None)
    assert [value for _, value in known] == sorted(value for _, value in known)
    if known:
        assert all(
            known[0][1] <= reach[name] <= known[-1][1] for name, count in users.items() if count is None
        )


def overview(latest: Record, *others: Record, deployed: Record | None = None) -> Overview:
    """Return as much of an overview as the heat map looks at."""
    chain = tuple(Line(one, at, None, at) for at, one in enumerate((*others, latest), start=1))
    return Overview("p", board=Board(latest, deployed, "latest", chain, chain))


def test_the_heat_map_has_the_numbers_and_a_step_of_the_ramp() -> None:
    latest = record(2, {"a": entry(1, harm=9, name="Big"), "b": entry(10, harm=3)})
    html = bugs.section(overview(latest, record(1, {"a": entry(0), "b": entry(5)})))
    cells = re.findall(r'<span class="heat h(\d)">([^<]*)</span>', html)
    assert cells[:4] == [("3", "5 of 10"), ("5", "10 of 10"), ("0", "0 of 10"), ("1", "1 of 10")]
    assert "style=" not in html
    assert html.index("Big") > html.index(">b<")
    assert bugs.section(overview(record(1, {}))) == ""


def test_the_heat_map_is_cut_with_a_count() -> None:
    latest = record(1, {f"b{at:03d}": entry(3) for at in range(150)})
    html = bugs.section(overview(latest))
    assert "… and 50 more bugs" in html
    assert html.count("<tr>") == bugs.LISTED + 1


def test_nothing_hostile_reaches_the_heat_map() -> None:
    html = bugs.section(overview(record(1, {EVIL: entry(1, name=EVIL)})))
    for mark in ("<img", "\x1b", "\u202e"):
        assert mark not in html


def luminance(colour: str) -> float:
    """Return the relative luminance of #rgb or #rrggbb (WCAG 2)."""
    digits = colour if len(colour) == 6 else "".join(digit * 2 for digit in colour)
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_ramp_has_one_hue_rises_evenly_and_can_be_read_in_every_theme() -> None:
    themes = re.findall(r"--h0:#.*?--top:#[0-9a-f]+", CSS)
    assert len(themes) == 3  # light, dark, print
    for theme in themes:
        colours = dict(re.findall(r"--(\w+):#([0-9a-f]+)", theme))
        ramp = [luminance(colours[f"h{level}"]) for level in range(bugs.LEVELS)]
        assert ramp == sorted(ramp) or ramp == sorted(ramp, reverse=True)
        for level, ground in enumerate(ramp):
            ink = luminance(colours["low" if level < 4 else "top"])
            assert (max(ink, ground) + 0.05) / (min(ink, ground) + 0.05) >= 4.5
        for colour in (colours[f"h{level}"] for level in range(bugs.LEVELS)):
            red, green, blue = (int(colour[at : at + 2], 16) for at in (0, 2, 4))
            assert blue >= green >= red  # blue, whatever the step
    assert ".h0,.h1,.h2,.h3{color:var(--low)}.h4,.h5{color:var(--top)}" in CSS

"""results/README.md: the best first, nobody's figures mixed, and safe whatever the values are."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from dataci.comparison import Verdict
from dataci.record import Record
from dataci.reporters import chart, leaderboard
from dataci.reporters.leaderboard import Board, Line

EVIL = "<img src=x> @bob | `rm` $(x) #7\n::error::\x1b[31m\u202e"
BETTER = Verdict("better", "roc_auc", "", 0.05, 0.01, 0.09, 0.01)


def made(number: int, value: float, **changes: Any) -> Record:
    """Return as much of a record as the page looks at."""
    base: dict[str, Any] = {
        "tag": f"{number:08x}-00000000",
        "uncommitted": False,
        "data": {"rows": 10},
        "train": {"task": "classification"},
        "test": {"id": "7" * 40, "rows": 4},
        "evaluation": {"metric": "roc_auc", "direction": "higher"},
        "metrics": {"roc_auc": {"value": value, "low": value - 0.1, "high": value + 0.1}},
        "bugs": {},
        "changed": {"parent": "00000000-00000000", "data": {"rows_added": 3, "relabelled": 2}},
    }
    return {**base, **changes}


def page(*lines: Line, **changes: Any) -> list[str]:
    """Render a board whose first line is the latest; return the lines of the page."""
    latest = lines[0].record
    values: dict[str, Any] = {"production": None, "reference": "latest", "chain": (), **changes}
    return leaderboard.render(Board(latest=latest, lines=tuple(lines), **values)).splitlines()


def rows(text: list[str]) -> list[str]:
    """Return the lines of tables."""
    return [line for line in text if line.startswith("|")]


def test_the_table_links_to_records_best_first_and_names_production_and_latest() -> None:
    latest, deployed = made(1, 0.9), made(2, 0.8, changed={"parent": None})
    text = page(
        Line(latest, 1, BETTER, 2), Line(deployed, 2, None, 1), production=deployed, reference="production"
    )
    assert text[2] == (
        "In production is [00000002-00000000](00000002-00000000.json) (ROC AUC 0.800 (0.700–0.900), rank 2 of 2). "
        "The latest is [00000001-00000000](00000001-00000000.json) (ROC AUC 0.900 (0.800–1.000), rank 1 of 2); "
        "against production it is **better** (+0.050, +0.010 to +0.090)."
    )
    assert rows(text) == [
        "| rank | candidate | ROC AUC (95 % interval) | against production | training rows | what changed |",
        "|--:|---|---|---|--:|---|",
        "| 1 | [00000001-00000000](00000001-00000000.json) **latest** | 0.900 (0.800–1.000) | "
        "better (+0.050, +0.010 to +0.090) | 10 | merge 2 · data: 3 added, 2 relabelled of the training rows |",
        "| 2 | [00000002-00000000](00000002-00000000.json) **production** | 0.800 (0.700–0.900) | "
        "· | 10 | merge 1 · first result |",
    ]


def test_the_first_sentence_fits_what_there_is() -> None:
    one = Line(made(1, 0.9), 1)
    assert "Nothing is in production yet; `dataci promote TAG`" in page(one)[2]
    assert page(one, production=one.record)[2].startswith("In production is the latest candidate, [00000001")
    other = made(2, 0.8)
    text = page(one, Line(other, None, None, None, "another test set"), production=other)[2]
    assert "not ranked). The latest is" in text
    assert "against production" not in text


@pytest.mark.parametrize(
    ("verdict", "cell"),
    [
        (BETTER, "better (+0.050, +0.010 to +0.090)"),
        (Verdict("same", "roc_auc", "", 0.0, 0.0, 0.0, 1.0), "same predictions"),
        (Verdict("none", "roc_auc", "lost"), "-0.100"),
        (None, "-0.100"),
    ],
)
def test_a_verdict_stands_with_its_interval_and_a_plain_difference_without_a_word(
    verdict: Verdict | None, cell: str
) -> None:
    text = page(Line(made(1, 0.9), 1), Line(made(2, 0.8), 2, verdict))
    assert f"| {cell} |" in rows(text)[3]


def test_what_was_measured_otherwise_stands_apart_with_the_reason() -> None:
    other = made(2, 0.99, metrics={"roc_auc": {"reason": EVIL}})
    text = page(Line(made(1, 0.9), 1), Line(other, why=f"numpy 1 is gone {EVIL}"))
    ranked, apart = text[: text.index("## Measured otherwise")], text[text.index("## Measured otherwise") :]
    assert "00000002" not in "".join(ranked)
    assert "numpy 1 is gone" in rows(apart)[2]
    assert "none: <code>" in rows(apart)[2]


def test_without_a_figure_nothing_is_ranked() -> None:
    text = page(Line(made(1, 0.9, metrics={"roc_auc": {"reason": "one class"}}), why="one class"))
    assert not any(line.startswith("| rank") for line in text)
    assert "## Measured otherwise" in text


def test_long_tables_end_with_a_count_but_show_latest_and_production() -> None:
    lines = [Line(made(number, 0.9), number) for number in range(1, 151)]
    lines = [
        Line(made(999, 0.1), 151),
        *lines,
        *(Line(made(number, 0.9), why="x") for number in range(2000, 2130)),
    ]
    text = page(*lines, production=lines[140].record)
    assert sum(".json)" in row for row in rows(text)) == leaderboard.TABLE + 1 + leaderboard.TABLE
    assert any("**production**" in row for row in rows(text))
    assert [line for line in text if line.startswith("… and")] == ["… and 50 more.", "… and 30 more."]


def test_the_chart_shows_merges_with_their_bounds_and_says_what_is_left_out() -> None:
    chain = tuple(Line(made(number, number / 10), None, None, number) for number in (3, 4, 6))
    text = page(Line(made(6, 0.6), 1, None, 6), chain=chain, left_out=3)
    block = text[text.index("```mermaid") : text.index("```")]
    assert block[-5:] == [
        '  x-axis "merge" ["3", "4", "6"]',
        '  y-axis "ROC AUC" 0.175 --> 0.725',
        "  line [0.2, 0.3, 0.5]",
        "  line [0.4, 0.5, 0.7]",
        "  line [0.3, 0.4, 0.6]",
    ]
    assert "`▁▃█` ROC AUC over 3 merges: 0.300 → 0.600" in text
    assert any(
        line.endswith("3 earlier results of this line are left out, measured otherwise or gone.")
        for line in text
    )


def test_one_point_is_no_chart_and_many_are_cut() -> None:
    chain = tuple(Line(made(number, 0.5), None, None, number) for number in range(1, 100))
    assert "```mermaid" not in page(Line(made(1, 0.9), 1), chain=chain[:1])
    text = page(Line(made(1, 0.9), 1), chain=chain)
    axis = next(line for line in text if "x-axis" in line)
    assert axis.count(",") == leaderboard.CHART - 1
    assert any(f"over the newest {leaderboard.CHART} merges" in line for line in text)


@given(
    st.text(max_size=8),
    st.lists(st.floats(-1e9, 1e9, allow_nan=False), min_size=1, max_size=5),
)
def test_a_chart_has_the_grammar_of_mermaid_whatever_is_drawn(name: str, values: list[float]) -> None:
    lines = chart.mermaid(name, name, [str(at) for at in range(len(values))], values, values, values)
    text, number = r'"[A-Za-z0-9 ._-]+"', r"-?\d+(\.\d+)?"
    assert re.fullmatch(rf"  x-axis {text} \[{text}(, {text})*\]", lines[-6])
    assert re.fullmatch(rf"  y-axis {text} {number} --> {number}", lines[-5])
    assert all(re.fullmatch(rf"  line \[{number}(, {number})*\]", line) for line in lines[-4:-1])
    low, high = (float(end) for end in lines[-5].split(" ")[-3::2])
    assert low < high
    assert len(chart.bars(values)) == len(values)
    doubt = 1 + 1000 * (max(values) - min(values))
    assert set(chart.bars(values, doubt)) <= set("▄▅")  # noise is no leap


def test_bugs_stand_on_the_page_with_production_and_the_latest() -> None:
    entry = {"n": 4, "errors": 1, "error_rate": {"value": 0.25, "low": 0.1, "high": 0.7}, "tree": "t"}
    latest, deployed = made(1, 0.9, bugs={"vet": entry}), made(2, 0.8, bugs={"vet": {**entry, "errors": 3}})
    text = page(Line(latest, 1), Line(deployed, 2), production=deployed)
    head = rows(text[text.index("## Model bugs") :])[0]
    assert head.index("**production**") < head.index("**latest**")


def test_what_changed_is_short_however_many_files_did() -> None:
    change = {"parent": "0" * 8, "code": {"files": [f"src/{at}.py" for at in range(40)]}}
    cell = rows(page(Line(made(1, 0.9, changed=change), 1)))[2]
    assert "src/2.py" in cell
    assert "src/3.py" not in cell
    assert "37 more" in cell


def test_warnings_and_uncommitted_candidates_are_marked() -> None:
    text = page(Line(made(1, 0.9, uncommitted=True), 1), fault="production.toml is odd", unreadable=2)
    assert "> **Warning:** <code>production.toml is odd</code>" in text
    assert (
        "> **Warning:** 2 files here are no readable records; `dataci train` says which, and what to do."
        in text
    )
    assert "**latest** (uncommitted) |" in rows(text)[2]


def test_nothing_hostile_reaches_the_page() -> None:
    change = {"parent": "0" * 8, "train": {EVIL: {"from": None, "to": EVIL}}, "code": {"files": [EVIL]}}
    bug = {"n": 0, "error_rate": {"reason": EVIL}, "tree": "t"}
    record = made(1, 0.9, changed=change, bugs={EVIL: bug})
    record["evaluation"]["metric"] = EVIL
    record["metrics"] = {EVIL: record["metrics"]["roc_auc"]}
    chain = (Line(record, None, None, 1), Line(record, None, None, 2))
    text = page(Line(record, 1), Line(record, why=EVIL), chain=chain, fault=EVIL)
    whole = "\n".join(text)
    for mark in ("<img", "@bob", "`rm`", "\x1b", "\u202e", "$(x)", "#7"):
        assert mark not in whole
    assert not any(line.startswith("::") for line in text)
    tables = [token for token in MarkdownIt().enable("table").parse(whole) if token.type == "table_open"]
    assert len(tables) == 3
    assert {row.count("|") for row in rows(text)} == {7, 6}

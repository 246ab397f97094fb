"""Comparisons as text and Markdown: plain sentences, aligned, and safe whatever the values are."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dataci.comparison import BugChange, Comparison, Flip, Flips, Side, SliceChange, Verdict
from dataci.reporters import comparison, sentences
from dataci.reporters.escape import columns

EVIL = "<img src=x> @bob | `rm` $(x)\n::error::\x1b[31m\u202e"
BETTER = Verdict("better", "roc_auc", "", 0.031, 0.012, 0.05, 0.002, 0.01, "DeLong", 182)


def figures(value: float) -> dict[str, float]:
    """Return a figure with an interval."""
    return {"value": value, "low": value - 0.1, "high": value + 0.1}


def made(tag: str, value: float, task: str = "classification", **changes: Any) -> dict[str, Any]:
    """Return as much of a record as the reporters look at."""
    base: dict[str, Any] = {
        "tag": tag,
        "uncommitted": False,
        "data": {"rows": 10},
        "train": {"task": task},
        "test": {"id": "7" * 40, "bugs": "8" * 40, "slices": None, "rows": 4},
        "evaluation": {"metric": "roc_auc"},
        "metrics": {"roc_auc": figures(value), "f1": {"reason": f"no {EVIL}"}},
        "bugs": {EVIL: {"n": 4, "errors": 1, "error_rate": figures(0.25), "tree": "t"}},
        "per_class": {
            EVIL: {"n": 4, "recall": figures(value), "precision": figures(0.5), "f1": figures(value)}
        },
        "confusion": {EVIL: {"0": round(value * 10)}},
        "changed": {
            "parent": "00000000-00000000",
            "data": {"rows_added": 3, "relabelled": 2, "commits": [f"1 {EVIL}"]},
        },
        "compared": {},
    }
    return {**base, **changes}


def flips(number: int, listed: int | None = None) -> Flips:
    """Return flipped rows with hostile texts."""
    flip = Flip(EVIL, "test", "1", EVIL, "1", 0.5, (("want", EVIL), ("offer", "x" * 500)))
    return Flips(number, (flip,) * (number if listed is None else listed))


@pytest.fixture
def found() -> Comparison:
    change = {
        **made("b", 0.9)["changed"],
        "train": {EVIL: {"from": None, "to": EVIL}},
        "code": {"files": [EVIL]},
        "environment": {f"lib{at}": {"from": "1", "to": EVIL} for at in range(9)},
    }
    a, b = Side(EVIL, made("a", 0.8)), Side("b", made("b", 0.9))
    worse = Verdict("worse", "roc_auc", "", -0.3, -0.4, -0.2, 0.001, 0.01, "x", 20)
    slices = (
        SliceChange(EVIL, worse, figures(0.8), figures(0.5), True),
        SliceChange("s", Verdict("none", "roc_auc", f"no {EVIL}", rows=3)),
    )
    entry = made("b", 0.9)["bugs"][EVIL]
    bugs = (
        BugChange(EVIL, "fixed", "", entry, {**entry, "errors": 0}, 0.03, flips(7), Flips(), True),
        BugChange("gone", "none", "only A was measured on it", entry, None),
    )
    return Comparison(a, b, True, BETTER, change, flips(12), Flips(), slices, bugs, (EVIL,))


def plain(found: Comparison) -> str:
    """Return the text with its line breaks as spaces."""
    return " ".join(comparison.text(found).split())


def test_text_begins_with_the_verdict_in_plain_sentences(found: Comparison) -> None:
    text = plain(found)
    assert text.startswith(
        "B is better than A: ROC AUC rises by 0.031 (95 % interval 0.012 to 0.050) on the same 182 test rows. "
        "12 rows are now right that were wrong, 0 are newly wrong."
    )
    assert (
        "Statistics: DeLong's test of two ROC curves on the same rows; 182 rows, each on its own; p = 0.002."
        in text
    )


def test_text_names_everything(found: Comparison) -> None:
    text = plain(found)
    for words in (
        "data: 3 added, 2 relabelled of the training rows",
        "environment: … and 4 other versions",
        "-0.300 (-0.400 to -0.200) worse *",
        "ROC AUC 0.800 (0.700–0.900) 0.900 (0.800–1.000) +0.031",
        "1 of 4 (15%–35%) 0 of 4 (15%–35%) 7/0 fixed *",
        "only A was measured on it",
        "for orientation, the verdict is about the primary metric",
        "Fixed: 12 test rows",
        "… and 2 more (--format json lists them)",
        "Fixed: 7 patterns of the bug <img",
        "Confusion, where it differs",
        "recall 0.800 (0.700–0.900) 0.900 (0.800–1.000) +0.100",
    ):
        assert words in text
    assert "precision" not in text, "only what differs"


def test_text_holds_no_control_characters_and_fits(found: Comparison) -> None:
    text = comparison.text(found)
    assert not [c for c in text if not c.isprintable() and c != "\n"]
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())
    assert max(map(columns, text.splitlines())) <= 100


def test_markdown_begins_with_the_verdict(found: Comparison) -> None:
    lines = comparison.markdown_text(found).splitlines()
    assert lines[0] == "### B is better than A"
    assert lines[2].startswith(
        "ROC AUC rises by 0.031 (95 % interval 0.012 to 0.050) on the same 182 test rows."
    )


def test_markdown_holds_nothing_that_github_would_act_upon(found: Comparison) -> None:
    text = comparison.markdown_text(found)
    for mark in ("<img", "@bob", "`rm`", "\x1b", "\u202e", "\n::error"):
        assert mark not in text
    tags = {part.split(">")[0] for part in text.split("<")[1:]}
    assert tags == {"code", "/code", "details", "/details", "summary", "/summary", "br", "!-- --"}
    assert text.count("<details>") == text.count("</details>") == 2


def test_markdown_tables_have_one_width_each(found: Comparison) -> None:
    blocks = [block.splitlines() for block in comparison.markdown_text(found).split("\n\n")]
    tables = [block for block in blocks if block[0].startswith("|")]
    assert len(tables) == 5
    assert [{line.count("|") for line in table} for table in tables] == [{5}, {7}, {6}, {6}, {5}]


def said(word: str, *values: float, metric: str = "f1", **more: Any) -> Verdict:
    """Return a verdict on 182 rows."""
    return Verdict(word, metric, "", *values, **{"margin": 0.01, "method": "m", "rows": 182, **more})


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (
            Verdict("none", "f1", "they were measured on different test sets."),
            "No verdict on B against A: they were measured on different test sets. ",
        ),
        (said("same", 0.0, 0.0, 0.0, 1.0), "B predicts exactly what A predicts on the same 182 test rows. "),
        (
            said("worse", 0.1, 0.05, 0.2, 0.0004, metric="log_loss"),
            "B is worse than A: log loss rises by 0.100 (95 % interval 0.050 to 0.200; less is better) on the same",
        ),
        (
            said("worse", -0.1, -0.2, -0.05, 0.0004),
            "B is worse than A: F1 falls by 0.100 (95 % interval 0.050 to 0.200) on the same 182 test rows.",
        ),
        (
            said("better", -12345.6, -20000, -100, 0.0004, metric="rmse"),
            "B is better than A: RMSE falls by 12,350 (95 % interval 100 to 20,000; less is better) on the same",
        ),
        (
            said("unclear", 0.01, -0.03, 0.05, 0.3),
            "It is unclear whether B is better than A: F1 changes by +0.010 (95 % interval -0.030 to +0.050) on the "
            "same 182 test rows. With 182 rows a difference below about 0.040 cannot be told from chance.",
        ),
        (
            said("unclear", 0.1, 0.001, 0.2, 0.06, margin=0.0),
            "It is unclear whether B is better than A: F1 changes by +0.100 (95 % interval +0.001 to +0.200) on the "
            "same 182 test rows. The interval and the p-value (p = 0.060) do not agree, so nothing is claimed.",
        ),
        (
            said("not worse", 0.0, -0.009, 0.02, 0.8),
            "B is not worse than A by more than 0.01: F1 changes by +0.000 (95 % interval -0.009 to +0.020) on the "
            "same 182 test rows. Whether it is better is unclear.",
        ),
        (
            said("not worse", -0.005, -0.008, -0.002, 0.001),
            "B is not worse than A by more than 0.01: F1 falls by 0.005 (95 % interval 0.002 to 0.008) on the same "
            "182 test rows. That is a real loss, within the margin of 0.01 that [evaluation] allows.",
        ),
    ],
)
def test_each_verdict_in_words(found: Comparison, verdict: Verdict, words: str) -> None:
    assert plain(found._replace(verdict=verdict, fixed=Flips(), a=found.a._replace(name="a"))).startswith(
        words
    )


def test_a_statistic_on_clusters_says_so(found: Comparison) -> None:
    verdict = found.verdict._replace(clusters=40)
    assert "182 rows in 40 clusters (rows of one group, or with a text that recurs)" in plain(
        found._replace(verdict=verdict)
    )


def test_too_few_rows_are_told(found: Comparison) -> None:
    few = Verdict(
        "unclear", "f1", "these rows are too few to tell how sure that is", 0.5, None, None, 1.0, 0.01, "m", 2
    )
    told = found._replace(verdict=few, slices=(SliceChange("s", few),))
    assert (
        "F1 changes by +0.500, and these rows are too few to tell how sure that is, on the same 2 test"
        in plain(told)
    )
    assert "s 2 - - +0.500 unclear" in plain(told)


@pytest.mark.parametrize("name", ["GH-7", "closes gh-7", "x" * 401, "abcdef0123"])
def test_what_github_would_link_is_no_plain_reason(name: str) -> None:
    """An issue that is named gets an entry about whoever names it."""
    assert sentences.reason(name, lambda text, width: f"<{text}>") == f"<{name}>"


@pytest.mark.parametrize("name", ["__init__", "_x_", "abcdef0", "x" * 41, "Bold"])
def test_what_no_metric_is_called_is_escaped(name: str) -> None:
    assert sentences.metric_name(name, lambda text, width: f"<{text}>") == f"<{name}>"
    assert sentences.metric_name("balanced_accuracy", lambda text, width: "") == "balanced_accuracy"


def test_a_hostile_reason_is_escaped(found: Comparison) -> None:
    told = found._replace(verdict=Verdict("none", "roc_auc", EVIL), a=found.a._replace(stuck=EVIL))
    text, page = comparison.text(told), comparison.markdown_text(told)
    assert "\x1b" not in text + page
    assert "<img" not in page
    assert "@bob" not in page


@pytest.mark.parametrize(
    ("fixed", "broken", "words"),
    [
        (14, 3, "14 rows are now right that were wrong, 3 are newly wrong."),
        (1, 1, "1 row is now right that was wrong, 1 is newly wrong."),
        (0, 0, "No row flipped between right and wrong."),
    ],
)
def test_flips_are_counted_in_words(found: Comparison, fixed: int, broken: int, words: str) -> None:
    assert words in plain(found._replace(fixed=flips(fixed), broken=flips(broken)))


def test_of_a_regression_errors_are_told(found: Comparison) -> None:
    b = Side("b", made("b", 0.9, "regression", bugs={"x": {"n": 3, "mae": figures(2.5), "tree": "t"}}))
    text = plain(found._replace(b=b, fixed=flips(1500, 200), broken=flips(3)))
    assert "The error is smaller on 1,500 rows and larger on 3." in text
    assert "Error is smaller: 1,500 test rows (where it changed most)" in text
    assert "… and 1,490 more (--format json lists the first 200)" in text
    entry = b.record["bugs"]["x"]
    bug = BugChange("x", "better", "", entry, {**entry, "mae": figures(1.25)}, 0.5)
    assert "mean error 2.500 mean error 1.250 0/0 better" in plain(found._replace(b=b, bugs=(bug,)))


def test_what_was_measured_again_is_told_with_both_figures(found: Comparison) -> None:
    old = made("a", 0.75)
    other = {**old, "test": {**old["test"], "id": "9" * 40, "rows": 1200}}
    told = plain(found._replace(a=found.a._replace(recorded=other)))
    assert (
        "A was measured on another test set (99999999, 1,200 rows); it was evaluated again on today's for this "
        "comparison: ROC AUC 0.750 there, 0.800 here."
    ) in told
    for change, words in (
        ({"test": {**old["test"], "bugs": "9" * 40}}, "A was measured with other bugs, slices or groups;"),
        ({"evaluation": {"metric": "f1"}}, "A was measured with other settings of [evaluation];"),
        ({}, "The predictions of A were lost;"),
    ):
        assert words in plain(found._replace(a=found.a._replace(recorded={**old, **change})))


def test_figures_of_different_test_sets_are_not_subtracted(found: Comparison) -> None:
    text = comparison.text(found._replace(same_test=False, verdict=Verdict("none", "roc_auc", "x")))
    assert "(measured otherwise)" in text
    assert "+0.100" not in text
    assert "Confusion" not in text
    assert "Per class" not in text


def test_many_classes_are_cut_to_those_that_moved_most(found: Comparison) -> None:
    def record(step: float) -> dict[str, Any]:
        """Return a record with twenty classes; the later a class, the more it moves."""
        names = [f"class-{at:02d}" for at in range(20)]
        return made(
            "x",
            0.8,
            per_class={n: {"n": 1, "f1": figures(0.2 + step * at / 40)} for at, n in enumerate(names)},
        )

    text = comparison.text(found._replace(a=Side("a", record(0)), b=Side("b", record(1))))
    assert "class-19" in text
    assert "class-13" not in text
    assert "… and 13 more classes that moved less" in text


def test_without_a_difference_it_says_so(found: Comparison) -> None:
    assert "Nothing that makes the model differs." in comparison.text(
        found._replace(changed={"parent": None})
    )


def test_a_metric_without_a_value_shows_its_reason(found: Comparison) -> None:
    line = next(line for line in comparison.text(found).splitlines() if line.startswith("  F1"))
    assert "none: no <img" in line


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.9, "0.900"),
        (-0.0, "0.000"),
        (1e-17, "0.000"),
        (0.00042, "0.00042"),
        (12.345, "12.35"),
        (12345.6, "12,350"),
        (1e9, "1,000,000,000"),
        (100.0, "100"),
    ],
)
def test_numbers_are_written_without_an_exponent(value: float, text: str) -> None:
    assert comparison.number(value) == text


@given(st.floats(-1e12, 1e12))
def test_a_number_is_not_far_from_what_is_written(value: float) -> None:
    written = comparison.signed(value)
    assert written[0] in "+-"
    assert "e" not in written
    half = (
        0.0005 if 0.00095 <= abs(value) < 10 else 1e-9
    )  # of the third decimal; tiny numbers have two digits
    assert float(written.replace(",", "")) == pytest.approx(value, rel=0.06, abs=half * 1.001)


@example(":")
@given(st.text(max_size=80))
def test_whatever_the_text_no_line_is_too_long_and_none_is_a_command(value: str) -> None:
    bugs = {value: {"n": 1, "errors": 1, "tree": "t"}}
    side = Side(value, made("a", 0.8, bugs=bugs, per_class={value: {"f1": {"reason": value}}}))
    flip = Flips(1, (Flip(value, "test", value, value, value, 0.1, ((value, value),)),))
    worse = Verdict("none", "roc_auc", value)
    bug = BugChange(value, "none", value, bugs[value], None)
    found = Comparison(
        side, side, True, worse, {"parent": None}, flip, flip, (SliceChange(value, worse),), (bug,), (value,)
    )
    lines = comparison.text(found).split("\n")
    assert max(map(columns, lines)) <= 100
    assert not any(line.lstrip().startswith("::") or "##[" in line for line in lines)
    assert sentences.verdict(found, lambda text, _: text.replace("\n", " "))


def test_a_new_result_is_told_in_a_few_lines() -> None:
    none = {"with": "y", "verdict": "none", "reason": EVIL}
    text = comparison.result(made("x", 0.9, compared=none, uncommitted=True))
    assert "x: 10 training rows, 4 test rows" in text
    assert "no verdict" in text
    assert "commit them and train again" in text
    assert not [c for c in text if not c.isprintable() and c != "\n"]


def test_a_new_result_says_how_it_does_against_its_parent() -> None:
    compared = {
        **{"with": "y", "verdict": "not worse", "metric": "f1", "margin": 0.01},
        **{"difference": 0.0, "low": -0.009, "high": 0.02, "p": 0.5},
        **{"fixed": {"n": 3, "ids": []}, "broken": {"n": 2, "ids": []}},
    }
    text = " ".join(comparison.result(made("x", 0.9, compared=compared)).split())
    assert (
        "Against y: not worse; F1 changes by +0.000 (95 % interval -0.009 to +0.020); 3 fixed, 2 newly broken"
        in text
    )

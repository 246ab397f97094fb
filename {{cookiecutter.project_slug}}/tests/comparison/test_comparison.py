"""Verdicts on the same rows, none on others; what flipped; slices and bugs; what a record keeps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from comparing import LABELS, TRUTH, noise, numbers, side, stored
from dataci import comparison, figures, metrics, record
from dataci.comparison import Comparison, Flips, Side, Verdict, verdicts
from dataci.predictions import Predictions, Settings

EVIL = "<img src=x> @bob\n::error::\x1b[31m\u202e"


def weak_and_strong(metric: str = "roc_auc", **more: Any) -> tuple[Side, Side]:
    """Return two results of which the second one is plainly better."""
    return side("1", stored(noise(1, 0.1)), metric, **more), side("2", stored(noise(2, 0.5)), metric, **more)


# --- the word ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", metrics.BINARY)
def test_a_plain_gain_is_better_and_a_plain_loss_worse(metric: str) -> None:
    weak, strong = weak_and_strong(metric)
    up, down = comparison.judge(weak, strong), comparison.judge(strong, weak)
    assert (up.word, down.word) == ("better", "worse")
    lower = metric in metrics.LOWER_IS_BETTER
    assert up.difference is not None
    assert (up.difference < 0) == lower, "the difference itself is B - A, whatever is better"
    assert up.gain is not None
    assert up.gain > 0
    assert up.significant
    assert up.rows == 120


@pytest.mark.parametrize("metric", metrics.BINARY)
def test_noise_is_unclear_and_nothing_is_the_same(metric: str) -> None:
    one = noise(1, 0.3)
    other = noise(5, 0.3)
    found = comparison.judge(side("1", stored(one), metric), side("2", stored(other), metric))
    assert found.word == "unclear"
    assert found.low is not None
    assert found.high is not None
    assert found.low <= 0 <= found.high
    assert found.resolution == pytest.approx((found.high - found.low) / 2)
    assert comparison.judge(side("1", stored(one), metric), side("2", stored(one), metric)).word == "same"


def said(
    difference: float, low: float, high: float, p: float, metric: str = "f1", margin: float = 0.01
) -> str:
    """Return the word for these figures."""
    return verdicts.word(Verdict("", metric, "", difference, low, high, p, margin))


def test_the_margin_makes_a_small_doubt_not_worse() -> None:
    assert said(0.0, -0.009, 0.009, 0.9) == "not worse"
    assert said(0.0, -0.011, 0.011, 0.9) == "unclear", "the bad end lies beyond the margin"
    assert said(0.0, -0.009, 0.5, 0.3) == "not worse"
    assert said(-0.005, -0.008, -0.002, 0.001) == "not worse", "a certain loss, within what the margin allows"
    assert said(-0.005, -0.012, -0.002, 0.001) == "worse"
    assert said(0.005, 0.002, 0.008, 0.001) == "better"
    assert said(0.0, -0.009, 0.009, 0.9, margin=0.0) == "unclear", "no margin, no such word"


def test_of_an_error_the_lower_is_better_also_for_the_margin() -> None:
    assert said(-0.1, -0.15, -0.05, 0.001, "log_loss") == "better"
    assert said(0.1, 0.05, 0.15, 0.001, "rmse") == "worse"
    assert said(0.0, -0.5, 0.009, 0.4, "mae") == "not worse"
    assert said(0.0, -0.009, 0.5, 0.4, "brier") == "unclear"


def test_better_and_worse_need_interval_and_p_to_agree() -> None:
    assert said(0.1, 0.001, 0.2, 0.06) == "not worse", "what the interval says of the margin still holds"
    assert said(-0.1, -0.2, -0.001, 0.06) == "unclear"
    assert said(0.1, 0.001, 0.2, 0.06, margin=0.0) == "unclear"
    assert said(0.1, -0.02, 0.2, 0.04) == "unclear"


def test_the_margin_is_that_of_the_newer_record() -> None:
    same = (stored(noise(1, 0.3)), stored(noise(5, 0.3)))
    for margin, word in ((0.0, "unclear"), (0.9, "not worse")):
        found = comparison.judge(side("1", same[0], margin=0.001), side("2", same[1], margin=margin))
        assert (found.word, found.margin) == (word, margin)


def test_the_statistic_is_paired() -> None:
    """B is right on three rows more than A, on the same rows: an unpaired test of .80 and .85 sees nothing there."""
    generator = np.random.default_rng(0)
    base = np.clip(generator.normal(0.4 + 0.25 * TRUTH, 0.25), 0.05, 0.95)
    better = base + np.where(TRUTH, 0.03, -0.03)
    a, b = side("1", stored(base)), side("2", stored(better))
    found = comparison.judge(a, b)
    assert found.word == "better"
    alone = [
        figures.metrics(stored(scores), Settings("roc_auc", "1", 0.5))["roc_auc"] for scores in (base, better)
    ]
    assert alone[0]["high"] > alone[1]["value"], (
        "the two intervals overlap by half: unpaired, nothing could be said"
    )


def test_rows_without_any_spread_are_no_proof() -> None:
    """No row flips, so F1 has no spread: of 120 rows that is little, of 12,000 enough for the margin."""
    for repeat, word in ((1, "unclear"), (100, "not worse")):
        one = np.tile(np.where(TRUTH, 0.8, 0.2), repeat)
        a, b = (
            side(c, stored(s, LABELS * repeat), "f1", margin=0.01) for c, s in (("1", one), ("2", one * 0.9))
        )
        found = comparison.judge(a, b)
        assert (found.word, found.difference) == (word, 0.0)
        assert found.high == pytest.approx(3 / 120 / repeat)


def test_two_rows_tell_nothing() -> None:
    labels = ["0", "1"]
    a, b = (side(c, stored(np.array(s), labels)) for c, s in (("1", [0.8, 0.2]), ("2", [0.2, 0.8])))
    found = comparison.judge(a, b)
    assert (found.word, found.difference, found.p) == ("unclear", 1.0, 1.0)


def test_rows_that_all_depend_on_one_another_tell_nothing() -> None:
    a, b = (side(c, stored(noise(1, s), clusters=("x",) * 120), "f1") for c, s in (("1", 0.1), ("2", 0.5)))
    found = comparison.judge(a, b)
    assert (found.word, found.low, found.high, found.p) == ("unclear", None, None, 1.0)
    assert "too few" in found.reason
    assert comparison.summary(a, b)["low"] is None


def test_what_the_statistic_rests_on_is_told() -> None:
    clusters = tuple(f"c{at // 4}" for at in range(120))
    a, b = (
        side(code, stored(noise(seed, s), clusters=clusters))
        for code, seed, s in (("1", 1, 0.1), ("2", 2, 0.5))
    )
    found = comparison.judge(a, b)
    assert (found.rows, found.clusters) == (120, 30)
    assert found.method
    assert comparison.judge(*weak_and_strong()).clusters is None


@settings(max_examples=60)
@example("accuracy", 357368, 0.21875, 0.0625)  # the interval says better, the p-value does not
@example("average_precision", 1200, 0.5, 0.5078125)  # on the edge, where a draw decides
@given(st.sampled_from(metrics.BINARY), st.integers(0, 10**6), st.floats(0, 0.6), st.floats(0, 0.6))
def test_swapping_the_sides_swaps_the_words_and_the_flips(
    metric: str, seed: int, one: float, two: float
) -> None:
    a, b = side("1", stored(noise(seed, one)), metric), side("2", stored(noise(seed + 1, two)), metric)
    there, back = comparison.compare(a, b), comparison.compare(b, a)
    mirror = {"better": "worse", "worse": "better"}
    assert back.verdict.word == mirror.get(there.verdict.word, there.verdict.word)
    assert there.verdict.difference == pytest.approx(-(back.verdict.difference or 0.0), abs=1e-12)
    assert [flip.id for flip in there.fixed.rows] == [flip.id for flip in back.broken.rows]
    assert [flip.id for flip in there.broken.rows] == [flip.id for flip in back.fixed.rows]
    assert (there.fixed.n, there.broken.n) == (back.broken.n, back.fixed.n)


@given(st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 0.5))
def test_with_a_margin_no_word_contradicts_its_mirror(
    middle: float, left: float, right: float, p: float, margin: float
) -> None:
    there = said(middle, middle - left, middle + right, p, margin=margin)
    back = said(-middle, -middle - right, -middle + left, p, margin=margin)
    allowed = {"better": {"worse", "not worse"}, "worse": {"better"}}
    assert back in allowed.get(there, {"not worse", "unclear", "better"})


# --- when there is none -----------------------------------------------------------------------------------------------


def test_results_on_different_test_sets_get_no_verdict_and_no_flips() -> None:
    a, b = side("1", stored(noise(1, 0.1))), side("2", stored(noise(2, 0.6)), test="9" * 40)
    found = comparison.compare(a, b)
    assert found.verdict.word == "none"
    assert "different test sets (77777777 and 99999999)" in found.verdict.reason
    assert (found.fixed, found.broken, found.same_test) == (Flips(), Flips(), False)


STRONG = stored(noise(2, 0.6))


@pytest.mark.parametrize(
    ("b", "words"),
    [
        (side("2", STRONG)._replace(predictions=None), "predictions of aaaaaaaa-22222222 are not stored"),
        (side("2", STRONG, "f1"), "different settings"),
        (side("2", STRONG, threshold=0.4), "different settings"),
        (side("2", STRONG, metrics={"roc_auc": {"reason": "no positives"}}), "no positives"),
        (side("2", STRONG, metrics={}), "not in the record"),
        (side("2", stored(noise(2, 0.6), prefix="x")), "not of the same rows"),
        (side("2", STRONG)._replace(stuck="its environment is gone"), "its environment is gone"),
    ],
)
def test_what_cannot_be_compared_says_why(b: Side, words: str) -> None:
    found = comparison.judge(side("1", stored(noise(1, 0.1))), b)
    assert found.word == "none"
    assert words in found.reason
    assert found.difference is None


# --- flips ------------------------------------------------------------------------------------------------------------


def test_flips_are_listed_by_what_they_were_and_are_the_most_telling_first() -> None:
    before, after = np.full(120, 0.2), np.full(120, 0.2)
    before[1], after[3], after[5], after[7] = 0.9, 0.5, 0.99, 0.5
    found = comparison.compare(side("1", stored(before)), side("2", stored(after)))
    rows = [(flip.id, flip.label, flip.before, flip.after, round(flip.gain, 3)) for flip in found.fixed.rows]
    assert rows == [
        ("r005", "1", "0", "1", 0.79),
        ("r003", "1", "0", "1", 0.3),
        ("r007", "1", "0", "1", 0.3),
    ]
    assert [(flip.id, flip.before, flip.after, round(flip.gain, 3)) for flip in found.broken.rows] == [
        ("r001", "1", "0", -0.7)
    ]


def test_the_count_of_flips_stays_exact_when_the_list_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dataci.comparison.flips.LISTED", 7)
    found = comparison.compare(side("1", stored(np.full(120, 0.2))), side("2", stored(np.full(120, 0.8))))
    assert (found.fixed.n, len(found.fixed.rows)) == (60, 7)
    assert comparison.to_dict(found)["fixed"]["n"] == 60


def test_a_label_that_the_model_never_saw_is_wrong_on_both_sides() -> None:
    labels = ["2", *LABELS[1:]]
    a, b = side("1", stored(noise(1, 0.1), labels), "f1"), side("2", stored(noise(2, 0.5), labels), "f1")
    found = comparison.compare(a, b)
    assert "r000" not in [flip.id for flip in (*found.fixed.rows, *found.broken.rows)]


def test_of_a_regression_the_rows_are_those_whose_error_changed_most() -> None:
    truth = np.linspace(100, 200, 40)
    generator = np.random.default_rng(0)
    one, two = (truth + generator.normal(0, spread, 40) for spread in (20, 2))
    two[3] = truth[3] + 300
    a, b = side("1", numbers(one, truth), "mae"), side("2", numbers(two, truth), "mae")
    found = comparison.compare(a, b)
    assert found.broken.rows[0].id == "r003"
    assert found.broken.rows[0].gain == pytest.approx(abs(one[3] - truth[3]) - 300, abs=0.2)
    assert found.fixed.n + found.broken.n == 40
    gains = [flip.gain for flip in found.fixed.rows]
    assert gains == sorted(gains, reverse=True)
    assert all(gain > 0 for gain in gains)


def test_a_regression_is_judged_by_its_error() -> None:
    truth = np.linspace(100, 200, 60)
    generator = np.random.default_rng(0)
    a, b = (
        side(c, numbers(truth + generator.normal(0, s, 60), truth), "rmse") for c, s in (("1", 20), ("2", 4))
    )
    up, down = comparison.judge(a, b), comparison.judge(b, a)
    assert (up.word, down.word) == ("better", "worse")
    assert up.difference is not None
    assert up.difference < 0


# --- slices and bugs --------------------------------------------------------------------------------------------------


def sliced(drop: bool) -> tuple[Side, Side]:
    """Return two results that differ by noise, but for one of six slices, where the second one fails."""
    masks = {f"part-{number}": np.arange(120) // 20 == number for number in range(6)}
    one = noise(1, 0.3)
    two = np.clip(one + np.random.default_rng(7).normal(0, 0.01, 120), 0, 1)
    if drop:
        bad = masks["part-3"]
        one = np.where(bad, np.where(TRUTH, 0.65, 0.35) + np.random.default_rng(1).normal(0, 0.15, 120), one)
        two = np.where(bad, 1 - one, two)
    return side("1", stored(one, slices=masks)), side("2", stored(two, slices=masks))


def flags(found: Comparison) -> list[str]:
    """Return the names of the slices and bugs that are flagged."""
    return [part.name for part in (*found.slices, *found.bugs) if part.flagged]


def test_a_planted_regression_of_a_slice_is_flagged_and_noise_is_not() -> None:
    found = comparison.compare(*sliced(drop=True))
    assert flags(found) == ["part-3"]
    bad = found.slices[3]
    assert (bad.name, bad.verdict.word, bad.verdict.rows) == ("part-3", "worse", 20)
    assert {part.verdict.word for part in found.slices if part is not bad} <= {"unclear", "same", "not worse"}
    assert flags(comparison.compare(*sliced(drop=False))) == []


def test_many_looks_at_noise_flag_next_to_nothing() -> None:
    masks = {f"part-{number}": np.arange(120) // 20 == number for number in range(6)}
    seen = 0
    for seed in range(60):
        one, two = (stored(noise(seed * 2 + at, 0.3), slices=masks) for at in (0, 1))
        seen += bool(flags(comparison.compare(side("1", one), side("2", two))))
    assert seen <= 9, "5 % of 60, and what three standard deviations of luck may add"


def test_a_slice_that_would_count_alone_is_unclear_among_many() -> None:
    masks = {f"part-{number}": np.arange(120) // 20 == number for number in range(6)}
    alone = []
    for seed in range(40):
        one, two = (stored(noise(seed * 2 + at, 0.3), slices=masks) for at in (0, 1))
        found = comparison.compare(side("1", one), side("2", two))
        alone += [part for part in found.slices if part.verdict.significant and not part.flagged]
    assert alone
    assert {part.verdict.word for part in alone} == {"unclear"}


def test_a_slice_of_one_side_only_and_one_that_cannot_be_measured_are_named() -> None:
    both, other = TRUTH, np.arange(120) < 10
    a = side("1", stored(noise(1, 0.3), slices={"yes": both, "old": other}))
    b = side("2", stored(noise(2, 0.3), slices={"yes": both, "new": other}))
    b.record["slices"]["empty"] = a.record["slices"]["empty"] = {"n": 0, "metrics": {}}
    found = {part.name: (part.verdict.word, part.verdict.reason) for part in comparison.compare(a, b).slices}
    assert found == {
        "empty": ("none", "no test row belongs to it"),
        "new": ("none", "A was not measured on it"),
        "old": ("none", "B was not measured on it"),
        "yes": ("none", "every test row has the label '1'; ranking needs two"),
    }


def test_a_slice_with_other_rows_is_not_compared() -> None:
    a = side("1", stored(noise(1, 0.3), slices={"x": np.arange(120) < 60}))
    b = side("2", stored(noise(2, 0.3), slices={"x": np.arange(120) < 61}))
    assert comparison.compare(a, b).slices[0].verdict.reason == "the two were measured on other rows of it"


def with_bugs(*figures: tuple[str, list[float], list[float]]) -> tuple[Side, Side]:
    """Return two results with bugs whose patterns are all positive; of each: its name, the scores of A and of B."""
    sides = []
    for at, code in enumerate("12", 1):
        patterns = {
            one[0]: (f"{one[0]}-tree", stored(np.array(one[at]), ["1"] * len(one[at]), f"{one[0]}-"))
            for one in figures
        }
        sides.append(side(code, stored(noise(at, 0.3)), patterns=patterns))
    return sides[0], sides[1]


def test_each_word_for_a_bug() -> None:
    wrong, right = [0.1] * 12, [0.9] * 12
    found = comparison.compare(
        *with_bugs(
            ("fixed", wrong, right),
            ("better", wrong, [*[0.1] * 10, 0.9, 0.9]),
            ("regressed", right, [*[0.9] * 10, 0.1, 0.1]),
            ("same", [0.1, 0.9, *right], [0.9, 0.1, *right]),
            ("worse", [0.1, *[0.9] * 11], [*[0.9] * 9, 0.1, 0.1, 0.1]),
        )
    )
    told = {bug.name: (bug.word, bug.fixed.n, bug.broken.n, bug.flagged) for bug in found.bugs}
    assert told == {
        "better": ("better", 2, 0, False),
        "fixed": ("fixed", 12, 0, True),
        "regressed": ("regressed", 0, 2, False),
        "same": ("same", 1, 1, False),
        "worse": ("worse", 1, 3, False),
    }
    expected = {"better": 0.5, "fixed": 2 / 2**12, "regressed": 0.5, "same": 1.0, "worse": 0.625}
    assert {bug.name: bug.p for bug in found.bugs} == pytest.approx(expected), "exact McNemar"
    assert list(told) == ["regressed", "fixed", "worse", "better", "same"], "what matters first"


@pytest.mark.parametrize(
    ("before", "after", "status", "word"),
    [
        (0, 2, "open", "regressed"),
        (1, 2, "open", "worse"),
        (1, 2, "closed", "regressed"),
        (2, 2, "closed", "regressed"),
        (2, 2, "open", "same"),
        (2, 1, "closed", "better"),
        (2, 0, "closed", "fixed"),
        (0, 0, "closed", "same"),
        (0, 1, None, "regressed"),
    ],
)
def test_a_bug_that_was_closed_or_right_regresses(
    before: int, after: int, status: str | None, word: str
) -> None:
    old, new = ([0.1] * errors + [0.9] * (4 - errors) for errors in (before, after))
    a, b = with_bugs(("bug", old, new))
    b.record["bugs"]["bug"] |= {"status": status} if status else {}
    assert [bug.word for bug in comparison.compare(a, b).bugs] == [word]


def test_a_bug_that_counts_alone_does_not_count_among_many() -> None:
    six, none = [0.1] * 6, [0.9] * 6
    alone = comparison.compare(*with_bugs(("a", six, none)))
    assert flags(alone) == ["a"], "p = .031"
    others = [(name, [0.1, 0.9], [0.9, 0.9]) for name in "bcd"]
    assert flags(comparison.compare(*with_bugs(("a", six, none), *others))) == []


def test_patterns_that_depend_on_one_another_have_one_vote() -> None:
    labels, clusters = ["1"] * 8, ("x",) * 8
    old, new = (stored(np.full(8, s), labels, "p", clusters=clusters) for s in (0.1, 0.9))
    a, b = (
        side(c, stored(noise(1, 0.3)), patterns={"bug": ("t", rows)}) for c, rows in (("1", old), ("2", new))
    )
    bug = comparison.compare(a, b).bugs[0]
    assert (bug.word, bug.fixed.n, bug.p) == ("fixed", 8, 1.0)


def test_bugs_are_compared_where_their_patterns_are_the_same_also_across_test_sets() -> None:
    def patterns(tree: str, score: float) -> dict[str, tuple[str, Predictions]]:
        """Return three bugs, two of them with patterns of one side only."""
        told = stored(np.array([score, 0.9]), ["1", "0"], "p")
        return {"x": ("b", told), "y": (tree, told), f"only-{tree}": ("e", told)}

    a = side("1", stored(noise(1, 0.3)), patterns=patterns("c", 0.1))
    b = side("2", stored(noise(1, 0.3)), test="9" * 40, patterns=patterns("d", 0.8))
    found = {bug.name: (bug.word, bug.reason) for bug in comparison.compare(a, b).bugs}
    assert found == {
        "only-c": ("none", "only A was measured on it"),
        "only-d": ("none", "only B was measured on it"),
        "x": ("better", ""),
        "y": ("none", "the two were measured on other patterns of it"),
    }


def test_a_bug_of_a_regression_is_judged_by_its_mean_error() -> None:
    truth = np.linspace(100, 200, 40)
    generator = np.random.default_rng(3)
    sides = []
    for code, spread in (("1", 30.0), ("2", 1.0)):
        told = numbers(truth[:12] + generator.normal(0, spread, 12), truth[:12])
        sides.append(side(code, numbers(truth + 1, truth), "mae", patterns={"bug": ("t", told)}))
    bug = comparison.compare(sides[0], sides[1]).bugs[0]
    assert (bug.word, bug.fixed.n > bug.broken.n) == ("better", True)


@pytest.mark.parametrize(
    ("chances", "found"),
    [
        ([], []),
        ([0.04], [True]),
        ([0.04, 0.04], [False, False]),
        ([0.02, 0.04], [True, True]),
        ([0.01, None, 0.04, 0.03], [True, False, False, False]),
        ([0.2, 0.001], [False, True]),
    ],
)
def test_holm(chances: list[float | None], found: list[bool]) -> None:
    assert verdicts.holm(chances) == found


# --- what else is told ------------------------------------------------------------------------------------------------


def test_what_differs_is_named() -> None:
    found = comparison.compare(side("1", stored(noise(1, 0.3))), side("2", stored(noise(1, 0.3))))
    assert found.changed["code"] == {"files": ["project/model.py"]}
    assert found.changed["train"] == {"params.C": {"from": 1, "to": 2}}


def test_uncommitted_results_carry_a_note() -> None:
    a, b = side("1", stored(noise(1, 0.3)), uncommitted=True), side("2", stored(noise(1, 0.3)))
    assert "not committed" in comparison.compare(a, b).notes[0]


def test_a_comparison_is_plain_data_whatever_is_in_it() -> None:
    import json

    masks = {EVIL: TRUTH}
    a, b = (
        side(c, stored(noise(1, s), prefix=EVIL, slices=masks), "f1") for c, s in (("1", 0.1), ("2", 0.5))
    )
    found = json.loads(json.dumps(comparison.to_dict(comparison.compare(a, b)), allow_nan=False))
    assert found["version"] == 2
    assert list(found["slices"]) == [EVIL]
    assert found["fixed"]["rows"][0]["id"].startswith(EVIL)
    assert found["a"]["recorded"] is None


# --- the part of a record ---------------------------------------------------------------------------------------------


def test_the_summary_of_a_record_is_short_and_has_the_margin() -> None:
    a, b = sliced(drop=True)
    found = comparison.summary(a, b)
    assert sorted(found) == [
        *(
            "broken",
            "difference",
            "fixed",
            "high",
            "low",
            "margin",
            "metric",
            "p",
            "slices",
            "verdict",
            "with",
        ),
    ]
    assert (found["with"], found["metric"], found["margin"]) == ("aaaaaaaa-11111111", "roc_auc", 0.0)
    assert found["slices"]["part-3"]["verdict"] == "worse"
    assert sorted(found["slices"]["part-3"]) == ["difference", "high", "low", "verdict"]
    text = record.dumps(record.canonical({**b.record, "compared": found}))
    assert record.loads(text, "x")["compared"]["slices"]["part-3"]["verdict"] == "worse"


def test_the_summary_has_counts_and_the_first_ids() -> None:
    a, b = side("1", stored(np.full(120, 0.2))), side("2", stored(np.full(120, 0.8)))
    found = comparison.summary(a, b)
    assert found["fixed"]["n"] == 60
    assert found["fixed"]["ids"] == [f"r{at:03d}" for at in range(1, 40, 2)]
    assert comparison.summary(a, b, listed=2)["broken"] == {"n": 60, "ids": ["r000", "r002"]}


def test_the_summary_of_a_bug() -> None:
    found = comparison.summary(*with_bugs(("a", [0.1] * 6, [0.9] * 6)))
    assert found["bugs"] == {"a": {"verdict": "fixed", "fixed": 6, "broken": 0, "p": pytest.approx(2 / 2**6)}}


def test_the_summary_says_why_there_is_no_verdict() -> None:
    other = comparison.summary(
        side("1", stored(noise(1, 0.3))), side("2", stored(noise(1, 0.3)), test="9" * 40)
    )
    assert (other["verdict"], sorted(other)) == ("none", ["reason", "verdict", "with"])

"""What became of the behaviour: paired on the same rows, careful where only intervals are known, corrected."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from comparing import LABELS, noise, numbers, side, stored
from dataci import comparison
from dataci.comparison import Change, Side, behaviour, moved, verdicts
from dataci.predictions import Predictions, Settings

HOW = Settings("roc_auc", "1", 0.5)
RESTED = {"gates": {}, "minimum": 20, "costs": None}
BASE = noise(0, 0.3)


def turned(rows: Predictions, count: int, first: int = 0) -> Predictions:
    """Return predictions in which ``count`` rows from the position ``first`` on are judged otherwise."""
    scores = rows.scores.copy()
    scores[first : first + count] = scores[first : first + count, ::-1]
    return rows._replace(scores=scores)


def rate(before: Predictions, after: Predictions) -> dict[str, Any]:
    """Return the entry of a probe."""
    hits, _ = moved.flipped(before, after, HOW)
    value = float(hits.mean())
    figure = {"value": value, "low": max(0.0, value - 0.05), "high": min(1.0, value + 0.05)}
    return {"n": len(hits), "flips": int(hits.sum()), "flip_rate": figure, "worst": []}


def probed(code: str, count: int, first: int = 0, clusters: tuple[str, ...] = (), **more: Any) -> Side:
    """Return a result of which so many predictions turn under a probe of each family."""
    test = stored(BASE, clusters=clusters)
    after = turned(test, count, first)
    parts = {"robustness": {"case-1": rate(test, after)}, "counterfactuals": {"swapped": rate(test, after)}}
    found = side(code, test, **parts, **more)
    told = {"test": test, "robustness/case-1": after, "counterfactual/swapped": after}
    return found._replace(predictions=told)


def told(a: Side, b: Side, part: str) -> dict[str, Change]:
    """Return the changes of one part by name."""
    return {change.name: change for change in behaviour.changes(a, b) if change.part == part}


def words(a: Side, b: Side, part: str) -> dict[str, tuple[str, bool]]:
    """Return word and flag of the changes of one part."""
    return {name: (change.word, change.flagged) for name, change in told(a, b, part).items()}


# ---- probes


def test_flips_of_the_same_rows_are_paired() -> None:
    """20 of 120 rows flip no longer, 0 flip newly: exact McNemar, p = 2 / 2^20."""
    a, b = probed("1", 30), probed("2", 10)
    for part, name in (("robustness", "case-1"), ("counterfactuals", "swapped")):
        change = told(a, b, part)[name]
        assert (change.word, change.flagged) == ("better", True)
        assert change.before["value"] == pytest.approx(0.25)
        assert change.after["value"] == pytest.approx(1 / 12)
        assert words(b, a, part) == {name: ("worse", True)}
        assert words(a, a, part) == {name: ("same", False)}


def test_as_many_flips_of_other_rows_are_unclear() -> None:
    a, b = probed("1", 10), probed("2", 10, first=50)
    assert words(a, b, "robustness") == {"case-1": ("unclear", False)}
    assert words(a, probed("2", 14), "robustness") == {"case-1": ("unclear", False)}, "four rows: p = .125"


def test_rows_of_a_cluster_have_one_vote() -> None:
    clusters = tuple(f"c{at // 10}" for at in range(120))
    a, b = probed("1", 40, clusters=clusters), probed("2", 0, clusters=clusters)
    assert words(a, b, "robustness") == {"case-1": ("unclear", False)}, "four clusters of ten rows"


def test_what_counts_alone_does_not_count_among_many() -> None:
    a, b = probed("1", 7), probed("2", 0)
    assert words(a, b, "robustness") == {"case-1": ("better", True)}, "p = .016, twice: .031"
    many = []
    for one in (a, b):
        assert one.predictions is not None
        rows, other = one.predictions["robustness/case-1"], turned(one.predictions["test"], 2)
        more = {f"case-{at}": rate(one.predictions["test"], other) for at in range(2, 6)}
        record = {**one.record, "robustness": {**one.record["robustness"], **more}}
        splits = {f"robustness/case-{at}": turned(rows, int(one is b), 60) for at in range(2, 6)}
        many.append(one._replace(record=record, predictions={**one.predictions, **splits}))
    assert words(*many, "robustness")["case-1"] == ("unclear", False)  # type: ignore[misc]


def test_without_the_same_rows_there_is_no_word_but_a_reason() -> None:
    a, b = probed("1", 30), probed("2", 10)
    assert a.predictions is not None
    assert b.predictions is not None
    shorter = {**b.predictions, "robustness/case-1": b.predictions["robustness/case-1"].cut(range(50))}
    other = {**b.record, "test": {**b.record["test"], "probes": "2" * 12}}
    slices = {**b.record, "test": {**b.record["test"], "slices": "3" * 40}}
    for changed, part, reason in (
        (b._replace(predictions=shorter), "robustness", "not of the same rows"),
        (b._replace(predictions=None), "robustness", "lost"),
        (b._replace(record=other), "robustness", "perturbed otherwise"),
        (b._replace(record=slices), "counterfactuals", "other slices"),
        (b._replace(stuck="x"), "robustness", "not measured on today's test set"),
        (probed("2", 10, test="6" * 40), "robustness", "other rows"),
    ):
        (change,) = told(a, changed, part).values()
        assert (change.word, change.flagged) == ("none", False)
        assert reason in change.reason
    (alone,) = told(a, side("2", stored(BASE)), "robustness").values()
    assert (alone.word, alone.reason, alone.after) == ("none", "B was not measured on it", None)


def test_a_probe_of_rows_that_are_not_there_is_no_crash() -> None:
    a, b = probed("1", 30), probed("2", 10)
    strange = []
    for one in (a, b):
        assert one.predictions is not None
        rows = one.predictions["robustness/case-1"]
        predictions = {**one.predictions, "robustness/case-1": rows._replace(ids=["x", *rows.ids[1:]])}
        strange.append(one._replace(predictions=predictions))
    (change,) = told(*strange, "robustness").values()  # type: ignore[misc]
    assert change.reason == "the altered rows do not come from the test set"


def test_of_numbers_the_shift_is_compared() -> None:
    truth = np.linspace(1, 90, 40)
    test = numbers(truth, truth)
    sides = []
    for code, size in (("1", 3.0), ("2", 0.5)):
        rows = numbers(truth + size * (1 + np.sin(truth) / 3), truth)
        figure = {"value": size, "low": size / 2, "high": size * 2}
        one = side(code, test, "mae", robustness={"noise-1": {"n": 40, "shift": figure, "worst": []}})
        sides.append(one._replace(predictions={"test": test, "robustness/noise-1": rows}))
    a, b = sides
    assert words(a, b, "robustness") == {"noise-1": ("better", True)}
    assert words(b, a, "robustness") == {"noise-1": ("worse", True)}


def test_few_rows_that_differ_are_never_sure() -> None:
    """Three rows of 1,000 shift no longer, all by the same: Student alone would be surer than their signs."""
    one = np.zeros(1000)
    one[:4] = 1.0
    assert moved.between(one, np.zeros(1000), ()).p == pytest.approx(2 / 2**4)
    one[:20] = 1.0
    found = moved.between(one, np.zeros(1000), ())
    assert found.p is not None
    assert found.p < 0.001
    assert found.gain > 0


# ---- by intervals


def gaps(code: str, value: float, half: float, **more: Any) -> Side:
    """Return a result with a gap between groups."""
    entry = {"gap": value, "low": value - half, "high": value + half, "least": "s=a", "most": "s=b"}
    return side(code, stored(BASE), fairness={"s": {"recall": entry}}, **more)


def test_a_gap_is_better_only_where_the_intervals_are_apart() -> None:
    assert words(gaps("1", 0.4, 0.1), gaps("2", 0.1, 0.05), "fairness") == {"s/recall": ("better", True)}
    assert words(gaps("1", 0.1, 0.05), gaps("2", 0.4, 0.1), "fairness") == {"s/recall": ("worse", True)}
    assert words(gaps("1", 0.2, 0.06), gaps("2", 0.1, 0.05), "fairness") == {"s/recall": ("unclear", False)}
    assert words(gaps("1", 0.2, 0.1), gaps("2", 0.2, 0.1), "fairness") == {"s/recall": ("same", False)}


def test_a_gap_that_is_not_known_has_its_reason() -> None:
    none = side("2", stored(BASE), fairness={"s": {"recall": {"reason": "one group has 20 rows"}}})
    change = told(gaps("1", 0.2, 0.1), none, "fairness")["s/recall"]
    assert (change.word, change.reason) == ("none", "one group has 20 rows")
    bare = side("2", stored(BASE), fairness={"s": {"recall": {"gap": 0.3}}})
    assert told(gaps("1", 0.2, 0.1), bare, "fairness")["s/recall"].reason == "there is no interval"


def test_gaps_between_other_groups_are_not_compared() -> None:
    a, b = gaps("1", 0.4, 0.1), gaps("2", 0.1, 0.05)
    other = b._replace(record={**b.record, "test": {**b.record["test"], "slices": "3" * 40}})
    assert told(a, other, "fairness")["s/recall"].reason == "the two were measured with other slices"
    fewer = b._replace(record={**b.record, "evaluation": {**b.record["evaluation"], "minimum": 5}})
    assert told(a, fewer, "fairness")["s/recall"].reason == "another number of rows makes a group"


def sure(code: str, ece: float, accuracy: float, spread: float) -> Side:
    """Return a result with doubts."""
    figures = {
        name: {"value": value, "low": value - 0.03, "high": value + 0.03}
        for name, value in (("ece", ece), ("spread", spread))
    }
    covered = [
        {
            "coverage": coverage,
            "n": 90,
            "threshold": 0.7,
            "accuracy": {"value": accuracy, "low": accuracy - 0.02, "high": accuracy + 0.02},
        }
        for coverage in (1, 0.8, 0.5)
    ]
    return side(code, stored(BASE), uncertainty={**figures, "selective": covered})


def test_calibration_and_the_surest_rows_are_compared_and_spread_is_only_told() -> None:
    a, b = sure("1", 0.2, 0.8, 0.1), sure("2", 0.05, 0.9, 0.4)
    assert words(a, b, "uncertainty") == {
        "ece": ("better", True),
        "accuracy at 0.8": ("better", True),
        "spread": ("unclear", False),
    }
    assert words(b, a, "uncertainty")["accuracy at 0.8"] == ("worse", True)
    assert told(a, b, "uncertainty")["spread"].reason == "neither more nor less of it is better"


# ---- cost, threshold


def dear(code: str, scores: Any, costs: dict[str, float] | None, **evaluation: Any) -> Side:
    """Return a result with the cost of its errors."""
    one = side(code, stored(scores), cost={"per_1000": {"value": 1.0, "low": 0.5, "high": 1.5}})
    return one._replace(
        record={**one.record, "evaluation": {**one.record["evaluation"], "costs": costs, **evaluation}}
    )


def test_costs_are_paired_and_weigh_both_errors() -> None:
    """B turns 20 false negatives into as many false positives: better or worse by what they cost."""
    labels = np.array([label == "1" for label in LABELS])
    at = np.arange(120)
    one = np.where(labels, np.where(at < 40, 0.1, 0.9), 0.1)
    two = np.where(labels, 0.9, np.where(at < 40, 0.9, 0.1))
    for costs, word in (((1, 5), "better"), ((5, 1), "worse"), ((1, 1), "unclear")):
        prices = {"false_positive": costs[0], "false_negative": costs[1]}
        a, b = dear("1", one, prices), dear("2", two, prices)
        assert words(a, b, "cost")["per_1000"][0] == word
        assert words(a, a, "cost") == {"per_1000": ("same", False)}
    a, b = (dear(c, one, {"false_positive": 1, "false_negative": n}) for c, n in (("1", 5), ("2", 7)))
    assert told(a, b, "cost")["per_1000"].reason == "the costs of a wrong answer differ"


def test_another_threshold_is_a_decision_that_is_told() -> None:
    prices = {"false_positive": 1, "false_negative": 5}
    a = dear("1", BASE, None)
    b = dear("2", BASE, prices, threshold=0.62, threshold_rule="cost")
    (change,) = told(a, b, "threshold").values()
    assert change[:2] == ("threshold", "threshold")
    assert (change.before, change.after, change.word, change.flagged) == (0.5, 0.62, "none", False)
    assert change.reason == "the threshold moved from 0.5 to 0.62 by rule cost (1 : 5), before by rule fixed"
    assert told(a, a, "threshold") == {}
    same = dear("2", BASE, prices, threshold_rule="cost")
    (stays,) = told(a, same, "threshold").values()
    assert stays.reason.startswith("the threshold stays at 0.5 by rule cost (1 : 5)")


def test_the_threshold_is_told_as_it_was_recorded() -> None:
    """Measured again for today, both have today's threshold; what was decided stands in the records."""
    a, b = dear("1", BASE, None), dear("2", BASE, None, threshold=0.62)
    today = a._replace(record=b.record, recorded=a.record)
    (change,) = told(today, b, "threshold").values()
    assert (change.before, change.after) == (0.5, 0.62)


def test_gates_costs_and_the_rule_do_not_keep_results_from_being_compared() -> None:
    a = dear("1", BASE, None)
    b = dear(
        "2", noise(2, 0.6), {"false_positive": 1, "false_negative": 5}, gates={"calibration": 0.1}, minimum=9
    )
    assert comparison.judge(a, b).word == "better"
    same = dear("2", BASE, None, threshold_rule="f1", gates={"calibration": 0.1})
    assert comparison.judge(a, same).word == "same"
    assert comparison.judge(a, dear("2", BASE, None, threshold=0.4)).word == "none"


def test_the_same_scores_at_another_threshold_are_not_the_same() -> None:
    rows = stored(BASE)
    before = Settings("f1", "1", 0.5)
    assert verdicts.weigh("f1", rows, rows, before, before._replace(rule="f1")).word == "same"
    assert verdicts.weigh("f1", rows, rows, before, before._replace(threshold=0.7)).word != "same"


# ---- gates


def gated(code: str, verdict: str | None) -> dict[str, Any]:
    """Return a record with one gate."""
    gate = {"calibration": {"verdict": verdict, "what": "A calibration error."}} if verdict else {}
    return {**side(code, stored(BASE)).record, "gates": gate}


@pytest.mark.parametrize(
    ("before", "after", "word", "flagged"),
    [
        ("pass", "fail", "worse", True),
        ("fail", "pass", "better", True),
        ("pass", "pass", "same", False),
        ("fail", "fail", "same", True),
        ("pass", "unclear", "unclear", False),
        ("unclear", "fail", "unclear", True),
        (None, "fail", "none", True),
        (None, "pass", "none", False),
        ("fail", None, "none", True),
    ],
)
def test_each_word_for_a_gate(before: str | None, after: str | None, word: str, flagged: bool) -> None:
    (change,) = behaviour.of_gates(gated("1", before), gated("2", after))
    assert change == Change(
        "gates",
        "calibration",
        before,
        after,
        word,
        flagged,
        "A calibration error." if after else "B is not judged by it",
    )


def test_gates_of_b_are_judged_against_a() -> None:
    """A had rows of a slice that B has none of; B's own record, against its parent, does not say so."""
    masks = {"even": np.arange(120) % 4 < 2}
    a = side("1", stored(BASE, slices=masks))
    b = side("2", stored(BASE))
    b = b._replace(record={**b.record, "slices": {"even": {"n": 0, "metrics": {}}}, "gates": {}})
    found = comparison.compare(a, b)
    assert found.b.record["gates"]["slices"]["verdict"] == "fail"
    (change,) = (one for one in found.behaviour if one.part == "gates")
    assert (change.before, change.after, change.word, change.flagged) == ("pass", "fail", "worse", True)
    assert comparison.summary(a, b)["behaviour"] == {"gates/slices": "worse"}
    apart = b._replace(record={**b.record, "test": {**b.record["test"], "slices": "4" * 40}})
    assert comparison.compare(a, apart).b.record["gates"] == {}, "of other slices nothing has vanished"


# ---- the whole


def test_the_order_is_decisions_first_and_json_holds_all() -> None:
    a, b = probed("1", 30), probed("2", 10)
    found = comparison.compare(a, b)
    assert [change.part for change in found.behaviour] == ["gates", "robustness", "counterfactuals"]
    plain = comparison.to_dict(found)
    assert plain["version"] == 2
    assert plain["behaviour"][1] == {
        "part": "robustness",
        "name": "case-1",
        "before": found.a.record["robustness"]["case-1"]["flip_rate"],
        "after": found.b.record["robustness"]["case-1"]["flip_rate"],
        "word": "better",
        "flagged": True,
        "reason": "",
    }
    assert comparison.summary(a, b)["behaviour"] == {
        "robustness/case-1": "better",
        "counterfactuals/swapped": "better",
    }
    assert "behaviour" not in comparison.summary(a, a)


def test_results_of_old_times_have_no_behaviour() -> None:
    found = comparison.compare(side("1", stored(BASE)), side("2", stored(noise(1, 0.3))))
    assert found.behaviour == ()

"""Gates: each fails on what was planted for it, and keeps quiet on its honest twin; what is too few is unclear."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import recording
from dataci import gates, intervals
from dataci.errors import CannotRun
from dataci.record import Record


def record(wanted: dict[str, Any] | None = None, rows: int = 1000, **parts: Any) -> Record:
    """Return what gates read of a record."""
    return {
        "evaluation": {"minimum": 20, "gates": wanted or {}},
        "test": {"rows": rows},
        "slices": {},
        "bugs": {},
        **parts,
    }


def verdicts(of: Record, parent: Record | None = None) -> dict[str, str]:
    """Return the verdicts of a record's gates."""
    return {name: gate["verdict"] for name, gate in gates.judge(of, parent).items()}


def bug(errors: int, n: int = 10, status: str = "closed", **more: Any) -> dict[str, Any]:
    """Return the entry of a bug."""
    return {"n": n, "errors": errors, "status": status, "tree": "b" * 40, **more}


def gap(value: float, low: float, **more: Any) -> dict[str, Any]:
    """Return the entry of a gap between groups."""
    ends = {"least": "service=doctor", "most": "service=tutoring"}
    return {"gap": value, "low": low, "high": 2 * value - low, "groups": 4, "small": 0, **ends, **more}


def flips(hits: int, n: int = 200) -> dict[str, Any]:
    """Return the entry of a perturbation."""
    low, high = intervals.wilson(hits, n)
    return {"n": n, "flips": hits, "flip_rate": {"value": hits / n, "low": low, "high": high}, "worst": []}


# ---- settings


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"closed_bugs": False, "slices": True},
        {"fairness": {"recall": 0.1, "false_positive_rate": 0}},
        {"robustness": 0.2, "counterfactual": {"swapped": 1}},
        {"calibration": 0.05},
    ],
)
def test_settings_come_back_as_they_are_given(raw: dict[str, Any]) -> None:
    assert gates.settings(raw) == raw


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"closed_bugs": 1}, "closed_bugs is 1; it must be true or false"),
        ({"slices": "yes"}, "slices is 'yes'"),
        ({"fairness": 0.1}, "fairness is 0.1; give each metric its limit"),
        ({"fairness": {"auc": 0.1}}, "fairness.auc is unknown; here it can be accuracy, recall"),
        ({"fairness": {"recall": 1.1}}, "fairness.recall is 1.1; it must be a number from 0 to 1"),
        ({"robustness": True}, "robustness is True"),
        ({"robustness": 20}, "robustness is 20; it must be a number from 0 to 1"),
        ({"robustness": {"case-1": -0.1}}, "robustness.case-1 is -0.1"),
        ({"counterfactual": float("nan")}, "counterfactual is nan"),
        ({"calibration": {"a": 1}}, "calibration is"),
        ({"robust": 0.1}, "robust is unknown; it can hold closed_bugs"),
        ([], "is no table"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(raw: Any, words: str) -> None:
    with pytest.raises(CannotRun, match=rf"^dataci.toml: \[evaluation.gates\] .*{words}"):
        gates.settings(raw)


def test_a_shift_of_numbers_has_their_unit() -> None:
    assert gates.settings({"robustness": 2000.0}, regression=True) == {"robustness": 2000.0}
    assert gates.settings({"fairness": {"mae": 2000.0}}, regression=True) == {"fairness": {"mae": 2000.0}}
    with pytest.raises(CannotRun, match=r"fairness.recall is unknown; here it can be mae"):
        gates.settings({"fairness": {"recall": 0.1}}, regression=True)
    with pytest.raises(CannotRun, match="must be a number from 0 on"):
        gates.settings({"robustness": -1}, regression=True)


# ---- what is counted


def test_nothing_to_keep_is_no_gate() -> None:
    assert gates.judge(record(), None) == {}
    assert gates.failed(record()) == []
    asked = gates.judge(record({"closed_bugs": True, "slices": True}), None)
    assert {name: gate["what"] for name, gate in asked.items()} == {
        "closed-bugs": "No bug is closed.",
        "slices": "There are no slices.",
    }


def test_a_closed_bug_that_is_wrong_again_fails_and_is_named() -> None:
    bugs = {"issue-7": bug(2, name="no cats"), "issue-8": bug(0), "issue-9": bug(4, status="open")}
    found = gates.judge(record(bugs=bugs), None)["closed-bugs"]
    assert found["verdict"] == "fail"
    assert (
        found["what"] == "Closed bugs must stay right: issue-7 (no cats) is wrong again on 2 of 10 patterns."
    )
    assert verdicts(record(bugs={**bugs, "issue-7": bug(0)})) == {"closed-bugs": "pass"}
    assert verdicts(record({"closed_bugs": False}, bugs=bugs)) == {}
    assert verdicts(record(bugs={"issue-9": bugs["issue-9"]})) == {}, "an open bug may be wrong"


def test_a_closed_bug_without_patterns_proves_nothing() -> None:
    empty = {"n": 0, "error_rate": {"reason": "the bug has no patterns"}, "status": "closed", "tree": "b"}
    found = gates.judge(record(bugs={"vet": empty}), None)["closed-bugs"]
    assert (found["verdict"], found["what"]) == ("fail", "Closed bugs must stay right: vet has no patterns.")
    gone = gates.judge(record(), record(bugs={"vet": bug(0)}))["closed-bugs"]
    assert (gone["verdict"], gone["what"]) == ("fail", "Closed bugs must stay right: vet is gone.")


def test_of_numbers_a_closed_bug_is_neither_right_nor_wrong() -> None:
    dear = {"n": 12, "mae": {"value": 3.0, "low": 2.0, "high": 4.0}, "status": "closed", "tree": "b"}
    assert verdicts(record(bugs={"dear": dear})) == {"closed-bugs": "unclear"}


def test_many_faults_are_counted() -> None:
    found = gates.judge(record(bugs={f"b{at}": bug(1) for at in range(9)}), None)["closed-bugs"]
    assert found["what"].endswith("b4 is wrong again on 1 of 10 patterns, and 4 more.")


def part(n: int) -> dict[str, Any]:
    """Return the entry of a slice."""
    return {"n": n, "metrics": {}}


def test_a_slice_that_vanished_fails() -> None:
    swapped = {"swapped": flips(0)}
    before = record(slices={"short": part(9), "service=vet": part(3)}, counterfactuals=swapped)
    assert verdicts(before, before) == {"slices": "pass"}
    for slices, exchanged, name in (
        ({"short": part(0), "service=vet": part(3)}, swapped, "short had 9 rows"),
        ({"short": part(9)}, swapped, "service=vet had 3 rows"),
        ({"short": part(9), "service=vet": part(3)}, {}, "counterfactual swapped had 200 rows"),
        ({"short": part(9), "service=vet": part(3)}, {"swapped": {"n": 0}}, "counterfactual swapped had 200"),
    ):
        after = record(slices=slices, counterfactuals=exchanged)
        found = gates.judge(after, before)["slices"]
        assert found["verdict"] == "fail"
        assert name in found["what"]
        assert verdicts({**after, "evaluation": {"gates": {"slices": False}}}, before) == {}


def test_a_slice_without_rows_fails_also_without_a_parent() -> None:
    found = gates.judge(record(slices={"short": part(0), "service=vet": part(3)}), None)["slices"]
    assert (found["verdict"], "short has no rows" in found["what"]) == ("fail", True)
    assert verdicts(record(slices={"service=vet": part(0)})) == {"slices": "pass"}, "a value may not occur"


# ---- what is estimated


def test_a_gap_beyond_doubt_fails_and_says_between_whom() -> None:
    of = record(
        {"fairness": {"recall": 0.1}, "slices": False},
        fairness={"service": {"recall": gap(0.29, 0.12, small=2), "accuracy": gap(0.9, 0.8)}},
        slices={
            "service=doctor": {"n": 90, "metrics": {"recall": {"value": 0.52}}},
            "service=tutoring": {"n": 80, "metrics": {"recall": {"value": 0.81}}},
        },
    )
    found = gates.judge(of, None)
    assert list(found) == ["fairness/service/recall"], "there is no limit for accuracy"
    gate = found["fairness/service/recall"]
    assert (gate["verdict"], gate["limit"], gate["value"]) == ("fail", 0.1, 0.29)
    assert gate["low"] == pytest.approx(0.12)
    assert gate["what"] == (
        "Recall of service=doctor 0.520, of service=tutoring 0.810: a gap of 0.290, at least 0.120 "
        "(2 more had too few rows to be compared); at most 0.1 is allowed."
    )
    assert gates.failed({**of, "gates": found}) == ["fairness/service/recall"]


@pytest.mark.parametrize(
    ("entry", "verdict"),
    [
        (gap(0.09, 0.05), "pass"),
        (gap(0.29, 0.09), "unclear"),
        ({"reason": "fewer than two groups have 20 rows"}, "unclear"),
        ({}, "unclear"),
    ],
)
def test_a_gap_that_may_be_chance_is_not_proven(entry: dict[str, Any], verdict: str) -> None:
    of = record({"fairness": {"recall": 0.1}}, fairness={"service": {"recall": entry}})
    assert verdicts(of) == {"fairness/service/recall": verdict}


def test_a_limit_for_what_nobody_measured_is_not_green() -> None:
    wanted = {
        "fairness": {"recall": 0.1},
        "robustness": 0.1,
        "counterfactual": {"swapped": 0.1},
        "calibration": 0.1,
    }
    found = verdicts(record(wanted))
    assert found == dict.fromkeys(
        ("fairness/recall", "robustness", "counterfactual/swapped", "calibration"), "unclear"
    )


@pytest.mark.parametrize(
    ("hits", "n", "verdict"),
    [
        (40, 200, "pass"),
        (45, 200, "unclear"),
        (80, 200, "fail"),
        (1, 10, "unclear"),
        (9, 10, "fail"),
        (0, 0, "unclear"),
    ],
)
def test_flips_beyond_the_limit(hits: int, n: int, verdict: str) -> None:
    entry = flips(hits, n) if n else {"n": 0, "worst": []}
    of = record({"robustness": 0.2}, robustness={"keyboard-1": entry})
    assert verdicts(of) == {"robustness/keyboard-1": verdict}
    other = record(
        {"counterfactual": {"swapped": 0.2}}, counterfactuals={"swapped": entry, "free": flips(200)}
    )
    assert verdicts({**other, "evaluation": {**other["evaluation"], "minimum": 20}})[
        "counterfactual/swapped"
    ] == (verdict)


def test_few_rows_are_said() -> None:
    found = gates.judge(record({"robustness": 0.2}, robustness={"case-1": flips(1, 10)}), None)[
        "robustness/case-1"
    ]
    assert found["what"].startswith("Case-1 turns 1 of 10 predictions: a share of 0.100, at least 0.00")
    assert found["what"].endswith("at most 0.2 is allowed. 10 rows are too few to be sure.")


def test_flips_of_rows_that_hang_together_weigh_less() -> None:
    """60 of 200 rows flip: alone that is more than .2 beyond doubt; as 20 clusters of 10 it is not."""
    alone = flips(60)
    together = {**alone, "flip_rate": {"value": 0.3, "low": intervals.wilson(6, 20)[0], "high": 0.55}}
    for entry, verdict in ((alone, "fail"), (together, "unclear")):
        of = record({"robustness": 0.2}, robustness={"keyboard-1": entry})
        assert verdicts(of) == {"robustness/keyboard-1": verdict}


@pytest.mark.parametrize(("hits", "rows"), [(1, 20), (3, 50), (60, 200), (19, 20), (200, 200)])
def test_how_many_rows_a_share_is_worth_is_read_from_its_interval(hits: int, rows: int) -> None:
    from dataci.gates import estimated

    low, _ = intervals.wilson(hits, rows)
    cut = float(f"{low:.4g}")  # as a record has it
    assert estimated.effective(hits / rows, cut, 500) == pytest.approx(rows, rel=0.01)
    assert estimated.effective(hits / rows, cut, 10) == 10, "never more than there are"


def test_many_gates_need_more_evidence_each() -> None:
    """A flip rate that fails alone does not where 20 kinds were looked at."""
    one = record({"robustness": 0.2}, robustness={"keyboard-1": flips(57)})
    kinds = {f"case-{at}": flips(10) for at in range(19)}
    many = record({"robustness": 0.2}, robustness={"keyboard-1": flips(57), **kinds})
    assert verdicts(one)["robustness/keyboard-1"] == "fail"
    assert verdicts(many)["robustness/keyboard-1"] == "unclear"
    lows = [gates.judge(of, None)["robustness/keyboard-1"]["low"] for of in (one, many)]
    assert lows[1] < lows[0]


def test_many_gaps_need_more_evidence_each() -> None:
    """A gap is corrected on top of what its own interval holds for: all pairs of its groups."""
    lows = []
    for functions in (1, 20):
        fairness = {f"f{at:02d}": {"recall": gap(0.3, 0.11)} for at in range(functions)}
        of = record({"fairness": {"recall": 0.1}}, fairness=fairness)
        gate = gates.judge(of, None)["fairness/f00/recall"]
        lows.append(gate["low"])
        assert gate["verdict"] == ("fail" if functions == 1 else "unclear")
        assert gate["what"].startswith(
            "Recall is lowest for service=doctor and highest for service=tutoring: a"
        )
    assert lows == pytest.approx([0.11, 0.3 - 0.19 * 3.5293 / 2.6383], abs=1e-3), (
        "of 12 ways round: .05 / 12, / 20"
    )


def test_an_overconfident_model_fails_by_calibration() -> None:
    for low, verdict in ((0.15, "fail"), (0.08, "unclear")):
        ece = {"ece": {"value": 0.2, "low": low, "high": 0.25}}
        assert verdicts(record({"calibration": 0.1}, uncertainty=ece)) == {"calibration": verdict}
    few = record({"calibration": 0.3}, rows=12, uncertainty={"ece": {"value": 0.2, "low": 0.1, "high": 0.3}})
    assert verdicts(few) == {"calibration": "unclear"}


def test_a_shift_of_numbers_is_judged_in_their_unit() -> None:
    shift = {"n": 100, "shift": {"value": 900.0, "low": 700.0, "high": 1100.0}, "worst": []}
    for limit, verdict in ((500, "fail"), (800, "unclear"), (1000, "pass")):
        of = record({"robustness": limit}, robustness={"noise-1": shift}, train={"task": "regression"})
        assert verdicts(of) == {"robustness/noise-1": verdict}


def test_a_record_that_was_tampered_with_is_refused_or_judged_without_a_crash() -> None:
    for wanted in ({"fairness": 3}, {"robustness": "x"}, {"odd": 1}, []):
        with pytest.raises(CannotRun, match=r"\[evaluation.gates\]"):
            gates.judge(record() | {"evaluation": {"gates": wanted or [1]}}, None)
    huge = {"service": {"recall": gap(0.5, 0.4, groups=10**19)}}
    odd = {"case-1": {"n": 50, "flips": 90, "flip_rate": {"value": 1.8, "low": 1.5, "high": 2.0}}}
    found = gates.judge(
        record({"fairness": {"recall": 0.1}, "robustness": 0.1}, fairness=huge, robustness=odd), None
    )
    assert all(np.isfinite(gate["low"]) for gate in found.values())


def test_the_record_of_old_times_has_no_gates() -> None:
    old = recording.made("old", {"test": recording.predictions(0.3)})
    old["evaluation"].pop("gates", None)
    old["evaluation"].pop("minimum", None)
    assert gates.judge(old, old) == {}


def test_a_limit_can_be_that_of_one_group() -> None:
    entries = {name: {"recall": gap(0.3, 0.2)} for name in ("channel", "hard-rows")}
    only = {"channel": {"recall": 0.1}}
    assert gates.settings({"fairness": only}) == {"fairness": only}
    of = record({"fairness": only}, fairness=entries)
    assert verdicts(of) == {"fairness/channel/recall": "fail"}
    of = record({"fairness": {"recall": 0.1, "hard-rows": {"recall": 0.4}}}, fairness=entries)
    assert verdicts(of) == {"fairness/channel/recall": "fail", "fairness/hard-rows/recall": "pass"}
    gone = record({"fairness": {"gone": {"recall": 0.4}}}, fairness=entries)
    assert verdicts(gone) == {"fairness/gone/recall": "unclear"}
    with pytest.raises(CannotRun, match=r"fairness.channel.auc is unknown"):
        gates.settings({"fairness": {"channel": {"auc": 0.1}}})
    with pytest.raises(CannotRun, match=r"fairness.channel.recall is"):
        gates.settings({"fairness": {"channel": {"recall": {"a": 1}}}})


@pytest.mark.parametrize("limit", [10**400, 1e300, float("inf"), float("nan")])
def test_a_limit_that_no_record_can_hold_is_refused(limit: float) -> None:
    for raw in ({"robustness": limit}, {"fairness": {"mae": limit}}, {"calibration": limit}):
        with pytest.raises(CannotRun, match=r"\[evaluation\.gates\] .* must be a number"):
            gates.settings(raw, regression=True)

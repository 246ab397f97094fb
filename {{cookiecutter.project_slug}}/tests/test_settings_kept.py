"""What [evaluation] says reaches the record and comes back from it; doubts are stored as they are read."""

from __future__ import annotations

import numpy as np
import pytest

import recording
from dataci import evaluation, predictions, record, scores
from dataci.predictions import Settings

RAW = {
    **{"metric": "f1", "positive": "1", "threshold": 0.4, "margin": 0.02, "rule": "cost", "minimum": 7},
    "costs": {"false_positive": 1, "false_negative": 5},
    "gates": {"robustness": 0.2, "fairness": {"recall": 0.1}},
}


def test_settings_come_back_from_a_record_as_they_were_given() -> None:
    how = evaluation.settings(RAW, ["0", "1"])
    gates = {"robustness": 0.2, "fairness": {"recall": 0.1}}
    assert how == Settings("f1", "1", 0.4, 0.02, "cost", (1.0, 5.0), 7, gates)
    assert record.settings({"evaluation": record.evaluation(how)}) == how


def test_cost_is_measured_where_somebody_named_costs_only() -> None:
    test = recording.predictions(0.2)
    assert "cost" not in evaluation.evaluate(test, {}, recording.HOW)
    assert "cost" in evaluation.evaluate(test, {}, recording.HOW._replace(costs=(1.0, 5.0)))


def test_doubts_are_rounded_and_come_back_from_the_file_of_the_test_set_alone() -> None:
    test, bug = recording.predictions(0.2), recording.predictions(0.2, seed=1)
    drawn = np.column_stack([np.linspace(0.01, 0.2, len(test.ids)), np.linspace(0.02, 0.1, len(test.ids))])
    kept = predictions.stored(test._replace(doubts=drawn / 3), recording.HOW)
    assert np.array_equal(kept.doubts, np.round(drawn / 3, 3))
    found = scores.loads(scores.dumps({"test": kept, "bugs/a": bug}, "1"), "1")
    assert np.array_equal(found["test"].doubts, kept.doubts)
    assert not len(found["bugs/a"].doubts)


@pytest.mark.parametrize("wrong", ["-0.100", "nan", "inf"])
def test_a_doubt_that_is_none_is_refused(wrong: str) -> None:
    text = f"split,id,label,spread,information,score\ntest,a,1,{wrong},0.1,0.500\n"
    with pytest.raises(ValueError, match="spread"):
        scores.loads(text, "1")

"""The result record: canonical bytes, and a refusal with a cure for whatever is no record."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataci import record
from dataci.errors import CannotRun
from dataci.identity import Identity
from dataci.predictions import Settings

NEVER = {"reason": "never predicted"}
BIN = {"low": 0.1, "high": 0.2, "n": 3, "score": 0.15, "share": 0.0, "share_low": 0.0, "share_high": 0.56}
DATA, CODE = "a" * 40, "b" * 64


def example(**changes: Any) -> record.Record:
    """Return a small valid record."""
    made = record.build(
        Identity(DATA, CODE, {"project/model.py": "0123"}, {"python": "3.11"}),
        ("c" * 40, False),
        {
            "task": "classification",
            "seed": 0,
            "world_size": 1,
            "params": {"C": 0.123456789},
            "columns": {"label": "y"},
            "missing": [],
        },
        5,
        {"1": 2, "0": 3},
        {"id": "d" * 40, "bugs": "e" * 40, "slices": None, "rows": 4},
        Settings("roc_auc", "1", 0.123456),
        {
            "metrics": {"roc_auc": {"value": 0.123456789, "low": 0.1, "high": 1.0}, "f1": {"reason": "none"}},
            "confusion": {"1": {"0": 1}},
            "per_class": {"1": {"n": 1, "recall": {"value": 0.0}, "precision": NEVER, "f1": {"value": 0.0}}},
            "slices": {"long-wants": {"n": 2, "metrics": {"roc_auc": {"reason": "ranking needs two"}}}},
            "calibration": [BIN],
            "bugs": {"issue-1": {"n": 1, "errors": 1, "error_rate": {"value": 1.0}, "tree": "f" * 40}},
        },
        {"parent": None},
    )
    return {**made, **changes}


def test_bytes_are_canonical() -> None:
    text = record.dumps(example())
    assert record.dumps(record.loads(text, "here")) == text
    assert text.endswith("}\n")
    keys = [line.split('"')[1] for line in text.splitlines() if line.startswith('  "')]
    assert keys == sorted(keys)
    assert '        "value": 0.1235\n' not in text  # sorted: value is the last of its table, without a comma
    assert '"value": 0.1235' in text


def test_what_was_measured_has_four_digits_and_what_was_set_has_all() -> None:
    made = example()
    assert made["metrics"]["roc_auc"]["value"] == 0.1235
    assert made["train"]["params"]["C"] == 0.123456789
    assert made["evaluation"]["threshold"] == 0.123456
    assert made["tag"] == "aaaaaaaa-bbbbbbbb"
    assert made["data"]["rows"] == 5


def test_there_is_one_value_a_line() -> None:
    lines = record.dumps(example()).splitlines()
    assert all(line.count(": ") <= 1 for line in lines if "reason" not in line)


def test_what_a_reviewer_would_not_see_is_written_as_an_escape() -> None:
    hidden = "\u202e\u200b\x1b\x7f\u2028\U000e0041\u00adé"
    made = example(confusion={hidden: {"0": 1}})
    text = record.dumps(made)
    assert "\\u202e\\u200b\\u001b\\u007f\\u2028\\udb40\\udc41\\u00adé" in text
    assert not set(hidden[:-1]) & set(text)
    assert record.loads(text, "here") == made


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not valid JSON"),
        ("{", "not valid JSON"),
        ("[1]", "no result record"),
        ("[" * 100_000, "not valid JSON"),
        ("\ufeff{}", "not valid JSON"),
        ('{"format": NaN}', "not valid JSON"),
        ('{"format": "1"}', "no result record"),
        ('{"format": 1}', "of an older engine"),
        ('{"format": 2}', "'tag' is missing"),
        ('{"format": 3}', "Update the engine"),
    ],
)
def test_what_is_no_record_is_refused_with_a_cure(text: str, words: str) -> None:
    with pytest.raises(CannotRun, match=words) as caught:
        record.loads(text, "results/x.json")
    assert "results/x.json" in str(caught.value)
    assert "dataci train" in str(caught.value) or "Update" in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tag": "../../etc"}, "tag"),
        ({"data": {"id": "../../../x" + "0" * 31, "rows": 1, "labels": {}}}, "no hashes"),
        ({"changed": {"parent": "../latest"}}, "parent is no tag"),
        ({"changed": {"parent": None, "data": 5}}, "changed.data is no table"),
        ({"changed": {"parent": None, "data": {"rows_added": "3"}}}, "changed.data.rows_added is '3'"),
        ({"changed": {"parent": None, "code": {"files": "x"}}}, "changed.code.files is no list"),
        ({"changed": {"parent": None, "train": {"seed": 1}}}, "changed.train.seed is no table"),
        ({"metrics": {"roc_auc": {"value": 10**400}}}, "a whole number is too large"),
        ({"metrics": {"roc_auc": {"value": "high"}}}, "metrics.roc_auc.value is 'high'"),
        ({"metrics": {"roc_auc": {"value": True}}}, "metrics.roc_auc.value is 'True'"),
        ({"bugs": {"x": {"n": 1}}}, "'tree' is missing in bugs.x"),
        ({"calibration": {}}, "calibration is no list"),
        ({"calibration": [BIN, {**BIN, "n": "3"}]}, r"calibration\[1\].n is '3'"),
        ({"slices": {"x": {"n": 1}}}, "'metrics' is missing in slices.x"),
        ({"not_comparable": {"test": "a"}}, "'reason' is missing in not_comparable"),
        ({"uncommitted": 0}, "uncommitted"),
        ({"confusion": {"1": 3}}, "confusion.1 is no table"),
    ],
)
def test_a_record_with_a_wrong_part_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(CannotRun, match=words):
        record.loads(json.dumps(example(**changes)), "x")


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(raw: bytes) -> None:
    with pytest.raises(CannotRun):
        record.loads(raw, "x")


@given(st.data())
def test_a_record_with_any_part_replaced_is_read_or_refused(data: st.DataObject) -> None:
    junk = (
        st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)
    )
    made = json.loads(record.dumps(example()))
    table, name = made, data.draw(st.sampled_from(sorted(made)))
    while isinstance(table[name], dict) and table[name] and data.draw(st.booleans()):
        table = table[name]
        name = data.draw(st.sampled_from(sorted(table)))
    table[name] = data.draw(junk)
    with contextlib.suppress(CannotRun):
        record.loads(json.dumps(made), "x")

"""The JSON report: its contract, that it gives every value back, and that its bytes are harmless."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dataci.finding import Finding, Report, Severity
from dataci.reporters import REPORTERS
from dataci.reporters.json import as_dict, dumps, render


def test_contract(usual: Report) -> None:
    report = usual._replace(findings=usual.findings[1:3], summary={"schema": usual.summary["schema"]})
    assert json.loads(render(report)) == {
        "version": 1,
        "verdict": "fail",
        "checked": {"files": 5, "rows": 12345},
        "base": "main",
        "findings": [
            {
                "check": "schema",
                "severity": "error",
                "file": "data/train/a.csv",
                "line": 4,
                "column": "match",
                "value": "2",
                "message": '"2" is not one of the allowed values 0, 1: correct the cell',
                "related": [],
                "row": {"id": "w-4", "want": "someone to feed my cat", "offer": "pet sitting", "match": "2"},
            },
            {
                "check": "split-leak",
                "severity": "error",
                "file": "data/train/a.csv",
                "line": 9,
                "column": None,
                "value": None,
                "message": "the row stands in the test set as well: remove it here",
                "related": [{"file": "data/test/t.csv", "line": 4}],
                "row": {},
            },
        ],
        "summary": {"schema": {"errors": 1234, "warnings": 0, "known": 0, "waived": 0}},
        "notes": ["the waiver for w-77 matches nothing: remove it"],
    }


def test_the_bytes(clean: Report) -> None:
    text = REPORTERS["json"](clean._replace(summary={}, notes=("ü 猫 \x1b \u202e \U000e0041 ##[x]",)))
    assert text == (
        '{\n  "version": 1,\n  "verdict": "pass",\n  "checked": {\n    "files": 1,\n    "rows": 3\n  },\n'
        '  "base": null,\n  "findings": [],\n  "summary": {},\n'
        '  "notes": [\n    "ü 猫 \\u001b \\u202e \\udb40\\udc41 \\u0023#[x]"\n  ]\n}\n'
    )


def test_a_long_value_is_cut_and_says_so() -> None:
    finding = Finding("schema", Severity.ERROR, "a", 1, "c", "x" * 2_000_000, "m", (), (("c", "y" * 10_000),))
    found = as_dict(Report("fail", 1, 1, (finding,), {}))["findings"][0]
    assert found["value"] == "x" * 10_000 + "… (cut, 2,000,000 characters)"
    assert found["row"] == {"c": "y" * 10_000}


def test_hostile(poisoned: Callable[[str], Report], hostile: str) -> None:
    report = poisoned(hostile)
    text = render(report)
    assert text.encode("utf-8").decode("utf-8").replace("\n", "").isprintable()
    assert not any(line.lstrip().startswith("::") or "##[" in line for line in text.splitlines())
    assert json.loads(text) == as_dict(report)


whole = st.text(
    st.characters(exclude_categories=["Cs"])
)  # two lone surrogates in a row are one character to JSON
plain = st.recursive(
    st.none() | st.integers() | whole, lambda x: st.lists(x) | st.dictionaries(whole, x), max_leaves=9
)


@given(plain)
def test_round_trip(value: Any) -> None:
    assert json.loads(dumps(value)) == value
    assert dumps(value).replace("\n", "").isprintable()

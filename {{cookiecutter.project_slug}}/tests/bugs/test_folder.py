"""What is handed over: written so that no answer can be more than text, and read as if a stranger had written it."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataci.bugs import folder
from dataci.bugs.fault import Fault
from dataci.bugs.folder import Bug
from dataci.errors import CannotRun

BUG = Bug("A name", "Two\nlines", 4, "many", "stakeholder")
TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=60)
HOSTILE = [
    '"""\nstatus = "closed"',
    '"',
    '""',
    '"""',
    '\\"""',
    "\\",
    "\\u0000",
    "x\n",
    '\n"""',
    "'''",
    "]\n[x]",
    '""" ',
]


def test_a_bug_is_readable() -> None:
    assert folder.bug_text(BUG) == (
        'name = "A name"\ndescription = """\nTwo\nlines\n"""\n'
        'harm = 4  # 1 (a nuisance) to 10 (somebody gets hurt)\nusers = "many"\nreporter = "stakeholder"\n'
        'status = "open"\n'
    )


def test_users_may_be_left_out() -> None:
    assert "users" not in folder.bug_text(BUG._replace(users=""))


@given(TEXT.filter(bool), TEXT, st.integers(1, 10), TEXT, TEXT)
def test_a_bug_comes_back(name: str, description: str, harm: int, users: str, reporter: str) -> None:
    bug = Bug(name, description, harm, users, reporter)
    assert folder.read_bug(folder.bug_text(bug).encode()) == bug


@pytest.mark.parametrize("text", HOSTILE)
def test_no_answer_is_toml(text: str) -> None:
    bug = Bug(text, text, 4, text, text)
    raw = tomllib.loads(folder.bug_text(bug))
    assert list(raw) == ["name", "description", "harm", "users", "reporter", "status"]
    assert raw["status"] == "open"
    assert folder.read_bug(folder.bug_text(bug).encode()) == bug


@pytest.mark.parametrize(
    "data",
    [
        b"\xff",
        b"name = ",
        b"",
        b'name = "x"\n',
        folder.bug_text(BUG).encode() + b"extra = 1\n",
        folder.bug_text(BUG).encode() + b"# more\n",
        folder.bug_text(BUG).replace("harm = 4", "harm = 11").encode(),
        folder.bug_text(BUG).replace("harm = 4", "harm = true").encode(),
        folder.bug_text(BUG).replace("harm = 4", "harm = 4.0").encode(),
        b"x = " + b"[" * 100_000,
        b"a." * 500_000 + b"a = 1",
    ],
)
def test_a_bug_that_was_not_written_here_is_refused(data: bytes) -> None:
    with pytest.raises(CannotRun, match=r"bug\.toml"):
        folder.read_bug(data)


def test_the_status_of_before_stays() -> None:
    assert folder.status(b'status = "closed"') == "closed"
    for data in (None, b"", b"\xff", b"status = 1", b'status = "a b"', b"status ="):
        assert folder.status(data) == "open"


FAULTS = [Fault("mend it", line, "text") for line in range(1, 31)]


def test_an_outcome_comes_back_and_is_cut_with_counts() -> None:
    found = folder.outcome(42, [Fault("no line"), *FAULTS[::-1], FAULTS[0]], [])
    assert found.verdict == "refused"
    assert [fault.line for fault in found.faults] == list(range(1, 21))
    assert found.more == 11
    assert folder.read_outcome(folder.outcome_text(found).encode(), 42) == found


def test_what_cannot_be_encoded_is_handed_over_all_the_same() -> None:
    found = folder.outcome(42, [Fault("x" * 5000, 1, "\ud800\0\u202e")], [])
    read = folder.read_outcome(folder.outcome_text(found).encode(), 42)
    assert read.faults[0].text == "\\ud800\0\u202e"


GOOD = json.loads(folder.outcome_text(folder.outcome(42, FAULTS[:1], FAULTS[:1])))


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"issue": 43},
        {"issue": True},
        {"verdict": "accepted"},
        {"verdict": "fine"},
        {"faults": []},
        {"faults": GOOD["faults"] * 21},
        {"faults": [{"message": "x", "line": 1, "text": "x", "more": 1}]},
        {"faults": [{"message": "x" * 1001, "line": 1, "text": ""}]},
        {"faults": [{"message": "x", "line": -1, "text": ""}]},
        {"notes": "x"},
        {"notes": GOOD["notes"] * 11},
        {"more": -1},
        {"more": 10**9},
        {"url": "x"},
    ],
)
def test_an_outcome_that_was_not_written_here_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(CannotRun, match=r"outcome\.json"):
        folder.read_outcome(json.dumps({**GOOD, **change}).encode(), 42)


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"version": NaN}'])
def test_an_outcome_that_is_no_json_is_refused(data: bytes) -> None:
    with pytest.raises(CannotRun, match=r"outcome\.json"):
        folder.read_outcome(data, 42)


ROWS = "id,text,label\n" + "".join(f"issue-42-{at},text {at},1\n" for at in range(1, 11))
NAMES = ("id", "text", "label")


def test_patterns_are_counted() -> None:
    assert folder.check_patterns(ROWS.encode(), NAMES) == 10


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"id,text,label\n",
        ROWS.replace("\n", "\r\n").encode(),
        ROWS.replace("text 1,", '"text 1",').encode(),
        ROWS.replace("label", "other").encode(),
        ROWS.replace("text 10", "te\u202ext").encode(),
        ROWS.replace("text 10", "te\0xt").encode(),
        ROWS.encode() * 3,
        ROWS.encode() + b"issue-42-11,text\n",
        b"\x1f\x8b\x08\x00",
        b"\xff\xfe",
    ],
)
def test_patterns_that_were_not_written_here_are_refused(data: bytes) -> None:
    with pytest.raises(CannotRun, match=r"patterns\.csv"):
        folder.check_patterns(data, NAMES)

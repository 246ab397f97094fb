"""A status is changed in a file that a person wrote: whatever else stands there stays, byte for byte."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dataci.bugs import editing, folder
from dataci.bugs.folder import Bug
from dataci.errors import CannotRun

HAND = b"""\
# who wrote this liked comments
name = "status = 'open'"   # a trap
description = \"\"\"
It says:
status = "open"
reason = "none"
\"\"\"
harm = 4  # of 10
  "status"  =  'open'   # since spring
[more]
status = "open"
"""


def test_only_the_value_changes() -> None:
    closed = editing.restate(HAND, "closed")
    assert closed == HAND.replace(b"  =  'open'", b"  =  'closed'")
    assert editing.restate(closed, "open") == HAND


def test_a_reason_stands_below_the_status_and_goes_with_it() -> None:
    closed = editing.restate(HAND, "closed", 'Said "enough" \\ twice')
    read = tomllib.loads(closed.decode())
    assert (read["status"], read["reason"]) == ("closed", 'Said "enough" \\ twice')
    lines = closed.decode().splitlines()
    assert lines[9].startswith("reason = ")
    again = editing.restate(closed, "closed", "Another")
    assert tomllib.loads(again.decode())["reason"] == "Another"
    assert editing.restate(again, "open") == HAND


def test_the_shipped_bugs_can_be_closed_and_opened() -> None:
    files = sorted((Path(__file__).parents[2] / "data/bugs").glob("*/bug.toml"))
    for file in files:
        data = file.read_bytes()
        closed = editing.restate(data, "closed", "Fixed by batch 4")
        assert len(closed.splitlines()) == len(data.splitlines()) + 1
        assert editing.restate(closed, "open") == data


@pytest.mark.parametrize(
    "data",
    [b"", b"harm = 3", b"harm = 3\r\n", b"[more]\nstatus = 'open'\n", b"harm = 1\n\n[[a]]\nb = 1\n"],
)
def test_a_file_without_a_status_gets_one(data: bytes) -> None:
    closed = editing.restate(data, "closed", "Why")
    read = tomllib.loads(closed.decode())
    assert (read["status"], read["reason"]) == ("closed", "Why")
    assert {key: read[key] for key in tomllib.loads(data.decode())} == tomllib.loads(data.decode())
    opened = editing.restate(closed, "open")
    assert editing.restate(editing.restate(opened, "closed", "Why"), "open") == opened
    assert b"\r\n" not in data or b"\n" not in closed.replace(b"\r\n", b"")


def test_other_words_for_closed_are_understood() -> None:
    data = b'status = "Fixed"\n'
    assert editing.restate(data, "closed") == data
    assert editing.restate(data, "open") == b'status = "open"\n'


@pytest.mark.parametrize("data", [b"\xff", b"status = ", b"a = 1\na = 2\n", b"x = " + b"9" * 5000])
def test_what_is_no_toml_is_refused(data: bytes) -> None:
    with pytest.raises(CannotRun, match=r"bug\.toml"):
        editing.restate(data, "closed")


@pytest.mark.parametrize("data", [b'status = """\nopen"""\n', b"status.of = 1\n"])
def test_what_cannot_be_edited_safely_is_left(data: bytes) -> None:
    with pytest.raises(CannotRun, match="yourself"):
        editing.restate(data, "closed")


@pytest.mark.parametrize("reason", ["", " \n", "x" * 301, "a\u202eb", "a\x1bb"])
def test_a_reason_is_a_visible_sentence(reason: str) -> None:
    with pytest.raises(CannotRun, match="reason"):
        editing.sentence(reason)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
LINES = """\
# note

harm = 3
x = \"\"\"
\"\"\"
y = '''
'''
[t]
[[u]]
k = 'v'
reason = 'w'
status = 'open'
status = "open" # now
 "status"="open"
status = open
status = 'shut'
""".splitlines()
PIECES = st.lists(st.sampled_from(LINES), max_size=9)


@given(TEXT, TEXT, st.integers(1, 10), TEXT, st.text("abc \"'\\#=é\n", min_size=1, max_size=30))
def test_closing_and_opening_a_written_file_gives_the_same_bytes(
    name: str, description: str, harm: int, users: str, reason: str
) -> None:
    assume(reason.strip())
    data = folder.bug_text(Bug(name, description, harm, users, name)).encode()
    for why in (None, editing.sentence(reason)):
        closed = editing.restate(data, "closed", why)
        before, after = tomllib.loads(data.decode()), tomllib.loads(closed.decode())
        assert after == {**before, "status": "closed", **({"reason": why} if why else {})}
        assert editing.restate(closed, "open") == data


@given(PIECES, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_whatever_a_person_wrote_only_the_status_changes(pieces: list[str], end: str, last: bool) -> None:
    data = (end.join(pieces) + (end if last else "")).encode()
    try:
        before = tomllib.loads(data.decode())
        closed = editing.restate(data, "closed")
    except (CannotRun, ValueError):
        return
    after = tomllib.loads(closed.decode())
    rest = {key: value for key, value in before.items() if key not in ("status", "reason")}
    assert after == {**rest, "status": "closed"}
    if "status" in before and "reason" not in before and before["status"] == "open":
        assert editing.restate(closed, "open") == data

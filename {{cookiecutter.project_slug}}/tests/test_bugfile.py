"""What a bug.toml says: read whoever wrote it, and a default where nothing can be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataci.bugfile import describe, users
from dataci.bugs import folder
from dataci.bugs.folder import Bug

SHIPPED = b"""\
name = "Doctors and drugs"
description = \"\"\"
Somebody who wants a doctor is offered a pharmacy.
\"\"\"
harm = 8  # 1 (a nuisance) to 10 (somebody gets hurt): a sick person loses time
reporter = "Zo\xc3\xab, call centre"
status = "open"
"""
NOTHING = {"harm": 5, "status": "open"}


def test_a_file_that_a_person_wrote_is_read() -> None:
    assert describe(SHIPPED) == {"name": "Doctors and drugs", "harm": 8, "status": "open"}


def test_a_file_of_the_issue_form_is_read() -> None:
    text = folder.bug_text(Bug("A name", "More.", 7, "about 2,000 users", "bob", "closed"))
    assert describe(text.encode()) == {"name": "A name", "harm": 7, "status": "closed", "users": 2000}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"name = ",
        b"[" * 100_000,
        b"name = 7\nharm = []\nstatus = {}\nusers = [1]\n",
        b"harm = true\n",
    ],
)
def test_what_cannot_be_read_gets_defaults(data: bytes) -> None:
    assert describe(data) == NOTHING


@pytest.mark.parametrize(
    ("written", "harm"),
    [
        ("0", 1),
        ("-3", 1),
        ("11", 10),
        ("9" * 30, 10),
        ("4.0", 4),
        ("inf", 10),
        ("nan", 5),
        ('"4 - annoying"', 4),
        ('"4/10"', 4),
        ('"very"', 5),
    ],
)
def test_harm_stays_within_its_scale(written: str, harm: int) -> None:
    assert describe(f"harm = {written}\n".encode())["harm"] == harm


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("closed", "closed"),
        (" Fixed ", "closed"),
        ("resolved", "closed"),
        ("open", "open"),
        ("wontfix", "open"),
    ],
)
def test_the_status_is_open_or_closed(written: str, status: str) -> None:
    assert describe(f'status = "{written}"\n'.encode())["status"] == status


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("300", 300),
        ("about 300", 300),
        ("~300", 300),
        ("2,000", 2000),
        ("2 000 users", 2000),
        ("1.200.000", 1_200_000),
        ("more than 50 customers", 50),
        ("ca. 40", 40),
        ("100+", 100),
        ("٣٠٠", 300),
        (300, 300),
        (0, 0),
        (12.0, 12),
        ("some, fewer than one in ten", None),
        ("one or a few", None),
        ("1 in 10", None),
        ("5 %", None),
        ("5%", None),
        ("300-400", None),
        ("1.5", None),
        ("20,00", None),
        ("-3", None),
        ("", None),
        ("9" * 400, None),
        (10**11, None),
        (True, None),
        (float("nan"), None),
        (float("inf"), None),
        (-1, None),
        (None, None),
    ],
)
def test_users_are_a_number_where_it_is_plainly_one(said: object, number: int | None) -> None:
    assert users(said) == number


def test_a_name_is_one_short_line() -> None:
    found = describe('name = """a\n  b\\u001b[31m\\u202e {}"""'.format("x" * 999).encode())["name"]
    assert found.startswith("a b\x1b[31m\u202e xxx")  # who shows it escapes it
    assert len(found) == 100


@given(
    st.one_of(
        st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))
    )
)
def test_nothing_raises(data: bytes) -> None:
    found = describe(data)
    assert 1 <= found["harm"] <= 10
    assert found["status"] in ("open", "closed")


@given(st.from_regex(r"[0-9 ,.~%a-z-]{0,20}", fullmatch=True), st.integers() | st.floats())
def test_users_are_never_below_nothing(text: str, number: float) -> None:
    for said in (text, number):
        found = users(said)
        assert found is None or found >= 0


def test_the_shipped_bugs_say_what_they_are() -> None:
    files = sorted((Path(__file__).parents[1] / "data/bugs").glob("*/bug.toml"))
    assert all(describe(file.read_bytes())["name"] for file in files)


def test_a_key_of_very_many_parts_does_not_fill_the_memory() -> None:
    assert describe(b"a." * 500_000 + b"a = 1\n") == NOTHING
    sentence = "It fails. " * 150
    assert describe(f'harm = 7\ndescription = "{sentence}"\n'.encode())["harm"] == 7

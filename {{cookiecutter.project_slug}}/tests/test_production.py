"""results/production.toml: one decision, read strictly, written so that its diff is one line."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import building
import recording
from dataci import production
from dataci.errors import CannotRun
from dataci.production import Production
from dataci.results import Source

TAG = "0123abcd-4567cdef"


def test_without_the_file_nothing_is_in_production(tmp_path: Path) -> None:
    assert production.read(Source(tmp_path)) is None
    assert production.fault(tmp_path) is None


def test_what_is_written_is_read_again_and_the_change_is_one_line(tmp_path: Path) -> None:
    assert production.write(tmp_path, Production(TAG)) == ["results/production.toml"]
    assert production.write(tmp_path, Production(TAG)) == []
    assert production.read(Source(tmp_path)) == Production(TAG)
    building.commit(tmp_path)
    production.write(tmp_path, Production("00000000-00000000"))
    assert building.git(tmp_path, "diff", "--numstat") == "1\t1\tresults/production.toml"
    assert production.read(Source(tmp_path, "HEAD")) == Production(TAG)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_reason_that_is_accepted_survives(reason: str) -> None:
    try:
        line = production.sentence(reason)
    except CannotRun:
        return
    text = production.dumps(Production(TAG, line))
    assert tomllib.loads(text) == {"tag": TAG, "reason": line}
    assert production.parse(text.encode()) == Production(TAG, line)
    assert "\n" not in line


def test_a_reason_may_hold_quotes_and_backslashes() -> None:
    line = 'the "new" one \\ breaks\n  orders'
    found = production.parse(production.dumps(Production(TAG, production.sentence(line))).encode())
    assert found.reason == 'the "new" one \\ breaks orders'


@pytest.mark.parametrize("reason", ["", " \n", "x" * 301, "a\u202eb", "a\x1b[31m", "a\u200bb"])
def test_an_odd_reason_is_refused(reason: str) -> None:
    with pytest.raises(CannotRun, match="reason of a promotion"):
        production.sentence(reason)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "tag is missing"),
        (b"tag = 3\n", "tag is '3'"),
        (b'tag = "../../x"\n', "tag is '../../x'"),
        (b'tag = "0123ABCD-4567cdef"\n', "must be the name of a record"),
        (b'tag = "0123abcd-4567cdef\\n"\n', "must be the name of a record"),
        (f'tag = "{TAG}"\nreson = "x"\n'.encode(), "Did you mean 'reason'"),
        (f'tag = "{TAG}"\nreason = 1\n'.encode(), "must be a sentence in quotes"),
        (f'tag = "{TAG}"\nreason = "a\\u202eb"\n'.encode(), "invisible character"),
        (b"<<<<<<< HEAD\n", "is not valid TOML"),
        (b"\xff", "is not UTF-8"),
        (b"a = " + b"[" * 5000, "is not valid TOML"),
    ],
)
def test_what_is_no_decision_is_refused_and_a_fault(tmp_path: Path, text: bytes, words: str) -> None:
    building.write(tmp_path, {"results/production.toml": text})
    with pytest.raises(CannotRun, match=r"production|promotion") as caught:
        production.read(Source(tmp_path))
    assert words in str(caught.value)
    assert production.fault(tmp_path) == str(caught.value)


def test_a_candidate_without_a_readable_record_is_a_fault(tmp_path: Path) -> None:
    tag = recording.keep(tmp_path, "one")["tag"]
    production.write(tmp_path, Production(tag))
    assert production.fault(tmp_path) is None
    building.write(tmp_path, {f"results/{tag}.json": "<<<<<<<"})
    assert "is not valid JSON" in str(production.fault(tmp_path))
    (tmp_path / f"results/{tag}.json").unlink()
    assert f"names {tag}, but there is no results/{tag}.json" in str(production.fault(tmp_path))

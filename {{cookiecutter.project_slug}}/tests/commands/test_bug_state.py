"""`dataci bug close` and `reopen`: only what is right is closed, and a person's file stays a person's file."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import building
import candidates
from dataci import production, record, results
from dataci.commands.bug import state
from dataci.errors import CannotRun
from dataci.production import Production
from dataci.results import Source

EASY = candidates.HEADER + "e1,a clarinet to feed,plumbing at night,0\ne2,my cat needs company,tax advice,0\n"
TOML = '# why\nname = "A bug"  # short\nharm = 3\nstatus = "open"  # since May\n'


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with a result, and one bug that is right and one that is wrong."""
    flipped = candidates.HEADER + "h1,the sink is broken,tax law,1\nh2,a teacher of music,a vet at home,1\n"
    files = {
        "data/bugs/right/patterns.csv": EASY,
        "data/bugs/right/bug.toml": TOML,
        "data/bugs/wrong/patterns.csv": flipped,
        "data/bugs/wrong/bug.toml": TOML,
    }
    return candidates.trained(tmp_path_factory.mktemp("closing"), files)


@pytest.fixture
def root(base: Path, tmp_path: Path) -> Path:
    """Return a copy of it, so that each test may change it."""
    building.git(tmp_path, "clone", "--quiet", str(base), "copy")
    found = results.latest(Source(base))
    assert found is not None
    assert [found["bugs"][name]["errors"] for name in ("right", "wrong")] == [0, 2]
    return tmp_path / "copy"


def toml(root: Path, bug: str) -> Path:
    """Return the path of a bug.toml."""
    return root / "data/bugs" / bug / "bug.toml"


def test_what_is_right_is_closed_and_only_the_word_changes(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert state.close(root, "right") == 0
    assert toml(root, "right").read_text("utf-8") == TOML.replace('"open"', '"closed"')
    assert "data/bugs/right/bug.toml: closed" in capsys.readouterr().out
    assert state.close(root, "right") == 0
    assert "Nothing to do" in capsys.readouterr().out
    assert state.reopen(root, "right") == 0
    assert toml(root, "right").read_text("utf-8") == TOML


def test_what_is_still_wrong_stays_open(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert state.close(root, "wrong", "I like it") == 1
    assert "gets 2 of 2 patterns wrong" in capsys.readouterr().err
    assert toml(root, "wrong").read_text("utf-8") == TOML


def test_it_is_closed_nevertheless_with_a_reason_that_stays_in_the_file(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CannotRun, match="--reason"):
        state.close(root, "wrong", force=True)
    assert state.close(root, "wrong", "The service is gone", force=True) == 0
    assert "Still wrong: " in capsys.readouterr().out
    found = tomllib.loads(toml(root, "wrong").read_text("utf-8"))
    assert (found["status"], found["reason"]) == ("closed", "The service is gone")
    capsys.readouterr()
    assert state.close(root, "wrong") == 0  # it is closed, and stays so
    assert "Nothing to do" in capsys.readouterr().out
    assert state.reopen(root, "wrong", "It is back") == 0
    assert tomllib.loads(toml(root, "wrong").read_text("utf-8"))["reason"] == "It is back"


def test_nobody_closes_what_nobody_measured(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "data/bugs/right/patterns.csv").write_text(EASY.replace("feed", "love"), "utf-8")
    assert state.close(root, "right") == 1
    assert "no candidate was measured" in capsys.readouterr().err
    for file in (root / "results").iterdir():
        file.unlink()
    assert state.close(root, "wrong") == 1


def test_closing_one_leaves_the_others_measured(root: Path) -> None:
    state.close(root, "right")
    state.reopen(root, "right", "For a second look")
    assert state.close(root, "right") == 0


def test_a_bug_that_only_the_latest_has_learned_waits_for_its_promotion(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = results.latest(Source(root))
    assert found is not None
    bugs = {**found["bugs"], "right": {**found["bugs"]["right"], "errors": 1, "error_rate": {"value": 0.5}}}
    tag = f"{'0' * 8}-{'1' * 8}"
    old = {**found, "tag": tag, "bugs": bugs, "data": {**found["data"], "id": "0" * 40}}
    old["code"] = {**found["code"], "id": "1" * 64}
    results.write(root, f"{tag}.json", record.dumps(old))
    production.write(root, Production(tag))
    assert state.close(root, "right") == 1
    told = capsys.readouterr().err
    assert "in production gets 1 of 2 patterns wrong, the latest none: promote it first" in told


def test_a_link_is_not_followed_and_a_lost_file_is_told(root: Path) -> None:
    file = toml(root, "right")
    file.rename(root / "elsewhere.toml")
    with pytest.raises(CannotRun, match="cannot be read"):
        state.reopen(root, "right", "x")
    file.symlink_to(root / "elsewhere.toml")
    with pytest.raises(CannotRun, match="link"):
        state.close(root, "right", "x", force=True)
    assert (root / "elsewhere.toml").read_text("utf-8") == TOML


def test_a_file_that_is_no_toml_is_refused(root: Path) -> None:
    toml(root, "right").write_text("name = ", "utf-8")
    with pytest.raises(CannotRun, match="not valid TOML"):
        state.close(root, "right")

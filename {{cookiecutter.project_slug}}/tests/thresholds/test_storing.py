"""dataci.toml keeps every byte but the values of the threshold, its rule and its costs."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataci import config
from dataci.errors import CannotRun
from dataci.thresholds import storing

ROOT = Path(__file__).resolve().parents[2]
WANTED = storing.values(0.617, "cost", (1.0, 2.5))
SETTINGS = """\
# a comment
version = 1

[evaluation]               # how good
metric = "roc_auc"         # the number
threshold = 0.5            # a yes
# rule = "f1"              # not this one
margin = 0.01

# [delivery]
# store = "x"
"""


def evaluation(text: str) -> dict[str, Any]:
    """Return the table that is meant."""
    return tomllib.loads(text)["evaluation"]  # type: ignore[no-any-return]


def test_only_the_values_change() -> None:
    found = storing.edited(SETTINGS, WANTED)
    changed = SETTINGS.replace("threshold = 0.5            # a yes", "threshold = 0.617          # a yes")
    assert found == changed.replace(
        "margin = 0.01\n",
        'margin = 0.01\nrule = "cost"\ncosts = {false_positive = 1, false_negative = 2.5}\n',
    )
    config.parse(found, ROOT)


def test_what_stands_there_is_replaced_and_the_same_decision_changes_nothing() -> None:
    first = storing.edited(SETTINGS, WANTED)
    assert storing.edited(first, WANTED) == first
    second = storing.edited(first, storing.values(0.3, "precision>=0.9", None))
    assert evaluation(second) == {**evaluation(first), "threshold": 0.3, "rule": "precision>=0.9"}


def test_the_shipped_settings_are_edited_and_read_again(tmp_path: Path) -> None:
    before = (ROOT / "dataci.toml").read_bytes()
    (tmp_path / "dataci.toml").write_bytes(before)
    (tmp_path / "dataci.toml").chmod(0o640)
    assert storing.write(tmp_path, 0.62, "recall>=0.9", (1.0, 5.0))
    assert not storing.write(tmp_path, 0.62, "recall>=0.9", (1.0, 5.0))
    after = config.load(tmp_path)
    assert after.evaluation["rule"] == "recall>=0.9"
    assert after.evaluation["costs"] == {"false_positive": 1, "false_negative": 5}
    gone = set(before.decode().splitlines()) - set((tmp_path / "dataci.toml").read_text("utf-8").splitlines())
    assert all(line.startswith(("threshold", "rule", "costs")) for line in gone)
    assert (tmp_path / "dataci.toml").stat().st_mode & 0o777 == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["dataci.toml"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "version = 1",
        "[evaluation]",
        "[evaluation]\n\n\n[files]\n",
        "[evaluation]\nthreshold=.5e0\n".replace(".5e0", "5e-1"),
        "[evaluation]\r\nthreshold = 0.5 # x\r\n[files]\r\n",
        "[ evaluation ]\n  threshold  =  0.5\n",
        "[evaluation]\nrule = 'f1' # \"x\"\n[evaluation.costs]\nfalse_positive = 3 # three\nfalse_negative = 4\n",
        "[evaluation.costs]\nfalse_positive = 3\nfalse_negative = 4\n[evaluation]\nthreshold = 0.1\n",
        '[evaluation]\ncosts = {false_positive = 9, false_negative = 9} # was\nrule = "f1"\n',
        '[files]\nmissing = ["""\n[evaluation]\nthreshold = 0.5\n"""]\n[evaluation]\nthreshold = 0.1\n',
        "[files]\nmissing = ['''\n[evaluation]\n''']\n",
        '[evaluation]\npositive = "ü\u2028\u0085x"\nthreshold = 0.5\n',
        '[columns]\nlabel = "[evaluation]"\n[train.params]\nthreshold = 7\n[evaluation]\nmetric = "f1" # rule = 3\n',
    ],
)
def test_every_spelling_ends_in_what_is_wanted_and_nothing_else(text: str) -> None:
    found = storing.edited(text, WANTED)
    before, after = tomllib.loads(text), tomllib.loads(found)
    assert after == {**before, "evaluation": {**before.get("evaluation", {}), **WANTED}}
    assert ("\r\n" in text) == ("\r\n" in found)
    assert found.count("\n") == found.count("\r\n") or "\r\n" not in found
    comments = [line.partition("#")[2] for line in text.splitlines() if "#" in line]
    assert all(comment in found for comment in comments)


@pytest.mark.parametrize(
    "text",
    [
        "evaluation = {threshold = 0.5}\n",
        "evaluation.threshold = 0.5\n",
        "[evaluation]\nthreshold = [\n  1,\n]\n",
        '[evaluation]\n"threshold" = 0.5\n',
        '[evaluation]\nrule = """\nf1"""\n',
        "[evaluation]\ncosts.false_positive = 1\n",
    ],
)
def test_what_cannot_be_edited_safely_is_left_alone_with_the_lines_to_write(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "dataci.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CannotRun, match=r"threshold = 0.617; rule = .cost.; costs = "):
        storing.write(tmp_path, 0.617, "cost", (1.0, 2.5))
    assert (tmp_path / "dataci.toml").read_text("utf-8") == text


LINES = st.sampled_from(
    [
        "[evaluation]",
        "[evaluation.costs]",
        "[files]",
        "threshold = 0.5",
        'rule = "f1" # why',
        "false_positive = 2",
        '"""',
        "a = '''",
        "'''",
        'b = """x',
        "costs = {}",
        "# [evaluation]",
        "",
    ]
)


@given(st.lists(LINES, max_size=12))
def test_no_file_is_ever_changed_elsewhere(lines: list[str]) -> None:
    text = "\n".join(lines)
    try:
        before = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    try:
        after = tomllib.loads(storing.edited(text, WANTED))
    except CannotRun:
        return
    assert after == {**before, "evaluation": {**before.get("evaluation", {}), **WANTED}}


def test_a_file_outside_of_the_project_is_not_edited(tmp_path: Path) -> None:
    root, outside = tmp_path / "project", tmp_path / "outside.toml"
    root.mkdir()
    outside.write_text("[evaluation]\n", "utf-8")
    (root / config.FILE).symlink_to(outside)
    with pytest.raises(CannotRun, match="is a link to a file outside of the project"):
        storing.write(root, 0.6, "f1", None)
    assert outside.read_text("utf-8") == "[evaluation]\n"

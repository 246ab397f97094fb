"""make demo, played as it is: it ends well, refuses what it must, and says what it shows."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import baking
import pytest

FAULTS = (
    "not a number",
    "duplicate-id: 1 error",
    "split-leak: 1 error",
    "ragged-row: 1 error",
    "The cell is empty",
)


@pytest.fixture(scope="module")
def demo(isolated: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Play the demo once, with an environment of its own; return what it printed and where the project is."""
    home = tmp_path_factory.mktemp("demo") / "demo-project"
    done = baking.run(sys.executable, Path(__file__).with_name("demo.py"), home, cwd=home.parent)
    return done.stdout, home


def test_the_bad_batch_is_refused_with_every_fault(demo: tuple[str, Path]) -> None:
    said, _ = demo
    refused = said.partition("3. A pull request")[2].partition("4. The batch")[0]
    assert [fault for fault in FAULTS if fault not in refused] == []
    assert "FAIL  7 errors" in refused
    assert "::error file=data/train/second-batch.csv,line=" in refused


def test_the_second_training_does_nothing_and_says_so(demo: tuple[str, Path]) -> None:
    assert "Nothing to do" in demo[0]


def test_the_result_is_a_diff_that_a_person_can_read(demo: tuple[str, Path]) -> None:
    said, home = demo
    diff = said.partition("$ git diff")[2].partition("$ dataci compare")[0]
    assert '-  "tag": ' in diff
    assert '+  "tag": ' in diff
    assert "ROC AUC" in said.partition("$ dataci compare")[2]
    records = [json.loads(path.read_text("utf-8")) for path in sorted((home / "results").glob("*-*.json"))]
    assert len(records) == 2
    latest = json.loads((home / "results" / "latest.json").read_text("utf-8"))
    assert latest in records


def test_a_bug_a_threshold_and_what_drives_the_model_are_shown(demo: tuple[str, Path]) -> None:
    said, home = demo
    chapter = said.partition("8. Behind one number")[2].partition("9. A candidate")[0]
    assert "neither-large-nor-small: written, with 12 patterns" in chapter
    assert "1 model bug: 1 open" in chapter
    assert "← chosen" in chapter
    assert "of 1,000 rows" in " ".join(chapter.split())
    assert "words and cells that drive it" in chapter
    latest = json.loads((home / "results" / "latest.json").read_text("utf-8"))
    assert latest["bugs"]["neither-large-nor-small"]["harm"] == 9


def test_what_a_pull_request_and_the_page_would_show_is_there(demo: tuple[str, Path]) -> None:
    said, home = demo
    assert "pass: the report is in pull-request.md" in said
    comment = (home / "pull-request.md").read_text("utf-8")
    assert comment.startswith("### ✅ PASS on ")
    assert "**Results: " in comment
    assert "Content-Security-Policy" in (home / "report.html").read_text("utf-8")


def test_the_project_is_left_clean_and_says_where_it_is(demo: tuple[str, Path]) -> None:
    said, home = demo
    assert "demo-project" in said.splitlines()[-6:][0] + said
    assert baking.run("git", "status", "--porcelain", cwd=home).stdout == ""
    assert baking.run("git", "log", "--format=%s", cwd=home).stdout.count("Result of") == 2


def test_no_line_is_wider_than_a_page(demo: tuple[str, Path]) -> None:
    ours = [line for line in demo[0].splitlines() if not line.startswith(("::", "$", " create"))]
    assert [line for line in ours if len(line) > 120] == []

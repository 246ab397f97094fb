"""The summary of a step: added to, cut where GitHub would drop it as a whole, and nothing outside of a workflow."""

from __future__ import annotations

from pathlib import Path

import pytest

from dataci.delivery import summary
from dataci.errors import CannotRun


def test_texts_are_added_below_each_other(tmp_path: Path) -> None:
    path = tmp_path / "summary"
    for text in ("# One", "two\n"):
        summary.add(text, {"GITHUB_STEP_SUMMARY": str(path)})
    assert path.read_text() == "# One\n\ntwo\n\n"


def test_outside_of_a_workflow_nothing_happens() -> None:
    summary.add("# One", {})


def test_what_does_not_fit_is_cut_at_a_line_and_said(tmp_path: Path) -> None:
    path = tmp_path / "summary"
    for _ in range(3):
        summary.add("lüne\n" * 150_000, {"GITHUB_STEP_SUMMARY": str(path)})
    data = path.read_bytes()
    assert len(data) <= summary.LIMIT < 2**20
    assert data.decode().endswith("lüne\n\n… the rest does not fit into a summary.\n")


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="GITHUB_STEP_SUMMARY"):
        summary.add("x", {"GITHUB_STEP_SUMMARY": str(tmp_path / "none/summary")})

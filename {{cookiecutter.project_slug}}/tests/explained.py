"""A small project with hostile texts, and `dataci explain` in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import candidates
from dataci.commands import explain
from dataci.commands.explain import Options

HOSTILE = "\x1b[31mred ::error::x ##[error]y ##vso[task] <script>alert(1)</script> | `a` @team #1 \u202e\u200b <!-- cat"


def make(root: Path) -> Path:
    """Write the project with its result; a row of train is hostile, and so is one of a bug."""
    files = candidates.files()
    hostile = '"' + HOSTILE.replace('"', '""') + '"'
    files["data/train/a.csv"] += f"h1,{hostile},{hostile},1\n"
    files["data/bugs/vet/patterns.csv"] += f"h2,{hostile},pet sitting by a student,1\n"
    return candidates.trained(root, files)


def run(
    capsys: pytest.CaptureFixture[str],
    root: Path,
    name: str | None = None,
    given: tuple[str, ...] = (),
    overall: bool = False,
    **options: Any,
) -> str:
    """Explain, and return what was printed."""
    capsys.readouterr()
    assert explain.run(root, name, given, overall, Options(**options)) == 0
    return capsys.readouterr().out


def told(capsys: pytest.CaptureFixture[str], *arguments: Any, **options: Any) -> dict[str, Any]:
    """Explain as JSON."""
    found = json.loads(run(capsys, *arguments, format="json", **options))
    assert isinstance(found, dict)
    return found

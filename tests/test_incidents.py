"""Eight incidents from the history of public data, each as a pull request after `dataci init` on its base."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import baking
import pytest
from shared import DATA, TEMPLATE, needed

INCIDENTS = sorted((DATA / "history" / "incidents").glob("*")) if DATA.is_dir() else []
pytestmark = needed
Report = dict[str, Any]
MEANT = {"yes": "red", "no": "green", "warn": "warning", "optional": "either"}
# What must object, so that an incident is not red for a wrong reason.
REASON = {
    "cur-2014-ragged": ("ragged-row", 76),
    "cur-2024-emptied": ("row-loss", 1),
    "cur-2024-mojibake": ("encoding", 12),
    "penguins-column-rename": ("schema", 2),
    "thyroid-broken-last-row": ("schema", 3),
}


def dataci(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the engine of the template in a project."""
    environment = {**os.environ, "PYTHONPATH": str(TEMPLATE / "src")}
    command = [sys.executable, "-m", "dataci", *arguments]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


def pull_request(root: Path, incident: Path) -> Report:
    """Make the base by `dataci init`, the head by the new version of the file, and return the verdict on the head."""
    root.mkdir()
    baking.run("git", "init", "--quiet", cwd=root)
    (root / "dataci.toml").write_text("version = 1\n", encoding="utf-8")
    done = dataci(root, "init", str(incident / "before.csv"), "--no-test", "--force")
    assert done.returncode == 0, done.stderr
    (root / ".gitignore").write_text(".dataci/\n__pycache__/\n", encoding="utf-8")
    baking.run("git", "add", "--all", cwd=root)
    baking.run("git", "commit", "--quiet", "--message", "Base", cwd=root)
    file = root / "data" / "train" / "before.csv"
    head = (incident / "after.csv").read_bytes()
    if not shares_header(
        incident
    ):  # `dataci init` gave names to a file that has none; its next version gets them too
        head = file.read_bytes().split(b"\n")[0] + b"\n" + head
    file.write_bytes(head)
    baking.run("git", "commit", "--quiet", "--all", "--message", "Head", cwd=root)
    done = dataci(root, "check", "--base", "HEAD~1", "--format", "json")
    assert done.returncode in (0, 1), done.stderr
    report: Report = json.loads(done.stdout)
    assert (done.returncode == 1) == (report["verdict"] == "fail")
    return report


def shares_header(incident: Path) -> bool:
    """Tell whether the file has a header: its first line is no row of numbers."""
    first = (incident / "before.csv").read_bytes().split(b"\n")[0]
    return any(character.isalpha() for character in first.decode("utf-8"))


@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda path: path.name)
def test_judged_as_people_judged_it(incident: Path, tmp_path: Path) -> None:
    expected = json.loads((incident / "expect.json").read_text(encoding="utf-8"))["should_the_gate_object"]
    meant = MEANT[expected.split()[0]]
    report = pull_request(tmp_path / "project", incident)
    errors = sum(counts["errors"] for counts in report["summary"].values())
    warnings = sum(counts["warnings"] for counts in report["summary"].values())
    told = json.dumps(report["summary"])
    if meant == "red":
        assert report["verdict"] == "fail", told
        assert errors, told
    elif meant != "either":
        assert report["verdict"] == "pass", told
        assert not errors, told
    if meant == "warning":
        assert warnings, told
    check, least = REASON.get(incident.name, ("", 0))
    if check:
        counts = report["summary"][check]
        assert counts["errors"] + counts["warnings"] >= least, told


def test_all_eight_are_there() -> None:
    assert len(INCIDENTS) == 8

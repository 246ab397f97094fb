"""dataci update, as far as it goes without a template to bake: the link, what it follows, the folder that it writes."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import building
from dataci.cli import cli
from dataci.errors import CannotRun
from dataci.upstream import handover, link, preparing

START = "a" * 40


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a project that is committed, and not linked to anything."""
    folder = building.make(tmp_path / "project")
    building.commit(folder)
    return folder


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """Return a repository with one commit on main."""
    folder = tmp_path / "template"
    building.write(folder, {"README.md": "A template\n"})
    building.commit(folder)
    return folder


def linked(root: Path, template: object, commit: str = START, **more: Any) -> None:
    """Link the project."""
    text = json.dumps({"template": str(template), "commit": commit, "checkout": None, "context": {}, **more})
    building.write(root, {link.FILE: text})
    building.commit(root, "Link")


def update(root: Path, *options: str, code: int = 0) -> str:
    """Run the command; return what it printed."""
    found = CliRunner().invoke(cli, ["-C", str(root), "update", *options], standalone_mode=False)
    if isinstance(found.exception, CannotRun):
        assert code == 2
        return str(found.exception)
    assert found.exception is None, found.exception
    assert found.return_value == code
    return found.output


def test_without_a_link_it_says_how_to_link(root: Path, tmp_path: Path) -> None:
    said = update(root, "--output", str(tmp_path / "out"))
    assert "not linked to its template" in said
    assert "cruft link" in said
    assert written(tmp_path / "out")["state"] == "unlinked"


def written(folder: Path) -> dict[str, Any]:
    """Return update.json, read as the publisher reads it too, of a folder that holds nothing else."""
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert files.keys() == {handover.JSON}
    assert handover.read(files).state in handover.STATES
    found: dict[str, Any] = json.loads(files[handover.JSON])
    return found


def test_at_the_newest_commit_it_is_up_to_date(root: Path, template: Path, tmp_path: Path) -> None:
    at = building.git(template, "rev-parse", "HEAD")
    linked(root, template, at)
    assert "Up to date" in update(root, "--output", str(tmp_path / "out"))
    found = written(tmp_path / "out")
    assert (found["state"], found["from"], found["to"]) == ("current", at, at)


def test_a_patch_of_an_earlier_run_is_not_handed_over(root: Path, template: Path, tmp_path: Path) -> None:
    linked(root, template, building.git(template, "rev-parse", "HEAD"))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / handover.PATCH).write_text("of an earlier run", "utf-8")
    assert "not empty. Name another folder" in update(root, "--output", str(tmp_path / "out"), code=2)


def test_a_branch_is_followed_and_a_tag_is_not(root: Path, template: Path) -> None:
    first = building.git(template, "rev-parse", "HEAD")
    building.git(template, "tag", "v0")
    building.git(template, "branch", "stable")
    second = building.commit(template, "Newer")
    for checkout, expected in ((None, (second, None)), ("v0", (second, None)), ("stable", (first, "stable"))):
        assert link.newest(link.Link(str(template), first, checkout)) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "no table"),
        ('{"template": "x"}', "'commit' is missing"),
        (json.dumps({"template": 1, "commit": START}), "template is '1'"),
        (json.dumps({"template": "x", "commit": "main"}), "no full commit id"),
        (json.dumps({"template": "--upload-pack=touch x", "commit": START}), "no address"),
    ],
)
def test_a_link_that_cannot_be_right_is_refused(root: Path, text: str, why: str) -> None:
    building.write(root, {link.FILE: text})
    said = update(root, code=2)
    assert why in said
    assert "Restore it from git" in said


def test_a_template_out_of_reach_is_named_without_the_password(root: Path) -> None:
    linked(root, "http://someone:pa55word@127.0.0.1:9/template.git")
    said = update(root, code=2)
    assert "'http://127.0.0.1:9/template.git' cannot be reached" in said
    assert "pa55word" not in said


def test_no_program_can_stand_in_for_an_address(root: Path, tmp_path: Path) -> None:
    linked(root, f"ext::sh -c touch% {tmp_path / 'canary'}")
    assert "cannot be reached" in update(root, code=2)
    assert not (tmp_path / "canary").exists()


def test_the_token_of_a_workflow_is_kept_from_what_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL", "MY_SECRET"):
        monkeypatch.setenv(name, "t0ken")
    assert "t0ken" not in link.environment().values()
    assert "PATH" in link.environment()


def test_without_cruft_it_says_how_to_get_it(
    root: Path, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked(root, template)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert "pip install '.[update]'" in update(root, code=2)


def test_a_link_that_is_not_committed_is_refused(
    root: Path, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    building.write(root, {link.FILE: json.dumps({"template": str(template), "commit": START})})
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
    assert "Commit it" in update(root, code=2)


def test_a_changed_binary_is_left_to_a_person() -> None:
    patch = (
        b"diff --git a/x.bin b/x.bin\nindex 1..2 100644\nGIT binary patch\ndelta 7\nOc$\n\nliteral 9\nQc$\n"
    )
    assert preparing.altered_binaries(b"diff --git a/y b/y\n--- a/y\n+++ b/y\n+delta 7\n" + patch) == [
        "x.bin"
    ]

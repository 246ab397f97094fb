"""A real `cruft update` from an older tag: the engine is new afterwards, and what the user wrote is still there."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
from baking import commit, files, run

NAME = "{{cookiecutter.project_slug}}"
EDITS = {  # the user's
    "project/schema.py": "# The label is never missing.\n",
    "project/model.py": "# Tuned in November.\n",
    "project/checks.py": "# Ours.\n",
    "dataci.toml": "# Settings that we agreed on.\n",
    "tests/project/test_data.py": "# And a test.\n",
    "README.md": "\nWritten by us.\n",
    "results/README.md": "\nA leaderboard.\n",
    ".gitignore": "scratch/\n",
}


def append(path: Path, text: str) -> None:
    """Add text to the end of a file."""
    path.write_text(path.read_text("utf-8") + text, "utf-8")


@pytest.fixture
def repository(template: Path, tmp_path: Path) -> Path:
    """Return the template as a repository of its own, its present state tagged v0."""
    folder = tmp_path / "template"
    shutil.copytree(template, folder)
    commit(folder)
    run("git", "tag", "v0", cwd=folder)
    return folder


@pytest.fixture
def created(repository: Path, tmp_path: Path) -> Path:
    """Return a project that cruft created from v0, in which the user has edited what is theirs."""
    answers = json.dumps(
        {"project_name": 'Our cats\' "home"', "project_slug": "cats", "description": "Naïve: 100 %"}
    )
    arguments = ["create", str(repository), "--checkout", "v0", "--no-input", "--extra-context", answers]
    run(sys.executable, "-m", "cruft", *arguments, "--output-dir", tmp_path / "work", cwd=tmp_path)
    project = tmp_path / "work" / "cats"
    commit(project)
    for name, text in EDITS.items():
        append(project / name, text)
    batch = sorted((project / "data" / "train").iterdir())[0]
    lines = batch.read_text("utf-8").splitlines(keepends=True)
    batch.write_text("".join(lines[:-1]), "utf-8")
    (project / "data" / "train" / "ours.csv").write_text(lines[0] + lines[-1], "utf-8")
    settings = project / "pyproject.toml"
    settings.write_text(
        settings.read_text("utf-8").replace('version = "0.1.0"', 'version = "3.2.0"'), "utf-8"
    )
    commit(project, "Ours")
    return project


def release(repository: Path) -> None:
    """Tag v1: the engine, a dependency and a workflow change, a file comes, one goes; the user's change too."""
    inside = repository / NAME
    append(inside / "src" / "dataci" / "suite.py", "\nNEW_IN_V1 = True\n")
    (inside / "src" / "dataci" / "arrived.py").write_text('"""New in v1."""\n', "utf-8")
    (inside / "src" / "dataci" / "text.py").unlink()
    settings = inside / "pyproject.toml"
    settings.write_text(settings.read_text("utf-8").replace('"click>=8.2"', '"click>=8.3"'), "utf-8")
    workflow = inside / ".github" / "workflows" / "data-ci.yml"
    workflow.write_text(
        workflow.read_text("utf-8").replace("timeout-minutes: 20", "timeout-minutes: 30"), "utf-8"
    )
    for name in EDITS.keys() - {".gitignore"}:
        (inside / name).write_text("The template has another idea.\n", "utf-8")
    append(sorted((inside / "data" / "train").iterdir())[0], "conflicting,row\n")
    commit(repository, "v1")
    run("git", "tag", "v1", cwd=repository)


def test_an_update_brings_the_engine_and_leaves_the_user_alone(repository: Path, created: Path) -> None:
    theirs = (
        "data/",
        "project/",
        "results/",
        "tests/project/",
        "dataci.toml",
        "README.md",
        "LICENSE",
        "CODEOWNERS",
    )
    before = {name: (created / name).read_bytes() for name in files(created) if name.startswith(theirs)}
    release(repository)

    done = run(sys.executable, "-m", "cruft", "update", "--checkout", "v1", "--skip-apply-ask", cwd=created)

    assert "Good work" in done.stdout, done.stdout
    assert "NEW_IN_V1" in (created / "src" / "dataci" / "suite.py").read_text("utf-8")
    assert (created / "src" / "dataci" / "arrived.py").is_file()
    assert not (created / "src" / "dataci" / "text.py").exists()
    settings = (created / "pyproject.toml").read_text("utf-8")
    assert '"click>=8.3"' in settings
    assert 'version = "3.2.0"' in settings
    assert "timeout-minutes: 30" in (created / ".github" / "workflows" / "data-ci.yml").read_text("utf-8")
    assert (created / ".gitignore").read_text("utf-8").endswith("scratch/\n")
    assert {name: (created / name).read_bytes() for name in before} == before
    assert conflicts(created) == []


def test_an_update_to_the_same_tag_changes_nothing(created: Path) -> None:
    done = run(sys.executable, "-m", "cruft", "update", "--checkout", "v0", "--skip-apply-ask", cwd=created)
    assert "already up to date" in done.stdout
    assert run("git", "status", "--porcelain", cwd=created).stdout == ""


def test_what_is_created_is_what_is_committed(created: Path) -> None:
    """A file that git changes on its way into the repository could never be merged with a newer one."""
    run("git", "rm", "--cached", "--quiet", "-r", ".", cwd=created)
    run("git", "add", "--all", cwd=created)
    assert run("git", "status", "--porcelain", cwd=created).stdout == ""


def conflicts(project: Path) -> list[str]:
    """Return the traces of a merge that failed: rejected parts, conflict markers, unmerged files."""
    names = files(project)
    ours = [
        name for name in names if not name.startswith(("src/", "tests/"))
    ]  # where markers are what is tested
    marked = [name for name in ours if b"<<<<<<< " in (project / name).read_bytes()]
    unmerged = run("git", "ls-files", "--unmerged", cwd=project).stdout.splitlines()
    return [*(name for name in names if name.endswith((".rej", ".orig"))), *marked, *unmerged]

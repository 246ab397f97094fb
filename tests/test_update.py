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


def update(project: Path, *options: str | Path) -> str:
    """Run `dataci update` in a project, with the engine that it has."""
    command = (sys.executable, "-m", "dataci", "update", *options)
    return run(*command, cwd=project, env={"PYTHONPATH": str(project / "src")}).stdout


def test_dataci_update_says_what_cruft_would_do_and_leaves_the_project_alone(
    repository: Path, created: Path, tmp_path: Path
) -> None:
    assert "Up to date" in update(created)
    release(repository)
    (created / "project" / "model.py").write_text("# Not committed.\n", "utf-8")
    said = update(created, "--output", tmp_path / "out")
    assert "added    src/dataci/arrived.py" in said
    assert "removed  src/dataci/text.py" in said
    assert run("git", "status", "--porcelain", cwd=created).stdout == " M project/model.py\n"
    assert run("git", "worktree", "list", cwd=created).stdout.count("\n") == 1

    found = json.loads((tmp_path / "out" / "update.json").read_text("utf-8"))
    ends = [run("git", "rev-parse", tag, cwd=repository).stdout.strip() for tag in ("v0", "v1")]
    assert [found["from"], found["to"]] == ends
    assert found["workflows"] is True
    assert found["conflicts"] == found["rejected"] == []

    run("git", "checkout", "--quiet", ".", cwd=created)
    run("git", "apply", "--index", tmp_path / "out" / "update.patch", cwd=created)
    prepared = run("git", "write-tree", cwd=created).stdout
    run("git", "reset", "--quiet", "--hard", cwd=created)
    run(sys.executable, "-m", "cruft", "update", "--skip-apply-ask", cwd=created)
    run("git", "add", "--all", cwd=created)
    assert run("git", "write-tree", cwd=created).stdout == prepared


def test_dataci_update_names_what_cruft_hides(repository: Path, created: Path, tmp_path: Path) -> None:
    """cruft says "Good work!", notes the new commit, and leaves conflict markers or rejected parts behind."""
    append(created / "src" / "dataci" / "suite.py", "\nOURS = True\n")
    commit(created, "Ours, too")
    release(repository)
    said = update(created, "--output", tmp_path / "out")
    assert "by hand in part: src/dataci/suite.py" in said
    found = json.loads((tmp_path / "out" / "update.json").read_text("utf-8"))
    assert (found["conflicts"], found["rejected"]) == (["src/dataci/suite.py"], [])

    append(created / "src" / "dataci" / "suite.py", "\nLOST = True\n")
    commit(created, "Ours, again")
    shallow = (
        tmp_path / "shallow"
    )  # where the file as it was delivered is not known, so that no merge is possible
    run("git", "clone", "--quiet", "--depth", "1", f"file://{created}", shallow, cwd=tmp_path)
    update(shallow, "--output", tmp_path / "again")
    found = json.loads((tmp_path / "again" / "update.json").read_text("utf-8"))
    assert (found["conflicts"], found["rejected"]) == ([], ["src/dataci/suite.py"])
    assert ".rej" not in (tmp_path / "again" / "update.patch").read_text("utf-8")


def test_dataci_update_is_silent_where_the_project_would_stay_as_it_is(
    repository: Path, created: Path
) -> None:
    (repository / "CHANGELOG.md").write_text("Only the template's own.\n", "utf-8")
    commit(repository, "v1")
    assert "changes nothing here" in update(created)


def test_dataci_update_follows_the_branch_that_the_project_was_made_from(
    repository: Path, created: Path
) -> None:
    run("git", "switch", "--quiet", "--create", "stable", cwd=repository)
    append(repository / NAME / "src" / "dataci" / "suite.py", "\nSTABLE = True\n")
    commit(repository, "Stable")
    run("git", "switch", "--quiet", "main", cwd=repository)
    (repository / NAME / "src" / "dataci" / "text.py").unlink()
    commit(repository, "Main")
    link = created / ".cruft.json"
    link.write_text(link.read_text("utf-8").replace('"checkout": "v0"', '"checkout": "stable"'), "utf-8")
    commit(created, "Follow stable")
    said = update(created)
    assert "changed  src/dataci/suite.py" in said
    assert "text.py" not in said


def test_dataci_update_says_so_when_cruft_fails(repository: Path, created: Path) -> None:
    hook = repository / "hooks" / "post_gen_project.py"
    hook.write_text("raise SystemExit('no')\n", "utf-8")
    append(repository / NAME / "src" / "dataci" / "suite.py", "\nNEW_IN_V1 = True\n")
    commit(repository, "v1")
    command = (sys.executable, "-m", "dataci", "update")
    done = run(*command, cwd=created, code=2, env={"PYTHONPATH": str(created / "src")})
    assert "cruft cannot update" in done.stderr
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stderr

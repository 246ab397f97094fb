"""The workflow template-update, run by act: a project that is linked to its template gets its updates proposed.

What the publisher does with other updates, and when it is asked again, is in test_update_proposals.py, without act.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from acting.hub import Hub
from baking import commit, run

NAME = "{{cookiecutter.project_slug}}"
FLOW = "template-update.yml"
BRANCH = "dataci/update"
BOTH = {"prepare": "success", "propose": "success"}


@pytest.fixture
def upstream(template: Path, hub: Hub, tmp_path: Path) -> Path:
    """Return the template as a repository of its own, and link the project to it as `cruft link` does."""
    folder = tmp_path / "template"
    shutil.copytree(template, folder)
    commit(folder)
    said = {"template": str(folder), "commit": head(folder), "checkout": None, "directory": None}
    linked = {**said, "context": {"cookiecutter": {"_template": str(folder)}}}
    hub.commit({".cruft.json": json.dumps(linked, indent=2) + "\n"}, "Link")
    return folder


def head(upstream: Path) -> str:
    """Return the template's newest commit."""
    return run("git", "rev-parse", "HEAD", cwd=upstream).stdout.strip()


def release(upstream: Path, files: Mapping[str, str | None]) -> str:
    """Add to files of the generated project in the template (None: remove them), and return the new commit."""
    for name, text in files.items():
        path = upstream / NAME / name
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text((path.read_text("utf-8") if path.exists() else "") + text, "utf-8")
    commit(upstream, "Newer")
    return head(upstream)


def writes(hub: Hub) -> list[tuple[str, str]]:
    """Return what was asked of the API that changes something, and each push."""
    asked = [one for one in hub.requests() if one.method in ("POST", "PATCH", "PUT", "DELETE")]
    return [(one.method, one.path) for one in asked if one.host == "api" or one.path.endswith("receive-pack")]


def only(found: Mapping[int, Any]) -> Any:
    """Return the one pull request or issue."""
    (one,) = found.values()
    return one


def test_without_a_link_it_says_how_to_link_and_does_nothing(hub: Hub) -> None:
    done = hub.on_schedule(FLOW)
    assert done.jobs == BOTH, done.log
    assert "not linked to its template" in done.summary
    assert "cruft link" in done.summary
    assert writes(hub) == []
    assert hub.leaks(done) == []


def test_a_newer_template_becomes_one_pull_request_and_nothing_of_it_runs(hub: Hub, upstream: Path) -> None:
    tip, started = hub.tip(), head(upstream)
    planted = f"\n__import__('pathlib').Path({str(hub.canary)!r}).touch()\n"
    newer = release(
        upstream,
        {
            "src/dataci/git.py": planted,
            "src/dataci/arrived.py": '"""New."""\n',
            "src/dataci/text.py": None,
            "data/train/ours.csv": "the template's idea\n",
            "dataci.toml": "# The template's idea.\n",
        },
    )
    done = hub.on_schedule(FLOW)
    assert done.jobs == BOTH, done.log
    pull = only(hub.repository.pulls)
    assert (pull["head"]["ref"], pull["base"]["ref"], hub.tip()) == (BRANCH, "main", tip)
    assert f"{started[:8]} → {newer[:8]}" in pull["body"]
    changed = run("git", "diff", "--name-only", f"main...{BRANCH}", cwd=hub.repository.folder).stdout.split()
    assert changed == [".cruft.json", *(f"src/dataci/{name}.py" for name in ("arrived", "git", "text"))]
    assert hub.file("src/dataci/text.py", BRANCH) is None
    assert json.loads(hub.file(".cruft.json", BRANCH) or b"")["commit"] == newer

    before = (hub.tip(BRANCH), writes(hub))
    again = hub.on_dispatch(FLOW)
    assert again.jobs == BOTH, again.log
    assert (hub.tip(BRANCH), writes(hub)) == before  # the same update: nothing new
    assert hub.leaks(done, again) == []  # the canary among them


def test_the_pull_request_is_kept_up_to_date_though_people_commit_to_main(hub: Hub, upstream: Path) -> None:
    """Whose commits our branch holds only the history tells: without it, those of people would be among them."""
    release(upstream, {"src/dataci/arrived.py": '"""New."""\n'})
    assert hub.on_schedule(FLOW).jobs == BOTH
    hub.commit({"notes.md": "A person's.\n"}, "Somebody else's work")
    newer = release(upstream, {"src/dataci/arrived.py": '"""Newer."""\n'})
    done = hub.on_schedule(FLOW)
    assert done.jobs == BOTH, done.log
    assert newer[:8] in only(hub.repository.pulls)["body"]
    assert hub.subjects(BRANCH)[1] == "Somebody else's work"


def test_an_update_of_a_workflow_becomes_an_issue(hub: Hub, upstream: Path) -> None:
    release(
        upstream, {".github/workflows/data-ci.yml": "# Newer.\n", "src/dataci/arrived.py": '"""New."""\n'}
    )
    done = hub.on_schedule(FLOW)
    assert done.jobs == BOTH, done.log
    issue = only(hub.repository.issues)
    assert "pipx run cruft update" in issue["body"]
    assert "data-ci.yml" in issue["body"]
    assert writes(hub) == [("POST", "/api/v3/repos/acme/demo/issues")]
    assert hub.leaks(done) == []


def test_a_hostile_template_gets_nothing_in(hub: Hub, upstream: Path) -> None:
    """Its hook runs in the job without rights, finds the checkout that cruft merges into, plants a file."""
    hook = upstream / "hooks" / "post_gen_project.py"
    hook.write_text(
        "import pathlib, tempfile\n"
        "for tree in pathlib.Path(tempfile.gettempdir()).glob('dataci-*/dataci-*'):\n"
        "    link = tree / '.cruft.json'\n"
        f"    if link.is_file() and {str(upstream)!r} in link.read_text():\n"
        "        (tree / 'data' / 'train' / 'evil.csv').write_text('evil')\n",
        "utf-8",
    )
    release(upstream, {"src/dataci/arrived.py": '"""New."""\n'})
    done = hub.on_schedule(FLOW)
    assert done.jobs == {"prepare": "success", "propose": "failure"}, done.log
    assert "'data/train/evil.csv' is yours" in done.log
    assert writes(hub) == []
    assert hub.leaks(done) == []


def test_a_template_that_is_gone_is_a_clear_red(hub: Hub, upstream: Path) -> None:
    shutil.rmtree(upstream)
    done = hub.on_schedule(FLOW)
    assert done.jobs == {"prepare": "failure", "propose": "skipped"}
    assert "cannot be reached" in done.log

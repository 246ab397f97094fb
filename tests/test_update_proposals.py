"""`dataci publish update` against the stand-in for GitHub: one pull request or one issue, whatever comes in between."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from acting.hub import Hub
from baking import run

TEMPLATE = "https://github.invalid/acme/template.git"
START, NEWER, NEWEST = "a" * 40, "b" * 40, "c" * 40
BRANCH = "dataci/update"
ENGINE = {
    "src/dataci/suite.py": "# Newer.\n",
    "src/dataci/arrived.py": '"""New."""\n',
    "src/dataci/text.py": None,
}
WORKFLOW = {".github/workflows/data-ci.yml": "# Newer.\n"}


def linked(commit: str) -> str:
    """Return a .cruft.json."""
    return (
        json.dumps({"template": TEMPLATE, "commit": commit, "checkout": None, "context": {}}, indent=2) + "\n"
    )


@pytest.fixture
def desk(hub: Hub, tmp_path: Path) -> Desk:
    """Return a place from which to publish to a project that is linked to its template."""
    hub.commit({".cruft.json": linked(START)}, "Link")
    return Desk(hub, tmp_path)


class Desk:
    """Makes updates and publishes them, as the two jobs of the workflow do."""

    def __init__(self, hub: Hub, folder: Path) -> None:
        self.hub, self.folder, self.tree, self.count = hub, folder, folder / "checkout", 0
        rights = {"contents": "write", "pull_requests": "write", "issues": "write"}
        event = folder / "event.json"
        event.write_text(json.dumps({"repository": {"default_branch": "main"}}), "utf-8")
        self.environment = {
            "GITHUB_API_URL": f"{hub.world.url}/api/v3",
            "GITHUB_SERVER_URL": hub.world.url,
            "GITHUB_REPOSITORY": hub.repository.name,
            "GITHUB_TOKEN": hub.token(**rights),
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
            "DATACI_BACKOFF": "0.01",
        }

    def checkout(self) -> Path:
        """Return a checkout of the default branch, as it is now."""
        bare = self.hub.repository.folder
        if not self.tree.exists():
            run("git", "clone", "--quiet", "--no-tags", bare, self.tree, cwd=self.folder)
            address = f"{self.hub.world.url}/{self.hub.repository.name}.git"
            run("git", "remote", "set-url", "origin", address, cwd=self.tree)
        run("git", "fetch", "--quiet", bare, "main", cwd=self.tree)
        run("git", "reset", "--quiet", "--hard", "FETCH_HEAD", cwd=self.tree)
        return self.tree

    def update(self, files: Mapping[str, str | None], to: str = NEWER, **said: Any) -> Path:
        """Write the folder that `dataci update --output` would: files to append to, or to remove (None)."""
        tree = self.checkout()
        start = json.loads((tree / ".cruft.json").read_text("utf-8"))["commit"]
        for name, text in files.items():
            path = tree / name
            if text is None:
                path.unlink()
            else:
                path.write_text((path.read_text("utf-8") if path.exists() else "") + text, "utf-8")
        (tree / ".cruft.json").write_text(linked(to), "utf-8")
        run("git", "add", "--all", cwd=tree)
        self.count += 1
        folder = self.folder / f"update-{self.count}"
        folder.mkdir()
        patch = run("git", "diff", "--cached", "--binary", "--full-index", cwd=tree).stdout
        (folder / "update.patch").write_text(patch, "utf-8")
        lists = {"files": [], "conflicts": [], "rejected": [], "workflows": False}
        found = {
            "version": 1,
            "state": "update",
            "template": TEMPLATE,
            "from": start,
            "to": to,
            **lists,
            **said,
        }
        (folder / "update.json").write_text(json.dumps(found), "utf-8")
        return folder

    def current(self) -> Path:
        """Write the folder of a project that is up to date."""
        folder = self.update({})
        (folder / "update.patch").unlink()
        found = json.loads((folder / "update.json").read_text("utf-8")) | {"state": "current"}
        (folder / "update.json").write_text(json.dumps(found), "utf-8")
        return folder

    def publish(self, folder: Path, code: int = 0) -> str:
        """Publish a folder; return what was said."""
        tree = self.checkout()
        environment = {**os.environ, **self.environment, "PYTHONPATH": str(tree / "src")}
        command = [sys.executable, "-m", "dataci", "publish", "update", str(folder)]
        done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def writes(self) -> int:
        """Count what changed something."""
        asked = [one for one in self.hub.requests() if one.method in ("POST", "PATCH")]
        return len([one for one in asked if one.host == "api" or one.path.endswith("receive-pack")])

    def changed(self) -> list[str]:
        """List the files that the branch changes."""
        span = ("--name-only", "--no-renames", f"main...{BRANCH}")
        return run("git", "diff", *span, cwd=self.hub.repository.folder).stdout.split()

    def pulls(self) -> list[dict[str, Any]]:
        """Return the pull requests, the oldest first."""
        return list(self.hub.repository.pulls.values())

    def issues(self) -> list[dict[str, Any]]:
        """Return the issues that are no pull requests, the oldest first."""
        return [one for one in self.hub.repository.issues.values() if "pull_request" not in one]


def test_the_pull_request_is_kept_up_to_date_until_it_is_merged(desk: Desk) -> None:
    desk.publish(desk.update(ENGINE))
    (pull,) = desk.pulls()
    assert desk.changed() == [".cruft.json", *sorted(ENGINE)]
    assert "aaaaaaaa → bbbbbbbb" in pull["body"]
    assert (desk.folder / "summary.md").read_text("utf-8").count("arrived") == 1

    first, count = desk.hub.tip(BRANCH), desk.writes()
    desk.publish(desk.update(ENGINE))
    assert (desk.hub.tip(BRANCH), desk.writes()) == (first, count)

    desk.publish(desk.update({**ENGINE, "src/dataci/later.py": '"""Later."""\n'}, NEWEST))
    (pull,) = desk.pulls()
    assert "aaaaaaaa → cccccccc" in pull["body"]
    assert "src/dataci/later.py" in desk.changed()
    assert desk.hub.subjects(BRANCH)[0] == "Update the engine from the template"

    desk.hub.merge(pull["number"])
    count = desk.writes()
    assert "up to date" in desk.publish(desk.current())
    assert desk.writes() == count


def test_the_pull_request_follows_the_branch_that_it_is_for(desk: Desk) -> None:
    desk.publish(desk.update(ENGINE))
    desk.hub.commit({"project/model.py": "# Ours.\n"}, "Ours")
    desk.publish(desk.update(ENGINE))
    assert len(desk.pulls()) == 1
    assert desk.changed() == [".cruft.json", *sorted(ENGINE)]
    assert desk.hub.file("project/model.py", BRANCH) == b"# Ours.\n"


def test_what_a_person_committed_to_the_branch_is_not_written_over(desk: Desk) -> None:
    desk.publish(desk.update(ENGINE))
    theirs = desk.hub.update(desk.pulls()[0]["number"], {"src/dataci/arrived.py": "# Mended.\n"})
    said = desk.publish(desk.update(ENGINE, NEWEST), code=2)
    assert "Somebody else committed" in said
    assert desk.hub.tip(BRANCH) == theirs


def test_a_pull_request_that_a_person_closed_is_not_opened_again_for_the_same(desk: Desk) -> None:
    desk.publish(desk.update(ENGINE))
    desk.pulls()[0]["state"] = "closed"
    count = desk.writes()
    assert "Somebody closed" in desk.publish(desk.update(ENGINE))
    assert desk.writes() == count
    desk.publish(desk.update(ENGINE, NEWEST))
    assert [pull["state"] for pull in desk.pulls()] == ["closed", "open"]


def test_workflows_are_for_a_person_who_is_asked_once_and_thanked(desk: Desk) -> None:
    desk.publish(desk.update({**ENGINE, **WORKFLOW}))
    (issue,) = desk.issues()
    assert "may not do" in issue["body"]
    assert desk.pulls() == []
    assert desk.hub.tip(BRANCH) == ""

    count = desk.writes()
    desk.publish(desk.update({**ENGINE, **WORKFLOW}))
    assert desk.writes() == count
    desk.publish(desk.update({**ENGINE, **WORKFLOW}, NEWEST))
    (issue,) = desk.issues()
    assert "cccccccc" in issue["body"]

    desk.hub.commit({".cruft.json": linked(NEWEST)}, "Run cruft update")
    desk.publish(desk.current())
    assert [one["state"] for one in desk.issues()] == ["closed"]


def test_an_issue_that_a_person_closed_stays_closed_until_there_is_something_newer(desk: Desk) -> None:
    desk.publish(desk.update(WORKFLOW))
    desk.issues()[0]["state"] = "closed"
    assert "closed by somebody" in desk.publish(desk.update(WORKFLOW))
    desk.publish(desk.update(WORKFLOW, NEWEST))
    assert [one["state"] for one in desk.issues()] == ["closed", "open"]


def test_an_issue_of_somebody_else_with_our_marker_is_not_ours(desk: Desk) -> None:
    number = desk.hub.issue("Hello", "<!-- dataci:update -->", by="stakeholder")
    desk.publish(desk.update(WORKFLOW))
    assert desk.hub.repository.issues[number]["body"] == "<!-- dataci:update -->"
    assert len(desk.issues()) == 2
    desk.publish(desk.current())
    assert [one["state"] for one in desk.issues()] == ["open", "closed"]


def test_what_must_be_merged_by_hand_is_named_and_escaped(desk: Desk) -> None:
    names = ["src/dataci/suite.py", "@everyone<img src=x>`"]
    desk.publish(desk.update(ENGINE, conflicts=names[:1], rejected=names[1:]))
    (issue,) = desk.issues()
    assert "by hand" in issue["body"]
    assert "suite.py" in issue["body"]
    assert "@everyone" not in issue["body"]
    assert "<img" not in issue["body"]
    assert desk.pulls() == []


def test_a_lost_answer_makes_no_second_pull_request_and_no_second_issue(desk: Desk) -> None:
    desk.hub.fault("POST", r"/pulls$", late=True)
    desk.publish(desk.update(ENGINE))
    assert len(desk.pulls()) == 1
    desk.hub.fault("POST", r"/issues$", late=True)
    desk.publish(desk.update(WORKFLOW))
    assert len(desk.issues()) == 1


def test_where_workflows_may_not_open_pull_requests_it_says_which_switch_to_set(desk: Desk) -> None:
    desk.hub.repository.pulls_by_actions = False
    said = desk.publish(desk.update(ENGINE), code=2)
    assert "Allow GitHub Actions to create and approve pull requests" in said
    assert "arrived.py" in (desk.folder / "summary.md").read_text("utf-8")
    desk.hub.repository.pulls_by_actions = True
    desk.publish(desk.update(ENGINE))
    assert len(desk.pulls()) == 1


def test_an_update_of_what_the_project_no_longer_is_waits_for_the_next_run(desk: Desk) -> None:
    folder = desk.update(ENGINE)
    desk.hub.commit({".cruft.json": linked(NEWEST)}, "Run cruft update")
    assert "Run the workflow again" in desk.publish(folder, code=2)
    assert desk.writes() == 0


def test_the_publisher_runs_nothing_of_the_project(desk: Desk) -> None:
    planted = f"__import__('pathlib').Path({str(desk.hub.canary)!r}).touch()\n"
    desk.hub.commit(
        {f"project/{name}.py": planted for name in ("model", "schema", "checks", "slices")}, "Plant"
    )
    desk.publish(desk.update(ENGINE))
    assert len(desk.pulls()) == 1
    assert not desk.hub.canary.exists()


@pytest.mark.parametrize("refused", [False, True])
def test_no_module_that_an_update_brings_is_imported_once_it_is_written(desk: Desk, refused: bool) -> None:
    """The job holds a token that may write: what it still needs by then it has imported before."""
    planted = f"\n__import__('pathlib').Path({str(desk.hub.canary)!r}).touch()\n"
    tree = desk.checkout()
    modules = [path.relative_to(tree).as_posix() for path in (tree / "src").rglob("*.py")]
    desk.hub.repository.pulls_by_actions = not refused
    said = desk.publish(desk.update(dict.fromkeys(modules, planted)), 2 if refused else 0)
    assert ("may not open pull requests" in said) == refused
    assert "__import__('pathlib')" in (tree / "src/dataci/cli.py").read_text("utf-8")
    assert not desk.hub.canary.exists()

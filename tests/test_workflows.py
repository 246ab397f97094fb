"""What can be held about the workflows without running them: valid, pinned, least privilege, always a verdict.

The rules are in workflow_rules.py, and test_workflow_mutants.py shows that they notice. Three tools look as well.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import actionlint
import pytest
import workflow_rules
import yaml
from baking import ROOT, TEMPLATE, run
from workflow_table import TABLE

TEXTS = workflow_rules.texts()
FOLDERS = (ROOT / ".github", TEMPLATE / ".github")
WORKFLOWS = sorted(path for folder in FOLDERS for path in folder.glob("workflows/*.yml"))
FORMS = sorted(path for path in TEMPLATE.glob(".github/ISSUE_TEMPLATE/*.yml") if path.name != "config.yml")
GATES = [name for name, workflow in TABLE.items() if any(job.gate for job in workflow.jobs.values())]
WRITERS = {  # what such a job may do is in workflow_jobs.writers
    ("project/model-bug.yml", "publish"),
    ("project/pages.yml", "deploy"),
    ("project/pr-comment.yml", "comment"),
    ("project/reevaluate.yml", "publish"),
    ("project/reevaluate.yml", "pages"),
    ("project/template-update.yml", "propose"),
    ("project/train.yml", "publish"),
    ("project/train.yml", "pages"),
}
TOO_NEW = (
    'unexpected key "queue" for "concurrency" section',
)  # GitHub has it since May 2026, actionlint not yet


def valid(name: str, *paths: Path) -> None:
    """Hold files against a schema that check-jsonschema brings along."""
    assert paths
    run(sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{name}", *paths, cwd=ROOT)


def test_the_rules_find_no_fault() -> None:
    assert workflow_rules.faults(TEXTS) == []


def test_only_these_jobs_may_write() -> None:
    writing = set()
    for file, text in TEXTS.items():
        for name, job in workflow_rules.load(text)["jobs"].items():
            if any(right != "read" for right in job["permissions"].values()):
                writing.add((file, name))
    assert writing == WRITERS


def test_workflows_and_forms_are_valid() -> None:
    valid("github-workflows", *WORKFLOWS)
    valid("github-issue-forms", *FORMS)


@pytest.mark.parametrize("folder", FOLDERS, ids=["template", "project"])
def test_dependabot_is_valid_and_waits_before_it_takes_a_release(folder: Path) -> None:
    valid("dependabot", folder / "dependabot.yml")
    updates = yaml.safe_load((folder / "dependabot.yml").read_text("utf-8"))["updates"]
    expected = {"github-actions", "uv"} if folder.is_relative_to(TEMPLATE) else {"github-actions"}
    assert {update["package-ecosystem"] for update in updates} == expected
    assert all(update["cooldown"]["default-days"] >= 7 for update in updates)


def test_dependabot_looks_at_every_folder_with_workflows() -> None:
    (actions,) = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text("utf-8"))["updates"]
    below = {f"/{path.parent.relative_to(ROOT).as_posix()}" for path in WORKFLOWS}
    assert set(actions["directories"]) == below - {"/.github/workflows"} | {
        "/"
    }  # how dependabot calls that one


def test_zizmor_finds_nothing() -> None:
    zizmor(*FOLDERS)


def test_zizmor_finds_what_is_wrong(tmp_path: Path) -> None:
    worse = TEXTS["project/data-ci.yml"].replace("  pull_request:", "  pull_request_target:")
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "data-ci.yml").write_text(worse, "utf-8")
    assert "dangerous-triggers" in zizmor(tmp_path, code=14)


def zizmor(*paths: Path, code: int = 0) -> str:
    """Run zizmor as its strictest self, without a network."""
    options = (
        "--offline",
        "--persona",
        "auditor",
        "--no-progress",
        "--config",
        ROOT / ".github" / "zizmor.yml",
    )
    return run("zizmor", *options, *paths, cwd=ROOT, code=code).stdout


@pytest.mark.parametrize("file", sorted(TEXTS))
def test_what_zizmor_shall_ignore_has_a_reason(file: str) -> None:
    ignored = re.findall(r"# zizmor: ignore\[[\w,-]+\](.*)", TEXTS[file])
    assert TEXTS[file].count("zizmor:") == len(ignored)
    assert all(len(reason.split()) > 3 for reason in ignored), ignored


def test_actionlint_finds_nothing_here_and_what_is_wrong_elsewhere(tmp_path: Path) -> None:
    worse = tmp_path / "worse.yml"
    worse.write_text(TEXTS["project/data-ci.yml"].replace("needs.", "need.", 1), "utf-8")
    complaints = actionlint.lint([*WORKFLOWS, worse])  # in one go: to start it takes seconds
    found = [found for found in complaints if not found.message.startswith(TOO_NEW)]
    assert [(one.file, one.message.partition(".")[0]) for one in found] == [
        ("worse.yml", 'undefined variable "need"')
    ]
    queued = {name.split("/")[1] for name, text in TEXTS.items() if "queue: max" in text}
    assert {one.file for one in complaints if one not in found} == queued


@pytest.mark.parametrize("file", GATES)
def test_the_gate_is_red_unless_every_job_was_green(file: str) -> None:
    """The script itself, run as a runner would."""
    *others, last = workflow_rules.load(TEXTS[file])["jobs"].items()
    (step,) = last[1]["steps"]
    (variable,) = step["env"]
    for place in range(len(others)):
        for result in ("success", "failure", "cancelled", "skipped", ""):
            results = ["success"] * len(others)
            results[place] = result
            env = {variable: " ".join(results)}
            run("bash", "-e", "-c", step["run"], cwd=ROOT, code=0 if result == "success" else 1, env=env)


def test_the_gate_is_the_job_that_branch_rules_ask_for() -> None:
    assert {list(workflow_rules.load(TEXTS[file])["jobs"])[-1] for file in GATES} == {"verdict"}
    assert set(GATES) == {"project/data-ci.yml", "template/ci.yml"}


@pytest.mark.parametrize("file", sorted(TEXTS))
def test_every_command_of_ours_exists(file: str) -> None:
    """A misspelt command or option would be found only by the first run on GitHub."""
    for words in commands(file):
        *verbs, rest = split(words)
        shown = dataci(*verbs, "--help")
        for option in re.findall(r"--[a-z-]+", " ".join(rest)):
            assert re.search(rf"(?<![\w-]){option}(?![\w-])", shown), f"{verbs} has no {option}"


def commands(file: str) -> list[list[str]]:
    """Return the words of each dataci command in a workflow."""
    jobs: dict[str, Any] = workflow_rules.load(TEXTS[file])["jobs"]
    scripts = [step["run"] for job in jobs.values() for step in job.get("steps", []) if "run" in step]
    lines = [line.strip() for script in scripts for line in script.replace("\\\n", " ").splitlines()]
    return [shlex.split(line.split(" dataci ", 1)[1]) for line in lines if " dataci " in line]


def split(words: list[str]) -> list[Any]:
    """Part a command into its verbs (one; two where it is a group) and the rest."""
    count = 2 if words[0] in {"publish", "bug"} else 1
    return [*words[:count], words[count:]]


def dataci(*arguments: str) -> str:
    """Run the engine."""
    environment = {**os.environ, "PYTHONPATH": str(TEMPLATE / "src")}
    command = [sys.executable, "-m", "dataci", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_review_has_the_same_name_where_it_is_handed_over_and_where_it_is_taken() -> None:
    engine = (TEMPLATE / "src" / "dataci" / "commands" / "publish" / "comment.py").read_text("utf-8")
    taken = re.search(r'^ARTIFACT, MEMBER = "(.*)", "(.*)"$', engine, re.MULTILINE)
    check = workflow_rules.load(TEXTS["project/data-ci.yml"])["jobs"]["check"]
    (given,) = [step["with"] for step in check["steps"] if "upload-artifact" in step.get("uses", "")]
    assert taken is not None
    assert taken.groups() == (given["name"], given["path"])


def test_the_template_is_tested_as_here_on_each_python_that_it_supports() -> None:
    job = workflow_rules.load(TEXTS["template/ci.yml"])["jobs"]["test"]
    versions = job["strategy"]["matrix"]["python"]
    text = (TEMPLATE / "pyproject.toml").read_text("utf-8")
    assert f'requires-python = ">={versions[0]}"' in text
    minors = [int(version.removeprefix("3.")) for version in versions]
    assert minors == list(range(minors[0], minors[-1] + 1))
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]
    target = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["ruff"]["target-version"]
    assert target == f"py3{minors[0]}"


def test_every_other_python_in_a_workflow_is_one_of_them() -> None:
    versions = workflow_rules.load(TEXTS["template/ci.yml"])["jobs"]["test"]["strategy"]["matrix"]["python"]
    named = {version for text in TEXTS.values() for version in re.findall(r'python-version: "(.*)"', text)}
    assert named
    assert named <= set(versions)


@pytest.mark.parametrize("file", ["README.md", "docs/workflows.md", f"{TEMPLATE.name}/README.md"])
def test_readers_are_told_that_github_itself_never_ran_them(file: str) -> None:
    words = " ".join((ROOT / file).read_text("utf-8").replace("**", "").split())
    assert re.search(
        r"executed .{0,80}\bact\b.{0,60} stand-in for GitHub|execute every workflow with \[act\]", words
    )
    assert re.search(r"never run on github\.com|on github\.com they run for the first time", words)

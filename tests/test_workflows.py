"""What can be held about the workflows without running them: valid, pinned, least privilege, always a verdict."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from baking import ROOT, TEMPLATE, run

WORKFLOWS = sorted([*ROOT.glob(".github/workflows/*.yml"), *TEMPLATE.glob(".github/workflows/*.yml")])
IDS = [path.relative_to(ROOT).as_posix().replace(TEMPLATE.name, "project") for path in WORKFLOWS]
DEPENDABOT = TEMPLATE / ".github" / "dependabot.yml"
WRITERS = {("train.yml", "publish"): {"contents": "write"}}  # every other job reads


@pytest.fixture(params=WORKFLOWS, ids=IDS)
def path(request: pytest.FixtureRequest) -> Path:
    """Return each workflow in turn."""
    found: Path = request.param
    return found


def load(path: Path) -> dict[Any, Any]:
    """Read a workflow. YAML reads the key `on` as true."""
    found: dict[Any, Any] = yaml.safe_load(path.read_text("utf-8"))
    return found


def steps(path: Path) -> Iterator[dict[str, Any]]:
    """Yield every step of every job."""
    for job in load(path)["jobs"].values():
        yield from job["steps"]


def test_the_two_moments_are_there() -> None:
    assert [path.name for path in WORKFLOWS if path.is_relative_to(TEMPLATE)] == ["data-ci.yml", "train.yml"]


def test_it_is_valid(path: Path) -> None:
    schema = ("--builtin-schema", "vendor.github-workflows")
    run(sys.executable, "-m", "check_jsonschema", *schema, path, cwd=ROOT)


def test_dependabot_is_valid_and_waits_before_it_takes_a_release() -> None:
    run(
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.dependabot",
        DEPENDABOT,
        cwd=ROOT,
    )
    updates = yaml.safe_load(DEPENDABOT.read_text("utf-8"))["updates"]
    assert {update["package-ecosystem"] for update in updates} == {"github-actions", "uv"}
    assert all(update["cooldown"]["default-days"] >= 7 for update in updates)


def test_actions_are_pinned_by_commit_and_say_which_version_that_is(path: Path) -> None:
    used = re.findall(r"uses: (.*)", path.read_text("utf-8"))
    assert used
    assert [
        line for line in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)
    ] == []


def test_the_same_action_has_the_same_commit_everywhere() -> None:
    pins: dict[str, set[str]] = {}
    for step in (step for path in WORKFLOWS for step in steps(path) if "uses" in step):
        action, commit = step["uses"].split("@")
        pins.setdefault(action, set()).add(commit)
    assert {action: commits for action, commits in pins.items() if len(commits) > 1} == {}


def test_every_job_has_least_privilege_and_a_time_out(path: Path) -> None:
    workflow = load(path)
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        allowed = WRITERS.get((path.name, name), {"contents": "read"})
        assert job["permissions"] in ({}, allowed), name
        assert 0 < job["timeout-minutes"] <= 60, name
        assert job["runs-on"] == "ubuntu-24.04", name


def test_no_expression_and_no_token_stands_in_a_script(path: Path) -> None:
    scripts = [step["run"] for step in steps(path) if "run" in step]
    assert scripts
    assert [script for script in scripts if "${{" in script] == []
    assert "secrets." not in path.read_text("utf-8")


def test_checkout_leaves_no_token_on_disk(path: Path) -> None:
    checkouts = [step["with"] for step in steps(path) if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(settings["persist-credentials"] is False for settings in checkouts)


def test_a_pull_request_is_always_judged_and_never_with_rights(path: Path) -> None:
    triggers = load(path)[True]
    assert not {"pull_request_target", "workflow_run", "issue_comment"} & triggers.keys()
    if path.name != "train.yml":
        assert {"pull_request", "merge_group"} <= triggers.keys()
        assert (
            triggers["pull_request"] is None
        )  # a filtered check that is required would stay pending for ever


def test_the_verdict_is_red_unless_every_job_was_green(path: Path) -> None:
    if path.name == "train.yml":
        return
    jobs = load(path)["jobs"]
    *others, last = jobs
    needs = jobs[last]["needs"]
    assert last == "verdict"
    assert jobs[last]["if"] == "always()"
    assert sorted([needs] if isinstance(needs, str) else needs) == sorted(others)
    (step,) = jobs[last]["steps"]
    script, (variable,) = step["run"], step["env"]
    for results in ("success", "failure", "cancelled", "skipped"):
        value = " ".join([results, *["success"] * (len(others) - 1)])
        run("sh", "-c", script, cwd=ROOT, code=0 if results == "success" else 1, env={variable: value})


def test_the_job_that_may_write_runs_nothing_of_the_project() -> None:
    job = load(TEMPLATE / ".github" / "workflows" / "train.yml")["jobs"]["publish"]
    commands = {
        line.split()[0] for step in job["steps"] if "run" in step for line in step["run"].splitlines()
    }
    assert commands <= {"git", "export", "#"}
    assert {step["uses"].split("@")[0] for step in job["steps"] if "uses" in step} == {
        "actions/checkout",
        "actions/download-artifact",
    }


def test_results_start_no_training_and_trainings_do_not_overlap() -> None:
    workflow = load(TEMPLATE / ".github" / "workflows" / "train.yml")
    assert workflow[True] == {"push": {"branches": ["main"], "paths-ignore": ["results/**"]}}
    assert workflow["concurrency"] == {"group": "train", "cancel-in-progress": False}


def test_the_result_is_committed_by_the_bot_and_nothing_else_is(project: Path, tmp_path: Path) -> None:
    """The script itself, run as a runner would, with a folder in the place of github.com."""
    run("git", "clone", "--quiet", "--bare", project, tmp_path / "remote.git", cwd=tmp_path)
    run("git", "clone", "--quiet", tmp_path / "remote.git", "checkout", cwd=tmp_path)
    checkout = tmp_path / "checkout"
    job = load(TEMPLATE / ".github" / "workflows" / "train.yml")["jobs"]["publish"]
    (script,) = [step["run"] for step in job["steps"] if "run" in step]
    head = run("git", "rev-parse", "HEAD", cwd=project).stdout.strip()
    env = {"TOKEN": "t0ken", "GITHUB_SHA": head, "GITHUB_REF": "refs/heads/main"}
    (checkout / "results" / "latest.json").write_text("{}\n", "utf-8")
    (checkout / "stray.txt").write_text("not a result\n", "utf-8")
    for _ in range(2):  # the second time there is nothing to commit
        done = run("bash", "-e", "-c", script, cwd=checkout, env=env)
        assert "t0ken" not in done.stdout + done.stderr
    log = run(
        "git", "log", "--format=%an: %s", "--name-only", f"{head}..main", cwd=tmp_path / "remote.git"
    ).stdout
    assert log.split("\n\n") == [f"github-actions[bot]: Result of {head[:7]}", "results/latest.json\n"]
    assert "t0ken" not in (checkout / ".git" / "config").read_text("utf-8")

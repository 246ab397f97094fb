"""Workflows that were made worse, one thing at a time: each is caught by the rule that is there for it.

The first part damages every line of a kind, in every workflow; the second part says what somebody could think of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest
import workflow_jobs
import workflow_rules

TEXTS = workflow_rules.texts()
REAL = frozenset(workflow_rules.faults(TEXTS))


class Mutant(NamedTuple):
    """A worse workflow: what was done to which file, its text, and the rule that has to notice."""

    name: str
    file: str
    text: str
    rule: str


def lines(pattern: str, replacement: str, rule: str, what: str) -> Iterator[Mutant]:
    """Replace each line that matches, in each workflow, one a mutant; an empty replacement takes the line out."""
    for file, text in TEXTS.items():
        for match in re.finditer(rf"^{pattern}\n", text, re.MULTILINE):
            worse = match.expand(replacement) + "\n" if replacement else ""
            yield Mutant(
                f"{file}:{text[: match.start()].count(chr(10)) + 1} {what}",
                file,
                text[: match.start()] + worse + text[match.end() :],
                rule,
            )


def everywhere() -> list[Mutant]:
    """Return what can be done to every line of a kind."""
    return [
        *lines(r"    if: .*", "", "condition", "condition of a job removed"),
        *lines(r"        if: .*", "", "condition", "condition of a step removed"),
        *lines(r"      - if: (.*)", r"      - name: \1", "condition", "condition of a step removed"),
        *lines(r"    needs: .*", "", "condition", "waits for nobody"),
        *lines(r"    timeout-minutes: .*", "", "limits", "time-out removed"),
        *lines(r"    timeout-minutes: .*", "    timeout-minutes: 360", "limits", "time-out of six hours"),
        *lines(r"    runs-on: .*", "    runs-on: self-hosted", "limits", "self-hosted"),
        *lines(r"    runs-on: .*", "    runs-on: ubuntu-latest", "limits", "runner that changes"),
        *lines(r"permissions: \{\}", "permissions: write-all", "permissions", "all rights at the top"),
        *lines(r"permissions: \{\}", "permissions: read-all", "permissions", "rights at the top"),
        *lines(r"permissions: \{\}", "", "permissions", "default rights at the top"),
        *lines(r"    permissions: \{\}", "    permissions: write-all", "permissions", "all rights in a job"),
        *lines(r"      contents: read", "      contents: write", "permissions", "may write contents"),
        *lines(
            r"      contents: read",
            "      contents: read\n      attestations: write",
            "permissions",
            "attests",
        ),
        *lines(
            r"      ([a-z-]+): write.*", r"      \1: write\n      packages: write", "permissions", "one more"
        ),
        *lines(r"(.*uses: [^@]+)@[0-9a-f]{40} # (v\d+).*", r"\1@\2", "pin", "pinned to a tag"),
        *lines(r"(.*uses: [^@]+@[0-9a-f]{40}) # .*", r"\1", "pin", "version not said"),
        *lines(r"(.*uses: [^@]+@[0-9a-f]{39})[0-9a-f] # (.*)", r"\1x # \2", "pin", "another commit"),
        *lines(r"(.*uses: [^@]+@[0-9a-f]{40}) # v\d+(.*)", r"\1 # v99\2", "pin", "another version"),
        *lines(r"(.*uses: )[^/]+(/.*)", r"\1stranger\2", "pin", "action of a third party"),
        *lines(r"          persist-credentials: false", "", "checkout", "token on disk by default"),
        *lines(
            r"          persist-credentials: .*",
            "          persist-credentials: true",
            "checkout",
            "token on disk",
        ),
        *lines(
            r"( +)python-version: .*",
            r"\1python-version: ${{ github.event.pull_request.title }}",
            "expression",
            "a title given to an action",
        ),
        *lines(
            r"( +)persist-credentials: false",
            r"\1persist-credentials: false\n\1repository: stranger/code",
            "checkout",
            "code of a stranger",
        ),
        *lines(r"( +)- run: uv (.*)", r"\1- run: uv \2 ${{ github.token }}", "token", "token in a script"),
        *lines(
            r"( +)- run: uv (.*)",
            r"\1- env:\n\1    GITHUB_TOKEN: ${{ github.token }}\n\1  run: uv \2",
            "token",
            "token for what does not publish",
        ),
        *lines(r"          if-no-files-found: error", "", "artifact", "empty artifact"),
        *lines(r"      - run: (.*)", r"      - run: \1 || true", "script", "failure swallowed"),
        *lines(r"        run: (uv.*)", r"        run: \1 || true", "script", "failure swallowed"),
        *lines(
            r"(        )run: (.*[^|])", r"\1run: \2\n\1continue-on-error: true", "keys", "failure ignored"
        ),
        *lines(r"(    )steps:", r"\1continue-on-error: true\n\1steps:", "keys", "failure of a job ignored"),
        *lines(r"(    )steps:", r"\1container: stranger/image\n\1steps:", "keys", "an image of a stranger"),
        *lines(
            r"      - run: uv run (.*)",
            r'      - run: uv run \1 "${{ github.event.issue.title }}"',
            "script",
            "a title in a script",
        ),
    ]


def damaged(file: str, pattern: str, replacement: str, rule: str, what: str) -> Mutant:
    """Replace the first match in one workflow."""
    name = f"project/{file}"
    text = TEXTS.get(name, "")
    return Mutant(
        f"{name} {what}", name, re.sub(pattern, replacement, text, count=1, flags=re.MULTILINE), rule
    )


DEFAULT = re.escape(workflow_jobs.DEFAULT_BRANCH)
STRANGER = "${{ github.event.workflow_run.head_sha }}"
PUBLISHERS = ["pr-comment.yml", "train.yml", "reevaluate.yml", "model-bug.yml", "template-update.yml"]
QUEUED = ["train.yml", "reevaluate.yml"]
PUBLISH = r"^( +)(- )?run: (uv run --no-sync dataci publish .*)$"


def fork(file: str) -> tuple[str, str]:
    """Return how to have the last checkout of a workflow take the commit of a fork."""
    if workflow_jobs.DEFAULT_BRANCH in TEXTS.get(f"project/{file}", ""):
        return rf"(?s)(.*)ref: {DEFAULT}", rf"\1ref: {STRANGER}"
    return r"(?s)(.*\n)( +)(persist-credentials)", rf"\1\2ref: {STRANGER}\n\2\3"


def one_by_one() -> list[Mutant]:
    """Return what somebody could think of."""
    mutants = [
        damaged(
            "data-ci.yml", r"  pull_request:", "  pull_request_target:", "trigger", "runs forks with rights"
        ),
        damaged(
            "data-ci.yml", r"  pull_request:", '  pull_request:\n    paths: ["data/**"]', "trigger", "paths"
        ),
        damaged(
            "data-ci.yml", r"  pull_request:", "  pull_request:\n    branches: [main]", "trigger", "branches"
        ),
        damaged(
            "data-ci.yml", r"  pull_request:", "  pull_request:\n    types: [opened]", "trigger", "types"
        ),
        damaged("data-ci.yml", r"  merge_group:\n", "", "trigger", "merge queue forgotten"),
        damaged("data-ci.yml", r"needs: \[\w+, ", "needs: [", "condition", "gate does not wait for all"),
        damaged("data-ci.yml", r'test "(.*) success"', r'test "\1 failure"', "gate", "gate passes a failure"),
        damaged("data-ci.yml", r'test "\$(.*)', "echo green", "gate", "gate always green"),
        damaged("data-ci.yml", r"if: always\(\) #.*", "if: success()", "condition", "gate is skipped"),
        damaged("data-ci.yml", r" \$\{\{ needs\.\w+\.result \}\}$", " success", "gate", "gate looks away"),
        damaged(
            "data-ci.yml", r"name: review$", "name: reviews", "artifact", "artifact renamed by who uploads"
        ),
        damaged("train.yml", r"( +)paths-ignore:.*\n", "", "trigger", "results start a training: a loop"),
        damaged("train.yml", r"branches: \[main\]", 'branches: ["**"]', "trigger", "every branch trains"),
        damaged("pr-comment.yml", r"workflows: .*", 'workflows: ["*"]', "trigger", "follows every workflow"),
        damaged("pr-comment.yml", r"types: .*", "types: [requested]", "trigger", "comes too early"),
        damaged("pr-comment.yml", r"== *'pull_request'", "!= 'push'", "condition", "comments on anything"),
        damaged(
            "pr-comment.yml", r"  workflow_run:", "  issue_comment:\n  workflow_run:", "trigger", "by comment"
        ),
        damaged("model-bug.yml", r"== 'bug:accepted'", "!= ''", "condition", "any label accepts"),
        damaged("model-bug.yml", r"'bug:accepted'", "'bug'", "condition", "the form's own label accepts"),
        damaged(
            "model-bug.yml", r"types: \[labeled\]", "types: [opened, labeled]", "trigger", "opened accepts"
        ),
        damaged(
            "pages.yml", r"(uses: actions/deploy-pages.*)", r"\1\n      - run: make", "pages", "runs code"
        ),
        damaged(
            "pages.yml", r"^ +environment:\n( +name: .*\n)( +url: .*\n)?", "", "limits", "no environment"
        ),
        damaged("train.yml", r"publish results", "publish update", "writer", "another publisher"),
        damaged(
            "train.yml", r"publish results results-new", "publish results src", "writer", "another folder"
        ),
        damaged(
            "template-update.yml", r"dataci update --output update", "dataci update", "artifact", "no output"
        ),
    ]
    mutants += [
        damaged(file, rf"(?s)(.*\n) +ref: {DEFAULT}[^\n]*\n", r"\1", "writer", "writer has any branch")
        for file in PUBLISHERS
        if file != "pr-comment.yml"
    ]
    for file in [*QUEUED, "pages.yml"]:
        mutants += [
            damaged(file, r"  queue: max\n?", "", "concurrency", "a newer run replaces a waiting one"),
            damaged(
                file, r"cancel-in-progress: false", "cancel-in-progress: true", "concurrency", "cancelled"
            ),
            damaged(file, r"^concurrency:\n(  .*\n)+", "", "concurrency", "not one after the other"),
        ]
    for file in QUEUED:
        mutants += [
            damaged(file, r"( +)(uses: \./.*)", r"\1\2\n\1secrets: inherit", "call", "hands all secrets on"),
            damaged(file, r"( +)(uses: \./.*)", r"\1\2\n\1with: {page: any}", "call", "hands an input on"),
            damaged(
                file, r"uses: \./.*/pages.yml", "uses: ./.github/workflows/train.yml", "call", "calls another"
            ),
            damaged(
                file,
                r"uses: \./.*",
                "uses: stranger/code/.github/workflows/pages.yml@main",
                "pin",
                "stranger",
            ),
            damaged(file, r"(      )pages: write #.*", r"\1contents: write", "yaml", "twice"),
            damaged(file, r"(      )pages: write #.*", r"\1packages: write", "permissions", "another right"),
        ]
    for file in PUBLISHERS:
        mutants += [
            damaged(file, *fork(file), "writer", "writer has fork code"),
            damaged(file, r'enable-cache: "false"', 'enable-cache: "true"', "cache", "cache"),
            damaged(
                file, r'(?s)(.*\n) +enable-cache: "false"[^\n]*\n', r"\1", "cache", "writer with a cache"
            ),
            damaged(file, PUBLISH, r"\1\2run: make && \3", "writer", "writer runs the project's code"),
            damaged(file, PUBLISH, r"\1\2run: uv run pytest", "writer", "writer runs the tests"),
            damaged(
                file, r"uv sync --no-dev --extra github", "uv sync --all-extras", "writer", "installs all"
            ),
            damaged(
                file, r"^jobs:$", "env:\n  GITHUB_TOKEN: ${{ github.token }}\njobs:", "keys", "token for all"
            ),
            damaged(file, r"github\.token", "secrets.PERSONAL_TOKEN", "token", "another token"),
            damaged(
                file, r"(?s)(.*\n)( +)(- uses: actions/checkout)", r"\1\2- run: make\n\2\3", "writer", "make"
            ),
        ]
    for file in ("train.yml", "reevaluate.yml", "model-bug.yml", "template-update.yml"):
        mutants += [
            damaged(file, r"(?s)(.*download-artifact.*?name: )[\w-]+", r"\1other", "artifact", "other name"),
            damaged(
                file, r"(?s)(upload-artifact.*?name: )[\w-]+", r"\1other", "artifact", "other name uploaded"
            ),
            damaged(
                file, r"(?s)(.*download-artifact.*?path: )[\w/-]+", r"\1src/dataci", "artifact", "other path"
            ),
        ]
    return mutants


MUTANTS = [*everywhere(), *one_by_one()]


@pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.name for mutant in MUTANTS])
def test_a_worse_workflow_is_caught(mutant: Mutant) -> None:
    assert mutant.text != TEXTS.get(mutant.file), "nothing was made worse: this mutant is out of date"
    found = set(workflow_rules.file_faults(mutant.file, mutant.text)) - REAL
    assert mutant.rule in {fault.rule for fault in found}, found


def test_enough_is_tried_in_every_workflow() -> None:
    assert {mutant.file for mutant in MUTANTS} == TEXTS.keys()
    assert {mutant.rule for mutant in MUTANTS} >= workflow_jobs.RULES.keys() | workflow_jobs.CALLING.keys()
    assert len(MUTANTS) >= 25


@pytest.mark.parametrize("file", sorted(TEXTS))
def test_a_workflow_that_is_gone_or_unknown_or_broken_is_caught(file: str) -> None:
    without = {name: text for name, text in TEXTS.items() if name != file}
    assert "table" in {fault.rule for fault in set(workflow_rules.faults(without)) - REAL}
    unknown = workflow_rules.faults({**TEXTS, "project/unknown.yml": TEXTS[file]})
    assert {fault.file for fault in set(unknown) - REAL} == {"project/unknown.yml"}
    broken = workflow_rules.faults(
        {**TEXTS, file: TEXTS[file] + "\npermissions: {}\n"}
    )  # the key stands twice
    assert {fault.rule for fault in set(broken) - REAL} == {"yaml"}

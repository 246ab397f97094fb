"""What every workflow has to be, as rules over the text of the files: what they find is a list of faults.

Here is what holds for a file; workflow_jobs.py has what holds for a job, and workflow_table.py says which workflows
there are, with their triggers, rights and conditions. GitHub enforces none of this by itself, and act, which runs them
in the tests, ignores permissions and concurrency; so it is held here. As a script: print the faults as they are.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from workflow_jobs import CALLING, HERE, RULES, Place
from workflow_table import ACTIONS, TABLE

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ROOT / "{{cookiecutter.project_slug}}"
TOP = {"name", "on", "permissions", "concurrency", "jobs"}


class Fault(NamedTuple):
    """A rule that a workflow breaks: which rule, in which file and job ("" for the file as a whole), and how."""

    rule: str
    file: str
    job: str
    sentence: str


def texts() -> dict[str, str]:
    """Read the workflows: those of a generated project as project/NAME, the template's own as template/NAME."""
    found = {}
    for home, folder in (("project", PROJECT), ("template", ROOT)):
        for path in sorted((folder / ".github" / "workflows").iterdir()):
            found[f"{home}/{path.name}"] = path.read_text("utf-8")
    return found


def faults(files: Mapping[str, str]) -> list[Fault]:
    """Return every fault in these workflows (name → text), none when all is well."""
    found = [Fault("table", name, "", "is not there") for name in sorted(TABLE.keys() - files.keys())]
    for name, text in sorted(files.items()):
        found += list(file_faults(name, text))
    return found


def file_faults(file: str, text: str) -> Iterator[Fault]:
    """Judge one workflow."""
    if file not in TABLE:
        yield Fault("table", file, "", "is a workflow that the table does not know")
        return
    try:
        workflow = load(text)
    except (yaml.YAMLError, ValueError) as error:
        yield Fault("yaml", file, "", f"cannot be read: {error}")
        return
    yield from pins(file, text, workflow)
    yield from whole(file, text, workflow)
    for name, job in workflow["jobs"].items():
        if name not in TABLE[file].jobs:
            yield Fault("table", file, name, "is a job that the table does not know")
        else:
            place = Place(file, name, job, TABLE[file].jobs[name], workflow)
            rules = CALLING if place.expected.calls else RULES
            for rule, judge in rules.items():
                for sentence in judge(place):
                    yield Fault(rule, file, name, sentence)


class Loader(yaml.SafeLoader):
    """YAML as GitHub reads it: `on` is a word, and no key stands twice."""


def mapping(loader: Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    """Build a mapping; a key that stands twice is an error, for the second would silently win."""
    keys = [key.value for key, _ in node.value]
    if twice := {key for key in keys if keys.count(key) > 1}:
        raise ValueError(f"{sorted(twice)} stands twice in line {node.start_mark.line + 1}")
    pairs: dict[Any, Any] = {
        key.value: loader.construct_object(value, deep=True) for key, value in node.value
    }
    return pairs


Loader.add_constructor("tag:yaml.org,2002:map", mapping)


def load(text: str) -> dict[str, Any]:
    """Read a workflow: a mapping with jobs that are mappings."""
    found = yaml.load(text, Loader)
    if not isinstance(found, dict) or not isinstance(found.get("jobs"), dict):
        raise ValueError("it has no jobs")
    if not all(isinstance(job, dict) for job in found["jobs"].values()):
        raise ValueError("a job is no mapping")
    return found


def pins(file: str, text: str, workflow: dict[str, Any]) -> Iterator[Fault]:
    """Every action is one of ours, by the full commit, with the version beside it."""
    allowed = {f"{action}@{commit} # {version}" for action, (commit, version) in ACTIONS.items()}
    calls = {f"{HERE}{job.calls}" for job in TABLE[file].jobs.values() if job.calls}
    lines = re.findall(r"^[ -]*uses: *(.*?) *$", text, re.MULTILINE)
    lines = [line for line in lines if line.partition(" # zizmor: ")[0] not in calls]
    for line in lines:
        if line not in allowed:
            yield Fault("pin", file, "", f"uses {line!r}, which is not in the list of pinned actions")
    used = [
        step["uses"] for job in workflow["jobs"].values() for step in job.get("steps", []) if "uses" in step
    ]
    if sorted(used) != sorted(line.split(" ")[0] for line in lines):
        yield Fault(
            "pin",
            file,
            "",
            "uses an action on a line that is not `uses: OWNER/NAME@COMMIT # VERSION`",
        )


def whole(file: str, text: str, workflow: dict[str, Any]) -> Iterator[Fault]:
    """Judge what stands above the jobs."""
    expected = TABLE[file]
    if extra := workflow.keys() - TOP:
        yield Fault("keys", file, "", f"has {sorted(extra)} at the top")
    if workflow.get("permissions") != {}:
        yield Fault("permissions", file, "", "does not begin with `permissions: {}`")
    if workflow.get("on") != expected.on:
        yield Fault("trigger", file, "", f"starts on {workflow.get('on')}, not on {expected.on}")
    if workflow.get("concurrency") != expected.concurrency:
        yield Fault("concurrency", file, "", f"has {workflow.get('concurrency')}, not {expected.concurrency}")
    if re.search(r"\bsecrets\b", text):
        yield Fault("token", file, "", "names secrets; nothing here needs one")
    if missing := expected.jobs.keys() - workflow["jobs"].keys():
        yield Fault("table", file, "", f"has no job {sorted(missing)}")


def main() -> None:
    """Print the faults of the workflows as they are."""
    found = faults(texts())
    for fault in found:
        print(f"{fault.rule}: {fault.file} {fault.job}: {fault.sentence}")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()

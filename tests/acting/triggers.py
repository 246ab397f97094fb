"""Decides whether an event starts a workflow: `on:` with types, branches, tags and paths, which act ignores."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from acting.state import JSON

DEFAULT_TYPES = {"pull_request": ("opened", "synchronize", "reopened")}
DEFAULT_TYPES["pull_request_target"] = DEFAULT_TYPES["pull_request"]
FILTERS = ("branches", "tags", "paths")


def pattern(glob: str) -> re.Pattern[str]:
    """Translate a filter pattern: `*` stops at a slash, `**` does not; `?` and `+` count, `[]` chooses."""
    out = ""
    for part in re.findall(r"\*\*/?|\*|\?|\+|\[[^]]*\]|\\.|.", glob):
        if part == "**/":
            out += "(?:.*/)?"
        elif part in ("**", "*"):
            out += {"**": ".*", "*": "[^/]*"}[part]
        else:
            out += part if part in "?+" or part[0] in "[\\" else re.escape(part)
    return re.compile(out, re.DOTALL)


def chosen(value: str, globs: Sequence[str]) -> bool:
    """Say whether the last pattern that matches takes the value in; `!` takes it out."""
    taken = False
    for glob in globs:
        if pattern(glob.removeprefix("!")).fullmatch(value):
            taken = not glob.startswith("!")
    return taken


def passes(rules: JSON, name: str, values: Sequence[str]) -> bool:
    """Apply a filter and its `-ignore` twin: one value must be chosen; not all may be ignored."""
    if name in rules and not any(chosen(value, rules[name]) for value in values):
        return False
    ignored = rules.get(f"{name}-ignore")
    return ignored is None or not all(chosen(value, ignored) for value in values)


def triggers(workflow: JSON) -> dict[str, JSON]:
    """Return `on:` in its long form."""
    on: Any = workflow["on"]
    if isinstance(on, str):
        on = [on]
    if isinstance(on, list):
        on = dict.fromkeys(on)
    return {name: (rules if isinstance(rules, dict) else {}) for name, rules in on.items()}


def fires(workflow: JSON, event: str, payload: JSON, paths: Callable[[], list[str]]) -> bool:
    """Say whether the event starts the workflow; ``paths`` lists the changed files, and is asked only when needed."""
    rules = triggers(workflow).get(event)
    if rules is None:
        return False
    types = rules.get("types", DEFAULT_TYPES.get(event))
    types = [types] if isinstance(types, str) else types
    if types and payload.get("action") not in types:
        return False
    if event == "workflow_run":
        done = payload["workflow_run"]
        named = done["name"] in rules.get("workflows", [])
        return named and passes(rules, "branches", [done["head_branch"]])
    if event == "push":
        kind, _, name = payload["ref"].removeprefix("refs/").partition("/")
        mine, other = ("branches", "tags") if kind == "heads" else ("tags", "branches")
        if not any(key.startswith(mine) for key in rules) and any(key.startswith(other) for key in rules):
            return False
        if not passes(rules, mine, [name]):
            return False
        return kind == "tags" or path_filter(rules, paths)
    if event.startswith("pull_request"):
        base = payload["pull_request"]["base"]["ref"]
        return passes(rules, "branches", [base]) and path_filter(rules, paths)
    return True


def path_filter(rules: JSON, paths: Callable[[], list[str]]) -> bool:
    """Apply `paths` and `paths-ignore`."""
    if not any(key in rules for key in ("paths", "paths-ignore")):
        return True
    return passes(rules, "paths", paths())

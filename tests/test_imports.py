"""Imports of the engine run one way, and the command line starts without the heavy libraries."""

from __future__ import annotations

import ast
import json
import re
import sys
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest
from baking import TEMPLATE, run

SOURCE = TEMPLATE / "src"
ENGINE = SOURCE / "dataci"

# From the top down: a module may import from the lines below its own, and from its own line.
LAYERS = [
    ["__main__"],
    ["cli"],
    ["verbs"],
    ["commands"],
    [
        "reporters",
        "suite",
        "listing",
        "waivers",
        "training",
        "candidate",
        "measuring",
        "rerun",
        "checkout",
        "lineage",
        "comparison",
        "attribution",
        "results",
        "production",
        "publishing",
        "review",
        "distribution",
        "preview",
        "overview",
        "delivery",
        "bugs",
        "upstream",
        "inference",
        "explaining",
    ],
    [
        "checks",
        "models",
        "record",
        "scores",
        "store",
        "identity",
        "closure",
        "evaluation",
        "gates",
        "fairness",
        "robustness",
        "uncertainty",
        "thresholds",
        "probes",
        "perturbing",
        "figures",
        "predictions",
        "paired",
        "intervals",
        "metrics",
        "examples",
        "slices",
        "bugstock",
    ],
    ["project"],
    ["profile", "diff", "changes", "alignment", "similarity", "keys", "casting", "roundtrip"],
    ["dataset"],
    ["formats", "cache", "shingles", "text", "slicing"],
    ["finding", "git", "remote", "github", "config", "shape", "bounded", "bugfile", "light"],
    ["environment"],
    ["errors", "replacing", ""],
]
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
UNKNOWN_TO_CHECKS = {"git", "reporters", "suite", "listing", "waivers"}
KNOWN_TO_REPORTERS = {
    "reporters",
    "finding",
    "comparison",
    "attribution",
    "record",
    "review",
    "distribution",
    "thresholds",
    "errors",
    "",
}
HEAVY = {
    *("git", "numpy", "pandera", "polars", "scipy", "sklearn", "skops", "torch", "transformers", "urllib3"),
    *("captum", "fairlearn", "pandas", "resvg_py"),
}
LIGHT = ("cli", "__main__", "verbs", "commands")  # no heavy library while these are imported
SLOW = {"sklearn", "scipy", "pandera", "skops", "torch", "transformers", "captum", "fairlearn", "pandas"}


class Import(NamedTuple):
    """One import in a module of the engine. ``late``: inside a function, or for the type checker only."""

    module: str
    target: str
    line: int
    late: bool


def module_name(path: Path) -> str:
    """Return the dotted name of a module below dataci, "" for the package itself."""
    parts = path.relative_to(ENGINE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> list[Import]:
    """Return what a module imports, from wherever in it."""
    tree = ast.parse(path.read_text("utf-8"))
    late = {id(inner) for node in ast.walk(tree) if is_late(node) for inner in ast.walk(node)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}:{node.lineno} imports relatively; name the module in full"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        found += [Import(module_name(path), name, node.lineno, id(node) in late) for name in names]
    return found


def is_late(node: ast.AST) -> bool:
    """Tell whether the inside of a node does not run when its module is imported."""
    typing = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    return typing or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)


PATHS = sorted(ENGINE.rglob("*.py"))
ALL = [found for path in PATHS for found in imports(path)]


def family(module: str) -> str:
    """Return the part of a dotted name below dataci that has a layer."""
    return module.split(".")[0]


def target_family(target: str) -> str:
    """Return which family `dataci.x.y` belongs to; a name from the package itself counts as the package."""
    parts = target.split(".")[1:]
    return parts[0] if parts and parts[0] in FAMILIES else ""


FAMILIES = {family(module_name(path)) for path in PATHS}


def test_every_module_has_a_layer() -> None:
    lost = sorted(FAMILIES - RANK.keys())
    assert lost == [], f"Say where {', '.join(lost)} stands: add it to LAYERS in {Path(__file__).name}."


def test_imports_run_one_way() -> None:
    upward = [
        f"{say(found)}, which stands above it"
        for found in ALL
        if found.target.split(".")[0] == "dataci"
        and RANK.get(target_family(found.target), 99) < RANK.get(family(found.module), 0)
    ]
    assert upward == []


def test_no_two_families_need_each_other() -> None:
    graph: dict[str, set[str]] = {}
    for found in ALL:
        pair = family(found.module), target_family(found.target)
        if found.target.split(".")[0] == "dataci" and pair[0] != pair[1]:
            graph.setdefault(pair[0], set()).add(pair[1])
    TopologicalSorter(graph).prepare()  # CycleError names the cycle


def test_checks_know_neither_git_nor_reporters() -> None:
    assert [say(found) for found in ours("checks") if target_family(found.target) in UNKNOWN_TO_CHECKS] == []


def test_reporters_know_findings_and_comparisons_only() -> None:
    assert [
        say(found) for found in ours("reporters") if target_family(found.target) not in KNOWN_TO_REPORTERS
    ] == []


def ours(name: str) -> list[Import]:
    """Return what the modules of a family import from the engine."""
    return [found for found in ALL if family(found.module) == name and found.target.split(".")[0] == "dataci"]


def say(found: Import) -> str:
    """Name an import by its place."""
    return f"dataci/{found.module.replace('.', '/')}:{found.line} imports {found.target}"


def test_gitpython_has_one_door_and_it_opens_late() -> None:
    users = {(found.module, found.late) for found in ALL if found.target.split(".")[0] == "git"}
    assert users <= {("git", True)}


def test_http_has_one_door_and_it_opens_late() -> None:
    clients = {"urllib3", "requests", "httpx", "http", "urllib", "socket"}
    users = {
        (found.module, found.late or found.target.split(".")[0] not in HEAVY)
        for found in ALL
        if found.target.split(".")[0] in clients and not found.target.startswith("urllib.parse")
    }
    assert users == {("github", True)}


def test_git_has_one_door() -> None:
    """Who starts other programs is few, so that one can look; of them, one knows how to call git."""
    users = {family(found.module) for found in ALL if found.target.split(".")[0] == "subprocess"}
    assert users <= {"git", "remote", "rerun", "environment", "candidate", "preview", "upstream", "commands"}
    git = {
        family(module_name(path)) for path in PATHS if re.search(r'[\[(]\s*"git",', path.read_text("utf-8"))
    }
    assert git == {"git"}


def test_the_command_line_imports_nothing_heavy_at_the_top() -> None:
    early = [
        f"{say(found)} at the top; import it inside of the function"
        for found in ALL
        if family(found.module) in LIGHT and not found.late and found.target.split(".")[0] in HEAVY
    ]
    assert early == []


def test_slow_libraries_are_imported_late_or_by_modules_that_are() -> None:
    slow = {found.module for found in ALL if not found.late and found.target.split(".")[0] in SLOW}
    early = [
        f"{say(found)} at the top"
        for found in ALL
        if family(found.module) in LIGHT and not found.late and found.target.removeprefix("dataci.") in slow
    ]
    assert early == []


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["check", "--help"], ["train", "--help"]])
def test_help_loads_no_heavy_library(tmp_path: Path, arguments: list[str]) -> None:
    script = (
        "import json, sys\nfrom dataci.cli import main\n"
        f"sys.argv = ['dataci', *{arguments!r}]\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "print('\\n' + json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    loaded = json.loads(
        run(sys.executable, "-c", script, cwd=tmp_path, env={"PYTHONPATH": str(SOURCE)}).stdout.splitlines()[
            -1
        ]
    )
    assert HEAVY & set(loaded) == set()

"""The only door to the user's code: project/schema.py, model.py, checks.py and slices.py."""

from __future__ import annotations

import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from dataci import light
from dataci.errors import CannotRun

FOLDER = "project"


def load(root: Path, name: str) -> ModuleType:
    """Import project/``name``.py of the project at ``root``; CannotRun says where it is broken."""
    path = root / FOLDER / f"{name}.py"
    if not path.is_file():
        raise CannotRun(
            f"There is no {FOLDER}/{name}.py. Take it from the template, or run `dataci init DATA`."
        )
    full = f"dataci_project_{name}"
    spec = importlib.util.spec_from_file_location(full, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[full] = module
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))  # so that the user's files can import one another as project.x
    try:
        spec.loader.exec_module(module)
    except CannotRun:
        raise
    except (Exception, SystemExit) as error:
        raise CannotRun(
            f"{FOLDER}/{name}.py does not run: {place(error, path)}. Mend it and run again."
        ) from error
    return module


def place(error: BaseException, path: Path) -> str:
    """Say what went wrong and at which line of the user's file."""
    if isinstance(error, SyntaxError):
        return f"line {error.lineno}: {error.msg}"
    lines = [
        frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)
    ]
    where = f"line {lines[-1]}: " if lines else ""
    return f"{where}{type(error).__name__}: {error}"


def schema(root: Path) -> Any:
    """Return the pandera schema (Polars) that project/schema.py calls ``schema``."""
    light.import_pandera()
    found: Any = getattr(load(root, "schema"), "schema", None)
    if hasattr(found, "to_schema"):
        found = found.to_schema()
    if not hasattr(found, "columns") or not hasattr(found, "validate"):
        raise CannotRun(f"{FOLDER}/schema.py must define `schema`, a pandera.polars DataFrameSchema.")
    return found


def build_model(root: Path, params: dict[str, Any]) -> Any:
    """Return what project/model.py's ``build(params)`` returns."""
    build = getattr(load(root, "model"), "build", None)
    if not callable(build):
        raise CannotRun(f"{FOLDER}/model.py must define `build(params)`, which returns the model.")
    return build(params)


def checks(root: Path) -> dict[str, Callable[..., Any]]:
    """Return the user's own checks: every public function of project/checks.py, by its kebab-case name."""
    return functions(root, "checks")


def slices(root: Path) -> dict[str, Callable[..., Any]]:
    """Return the user's slices: every public function of project/slices.py, by its kebab-case name."""
    return functions(root, "slices")


def functions(root: Path, name: str) -> dict[str, Callable[..., Any]]:
    """Return the public functions that a file of project/ defines, by kebab-case name; none without the file."""
    if not (root / FOLDER / f"{name}.py").is_file():
        return {}
    module = load(root, name)
    return {
        key.replace("_", "-"): function
        for key, function in vars(module).items()
        if inspect.isfunction(function) and function.__module__ == module.__name__ and not key.startswith("_")
    }

"""The files of code that make a model: the user's project/, and of the engine only what training comes past.

Of the engine these are ENGINE (how rows are read, prepared and learned from) and whatever project/ imports of it, with
what that imports in turn: who learns with scikit-learn is not trained anew because the transformer changed.
"""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Container, Iterable
from pathlib import Path

import dataci
from dataci import project

ENGINE = ("dataset.py", "examples.py", "text.py", "training.py", "formats/*.py", "models/__init__.py")
# Imported nearly everywhere, and they only say what is wrong, read settings (whose values count), or fetch bytes (which
# have git's own ids).
APART = ("__init__.py", "cache.py", "config.py", "errors.py", "finding.py", "git.py", "project.py")
NOT_MODEL = ("checks", "schema", "slices")
DYNAMIC = "importlib"
JUNK = ("__pycache__", ".DS_Store", ".ipynb_checkpoints", ".mypy_cache", ".pytest_cache", ".ruff_cache")
PREFIX = "src/dataci/"


def paths(root: Path) -> dict[str, Path]:
    """Return the files of engine and user code that make the model, by their path for display, sorted."""
    home = Path(dataci.__file__).parent
    mine = project_files(root)
    found = {f"{PREFIX}{path.relative_to(home).as_posix()}": path for path in engine_files(mine, home)}
    found |= {path.relative_to(root).as_posix(): path for path in mine}
    return dict(sorted(found.items()))


def engine_files(mine: Iterable[Path], home: Path) -> set[Path]:
    """Return the files of the engine that make the model of the files ``mine``."""
    found = {path for name in ENGINE for path in home.glob(name)}
    waiting = [file for path in (*mine, *home.glob("models/__init__.py")) for file in wanted(path, home)]
    while waiting:
        path = waiting.pop()
        if path not in found and path.relative_to(home).as_posix() not in APART:
            found.add(path)
            waiting += wanted(path, home)
    return found


def wanted(path: Path, home: Path) -> list[Path]:
    """Return the files of the engine that a Python file imports; whoever imports by a name that is only known when it
    runs may mean any model.
    """
    found = imports(path)
    every = home.glob("models/*.py") if DYNAMIC in found and not path.is_relative_to(home) else ()
    parts = [name.split(".") for name in found if name.startswith(f"{dataci.__name__}.")]
    stems = {home.joinpath(*name[1:end]) for name in parts for end in range(2, len(name) + 1)}
    files = [file for stem in stems for file in (stem.with_suffix(".py"), stem / "__init__.py")]
    return [*every, *(file for file in files if file.is_file())]


def project_files(root: Path) -> list[Path]:
    """Return the files below project/ that can change the model, sorted.

    checks.py, schema.py and slices.py cannot, unless one of the others imports them.
    """
    folder = root / project.FOLDER
    found = {path for path in folder.rglob("*") if path.is_file() and not ignored(path.relative_to(root))}
    apart = {folder / f"{name}.py" for name in NOT_MODEL} & found
    waiting = list(found - apart)
    while waiting:
        needed = {folder / f"{name}.py" for name in siblings(waiting.pop())} & apart
        apart -= needed
        waiting += needed
    return sorted(found - apart)


def siblings(path: Path) -> set[str]:
    """Return the names of the modules of project/ that a Python file may import."""
    parts = [name.split(".") for name in imports(path)]
    return {name[1] for name in parts if name[0] in ("", project.FOLDER) and len(name) > 1}


def reached(root: Path, path: Path) -> list[Path]:
    """Return a file of project/ and those that it imports, and that these import, sorted."""
    folder, found, waiting = root / project.FOLDER, {path}, [path]
    while waiting:
        for name in siblings(waiting.pop()):
            files = [folder / f"{name}.py", *(folder / name).rglob("*.py")]
            waiting += [file for file in files if file.is_file() and file not in found]
            found |= set(waiting)
    return sorted(found)


def ignored(path: Path) -> bool:
    """Tell whether a file is a cache or litter that tools leave behind."""
    return path.suffix == ".pyc" or not set(JUNK).isdisjoint(path.parts)


def imports(path: Path) -> frozenset[str]:
    """Return the dotted names of what a Python file imports; a relative import begins with a dot."""
    return names(path.read_bytes()) if path.suffix == ".py" else frozenset()


@functools.cache
def names(source: bytes) -> frozenset[str]:
    """Return the dotted names of what a source text imports."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()  # whoever runs the file says what is wrong with it
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            base = f".{node.module or ''}".rstrip(".") if node.level else str(node.module)
            found |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return frozenset(found)


def beside(root: Path, names: Iterable[str], unowned: Container[str] = ()) -> tuple[str, Path] | None:
    """Return the first of these top names that is a module of the repository outside of project/, and where it lies.

    A mere folder is one only where no distribution owns the name: libraries leave folders of their name behind.
    """
    for home in (root, root / "src"):
        for name in sorted(names):
            found = [path for path in (home / f"{name}.py", home / name / "__init__.py") if path.is_file()]
            if found or (name in unowned and (home / name).is_dir()):
                return name, (found or [home / name])[0]
    return None


def foreign(files: Iterable[Path]) -> set[str]:
    """Return the top names of what Python files import from elsewhere: neither Python's own nor ours."""
    used = {name.split(".")[0] for path in files for name in imports(path)}
    return used - set(sys.stdlib_module_names) - {"", dataci.__name__, project.FOLDER}

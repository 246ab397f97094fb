"""What makes a model: the id of its data and the hash of its code. Equal ids, equal model.

*Data* is git's tree id of data/train. *Code* covers what else can change the model:

* project/: every file but checks.py, schema.py and slices.py (those too if model.py imports them);
* the engine's files listed in ENGINE (how rows are read, prepared and learned from);
* [train] of dataci.toml, the roles of the model's columns, and which values mean "missing";
* the versions of Python and of the libraries that the model is computed with.

Documentation, tests, checks, reporters, and the settings of checks and of the evaluation are not part of it.
"""

from __future__ import annotations

import ast
import hashlib
import json
import platform
import sys
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

import dataci
from dataci import git, project
from dataci.config import FILE, Config
from dataci.dataset import FOLDER, Dataset

ENGINE = ("dataset.py", "examples.py", "text.py", "training.py", "formats/*.py", "models/*.py")
NOT_MODEL = ("checks", "schema", "slices")
LIBRARIES = ("numpy", "polars", "scikit-learn", "scipy")


class Identity(NamedTuple):
    """The ids of a candidate and what they are made of. ``files``: a short hash of each file of the code."""

    data: str
    code: str
    files: dict[str, str]
    environment: dict[str, str]

    @property
    def tag(self) -> str:
        """Return the name of the candidate: 8 digits of the data, 8 of the code."""
        return f"{self.data[:8]}-{self.code[:8]}"


def identify(dataset: Dataset) -> Identity:
    """Return the identity of the candidate that training on ``dataset`` would give."""
    config = dataset.config
    files = code_files(config.root)
    environment = versions(config.root)
    parts = {"files": files, "train": training_settings(config), "env": environment}
    text = json.dumps(parts, sort_keys=True, default=str)
    shown = {path: digest[:12] for path, digest in files.items()}
    return Identity(dataset.tree_id("train"), hashlib.sha256(text.encode()).hexdigest(), shown, environment)


def training_settings(config: Config) -> dict[str, Any]:
    """Return what dataci.toml says that can change the model."""
    roles = config.columns
    return {
        "seed": config.train.get("seed", 0),
        "params": dict(config.train.get("params", {})),
        "columns": {
            "id": roles.id,
            "label": roles.label,
            "text": list(roles.text),
            "symmetric": roles.symmetric,
            "numeric": list(roles.numeric),
            "categorical": list(roles.categorical),
        },
        "missing": list(config.missing),
    }


def code_files(root: Path) -> dict[str, str]:
    """Return the sha256 of each file of user code and engine that makes the model, by its path for
    display.
    """
    engine = Path(dataci.__file__).parent
    found = {
        f"src/dataci/{path.relative_to(engine).as_posix()}": path
        for name in ENGINE
        for path in engine.glob(name)
    }
    found |= {path.relative_to(root).as_posix(): path for path in project_files(root)}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in sorted(found.items())}


def project_files(root: Path) -> list[Path]:
    """Return the files below project/ that can change the model, sorted."""
    folder = root / project.FOLDER
    wanted = imported(folder / "model.py", folder, set())
    apart = {folder / f"{name}.py" for name in NOT_MODEL} - wanted
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path not in apart and "__pycache__" not in path.parts and path.suffix != ".pyc"
    ]


def imported(path: Path, folder: Path, seen: set[Path]) -> set[Path]:
    """Return ``path`` and the files of ``folder`` that it imports, directly or not."""
    if path in seen or not path.is_file():
        return seen
    seen.add(path)
    for name in imports(path):
        parts = name.split(".")
        if parts[0] in ("", project.FOLDER) and len(parts) > 1:
            imported(folder / f"{parts[1]}.py", folder, seen)
    return seen


def imports(path: Path) -> set[str]:
    """Return the names of what a Python file imports; "" stands for the package of a relative import."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return set()  # whoever runs the file says what is wrong with it
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            base = f".{node.module or ''}".rstrip(".") if node.level else str(node.module)
            found |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return found


def versions(root: Path) -> dict[str, str]:
    """Return the versions of Python (without its patch level) and of each library that the model rests
    upon.
    """
    used = {
        name.split(".")[0] for path in project_files(root) if path.suffix == ".py" for name in imports(path)
    }
    foreign = used - set(sys.stdlib_module_names) - {"", "dataci", project.FOLDER}
    owners = metadata.packages_distributions() if foreign else {}
    names = {*LIBRARIES, *(owner for module in foreign for owner in owners.get(module, ()))}
    found = {name: metadata.version(name) for name in sorted(names)}
    return {"python": ".".join(platform.python_version_tuple()[:2]), **found}


def provenance(root: Path, identity: Identity) -> tuple[str | None, bool]:
    """Return the commit that brought the candidate's data and code as they are, and whether something is
    uncommitted.

    The last commit that touched them, not HEAD: a later commit that only touches documentation changes
    nothing.
    """
    if not git.is_repository(root):
        return None, True
    paths = inputs(identity)
    if not git.is_clean(root, [*paths, f"{FOLDER}/test", f"{FOLDER}/bugs"]):
        return git.head(root), True
    found = git.history(root, None, "HEAD", paths, limit=1) if git.head(root) else []
    return (found[0].id, False) if found else (git.head(root), False)


def inputs(identity: Identity) -> list[str]:
    """Return the paths, relative to the root, of what makes the candidate."""
    return [f"{FOLDER}/train", FILE, *identity.files]

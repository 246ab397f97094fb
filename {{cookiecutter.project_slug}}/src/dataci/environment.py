"""The libraries that a model is computed with: which they are here, and an environment that has those of a record."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tomllib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from pathlib import Path

from dataci.errors import CannotRun

FOLDER = Path(".dataci") / "environments"
PYTHON = "python"
UNKNOWN = "unknown"
# They move bytes and words, never the numbers of a model: unless a model imports one of them itself, a new version of
# it trains nothing anew. Whoever is not on this list counts: one too many in the identity costs a training, one too few
# would cost the truth.
INERT = frozenset(
    "annotated-doc anyio certifi charset-normalizer click cloudpickle exceptiongroup filelock fsspec gitdb gitpython"
    " h11 hf-xet httpcore httpcore2 httpx httpx2 huggingface-hub idna jinja2 markdown-it-py markupsafe mdurl packaging"
    " pandera pip prettytable psutil pygments requests rich setuptools shellingham skops smmap sniffio tqdm truststore"
    " typer typer-slim typing-extensions urllib3 wcwidth wheel".split()
)
STORING = frozenset({"skops"})  # inert even where a model imports it: it writes down what was learned
REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?[^;]*(?:;(.*))?")
OTHER_SYSTEMS = re.compile(r"""extra\s*==|["'](?:win32|nt|Windows|darwin|Darwin|emscripten|pypy|PyPy)["']""")
PINNED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9][A-Za-z0-9.!+_-]*")
MINOR = re.compile(r"3\.\d{1,2}")


def resolve(modules: Iterable[str]) -> dict[str, str]:
    """Return the versions of Python (without its patch level) and of the distributions that own ``modules``, with all
    that these require and that is installed, by name. A module that no distribution owns is named "unknown".
    """
    owners = metadata.packages_distributions()
    modules = set(modules)
    found = {module: UNKNOWN for module in modules if not owners.get(module)}
    waiting = {normal(owner) for module in modules for owner in owners.get(module, ())} - STORING
    while waiting:
        name = waiting.pop()
        found[name] = version(name)
        needed = {need for need in requirements(name) - INERT if version(need) != UNKNOWN}
        waiting |= needed - found.keys()
    return {PYTHON: minor(), **dict(sorted(found.items()))}


def minor() -> str:
    """Return the version of the running Python as "3.12"."""
    return ".".join(platform.python_version_tuple()[:2])


def normal(name: str) -> str:
    """Return the name of a distribution as the index spells it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def version(name: str) -> str:
    """Return the installed version of a distribution."""
    try:
        return metadata.version(name)
    except (metadata.PackageNotFoundError, ValueError):
        return UNKNOWN


def requirements(name: str) -> set[str]:
    """Return the distributions that one requires here; extras and what only other systems need are left out."""
    try:
        lines = metadata.requires(name) or []
    except (metadata.PackageNotFoundError, ValueError):
        return set()
    matches = [match for line in lines if (match := REQUIREMENT.fullmatch(line))]
    return {normal(match[1]) for match in matches if not OTHER_SYSTEMS.search(match[2] or "")}


def differences(
    recorded: Mapping[str, str], here: Mapping[str, str]
) -> dict[str, tuple[str | None, str | None]]:
    """Return what differs, by name: (recorded, here); None where there is none."""
    names = sorted({*recorded, *here})
    return {
        name: (recorded.get(name), here.get(name)) for name in names if recorded.get(name) != here.get(name)
    }


def distributions(recorded: Mapping[str, str]) -> dict[str, str]:
    """Return what of a recorded environment can be installed; "encoder.device" is no name of a distribution."""
    return {name: found for name, found in sorted(recorded.items()) if name != PYTHON and "." not in name}


def fits(recorded: Mapping[str, str]) -> bool:
    """Tell whether the running Python has exactly the recorded versions."""
    same = all(version(name) == wanted for name, wanted in distributions(recorded).items())
    return same and recorded.get(PYTHON, minor()) == minor()


def provide(root: Path, recorded: Mapping[str, str], project: Path) -> Path:
    """Return a Python that has exactly the recorded versions; one is made below .dataci/environments if need be.

    ``project``: the folder with the pyproject.toml of the candidate's commit, whose base dependencies are installed
    too. CannotRun says why it cannot be had: no network, a version that was taken back, no such Python.
    """
    if fits(recorded):
        return Path(sys.executable)
    wanted, needed = recorded.get(PYTHON, minor()), [*pins(recorded), *base(project / "pyproject.toml")]
    if not MINOR.fullmatch(wanted):
        raise CannotRun(f"Its record names the Python {wanted!r}, which is no version. Repair the record.")
    digest = hashlib.sha256(json.dumps([wanted, needed]).encode()).hexdigest()[:16]
    home = root.absolute() / FOLDER / digest
    if not executable(home).exists():
        make(home, wanted, needed)
    return executable(home)


def pins(recorded: Mapping[str, str]) -> list[str]:
    """Return "name==version" for each recorded distribution; CannotRun for one whose version nobody knows."""
    found = distributions(recorded)
    lost = [name for name, number in found.items() if number == UNKNOWN]
    if lost:
        raise CannotRun(f"Nobody wrote down which version of {lost[0]} it had: no package owns that module.")
    lines = [f"{name}=={number}" for name, number in found.items()]
    wrong = [line for line in lines if not PINNED.fullmatch(line)]  # would be an option of pip, or worse
    if wrong:
        raise CannotRun(f"Its record names {wrong[0]!r}, which is no package and version. Repair the record.")
    return lines


def base(path: Path) -> list[str]:
    """Return the base dependencies that a pyproject.toml names; none where it cannot be read."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))["project"]["dependencies"]
        return sorted(line for line in map(str, found) if REQUIREMENT.fullmatch(line))
    except (OSError, ValueError, KeyError, TypeError):
        return []


def executable(home: Path) -> Path:
    """Return the path of the Python of an environment."""
    return home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def make(home: Path, python: str, needed: Sequence[str]) -> None:
    """Make an environment in a folder of its own and rename it: ``home`` is whole or not there."""
    begun = home.with_name(f"{home.name}.{uuid.uuid4().hex}.tmp")
    begun.parent.mkdir(parents=True, exist_ok=True)
    try:
        install(begun, python, needed)
        with contextlib.suppress(OSError):  # somebody was faster
            begun.rename(home)
    finally:
        shutil.rmtree(begun, ignore_errors=True)
    if not executable(home).exists():
        raise CannotRun(
            f"Its environment was made, but cannot be put into {FOLDER.as_posix()}. Remove {home.name} there."
        )


def install(folder: Path, python: str, needed: Sequence[str]) -> None:
    """Make a virtual environment and install into it, by uv where there is one, else by pip."""
    interpreter = found_python(python)
    if shutil.which("uv"):
        ask(["uv", "venv", "--quiet", "--python", interpreter or python, str(folder)])
        ask(["uv", "pip", "install", "--quiet", "--python", str(executable(folder)), *needed])
    elif interpreter is None:
        raise CannotRun(
            f"It needs Python {python}, which is not on this machine. Install it, or uv, which fetches it."
        )
    else:
        ask([interpreter, "-m", "venv", str(folder)])
        quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--retries", "2"]
        ask([str(executable(folder)), "-m", "pip", "install", *quiet, *needed])


def found_python(wanted: str) -> str | None:
    """Return a Python of the wanted minor version that runs, or None."""
    if wanted == minor():
        return sys.executable
    path = shutil.which(f"python{wanted}")
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=False) if path else None
    return path if told and told.returncode == 0 and told.stdout.startswith(f"Python {wanted}.") else None


def ask(command: Sequence[str]) -> None:
    """Run a step of making an environment; CannotRun gives its last words."""
    apart = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    env = {name: value for name, value in os.environ.items() if name not in apart}
    try:
        done = subprocess.run(command, env=env, capture_output=True, text=True, errors="replace", check=False)
    except OSError as error:
        raise CannotRun(f"Its environment cannot be made: {error}.") from error
    if done.returncode:
        lines = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()] or [
            "no message"
        ]
        told = next((line for line in reversed(lines) if "error" in line.lower()), lines[-1])
        raise CannotRun(f"Its environment cannot be had here: {told[:300].rstrip('.')}.")

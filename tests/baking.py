"""Bake a project from a clean copy of the template.

As a script: print the list of files that a bake generates; or, with a folder named, bake a project there, commit it to
a repository of its own, and print where it is.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from cookiecutter.main import cookiecutter

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "{{cookiecutter.project_slug}}"
TESTER = {"NAME": "Tester", "EMAIL": "tester@example.org"}
LIST = ROOT / "tests" / "generated_files.txt"


def run(
    *command: str | Path, cwd: Path, code: int = 0, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command and return what it printed; it must end with ``code``. ``env`` is added to the environment."""
    arguments = [str(part) for part in command]
    environment = {**os.environ, **(env or {})}
    done = subprocess.run(
        arguments, cwd=cwd, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )
    said = (
        f"{' '.join(arguments)}\nended with {done.returncode}\n{done.stdout[-6000:]}\n{done.stderr[-4000:]}"
    )
    assert done.returncode == code, said
    return done


def export(destination: Path) -> Path:
    """Copy what git tracks, or would track, to ``destination``: no cache and no environment gets baked."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, os.fsdecode(listing.stdout).split("\0")):
        source, target = ROOT / name, destination / name
        if source.is_file():  # a deleted file is still listed until the deletion is committed
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    return destination


def bake(template: Path, folder: Path, **answers: str) -> Path:
    """Bake a project below ``folder`` and return where it is. Nothing outside of ``folder`` is written."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / ".cookiecutterrc"
    settings.write_text(
        f"replay_dir: '{folder / '.replay'}'\ncookiecutters_dir: '{folder / '.templates'}'\n", "utf-8"
    )
    out = folder / "out"
    out.mkdir(exist_ok=True)
    baked = cookiecutter(
        str(template), no_input=True, extra_context=answers, output_dir=str(out), config_file=str(settings)
    )
    return Path(baked)


def files(project: Path) -> list[str]:
    """List the files of a baked project, as posix paths relative to it."""
    return sorted(path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file())


def commit(project: Path, message: str = "Start") -> None:
    """Commit everything in ``project``, making it a repository if it is none."""
    run("git", "init", "--quiet", "--initial-branch", "main", cwd=project)
    run("git", "add", "--all", cwd=project)
    who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in TESTER.items()}
    run("git", "commit", "--quiet", "--no-verify", "--message", message, cwd=project, env=who)


def main() -> None:
    """Print the list for tests/generated_files.txt, or bake into the folder that is named."""
    with tempfile.TemporaryDirectory() as scratch:
        template = export(Path(scratch) / "template")
        if len(sys.argv) > 1:
            folder = Path(sys.argv[1]).resolve()
            shutil.rmtree(folder, ignore_errors=True)
            project = bake(template, folder)
            commit(project)
            print(project)
        else:
            print("\n".join(files(bake(template, Path(scratch)))))


if __name__ == "__main__":
    main()

"""Make the patch of an update: cruft merges the template's changes into a checkout apart, not into the working tree.

cruft says "Good work!" also where it left rejected parts (*.rej) or conflict markers behind, and then notes the new
commit, so that these parts would never be offered again. Here they are found, and named.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from dataci import git
from dataci.errors import CannotRun
from dataci.upstream import link as linking
from dataci.upstream.link import Link

PATIENCE = 600  # seconds
WORKFLOWS = ".github/workflows/"
DIFF = ("--cached", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color", "--relative")
PREFIXES = ("--src-prefix=a/", "--dst-prefix=b/")
CHANGES = {"A": "added", "M": "changed", "D": "removed", "T": "changed"}
DELTA = re.compile(rb"^delta \d+$", re.MULTILINE)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class Change(NamedTuple):
    """A file that an update adds, changes or removes."""

    path: str
    change: str


class Prepared(NamedTuple):
    """An update: the template's commit, the patch, its files, and those of which a part must be merged by hand."""

    commit: str
    patch: bytes
    files: tuple[Change, ...]
    conflicts: tuple[str, ...]
    rejected: tuple[str, ...]


def prepare(root: Path, found: Link, branch: str | None) -> Prepared:
    """Merge the newest template into HEAD, apart; CannotRun when cruft is not there or fails."""
    if importlib.util.find_spec("cruft") is None:
        raise CannotRun("An update needs cruft: pip install '.[update]' (or uv sync --extra update).")
    if git.head(root) is None:
        raise CannotRun(
            "There is no commit here to update. Commit the project first: git add -A && git commit"
        )
    with git.worktree(root, "HEAD") as tree:
        if linking.read(tree) != found:
            raise CannotRun(f"{linking.FILE} is not committed as it is here. Commit it and run again.")
        cruft(tree, found, "update", "--skip-apply-ask", *(["--checkout", branch] if branch else []))
        return look(tree)


def cruft(tree: Path, found: Link, *arguments: str) -> None:
    """Run cruft in a checkout; CannotRun in its own words when it fails."""
    command = [sys.executable, "-m", "cruft", *arguments]
    try:
        done = subprocess.run(
            command,
            cwd=tree,
            env=linking.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CannotRun(f"cruft took more than {PATIENCE} seconds. Run it again.") from None
    if done.returncode:
        raise CannotRun(
            f"cruft cannot update from {linking.shown(found.template)!r}: {words(done.stderr or done.stdout)}. If the "
            f"commit {found.commit[:8]} is gone from the template, link the project anew: {linking.HOW}"
        )


def words(said: str) -> str:
    """Return the last thing that a program said, on one line, without colours and frames, and without a password."""
    lines = [line.strip(" │╭╰─╮╯") for line in COLOUR.sub("", said).splitlines()]
    last = next((line for line in reversed(lines) if line), "it gave no reason")
    return linking.shown(" ".join(last.split()))[:300].rstrip(".")


def look(tree: Path) -> Prepared:
    """Return what cruft did to a checkout."""
    unmerged = {line.partition("\t")[2] for line in listed(tree, "ls-files", "--unmerged", "-z")}
    rejected = [name for name in listed(tree, "ls-files", "--others", "-z") if name.endswith(".rej")]
    for name in rejected:
        (tree / name).unlink()
    told(tree, "add", "--all")
    patch = told(tree, "diff", *DIFF, *PREFIXES, "--binary", "--full-index", "HEAD")
    fields = listed(tree, "diff", *DIFF, "--name-status", "-z", "HEAD")
    files = (Change(path, CHANGES[kind]) for kind, path in zip(fields[::2], fields[1::2], strict=True))
    files = (file for file in files if file.path != linking.FILE)  # which is in every update
    updated = linking.read(tree)
    return Prepared(
        updated.commit if updated else "",
        patch,
        tuple(sorted(files)),
        tuple(sorted({*unmerged, *altered_binaries(patch)})),
        tuple(sorted(name.removesuffix(".rej") for name in rejected)),
    )


def altered_binaries(patch: bytes) -> list[str]:
    """Return the binary files of which a patch holds a difference only: whoever takes it asks for whole ones."""
    parts = re.split(rb"^diff --git a/.* b/(.*)$", patch, flags=re.MULTILINE)
    return [
        git.decode(name) for name, text in zip(parts[1::2], parts[2::2], strict=True) if DELTA.search(text)
    ]


def told(tree: Path, *arguments: str) -> bytes:
    """Run git in the checkout and return what it printed."""
    return git.run(tree, *arguments, env=git.apart())


def listed(tree: Path, *arguments: str) -> list[str]:
    """Run git with -z in the checkout and return the entries."""
    return [git.decode(entry) for entry in told(tree, *arguments).split(b"\0")[:-1]]

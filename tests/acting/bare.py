"""Work on bare repositories as GitHub does it: commits without a checkout, forks, and refs/pull/N/merge."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from acting.state import JSON, Repository, World

Content = str | bytes | None  # None deletes the file
ZERO = "0" * 40
WHO = "Someone <someone@example.org> 1700000000 +0000"


def clean(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without git's own variables."""
    kept = {name: value for name, value in environ.items() if not name.startswith("GIT_")}
    return {**kept, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0"}


def git(folder: Path, *arguments: str, data: bytes = b"", check: bool = True) -> str:
    """Run git in a bare repository and return what it printed, or "" when it failed and ``check`` is off."""
    done = subprocess.run(
        ["git", "--git-dir", str(folder), *arguments],
        input=data,
        capture_output=True,
        env=clean(os.environ),
        check=False,
    )
    if done.returncode and check:
        raise AssertionError(f"git {' '.join(arguments)}: {os.fsdecode(done.stderr)}")
    return "" if done.returncode else os.fsdecode(done.stdout).strip()


def raw(folder: Path, *arguments: str) -> bytes | None:
    """Run git and return its bytes, or None when it failed."""
    done = subprocess.run(
        ["git", "--git-dir", str(folder), *arguments], capture_output=True, env=clean(os.environ), check=False
    )
    return None if done.returncode else done.stdout


def tip(folder: Path, ref: str) -> str:
    """Return the commit that ``ref`` names, or "" when there is none."""
    return git(folder, "rev-parse", "--quiet", "--verify", ref + "^{commit}", check=False)


def commit(
    folder: Path,
    branch: str,
    files: Mapping[str, Content],
    message: str,
    start: str,
    links: Mapping[str, str] | None = None,
) -> str:
    """Commit ``files`` (and symbolic ``links``) on top of ``start``, let ``branch`` point there, return the commit."""
    text = message.encode()
    parts = [b"commit refs/acting/new\ncommitter %s\ndata %d\n%s\n" % (WHO.encode(), len(text), text)]
    parts.append(b"from %s\n" % tip(folder, start).encode())
    for path, content in files.items():
        name = b'"' + path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").encode() + b'"'
        if content is None:
            parts.append(b"D %s\n" % name)
            continue
        data = content.encode() if isinstance(content, str) else content
        parts.append(b"M 100644 inline %s\ndata %d\n%s\n" % (name, len(data), data))
    for path, target in (links or {}).items():
        parts.append(b"M 120000 inline %s\ndata %d\n%s\n" % (path.encode(), len(target), target.encode()))
    git(folder, "fast-import", "--quiet", "--force", data=b"".join(parts))
    new = tip(folder, "refs/acting/new")
    git(folder, "update-ref", f"refs/heads/{branch}", new)
    git(folder, "update-ref", "-d", "refs/acting/new")
    return new


def merge(folder: Path, base: str, head: str, message: str) -> str:
    """Return the merge of two commits as a new commit, or "" when they conflict."""
    tree = git(folder, "merge-tree", "--write-tree", base, head, check=False).partition("\n")[0]
    if not tree:
        return ""
    lines = [
        f"tree {tree}",
        f"parent {base}",
        f"parent {head}",
        f"author {WHO}",
        f"committer {WHO}",
        "",
        message,
        "",
    ]
    return git(folder, "hash-object", "-w", "-t", "commit", "--stdin", data="\n".join(lines).encode())


def changed(folder: Path, before: str, after: str, *, dots: str = "..") -> list[str]:
    """List the paths that differ between two commits; all of them when ``before`` is none."""
    if not before or before == ZERO:
        return git(folder, "ls-tree", "-r", "--name-only", after).splitlines()
    return git(folder, "diff", "--name-only", "--no-renames", f"{before}{dots}{after}").splitlines()


def head_of(world: World, pull: JSON) -> Repository:
    """Return the repository that a pull request comes from."""
    return world.repositories[pull["head"]["repo"]["full_name"]]


def refresh(world: World, repository: Repository) -> None:
    """Bring the open pull requests up to date with their branches: head, refs/pull/N/head, refs/pull/N/merge."""
    with world.lock:
        for number, pull in repository.pulls.items():
            if pull["state"] != "open":
                continue
            source = head_of(world, pull)
            head = tip(source.folder, f"refs/heads/{pull['head']['ref']}")
            base = tip(repository.folder, f"refs/heads/{pull['base']['ref']}")
            if not head or (pull["head"]["sha"], pull["base"]["sha"]) == (head, base):
                continue
            if source is not repository:
                git(
                    repository.folder,
                    "fetch",
                    "--quiet",
                    str(source.folder),
                    f"+{head}:refs/pull/{number}/head",
                )
            git(repository.folder, "update-ref", f"refs/pull/{number}/head", head)
            merged = merge(repository.folder, base, head, f"Merge {head} into {base}")
            git(
                repository.folder,
                "update-ref",
                *([] if merged else ["-d"]),
                f"refs/pull/{number}/merge",
                *([merged] if merged else []),
                check=bool(merged),
            )
            pull["head"]["sha"], pull["base"]["sha"] = head, base
            pull["merge_commit_sha"], pull["mergeable"] = merged or None, bool(merged)

"""The only door to git. The quick paths call git itself; GitPython is imported only to read history."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import stat
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from dataci.errors import CannotRun

WORKTREE, INDEX = "worktree", "index"
FULL_ID = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
HOOK = ("GIT_INDEX_FILE", "GIT_DIR", "GIT_WORK_TREE", "GIT_PREFIX")
WORKTREES = threading.Lock()  # git's own bookkeeping of worktrees is not made for several at once
FILE, LINK, SUBMODULE = "100644", "120000", "160000"


class Entry(NamedTuple):
    """A file in a tree: path relative to the project's root (posix), git's mode, and the id of its blob."""

    path: str
    mode: str
    blob: str


class Commit(NamedTuple):
    """A commit: full id and the first line of its message."""

    id: str
    subject: str


class Change(NamedTuple):
    """How many lines a file gained and lost between two commits; None for a binary file."""

    path: str
    added: int | None
    removed: int | None


def environment() -> dict[str, str]:
    """Return the environment for git: what a hook was given stays in force, wherever git is started from."""
    env = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}
    for name in ("GIT_INDEX_FILE", "GIT_DIR", "GIT_WORK_TREE"):
        if env.get(name):
            env[name] = os.path.abspath(
                env[name]
            )  # git commit -a and git commit PATH name an index of their own
    return env


def apart() -> dict[str, str]:
    """Return the environment for git in another folder: nothing that a hook was given may lead it back here."""
    return {name: value for name, value in environment().items() if name not in HOOK}


def process(
    root: Path,
    *arguments: str,
    stdin: bytes | None = None,
    env: Mapping[str, str] | None = None,
    patience: float | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run git in ``root`` and return how it ended; subprocess.TimeoutExpired after ``patience`` seconds.

    ``env``: its whole environment, in the place of ``environment()``.
    """
    try:
        return subprocess.run(
            ["git", *arguments],
            cwd=root,
            env=environment() if env is None else env,
            input=stdin,
            capture_output=True,
            timeout=patience,
            check=False,
        )
    except FileNotFoundError:
        raise CannotRun("git is not installed, or not on the PATH. Install git and run again.") from None


def run(
    root: Path,
    *arguments: str,
    check: bool = True,
    stdin: bytes | None = None,
    env: Mapping[str, str] | None = None,
    patience: float | None = None,
) -> bytes:
    """Run git in ``root`` and return what it printed; CannotRun with git's own words when it fails.

    ``env`` and ``patience`` as for ``process``.
    """
    try:
        done = process(root, *arguments, stdin=stdin, env=env, patience=patience)
    except subprocess.TimeoutExpired:
        raise CannotRun(f"git {arguments[0]} took more than {patience} seconds. Run it again.") from None
    if check and done.returncode:
        raise CannotRun(f"git {arguments[0]} failed: {reason(done.stderr)}.")
    return done.stdout if not done.returncode else b""


def reason(said: bytes) -> str:
    """Return git's own words for a failure, on one line: what it calls fatal or an error, else the last thing said."""
    lines = [line.strip() for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    told = [line for line in lines if line.startswith(("fatal:", "error:"))] or lines[-1:]
    return told[0].rstrip(".") if told else "no message"


def is_repository(root: Path) -> bool:
    """Tell whether ``root`` lies in a git working tree."""
    return run(root, "rev-parse", "--is-inside-work-tree", check=False).strip() == b"true"


def prefix(root: Path) -> str:
    """Return where ``root`` lies in its repository, with a slash at the end; "" at the top and outside of git."""
    return decode(run(root, "rev-parse", "--show-prefix", check=False).strip(b"\n"))


def resolve(root: Path, ref: str) -> str:
    """Return the full commit id of ``ref``; CannotRun when there is no such commit."""
    if ref.startswith("-"):
        raise CannotRun(f"{ref!r} is not the name of a commit.")
    found = run(root, "rev-parse", "--verify", "--quiet", "--end-of-options", ref + "^{commit}", check=False)
    if not found:
        raise CannotRun(
            f"There is no commit {ref!r} here. Fetch it first (git fetch origin), or check the spelling; "
            "in CI, check out with fetch-depth: 0."
        )
    return found.decode().strip()


def merge_base(root: Path, ref: str) -> str:
    """Return the commit at which HEAD left ``ref``; in a shallow clone, where nobody knows, ``ref`` itself."""
    commit = resolve(root, ref)
    return run(root, "merge-base", commit, "HEAD", check=False).decode().strip() or commit


def holds(root: Path, commit: str) -> bool:
    """Tell whether the history of HEAD holds a commit, named by its full id; a shallow clone knows nothing: yes."""
    if run(root, "rev-parse", "--is-shallow-repository", check=False).strip() == b"true":
        return True
    known = FULL_ID.fullmatch(commit) is not None
    return known and run(root, "merge-base", commit, "HEAD", check=False).decode().strip() == commit


def head(root: Path) -> str | None:
    """Return the id of HEAD, or None before the first commit or outside a repository."""
    return (
        run(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}", check=False).decode().strip() or None
    )


def entries(root: Path, which: str, folder: str = "data") -> list[Entry]:
    """List the files below ``folder`` in the working tree, in the index, or in a commit, sorted by path."""
    if which == WORKTREE:
        found = worktree_entries(root, folder)
    elif which == INDEX:
        found = index_entries(root, folder)
    else:
        commit = which if FULL_ID.fullmatch(which) else resolve(root, which)
        listing = run(root, "ls-tree", "-r", "-z", commit, "--", f"{folder}/").split(b"\0")
        found = [
            Entry(decode(path), mode.decode(), blob.decode())
            for mode, _, blob, path in map(tree_line, listing[:-1])
        ]
    return sorted(found)


def tree_line(line: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """Split a line of `git ls-tree -z`."""
    meta, path = line.split(b"\t", 1)
    mode, kind, blob = meta.split(b" ")
    return mode, kind, blob, path


def index_entries(root: Path, folder: str) -> list[Entry]:
    """List what is staged; a file with an unresolved merge is refused."""
    found = []
    for line in run(root, "ls-files", "-s", "-z", "--", f"{folder}/").split(b"\0")[:-1]:
        meta, path = line.split(b"\t", 1)
        mode, blob, stage = meta.decode().split(" ")
        if stage != "0":
            raise CannotRun(
                f"{decode(path)!r} has an unresolved merge conflict. Resolve it and `git add` it first."
            )
        found.append(Entry(decode(path), mode, blob))
    return found


def worktree_entries(root: Path, folder: str) -> list[Entry]:
    """List the files on disk that git does not ignore; unchanged files get their id from the index, unread."""
    if not is_repository(root):
        files = (Path(top) / name for top, _, names in os.walk(root / folder) for name in names)
        return [disk_entry(root, file.relative_to(root).as_posix()) for file in files]
    staged = {entry.path: entry for entry in index_or_nothing(root, folder)}
    where = ("-z", "--", f"{folder}/")
    changed = {
        decode(path)
        for path in run(root, "diff-files", "--name-only", "--relative", *where).split(b"\0")[:-1]
    }
    new = [
        decode(path) for path in run(root, "ls-files", "-o", "--exclude-standard", *where).split(b"\0")[:-1]
    ]
    kept = [entry for path, entry in staged.items() if path not in changed]
    present = [path for path in (*changed, *new) if (root / path).is_symlink() or (root / path).exists()]
    return kept + [disk_entry(root, path) for path in dict.fromkeys(present)]


def index_or_nothing(root: Path, folder: str) -> list[Entry]:
    """List the staged files; during a merge, only those that are resolved (the rest is read from disk)."""
    try:
        return index_entries(root, folder)
    except CannotRun:
        return []


def disk_entry(root: Path, path: str) -> Entry:
    """Describe one file on disk."""
    file = root / path
    if file.is_symlink():
        return Entry(path, LINK, blob_id(os.fsencode(os.readlink(file))))
    if not stat.S_ISREG(file.stat().st_mode):
        return Entry(path, SUBMODULE, "0" * 40)
    return Entry(path, FILE, blob_id(file.read_bytes()))


def blob_id(data: bytes) -> str:
    """Return git's id of a blob with these bytes."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def read(root: Path, which: str, wanted: Sequence[Entry]) -> Iterator[bytes]:
    """Yield the bytes of each entry, one at a time; from disk for the working tree, else through one git process."""
    if which == WORKTREE:
        for entry in wanted:
            file = root / entry.path
            yield os.fsencode(os.readlink(file)) if entry.mode == LINK else file.read_bytes()
    else:
        yield from blobs(root, (entry.blob for entry in wanted))


def blobs(root: Path, ids: Iterable[str]) -> Iterator[bytes]:
    """Yield the bytes of each blob through one `git cat-file --batch`."""
    command = ["git", "cat-file", "--batch"]
    with subprocess.Popen(
        command, cwd=root, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for blob in ids:
            process.stdin.write(blob.encode() + b"\n")
            process.stdin.flush()
            answer = process.stdout.readline().split()
            if len(answer) != 3:
                process.kill()
                raise CannotRun(
                    f"git has no object {blob[:12]}: the clone is incomplete. Run `git fetch` and try again."
                )
            data = process.stdout.read(int(answer[2]))
            process.stdout.read(1)
            yield data


def tree_id(entries: Iterable[Entry], folder: str) -> str:
    """Return the id that git gives to the tree ``folder`` that holds these entries (the empty tree: no entries).

    Computed from the blob ids alone, so that the working tree, the index and a commit with the same bytes agree.
    """
    prefix = folder.rstrip("/") + "/"
    return hash_tree({e.path[len(prefix) :]: e for e in entries if e.path.startswith(prefix)})


def hash_tree(files: dict[str, Entry]) -> str:
    """Hash one level of a tree, and the levels below it."""
    lines: list[tuple[bytes, bytes]] = []
    below: dict[str, dict[str, Entry]] = {}
    for path, entry in files.items():
        top, _, rest = path.partition("/")
        if rest:
            below.setdefault(top, {})[rest] = entry
        else:
            lines.append(
                (encode(top), b"%s %s\0%s" % (entry.mode.encode(), encode(top), bytes.fromhex(entry.blob)))
            )
    for name, inner in below.items():
        lines.append((encode(name) + b"/", b"40000 %s\0%s" % (encode(name), bytes.fromhex(hash_tree(inner)))))
    body = b"".join(line for _, line in sorted(lines))
    return hashlib.sha1(b"tree %d\0" % len(body) + body, usedforsecurity=False).hexdigest()


def history(
    root: Path, since: str | None, until: str, paths: Sequence[str], limit: int = 50, merges: bool = True
) -> list[Commit]:
    """Return the commits in ``since``..``until`` that touch ``paths``, newest first, at most ``limit``.

    Without ``merges``: those only that brought something of their own.
    """
    import git  # GitPython costs 170 ms to import, which a hook never pays

    repository = git.Repo(root, search_parent_directories=True)
    span = f"{since}..{until}" if since else until
    absolute = [str((root / path).resolve()) for path in paths]
    found = repository.iter_commits(span, paths=absolute, max_count=limit, no_merges=not merges)
    return [Commit(commit.hexsha, str(commit.summary)) for commit in found]


def diffstat(root: Path, old: str, new: str, paths: Sequence[str]) -> list[Change]:
    """Return what changed below ``paths`` from commit ``old`` to ``new``, by path; CannotRun without the commits."""
    ends = (resolve(root, old), resolve(root, new))
    options = ("--numstat", "-z", "--no-renames", "--no-textconv", "--no-ext-diff", "--relative")
    found = []
    for line in run(root, "diff", *options, *ends, "--", *paths).split(b"\0")[:-1]:
        added, removed, path = line.split(b"\t", 2)
        counts = [None if number == b"-" else int(number) for number in (added, removed)]
        found.append(Change(decode(path), *counts))
    return found


@contextlib.contextmanager
def worktree(root: Path, commit: str) -> Iterator[Path]:
    """Check a commit out into a folder of its own, yield where the project lies in it, and remove it again.

    CannotRun when the commit is not in this clone. No hook of the user runs. Several threads may do this at once.
    """
    full, inside = resolve(root, commit), prefix(root)
    home = Path(tempfile.mkdtemp(prefix="dataci-"))
    tree = (
        home / home.name
    )  # git calls what it notes of a worktree by this name; equal names get in each other's way

    def ask(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        quiet = ["git", "-c", "core.hooksPath=/dev/null", "-c", "advice.detachedHead=false", "worktree"]
        with WORKTREES:
            return subprocess.run(
                [*quiet, *arguments], cwd=root, env=apart(), capture_output=True, check=False
            )

    try:
        ask("prune")  # what an interrupted run left behind
        done = ask("add", "--detach", "--force", str(tree), full)
        if done.returncode:  # another process may have pruned in this moment
            done = ask("add", "--detach", "--force", str(tree), full)
        if done.returncode:
            raise CannotRun(f"git cannot check out {full[:8]}: {reason(done.stderr)}.")
        yield tree / inside
    finally:
        ask("remove", "--force", "--force", str(tree))
        shutil.rmtree(home, ignore_errors=True)


def write_entries(root: Path, which: str, entries: Sequence[Entry], target: Path) -> None:
    """Write the files ``entries`` of a tree below the folder ``target``, byte for byte.

    Links and submodules are left out; a path that would leave ``target`` is refused.
    """
    files = [entry for entry in entries if entry.mode not in (LINK, SUBMODULE)]
    for entry, data in zip(files, read(root, which, files), strict=True):
        path = target / entry.path
        if ".." in Path(entry.path).parts or not path.parent.resolve().is_relative_to(target.resolve()):
            raise CannotRun(f"{entry.path!r} leads out of the project. Rename it.")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def is_clean(root: Path, paths: Sequence[str]) -> bool:
    """Tell whether ``paths`` in the working tree are as HEAD has them, with nothing untracked below them."""
    return not run(root, "status", "--porcelain", "--", *paths)


def show(root: Path, ref: str, path: str) -> bytes | None:
    """Return the bytes of one file in a commit, or None when it is not there."""
    commit = resolve(root, ref)
    if not run(root, "ls-tree", "-z", commit, "--", path):
        return None
    return run(root, "cat-file", "blob", f"{commit}:./{path}")


def decode(path: bytes) -> str:
    """Turn git's bytes of a path into text; odd bytes survive the way back."""
    return os.fsdecode(path)


def encode(path: str) -> bytes:
    """Turn a path back into git's bytes."""
    return os.fsencode(path)

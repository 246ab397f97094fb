"""Take an update that somebody else prepared: the patch is applied in an index apart, looked at, and only then written.

Nothing of it runs: no hook, no filter, no code of the template. Refused is what is not the engine's: files of the user,
links and submodules, paths that lead elsewhere, another template, and more than an update ever needs.
"""

from __future__ import annotations

import fnmatch
import re
import tempfile
import tomllib
import unicodedata
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple, NoReturn

from dataci import git
from dataci.errors import CannotRun
from dataci.upstream import link
from dataci.upstream.handover import MOST, Update
from dataci.upstream.link import Link
from dataci.upstream.preparing import Change

USERS = ("data", "project", "results", "tests/project", "dataci.toml", "uv.lock")
MODES = {"100644", "100755"}
GONE = "000000"
LARGEST, TOTAL = 4 << 20, 16 << 20  # bytes of a file, and of all
PACKED = re.compile(rb"^(literal|delta) (.*)$", re.MULTILINE)
PATIENCE = 120  # seconds that git may take
NO = "Nothing was changed; run `cruft update` on your machine, and look at what it brings."


class File(NamedTuple):
    """A file after the update: its path, git's mode ("000000": it goes), its blob, and the mode that it had before."""

    path: str
    mode: str
    blob: str
    before: str


def take(root: Path, found: Update, known: Link) -> list[File]:
    """Return the files that an update changes, its blobs in git's store; CannotRun says which is refused, and why.

    ``known``: the link of the project as it is now. The working tree and the index stay as they are.
    """
    if found.old != known.commit:
        raise CannotRun(
            f"The update starts at {str(found.old)[:8]}, and the project is at {known.commit[:8]} by now. "
            "Run the workflow again."
        )
    binaries(found.patch)
    with tempfile.TemporaryDirectory(prefix="dataci-") as scratch:
        index = {"GIT_INDEX_FILE": str(Path(scratch) / "index")}
        ask(root, index, "read-tree", "HEAD")
        ask(root, index, "apply", "--cached", "--whitespace=nowarn", "-", stdin=found.patch)
        files = changed(ask(root, index, "diff-index", "--cached", "--raw", "-z", "--no-renames", "HEAD"))
    if not files or len(files) > MOST:
        refuse(f"the patch changes {len(files):,} files")
    protected = users(root)
    for file in files:
        judge(file, protected)
    sizes(root, files)
    linked(root, files, found, known)
    return files


def refuse(why: str) -> NoReturn:
    """Refuse the whole."""
    raise CannotRun(f"This update is refused: {why}. {NO}")


def binaries(patch: bytes) -> None:
    """Refuse what would unpack to more than it may, before git unpacks it; a difference of binaries may to anything."""
    kinds = PACKED.findall(patch)
    if any(kind == b"delta" for kind, _ in kinds):
        refuse("it changes a part of a binary file")
    if not all(
        number.isdigit() for _, number in kinds
    ):  # git reads a number there, whatever stands around it
        refuse("it does not say what it unpacks to")
    if sum(int(number[:12]) for _, number in kinds) > TOTAL:
        refuse("it unpacks to too much")


def changed(listing: bytes) -> list[File]:
    """Read git's raw difference."""
    fields = listing.split(b"\0")[:-1]
    found = []
    for meta, path in zip(fields[::2], fields[1::2], strict=True):
        before, after, _, blob, _ = meta.decode().lstrip(":").split(" ")
        found.append(File(git.decode(path), after, blob, before))
    return found


def named(files: Sequence[File]) -> tuple[Change, ...]:
    """Say what happens to each file."""
    return tuple(
        Change(file.path, "removed" if file.mode == GONE else "added" if file.before == GONE else "changed")
        for file in files
        if file.path != link.FILE  # which is in every update
    )


def users(root: Path) -> list[str]:
    """Return what is the user's, in small letters: what cruft is told to skip in HEAD, and what always is."""
    text = git.show(root, "HEAD", "pyproject.toml") or b""
    try:
        raw = tomllib.loads(text.decode("utf-8")).get("tool", {}).get("cruft", {}).get("skip", [])
    except (ValueError, AttributeError):
        raise CannotRun("pyproject.toml is not valid TOML. Mend it and run again.") from None
    named = [str(item) for item in raw] if isinstance(raw, list) else []
    return sorted({alike(item.strip("/")) for item in (*USERS, *named)})


def alike(path: str) -> str:
    """Return a path for comparison: some disks tell neither capitals apart nor ways to write a character."""
    return unicodedata.normalize("NFKC", path).casefold()


def judge(file: File, protected: Sequence[str]) -> None:
    """Refuse a file that no update may touch."""
    shown = ascii(file.path)[:120]
    if file.mode not in MODES | {GONE} or file.before not in MODES | {GONE}:
        refuse(f"{shown} is a link, a submodule or no file")
    path = PurePosixPath(file.path)
    odd = not file.path.isprintable() or any(sign in file.path for sign in '\\:*?"<>|~')
    parts = alike(file.path).split("/")
    odd = odd or any(
        part != part.rstrip(" .") for part in parts
    )  # Windows knows "data." as "data", DATACI~1 as well
    if odd or path.is_absolute() or {"", ".", "..", ".git", ".gitmodules"} & set(parts):
        refuse(f"{shown} is no path for a file of the engine")
    owners = parts[-1] == "codeowners"  # wherever it stands: GitHub takes the first of three
    for place in (path, *path.parents):
        if owners or any(fnmatch.fnmatchcase(alike(str(place)), item) for item in protected):
            refuse(f"{shown} is yours, and no update may touch it")


def sizes(root: Path, files: Sequence[File]) -> None:
    """Refuse files that are too large."""
    blobs = [file.blob for file in files if file.mode != GONE]
    answer = ask(root, {}, "cat-file", "--batch-check=%(objectsize)", stdin="\n".join([*blobs, ""]).encode())
    found = [int(line) for line in answer.split()]
    if max(found, default=0) > LARGEST or sum(found) > TOTAL:
        refuse("it is too large")


def linked(root: Path, files: Sequence[File], found: Update, known: Link) -> None:
    """Refuse an update that does not lead to where it says, in the same template."""
    (text,) = [next(iter(git.blobs(root, [file.blob]))) for file in files if file.path == link.FILE] or [b""]
    after = link.parse(text) if text else None
    if after is None or after.template != known.template or after.commit != found.new:
        refuse(f"{link.FILE} does not lead to commit {str(found.new)[:8]} of the same template")


def write(root: Path, files: Sequence[File]) -> list[str]:
    """Write the files to the working tree, which is that of HEAD; return their paths."""
    for file, data in zip(files, contents(root, files), strict=True):
        path = root / file.path
        if not path.parent.resolve().is_relative_to(root.resolve()) or path.is_symlink() or path.is_dir():
            refuse(f"{file.path!r} leads elsewhere")
        if data is None:
            path.unlink(missing_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        path.chmod(0o755 if file.mode == "100755" else 0o644)
    stored(root, [file for file in files if file.mode != GONE])
    return [file.path for file in files]


def stored(root: Path, files: Sequence[File]) -> None:
    """Refuse files that git would store as something else than was looked at: a new .gitattributes may ask for that."""
    paths = b"".join(git.encode(file.path) + b"\n" for file in files)
    ids = ask(root, {}, "hash-object", "--stdin-paths", stdin=paths).decode().split()
    for file, blob in zip(files, ids, strict=True):
        if blob != file.blob:
            refuse(f"git would store {ascii(file.path)[:120]} as something else, by .gitattributes")


def contents(root: Path, files: Sequence[File]) -> list[bytes | None]:
    """Return the bytes of each file, None for one that goes."""
    blobs = git.blobs(root, (file.blob for file in files if file.mode != GONE))
    return [next(blobs) if file.mode != GONE else None for file in files]


def ask(root: Path, extra: dict[str, str], *arguments: str, stdin: bytes = b"") -> bytes:
    """Run git apart from any hook; CannotRun in its own words when it fails."""
    try:
        return git.run(root, *arguments, stdin=stdin, env={**git.apart(), **extra}, patience=PATIENCE)
    except CannotRun as error:
        raise CannotRun(f"The update does not fit: {ascii(str(error)[:200])[1:-1]} {NO}") from None

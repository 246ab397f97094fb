"""How `dataci init` knows that nobody has edited what it would replace: digests at the end of dataci.toml.

The shipped example and every earlier `dataci init` leave a seal there: one comment line a file, with the
SHA-256 of its bytes (of dataci.toml: of the text above the seal). A file that still has the digest of its
line was not edited and may be replaced. Everything else below data/train, data/test and data/bugs, and
project/schema.py, is the user's: init refuses, and with ``--force`` moves it to replaced-by-init/ first.
project/checks.py and project/slices.py are replaced if nobody edited them, and kept otherwise. This needs no
git, and survives a clone.

`python -m dataci.inference.seal ROOT` seals the files of a project as they are: for whoever ships an example.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from dataci import config

SCHEMA = "project/schema.py"
CHECKS = "project/checks.py"
SLICES = "project/slices.py"
HEAD = "\n# Written by dataci init. The next init replaces these files, unless somebody edited them:\n"
LINE = re.compile(r"^#   ([0-9a-f]{64})  (.+)$", re.MULTILINE)
FOLDERS = ("data/train", "data/test", "data/bugs")
ASIDE = "replaced-by-init"  # no cache: what lies there exists nowhere else
KEPT = (".gitkeep", "README.md")


def digest(data: bytes) -> str:
    """Return the SHA-256 of some bytes, with line ends as git stores them."""
    return hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()


def sealed(text: str, files: Mapping[str, bytes]) -> str:
    """Return ``text``, a dataci.toml, ended by the digests of ``files`` (path → bytes) and of itself."""
    body = text.partition(HEAD)[0].rstrip("\n") + "\n"
    lines = {config.FILE: digest(body.encode()), **{path: digest(data) for path, data in files.items()}}
    return body + HEAD + "".join(f"#   {found}  {visible(path)}\n" for path, found in sorted(lines.items()))


def visible(path: str) -> str:
    """Return a path on one line."""
    return path.encode("unicode_escape").decode("ascii") if not path.isprintable() else path


def read(root: Path) -> dict[str, str]:
    """Return the digests of the seal of ``root``/dataci.toml, by path; empty where there is none."""
    try:
        text = (root / config.FILE).read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")
    except OSError:
        return {}
    return {path: found for found, path in LINE.findall(text.partition(HEAD)[2])}


def present(root: Path) -> list[str]:
    """Return the paths (from the root) of the files that init would replace."""
    files = [path for name in (config.FILE, SCHEMA) if (path := root / name).exists()]
    for folder in FOLDERS:
        files += [path for path in (root / folder).rglob("*") if path.is_symlink() or path.is_file()]
    return sorted(path.relative_to(root).as_posix() for path in files if path.name not in KEPT)


def edited(root: Path) -> list[str]:
    """Return those of ``present`` that are not as the seal left them."""
    known = read(root)
    return [path for path in present(root) if known.get(visible(path)) != current(root / path)]


def current(path: Path) -> str:
    """Return the digest of a file as it is; "" for a link, which is nobody's example."""
    if path.is_symlink():
        return ""
    data = path.read_bytes()
    if path.name == config.FILE:
        data = data.replace(b"\r\n", b"\n").partition(HEAD.encode())[0]
        data = data.rstrip(b"\n") + b"\n"
    return digest(data)


def is_ours(root: Path, path: str) -> bool:
    """Tell whether a file is missing, or as the seal left it."""
    return not (root / path).exists() or read(root).get(visible(path)) == current(root / path)


def set_aside(root: Path, paths: list[str]) -> Path:
    """Move files out of the way, to a fresh folder below replaced-by-init; return that folder."""
    number = 1
    while (folder := root / ASIDE / str(number)).exists():
        number += 1
    for path in paths:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        (root / path).rename(target)
    return folder


def main(root: Path) -> None:
    """Seal the files of ``root`` as they are, in its dataci.toml."""
    toml = root / config.FILE
    paths = [*present(root), *(path for path in (CHECKS, SLICES) if (root / path).exists())]
    files = {path: (root / path).read_bytes() for path in paths if path != config.FILE}
    toml.write_text(sealed(toml.read_text(encoding="utf-8"), files), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

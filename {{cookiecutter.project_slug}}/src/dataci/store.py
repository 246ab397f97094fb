"""Where fitted models are kept: a content-addressed store behind an fsspec URL. It is a cache and nothing more.

``objects/<2 digits>/<sha256>`` hold bytes; ``candidates/<data>-<code>.json`` names the files of a model and the
sha256 of each; ``texts/<key>`` hold the sha256 of small texts. Every object is verified after each read, so
what was damaged or exchanged is absent and is made again. No code is ever loaded from here: see ``Model.load``.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import uuid
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from dataci.config import Config
from dataci.errors import CannotRun

DEFAULT = Path(".dataci") / "store"
FORMAT = 1
ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
SHA256 = re.compile(r"[0-9a-f]{64}")
KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,200}")
PART = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,100}[A-Za-z0-9_-])?"
NAME = re.compile(f"{PART}(?:/{PART})" + "{0,5}")  # stays in its folder on every system


class Store(NamedTuple):
    """A store: its file system, the folder in it, and its URL. ``open_store`` makes one."""

    files: Any
    folder: str
    url: str

    def has(self, data: str, code: str) -> bool:
        """Tell whether a whole model of the candidate is here; ``data`` and ``code`` are its full ids."""
        return isinstance(self.look(data, code), dict)

    def put(self, data: str, code: str, folder: Path) -> None:
        """Keep the files of ``folder`` as the candidate's model; the manifest comes last, so it never lies."""
        digests: dict[str, str] = {}
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()):
            name, raw = path.relative_to(folder).as_posix(), path.read_bytes()
            if not NAME.fullmatch(name):
                raise CannotRun(
                    f"The model saved a file called {name!r}. Use plain letters, digits, dots, dashes and underscores."
                )
            digests[name] = self.keep(raw)
        if not digests:
            raise CannotRun("The model saved no file, so there is nothing to keep. Mend save() of the model.")
        manifest = {"format": FORMAT, "files": digests}
        self.write(candidate(data, code), json.dumps(manifest, indent=2, sort_keys=True).encode() + b"\n")

    def get(self, data: str, code: str, folder: Path) -> bool:
        """Write a candidate's model into ``folder``; False (and nothing written) where it is absent or damaged."""
        found = self.look(data, code)
        if not isinstance(found, dict):
            return False
        for name, raw in found.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(raw)
        return True

    def damage(self, data: str, code: str) -> str | None:
        """Say in a sentence what is wrong with a candidate's model; None where it is whole, or not there at all."""
        found = self.look(data, code)
        return found if isinstance(found, str) else None

    def look(self, data: str, code: str) -> dict[str, bytes] | str | None:
        """Return the verified files of a candidate's model by name, or what is wrong with it; None: it is absent."""
        raw = self.read(candidate(data, code))
        if raw is None:
            return None
        names = manifest(raw)
        if names is None:
            return f"The store has no readable list of the files of {data[:8]}-{code[:8]}; its model is made again."
        found = {name: self.object(digest) for name, digest in names.items()}
        whole = {name: raw for name, raw in found.items() if raw is not None}
        if len(whole) < len(found):
            lost = min(found.keys() - whole.keys())
            return f"The store has lost or damaged {lost} of {data[:8]}-{code[:8]}; its model is made again."
        return whole

    def put_text(self, key: str, text: str) -> None:
        """Keep a small text, below a key that says all that it depends on."""
        self.write(place(key), self.keep(text.encode("utf-8")).encode())

    def get_text(self, key: str) -> str | None:
        """Return a text, or None where it is absent or damaged."""
        digest = (self.read(place(key)) or b"").decode("ascii", "replace")
        raw = self.object(digest) if SHA256.fullmatch(digest) else None
        try:
            return raw.decode("utf-8") if raw is not None else None
        except UnicodeDecodeError:  # whole, and yet no text of ours
            return None

    def keep(self, raw: bytes) -> str:
        """Store bytes below their sha256, unless they are there; return it."""
        digest = hashlib.sha256(raw).hexdigest()
        if self.object(digest) is None:
            self.write(f"objects/{digest[:2]}/{digest}", raw)
        return digest

    def object(self, digest: str) -> bytes | None:
        """Return the bytes with this sha256, or None where they are absent or no longer have it."""
        raw = self.read(f"objects/{digest[:2]}/{digest}")
        return raw if raw is not None and hashlib.sha256(raw).hexdigest() == digest else None

    def read(self, name: str) -> bytes | None:
        """Return the bytes of a file of the store, or None where there is none; CannotRun when it cannot be asked."""
        try:
            return bytes(self.files.cat_file(f"{self.folder}/{name}"))
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except Exception as error:
            raise unreachable(self.url, error) from error

    def write(self, name: str, raw: bytes) -> None:
        """Write a file of the store in one step, so that nobody reads half of it."""
        target = f"{self.folder}/{name}"
        made = f"{target}.{uuid.uuid4().hex}.tmp"
        try:
            self.files.makedirs(target.rpartition("/")[0], exist_ok=True)
            if "file" in protocols(self.files):
                swap(self.files, made, target, raw)
            else:  # object stores show a file only when it is complete
                self.files.pipe_file(target, raw)
        except Exception as error:
            raise unreachable(self.url, error) from error

    def prune(self, keep_bytes: int) -> int:
        """Remove objects, those that were written longest ago first, until at most ``keep_bytes`` are left; return how
        many. A candidate that has lost an object is absent, and is made again.
        """
        try:
            listed = self.files.find(f"{self.folder}/objects", detail=True)
            found = [(age(of), path, int(of.get("size") or 0)) for path, of in listed.items()]
            total, removed = sum(size for _, _, size in found), 0
            for _, path, size in sorted(found):
                if total <= keep_bytes:
                    break
                self.files.rm_file(path)
                total, removed = total - size, removed + 1
            return removed
        except FileNotFoundError:
            return 0
        except Exception as error:
            raise unreachable(self.url, error) from error


def swap(files: Any, made: str, target: str, raw: bytes) -> None:
    """Write a local file beside its place and put it there in one step."""
    try:
        files.pipe_file(made, raw)
        os.replace(made, target)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.remove(made)


def age(of: dict[str, Any]) -> str:
    """Return when a file of the store was written, as text that sorts; file systems name it differently."""
    found = next((of[name] for name in ("mtime", "LastModified", "updated", "created") if of.get(name)), "")
    return f"{found:020.6f}" if isinstance(found, (int, float)) else str(found)


def open_store(config: Config) -> Store:
    """Return the project's store: [delivery] store of dataci.toml, else the ignored .dataci/store.

    CannotRun for a URL that nobody understands, or whose driver is not installed.
    """
    given = config.delivery.get("store", DEFAULT.as_posix())
    if not isinstance(given, str) or not given.strip():
        raise CannotRun(
            f"dataci.toml: [delivery] store is {given!r}; it must be a folder or a URL like s3://bucket/models."
        )
    local = "://" not in given and "::" not in given
    return from_url(str((config.root / Path(given).expanduser()).absolute()) if local else given)


def from_url(url: str) -> Store:
    """Return the store at a URL, or in a local folder."""
    import fsspec  # half of what reading a record costs, and most commands open no store

    try:
        files, folder = fsspec.core.url_to_fs(url)
    except ImportError as error:
        told = str(error).rstrip(".")
        raise CannotRun(f"The store {shown(url)!r} needs a package that is not installed: {told}.") from error
    except Exception as error:
        raise CannotRun(
            f"The store {shown(url)!r} cannot be opened: {shown(str(error))}. Mend [delivery] store in dataci.toml."
        ) from error
    return Store(files, str(folder).rstrip("/"), url)


def protocols(files: Any) -> tuple[str, ...]:
    """Return the names of a file system's protocol."""
    found = files.protocol
    return (found,) if isinstance(found, str) else tuple(found)


def candidate(data: str, code: str) -> str:
    """Return the name of a candidate's manifest."""
    if not ID.fullmatch(data) or not ID.fullmatch(code):
        raise CannotRun(
            "The ids of data and code are no hashes, so no model can be looked up. Repair the record."
        )
    return f"candidates/{data}-{code}.json"


def place(key: str) -> str:
    """Return the name of the file that holds the sha256 of a text."""
    if not KEY.fullmatch(key):
        raise ValueError(f"{key!r} cannot name a text of the store")
    return f"texts/{key}"


def manifest(raw: bytes) -> dict[str, str] | None:
    """Read a manifest: the sha256 of each file by its name; None where it is not ours to trust."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    files = found.get("files") if isinstance(found, dict) and found.get("format") == FORMAT else None
    if not isinstance(files, dict) or not all(
        NAME.fullmatch(name) and is_digest(files[name]) for name in files
    ):
        return None
    return files if files and separate(list(files)) else None


def separate(names: list[str]) -> bool:
    """Tell whether each name is a file of its own on every system: none is a folder of another, none differs from
    another only in case.
    """
    folded = [name.casefold() for name in names]
    parents = {str(parent) for name in folded for parent in PurePosixPath(name).parents}
    return len(set(folded)) == len(folded) and not parents & set(folded)


def is_digest(value: Any) -> bool:
    """Tell whether a value is a sha256."""
    return isinstance(value, str) and bool(SHA256.fullmatch(value))


def shown(text: str) -> str:
    """Return a URL, or a sentence that has one, without the user and the password in it."""
    return re.sub(r"//[^/@\s]*@", "//…@", text)


def unreachable(url: str, error: Exception) -> CannotRun:
    """Say that the store does not answer."""
    reason = shown(f"{type(error).__name__}: {error}".splitlines()[0])
    cure = "Check [delivery] store in dataci.toml and your access to it."
    return CannotRun(f"The store {shown(url)!r} cannot be reached ({reason}). {cure}")

"""A cache of columns on disk, keyed by content: safe to delete, safe under concurrent runs, bounded in size."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

import polars as pl

FOLDER = Path(".dataci") / "cache"
VERSION = 1
LIMIT = 1 << 30  # bytes; the least recently used entries go first


class Cache:
    """Frames by key below ``root``/.dataci/cache. A key that cannot be read is a key that is not there."""

    def __init__(self, root: Path) -> None:
        self.folder = root / FOLDER

    def get(self, *key: str) -> pl.DataFrame | None:
        """Return the frame stored under ``key``, or None."""
        path = self.path(key)
        try:
            frame = pl.read_ipc(path.read_bytes())
            os.utime(path)
        except (OSError, pl.exceptions.PolarsError):
            return None
        return frame

    def put(self, frame: pl.DataFrame, *key: str) -> None:
        """Store a frame. A full or read-only disk is no reason to fail: the next run computes it again."""
        path = self.path(key)
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
                frame.write_ipc(file)
            os.replace(file.name, path)

    def path(self, key: tuple[str, ...]) -> Path:
        """Return the file of a key; the versions of the format and of Polars (its hashes) are part of it."""
        parts = (str(VERSION), pl.__version__, *key)
        digest = hashlib.sha256(b"".join(b"%d:%s" % (len(p.encode()), p.encode()) for p in parts)).hexdigest()
        return self.folder / digest[:2] / digest[2:]

    def prune(self, limit: int = LIMIT) -> None:
        """Delete the entries that were not used for longest until all together are below ``limit`` bytes."""
        with contextlib.suppress(OSError):
            found = [(entry.stat(), entry) for entry in self.folder.glob("*/*")]
            total = sum(status.st_size for status, _ in found)
            for status, entry in sorted(found, key=lambda item: item[0].st_mtime):
                if total <= limit:
                    break
                entry.unlink(missing_ok=True)
                total -= status.st_size

"""The artifact of another workflow run: found and read in memory, and treated as hostile.

Who opens a pull request decides what stands in it. So nothing is unpacked: of the archive, exactly one plain file with
exactly one name is taken, as bytes, below a limit that is held while it is decompressed, whatever the archive declares.
"""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from typing import Any

from dataci import github
from dataci.errors import CannotRun
from dataci.github import GitHub

PACKED = 8_000_000  # bytes of an archive
PLAIN = 5_000_000  # bytes of the file in it
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
    OverflowError,
)


class Malformed(CannotRun):
    """The artifact is there, and it is not what it should be; the message says in what."""


def fetch(hub: GitHub, run: int, name: str, member: str) -> bytes | None:
    """Return the file ``member`` of the newest artifact called ``name`` of a run; None where there is no such artifact.

    Malformed says what is wrong with the artifact; CannotRun that GitHub could not be asked.
    """
    found = newest(hub, run, name)
    if found is None:
        return None
    size = found.get("size_in_bytes")
    if not isinstance(size, int) or size > PACKED:
        raise Malformed(f"the artifact is larger than {PACKED:,} bytes")
    try:
        packed = github.download(hub, f"/repos/{hub.repository}/actions/artifacts/{found['id']}/zip", PACKED)
    except github.Refused as error:
        if error.status in (404, 410):  # gone since it was listed
            return None
        raise
    return unpack(packed, member)


def newest(hub: GitHub, run: int, name: str) -> dict[str, Any] | None:
    """Return GitHub's entry of an artifact that has not expired: of several, those of a re-run, the last one."""
    answer = github.get(
        hub, f"/repos/{hub.repository}/actions/runs/{int(run)}/artifacts", name=name, per_page="100"
    )
    listed = answer.get("artifacts") if isinstance(answer, dict) else None
    fitting = [
        entry
        for entry in listed or ()
        if isinstance(entry, dict)
        and entry.get("name") == name
        and isinstance(entry.get("id"), int)
        and entry.get("expired") is False
    ]
    return max(fitting, key=lambda entry: entry["id"], default=None)


def unpack(packed: bytes, member: str, limit: int = PLAIN) -> bytes:
    """Return the one file of a zip archive: called ``member``, of at most ``limit`` bytes; else Malformed."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            entry = only(archive.infolist(), member, limit)
            with archive.open(entry) as stream:
                plain = stream.read(limit + 1)
    except _BROKEN as error:
        raise Malformed(f"the artifact is no zip archive that can be read ({type(error).__name__})") from None
    if len(plain) > limit or len(plain) != entry.file_size:
        raise Malformed(f"{member} has another size than the archive says, or more than {limit:,} bytes")
    return plain


def only(entries: list[zipfile.ZipInfo], member: str, limit: int) -> zipfile.ZipInfo:
    """Return the archive's only entry; Malformed where there are others, or where it is no plain file of that name."""
    if len(entries) != 1:
        raise Malformed(
            f"the archive holds {len(entries):,} entries; it should hold {member} and nothing else"
        )
    entry = entries[0]
    if entry.orig_filename != member:  # as it stands in the archive, also behind a NUL
        raise Malformed(f"the file in the archive is not called {member}")
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
        raise Malformed(f"{member} is a link or a special file")
    if entry.flag_bits & 0x1:
        raise Malformed(f"{member} is encrypted")
    if entry.compress_type not in _METHODS:
        raise Malformed(f"{member} is packed by a method other than deflate")
    if entry.file_size > limit:
        raise Malformed(f"{member} has more than {limit:,} bytes")
    return entry

"""One plain file of one name is read from an artifact, whatever else the archive tries."""

from __future__ import annotations

import contextlib
import io
import os
import stat
import struct
import warnings
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import answering
from answering import Hub
from dataci.delivery import artifact
from dataci.errors import CannotRun
from serving import Answer

NAME = "result.json"
GOOD = b'{"version": 1}'


def packed(*entries: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name that stands twice
        for name, content in entries:
            archive.writestr(name, content)
    return out.getvalue()


def special(kind: int, content: bytes = b"/etc/passwd") -> bytes:
    """Return an archive in which result.json is a link, a device or a folder."""
    entry = zipfile.ZipInfo(NAME)
    entry.create_system, entry.external_attr = 3, (kind | 0o777) << 16
    return packed((entry, content))


def patched(offset_local: int, offset_central: int, value: bytes, content: bytes = GOOD) -> bytes:
    """Return an archive whose two headers say something else than what is true, at these offsets."""
    raw = bytearray(packed((NAME, content)))
    for start, offset in ((0, offset_local), (raw.index(b"PK\x01\x02"), offset_central)):
        raw[start + offset : start + offset + len(value)] = value
    return bytes(raw)


def size(number: int) -> bytes:
    """Return a size as the headers hold it."""
    return struct.pack("<I", number)


def test_what_was_packed_is_read() -> None:
    assert artifact.unpack(packed((NAME, GOOD)), NAME) == GOOD
    assert artifact.unpack(packed((NAME, GOOD), method=zipfile.ZIP_STORED), NAME) == GOOD
    entry = zipfile.ZipInfo(NAME)  # as GitHub packs it: from Unix, a plain file
    entry.create_system, entry.external_attr = 3, (stat.S_IFREG | 0o644) << 16
    assert artifact.unpack(packed((entry, GOOD)), NAME) == GOOD


@pytest.mark.parametrize(
    ("archive", "said"),
    [
        (b"", "no zip archive"),
        (b"PK\x03\x04 and no more", "no zip archive"),
        (packed(), "holds 0 entries"),
        (packed((NAME, GOOD), ("more.txt", b"")), "holds 2 entries"),
        (packed((NAME, GOOD), (NAME, b"{}")), "holds 2 entries"),
        (packed(("../result.json", GOOD)), "not called result.json"),
        (packed(("/result.json", GOOD)), "not called result.json"),
        (packed(("a/../result.json", GOOD)), "not called result.json"),
        (packed(("..\\result.json", GOOD)), "not called result.json"),
        (packed(("RESULT.JSON", GOOD)), "not called result.json"),
        (packed(("result.json/", b"")), "not called result.json"),
        (special(stat.S_IFLNK), "a link or a special file"),
        (special(stat.S_IFCHR), "a link or a special file"),
        (special(stat.S_IFDIR), "a link or a special file"),
        (special(stat.S_IFIFO), "a link or a special file"),
        (patched(6, 8, b"\x01\x00"), "encrypted"),
        (packed((NAME, GOOD), method=zipfile.ZIP_LZMA), "by a method other than"),
        (packed((NAME, GOOD), method=zipfile.ZIP_BZIP2), "by a method other than"),
        (patched(8, 10, struct.pack("<H", 99)), "by a method other than"),
        (
            packed((NAME, b" " * 20_000_000)),
            "^result.json has more than 5,000,000 bytes",
        ),  # 20 kB that become 20 MB
        (
            patched(22, 24, size(100), b" " * 20_000_000),
            "no zip archive",
        ),  # and that say they become 100 bytes
        (patched(22, 24, size(400), GOOD), "another size"),
        (patched(14, 16, size(7)), "no zip archive"),  # another checksum
    ],
)
def test_any_other_archive_is_refused(archive: bytes, said: str) -> None:
    with pytest.raises(artifact.Malformed, match=said) as refused:
        artifact.unpack(archive, NAME)
    assert str(refused.value).isprintable()


def test_a_name_with_a_nul_is_not_cut_to_the_right_one() -> None:
    raw = packed((NAME + "_x", GOOD)).replace(b"result.json_x", b"result.json\0x")
    with pytest.raises(artifact.Malformed, match="not called"):
        artifact.unpack(raw, NAME)


def test_a_bomb_is_not_unfolded(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []
    read = zipfile.ZipExtFile.read
    monkeypatch.setattr(
        zipfile.ZipExtFile, "read", lambda self, n=-1: taken.append(len(found := read(self, n))) or found
    )
    for archive in (packed((NAME, b" " * 50_000_000)), patched(22, 24, size(1000), b" " * 50_000_000)):
        with pytest.raises(artifact.Malformed):
            artifact.unpack(archive, NAME)
    assert sum(taken) <= artifact.PLAIN + 1


@given(st.binary(max_size=300))
def test_bytes_that_are_no_archive(raw: bytes) -> None:
    with pytest.raises(artifact.Malformed):
        artifact.unpack(raw, NAME)


@given(st.integers(0, 140), st.integers(0, 255))
def test_an_archive_with_a_wrong_byte_is_refused_or_read_right(at: int, byte: int) -> None:
    raw = bytearray(packed((NAME, GOOD)))
    raw[at % len(raw)] = byte
    with contextlib.suppress(artifact.Malformed):
        assert artifact.unpack(bytes(raw), NAME) == GOOD


# ---- which artifact of a run


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let requests be tried again at once."""
    monkeypatch.setenv("DATACI_BACKOFF", "0")


def entry(number: int, **changes: Any) -> dict[str, Any]:
    """Return GitHub's entry of an artifact."""
    return {"id": number, "name": "review", "expired": False, "size_in_bytes": 500, **changes}


def fetched(server: Hub, *entries: Any, **zips: Any) -> bytes | None:
    """Return what is fetched of run 7, with these artifacts."""
    server.answers["GET", "/actions/runs/7/artifacts"] = {
        "total_count": len(entries),
        "artifacts": list(entries),
    }
    for number, archive in zips.items():
        server.answers["GET", f"/actions/artifacts/{number[1:]}/zip"] = archive
    return artifact.fetch(server.hub, 7, "review", NAME)


def test_the_newest_artifact_of_the_name_is_taken(
    hurry: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with answering.github() as server:
        others = [entry(9, name="results"), entry(8, expired=True), entry(6), entry(7), entry(5)]
        assert fetched(server, *others, _7=packed((NAME, GOOD))) == GOOD
        assert server.asked[0].query["name"] == "review"
        assert [asked.path for asked in server.asked[1:]] == ["/actions/artifacts/7/zip"]
    assert os.listdir(tmp_path) == []  # nothing is unpacked


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [entry(1, expired=True)],
        [entry(1, name="Review")],
        [entry(1, name="review ")],
        [entry(1, id="1/../../x")],
        ["no entry", None],
        [entry(2)],  # listed, and gone when it is asked for
    ],
)
def test_no_artifact(hurry: None, entries: list[Any]) -> None:
    with answering.github() as server:
        assert fetched(server, *entries) is None
        assert [asked.path for asked in server.asked[1:]] in ([], ["/actions/artifacts/2/zip"])


@pytest.mark.parametrize(
    ("listed", "answer", "error", "said"),
    [
        (entry(1, size_in_bytes=artifact.PACKED + 1), None, artifact.Malformed, "is larger than 8,000,000"),
        (entry(1, size_in_bytes="5"), None, artifact.Malformed, "is larger"),
        (entry(1), b"x" * (artifact.PACKED + 1), CannotRun, "has more than 8,000,000"),
        (entry(1), b"no archive", artifact.Malformed, "no zip"),
        (entry(1), Answer(403, {"message": "Resource not accessible"}), CannotRun, "Resource not"),
    ],
)
def test_an_artifact_that_cannot_be_taken(
    hurry: None, listed: dict[str, Any], answer: Any, error: type[CannotRun], said: str
) -> None:
    with answering.github() as server, pytest.raises(error, match=said):
        fetched(server, listed, _1=answer)

"""A folder from a job that ran the project's code: one odd thing in it, and nothing of it is read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dataci.delivery import intake
from dataci.errors import CannotRun


def read(folder: Path, limit: int = 10, total: int = 15) -> dict[str, bytes]:
    return intake.read_folder(folder, lambda name: name in ("a.json", "b.json"), limit, total)


def test_expected_files_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    (tmp_path / "b.json").write_bytes(b"12345")
    (tmp_path / "a.json").write_bytes(b"1234567890")
    assert list(read(tmp_path).items()) == [("a.json", b"1234567890"), ("b.json", b"12345")]


def test_an_empty_folder_holds_nothing(tmp_path: Path) -> None:
    assert read(tmp_path) == {}


@pytest.mark.parametrize("name", ["c.json", "a.json ", "A.json", "a.json\n", ".hidden", "🦄", "..data"])
def test_another_name_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    (tmp_path / "a.json").write_bytes(b"x")
    with pytest.raises(CannotRun, match="is not expected there") as refused:
        read(tmp_path)
    assert "\n" not in str(refused.value)


def test_links_are_refused_wherever_they_lead(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    for number, target in enumerate((secret, tmp_path / "nowhere", Path("/dev/zero"), tmp_path)):
        folder = tmp_path / f"folder-{number}"
        folder.mkdir()
        (folder / "a.json").symlink_to(target)
        with pytest.raises(CannotRun, match=r"'a\.json' is a link"):
            read(folder)
    linked = tmp_path / "linked"
    linked.symlink_to(tmp_path / "folder-0", target_is_directory=True)
    with pytest.raises(CannotRun, match="There is no folder 'linked'"):
        read(linked)


def test_what_is_no_plain_file_is_refused_and_blocks_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.json")
    with pytest.raises(CannotRun, match="no plain file"):
        read(tmp_path)
    (tmp_path / "a.json").unlink()
    (tmp_path / "a.json").mkdir()
    with pytest.raises(CannotRun, match=r"'a\.json'"):
        read(tmp_path)


def test_too_much_is_refused_in_one_file_and_in_all(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"x" * 11)
    with pytest.raises(CannotRun, match=r"'a\.json' is too large"):
        read(tmp_path)
    (tmp_path / "a.json").write_bytes(b"x" * 8)
    (tmp_path / "b.json").write_bytes(b"x" * 8)
    with pytest.raises(CannotRun, match="is too large"):
        read(tmp_path)


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "FILES", 1)
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(CannotRun, match="too many files"):
        read(tmp_path)


def test_no_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="There is no folder 'result'"):
        read(tmp_path / "result")

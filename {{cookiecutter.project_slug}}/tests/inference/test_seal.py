"""What init may replace, and what is the user's."""

from __future__ import annotations

from pathlib import Path

import pytest

from dataci.inference import seal

FILES = {"data/train/a.csv": b"x,y\n1,2\n", "project/schema.py": b"schema = 1\n"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    text = seal.sealed("version = 1\n", FILES)
    for path, data in {**FILES, "dataci.toml": text.encode()}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    return tmp_path


def test_what_was_written_and_left_alone_is_nobodys(root: Path) -> None:
    assert seal.present(root) == ["data/train/a.csv", "dataci.toml", "project/schema.py"]
    assert seal.edited(root) == []


@pytest.mark.parametrize("path", ["data/train/a.csv", "project/schema.py", "dataci.toml"])
def test_an_edit_makes_it_the_users(root: Path, path: str) -> None:
    file = root / path
    file.write_bytes(file.read_bytes().replace(b"1", b"3", 1))
    assert seal.edited(root) == [path]


def test_a_new_file_is_the_users(root: Path) -> None:
    (root / "data/bugs/issue-1").mkdir(parents=True)
    (root / "data/bugs/issue-1/patterns.csv").write_text("x,y\n")
    (root / "data/train/.gitkeep").touch()
    assert seal.edited(root) == ["data/bugs/issue-1/patterns.csv"]


def test_without_a_seal_everything_is_the_users(root: Path) -> None:
    text = (root / "dataci.toml").read_text()
    (root / "dataci.toml").write_text(text.partition(seal.HEAD)[0])
    assert seal.edited(root) == seal.present(root)


def test_line_ends_are_no_edit(root: Path) -> None:
    for path in seal.present(root):
        (root / path).write_bytes((root / path).read_bytes().replace(b"\n", b"\r\n"))
    assert seal.edited(root) == []


def test_sealing_again_is_the_same(root: Path) -> None:
    text = (root / "dataci.toml").read_text()
    assert seal.sealed(text, FILES) == text


def test_what_is_set_aside_is_not_lost(root: Path) -> None:
    first = seal.set_aside(root, ["data/train/a.csv"])
    assert (first / "data/train/a.csv").read_bytes() == FILES["data/train/a.csv"]
    assert not (root / "data/train/a.csv").exists()
    assert seal.set_aside(root, ["project/schema.py"]) != first

"""What changes the tag of a candidate, and what does not."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest

import building
import candidates
from dataci import identity


def tag(root: Path) -> str:
    """Return the tag that training would have now."""
    return identity.identify(building.load(root)).tag


@pytest.fixture
def root(tmp_path: Path) -> Path:
    extra = {
        "project/checks.py": "",
        "project/schema.py": "schema = None\n",
        "project/words.py": "WORDS = []\n",
    }
    return candidates.make(tmp_path, {**extra, "README.md": "# Mine\n", "tests/project/test_data.py": ""})


def test_one_cell_changes_the_data_and_nothing_else(root: Path) -> None:
    before = tag(root)
    path = root / "data/train/a.csv"
    text = path.read_text()
    path.write_text(text.replace("r001,", "r901,"))
    data, code = tag(root).split("-")
    assert data != before[:8]
    assert code == before[9:]
    path.write_text(text)
    assert tag(root) == before


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("project/model.py", candidates.MODEL + "# a line\n"),
        ("project/words.py", "WORDS = ['cat']\n"),
        ("project/weights.txt", "1 2 3\n"),
        ("dataci.toml", candidates.SETTINGS + "[train]\nseed = 1\n"),
        ("dataci.toml", candidates.SETTINGS + "[train.params]\nC = 2.0\n"),
        ("dataci.toml", candidates.SETTINGS + '[files]\nmissing = ["?"]\n'),
        ("dataci.toml", candidates.SETTINGS.replace('"want", "offer"', '"offer", "want"')),
    ],
)
def test_what_can_change_the_model_changes_the_code(root: Path, path: str, text: str) -> None:
    before = tag(root)
    building.write(root, {path: text})
    after = tag(root)
    assert after[:8] == before[:8]
    assert after[9:] != before[9:]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("project/checks.py", "def mine(dataset): ...\n"),
        ("project/schema.py", "schema = 1\n"),
        ("project/slices.py", "slices = 1\n"),
        ("project/__pycache__/model.cpython-311.pyc", "x"),
        ("README.md", "# Ours\n"),
        ("tests/project/test_data.py", "x = 1\n"),
        ("data/test/u.csv", candidates.HEADER),
        ("dataci.toml", candidates.SETTINGS + "[checks.drift]\nenabled = false\n"),
        ("dataci.toml", candidates.SETTINGS + "threshold = 0.7\n"),
        ("dataci.toml", "# a comment\n" + candidates.SETTINGS),
    ],
)
def test_what_cannot_change_the_model_does_not(root: Path, path: str, text: str) -> None:
    before = tag(root)
    building.write(root, {path: text})
    assert tag(root) == before


@pytest.mark.parametrize(
    "line", ["from project import schema", "from project.schema import schema", "import project.schema"]
)
def test_a_file_that_the_model_imports_counts_though_it_is_otherwise_no_part_of_it(
    root: Path, line: str
) -> None:
    building.write(
        root,
        {"project/words.py": f"{line}\n", "project/model.py": f"import project.words\n{candidates.MODEL}"},
    )
    before = tag(root)
    building.write(root, {"project/schema.py": "schema = 2\n"})
    assert tag(root)[9:] != before[9:]


def test_a_library_of_another_version_changes_the_code(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, real = tag(root), metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: "9.9" if name == "scikit-learn" else real(name))
    assert tag(root)[9:] != before[9:]


def test_a_library_that_the_model_imports_is_part_of_the_environment(root: Path) -> None:
    assert "click" not in identity.identify(building.load(root)).environment
    building.write(root, {"project/model.py": f"import click\n{candidates.MODEL}"})
    assert identity.identify(building.load(root)).environment["click"] == metadata.version("click")


def test_committed_and_uncommitted_equal_bytes_have_the_same_id(root: Path) -> None:
    loose = identity.identify(building.load(root))
    assert identity.provenance(root, loose) == (None, True)
    commit = building.commit(root)
    kept = identity.identify(building.load(root))
    assert kept == loose
    assert identity.provenance(root, kept) == (commit, False)
    assert kept.data == building.git(root, "rev-parse", "HEAD:data/train")


def test_the_commit_is_the_one_that_last_touched_the_candidate(root: Path) -> None:
    first = building.commit(root)
    building.write(root, {"README.md": "# Else\n"})
    building.commit(root, "Docs")
    found = identity.identify(building.load(root))
    assert identity.provenance(root, found) == (first, False)
    building.write(root, {"project/model.py": candidates.MODEL + "\n"})
    head = building.git(root, "rev-parse", "HEAD")
    assert identity.provenance(root, found) == (head, True)

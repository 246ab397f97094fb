"""`dataci compare`: by tag, beginning, path or commit; in text, JSON and Markdown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import building
import candidates
from dataci.commands import compare, train
from dataci.errors import CannotRun


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with two results, each committed; the second one learned the opposite of the first."""
    folder = candidates.make(tmp_path_factory.mktemp("compare") / "project")
    building.commit(folder, "Start")
    train.run(folder)
    building.commit(folder, "First result")
    text = (folder / "data/train/a.csv").read_text()
    swapped = text.replace(",1\n", ",x\n").replace(",0\n", ",1\n").replace(",x\n", ",0\n")
    building.write(folder, {"data/train/a.csv": swapped})
    building.commit(folder, "Swap the labels")
    train.run(folder)
    building.commit(folder, "Second result")
    return folder


def tags(root: Path) -> tuple[str, str]:
    """Return the tags of the first and of the second result."""
    second = json.loads((root / "results/latest.json").read_bytes())
    return second["changed"]["parent"], second["tag"]


def told(root: Path, capsys: pytest.CaptureFixture[str], *names: str) -> dict[str, Any]:
    """Return what compare says as JSON."""
    capsys.readouterr()
    assert compare.run(root, *names, format="json") == 0
    return json.loads(capsys.readouterr().out)  # type: ignore[no-any-return]


def test_without_names_the_latest_is_compared_with_its_parent(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(root, capsys)
    assert (found["a"]["name"], found["b"]["name"]) == tags(root)
    assert found["verdict"]["word"] == "worse"
    assert found["same_test"]
    assert found["changed"]["data"]["relabelled"] == 64
    flip = next(flip for flip in found["broken"] if flip["split"] == "test")
    assert set(flip["text"]) == {"want", "offer"}


def test_a_result_can_be_named_by_tag_beginning_path_or_commit(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tags(root)
    expected = told(root, capsys, first, second)
    for names in ((first[:4], second[:4]), (f"results/{first}.json", "results/latest.json"), (first,)):
        found = told(root, capsys, *names)
        assert (found["a"], found["verdict"]) == (expected["a"], expected["verdict"])
    by_commit = told(root, capsys, "HEAD~2", "HEAD")
    assert by_commit["verdict"] == expected["verdict"]
    assert by_commit["a"]["record"] == expected["a"]["record"]
    assert by_commit["a"]["name"] == f"{first} (HEAD~2)"


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("nothing",), "neither a result"),
        (("ffffffff",), "neither a result"),
        (("results/none.json",), "cannot be read"),
        (("--upload-pack=x",), "neither a result"),
        (("HEAD~3",), "has no results/latest.json"),
    ],
)
def test_a_result_that_is_not_there_is_refused(root: Path, names: tuple[str, ...], words: str) -> None:
    with pytest.raises(CannotRun, match=words):
        compare.run(root, *names)


def test_an_ambiguous_beginning_is_refused(root: Path) -> None:
    first, second = tags(root)
    twin = root / "results" / f"{first[:-1]}{'0' if first[-1] != '0' else '1'}.json"
    twin.write_text("{}")
    try:
        with pytest.raises(CannotRun, match="Name more digits"):
            compare.run(root, first[:5], second)
    finally:
        twin.unlink()


def test_the_first_result_has_nothing_to_be_compared_with(tmp_path: Path) -> None:
    root = candidates.make(tmp_path)
    with pytest.raises(CannotRun, match="dataci train"):
        compare.run(root)
    train.run(root)
    with pytest.raises(CannotRun, match="is the first result"):
        compare.run(root)


def test_text_names_verdict_changes_metrics_bugs_and_flips(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compare.run(root)
    text = capsys.readouterr().out
    first, second = tags(root)
    assert text.startswith(f"{second} is worse than {first}: ROC AUC -")
    for words in (
        "64 relabelled",
        "Swap the labels",
        "Model bugs",
        "Per class",
        "Newly broken:",
        "want: ",
        "Confusion",
    ):
        assert words in text
    assert max(len(line) for line in text.splitlines() if "is worse than" not in line) <= 100


def test_markdown_is_a_section_with_tables(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compare.run(root, format="markdown")
    text = capsys.readouterr().out
    assert text.startswith("### ")
    assert "| metric | A | B | difference |" in text
    assert "**Newly broken: " in text


def test_different_test_sets_are_refused_a_verdict(
    root: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    building.git(tmp_path, "clone", "--quiet", str(root), "clone")
    clone = tmp_path / "clone"
    building.write(clone, {"data/test/u.csv": candidates.HEADER + "u1,my cat,pet sitting,1\n"})
    building.commit(clone, "Grow the test set")
    train.run(clone)
    found = told(clone, capsys)
    assert (found["same_test"], found["verdict"]["word"]) == (False, "none")
    compare.run(clone)
    text = capsys.readouterr().out
    assert text.startswith("No verdict on ")
    assert "measured on different test sets" in " ".join(text.split())

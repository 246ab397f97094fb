"""What train and evaluate hand over: what results/ would have become, while results/ stays as it is."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import building
import candidates
from dataci import results
from dataci.commands import evaluate, train
from dataci.delivery import handover, records
from dataci.errors import CannotRun

ROW = "z1,my cat,pet sitting by a student,1\n"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a committed project with its result. Read only."""
    return candidates.trained(tmp_path_factory.mktemp("trained") / "project")


@pytest.fixture
def root(trained: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained, tmp_path / "project"))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def listed(folder: Path) -> dict[str, object]:
    return dict(json.loads((folder / handover.LIST).read_text()))


def test_a_new_result_is_handed_over_as_train_would_write_it(root: Path, tmp_path: Path) -> None:
    building.write(root, {"data/train/b.csv": candidates.HEADER + ROW})
    commit = building.commit(root, "More")
    before, folder = contents(root / "results"), tmp_path / "out"
    assert train.run(root, folder) == 0
    assert contents(root / "results") == before
    handed = records.take(folder)
    assert handed.commit == commit
    train.run(root)
    (tag,) = handed.results
    assert handed.latest == tag
    after = contents(root / "results")
    assert {name: data for name, data in contents(folder).items() if name != handover.LIST} == {
        name: after[name] for name in (f"{tag}.json", f"{tag}.predictions.csv")
    }


def test_a_result_that_stands_is_handed_over_too(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    assert train.run(root, folder) == 0
    (of,) = results.read_all(root)[0]
    assert listed(folder) == {
        "version": 1,
        "commit": building.git(root, "rev-parse", "HEAD"),
        "latest": of["tag"],
        "tags": [of["tag"]],
    }
    assert contents(folder)[f"{of['tag']}.json"] == contents(root / "results")[f"{of['tag']}.json"]


def test_evaluate_hands_over_what_changed_and_nothing_else(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate.run(root, every=True, output=tmp_path / "same") == 0
    assert list(contents(tmp_path / "same")) == [handover.LIST]
    assert listed(tmp_path / "same")["latest"] is not None
    assert "No result changed; that is noted in " in capsys.readouterr().out
    building.write(root, {"data/test/t2.csv": candidates.HEADER + "t1,my cat,tax advice and accounts,0\n"})
    commit, before = building.commit(root, "Test"), contents(root / "results")
    assert evaluate.run(root, every=True, output=tmp_path / "out") == 0
    assert contents(root / "results") == before
    handed = records.take(tmp_path / "out")
    assert handed.commit == commit
    ((made, _),) = handed.results.values()
    assert made["test"]["rows"] == 33
    said = capsys.readouterr().out
    assert "What changed is in " in said
    assert "for `dataci publish results`" in said


def test_results_are_as_they_were_even_when_it_fails(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(root / "results")

    def fail(*_: object) -> None:
        results.write(root, "README.md", "half")
        raise CannotRun("interrupted")

    monkeypatch.setattr(evaluate, "measure", fail)
    with pytest.raises(CannotRun, match="interrupted"):
        evaluate.run(root, every=True, output=tmp_path / "out")
    assert contents(root / "results") == before


def test_without_results_there_are_none_afterwards(tmp_path: Path) -> None:
    root = candidates.make(tmp_path / "project")
    building.commit(root, "Start")
    assert evaluate.run(root, every=True, output=tmp_path / "out") == 0
    assert not (root / "results").exists()
    assert listed(tmp_path / "out")["tags"] == []


def test_a_folder_that_holds_something_is_refused(root: Path, tmp_path: Path) -> None:
    building.write(tmp_path, {"out/old.json": "x"})
    (tmp_path / "link").symlink_to(tmp_path, target_is_directory=True)
    for name in ("out", "link"):
        with pytest.raises(CannotRun, match="Name another folder with --output"):
            train.run(root, tmp_path / name)
        with pytest.raises(CannotRun, match="Name another folder with --output"):
            evaluate.run(root, every=True, output=tmp_path / name)


def test_what_cannot_become_a_folder_is_refused_before_any_work(root: Path) -> None:
    for run in (lambda path: train.run(root, path), lambda path: evaluate.run(root, [], True, output=path)):
        with pytest.raises(
            CannotRun, match=r"cannot be made below 'dataci.toml': it is a file\. Name another"
        ):
            run(root / "dataci.toml" / "deep" / "new")


def test_a_folder_that_cannot_be_written_is_a_sentence(root: Path) -> None:
    (root / "file").write_text("", "utf-8")
    with pytest.raises(CannotRun, match="cannot be written: Not a directory"):
        handover.write(root, root / "file" / "new", {}, None)

"""What changed between a candidate and its parent."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import building
import candidates
import recording
from dataci import environment, identity, lineage
from dataci.record import Record, canonical


def record_of(root: Path) -> Record:
    """Return as much of the record of what the working tree holds as lineage reads."""
    loaded = building.load(root)
    made_of = identity.identify(loaded)
    commit, uncommitted = identity.provenance(root, made_of)
    found = {
        "tag": made_of.tag,
        "commit": commit,
        "uncommitted": uncommitted,
        "data": {"id": made_of.data, "rows": 64},
        "code": {"id": made_of.code, "files": made_of.files},
        "environment": made_of.environment,
        "train": identity.training_settings(loaded.config),
    }
    return canonical(found)


def since(root: Path, parent: Record | None) -> dict[str, Any]:
    """Return what changed since ``parent`` in the working tree."""
    loaded = building.load(root)
    made_of = identity.identify(loaded)
    train = identity.training_settings(loaded.config)
    return lineage.since(parent, made_of, train, loaded, identity.provenance(root, made_of)[0])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = candidates.make(tmp_path, {"words.txt": "cat\n"})
    building.commit(root, "Begin")
    return root


def test_the_first_has_no_parent(root: Path) -> None:
    assert since(root, None) == {"parent": None}


def test_nothing_changed(root: Path) -> None:
    parent = record_of(root)
    assert since(root, parent) == {"parent": parent["tag"]}


def test_data_code_settings_and_their_commits(root: Path) -> None:
    parent, train = record_of(root), root / "data/train/a.csv"
    train.write_text(train.read_text() + "n1,a dog walker,long walks,1\n")
    data = building.commit(root, "More dogs")
    building.write(root, {"project/model.py": candidates.MODEL + "# else\n", "README.md": "x"})
    code = building.commit(root, "Another model")
    building.write(
        root, {"dataci.toml": candidates.SETTINGS + "[train]\nseed = 3\n[train.params]\nC = 2.0\n"}
    )
    building.commit(root, "Seed")
    found = since(root, parent)
    assert found["parent"] == parent["tag"]
    assert found["data"]["rows_added"] == 1
    assert found["data"]["commits"] == [f"{data[:8]} More dogs"]
    assert found["code"] == {"files": ["project/model.py"], "commits": [f"{code[:8]} Another model"]}
    assert found["train"] == {"params.C": {"from": None, "to": 2.0}, "seed": {"from": 0, "to": 3}}
    assert "environment" not in found


def test_task_and_world_size_are_settings(root: Path) -> None:
    parent = record_of(root)
    building.write(
        root, {"dataci.toml": candidates.SETTINGS + '[train]\ntask = "regression"\nworld_size = 2\n'}
    )
    task = {"from": "classification", "to": "regression"}
    assert since(root, parent) == {
        "parent": parent["tag"],
        "train": {"task": task, "world_size": {"from": 1, "to": 2}},
    }


def test_a_file_that_a_parameter_names_is_told_as_code(root: Path) -> None:
    building.write(root, {"dataci.toml": candidates.SETTINGS + '[train.params]\nlist = "words.txt"\n'})
    building.commit(root, "Name the words")
    parent = record_of(root)
    building.write(root, {"words.txt": "dog\n"})
    commit = building.commit(root, "Other words")
    assert since(root, parent)["code"] == {"files": ["words.txt"], "commits": [f"{commit[:8]} Other words"]}


def test_libraries_that_changed_came_or_went(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parent, real = record_of(root), environment.resolve
    changes = {"numpy": "9.9", "rare": "1.0", "encoder.device": "cuda"}

    def resolve(modules: set[str]) -> dict[str, str]:
        return {name: version for name, version in (real(modules) | changes).items() if name != "joblib"}

    monkeypatch.setattr(environment, "resolve", resolve)
    was = parent["environment"]
    assert since(root, parent)["environment"] == {
        "encoder.device": {"from": None, "to": "cuda"},
        "joblib": {"from": was["joblib"], "to": None},
        "numpy": {"from": was["numpy"], "to": "9.9"},
        "rare": {"from": None, "to": "1.0"},
    }


@pytest.mark.parametrize(
    "values", [("1", "1.0"), ("1", "true"), ("1.0", '"1.0"'), ("[1]", "[1.0]"), ("0", "false")]
)
def test_values_of_another_type_differ_as_the_tag_does(root: Path, values: tuple[str, str]) -> None:
    building.write(root, {"dataci.toml": f"{candidates.SETTINGS}[train.params]\na = {values[0]}\n"})
    parent = record_of(root)
    building.write(root, {"dataci.toml": f"{candidates.SETTINGS}[train.params]\na = {values[1]}\n"})
    assert list(since(root, parent)["train"]) == ["params.a"]


def test_a_date_that_stayed_did_not_change(root: Path) -> None:
    building.write(
        root, {"dataci.toml": candidates.SETTINGS + "[train.params]\nday = 2026-01-02\nC = 0.123456\n"}
    )
    parent = record_of(root)
    building.write(root, {"project/model.py": candidates.MODEL + "#\n"})
    assert "train" not in since(root, parent)


def test_a_parent_of_which_git_knows_nothing_is_said(root: Path) -> None:
    parent, train = record_of(root), root / "data/train/a.csv"
    train.write_text(train.read_text() + "n1,a dog walker,long walks,1\n")
    building.commit(root)
    gone = {**parent, "commit": "0" * 40}
    assert since(root, gone)["data"] == {
        "reason": "the parent's commit is not in this clone",
        "commits_reason": "the parent's commit is not in this clone",
    }
    assert "uncommitted" in since(root, {**parent, "uncommitted": True})["data"]["reason"]
    other = building.git(root, "rev-parse", "HEAD")
    assert "does not hold" in since(root, {**parent, "commit": other})["data"]["reason"]


def test_two_records_are_told_apart_without_git() -> None:
    def one(name: str, changes: Mapping[str, Any]) -> Record:
        return recording.made(name, {"test": recording.predictions(0.2)}, **changes)

    a = one("a", {})
    train = {**a["train"], "params": {"C": 1}, "task": "regression"}
    b = one("b", {"train": train, "environment": {"python": "3.12"}})
    assert lineage.between(a, a) == {"parent": None}
    assert lineage.between(a, b) == {
        "parent": None,
        "data": {"rows_before": 100, "rows_after": 100},
        "train": {
            "params.C": {"from": None, "to": 1},
            "task": {"from": "classification", "to": "regression"},
        },
        "environment": {"python": {"from": "3.11", "to": "3.12"}},
    }
    child = one("c", {"parent": a["tag"]})
    assert lineage.between(a, child) == child["changed"]

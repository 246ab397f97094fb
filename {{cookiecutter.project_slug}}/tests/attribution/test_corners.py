"""Corners: put together from two candidates, kept by what they are made of, run side by side."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import building
from dataci import config, environment, git, rerun
from dataci import dataset as data
from dataci.attribution import corners
from dataci.attribution.corners import Kitchen, Origin, Ran, Recipe
from dataci.errors import CannotRun
from dataci.predictions import Predictions

SETTINGS = building.PAIRS + '[checks.privacy]\nenabled = false\n[train.params]\nC = 1.0\nname = "{}"\n'
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | TEXT
    | st.dates()
    | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


class Ends(NamedTuple):
    """A project with two candidates, and what corners of theirs have in common."""

    root: Path
    kitchen: Kitchen
    a: Origin
    b: Origin


def record(root: Path, uncommitted: bool = False) -> dict[str, Any]:
    """Return the part of a record that says where a candidate comes from."""
    tree = building.load(root).tree_id("train")
    found = {"tag": "aaaaaaaa-bbbbbbbb", "commit": git.head(root), "uncommitted": uncommitted}
    return {**found, "data": {"id": tree}, "code": {"id": "c" * 64}, "environment": {"python": "3.11"}}


@pytest.fixture
def ends(tmp_path: Path) -> Ends:
    """Return two candidates that differ in data, code and parameters; today's test set is a third one."""
    root = building.make(tmp_path / "project", {"project/model.py": "A = 1\n"}, SETTINGS.format("a"))
    building.commit(root)
    first = record(root)
    changed = {"data/train/b.csv": building.TRAIN.replace("\n", "\nb", 1), "project/model.py": "B = 1\n"}
    building.write(root, {**changed, "project/new.py": "", "dataci.toml": SETTINGS.format("b")})
    building.commit(root)
    second = record(root)
    building.write(root, {"data/test/today.csv": building.TEST})
    dataset = building.load(root)
    tests = tuple(entry for entry in dataset.entries if entry.path.startswith("data/test/"))
    kitchen = Kitchen(dataset.config, tests, "nowhere", pythons={'{"python": "3.11"}': "python"})
    return Ends(root, kitchen, corners.origin(dataset, first), corners.origin(dataset, second))


def composed(ends: Ends, recipe: Recipe) -> dict[str, str]:
    """Return the files of a corner."""
    with git.worktree(ends.root, recipe.code.commit) as folder:
        corners.compose(ends.kitchen, recipe, folder)
        files = [path for path in folder.rglob("*") if path.is_file() and path.name != ".git"]
        return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


def test_each_part_comes_from_its_side(ends: Ends) -> None:
    a, b = ends.a, ends.b
    found = composed(ends, Recipe(data=b, code=a, params=b, env=a))
    assert (found["project/model.py"], "project/new.py" in found) == ("A = 1\n", False)
    assert "data/train/b.csv" in found
    assert tomllib.loads(found["dataci.toml"])["train"]["params"] == {"C": 1.0, "name": "b"}
    assert "data/test/today.csv" in found
    found = composed(ends, Recipe(data=a, code=b, params=a, env=b))
    assert (found["project/model.py"], "project/new.py" in found) == ("B = 1\n", True)
    assert "data/train/b.csv" not in found
    assert "data/train/a.csv" in found
    assert tomllib.loads(found["dataci.toml"])["train"]["params"] == {"C": 1.0, "name": "a"}


def test_the_settings_hold_what_makes_the_model_and_nothing_else(ends: Ends) -> None:
    text = corners.settings(Recipe(ends.a, ends.a, ends.a, ends.a))
    own = tomllib.loads(ends.a.settings)
    kept = {name: own[name] for name in ("version", "columns", "train")}
    assert tomllib.loads(text) == kept
    assert config.parse(text, ends.root).columns == config.parse(ends.a.settings, ends.root).columns


@given(st.dictionaries(TEXT, VALUES, max_size=4))
def test_any_value_is_written_as_toml_that_means_the_same(values: dict[str, Any]) -> None:
    assert tomllib.loads(f"x = {corners.value_text(values)}") == {"x": values}


def test_files_can_be_replaced_left_out_and_added(ends: Ends) -> None:
    recipe = Recipe(ends.b, ends.b, ends.b, ends.b)
    changed = (("data/train/a.csv", None), ("data/train/b.csv", b"other\n"))
    found = composed(ends, recipe._replace(train=changed, extra=(("data/bugs/why-0/rows.csv", b"rows\n"),)))
    assert "data/train/a.csv" not in found
    assert found["data/train/b.csv"] == "other\n"
    assert found["data/bugs/why-0/rows.csv"] == "rows\n"


def test_whatever_a_corner_is_made_of_changes_its_key(ends: Ends) -> None:
    kitchen, a, b = ends.kitchen, ends.a, ends.b
    recipe = Recipe(a, a, a, a)
    other = a._replace(record={**a.record, "environment": {"python": "3.12"}})
    recipes = [
        recipe,
        recipe._replace(data=b),
        recipe._replace(code=b),
        recipe._replace(params=b),
        recipe._replace(env=other),
        recipe._replace(train=(("data/train/a.csv", None),)),
        recipe._replace(train=(("data/train/a.csv", b"x"),)),
        recipe._replace(extra=(("data/train/a.csv", b"x"),)),
    ]
    keys = [corners.key(kitchen, each, "python") for each in recipes]
    keys += [corners.key(kitchen, recipe, "other"), corners.key(replace(kitchen, tests=()), recipe, "python")]
    assert len(set(keys)) >= len(keys) - 1  # files that replace and files that are added may coincide
    assert corners.key(kitchen, recipe, "python") == keys[0]


def test_what_is_in_neither_git_nor_the_working_tree_is_refused(ends: Ends) -> None:
    dataset = building.load(ends.root)
    other = {**ends.a.record["code"], "files": {"project/model.py": "0" * 12}}
    cases = {
        "is not in this clone": {"commit": "f" * 40, "code": other},
        "does not hold the training data": {"data": {"id": "e" * 40}},
        "never committed": {"uncommitted": True},
    }
    for words, change in cases.items():
        with pytest.raises(CannotRun, match=words):
            corners.origin(dataset, {**ends.a.record, **change})


def test_corners_run_and_say_why_they_cannot(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    """A corner that fails leaves the others alone; one that ran is not run again."""
    calls: list[str] = []

    def run_folder(folder: Path, *_: Any, **options: Any) -> Ran:
        text = (folder / "project/model.py").read_text()
        calls.append(text)
        if text == "B = 1\n":
            raise CannotRun("B is broken.")
        assert options["python"] == "python"
        return Ran("tag", {"test": Predictions(["t1"], ["1"], ["0", "1"], np.array([[0.25, 0.75]]))})

    monkeypatch.setattr(rerun, "run_folder", run_folder)
    recipes = {name: Recipe(ends.a, code, ends.a, ends.a) for name, code in (("a", ends.a), ("b", ends.b))}
    told: list[str] = []
    for _ in range(2):
        found = corners.run_all(ends.kitchen, recipes, 2, told.append)
        assert str(found["b"]) == "B is broken."
        ran = found["a"]
        assert isinstance(ran, Ran)
        assert ran.predictions["test"].scores.tolist() == [[0.25, 0.75]]
    assert sorted(told) == ["a", "a", "b", "b"]
    assert sorted(calls) == ["A = 1\n", "B = 1\n", "B = 1\n"]


def test_many_corners_at_once_do_not_stand_in_one_anothers_way(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = Predictions(["t1"], ["1"], ["0", "1"], np.array([[0.25, 0.75]]))
    monkeypatch.setattr(rerun, "run_folder", lambda *_, **__: Ran("tag", {"test": test}))
    recipe = Recipe(ends.a, ends.a, ends.a, ends.a)
    recipes = {n: recipe._replace(extra=((f"data/bugs/{n}/x.csv", b"x"),)) for n in range(24)}
    found = corners.run_all(ends.kitchen, recipes, 4, lambda name: None)
    assert [str(each) for each in found.values() if isinstance(each, CannotRun)] == []


def test_an_environment_is_asked_for_once(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []

    def provide(root: Path, recorded: Any, folder: Path) -> Path:
        calls.append(recorded)
        raise CannotRun("No such Python.")

    monkeypatch.setattr(environment, "provide", provide)
    end = ends.a._replace(record={**ends.a.record, "environment": {"python": "2.7"}})
    answers = [corners.interpreter(ends.kitchen, end) for _ in range(2)]
    assert [str(answer) for answer in answers] == ["No such Python."] * 2
    assert calls == [{"python": "2.7"}]
    assert isinstance(corners.attempt(ends.kitchen, Recipe(ends.a, ends.a, ends.a, end)), CannotRun)


def test_what_a_corner_gave_is_kept_to_the_last_digit() -> None:
    scores = np.array([[0.1 + 0.2], [1e-300]])
    ran = Ran("tag", {"test": Predictions(["a", "b"], ["1", "2"], [], scores, ("x", "x"))})
    again = corners.unpack(corners.pack(ran))
    assert again is not None
    assert again.tag == "tag"
    assert np.array_equal(again.predictions["test"].scores, scores)
    assert again.predictions["test"]._replace(scores=0) == ran.predictions["test"]._replace(scores=0)  # type: ignore[arg-type]
    assert [corners.unpack(text) for text in (None, "", "{", "[]", '{"tag": "x"}')] == [None] * 5


def test_today_is_the_working_tree(ends: Ends) -> None:
    assert "data/test/today.csv" in {entry.path for entry in ends.kitchen.tests}
    assert data.load(ends.kitchen.config).which == git.WORKTREE

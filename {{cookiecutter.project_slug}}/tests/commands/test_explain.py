"""`dataci explain`: a planted shortcut is exposed, numbers add up, and what cannot be explained is refused."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

import building
import candidates
import explained
import planted_shortcut
from dataci.commands import explain, train
from dataci.commands.explain import Options
from dataci.errors import CannotRun
from dataci.reporters import explanation
from explained import run, told
from planted_shortcut import WORD


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return explained.make(tmp_path_factory.mktemp("explain") / "project")


@pytest.fixture(scope="module", params=[True, False], ids=["planted", "honest"])
def shortcut(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[bool, Path]:
    """A model that learned "financial → match", and its honest twin."""
    root = planted_shortcut.make(tmp_path_factory.mktemp("shortcut") / "project", request.param)
    building.commit(root, "Start")
    train.run(root)
    return request.param, root


def adds_up(found: dict[str, Any]) -> float:
    """Return base, weights and remainder together."""
    return float(found["base"] + found["remainder"] + sum(one["weight"] for one in found["terms"]))


# ---- what it must find


def test_a_planted_shortcut_stands_at_the_top_and_is_named_and_its_honest_twin_is_not(
    shortcut: tuple[bool, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    planted, root = shortcut
    found = told(capsys, root, overall=True)
    first, pair = found["units"][0], found["pairs"][0]
    marked = {part["word"] for one in found["units"] for part in one["shortcut"]}
    assert (first["parts"][0]["word"] == WORD) is planted
    assert ([part["word"] for part in pair["parts"]] == [WORD, WORD]) is planted
    assert (WORD in marked) is planted
    assert bool(found["shortcuts"]) is planted
    if planted:
        assert pair["shortcut"]
        assert pair["train"]["label"] == "1"
        assert pair["train"]["share"] == 1
        assert {one["used"]["rank"] for one in found["shortcuts"] if one["word"] == WORD} == {1, 2}
        text = run(capsys, root, overall=True)
        assert re.search(rf"{WORD} \(offer\) +SHORTCUT: alone\s+predicts", text)
        assert f"⚠ <bdi>{WORD}</bdi>: 113 of 113 rows" in run(capsys, root, overall=True, format="html")
        assert f"⚠ <code>{WORD}</code>: 113 of 113 rows" in run(capsys, root, overall=True, format="markdown")
    else:
        assert "No word alone predicts the label in 300 rows of train." in run(capsys, root, overall=True)


def test_a_row_of_the_planted_model_blames_the_word(
    shortcut: tuple[bool, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    planted, root = shortcut
    row = ("want=I need financial cat food", "offer=lawns mowed for financial matters")
    found = told(capsys, root, None, row)
    strongest = sorted(found["terms"], key=lambda one: -abs(one["weight"]))[:2]
    assert {one["word"] for one in strongest} == {WORD} or not planted
    assert found["predicted"] == str(int(planted))


# ---- one row


@pytest.mark.parametrize("method", ["exact", "local"])
def test_the_numbers_add_up_and_every_word_has_its_place(
    project: Path, capsys: pytest.CaptureFixture[str], method: str
) -> None:
    found = told(capsys, project, "r000", method=method)
    assert adds_up(found) == pytest.approx(found["score"], abs=1e-4)
    assert found["method"] == method
    assert (found["row"]["split"], found["row"]["label"]) == ("test", "1")
    for one in found["terms"]:
        assert found["row"]["cells"][one["column"]][one["start"] : one["end"]] == one["text"]
    assert (found["fidelity"] is None) is (method == "exact")


def test_evidence_that_contradicts_the_model_is_named_apart(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("r000", "r003"):
        found, text = told(capsys, project, name), run(capsys, project, name)
        side = "against" if found["predicted"] == "1" else "for"
        head = next(line for line in text.splitlines() if line.startswith("for 1: "))
        part = head[head.index("against") :] if side == "against" else head[: head.index("against")]
        assert "(contrary evidence)" in part
        assert head.count("(contrary evidence)") == 1


def test_contrary_evidence_is_named_below_where_the_column_is_too_narrow_for_it(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(capsys, project, "r000")
    lines = explanation.text(found, 60).splitlines()
    at = next(at for at, line in enumerate(lines) if line.startswith("for 1: "))
    half = 0 if found["predicted"] != "1" else 31
    assert lines[at + 1][half:].rstrip() == "(contrary evidence)"
    assert "…" not in lines[at]
    assert "(contrary evidence)" not in lines[at]


def test_the_other_label_is_explained_by_the_opposite(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = told(capsys, project, "r000"), told(capsys, project, "r000", label="0")
    assert [it["weight"] for it in one["terms"]] == pytest.approx([-it["weight"] for it in other["terms"]])


def test_rows_are_found_in_every_split_and_cells_can_be_changed(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(capsys, project, "r001")["row"]["split"] == "train"
    assert told(capsys, project, "bugs/vet:b1")["row"]["split"] == "bugs/vet"
    assert told(capsys, project, "b2")["row"]["cells"]["want"] == "my cat is ill"
    changed = told(capsys, project, "b2", ("want=a pipe",))
    assert changed["row"]["cells"] == {"want": "a pipe", "offer": "pet sitting by a student"}
    assert changed["row"]["label"] is None


def test_a_row_without_a_word_has_the_base_and_nothing_else(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for method in ("exact", "local"):
        found = told(capsys, project, None, ("want=",), method=method)
        assert (found["terms"], found["score"]) == ([], found["base"])
        assert "(empty)" in run(capsys, project, None, ("want=",), method=method)


def test_a_low_fidelity_is_told_with_what_it_means(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A model that counts whether the words are even in number has no weights of words."""
    odd = """
import json
import numpy as np


class Odd:
    classes = ["0", "1"]

    def fit(self, rows, labels):
        return self

    def predict_proba(self, rows):
        high = np.array([0.9 if len(text.split()) % 2 else 0.1 for text in rows["want"]])
        return np.column_stack([1 - high, high])

    def save(self, folder):
        (folder / "odd.json").write_text(json.dumps({}))

    def load(self, folder):
        return self


def build(params):
    return Odd()
"""
    root = candidates.trained(tmp_path / "project", {"project/model.py": odd})
    found = told(capsys, root, "r000")
    assert found["method"] == "local"
    assert found["fidelity"] < 0.5
    assert any("fidelity is low" in note for note in found["notes"])
    assert "note: The fidelity is low" in run(capsys, root, "r000")
    with pytest.raises(CannotRun, match=r"Only dataci\.models\.sklearn has exact terms"):
        run(capsys, root, "r000", method="exact")


# ---- refusals


@pytest.mark.parametrize(
    ("arguments", "options", "sentence"),
    [
        (("r0099", (), False), {}, r"No row is called 'r0099'.*Did you mean 'r00"),
        ((None, (), False), {}, r"Name a row by its id, or write one with --set"),
        ((None, ("price=3",), False), {}, r"reads no column 'price'. With --set it can be want, offer"),
        ((None, ("want",), False), {}, r"Write --set column=value"),
        ((None, ("want=a", "want=b"), False), {}, r"gives 'want' twice"),
        (("r000", (), True), {}, r"--global looks at the whole test set"),
        (("r000", (), False), {"rows": 3}, r"--rows belongs to --global"),
        (("r000", (), False), {"label": "7"}, r"The model knows no label '7'. It knows '0', '1'"),
        (("r000", (), False), {"method": "gradients"}, r"Only the transformer has gradients"),
        (("r000", (), False), {"tag": "00000000"}, r"There is no result '00000000'"),
    ],
)
def test_what_cannot_be_explained_is_refused_in_a_sentence(
    project: Path, arguments: tuple[Any, Any, bool], options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(CannotRun, match=sentence):
        explain.run(project, *arguments, Options(**options))


def test_rows_without_an_id_are_called_as_in_the_predictions(tmp_path: Path) -> None:
    files = candidates.files()
    files["dataci.toml"] = files["dataci.toml"].replace('id = "id"\n', "")
    root = candidates.trained(tmp_path / "project", files)
    with pytest.raises(
        CannotRun, match=r"as in results/\*\.predictions\.csv, for example 'row-[0-9a-f]{12}'"
    ):
        explain.run(root, "17", (), False, Options())


def test_a_lost_model_is_trained_again_and_one_of_other_code_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = candidates.trained(tmp_path / "project")
    before = run(capsys, root, "r000")
    shutil.rmtree(root / ".dataci/store")
    explain.run(root, "r000", (), False, Options())
    again = capsys.readouterr()
    assert again.out == before
    assert "it is trained again" in again.err
    shutil.rmtree(root / ".dataci/store")
    more = {"data/train/b.csv": candidates.HEADER + "n1,a cat,pet sitting by a student,1\n"}
    building.write(root, more)
    with pytest.raises(CannotRun, match=r"The store has no model of .*other training data"):
        explain.run(root, "r000", (), False, Options())
    building.write(root, {"project/model.py": candidates.MODEL + "\n# another\n"})
    with pytest.raises(CannotRun, match="holds other code or settings"):
        explain.run(root, "r000", (), False, Options())


def test_without_a_result_one_is_told_to_train(tmp_path: Path) -> None:
    root = candidates.make(tmp_path / "project")
    building.commit(root, "Start")
    with pytest.raises(CannotRun, match="Run `dataci train` first"):
        explain.run(root, "r000", (), False, Options())

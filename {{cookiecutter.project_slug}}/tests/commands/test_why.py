"""`dataci why`: a planted bad batch is named first, a planted split of an effect has the right signs and sum."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import building
import planted_cause
from dataci import config, environment, rerun
from dataci import dataset as data
from dataci.attribution import Explanation, corners, to_dict
from dataci.commands import compare, why
from dataci.errors import CannotRun

BAD = "data/train/batch-07.csv"
BATCHES = {
    f"data/train/batch-{n:02d}.csv": planted_cause.rows(f"b{n}-", *((60, n, 1.0) if n == 7 else (20, n, 0.0)))
    for n in range(3, 19)
}


def explained(root: Path, quick: bool = False, batches: int = 3) -> Explanation:
    """Return what why says of the latest result and its parent."""
    newer = compare.latest(root)
    return why.explain(data.load(config.load(root)), compare.parent(root, newer), newer, quick, batches)


def refuse(*_: Any, **__: Any) -> None:
    """Stand for a training that must not happen."""
    raise AssertionError("something was trained")


def added(numbers: list[float]) -> Decimal:
    """Add up numbers as they are written."""
    return sum((Decimal(repr(number)) for number in numbers), Decimal(0))


@pytest.fixture(scope="module")
def sixteen(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Explanation]:
    """Return a project in which sixteen batches came at once, one of them with every label flipped."""
    root = planted_cause.start(tmp_path_factory.mktemp("sixteen") / "project")
    planted_cause.result(root, "Sixteen batches", BATCHES)
    return root, explained(root, batches=1)


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Explanation]:
    """Return a project in which the code got better and the labels worse."""
    folder = tmp_path_factory.mktemp("split") / "project"
    root = planted_cause.start(folder, planted_cause.BLIND, planted_cause.rows("a", 150, 1))
    building.write(root, {"project/model.py": planted_cause.GOOD})
    building.commit(root, "See all columns")
    noisy = {"data/train/start.csv": planted_cause.rows("a", 150, 1, 0.3)}
    planted_cause.result(root, "Label again", noisy)
    return root, explained(root, batches=0)


def test_a_planted_bad_batch_among_sixteen_is_named_first(sixteen: tuple[Path, Explanation]) -> None:
    _, found = sixteen
    assert found.batches is not None
    assert (len(found.batches.found), found.batches.by) == (16, "file")
    worst, second = found.batches.found[:2]
    assert (worst.name, worst.rows) == (BAD, 60)
    assert worst.z is not None
    assert second.z is not None
    assert worst.z > 8 > 4 > second.z
    assert f"{BAD} stands out" in why.render(found, "text")


def test_the_bad_batch_is_confirmed_by_training_without_it(sixteen: tuple[Path, Explanation]) -> None:
    _, found = sixteen
    assert found.batches is not None
    assert found.attribution is not None
    worst, second = found.batches.found[:2]
    assert worst.gain is not None
    assert worst.without is not None
    assert worst.gain.value == pytest.approx(worst.without - found.attribution.after, abs=1e-9)
    assert worst.gain.low is not None
    assert worst.gain.high is not None
    assert worst.gain.low <= worst.gain.value <= worst.gain.high
    assert second.gain is None  # one batch was asked for


def test_the_most_surprising_rows_are_named_by_file_and_line(sixteen: tuple[Path, Explanation]) -> None:
    root, found = sixteen
    assert found.batches is not None
    rows = found.batches.found[0].surprising
    assert len(rows) == 5
    lines = (root / BAD).read_text().splitlines()
    for row in rows:
        cells = lines[row.line - 1].split(",")
        assert (row.file, row.id, row.label) == (BAD, cells[0], cells[-1])
        assert dict(row.text)["x0"] == cells[1]
        assert row.predicted != row.label
        assert row.probability is not None
        assert row.probability < 0.1
    chances = [row.probability for row in rows]
    assert chances == sorted(chances, key=lambda chance: chance or 0.0)


def test_data_alone_did_all_of_it(sixteen: tuple[Path, Explanation]) -> None:
    _, found = sixteen
    assert found.attribution is not None
    (only,) = found.attribution.shares
    assert only.names == ("data",)
    assert only.effect == found.attribution.total
    assert found.changed["data"]["total"]["added"] == 360
    assert [commit["subject"] for commit in found.changed["data"]["commits"]] == ["Sixteen batches"]
    assert found.notes == ()


def test_a_planted_split_has_the_right_signs_and_sums_exactly(split: tuple[Path, Explanation]) -> None:
    root, found = split
    shared = found.attribution
    assert shared is not None
    shares = {share.names: share.effect for share in shared.shares}
    assert set(shares) == {("data",), ("code",)}
    assert shares["data",].high is not None
    assert shares["code",].low is not None
    assert shares["data",].high < 0 < shares["code",].low
    total = Decimal(repr(shared.after)) - Decimal(repr(shared.before))
    assert added([effect.value for effect in shares.values()]) == total == added([shared.total.value])
    (together,) = shared.interactions
    parts = [*(share.alone for share in shared.shares), together.effect.value]
    assert added(parts) == total
    recorded = [compare.find(root, name).record for name in (found.a, found.b)]
    figures = [of["metrics"]["roc_auc"]["value"] for of in recorded]
    assert [shared.before, shared.after] == pytest.approx(figures, rel=1e-3)
    assert found.notes == ()  # A and B, run again, predict what their records say


def test_what_changed_is_told_by_file_and_commit(split: tuple[Path, Explanation]) -> None:
    _, found = split
    data_, code = found.changed["data"], found.changed["code"]
    assert data_["files"] == [{"path": "data/train/start.csv", "status": "changed", **data_["total"]}]
    assert data_["total"]["relabelled"] > 30
    assert [commit["subject"] for commit in data_["commits"]] == ["Label again"]
    assert data_["commits"][0]["relabelled"] == data_["total"]["relabelled"]
    assert [commit["subject"] for commit in code["commits"]] == ["See all columns"]
    assert [file["path"] for file in code["files"]] == ["project/model.py"]
    assert code["files"][0]["removed"] > 5


def test_asked_again_nothing_runs(
    split: tuple[Path, Explanation], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root, found = split
    monkeypatch.setattr(rerun, "run_folder", refuse)
    assert why.run(root, format="json", batches=0) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(to_dict(found)))


def test_quick_trains_nothing(
    split: tuple[Path, Explanation],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    root = Path(shutil.copytree(split[0], tmp_path / "copy", ignore=shutil.ignore_patterns(".dataci")))
    building.write(root, {"project/model.py": "raise AssertionError('the model was run')\n"})
    monkeypatch.setattr(rerun, "run_folder", refuse)
    assert why.run(root, quick=True) == 0
    told = capsys.readouterr().out
    for words in ("Nothing was trained", "See all columns", "Label again", "relabelled"):
        assert words in told
    assert not (root / ".dataci/store").exists()


def copied(root: Path, tmp_path: Path) -> Path:
    """Copy a project with its history and its store."""
    return Path(shutil.copytree(root, tmp_path / "copy", symlinks=True))


def unavailable(*_: Any) -> Path:
    """Stand for an environment that cannot be had."""
    raise CannotRun("That version was taken back.")


def test_an_environment_that_cannot_be_had_is_replaced_and_it_is_said(
    split: tuple[Path, Explanation], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = copied(split[0], tmp_path)
    monkeypatch.setattr(environment, "provide", unavailable)
    found = explained(root, batches=0)
    assert found.attribution == split[1].attribution
    assert found.steps == ()
    assert len(found.notes) == 1
    assert "cannot be had (That version was taken back.)" in found.notes[0]


def test_a_changed_environment_that_cannot_be_had_is_taken_off_first(
    split: tuple[Path, Explanation], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = copied(split[0], tmp_path)
    path = root / f"results/{split[1].a}.json"
    old = json.loads(path.read_bytes())
    old["environment"]["numpy"] = "1.0"
    path.write_text(json.dumps(old))
    monkeypatch.setattr(environment, "provide", unavailable)
    found = explained(root, batches=0)
    assert found.changed["env"]["numpy"]["from"] == "1.0"
    assert [(step.name, step.effect.value) for step in found.steps] == [("environment", 0.0)]
    assert found.attribution is not None
    assert [share.names for share in found.attribution.shares] == [("data",), ("code",)]


def test_predictions_that_are_not_those_of_the_record_are_told(
    split: tuple[Path, Explanation], tmp_path: Path
) -> None:
    root = copied(split[0], tmp_path)
    path = root / f"results/{split[1].a}.predictions.csv"
    lines = path.read_text().splitlines()
    changed = lines[1].rpartition(",")[0] + ",0.123"
    path.write_text("\n".join([lines[0], changed, *lines[2:]]) + "\n")
    found = explained(root, batches=0)
    assert found.attribution == split[1].attribution
    assert [note.split(",")[0] for note in found.notes] == [split[1].a]
    assert "does not predict exactly what its record says" in found.notes[0]


def test_where_an_end_cannot_run_its_stored_predictions_stand_for_it(
    split: tuple[Path, Explanation], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, true = copied(split[0], tmp_path), corners.attempt

    def attempt(kitchen: corners.Kitchen, recipe: corners.Recipe) -> corners.Ran | CannotRun:
        old = recipe.data.record["tag"] == recipe.code.record["tag"] == split[1].a
        return CannotRun("Its engine is too old.") if old else true(kitchen, recipe)

    monkeypatch.setattr(corners, "attempt", attempt)
    found = explained(root, batches=0)
    assert found.attribution is not None
    assert found.attribution.shares == split[1].attribution.shares if split[1].attribution else False
    assert found.notes == (
        f"{split[1].a} cannot be run (Its engine is too old.) Its stored predictions stand for it.",
    )
    (root / f"results/{split[1].a}.predictions.csv").unlink()
    lost = explained(root, batches=0)
    assert lost.attribution is None
    assert "Its engine is too old." in str(lost.reason)


def test_a_corner_that_cannot_run_makes_its_factors_not_separable(tmp_path: Path) -> None:
    root = planted_cause.start(tmp_path / "project")
    wider = {
        name: "\n".join(
            f"{line},{'x8' if at == 0 else at % 3}"
            for at, line in enumerate((root / name).read_text().splitlines())
        )
        + "\n"
        for name in ("data/train/start.csv", "data/test/t.csv")
    }
    wider["dataci.toml"] = planted_cause.SETTINGS.replace('"x7"]', '"x7", "x8"]')
    planted_cause.result(root, "One column more", wider)
    found = explained(root, batches=0)
    shared = found.attribution
    assert shared is not None
    assert [share.names for share in shared.shares] == [("data", "params")]
    assert shared.interactions == ()
    failed = [corner for corner in shared.corners if corner.reason]
    assert [corner.changed for corner in failed] == [("params",)]
    assert "x8" in str(failed[0].reason)
    text = why.render(found, "text")
    assert "Not separable: data and params" in text
    assert "'x8'" in text
    assert [step.name for step in found.steps] == ["test set"]  # it has the new column, too


def test_a_change_of_the_test_set_is_taken_off_first(tmp_path: Path) -> None:
    root = planted_cause.start(tmp_path / "project")
    renamed = (root / "data/test/t.csv").read_text().replace("\nt", "\nrenamed-")
    files = {"data/test/t.csv": renamed, "data/test/u.csv": planted_cause.rows("u", 60, 9, 0.5)}
    files["dataci.toml"] = planted_cause.SETTINGS.replace("C = 1.0", "C = 0.0001")
    before = compare.latest(root).record["metrics"]["roc_auc"]["value"]
    planted_cause.result(root, "A harder test", files)
    found = explained(root)
    shared = found.attribution
    assert shared is not None
    (step,) = found.steps
    assert (step.name, step.before) == ("test set", pytest.approx(before, rel=1e-3))
    assert step.after == shared.before < step.before
    assert step.effect.high is not None
    assert step.effect.high < 0
    assert [share.names for share in shared.shares] == [("params",)]
    assert found.changed["params"] == {"params.C": {"from": 1.0, "to": 0.0001}}
    assert found.changed["test"]["today"]["rows"] == 260
    assert found.batches is None


def test_uncommitted_data_are_taken_from_the_working_tree_as_long_as_they_are_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = planted_cause.start(tmp_path / "project")
    building.write(root, {"data/train/more.csv": planted_cause.rows("m", 40, 8)})
    planted_cause.train_command.run(root)
    found = explained(root, batches=1)
    assert found.attribution is not None
    assert found.batches is not None
    assert [batch.name for batch in found.batches.found] == ["data/train/more.csv"]
    assert any("not committed" in note for note in found.notes)
    building.write(root, {"data/train/more.csv": planted_cause.rows("m", 41, 8)})
    capsys.readouterr()
    assert why.run(root) == 2
    assert "never committed" in " ".join(capsys.readouterr().out.split())
    assert why.run(root, quick=True) == 0


def test_a_candidate_and_itself_differ_in_nothing(
    split: tuple[Path, Explanation], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root, found = split
    monkeypatch.setattr(rerun, "run_folder", refuse)
    assert why.run(root, found.b, found.b) == 0
    assert capsys.readouterr().out.startswith("Nothing that makes the model differs")


def test_what_cannot_be_answered_is_refused(split: tuple[Path, Explanation], tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="can be text, json, markdown"):
        why.run(split[0], format="xml")
    with pytest.raises(CannotRun, match="neither a result"):
        why.run(split[0], "nothing")
    with pytest.raises(CannotRun, match="no git repository"):
        why.run(tmp_path)

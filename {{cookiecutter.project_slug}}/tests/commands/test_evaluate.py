"""`dataci evaluate`: every candidate on today's test set, by its own code; nothing is lost, nothing is mixed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import building
import candidates
import rerunning
from dataci import config, environment, record, rerun, store
from dataci.commands import compare, evaluate, train
from dataci.errors import CannotRun
from rerunning import contents, records


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with two results, whose test set has grown since."""
    root = rerunning.two(tmp_path_factory.mktemp("grown") / "project")
    rerunning.grow(root)
    return root


@pytest.fixture(scope="module")
def evaluated(grown: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same project after `dataci evaluate --all`."""
    root = rerunning.copied(grown, tmp_path_factory.mktemp("evaluated") / "project")
    assert evaluate.run(root, every=True) == 0
    return root


@pytest.fixture
def root(grown: Path, tmp_path: Path) -> Path:
    return rerunning.copied(grown, tmp_path / "project")


def counts(capsys: pytest.CaptureFixture[str], root: Path, **options: Any) -> tuple[int, int, int]:
    """Evaluate; return how many were measured, stood, and are not comparable."""
    capsys.readouterr()
    assert evaluate.run(root, format="json", **options) == 0
    found = json.loads(capsys.readouterr().out)
    return found["measured"], found["stood"], found["not_comparable"]


def test_each_candidate_is_measured_by_its_own_code_and_the_board_has_one_order(
    evaluated: Path, tmp_path: Path
) -> None:
    now = records(evaluated)
    inverted, sound = now
    test = building.git(evaluated, "rev-parse", "HEAD:data/test")
    assert [(of["test"]["id"], of["test"]["rows"]) for of in now.values()] == [(test, 34)] * 2
    low, high = (of["metrics"]["roc_auc"]["value"] for of in now.values())
    assert low < 0.5 < high
    assert low + high == pytest.approx(1)
    assert now[sound]["compared"]["with"] == inverted
    assert now[sound]["compared"]["difference"] == pytest.approx(high - low, abs=1e-3)
    board = contents(evaluated)["README.md"].decode()
    assert board.index(f"| 1 | [{sound}]") < board.index(f"| 2 | [{inverted}]")
    assert rerunning.latest(evaluated) == now[sound]
    assert building.git(evaluated, "worktree", "list").count("\n") == 0

    clone = rerunning.copied(evaluated, tmp_path / "clone")  # the old code, trained there, says the same
    shutil.rmtree(clone / "results")
    shutil.rmtree(clone / ".dataci")
    building.write(clone, {"project/model.py": rerunning.INVERTED})
    train.run(clone)
    assert records(clone)[inverted]["metrics"] == now[inverted]["metrics"]
    name = f"{inverted}.predictions.csv"
    assert contents(clone)[name] == contents(evaluated)[name]


def test_it_writes_what_train_writes_and_the_second_time_no_byte(
    root: Path, evaluated: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train.run(root)
    assert counts(capsys, root, every=True) == (1, 1, 0)
    assert contents(root) == contents(evaluated)
    before = {path: path.stat().st_mtime_ns for path in (root / "results").iterdir()}
    assert counts(capsys, root, every=True) == (0, 2, 0)
    assert {path: path.stat().st_mtime_ns for path in (root / "results").iterdir()} == before
    train.run(root)
    assert "Nothing to do" in capsys.readouterr().out


def test_lost_and_damaged_models_are_built_again_and_say_the_same(
    root: Path, evaluated: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inverted, sound = records(root).values()
    (root / f".dataci/store/candidates/{inverted['data']['id']}-{inverted['code']['id']}.json").unlink()
    for path in (root / ".dataci/store/objects").rglob("*"):
        if path.is_file():
            path.write_bytes(b"x" + path.read_bytes()[1:])
    assert counts(capsys, root, every=True) == (2, 0, 0)
    assert contents(root) == contents(evaluated)
    assert rerun.run_jobs(root, store.open_store(config.load(root)).url, [sound])[sound["tag"]]


def test_an_interrupted_run_goes_on_where_it_was(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = rerun.stored_models
    seen: list[str] = []

    def once(dataset: Any, group: Sequence[dict[str, Any]], *rest: Any) -> Any:
        if seen:
            raise KeyboardInterrupt
        seen.append(group[0]["tag"])
        return whole(dataset, group, *rest)

    monkeypatch.setattr(rerun, "stored_models", once)
    with pytest.raises(KeyboardInterrupt):
        evaluate.run(root, every=True, jobs=1)
    assert [tag for tag, of in records(root).items() if of["test"]["rows"] == 34] == seen
    monkeypatch.setattr(rerun, "stored_models", whole)
    assert counts(capsys, root, every=True) == (1, 1, 0)


def test_who_cannot_be_measured_keeps_the_old_figures_and_is_marked_until_it_can(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    inverted, sound = records(root)
    old = records(root)[inverted]

    def gone(*_: object) -> Path:
        raise CannotRun("numpy 0.1 cannot be had any more.")

    with monkeypatch.context() as patch:
        patch.setattr(environment, "provide", gone)
        assert counts(capsys, root, every=True) == (1, 0, 1)
    marked = records(root)[inverted]
    assert marked["not_comparable"] == {
        "test": building.git(root, "rev-parse", "HEAD:data/test"),
        "reason": "numpy 0.1 cannot be had any more.",
    }
    assert {name: marked[name] for name in old} == old
    board = contents(root)["README.md"].decode()
    assert "numpy 0.1 cannot be had any more." in board
    assert "| 2 |" not in board
    assert "different test sets" in records(root)[sound]["compared"]["reason"]
    assert counts(capsys, root, every=True) == (1, 1, 0)
    assert "not_comparable" not in records(root)[inverted]
    assert records(root)[sound]["compared"]["difference"] > 0


def test_a_candidate_that_was_never_committed_is_marked_when_its_code_and_model_are_gone(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    building.write(root, {"data/train/b.csv": candidates.HEADER + "z1,my cat,pet sitting,1\n"})
    train.run(root)
    loose = rerunning.latest(root)["tag"]
    (root / "data/train/b.csv").unlink()
    building.git(root, "add", "--all")
    test = root / "data/test/t.csv"
    building.write(root, {"data/test/t.csv": test.read_text() + "n3,my tax,tax advice,1\n"})
    building.commit(root, "One more test row")
    shutil.rmtree(root / ".dataci/store")
    assert counts(capsys, root, every=True) == (2, 0, 1)
    assert "never committed" in records(root)[loose]["not_comparable"]["reason"]


def test_candidates_with_the_same_code_are_asked_in_one_process(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    building.write(root, {"dataci.toml": candidates.SETTINGS + rerunning.SEED.format(1)})
    building.commit(root, "Another seed")
    train.run(root)
    building.commit(root, "Result")
    test = root / "data/test/t.csv"
    building.write(root, {"data/test/t.csv": test.read_text() + "n3,my tax,tax advice,1\n"})
    asked: list[int] = []
    whole = rerun.run_jobs

    def counted(folder: Path, url: str, group: Sequence[dict[str, Any]], *more: Any, **asks: Any) -> Any:
        asked.append(len(group))
        return whole(folder, url, group, *more, **asks)

    monkeypatch.setattr(rerun, "run_jobs", counted)
    assert counts(capsys, root, every=True, jobs=1) == (3, 0, 0)
    assert sorted(asked) == [1, 2]
    assert {of["test"]["rows"] for of in records(root).values()} == {35}


SLICES = "import polars as pl\n\n\ndef cats(rows):\n    return pl.col('want').str.contains('cat')\n"
CHANGES = {
    "draws": {"dataci.toml": candidates.SETTINGS + "[evaluation.uncertainty]\ndraws = 5\n"},
    "metric": {"dataci.toml": candidates.SETTINGS + 'metric = "accuracy"\n'},
    "slice": {"project/slices.py": SLICES},
    "group": {
        "dataci.toml": candidates.SETTINGS.replace("[evaluation]", 'group = "want"\n[evaluation]'),
    },
    "bug": {
        "data/bugs/pipe/patterns.csv": candidates.HEADER + "c1,a pipe,tax advice,0\n",
        "data/bugs/pipe/bug.toml": 'name = "pipe"\nharm = 1\n',
    },
}


@pytest.mark.parametrize("what", CHANGES)
def test_another_evaluation_a_slice_or_a_bug_makes_a_record_stale(
    evaluated: Path, tmp_path: Path, what: str
) -> None:
    root = rerunning.copied(evaluated, tmp_path / "project")
    assert all(evaluate.stands(building.load(root), of) for of in records(root).values())
    building.write(root, CHANGES[what])
    assert not any(evaluate.stands(building.load(root), of) for of in records(root).values())


def test_every_candidate_draws_as_often_as_is_configured_today(
    evaluated: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = rerunning.copied(evaluated, tmp_path / "project")
    before = {tag: of["uncertainty"] for tag, of in records(root).items()}
    assert "spread" in list(before.values())[1]
    building.write(root, {"dataci.toml": candidates.SETTINGS + "[evaluation.uncertainty]\ndraws = 0\n"})
    assert counts(capsys, root, every=True) == (2, 0, 0)
    assert not any("spread" in of["uncertainty"] for of in records(root).values())
    building.write(root, {"dataci.toml": candidates.SETTINGS})
    building.write(root, {"project/model.py": rerunning.INVERTED})  # the sound one is of an older commit now
    assert counts(capsys, root, every=True) == (2, 0, 0)
    assert {tag: of["uncertainty"] for tag, of in records(root).items()} == before
    building.write(root, CHANGES["draws"])
    assert counts(capsys, root, every=True) == (2, 0, 0)
    now = [of["uncertainty"] for of in records(root).values()]
    assert now[1]["spread"] != list(before.values())[1]["spread"], "its commit says 20"


def test_what_another_counterfactual_makes_of_the_rows_is_asked_for(
    evaluated: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = rerunning.copied(evaluated, tmp_path / "project")
    altered = "rows.with_columns(pl.col('want').str.replace('cat', 'WORD'))"
    text = f"import polars as pl\n\n\ndef other(rows):\n    return {altered}\n"
    said = []
    for word in ("pipe", "tax", "pipe"):
        building.write(root, {"project/slices.py": text.replace("WORD", word)})
        assert counts(capsys, root, every=True) == (2, 0, 0)
        said.append([of["counterfactuals"]["other"]["moved"]["value"] for of in records(root).values()])
    assert said[0] == said[2] != said[1]


def test_lost_probes_are_asked_for_again(
    evaluated: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = rerunning.copied(evaluated, tmp_path / "project")
    before = contents(root)
    name = next(name for name in before if name.endswith(".predictions.csv"))
    lines = before[name].decode().splitlines(keepends=True)
    building.write(
        root, {f"results/{name}": "".join(line for line in lines if not line.startswith("robustness/"))}
    )
    assert counts(capsys, root, every=True)[1:] == (1, 0)
    assert contents(root) == before


def test_no_model_is_asked_again_about_the_same_rows(
    evaluated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = rerunning.copied(evaluated, tmp_path / "project")
    building.write(root, {**CHANGES["metric"], **CHANGES["slice"]})
    with monkeypatch.context() as patch:
        patch.setattr(rerun, "run_jobs", None)
        assert counts(capsys, root, every=True) == (2, 0, 0)
    assert {of["evaluation"]["metric"] for of in records(root).values()} == {"accuracy"}
    wants = [line.split(",")[1] for line in (root / "data/test/t.csv").read_text().splitlines()]
    cats = sum("cat" in want for want in wants)
    assert [of["slices"]["cats"]["n"] for of in records(root).values()] == [cats, cats]
    again = contents(root)
    for path in (root / "results").glob("*.predictions.csv"):
        path.unlink()
    building.write(root, CHANGES["bug"])
    assert counts(capsys, root, every=True) == (2, 0, 0)
    assert all(sorted(of["bugs"]) == ["pipe", "vet"] for of in records(root).values())
    shutil.rmtree(root / "data/bugs/pipe")
    assert counts(capsys, root, every=True) == (2, 0, 0)
    assert contents(root) == again


def test_predictions_that_were_cut_are_made_again(
    evaluated: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = rerunning.copied(evaluated, tmp_path / "project")
    before = contents(root)
    path = min((root / "results").glob("*.predictions.csv"))
    path.write_text("".join(path.read_text("utf-8").splitlines(keepends=True)[:3]), "utf-8")
    assert counts(capsys, root, every=True) == (1, 1, 0)
    assert contents(root) == before


def test_rows_that_do_not_fit_the_old_code_are_the_reason(
    evaluated: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = rerunning.copied(evaluated, tmp_path / "project")
    inverted, _ = records(root)
    for path in ("dataci.toml", "data/train/a.csv", "data/test/t.csv", "data/bugs/vet/patterns.csv"):
        building.write(root, {path: (root / path).read_text().replace("want", "wish", 1)})
    assert counts(capsys, root, tags=[inverted]) == (0, 0, 1)
    reason = records(root)[inverted]["not_comparable"]["reason"]
    assert reason.startswith("No file of data/test has the column 'want'")


def test_an_evaluation_that_cannot_fit_a_candidate_is_its_reason_and_asks_no_model(
    evaluated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = rerunning.copied(evaluated, tmp_path / "project")
    inverted, _ = records(root)
    path = root / f"results/{inverted}.json"
    of = json.loads(path.read_text())
    of["data"]["labels"] = {"no": 32, "yes": 32}
    of["test"]["id"] = "0" * 40
    path.write_text(record.dumps(of))
    monkeypatch.setattr(rerun, "run_jobs", None)
    assert counts(capsys, root, every=True) == (0, 1, 1)
    assert "positive is '1', but the labels are" in records(root)[inverted]["not_comparable"]["reason"]


def test_one_candidate_can_be_named_and_the_latest_is_the_default(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inverted, sound = records(root)
    assert counts(capsys, root) == (1, 0, 0)
    assert [of["test"]["rows"] for of in records(root).values()] == [32, 34]
    assert counts(capsys, root, tags=[inverted[:12]]) == (1, 0, 0)
    assert counts(capsys, root, tags=[inverted, sound]) == (0, 2, 0)
    with pytest.raises(CannotRun, match="'ffff': no result is called so"):
        evaluate.run(root, ["ffff"])


def test_without_results_it_says_what_makes_one(tmp_path: Path) -> None:
    root = candidates.make(tmp_path)
    with pytest.raises(CannotRun, match="`dataci train` makes the first"):
        evaluate.run(root)
    assert evaluate.run(root, every=True) == 0
    assert not (root / "results").exists()


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("gates = {fairness = {recal = 0.1}}", r"\[evaluation.gates\] fairness.recal is unknown"),
        ("gates = {robustness = 2}", r"\[evaluation.gates\] robustness is 2"),
        ("minimum = 0", r"\[evaluation\] minimum is 0"),
    ],
)
def test_a_setting_that_fits_no_candidate_is_refused_and_marks_none(
    evaluated: Path, tmp_path: Path, line: str, sentence: str
) -> None:
    root = rerunning.copied(evaluated, tmp_path / "project")
    building.write(root, {"dataci.toml": f"{candidates.SETTINGS}{line}\n"})
    before = contents(root)
    with pytest.raises(CannotRun, match=sentence):
        evaluate.run(root, every=True)
    assert contents(root) == before
    with pytest.raises(CannotRun, match=sentence):
        compare.run(root)

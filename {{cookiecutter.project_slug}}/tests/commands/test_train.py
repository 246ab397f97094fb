"""`dataci train` as a user meets it: results that repeat, nothing to do, a history that can be read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import building
import candidates
import dataci
from dataci import record, results
from dataci.commands import compare, train
from dataci.errors import CannotRun

RUN = subprocess.run


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = candidates.make(tmp_path / "one")
    building.commit(folder, "Start")
    return folder


def contents(root: Path) -> dict[str, bytes]:
    """Return the files in results/."""
    return {path.name: path.read_bytes() for path in sorted((root / "results").iterdir())}


def latest(root: Path) -> dict[str, Any]:
    """Return latest.json."""
    return json.loads((root / "results/latest.json").read_bytes())  # type: ignore[no-any-return]


def change(
    root: Path, message: str, path: str = "data/train/a.csv", old: str = "r001,", new: str = "r901,"
) -> None:
    """Commit the results so far, and then an edit."""
    building.commit(root, "Results")
    text = (root / path).read_text()
    assert old in text
    building.write(root, {path: text.replace(old, new)})
    building.commit(root, message)


def test_it_writes_a_record_its_predictions_the_latest_and_a_leaderboard(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train.run(root) == 0
    made = latest(root)
    tag = made["tag"]
    assert sorted(contents(root)) == sorted(
        ["README.md", f"{tag}.json", f"{tag}.predictions.csv", "latest.json"]
    )
    assert contents(root)[f"{tag}.json"] == contents(root)["latest.json"]
    assert made["data"]["id"] == building.git(root, "rev-parse", "HEAD:data/train")
    assert made["test"]["id"] == building.git(root, "rev-parse", "HEAD:data/test")
    assert made["commit"] == building.git(root, "rev-parse", "HEAD")
    assert made["bugs"]["vet"]["n"] == 2
    assert (made["uncommitted"], made["changed"]) == (False, {"parent": None})
    assert f"| 1 | [{tag}]({tag}.json) **latest** |" in contents(root)["README.md"].decode()
    out = capsys.readouterr().out
    assert "64 training rows, 32 test rows" in out
    assert "ROC AUC" in out
    assert list((root / ".dataci/store/candidates").glob("*.json"))


def test_a_second_call_does_nothing_and_says_so(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train.run(root)
    before = {path.name: path.stat().st_mtime_ns for path in (root / "results").iterdir()}
    capsys.readouterr()
    building.write(root, {"README.md": "# Docs\n", "project/checks.py": "X = 1\n"})
    building.commit(root, "Docs and checks")
    assert train.run(root) == 0
    assert "Nothing to do" in capsys.readouterr().out
    assert {path.name: path.stat().st_mtime_ns for path in (root / "results").iterdir()} == before


def test_every_metric_follows_from_the_stored_predictions(root: Path) -> None:
    from dataci import evaluation, probes

    train.run(root)
    made = latest(root)
    kept = results.predictions(results.Source(root), made)
    assert kept is not None
    how = evaluation.settings({"positive": "1"}, ["0", "1"])
    derived = {name: rows for name, rows in kept.items() if probes.is_probe(name)}
    assert derived
    again = evaluation.evaluate(kept["test"], {"vet": kept["bugs/vet"]}, how, derived)
    again["bugs"]["vet"] |= record.told(made["bugs"]["vet"])
    assert record.canonical(again) == {name: made[name] for name in again}


def test_another_clone_another_process_and_other_file_names_give_the_same_results(
    root: Path, tmp_path: Path
) -> None:
    train.run(root)
    building.git(tmp_path, "clone", "--quiet", str(root), "two")
    script = "import sys; from pathlib import Path; from dataci.commands import train; train.run(Path(sys.argv[1]))"
    env = {
        **os.environ,
        "PYTHONPATH": str(Path(dataci.__file__).parents[1]),
        "PYTHONHASHSEED": "3",
        "OMP_NUM_THREADS": "2",
    }
    subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "two")], check=True, env=env, capture_output=True
    )
    assert contents(tmp_path / "two") == contents(root)


def test_lost_files_come_back_with_the_same_bytes(root: Path) -> None:
    train.run(root)
    change(root, "Rename a row")
    train.run(root)
    before, tag = contents(root), latest(root)["tag"]
    for name in (f"{tag}.json", f"{tag}.predictions.csv", "README.md"):
        (root / "results" / name).unlink()
        train.run(root)
        assert contents(root) == before


def test_the_record_says_what_changed_since_its_parent(root: Path) -> None:
    train.run(root)
    first = latest(root)["tag"]
    row = candidates.rows()[1]
    change(root, "Relabel | a row", old=row, new=row.replace(",1\n", ",0\n"))
    building.write(root, {"dataci.toml": candidates.SETTINGS + "[train.params]\nC = 2.0\n"})
    commit = building.commit(root, "Trust more")
    train.run(root)
    made = latest(root)
    assert made["changed"]["parent"] == made["compared"]["with"] == first
    assert made["changed"]["train"] == {"params.C": {"from": None, "to": 2.0}}
    data = made["changed"]["data"]
    assert (data["rows_added"], data["rows_removed"], data["relabelled"]) == (0, 0, 1)
    assert [line[9:] for line in data["commits"]] == ["Relabel | a row"]
    assert made["commit"] == commit
    assert made["compared"]["verdict"] in ("better", "worse", "unclear")


def test_a_revert_finds_the_old_result_again(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train.run(root)
    first = contents(root)
    change(root, "Rename a row")
    train.run(root)
    assert len(contents(root)) == 6
    building.git(root, "revert", "--no-edit", "HEAD")
    capsys.readouterr()
    train.run(root)
    assert "were trained before" in capsys.readouterr().out
    assert contents(root)["latest.json"] == first["latest.json"]


def test_a_new_test_set_measures_the_same_candidate_again_and_ranks_no_other(root: Path) -> None:
    train.run(root)
    change(root, "Rename a row")
    train.run(root)
    old = latest(root)
    change(
        root,
        "A new test row",
        "data/test/t.csv",
        candidates.HEADER,
        f"{candidates.HEADER}new,a sitter,tax advice,0\n",
    )
    train.run(root)
    new = latest(root)
    assert new["tag"] == old["tag"]
    assert new["test"]["rows"] == old["test"]["rows"] + 1
    assert new["changed"] == old["changed"]
    assert "different test sets" in new["compared"]["reason"]
    board = (root / "results/README.md").read_text()
    assert "## Measured otherwise" in board
    assert board.count("| 1 |") == 1
    assert "| 2 |" not in board


def test_uncommitted_changes_are_marked_until_they_are_committed(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    building.write(root, {"data/train/b.csv": candidates.HEADER + "z1,my cat,pet sitting,1\n"})
    train.run(root)
    loose = latest(root)
    assert loose["uncommitted"]
    assert "not committed" in capsys.readouterr().out
    building.git(root, "add", "data")
    building.git(root, "commit", "-qm", "Add a row")
    train.run(root)
    assert latest(root)["tag"] == loose["tag"]
    assert not latest(root)["uncommitted"]


def test_after_a_squash_merge_the_commit_of_a_record_is_one_that_others_have(root: Path) -> None:
    main = building.git(root, "branch", "--show-current").strip()
    building.git(root, "switch", "-qc", "branch")
    change(root, "Rename a row")
    train.run(root)
    building.commit(root, "Result of the branch")
    before = latest(root)
    building.git(root, "switch", "-q", main)
    building.git(root, "merge", "-q", "--squash", "branch")
    building.git(root, "commit", "-qm", "Squashed")
    train.run(root)
    after = latest(root)
    assert after["commit"] == building.git(root, "rev-parse", "HEAD").strip() != before["commit"]
    assert {**after, "commit": before["commit"]} == before
    kept = contents(root)
    train.run(root)
    assert contents(root) == kept


def test_a_corrupt_record_is_said_and_written_again(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train.run(root)
    before, tag = contents(root), latest(root)["tag"]
    building.write(root, {f"results/{tag}.json": "<<<<<<< HEAD\n", "results/00000000-00000000.json": "{}"})
    train.run(root)
    assert "is not valid JSON" in capsys.readouterr().err
    assert "1 file" in (root / "results/README.md").read_text()
    (root / "results/00000000-00000000.json").unlink()
    train.run(root)
    assert contents(root) == before


def test_it_works_without_a_repository(tmp_path: Path) -> None:
    root = candidates.make(tmp_path)
    train.run(root)
    assert (latest(root)["commit"], latest(root)["uncommitted"]) == (None, True)


HOSTILE = {
    "dataci.toml": candidates.SETTINGS.replace('"match"', '"lab|el"').replace(
        'positive = "1"', "positive = '<b>\u202e'"
    ),
    "data/train/a.csv": 'id,want,offer,lab|el\n1,a b,a b,<b>\u202e\n2,c,d,"=x|y\n`z"\n3,e f,e f,<b>\u202e\n',
    "data/test/t.csv": 'id,want,offer,lab|el\n"::error::\n| x |",a q,a q,<b>\u202e\n'
    '\x1b[2J,r,s,"=x|y\n`z"\n../../x,t,u,unseen\n',
    "data/bugs/vet/patterns.csv": "id,want,offer,lab|el\n@x,a b,a b,<b>\u202e\n",
}


def test_hostile_values_reach_no_reader_unescaped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = candidates.make(tmp_path, HOSTILE)
    train.run(root)
    building.write(root, {"dataci.toml": HOSTILE["dataci.toml"] + "[train.params]\nC = 0.001\n"})
    train.run(root)
    for format in compare.FORMATS:
        compare.run(root, format=format)
    shown = capsys.readouterr().out
    board, stored = (root / "results/README.md").read_text(), (root / "results/latest.json").read_text()
    for text in (shown, board, stored):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert not any(line.startswith("::") for line in text.splitlines())
    assert "<b>" not in board
    made = {path.name for path in tmp_path.iterdir()}
    assert made == {".dataci", "data", "dataci.toml", "project", "results"}


def test_the_model_in_the_store_is_measured_and_not_trained_again(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from dataci import training

    train.run(root)
    before = contents(root)
    row = "new,a sitter,tax advice,0\n"
    change(root, "A new test row", "data/test/t.csv", candidates.HEADER, candidates.HEADER + row)
    with monkeypatch.context() as patch:
        patch.setattr(training, "fit", None)
        train.run(root)
    assert "was in the store" in capsys.readouterr().out
    assert latest(root)["test"]["rows"] == 33
    building.git(root, "revert", "--no-edit", "HEAD")
    (root / "results" / f"{latest(root)['tag']}.json").unlink()
    for path in (root / ".dataci/store/objects").rglob("*"):
        if path.is_file():
            path.write_bytes(b"damaged")
    train.run(root)
    assert "was in the store" not in capsys.readouterr().out
    assert contents(root) == before


def test_a_store_out_of_reach_is_said_and_hinders_nobody(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    building.write(
        root, {"store": "no folder", "dataci.toml": candidates.SETTINGS + '[delivery]\nstore = "store"\n'}
    )
    train.run(root)
    assert "The store" in capsys.readouterr().err
    assert latest(root)["metrics"]["roc_auc"]["value"] > 0.5


def test_others_that_were_measured_otherwise_are_counted(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train.run(root)
    change(root, "Rename a row")
    row = "new,a sitter,tax advice,0\n"
    change(root, "A new test row", "data/test/t.csv", candidates.HEADER, candidates.HEADER + row)
    train.run(root)
    out = capsys.readouterr().out
    assert "1 other candidate was measured on another test set." in out
    assert "dataci evaluate --all" in out


def test_processes_that_were_not_asked_for_are_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(
        CannotRun, match=r"2 processes were started, but .* world_size = 1. Set it to 2, or start 1\."
    ):
        train.run(root)
    assert not (root / "results").exists()


def test_a_world_size_starts_the_processes_and_only_the_first_writes(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []

    def started(command: list[str], **options: Any) -> subprocess.CompletedProcess[bytes]:
        if "torch.distributed.run" not in command:
            return RUN(command, **options)
        asked.append(command)
        return subprocess.CompletedProcess(command, 3)

    distributed = (
        "from dataci.models import sklearn\n\n\ndef build(params):\n"
        "    model = sklearn.build(params)\n    model.distributed = True\n    return model\n"
    )
    settings = candidates.SETTINGS + "[train]\nworld_size = 2\n"
    building.write(root, {"dataci.toml": settings})
    with pytest.raises(CannotRun, match="world_size is 2, but the model"):
        train.run(root)
    building.write(root, {"project/model.py": distributed})
    building.commit(root, "Two processes")
    with monkeypatch.context() as patch:
        patch.setattr(
            subprocess, "run", lambda c, **k: started(c, **k) if "torch.distributed.run" in c else RUN(c, **k)
        )
        assert train.run(root) == 2
    assert asked[0][1:] == [
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node=2",
        "-m",
        "dataci",
        "train",
    ]
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "1")
    assert train.run(root) == 0
    assert not (root / "results").exists()
    monkeypatch.setenv("RANK", "0")
    assert train.run(root) == 0
    assert latest(root)["train"]["world_size"] == 2


def test_refusals_leave_no_results(root: Path) -> None:
    building.write(root, {"project/model.py": "def build(params):\n    raise ValueError('no')\n"})
    with pytest.raises(CannotRun, match="line 2: ValueError: no"):
        train.run(root)
    assert not (root / "results").exists()


def test_who_closes_a_bug_changes_no_pattern_and_nothing_has_to_be_predicted_again(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataci import rerun
    from dataci.commands import evaluate

    building.write(root, {"data/bugs/vet/bug.toml": 'name = "Vets"\nharm = 3\nstatus = "open"\n'})
    train.run(root)
    before = latest(root)
    building.write(root, {"data/bugs/vet/bug.toml": 'name = "Vets"\nharm = 3\nstatus = "closed"\n'})
    monkeypatch.setattr(rerun, "run_jobs", None)
    assert evaluate.run(root, every=True) == 0
    after = latest(root)
    assert after["test"]["bugs"] != before["test"]["bugs"]
    assert after["bugs"]["vet"]["tree"] == before["bugs"]["vet"]["tree"]
    assert (before["bugs"]["vet"]["status"], after["bugs"]["vet"]["status"]) == ("open", "closed")
    assert after["gates"]["closed-bugs"]["verdict"] == "fail", "one of its two patterns is wrong"
    assert "closed-bugs" not in before.get("gates", {})


def test_what_is_switched_off_is_in_no_record_any_more(root: Path) -> None:
    from dataci.commands import evaluate

    train.run(root)
    assert latest(root)["robustness"]
    text = (root / "dataci.toml").read_text()
    building.write(root, {"dataci.toml": text + "[evaluation.robustness]\nenabled = false\n"})
    assert evaluate.run(root, every=True) == 0
    assert "robustness" not in latest(root)
    lines = (root / f"results/{latest(root)['tag']}.predictions.csv").read_text().splitlines()
    assert not [line for line in lines if line.startswith("robustness/")]

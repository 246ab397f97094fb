"""A candidate is run by its own engine, with its own code, in a process of its own."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

import building
import candidates
import rerunning
from dataci import checkout, config, identity, rerun, results, store
from dataci.errors import CannotRun
from dataci.results import Source


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return rerunning.two(tmp_path_factory.mktemp("two") / "project")


def shelf(root: Path) -> str:
    """Return the URL of a project's store."""
    return store.open_store(config.load(root)).url


def test_a_folder_that_is_no_repository_runs_by_its_own_code_and_is_kept_in_the_store(
    two: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(two / ".git"))  # as in a hook: it must lead nobody astray
    folder = tmp_path / "composed"
    shutil.copytree(two, folder, ignore=shutil.ignore_patterns(".git", ".dataci", "results"))
    building.write(folder, {"project/model.py": rerunning.INVERTED})
    inverted, sound = rerunning.records(two).values()
    first = rerun.run_folder(folder, str(tmp_path / "store"))
    assert (first.tag, first.data, first.code) == (
        inverted["tag"],
        inverted["data"]["id"],
        inverted["code"]["id"],
    )
    assert (first.environment, first.rows, first.labels) == (
        inverted["environment"],
        64,
        inverted["data"]["labels"],
    )
    assert first.fitted
    again = rerun.run_folder(folder, str(tmp_path / "store"))
    assert not again.fitted
    kept = results.predictions(Source(two), sound)
    assert kept is not None
    for split in ("test", "bugs/vet"):
        assert again.predictions[split].ids == kept[split].ids
        assert np.array_equal(again.predictions[split].scores, first.predictions[split].scores)
        assert np.array_equal(again.predictions[split].scores[:, 0], kept[split].scores[:, 1])


def test_what_the_child_says_last_is_the_reason(tmp_path: Path) -> None:
    broken = {"project/model.py": "def build(params):\n    raise ValueError('no such luck')\n"}
    folder = candidates.make(tmp_path / "broken", broken)
    heard: list[str] = []
    with pytest.raises(CannotRun, match=r"^project/model.py: .*line 2: ValueError: no such luck"):
        rerun.run_folder(folder, str(tmp_path / "store"), progress=heard.append)
    assert "no such luck" in heard[-1]
    assert not (tmp_path / "store").exists()


def test_an_engine_that_answers_otherwise_is_not_believed(tmp_path: Path) -> None:
    folder = candidates.make(tmp_path / "odd")
    script = "import sys, pathlib\nout = pathlib.Path(sys.argv[sys.argv.index('--output') + 1])\n"
    script += "(out / 'ran.json').write_text('{}')\n"
    building.write(folder, {"src/dataci/__init__.py": "", "src/dataci/__main__.py": script})
    with pytest.raises(CannotRun, match="no answer that can be read"):
        rerun.run_folder(folder, str(tmp_path / "store"))
    building.write(folder, {"src/dataci/__main__.py": script.replace("{}", '{\\"version\\": 2}')})
    with pytest.raises(CannotRun, match="answers in version 2"):
        rerun.run_folder(folder, str(tmp_path / "store"))


def test_who_is_interrupted_leaves_no_child_behind(tmp_path: Path) -> None:
    folder = candidates.make(tmp_path / "slow")
    script = "import os, sys, threading\nsys.stderr.write(f'{os.getpid()}\\n')\nsys.stderr.flush()\n"
    building.write(folder, {"src/dataci/__init__.py": ""})
    building.write(folder, {"src/dataci/__main__.py": script + "threading.Event().wait()\n"})
    heard: list[int] = []

    def interrupt(line: str) -> None:
        heard.append(int(line))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rerun.run_folder(folder, str(tmp_path / "store"), progress=interrupt)
    with pytest.raises(ProcessLookupError):
        os.kill(heard[0], 0)
    with pytest.raises(CannotRun):
        rerun.run_folder(folder, str(tmp_path / "store"), progress=lambda _: rerun.stop_all())


def test_an_old_candidate_predicts_todays_rows_with_the_code_of_its_commit(two: Path, tmp_path: Path) -> None:
    root = rerunning.copied(two, tmp_path / "copy")
    rerunning.grow(root)
    inverted, sound = rerunning.records(root).values()
    assert not rerun.here(config.load(root), inverted)
    assert rerun.here(config.load(root), sound)
    old, new = (rerun.predictions_today(root, of) for of in (inverted, sound))
    assert len(new["test"].ids) == 34
    assert old["test"].ids == new["test"].ids
    assert np.array_equal(old["test"].scores[:, 0], new["test"].scores[:, 1])
    assert building.git(root, "worktree", "list").count("\n") == 0
    shutil.rmtree(root / ".dataci/store")
    lost = rerun.predictions_today(root, inverted)
    assert np.array_equal(lost["test"].scores, old["test"].scores)
    assert store.open_store(config.load(root)).has(inverted["data"]["id"], inverted["code"]["id"])


def test_one_process_answers_for_many_and_what_is_lost_or_damaged_spoils_no_other(
    two: Path, tmp_path: Path
) -> None:
    root = rerunning.copied(two, tmp_path / "copy")
    sound = list(rerunning.records(root).values())[1]
    absent = {**sound, "tag": f"{sound['tag'][:8]}-00000000", "code": {**sound["code"], "id": "0" * 64}}
    other = {**sound, "tag": "other", "code": {**sound["code"], "files": {"project/model.py": "0" * 12}}}
    found = rerun.run_jobs(root, shelf(root), [sound, absent, other], Path(sys.executable))
    assert list(found[sound["tag"]]) == ["test", "bugs/vet"]  # type: ignore[arg-type]
    assert found[absent["tag"]] is None
    assert isinstance(found["other"], CannotRun)
    for path in (root / ".dataci/store/objects").rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes() + b" ")
    assert rerun.run_jobs(root, shelf(root), [sound]) == {sound["tag"]: None}


def test_what_was_never_committed_or_is_not_in_this_clone_cannot_be_had(two: Path) -> None:
    inverted = next(iter(rerunning.records(two).values()))
    for changed, words in (
        ({"uncommitted": True}, "never committed"),
        ({"commit": None}, "never committed"),
        ({"commit": "1" * 40, "data": {**inverted["data"], "id": "2" * 40}}, "11111111 is not in this clone"),
    ):
        with pytest.raises(CannotRun, match=words):
            rerun.predictions_today(two, {**inverted, **changed})


def test_what_a_parameter_names_and_git_does_not_hold_is_there(two: Path, tmp_path: Path) -> None:
    root = rerunning.copied(two, tmp_path / "copy")
    building.write(root, {".dataci/words/a.txt": "cat\n", "list.txt": "cat\n", "../weights/w.bin": "w"})
    named = {
        "words": ".dataci/words",
        "list": "list.txt",
        "encoder": "../weights",
        "model": "project/model.py",
    }
    odd = {
        "far": "../../../../etc",
        "C": 1.0,
        "name": "lbfgs",
        "null": "a\0b",
        "none": "",
        "long": "x" * 5000,
    }
    of = next(iter(rerunning.records(root).values()))
    of["train"]["params"] = {**named, **odd}
    with checkout.checked_out(building.load(root), of) as folder:
        assert (folder / ".dataci/words/a.txt").read_text() == "cat\n"
        assert (folder / "list.txt").read_text() == "cat\n"
        assert (folder / "../weights/w.bin").read_text() == "w"
        assert (folder / "project/model.py").read_text() == rerunning.INVERTED
    assert not folder.parent.exists()
    assert (root / "../weights/w.bin").read_text() == "w"


def test_it_is_refused_before_training_when_a_commit_gives_another_candidate(
    two: Path, tmp_path: Path
) -> None:
    inverted = next(iter(rerunning.records(two).values()))
    folder = candidates.make(tmp_path / "today")
    with pytest.raises(CannotRun, match="gives another candidate now, "):
        rerun.run_folder(folder, str(tmp_path / "store"), expect=inverted)
    assert not (tmp_path / "store").exists()


def test_after_a_squash_a_commit_that_holds_the_same_stands_for_the_lost_one(
    two: Path, tmp_path: Path
) -> None:
    root = rerunning.copied(two, tmp_path / "copy")
    dataset = building.load(root)
    for of in rerunning.records(root).values():
        lost = {**of, "commit": "f" * 40}
        assert checkout.commit_of(root, lost) == of["commit"]
        with checkout.checked_out(dataset, lost) as folder:
            assert building.load(folder).tree_id("train") == of["data"]["id"]
            assert (
                identity.code_files(folder)["project/model.py"][:12]
                == of["code"]["files"]["project/model.py"]
            )
        other = {**lost, "code": {**of["code"], "files": {"project/model.py": "0" * 12}}}
        assert "not in this clone" in str(checkout.unreachable(root, other))
        elsewhere = {**lost, "data": {**of["data"], "id": "0" * 40}}
        assert checkout.commit_of(root, elsewhere) is None


@pytest.mark.parametrize(("which", "home"), [(0, False), (1, False), (1, True)])
def test_a_candidate_of_another_commit_answers_for_probes_and_draws_as_it_did_at_home(
    two: Path, which: int, home: bool
) -> None:
    from dataci import measuring, probes

    of = list(rerunning.records(two).values())[which]
    dataset = building.load(two)
    now = measuring.today(dataset)
    assert rerun.here(dataset.config, of) == (which == 1), "the working tree holds the code of one of them"
    answer = rerun.stored_models(dataset, [of], home, now.probes)[of["tag"]]
    assert isinstance(answer, dict)
    kept = results.predictions(Source(two), of)
    assert kept is not None
    again = measuring.stored(now, answer, measuring.settings(now.settings, of))
    assert set(again) == set(kept)
    assert any(map(probes.is_probe, again))
    for split, rows in kept.items():
        assert again[split].ids == rows.ids
        assert np.array_equal(again[split].scores, rows.scores)
    assert bool(len(kept["test"].doubts)) == (which == 1), "who inverts the scores draws none"
    assert np.array_equal(again["test"].doubts, kept["test"].doubts)
    rebuilt = measuring.stored(
        now, rerun.rebuilt(dataset, of, now.probes), measuring.settings(now.settings, of)
    )
    assert set(rebuilt) == set(kept)

"""`dataci predict`, which engines of other commits call: what it writes, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import building
import candidates
from dataci import config, identity, rerun, results, scores, store
from dataci.commands import predict, train
from dataci.errors import CannotRun
from dataci.record import Record
from dataci.results import Source


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = candidates.make(tmp_path / "one")
    building.commit(folder, "Start")
    train.run(folder)
    return folder


def shelf(root: Path) -> str:
    """Return the URL of the project's store."""
    return store.open_store(config.load(root)).url


def latest(root: Path) -> Record:
    """Return latest.json."""
    found = results.latest(Source(root))
    assert found is not None
    return found


def ask(root: Path, tmp_path: Path, *asked: dict[str, Any]) -> list[Path]:
    """Give jobs; return the folder of each."""
    jobs = [{**job, "output": str(tmp_path / f"out{at}")} for at, job in enumerate(asked)]
    (tmp_path / "jobs.json").write_text(json.dumps({"version": 1, "jobs": jobs}))
    assert predict.run(root, tmp_path, shelf(root), jobs=tmp_path / "jobs.json") == 0
    return [Path(job["output"]) for job in jobs]


def test_it_writes_who_it_is_and_every_score_as_it_is_stored(root: Path, tmp_path: Path) -> None:
    assert predict.run(root, tmp_path / "out", shelf(root)) == 0
    told = json.loads((tmp_path / "out/ran.json").read_text())
    of = latest(root)
    made_of = identity.identify(building.load(root))
    assert told == {
        "version": 1,
        "tag": of["tag"],
        "data": made_of.data,
        "code": made_of.code,
        "environment": of["environment"],
        "rows": 64,
        "labels": of["data"]["labels"],
        "fitted": False,
    }
    text = (tmp_path / "out/predictions.csv").read_text()
    assert text.splitlines()[0] == "split,id,label,score:0,score:1"
    kept, found = results.predictions(Source(root), of), scores.loads(text, None)
    assert kept is not None
    assert set(found) == {"test", "bugs/vet"}, "nobody asked for more"
    for split in found:
        assert np.array_equal(found[split].scores[:, 1], kept[split].scores[:, 1])


def test_what_the_environment_asks_for_is_answered_too(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATACI_ASK", "probes doubts something-new")
    assert predict.run(root, tmp_path / "out", shelf(root)) == 0
    found = scores.loads((tmp_path / "out/predictions.csv").read_text(), None)
    kept = results.predictions(Source(root), latest(root))
    assert kept is not None
    assert set(found) == set(kept) > {"test", "bugs/vet"}
    assert np.array_equal(found["test"].doubts, kept["test"].doubts)
    for split in found:
        assert np.array_equal(found[split].scores[:, 1], kept[split].scores[:, 1])


def test_another_candidate_than_expected_is_refused_before_it_is_trained(root: Path, tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="gives another candidate now, "):
        predict.run(root, tmp_path / "out", str(tmp_path / "empty"), expect="0" * 40 + "-" + "1" * 64)
    assert not (tmp_path / "empty").exists()


def test_jobs_need_the_stored_model_and_the_code_and_nothing_else(root: Path, tmp_path: Path) -> None:
    job = rerun.job(latest(root), tmp_path)
    building.write(root, {"data/train/a.csv": "", "dataci.toml": candidates.SETTINGS + "[train]\nseed = 7\n"})
    good, absent, other = ask(
        root,
        tmp_path,
        job,
        {**job, "data": "0" * 40},
        {**job, "files": {**job["files"], "project/model.py": "0" * 12}},
    )
    assert (good / "predictions.csv").is_file()
    assert list(absent.iterdir()) == []
    assert "not the code" in (other / "reason.txt").read_text()


def test_a_damaged_model_is_absent_and_a_newer_question_is_refused(root: Path, tmp_path: Path) -> None:
    job = rerun.job(latest(root), tmp_path)
    model = tmp_path / "model"
    model.mkdir()
    (model / "model.skops").write_bytes(b"PK no model")
    store.from_url(shelf(root)).put(job["data"], job["code"], model)
    assert list(ask(root, tmp_path, job)[0].iterdir()) == []
    (tmp_path / "jobs.json").write_text('{"version": 2, "jobs": []}')
    with pytest.raises(CannotRun, match="version 2; this engine reads 1"):
        predict.run(root, tmp_path, shelf(root), jobs=tmp_path / "jobs.json")

"""The results/ folder: one file a fact, nothing written for nothing, nothing lost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import building
import recording
from dataci import record, results
from dataci.errors import CannotRun
from dataci.results import Source


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    made = recording.keep(tmp_path, "one")
    assert sorted(os.listdir(tmp_path / "results")) == [
        f"{made['tag']}.json",
        f"{made['tag']}.predictions.csv",
    ]
    assert results.read(Source(tmp_path), made["tag"]) == made
    kept = results.predictions(Source(tmp_path), made)
    assert kept is not None
    assert kept["test"].scores.tolist() == recording.predictions(0.2).scores.tolist()
    assert results.save(tmp_path, made, kept) == []


def test_a_commit_is_read_like_the_folder(tmp_path: Path) -> None:
    made = recording.keep(tmp_path, "one")
    results.write(tmp_path, "latest.json", record.dumps(made))
    building.commit(tmp_path)
    (tmp_path / "results/latest.json").unlink()
    assert results.latest(Source(tmp_path)) is None
    assert results.latest(Source(tmp_path, "HEAD")) == made
    assert results.predictions(Source(tmp_path, "HEAD"), made) is not None


@pytest.mark.parametrize("text", ["", "<<<<<<< HEAD\n", "split,id,label,score\ntest,x,1,1.5\n"])
def test_malformed_predictions_are_refused(tmp_path: Path, text: str) -> None:
    made = {"tag": "aaaaaaaa-bbbbbbbb", "evaluation": {"positive": "1"}}
    results.write(tmp_path, "aaaaaaaa-bbbbbbbb.predictions.csv", text)
    with pytest.raises(CannotRun, match=r"predictions\.csv cannot be read"):
        results.predictions(Source(tmp_path), made)


def test_equal_bytes_are_not_written_again(tmp_path: Path) -> None:
    assert results.write(tmp_path, "x.json", "one") == ["results/x.json"]
    before = (tmp_path / "results/x.json").stat()
    assert results.write(tmp_path, "x.json", "one") == []
    after = (tmp_path / "results/x.json").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert results.write(tmp_path, "x.json", "two") == ["results/x.json"]
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["x.json"]


def test_unreadable_records_are_warned_of_and_stay(tmp_path: Path) -> None:
    good = recording.keep(tmp_path, "good")
    results.write(tmp_path, "broken.json", "<<<<<<< HEAD")
    results.write(tmp_path, "newer.json", '{"format": 99}')
    results.write(tmp_path, "older.json", '{"format": 1}')
    results.write(tmp_path, "00000000-00000000.json", record.dumps(good))
    (tmp_path / "results" / "folder.json").mkdir()
    found, warnings = results.read_all(tmp_path)
    assert found == [good]
    assert [warning.split(" ")[0] for warning in warnings] == [
        f"results/{name}.json" for name in ("00000000-00000000", "broken", "folder", "newer", "older")
    ]
    assert f"holds the record of {good['tag']}" in warnings[0]
    assert "cruft update" in warnings[3]
    assert "older engine" in warnings[4]
    assert len(list((tmp_path / "results").glob("*.json"))) == 6


def test_a_record_is_found_by_the_beginning_of_its_tag(tmp_path: Path) -> None:
    tag = recording.keep(tmp_path, "one")["tag"]
    assert (
        results.find(tmp_path, tag)
        == results.find(tmp_path, tag[:3])
        == results.find(tmp_path, tag[:12])
        == tag
    )
    for name in ("", "*", "latest", "../results/x", tag[:4] + "?", tag.upper() + "A", f"{tag}.json"):
        assert results.find(tmp_path, name) is None
    results.write(tmp_path, f"{tag[:8]}-00000000.json", "{}")
    with pytest.raises(CannotRun, match="Name more digits"):
        results.find(tmp_path, tag[:8])
    assert results.find(tmp_path, tag) == tag


def test_an_absent_folder_has_no_results(tmp_path: Path) -> None:
    assert results.read_all(tmp_path) == ([], [])
    assert results.latest(Source(tmp_path)) is None
    assert results.find(tmp_path, "0") is None

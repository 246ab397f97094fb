"""What is derived from the records: the same bytes whatever the order, nothing for nothing, cured by one call."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import building
import candidates
import conftest
import recording
from dataci import production, publishing, record, results
from dataci.production import Production
from dataci.record import Record

DERIVED = {"results/README.md", "results/latest.json"}
BRANCHES = 20


def contents(root: Path) -> dict[str, bytes]:
    """Return the files in results/."""
    return {path.name: path.read_bytes() for path in sorted((root / "results").iterdir())}


def page(root: Path) -> str:
    """Return the leaderboard."""
    return (root / "results/README.md").read_text()


def publish(root: Path, latest: Record | None = None) -> list[str]:
    """Publish, and warn of nothing."""
    chosen = latest or publishing.standing(root)
    assert chosen is not None
    return publishing.publish(root, chosen, warn=refuse)


def refuse(warning: str) -> None:
    """Fail at a warning."""
    raise AssertionError(warning)


def candidate(root: Path, signal: float, seed: int, parent: str | None) -> Record:
    """Write the result of the data that stand in the working tree, as good as asked for."""
    return recording.keep(
        root, "code", signal, seed, parent=parent, data=building.load(root).tree_id("train"), code="5" * 64
    )


def start(root: Path, attributes: bool = True) -> Record:
    """Make a repository with data, a first result, and what is derived from it."""
    candidates.make(root)
    if attributes:
        shutil.copy(conftest.ROOT / ".gitattributes", root)
    first = candidate(root, 0.1, 0, None)
    publish(root)
    building.commit(root, "Start")
    return first


def branch(root: Path, number: int, parent: str, derived: bool = False) -> Record:
    """Commit a batch and its result on a branch of its own, with what is derived if asked for; go back to main."""
    building.git(root, "switch", "--quiet", "--create", f"batch-{number}", "main")
    row = f"n{number},a vet for my dog,pet sitting by a student,1\n"
    building.write(root, {f"data/train/batch-{number}.csv": candidates.HEADER + row})
    made = candidate(root, 0.1 + number / 100, number, parent)
    if derived:
        publish(root, made)
    building.commit(root, f"Batch {number}")
    building.git(root, "switch", "--quiet", "main")
    return made


def merge(root: Path, number: int) -> set[str]:
    """Merge a branch; return the paths that are in conflict."""
    command = ["git", "merge", "--quiet", "--no-edit", f"batch-{number}"]
    subprocess.run(command, cwd=root, capture_output=True, check=False)
    return set(building.git(root, "diff", "--name-only", "--diff-filter=U").split())


def test_twenty_branches_merge_without_conflict_and_publish_the_same_in_any_order(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    first = start(one)
    made = [branch(one, number, first["tag"]) for number in range(BRANCHES)]
    shutil.copytree(one, two)
    orders = list(range(BRANCHES)), random.Random(1).sample(range(BRANCHES), BRANCHES)
    for root, order in zip((one, two), orders, strict=True):
        assert [merge(root, number) for number in order] == [set()] * BRANCHES
        assert set(publish(root)) == {"results/README.md"}  # latest.json keeps naming what main trained
        building.commit(root, "Results")
        assert publish(root) == []
        assert building.git(root, "status", "--porcelain") == ""
    assert contents(one) == contents(two)
    assert (
        page(one).count(".json)") == 1 + len(made) + 1
    )  # each candidate once, and the sentence on the latest
    union = candidate(one, 0.4, 99, first["tag"])
    assert publish(one, union) == ["results/latest.json", "results/README.md"]
    assert results.latest(results.Source(one)) == union == publishing.standing(one)


@pytest.mark.parametrize("attributes", [True, False])
def test_derived_files_that_two_branches_committed_are_cured_by_one_call(
    tmp_path: Path, attributes: bool
) -> None:
    root = tmp_path / "project"
    first = start(root, attributes)
    made = [branch(root, number, first["tag"], derived=True) for number in range(2)]
    assert merge(root, 0) == set()
    assert merge(root, 1) == DERIVED
    assert (b"<<<<<<<" in contents(root)["latest.json"]) is not attributes
    publish(root)
    building.git(root, "add", "results")
    building.git(root, "commit", "--quiet", "--no-edit")
    assert publish(root) == []
    assert results.latest(results.Source(root)) == made[0]  # what main had
    cured = contents(root)
    for name in ("README.md", "latest.json"):
        (root / "results" / name).unlink()
    publish(root, made[0])
    assert contents(root) == cured
    assert all(one["tag"] in page(root) for one in [first, *made])


@pytest.mark.parametrize(
    "text", ["", "<<<<<<< HEAD\n{", "[1]", '{"tag": 3}', '{"tag": "../x"}', "[" * 9999, "\xff"]
)
def test_what_stands_in_derived_files_does_not_matter(tmp_path: Path, text: str) -> None:
    first = recording.keep(tmp_path, "first")
    second = recording.keep(tmp_path, "second", 0.3, parent=first["tag"])
    publish(tmp_path, second)
    before = contents(tmp_path)
    for name in ("README.md", "latest.json"):
        (tmp_path / "results" / name).write_bytes(text.encode("latin-1"))
    publish(tmp_path)
    assert contents(tmp_path) == before


def test_the_latest_is_todays_candidate_or_what_latest_json_names_or_the_end_of_the_chain(
    tmp_path: Path,
) -> None:
    assert publishing.standing(tmp_path) is None
    first = recording.keep(tmp_path, "first")
    second = recording.keep(tmp_path, "second", parent=first["tag"])
    assert publishing.standing(tmp_path) == second
    results.write(tmp_path, results.LATEST, record.dumps(first))  # after a revert
    assert publishing.standing(tmp_path) == first
    assert publishing.standing(tmp_path, second["tag"]) == second
    assert publishing.standing(tmp_path, "00000000-00000000") == first
    building.commit(tmp_path)
    results.write(tmp_path, results.LATEST, "<<<<<<<")
    assert publishing.standing(tmp_path) == first


def test_a_copy_in_latest_json_is_not_believed(tmp_path: Path) -> None:
    made = recording.keep(tmp_path, "one")
    results.write(tmp_path, results.LATEST, record.dumps({**made, "commit": "d" * 40}))
    assert publishing.standing(tmp_path) == made


def test_parents_in_a_circle_end(tmp_path: Path) -> None:
    one, two = recording.keep(tmp_path, "one"), recording.keep(tmp_path, "two")
    one["changed"]["parent"], two["changed"]["parent"] = two["tag"], one["tag"]
    assert publishing.chain({one["tag"]: one, two["tag"]: two}, one) == [two, one]


def test_unreadable_records_and_a_wrong_production_are_told_and_stay(tmp_path: Path) -> None:
    made = recording.keep(tmp_path, "one")
    building.write(
        tmp_path,
        {
            "results/00000000-00000000.json": "<<<<<<<",
            "results/production.toml": 'tag = "11111111-11111111"\n',
        },
    )
    said: list[str] = []
    publishing.publish(tmp_path, made, said.append)
    assert len(said) == 2
    assert "is not valid JSON" in said[0]
    assert "names 11111111-11111111" in said[1]
    assert "1 file here is no readable record" in page(tmp_path)
    assert "names 11111111-11111111" in page(tmp_path)
    assert (tmp_path / "results/00000000-00000000.json").read_text() == "<<<<<<<"


def board(root: Path, latest: Record) -> Any:
    """Build the board of the records in a folder."""
    return publishing.build(root, {one["tag"]: one for one in results.read_all(root)[0]}, latest)


def test_ranks_never_mix_test_sets_nor_settings(tmp_path: Path) -> None:
    latest = recording.keep(tmp_path, "latest", 0.1)
    other = {**recording.TEST, "id": "6" * 40}
    recording.keep(tmp_path, "grown", 0.6, test=other)
    recording.keep(tmp_path, "threshold", 0.6, how=recording.HOW._replace(threshold=0.4))
    recording.keep(
        tmp_path, "lost", 0.6, test=other, not_comparable={"test": "7" * 40, "reason": "numpy 1 is gone"}
    )
    recording.keep(tmp_path, "blind", 0.6, metrics={"roc_auc": {"reason": "one class only"}})
    found = board(tmp_path, latest)
    assert [line.record["tag"] for line in found.lines if line.rank] == [latest["tag"]]
    assert {line.why for line in found.lines if not line.rank} == {
        "another test set (66666666)",
        "other settings of [evaluation]",
        "numpy 1 is gone",
        "one class only",
    }


def test_equal_figures_share_a_rank_and_lower_can_be_better(tmp_path: Path) -> None:
    how = recording.HOW._replace(metric="brier")
    made = [recording.keep(tmp_path, str(at), signal, how=how) for at, signal in enumerate([0.1, 0.5, 0.5])]
    found = board(tmp_path, made[0])
    assert [line.rank for line in found.lines] == [1, 1, 3]
    assert found.lines[2].record == made[0]


def test_candidates_are_compared_with_production_on_their_stored_predictions(tmp_path: Path) -> None:
    weak, strong = recording.keep(tmp_path, "weak", 0.05, 1), recording.keep(tmp_path, "strong", 0.6, 2)
    twin = recording.keep(tmp_path, "twin", 0.05, 1)
    lost = recording.keep(tmp_path, "lost", 0.3, 3)
    (tmp_path / f"results/{lost['tag']}.predictions.csv").unlink()
    production.write(tmp_path, Production(weak["tag"]))
    found = board(tmp_path, strong)
    words = {line.record["tag"]: line.verdict.word for line in found.lines if line.verdict}
    assert found.reference == "production"
    assert words == {strong["tag"]: "better", twin["tag"]: "same"}
    (tmp_path / "results/production.toml").unlink()
    found = board(tmp_path, strong)
    assert found.reference == "latest"
    assert {line.verdict.word for line in found.lines if line.verdict} == {"worse"}


def test_a_production_that_was_measured_otherwise_is_no_reference(tmp_path: Path) -> None:
    old = recording.keep(tmp_path, "old", test={**recording.TEST, "id": "6" * 40})
    latest = recording.keep(tmp_path, "latest")
    production.write(tmp_path, Production(old["tag"]))
    found = board(tmp_path, latest)
    assert (found.reference, found.production) == ("latest", old)


def test_the_chain_follows_the_parents_and_counts_what_it_leaves_out(tmp_path: Path) -> None:
    other = {**recording.TEST, "id": "6" * 40}
    a = recording.keep(tmp_path, "a", test=other)
    b = recording.keep(tmp_path, "b", parent=a["tag"])
    recording.keep(tmp_path, "aside", parent=a["tag"])
    c = recording.keep(tmp_path, "c", parent=b["tag"])
    found = board(tmp_path, c)
    assert [(line.merge, line.record["tag"]) for line in found.chain] == [(2, b["tag"]), (3, c["tag"])]
    assert found.left_out == 1


def test_few_predictions_are_read_for_many_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    predicted = {"test": recording.predictions(0.3)}
    made = [recording.made(str(at), predicted) for at in range(60)]
    for one in made:
        results.save(tmp_path, one, predicted)
    read: list[str] = []
    monkeypatch.setattr(results, "kept", lambda root, of: read.append(of["tag"]) or predicted)
    board(tmp_path, made[0])
    assert len(read) <= publishing.COMPARED + 1
    assert np.unique(read).size == len(read)

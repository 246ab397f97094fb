"""New training rows are cut into batches by file or commit, and can be taken out again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import building
from dataci import formats, git
from dataci.attribution import batches
from dataci.attribution.batches import Cuts
from dataci.attribution.corners import Origin
from dataci.predictions import FLOOR, Predictions

HEADER = "id,want,offer,match,who,day\n"
FILE = "data/train/a.csv"


def row(name: str, label: str = "1") -> str:
    """Return a line of CSV."""
    return f'{name},"A text, of {name}",Another,{label},eve,2026-01-01\n'


def origin(root: Path, which: str) -> Origin:
    """Return the training data of a commit."""
    commit = git.resolve(root, which)
    return Origin({}, commit, commit, tuple(git.entries(root, commit, "data/train")), "")


def cut(root: Path, old: str = "HEAD~1", new: str = "HEAD") -> Cuts:
    """Cut what changed between two commits."""
    return batches.cut(building.load(root).config, origin(root, old), origin(root, new))


def rows_of(data: bytes | None) -> list[dict[str, str | None]]:
    """Read the rows that a file of a batch holds."""
    return [] if data is None else list(formats.read("x.csv", data).frame.iter_rows(named=True))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = building.make(tmp_path, {FILE: HEADER + row("1") + row("2") + row("3")})
    building.commit(folder, "Start")
    return folder


def test_each_new_file_is_a_batch_and_without_it_it_is_gone(root: Path) -> None:
    building.write(
        root, {"data/train/b.csv": HEADER + row("b1") + row("b2"), "data/train/c.csv": HEADER + row("c1")}
    )
    building.commit(root)
    found = cut(root)
    assert (found.by, found.reason) == ("file", None)
    assert [(each.name, each.size) for each in found.found] == [
        ("data/train/b.csv", 2),
        ("data/train/c.csv", 1),
    ]
    assert [each.without for each in found.found] == [
        (("data/train/b.csv", None),),
        (("data/train/c.csv", None),),
    ]
    assert found.found[0].rows[batches.LINE].to_list() == ["2", "3"]
    assert set(found.found[0].rows[batches.FILE]) == {"data/train/b.csv"}


def test_without_a_changed_file_its_new_rows_are_gone_and_its_labels_as_before(root: Path) -> None:
    changed = HEADER + row("1") + row("new") + row("2", "0") + row("3")
    building.write(root, {FILE: changed, "data/train/b.csv": HEADER + row("b1")})
    building.commit(root)
    first, _ = cut(root).found
    assert (first.name, first.size) == (FILE, 2)
    assert first.rows["id"].to_list() == ["new", "2"]
    assert first.rows[batches.LINE].to_list() == ["3", "4"]
    [(path, data)] = first.without
    assert path == FILE
    assert [(line["id"], line["want"], line["match"]) for line in rows_of(data)] == [
        (name, f"A text, of {name}", "1") for name in "123"
    ]


def test_one_file_is_cut_by_the_commits_that_brought_its_rows(root: Path) -> None:
    text = HEADER + row("1") + row("2") + row("3")
    for name in ("x", "y"):
        text += row(f"{name}1") + row(f"{name}2")
        building.write(root, {FILE: text})
        building.commit(root, f"Week {name}")
    found = cut(root, "HEAD~2")
    assert found.by == "commit"
    assert [(each.name.split(" ", 1)[1], each.size) for each in found.found] == [
        ("Week x", 2),
        ("Week y", 2),
    ]
    for each, gone in zip(found.found, "xy", strict=True):
        [(path, data)] = each.without
        kept = [str(line["id"]) for line in rows_of(data)]
        assert path == FILE
        assert kept == ["1", "2", "3", *(name for name in ("x1", "x2", "y1", "y2") if name[0] != gone)]


def test_one_file_and_one_commit_cannot_be_cut_and_says_so(root: Path) -> None:
    building.write(root, {"data/train/b.csv": HEADER + row("b1") + row("b2")})
    building.commit(root)
    found = cut(root)
    assert [each.size for each in found.found] == [2]
    assert "one file and one commit" in str(found.reason)


def test_rows_that_were_taken_away_are_a_batch_that_comes_back(root: Path) -> None:
    building.write(root, {FILE: HEADER + row("2")})
    building.commit(root)
    (only,) = cut(root).found
    assert (only.name, only.size) == (f"rows removed from {FILE}", 2)
    [(path, data)] = only.without
    assert path not in {entry.path for entry in git.entries(root, "HEAD", "data/train")}
    assert [(line["id"], line["match"]) for line in rows_of(data)] == [("1", "1"), ("3", "1")]
    assert batches.shown(cut(root)) == ()


def test_rows_in_another_order_are_no_batch(root: Path) -> None:
    building.write(root, {FILE: HEADER + row("3") + row("1") + row("2")})
    building.commit(root)
    assert cut(root).found == ()


def test_a_batch_is_shown_to_a_model_as_a_bug_that_knows_its_lines(root: Path) -> None:
    building.write(root, {"data/train/b.csv": HEADER + row("b1"), "data/train/c.csv": HEADER + row("c1")})
    building.commit(root)
    shown = dict(batches.shown(cut(root)))
    assert list(shown) == ["data/bugs/why-0/rows.csv", "data/bugs/why-1/rows.csv"]
    (only,) = rows_of(shown["data/bugs/why-1/rows.csv"])
    assert (only["id"], only[batches.FILE], only[batches.LINE]) == ("c1", "data/train/c.csv", "2")


def test_the_loss_is_that_of_the_given_label_and_finite() -> None:
    scores = np.array([[0.9, 0.1], [0.0, 1.0], [0.5, 0.5]])
    found = batches.losses(Predictions(list("abc"), ["0", "0", "stranger"], ["0", "1"], scores))
    assert found == pytest.approx([-np.log(0.9), -np.log(FLOOR), -np.log(FLOOR)])


def test_of_numbers_the_loss_is_the_absolute_error() -> None:
    found = batches.losses(Predictions(["a", "b"], ["1.5", "-2"], [], np.array([[1.0], [1.0]])))
    assert found.tolist() == [0.5, 3.0]


def test_batches_without_rows_to_judge_come_last() -> None:
    def said(*scores: float) -> Predictions:
        table = np.array([[1 - score, score] for score in scores])
        return Predictions([str(n) for n in range(len(scores))], ["1"] * len(scores), ["0", "1"], table)

    import polars as pl

    frame = pl.DataFrame({"id": ["x"]})
    parts = [("removed", pl.DataFrame(), 9), ("good", frame, 2), ("bad", frame, 2)]
    cuts = Cuts("file", tuple(batches.Cut(*part, ()) for part in parts))
    seen = {batches.split(1): said(0.9, 0.8), batches.split(2): said(0.1, 0.2)}
    order, against = batches.ranked(cuts, seen, said(0.9, 0.7, 0.8))
    assert [at for at, _, _ in order] == [2, 1, 0]
    assert against == "the test rows"
    assert order[-1] == (0, None, None)

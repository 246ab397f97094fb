"""`dataci reproduce`: a result is built again from its commit; what was tampered with is named."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

import building
import candidates
import rerunning
from dataci import environment, measuring, rerun, results
from dataci.commands import reproduce
from dataci.errors import CannotRun
from rerunning import records


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with two results; the test set has grown since."""
    root = rerunning.two(tmp_path_factory.mktemp("made") / "project")
    rerunning.grow(root)
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    return rerunning.copied(made, tmp_path / "project")


@pytest.fixture(scope="module")
def built(made: Path) -> dict[str, Any]:
    """What the second candidate gives when it is built again, so that it is built only once here."""
    with pytest.MonkeyPatch.context() as patch:
        found: dict[str, Any] = {}
        real = rerun.run_folder
        patch.setattr(rerun, "run_folder", lambda *a, **k: found.setdefault("ran", real(*a, **k)))
        assert reproduce.run(made, list(records(made))[1]) == 0
    return found


@pytest.fixture
def again(built: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer at once."""
    monkeypatch.setattr(rerun, "run_folder", lambda *_, **__: built["ran"])


def edit(root: Path, name: str, old: str, new: str) -> None:
    """Tamper with a file of results/."""
    path = root / "results" / name
    text, count = re.subn(old, new, path.read_text(), count=1)
    assert count == 1
    path.write_text(text)


def said(root: Path, tag: str, capsys: pytest.CaptureFixture[str], code: int) -> str:
    """Reproduce, and return the sentence."""
    capsys.readouterr()
    assert reproduce.run(root, tag) == code
    return capsys.readouterr().out


def test_an_old_result_is_built_again_on_its_own_test_set_and_nothing_is_written(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = rerunning.contents(root)
    inverted, _ = records(root)
    capsys.readouterr()
    assert reproduce.run(root, inverted, "json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["tag"], found["word"], found["rows"], found["largest"]) == (inverted, "exact", 34, 0)
    assert rerunning.contents(root) == before


def test_a_moved_score_is_within_tolerance_or_different_and_is_named(
    root: Path, again: None, capsys: pytest.CaptureFixture[str]
) -> None:
    _, sound = records(root)
    name = f"{sound}.predictions.csv"
    line = next(
        line for line in (root / "results" / name).read_text().splitlines() if line.startswith("test,r006")
    )
    start, score = line.rsplit(",", 1)
    edit(root, name, re.escape(line), f"{start},{float(score) + 0.001:.3f}")
    near = said(root, sound, capsys, 1)  # the score alone is near, but the record does not follow from it
    assert "metrics." in near
    assert "is recorded, and the stored predictions give" in near
    edit(root, name, f"{re.escape(start)},.*", f"{start},{1 - float(score):.3f}")
    far = said(root, sound, capsys, 1)
    assert far.startswith("Different: ")
    assert f"test, row r006: {1 - float(score):g} is stored, {float(score):g} was found now" in far


def test_a_figure_that_does_not_follow_from_the_predictions_is_named(
    root: Path, again: None, capsys: pytest.CaptureFixture[str]
) -> None:
    _, sound = records(root)
    assert "Exact: " in said(root, sound[:13], capsys, 0)
    edit(root, f"{sound}.json", r'("n": )2,', r"\g<1>3,")
    assert "bugs.vet.n: 3 is recorded, and the stored predictions give 2" in said(root, sound, capsys, 1)


def test_lost_probes_are_named_and_figures_of_another_engine_are_not_judged(
    root: Path, again: None, capsys: pytest.CaptureFixture[str]
) -> None:
    _, sound = records(root)
    path = root / f"results/{sound}.predictions.csv"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("robustness/")))
    assert "First difference: robustness: " in said(root, sound, capsys, 1)
    edit(root, f"{sound}.json", '"method": 2', '"method": 1')
    assert "Exact: " in said(root, sound, capsys, 0)


def test_another_identity_is_named(
    root: Path, again: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, sound = records(root)
    edit(root, f"{sound}.json", '"numpy": "[^"]*"', '"numpy": "0.0.1"')
    monkeypatch.setattr(environment, "provide", lambda *_: sys.executable)
    assert re.search(r"numpy is \d.*, and was 0\.0\.1", said(root, sound, capsys, 1))


def test_what_cannot_be_built_again_is_refused_with_the_reason(root: Path) -> None:
    inverted, sound = records(root)
    edit(root, f"{inverted}.json", '"commit": "[^"]*"', f'"commit": "{"1" * 40}"')
    edit(root, f"{inverted}.json", '"project/model.py": "[^"]*"', f'"project/model.py": "{"1" * 12}"')
    with pytest.raises(CannotRun, match="11111111 is not in this clone"):
        reproduce.run(root, inverted)
    commit = str(records(root)[sound]["test"]["id"])
    edit(root, f"{sound}.json", commit, "2" * 40)
    with pytest.raises(CannotRun, match="neither today's nor in the history"):
        reproduce.run(root, sound)
    (root / f"results/{sound}.predictions.csv").unlink()
    with pytest.raises(CannotRun, match=r"predictions of .* are lost"):
        reproduce.run(root, sound)


def test_scores_are_compared_by_class_and_the_largest_difference_counts(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from dataci import results
    from dataci.results import Source

    kept = results.predictions(Source(root), next(iter(records(root).values())))
    assert kept is not None
    moved = kept["test"].scores.copy()
    moved[3] += [-0.002, 0.002]
    moved[5] += [0.001, -0.001]
    near = reproduce.compare(kept, {**kept, "test": kept["test"]._replace(scores=moved)}, number=False)
    assert near.first.endswith("was found now")
    assert (near.word, near.largest) == ("tolerance", 0.002)
    assert near.rows == sum(len(rows.ids) for rows in kept.values())
    assert near.first.startswith(f"test, row {kept['test'].ids[3]}: ")
    moved[5] += [0.002, -0.002]
    assert (
        reproduce.compare(kept, {**kept, "test": kept["test"]._replace(scores=moved)}, number=False).word
        == "different"
    )
    fewer = {**kept, "test": kept["test"].cut(range(5))}  # type: ignore[arg-type]
    assert reproduce.compare(kept, fewer, number=False).first == "the rows of test are not the same"


def test_without_a_repository_there_is_nothing_to_build_from(tmp_path: Path) -> None:
    root = candidates.make(tmp_path)
    building.write(root, {"results/x.txt": ""})
    with pytest.raises(CannotRun, match="no result is called so"):
        reproduce.run(root, "435815a7")


def test_slices_that_hold_no_row_follow_from_the_predictions(tmp_path: Path) -> None:
    text = "import polars as pl\n\n\ndef none(rows):\n    return pl.col('want') == 'nobody wants this'\n"
    root = candidates.trained(tmp_path, {"project/slices.py": text})
    of = next(iter(records(root).values()))
    how = measuring.settings(of["evaluation"], of)
    kept = results.predictions(results.Source(root), of)
    assert kept is not None
    assert of["slices"]["none"]["n"] == 0
    found = {name: reproduce.whole(of, rows, how, name) for name, rows in kept.items()}
    assert reproduce.other_figures(of, found, how) == ""

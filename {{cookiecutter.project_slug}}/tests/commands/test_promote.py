"""`dataci promote`: what was checked goes into production; what was not needs a reason that stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import building
import candidates
import recording
from dataci import production
from dataci.commands import promote
from dataci.errors import CannotRun
from dataci.production import Production
from dataci.record import Record
from dataci.results import Source


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a committed project without results."""
    folder = candidates.make(tmp_path / "project")
    building.commit(folder, "Start")
    return folder


def keep(root: Path, name: str, signal: float, seed: int = 0, **changes: Any) -> Record:
    """Write the result of a candidate that was measured on today's test set."""
    today = building.load(root)
    test = {"id": today.tree_id("test"), "bugs": today.tree_id("bugs"), "slices": None}
    return recording.keep(root, name, signal, seed, **{"test": test, **changes})


def decided(root: Path) -> Production | None:
    """Return what is in production."""
    return production.read(Source(root))


def test_the_first_promotion_is_a_file_and_says_what_to_do_next(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tag = keep(root, "one", 0.3)["tag"]
    assert promote.run(root, tag[:5]) == 0
    assert decided(root) == Production(tag)
    out = capsys.readouterr().out
    assert f"nothing → {tag}" in out
    assert (
        f"git add results/{tag}.json results/{tag}.predictions.csv && git add results/production.toml" in out
    )
    building.commit(root)
    assert promote.run(root, tag) == 0
    assert "Nothing to do" in capsys.readouterr().out
    assert building.git(root, "status", "--porcelain") == ""


def test_a_better_one_takes_its_place_in_a_one_line_change(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weak, strong = keep(root, "weak", 0.05, 1)["tag"], keep(root, "strong", 0.6, 2)["tag"]
    promote.run(root, weak)
    building.commit(root)
    capsys.readouterr()
    assert promote.run(root, strong) == 0
    assert f"A is {weak}, in production; B is {strong}.\nB is better than A" in capsys.readouterr().out
    assert building.git(root, "diff", "--numstat") == "1\t1\tresults/production.toml"
    assert building.git(root, "status", "--porcelain") == "M results/production.toml"


def test_the_same_predictions_are_good_enough(root: Path) -> None:
    one, two = keep(root, "one", 0.3)["tag"], keep(root, "two", 0.3)["tag"]
    promote.run(root, one)
    assert promote.run(root, two) == 0
    assert decided(root) == Production(two)


def test_worse_and_unclear_are_refused_unless_a_reason_is_given(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    strong, weak, near = (
        keep(root, name, signal, seed)["tag"]
        for name, signal, seed in (("strong", 0.4, 2), ("weak", 0.05, 1), ("near", 0.38, 3))
    )
    promote.run(root, strong)
    for tag, word in ((weak, "worse than"), (near, "unclear")):
        capsys.readouterr()
        assert promote.run(root, tag) == 1
        said = capsys.readouterr()
        assert word in said.out
        assert "--force --reason" in said.err
        assert decided(root) == Production(strong)
    assert promote.run(root, weak, force=True, reason='the strong one\n costs "too much"') == 0
    assert decided(root) == Production(weak, 'the strong one costs "too much"')
    assert promote.run(root, strong) == 0
    assert decided(root) == Production(strong)  # the reason went with what it was about


@pytest.mark.parametrize("name", ["", "ffff", "latest", "../../x", "-x", "\x1b[31m"])
def test_a_candidate_that_is_not_there_is_refused(root: Path, name: str) -> None:
    keep(root, "one", 0.3)
    with pytest.raises(CannotRun, match=r"There is no record|Name more digits"):
        promote.run(root, name, force=True, reason="x")
    assert decided(root) is None


def test_a_candidate_without_predictions_or_with_a_broken_record_is_refused(root: Path) -> None:
    tag = keep(root, "one", 0.3)["tag"]
    (root / f"results/{tag}.predictions.csv").unlink()
    with pytest.raises(CannotRun, match="nothing can be checked"):
        promote.run(root, tag, force=True, reason="x")
    building.write(root, {f"results/{tag}.json": "<<<<<<<"})
    with pytest.raises(CannotRun, match="not valid JSON"):
        promote.run(root, tag, force=True, reason="x")


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"data/test/t.csv": candidates.HEADER + "u1,my cat,pet sitting,1\n"}, "today's test set"),
        (
            {"data/bugs/vet/patterns.csv": candidates.HEADER + "b9,my cat,pet sitting,1\n"},
            "today's model bugs",
        ),
        ({"project/slices.py": "def short(rows):\n    return rows['want'] == ''\n"}, "today's slices"),
        ({"dataci.toml": candidates.SETTINGS + "threshold = 0.4\n"}, r"settings of \[evaluation\]"),
        ({"dataci.toml": candidates.SETTINGS.replace('"1"', '"yes"')}, r"settings of \[evaluation\]"),
    ],
)
def test_a_candidate_that_was_measured_otherwise_is_refused(
    root: Path, files: dict[str, str], words: str
) -> None:
    tag = keep(root, "one", 0.3)["tag"]
    building.write(root, files)
    with pytest.raises(CannotRun, match=words) as caught:
        promote.run(root, tag)
    assert "dataci evaluate --all" in str(caught.value)
    assert decided(root) is None
    assert promote.run(root, tag, force=True, reason="roll back") == 0
    assert decided(root) == Production(tag, "roll back")


def test_what_nobody_can_build_again_is_refused(root: Path) -> None:
    tag = keep(root, "one", 0.3, uncommitted=True)["tag"]
    with pytest.raises(CannotRun, match="not committed"):
        promote.run(root, tag)
    assert promote.run(root, tag, force=True, reason="a fire") == 0


def test_without_a_verdict_nothing_is_promoted(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = keep(root, "old", 0.1, test={**recording.TEST})["tag"]
    new = keep(root, "new", 0.6)["tag"]
    production.write(root, Production(old))
    assert promote.run(root, new) == 1
    assert "evaluate --all" in capsys.readouterr().out
    for name in (f"{old}.predictions.csv", f"{old}.json"):
        (root / "results" / name).unlink()
        assert promote.run(root, new) == 1
        assert "No verdict" in capsys.readouterr().out
    assert decided(root) == Production(old)


def test_a_broken_file_is_mended_by_force(root: Path) -> None:
    tag = keep(root, "one", 0.3)["tag"]
    building.write(root, {"results/production.toml": "<<<<<<< HEAD\n"})
    with pytest.raises(CannotRun, match="not valid TOML"):
        promote.run(root, tag)
    assert promote.run(root, tag, force=True, reason="two promotions met") == 0
    assert decided(root) == Production(tag, "two promotions met")


@pytest.mark.parametrize("reason", [None, " ", "a\u202eb"])
def test_force_needs_a_reason(root: Path, reason: str | None) -> None:
    tag = keep(root, "one", 0.3)["tag"]
    with pytest.raises(CannotRun, match="reason"):
        promote.run(root, tag, force=True, reason=reason)
    assert decided(root) is None


def gates(root: Path) -> dict[str, Any]:
    """Write a limit into dataci.toml; return the parts of a record that is measured by it, beyond it."""
    building.write(root, {"dataci.toml": candidates.SETTINGS + "[evaluation.gates]\ncalibration = 0.1\n"})
    how = recording.HOW._replace(gates={"calibration": 0.1})
    return {"how": how, "uncertainty": {"ece": {"value": 0.3, "low": 0.2, "high": 0.4}}}


def test_a_gate_that_is_failed_refuses_also_the_first_and_the_better(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = gates(root)
    good = {**bad, "uncertainty": {"ece": {"value": 0.05, "low": 0.02, "high": 0.1}}}
    first, kept = keep(root, "first", 0.3, **bad)["tag"], keep(root, "kept", 0.05, 1, **good)["tag"]
    better = keep(root, "better", 0.6, 2, **bad)["tag"]
    said = "calibration: Scores and what is so lie apart: a calibration error of 0.300, at least 0.200; at most 0.1"
    assert promote.run(root, first) == 1
    assert f"{first} fails {said} is allowed." in capsys.readouterr().out
    assert decided(root) is None
    assert promote.run(root, kept) == 0
    capsys.readouterr()
    assert promote.run(root, better) == 1
    told = capsys.readouterr()
    assert "B is better than A" in told.out
    assert f"{better} fails {said}" in told.out
    assert "--force --reason" in told.err
    assert decided(root) == Production(kept)
    assert promote.run(root, better, force=True, reason="calibrated downstream") == 0
    assert decided(root) == Production(better, "calibrated downstream")


def test_a_slice_that_production_had_and_the_candidate_has_not_refuses(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    slices = {"short": {"n": 9, "metrics": {"roc_auc": {"value": 0.6, "low": 0.5, "high": 0.7}}}}
    old = keep(root, "old", 0.1, 1, slices=slices)["tag"]
    new = keep(root, "new", 0.6, 2, slices={"long": slices["short"]})["tag"]
    assert promote.run(root, old) == 0
    assert promote.run(root, new) == 1
    assert "slices: A slice without rows measures nothing: short had 9 rows before" in capsys.readouterr().out


def test_it_works_without_a_repository(tmp_path: Path) -> None:
    root = candidates.make(tmp_path)
    tag = keep(root, "one", 0.3)["tag"]
    assert promote.run(root, tag) == 0

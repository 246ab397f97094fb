"""`dataci threshold` as a user meets it: chosen on training rows only, written where it belongs, refused in words."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import building
import candidates
from dataci import cli, config, record, results
from dataci.commands import evaluate, threshold, train
from dataci.errors import CannotRun
from dataci.predictions import Settings
from dataci.results import Source
from dataci.thresholds import rules
from dataci.thresholds.tradeoff import tradeoff

COUNTING = """\
import pathlib

from dataci.models import sklearn


def build(params):
    with (pathlib.Path(__file__).parent.parent / "built.txt").open("a") as file:
        file.write("x")
    return sklearn.build(params)
"""
NUMBERS = """\
version = 1
[columns]
label = "price"
numeric = ["size"]
[train]
task = "regression"
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = candidates.make(tmp_path / "one")
    building.commit(folder, "Start")
    return folder


def answer(
    root: Path, capsys: pytest.CaptureFixture[str], rule: str | None = "f1", **given: Any
) -> dict[str, Any]:
    """Return what the command says as JSON."""
    capsys.readouterr()
    threshold.run(root, rule, format="json", **given)
    return json.loads(capsys.readouterr().out)  # type: ignore[no-any-return]


def relabelled(rows: str) -> str:
    """Return the test rows with each label turned around."""
    return re.sub(r",([01])$", lambda match: f",{1 - int(match[1])}", rows, flags=re.MULTILINE)


def test_it_says_what_a_threshold_does_and_leaves_everything_as_it_is(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = (root / "dataci.toml").read_bytes()
    assert threshold.run(root, "cost", costs=(1.0, 5.0)) == 0
    out = capsys.readouterr().out
    assert re.search(
        r"(?s)^Threshold 0\.\d+: the lowest cost, where a false positive costs 1 .*Of 1,000 rows", out
    )
    assert 'wrongly called "match = 1"' in out
    assert (root / "dataci.toml").read_bytes() == settings
    assert not (root / "results").exists()
    assert building.git(root, "status", "--porcelain") == ""


def test_the_labels_of_the_test_set_do_not_count(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = answer(root, capsys)
    path = root / "data/test/t.csv"
    turned = relabelled(path.read_text("utf-8"))
    assert turned != path.read_text("utf-8")
    path.write_text(turned, encoding="utf-8")
    after = answer(root, capsys)
    assert after["test"]["figures"]["f1"] != before["test"]["figures"]["f1"]
    assert {**before, "test": None} == {**after, "test": None}
    # The planted leak: whoever chooses on the test rows is moved by their labels.
    train.run(root)
    made = results.latest(Source(root))
    assert made is not None
    kept, how = (results.kept(root, made) or {})["test"], record.settings(made)
    chosen = [
        rules.choose(tradeoff(rows, how), rules.Rule("f1")).at / 1000
        for rows in (kept, kept._replace(labels=[str(1 - int(label)) for label in kept.labels]))
    ]
    assert chosen[0] != chosen[1]
    assert chosen[0] != after["threshold"]


def test_the_rows_of_the_test_set_do_not_count(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = answer(root, capsys)
    path = root / "data/test/t.csv"
    path.write_text("".join(path.read_text("utf-8").splitlines(keepends=True)[:9]), encoding="utf-8")
    after = answer(root, capsys)
    assert after["test"]["rows"] == 8
    assert {**before, "test": None} == {**after, "test": None}


def test_costs_that_are_turned_around_move_the_threshold(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dear_miss, dear_alarm = (
        answer(root, capsys, "cost", costs=costs)["threshold"] for costs in ((1.0, 8.0), (8.0, 1.0))
    )
    assert dear_miss < dear_alarm


def test_the_same_rows_give_the_same_bytes_in_whatever_file_and_order(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = (root / "data/train/a.csv").read_text("utf-8").splitlines(keepends=True)[1:]
    parts = {"a.csv": rows[:20][::-1], "b.csv": rows[20:]}
    other = candidates.make(
        tmp_path / "two",
        {f"data/train/{name}": candidates.HEADER + "".join(lines) for name, lines in parts.items()},
    )
    assert answer(other, capsys) == answer(root, capsys) == answer(root, capsys)


def test_predictions_are_kept_until_data_or_code_change(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = candidates.make(tmp_path, {"project/model.py": COUNTING})

    def built() -> int:
        return len((root / "built.txt").read_text())

    first = answer(root, capsys)
    assert built() == first["folds"] + 1  # each fold, and the whole for the test set
    answer(root, capsys, "recall>=0.9")
    assert built() == first["folds"] + 2  # the model of the whole comes from the store
    answer(root, capsys, folds=3)
    assert built() == first["folds"] + 2 + 4
    text = (root / "data/train/a.csv").read_text("utf-8")
    building.write(root, {"data/train/a.csv": text.replace("r001,", "r901,")})
    changed = built()
    answer(root, capsys)
    assert built() == changed + first["folds"] + 1


def test_predictions_of_a_result_are_taken_and_say_what_the_model_says(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = answer(root, capsys)
    train.run(root)
    capsys.readouterr()
    assert threshold.run(root, "f1", format="json") == 0
    taken = capsys.readouterr()
    assert json.loads(taken.out) == asked
    assert "asked about the test set" not in taken.err


# ---- writing it down


def test_it_is_written_into_the_settings_and_into_the_next_result(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train.run(root)
    building.commit(root, "Result")
    before = (root / "dataci.toml").read_text("utf-8")
    found = answer(root, capsys, "cost", costs=(1.0, 5.0), write=True)
    text = (root / "dataci.toml").read_text("utf-8")
    lines = [f"threshold = {found['threshold']}", 'rule = "cost"']
    lines.append("costs = {false_positive = 1, false_negative = 5}")
    assert text == before + "".join(f"{line}\n" for line in lines)
    evaluate.run(root)
    made = results.latest(Source(root))
    assert made is not None
    assert (
        record.settings(made)[:6]
        == Settings("roc_auc", "1", found["threshold"], 0.01, "cost", (1.0, 5.0))[:6]
    )
    price = found["test"]["figures"]["cost_per_1000"]
    assert made["cost"]["per_1000"]["value"] == pytest.approx(price["value"], rel=1e-3)
    assert made["cost"]["false_negatives_per_1000"] == pytest.approx(
        found["test"]["figures"]["false_negatives_per_1000"]["value"], rel=1e-3
    )
    again = answer(root, capsys, None, write=True)  # the rule of dataci.toml
    assert (again["rule"], again["threshold"], again["before"]) == (
        "cost",
        found["threshold"],
        found["threshold"],
    )
    assert (root / "dataci.toml").read_text("utf-8") == text


def test_another_rule_keeps_the_costs(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    threshold.run(root, "cost", costs=(1.0, 5.0), write=True)
    threshold.run(root, "fixed", at=0.62, write=True)
    told = config.load(root).evaluation
    assert (told["threshold"], told["rule"]) == (0.62, "fixed")
    assert told["costs"] == {"false_positive": 1, "false_negative": 5}
    found = answer(root, capsys, None)
    assert (found["threshold"], found["rule"], found["stability"]) == (0.62, "fixed", None)
    assert found["costs"]["assumed"] is False


def test_a_rule_that_cannot_be_met_ends_with_1_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    noise = candidates.HEADER + "".join(
        f"r{at:03d},want {at},offer {at % 7},{at * 7 % 3 % 2}\n" for at in range(60)
    )
    root = candidates.make(tmp_path, {"data/train/a.csv": noise})
    before = (root / "dataci.toml").read_bytes()
    assert threshold.run(root, "precision>=1", write=True) == 1
    shown = capsys.readouterr()
    assert shown.out.startswith(
        "No threshold reaches a precision of 1 or more on these rows. The nearest is "
    )
    assert "Nothing was written" in shown.err
    assert (root / "dataci.toml").read_bytes() == before


def test_the_curves_and_the_table_are_written_into_a_folder(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = root / "decision"
    assert threshold.run(root, "f1", output=folder) == 0
    assert sorted(path.name for path in folder.iterdir()) == [
        "cost.svg",
        "precision-recall.svg",
        "roc.svg",
        "trade-off.md",
    ]
    for path in folder.glob("*.svg"):
        assert ElementTree.parse(path).getroot().tag.endswith("svg")
    assert (folder / "trade-off.md").read_text("utf-8").startswith("### Threshold 0.")
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    threshold.run(root, "f1", output=folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first
    capsys.readouterr()
    threshold.run(root, "f1", format="markdown")
    assert capsys.readouterr().out.encode() == first["trade-off.md"]


# ---- the command line


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--rule", "cost", "--false-positive-cost", "1", "--false-negative-cost", "5"], 0),
        (["--at", ".62", "--prevalence", ".05", "--folds", "3", "--format", "markdown"], 0),
        (["--rule", "precision>=2"], 2),
        (["--false-positive-cost", "much"], 2),
        (["--folds", "1"], 2),
    ],
)
def test_arguments_become_an_exit_code(
    root: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int
) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["-C", str(root), "threshold", *arguments])
    assert end.value.code == code
    assert ("Threshold 0." in capsys.readouterr().out) == (code == 0)


# ---- what is refused


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"rule": "f2"}, "not known"),
        ({"rule": "cost"}, "--false-positive-cost"),
        ({"rule": "cost", "costs": (1.0, None)}, "Name both costs"),
        ({"rule": "cost", "costs": (-1.0, 2.0)}, "A cost is a number from 0"),
        ({"rule": "cost", "costs": (float("nan"), 2.0)}, "A cost is a number from 0"),
        ({"rule": "cost", "costs": (float("inf"), 2.0)}, "A cost is a number from 0"),
        ({"rule": "cost", "costs": (0.0, 0.0)}, "one of the two is above 0"),
        ({"rule": "fixed"}, "--at 0.62"),
        ({"at": 1.2}, "from 0 to 1"),
        ({"at": float("nan")}, "from 0 to 1"),
        ({"rule": "f1", "at": 0.5}, "Take one of them away"),
        ({"rule": "f1", "prevalence": 0.0}, "--prevalence"),
        ({"rule": "f1", "prevalence": 1.0}, "--prevalence"),
        ({"rule": "f1", "png": True}, "--output"),
    ],
)
def test_what_means_nothing_is_refused_with_the_cure(root: Path, given: dict[str, Any], word: str) -> None:
    with pytest.raises(CannotRun, match=re.escape(word)):
        threshold.run(root, **given)


def test_a_number_has_no_threshold(tmp_path: Path) -> None:
    rows = "size,price\n" + "".join(f"{at},{at}.5\n" for at in range(20))
    building.write(
        tmp_path, {"dataci.toml": NUMBERS, "data/train/a.csv": rows, "project/model.py": candidates.MODEL}
    )
    with pytest.raises(CannotRun, match="estimates a number"):
        threshold.run(tmp_path)


def test_three_labels_have_no_threshold(tmp_path: Path) -> None:
    three = "".join(
        row.replace(",1\n", ",2\n") if at % 2 else row for at, row in enumerate(candidates.rows())
    )
    settings = candidates.SETTINGS.replace('positive = "1"\n', "")
    root = candidates.make(tmp_path, {"data/train/a.csv": candidates.HEADER + three, "dataci.toml": settings})
    with pytest.raises(CannotRun, match="there are 3 labels"):
        threshold.run(root)


def test_a_project_without_test_rows_is_decided_without_the_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = candidates.make(tmp_path, {"data/test/t.csv": candidates.HEADER})
    found = answer(root, capsys)
    assert (found["test"], found["test_missing"]) == (None, "There is no test row.")


def test_a_candidate_of_several_processes_is_not_trained_for_the_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = candidates.SETTINGS + "[train]\nworld_size = 2\n"
    found = answer(candidates.make(tmp_path, {"dataci.toml": settings}), capsys)
    assert found["test"] is None
    assert "Run `dataci train`" in found["test_missing"]
    assert found["out_of_fold"]["rows"] == 64


def test_a_folder_that_cannot_be_written_is_said(root: Path) -> None:
    building.write(root, {"file": "x"})
    with pytest.raises(CannotRun, match="cannot be written"):
        threshold.run(root, "f1", output=root / "file" / "inside")


def test_a_curve_is_written_through_no_link(root: Path) -> None:
    outside = root.parent / "outside.svg"
    outside.write_text("mine", "utf-8")
    (root / "curves").mkdir()
    (root / "curves/roc.svg").symlink_to(outside)
    with pytest.raises(CannotRun, match=r"roc\.svg' is a link, which is not followed"):
        threshold.run(root, "f1", output=root / "curves")
    assert outside.read_text("utf-8") == "mine"

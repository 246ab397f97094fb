"""What was not measured on today's rows is measured again in memory, or there is no verdict."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import building
import candidates
import dataci
from comparing import side, stored
from dataci import comparison, measuring
from dataci.comparison import Side, remeasure
from dataci.dataset import Dataset
from dataci.errors import CannotRun
from dataci.predictions import Predictions

Answer = Callable[[Path, dict[str, Any]], dict[str, Predictions]]


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Return the data of a project that is in no repository."""
    return building.load(candidates.make(tmp_path))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, dataset: Dataset) -> list[str]:
    """Return the tags of the candidates whose own code was asked; it answers with what ``today`` says."""
    found: list[str] = []

    def answer(root: Path, record: dict[str, Any]) -> dict[str, Predictions]:
        """Answer for a candidate; the one with the code 9… has lost its environment."""
        assert root == dataset.config.root
        found.append(record["tag"])
        if record["tag"].endswith("9"):
            raise CannotRun("Its environment cannot be had any more.")
        return today(0.7 + int(record["tag"][-1]) / 10)

    stub = SimpleNamespace(predictions_today=answer)
    monkeypatch.setitem(sys.modules, "dataci.rerun", stub)
    monkeypatch.setattr(dataci, "rerun", stub, raising=False)
    return found


def today(right: float) -> dict[str, Predictions]:
    """Return predictions of today's rows, of which the share ``right`` is right, not yet rounded."""
    kept = candidates.rows()[::3]
    labels = [row.rsplit(",", 1)[1].strip() for row in kept]
    sure = np.where(np.arange(len(labels)) < right * len(labels), 0.87654321, 0.12345678)
    yes = np.array([label == "1" for label in labels])
    rows = stored(np.zeros(len(labels)), labels)._replace(ids=[row.split(",")[0] for row in kept])
    scores = np.where(yes, sure, 1 - sure)
    bug = stored(np.array([right, right]), ["0", "1"])._replace(ids=["b1", "b2"])
    return {"test": rows._replace(scores=np.column_stack([1 - scores, scores])), "bugs/vet": bug}


def current(dataset: Dataset, code: str, right: float = 0.8, **changes: Any) -> Side:
    """Return a result that was measured on today's rows."""
    rows = today(right)
    patterns = {"vet": (measuring.told(dataset)["bugs/vet"]["tree"], rows["bugs/vet"])}
    found = side(code, rows["test"], test=dataset.tree_id("test"), patterns=patterns, margin=0.01)
    found.record["test"]["bugs"] = dataset.tree_id("bugs")
    return found._replace(record={**found.record, **changes})


def elsewhere(dataset: Dataset, one: Side) -> Side:
    """Return a result as if it had been measured on another test set."""
    return one._replace(record={**one.record, "test": {**one.record["test"], "id": "9" * 40, "rows": 1200}})


def on_today(dataset: Dataset, one: Side, evaluate: bool = True) -> Side:
    """Return a result on today's rows; what takes its time is not said."""
    return remeasure.on_today(dataset, one, evaluate, lambda sentence: None)


def test_what_was_measured_on_todays_rows_stays_as_it_is(dataset: Dataset, asked: list[str]) -> None:
    one = current(dataset, "1")
    assert on_today(dataset, one) == one
    assert asked == []


def test_what_was_measured_on_another_test_set_is_measured_again(dataset: Dataset, asked: list[str]) -> None:
    one = elsewhere(dataset, current(dataset, "1", right=0.5))
    said: list[str] = []
    again = remeasure.on_today(dataset, one, True, said.append)
    assert asked == ["aaaaaaaa-11111111"]
    assert said == ["Evaluating aaaaaaaa-11111111 on today's test set …"]
    assert again.recorded == one.record
    assert again.record["test"] == {**measuring.place(dataset), "rows": 32}
    assert again.record["metrics"]["accuracy"]["value"] == pytest.approx(26 / 32, abs=1e-4)
    assert again.record["bugs"]["vet"]["tree"] == measuring.told(dataset)["bugs/vet"]["tree"]
    assert again.predictions is not None
    assert set(again.predictions["test"].scores[:, 1]) <= {0.877, 0.123}, "rounded as stored"
    verdict = comparison.judge(again, on_today(dataset, current(dataset, "2", right=0.9)))
    assert verdict.word != "none"


def test_other_groups_ask_no_model_but_are_said(dataset: Dataset, asked: list[str], tmp_path: Path) -> None:
    columns = replace(dataset.config.columns, group="want")
    grouped = Dataset(replace(dataset.config, columns=columns), dataset.which, dataset.entries)
    assert (
        "other groups of rows than today's" in on_today(grouped, current(dataset, "1"), evaluate=False).stuck
    )
    again = on_today(grouped, current(dataset, "1"))
    assert asked == []
    assert again.record["test"]["group"] == "want"
    assert again.predictions is not None
    wants = {row.split(",")[1] for row in candidates.rows()[::3]}
    assert len(set(again.predictions["test"].clusters)) == len(wants)


def test_where_it_may_not_be_evaluated_there_is_no_verdict_but_a_cure(
    dataset: Dataset, asked: list[str]
) -> None:
    both = [on_today(dataset, elsewhere(dataset, current(dataset, code)), evaluate=False) for code in "12"]
    verdict = comparison.judge(*both)
    assert asked == []
    assert verdict.word == "none", "both were measured on the same rows, but not on today's"
    assert (
        f"another test set (99999999, 1,200 rows) than today's ({dataset.tree_id('test')[:8]})"
        in verdict.reason
    )
    assert "dataci evaluate --all" in verdict.reason


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"bugs": "9" * 40}, "on other bugs than today's"),
        ({"slices": "9" * 40}, "on other slices than today's"),
    ],
)
def test_other_bugs_and_other_slices_count_as_well(
    dataset: Dataset, asked: list[str], change: dict[str, str], words: str
) -> None:
    one = current(dataset, "1")
    one = one._replace(record={**one.record, "test": {**one.record["test"], **change}})
    assert words in on_today(dataset, one, evaluate=False).stuck
    assert on_today(dataset, one).record["test"]["bugs"] == dataset.tree_id("bugs")
    assert asked == ["aaaaaaaa-11111111"]


def test_the_clusters_and_slices_are_todays(dataset: Dataset, asked: list[str]) -> None:
    text = "import polars as pl\n\n\ndef cats(rows):\n    return pl.col('want').str.contains('cat')\n"
    building.write(dataset.config.root, {"project/slices.py": text})
    again = on_today(dataset, elsewhere(dataset, current(dataset, "1")))
    assert again.predictions is not None
    rows = again.predictions["test"]
    assert rows.slices["cats"].sum() == 8
    assert len(set(rows.clusters)) < len(rows.ids), "wants recur in the pairs"
    assert again.record["test"]["slices"]


def test_a_candidate_that_predicts_other_rows_is_not_compared(
    dataset: Dataset, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    building.write(dataset.config.root, {"data/test/u.csv": candidates.HEADER + "u1,my cat,pet sitting,1\n"})
    grown = building.load(dataset.config.root)
    assert "does not read the rows of data/test" in on_today(grown, current(dataset, "1")).stuck


def test_figures_of_an_engine_that_computed_otherwise_are_made_again(
    dataset: Dataset, asked: list[str]
) -> None:
    one = current(dataset, "1")
    older = {name: part for name, part in one.record.items() if name != "uncertainty"}
    one = one._replace(record={**older, "evaluation": {**older["evaluation"], "method": 1}})
    assert "computes figures otherwise" in on_today(dataset, one, evaluate=False).stuck
    again = on_today(dataset, one)
    assert asked == []
    assert "ece" in again.record["uncertainty"]
    assert again.recorded == one.record


def test_other_settings_need_no_model(dataset: Dataset, asked: list[str]) -> None:
    one = current(dataset, "1")
    one = one._replace(
        record={**one.record, "evaluation": {**one.record["evaluation"], "metric": "f1", "threshold": 0.9}}
    )
    assert "other settings" in on_today(dataset, one, evaluate=False).stuck
    again = on_today(dataset, one)
    assert asked == []
    assert again.record["evaluation"]["metric"] == "roc_auc"
    assert again.record["metrics"]["accuracy"]["value"] == pytest.approx(26 / 32, abs=1e-4)
    assert again.recorded == one.record


def test_another_margin_is_only_a_margin(dataset: Dataset, asked: list[str]) -> None:
    one = current(dataset, "1")
    one = one._replace(record={**one.record, "evaluation": {**one.record["evaluation"], "margin": 0.5}})
    again = on_today(dataset, one, evaluate=False)
    assert (again.stuck, again.recorded, again.record["evaluation"]["margin"]) == ("", None, 0.01)


def test_lost_predictions_are_made_again(dataset: Dataset, asked: list[str]) -> None:
    one = current(dataset, "1")._replace(predictions=None)
    assert "has no stored predictions" in on_today(dataset, one, evaluate=False).stuck
    assert on_today(dataset, one).predictions is not None
    assert asked == ["aaaaaaaa-11111111"]


def test_what_cannot_be_evaluated_any_more_gets_no_verdict(dataset: Dataset, asked: list[str]) -> None:
    lost = on_today(dataset, elsewhere(dataset, current(dataset, "9")))
    assert asked == ["aaaaaaaa-99999999"]
    verdict = comparison.judge(lost, current(dataset, "1"))
    assert verdict.word == "none"
    assert verdict.reason.startswith(
        "aaaaaaaa-99999999 cannot be evaluated on today's test set. Its environment"
    )


def test_what_is_marked_as_out_of_reach_is_not_tried_again(dataset: Dataset, asked: list[str]) -> None:
    note = {"test": dataset.tree_id("test"), "reason": "Python 2 is gone"}
    one = elsewhere(dataset, current(dataset, "1", not_comparable=note))
    assert "Python 2 is gone" in on_today(dataset, one).stuck
    assert asked == []
    older = {**note, "test": "5" * 40}
    assert on_today(dataset, elsewhere(dataset, current(dataset, "1", not_comparable=older))).stuck == ""


def test_settings_that_do_not_fit_the_candidate_are_told(tmp_path: Path, asked: list[str]) -> None:
    changed = candidates.SETTINGS.replace('positive = "1"', 'positive = "yes"')
    dataset = building.load(candidates.make(tmp_path / "other", {"dataci.toml": changed}))
    assert "positive is 'yes'" in on_today(dataset, current(dataset, "1")).stuck

"""Triage: planted faults get their status, the order is error × harm × reach, and production counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import building
import recording
from dataci import bugstock, production, record, results
from dataci.bugs import answers, triage
from dataci.bugstock import Known
from dataci.predictions import Predictions, stored
from dataci.production import Production
from dataci.record import Record
from dataci.reporters.bugs import Case, Triage
from dataci.results import Source

TEST = {**recording.TEST, "patterns": "0123456789ab"}
LABELS = ["0", "1"] * 5
SURE = [0.1, 0.9] * 5  # right, and far from the threshold


def patterns(scores: Sequence[float]) -> Predictions:
    """Return ten patterns with these scores."""
    made = np.array(scores)
    ids = [f"p{at}" for at in range(len(LABELS))]
    return stored(Predictions(ids, LABELS, ["0", "1"], np.column_stack([1 - made, made])), recording.HOW)


def wrong(number: int, score: float = 0.95) -> list[float]:
    """Return scores of which the first ``number`` patterns are wrong; those of label 0 get ``score``."""
    return [(score if at % 2 == 0 else 1 - score) if at < number else SURE[at] for at in range(10)]


class Board:
    """Candidates one after the other, each with the scores of its bugs."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.tags: list[str] = []

    def add(self, **bugs: Sequence[float]) -> str:
        """Add a candidate, the latest; return its tag."""
        predicted = {f"bugs/{name.replace('_', '-')}": patterns(scores) for name, scores in bugs.items()}
        predicted = {"test": recording.predictions(0.3), **predicted}
        parent = self.tags[-1] if self.tags else None
        made = record.canonical(recording.made(f"c{len(self.tags)}", predicted, parent, test=TEST))
        results.save(self.root, made, predicted)
        results.write(self.root, results.LATEST, record.dumps(made))
        self.tags.append(made["tag"])
        return str(made["tag"])

    def promote(self, tag: str) -> None:
        """Put a candidate into production."""
        production.write(self.root, Production(tag))

    def judge(self, *bugs: Known, patterns: str | None = None) -> Triage:
        """Judge bugs, which have the patterns that were measured."""
        source = Source(self.root)
        return triage.triage({bug.id: bug for bug in bugs}, triage.look(source), source, patterns)

    def status(self, bug: Known) -> str:
        """Return the proposed status of one bug."""
        return self.judge(bug).cases[0].proposed


@pytest.fixture
def board(tmp_path: Path) -> Board:
    """Return an empty board."""
    return Board(tmp_path)


def known(name: str = "a", **changes: Any) -> Known:
    """Return a bug as the working tree has it."""
    return Known(name, name.upper(), 5, None, "open", ("b" * 40, "c" * 40))._replace(**changes)


CLOSED = known(status="closed")


def test_a_bug_that_was_always_wrong_is_open(board: Board) -> None:
    board.add(a=wrong(4))
    board.add(a=wrong(3))
    assert board.status(known()) == "open"


def test_a_bug_with_no_wrong_pattern_is_fixed_and_may_be_closed(board: Board) -> None:
    board.add(a=wrong(4))
    board.add(a=SURE)
    assert board.status(known()) == "fixed"
    assert board.status(CLOSED) == "closed"


def test_a_bug_that_was_fixed_or_closed_and_is_wrong_is_regressed(board: Board) -> None:
    board.add(a=wrong(4))
    assert board.status(CLOSED) == "regressed"
    board.add(a=SURE)
    board.add(a=wrong(1))
    assert board.status(known()) == "regressed"


def test_a_pattern_that_flips_within_noise_of_the_threshold_is_flaky(board: Board) -> None:
    board.add(a=wrong(1, 0.53))
    board.add(a=[0.47, *SURE[1:]])
    assert board.status(known()) == "flaky"  # right now, and not to be closed
    assert board.status(CLOSED) == "flaky"
    board.add(a=wrong(1, 0.52))
    assert board.status(known()) == "flaky"
    assert board.judge(known()).cases[0].flaky == 1
    board.add(a=[0.52, *wrong(4)[1:]])  # solid faults beside the flaky one
    assert board.status(known()) == "regressed"


def test_what_was_learned_from_afar_is_not_flaky_and_neither_is_what_stays(board: Board) -> None:
    board.add(a=wrong(1, 0.9))
    board.add(a=[0.47, *SURE[1:]])
    assert board.status(known()) == "fixed"
    board.add(a=[0.46, *SURE[1:]])
    assert board.status(known()) == "fixed"


def test_only_the_last_candidates_count_as_noise(board: Board) -> None:
    board.add(a=wrong(1, 0.53))
    for _ in range(4):
        board.add(a=[0.47, *SURE[1:]])
        assert board.status(known()) == "flaky"
    board.add(a=[0.47, *SURE[1:]])
    assert board.status(known()) == "fixed"


def test_a_bug_without_a_figure_is_unmeasured_and_comes_last(board: Board) -> None:
    board.add(a=wrong(1), moved=wrong(1))
    found = board.judge(known(), known("new", harm=10), known("moved", trees=("d" * 40, "e" * 40)))
    assert [(case.id, case.proposed) for case in found.cases] == [
        ("a", "open"),
        ("new", "unmeasured"),
        ("moved", "unmeasured"),
    ]
    assert found.cases[1].priority is None


def test_without_a_result_everything_is_unmeasured(board: Board) -> None:
    found = board.judge(known("a", harm=1), known("b", harm=9))
    assert found.reference is None
    assert [case.id for case in found.cases] == ["b", "a"]


def test_a_bug_is_measured_where_only_its_description_changed(board: Board) -> None:
    board.add(a=wrong(2))
    edited = known(trees=("d" * 40, "e" * 40))
    assert board.judge(edited, patterns="0123456789ab").cases[0].proposed == "open"
    assert board.judge(edited._replace(trees=("d" * 40, "b" * 40))).cases[0].proposed == "open"


def test_production_counts_and_the_latest_is_told_beside_it(board: Board) -> None:
    first = board.add(a=wrong(5))
    board.add(a=SURE)
    board.promote(first)
    found = board.judge(known())
    case = found.cases[0]
    assert (found.reference, found.in_production) == (first, True)
    assert (case.errors, case.proposed, case.latest_wrong) == (5, "open", False)
    assert [point.errors for point in case.trend] == [5, 0]


def test_a_bug_that_production_was_not_measured_on_has_the_figures_of_the_latest(board: Board) -> None:
    first = board.add(a=SURE)
    latest = board.add(a=SURE, new=wrong(3))
    board.promote(first)
    case = next(one for one in board.judge(known(), known("new")).cases if one.id == "new")
    assert (case.errors, case.by) == (3, latest)


def test_a_production_that_cannot_be_read_is_told(board: Board) -> None:
    latest = board.add(a=wrong(1))
    building.write(board.root, {"results/production.toml": 'tag = "00000000-00000000"\n'})
    found = board.judge(known())
    assert (found.reference, found.in_production) == (latest, False)
    assert "00000000-00000000" in found.fault


def test_the_order_is_error_times_harm_times_reach(board: Board) -> None:
    board.add(a=wrong(5), b=wrong(10), c=wrong(5), d=wrong(5))
    bugs = [
        known("a", harm=8, users=1000),
        known("b", harm=3, users=100),
        known("c", harm=8, users=10),
        known("d", harm=8),  # nobody knows its users: as many as the middle one
    ]
    found = board.judge(*bugs).cases
    assert [case.id for case in found] == ["a", "d", "b", "c"]
    reach = math.log(101) / math.log(1001)
    wanted = [40, 40 * reach, 30 * reach, 40 * math.log(11) / math.log(1001)]
    assert [case.priority for case in found] == pytest.approx(wanted)
    assert [case.id for case in board.judge(*(bug._replace(users=None) for bug in bugs)).cases] == [
        "a",
        "c",
        "d",
        "b",
    ]


def test_the_trend_is_of_the_same_patterns_in_the_order_of_merges(board: Board) -> None:
    board.add(b=SURE)
    for number in (4, 2, 3):
        board.add(a=wrong(number), b=SURE)
    case = next(one for one in board.judge(known(), known("b")).cases if one.id == "a")
    assert [point.errors for point in case.trend] == [4, 2, 3]
    assert [point.tag for point in case.trend] == board.tags[1:]


def test_a_long_history_is_cut_and_a_lost_parent_ends_it(board: Board) -> None:
    for _ in range(triage.CHAIN + 3):
        board.add(a=wrong(1))
    assert len(board.judge(known()).cases[0].trend) == triage.CHAIN
    (board.root / "results" / f"{board.tags[-2]}.json").write_text("{", "utf-8")
    assert [point.tag for point in board.judge(known()).cases[0].trend] == board.tags[-1:]


def test_lost_or_damaged_predictions_leave_the_rest(board: Board) -> None:
    board.add(a=wrong(1, 0.53))
    board.add(a=[0.47, *SURE[1:]])
    for text in ("", "split,id\n", "split,id,label,score\nbugs/a,p0,0,x\n", "\x00"):
        (board.root / "results" / f"{board.tags[-1]}.predictions.csv").write_text(text, "utf-8")
        assert board.status(known()) == "fixed"


def of_regression(mae: float, usual: float) -> tuple[Record, Case]:
    """Return a record of a regression, and its bug in the triage."""
    figure = {"value": mae, "low": mae / 2, "high": mae * 2}
    bug = {"n": 12, "mae": figure, "tree": "b" * 40}
    test = recording.predictions(0.3)
    made = recording.made("r", {"test": test})
    made = {**made, "bugs": {"a": bug}, "metrics": {"mae": {"value": usual}}}
    return made, triage.case(known(), triage.Results(made, made, (made,)), 1.0, (0, 0), None)


def test_a_regression_is_wrong_where_it_is_further_off_than_elsewhere() -> None:
    _, case = of_regression(6.0, 2.0)
    assert (case.proposed, case.errors, case.error) == ("open", None, 0.75)
    assert case.low is not None
    assert case.high is not None
    assert case.low < 0.75 < case.high
    assert of_regression(1.0, 2.0)[1].proposed == "fixed"
    assert of_regression(0.0, 0.0)[1].error == 0.0


@pytest.mark.parametrize("classes", [["0", "1"], ["x", "y", "z"]])
def test_answers_agree_with_the_record(tmp_path: Path, classes: list[str]) -> None:
    draws = np.random.default_rng(3).dirichlet(np.ones(len(classes)), 40)
    draws[0] = 1 / len(classes)  # on the threshold, or a tie
    labels = [classes[at % len(classes)] for at in range(40)]
    how = recording.HOW if len(classes) == 2 else recording.HOW._replace(metric="accuracy", positive=None)
    rows = stored(Predictions([f"p,{at}" for at in range(40)], labels, classes, draws), how)
    predicted = {"test": rows, "bugs/a": rows, "bugs/b-2": rows.cut(range(20))}
    made = recording.made("m", predicted, how=how)
    results.save(tmp_path, made, predicted)
    found = answers.answers(Source(tmp_path), made)
    assert found is not None
    counted = dict(found.group_by("bug").agg(pl.col("wrong").sum()).iter_rows())
    assert counted == {name: made["bugs"][name]["errors"] for name in ("a", "b-2")}


def test_the_stock_reads_what_people_wrote_and_only_that(tmp_path: Path) -> None:
    root = building.make(
        tmp_path,
        {
            "data/bugs/one/bug.toml": 'name = "One"\nharm = 9\nusers = "about 50"\nstatus = "Closed"\n',
            "data/bugs/one/patterns.csv": building.TEST,
            "data/bugs/odd/patterns.csv": building.TEST,
            "data/bugs/README.md": "not a bug",
        },
    )
    found = bugstock.stock(building.load(root))
    assert {name: bug[1:5] for name, bug in found.items()} == {
        "odd": ("", 5, None, "open"),
        "one": ("One", 9, 50, "closed"),
    }
    told = {name: {"tree": bug.trees[0], "harm": 1, "status": "open"} for name, bug in found.items()}
    assert (
        bugstock.stock(building.load(root), {"bugs": told})["one"].harm == 1
    )  # as it was read for the record
    told["one"]["tree"] = "0" * 40
    assert bugstock.stock(building.load(root), {"bugs": told})["one"].harm == 9

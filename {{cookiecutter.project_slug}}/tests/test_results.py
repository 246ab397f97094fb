"""The results/ folder: predictions survive the way to disk and back, nothing is written for nothing."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataci import results
from dataci.errors import CannotRun
from dataci.evaluation import Predictions
from dataci.results import Source

HOSTILE = [
    '=HYPERLINK("x")',
    "a,b",
    'quo"te',
    "two\nlines",
    "\r",
    "$(x)",
    "../../x",
    "::error::",
    "é\u202e",
    "",
]


def predictions(ids: list[str], scores: list[float]) -> Predictions:
    """Return binary predictions."""
    right = np.array(scores)
    return Predictions(
        ids,
        ["1", "0"] * (len(ids) // 2) + ["1"] * (len(ids) % 2),
        ["0", "1"],
        np.column_stack([1 - right, right]),
    )


def test_the_file_has_one_line_a_row_the_test_set_first() -> None:
    found = {"bugs/b": predictions(["p"], [0.25]), "test": predictions(["x", "y"], [0.5, 1.0])}
    text = results.format_predictions(found, "1")
    assert text == "split,id,label,score\ntest,x,1,0.500\ntest,y,0,1.000\nbugs/b,p,1,0.250\n"


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(HOSTILE), min_size=1, max_size=8
    )
)
def test_predictions_survive_whatever_the_ids_are(ids: list[str]) -> None:
    scores = [round(at / 10, 3) for at in range(len(ids))]
    kept = results.parse_predictions(
        results.format_predictions({"test": predictions(ids, scores)}, "1"), "1"
    )["test"]
    assert kept.ids == ids
    assert kept.scores[:, 1].tolist() == scores


def test_many_classes_have_a_column_each() -> None:
    classes = ["a,b", "score", "=c"]
    rows = Predictions(["x"], ["score"], classes, np.array([[0.2, 0.5, 0.3]]))
    text = results.format_predictions({"test": rows}, None)
    assert text.startswith('split,id,label,"score:a,b",score:score,score:=c\n')
    kept = results.parse_predictions(text, None)["test"]
    assert (kept.classes, kept.labels, kept.scores.tolist()) == (classes, ["score"], [[0.2, 0.5, 0.3]])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "id,score\n1,0.5\n",
        "split,id,label,score\ntest,x,1,NaN\n",
        "split,id,label,score\ntest,x,1,1.5\n",
        "split,id,label,score\ntest,x,1\n",
        "split,id,label,score\ntest,x,1,high\n",
        "split,id,label,score:a,score:b\ntest,x,1,0.5,0.5\n",
    ],
)
def test_malformed_predictions_are_refused(tmp_path: Path, text: str) -> None:
    made = {"tag": "aaaaaaaa-bbbbbbbb", "evaluation": {"positive": "1"}}
    results.write(tmp_path, "aaaaaaaa-bbbbbbbb.predictions.csv", text)
    with pytest.raises(CannotRun, match=r"predictions\.csv cannot be read"):
        results.predictions(Source(tmp_path), made)


def test_equal_bytes_are_not_written_again(tmp_path: Path) -> None:
    assert results.write(tmp_path, "x.json", "one") == ["results/x.json"]
    os.chmod(tmp_path / "results", 0o555)
    try:
        assert results.write(tmp_path, "x.json", "one") == []
    finally:
        os.chmod(tmp_path / "results", 0o755)
    assert results.write(tmp_path, "x.json", "two") == ["results/x.json"]
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["x.json"]


def test_unreadable_records_are_warned_of_and_skipped(tmp_path: Path) -> None:
    results.write(tmp_path, "broken.json", "<<<<<<< HEAD")
    results.write(tmp_path, "newer.json", '{"format": 99}')
    found, warnings = results.read_all(tmp_path)
    assert found == []
    assert [warning.split(" ")[0] for warning in warnings] == ["results/broken.json", "results/newer.json"]


def test_an_absent_folder_has_no_results(tmp_path: Path) -> None:
    assert results.read_all(tmp_path) == ([], [])
    assert results.latest(Source(tmp_path)) is None

"""results/<tag>.predictions.csv: predictions survive the way to disk and back, whatever they are called."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataci import scores
from dataci.predictions import Predictions, plain, significant

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
    text = scores.dumps(found, "1")
    assert text == "split,id,label,score\ntest,x,1,0.500\ntest,y,0,1.000\nbugs/b,p,1,0.250\n"


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(HOSTILE), min_size=1, max_size=8
    )
)
def test_predictions_survive_whatever_the_ids_are(ids: list[str]) -> None:
    given = [round(at / 10, 3) for at in range(len(ids))]
    kept = scores.loads(scores.dumps({"test": predictions(ids, given)}, "1"), "1")["test"]
    assert kept.ids == ids
    assert kept.scores[:, 1].tolist() == given


def test_a_file_with_many_splits_or_slices_does_not_take_for_ever() -> None:
    """Who wrote it may wish us ill: each line of another split, each row in a slice of its own."""
    lines = [f"bugs/{at},p,1,0.500\n" for at in range(100_000)]
    assert len(scores.loads("split,id,label,score\n" + "".join(lines), "1")) == len(lines)
    lines = [f"test,{at},1,s{at},0.500\n" for at in range(scores.MOST + 1)]
    header = "split,id,label,slices,score\n"
    assert len(scores.loads(header + "".join(lines[:-1]), "1")["test"].slices) == scores.MOST
    with pytest.raises(ValueError, match="more than 1,000 slices"):
        scores.loads(header + "".join(lines), "1")


def test_many_classes_have_a_column_each() -> None:
    classes = ["a,b", "score", "=c"]
    rows = Predictions(["x"], ["score"], classes, np.array([[0.2, 0.5, 0.3]]))
    text = scores.dumps({"test": rows}, None)
    assert text.startswith('split,id,label,"score:a,b",score:score,score:=c\n')
    kept = scores.loads(text, None)["test"]
    assert (kept.classes, kept.labels, kept.scores.tolist()) == (classes, ["score"], [[0.2, 0.5, 0.3]])


HOSTILE_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=4) | st.sampled_from(HOSTILE)


@given(st.data())
def test_clusters_slices_and_any_number_of_classes_survive(data: st.DataObject) -> None:
    rows = data.draw(st.integers(1, 5))
    classes = sorted(data.draw(st.sets(HOSTILE_TEXT, min_size=3, max_size=4)))
    values = np.round(np.random.default_rng(rows).uniform(size=(rows, len(classes))), 3)
    clusters = tuple(data.draw(st.lists(st.sampled_from(["a", "b,\n"]), min_size=rows, max_size=rows)))
    marks = {
        name: np.array(data.draw(st.lists(st.booleans(), min_size=rows, max_size=rows)))
        for name in ("x", "y-2")
    }
    ids = [f"{HOSTILE[0]}{at}" for at in range(rows)]
    given = Predictions(ids, [classes[0]] * rows, classes, values, clusters, marks)
    text = scores.dumps({"test": given}, None)
    kept = scores.loads(text, None)["test"]
    assert (kept.ids, kept.labels, kept.classes) == (given.ids, given.labels, classes)
    assert kept.scores.tolist() == values.tolist()
    assert kept.clusters == (clusters if len(set(clusters)) < rows else ())
    assert {name: list(mask) for name, mask in kept.slices.items()} == {
        name: list(mask) for name, mask in marks.items() if mask.any()
    }
    assert scores.dumps({"test": kept}, None) == scores.dumps(
        {"test": scores.loads(text, None)["test"]}, None
    )


def test_a_regression_has_one_column_with_four_significant_digits() -> None:
    rows = Predictions(["x", "y"], ["1200.5", "3e-7"], [], np.array([[1234.5678], [-0.00012345]]))
    text = scores.dumps({"test": rows}, None)
    assert text == "split,id,label,score\ntest,x,1200.5,1235\ntest,y,3e-7,-0.0001234\n"
    kept = scores.loads(text, None)["test"]
    assert (kept.classes, kept.labels) == ([], ["1200.5", "3e-7"])
    assert kept.scores.tolist() == [[1235.0], [-0.0001234]]


def test_columns_that_nobody_uses_are_left_out_and_rows_of_a_bug_may_have_none() -> None:
    test = predictions(["x", "y"], [0.5, 1.0])._replace(slices={"short": np.array([True, False])})
    text = scores.dumps({"test": test, "bugs/b": predictions(["p"], [0.25])}, "1")
    assert text == "split,id,label,slices,score\ntest,x,1,short,0.500\ntest,y,0,,1.000\nbugs/b,p,1,,0.250\n"
    assert list(scores.loads(text, "1")["test"].slices["short"]) == [True, False]


@pytest.mark.parametrize(
    ("text", "positive"),
    [
        ("", "1"),
        ("id,score\n1,0.5\n", "1"),
        ("split,id,label,score\ntest,x,1,NaN\n", "1"),
        ("split,id,label,score\ntest,x,1,1.5\n", "1"),
        ("split,id,label,score\ntest,x,1,inf\n", None),
        ("split,id,label,score\ntest,x,1\n", "1"),
        ("split,id,label,score\ntest,x,1,high\n", "1"),
        ("split,id,label,score:a,score:b\ntest,x,1,0.5,0.5\n", "1"),
    ],
)
def test_malformed_text_is_refused(text: str, positive: str | None) -> None:
    with pytest.raises(ValueError, match=r"."):
        scores.loads(text, positive)


@pytest.mark.parametrize(
    ("value", "text"),
    [(192000.0, "192000"), (-60974.0, "-60970"), (0.00012345, "0.0001234"), (1e-9, "1e-09"), (3e20, "3e+20")],
)
def test_a_number_is_written_in_full_where_that_can_be_read(value: float, text: str) -> None:
    assert plain(value) == text
    assert float(plain(value)) == significant(np.array([value]))[0]

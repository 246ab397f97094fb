"""Rows for the model, training, and refusals that name the place and the cure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import building
import candidates
from dataci import evaluation, examples, training
from dataci.dataset import Dataset
from dataci.errors import CannotRun
from dataci.metrics import Array
from dataci.predictions import Predictions, stored

TABLE = """\
version = 1
[columns]
label = "y"
numeric = ["n"]
categorical = ["c"]
[files]
missing = ["?"]
"""


def table(root: Path, train: str, test: str = "n,c,y\n1,a,p\n", settings: str = TABLE) -> Path:
    """Write a project over a table."""
    files = {
        "data/train/a.csv": train,
        "data/test/t.csv": test,
        "data/bugs/vet/patterns.csv": "n,c,y\n1,a,p\n",
    }
    return candidates.make(root, {"dataci.toml": settings, **files})


def trained(dataset: Dataset) -> dict[str, Predictions]:
    """Return what a freshly trained model says of each test row, rounded as it is stored."""
    config = dataset.config
    rows, tests = training.training_rows(dataset), training.test_rows(dataset)
    how = evaluation.settings(config.evaluation, list(training.label_counts(rows, config)))
    model = training.fit(config, rows)
    found = training.predict_all(config, model, tests)
    return {name: stored(rows, how) for name, rows in found.items()}


def refusal(root: Path) -> str:
    """Return why training refuses."""
    with pytest.raises(CannotRun) as caught:
        trained(building.load(root))
    return str(caught.value)


def test_neither_the_order_of_rows_nor_files_matters(tmp_path: Path) -> None:
    one, two = candidates.make(tmp_path / "one"), candidates.make(tmp_path / "two")
    text = (one / "data/train/a.csv").read_text().splitlines(keepends=True)
    header, *rows = text
    (two / "data/train/a.csv").write_text(header + "".join(rows[40:][::-1]))
    (two / "data/train/b.csv").write_text(header + "".join(rows[:40][::-1]))
    first, second = (trained(building.load(root)) for root in (one, two))
    for split, found in first.items():
        assert found.ids == second[split].ids == sorted(found.ids)
        assert np.array_equal(found.scores, second[split].scores)
    assert set(first) == {"test", "bugs/vet"}
    dataset = building.load(two)
    counts = training.label_counts(training.training_rows(dataset), dataset.config)
    assert counts == {"0": 48, "1": 16}


def test_predictions_are_rounded_and_good(tmp_path: Path) -> None:
    found = trained(building.load(candidates.make(tmp_path)))["test"]
    assert np.array_equal(found.scores, np.round(found.scores, 3))
    match, other = (
        [p for p, label in zip(found.scores[:, 1], found.labels, strict=True) if label == x] for x in "10"
    )
    assert np.mean([one > two for one in match for two in other]) > 0.7


def test_columns_arrive_with_the_types_of_their_roles(tmp_path: Path) -> None:
    root = table(tmp_path, "n,c,y\n 1.5 ,a,p\n?,?,q\n,,q\nNaN,a,p\n")
    rows = examples.examples(building.load(root), "train").inputs
    assert list(rows.schema.items()) == [("n", pl.Float64), ("c", pl.Categorical)]
    assert sorted(rows.rows(), key=str) == [(1.5, "a"), (None, "a"), (None, None), (None, None)]


def test_rows_without_an_id_are_named_by_their_content(tmp_path: Path) -> None:
    root = table(tmp_path, "n,c,y\n1,a,p\n1,a,q\n2,a,p\n")
    ids = examples.examples(building.load(root), "train").ids
    assert ids[1] == f"{ids[0]}#2"
    assert len(set(ids)) == 3
    again = table(tmp_path / "again", "n,c,y\n2,a,p\n1,a,p\n1,a,q\n")
    assert examples.examples(building.load(again), "train").ids == ids


def test_an_id_that_occurs_twice_is_numbered_and_never_taken_for_another(tmp_path: Path) -> None:
    rows = "x,w,o,1\nx,w,p,0\nx#2,w,q,0\n"
    root = candidates.make(tmp_path, {"data/test/t.csv": candidates.HEADER + rows})
    assert examples.examples(building.load(root), "test").ids == ["x", "x#2#", "x#2"]


@pytest.mark.parametrize(
    ("train", "words"),
    [
        ("n,c,y\n1,a,p\n2,a,p\n", "Every training row has the y 'p'"),
        (
            "n,c,y\n1,a,p\n2,a,\n3,b,?\n",
            "2 rows of data/train have no label, the first at data/train/a.csv:3",
        ),
        ("n,c,y\n", "There is no training row"),
        ("n,c\n1,a\n", "No file of data/train has the column 'y'"),
        ("n,c,y\n1,a,p\nmany,a,q\n", "data/train/a.csv:3: 'many' in the numeric column 'n'"),
        ("n,c,y\n1,a,p\ninf,a,q\n", "data/train/a.csv:3: 'inf' in the numeric column 'n'"),
        ("n,c,y\n1,a,p\n2,a,q,z,z\n", "1 rows that cannot be read"),
        ("n,c,y\n" + "".join(f"{i},a,{i}\n" for i in range(99)), "99 different values in 99 rows"),
    ],
)
def test_training_data_that_cannot_be_learned_from_are_refused(
    tmp_path: Path, train: str, words: str
) -> None:
    assert words in refusal(table(tmp_path, train))


def test_an_empty_test_set_is_refused(tmp_path: Path) -> None:
    assert "no test row" in refusal(table(tmp_path, "n,c,y\n1,a,p\n2,a,q\n", "n,c,y\n"))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (TABLE.replace('label = "y"\n', ""), "names no label"),
        (TABLE.replace('numeric = ["n"]\ncategorical = ["c"]\n', ""), "a model needs one"),
        (TABLE + "[train]\nseed = -1\n", "seed is -1"),
        (TABLE + "[train]\nseeds = 1\n", "unknown key 'seeds'"),
        (TABLE + "[train]\nparams = 1\n", "params must be a table"),
        (TABLE + "[train.params]\nseed = 1\n", "set it as [train] seed"),
        (TABLE + "[train.params]\ncee = 1\n", "'cee', which the model does not know"),
        (TABLE + '[evaluation]\nmetric = "rocauc"\n', "metric is 'rocauc'"),
    ],
)
def test_settings_that_do_not_fit_are_refused(tmp_path: Path, settings: str, words: str) -> None:
    assert words in refusal(table(tmp_path, "n,c,y\n1,a,p\n2,a,q\n", settings=settings))


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("def build(params:\n", "does not run: line 1"),
        ("", "must define `build(params)`"),
        ("def build(params):\n    return params['x']\n", "build() failed. line 2: KeyError"),
        (
            "class M:\n    def fit(self, rows, labels):\n        1 / 0\n\n\nbuild = lambda params: M()\n",
            "line 3: ZeroDivision",
        ),
    ],
)
def test_a_model_that_fails_is_refused_with_the_line(tmp_path: Path, model: str, words: str) -> None:
    assert words in refusal(candidates.make(tmp_path, {"project/model.py": model}))


@pytest.mark.parametrize(
    ("classes", "returned", "words"),
    [
        ("['0', '1']", "np.ones((len(rows), 3))", "has the shape (32, 3) instead of (32, 2)"),
        ("['0', '1']", "np.full((len(rows), 2), np.nan)", "no number from 0 to 1"),
        ("['0', '1']", "np.full((len(rows), 2), 1.5)", "no number from 0 to 1"),
        ("['0', '1', '2']", "None", "`classes` must be the sorted labels"),
    ],
)
def test_a_model_that_returns_no_probabilities_is_refused(
    tmp_path: Path, classes: str, returned: str, words: str
) -> None:
    model = (
        "import numpy as np\n\n\nclass M:\n    def fit(self, rows, labels):\n"
        f"        self.classes = {classes}\n\n    def predict_proba(self, rows):\n        return {returned}\n\n\n"
        "def build(params):\n    return M()\n"
    )
    assert words in refusal(candidates.make(tmp_path, {"project/model.py": model}))


def test_a_model_that_draws_at_random_repeats_itself(tmp_path: Path) -> None:
    model = (
        "import random\n\nimport numpy as np\n\n\nclass M:\n    classes = ['0', '1']\n\n"
        "    def fit(self, rows, labels):\n"
        "        self.p = (random.random() + np.random.rand()) / 2\n\n    def predict_proba(self, rows):\n"
        "        return np.tile([1 - self.p, self.p], (len(rows), 1))\n\n\ndef build(params):\n    return M()\n"
    )
    root = candidates.make(tmp_path, {"project/model.py": model})
    first, second = (trained(building.load(root))["test"].scores for _ in range(2))
    assert np.array_equal(first, second)


NUMBERS = TABLE + '[train]\ntask = "regression"\n'
MEAN = """\
import numpy as np


class Mean:
    classes = []

    def fit(self, rows, labels):
        self.mean = labels.cast(float).mean()

    def predict(self, rows):
        return {returned}


def build(params):
    assert params["task"] == "regression"
    return Mean()
"""


def test_a_number_is_predicted_where_the_task_says_so(tmp_path: Path) -> None:
    root = table(tmp_path, "n,c,y\n1,a, 10\n2,a,20.5\n", "n,c,y\n1,a,1e3\n", NUMBERS)
    (root / "data/bugs/vet/patterns.csv").unlink()
    building.write(root, {"project/model.py": MEAN.format(returned="np.full(len(rows), self.mean)")})
    found = trained(building.load(root))["test"]
    assert (found.classes, found.labels, found.scores.tolist()) == ([], ["1e3"], [[15.25]])


@pytest.mark.parametrize(
    ("train", "returned", "words"),
    [
        ("n,c,y\n1,a,10\n2,a,ten\n", "1", "data/train/a.csv:3: the y 'ten' is no finite number"),
        ("n,c,y\n1,a,10\n2,a,inf\n", "1", "data/train/a.csv:3: the y 'inf' is no finite number"),
        (
            "n,c,y\n1,a,10\n2,a,-1e46\n",
            "1",
            "data/train/a.csv:3: the y '-1e46' is no finite number, or one beyond",
        ),
        ("n,c,y\n1,a,10\n2,a,10\n", "1", "Every training row has the y '10'"),
        (
            "n,c,y\n1,a,10\n2,a,20\n",
            "np.full(len(rows), np.nan)",
            "predict returned something that is no finite",
        ),
        (
            "n,c,y\n1,a,10\n2,a,20\n",
            "np.ones((len(rows), 2))",
            "predict has the shape (1, 2) instead of (1,)",
        ),
    ],
)
def test_what_is_no_regression_is_refused(tmp_path: Path, train: str, returned: str, words: str) -> None:
    root = table(tmp_path, train, "n,c,y\n1,a,10\n", NUMBERS)
    (root / "data/bugs/vet/patterns.csv").unlink()
    building.write(root, {"project/model.py": MEAN.format(returned=returned)})
    assert words in refusal(root)


def clusters(root: Path, settings: str, rows: str) -> tuple[str, ...]:
    """Return the clusters of test rows with the columns id, want, offer, match and who."""
    files = {"dataci.toml": settings, "data/test/t.csv": "id,want,offer,match,who\n" + rows}
    return examples.examples(building.load(candidates.make(root, files)), "test").clusters


def test_rows_of_a_group_and_rows_that_share_a_text_depend_on_one_another(tmp_path: Path) -> None:
    rows = "a,cat,x,1,ann\nb,Cat ,y,0,ben\nc,dog,z,0,ann\nd,cow,x,1,\ne,hen,v,1,\n"
    assert clusters(tmp_path / "texts", candidates.SETTINGS, rows) == ("a", "a", "c", "d", "e")
    grouped = candidates.SETTINGS.replace("[evaluation]", 'group = "who"\n[evaluation]')
    assert clusters(tmp_path / "groups", grouped, rows) == ("a", "b", "a", "d", "e")
    offers = rows.replace("hen,v", "hen,x")  # now the offers recur more than the wants
    assert clusters(tmp_path / "offers", candidates.SETTINGS, offers) == ("a", "b", "c", "a", "a")
    alone = "a,cat,x,1,ann\nb,dog,y,0,ben\n"
    assert clusters(tmp_path / "alone", candidates.SETTINGS, alone) == ()


DRAWING = """\
import numpy as np


class M:
    classes = {classes}

    def fit(self, rows, labels):
        return self

    def predict_proba(self, rows):
        return np.full((len(rows), 2), 0.5)

    def predict(self, rows):
        return np.zeros(len(rows))

    def predict_samples(self, rows, draws, seed):
        assert seed == 0
        return {returned}


def build(params):
    return M()
"""
CHANCES = "np.tile([[[0.9, 0.1]], [[0.5, 0.5]]], (draws // 2, len(rows), 1))"


def doubts(root: Path, model: str, settings: str = "") -> Array:
    """Return the doubts of a model about the 32 test rows of a project."""
    root = candidates.make(root, {"project/model.py": model, "dataci.toml": candidates.SETTINGS + settings})
    dataset = building.load(root)
    fitted = training.fit(dataset.config, training.training_rows(dataset))
    return training.doubts(dataset.config, fitted, training.test_rows(dataset)["test"])


def test_a_model_that_draws_is_asked_for_its_doubts(tmp_path: Path) -> None:
    model = DRAWING.format(classes=["0", "1"], returned=CHANCES)
    found = doubts(tmp_path / "two", model)
    mean = -0.7 * np.log(0.7) - 0.3 * np.log(0.3)
    each = (-0.9 * np.log(0.9) - 0.1 * np.log(0.1) + np.log(2)) / 2
    assert found == pytest.approx(np.tile([0.2, mean - each], (32, 1)))
    more = DRAWING.format(classes=["0", "1"], returned="[[[1 / draws, 1 - 1 / draws]] * len(rows)] * draws")
    assert doubts(tmp_path / "more", more, "[evaluation.uncertainty]\ndraws = 4\n")[0] == pytest.approx(
        [0, 0]
    )


def test_the_default_model_doubts_the_same_rows_each_time(tmp_path: Path) -> None:
    one, two = (doubts(tmp_path / name, candidates.MODEL) for name in "ab")
    assert one.shape == (32, 2)
    assert np.array_equal(one, two)
    assert (one[:, 0] > 0).all()
    assert ((one[:, 1] > 0) & (one[:, 1] < np.log(2))).all()


def test_no_doubts_where_nothing_is_drawn(tmp_path: Path) -> None:
    silent = DRAWING.format(classes=["0", "1"], returned=CHANCES).replace("predict_samples", "other")
    assert doubts(tmp_path / "silent", silent).shape == (0, 2)
    none = doubts(tmp_path / "none", candidates.MODEL, "[evaluation.uncertainty]\ndraws = 0\n")
    assert none.shape == (0, 2)


def test_many_rows_are_asked_about_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = doubts(tmp_path / "whole", candidates.MODEL)
    monkeypatch.setattr(training, "CELLS", 400)
    assert doubts(tmp_path / "parts", candidates.MODEL) == pytest.approx(whole, abs=1e-9)
    sized = f"{CHANCES} if len(rows) == 10 or len(rows) == 2 else None"
    assert doubts(tmp_path / "sized", DRAWING.format(classes=["0", "1"], returned=sized)).shape == (32, 2)


def test_doubts_of_a_regression_are_in_the_unit_of_the_label(tmp_path: Path) -> None:
    train = "n,c,y\n" + "".join(f"{at},a,{1000 * at + at % 3}\n" for at in range(40))
    root = table(tmp_path, train, "n,c,y\n1,a,10\n900,b,10\n", NUMBERS)
    (root / "data/bugs/vet/patterns.csv").unlink()
    dataset = building.load(root)
    model = training.fit(dataset.config, training.training_rows(dataset))
    found = training.doubts(dataset.config, model, training.test_rows(dataset)["test"])
    assert found.shape == (2, 2)
    assert found[:, 1].tolist() == [0, 0]
    assert found[0, 0] > 1
    assert found[1, 0] > 3 * found[0, 0]


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        ("np.zeros((draws, len(rows)))", "predict_samples has the shape (20, 32) instead of (20, 32, 2)"),
        (
            "np.full((draws, len(rows), 2), np.nan)",
            "predict_samples returned something that is no number from 0",
        ),
        (
            "np.full((draws, len(rows), 2), 1.5)",
            "predict_samples returned something that is no number from 0",
        ),
        ("1 / 0", "predict_samples() failed. line 18: ZeroDivisionError"),
    ],
)
def test_draws_that_are_no_probabilities_are_refused(tmp_path: Path, returned: str, words: str) -> None:
    with pytest.raises(CannotRun) as caught:
        doubts(tmp_path, DRAWING.format(classes=["0", "1"], returned=returned))
    assert words in str(caught.value)


def test_a_number_of_draws_that_cannot_be_is_refused_before_the_model_is_asked(tmp_path: Path) -> None:
    model = DRAWING.format(classes=["0", "1"], returned="1 / 0")
    with pytest.raises(CannotRun, match=r"\[evaluation.uncertainty\] draws is -1"):
        doubts(tmp_path, model, "[evaluation.uncertainty]\ndraws = -1\n")

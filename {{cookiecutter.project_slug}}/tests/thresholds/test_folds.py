"""Rows that belong together never stand in two folds, and no row is predicted by a model that knows it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedGroupKFold

import building
import candidates
from dataci import config, training
from dataci import dataset as data
from dataci.cache import Cache
from dataci.errors import CannotRun
from dataci.examples import Examples
from dataci.metrics import Array
from dataci.predictions import Predictions
from dataci.thresholds import folds

DEALT = st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=4, max_size=60)


def rows(texts: list[tuple[str, str]], groups: list[str] | None = None) -> tuple[Examples, config.Config]:
    """Return examples of pairs, and the settings that go with them."""
    frame = pl.DataFrame(
        {"want": [a for a, _ in texts], "offer": [b for _, b in texts]}, schema={"want": str, "offer": str}
    )
    shown = frame if groups is None else frame.with_columns(who=pl.Series(groups, dtype=pl.String))
    columns = config.Columns(label="match", text=("want", "offer"), group=None if groups is None else "who")
    ids = [f"r{at:03d}" for at in range(len(texts))]
    labels = pl.Series([str(at % 2) for at in range(len(texts))], dtype=pl.String)
    return Examples(ids, frame, labels, (), shown), config.Config(Path(), columns)


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=4, max_size=60),
    st.integers(2, 6),
    st.integers(0, 9),
)
def test_no_group_stands_in_two_folds(dealt: list[tuple[int, bool]], number: int, seed: int) -> None:
    codes = np.array([group for group, _ in dealt])
    labels = ["1" if truth else "0" for _, truth in dealt]
    assume(all(len({group for group, truth in dealt if truth is one}) > 1 for one in (True, False)))
    found = folds.deal(labels, codes, number, seed)
    assert (found >= 0).all()
    assert all(len(set(found[codes == group].tolist())) == 1 for group in set(codes.tolist()))
    assert (found == folds.deal(labels, codes, number, seed)).all()


def test_each_fold_has_about_the_same_share_of_each_label() -> None:
    generator = np.random.default_rng(0)
    codes = generator.integers(0, 200, 1000)
    labels = [str(int(one)) for one in generator.random(1000) < 0.2]
    found = folds.deal(labels, codes, 5, 0)
    shares = [
        np.mean([label == "1" for label, at in zip(labels, found, strict=True) if at == fold])
        for fold in range(5)
    ]
    assert max(shares) - min(shares) < 0.05
    assert max(np.bincount(found)) < 1.2 * min(np.bincount(found))


@pytest.mark.parametrize("seed", range(10))
def test_dealing_is_about_as_even_as_scikit_learns(seed: int) -> None:
    generator = np.random.default_rng(seed)
    codes = np.minimum(generator.geometric(0.02, 600), 120)  # groups of very different sizes
    truth = (generator.random(600) < 0.1 + 0.3 * (codes % 2)).astype(int)
    theirs = np.zeros(600, dtype=int)
    for fold, (_, held) in enumerate(StratifiedGroupKFold(5).split(truth, truth, codes)):
        theirs[held] = fold

    def uneven(found: Array) -> float:
        shares = [truth[found == fold].mean() for fold in range(5)]
        return float(max(shares) - min(shares))

    mine = folds.deal([str(one) for one in truth], codes, 5, seed)
    assert uneven(mine) < max(0.05, 2 * uneven(theirs))
    assert max(np.bincount(mine)) < 1.25 * max(np.bincount(theirs))


def test_each_fold_leaves_both_labels_to_learn_from() -> None:
    codes = np.array([0, 0, 0, 0, 1, *range(2, 60)])
    labels = ["1", "0", "0", "0", "1", *["0"] * 58]  # two groups know the label 1, one large and one small
    found = folds.deal(labels, codes, 5, 0)
    assert sorted(set(found.tolist())) == [0, 1]
    assert found[0] != found[4]


def test_another_seed_deals_otherwise() -> None:
    labels, codes = ["0", "1"] * 50, np.arange(100)
    assert (folds.deal(labels, codes, 5, 0) != folds.deal(labels, codes, 5, 1)).any()


def test_a_label_in_one_group_only_is_refused() -> None:
    with pytest.raises(CannotRun, match="'1' belong together"):
        folds.deal(["0", "0", "1", "1"], np.array([0, 1, 2, 2]), 5, 0)


def test_rows_of_a_group_belong_together_and_so_do_equal_inputs_of_two() -> None:
    texts = [("cat", "sitter"), ("dog", "walker"), ("pipe", "plumber"), ("pipe", "plumber")]
    found = folds.together(*rows(texts, ["anna", "anna", "ben", "cleo"]))
    assert found.codes.tolist() == [0, 0, 1, 1]
    assert "who" in found.by


def test_both_texts_hold_rows_together_where_that_leaves_enough_groups() -> None:
    texts = [(f"want {at // 2}", f"offer {at}") for at in range(40)]
    texts[3] = ("want 1", "OFFER  0")  # spaces and capitals do not count
    found = folds.together(*rows(texts))
    assert found.by == "want or offer"
    assert found.codes[0] == found.codes[1] == found.codes[2] == found.codes[3]
    assert len(set(found.codes.tolist())) == 19


def test_where_all_rows_hang_together_the_text_that_recurs_more_holds() -> None:
    texts = [(f"want {a}", f"offer {b}") for a in range(10) for b in range(3)]
    found = folds.together(*rows(texts))
    assert found.by == "offer"
    assert found.codes.tolist() == [0, 1, 2] * 10


def test_an_empty_cell_holds_nothing_together() -> None:
    found = folds.together(*rows([(f"want {at}", "") for at in range(20)], [""] * 20))
    assert len(set(found.codes.tolist())) == 20


def test_no_row_is_predicted_by_a_model_that_knows_its_group() -> None:
    groups = [f"g{at // 3}" for at in range(60)]
    examples, settings_ = rows([(f"want {at}", f"offer {at}") for at in range(60)], groups)
    bound = folds.together(examples, settings_)
    fold = folds.deal(examples.labels.to_list(), bound.codes, 5, 0)
    asked = []

    def learn(known: Examples, held: Examples) -> Predictions:
        names = set(known.rows["who"].to_list())
        assert names.isdisjoint(held.rows["who"].to_list())
        asked.extend(held.ids)
        score = np.full(len(held.ids), len(known.ids) / 60)
        return Predictions(held.ids, held.labels.to_list(), ["0", "1"], np.column_stack([1 - score, score]))

    found = folds.out_of_fold(examples, fold, learn)
    assert sorted(asked) == examples.ids == found.ids
    sizes = np.bincount(fold)
    assert found.scores[:, 1] == pytest.approx([1 - sizes[at] / 60 for at in fold])


MEMORY = """\
import json

import numpy as np


class Memory:
    classes = ["0", "1"]

    def fit(self, rows, labels):
        self.known = dict(zip(rows["offer"].to_list(), labels.to_list()))
        return self

    def predict_proba(self, rows):
        score = np.array([float(self.known.get(offer, 0.5)) for offer in rows["offer"].to_list()])
        return np.column_stack([1 - score, score])

    def save(self, folder):
        (folder / "known.json").write_text(json.dumps(self.known))

    def load(self, folder):
        self.known = json.loads((folder / "known.json").read_text())
        return self


def build(params):
    return Memory()
"""


def test_a_model_that_only_remembers_texts_knows_nothing_out_of_fold(tmp_path: Path) -> None:
    root = candidates.make(tmp_path, {"project/model.py": MEMORY})
    dataset = data.load(config.load(root))
    known = training.training_rows(dataset)
    fold = folds.deal(known.labels.to_list(), folds.together(known, dataset.config).codes, 5, 0)

    def learn(some: Examples, held: Examples) -> Predictions:
        return training.predict(dataset.config, training.fit(dataset.config, some), held)

    assert set(folds.out_of_fold(known, fold, learn).scores.ravel().tolist()) == {0.5}
    assert set(learn(known, known).scores.ravel().tolist()) == {0.0, 1.0}  # the leak that is kept out


def test_what_is_stored_is_taken_only_for_the_same_rows_folds_and_candidate(tmp_path: Path) -> None:
    examples, _ = rows([(f"want {at}", f"offer {at}") for at in range(4)])
    fold, cache = np.array([0, 1, 0, 1]), Cache(tmp_path)

    def make(score: float) -> Predictions:
        scores = np.tile([1 - score, score], (4, 1))
        return Predictions(examples.ids, examples.labels.to_list(), ["0", "1"], scores)

    first = folds.cached(cache, ("data", "code"), examples, fold, lambda: make(0.25))
    assert (
        folds.cached(cache, ("data", "code"), examples, fold, lambda: make(0.75)).scores == first.scores
    ).all()
    others = [(("data", "other"), fold), (("other", "code"), fold), (("data", "code"), 1 - fold)]
    for key, dealt in others:
        assert folds.cached(cache, key, examples, dealt, lambda: make(0.75)).scores[0, 1] == 0.75


def test_a_project_without_groups_is_dealt(tmp_path: Path) -> None:
    building.write(tmp_path, candidates.files())
    dataset = data.load(config.load(tmp_path))
    known = training.training_rows(dataset)
    found = folds.together(known, dataset.config)
    assert found.by == "offer"
    for text in set(known.rows["offer"].to_list()):
        assert (
            len({code for code, cell in zip(found.codes, known.rows["offer"], strict=True) if cell == text})
            == 1
        )

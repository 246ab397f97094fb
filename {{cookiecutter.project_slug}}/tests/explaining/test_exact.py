"""Exact terms: whatever the columns and the task, they and the base add up to what the model says."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from dataci.explaining import exact, local, outputs, tokens
from dataci.explaining.outputs import Target
from dataci.models import sklearn

EXACTLY = 1e-9
TEXTS = [
    "Someone to feed my cat, cat-sitting in August",
    "a dripping TAP mended!",
    "Lessons (clarinet) for a beginner's 1st year",
    "help with my tax return; tax, tax",
    "İstanbul: ﬁne rooms – 😺 ½ price",
    "a",
    "",
]
OFFERS = [
    "Pet sitting, cats and dogs",
    "plumber mends tap and pipe",
    "tax advice",
    "lessons at home",
    "a b",
    "",
]


def pairs(symmetric: bool = False) -> tuple[sklearn.LinearModel, pl.DataFrame]:
    """Return a model of pairs, and pairs; the label is whether they share a word."""
    rows = list(itertools.product(TEXTS, OFFERS))
    frame = pl.DataFrame(rows, schema=["want", "offer"], orient="row")
    labels = pl.Series([str(int(bool({*one.lower().split()} & {*two.lower().split()}))) for one, two in rows])
    return sklearn.build({"symmetric": symmetric}).fit(frame, labels), frame


def mixed(
    task: str = "classification", classes: int = 3, rows: int = 200
) -> tuple[sklearn.LinearModel, pl.DataFrame]:
    """Return a model of a text, a number and a category, and rows of which some cells are missing."""
    rng = np.random.default_rng(0)
    text = [TEXTS[at] for at in rng.integers(0, len(TEXTS) - 1, rows)]
    number = np.where(rng.random(rows) < 0.1, np.nan, rng.normal(size=rows))
    kind = [None if one == "d" else one for one in rng.choice(list("abcd"), rows)]
    frame = pl.DataFrame(
        {
            "text": text,
            "number": pl.Series(number).fill_nan(None),
            "kind": pl.Series(kind, dtype=pl.Categorical),
        }
    )
    score = (
        np.nan_to_num(number)
        + np.array([len(one) / 20 for one in text])
        + np.array([one == "a" for one in kind])
    )
    if task == "regression":
        return sklearn.build({"task": task}).fit(frame, pl.Series([f"{one:.3f}" for one in score])), frame
    edges = np.quantile(score, np.linspace(0, 1, classes + 1)[1:-1])
    labels = pl.Series([f"c{one}" for one in np.searchsorted(edges, score)])
    return sklearn.build({}).fit(frame, labels), frame


def target(model: sklearn.LinearModel, place: int) -> Target:
    """Return the class at a place as the target, or the number."""
    return Target(tuple(model.classes), place if model.classes else None)


def said(model: sklearn.LinearModel, of: Target, row: pl.DataFrame) -> float:
    """Return what the model says, by way of its public methods."""
    if of.place is None:
        return float(model.predict(row)[0])
    return float(outputs.from_probabilities(model.predict_proba(row), of)[0])


MAKERS: dict[str, Callable[[], tuple[sklearn.LinearModel, pl.DataFrame]]] = {
    "pairs": pairs,
    "symmetric": lambda: pairs(symmetric=True),
    "mixed": mixed,
    "two classes": lambda: mixed(classes=2),
    "regression": lambda: mixed("regression"),
    "bent numbers": lambda: mixed(classes=2, rows=2100),
}


@functools.cache
def made(name: str) -> tuple[sklearn.LinearModel, pl.DataFrame]:
    """Return a model and rows, made once."""
    return MAKERS[name]()


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("place", [0, 1])
def test_the_terms_and_the_base_add_up_to_what_the_model_says(name: str, place: int) -> None:
    model, frame = made(name)
    of, reference = target(model, place), tokens.reference(frame)
    for at in range(0, min(frame.height, 42)):
        row = tokens.split(frame[at])
        found = exact.explain(model, row, of, reference, 0, 100)
        assert found.base + found.values.sum() == pytest.approx(found.score, abs=EXACTLY)
        assert found.score == pytest.approx(said(model, of, row.inputs), abs=EXACTLY)
        nothing = tokens.masked(row, np.zeros((1, len(row.units)), dtype=np.bool_), reference)
        assert found.base == pytest.approx(said(model, of, nothing), abs=EXACTLY)


def test_a_meeting_is_shared_half_and_half_by_its_two_words() -> None:
    """Without likenesses, a model of one word a side has one term, which is the meeting's."""
    model, frame = pairs()
    model.state["linear"].coef_[0, : len(model.state["products"].scale_)] = 0.0
    row = tokens.split(pl.DataFrame({"want": ["tap"], "offer": ["plumber"]}))
    found = exact.explain(model, row, target(model, 1), tokens.reference(frame), 0)
    assert abs(found.values[0]) > 0.01
    assert found.values[0] == pytest.approx(found.values[1], abs=EXACTLY)
    assert [(one.left, one.right) for one in found.meetings] == [(0, 1)]
    assert found.meetings[0].weight == pytest.approx(found.values.sum(), abs=EXACTLY)


def test_the_other_class_gets_the_opposite() -> None:
    model, frame = made("pairs")
    row = tokens.split(frame[0])
    one, other = (exact.explain(model, row, target(model, at), tokens.reference(frame), 0) for at in (0, 1))
    assert one.values == pytest.approx(-other.values, abs=EXACTLY)


def test_a_cell_without_effect_has_none_and_one_with_has_its_coefficient() -> None:
    model, frame = made("regression")
    row = tokens.split(frame.filter(pl.col("number").is_not_null() & (pl.col("kind") == "a"))[0])
    found = exact.explain(model, row, Target((), None), tokens.reference(frame), 0)
    kinds = {unit.column: found.values[at] for at, unit in enumerate(row.units) if unit.column != "text"}
    number = frame["number"].median()
    assert isinstance(number, float)
    slope = kinds["number"] / (float(row.inputs["number"][0]) - number)
    assert slope == pytest.approx(1, abs=0.1)
    assert kinds["kind"] == pytest.approx(1, abs=0.25)


def test_the_local_method_ranks_words_of_a_single_text_as_the_exact_terms_do() -> None:
    from scipy.stats import spearmanr

    model, frame = made("two classes")
    of, reference = target(model, 1), tokens.reference(frame)
    found = []

    def score(rows: pl.DataFrame) -> tokens.Array:
        return outputs.from_probabilities(model.predict_proba(rows), of)

    for at in range(100):
        row = tokens.split(frame[at])
        if len(row.units) < 3:
            continue
        near = local.explain(row, score, reference, 0, 500)
        terms = exact.explain(model, row, of, reference, 0)
        found.append(float(spearmanr(near.shares.values, terms.values).statistic))
    assert len(found) >= 75
    assert np.mean(found) >= 0.9

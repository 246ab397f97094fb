"""Robustness from stored predictions: figures against arithmetic by hand, planted models, and what cannot be told."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from dataci import config, examples, predictions, probes, robustness
from dataci.errors import CannotRun
from dataci.examples import Examples
from dataci.metrics import Array
from dataci.predictions import Predictions, Settings

HOW = Settings("accuracy", "1", 0.5)
IDS = [f"t{at:03d}" for at in range(100)]
LABELS = ["0", "1"] * 50


def binary(scores: Array, ids: list[str] = IDS, labels: list[str] = LABELS) -> Predictions:
    """Return predictions of two classes as they are stored."""
    return predictions.stored(
        Predictions(ids, labels, ["0", "1"], np.column_stack([1 - scores, scores])), HOW
    )


def truth(labels: list[str] = LABELS) -> Array:
    """Return scores that are right everywhere: .2 and .8."""
    return np.array([0.8 if label == "1" else 0.2 for label in labels])


def test_flips_loss_and_worst_are_counted_on_the_same_rows() -> None:
    scores = truth()
    test = binary(scores)
    probed = scores[:40].copy()
    probed[3], probed[7], probed[10], probed[12], probed[20] = 0.1, 0.3, 0.9, 0.45, 0.55
    rows = binary(probed, IDS[:40], ["?"] * 40)  # labels are those of the test rows
    found = robustness.measure(test, {"robustness/case-1": rows}, HOW)["case-1"]
    assert (found["n"], found["flips"], found["flip_rate"]["value"]) == (40, 4, 0.1)
    assert 0 < found["flip_rate"]["low"] < 0.1 < found["flip_rate"]["high"] < 0.25
    assert found["loss"]["value"] == pytest.approx(0.1)
    assert found["loss"]["low"] < 0.1 < found["loss"]["high"]
    assert found["worst"] == ["t003", "t010", "t007"]  # t003 and t010 moved by .7: the first id first
    assert "moved" not in found


@pytest.mark.parametrize("metric", ["roc_auc", "average_precision", "f1", "accuracy", "log_loss", "brier"])
def test_a_loss_is_positive_where_the_model_became_worse(metric: str) -> None:
    how = HOW._replace(metric=metric)
    generator = np.random.default_rng(0)
    good = np.clip(truth() + generator.normal(0, 0.1, 100), 0, 1)
    bad = np.clip(truth() + generator.normal(0, 0.6, 100), 0, 1)
    for before, after, sign in ((good, bad, 1), (bad, good, -1)):
        loss = robustness.measure(binary(before), {"robustness/x-1": binary(after)}, how)["x-1"]["loss"]
        assert sign * loss["value"] > 0.02
        assert loss["low"] <= loss["value"] <= loss["high"]
        assert sign * loss["low"] > 0 or sign * loss["high"] > 0


def test_a_model_that_does_not_move_has_neither_flips_nor_loss() -> None:
    test = binary(truth())
    found = robustness.measure(test, {"robustness/case-2": test, "counterfactual/swap": test}, HOW)
    only = {
        name: robustness.measure(test, {name: test}, HOW)
        for name in ("robustness/case-2", "counterfactual/swap")
    }
    case, swap = found["case-2"], found["swap"]
    assert (case["flips"], case["worst"], case["loss"]) == (0, [], {"value": 0.0, "low": 0.0, "high": 0.0})
    assert case["flip_rate"]["low"] == 0 < case["flip_rate"]["high"] < 0.05  # 100 rows do not prove "never"
    assert swap["moved"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert only["robustness/case-2"] == {"case-2": case}


def test_rows_of_a_cluster_do_not_count_as_many() -> None:
    scores = truth()
    after = scores.copy()
    after[:20] = 1 - after[:20]
    clustered = binary(scores)._replace(clusters=tuple(f"c{at // 10}" for at in range(100)))
    alone, together = (
        robustness.measure(test, {"robustness/x-1": binary(after)}, HOW)["x-1"]
        for test in (binary(scores), clustered)
    )
    assert alone["flip_rate"]["value"] == together["flip_rate"]["value"] == 0.2
    for name in ("flip_rate", "loss"):
        assert together[name]["high"] - together[name]["low"] > 1.5 * (
            alone[name]["high"] - alone[name]["low"]
        )


def test_many_classes() -> None:
    how = Settings("macro_f1", None, 0.5)
    labels = ["a", "b", "c"] * 10
    scores = np.eye(3)[[0, 1, 2] * 10] * 0.6 + 0.4 / 3
    test = Predictions([f"r{at:02d}" for at in range(30)], labels, ["a", "b", "c"], scores)
    after = scores.copy()
    after[4] = [0.1, 0.2, 0.7]
    after[5] = [0.4, 0.3, 0.3]
    found = robustness.measure(test, {"robustness/x-1": test._replace(scores=after)}, how)["x-1"]
    assert (found["flips"], found["worst"]) == (2, ["r04", "r05"])
    assert found["loss"]["value"] > 0


def test_a_regression_has_a_shift_in_place_of_flips() -> None:
    how = Settings("mae", None, 0.5)
    test = Predictions(IDS, [str(at) for at in range(100)], [], np.arange(100.0)[:, None])
    after = test.scores.copy()
    after[[5, 9, 50, 51]] += np.array([[4.0], [-8.0], [2.0], [1.0]])
    found = robustness.measure(test, {"robustness/noise-1": test._replace(scores=after)}, how)["noise-1"]
    assert found["shift"]["value"] == pytest.approx(0.15)
    assert found["shift"]["low"] < 0.15 < found["shift"]["high"]
    assert found["loss"]["value"] == pytest.approx(0.15)
    assert found["worst"] == ["t009", "t005", "t050"]
    assert not {"flips", "flip_rate", "moved"} & set(found)


def test_what_cannot_be_told_is_said() -> None:
    how = HOW._replace(metric="roc_auc")
    test = binary(truth())
    ones = [at for at in range(100) if LABELS[at] == "1"][:8]
    part = binary(np.full(8, 0.7), [IDS[at] for at in ones], ["1"] * 8)
    found = robustness.measure(test, {"robustness/numbers-2": part}, how)["numbers-2"]
    assert "every row of these has the label '1'" in found["loss"]["reason"]
    assert found["flips"] == 0
    few = binary(np.array([0.1, 0.9]), IDS[:2], LABELS[:2])
    found = robustness.measure(test, {"counterfactual/x": few}, HOW._replace(metric="log_loss"))["x"]
    assert "too few" in found["moved"]["reason"]
    none = few.cut([])
    assert robustness.measure(test, {"robustness/x-1": none}, HOW) == {"x-1": {"n": 0, "worst": []}}


def test_rows_that_are_no_test_rows_are_refused() -> None:
    rows = binary(truth(["1"]), ["gone"], ["1"])
    with pytest.raises(CannotRun, match=r"of robustness/case-1 are of 'gone', which is no row of data/test"):
        robustness.measure(binary(truth()), {"robustness/case-1": rows}, HOW)


def test_other_classes_are_refused() -> None:
    test = binary(truth())
    with pytest.raises(CannotRun, match="of other classes than those of data/test"):
        robustness.measure(test, {"robustness/case-1": test._replace(classes=["0", "2"])}, HOW)


def test_the_order_of_the_probes_rows_does_not_matter() -> None:
    test, after = binary(truth()), binary(np.roll(truth(), 1))
    mixed = after.cut(np.random.default_rng(1).permutation(100))
    assert robustness.measure(test, {"robustness/x-1": after}, HOW) == robustness.measure(
        test, {"robustness/x-1": mixed}, HOW
    )


# Planted models, each with its honest twin, on texts of which one word tells the label.

SETTINGS = config.parse('[columns]\nid = "id"\nlabel = "pet"\ntext = ["first", "second"]\n', Path())
ANIMALS = ("kitten", "parrot", "hamster", "puppies", "rabbit", "tortoise", "canary", "goldfish")
THINGS = ("plumbing", "carpentry", "clarinet", "accounts", "gardens", "weddings", "bicycles", "translation")
OPENINGS = ("Looking for somebody who knows about", "Urgent help wanted with", "Does anyone understand")


def texts(rows: int, seed: int) -> Examples:
    """Return rows whose label is told by one word of the first text, and by one of the second."""
    chance = random.Random(seed)
    table = []
    for at in range(rows):
        words = (THINGS, ANIMALS)[at % 2]
        first, second = (f"{chance.choice(OPENINGS)} {chance.choice(words)}" for _ in range(2))
        table.append({"id": f"r{at:03d}", "first": first, "second": second, "pet": str(at % 2)})
    return examples.prepared(examples.ordered(pl.DataFrame(table), SETTINGS), SETTINGS)


def scored(rows: Examples, scores: Array, ids: list[str]) -> Predictions:
    """Return what a model that gives these scores says."""
    return predictions.stored(
        Predictions(ids, rows.labels.to_list(), ["0", "1"], np.column_stack([1 - scores, scores])), HOW
    )


def exact_words(rows: Examples) -> Array:
    """A fragile model: it knows a word only as it stood in training, capitals and all."""
    known = dict.fromkeys(ANIMALS, 0.9) | dict.fromkeys(THINGS, 0.1)
    found = [[known[word] for word in text.split() if word in known] for text in rows.inputs["first"]]
    return np.array([values[0] if values else 0.3 for values in found])


def second_text_only(rows: Examples) -> Array:
    """A model that never looks at the first text."""
    return np.array([0.9 if any(word in text for word in ANIMALS) else 0.1 for text in rows.inputs["second"]])


class Grams:
    """The honest twin: character groups, and small letters only."""

    def __init__(self) -> None:
        train = texts(400, 1)
        vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4))
        self.model = make_pipeline(vectors, LogisticRegression(C=10)).fit(train.inputs["first"], train.labels)

    def __call__(self, rows: Examples) -> Array:
        return np.asarray(self.model.predict_proba(rows.inputs["first"])[:, 1])


@pytest.fixture(scope="module")
def grams() -> Grams:
    """Return the honest twin, fitted."""
    return Grams()


def asked(model: Grams, counterfactual: str = "") -> dict[str, dict[str, object]]:
    """Return the robustness of a model, or what a counterfactual that blanks a text does to it."""
    test = texts(200, 0)
    altered = (
        {"blank": test.rows.with_columns(pl.lit("Help").alias(counterfactual))} if counterfactual else {}
    )
    probed = {
        name: scored(probe.examples, model(probe.examples), list(probe.origins))
        for name, probe in probes.derive(SETTINGS, test, altered).items()
        if probes.is_counterfactual(name) == bool(counterfactual)
    }
    return robustness.measure(scored(test, model(test), test.ids), probed, HOW)


def test_a_fragile_model_is_exposed_by_typos_and_capitals_and_its_honest_twin_is_not(grams: Grams) -> None:
    fragile, honest = asked(exact_words), asked(grams)  # type: ignore[arg-type]
    for name in ("keyboard-2", "dropped-2", "swapped-2"):
        assert fragile[name]["flip_rate"]["low"] > 0.1, name
        assert honest[name]["flip_rate"]["high"] < 0.1, name
        assert fragile[name]["loss"]["low"] > 0.05, name
    assert fragile["case-2"]["flip_rate"]["low"] > 0.3
    for name in ("case-1", "case-2", "whitespace-1"):
        assert honest[name]["flips"] == 0
        assert honest[name]["loss"]["value"] == pytest.approx(0, abs=1e-9)


def test_a_model_that_ignores_the_first_text_does_not_move_when_it_is_blanked(grams: Grams) -> None:
    blind = asked(second_text_only, "first")["blank"]  # type: ignore[arg-type]
    assert blind["moved"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert blind["flips"] == 0
    assert asked(second_text_only, "second")["blank"]["moved"]["low"] > 0.2  # type: ignore[arg-type]
    honest = asked(grams, "first")["blank"]
    assert honest["moved"]["low"] > 0.2
    assert honest["flip_rate"]["low"] > 0.2


def test_a_counterfactual_with_another_label_counts_who_does_not_follow() -> None:
    test = binary(truth())
    other = ["1" if label == "0" else "0" for label in LABELS]
    follows, stays = binary(1 - truth(), labels=other), binary(truth(), labels=other)
    found = {
        name: robustness.measure(test, {"counterfactual/x": rows}, HOW)["x"]
        for name, rows in (("follows", follows), ("stays", stays))
    }
    assert (found["follows"]["flips"], found["stays"]["flips"]) == (0, 100)
    assert found["stays"]["moved"]["value"] == 0
    assert "other labels" in found["follows"]["loss"]["reason"]

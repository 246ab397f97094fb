"""The default model on real data: it beats the baselines that ship with them, on test rows that do not leak.

A baseline of BASELINES.json is a reference point of whoever gathered the data: the overlap of two texts for pairs,
tf-idf and logistic regression for single texts.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl
import pytest
from shared import DATA, needed

pytestmark = needed

PARAMS = {"seed": 0, "symmetric": False}
MISSING = ["", "?", "NA"]
FOLDS = 5


def read(path: str, **how: Any) -> pl.DataFrame:
    """Return a CSV file with every cell as stripped text, without rows that have no last column."""
    frame = pl.read_csv(DATA / path, infer_schema=False, **how).with_columns(pl.all().str.strip_chars())
    return frame.filter(pl.col(frame.columns[-1]).is_not_null())


def typed(frame: pl.DataFrame, numeric: list[str], categorical: list[str]) -> pl.DataFrame:
    """Return the inputs of a model as dataci.examples would type them."""
    known = frame.with_columns(pl.when(~pl.all().is_in(MISSING)).then(pl.all()))
    return known.select(
        pl.col(numeric).cast(pl.Float64, strict=False), pl.col(categorical).cast(pl.Categorical)
    )


def fitted(rows: pl.DataFrame, labels: pl.Series, **params: Any) -> Any:
    """Return the default model, fitted."""
    from dataci.models import sklearn

    return sklearn.build({**PARAMS, **params}).fit(rows, labels)


def accuracy(model: Any, rows: pl.DataFrame, labels: pl.Series) -> float:
    """Return the share of rows whose likeliest class is right."""
    guesses = [model.classes[at] for at in model.predict_proba(rows).argmax(axis=1)]
    return float(np.mean([guess == label for guess, label in zip(guesses, labels, strict=True)]))


def explained(model: Any, rows: pl.DataFrame, labels: pl.Series) -> float:
    """Return R²."""
    truth = labels.cast(pl.Float64).to_numpy()
    return float(1 - np.mean((truth - model.predict(rows)) ** 2) / np.var(truth))


def crossed(measure: Any, rows: pl.DataFrame, labels: pl.Series, **params: Any) -> float:
    """Return the mean of a measure over folds drawn at random, each predicted by a model of the others."""
    fold = np.random.default_rng(0).permutation(rows.height) % FOLDS
    found = []
    for number in range(FOLDS):
        test = pl.Series(fold == number)
        model = fitted(rows.filter(~test), labels.filter(~test), **params)
        found.append(measure(model, rows.filter(test), labels.filter(test)))
    return float(np.mean(found))


def report(**figures: float) -> None:
    """Print figures: `pytest -rP` shows them, for the docs."""
    print(", ".join(f"{name} {round(value, 4)}" for name, value in figures.items()))


@pytest.mark.parametrize("name", ["amazon-google", "walmart-amazon"])
def test_pairs_beat_the_overlap_of_their_words(name: str) -> None:
    from dataci.text import normalise

    baseline = json.loads((DATA / "BASELINES.json").read_text(encoding="utf-8"))["results"][f"pairs {name}"]
    train, test = (read(f"pairs/{name}/{split}.csv") for split in ("train", "test"))
    sides = [pl.col("left").map_batches(normalise), pl.col("right").map_batches(normalise)]
    test = test.with_columns(l=sides[0], r=sides[1]).join(
        train.select(l=sides[0], r=sides[1]).unique(), on=["l", "r"], how="anti", maintain_order="left"
    )
    model = fitted(train.select("left", "right"), train["label"])
    found = model.predict_proba(test.select("left", "right"))[:, 1] >= 0.5
    truth = (test["label"] == "1").to_numpy()
    f1 = float(2 * (found & truth).sum() / (found.sum() + truth.sum()))
    report(rows=test.height, f1=f1)
    assert f1 > baseline["f1_of_1"] + 0.05


def test_banking77_reaches_its_baseline() -> None:
    train, test = (read(f"text/banking77/{split}.csv") for split in ("train", "test"))
    share = accuracy(fitted(train.select("text"), train["category"]), test.select("text"), test["category"])
    report(accuracy=share)
    assert share >= 0.8938


def test_sms_spam() -> None:
    path = DATA / "text/sms-spam/sms.tsv"
    lines = [line.split("\t", 1) for line in path.read_text(encoding="utf-8").splitlines() if "\t" in line]
    frame = pl.DataFrame(lines, schema=["label", "text"], orient="row").filter(pl.col("label") != "label")
    test = pl.int_range(frame.height, eager=True) % 5 == 0
    model = fitted(frame.filter(~test).select("text"), frame.filter(~test)["label"])
    share = accuracy(model, frame.filter(test).select("text"), frame.filter(test)["label"])
    report(accuracy=share)
    assert share > 0.97


def test_adult() -> None:
    train = read("tabular/adult/adult-train.csv", has_header=False)
    test = read("tabular/adult/adult-test.csv", has_header=False)
    numeric = [train.columns[at] for at in (0, 2, 4, 10, 11, 12)]
    categorical = [name for name in train.columns[:-1] if name not in numeric]
    label = train.columns[-1]
    model = fitted(typed(train, numeric, categorical), train[label])
    rows, labels = typed(test, numeric, categorical), test[label].str.strip_suffix(".")
    share, rank = accuracy(model, rows, labels), area(model, rows, labels)
    report(accuracy=share, roc_auc=rank)
    assert share > 0.85
    assert rank > 0.908


def area(model: Any, rows: pl.DataFrame, labels: pl.Series) -> float:
    """Return the ROC AUC of the last class, by ranks."""
    score = pl.Series(model.predict_proba(rows)[:, 1])
    positive = labels == model.classes[1]
    ranks = score.rank("average")
    pairs = int(positive.sum()) * int((~positive).sum())
    return float((ranks.filter(positive).sum() - positive.sum() * (positive.sum() + 1) / 2) / pairs)


def test_small_tables() -> None:
    credit = read("tabular/german-credit/german.csv", has_header=False)
    numeric = [credit.columns[at] for at in (1, 4, 7, 10, 12, 15, 17)]
    rest = [name for name in credit.columns[:-1] if name not in numeric]
    german = crossed(area, typed(credit, numeric, rest), credit[credit.columns[-1]])
    ship = read("tabular/titanic/titanic.csv")
    inputs = typed(ship, ["age", "sibsp", "parch", "fare"], ["pclass", "sex", "embarked", "who", "deck"])
    titanic = crossed(area, inputs, ship["survived"])
    birds = read("tabular/penguins/penguins.csv")
    penguins = crossed(accuracy, typed(birds, birds.columns[2:6], ["island", "sex"]), birds["species"])
    report(german_auc=german, titanic_auc=titanic, penguins_accuracy=penguins)
    assert german > 0.77
    assert titanic > 0.84
    assert penguins > 0.97


def test_numbers_are_estimated() -> None:
    birds = read("tabular/penguins/penguins.csv").filter(~pl.col("body_mass_g").is_in(MISSING))
    inputs = typed(birds, birds.columns[2:5], ["species", "island", "sex"])
    mass = crossed(explained, inputs, birds["body_mass_g"], task="regression")
    adult = read("tabular/adult/adult-train.csv", has_header=False)
    numeric = [adult.columns[at] for at in (0, 4, 10, 11)]
    categorical = [adult.columns[at] for at in (1, 5, 6, 7, 8, 9, 13, 14)]
    test = pl.int_range(adult.height, eager=True) % 5 == 0
    inputs, hours = typed(adult, numeric, categorical), adult[adult.columns[12]]
    model = fitted(inputs.filter(~test), hours.filter(~test), task="regression")
    worked = explained(model, inputs.filter(test), hours.filter(test))
    report(penguins_mass_r2=mass, adult_hours_r2=worked)
    assert mass > 0.84
    assert worked > 0.22


def test_diabetes_of_scikit_learn() -> None:
    from sklearn.datasets import load_diabetes

    found = load_diabetes()
    rows = pl.DataFrame(found.data, schema=list(found.feature_names))
    r2 = crossed(explained, rows, pl.Series([str(number) for number in found.target]), task="regression")
    report(r2=r2)
    assert 0.4 < r2 < 0.6

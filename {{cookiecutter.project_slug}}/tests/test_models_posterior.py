"""How unsure the linear model is: wider where training rows are few and where a row is new, and never at random."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression, Ridge

from dataci.metrics import Array
from dataci.models import posterior, sklearn
from dataci.uncertainty import doubts

PARAMS = {"seed": 0, "symmetric": False}
REGRESSION = {**PARAMS, "task": "regression"}
KINDS = "cat dog tax pipe music garden".split()
WORDS = {kind: [f"{kind}{at}word" for at in range(8)] for kind in KINDS}


def pairs(rows: int, seed: int = 0) -> tuple[pl.DataFrame, pl.Series]:
    """Return pairs of made-up words; those of the same kind match, but for one in ten."""
    generator = np.random.default_rng(seed)
    found = []
    for _ in range(rows):
        one, other = generator.choice(KINDS, 2) if generator.random() < 0.5 else [generator.choice(KINDS)] * 2
        want, offer = (" ".join(generator.choice(WORDS[kind], 3)) for kind in (one, other))
        label = (one == other) != (generator.random() < 0.1)
        found.append((f"want {want}", f"offer {offer}", str(int(label))))
    frame = pl.DataFrame(found, schema=["want", "offer", "match"], orient="row")
    return frame.select("want", "offer"), frame["match"]


def table(rows: int, seed: int = 0) -> tuple[pl.DataFrame, pl.Series, Array]:
    """Return ten numbers a row, a price that follows from them but for noise, and the price without noise."""
    generator = np.random.default_rng(seed)
    values, weights = generator.normal(size=(rows, 10)), np.linspace(-1, 2, 10)
    truth = values @ weights
    noisy = truth + generator.normal(0, 2, rows)
    frame = pl.DataFrame({f"x{at}": values[:, at] for at in range(10)})
    return frame, pl.Series([str(price) for price in noisy]), np.asarray(truth)


def deviations(model: sklearn.LinearModel, rows: pl.DataFrame) -> Array:
    """Return how unsure a model is of each row before it is made a probability."""
    found = sklearn.features(rows, model.state)
    unseen = posterior.unseen(rows, found, model.state)
    return posterior.deviations(found, unseen, model.state["posterior"])


def test_draws_are_probabilities_around_the_model_and_the_seed_decides_them() -> None:
    rows, labels = pairs(300)
    model = sklearn.build(PARAMS).fit(rows, labels)
    one, same, other = (model.predict_samples(rows, 20, seed) for seed in (1, 1, 2))
    assert one.shape == (20, 300, 2)
    assert one.sum(axis=2) == pytest.approx(np.ones((20, 300)))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    logit = np.log(one[:, :, 1] / one[:, :, 0])
    given = model.predict_proba(rows)
    assert logit.mean(axis=0) == pytest.approx(np.log(given[:, 1] / given[:, 0]), abs=1e-6)
    assert logit.std(axis=0) == pytest.approx(deviations(model, rows), rel=1e-6)
    assert model.predict_samples(rows.clear(), 5, 0).shape == (5, 0, 2)
    assert model.predict_samples(rows, 1, 0)[0] == pytest.approx(given, abs=1e-6)


def test_other_rows_do_not_change_the_draws_of_a_row() -> None:
    rows, labels = pairs(120)
    model = sklearn.build(PARAMS).fit(rows, labels)
    whole, part = model.predict_samples(rows, 10, 0), model.predict_samples(rows[40:60], 10, 0)
    assert whole[:, 40:60] == pytest.approx(part, abs=1e-12)


def test_drawing_changes_neither_the_model_nor_what_it_predicts(tmp_path: Path) -> None:
    rows, labels = pairs(200)
    model = sklearn.build(PARAMS).fit(rows, labels)
    before = model.predict_proba(rows)
    direct = LogisticRegression(C=1.0, max_iter=1000, random_state=0)
    direct.fit(sklearn.features(rows, model.state), labels.to_numpy())
    assert np.array_equal(direct.predict_proba(sklearn.features(rows, model.state)), before)
    model.save(tmp_path)
    stored = (tmp_path / "model.skops").read_bytes()
    model.predict_samples(rows, 5, 0)
    model.save(tmp_path)
    assert (tmp_path / "model.skops").read_bytes() == stored
    assert np.array_equal(model.predict_proba(rows), before)
    loaded = sklearn.build(PARAMS).load(tmp_path)
    assert np.array_equal(loaded.predict_samples(rows, 5, 3), model.predict_samples(rows, 5, 3))


def test_another_process_draws_the_same(tmp_path: Path) -> None:
    rows, labels = pairs(150)
    sklearn.build(PARAMS).fit(rows, labels).save(tmp_path)
    rows.write_parquet(tmp_path / "rows.parquet")
    script = (
        "import hashlib, sys, polars as pl; from pathlib import Path; from dataci.models import sklearn\n"
        "folder = Path(sys.argv[1]); model = sklearn.build({}).load(folder)\n"
        "found = model.predict_samples(pl.read_parquet(folder / 'rows.parquet'), 20, 0)\n"
        "print(hashlib.sha256(found.tobytes()).hexdigest())\n"
    )
    threads = {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2", "PYTHONHASHSEED": "7"}
    env = {**os.environ, **threads, "PYTHONPATH": str(Path(sklearn.__file__).parents[2])}
    command = [sys.executable, "-c", script, str(tmp_path)]
    said = subprocess.run(command, check=True, env=env, capture_output=True, text=True).stdout.strip()
    here = sklearn.build(PARAMS).load(tmp_path).predict_samples(rows, 20, 0)
    assert said == hashlib.sha256(here.tobytes()).hexdigest()


def test_doubt_shrinks_as_training_rows_grow() -> None:
    test, _ = pairs(200, seed=9)
    wide = [deviations(sklearn.build(PARAMS).fit(*pairs(rows)), test).mean() for rows in (30, 120, 480, 1200)]
    assert wide == sorted(wide, reverse=True)
    assert wide[-1] < 0.7 * wide[0]
    far, _, _ = table(200, seed=9)
    spreads = []
    for rows in (20, 80, 320, 1280):
        frame, labels, _ = table(rows)
        model = sklearn.build(REGRESSION).fit(frame, labels)
        spreads.append(model.predict_samples(far, 20, 0).std(axis=0).mean())
    assert spreads == sorted(spreads, reverse=True)
    assert spreads[-1] < 0.3 * spreads[0]


def test_what_training_never_saw_is_doubted_most() -> None:
    rows, labels = pairs(1000)
    model = sklearn.build(PARAMS).fit(rows, labels)
    known, _ = pairs(100, seed=5)
    new = known.with_columns(want=pl.lit("want wholly unheard"), offer=pl.lit("offer strange things"))
    assert deviations(model, new).min() > np.quantile(deviations(model, known), 0.95)
    empty = known.with_columns(want=pl.lit(""), offer=pl.lit(""))
    assert deviations(model, empty).min() > np.median(deviations(model, known))


def test_of_a_text_unknown_words_are_doubted_and_of_a_table_unknown_categories() -> None:
    texts = pl.DataFrame({"t": ["a good film", "a great film", "a bad film", "a dull film"] * 20})
    model = sklearn.build(PARAMS).fit(texts, pl.Series(["+", "+", "-", "-"] * 20))
    asked = pl.DataFrame({"t": ["a good film", "a good zebra", "purple zebra"]})
    found = deviations(model, asked)
    assert found[0] < found[1] < found[2]
    colours = pl.DataFrame({"c": ["red", "blue"] * 40}).with_columns(pl.col("c").cast(pl.Categorical))
    tabular = sklearn.build(PARAMS).fit(colours, pl.Series(["a", "b"] * 40))
    known, strange = deviations(tabular, pl.DataFrame({"c": ["red", "violet"]}, schema={"c": pl.Categorical}))
    assert strange > 1.5 * known


def test_a_number_far_out_is_doubted_more() -> None:
    frame, labels, _ = table(100)
    model = sklearn.build(REGRESSION).fit(frame, labels)
    near, far = (pl.DataFrame({f"x{at}": [value] for at in range(10)}) for value in (0.1, 10.0))
    assert deviations(model, far)[0] > 20 * deviations(model, near)[0]


def test_the_spread_of_a_regression_is_in_the_unit_of_the_label_and_about_as_large_as_its_errors() -> None:
    frame, labels, _ = table(200)
    other, _, truth = table(1000, seed=1)
    model = sklearn.build(REGRESSION).fit(frame, labels)
    samples = model.predict_samples(other, 20, 0)
    assert samples.shape == (20, 1000)
    assert samples.mean(axis=0) == pytest.approx(model.predict(other), abs=1e-6)
    errors = np.abs(model.predict(other) - truth)
    spread = samples.std(axis=0)
    assert 0.5 < np.sqrt(np.mean((errors / spread) ** 2)) < 2
    cents = pl.Series([str(float(label) * 100) for label in labels])
    larger = sklearn.build(REGRESSION).fit(frame, cents).predict_samples(other, 20, 0).std(axis=0)
    assert larger == pytest.approx(100 * spread, rel=0.01)
    assert model.predict_samples(other.clear(), 4, 0).shape == (4, 0)


def test_a_regression_that_fits_every_row_still_doubts() -> None:
    generator = np.random.default_rng(0)
    values, weights = generator.normal(size=(160, 80)), generator.normal(size=80)
    truth = values @ weights
    rows = pl.DataFrame({f"x{at}": values[:, at] for at in range(80)})
    labels = pl.Series([str(price) for price in truth[:40] + generator.normal(0, 1, 40)])
    model = sklearn.build({**REGRESSION, "C": 1000.0}).fit(rows[:40], labels)
    assert np.abs(model.predict(rows[:40]) - labels.cast(float).to_numpy()).mean() < 0.1
    errors = model.predict(rows[40:]) - truth[40:]
    spread = model.predict_samples(rows[40:], 20, 0).std(axis=0)
    assert 0.3 < np.sqrt(np.mean((errors / spread) ** 2)) < 3


def test_a_label_that_never_changes_leaves_no_doubt() -> None:
    frame, _, _ = table(30)
    model = sklearn.build(REGRESSION).fit(frame, pl.Series(["7"] * 30))
    assert model.predict_samples(frame, 20, 0) == pytest.approx(np.full((20, 30), 7.0), abs=1e-4)


def test_three_classes() -> None:
    rows, _ = pairs(300)
    labels = pl.Series([want.split()[1][:3] for want in rows["want"]])
    model = sklearn.build(PARAMS).fit(rows, labels)
    found = model.predict_samples(rows, 20, 0)
    assert found.shape == (20, 300, len(set(labels)))
    assert found.sum(axis=2) == pytest.approx(np.ones((20, 300)))
    assert (doubts.summary(found)[:, 0] > 0).all()


@pytest.mark.parametrize("balanced", [False, True])
def test_of_features_that_go_together_it_is_the_exact_posterior(balanced: bool) -> None:
    generator = np.random.default_rng(0)
    dense = generator.normal(size=(200, 6)) @ generator.normal(size=(6, 6))  # features that go together
    labels = np.where(generator.random(200) < 1 / (1 + np.exp(2 - dense[:, 0])), "b", "a")
    found = sp.csr_matrix(dense)
    linear = LogisticRegression(C=2.0, class_weight="balanced" if balanced else None).fit(found, labels)
    narrow = posterior.of_classes(found, linear, labels, joint=6)
    chances = linear.predict_proba(found)[:, 1]
    weight = np.where(labels == "a", 100 / (labels == "a").sum(), 100 / (labels == "b").sum())
    heavy = chances * (1 - chances) * (weight if balanced else 1.0)
    information = (dense * heavy[:, None]).T @ dense
    learned = np.trace(
        np.linalg.solve(information + np.eye(6) / 2, information)
    )  # weights that rows determine
    assert narrow["prior"] ** 2 == pytest.approx(float((linear.coef_**2).sum()) / learned)
    assert narrow["prior"] < np.sqrt(2)
    covariance = np.linalg.inv(information + np.eye(6) / narrow["prior"] ** 2)
    exact = np.sqrt(((dense @ covariance) * dense).sum(axis=1))
    assert posterior.deviations(found, np.zeros(200), narrow) == pytest.approx(exact, rel=0.01)


def test_rows_are_added_up_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(0)
    found = sp.csr_matrix(generator.normal(size=(50, 8)) * (generator.random((50, 8)) < 0.5))
    labels = generator.choice(["a", "b"], 50)
    linear = LogisticRegression(class_weight="balanced").fit(found, labels)
    whole = posterior.of_classes(found, linear, labels, joint=3)
    monkeypatch.setattr(posterior, "ROWS", 7)
    parts = posterior.of_classes(found, linear, labels, joint=3)
    assert parts["prior"] == pytest.approx(whole["prior"])
    for name in ("alone", "together"):
        assert parts[name].astype(float) == pytest.approx(whole[name].astype(float), abs=0.01)
    none = posterior.of_number(found, Ridge().fit(found, np.zeros(50)), np.zeros(50), joint=0)
    assert none["together"].shape == (0, 0)


def test_rows_determine_no_more_weights_than_there_are_rows() -> None:
    generator = np.random.default_rng(0)
    wide, labels = sp.csr_matrix(generator.normal(size=(20, 200))), np.array(["a", "b"] * 10)
    linear = LogisticRegression(C=1.0).fit(wide, labels)
    found = posterior.of_classes(wide, linear, labels, joint=0)
    assert found["prior"] ** 2 == pytest.approx(float((linear.coef_**2).sum()) / 20)


def test_the_doubt_takes_little_room(tmp_path: Path) -> None:
    rows, labels = pairs(1000)
    model = sklearn.build(PARAMS).fit(rows, labels)
    model.save(tmp_path)
    whole = (tmp_path / "model.skops").stat().st_size
    del model.state["posterior"]
    model.save(tmp_path)
    features = model.state["linear"].coef_.size
    assert whole - (tmp_path / "model.skops").stat().st_size < 2 * features + 25_000

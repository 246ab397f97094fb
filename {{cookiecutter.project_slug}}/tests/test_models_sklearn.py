"""The linear model: what it can learn, that it repeats itself, and that it reads no pickle."""

from __future__ import annotations

import itertools
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from dataci.errors import CannotRun
from dataci.models import sklearn

PARAMS = {"seed": 0, "symmetric": False}
REGRESSION = {**PARAMS, "task": "regression"}
CATEGORY = pl.Categorical
COLOURS = ["red", "green", "blue", "grey"]


def pairs(symmetric: bool = False) -> tuple[pl.DataFrame, pl.Series]:
    """Return pairs of made-up words; those of the same kind match, and share no word."""
    left, right = [f"{c}want" for c in "abcdefgh"], [f"{c}offer" for c in "ijklmnop"]
    rows = [
        (f"a {w} please", f"{o} here", str(int(i == j)))
        for (i, w), (j, o) in itertools.product(enumerate(left), enumerate(right))
    ]
    rows = rows * 2 + [row for row in rows if row[2] == "1"] * 6
    frame = pl.DataFrame(rows, schema=["want", "offer", "match"], orient="row")
    return frame.select("want", "offer"), frame["match"]


def table() -> tuple[pl.DataFrame, pl.Series]:
    """Return a table with a number (some missing) and a category (some missing) that decide between three
    classes.
    """
    generator = np.random.default_rng(0)
    number = generator.normal(0, 1, 150)
    colour = generator.choice(4, 150)
    label = np.where(colour == 0, "x", np.where(number > 0, "y", "z"))
    frame = pl.DataFrame({"n": number, "c": [COLOURS[i] for i in colour]}).with_columns(
        n=pl.when(pl.int_range(150) % 10 != 0).then("n"),
        c=pl.when(pl.int_range(150) % 15 != 0).then("c").cast(CATEGORY),
    )
    return frame, pl.Series(label)


def accuracy(rows: pl.DataFrame, labels: pl.Series) -> float:
    """Fit and return the share of rows that come out right again."""
    model = sklearn.build(PARAMS).fit(rows, labels)
    guesses = [model.classes[at] for at in model.predict_proba(rows).argmax(axis=1)]
    return sum(a == b for a, b in zip(guesses, labels, strict=True)) / len(guesses)


def test_it_learns_which_word_goes_with_which() -> None:
    assert accuracy(*pairs()) == 1


def test_it_learns_from_what_two_texts_share_also_in_words_it_never_saw() -> None:
    words = [f"w{i}" for i in range(60)]
    same = [(f"{a} {b}", f"{b} {a} x", "yes") for a, b in itertools.pairwise(words)]
    other = [
        (f"{a} {b}", f"{c} {d} x", "no")
        for (a, b), (c, d) in zip(itertools.pairwise(words), itertools.pairwise(words[9:]), strict=False)
    ]
    frame = pl.DataFrame(same + other, schema=["l", "r", "y"], orient="row")
    model = sklearn.build(PARAMS).fit(frame.select("l", "r"), frame["y"])
    new = pl.DataFrame({"l": ["brand new", "brand new"], "r": ["new brand x", "something else x"]})
    first, second = model.predict_proba(new)[:, 1]
    assert first > 0.8 > 0.3 > second


def test_it_learns_a_single_text_and_a_table_and_both_together() -> None:
    texts = pl.DataFrame({"t": ["good film", "great film", "bad film", "dull film"] * 10})
    labels = pl.Series(["+", "+", "-", "-"] * 10)
    assert accuracy(texts, labels) == 1
    rows, classes = table()
    assert accuracy(rows, classes) > 0.85
    assert accuracy(rows.with_columns(t=pl.lit("the same")), classes) > 0.85


def test_several_categories_are_all_used() -> None:
    rows, labels = table()
    both = rows.with_columns(
        second=rows.get_columns()[-1].cast(pl.String).cast(pl.Categorical),
        third=pl.lit("x").cast(pl.Categorical),
    )
    assert accuracy(both, labels) >= accuracy(rows, labels) - 0.02


def test_missing_and_unknown_values_are_no_obstacle() -> None:
    rows, labels = table()
    model = sklearn.build(PARAMS).fit(rows, labels)
    new = pl.DataFrame({"n": [None, 1e9], "c": [None, "violet"]}, schema={"n": pl.Float64, "c": CATEGORY})
    assert model.predict_proba(new).sum(axis=1) == pytest.approx([1, 1])
    empty = pl.DataFrame({"n": [None, None], "t": ["", "?!"]}, schema={"n": pl.Float64, "t": pl.String})
    with pytest.raises(CannotRun, match="No training row has a word"):
        sklearn.build(PARAMS).fit(empty, pl.Series(["a", "b"]))


def test_symmetric_pairs_may_be_swapped() -> None:
    rows, labels = pairs()
    swapped = rows.select(want="offer", offer="want")
    there, back = (
        sklearn.build({**PARAMS, "symmetric": True}).fit(rows, labels).predict_proba(x)
        for x in (rows, swapped)
    )
    assert np.array_equal(there, back)
    ordered = sklearn.build(PARAMS).fit(rows, labels)
    assert not np.array_equal(ordered.predict_proba(rows), ordered.predict_proba(swapped))


def test_saved_and_loaded_it_predicts_the_same_and_its_bytes_repeat(tmp_path: Path) -> None:
    for name, (rows, labels) in {"pairs": pairs(), "table": table()}.items():
        stored = []
        for again in "ab":
            folder = tmp_path / name / again
            folder.mkdir(parents=True)
            model = sklearn.build(PARAMS).fit(rows, labels)
            model.save(folder)
            stored.append((folder / "model.skops").read_bytes())
        assert stored[0] == stored[1]
        loaded = sklearn.build(PARAMS).load(folder)
        assert loaded.classes == model.classes
        assert np.array_equal(loaded.predict_proba(rows), model.predict_proba(rows))


@pytest.mark.parametrize("what", ["pairs", "table", "regression"])
def test_another_process_with_another_hash_seed_and_more_threads_makes_the_same_bytes(
    tmp_path: Path, what: str
) -> None:
    rows, labels = {"pairs": pairs, "table": table, "regression": lambda: numbers(2500)}[what]()
    params = REGRESSION if what == "regression" else PARAMS
    rows.with_columns(y=labels).write_parquet(tmp_path / "rows.parquet")
    script = (
        "import sys, polars as pl; from pathlib import Path; from dataci.models import sklearn\n"
        "folder = Path(sys.argv[1]); rows = pl.read_parquet(folder / 'rows.parquet')\n"
        f"sklearn.build({params!r}).fit(rows.drop('y'), rows['y']).save(folder)\n"
    )
    found = []
    for number in ("1", "2"):
        threads = {"OMP_NUM_THREADS": number, "OPENBLAS_NUM_THREADS": number, "POLARS_MAX_THREADS": number}
        path = str(Path(sklearn.__file__).parents[2])
        env = {**os.environ, **threads, "PYTHONPATH": path, "PYTHONHASHSEED": number}
        subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, env=env)
        found.append((tmp_path / "model.skops").read_bytes())
    assert found[0] == found[1]
    sklearn.build(params).fit(rows, labels).save(tmp_path)
    assert (tmp_path / "model.skops").read_bytes() == found[0]


def test_a_stored_regression_predicts_the_same(tmp_path: Path) -> None:
    rows, labels = numbers(2500)
    model = sklearn.build(REGRESSION).fit(rows, labels)
    model.save(tmp_path)
    loaded = sklearn.build(REGRESSION).load(tmp_path)
    assert loaded.classes == []
    assert np.array_equal(loaded.predict(rows), model.predict(rows))


class Planted:
    """Runs code when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_a_pickle_in_place_of_the_model_does_not_run(tmp_path: Path) -> None:
    (tmp_path / "model.skops").write_bytes(pickle.dumps(Planted(tmp_path / "planted")))
    with pytest.raises(CannotRun, match="dataci train"):
        sklearn.build(PARAMS).load(tmp_path)
    assert not (tmp_path / "planted").exists()


def test_a_stored_model_with_code_that_is_not_trusted_is_refused(tmp_path: Path) -> None:
    import skops.io

    skops.io.dump(
        {"params": {}, "classes": [], "state": Planted(tmp_path / "planted")}, tmp_path / "model.skops"
    )
    with pytest.raises(CannotRun, match="dataci train"):
        sklearn.build(PARAMS).load(tmp_path)
    assert not (tmp_path / "planted").exists()


def test_an_unknown_parameter_is_refused() -> None:
    with pytest.raises(CannotRun, match="'c', which the model does not know"):
        sklearn.build({**PARAMS, "c": 1})


def numbers(rows: int = 300) -> tuple[pl.DataFrame, pl.Series]:
    """Return a table (some cells missing) and prices as text that follow from it but for noise of 1 in 1000."""
    generator = np.random.default_rng(0)
    size, colour = generator.normal(50, 10, rows), generator.choice(4, rows)
    price = 1000 * size + 20_000 * colour + generator.normal(0, 1000, rows)
    frame = pl.DataFrame({"size": size, "colour": [COLOURS[i] for i in colour]}).with_columns(
        pl.col("colour").cast(CATEGORY)
    )
    return frame, pl.Series([f" {value:.2f}" for value in price])


def r2(model: sklearn.LinearModel, rows: pl.DataFrame, labels: pl.Series) -> float:
    """Return the share of the variance that the model explains."""
    truth = np.array([float(label) for label in labels])
    return float(1 - np.mean((truth - model.predict(rows)) ** 2) / truth.var())


def test_a_regression_of_a_table_of_texts_and_of_pairs() -> None:
    rows, labels = numbers()
    model = sklearn.build(REGRESSION).fit(rows, labels)
    assert model.classes == []
    assert model.predict(rows).shape == (300,)
    assert r2(model, rows, labels) > 0.99
    texts = pl.DataFrame({"t": ["a villa by the sea", "a villa", "a hut by the sea", "a hut"] * 20})
    worth = pl.Series(["900", "700", "300", "100"] * 20)
    assert r2(sklearn.build(REGRESSION).fit(texts, worth), texts, worth) > 0.95
    both, match = pairs()
    assert r2(sklearn.build(REGRESSION).fit(both, match), both, match) > 0.8
    assert model.predict(rows.clear()).shape == (0,)


def test_the_unit_of_the_label_does_not_matter() -> None:
    rows, labels = numbers()
    cents = pl.Series([str(float(label) * 100 - 5e6) for label in labels])
    one, other = (sklearn.build(REGRESSION).fit(rows, each).predict(rows) for each in (labels, cents))
    assert np.allclose(one * 100 - 5e6, other, rtol=1e-6)


def test_a_label_that_never_changes_is_predicted() -> None:
    rows, _ = numbers(30)
    assert sklearn.build(REGRESSION).fit(rows, pl.Series(["7"] * 30)).predict(rows) == pytest.approx(7)


@pytest.mark.parametrize("label", ["many", "", "inf", "nan"])
def test_a_label_that_is_no_number_is_named(label: str) -> None:
    rows, labels = numbers(30)
    labels[3] = label
    with pytest.raises(CannotRun, match="no finite number"):
        sklearn.build(REGRESSION).fit(rows, labels)


def test_a_regression_has_no_classes_to_balance() -> None:
    with pytest.raises(CannotRun, match="a regression has none"):
        sklearn.build({**REGRESSION, "balanced": True})


def test_with_many_rows_an_effect_may_bend() -> None:
    size = np.linspace(-2, 2, sklearn.MANY)
    rows, labels = pl.DataFrame({"size": size}), pl.Series([str(abs(value)) for value in size])
    assert r2(sklearn.build(REGRESSION).fit(rows, labels), rows, labels) > 0.95
    few, some = rows.gather_every(4), labels.gather_every(4)
    assert r2(sklearn.build(REGRESSION).fit(few, some), few, some) < 0.1


def test_a_column_without_any_number_is_no_obstacle_where_effects_bend() -> None:
    rows = pl.DataFrame({"n": np.arange(sklearn.MANY) * 1.0}).with_columns(
        empty=pl.lit(None, dtype=pl.Float64)
    )
    labels = pl.Series([str(value) for value in range(sklearn.MANY)])
    assert r2(sklearn.build(REGRESSION).fit(rows, labels), rows, labels) > 0.99


def test_the_default_never_imports_torch(tmp_path: Path) -> None:
    code = (
        "import sys, polars as pl; from pathlib import Path; from dataci.models import sklearn\n"
        "rows, labels = pl.DataFrame({'n': [1.0, 2.0, 3.0, 4.0]}), pl.Series(['a', 'a', 'b', 'b'])\n"
        "model = sklearn.build({'seed': 0}).fit(rows, labels); folder = Path(sys.argv[1]); model.save(folder)\n"
        "assert sklearn.build({}).load(folder).classes == ['a', 'b']\n"
        "assert not {'torch', 'transformers'} & set(sys.modules)\n"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(sklearn.__file__).parents[2])}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, env=env)


def test_no_rows_give_no_predictions() -> None:
    rows, labels = table()
    assert sklearn.build(PARAMS).fit(rows, labels).predict_proba(rows.clear()).shape == (0, 3)

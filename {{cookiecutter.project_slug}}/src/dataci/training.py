"""From rows to a fitted model and its predictions: the user's model, called with every seed fixed, and
mistrusted.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from dataci import evaluation, project
from dataci.config import Config
from dataci.dataset import BUGS, TEST, TRAIN, Dataset
from dataci.errors import CannotRun
from dataci.evaluation import Predictions, Settings
from dataci.examples import Examples, examples
from dataci.models import Model


class Trained(NamedTuple):
    """A fitted model, how many rows of each label it saw, and what it predicts: by split, "test" or
    "bugs/<id>".

    The predictions are rounded as they are stored; ``how`` says how they are to be judged.
    """

    model: Model
    labels: dict[str, int]
    how: Settings
    predictions: dict[str, Predictions]


def train(dataset: Dataset) -> Trained:
    """Fit project/model.py on data/train and predict the test set and every model bug.

    CannotRun: no label configured or missing in a row, no rows, a single class, unreadable rows, a faulty
    model.
    """
    config = dataset.config
    rows = examples(dataset, TRAIN)
    counts = dict(sorted(rows.labels.value_counts().iter_rows()))
    refuse_labels(counts, rows.labels.len(), config)
    tests = {TEST: examples(dataset, TEST)}
    if not tests[TEST].ids:
        raise CannotRun(
            "There is no test row, so nothing can be measured. Add rows with labels below data/test."
        )
    names = sorted({part.split for part in dataset.parts if part.split.startswith(BUGS + "/")})
    tests |= {name: examples(dataset, name) for name in names}
    how = evaluation.settings(config.evaluation, list(counts))
    model = fit(config, rows)
    refuse_classes(model, list(counts))
    found = {name: evaluation.stored(predict(config, model, test), how) for name, test in tests.items()}
    return Trained(model, counts, how, found)


def refuse_labels(counts: dict[str, int], rows: int, config: Config) -> None:
    """Refuse a training set from which no classes can be learned."""
    label = config.columns.label
    if not rows:
        raise CannotRun("There is no training row. Add a file with rows below data/train.")
    if len(counts) == 1:
        only = next(iter(counts))
        raise CannotRun(
            f"Every training row has the {label} {only!r}; a model needs at least two classes to tell apart."
        )
    if len(counts) > max(50, rows // 2):
        raise CannotRun(
            f"The label {label!r} has {len(counts)} different values in {rows} rows, so it is no class. "
            "Predicting a number is not supported; name another label, or put the values into classes."
        )


def fit(config: Config, rows: Examples) -> Model:
    """Build the user's model and fit it, with every seed fixed."""
    seed = config.train.get("seed", 0)
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**32:
        raise CannotRun(
            f"dataci.toml: [train] seed is {seed!r}; it must be a whole number from 0 to 4294967295."
        )
    unknown = sorted(set(config.train) - {"seed", "params"})
    if unknown:
        raise CannotRun(f"dataci.toml: [train] has the unknown key {unknown[0]!r}. Known: seed, params.")
    params = config.train.get("params", {})
    if not isinstance(params, dict):
        raise CannotRun(
            "dataci.toml: [train] params must be a table: write [train.params] on a line of its own."
        )
    random.seed(seed)
    np.random.seed(seed)
    model: Any = call(
        config, "build", lambda: project.build_model(config.root, model_params(config, params, seed))
    )
    call(config, "fit", lambda: model.fit(rows.inputs, rows.labels))
    return model  # type: ignore[no-any-return]


def model_params(config: Config, params: dict[str, Any], seed: int) -> dict[str, Any]:
    """Return what build() is given: [train.params], the seed, and whether the two texts may be swapped."""
    reserved = sorted({"seed", "symmetric"} & set(params))
    if reserved:
        where = {"seed": "[train] seed", "symmetric": "[columns] symmetric"}[reserved[0]]
        raise CannotRun(f"dataci.toml: [train.params] names {reserved[0]!r}; set it as {where}.")
    return {**params, "seed": seed, "symmetric": config.columns.symmetric}


def refuse_classes(model: Model, labels: list[str]) -> None:
    """Refuse a model whose classes are not the labels that it was given."""
    if sorted(model.classes) != sorted(labels):
        raise CannotRun(
            "project/model.py: after fit(), `classes` must be the sorted labels that it was given, each once."
        )


def predict(config: Config, model: Model, rows: Examples) -> Predictions:
    """Return the predictions for rows with labels; CannotRun when they are no probabilities."""
    classes = [str(name) for name in model.classes]
    if not rows.ids:
        return Predictions([], [], classes, np.zeros((0, len(classes))))
    returned = call(config, "predict_proba", lambda: model.predict_proba(rows.inputs))
    found = np.asarray(returned, dtype=np.float64)
    if found.shape != (len(rows.ids), len(classes)):
        want = (len(rows.ids), len(classes))
        raise CannotRun(
            f"project/model.py: predict_proba has the shape {found.shape} instead of {want} (rows, classes)."
        )
    if found.size and not ((found >= 0) & (found <= 1)).all():  # false for NaN as well
        raise CannotRun("project/model.py: predict_proba returned something that is no number from 0 to 1.")
    return Predictions(rows.ids, rows.labels.to_list(), classes, found)


def call(config: Config, what: str, action: Callable[[], Any]) -> Any:
    """Call the user's code; CannotRun says where it failed."""
    try:
        return action()
    except CannotRun:
        raise
    except Exception as error:
        path = config.root / project.FOLDER / "model.py"
        raise CannotRun(
            f"project/model.py: {what}() failed. {project.place(error, path)}. Mend it and run again."
        ) from error

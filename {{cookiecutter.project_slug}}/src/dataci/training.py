"""From rows to a fitted model and its predictions: the user's model, called with every seed fixed, and
mistrusted.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from dataci import project
from dataci.config import REGRESSION, Config
from dataci.dataset import BUGS, TEST, TRAIN, Dataset
from dataci.errors import CannotRun
from dataci.examples import Examples, examples
from dataci.metrics import Array
from dataci.models import Model
from dataci.predictions import NO_DOUBTS, Predictions
from dataci.uncertainty import doubts as drawn

CHECKPOINTS = Path(".dataci") / "checkpoints"
CELLS = 4_000_000  # draws times rows times classes at once: 32 MB


def training_rows(dataset: Dataset) -> Examples:
    """Return the rows of data/train; CannotRun for no rows, no label, or labels from which nothing can be
    learned.
    """
    rows = examples(dataset, TRAIN)
    refuse_labels(rows, dataset.config)
    return rows


def test_rows(dataset: Dataset) -> dict[str, Examples]:
    """Return the rows to measure on, by split: "test", and "bugs/<id>" each; CannotRun without a test row."""
    found = {TEST: examples(dataset, TEST)}
    if not found[TEST].ids:
        raise CannotRun(
            "There is no test row, so nothing can be measured. Add rows with labels below data/test."
        )
    names = sorted({part.split for part in dataset.parts if part.split.startswith(f"{BUGS}/")})
    dataset.load(dataset.indices(BUGS))
    return found | {name: examples(dataset, name) for name in names}


def label_counts(rows: Examples, config: Config) -> dict[str, int]:
    """Return how many rows each label has, by label; of a regression nothing."""
    if config.task == REGRESSION:
        return {}
    return dict(sorted(rows.labels.value_counts().iter_rows()))


def refuse_labels(rows: Examples, config: Config) -> None:
    """Refuse a training set from which nothing can be learned."""
    label, height = config.columns.label, rows.labels.len()
    counts = dict(sorted(rows.labels.value_counts().iter_rows()))
    if not height:
        raise CannotRun("There is no training row. Add a file with rows below data/train.")
    if len(counts) == 1:
        only = next(iter(counts))
        raise CannotRun(
            f"Every training row has the {label} {only!r}; a model needs at least two to tell apart."
        )
    if config.task != REGRESSION and len(counts) > max(50, height // 2):
        raise CannotRun(
            f"The label {label!r} has {len(counts)} different values in {height} rows, so it is no class. "
            'To predict a number write task = "regression" below [train] in dataci.toml; else name another label.'
        )


def build(config: Config) -> Model:
    """Return the user's model, unfitted, with every seed fixed."""
    seed = int(config.train.get("seed", 0))
    random.seed(seed)
    np.random.seed(seed)
    params = model_params(config)
    found: Any = call(config, "build", lambda: project.build_model(config.root, params))
    return found  # type: ignore[no-any-return]


def model_params(config: Config) -> dict[str, Any]:
    """Return what build() is given: [train.params], the seed, whether the two texts may be swapped, and
    ``task`` where it is a regression.
    """
    found = {**config.train.get("params", {}), "seed": int(config.train.get("seed", 0))}
    found["symmetric"] = config.columns.symmetric
    return {**found, "task": config.task} if config.task == REGRESSION else found


def fit(config: Config, rows: Examples, name: str = "") -> Model:
    """Build the user's model and fit it; ``name`` tells its checkpoints, if it makes any, from others'."""
    model: Any = build(config)
    refuse_alone(config, model)
    if hasattr(model, "checkpoints"):
        model.checkpoints = config.root / CHECKPOINTS / name if name else None
    call(config, "fit", lambda: model.fit(rows.inputs, rows.labels))
    refuse_classes(model, rows, config)
    return model  # type: ignore[no-any-return]


def refuse_alone(config: Config, model: Any) -> None:
    """Refuse a model that trains in one process where [train] world_size asks for more."""
    if config.world_size > 1 and not getattr(model, "distributed", False):
        raise CannotRun(
            f"dataci.toml: [train] world_size is {config.world_size}, but the model of project/model.py trains in one "
            "process. Set it to 1, or choose a model that can be distributed."
        )


def load(config: Config, folder: Path) -> Model:
    """Build the user's model and load what a fitted one saved into ``folder``."""
    model: Any = build(config)
    call(config, "load", lambda: model.load(folder))
    return model  # type: ignore[no-any-return]


def refuse_classes(model: Model, rows: Examples, config: Config) -> None:
    """Refuse a model whose classes are not the labels that it was given."""
    wanted = [] if config.task == REGRESSION else sorted(set(rows.labels.to_list()))
    if sorted(model.classes) != wanted:
        told = (
            "empty, because it predicts a number"
            if not wanted
            else "the sorted labels that it was given, each once"
        )
        raise CannotRun(f"project/model.py: after fit(), `classes` must be {told}.")


def predict_all(config: Config, model: Model, tests: Mapping[str, Examples]) -> dict[str, Predictions]:
    """Return the predictions for rows by split, unrounded."""
    return {name: predict(config, model, rows) for name, rows in tests.items()}


def predict(config: Config, model: Model, rows: Examples) -> Predictions:
    """Return the predictions for rows with labels; CannotRun when they are no probabilities, or no numbers."""
    classes = [str(name) for name in model.classes]
    width = max(1, len(classes))
    labels = rows.labels.to_list()
    if not rows.ids:
        return Predictions([], [], classes, np.zeros((0, width)))
    what = "predict_proba" if classes else "predict"
    returned = call(config, what, lambda: getattr(model, what)(rows.inputs))
    found = np.asarray(returned, dtype=np.float64)
    if not classes and found.shape == (len(rows.ids),):
        found = found[:, None]
    if found.shape != (len(rows.ids), width):
        want = (len(rows.ids), width) if classes else (len(rows.ids),)
        raise CannotRun(f"project/model.py: {what} has the shape {found.shape} instead of {want}.")
    refuse_values(what, found, bool(classes))
    return Predictions(rows.ids, labels, classes, found, rows.clusters)


def doubts(config: Config, model: Model, rows: Examples) -> Array:
    """Return how unsure a model is of each row, shape (rows, 2): spread and information of its draws (see
    ``dataci.uncertainty.doubts``); no row where it has no ``predict_samples``, or where dataci.toml asks for no draws.

    CannotRun when they are no probabilities, or no numbers.
    """
    count, width = drawn.draws(config.evaluation), len(model.classes)
    if not count or not rows.ids or not hasattr(model, "predict_samples"):
        return NO_DOUBTS
    size = max(1, CELLS // (count * max(1, width)))
    parts = [rows.inputs.slice(begin, size) for begin in range(0, len(rows.ids), size)]
    return np.vstack([drawn.summary(samples(config, model, part, count)) for part in parts])


def samples(config: Config, model: Any, rows: pl.DataFrame, count: int) -> Array:
    """Return ``count`` draws, shape (draws, rows, classes), of a regression (draws, rows); always the same ones."""
    width = len(model.classes)
    returned = call(
        config, "predict_samples", lambda: model.predict_samples(rows, draws=count, seed=drawn.SEED)
    )
    found = np.asarray(returned, dtype=np.float64)
    if not width and found.shape == (count, rows.height, 1):
        found = found[:, :, 0]
    want = (count, rows.height, width) if width else (count, rows.height)
    if found.shape != want:
        raise CannotRun(f"project/model.py: predict_samples has the shape {found.shape} instead of {want}.")
    refuse_values("predict_samples", found, bool(width))
    return found


def refuse_values(what: str, found: Array, chances: bool) -> None:
    """Refuse what is no probability, or no finite number."""
    inside = ((found >= 0) & (found <= 1)) if chances else np.isfinite(found)
    if not inside.all():  # true for NaN as well
        told = "is no number from 0 to 1" if chances else "is no finite number"
        raise CannotRun(f"project/model.py: {what} returned something that {told}.")


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

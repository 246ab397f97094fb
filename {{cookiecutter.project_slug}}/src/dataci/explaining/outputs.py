"""What a model says, as one number a row that can be taken apart into a sum."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import polars as pl

from dataci import training
from dataci.config import Config
from dataci.errors import CannotRun
from dataci.explaining.tokens import Array

LEAST = 1e-12  # a probability of 0 has no logarithm

LOG_ODDS, LOG_SHARE, NUMBER = "log-odds", "log-share", "number"


class Target(NamedTuple):
    """Which class is explained: its place in ``classes``; a regression has no classes and no place."""

    classes: tuple[str, ...]
    place: int | None

    @property
    def label(self) -> str | None:
        """The class that is explained, None in a regression."""
        return None if self.place is None else self.classes[self.place]

    @property
    def scale(self) -> str:
        """What a score is: of two classes the log-odds, log(p / (1 - p)); of more the logarithm of the probability
        above the mean of those of all classes; in a regression the predicted number.
        """
        if self.place is None:
            return NUMBER
        return LOG_ODDS if len(self.classes) == 2 else LOG_SHARE


def target(classes: list[str], label: str | None, positive: str | None) -> Target | None:
    """Return what is explained: the class ``label``, else of two the positive one (the second where nobody named it).

    None: of more classes without a label, where it is up to the row. CannotRun for an unknown label.
    """
    names = tuple(map(str, classes))
    if not names:
        if label is not None:
            raise CannotRun("The model predicts a number, so --label means nothing. Leave it out.")
        return Target((), None)
    if label is not None and label not in names:
        shown = ", ".join(map(repr, names[:10]))
        raise CannotRun(f"The model knows no label {label[:60]!r}. It knows {shown}.")
    if label is None and len(names) > 2:
        return None
    chosen = label or (positive if positive in names else names[-1])
    return Target(names, names.index(str(chosen)))


def score(config: Config, model: Any, of: Target, rows: pl.DataFrame) -> Array:
    """Return the score of each row, shape (rows,); CannotRun where the user's model fails."""
    if of.place is None:
        found = training.call(config, "predict", lambda: model.predict(rows))
        return np.asarray(found, dtype=np.float64).reshape(rows.height)
    given = training.call(config, "predict_proba", lambda: model.predict_proba(rows))
    return from_probabilities(np.asarray(given, dtype=np.float64), of)


def from_probabilities(given: Array, of: Target) -> Array:
    """Return scores, shape (rows,), of probabilities of shape (rows, classes)."""
    logs = np.log(np.clip(given, LEAST, 1.0))
    if len(of.classes) == 2:
        found: Array = logs[:, of.place] - logs[:, 1 - int(of.place or 0)]
        return found
    return np.asarray(logs[:, of.place] - logs.mean(axis=1))

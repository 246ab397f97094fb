"""What a model is: the one protocol behind project/model.py, training and evaluation.

Each module here has ``build(params)``, which returns an unfitted model. None is imported by this one: who takes
``sklearn`` need not have what ``transformer`` needs.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

    Scores = np.ndarray[Any, np.dtype[np.float64]]


class Model(Protocol):
    """Something that learns classes, or a number, from rows.

    ``rows`` holds the model's inputs only, and the types say what a column is: String a text (never null),
    Categorical a category (null: missing), Float64 a number (null: missing). ``labels`` is a String series of
    the same length; in a regression (``params["task"]`` is "regression") each is the text of a finite number. Rows
    arrive in an order that does not depend on files.

    A model of a regression has ``classes == []`` and, in place of ``predict_proba``,
    ``predict(rows) -> numbers of shape (rows,)`` in the unit of the label. What a model may have besides:

    - ``predict_samples(rows, draws, seed) -> probabilities of shape (draws, rows, classes)``, of a regression numbers
      of shape (draws, rows): how unsure it is (for instance by dropout); the same seed gives the same draws.
    - ``checkpoints: Path | None``: before ``fit``, training sets it to a folder of its own. What is kept there
      lets a training that was killed go on, and end in the same bytes.
    - ``distributed: bool``: true where ``fit`` can run in [train] world_size processes.
    """

    classes: list[str]
    """The labels seen by ``fit``, sorted; the columns of ``predict_proba``. Empty in a regression."""

    def fit(self, rows: pl.DataFrame, labels: pl.Series) -> Self:
        """Learn; the same rows and parameters must give the same model."""
        ...

    def predict_proba(self, rows: pl.DataFrame) -> Scores:
        """Return probabilities, shape (rows, classes); each row sums to 1."""
        ...

    def save(self, folder: Path) -> None:
        """Write the fitted model into ``folder`` (which exists); never as a pickle."""
        ...

    def load(self, folder: Path) -> Self:
        """Read what ``save`` wrote; CannotRun when it is not that."""
        ...

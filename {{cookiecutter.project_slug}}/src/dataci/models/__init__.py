"""What a model is: the one protocol behind project/model.py, training and evaluation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

    Scores = np.ndarray[Any, np.dtype[np.float64]]


class Model(Protocol):
    """Something that learns classes from rows.

    ``rows`` holds the model's inputs only, and the types say what a column is: String a text (never null),
    Categorical a category (null: missing), Float64 a number (null: missing). ``labels`` is a String series of
    the same length. Rows arrive in an order that does not depend on files.
    """

    classes: list[str]
    """The labels seen by ``fit``, sorted; the columns of ``predict_proba``."""

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

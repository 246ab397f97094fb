"""A linear model that suits pairs of texts, single texts, tables and mixtures of them; stored by skops.

What it makes of a column depends on the column's type (see ``dataci.models``): two texts become word meetings
and likenesses, one text becomes tf-idf over words and character groups, a number is scaled (a missing one is
the median, and said so) and, where rows are many, bent at its quantiles, a category is one-hot (an unknown one
is none of them). Then one logistic regression; where the task is a regression, ridge regression of the
standardised label (both have the same C: of ridge regression it is 1 / alpha).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
import polars as pl
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from dataci.config import CLASSIFICATION, REGRESSION
from dataci.errors import CannotRun
from dataci.models import pairs, posterior, skops_file

DEFAULTS = {
    "C": 1.0,
    "max_iter": 1000,
    "seed": 0,
    "symmetric": False,
    "balanced": False,
    "meetings": 2.0,
    "task": CLASSIFICATION,
}
LIKENESS = 0.3  # of the likenesses against what else the model sees, so that they do not drown word meetings
BOUND = 3.0  # standard deviations
BENDS = (0.1, 0.25, 0.5, 0.75, 0.9)  # quantiles at which the effect of a number may change its slope
MANY = 2000  # rows from which it may: with fewer, a straight line errs less
TOLERANCE = 1e-6  # of ridge regression; far below the four digits of a prediction that are kept
FILE = "model.skops"


def build(params: Mapping[str, Any]) -> LinearModel:
    """Return an unfitted model.

    ``params``: C (inverse strength of regularisation), max_iter, balanced (every class counts the same),
    meetings (weight of word meetings against likenesses), and what training adds: seed, symmetric, task.
    CannotRun for others, and for balanced in a regression.
    """
    unknown = sorted(set(params) - set(DEFAULTS))
    if unknown:
        known = "C, max_iter, balanced, meetings"
        raise CannotRun(
            f"dataci.toml: [train.params] has {unknown[0]!r}, which the model does not know. Known: {known}."
        )
    if params.get("task") == REGRESSION and params.get("balanced"):
        raise CannotRun(
            "dataci.toml: [train.params] balanced weighs classes, and a regression has none. Remove it."
        )
    return LinearModel({**DEFAULTS, **params})


class LinearModel:
    """Features by column type, then a linear model. Everything learned is in ``state``, of plain types."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        """Keep the parameters; nothing is learned yet."""
        self.params = dict(params)
        self.classes: list[str] = []
        self.state: dict[str, Any] = {}

    def fit(self, rows: pl.DataFrame, labels: pl.Series) -> Self:
        """Learn from rows and their labels; in a regression these are numbers, or their text."""
        number = self.params["task"] == REGRESSION
        with threadpool_limits(1):  # the order of additions, hence the last bits, would depend on the threads
            self.state = learn(rows, self.params)
            found = features(rows, self.state)
            if number:
                self.state |= regress(found, quantities(labels), self.params, posterior.joint(self.state))
            else:
                self.state |= classify(found, labels, self.params, posterior.joint(self.state))
        self.classes = [] if number else [str(name) for name in self.state["linear"].classes_]
        return self

    def predict_proba(self, rows: pl.DataFrame) -> pairs.Array:
        """Return probabilities, shape (rows, classes); of a classification."""
        if not rows.height:
            return np.zeros((0, len(self.classes)))
        with threadpool_limits(1):
            return np.asarray(
                self.state["linear"].predict_proba(features(rows, self.state)), dtype=np.float64
            )

    def predict(self, rows: pl.DataFrame) -> pairs.Array:
        """Return the predicted numbers, shape (rows,), in the unit of the label; of a regression."""
        if not rows.height:
            return np.zeros(0)
        with threadpool_limits(1):
            found = self.state["linear"].predict(features(rows, self.state))
        return np.asarray(found * self.state["spread"] + self.state["mean"], dtype=np.float64)

    def predict_samples(self, rows: pl.DataFrame, draws: int, seed: int) -> pairs.Array:
        """Return what other models say that the training rows would have allowed as well (see
        ``dataci.models.posterior``): probabilities, shape (draws, rows, classes); of a regression numbers, shape
        (draws, rows). The same seed gives the same draws, and other rows do not change those of a row.
        """
        if not rows.height:
            return np.zeros((draws, 0, len(self.classes)) if self.classes else (draws, 0))
        with threadpool_limits(1):
            found, linear = features(rows, self.state), self.state["linear"]
            unseen = posterior.unseen(rows, found, self.state)
            deviation = posterior.deviations(found, unseen, self.state["posterior"])
            centre = found @ np.atleast_2d(linear.coef_).T + linear.intercept_
        outputs = posterior.draw(centre, deviation, draws, seed)
        if not self.classes:
            return np.asarray(outputs[:, :, 0] * self.state["spread"] + self.state["mean"])
        return posterior.probabilities(outputs)

    def save(self, folder: Path) -> None:
        """Write model.skops; the same model gives the same bytes."""
        raw = skops_file.storage().dumps(
            {"params": self.params, "classes": self.classes, "state": self.state}
        )
        (folder / FILE).write_bytes(skops_file.steady(raw))

    def load(self, folder: Path) -> Self:
        """Read model.skops; CannotRun when it is not one, or would need code that skops does not trust."""
        try:
            stored = skops_file.storage().load(folder / FILE, trusted=[])
            self.params, self.classes, self.state = stored["params"], stored["classes"], stored["state"]
        except Exception as error:  # whatever a foreign file makes skops or zipfile raise
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            raise CannotRun(
                f"The stored model cannot be read ({reason}). Remove it; `dataci train` makes it again."
            ) from error
        return self


def classify(
    found: sp.csr_matrix, labels: pl.Series, params: Mapping[str, Any], joint: int
) -> dict[str, Any]:
    """Fit logistic regression to features of shape (rows, features), the first ``joint`` of which go together:
    ``linear``, and ``posterior``, how sure its weights are.
    """
    linear = LogisticRegression(
        C=float(params["C"]),
        max_iter=int(params["max_iter"]),
        class_weight="balanced" if params["balanced"] else None,
        random_state=int(params["seed"]),
    )
    given = labels.to_numpy()
    linear.fit(found, given)
    return {"linear": linear, "posterior": posterior.of_classes(found, linear, given, joint)}


def regress(
    found: sp.csr_matrix, labels: pairs.Array, params: Mapping[str, Any], joint: int
) -> dict[str, Any]:
    """Fit ridge regression to the standardised label: ``linear``, ``posterior`` (how sure its weights are), ``mean``
    and ``spread`` to go back by.
    """
    mean, spread = float(labels.mean()), float(labels.std()) or 1.0
    linear = Ridge(alpha=1 / float(params["C"]), solver="sparse_cg", tol=TOLERANCE)
    wanted = (labels - mean) / spread
    linear.fit(found, wanted)
    doubt = posterior.of_number(found, linear, wanted, joint)
    return {"linear": linear, "posterior": doubt, "mean": mean, "spread": spread}


def quantities(labels: pl.Series) -> pairs.Array:
    """Return labels as numbers, shape (rows,); CannotRun names one that is none."""
    texts = labels.cast(pl.String).str.strip_chars()
    found = texts.cast(pl.Float64, strict=False)
    wrong = texts.filter(~found.is_finite().fill_null(False))
    if wrong.len():
        raise CannotRun(f"The label {wrong[0]!r} is no finite number, and a regression learns numbers only.")
    return found.to_numpy()


def learn(rows: pl.DataFrame, params: Mapping[str, Any]) -> dict[str, Any]:
    """Fit the features: which column is what, word weights, vocabularies, scales, categories."""
    text, number, category = (of(rows, kind) for kind in (pl.String, pl.Float64, pl.Categorical))
    if not rows.width:
        raise CannotRun(
            "dataci.toml: [columns] names no text, numeric or categorical column; the model needs one."
        )
    state: dict[str, Any] = {"text": text, "number": number, "category": category}
    state |= {"symmetric": bool(params["symmetric"]), "meetings": float(params["meetings"])}
    if len(text) == 2:
        left, right = pairs.words(rows[text[0]]), pairs.words(rows[text[1]])
        state["rarity"] = pairs.weights(left, right)
        alike = pairs.likenesses(left, right, state["rarity"])
        state["alike"] = StandardScaler().fit(alike)
        state["products"] = StandardScaler().fit(multiply(within(state["alike"], alike)))
        stems = pairs.stems(left), pairs.stems(right)
        state["rarity_of_stems"] = pairs.weights(*stems)
        state["seen"] = np.unique(
            pairs.meetings(*stems, state["rarity_of_stems"], state["symmetric"]).indices
        )
    if len(text) == 1:
        state["tfidf"] = vocabularies(rows[text[0]])
    if number:
        values = rows.select(number).to_numpy()
        filled = [np.nan if np.isnan(column).all() else np.nanmedian(column) for column in values.T]
        state["median"] = np.nan_to_num(np.array(filled))
        state["bends"] = bends(values)
        state["scale"] = StandardScaler().fit(numbers(values, state))
    if category:
        state["onehot"] = OneHotEncoder(handle_unknown="ignore").fit(categories(rows, category))
    return state


def features(rows: pl.DataFrame, state: Mapping[str, Any]) -> sp.csr_matrix:
    """Turn rows into a matrix, shape (rows, features)."""
    text = state["text"]
    blocks: list[Any] = []
    if len(text) == 2:
        left, right = pairs.words(rows[text[0]]), pairs.words(rows[text[1]])
        alike = within(state["alike"], pairs.likenesses(left, right, state["rarity"]))
        stems = pairs.stems(left), pairs.stems(right)
        met = pairs.meetings(*stems, state["rarity_of_stems"], state["symmetric"])[:, state["seen"]]
        blocks += [LIKENESS * within(state["products"], multiply(alike)), state["meetings"] * met]
    if len(text) == 1:
        blocks += [vectorizer.transform(rows[text[0]].to_list()) for vectorizer in state["tfidf"]]
    if state["number"]:
        values = rows.select(state["number"]).to_numpy()
        blocks.append(state["scale"].transform(numbers(values, state)))
    if state["category"]:
        blocks.append(state["onehot"].transform(categories(rows, state["category"])))
    return sp.hstack([sp.csr_matrix(block) for block in blocks], format="csr")


def of(rows: pl.DataFrame, kind: Any) -> list[str]:
    """Return the columns of one type, in their order."""
    return [name for name, dtype in rows.schema.items() if dtype == kind]


def within(scaler: StandardScaler, values: Any) -> Any:
    """Scale, and bound what lies further out than training values do."""
    return np.clip(scaler.transform(values), -BOUND, BOUND)


def multiply(values: Any) -> Any:
    """Append to the columns all their products of two; shape (rows, k + k(k + 1)/2)."""
    first, second = np.triu_indices(values.shape[1])
    return np.hstack([values, values[:, first] * values[:, second]])


def vocabularies(texts: pl.Series) -> list[TfidfVectorizer]:
    """Fit tf-idf over words and word pairs, and over character groups inside words (which forgive typos)."""
    common: dict[str, Any] = {"sublinear_tf": True, "dtype": np.float64}
    kinds = [
        TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"(?u)\b\w+\b", **common),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), max_features=50_000, **common),
    ]
    if texts.str.contains(r"\w").any():
        return [kind.fit(texts.to_list()) for kind in kinds]
    raise CannotRun(
        f"No training row has a word in the column {texts.name!r}; the model has nothing to learn from."
    )


def bends(values: Any) -> list[list[float]]:
    """Return for each column the numbers at which its effect may change its slope; none where rows are few."""
    if len(values) < MANY:
        return [[] for _ in values.T]
    present = [column[~np.isnan(column)] for column in values.T]
    return [np.unique(np.quantile(column, BENDS)).tolist() if len(column) else [] for column in present]


def numbers(values: Any, state: Mapping[str, Any]) -> Any:
    """Return numbers with the missing ones replaced by the median, then one column each that says where, then
    what lies beyond each bend; shape (rows, 2k + bends).
    """
    missing = np.isnan(values)
    filled = np.where(missing, state["median"], values)
    beyond = [
        np.maximum(filled[:, at] - bend, 0.0) for at, found in enumerate(state["bends"]) for bend in found
    ]
    return np.column_stack([filled, missing.astype(np.float64), *beyond])


def categories(rows: pl.DataFrame, names: list[str]) -> Any:
    """Return the categories as strings with a mark before each, so that a missing one differs from any
    text.
    """
    marked = rows.select(
        (pl.lit("=") + pl.col(name).cast(pl.String)).fill_null("?").alias(name) for name in names
    )
    return marked.to_numpy().astype(object)

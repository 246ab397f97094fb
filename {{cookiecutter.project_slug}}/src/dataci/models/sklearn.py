"""A linear model that suits pairs of texts, single texts, tables and mixtures of them; stored by skops.

What it makes of a column depends on the column's type (see ``dataci.models``): two texts become word meetings
and likenesses, one text becomes tf-idf over words and character groups, a number is scaled (a missing one is
the median, and said so), a category is one-hot (an unknown one is none of them). Then one logistic
regression.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
import polars as pl
import scipy.sparse as sp
import skops.io
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from dataci.errors import CannotRun
from dataci.models import pairs

DEFAULTS = {"C": 1.0, "max_iter": 1000, "seed": 0, "symmetric": False, "balanced": False, "meetings": 2.0}
LIKENESS = 0.3  # of the likenesses against what else the model sees, so that they do not drown word meetings
BOUND = 3.0  # standard deviations
FILE = "model.skops"


def build(params: Mapping[str, Any]) -> LinearModel:
    """Return an unfitted model.

    ``params``: C (inverse strength of regularisation), max_iter, balanced (every class counts the same), and
    what training adds, seed and symmetric. CannotRun for others.
    """
    unknown = sorted(set(params) - set(DEFAULTS))
    if unknown:
        known = "C, max_iter, balanced, meetings"
        raise CannotRun(
            f"dataci.toml: [train.params] has {unknown[0]!r}, which the model does not know. Known: {known}."
        )
    return LinearModel({**DEFAULTS, **params})


class LinearModel:
    """Features by column type, then logistic regression. Everything learned is in ``state``, of plain
    types.
    """

    def __init__(self, params: Mapping[str, Any]) -> None:
        """Keep the parameters; nothing is learned yet."""
        self.params = dict(params)
        self.classes: list[str] = []
        self.state: dict[str, Any] = {}

    def fit(self, rows: pl.DataFrame, labels: pl.Series) -> Self:
        """Learn from rows and their labels."""
        with threadpool_limits(1):  # the order of additions, hence the last bits, would depend on the threads
            self.state = learn(rows, self.params)
            linear = LogisticRegression(
                C=float(self.params["C"]),
                max_iter=int(self.params["max_iter"]),
                class_weight="balanced" if self.params["balanced"] else None,
                random_state=int(self.params["seed"]),
            )
            linear.fit(features(rows, self.state), labels.to_numpy())
        self.classes = [str(name) for name in linear.classes_]
        self.state["linear"] = linear
        return self

    def predict_proba(self, rows: pl.DataFrame) -> pairs.Array:
        """Return probabilities, shape (rows, classes)."""
        if not rows.height:
            return np.zeros((0, len(self.classes)))
        with threadpool_limits(1):
            return np.asarray(
                self.state["linear"].predict_proba(features(rows, self.state)), dtype=np.float64
            )

    def save(self, folder: Path) -> None:
        """Write model.skops; the same model gives the same bytes."""
        raw = skops.io.dumps({"params": self.params, "classes": self.classes, "state": self.state})
        (folder / FILE).write_bytes(steady(raw))

    def load(self, folder: Path) -> Self:
        """Read model.skops; CannotRun when it is not one, or would need code that skops does not trust."""
        try:
            stored = skops.io.load(folder / FILE, trusted=[])
            self.params, self.classes, self.state = stored["params"], stored["classes"], stored["state"]
        except Exception as error:  # whatever a foreign file makes skops or zipfile raise
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            raise CannotRun(
                f"The stored model cannot be read ({reason}). Remove it; `dataci train` makes it again."
            ) from error
        return self


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
        state["scale"] = StandardScaler().fit(impute(values, state["median"]))
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
        blocks.append(state["scale"].transform(impute(values, state["median"])))
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


def impute(values: Any, median: Any) -> Any:
    """Replace missing numbers by the median and append one column each that says where; shape (rows, 2k)."""
    missing = np.isnan(values)
    return np.hstack([np.where(missing, median, values), missing.astype(np.float64)])


def categories(rows: pl.DataFrame, names: list[str]) -> Any:
    """Return the categories as strings with a mark before each, so that a missing one differs from any
    text.
    """
    marked = rows.select(
        (pl.lit("=") + pl.col(name).cast(pl.String)).fill_null("?").alias(name) for name in names
    )
    return marked.to_numpy().astype(object)


def steady(raw: bytes) -> bytes:
    """Rewrite a skops file so that equal content is equal bytes: object ids count from 0, no dates, fixed
    order.
    """
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(members.pop("schema.json"))
    numbers: dict[Any, int] = {}
    renamed: dict[str, str] = {}
    renumber(schema, numbers, renamed)
    files = {renamed[name]: data for name, data in members.items()}
    files["schema.json"] = json.dumps(schema, indent=1).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, files[name])
    return out.getvalue()


def renumber(node: Any, numbers: dict[Any, int], renamed: dict[str, str]) -> None:
    """Replace memory addresses in a skops schema by the order of their appearance, in place."""
    if isinstance(node, list):
        for item in node:
            renumber(item, numbers, renamed)
    if isinstance(node, dict):
        if "__id__" in node:
            node["__id__"] = numbers.setdefault(node["__id__"], len(numbers))
        if isinstance(node.get("file"), str):
            node["file"] = renamed.setdefault(node["file"], f"{len(renamed)}{Path(node['file']).suffix}")
        for value in node.values():
            renumber(value, numbers, renamed)

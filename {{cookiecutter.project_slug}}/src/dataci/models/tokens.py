"""From texts to the tensors that an encoder takes."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import tokenizers
import torch
import transformers

from dataci.errors import CannotRun
from dataci.models import pretrained

Text = str | tuple[str, str]


class Tokens(NamedTuple):
    """One text or pair as numbers."""

    ids: list[int]
    types: list[int]


def tokenizer(folder: Path, length: int) -> tokenizers.Tokenizer:
    """Return the tokenizer of an encoder, which cuts at ``length`` tokens; CannotRun when it has no quick one."""
    try:
        found = transformers.AutoTokenizer.from_pretrained(folder, **pretrained.LOCAL)
    except Exception as error:  # whatever a broken file makes transformers raise
        raise pretrained.refused(folder, error) from error
    quick = getattr(found, "backend_tokenizer", None)
    if quick is None:
        raise CannotRun(
            "The encoder's tokenizer cannot be saved as tokenizer.json. Choose an encoder that has that file."
        )
    return cut(quick, length)


def cut(quick: tokenizers.Tokenizer, length: int) -> tokenizers.Tokenizer:
    """Set a tokenizer to cut at ``length`` tokens and to pad nothing."""
    quick.no_padding()
    quick.enable_truncation(length)
    return quick


def texts(rows: pl.DataFrame, symmetric: bool) -> list[Text]:
    """Return the text or the pair of each row; of pairs whose order means nothing, in the order of the alphabet.

    CannotRun for rows with anything else.
    """
    names = [name for name, kind in rows.schema.items() if kind == pl.String]
    if len(names) != rows.width or len(names) not in (1, 2):
        raise CannotRun(
            "The transformer reads one text or two texts and nothing else. Remove `numeric` and `categorical` below "
            "[columns] in dataci.toml, or choose dataci.models.sklearn in project/model.py."
        )
    if len(names) == 1:
        return list(rows[names[0]])
    pairs: list[Text] = []
    pairs += zip(rows[names[0]].to_list(), rows[names[1]].to_list(), strict=True)
    return [(min(pair), max(pair)) for pair in pairs] if symmetric else pairs


def encode(quick: tokenizers.Tokenizer, wanted: Sequence[Text]) -> list[Tokens]:
    """Return the tokens of each text or pair."""
    return [Tokens(one.ids, one.type_ids) for one in quick.encode_batch(list(wanted))]


def by_length(tokens: Sequence[Tokens], size: int) -> Iterator[list[int]]:
    """Yield positions in batches of equally long ones, the longest first, so that little is padded."""
    order = sorted(range(len(tokens)), key=lambda at: (-len(tokens[at].ids), at))
    for begin in range(0, len(order), size):
        yield order[begin : begin + size]


def pad(tokens: Sequence[Tokens], length: int, model: Any, device: str) -> dict[str, torch.Tensor]:
    """Return what ``model`` takes, each of shape (texts, length)."""
    filler = getattr(model.config, "pad_token_id", None) or 0
    found = {
        "input_ids": [one.ids + [filler] * (length - len(one.ids)) for one in tokens],
        "attention_mask": [[1] * len(one.ids) + [0] * (length - len(one.ids)) for one in tokens],
    }
    if "token_type_ids" in inspect.signature(model.forward).parameters:
        found["token_type_ids"] = [one.types + [0] * (length - len(one.types)) for one in tokens]
    return {name: torch.tensor(values, dtype=torch.long, device=device) for name, values in found.items()}

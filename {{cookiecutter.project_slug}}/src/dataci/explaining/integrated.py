"""Of the transformers: integrated gradients (Sundararajan, Taly and Yan 2017; by captum), token by token.

Along a straight line from the row with masked tokens to the row as it is, the gradients of the score are added up. What
each token gets adds up to the difference between the two scores, but for what a sum of ``STEPS`` leaves of an integral:
the remainder. Tokens are parts of words, so a word gets the sum of its tokens; special tokens stay and get nothing.

Of a pair each text is explained beside the other one as it is, and each counts half: the base is the mean score of the
pairs of which one text is masked. (Two masked texts are alike: against them every word would speak for a difference.)
Where the encoder is frozen, the gradients go through the features of the pair and the linear model.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from dataci.errors import CannotRun
from dataci.explaining.outputs import Target
from dataci.explaining.tokens import Array, Row, shares
from dataci.models import dropout, tokens
from dataci.models.finetune import FineTuned
from dataci.models.frozen import Frozen
from dataci.models.steady import steady

STEPS = 64
BATCH = 32  # steps at once
MASKS = ("[MASK]", "<mask>", "[PAD]", "<pad>", "[UNK]", "<unk>")  # what stands for a token that is not there


class Gradients(NamedTuple):
    """``values`` of the units. base + sum of values + ``remainder`` = score."""

    values: Array
    base: float
    score: float
    remainder: float


class Given(NamedTuple):
    """A text, or both as one, as the encoder takes it.

    ``embedded``: (1, tokens, width); ``nothing``: the same of masked tokens only; ``more``: what else the encoder is
    given. ``spans``: of each token the text that it is of (0 or 1) and from where to where it stands there; None of
    special tokens.
    """

    embedded: torch.Tensor
    nothing: torch.Tensor
    more: dict[str, torch.Tensor]
    spans: list[tuple[int, int, int] | None]


def explain(model: Frozen | FineTuned, row: Row, of: Target) -> Gradients:
    """Return what each unit adds; CannotRun without captum, or for an encoder that takes no embeddings."""
    try:
        from captum.attr import IntegratedGradients
    except ImportError as error:
        raise CannotRun(
            f"Integrated gradients need captum, which is not installed ({error}). Install it with: "
            'pip install ".[explain]"'
        ) from error
    frozen = isinstance(model, Frozen)
    texts = tokens.texts(row.inputs, model.params["symmetric"])[0]
    names = list(row.inputs.columns)
    sides = texts if isinstance(texts, tuple) else (texts,)
    if len(sides) == 2 and sides[0] != (row.inputs[names[0]][0] or ""):  # a symmetric pair in the other order
        names.reverse()
    values, low = np.zeros(len(row.units)), 0.0
    with steady(model.params["threads"]):
        embedder: Any = model.encoder() if isinstance(model, Frozen) else model
        dropout.switch(embedder.model, on=False)
        read = [given(embedder, side) for side in sides] if frozen else [given(embedder, texts)]
        for side in range(len(sides)):
            at = side if frozen else 0
            score = scorer(model, embedder.model, of, read, at)
            empty = masked(read[at], 0 if frozen else side)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # captum tells that it asks for gradients
                found = IntegratedGradients(score).attribute(
                    read[at].embedded, baselines=empty, n_steps=STEPS, internal_batch_size=BATCH
                )
            parts = found[0].sum(-1).double().cpu().numpy() / len(sides)
            add(values, row, [names[at]] if frozen else names, read[at], parts)
            with torch.no_grad():
                high, low = float(score(read[at].embedded)[0]), low + float(score(empty)[0]) / len(sides)
    return Gradients(values, low, high, high - low - float(values.sum()))


def given(embedder: Any, text: tokens.Text) -> Given:
    """Read a text, or a pair as one."""
    model, quick = embedder.model, embedder.tokenizer
    if "inputs_embeds" not in inspect.signature(model.forward).parameters:
        raise CannotRun(
            "This encoder takes no embeddings, so there are no gradients to integrate. Use --method local."
        )
    one = quick.encode(*text) if isinstance(text, tuple) else quick.encode(text)
    device = str(next(model.parameters()).device)
    more = tokens.pad([tokens.Tokens(one.ids, one.type_ids)], len(one.ids), model, device)
    ids = more.pop("input_ids")
    embed = model.get_input_embeddings()
    hidden = next((found for name in MASKS if (found := quick.token_to_id(name)) is not None), None)
    with torch.no_grad():
        real = embed(ids)
        nothing = torch.zeros_like(real) if hidden is None else embed(torch.full_like(ids, hidden))
    places = zip(one.sequence_ids, one.offsets, one.special_tokens_mask, strict=True)
    spans = [None if hide or which is None else (which, *place) for which, place, hide in places]
    return Given(real, nothing, more, spans)


def masked(one: Given, side: int) -> torch.Tensor:
    """Return the embeddings with the tokens of one of the texts masked."""
    hide = [span is not None and span[0] == side for span in one.spans]
    where = torch.tensor(hide, dtype=torch.bool, device=one.embedded.device)[None, :, None]
    return torch.where(where, one.nothing, one.embedded)


def scorer(
    model: Frozen | FineTuned, encoder: Any, of: Target, read: Sequence[Given], at: int
) -> Callable[[torch.Tensor], torch.Tensor]:
    """Return the function from embeddings of ``read[at]`` to scores, shape (rows,); the others stay as they are."""

    def vectors(one: Given, embedded: torch.Tensor) -> torch.Tensor:
        more = expanded(one, len(embedded))
        return pooled(encoder(inputs_embeds=embedded, **more).last_hidden_state, more["attention_mask"])

    if isinstance(model, FineTuned):
        return lambda embedded: chosen(
            encoder(inputs_embeds=embedded, **expanded(read[at], len(embedded))).logits.double(),
            of,
            model.range,
        )
    with torch.no_grad():
        fixed = [None if place == at else vectors(one, one.embedded) for place, one in enumerate(read)]

    def outputs(embedded: torch.Tensor) -> torch.Tensor:
        own = vectors(read[at], embedded)
        return linear(model, [own if other is None else other.expand(len(own), -1) for other in fixed])

    return lambda embedded: chosen(outputs(embedded), of, model.range)


def expanded(one: Given, rows: int) -> dict[str, torch.Tensor]:
    """Return what else the encoder is given, for so many rows."""
    return {name: values.expand(rows, -1) for name, values in one.more.items()}


def pooled(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return embeddings of texts, as the frozen encoder's ``vectors`` makes them."""
    there = mask.unsqueeze(-1).to(states.dtype)
    mean = (states * there).sum(1) / there.sum(1).clamp(min=1)
    return torch.nn.functional.normalize(mean, dim=1).double()


def linear(model: Frozen, vectors: Sequence[torch.Tensor]) -> torch.Tensor:
    """Return what the linear model makes of embeddings; see ``frozen.features``."""
    found = vectors[0]
    if len(vectors) == 2:
        found = torch.hstack([vectors[0] * vectors[1], (vectors[0] - vectors[1]).abs()])
    state = {name: values.to(found.device) for name, values in model.state.items()}
    scaled = (found - state["mean"]) / state["scale"]
    return scaled @ state["weight"].T + state["bias"]


def chosen(outputs: torch.Tensor, of: Target, scale: tuple[float, float]) -> torch.Tensor:
    """Return the target's score (``outputs.Target.scale``) of what the model puts out, shape (rows,)."""
    if of.place is None:
        return outputs[:, 0] * scale[1] + scale[0]
    if outputs.shape[1] == 1:
        return outputs[:, 0] if of.place == 1 else -outputs[:, 0]
    if outputs.shape[1] == 2:
        return outputs[:, of.place] - outputs[:, 1 - of.place]
    return outputs[:, of.place] - outputs.mean(1)


def add(values: Array, row: Row, names: Sequence[str], one: Given, found: Array) -> None:
    """Add what the tokens got to the units whose letters they are."""
    for span, weight in zip(one.spans, found.tolist(), strict=True):
        if span is None:
            continue
        which, start, end = span
        name = names[which]
        mine = row.of(name)
        text = row.inputs[name][0] or ""
        for at, share in shares([row.units[unit] for unit in mine], text, start, end):
            values[mine[at]] += weight * share

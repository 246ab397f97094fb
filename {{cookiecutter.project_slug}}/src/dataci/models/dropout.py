"""Dropout whose masks depend on the step only, not on how many processes share the batch.

torch draws a mask for the rows that a process has; two processes with half of the rows each would drop other units than
one process with all. Here every process draws the mask of the whole batch from the step's own seed and takes the part
of its rows. (Attention weights are not dropped: fused attention draws those masks itself.)
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

ATTENTION = ("attention_probs_dropout_prob", "attention_dropout", "attn_pdrop", "attention_dropout_prob")


class Draw:
    """Where masks come from: a generator, how many rows the whole batch has, and which of them are here."""

    def __init__(self, device: str) -> None:
        """Nothing is drawn before ``start``."""
        self.generator = torch.Generator(device=device)
        self.total, self.mine = 0, slice(None)

    def start(self, seed: int, total: int, mine: slice = slice(None)) -> None:
        """Begin a batch of ``total`` rows of which ``mine`` are here."""
        self.generator.manual_seed(seed)
        self.total, self.mine = total, mine


class SharedDropout(nn.Module):  # type: ignore[misc]
    """Drops units with probability ``p`` while it trains; the first axis of what comes in must be the rows."""

    def __init__(self, p: float, draw: Draw) -> None:
        """Keep the probability and the common source of masks."""
        super().__init__()
        self.p, self.draw = p, draw

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Return the values with some of them 0 and the others larger to make up for it."""
        if not self.training or not self.p:
            return values
        shape = (self.draw.total, *values.shape[1:])
        drawn = torch.rand(shape, generator=self.draw.generator, device=values.device)[self.draw.mine]
        return values * (drawn >= self.p) / (1 - self.p)


def spare_attention(config: Any) -> None:
    """Set the dropout of attention weights to 0 in a model's configuration, in place."""
    for name in ATTENTION:
        if getattr(config, name, 0):
            setattr(config, name, 0.0)


def replace(model: nn.Module, draw: Draw) -> None:
    """Put a SharedDropout in the place of every Dropout of a model."""
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if type(child) is nn.Dropout:
                setattr(parent, name, SharedDropout(child.p, draw))


def switch(model: nn.Module, on: bool) -> None:
    """Set a model to predict, with or without dropout."""
    model.eval()
    for module in model.modules():
        if isinstance(module, SharedDropout):
            module.train(on)

"""Training a cross-encoder so that the same rows and parameters give the same weights.

AdamW, linear warm-up and decay, clipped gradients. The gradient of a step is the mean over the batch of all processes:
each sums the loss over its rows and divides by the rows of all, then gradients are added up. Learning rate, order and
masks follow from the number of the step alone, so a checkpoint needs the weights, both moments and that number.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import accelerate
import numpy as np
import torch
import transformers
from torch.nn import functional

from dataci.errors import CannotRun
from dataci.models import checkpoint, dropout, sampler, tokens
from dataci.models.checkpoint import Checkpoint
from dataci.models.progress import Progress
from dataci.models.targets import Targets

WARM_UP = 0.1  # of all steps
DECAY = 0.01  # of weights; not of biases and norms
CLIP = 1.0
MOMENTS = ("exp_avg", "exp_avg_sq")
VERSION = 1  # of this module's way to train; a checkpoint of another is not gone on from


class Group(NamedTuple):
    """The processes that train together: how many, which of them this is, and where it computes."""

    rank: int
    world: int
    device: str


class Rows(NamedTuple):
    """What is learned from: the tokens of each row, and its target."""

    tokens: list[tokens.Tokens]
    values: np.ndarray[Any, np.dtype[Any]]


@contextmanager
def together(device: str) -> Iterator[Group]:
    """Join the processes that torchrun started, if it did, and leave them afterwards."""
    if int(os.environ.get("WORLD_SIZE", "1")) < 2:
        yield Group(0, 1, device)
        return
    state = accelerate.PartialState(cpu=device == "cpu")
    try:
        yield Group(state.process_index, state.num_processes, str(state.device))
    finally:
        state.destroy_process_group()
        accelerate.PartialState._reset_state()


def owner(
    params: Mapping[str, Any], weights: str, texts: Sequence[tokens.Text], wanted: Targets, world: int
) -> str:
    """Return the sha256 of everything that a training follows from."""
    versions = [VERSION, torch.__version__, transformers.__version__]
    told = [versions, dict(params), weights, list(texts), wanted.values.tolist(), wanted.classes, world]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def train(
    model: Any,
    draw: dropout.Draw,
    rows: Rows,
    params: Mapping[str, Any],
    group: Group,
    folder: Path | None,
    owned: str,
) -> None:
    """Train a model in place, from the checkpoint in ``folder`` if it is of ``owned``; that is removed at last."""
    seed, epochs, size = (int(params[name]) for name in ("seed", "epochs", "batch_size"))
    batches = sampler.batches(seed, epochs, len(rows.tokens), size)
    optimizer = optimizer_of(model, float(params["learning_rate"]))
    begin = resume(model, optimizer, checkpoint.read(folder, owned) if folder else None, group)
    progress = Progress("Training", len(batches) if group.rank == 0 else 0)
    written = time.monotonic()
    model.train()
    for batch in batches[begin:]:
        set_rate(optimizer, float(params["learning_rate"]), batch.step, len(batches))
        step(model, draw, optimizer, rows, batch, seed, group)
        done = batch.step + 1
        ended = done < len(batches) and batches[done].epoch != batch.epoch
        if folder and group.rank == 0 and (ended or time.monotonic() - written >= checkpoint.EVERY):
            checkpoint.write(folder, owned, Checkpoint(done, tensors(model, optimizer)))
            written = time.monotonic()
        progress.at(done)
    progress.end()
    if folder and group.rank == 0:
        checkpoint.remove(folder)


def step(
    model: Any,
    draw: dropout.Draw,
    optimizer: torch.optim.Optimizer,
    rows: Rows,
    batch: sampler.Batch,
    seed: int,
    group: Group,
) -> None:
    """Learn from one batch."""
    masks = sampler.number("masks", seed, batch.step)
    torch.manual_seed(masks)  # for dropout that an architecture does without a module
    draw.start(masks, len(batch.rows), slice(group.rank, None, group.world))
    optimizer.zero_grad(set_to_none=False)
    mine = sampler.share(batch.rows, group.rank, group.world)
    if mine:
        longest = max(len(rows.tokens[row].ids) for row in batch.rows)
        given = tokens.pad([rows.tokens[row] for row in mine], longest, model, group.device)
        target = torch.as_tensor(rows.values[mine], device=group.device)
        (loss(model(**given).logits, target) / len(batch.rows)).backward()
    learned = [one for one in model.parameters() if one.requires_grad]
    add_up(learned, group)
    if not torch.isfinite(torch.nn.utils.clip_grad_norm_(learned, CLIP)):
        raise CannotRun(
            f"The training ran away in step {batch.step + 1}: its gradients are no numbers any more. "
            "Lower learning_rate below [train.params] in dataci.toml."
        )
    optimizer.step()


def loss(outputs: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Return the loss summed over rows: cross entropy of classes, squared error of numbers."""
    if target.is_floating_point():
        return functional.mse_loss(outputs[:, 0], target.to(outputs.dtype), reduction="sum")
    return functional.cross_entropy(outputs, target, reduction="sum")


def add_up(learned: Sequence[torch.Tensor], group: Group) -> None:
    """Replace the gradients by their sums over all processes."""
    if group.world == 1:
        return
    flat = torch.cat([gradient(one).reshape(-1) for one in learned])
    torch.distributed.all_reduce(flat)
    begin = 0
    for one in learned:
        gradient(one).copy_(flat[begin : begin + one.numel()].view_as(one))
        begin += one.numel()


def gradient(one: torch.Tensor) -> torch.Tensor:
    """Return a parameter's gradient, which ``optimizer_of`` has made."""
    assert one.grad is not None
    return one.grad


def optimizer_of(model: Any, rate: float) -> torch.optim.Optimizer:
    """Return AdamW with the state that it has before the first step; every parameter has a gradient from now on."""
    groups: dict[float, list[torch.nn.Parameter]] = {DECAY: [], 0.0: []}
    for one in model.parameters():
        if one.requires_grad:
            groups[DECAY if one.ndim > 1 else 0.0].append(one)
    made = torch.optim.AdamW(
        [{"params": found, "weight_decay": decay} for decay, found in groups.items() if found], lr=rate
    )
    for found in groups.values():
        for one in found:
            one.grad = torch.zeros_like(one)
            made.state[one] = {"step": torch.tensor(0.0)} | {name: torch.zeros_like(one) for name in MOMENTS}
    return made


def set_rate(optimizer: torch.optim.Optimizer, rate: float, at: int, total: int) -> None:
    """Set the learning rate of a step: up over the first tenth, then down to 0."""
    warm = max(1, round(total * WARM_UP))
    factor = (at + 1) / warm if at < warm else (total - at) / max(1, total - warm)
    for group in optimizer.param_groups:
        group["lr"] = rate * factor


def tensors(model: Any, optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    """Return the weights and both moments of each, by name."""
    found = {f"weight.{name}": value.detach().cpu().clone() for name, value in model.state_dict().items()}
    for name, one in model.named_parameters():
        if one in optimizer.state:
            found |= {f"{moment}.{name}": optimizer.state[one][moment].cpu() for moment in MOMENTS}
    return found


def resume(model: Any, optimizer: torch.optim.Optimizer, state: Checkpoint | None, group: Group) -> int:
    """Put a checkpoint into model and optimizer, and return the step to go on with.

    0 without one, with one that does not fit, and when the processes do not see the same.
    """
    now = tensors(model, optimizer)
    fits = state is not None and all(
        name in state.tensors and state.tensors[name].shape == value.shape for name, value in now.items()
    )
    begin = state.step if state is not None and fits else 0
    if agreed(begin, group) and state is not None and fits:
        weights = {name: value for name, value in state.tensors.items() if name.startswith("weight.")}
        model.load_state_dict({name.removeprefix("weight."): value for name, value in weights.items()})
        for name, one in model.named_parameters():
            if one in optimizer.state:
                for moment in MOMENTS:
                    optimizer.state[one][moment].copy_(state.tensors[f"{moment}.{name}"])
                optimizer.state[one]["step"].fill_(float(begin))
        return begin
    return 0


def agreed(begin: int, group: Group) -> bool:
    """Tell whether all processes would go on with the same step."""
    if group.world == 1:
        return True
    seen = torch.tensor([begin, -begin], device=group.device)
    torch.distributed.all_reduce(seen, torch.distributed.ReduceOp.MAX)
    return int(seen[0]) == -int(seen[1])

"""A candidate in the folder that it is made of: its model from the store, or trained and then kept there."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from dataci import training
from dataci.config import Config
from dataci.errors import CannotRun
from dataci.examples import Examples
from dataci.identity import Identity
from dataci.models import Model
from dataci.store import Store


class Obtained(NamedTuple):
    """A fitted model; ``rows`` and ``labels`` count its training data; ``fitted``: trained just now."""

    model: Model
    rows: int
    labels: dict[str, int]
    fitted: bool


def obtain(
    config: Config,
    made_of: Identity,
    rows: Examples,
    store: Store,
    fresh: bool = False,
    say: Callable[[str], None] = print,
) -> Obtained:
    """Return the candidate of ``config``: from the store, else (or with ``fresh``) by training it and keeping it.

    ``rows``: what ``training.training_rows`` gave. The store is only a cache: when it cannot be reached, ``say`` is
    told, and training goes on.
    """
    counts = training.label_counts(rows, config)
    model = None if fresh else attempt(lambda: kept(config, made_of, store), say)
    if model is not None:
        return Obtained(model, len(rows.ids), counts, False)
    model = training.fit(config, rows, f"{made_of.data}-{made_of.code}")
    if is_first():
        attempt(lambda: keep(made_of, model, store), say)
    return Obtained(model, len(rows.ids), counts, True)


def kept(config: Config, made_of: Identity, store: Store) -> Model | None:
    """Return the model as the store has it, or None where it has none."""
    with tempfile.TemporaryDirectory(prefix="dataci-") as folder:
        if not store.get(made_of.data, made_of.code, Path(folder)):
            return None
        return training.load(config, Path(folder))


def keep(made_of: Identity, model: Model, store: Store) -> None:
    """Put a fitted model into the store."""
    with tempfile.TemporaryDirectory(prefix="dataci-") as folder:
        model.save(Path(folder))
        store.put(made_of.data, made_of.code, Path(folder))


def attempt(action: Callable[[], Model | None], say: Callable[[str], None]) -> Model | None:
    """Return what the store gives; when it fails, say so and go on without it."""
    try:
        return action()
    except CannotRun as error:
        say(f"warning: {error}")
        return None


def is_first() -> bool:
    """Tell whether this process writes: of those that train together only the first does."""
    return os.environ.get("RANK", "0") == "0"


def alone() -> bool:
    """Tell whether nobody else trains together with this process, as far as it was told."""
    return "WORLD_SIZE" not in os.environ


def launch(world_size: int, arguments: list[str]) -> list[str]:
    """Return the command that starts ``dataci`` in ``world_size`` processes that train together."""
    run = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={world_size}"]
    return [sys.executable, *run, "-m", "dataci", *arguments]


def refuse_world(configured: int) -> None:
    """Refuse to train in another number of processes than the identity of the candidate says."""
    given = os.environ.get("WORLD_SIZE", "1")
    if given != str(configured):
        raise CannotRun(
            f"{given} processes were started, but dataci.toml says [train] world_size = {configured}. "
            f"Set it to {given}, or start {configured}."
        )

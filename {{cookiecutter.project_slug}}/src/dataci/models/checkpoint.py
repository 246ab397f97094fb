"""Where a training stands, so that one that was killed goes on to the same bytes.

A checkpoint is a safetensors file and checkpoint.json, which names it, its sha256, the step and what is trained. The
JSON is replaced last and at once, so it always names a whole file. One that is damaged, or of another training, is as
good as none.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import NamedTuple

import safetensors.torch
import torch

EVERY = 60.0  # seconds between two checkpoints within an epoch
INDEX = "checkpoint.json"


class Checkpoint(NamedTuple):
    """How many steps are done, and all tensors that the next one needs."""

    step: int
    tensors: dict[str, torch.Tensor]


def write(folder: Path, owner: str, state: Checkpoint) -> None:
    """Write a checkpoint of the training ``owner``, then remove the one before."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"step-{state.step}.safetensors"
    unfinished = folder / f"{name}.new"
    safetensors.torch.save_file(state.tensors, unfinished)
    index = {"for": owner, "step": state.step, "file": name, "sha256": digest(unfinished)}
    settle(unfinished, folder / name)
    unfinished = folder / f"{INDEX}.new"
    unfinished.write_text(json.dumps(index, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    settle(unfinished, folder / INDEX)
    remove(folder, keep={INDEX, name})


def read(folder: Path, owner: str) -> Checkpoint | None:
    """Return the checkpoint of the training ``owner``; None when there is none that is whole."""
    try:
        index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        path = folder / f"step-{int(index['step'])}.safetensors"
        if index["for"] != owner or digest(path) != index["sha256"]:
            return None
        return Checkpoint(int(index["step"]), safetensors.torch.load_file(path))
    except (OSError, ValueError, KeyError, TypeError, safetensors.SafetensorError):
        return None


def remove(folder: Path, keep: set[str] | None = None) -> None:
    """Remove what ``write`` left, except the files named, and the folder if it is empty then."""
    for pattern in ("step-*.safetensors", "step-*.safetensors.new", INDEX, f"{INDEX}.new"):
        for path in folder.glob(pattern):
            if path.name not in (keep or set()):
                path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        folder.rmdir()


def settle(unfinished: Path, path: Path) -> None:
    """Give a written file its name once it is on the disk."""
    with unfinished.open("rb") as stream:
        os.fsync(stream.fileno())
    unfinished.replace(path)


def digest(path: Path) -> str:
    """Return the sha256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

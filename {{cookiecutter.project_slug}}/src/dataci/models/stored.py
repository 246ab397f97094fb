"""The files of a stored transformer: dataci.json and safetensors. Nothing else in the folder is ever opened."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch

from dataci.errors import CannotRun

ABOUT = "dataci.json"
WEIGHTS = "model.safetensors"
FORMAT = 1


def write(folder: Path, about: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> None:
    """Write what a model is and its tensors; equal models give equal bytes."""
    text = json.dumps({"format": FORMAT, **about}, indent=1, sort_keys=True, ensure_ascii=False)
    (folder / ABOUT).write_text(text + "\n", encoding="utf-8")
    whole = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in sorted(tensors.items())}
    safetensors.torch.save_file(whole, folder / WEIGHTS)


def read(folder: Path, mode: str) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Return what ``write`` wrote of a model of that mode; CannotRun when it is not that."""
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        if about["format"] != FORMAT or about["params"]["mode"] != mode:
            raise ValueError(f"it is no model of the mode {mode!r} of this version")
        return about, safetensors.torch.load_file(folder / WEIGHTS)
    except (OSError, ValueError, KeyError, TypeError, safetensors.SafetensorError) as error:
        raise unreadable(error) from error


def unreadable(error: Exception) -> CannotRun:
    """Return the refusal of a stored model."""
    reason = next(iter(f"{type(error).__name__}: {error}".splitlines()))
    return CannotRun(f"The stored model cannot be read ({reason}). Remove it; `dataci train` makes it again.")

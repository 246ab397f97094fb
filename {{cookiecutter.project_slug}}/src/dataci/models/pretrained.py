"""A pretrained encoder, read into memory.

Only *.safetensors, JSON and lists of words are read of its folder: neither a pickle nor Python code in it runs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import transformers

from dataci.errors import CannotRun
from dataci.models import dropout

LOCAL: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
NEW = ("classifier", "score", "pooler", "pre_classifier")  # the parts that a task puts on top of an encoder


def read(kind: Any, folder: Path, length: int, device: str, **settings: Any) -> Any:
    """Return the model in ``folder`` on the device, float32, its attention without dropout.

    ``kind``: a class of transformers such as AutoModel; ``length``: how many tokens it will be given at most;
    ``settings``: of its configuration. CannotRun when it cannot be read, or lacks weights.
    """
    try:
        config = transformers.AutoConfig.from_pretrained(folder, **settings, **LOCAL)
        refuse_length(config, length)
        model, about = kind.from_pretrained(
            folder,
            config=prepared(config, device),
            use_safetensors=True,
            dtype=torch.float32,
            output_loading_info=True,
            **LOCAL,
        )
    except CannotRun:
        raise
    except Exception as error:  # whatever a broken file makes transformers raise
        raise refused(folder, error) from error
    lost = sorted(name for name in about["missing_keys"] if not set(name.split(".")) & set(NEW))
    if lost:
        raise CannotRun(
            f"The encoder's folder {folder} lacks {len(lost)} of its weights, for instance {lost[0]}. Get it anew."
        )
    return model.to(device)


def prepared(config: Any, device: str) -> Any:
    """Return a configuration, changed in place so that equal runs give equal numbers."""
    dropout.spare_attention(config)
    if device != "cpu":
        config._attn_implementation = "eager"  # a GPU adds up fused attention in any order
    return config


def refuse_length(config: Any, length: int) -> None:
    """Refuse more tokens than the encoder has places for."""
    places = getattr(config, "max_position_embeddings", None)
    if isinstance(places, int) and 0 < places < length:
        raise CannotRun(
            f"dataci.toml: [train.params] max_length = {length}, but the encoder reads {places} tokens at most."
        )


def refused(folder: Path, error: Exception) -> CannotRun:
    """Return the refusal of an encoder that cannot be read."""
    reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
    return CannotRun(
        f"The encoder's folder {folder} cannot be read ({reason[:200]}). Get it anew, or choose another encoder."
    )

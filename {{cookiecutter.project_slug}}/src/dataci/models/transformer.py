"""Models that begin with a pretrained text encoder, for one text or a pair of texts.

Two ways. ``mode = "frozen"`` (the quick one): the encoder stays as it is, its sentence embeddings are the features of a
linear model. ``mode = "finetune"`` (the strong one): the encoder reads both texts at once and all of it is trained.
Both learn classes, or a number where the task is a regression, and are stored as safetensors, JSON and tokenizer.json.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dataci.config import CLASSIFICATION
from dataci.errors import CannotRun
from dataci.models import encoder

try:
    import accelerate  # noqa: F401
    import safetensors  # noqa: F401
    import tokenizers  # noqa: F401
    import torch  # noqa: F401
    import transformers
except ImportError as error:
    raise CannotRun(
        f"The transformer needs packages that are not installed ({error}). Install them with: "
        'pip install ".[transformer]"'
    ) from error

if TYPE_CHECKING:
    from dataci.models.finetune import FineTuned
    from dataci.models.frozen import Frozen

FROZEN, FINETUNE = "frozen", "finetune"
GIVEN = {"seed": 0, "symmetric": False, "task": CLASSIFICATION}
COMMON = {"encoder": "", "revision": "", "mode": FROZEN, "max_length": 128, "device": "auto", "threads": 1}
OWN: dict[str, dict[str, Any]] = {
    FROZEN: {"batch_size": 32, "C": 1.0},
    FINETUNE: {"batch_size": 16, "epochs": 3, "learning_rate": 5e-5},
}
COUNTS = ("max_length", "threads", "batch_size", "epochs")
AMOUNTS = ("C", "learning_rate")

transformers.utils.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()


def build(params: Mapping[str, Any]) -> Frozen | FineTuned:
    """Return an unfitted model.

    ``params``: encoder (a folder, or a name on the hub; by default a small one for English), revision (the commit of a
    name), mode ("frozen" or "finetune"), max_length (tokens of a text or pair; what is longer is cut), batch_size,
    device ("auto", "cpu", "cuda"), threads; frozen: C (inverse strength of regularisation); finetune: epochs,
    learning_rate; and what training adds: seed, symmetric, task. CannotRun for others, and for values that cannot be.
    """
    mode = params.get("mode", FROZEN)
    if mode not in OWN:
        raise CannotRun(f'dataci.toml: [train.params] mode = {mode!r}; known: "frozen", "finetune".')
    defaults = {**GIVEN, **COMMON, **OWN[mode]}
    unknown = sorted(set(params) - set(defaults))
    if unknown:
        known = ", ".join([*COMMON, *OWN[mode]])
        raise CannotRun(
            f"dataci.toml: [train.params] has {unknown[0]!r}, which the transformer does not know where mode is "
            f"{mode!r}. Known: {known}."
        )
    found = {**defaults, **params}
    refuse_values(found)
    if mode == FROZEN:
        from dataci.models import frozen

        return frozen.Frozen(found)
    from dataci.models import finetune

    return finetune.FineTuned(found)


def refuse_values(params: Mapping[str, Any]) -> None:
    """Refuse a device that there is not, counts that are no positive whole numbers, amounts that are not above 0."""
    if params["device"] not in encoder.DEVICES:
        raise CannotRun(
            f'dataci.toml: [train.params] device = {params["device"]!r}; known: "auto", "cpu", "cuda".'
        )
    for name in COUNTS:
        value = params.get(name, 1)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise CannotRun(f"dataci.toml: [train.params] {name} = {value!r} must be a whole number from 1.")
    for name in AMOUNTS:
        value = params.get(name, 1)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < float("inf"):
            raise CannotRun(f"dataci.toml: [train.params] {name} = {value!r} must be a number above 0.")

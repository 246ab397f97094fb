"""What draws of a model say of its doubt: [evaluation.uncertainty], and two numbers a row.

``spread``: how far the draws scatter: of two labels the standard deviation of the probability (of a regression: of the
number), of more the root of half of the summed variances of all labels' probabilities, which is the same of two.
``information``: the entropy of the mean of the draws less their mean entropy, in nats: what one would learn about the
model if one were told the row's label (Houlsby et al., 2011). It is high where draws are sure and contradict each
other, and 0 where they agree, however open the row is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dataci.errors import CannotRun
from dataci.metrics import Array

DRAWS = 20
MOST = 1000
SEED = 0


def draws(raw: Mapping[str, Any]) -> int:
    """Return how often [evaluation] has the model draw for each row, 0: never; CannotRun for what is no such number."""
    found = raw.get("uncertainty", {}).get("draws", DRAWS)
    if isinstance(found, bool) or not isinstance(found, int) or found == 1 or not 0 <= found <= MOST:
        raise CannotRun(
            f"dataci.toml: [evaluation.uncertainty] draws is {found!r}; it must be a whole number from 2 to {MOST}, "
            "or 0 for none."
        )
    return found


def summary(samples: Array) -> Array:
    """Return spread and information of each row, shape (rows, 2), of draws of shape (draws, rows, classes); of a
    regression, (draws, rows), the information is 0.
    """
    if samples.ndim == 2:
        return np.column_stack([samples.std(axis=0), np.zeros(samples.shape[1])])
    spread = np.sqrt(samples.var(axis=0).sum(axis=1) / 2)
    information = entropy(samples.mean(axis=0)) - entropy(samples).mean(axis=0)
    return np.column_stack([spread, np.maximum(0.0, information)])


def entropy(chances: Array) -> Array:
    """Return the entropy of probabilities over the last axis, in nats."""
    return np.asarray(-(chances * np.log(np.where(chances > 0, chances, 1.0))).sum(axis=-1)) + 0.0

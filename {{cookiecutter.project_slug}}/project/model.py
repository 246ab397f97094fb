"""Your model: `dataci train` calls build(), fits what it returns, and measures it.

This file is yours. Any object with fit, predict_proba, classes, save and load will do (see
dataci.models.Model). When this file changes, or one that it imports, the next training is a new
candidate with a new result.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataci.models import Model, sklearn


def build(params: Mapping[str, Any]) -> Model:
    """Return an unfitted model; ``params`` is [train.params] of dataci.toml, plus ``seed`` and
    ``symmetric``.
    """
    # A linear model that suits pairs of texts, single texts and tables. It trains in seconds, which makes it
    # a good first model, and a yardstick for the next one. Its settings: C (higher trusts what it was taught
    # more), balanced (true: every class counts the same, however rare), meetings (of pairs: higher trusts more in
    # which word meets which, less in what the two texts share), max_iter.
    return sklearn.build(params)

"""Your model: `dataci train` calls build(), fits what it returns, and measures it.

This file is yours. Any object with fit, predict_proba (of a regression: predict), classes, save and load
will do (see dataci.models.Model). When this file changes, or one that it imports, the next training is a new
candidate with a new result.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataci.models import Model, sklearn


def build(params: Mapping[str, Any]) -> Model:
    """Return an unfitted model; ``params`` is [train.params] of dataci.toml, plus ``seed`` and
    ``symmetric``, and ``task`` where it is a regression.
    """
    # A linear model that suits pairs of texts, single texts and tables. It trains in seconds, which makes it
    # a good first model, and a yardstick for the next one. Its settings: C (higher trusts what it was taught
    # more), balanced (true: every class counts the same, however rare), meetings (of pairs: higher trusts more in
    # which word meets which, less in what the two texts share), max_iter.
    return sklearn.build(params)

    # A transformer understands words that no training row has, and takes minutes, or a GPU. To try it, import
    # it above in place of sklearn (`from dataci.models import Model, transformer`), and end with this line:
    # return transformer.build(params)
    # Its settings: mode ("frozen" is quick: the encoder stays as it is and a linear model learns from what it
    # makes of a text; "finetune" is strong: all of it learns), encoder (a name on the hub, or a folder).

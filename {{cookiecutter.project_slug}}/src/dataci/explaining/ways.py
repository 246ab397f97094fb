"""One row explained, by the way that suits the model: exact terms, integrated gradients, or a local surrogate."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from dataci.config import Config
from dataci.errors import CannotRun
from dataci.explaining import local, outputs, tokens
from dataci.explaining.local import Meeting
from dataci.explaining.outputs import Target
from dataci.explaining.tokens import Array, Row

AUTO, EXACT, LOCAL, GRADIENTS = "auto", "exact", "local", "gradients"
WAYS = (AUTO, EXACT, LOCAL, GRADIENTS)
APART = 1e-6  # how far the exact terms may be from what the model says
POOR = 0.5  # a fidelity below is told
REST = 0.05  # a remainder above this share of what was explained is told
TRANSFORMERS = {"dataci.models.frozen": "Frozen", "dataci.models.finetune": "FineTuned"}


class Explainer(NamedTuple):
    """What does not depend on the row. ``reference``: see ``tokens.masked``; ``masks``: how many at most a row.

    ``trusted``: that exact terms are what the model says was seen in another row.
    """

    config: Config
    model: Any
    reference: Mapping[str, float | None]
    method: str
    seed: int
    masks: int | None = None
    notes: tuple[str, ...] = ()
    trusted: bool = False


class Explanation(NamedTuple):
    """Why a row has its score. base + sum of values + remainder = score.

    ``values``: of each unit. ``fidelity``: the held-out R² of the local surrogate; ``together``: with meetings.
    ``meetings``: what two units add only together, of which each unit's value holds half. ``estimated``: parts
    of the exact terms were shared out by estimates.
    """

    row: Row
    target: Target
    method: str
    values: Array
    base: float
    score: float
    fidelity: float | None = None
    together: float | None = None
    meetings: tuple[Meeting, ...] = ()
    estimated: bool = False
    notes: tuple[str, ...] = ()

    @property
    def remainder(self) -> float:
        """What of the score belongs to no unit."""
        return self.score - self.base - float(self.values.sum())


def explainer(
    config: Config, model: Any, train: pl.DataFrame, method: str, seed: int, masks: int | None = None
) -> Explainer:
    """Return how rows are explained; CannotRun for a way that the model does not have.

    ``train``: the inputs of the training rows.
    """
    kind = suits(model)
    notes: tuple[str, ...] = ()
    if method == AUTO:
        method = kind
        if kind == GRADIENTS and importlib.util.find_spec("captum") is None:
            method = LOCAL
            notes = (
                'captum is not installed, so this is the local surrogate. pip install ".[explain]" brings '
                "integrated gradients.",
            )
    elif method == EXACT and kind != EXACT:
        raise CannotRun("Only dataci.models.sklearn has exact terms. Use --method auto or local.")
    elif method == GRADIENTS and kind != GRADIENTS:
        raise CannotRun("Only the transformer has gradients. Use --method auto or local.")
    return Explainer(config, model, tokens.reference(train), method, seed, masks, notes)


def suits(model: Any) -> str:
    """Return the way that suits a model best; of a class that is not loaded there can be no model."""
    linear = getattr(sys.modules.get("dataci.models.sklearn"), "LinearModel", None)
    if linear is not None and isinstance(model, linear):
        return EXACT
    for module, name in TRANSFORMERS.items():
        kind = getattr(sys.modules.get(module), name, None)
        if kind is not None and isinstance(model, kind):
            return GRADIENTS
    return LOCAL


def explain(how: Explainer, inputs: pl.DataFrame, of: Target) -> Explanation:
    """Explain one row; ``inputs``: a frame of one row, typed by role."""
    row = tokens.split(inputs)
    if how.method == EXACT:
        return by_terms(how, row, of)
    if how.method == GRADIENTS:
        return by_gradients(how, row, of)
    return by_surrogate(how, row, of)


def by_terms(how: Explainer, row: Row, of: Target) -> Explanation:
    """Explain by exact terms; CannotRun where these are not what the model says."""
    from dataci.explaining import exact

    found = exact.explain(how.model, row, of, how.reference, how.seed, how.masks or exact.MASKS)
    if not how.trusted and not np.isclose(
        found.score, outputs.score(how.config, how.model, of, row.inputs)[0], rtol=APART, atol=APART
    ):
        raise CannotRun(
            "project/model.py changes what the linear model predicts, so its terms do not explain it. "
            "Use --method local."
        )
    return Explanation(
        row,
        of,
        EXACT,
        found.values,
        found.base,
        found.score,
        meetings=found.meetings,
        estimated=found.estimated,
        notes=how.notes,
    )


def by_surrogate(how: Explainer, row: Row, of: Target) -> Explanation:
    """Explain by a local surrogate."""
    found = local.explain(
        row,
        lambda rows: outputs.score(how.config, how.model, of, rows),
        how.reference,
        how.seed,
        how.masks or local.MASKS,
    )
    shares, notes = found.shares, how.notes
    if shares.fidelity is not None and shares.fidelity < POOR:
        notes += (
            f"The fidelity is low: the weights tell {max(shares.fidelity, 0.0):.0%} of how the score changes while "
            "words are taken away. The rest comes from words acting together; trust the order of the strongest words, "
            "and not the sizes.",
        )
    return Explanation(
        row,
        of,
        LOCAL,
        shares.values,
        shares.base,
        shares.score,
        fidelity=shares.fidelity,
        together=found.together,
        meetings=found.meetings,
        notes=notes,
    )


def by_gradients(how: Explainer, row: Row, of: Target) -> Explanation:
    """Explain by integrated gradients."""
    from dataci.explaining import integrated

    found = integrated.explain(how.model, row, of)
    notes = how.notes
    if abs(found.remainder) > REST * max(float(np.abs(found.values).sum()), REST):
        notes += (
            f"The weights and the base leave {found.remainder:+.2f} of the score unexplained: the model bends more "
            "between the two than the integral's steps can follow. Compare with --method local.",
        )
    return Explanation(row, of, GRADIENTS, found.values, found.base, found.score, notes=notes)

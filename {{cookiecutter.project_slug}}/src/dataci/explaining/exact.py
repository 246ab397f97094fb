"""Of the linear model (``dataci.models.sklearn``): its own terms, coefficient times feature, by the words they are of.

The terms of a row and the base add up to its score, but for rounding. Which words a term belongs to:

- A *meeting* of a word of the one text with a word of the other: half to each. Words with one stem share.
- The *likenesses* of two texts are no sum over words. What they add all together goes to the words by their Shapley
  values: what a word adds, averaged over all orders in which the words could come. Of short texts these are computed,
  else estimated from masks (``sampling``); they add up all the same. What a word adds by standing in both texts counts
  as a meeting of it with itself, of which the values hold half each.
- Of a single text, a *word or a pair of words*: to the words it is made of, equally; a *group of letters*: to the
  words whose letters they are, by letters. Where a feature occurs several times, each occurrence has an equal part.
- A *number* or *category*: to its cell, against the median of training and against a missing category.

The base is the score of the row without words, whose numbers are those medians and whose categories are missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from dataci.explaining import alike, single
from dataci.explaining.local import Meeting, generator, interactions
from dataci.explaining.outputs import Target
from dataci.explaining.sampling import shapley
from dataci.explaining.tokens import Array, Masks, Row, masked
from dataci.models import pairs, sklearn
from dataci.models.sklearn import LinearModel
from dataci.text import fold

MASKS = (
    16_000  # of the likenesses of one row; words of little weight need so many for their order to be certain
)


Terms = dict[tuple[int, int], float]
"""What pairs of units add: (place in the first text's units, in the second's) → weight."""


class Exact(NamedTuple):
    """``values`` of the units; base + sum of values = score. ``meetings``: what pairs of units add, each whole.

    ``estimated``: the likenesses were shared out by estimates.
    """

    values: Array
    base: float
    score: float
    meetings: tuple[Meeting, ...] = ()
    estimated: bool = False


class Line(NamedTuple):
    """What is added up for the target: ``bias``, and a coefficient a feature, shape (features,)."""

    bias: float
    weights: Array


class Words(NamedTuple):
    """The words that the model sees of a text, and the place of the unit that each belongs to."""

    words: list[str]
    units: list[int]


def explain(
    model: LinearModel,
    row: Row,
    of: Target,
    reference: Mapping[str, float | None],
    seed: int,
    masks: int = MASKS,
) -> Exact:
    """Return the terms of a row; ``reference``: see ``tokens.masked``; ``masks``: at most, for the likenesses."""
    line, state = straight(model, of), model.state
    nothing = masked(row, np.zeros((1, len(row.units)), dtype=np.bool_), reference)
    features = sklearn.features(pl.concat([row.inputs, nothing]), state)
    score, base = (float(found) for found in features @ line.weights + line.bias)
    values, at = np.zeros(len(row.units)), 0
    met: tuple[Meeting, ...] = ()
    estimated = False
    if len(state["text"]) == 2:
        sides = tuple(seen(row, name) for name in state["text"])
        at = len(state["products"].scale_)
        shared = likenesses(row, sides, state, line.weights[:at], seed, masks)
        terms = meetings(sides, state, line.weights[at:])
        values += shared.values
        for (left, right), term in terms.items():
            values[[left, right]] += term / 2
        met, estimated = together(terms, shared.shared), shared.estimated
        at += len(state["seen"])
    if len(state["text"]) == 1:
        found, at = single.terms(row, state, features[:1], line.weights)
        values += found
    difference = np.asarray((features[0] - features[1]).todense()).ravel() * line.weights
    for name, places in cells(state, at).items():
        for unit in row.of(name):
            values[unit] += difference[places].sum()
    return Exact(values, base, score, met, estimated)


def straight(model: LinearModel, of: Target) -> Line:
    """Return the sum that the target's score is."""
    linear = model.state["linear"]
    if of.place is None:
        spread = float(model.state["spread"])
        return Line(float(linear.intercept_) * spread + float(model.state["mean"]), linear.coef_ * spread)
    if len(of.classes) == 2:
        sign = 1.0 if of.place == 1 else -1.0
        return Line(sign * float(linear.intercept_[0]), sign * linear.coef_[0])
    return Line(
        float(linear.intercept_[of.place] - linear.intercept_.mean()),
        linear.coef_[of.place] - linear.coef_.mean(axis=0),
    )


def seen(row: Row, column: str) -> Words:
    """Return the words that the model sees of a text: the first ones of a long one."""
    found = [(word, at) for at in row.of(column) for word in fold(row.units[at].text).split()]
    found = found[: pairs.WORDS]
    return Words([word for word, _ in found], [at for _, at in found])


def together(*parts: Terms) -> tuple[Meeting, ...]:
    """Return what pairs of units add, in all parts."""
    found: Terms = {}
    for pair, term in (item for part in parts for item in part.items()):
        found[pair] = found.get(pair, 0.0) + term
    return tuple(Meeting(one, other, term) for (one, other), term in found.items())


def meetings(sides: Sequence[Words], state: Mapping[str, Any], weights: Array) -> Terms:
    """Return the term of each meeting of a unit of the first text with one of the second."""
    left, right = (by_stem(side) for side in sides)
    rarity = state["rarity_of_stems"]
    slots = [np.array([pairs.slot(stem) for stem in side], dtype=np.uint64) for side in (left, right)]
    heavy = [rarity[(side % pairs.SIZE).astype(np.int64)] for side in slots]
    size = float(np.linalg.norm(np.outer(*heavy))) or 1.0
    columns = hashed(slots[0], slots[1], bool(state["symmetric"]))
    known = np.minimum(np.searchsorted(state["seen"], columns), len(state["seen"]) - 1)
    terms = np.where(state["seen"][known] == columns, weights[known], 0.0) * state["meetings"]
    terms = terms * heavy[0][:, None] * heavy[1][None, :] / size
    found: Terms = {}
    for i, ones in enumerate(left.values()):
        for j, others in enumerate(right.values()):
            term = float(terms[i, j])
            for one in ones if term else ():
                for other in others:
                    found[one, other] = found.get((one, other), 0.0) + term / (len(ones) * len(others))
    return found


def by_stem(side: Words) -> dict[str, list[int]]:
    """Return the units of each stem of a text, in the order in which the model meets the stems."""
    found: dict[str, list[int]] = {}
    for word, unit in zip(side.words, side.units, strict=True):
        found.setdefault(word[: pairs.STEM], []).append(unit)
    return found


def hashed(left: Any, right: Any, symmetric: bool) -> Any:
    """Return the column of each meeting as ``pairs.meetings`` numbers them, shape (left, right)."""
    first, second = left[:, None], right[None, :]
    if symmetric:
        first, second = np.minimum(first, second), np.maximum(first, second)
    return ((first * pairs.LEFT + second * pairs.RIGHT) >> pairs.SHIFT).astype(np.int64)


class Alike(NamedTuple):
    """``values``: of each unit; ``shared``: what a word adds by standing in both texts, of which each has half."""

    values: Array
    shared: Terms
    estimated: bool


def likenesses(
    row: Row, sides: Sequence[Words], state: Mapping[str, Any], weights: Array, seed: int, masks: int
) -> Alike:
    """Return what the units add to what the likenesses add."""
    players = sorted({unit for side in sides for unit in side.units})
    place = {unit: at for at, unit in enumerate(players)}

    def value(some: Masks) -> Array:
        texts = [(side.words, some[:, [place[unit] for unit in side.units]]) for side in sides]
        found = alike.likenesses(texts[0], texts[1], state["rarity"])
        products = sklearn.within(state["products"], sklearn.multiply(sklearn.within(state["alike"], found)))
        return np.asarray(sklearn.LIKENESS * products @ weights)

    values = np.zeros(len(row.units))
    if not players:
        return Alike(values, {}, False)
    found = shapley(value, len(players), masks, generator(row, seed))
    values[players] = found.values
    same = sorted(
        {
            (place[one], place[other])
            for word, one in zip(*sides[0], strict=True)
            for twin, other in zip(*sides[1], strict=True)
            if word == twin
        }
    )
    first, second = (np.array([pair[side] for pair in same], dtype=np.int64) for side in (0, 1))
    strength, _ = interactions(found, first, second)
    shared = {
        (players[one], players[other]): float(term) for (one, other), term in zip(same, strength, strict=True)
    }
    return Alike(values, shared, found.drawn is not None and not found.drawn.whole)


def cells(state: Mapping[str, Any], at: int) -> dict[str, list[int]]:
    """Return the features of each number and category; ``at``: how many the texts have, which stand before."""
    found: dict[str, list[int]] = {}
    names = state["number"]
    if names:
        bent = [name for name, bends in zip(names, state["bends"], strict=True) for _ in bends]
        for place, name in enumerate([*names, *names, *bent]):  # see sklearn.numbers
            found.setdefault(name, []).append(at + place)
        at += 2 * len(names) + len(bent)
    if state["category"]:
        for name, known in zip(state["category"], state["onehot"].categories_, strict=True):
            found[name] = list(range(at, at + len(known)))
            at += len(known)
    return found

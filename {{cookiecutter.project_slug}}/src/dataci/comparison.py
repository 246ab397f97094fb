"""Two results side by side: what differs, which rows flipped, and whether the one is better or it may be
chance.

A verdict needs the same rows: results that were measured on different test sets are shown, and never ranked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from dataci import evaluation, lineage, metrics
from dataci.evaluation import LOWER_IS_BETTER, Predictions, Settings
from dataci.metrics import Array
from dataci.record import Record

VERSION = 1
TEST = "test"


class Side(NamedTuple):
    """One of the two results: how it is called, its record, and its stored predictions by split (None:
    lost).
    """

    name: str
    record: Record
    predictions: Mapping[str, Predictions] | None = None


class Flip(NamedTuple):
    """A row that one of the two gets right and the other wrong. ``text``: its inputs, when they are at
    hand.
    """

    id: str
    split: str
    label: str
    before: str
    after: str
    text: tuple[tuple[str, str], ...] = ()


class Verdict(NamedTuple):
    """What can be said of the primary metric. ``word``: better, worse, unclear, same, or none (``reason``
    says why).

    ``difference`` is B - A with its 95 % interval ``low`` to ``high``; ``p``: how often chance alone does as
    much.
    """

    word: str
    metric: str
    reason: str = ""
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None


class Comparison(NamedTuple):
    """A and B compared. Plain data: the reporters render it, and ``to_dict`` is the JSON output."""

    a: Side
    b: Side
    same_test: bool
    verdict: Verdict
    changed: dict[str, Any]
    fixed: tuple[Flip, ...]
    broken: tuple[Flip, ...]
    notes: tuple[str, ...] = ()


class Place(NamedTuple):
    """One line of the leaderboard. ``rank`` is None where the result was measured otherwise than the
    latest.
    """

    rank: int | None
    record: Record
    latest: bool


def compare(a: Side, b: Side) -> Comparison:
    """Compare two results: B is the newer one, and the verdict is about it."""
    same = a.record["test"]["id"] == b.record["test"]["id"]
    flips = [flip for split in shared(a, b) for flip in flipped(a, b, split)]
    right = [flip for flip in flips if flip.after == flip.label]
    wrong = [flip for flip in flips if flip.before == flip.label]
    changed = lineage.between(a.record, b.record)
    return Comparison(a, b, same, judge(a, b), changed, tuple(right), tuple(wrong), notes(a, b))


def settings(record: Record) -> Settings:
    """Return how a record was evaluated."""
    found = record["evaluation"]
    return Settings(found["metric"], found["positive"], found["threshold"])


def obstacle(a: Side, b: Side) -> str | None:
    """Say why no verdict can be given on the primary metric, or None."""
    one, two = a.record, b.record
    if one["test"]["id"] != two["test"]["id"]:
        ids = f"{one['test']['id'][:8]} and {two['test']['id'][:8]}"
        return f"measured on different test sets ({ids}); only results on the same rows can be compared"
    if settings(one).metric != settings(two).metric or settings(one).positive != settings(two).positive:
        return "measured with different settings of [evaluation]"
    if a.predictions is None or b.predictions is None:
        return f"the predictions of {a.name if a.predictions is None else b.name} are not stored"
    if not aligned(a, b, TEST):
        return "the stored predictions are not of the same rows"
    metric = settings(two).metric
    reasons = [
        side["metrics"].get(metric, {"reason": "not in the record"}).get("reason") for side in (one, two)
    ]
    return next((reason for reason in reasons if reason), None)


def judge(a: Side, b: Side) -> Verdict:
    """Say whether B is better than A: the interval of the difference on the same rows lies beyond 0, or
    not.
    """
    how = settings(b.record)
    why = obstacle(a, b)
    if why or a.predictions is None or b.predictions is None:
        return Verdict("none", how.metric, why or "")
    one, two = a.predictions[TEST], b.predictions[TEST]
    if settings(a.record) == how and one.classes == two.classes and np.array_equal(one.scores, two.scores):
        return Verdict("same", how.metric, "every prediction is the same", 0.0, 0.0, 0.0, 1.0)
    difference, low, high, p = paired(how.metric, one, two, settings(a.record), how)
    word = "unclear"
    if low > 0 or high < 0:
        gain = difference < 0 if how.metric in LOWER_IS_BETTER else difference > 0
        word = "better" if gain else "worse"
    return Verdict(word, how.metric, "", difference, low, high, p)


def paired(
    metric: str, one: Predictions, two: Predictions, before: Settings, after: Settings
) -> tuple[float, ...]:
    """Return the difference of a metric on the same rows, its 95 % interval, and p: DeLong for the AUC, else
    bootstrap.
    """
    if metric == "roc_auc":
        truth = np.array(one.labels) == after.positive
        scores = (evaluation.positive_scores(one, before), evaluation.positive_scores(two, after))
        return metrics.delong(truth, *scores)
    cells, counts, second = joint(one, two)
    compute = [evaluation.function(metric, cells, before), evaluation.function(metric, second, after)]
    weights = np.vstack([counts, metrics.resample(cells.labels, counts)])
    found = compute[1](weights) - compute[0](weights)
    low, high = np.quantile(found[1:], [0.025, 0.975])
    return float(found[0]), float(low), float(high), metrics.two_sided(found[1:])


def joint(one: Predictions, two: Predictions) -> tuple[Predictions, Array, Predictions]:
    """Fold rows that agree in label and in both models' scores into cells with a count."""
    both = one._replace(scores=np.hstack([one.scores, two.scores]))
    cells, counts = evaluation.compact(both)
    width = one.scores.shape[1]
    first, second = cells.scores[:, :width], cells.scores[:, width:]
    return cells._replace(scores=first), counts, Predictions(cells.ids, cells.labels, two.classes, second)


def shared(a: Side, b: Side) -> list[str]:
    """Return the splits that both predicted on the same rows: the test set, and each bug with the same
    patterns.
    """
    if a.predictions is None or b.predictions is None:
        return []
    names = [TEST] if a.record["test"]["id"] == b.record["test"]["id"] else []
    old, new = a.record["bugs"], b.record["bugs"]
    names += [f"bugs/{bug}" for bug in sorted(new) if bug in old and old[bug]["tree"] == new[bug]["tree"]]
    return [name for name in names if aligned(a, b, name)]


def aligned(a: Side, b: Side, split: str) -> bool:
    """Tell whether both predicted the same rows of a split, in the same order."""
    one, two = (side.predictions.get(split) if side.predictions else None for side in (a, b))
    return one is not None and two is not None and (one.ids, one.labels) == (two.ids, two.labels)


def flipped(a: Side, b: Side, split: str) -> list[Flip]:
    """Return the rows of a split that one gets right and the other wrong, in the order of their ids."""
    if a.predictions is None or b.predictions is None:
        return []
    one, two = a.predictions[split], b.predictions[split]
    before = evaluation.guesses(one, settings(a.record))
    after = evaluation.guesses(two, settings(b.record))
    rows = zip(one.ids, one.labels, before, after, strict=True)
    return [
        Flip(i, split, label, old, new) for i, label, old, new in rows if (old == label) != (new == label)
    ]


def notes(a: Side, b: Side) -> tuple[str, ...]:
    """Return what the reader must know to trust the comparison."""
    found = []
    for side in (a, b):
        if side.record["uncommitted"]:
            found.append(
                f"{side.name} was built from changes that are not committed; nobody else can build it again."
            )
    if settings(a.record) != settings(b.record):
        found.append(
            "The settings of [evaluation] differ, so that predictions may flip though no score moved."
        )
    return tuple(found)


def summary(a: Side, b: Side, listed: int = 20) -> dict[str, Any]:
    """Return the ``compared`` part of B's record: the verdict against its parent and which test rows
    flipped.
    """
    found = judge(a, b)
    if found.word == "none":
        return {"with": a.record["tag"], "verdict": "none", "reason": found.reason}
    flips = flipped(a, b, TEST)
    groups = {
        "fixed": [f.id for f in flips if f.after == f.label],
        "broken": [f.id for f in flips if f.before == f.label],
    }
    lists: dict[str, Any] = {name: {"n": len(ids), "ids": ids[:listed]} for name, ids in groups.items()}
    interval = {"difference": found.difference, "low": found.low, "high": found.high, "p": found.p}
    return {"with": a.record["tag"], "verdict": found.word, "metric": found.metric, **interval, **lists}


def rank(records: Sequence[Record], latest: Record) -> list[Place]:
    """Order records for the leaderboard: best first those measured as the latest, then the others by tag,
    unranked.
    """
    metric = latest["evaluation"]["metric"]

    def comparable(record: Record) -> bool:
        same = record["test"]["id"] == latest["test"]["id"] and record["evaluation"] == latest["evaluation"]
        return same and "value" in record["metrics"].get(metric, {})

    def order(record: Record) -> tuple[float, str]:
        value = float(record["metrics"][metric]["value"])
        return (value if metric in LOWER_IS_BETTER else -value), record["tag"]

    best = sorted((record for record in records if comparable(record)), key=order)
    rest = [record for record in records if not comparable(record)]
    places = [Place(number, record, record["tag"] == latest["tag"]) for number, record in enumerate(best, 1)]
    return places + [Place(None, record, record["tag"] == latest["tag"]) for record in rest]


def to_dict(found: Comparison) -> dict[str, Any]:
    """Return the comparison as plain data: the output of ``dataci compare --format json``."""
    return {
        "version": VERSION,
        "a": {"name": found.a.name, "record": found.a.record},
        "b": {"name": found.b.name, "record": found.b.record},
        "same_test": found.same_test,
        "verdict": found.verdict._asdict(),
        "changed": found.changed,
        "fixed": [{**flip._asdict(), "text": dict(flip.text)} for flip in found.fixed],
        "broken": [{**flip._asdict(), "text": dict(flip.text)} for flip in found.broken],
        "notes": list(found.notes),
    }

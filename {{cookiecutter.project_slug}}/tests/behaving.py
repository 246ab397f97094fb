"""What a record says of a model's behaviour, by hand: every part, good or bad, with a text wherever one may stand."""

from __future__ import annotations

from typing import Any

import comparing
from dataci import comparison, record
from dataci.comparison import Change, Comparison

GATE = "Recall of service=crowd 0.512, of service=doctor 0.812: a gap of 0.300, at least 0.120; at most 0.1 is allowed."
GOOD = "Keyboard-1 turns 3 of 200 predictions: a share of 0.015, at least 0.004; at most 0.2 is allowed."
FEW = "Keyboard-2 turns 1 of 4 predictions: a share of 0.250, at least 0.006; at most 0.2 is allowed."


def figure(value: float, half: float = 0.05) -> dict[str, float]:
    """Return a figure with its interval."""
    return {"value": value, "low": round(value - half, 4), "high": round(value + half, 4)}


def probe(rate: float, ids: list[str]) -> dict[str, Any]:
    """Return what a perturbation does to 200 rows."""
    return {
        "n": 200,
        "flips": round(200 * rate),
        "flip_rate": figure(rate, 0.01),
        "loss": figure(rate / 2),
        "worst": ids,
    }


def gates(failing: bool = False, text: str | None = None) -> dict[str, Any]:
    """Return three gates: one that may fail, one of which nothing can be said, one that passes."""
    verdict = "fail" if failing else "pass"
    return {
        "calibration": {"verdict": "unclear", "what": text or FEW},
        f"fairness/{text or 'service'}/recall": {"verdict": verdict, "limit": 0.1, "what": text or GATE},
        "robustness/keyboard-1": {"verdict": "pass", "limit": 0.2, "value": 0.015, "what": text or GOOD},
    }


def parts(worse: float = 0.0, failing: bool = False, text: str | None = None) -> dict[str, Any]:
    """Return all parts of a record on behaviour. ``worse``: is added to gaps, flips and errors.

    ``text`` stands wherever a pull request has a say.
    """
    name = text or "service"
    gap = {"gap": 0.05 + worse, "low": 0.01 + worse, "high": 0.1 + worse}
    ends = {"least": f"{name}=crowd", "most": f"{name}=doctor", "groups": 3, "small": 1}
    surest = [
        {
            "coverage": share,
            "n": int(120 * share),
            "accuracy": figure(1 - share / 5),
            "threshold": 1 - share / 2,
        }
        for share in (1.0, 0.8, 0.5)
    ]
    return {
        "fairness": {
            name: {"recall": {**gap, **ends}, "precision": {"reason": text or "only one group has rows"}}
        },
        "robustness": {
            f"{text or 'keyboard'}-1": probe(0.1 + worse, [text or "r001", "r002"]),
            "keyboard-2": probe(0.2 + worse, []),
            "case": {"n": 0, "flip_rate": {"reason": text or "no row was changed"}, "loss": {}, "worst": []},
        },
        "counterfactuals": {text or "names": probe(0.05 + worse, [text or "r003"])},
        "uncertainty": {
            "ece": figure(0.04 + worse),
            "entropy": figure(0.3),
            "margin": figure(0.6),
            "spread": {"reason": text or "the model draws none"},
            "selective": surest,
            "sure_and_wrong": {"n": 3, "score": 0.9, "ids": [text or "r007", "r008"]},
        },
        "cost": {
            "per_1000": figure(40 + 100 * worse, 9),
            "false_positives_per_1000": 12,
            "false_negatives_per_1000": 7,
        },
        "gates": gates(failing, text),
    }


def slices(text: str | None = None) -> dict[str, Any]:
    """Return two groups, one of them small, and a slice."""
    name = text or "service"
    sizes = {f"{name}=crowd": 60, f"{name}=doctor": 7, text or "long": 40}
    return {key: {"n": rows, "metrics": {"roc_auc": figure(0.7)}} for key, rows in sizes.items()}


def changes(text: str | None = None) -> tuple[Change, ...]:
    """Return a change of each kind: flagged, unclear, the same, one that cannot be told, and a decision."""
    before, after = parts(), parts(0.2)
    kind = f"{text or 'keyboard'}-1"
    rates = (
        (side["robustness"][kind]["flip_rate"] for side in (before, after)) if text is None else (text, text)
    )
    gaps = (side["fairness"]["service"]["recall"] for side in (before, after))
    eces = (side["uncertainty"]["ece"] for side in (before, after))
    moved = text or "the threshold moved from 0.5 to 0.62 by rule cost (1 : 5)"
    return (
        Change("gates", f"fairness/{text or 'service'}/recall", "pass", "fail", "worse", True, text or GATE),
        Change("gates", "robustness/keyboard-1", "pass", "pass", "same", False, GOOD),
        Change("threshold", "threshold", 0.5, 0.62, "none", False, moved),
        Change("fairness", f"{text or 'service'}/recall", *gaps, "unclear"),
        Change("robustness", kind, *rates, "worse", True),
        Change("robustness", "case", None, None, "none", False, text or "A was not measured on it"),
        Change("uncertainty", "ece", *eces, "better", True),
        Change("counterfactuals", text or "names", 0.05, 0.05, "same"),
    )


def sides(text: str | None = None, failing: bool = True, **more: Any) -> Comparison:
    """Return a comparison in which B behaves worse, and fails a gate where it shall."""
    rows = comparing.stored(comparing.noise(1, 0.5))
    a = comparing.side("1", rows, **parts(0.0, False, text))
    b = comparing.side("2", rows, **parts(0.2, failing, text))
    found = comparison.compare(a, b)
    told = ({**one.record, "gates": gates(bad, text)} for one, bad in ((a, False), (b, failing)))
    one, two = (side._replace(record=kept) for side, kept in zip((a, b), told, strict=True))
    assert record.fault(two.record) is None
    return found._replace(**{"a": one, "b": two, "behaviour": changes(text), **more})


def quiet() -> Comparison:
    """Return a comparison in which nothing of the behaviour changed."""
    found = sides(failing=False)
    same = tuple(one._replace(word="same", flagged=False, part="robustness", reason="") for one in changes())
    kept = {name: gate for name, gate in gates().items() if gate["verdict"] == "pass"}
    one, two = (side._replace(record={**side.record, "gates": kept}) for side in (found.a, found.b))
    return found._replace(a=one, b=two, behaviour=same)

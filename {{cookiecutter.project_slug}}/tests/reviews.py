"""A review for the tests of what renders and publishes it; a text may be put wherever a pull request has a say."""

from __future__ import annotations

from typing import Any

import numpy as np

import behaving
import comparing
from dataci import comparison, review
from dataci.comparison import Comparison
from dataci.finding import Counts, Finding, Place, Report, Severity
from dataci.review import Preview, Review

HEAD = "1" * 40
BASE = "2" * 40
TALLY = {
    "before": 40,
    "after": 43,
    "added": 3,
    "removed": 1,
    "relabelled": 1,
    "changed": 1,
    "unchanged": 37,
    "cells": 2,
    "moved_splits": 1,
    "moved_files": 0,
    "reordered": 1,
}


def report(text: str = "maybe") -> Report:
    """Return two errors and a warning; ``text`` stands in every field that a pull request decides about."""
    row = (("id", "w-3"), (text, text), ("match", text), ("offer", None))
    message = f"{text!r} is not one of the allowed values 0, 1: correct the cell"
    found = (
        Finding("schema", Severity.ERROR, "data/train/a.csv", 3, "match", text, message, (), row),
        Finding(
            "split-leak", Severity.ERROR, "data/train/a.csv", 9, None, None, message, (Place(text, 4),), row
        ),
        Finding("drift", Severity.WARNING, None, None, text, None, message),
    )
    summary = {"schema": Counts(1), "split-leak": Counts(1), "drift": Counts(0, 1, 2, 1), "size": Counts()}
    return Report("fail", 2, 43, found, summary, text, (text,))


def clean() -> Report:
    """Return the report of a change with which nothing is wrong."""
    return Report("pass", 2, 43, (), {"schema": Counts(), "drift": Counts()}, "origin/main")


def difference(text: str = "want") -> dict[str, Any]:
    """Return the row diff of two files."""
    place = {"file": text, "line": 7}
    both = {"key": text, "file": "data/train/a.csv", "line": 9, "before": place}
    cell = {**both, "column": text, "old": "0", "new": text}
    whole = {"file": text, "line": 12, "row": {"id": "w-9", "want": text, "offer": None}}
    names = {"added": [text], "removed": [text], "renamed": [{"old": text, "new": "b"}], "reordered": True}
    file = {"path": text, "split": "train", "status": "changed", "tally": TALLY, "source": None, "left": 0}
    return {
        "version": 1,
        "base": text,
        "summary": {**TALLY, "files": 1, "files_same": 3},
        "columns": names,
        "files": [file],
        "unread": [{"file": text, "before": 0, "after": 1}],
        "relabelled": [cell],
        "changed": [cell],
        "added": [whole],
        "removed": [whole],
        "moved": [both],
        "reordered": [both],
    }


def unchanged() -> dict[str, Any]:
    """Return the row diff of a change of no data."""
    empty: dict[str, Any] = {
        name: [] for name in ("relabelled", "changed", "added", "removed", "moved", "reordered")
    }
    tally = {**dict.fromkeys(TALLY, 0), "files": 0, "files_same": 4}
    names = {"added": [], "removed": [], "renamed": [], "reordered": False}
    return {
        "version": 1,
        "base": "main",
        "summary": tally,
        "columns": names,
        "files": [],
        "unread": [],
        **empty,
    }


def side(counts: list[int], quantiles: list[Any], other: int = 0) -> dict[str, Any]:
    """Return one side of a column's distribution."""
    rows = sum(counts) + other + 2
    return {
        "rows": rows,
        "missing": 2,
        "counts": counts,
        "other": other,
        "distinct": 9,
        "quantiles": quantiles,
    }


def columns(text: str = "match") -> tuple[dict[str, Any], ...]:
    """Return the distribution of a label, of a number, of a text's length and of a moment."""
    shift = {"effect": 0.31, "low": 0.12}
    common: dict[str, Any] = {"split": "train", "changed": True, "shift": shift, "added_shift": None}
    days = [f"2026-0{month}-01" for month in range(1, 8)]
    label = {
        **common,
        "column": text,
        "role": "label",
        "kind": "categories",
        "added_shift": {"effect": 0.5, "low": 0.3},
        "before": side([20, 18], []),
        "after": side([20, 38], [], 3),
        "added": side([0, 20], [], 3),
        "values": ["0", text],
        "bins": [],
    }
    number = {
        **common,
        "column": "age",
        "role": "numeric",
        "kind": "numbers",
        "before": side([1, 5, 9, 5, 1], [0, 1, 2, 3, 4, 5, 10]),
        "after": side([0, 0, 3, 9, 14], [0, 3, 5, 7.25, 8, 9, 10]),
        "added": None,
        "values": [],
        "bins": [0, 2, 4, 6, 8, 10],
    }
    length = {**number, "column": "want", "role": "text", "kind": "lengths", "changed": False}
    moment = {
        **number,
        "column": "created_at",
        "role": "time",
        "kind": "times",
        "before": side([1, 5], days),
        "after": side([1, 9], days),
        "bins": ["2026-01-01", "2026-03-01", "2026-07-01"],
    }
    return label, number, length, moment


def compared(text: str = "main") -> Comparison:
    """Return a real comparison with all its parts: slices, a bug, classes, commits, behaviour, a result measured
    again.
    """
    rng = np.random.default_rng(3)
    noise = rng.normal(0, 0.35, len(comparing.LABELS))
    half = {text: np.arange(len(comparing.LABELS)) % 2 == 0}
    old = comparing.stored(np.clip(comparing.TRUTH * 0.3 + 0.35 + noise, 0, 1), slices=half)
    new = comparing.stored(np.clip(comparing.TRUTH * 0.7 + 0.15 + noise / 3, 0, 1), slices=half)
    wrong, right = (comparing.stored(np.array(scores), ["1"] * 4, "p") for scores in ([0.1] * 4, [0.9] * 4))
    a, b = (
        comparing.side(
            code,
            rows,
            patterns={text: ("9" * 40, bug)},
            **behaving.parts(worse, text=text),
            **parts(text, hits),
        )
        for code, rows, bug, hits, worse in (("1", old, wrong, 40, 0.0), ("2", new, right, 50, 0.2))
    )
    again = {**a.record, "test": {**a.record["test"], "id": "6" * 40}}
    sides = a._replace(name=text, recorded=again), b._replace(name="this change")
    found = comparison.compare(*sides)
    fixed = found.fixed._replace(
        rows=tuple(flip._replace(text=((text, text),)) for flip in found.fixed.rows[:3])
    )
    told = found.b._replace(record={**found.b.record, "gates": behaving.gates(failing=True, text=text)})
    behaviour = (*found.behaviour, *behaving.changes(text))
    return found._replace(b=told, notes=(text,), changed=changed(text), fixed=fixed, behaviour=behaviour)


def parts(text: str, hits: int) -> dict[str, Any]:
    """Return parts of a record that differ from one to the other."""
    figure = {"value": hits / 60, "low": hits / 70, "high": hits / 55}
    metrics = {"roc_auc": figure, "f1": figure, "log_loss": {"reason": text}}
    confusion = {"0": {text: 60 - hits, "0": hits}, "1": {"0": 9, "1": 51}}
    return {
        "metrics": metrics,
        "confusion": confusion,
        "per_class": {text: {"n": 60, "recall": figure, "precision": figure, "f1": figure}},
        "changed": {"parent": None, **changed(text)},
        "uncommitted": True,
    }


def changed(text: str) -> dict[str, Any]:
    """Return what differs between two results."""
    return {
        "parent": "aaaaaaaa-11111111",
        "data": {"rows_added": 3, "relabelled": 1, "commits": [text]},
        "code": {"files": [text], "commits": [text]},
        "train": {text: {"from": None, "to": text}},
        "environment": {"polars": {"from": text, "to": "2"}},
    }


def usual(text: str | None = None, **changes: Any) -> Review:
    """Return a review with all parts; ``text``: to stand wherever a text of a pull request may stand."""
    told = () if text is None else (text,)
    parts: dict[str, Any] = {
        "head": HEAD,
        "base": BASE,
        "base_ref": "origin/main",
        "diff": difference(*told),
        "distribution": columns(*told),
        "preview": Preview(review.DONE, text or "Trained in 3 seconds.", compared(*told)),
        "cut": told,
    }
    return Review(report(*told), **{**parts, **changes})


def good() -> Review:
    """Return a review with which nothing is wrong, and in which nothing is to be told."""
    preview = Preview(review.OFF, "No training was asked for.")
    return usual(diff=unchanged(), distribution=(), preview=preview)._replace(report=clean())

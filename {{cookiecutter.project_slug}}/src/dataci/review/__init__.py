"""A review: all that is said of one change of the data, as one file, ``result.json``.

`dataci report --base REF --format json` writes it where the project's code may run; others render it where it may not
(`dataci report --from FILE`, the pull request comment). Who reads it trusts nothing in it: ``loads`` accepts this shape
and nothing else. It is JSON in UTF-8 of less than 5 MB, in which no name stands twice in a table; whole numbers lie
within ±2^53, no number is NaN or infinite, and no text holds a lone surrogate::

    {
      "version": 1,
      "head": "40 or 64 hex digits" | null,    the commit that was judged; of a pull request, the merge commit
      "uncommitted": false,                    true: judged were files that differ from ``head``
      "base": "40 or 64 hex digits" | null,    the commit that it was compared with; null: there was none to be found
      "base_ref": "origin/main" | null,        and what that was called
      "report": {                              as `dataci check --format json`, and "crashed"
        "version": 1,
        "verdict": "pass" | "fail",
        "checked": {"files": 3, "rows": 640},
        "base": "origin/main" | null,
        "findings": [{"check": "schema", "severity": "error" | "warning", "file": str | null, "line": int | null,
                      "column": str | null, "value": str | null, "message": str,
                      "related": [{"file": str, "line": int | null}], "row": {column: str | null}}],
        "summary": {check: {"errors": 3, "warnings": 0, "known": 0, "waived": 0}},     exact, whatever is listed
        "notes": [str],
        "crashed": [check]                     checks of the engine's own that crashed
      },
      "diff": null | {…},                      what dataci.diff.to_dict returns; counts are exact, the lists are cut
      "distribution": [{…}],                   what dataci.distribution.changes returns, one entry a split and column:
        {
          "split": "train" | "test",
          "column": "match",
          "role": "label" | "text" | "numeric" | "categorical" | "group" | "source" | "time",
          "kind": "categories" | "numbers" | "lengths" | "times",
          "changed": true,                     beyond noise; such entries stand first, the largest change at the top
          "shift": {"effect": 0.12, "low": 0.07},           between before and after: the largest difference of the
                                               probability of an event (0-1), and its lower confidence bound
          "added_shift": {…} | null,           the same between before and added
          "before": SIDE, "after": SIDE,       the base's rows of the split, and what it has now
          "added": SIDE | null,                the rows that the change added; null: none
          "values": [str],                     categories: the names, the most frequent first (at most 12); else []
          "bins": [number] | [str]             numbers, lengths: the edges of the bins, one more than bins (2 to 13);
        }                                      times: edges as ISO days or moments; categories: []; also [] without
                                               any number
        SIDE = {"rows": 120, "missing": 3,     of ``rows`` cells, how many have no value
                "counts": [int],               rows of each of "values", or in each bin (the last one holds its edge)
                "other": 4,                    categories: rows with another value; else cells that are no number/moment
                "distinct": 9,                 how many different values there are
                "quantiles": [n, n, n, n, n, n, n]}         none, or 0, 5, 25, 50, 75, 95, 100 %
      "preview": {
        "status": "done" | "off" | "late" | "failed" | "none" | "unchanged",
        "message": str,                        a sentence for every status
        "comparison": {…} | null               status "done": what dataci.comparison.to_dict returns; A is the base's
      },                                       latest result, B what this change would give
      "cut": [str]                             sentences: what was left out for want of room
    }
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from dataci.errors import CannotRun
from dataci.finding import Report

if TYPE_CHECKING:
    from dataci.comparison import Comparison

VERSION = 1
DONE, OFF, LATE, FAILED, NONE, UNCHANGED = "done", "off", "late", "failed", "none", "unchanged"
LIMIT = 5_000_000  # bytes of the file


class Preview(NamedTuple):
    """What the results would become. ``status``: done, off (not asked for), late (training took too long), failed,
    none (the base has no result to compare with), unchanged (nothing that makes the model differs).

    ``message``: a sentence for people. ``comparison``: only when done; its sides have no predictions.
    """

    status: str
    message: str
    comparison: Comparison | None = None


class Review(NamedTuple):
    """What is said of one change; see the module's text for the meaning of each part.

    ``diff`` and the entries of ``distribution`` are plain data.
    """

    report: Report
    head: str | None = None
    base: str | None = None
    base_ref: str | None = None
    uncommitted: bool = False
    diff: dict[str, Any] | None = None
    distribution: tuple[dict[str, Any], ...] = ()
    preview: Preview = Preview(OFF, "No training was asked for.")
    cut: tuple[str, ...] = ()


def to_dict(review: Review) -> dict[str, Any]:
    """Return a review as plain data, as a file of it holds it (``fit`` it first, so that the file stays small)."""
    from dataci.review import findings

    return {
        "version": VERSION,
        "head": review.head,
        "uncommitted": review.uncommitted,
        "base": review.base,
        "base_ref": review.base_ref,
        "report": findings.to_dict(review.report),
        "diff": review.diff,
        "distribution": list(review.distribution),
        "preview": preview_dict(review.preview),
        "cut": list(review.cut),
    }


def preview_dict(preview: Preview) -> dict[str, Any]:
    """Return a preview as plain data."""
    from dataci import comparison

    found = comparison.to_dict(preview.comparison) if preview.comparison else None
    return {"status": preview.status, "message": preview.message, "comparison": found}


def loads(raw: bytes) -> Review:
    """Read the bytes of a review, which anybody may have written; CannotRun says what is wrong with them."""
    from dataci import bounded
    from dataci.comparison import restore
    from dataci.review import findings, shapes

    found = bounded.parse(raw, LIMIT, "The review")
    wrong = shapes.fault(found)
    if wrong:
        raise CannotRun(
            f"This is no review that can be read: {wrong}. Write it again: dataci report --base REF."
        )
    told = found["preview"]["comparison"]
    return Review(
        report=findings.from_dict(found["report"]),
        head=found["head"],
        base=found["base"],
        base_ref=found["base_ref"],
        uncommitted=found["uncommitted"],
        diff=found["diff"],
        distribution=tuple(found["distribution"]),
        preview=Preview(
            found["preview"]["status"],
            found["preview"]["message"],
            None if told is None else restore.from_dict(told),
        ),
        cut=tuple(found["cut"]),
    )

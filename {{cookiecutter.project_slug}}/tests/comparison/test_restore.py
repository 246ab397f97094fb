"""A comparison from its plain data: what was rendered there is rendered here, and nothing forged is."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from comparing import noise, numbers, side, stored
from dataci import comparison
from dataci.comparison import Comparison, restore
from dataci.errors import CannotRun
from dataci.reporters import comparison as reporter


def classes() -> Comparison:
    """Return a comparison of two classifiers with slices, and bugs of which one is new."""
    masks = {"even": np.arange(120) % 4 < 2, "nobody": np.zeros(120, dtype=bool)}
    patterns = stored(np.array([0.9, 0.2, 0.7]), ["1", "1", "0"], "p")
    better = stored(np.array([0.9, 0.8, 0.1]), ["1", "1", "0"], "p")
    a = side("1", stored(noise(0, 0.1), slices=masks), patterns={"vet": ("b" * 40, patterns)})
    bugs = {"vet": ("b" * 40, better), "new": ("c" * 40, better)}
    b = side("2", stored(noise(1, 0.3), slices=masks), patterns=bugs, changed={"parent": a.record["tag"]})
    return comparison.compare(a._replace(recorded=a.record), b)


def regression() -> Comparison:
    """Return a comparison of two regressions."""
    truth = np.linspace(1, 90, 40)
    one, two = (numbers(truth + np.sin(truth * step), truth) for step in (1.0, 2.0))
    return comparison.compare(side("1", one, "mae"), side("2", two, "mae"))


def apart() -> Comparison:
    """Return a comparison of results that cannot be compared."""
    rows = stored(noise(0, 0.1))
    return comparison.compare(side("1", rows, test="1" * 40), side("2", rows, test="2" * 40))


def plain(found: Comparison) -> dict[str, Any]:
    """Return a comparison as it is read from a file."""
    return json.loads(json.dumps(comparison.to_dict(found)))  # type: ignore[no-any-return]


@pytest.mark.parametrize("found", [classes(), regression(), apart()], ids=["classes", "regression", "apart"])
def test_there_and_back(found: Comparison) -> None:
    back = restore.from_dict(plain(found))
    assert comparison.to_dict(back) == comparison.to_dict(found)
    assert reporter.text(back) == reporter.text(found)
    assert reporter.markdown_text(back) == reporter.markdown_text(found)
    assert back.a.predictions is None


def test_what_stands_beside_the_known_fields_is_left_out() -> None:
    forged = plain(classes())
    forged["verdict"]["html"] = forged["fixed"]["rows"][0]["html"] = forged["bugs"]["vet"]["html"] = "<b>"
    assert restore.from_dict(forged) == restore.from_dict(plain(classes()))


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("bugs", "vet", "word"), "<b>", "bugs.vet.word is '<b>'"),
        (("slices", "even", "word"), "great", "slices.even.word is 'great'"),
        (("slices", "even", "before"), {"value": "x"}, "slices.even.before.value"),
        (("slices", "even", "after"), {"value": 1, "high": 1}, "slices.even.after is no whole figure"),
        (("bugs", "vet", "before", "error_rate"), {"low": 0.1}, "bugs.vet.before is no whole figure"),
        (("bugs", "vet", "fixed", "n"), 0, "bugs.vet.fixed lists more rows than it counts"),
        (("a", "recorded", "test"), None, "a.recorded"),
        (("b", "record", "changed", "code"), {"files": "x"}, "b.record: changed.code.files"),
        (("notes",), "x", "notes is no list"),
    ],
)
def test_a_forged_part_is_named(path: tuple[str, ...], value: object, words: str) -> None:
    forged = plain(classes())
    where: Any = forged
    for step in path[:-1]:
        where = where[step]
    where[path[-1]] = value
    with pytest.raises(CannotRun) as error:
        restore.from_dict(forged)
    assert words in str(error.value)


def test_every_flip_is_changed() -> None:
    found = comparison.each_flip(classes(), lambda flip: flip._replace(id="x"))
    flips = [found.fixed, found.broken, *(rows for bug in found.bugs for rows in (bug.fixed, bug.broken))]
    assert {flip.id for rows in flips for flip in rows.rows} == {"x"}
    assert [rows.n for rows in flips] == [rows.n for rows in (classes().fixed, classes().broken)] + [
        rows.n for bug in classes().bugs for rows in (bug.fixed, bug.broken)
    ]

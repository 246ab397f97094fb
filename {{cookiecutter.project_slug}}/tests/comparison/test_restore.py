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


def behaving() -> Comparison:
    """Return a comparison with all parts of behaviour."""
    rows = stored(noise(0, 0.1))
    figure, other = ({"value": value, "low": value / 2, "high": value * 2} for value in (0.1, 0.9))
    a, b = (
        side(
            code,
            rows,
            threshold=threshold,
            fairness={
                "service": {"recall": {"gap": 0.2, "low": 0.1, "high": 0.3}, "accuracy": {"reason": "few"}}
            },
            robustness={"case-1": {"n": 9, "flip_rate": chosen, "worst": []}},
            uncertainty={"ece": chosen},
            cost={"per_1000": chosen},
            gates={"calibration": {"verdict": verdict, "what": "Scores and what is so lie apart."}},
        )
        for code, threshold, chosen, verdict in (
            ("1", 0.5, figure, "pass"),
            ("2", 0.6, other, "fail"),
        )
    )
    return comparison.compare(a, b)


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


@pytest.mark.parametrize(
    "found",
    [classes(), regression(), apart(), behaving()],
    ids=["classes", "regression", "apart", "behaving"],
)
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


def test_the_parts_of_behaviour_come_back_in_their_order() -> None:
    found = behaving()
    parts = [change.part for change in found.behaviour]
    assert parts == ["gates", "threshold", "cost", "fairness", "fairness", "robustness", "uncertainty"]
    assert restored(found).behaviour == found.behaviour


def test_bugs_come_back_in_the_order_in_which_they_are_told() -> None:
    found = classes()
    assert [bug.name for bug in restored(found).bugs] == [bug.name for bug in found.bugs] == ["vet", "new"]


def restored(found: Comparison) -> Comparison:
    """Return a comparison as it comes back from JSON whose names are sorted."""
    return restore.from_dict(json.loads(json.dumps(comparison.to_dict(found), sort_keys=True)))


def test_a_comparison_of_an_older_engine_has_no_behaviour() -> None:
    old = plain(behaving())
    del old["behaviour"]
    assert restore.from_dict(old).behaviour == ()


@pytest.mark.parametrize(
    ("at", "name", "value", "words"),
    [
        (0, "part", "<b>", "behaviour[0].part is '<b>'"),
        (0, "word", "not worse", "behaviour[0].word is 'not worse'"),
        (0, "flagged", 1, "behaviour[0].flagged"),
        (0, "before", True, "behaviour[0].before"),
        (0, "before", ["x"], "behaviour[0].before"),
        (2, "after", {"value": "x"}, "behaviour[2].after.value"),
        (2, "after", {"value": 1, "low": 1}, "behaviour[2].after is no whole figure"),
        (2, "after", {}, "behaviour[2].after is no whole figure"),
        (3, "before", {"gap": "x"}, "behaviour[3].before.gap"),
        (5, "before", {"gap": 1}, "behaviour[5].before is no whole figure"),
        (0, "reason", None, "behaviour[0].reason"),
    ],
)
def test_a_forged_change_of_behaviour_is_named(at: int, name: str, value: object, words: str) -> None:
    forged = plain(behaving())
    forged["behaviour"][at][name] = value
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

"""The answer of `dataci why` in words: plain sentences first, figures that add up, nothing that escapes."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataci import attribution
from dataci.attribution import Attribution, Batch, Batches, Estimate, Explanation, Row, Step, to_dict
from dataci.reporters import attribution as reporter
from dataci.reporters import blame
from dataci.reporters.escape import columns

HOSTILE = "\x1b[31mred\n::error::x|<b>@all `x` \u202e" + "long " * 60
STANDS_OUT = (
    "data/train/b.csv stands out: the old model expects other labels (z = 12.3). Without it the new model would be "
    "at 0.871 instead of 0.840: +0.031 (95 % interval +0.015 to +0.049)."
)
TAKEN_OFF = (
    "The change of the test set is taken off first: by that alone A goes from 0.900 to 0.870, "
    "-0.030 (95 % interval -0.050 to -0.010)."
)
QUICK = (
    "From old to new changed: data, code, settings, environment and test set. Recorded ROC AUC: 0.87 and 0.84. "
    "They were not both measured on today's test set. Nothing was trained."
)
NONE = {"added": 0, "removed": 0, "relabelled": 0, "changed": 0}
FORTY = {**NONE, "added": 40, "relabelled": 2}
VALUES = {
    "data": {
        "rows": [60, 100],
        "total": FORTY,
        "files": [{"path": "data/train/b.csv", "status": "added", **FORTY}],
        "commits": [{"id": "1234567890ab", "subject": "Batch 7", "files": [], **FORTY}],
        "more_commits": False,
    },
    "code": {
        "files": [
            {"path": "project/model.py", "added": 3, "removed": 1},
            {"path": "src/dataci/text.py", "added": None, "removed": None},
        ],
        "commits": [{"id": "abcdef123456", "subject": "Better features"}],
        "more_commits": True,
    },
    "params": {"params.C": {"from": 1.0, "to": None}},
    "env": {"numpy": {"from": "2.0", "to": "2.1"}},
}


def shared(values: list[float], failed: dict[int, str] | None = None, noise: float = 0.001) -> Attribution:
    """Share out the metric of four or eight corners, each with a little doubt of its own."""
    draws = np.random.default_rng(0).normal(0, noise, (len(values), 200))
    table = np.hstack([np.array(values)[:, None], np.array(values)[:, None] + draws])
    names = attribution.FACTORS[: len(values).bit_length() - 1]
    return attribution.attribute(names, table, failed or {}, {})


def explanation(**changes: Any) -> Explanation:
    """Return an answer: the data made it worse, the code gave some back."""
    batch = Batch("data/train/b.csv", 40, 1.9, 12.3, 0.871, Estimate(0.031, 0.015, 0.049))
    row = Row("data/train/b.csv", 7, "b7", "1", 0.003, "0", (("want", "a cat"), ("offer", "a dog")))
    found = Batches(
        "file", "the 16 batches", (batch._replace(surprising=(row,)), Batch("other.csv", 3, 0.2, 0.1))
    )
    basis = Explanation("old", "new", VALUES, "roc_auc", "higher", (0.87, 0.84))
    return basis._replace(attribution=shared([0.87, 0.829, 0.881, 0.84]), batches=found)._replace(**changes)


def flat(text: str) -> str:
    """Return a text without its line breaks."""
    return " ".join(text.split())


def test_plain_sentences_come_first() -> None:
    text = flat(reporter.text(explanation()))
    assert text.startswith(
        "ROC AUC fell by 0.030, from 0.870 to 0.840 on today's test set (worse). The data did most of it: -0.041 ("
    )
    assert "; the code worked against it: +0.011 (95 % interval +0.0" in text
    assert STANDS_OUT in text
    assert "data/train/b.csv:7: label 1, to which the old model gives 0.003; it predicts 0" in text
    assert "want: a cat · offer: a dog" in text


def test_every_part_of_what_changed_is_told() -> None:
    text = flat(reporter.text(explanation()))
    for words in (
        "60 → 100 training rows: 40 added, 2 relabelled",
        "commit 12345678 Batch 7 (40 added, 2 relabelled)",
        "project/model.py +3 -1",
        "commit abcdef12 Better features",
        "earlier commits",
        "params.C 1.0 (none)",
        "numpy 2.0 2.1",
        "Interactions",
    ):
        assert words in text


def test_where_less_is_better_a_rise_is_worse() -> None:
    text = reporter.text(explanation(metric="log_loss", direction="lower", attribution=shared([0.3, 0.4])))
    assert text.startswith("log loss rose by 0.100, from 0.300 to 0.400 on today's test set (worse).")


def test_a_change_within_chance_is_called_that() -> None:
    text = flat(reporter.text(explanation(attribution=shared([0.87, 0.869], noise=0.02))))
    assert "(which may be chance)" in text.split("The data")[0]


def test_no_batch_stands_out_when_none_does() -> None:
    quiet = Batches("file", "the test rows", (Batch("a.csv", 9, 0.3, 1.2, 0.84, Estimate(0.0, -0.01, 0.01)),))
    assert "No batch of training rows stands out." in reporter.text(explanation(batches=quiet))


def test_a_harmful_batch_that_surprises_comes_before_one_that_only_surprises() -> None:
    odd = Batch("odd.csv", 9, 2.0, 20.0, 0.84, Estimate(0.0, -0.01, 0.01))
    bad = Batch("bad.csv", 9, 1.0, 5.0, 0.86, Estimate(0.02, 0.01, 0.03))
    text = reporter.text(explanation(batches=Batches("commit", "the 9 batches", (odd, bad))))
    assert "Commit bad.csv stands out" in text


def test_factors_that_cannot_be_told_apart_are_named_with_the_reason() -> None:
    text = flat(reporter.text(explanation(attribution=shared([0.87, 0.829, 0, 0.84], {2: "No column 'x'."}))))
    assert "The data and the code together did all of it: -0.030" in text
    assert (
        "Not separable: data and code, since a candidate between A and B cannot run. No column 'x'." in text
    )


def test_steps_that_are_taken_off_first_are_told() -> None:
    step = Step("test set", 0.9, 0.87, Estimate(-0.03, -0.05, -0.01))
    text = flat(reporter.text(explanation(steps=(step,))))
    assert TAKEN_OFF in text
    alone = explanation(steps=(step,), attribution=shared([0.87]), changed={"test": TESTS}, batches=None)
    assert reporter.text(alone).startswith("Only the test set changed")


TESTS = {name: {"id": name, "rows": rows} for name, rows in (("a", 40), ("b", 50), ("today", 50))}


def test_without_an_attribution_what_changed_is_told_and_why_there_is_no_more() -> None:
    none = explanation(attribution=None, batches=None)
    quick = flat(reporter.text(none._replace(quick=True, changed={**VALUES, "test": TESTS})))
    assert quick.startswith(QUICK)
    lost = flat(reporter.text(none._replace(reason="The commit is gone.", recorded=(None, 0.8))))
    assert "How much each did cannot be told: The commit is gone." in lost
    assert reporter.text(none._replace(changed={})).startswith("Nothing that makes the model differs")


@pytest.mark.parametrize("render", [reporter.text, reporter.markdown_text])
def test_nothing_from_users_escapes(render: Any) -> None:
    files = [{"path": HOSTILE, "status": "added", **FORTY}]
    commits = [{"id": "1234567890", "subject": HOSTILE}]
    changed = {
        "data": {"rows": [1, 2], "total": files[0], "files": files, "commits": commits},
        "code": {"files": [{"path": HOSTILE, "added": 1, "removed": 1}], "commits": commits},
        "params": {HOSTILE: {"from": HOSTILE, "to": [HOSTILE]}},
    }
    row = Row(HOSTILE, 1, HOSTILE, HOSTILE, 0.1, HOSTILE, ((HOSTILE, HOSTILE),))
    gain = Estimate(0.1, 0.05, 0.2)
    batch = Batch(HOSTILE, 1, 1.0, 9.0, 0.9, gain, HOSTILE, (row,))
    found = explanation(
        a=HOSTILE,
        b=HOSTILE,
        changed=changed,
        batches=Batches("commit", "the test rows", (batch,), HOSTILE),
        attribution=shared([0.87, 0.829, 0, 0.84], {2: HOSTILE}),
        notes=(HOSTILE,),
    )
    for each in (found, found._replace(attribution=None, reason=HOSTILE), found._replace(changed={})):
        told = render(each)
        assert "\x1b" not in told
        assert "\u202e" not in told
        assert not re.search(r"^\s*(::|- ::)", told, re.MULTILINE)
        if render is reporter.text:
            assert max(map(columns, told.splitlines())) <= 100
        else:
            assert "<b>" not in told
            assert "@all" not in told
            widths = {line.count("|") for line in told.splitlines() if line.startswith("| <code>")}
            assert max(widths) <= 8


def test_markdown_has_a_heading_and_tables() -> None:
    told = reporter.markdown_text(explanation())
    assert told.startswith("### ROC AUC fell by 0.030")
    assert "|  | ROC AUC | 95 % interval |  | alone |" in told
    assert "| data | -0.041 |" in told
    assert "| A: <code>old</code> | 0.870 |" in told
    assert "it predicts <code>0</code><br><code>want</code>" in told


@given(st.lists(st.floats(0.3, 1, allow_nan=False), min_size=8, max_size=8))
def test_what_is_shown_adds_up(values: list[float]) -> None:
    found = shared(values)
    show = blame.figures(found)
    told = blame.rounded(found, show)
    effects = [Decimal(show.signed(share.effect.value)) for share in told.shares]
    total = Decimal(show.plain(told.after)) - Decimal(show.plain(told.before))
    assert sum(effects) == total == Decimal(show.signed(told.total.value))


@pytest.mark.parametrize(
    ("values", "digits"),
    [([0.87, 0.84], 3), ([0.87, 0.8712], 4), ([23143.2, 20001.7], 0), ([12.31, 12.35], 3)],
)
def test_numbers_have_as_many_decimals_as_their_effects_need(values: list[float], digits: int) -> None:
    assert blame.figures(shared(values)).digits == digits


def test_json_is_plain_data_with_a_version() -> None:
    told = json.loads(json.dumps(to_dict(explanation()), allow_nan=False))
    assert told["version"] == attribution.VERSION
    assert set(told) == {"version", *Explanation._fields}
    assert told["attribution"]["shares"][0]["names"] == ["data"]
    assert told["batches"]["found"][0]["surprising"][0]["line"] == 7

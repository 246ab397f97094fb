"""A review: there and back, within its bounds whatever the data hold, and refused with a sentence when it is forged."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import reviews
from dataci import bounded, review
from dataci.comparison import BugChange, Flip, Flips, behaviour, restore
from dataci.config import Columns, Config
from dataci.errors import CannotRun
from dataci.finding import Counts, Finding, Place, Report, Severity
from dataci.reporters import comparison, github, markdown, pull_request
from dataci.review import Preview, Review, privacy
from dataci.review.fit import fit
from dataci.review.text import dumps, size

Steps = tuple[str | int, ...]


def written(found: Review) -> bytes:
    """Return the bytes of a review's file."""
    return dumps(review.to_dict(found)).encode("utf-8")


def render(found: Review) -> None:
    """Render a review in all ways."""
    github.render(found.report)
    markdown.render(found.report)
    pull_request.render(found)
    if found.preview.comparison:
        comparison.text(found.preview.comparison)
        comparison.markdown_text(found.preview.comparison)


# ---- there and back


def test_a_review_comes_back_as_it_was() -> None:
    found = reviews.usual()
    back = review.loads(written(found))
    sides = {name: getattr(found.preview.comparison, name)._replace(predictions=None) for name in "ab"}
    assert found.preview.comparison is not None
    expected = found.preview._replace(comparison=found.preview.comparison._replace(**sides))
    assert back == found._replace(preview=expected)
    assert written(back) == written(found)
    render(back)


def test_the_least_review_comes_back() -> None:
    found = Review(Report("pass", 1, 3, (), {"schema": Counts()}))
    assert review.loads(written(found)) == found


def test_a_small_review_is_not_cut() -> None:
    found = review.loads(written(reviews.usual()))
    assert fit(found) == found


def test_the_version_is_said_before_what_else_is_wrong() -> None:
    with pytest.raises(CannotRun, match="it has version 2; this engine reads 1"):
        review.loads(b'{"version": 2}')


def test_what_privacy_warns_of_is_masked_in_every_part() -> None:
    secret = "jane.roe@mail.example.org"
    found = reviews.usual(secret)
    report = found.report._replace(findings=found.report.findings, base="main", notes=())
    flip = Flip("r1", "test", "1", "0", "1", text=(("want", f"ask {secret}"),))
    assert found.preview.comparison is not None
    bug = BugChange("b", "better", fixed=Flips(1, (flip,)))
    group = f"asker={secret}"
    gate = {"calibration": {"verdict": "fail", "what": f"Recall of {group} the lowest."}}
    b = found.preview.comparison.b
    b = b._replace(record={**b.record, "gates": gate, "slices": {group: {"n": 9, "metrics": {}}}})
    gap = {"gap": 0.2, "low": 0.1, "high": 0.3, "least": group, "most": group}
    told = behaviour.Change("fairness", "asker/recall", gap, gap, reason=group)
    compared = found.preview.comparison._replace(
        b=b, broken=Flips(1, (flip,)), bugs=(bug,), behaviour=(told,)
    )
    config = Config(Path("."), Columns(id="id", text=("want",)))
    seen = report._replace(summary={**report.summary, "privacy": Counts(0, 1)})
    hidden = privacy.hide(found._replace(report=seen, preview=Preview("done", "", compared)), config)
    assert hidden.preview.comparison is not None
    assert hidden.preview.comparison.broken.rows[0].text == (("want", "ask ja…rg"),)
    assert hidden.preview.comparison.bugs[0].fixed.rows[0].text == (("want", "ask ja…rg"),)
    assert hidden.preview.comparison.behaviour[0].reason == "asker=ja…rg"
    assert hidden.preview.comparison.behaviour[0].after["least"] == "asker=ja…rg"
    assert list(hidden.preview.comparison.b.record["slices"]) == ["asker=ja…rg"]
    said = hidden.preview.comparison.b.record["gates"]["calibration"]["what"]
    assert said == "Recall of asker=ja…rg the lowest."
    assert hidden.report.findings[0].value == "ja…rg"
    assert hidden.report.findings[0].message.startswith("'ja…rg' is not one of")
    assert hidden.diff is not None
    assert hidden.diff["added"][0]["row"]["want"] == "ja…rg"
    assert hidden.distribution[0]["values"] == ["0", "ja…rg"]
    assert privacy.hide(found, config) == found, "where the check is silent, nothing is masked"


# ---- large reviews


def large(cell: str) -> Review:
    """Return a review of 10,000 findings and as many changes, in which each cell holds ``cell``."""
    row = tuple((f"column {at}", cell) for at in range(40))
    found = [
        Finding(
            f"check-{at % 5}", severity, f"data/train/{at % 7}.csv", at + 2, "column 39", cell, cell, (), row
        )
        for at in range(5_000)
        for severity in Severity
    ]
    summary = {f"check-{at}": Counts(1_000, 1_000) for at in range(5)}
    diff = reviews.difference()
    diff["summary"] = {**diff["summary"], "added": 10_000, "files": 2_000}
    diff["added"] = [{"file": "a.csv", "line": at + 2, "row": dict(row)} for at in range(1_000)]
    diff["files"] = [{**diff["files"][0], "path": f"data/train/{at}.csv"} for at in range(2_000)]
    columns = [{**reviews.columns()[0], "column": f"{at}", "values": [cell, "1"]} for at in range(500)]
    report = Report("fail", 7, 10_000, tuple(found), summary, cell, (cell,) * 300)
    return reviews.usual()._replace(report=report, diff=diff, distribution=tuple(columns), base_ref=cell)


CELLS = {
    "long": "x" * 2_000_000,
    "wide": "猫" * 2_000,
    "commands": "##[error]" * 300,
    "controls": "\x1b\u202e\U000e0041" * 700,
    "half": "\udcff" * 600,
    "short": "y",
}


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS.keys())
def test_a_large_review_is_cut_and_says_so(cell: str) -> None:
    found = fit(large(cell))
    raw = written(found)
    assert len(raw) < review.LIMIT == 5_000_000
    back = review.loads(raw)
    assert back.report.summary == {f"check-{at}": Counts(1_000, 1_000) for at in range(5)}
    listed = len(back.report.findings)
    assert {(f.check, f.severity) for f in back.report.findings} == {
        (f"check-{at}", severity) for at in range(5) for severity in Severity
    }
    assert all(("column 39" in dict(f.row)) for f in back.report.findings), "the column at fault is kept"
    assert f"Of 10,000 findings, {listed:,} are listed in this file; the counts are of all." in back.cut
    assert any(line.endswith("of 10,000 added rows or cells are listed.") for line in back.cut)
    assert any(line.endswith("of 2,000 files are listed.") for line in back.cut)
    assert any("of 500 columns are listed" in line for line in back.cut)
    assert back.diff is not None
    assert back.diff["summary"]["added"] == 10_000
    render(back)


def test_a_rare_fault_behind_many_others_is_listed() -> None:
    row = tuple((f"c{at}", "x" * 400) for at in range(30))
    many = [Finding("many", Severity.ERROR, "a.csv", at + 2, "c1", "v", "m", (), row) for at in range(1_000)]
    rare = Finding("rare", Severity.WARNING, "a.csv", 9, None, None, "m")
    counts = {"many": Counts(1_000), "rare": Counts(0, 1)}
    found = fit(Review(Report("fail", 1, 1_000, (*many, rare), counts))).report.findings
    assert len(found) == 201
    assert found[-1] == rare
    full = [
        Finding(f"m{at % 40}", Severity.ERROR, None, at, "c1", "v", "m", (), row) for at in range(1, 8_000)
    ]
    counts = {**{f"m{at}": Counts(200) for at in range(40)}, "rare": Counts(0, 1)}
    assert rare in fit(Review(Report("fail", 1, 1, (*full, rare), counts))).report.findings


def test_a_cut_cell_says_how_long_it_was() -> None:
    finding = fit(large("x" * 2_000_000)).report.findings[0]
    assert str(finding.value).endswith("… (cut, 2,000,000 characters)")
    assert len(str(finding.value)) < 600


def test_what_cannot_be_cut_is_left_out_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review, "LIMIT", 6_500)
    found = fit(reviews.usual())
    assert size(review.to_dict(found)) < 6_500
    assert found.preview.status == review.FAILED
    assert found.cut[:2] == (
        "For want of room, this was left out: the comparison of the results.",
        "For want of room, this was left out: the distributions.",
    )


def test_many_figures_of_behaviour_are_cut_to_those_that_count() -> None:
    found = reviews.usual()
    assert found.preview.comparison is not None
    same = behaviour.Change("robustness", "case-1", 0.1, 0.1, "same")
    many = [same._replace(name=f"case-{at}") for at in range(200)]
    worse = [
        same._replace(name=name, word=word, flagged=yes)
        for name, word, yes in (("unclear", "unclear", False), ("worse", "worse", True))
    ]
    compared = found.preview.comparison._replace(behaviour=(*many, *worse))
    cut = fit(found._replace(preview=found.preview._replace(comparison=compared)))
    assert cut.preview.comparison is not None
    assert [one.name for one in cut.preview.comparison.behaviour[:3]] == ["worse", "unclear", "case-0"]
    assert len(cut.preview.comparison.behaviour) == 100
    assert "Results: 100 of 202 figures of behaviour are listed." in cut.cut


def test_of_a_heavy_record_the_gates_stay() -> None:
    found = reviews.usual()
    assert found.preview.comparison is not None
    b = found.preview.comparison.b
    gaps = {f"group {at}": {"recall": {"reason": "x" * 300}} for at in range(1000)}
    heavy = found.preview.comparison._replace(b=b._replace(record={**b.record, "fairness": gaps}))
    cut = fit(found._replace(preview=found.preview._replace(comparison=heavy)))
    assert cut.preview.comparison is not None
    assert "fairness" not in cut.preview.comparison.b.record
    assert set(cut.preview.comparison.b.record["gates"]) == set(b.record["gates"])
    assert "Results: for want of room, classes, confusion and behaviour are left out." in cut.cut


def test_the_findings_stay_in_their_order() -> None:
    findings = tuple(
        Finding(name, severity, None, at + 1, None, None, "m")
        for at, (name, severity) in enumerate(
            [("a", Severity.WARNING), ("b", Severity.ERROR), ("a", Severity.WARNING)]
        )
    )
    found = Review(Report("fail", 1, 1, findings, {"a": Counts(0, 2), "b": Counts(1)}))
    assert fit(found) == found


def test_two_long_values_are_cut_where_they_begin_to_differ() -> None:
    diff = reviews.difference()
    diff["changed"] = [{**diff["changed"][0], "old": "x" * 9_000 + "old", "new": "x" * 9_000 + "new"}]
    found = fit(reviews.usual()._replace(diff=diff))
    assert found.diff is not None
    assert found.diff["changed"][0]["old"] == "…" + "x" * 100 + "old"
    assert found.diff["changed"][0]["new"] == "…" + "x" * 100 + "new"


# ---- forged ones


BAD: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"{",
    "list": b"[]",
    "number": b"1",
    "null": b"null",
    "nan": b'{"version": NaN}',
    "infinity": b'{"version": -Infinity}',
    "huge int": b'{"version": 1' + b"0" * 5000 + b"}",
    "large int": b'{"version": 9007199254740993}',
    "huge float": b'{"version": 1e999}',
    "far float": b'{"version": 1e101}',
    "deep list": b"[" * 200_000,
    "deep table": b'{"a":' * 200_000,
    "deeper than ours": b"[" * 30 + b"]" * 30,
    "half a character": b'{"version": "\\ud800"}',
    "half a name": b'{"\\udfff": 1}',
    "twice": b'{"version": 1, "version": 1}',
    "no UTF-8": b'{"version": "\xff"}',
    "byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": "{}".encode("utf-16"),
    "large": b" " * 5_000_001,
    "true for one": b'{"version": true}',
}


@pytest.mark.parametrize("raw", BAD.values(), ids=BAD.keys())
def test_bytes_that_are_no_review_are_refused_in_a_sentence(raw: bytes) -> None:
    with pytest.raises(CannotRun) as error:
        review.loads(raw)
    assert str(error.value).startswith(("The review ", "This is no review "))
    assert len(str(error.value)) < 300


def test_what_is_read_has_bounds() -> None:
    for good in (b"[[[1]]]", b"9007199254740992", b"-1e100", '"猫 \U0001f600"'.encode(), b'"\\ud83d\\ude00"'):
        assert bounded.parse(good, 100, "This") == json.loads(good)
    for bad, words in {
        b"1234567890" * 11: "is larger than 100 bytes",
        b'{"a": 1, "a": 1}': "a name stands twice in a table",
        b"9007199254740993": "a whole number is too large",
        b"1" * 90: "a whole number is too large",
        b"1e999": "a number is too large",
        b"-1.1e100": "a number is too large",
        b"NaN": "NaN is no JSON",
        b'["\\udfff"]': "holds half a character",
        b"[" * 25 + b"]" * 25: "is nested too deeply",
        b'"\xff"': "is no text in UTF-8",
    }.items():
        with pytest.raises(CannotRun, match=f"This .*{words}"):
            bounded.parse(bad, 100, "This")


Change = Callable[[dict[str, Any]], None]


def at(*path: str | int, value: Any) -> Change:
    """Return a change that puts a value at a place."""

    def change(plain: dict[str, Any]) -> None:
        where: Any = plain
        for step in path[:-1]:
            where = where[step]
        where[path[-1]] = value

    return change


COMPARED = ("preview", "comparison")
LIES: dict[str, tuple[Change, str]] = {
    "verdict": (at("report", "verdict", value="pass"), "report.verdict is 'pass', with 2 errors"),
    "word of verdict": (at("report", "verdict", value="<b>"), "report.verdict is '<b>'"),
    "count": (at("report", "summary", "drift", "known", value=-1), "negative count"),
    "files": (at("report", "checked", "files", value=-1), "negative count"),
    "severity": (
        at("report", "findings", 0, "severity", value="fatal"),
        r"findings\[0\].severity is 'fatal'",
    ),
    "line": (at("report", "findings", 0, "line", value=0), "names a line below 1"),
    "fraction": (at("report", "findings", 0, "line", value=1.5), "is '1.5'"),
    "cell": (at("report", "findings", 0, "row", "id", value=[]), "row.id"),
    "head": (at("head", value="main"), "head is no commit"),
    "base": (at("base", value="A" * 40), "base is no commit"),
    "status of file": (at("diff", "files", 0, "status", value="gone"), r"diff.files\[0\].status is 'gone'"),
    "moved from nowhere": (
        at("diff", "files", 0, "status", value="moved"),
        r"diff.files\[0\].status is 'moved'",
    ),
    "tally": (at("diff", "files", 0, "tally", value={}), "'before' is missing"),
    "negative rows": (at("diff", "summary", "added", value=-3), "diff holds a negative count"),
    "split": (at("distribution", 0, "split", value="dev"), "of the split 'dev'"),
    "kind": (at("distribution", 0, "kind", value="pie"), "kind is 'pie'"),
    "lengths": (at("distribution", 1, "before", "counts", value=[1]), "does not count each of its 5 parts"),
    "marks": (at("distribution", 1, "bins", 0, value="x"), "mark of another kind"),
    "quantiles": (at("distribution", 1, "after", "quantiles", value=[1]), "seven quantiles"),
    "too few cells": (at("distribution", 1, "after", "missing", value=10**6), "lacks more cells"),
    "half of added": (at("distribution", 0, "added", value=None), "one thing without the other"),
    "status": (at("preview", "status", value="great"), "preview.status is 'great'"),
    "done without": (at("preview", "comparison", value=None), "done without a comparison"),
    "not done with": (at("preview", "status", value="late"), "has one though it is not"),
    "word": (at(*COMPARED, "verdict", "word", value="<script>"), "verdict.word is '<script>'"),
    "margin": (at(*COMPARED, "verdict", value=None), "verdict is no table"),
    "record": (at(*COMPARED, "a", "record", "metrics", value=3), "a.record"),
    "tag": (at(*COMPARED, "b", "record", "tag", value="x"), "b.record: its tag"),
    "figure": (
        at(*COMPARED, "a", "record", "metrics", "roc_auc", value={"low": 1}),
        "of which a part is missing",
    ),
    "flips": (at(*COMPARED, "fixed", "n", value=0), "fixed lists more rows than it counts"),
    "part of behaviour": (
        at(*COMPARED, "behaviour", 0, "part", value="<b>"),
        r"behaviour\[0\].part is '<b>'",
    ),
    "word of behaviour": (at(*COMPARED, "behaviour", 0, "word", value="x"), r"behaviour\[0\].word is 'x'"),
    "end of behaviour": (at(*COMPARED, "behaviour", 0, "after", value=[]), r"behaviour\[0\].after"),
    "gate": (at(*COMPARED, "b", "record", "gates", value={"x": {}}), "b.record: 'verdict' is missing"),
    "version": (at(*COMPARED, "version", value=1), "it has version 1; this engine reads 2"),
    "one end": (
        at(*COMPARED, "changed", value={"parent": None, "data": {"rows_before": 1}}),
        "not both ends",
    ),
}


@pytest.mark.parametrize(("change", "words"), LIES.values(), ids=LIES.keys())
def test_a_forged_part_is_named(change: Change, words: str) -> None:
    plain = review.to_dict(reviews.usual())
    change(plain)
    with pytest.raises(CannotRun, match=words):
        review.loads(json.dumps(plain).encode())


def test_the_forged_parts_are_not_refused_for_something_else() -> None:
    plain = json.loads(json.dumps(review.to_dict(reviews.usual())))
    assert plain["preview"]["comparison"]["fixed"]["rows"], "or the test of its count proves nothing"
    assert review.loads(json.dumps(plain).encode()).report.verdict == "fail"


def places(value: Any, path: Steps = ()) -> Iterator[Steps]:
    """Yield the place of every value within plain data."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in items:
        yield from places(item, (*path, step))


PLAIN = json.dumps(review.to_dict(reviews.usual()))
PLACES = sorted(places(json.loads(PLAIN)), key=repr)
odd = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(
        [[], {}, [[]], {"": {}}, "none", "better", "fixed", "not worse", "same", "unclear", 0, -1, 1.5]
    ),
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(PLACES), odd | st.just(...)), min_size=1, max_size=3))
def test_whatever_is_changed_it_is_refused_or_can_be_shown(changes: list[tuple[Steps, Any]]) -> None:
    """Values are replaced, or removed (...), at places of a good review."""
    plain = json.loads(PLAIN)
    for path, value in changes:
        where = plain
        try:
            for step in path[:-1]:
                where = where[step]
            if value is ...:
                del where[path[-1]]
            else:
                where[path[-1]] = value
        except (LookupError, TypeError):
            continue
    try:
        found = review.loads(json.dumps(plain).encode())
    except CannotRun:
        return
    render(found)
    assert review.loads(written(found)) == found


@given(st.binary(max_size=200))
@example(b'{"version": 1}')
def test_any_bytes_are_refused(raw: bytes) -> None:
    with pytest.raises(CannotRun):
        review.loads(raw)


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(json_like)
def test_any_json_is_refused_where_a_comparison_should_be(value: Any) -> None:
    with pytest.raises(CannotRun):
        restore.from_dict(value)


def test_places_of_findings_come_back() -> None:
    finding = Finding("c", Severity.WARNING, None, None, None, None, "m", (Place("a", None), Place("b", 2)))
    found = Review(Report("pass", 1, 1, (finding,), {"c": Counts(0, 1)}, crashed=("c",)))
    assert review.loads(written(found)) == found


def test_a_preview_says_something_in_every_state() -> None:
    for status in (review.OFF, review.LATE, review.FAILED, review.NONE, review.UNCHANGED):
        found = Review(Report("pass", 1, 1, (), {}), preview=Preview(status, "why"))
        assert review.loads(written(found)).preview == Preview(status, "why")

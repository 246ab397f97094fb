"""The comment on a pull request: verdict first, below the limit whatever it holds, never green in doubt, inert."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

import behaving
import reviews
from dataci import review
from dataci.errors import CannotRun
from dataci.finding import Counts, Finding, Place, Report, Severity
from dataci.reporters.pull_request import LEAST, LIMIT, MARKER, Judged, Part, fitting, render, without_verdict
from dataci.review import Preview
from dataci.review import text as written

TAGS = set("h3 p table thead tbody tr th td details summary code b br ul li a strong em blockquote".split())
JUDGED = Judged(
    "a" * 40, "success", "https://github.example/o/r/actions/runs/7", "https://github.example/o/r/commit/aa"
)


class Page(HTMLParser):
    """What GitHub would show: the elements, where links lead, and the text outside of ``code``."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.links: set[str | None] = set()
        self.open: list[str] = []
        self.prose = ""
        self.code = ""
        self.comments: set[str] = set()
        self.feed(MarkdownIt("gfm-like", {"linkify": False}).render(text))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links |= {value for name, value in attrs if name == "href"}
        assert {name for name, _ in attrs} <= {"href", "style", "open"}
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "code" in self.open:
            self.code += data
        else:
            self.prose += data

    def handle_comment(self, data: str) -> None:
        self.comments.add(data)


def inert(text: str) -> Page:
    """Return the page, once it is seen that nothing in it comes from data but text in ``code``."""
    page = Page(text)
    assert not page.open
    assert page.tags <= TAGS
    assert page.links <= {JUDGED.run_url, JUDGED.commit_url}
    assert page.comments <= {" ", MARKER.removeprefix("<!--").removesuffix("-->")}
    assert text.count(MARKER) == 1
    assert MARKER in text.split("\n", 1)[0]
    assert not re.search(r"@|://|www\.|#\d|GH-\d", page.prose)
    assert not any(line.lstrip().startswith("::") or "##[" in line for line in text.splitlines())
    assert text.replace("\n", "").isprintable()
    return page


def test_a_change_with_errors() -> None:
    text = render(reviews.usual(), judged=JUDGED)
    first, rest = text.split("\n", 1)
    assert first == (
        f"### ❌ FAIL on [<code>aaaaaaaa</code>]({JUDGED.commit_url}): 2 errors, 1 warning in 43 rows of 2 files, "
        f"compared with <code>maybe</code> (2 known, 1 waived) {MARKER}"
    )
    assert "<details open><summary><code>schema</code>: 1 error</summary>" in rest
    assert "<b><code>match</code> = <code>maybe</code></b>" in rest
    order = [
        "<code>schema</code>: 1",
        "<summary>Data: 3 rows added",
        "<summary>Distribution: 3 of 4",
        "**Results: ",
    ]
    assert [rest.index(part) for part in order] == sorted(rest.index(part) for part in order)
    assert "this change is better than <code>origin/main</code>.**" in rest
    inert(text)


def test_a_good_change_is_told_in_a_few_lines() -> None:
    text = render(reviews.good(), judged=JUDGED)
    assert text == (
        f"### ✅ PASS on [<code>aaaaaaaa</code>]({JUDGED.commit_url}): nothing found in 43 rows of 2 files, compared "
        f"with <code>origin/main</code> {MARKER}\n\n2 checks found nothing.\n\n"
    )


def test_without_github_the_review_names_its_own_commit() -> None:
    assert render(reviews.good()).startswith("### ✅ PASS on <code>11111111</code>: nothing")
    local = reviews.good()._replace(head=None)
    assert render(local).startswith("### ✅ PASS on the working tree: ")
    changed = reviews.good()._replace(uncommitted=True)
    assert render(changed).startswith("### ✅ PASS on <code>11111111</code> with changes: ")


@pytest.mark.parametrize(
    ("changes", "options", "icon", "said"),
    [
        ({}, {"judged": JUDGED._replace(conclusion="failure")}, "⚠️", "another job of it is red"),
        ({}, {"judged": JUDGED._replace(conclusion="cancelled")}, "⚠️", "<code>cancelled</code>"),
        (
            {},
            {"edited": ["src/dataci/suite.py"]},
            "⚠️",
            "edits what judges it: <code>src/dataci/suite.py</code>.",
        ),
        ({"summary": {"schema": Counts(1)}}, {}, "❌", "FAIL"),
        ({"crashed": ("drift",)}, {}, "❌", "FAIL"),
        (
            {"verdict": "fail"},
            {"judged": JUDGED},
            "❌",
            "the run](https://github.example/o/r/actions/runs/7) is green",
        ),
        ({"summary": {}}, {}, "⚠️", "No check ran."),
    ],
)
def test_it_is_not_green_where_something_speaks_against_it(
    changes: dict[str, Any], options: dict[str, Any], icon: str, said: str
) -> None:
    good = reviews.good()
    text = render(good._replace(report=good.report._replace(**changes)), **options)
    assert text.startswith(f"### {icon} ")
    assert "✅" not in text
    assert said in text


def test_results_that_it_brings_are_named_and_say_nothing_against_the_data() -> None:
    record = "results/0123abcd-0123abcd.json"
    text = render(reviews.good(), judged=JUDGED, edited=[record])
    assert text.startswith("### ✅ PASS ")
    assert (
        f"> This pull request brings results: <code>{record}</code>.\n> Their figures are taken as they"
        in text
    )
    assert "edits what judges it" not in text
    both = render(reviews.good(), judged=JUDGED, edited=["src/a.py", record])
    assert both.startswith("### ⚠️ PASS ")
    assert "edits what judges it: <code>src/a.py</code>." in both
    assert f"brings results: <code>{record}</code>." in both
    inert(both)


def test_many_edited_files_are_counted() -> None:
    text = render(reviews.good(), edited=[f"tests/{at}.py" for at in range(30)])
    assert "<code>tests/9.py</code> and 20 more files." in text


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (review.LATE, "**Results:** not known before the merge. <code>It takes &#36;too long.</code>"),
        (review.FAILED, "**Results:** not known, training failed. <code>It takes &#36;too long.</code>"),
        (review.NONE, "**Results:** not compared. <code>It takes &#36;too long.</code>"),
        (review.UNCHANGED, "**Results:** as before. <code>It takes &#36;too long.</code>"),
    ],
)
def test_why_there_are_no_results(status: str, said: str) -> None:
    text = render(reviews.good()._replace(preview=Preview(status, "It takes $too long.")))
    assert said in text


def test_training_that_was_not_asked_for_is_told_only_where_the_data_are_bad() -> None:
    good = reviews.good()
    assert "Results" not in render(good)
    bad = good._replace(report=reviews.report())
    assert "**Results:** not known. <code>No training was asked for.</code>" in render(bad)


def test_no_verdict() -> None:
    text = without_verdict("The checks could not run.", JUDGED, "<b>@you</b>")
    assert text.startswith(f"### ⚠️ No verdict on [<code>aaaaaaaa</code>]({JUDGED.commit_url}) {MARKER}\n")
    assert f"The checks could not run. See [the run]({JUDGED.run_url})." in text
    page = inert(text)
    assert "b" not in page.tags
    assert page.code.endswith("<b>@you</b>")
    assert "✅" not in text


def test_no_verdict_where_the_judge_was_edited() -> None:
    warning = "This pull request edits what judges it: <code>.github/workflows/data-ci.yml</code>."
    assert warning in without_verdict("None.", JUDGED, edited=[".github/workflows/data-ci.yml"])
    assert "not known whether" in without_verdict("None.", JUDGED, edited=None)
    assert "edits what judges it" not in without_verdict("None.", JUDGED)


def test_hostile(hostile: str) -> None:
    edited = [hostile[:5000], f"results/{hostile[:5000]}"]
    text = render(reviews.usual(hostile), judged=JUDGED, edited=edited)
    assert len(text) <= LIMIT
    page = inert(text)
    assert "2 errors, 1 warning" in page.prose  # the findings are there, whatever they hold
    assert "data/train/a.csv:3" in page.code


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path to every table, list and leaf of plain data, the inner ones first; of a list one item."""
    inner = (
        value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    )
    for key, item in inner:
        yield from places(item, (*path, key))
    yield path


def planted(value: Any, path: tuple[Any, ...], what: Any, name: bool) -> Any:
    """Return plain data with another value at a path, or with another name for it."""
    if not path:
        return what
    key, *rest = path
    if isinstance(value, list):
        return [
            planted(item, tuple(rest), what, name) if at == key else item for at, item in enumerate(value)
        ]
    if name and not rest:
        return {what if old == key else old: item for old, item in value.items()}
    return {
        old: planted(item, tuple(rest), what, name) if old == key else item for old, item in value.items()
    }


EVIL = f"`<img src=x>`\n\n::error::x ##[a] @everyone #1 http://a [l](m) {MARKER} $(id) \u202e|\x1b$" + "{" * 2
DOCUMENT = json.loads(written.dumps(review.to_dict(reviews.usual("a text"))))


@pytest.mark.parametrize(
    ("what", "name", "least"),
    [
        (EVIL, False, 80),
        (EVIL, True, 20),
        ("x" * 5_000, False, 80),
        (-1, False, 20),
        (9e99, False, 20),
        (None, False, 10),
        ({EVIL: EVIL}, False, 3),
        ([EVIL] * 50, False, 3),
    ],
    ids=["text", "name", "long", "negative", "large", "null", "table", "list"],
)
def test_what_may_stand_in_a_review_is_inert_wherever_it_may_stand(what: Any, name: bool, least: int) -> None:
    document, taken = DOCUMENT, 0
    for path in places(DOCUMENT):
        if name and (not path or isinstance(path[-1], int)):
            continue
        changed = planted(document, path, what, name)
        try:
            review.loads(json.dumps(changed).encode())
        except CannotRun as error:
            assert len(str(error)) < 500
        else:
            document, taken = changed, taken + 1
    assert taken >= least
    text = render(review.loads(json.dumps(document).encode()), judged=JUDGED)
    assert len(text) <= LIMIT
    inert(text)


def test_addresses_that_are_none_are_not_linked() -> None:
    bad = JUDGED._replace(run_url="javascript:x", commit_url="https://a/b)[c](https://evil")
    assert Page(render(reviews.good(), judged=bad)).links == set()


def large(text: str, times: int) -> dict[str, Any]:
    """Return parts of a review of which each is too large for a comment."""
    row = tuple((f"{at}{text}", text) for at in range(40))
    findings = tuple(
        Finding(f"{check}{text}", severity, text, at, text, text, text, (Place(text, at),) * 9, row)
        for check in range(times)
        for severity in Severity
        for at in range(5)
    )
    summary = {f"{check}{text}": Counts(5000, 5000) for check in range(times)}
    found = reviews.difference(text)
    for name in ("relabelled", "changed", "added", "removed", "moved", "files"):
        found[name] = found[name] * times
    found["columns"] = {**found["columns"], "added": [text] * times}
    told = reviews.compared()
    record = {**told.a.record, "metrics": {f"{at}{text}": {"reason": text} for at in range(times)}}
    gates = {f"{at}{text}": {"verdict": "fail", "what": text} for at in range(times)}
    behaved = {
        "a": told.a._replace(name=text, record=record),
        "b": told.b._replace(record={**told.b.record, "gates": gates}),
        "behaviour": behaving.changes(text) * times,
    }
    return {
        "report": Report("fail", 1, 1, findings, summary, text, (text,) * times),
        "diff": found,
        "distribution": reviews.columns(text) * times,
        "preview": Preview(review.DONE, text, told._replace(**behaved)),
        "cut": (text,) * times,
    }


@given(
    st.text("|\\`<>&*_[]()!#@:/w. \n\r\x1b\u202ee\u0301猫", max_size=6),
    st.integers(1, 400),
    st.integers(1, 40),
    st.sets(st.sampled_from(["report", "diff", "distribution", "preview", "cut"])),
    st.sampled_from([LEAST, 35_000, LIMIT]),
)
def test_it_stays_below_the_limit(unit: str, length: int, times: int, which: set[str], limit: int) -> None:
    text = (unit * length) or "x"
    parts = {name: part for name, part in large(text, times).items() if name in which}
    edited = [*[text] * times, *[f"results/{text}"] * times]
    shown = render(reviews.usual()._replace(**parts), limit, edited=edited, judged=JUDGED)
    assert len(shown) < limit
    assert MARKER in shown.split("\n", 1)[0]


def test_what_is_left_out_is_named() -> None:
    text = render(reviews.usual()._replace(**large("<@|://" * 200, 60)), judged=JUDGED)
    assert len(text) <= LIMIT
    assert re.search(r"For want of room, [\d,]+ findings of [\d,]+ checks are not shown here", text)
    assert "For want of room, the tables of the results are not shown here." in text
    assert re.search(r"… and \d+ more columns, left out for want of room", text)
    assert f"The whole is in the artifact <code>review</code> of [the run]({JUDGED.run_url})" in text
    assert "- and 57 more parts" in text
    assert "60 more" not in text
    inert(text)


def test_a_part_that_is_too_large_is_left_out_as_a_whole_and_named() -> None:
    parts = [
        Part("the findings", "f" * 9_000),
        Part("the results", "r" * 30_000),
        Part("the charts", "c" * 20_000),
    ]
    text = fitting("o", parts, "", 20_000, JUDGED)
    assert (
        "For want of room, the results and the charts are not shown here. The whole is in the artifact"
        in text
    )
    assert "f" * 9_000 in text
    assert len(text) < 20_000
    assert "the findings are not shown here" in fitting(
        "o", [Part("the findings", "f" * 30_000)], "", 20_000, JUDGED
    )


def test_a_comment_stays_below_what_github_takes() -> None:
    assert LIMIT <= 60_000


def test_a_step_summary_has_more_room() -> None:
    many = reviews.usual()._replace(**large("x" * 300, 60))
    assert LIMIT < len(render(many, 250_000)) <= 250_000

"""The page: whole, accessible, strict HTML without a script, and safe whatever stands in the data and the records."""

from __future__ import annotations

import base64
import hashlib
import html
import itertools
import re
from html.parser import HTMLParser
from typing import Any

import pytest

import behaving
import recording
from dataci import comparison
from dataci.comparison import Change, Comparison, Side, SliceChange, Verdict
from dataci.finding import Counts, Report
from dataci.record import Record
from dataci.reporters import escape, page
from dataci.reporters.leaderboard import Board, Line
from dataci.reporters.page import Cells, Column, Overview, Split, charts, style
from dataci.reporters.page.markup import MARKS
from dataci.thresholds.effect import Effect, effect

ALLOWED: dict[
    str, set[str]
] = {  # every attribute that the page may use, by element; none that runs, fetches or styles
    "html": {"lang"},
    "meta": {"charset", "http-equiv", "content", "name"},
    "link": {"rel", "href"},
    "a": {"class", "href"},
    "nav": {"aria-label"},
    "main": {"id"},
    "section": {"id", "aria-labelledby"},
    "h2": {"id"},
    "div": {"class", "role", "tabindex", "aria-label"},
    "p": {"class"},
    "ul": {"class"},
    "span": {"class", "aria-hidden"},
    "th": {"scope", "class"},
    "td": {"class"},
    "svg": {"class", "width", "height", "viewbox", "role", "aria-hidden", "aria-labelledby"},
    "title": {"id"},
    "desc": {"id"},
    "line": {"class", "x1", "x2", "y1", "y2"},
    "circle": {"class", "cx", "cy", "r"},
    "polyline": {"class", "points"},
    "rect": {"class", "x", "y", "width", "height", "rx"},
    "text": {"class", "x", "y", "text-anchor"},
}
BARE = "head style body header h1 h3 li code bdi small strong figure figcaption table caption thead tbody tr br footer"
ALLOWED |= {tag: set() for tag in BARE.split()}
VOID = {"meta", "link", "br"}
HIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


class Reader(HTMLParser):
    """Reads the page strictly: what is not closed, or not allowed, is noted as a fault."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.faults: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[tuple[str, ...], str]] = []
        self.feed(text)
        self.close()
        self.faults += [f"{tag} is not closed" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element and what is wrong with it."""
        found = {name: value or "" for name, value in attrs}
        extra = found.keys() - ALLOWED.get(tag, set())
        self.faults += [f"{tag} has {sorted(extra)}"] if extra else []
        self.faults += [] if tag in ALLOWED else [f"{tag} is not allowed"]
        self.elements.append((tag, found))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element of a drawing that closes itself."""
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element."""
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        """Note a text and where it stands."""
        self.texts.append((tuple(self.open), data))

    def handle_comment(self, data: str) -> None:
        """Note a comment: the escape of Markdown writes empty ones."""
        self.faults += [f"a comment {data!r}"] if data.strip() else []

    def all(self, tag: str) -> list[dict[str, str]]:
        """Return the attributes of every element of a kind."""
        return [found for name, found in self.elements if name == tag]

    def visible(self) -> str:
        """Return what a reader sees."""
        return "".join(text for place, text in self.texts if "style" not in place)


def of(name: str, signal: float, parent: str | None = None, **changes: Any) -> tuple[Record, Side]:
    """Return a record with all its parts, and the side of a comparison that it is."""
    predicted = {"test": recording.predictions(signal), "bugs/vet": recording.predictions(signal, 7)}
    figure = {"value": 0.7, "low": 0.6, "high": 0.8}
    parts = {
        "per_class": {
            label: {"n": 100, "precision": figure, "recall": figure, "f1": {"reason": "none"}}
            for label in "01"
        },
        "slices": {"long": {"n": 40, "metrics": {"roc_auc": figure}}, "short": {"n": 0, "metrics": {}}}
        | behaving.slices(),
        **behaving.parts(0.1, True),
        **changes,
    }
    found = recording.made(name, predicted, parent, **parts)
    return found, Side(found["tag"], found, predicted)


def data(name: str = "size", value: str = "cat") -> tuple[Column, ...]:
    """Return a column of each kind."""
    two = (
        Cells("train", 10, 2, 3, (4, 4), 0.0, 1.0, 2.0),
        Cells("test", 5, 0, 1, (5, 0), 1.0, 1.0, 1.0),
        Cells("bugs"),
    )
    return (
        Column(name, "label", "category", two, (value, "other")),
        Column(name, "numeric", "number", two, (), (0.0, 1.0, 2.0)),
        Column(name, "time", "time", two, (), (20000.0, 20001.0, 20002.0)),
        Column(name, "", "text", two, (), (0.0, 1.0, 2.0)),
        Column(name, "id", "name", two),
    )


def threshold() -> Effect:
    """Return what a threshold does to the test rows."""
    return effect(recording.predictions(0.3), recording.HOW, (1.0, 5.0))


def usual() -> Overview:
    """Return the overview of a project with everything in it."""
    old, side_a = of("old", 0.1)
    new, side_b = of("new", 0.6, old["tag"])
    other, _ = of("other", 0.3)
    better = Verdict("better", "roc_auc", "", 0.05, 0.01, 0.09, 0.01, 0.01)
    lines = (
        Line(new, 1, better, 2),
        Line(old, 2, None, 1),
        Line(other, None, None, None, "another test set"),
    )
    return Overview(
        project="Want meets offer",
        report=Report("fail", 2, 15, (), {"schema": Counts(3), "size": Counts()}, None, ("a note",)),
        board=Board(new, old, "production", lines, (lines[1], lines[0])),
        comparison=comparison.compare(side_a, side_b),
        splits=(Split("train", 2, 10), Split("test", 1, 5), Split("bugs", 1, 0)),
        columns=data(),
        faults=("data/train/x.csv: unreadable",),
        threshold=threshold(),
    )


def poisoned(text: str) -> Overview:
    """Return an overview with a text in every place that can hold one from data, records or git."""
    figure = {"value": 0.7, "low": 0.6, "high": 0.8}
    parts: dict[str, Any] = {
        "evaluation": {
            **recording.made("x", {"test": recording.predictions(0.2)})["evaluation"],
            "metric": text,
            "positive": text,
        },
        "metrics": {text: figure, "roc_auc": {"reason": text}, f"{text}2": figure},
        "slices": {text: {"n": 3, "metrics": {text: {"reason": text}}}},
        "per_class": {text: {"n": 1, "precision": figure, "recall": {"reason": text}, "f1": figure}},
        "confusion": {text: {text: 3, "0": 1}},
        "bugs": {text: {"n": 2, "errors": 1, "error_rate": figure, "tree": "b" * 40}},
        **behaving.parts(0.1, True, text),
    }
    parts["slices"] |= {f"{text}={text}": {"n": 3, "metrics": {text: figure}}}
    change = {
        "parent": "01234567-89abcdef",
        "data": {"reason": text, "commits": [text]},
        "code": {"files": [text] * 5, "commits": [text]},
        "train": {text: {"from": text, "to": text}},
        "environment": {text: {"from": text, "to": None}},
    }
    counted = {"parent": "01234567-89abcdef", "data": {"rows_added": text, "changed": text}}
    old = of("old", 0.1, **parts, changed=counted)[0]
    new = of("new", 0.6, **parts, changed=change)[0]
    verdict = Verdict("unclear", text, text, 0.1, -0.1, 0.2, 0.0001, 0.01, text, 3)
    sizes = {"data": {"rows_before": text, "rows_after": text}}
    part = SliceChange(text, Verdict("none", text, text))
    sides = Side(text, old, None, None, text), Side(text, new, None, None, text)
    compared = Comparison(*sides, True, verdict, {**change, **sizes}, slices=(part,), notes=(text,))
    compared = compared._replace(behaviour=behaving.changes(text))
    lines = (Line(new, 1, verdict, 2), Line(old, None, None, None, text))
    return Overview(
        project=text,
        report=Report("fail", 1, 1, (), {text: Counts(1, 1, 1, 1)}, text, (text,)),
        report_fault=text,
        board=Board(new, old, "production", lines, (lines[0],), 3, text, 2),
        board_fault=text,
        comparison=compared,
        splits=(Split(text, 1, 1),),
        columns=tuple(one._replace(role=text) for one in data(text, text)),
        faults=(text,),
        threshold=threshold(),
    )


def test_every_element_is_allowed_closed_and_named_once() -> None:
    found = Reader(page.render(usual()))
    assert found.faults == []
    assert "cannot be shown" not in found.visible()
    names = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(names) == len(set(names))
    wanted = [name for _, one in found.elements for name in one.get("aria-labelledby", "").split()]
    wanted += [one["href"][1:] for one in found.all("a")]
    assert set(wanted) <= set(names)


def test_what_comes_from_outside_stays_text(hostile: str) -> None:
    text = page.render(poisoned(hostile))
    found = Reader(text)
    assert found.faults == []
    assert "cannot be shown" not in found.visible()
    assert not HIDDEN.search(text)
    assert text.isprintable() or set(filter(lambda char: not char.isprintable(), text)) == {"\n"}
    text.encode("utf-8")
    assert len(text) < 400_000


def test_an_escaped_text_is_read_back_as_what_is_visible(hostile: str) -> None:
    shown = html.unescape(escape.html(hostile))
    assert shown == escape.visible(hostile)
    assert not set(escape.html(hostile)) & set("<>\"'`=")
    assert escape.columns(html.unescape(escape.html(hostile, 20))) <= 20


def test_values_are_shown_as_they_are() -> None:
    evil = "<script>alert('&amp;')</script>"
    seen = Reader(page.render(poisoned(evil))).visible()
    assert seen.count(evil) > 20
    turned = Reader(page.render(poisoned("a\u202eb\x1bc"))).visible()
    assert "a\\u202eb\\x1bc" in turned


def test_a_page_without_anything_says_so_and_links_to_nothing() -> None:
    found = Reader(
        page.render(Overview("x", report_fault="No schema <here>.", board_fault="results/ is no folder."))
    )
    seen = found.visible()
    assert found.faults == []
    for words in (
        "not judged",
        "No schema <here>.",
        "no result yet",
        "results/ is no folder.",
        "nothing yet",
    ):
        assert words in seen
    assert [one["href"] for one in found.all("a")] == ["#main", "#data"]


def test_the_policy_allows_this_style_sheet_and_nothing_else() -> None:
    text = page.render(usual())
    found = Reader(text)
    (sheet,) = [inside for place, inside in found.texts if place[-1:] == ("style",)]
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    metas = {one.get("http-equiv", one.get("name", "")): one.get("content") for one in found.all("meta")}
    assert metas["Content-Security-Policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert metas["referrer"] == "no-referrer"
    assert text.index("Content-Security-Policy") < text.index("<style>")
    assert "unsafe" not in text
    assert "url(" not in sheet
    assert "@import" not in sheet
    assert "http:" not in text.replace("http://www.w3.org/2000/svg", "")


def test_the_same_overview_gives_the_same_bytes() -> None:
    assert page.render(usual()) == page.render(usual())


def test_tables_name_their_columns_and_rows() -> None:
    found = Reader(page.render(usual()))
    assert {one.get("scope") for one in found.all("th")} == {"col", "row"}
    assert len(found.all("caption")) == len(found.all("table")) > 10
    assert len(found.all("main")) == len(found.all("header")) == len(found.all("footer")) == 1
    headings = [int(tag[1]) for tag, _ in found.elements if re.fullmatch("h[1-6]", tag)]
    assert headings[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(headings))


def test_each_drawing_has_words_or_repeats_a_number_beside_it() -> None:
    drawings = Reader(page.render(usual())).all("svg")
    assert {("aria-hidden" in one, one.get("role")) for one in drawings} == {(True, None), (False, "img")}
    assert all("aria-labelledby" in one for one in drawings if "role" in one)


def test_verdicts_difference_and_interval_stand_at_the_top() -> None:
    seen = Reader(page.render(usual())).visible()
    top = seen[: seen.index("Against its parent")]
    compared = usual().comparison
    assert compared is not None
    assert re.search(r"✕ fail\s+3 errors, 0 warnings in 15 rows of 2 files\.", top)
    assert re.search(r"▲ better against its parent: \+0\.\d+ \(\+0\.\d+ to \+0\.\d+\)\.", top)
    assert re.search(r"Against it, the latest is ▲ better: \+0\.050 \(\+0\.010 to \+0\.090\)\.", top)
    assert "Not everything could be read.data/train/x.csv: unreadable" in top


@pytest.mark.parametrize("word", ["better", "worse", "not worse", "unclear", "same", "none"])
def test_no_verdict_is_told_by_its_colour_alone(word: str) -> None:
    found = usual()
    assert found.comparison is not None
    verdict = Verdict(word, "roc_auc", "a reason", 0.1, -0.1, 0.2, 0.3, 0.01, "DeLong", 5)
    text = page.render(found._replace(comparison=found.comparison._replace(verdict=verdict)))
    seen = {"none": "no verdict", "same": "same predictions", "not worse": "not worse by more than 0.01"}.get(
        word, word
    )
    assert f'<span aria-hidden="true">{MARKS[word][1]}</span> {seen}</span>' in text


def test_a_regression_has_no_classes_and_lower_is_better() -> None:
    found = usual()
    assert found.board is not None
    record = {**found.board.latest, "per_class": {}, "confusion": {}, "calibration": [], "bugs": {}}
    record["uncertainty"] = {}
    record["evaluation"] = {**record["evaluation"], "metric": "rmse", "direction": "lower", "positive": None}
    record["metrics"] = {"rmse": {"value": 1234.5, "low": 1000.0, "high": 1500.0}, "r2": {"value": -3.0}}
    line = Line(record, 1, None, 1)
    board = Board(record, None, "latest", (line,), (line, line))
    seen = Reader(page.render(Overview("x", board=board))).visible()
    assert "RMSE over merges" in seen
    assert "Lower is better." in seen
    assert not {"By label", "Confusion", "Calibration", "Model bugs"} & set(seen.split("\n"))


def test_a_record_that_contradicts_itself_costs_its_section_only() -> None:
    found = usual()
    assert found.board is not None
    record = {**found.board.latest, "changed": {"parent": "01234567-89abcdef", "data": 5}}
    board = found.board._replace(latest=record, production=None, lines=(Line(record, 1),), chain=())
    parsed = Reader(page.render(found._replace(board=board)))
    assert parsed.faults == []
    assert parsed.visible().count("This part cannot be shown (TypeError).") == 1
    assert "Candidates on each bug" in parsed.visible()


# ---- behaviour


def section(text: str, name: str) -> str:
    """Return what a reader sees of a section."""
    inside = text.partition(f'<section id="{name}" ')[2].partition(">")[2].partition("</section>")[0]
    return " ".join(Reader(inside).visible().split())


def test_gates_stand_at_the_top_of_the_latest_result_those_that_fail_first() -> None:
    seen = section(page.render(usual()), "result")
    assert seen.index("Gates") < seen.index("Against its parent")
    gates = seen[seen.index("Gates") :]
    assert f"fairness/service/recall✕ fail{behaving.GATE}" in gates
    assert gates.index("✕ fail") < gates.index("? unclear") < gates.index("✓ pass")


def test_groups_are_shown_with_intervals_gaps_and_who_is_too_few() -> None:
    seen = section(page.render(usual()), "groups")
    for words in (
        "servicerecall0.150 (0.110–0.200)service=crowdservice=doctor3 1 too small",
        "serviceprecisiononly one group has rows",
        "By service",
        "crowd600.700 0.650 to 0.750",
        "doctor7 few0.700",
        "1 group with fewer than 20 rows: never compared with others.",
        "long40",
    ):
        assert words in seen
    assert seen.index("By slice") < seen.index("Gaps between groups") < seen.index("By service")
    gaps = page.render(usual()).partition("Gaps between groups</h3>")[2].partition("</table>")[0]
    assert gaps.count('<circle class="dot" cx="15.0%"') == 1, "drawn, where there is a figure"


def test_a_gap_in_an_error_has_an_axis_of_its_own() -> None:
    gap = {"gap": 12.0, "low": 6.0, "high": 24.0, "least": "a", "most": "b", "groups": 2, "small": 0}
    record = of("x", 0.3, fairness={"service": {"mae": gap}})[0]
    text = page.render(Overview("x", board=Board(record, None, "latest", (Line(record, 1),), ())))
    assert "mean absolute error12 (6.000–24)" in section(text, "groups")
    assert (
        '<circle class="dot" cx="50.0%"'
        in text.partition("Gaps between groups</h3>")[2].partition("</table>")[0]
    )


def test_flips_are_numbers_and_bars_with_the_ids_of_the_worst_rows() -> None:
    text = page.render(usual())
    seen = section(text, "robustness")
    for words in (
        "case0no row was changed-–",
        "keyboard120020.0 % (19.0–21.0 %)0.100 (0.050–0.150)r001, r002",
        "keyboard220030.0 % (29.0–31.0 %)",
        "names20015.0 % (14.0–16.0 %)",
    ):
        assert words in seen
    assert text.partition('id="robustness"')[2].count('<rect class="fill" width="20.0%"') == 1
    assert "want" not in seen, "ids, and no text of a row"


def test_flips_are_set_beside_those_of_the_parent() -> None:
    found = usual()
    assert found.comparison is not None
    changes = (
        Change("robustness", "keyboard-1", None, None, "worse", True),
        Change("robustness", "keyboard-2", None, None, "worse", False),
    )
    seen = section(
        page.render(found._replace(comparison=found.comparison._replace(behaviour=changes))), "robustness"
    )
    assert "r001, r002▼ worse" in seen
    assert seen.count("▼ worse") == 1, "only what counts after the correction"
    assert "? unclear" in seen


def test_calibration_selection_and_what_is_sure_and_wrong_are_shown() -> None:
    text = page.render(usual())
    seen = section(text, "uncertainty")
    for words in (
        "Calibration error (ECE): 0.140 (0.090–0.190).",
        "Entropy (nats)0.300 (0.250–0.350)",
        "Spread of the drawsthe model draws none",
        "80 %960.840 (0.790–0.890)0.600",
        "From 0.800 on 100 % of the rows to 0.900 on 50 %",
        "3 test rows with a score of 0.900 or more for a wrong label. Look at these first: r007, r008.",
    ):
        assert words in seen
    none = of("none", 0.3, uncertainty={"sure_and_wrong": {"n": 0, "score": 0.9, "ids": []}})[0]
    board = Board(none, None, "latest", (Line(none, 1),), ())
    assert "No test row with a score of 0.900" in section(
        page.render(Overview("x", board=board)), "uncertainty"
    )


def test_of_an_older_record_no_behaviour_is_shown_and_no_heading_is_empty() -> None:
    new = {*behaving.parts()} | {"calibration", "slices"}
    record = {name: part for name, part in of("old", 0.3)[0].items() if name not in new}
    record |= {"calibration": [], "slices": {}}
    board = Board(record, None, "latest", (Line(record, 1),), ())
    found = Reader(page.render(Overview("x", board=board)))
    assert [one["id"] for one in found.all("section")] == ["result", "leaderboard", "bugs", "data"]
    assert "Gates" not in found.visible()


@pytest.mark.parametrize(
    "name", ["fairness", "robustness", "counterfactuals", "uncertainty", "cost", "gates"]
)
@pytest.mark.parametrize(
    "wrong", [None, [], {"a": 5}, {"a": {"b": None}}, {"a": {"n": "x", "worst": 5}}, 9e300]
)
def test_a_part_that_is_something_else_costs_nothing_but_itself(name: str, wrong: Any) -> None:
    record = {**of("x", 0.3)[0], name: wrong}
    found = Reader(page.render(Overview("x", board=Board(record, None, "latest", (Line(record, 1),), ()))))
    assert found.faults == []
    assert "cannot be shown" not in found.visible()
    assert "Candidates on each bug" in found.visible()


def test_many_groups_kinds_and_gates_are_cut_and_counted() -> None:
    figure = behaving.figure(0.5)
    parts: dict[str, Any] = {
        "slices": {
            f"f{at}={value}": {"n": 30, "metrics": {"roc_auc": figure}} for at in range(30) for value in "ab"
        },
        "fairness": {f"f{at}": {"recall": {"gap": 0.1, "low": 0.0, "high": 0.2}} for at in range(200)},
        "robustness": {f"k-{at}": behaving.probe(0.1, []) for at in range(200)},
        "gates": {f"g{at}": {"verdict": "pass", "what": "It passes."} for at in range(200)},
    }
    record = of("many", 0.3, **parts)[0]
    text = page.render(Overview("x", board=Board(record, None, "latest", (Line(record, 1),), ())))
    for words in ("groups of 18 more functions", "140 more gaps", "120 more lines", "160 more gates"):
        assert words in text
    assert len(text) < 400_000


def test_odd_numbers_in_a_record_are_drawn_within_the_drawing() -> None:
    found = usual()
    assert found.board is not None
    odd = [float("inf"), -1e308, 1e308, float("nan"), 0.0]
    lines = []
    for at, value in enumerate(odd):
        figure = {"value": value, "low": -1e308, "high": float("inf")}
        record = {
            **found.board.latest,
            "metrics": {"roc_auc": figure},
            "slices": {"a": {"n": -3, "metrics": {"roc_auc": figure}}},
        }
        record["calibration"] = [
            {**dict.fromkeys(("low", "high", "score", "share", "share_low", "share_high"), value), "n": -1}
        ]
        record["confusion"] = {"0": {"0": -5, "1": 5}}
        lines.append(Line(record, 1, None, at))
    text = page.render(
        Overview("x", board=Board(lines[0].record, None, "latest", tuple(lines), tuple(lines)))
    )
    parsed = Reader(text)
    assert parsed.faults == []
    assert "cannot be shown" not in text
    for tag, found_attributes in parsed.elements:
        for name in ("x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "width", "height"):
            if tag in ("line", "circle", "rect", "text") and name in found_attributes:
                assert -20 <= float(found_attributes[name].removesuffix("%")) <= 320


def test_long_histories_and_many_candidates_are_cut_and_counted() -> None:
    found = usual()
    assert found.board is not None
    record = found.board.latest
    lines = tuple(Line({**record, "tag": f"{at:08x}-00000000"}, at + 1, None, at + 1) for at in range(300))
    text = page.render(Overview("x", board=Board(lines[0].record, None, "latest", lines, lines)))
    assert "The newest 60 merges." in text
    assert "and 250 more" in text
    assert len(text) < 500_000


def test_what_does_not_fit_beside_one_another_is_said() -> None:
    parts = {"confusion": {str(at): {"0": 1} for at in range(40)}}
    record, _ = of("many", 0.3, **parts)
    line = Line(record, 1)
    text = page.render(
        Overview("x", board=Board(record, None, "latest", (line,), ()), columns=data(), more_columns=1)
    )
    assert "40 labels are too many for a table" in text
    assert "and 1 more column." in text


# ---- drawings and colours


@pytest.mark.parametrize(
    ("low", "high"), [(0.0, 1.0), (0.72, 0.89), (-5.0, 3e6), (1e-9, 2e-9), (1e300, 1.1e300)]
)
def test_ticks_are_few_round_and_within(low: float, high: float) -> None:
    found = charts.ticks(low, high)
    assert 2 <= len(found) <= 6
    assert all(low <= tick <= high for tick in found)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.85, "0.85"),
        (0.1 + 0.2, "0.3"),
        (1234567, "1,235,000"),
        (1e12, "1e+12"),
        (0.0, "0"),
        (float("nan"), "–"),
    ],
)
def test_numbers_of_an_axis_are_short(value: float, text: str) -> None:
    assert charts.short(value) == text


def colours() -> dict[str, dict[str, str]]:
    """Return the colours of each theme by name."""
    light, dark, *_ = re.findall(r":root\{([^}]*)\}", style.CSS)
    read = [dict(re.findall(r"--([a-z-]+):(#[0-9a-f]{3,6})", theme)) for theme in (light, dark)]
    return {"light": read[0], "dark": {**read[0], **read[1]}}


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2)."""
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, two: str) -> float:
    """Return the contrast of two colours, 1 to 21."""
    low, high = sorted((luminance(one), luminance(two)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_and_drawings_stand_out_from_their_ground(theme: str) -> None:
    found = colours()[theme]
    assert contrast("#fff", "#000") == pytest.approx(21)
    for text, grounds in {
        "ink": ("ground", "card", "rail"),
        "soft": ("ground", "card", "rail"),
        "link": ("ground", "card"),
        **{kind: (f"{kind}-bg",) for kind in ("good", "bad", "doubt", "even")},
    }.items():
        for ground in grounds:
            assert contrast(found[text], found[ground]) >= 4.5, (text, ground)
    assert contrast(found["mark"], found["card"]) >= 3
    assert contrast(found["mark"], found["rail"]) >= 3


def test_the_two_themes_differ() -> None:
    assert colours()["light"]["ground"] != colours()["dark"]["ground"]

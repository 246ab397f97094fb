"""Behaviour in text, Markdown and the comment: failing gates first, nothing where nothing changed, every text inert."""

from __future__ import annotations

import re
from typing import Any

import pytest

import behaving
import recording
import reviews
from dataci import record, review
from dataci.comparison import BugChange, Change, Comparison, Flips, SliceChange, Verdict
from dataci.reporters import comparison, entries, leaderboard, matters, pull_request, wording
from dataci.reporters.escape import columns, markdown, terminal
from dataci.reporters.leaderboard import Board, Line
from dataci.review import Preview

PLAIN_TAGS = {"code", "/code", "details", "/details", "summary", "/summary", "br", "!-- --"}


def comment(found: Comparison, limit: int = pull_request.LIMIT) -> str:
    """Return the comment on a pull request whose data are good."""
    return pull_request.render(reviews.good()._replace(preview=Preview(review.DONE, "x", found)), limit)


def plain(text: str) -> str:
    """Return a text with its line breaks as spaces."""
    return " ".join(text.split())


# ---- gates


def test_a_gate_that_fails_stands_before_everything_else() -> None:
    found = behaving.sides()
    text = comparison.text(found)
    assert text.startswith("B fails 1 of 3 gates\n  Recall of service=crowd 0.512")
    assert plain(text).index("at most 0.1 is allowed.") < plain(text).index("B predicts exactly")
    page = comparison.markdown_text(found).splitlines()
    assert page[0] == "### ❌ B fails 1 of 3 gates"
    assert page[2] == f"- {behaving.GATE}"


def test_a_gate_that_fails_is_in_the_first_lines_of_the_comment_which_is_not_green() -> None:
    lines = comment(behaving.sides()).splitlines()
    assert lines[0].startswith("### ⚠️ PASS on ")
    assert lines[2] == f"- ❌ Gate: {behaving.GATE}"
    assert "✅" not in "".join(lines)


def test_a_gate_that_failed_before_is_told_as_such() -> None:
    found = behaving.sides()
    both = found._replace(a=found.a._replace(record=found.b.record))
    assert f"- ❌ Gate: {behaving.GATE} The base fails it, too." in comment(both)
    same = (Change("gates", "fairness/service/recall", "fail", "fail", "same", True, behaving.GATE),)
    assert "fairness/service/recall" not in comparison.text(both._replace(behaviour=same)), "once is enough"
    assert "allowed. A fails it, too." in plain(comparison.text(both))


def test_a_gate_that_passes_again_is_told_below_the_verdict() -> None:
    found = behaving.sides()
    text = comment(found._replace(a=found.b, b=found.a))
    assert text.startswith("### ✅ PASS on ")
    assert text.index("**Results: ") < text.index("- Gate passes again: Recall of service=crowd 0.512")
    assert "B fails" not in comparison.text(found._replace(a=found.b, b=found.a))


def test_many_failing_gates_are_counted() -> None:
    found = behaving.sides()
    many = {f"g{at}": {"verdict": "fail", "what": f"Gate {at} fails."} for at in range(9)}
    text = comment(found._replace(b=found.b._replace(record={**found.b.record, "gates": many})))
    assert re.findall("❌ .*", text) == [
        *(f"❌ Gate: Gate {at} fails." for at in range(3)),
        "❌ 6 more gates fail.",
    ]


def test_without_room_for_their_sentences_failing_gates_are_still_counted() -> None:
    found = behaving.sides(text="<" * 300)
    assert "- ❌ 1 gate fails.\n" in comment(found, 4_000)


# ---- changes


def test_the_table_of_behaviour_has_what_moved_and_counts_the_rest() -> None:
    text = plain(comparison.text(behaving.sides()))
    for words in (
        "perturbed rows keyboard-1 10.0 % (9.0–11.0 %) 30.0 % (29.0–31.0 %) worse *",
        "gap recall by service 0.050 (0.010–0.100) 0.250 (0.210–0.300) unclear",
        "gate fairness/service/recall pass fail worse",
        "* counts though all of these figures were looked at (Holm's correction).",
        "2 other figures did not change.",
        "The threshold moved from 0.5 to 0.62 by rule cost (1 : 5).",
        "1 figure cannot be compared, the first perturbed rows case: A was not measured on it",
        "Gates of B: 1 fails, 1 unclear, 1 passes.",
    ):
        assert words in text
    assert "counterfactual names" not in text
    kinds = (" gate fairness", "rows keyboard-1", "certainty calibration", "gap recall")
    order = [text.index(kind) for kind in kinds]
    assert order == sorted(order), "gates, then what counts, then what nobody can tell"


def test_what_matters_stands_in_the_comment_unfolded() -> None:
    text = comment(behaving.sides()).partition("<details>")[0]
    for line in (
        "- The threshold moved from 0.5 to 0.62 by rule cost (1 : 5).",
        "- Worse: flips of perturbed rows, keyboard-1, 10.0 % (9.0–11.0 %) → 30.0 % (29.0–31.0 %)",
        "- Better: calibration error (ECE), 0.040 (-0.010–0.090) → 0.240 (0.190–0.290)",
    ):
        assert line in text.splitlines()
    assert "unclear" not in text
    assert "did not change" not in text


def test_behaviour_that_did_not_change_adds_nothing_to_the_comment() -> None:
    found = behaving.quiet()
    assert found.behaviour
    bare = found._replace(behaviour=(), **{name: without(getattr(found, name)) for name in "ab"})
    assert comment(found) == comment(bare)
    for text in (comparison.text(found), comparison.markdown_text(found)):
        assert "8 figures did not change." in text
        assert "Gates of B: 2 pass." in text
    assert "ehaviour" not in comparison.text(bare)


def test_what_may_be_chance_is_counted_in_the_comment_and_listed_in_a_comparison() -> None:
    found = behaving.sides()
    text, listed = comment(found), comparison.markdown_text(found)
    assert "| gap | recall by service |" in listed
    assert "recall by service" not in text
    assert "\n1 more change, most likely chance (--format json has all).\n" in text
    chance = tuple(one for one in found.behaviour if one.word == "unclear")
    assert "ehaviour" not in comment(found._replace(behaviour=chance))


def without(side: Any) -> Any:
    """Return a side as an older engine recorded it."""
    new = behaving.parts().keys()
    return side._replace(record={name: part for name, part in side.record.items() if name not in new})


def test_of_an_older_record_nothing_is_said() -> None:
    found = behaving.quiet()
    old = without(found.b).record
    assert not {*behaving.parts()} & old.keys()
    text = comparison.result(old)
    assert "gap" not in text
    assert "Gates" not in text
    assert len(text.splitlines()) == 2


def test_bugs_that_regressed_or_are_fixed_and_slices_are_told_before_other_changes() -> None:
    entry = {"n": 4, "errors": 0, "error_rate": behaving.figure(0.1), "tree": "t"}
    back = BugChange("a", "regressed", "", entry, {**entry, "errors": 2}, 0.5, Flips(), Flips())
    fixed = BugChange("b", "fixed", "", {**entry, "errors": 3}, entry, 0.2, Flips(), Flips())
    chance = BugChange("c", "worse", "", entry, {**entry, "errors": 1}, 0.9, Flips(), Flips())
    said = Verdict("worse", "roc_auc", "", -0.1, -0.2, -0.01, 0.01)
    part = SliceChange("long", said, behaving.figure(0.8), behaving.figure(0.7), True)
    found = behaving.sides(bugs=(back, fixed, chance), slices=(part, part._replace(name="s", flagged=False)))
    lines = list(matters.lines(found))
    assert [line.partition(":")[0] for line in lines] == [
        "⚠️ Bug <code>a</code> regressed",
        "Bug <code>b</code> is fixed",
        "Worse",
        "The threshold moved from 0.5 to 0.62 by rule cost (1 ",
        "Worse",
        "Better",
    ]
    assert lines[0].endswith(": 0 of 4 (5%–15%) → 2 of 4 (5%–15%) patterns wrong")
    assert lines[2] == "Worse: slice <code>long</code>, 0.800 → 0.700"


def test_a_bug_of_a_regression_has_an_error_and_no_wrong_pattern() -> None:
    entry = {"n": 4, "mae": behaving.figure(2.5), "tree": "t"}
    better = BugChange("a", "fixed", "", entry, {**entry, "mae": behaving.figure(1.5)}, 0.01)
    assert matters.of_bug(better) == "Bug <code>a</code> is fixed: mean error 2.500 → mean error 1.500"
    record = {**behaving.sides().b.record, "bugs": {"a": entry}}
    line = next(line for line in comparison.result(record).splitlines() if "bug a" in line)
    assert line.split("  ")[-1].strip() == "mean error 2.500"


def test_the_comment_lists_a_handful_and_counts_the_rest() -> None:
    many = tuple(Change("robustness", f"k-{at}", 0.1, 0.3, "worse", True) for at in range(50))
    text = comment(behaving.sides(behaviour=many)).partition("<details>")[0]
    assert len(re.findall("- Worse: ", text)) == matters.LINES
    assert f"- … and {50 - matters.LINES} more changes" in text
    assert "\n  26 more changes (--format json has all).\n" in comparison.text(behaving.sides(behaviour=many))


def test_a_regression_has_shifts_in_place_of_flips() -> None:
    found = behaving.sides()
    train = {**found.b.record["train"], "task": "regression"}
    shift = {"n": 9, "shift": behaving.figure(12.5), "loss": behaving.figure(1.0), "worst": ["r1"]}
    changes = (Change("robustness", "noise-1", behaving.figure(1.5), behaving.figure(12.5), "worse", True),)
    found = found._replace(
        b=found.b._replace(record={**found.b.record, "train": train, "robustness": {"noise-1": shift}}),
        behaviour=changes,
    )
    assert "- Worse: shift of perturbed rows, noise-1, 1.500 (1.450–1.550) → 12.5 (12.45–12.55)" in comment(
        found
    )
    assert "largest shift, perturbed: noise-1 12.5 (12.45–12.55) of 9 rows" in plain(
        comparison.result(found.b.record)
    )


# ---- rows


def test_the_worst_rows_are_named_and_shown_where_their_texts_are_at_hand() -> None:
    found = behaving.sides()
    texts = {("robustness/keyboard-1", "r001"): {"want": ("a dog", "a dgo")}}
    text = comparison.text(found, texts=texts)
    assert "B judges otherwise: perturbed rows keyboard-1\n  r001\n    want = a dog → a dgo\n  r002\n" in text
    assert "keyboard-2" not in text.partition("B judges otherwise")[2], "only what became worse"
    bare = comparison.text(found)
    assert "B judges otherwise: perturbed rows keyboard-1\n  r001\n  r002\n" in bare
    page = comparison.markdown_text(found, texts=texts)
    assert "- <code>r001</code><br>  <code>want</code> = <code>a dog</code> → <code>a dgo</code>\n" in page


def test_where_nothing_became_worse_the_rows_of_the_most_flips_are_shown_if_their_texts_are_at_hand() -> None:
    found = behaving.quiet()
    texts = {("counterfactual/names", "r003"): {"want": ("Ann", "Bob")}}
    assert "B judges otherwise" not in comparison.text(found)
    assert "B judges otherwise: counterfactual names\n  r003\n    want = Ann → Bob\n" in comparison.text(
        found, texts=texts
    )


# ---- a record alone


def test_a_new_result_ends_with_at_most_eight_lines_on_its_behaviour() -> None:
    bare = behaving.sides().b.record
    wide = {**bare, "gates": {f"g{at}": {"verdict": "fail", "what": f"Gate {at} fails."} for at in range(9)}}
    lines = comparison.result(wide).splitlines()
    old = comparison.result(
        {name: part for name, part in bare.items() if name not in behaving.parts()}
    ).splitlines()
    assert len(lines) - len(old) <= 8
    text = plain("\n".join(lines))
    for words in (
        "largest gap: recall by service 0.250 (0.210–0.300), service=crowd to service=doctor",
        "most flips, perturbed: keyboard-2 40.0 % (39.0–41.0 %) of 200 rows",
        "most flips, counterfactual: names 25.0 % (24.0–26.0 %) of 200 rows",
        "calibration error (ECE) 0.240 (0.190–0.290)",
        "cost per 1,000 rows 60 (51–69); 12 false positives; 7 false negatives",
        "Gates: 9 fail FAILS: Gate 0 fails. FAILS: Gate 1 fails.",
    ):
        assert words in text


def test_that_groups_are_selected_unequally_often_is_told_only_where_no_other_gap_is_known() -> None:
    gap = {"gap": 0.8, "low": 0.7, "high": 0.9}
    found = behaving.sides().b.record
    record = {**found, "fairness": {"long": {"selection_rate": gap, "recall": {**gap, "gap": 0.1}}}}
    assert "largest gap: recall by long" in comparison.result(record)
    record = {**found, "fairness": {"long": {"selection_rate": gap, "recall": {"reason": "few"}}}}
    assert "largest gap: selection rate by long" in comparison.result(record)


def test_a_new_result_says_what_of_its_behaviour_moved_since_the_parent() -> None:
    compared = {
        "with": "y",
        "verdict": "none",
        "behaviour": {"robustness/keyboard-1": "worse", "uncertainty/ece": "better"},
    }
    found = {**behaving.sides().b.record, "compared": compared}
    assert "no verdict; robustness/keyboard-1 worse, uncertainty/ece better" in plain(
        comparison.result(found)
    )


def test_the_leaderboard_has_a_line_for_each_candidate_that_fails_a_gate() -> None:
    bad, good = behaving.sides().b.record, behaving.quiet().a.record
    other = {
        **bad,
        "tag": "00000003-00000000",
        "gates": {f"g{at}": {"verdict": "fail", "what": "It fails."} for at in range(5)},
    }
    lines = (Line(other, 1), Line(bad, 2), Line(good, 3))
    page = leaderboard.render(Board(bad, good, "production", lines, ()))
    listed = page.partition("## Gates that fail\n\n")[2].splitlines()
    assert listed[0] == f"- [{bad['tag']}]({bad['tag']}.json) **latest**: ❌ {behaving.GATE}"
    assert (
        listed[1]
        == "- [00000003-00000000](00000003-00000000.json): ❌ It fails. ❌ It fails. ❌ It fails. … and 2 more."
    )
    assert good["tag"] not in "".join(listed[:2])
    assert "Gates" not in leaderboard.render(Board(good, None, "latest", (Line(good, 1),), ()))


# ---- whatever stands in a record


@pytest.mark.parametrize(
    "said",
    [
        behaving.GATE,
        "Closed bugs must stay right: vet (Vets who match) is wrong again on 2 of 4 patterns.",
        "the threshold stays at 0.5 by rule precision>=0.9",
        "Gap in false_positive_rate: 3.",
    ],
)
def test_a_harmless_sentence_is_shown_as_it_stands(said: str) -> None:
    assert wording.told(said, markdown) == said


@pytest.mark.parametrize(
    "said",
    [
        "see www.a.example",
        "a.example",
        "closes GH-1",
        "as in 0123456789",
        "a::b",
        "_a_",
        "a *b*",
        "[a](b)",
        "- a",
        "1. a",
        "",
        "a\n",
        ":x: a",
    ],
)
def test_what_could_act_is_shown_as_a_value(said: str) -> None:
    assert wording.told(said, lambda text, width: f"<{text}>") == f"<{said}>"


def test_hostile_texts_are_inert_in_text_markdown_and_comment(hostile: str) -> None:
    text = hostile[:3000].replace("\x00", "")
    found = behaving.sides(text=text)
    lines = comparison.text(found, texts={("robustness/x", text): {text: (text, text)}}).split("\n")
    lines += comparison.result(found.b.record).split("\n")
    assert max(map(columns, lines)) <= 110
    assert not any(line.lstrip().startswith("::") or "##[" in line for line in lines)
    assert all(line.isprintable() for line in lines)
    pages = [comparison.markdown_text(found), comment(found), leaderboard.render(board(found.b.record))]
    for page in pages:
        tags = {part.split(">")[0] for part in page.split("<")[1:]}
        assert tags <= PLAIN_TAGS | {pull_request.MARKER[1:-1]}
        prose = re.sub("<code>.*?</code>", "", page)
        assert not re.search(r"@everyone|://|www\.|#\d|GH-\d|\*a\*|!\[", prose)
        assert page.replace("\n", "").isprintable()
    assert len(comment(found)) <= pull_request.LIMIT
    assert len(comment(found, pull_request.LEAST)) <= pull_request.LEAST


def board(of: record.Record) -> Board:
    """Return a board of one candidate."""
    return Board(of, None, "latest", (Line(of, 1),), ())


@pytest.mark.parametrize(
    "wrong", [None, 5, "x", [], {}, [5], {"a": 5}, {"a": {"b": 5}}, {"a": {"n": "x"}}, 9e300]
)
def test_a_record_that_holds_anything_else_is_read_without_it(wrong: Any) -> None:
    found = {
        **recording.made("x", {"test": recording.predictions(0.2)}),
        **dict.fromkeys(behaving.parts(), wrong),
    }
    assert comparison.result(found)
    assert leaderboard.render(board(found))
    for read in (entries.gates, entries.gaps, entries.selective):
        assert isinstance(read(found), list)
    assert all(not one.worst and one.rate is None for one in entries.probed(found, "robustness"))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (entries.Figure(0.12, 0.081, 0.17), "12.0 % (8.1–17.0 %)"),
        (entries.Figure(0.12), "12.0 %"),
        (entries.Figure(1.5, 1.0, 2.0), "1.500 (100.0–2.000)"),
        (None, "-"),
    ],
)
def test_shares_are_written_in_percent(value: entries.Figure | None, written: str) -> None:
    assert wording.figure(value, rate=True) == written


def test_half_a_figure_is_none() -> None:
    assert entries.figure({"low": 0.1, "high": 0.2}) is None
    assert entries.figure({"value": 0.1, "low": 0.1}) == entries.Figure(0.1)
    assert entries.figure({"value": float("nan")}) is None
    assert entries.figure({"value": True}) is None
    assert entries.figure({"value": 10**400}) is None


def test_kinds_stand_in_the_order_of_their_strength() -> None:
    names = ["keyboard-10", "case", "keyboard-2", "drop-a", "drop-1"]
    found = entries.probed({"robustness": {name: behaving.probe(0.1, []) for name in names}}, "robustness")
    assert [(one.kind, one.strength) for one in found] == [
        ("case", ""),
        ("drop", "1"),
        ("drop-a", ""),
        ("keyboard", "2"),
        ("keyboard", "10"),
    ]


def test_the_records_of_these_tests_have_the_shape_of_a_record() -> None:
    found = behaving.sides()
    assert record.fault(found.a.record) is None
    assert terminal(found.a.record["tag"]) in comparison.text(found)

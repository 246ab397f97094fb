"""What `dataci threshold` says: the sentence for the decision, what is in doubt, and nothing that data could forge."""

from __future__ import annotations

import re

import numpy as np
import pytest
from markdown_it import MarkdownIt

import recording
from dataci.predictions import Predictions
from dataci.reporters import threshold
from dataci.reporters.escape import columns
from dataci.thresholds import decision, rules
from dataci.thresholds.decision import Decision
from dataci.thresholds.effect import effect

COSTS = (1.0, 5.0)


def decided(
    text: str = "cost", signal: float = 0.3, prevalence: float | None = None, at: float | None = None
) -> Decision:
    """Return a decision with a check on other rows."""
    train, test = recording.predictions(signal), recording.predictions(signal, 1)
    found = decision.decide(train, recording.HOW, rules.parse(text, COSTS, at), "match", COSTS, prevalence)
    how = recording.HOW._replace(threshold=found.threshold)
    return found._replace(test=effect(test, how, COSTS, prevalence), folds=5, by="want or offer")


def words(text: str) -> str:
    """Return a text on one line."""
    return " ".join(text.split())


def test_the_sentence_for_the_decision_counts_rows_in_terms_of_the_positive_label() -> None:
    found = decided()
    shown = words(threshold.text(found))
    wrong, missed = (
        round(found.training.figures[name]["value"]) for name in ("false_positives", "false_negatives")
    )
    assert shown.startswith(
        f"Threshold {found.threshold:g}: the lowest cost, where a false positive costs 1 and a false negative 5 "
        f"On training rows: at {found.threshold:g}, of 1,000 rows, {wrong} ("
    )
    assert re.search(rf'{wrong} \(\d+ to \d+\) are wrongly called "match = 1", and {missed} \(', shown)
    assert 'that are "match = 1" are missed.' in shown
    assert found.stability is not None
    price = found.training.figures["cost"]["value"]
    assert f"They cost {price:.0f} (" in shown
    assert (
        f"on new rows rather {price + found.stability.flattery:.0f}, since the threshold was chosen on these"
        in shown
    )
    assert f"at today's {found.before:g} it is " in shown
    assert "Check on the 200 test rows, by which nothing was chosen:" in shown
    assert "50 % of the 200 training rows, 50 % of the test rows are" in shown
    assert '5 folds, and rows with the same "want or offer" in one of them' in shown


def test_the_table_marks_the_chosen_threshold_and_that_of_today() -> None:
    found = decided()
    rows = [line.split() for line in threshold.text(found).splitlines() if line.startswith("  ")]
    assert rows[0] == "threshold called so wrong missed precision recall cost".split()
    assert [row[0] for row in rows if row[-1] == "chosen"] == [f"{found.threshold:g}"]
    assert [row[0] for row in rows if row[-1] == "today"] == ["0.5"]
    assert len(rows) == len(found.lines) + 1


def test_no_line_is_wider_than_a_terminal() -> None:
    for rule in ("cost", "f1", "precision>=0.9", "recall>=0.9"):
        assert all(columns(line) <= threshold.WIDTH for line in threshold.text(decided(rule)).splitlines())


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("f1", "the highest F1"),
        ("precision>=0.8", "the highest recall with a precision of 0.8 or more"),
        ("recall>=0.9", "the highest precision with a recall of 0.9 or more"),
    ],
)
def test_what_a_rule_wants_is_said_in_words(rule: str, told: str) -> None:
    assert threshold.text(decided(rule)).splitlines()[0].endswith(told)


def test_a_bound_that_may_not_hold_on_other_rows_is_said_to() -> None:
    assert "On other rows it may be less than 0.95: the interval reaches down to" in words(
        threshold.text(decided("precision>=0.95"))
    )


def test_a_set_threshold_is_not_said_to_be_chosen() -> None:
    shown = threshold.text(decided("fixed", at=0.62))
    assert shown.startswith("Threshold 0.62: set, not chosen\n")
    assert "drawn again" not in shown


def test_how_sure_the_choice_is_and_what_is_as_good() -> None:
    found = decided()
    assert found.stability is not None
    low, high = found.stability.low, found.stability.high
    assert f"chooses between {low:g} and {high:g} (95 % of the draws)" in words(threshold.text(found))
    assert f"From {found.low:g} to {found.high:g} nothing changes; the middle was taken." in words(
        threshold.text(found)
    )


def test_a_rule_that_cannot_be_met_names_the_nearest() -> None:
    scores = np.array([0.9, 0.8, 0.7, 0.1])
    test = Predictions(list("abcd"), ["0", "1", "1", "0"], ["0", "1"], np.column_stack([1 - scores, scores]))
    found = decision.decide(test, recording.HOW, rules.parse("precision>=0.99"), "match")
    first = words(threshold.text(found._replace(why="There is no test row.")))
    assert first.startswith(
        "No threshold reaches a precision of 0.99 or more on these rows. The nearest is 0.4, with a precision of 0.667"
    )
    assert "The test set could not be looked at" in first


def test_a_threshold_that_decides_nothing_is_said_to() -> None:
    train = recording.predictions(0.0)
    found = decision.decide(
        train, recording.HOW, rules.Rule("cost", 0.0, (1.0, 100.0)), "match", (1.0, 100.0)
    )
    assert "So every row is called so, and no score decides anything" in words(threshold.text(found))


def test_test_rows_that_say_something_else_are_not_passed_over() -> None:
    found = decided(signal=0.6)
    other = recording.predictions(0.0, 3)
    far = effect(other, recording.HOW._replace(threshold=found.threshold), COSTS)
    assert "than chance explains" in words(threshold.text(found._replace(test=far)))
    assert "than chance explains" not in words(threshold.text(found))


def test_without_costs_each_mistake_counts_one_and_that_is_said() -> None:
    found = decision.decide(recording.predictions(0.3), recording.HOW, rules.Rule("f1"), "match")
    shown = words(threshold.text(found._replace(why="none")))
    assert "each mistake counts 1, since nobody said what mistakes cost" in shown
    assert "They cost" not in shown


def test_another_prevalence_is_named() -> None:
    assert 'Counted as if 0.05 of all rows were "match = 1"' in words(
        threshold.text(decided(prevalence=0.05))
    )


def test_markdown_says_the_same_in_a_heading_sentences_and_a_table() -> None:
    found = decided()
    text = threshold.markdown_text(found)
    page = MarkdownIt("gfm-like", {"linkify": False}).render(text)
    assert page.startswith(f"<h3>Threshold {found.threshold:g}: the lowest cost")
    assert page.count("<tr>") == len(found.lines) + 1
    assert "are wrongly called <code>match = 1</code>" in text


def test_names_from_data_stay_text(hostile: str) -> None:
    found = decided()._replace(label=hostile, positive=hostile, by=hostile, test=None, why=hostile)
    shown = threshold.text(found)
    assert set(filter(lambda char: not char.isprintable(), shown)) <= {"\n"}
    assert not re.search(r"(?m)^\s*::|##\[", shown)
    text = threshold.markdown_text(found)
    assert set(filter(lambda char: not char.isprintable(), text)) <= {"\n"}
    page = MarkdownIt("gfm-like", {"linkify": False}).render(text)
    assert set(re.findall(r"<([a-z0-9]+)", page)) <= {
        "h3",
        "p",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "code",
    }
    assert page.count("<tr>") == len(found.lines) + 1


def test_a_set_threshold_flatters_no_figure_and_the_same_input_is_no_column() -> None:
    assert "training rows are a little too good" in words(threshold.text(decided()))
    shown = words(threshold.text(decided("fixed", at=0.62)._replace(by="input")))
    assert "too good" not in shown
    assert "rows with the same input in one of them. The figures in brackets are 95 % intervals." in shown

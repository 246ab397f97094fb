"""The fields of an issue form: what is found in the text, and which line is named when something is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import filing
from dataci.bugs import form
from dataci.bugs.fault import FORBIDDEN
from dataci.bugs.form import Form


def good(text: str) -> Form:
    """Read a form that has no fault."""
    found = form.read(text)
    assert found.faults == ()
    assert found.form is not None
    return found.form


def told(text: str) -> list[tuple[int | None, str]]:
    """Return the faults of a text: line and message."""
    return [(fault.line, fault.message) for fault in form.read(text).faults]


def test_the_fields_of_a_form() -> None:
    found = good(filing.body())
    assert found.name == "Animals and their products"
    assert found.description == "Who has an animal is offered what is made of it."
    assert found.harm == 4
    assert found.users == "one or a few"
    assert found.expected == ""
    assert found.patterns.text == filing.table()


@pytest.mark.parametrize("change", [lambda text: text.replace("\n", "\r\n"), lambda text: "\ufeff" + text])
def test_line_ends_and_a_mark_at_the_beginning_do_not_matter(change: object) -> None:
    assert callable(change)
    assert good(change(filing.body())) == good(filing.body())


def test_headings_may_be_written_in_other_ways() -> None:
    text = filing.body().replace("### Harm", "## HARM (1 to 10):").replace("### Name", "#   name  ##")
    assert good(text).harm == 4


@pytest.mark.parametrize(
    ("answer", "harm"),
    [("1", 1), ("10 - somebody gets hurt", 10), ("４ - full width", 4), ("7/10", 7), ("**3** - annoying", 3)],
)
def test_harm_is_the_number_in_front(answer: str, harm: int) -> None:
    assert good(filing.body(Harm=answer)).harm == harm


@pytest.mark.parametrize(
    "answer", ["0", "11", "4.5", "4,5", "-", "high", "", "_No response_", "3-5", "-4 or 100"]
)
def test_harm_that_is_none_is_refused_with_its_line(answer: str) -> None:
    text = filing.body(Harm=answer)
    if answer == "-4 or 100":
        assert good(text).harm == 4  # a list item, as GitHub reads it
        return
    ((line, message),) = told(text)
    assert "from 1" in message
    assert line in (filing.line_of(text, "### Harm"), filing.line_of(text, "### Harm") + 2)


def test_what_is_missing_is_named() -> None:
    messages = [message for _, message in told("Hello, your model is bad.")]
    for heading in ("Name", "Description", "Harm", "Patterns"):
        assert any(f'"### {heading}"' in message for message in messages)
    assert len(messages) == 4
    assert told("")[0][0] is None


def test_an_empty_answer_names_its_heading() -> None:
    text = filing.body(Description="_No response_")
    ((line, message),) = told(text)
    assert line == filing.line_of(text, "### Description")
    assert '"Description"' in message


def test_a_heading_in_an_answer_is_told_and_not_believed() -> None:
    text = filing.body(Expected_outcome="0\n\n### Harm\n\n10")
    ((line, message),) = told(text)
    assert line == filing.line_of(text, "### Expected outcome") + 4
    assert "second time" in message


def test_other_headings_belong_to_the_answer() -> None:
    assert good(filing.body(Description="a\n\n### Steps\n\nb")).description == "a\n\n### Steps\n\nb"


def test_what_stands_before_the_form_is_mentioned() -> None:
    found = form.read("Hello!\n" + filing.body())
    assert found.faults == ()
    assert [(note.line, note.text) for note in found.notes] == [(1, "Hello!")]


@pytest.mark.parametrize("char", ["\0", "\x1b", "\x85", "\u202e", "\u2066", "\ud800"])
def test_a_character_that_nobody_sees_is_refused_with_its_line(char: str) -> None:
    text = filing.body(Description=f"one\ntwo{char}\nthree")
    found = form.read(text)
    (fault,) = found.faults
    assert fault.line == filing.line_of(text, f"two{char}")
    assert f"U+{ord(char):04X}" in fault.message
    assert found.form is not None
    assert not any(
        FORBIDDEN.search(line) for line in found.form.lines
    )  # what is judged further can be written


def test_marks_that_scripts_and_emoji_need_are_fine() -> None:
    assert good(filing.body(Name="شجرة\u200f 👩\u200d🌾")).name == "شجرة\u200f 👩\u200d🌾"


def test_what_is_too_long_is_refused() -> None:
    assert "65,536" in told(filing.body(Description="x" * 2_000_000))[0][1]
    assert told(filing.body(Name="x" * 101))[0][1].startswith('"Name" has 101')


@given(st.text(alphabet=st.characters(exclude_categories=[]), max_size=300))
def test_no_text_breaks_it(text: str) -> None:
    for issue in (text, filing.body(Name=text, Harm=text, Description=text), filing.body(text)):
        found = form.read(issue)
        assert found.form is not None or found.faults
        assert all(fault.message for fault in found.faults)

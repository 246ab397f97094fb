"""The comment: what came from the form does nothing in it, and long lists are cut with counts."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from dataci.bugs import comment, folder
from dataci.bugs.fault import Fault
from dataci.bugs.folder import Bug

OPEN, SHUT = "{" * 2, "}" * 2
HOSTILE = (
    "@everyone #1 owner/name#2 <img src=x onerror=alert(1)> <!-- dataci: model bug --> [x](javascript:alert(1)) | a |"
    f" `code` **bold** https://example.org ::error::x ${OPEN} x {SHUT} \u202e \0 \ud800 [skip ci]\n| new |\n\n# head"
)


def every(text: str) -> list[str]:
    """Return every comment and every text of a pull request, with ``text`` wherever a form's words may stand."""
    refused = folder.outcome(42, [Fault(text, 3, text), Fault(text)], [Fault(text, 4, text)])
    accepted = folder.outcome(42, [], [Fault(text, 4, text)])
    return [
        comment.refused(refused, "bug:accepted"),
        comment.summary(refused),
        comment.summary(accepted),
        comment.accepted(accepted, 12, "https://example.org/1"),
        comment.not_allowed(text, "bug:accepted"),
        comment.proposal(42, Bug(text, text, 4, text, text), accepted, 12),
    ]


def structure(text: str) -> list[tuple[str, str]]:
    """Return the elements of a Markdown text, without what stands in them."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    return [(token.type, token.tag) for token in tokens]


@pytest.mark.parametrize("at", range(6))
def test_no_word_of_a_form_is_more_than_text(at: int) -> None:
    hostile = every(HOSTILE)[at]
    assert structure(hostile) == structure(every("harmless")[at])
    for active in (
        "@everyone",
        "<img",
        "](",
        "**bold",
        "\u202e",
        "\0",
        "[skip",
        "\n::",
        "https://example.org ",
    ):
        assert active not in hostile
    assert comment.MARKER not in hostile


def test_what_is_left_out_is_counted() -> None:
    found = folder.outcome(42, [Fault(f"fault {at}", at) for at in range(1, 101)], [])
    text = comment.refused(found, "bug:accepted")
    assert "100 things have to be mended" in text
    assert "… and 80 more." in text
    assert len(text) < 60_000
    assert "1 thing has to be mended" in comment.refused(folder.outcome(42, [Fault("x")], []), "bug:accepted")


def test_the_longest_comment_fits() -> None:
    widest = "&" * 1000
    faults = [Fault(f"{widest}{at}", at, widest) for at in range(1, 30)]
    text = comment.refused(folder.outcome(42, faults, faults), "bug:accepted")
    assert len(text) < 65_000
    shown = sum(line.startswith("| ") and line[2].isdigit() for line in text.splitlines())
    assert 0 < shown < 20
    assert f"… and {29 - shown} more." in text

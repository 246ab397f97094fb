"""Nothing that the escapes return acts upon a terminal, Markdown or a CI log, and what they cut fits."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from dataci.reporters.escape import columns, cut, markdown, terminal, workflow, workflow_property

texts = st.text(st.characters(), max_size=60) | st.text(
    "|\\`<>&*_[]()!#@:/w. \n\r\x1b\u202e-=~$a1", max_size=40
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, ünï → 猫", "plain, ünï → 猫"),
        ("a\nb\r\n\tc", r"a\nb\r\n\tc"),
        ("\x1b[31m\x7f\x9b", r"\x1b[31m\x7f\x9b"),
        ("\u202eabc\u2066\u200f", r"\u202eabc\u2066\u200f"),
        ("a\u200bb\u2028c\ufeff\xa0\xad", r"a\u200bb\u2028c\ufeff\xa0\xad"),
        ("\U000e0041\u3164\ud800", r"\U000e0041\u3164\ud800"),
        ("C:\\data", "C:\\data"),
        ("::error::x", r"\x3a:error::x"),
        ("a ::error::x", r"a \x3a:error::x"),
        ("std::vector", "std::vector"),
        ("##[error] ##vso[x] ## a", r"\x23#[error] \x23#vso[x] ## a"),
    ],
)
def test_terminal(text: str, shown: str) -> None:
    assert terminal(text) == shown


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("猫猫猫", 6, "猫猫猫"),
        ("猫猫猫", 5, "猫猫…"),
        ("猫猫猫", 4, "猫…"),
        ("abc", 1, "…"),
        ("abc", 0, ""),
        ("abc", -1, ""),
        ("", 5, ""),
        ("e" + "\u0301" * 100, 2, "e" + "\u0301" * 3 + "…"),
    ],
)
def test_terminal_is_cut_by_columns(text: str, width: int, shown: str) -> None:
    assert terminal(text, width) == shown


@given(texts)
def test_terminal_leaves_nothing_to_act_upon(text: str) -> None:
    shown = terminal(text)
    assert shown.isprintable()
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in shown)
    assert not re.search(r"(^|\s)::|##(vso)?\[", shown)
    assert terminal(shown) == shown


@given(texts, st.integers(0, 30))
def test_terminal_fits(text: str, width: int) -> None:
    shown = terminal(text, width)
    assert columns(shown) <= width
    assert shown == terminal(text) or shown == cut(terminal(text), width)


def test_markdown_is_inert_code() -> None:
    assert markdown("") == ""
    assert markdown("plain") == "<code>plain</code>"
    assert markdown("a|b`<i>") == "<code>a&#124;b&#96;&#60;i&#62;</code>"
    assert markdown("@all #1") == "<code>&#64;<!-- -->all &#35;1</code>"
    assert markdown("http://a www.b.c") == "<code>http:<!-- -->//a www<!-- -->.b.c</code>"
    assert markdown("abcdef", 4) == "<code>abc…</code>"


def _inline(text: str) -> list[Token]:
    """The inline tokens of a table cell with the text, once the rest of the table is seen to be whole."""
    table = f"| a | b | c |\n|--|--|--|\n| 1 | {text} | 3 |\n\nend\n"
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(table)
    cells = [token for token in tokens if token.type == "inline"]
    assert [cell.content for cell in (*cells[:4], *cells[5:])] == ["a", "b", "c", "1", "3", "end"]
    return cells[4].children or []


@given(texts)
def test_markdown_renders_as_the_text_and_nothing_else(text: str) -> None:
    tokens = _inline(markdown(text))
    assert {token.type for token in tokens} <= {"text", "text_special", "html_inline"}
    assert {token.content for token in tokens if token.type == "html_inline"} <= {
        "<code>",
        "</code>",
        "<!-- -->",
    }
    shown = "".join(token.content for token in tokens if token.type != "html_inline")
    assert shown == terminal(text) or not terminal(text).strip()


@given(texts)
def test_markdown_holds_no_bare_link_even_after_decoding(text: str) -> None:
    parts = "".join("\0" if t.type == "html_inline" else t.content for t in _inline(markdown(text))).split(
        "\0"
    )
    assert not any(re.search(r"://|www\.|@.", part, re.IGNORECASE) for part in parts)


def test_workflow() -> None:
    assert workflow("50%\r\nb: c, d\x1b") == r"50%25%0D%0Ab: c, d\x1b"
    assert workflow_property("a:b,c%\n") == "a%3Ab%2Cc%25%0A"


@given(texts)
def test_workflow_is_one_printable_line(text: str) -> None:
    assert workflow(text).isprintable()
    assert not set(workflow_property(text)) & set(":,\r\n")

"""Encodings nobody declared."""

from __future__ import annotations

import pytest

from dataci.errors import CannotRun
from dataci.inference import encoding

TEXT = "name,city\nZoë,Zürich\nJosé,Málaga\n" + "Ann,Oslo\n" * 20


@pytest.mark.parametrize(
    ("codec", "title"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8 with BOM"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16 without BOM"),
        ("utf-16-be", "UTF-16 without BOM"),
        ("cp1252", "cp1252"),
        ("latin-1", "cp1252"),
    ],
)
def test_reads_what_is_common(codec: str, title: str) -> None:
    found = encoding.decode(TEXT.encode(codec), "'x.csv'")
    assert (found.text, found.encoding) == (TEXT, title)
    assert bool(found.doubts) == (title == "cp1252")


def test_other_scripts_are_left_to_the_specialist() -> None:
    text = "имя,город\n" + "Анна,Москва и окрестности этого большого города\n" * 30
    found = encoding.decode(text.encode("cp1251"), "'x.csv'")
    assert found.text == text
    assert "cp1251" in found.doubts[0]


def test_text_that_was_misread_before_is_doubted() -> None:
    found = encoding.decode("name\nÃ…land\n".encode(), "'x.csv'")
    assert "Latin-1" in found.doubts[0]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"PK\x03\x04zip", "Excel"),
        (bytes(range(256)) * 50, "binary"),
        (b"\xff\xfea", "damaged"),
    ],
)
def test_refuses_what_holds_no_text(data: bytes, words: str) -> None:
    with pytest.raises(CannotRun, match=words):
        encoding.decode(data, "'x.csv'")

"""Personal data and secrets are found and masked; what only looks like them is left alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

import building
from dataci.checks import privacy
from dataci.checks.check import Context
from dataci.finding import Hits

SETTINGS = 'version = 1\n[columns]\nid = "id"\nlabel = "match"\ntext = ["want", "offer"]\ntime = "day"\n'
PRIVATE = [
    ("write to jane.doe@example.com please", "an e-mail address"),
    ("call +49 151 23456789", "a telephone number"),
    ("call +1 (415) 555-2671 today", "a telephone number"),
    ("call 415-555-2671", "a telephone number"),
    ("(030) 1234567", "a telephone number"),
    ("ring 020 7946 0958", "a telephone number"),
    ("0049 30 1234567", "a telephone number"),
    ("my card is 4111 1111 1111 1111", "a card number"),
    ("5500005555555559", "a card number"),
    ("3782-822463-10005", "a card number"),
    ("pay to DE89 3704 0044 0532 0130 00", "an account number (IBAN)"),
    ("GB29NWBK60161331926819", "an account number (IBAN)"),
    ("ssn 123-45-6789", "a national id"),
    ("insured as AB 12 34 56 C", "a national id"),
    ("key AKIA" + "IOSFODNN7EXAMPLE", "an API key"),
    ("token ghp_" + "a1B2c3D4e5" * 4, "an API key"),
    ("xox" + "b-1234567890-abcdefghij", "an API key"),
    ("sk-" + "proj-abc123def456ghi789jkl", "an API key"),
    ("AIza" + "SyA-1234567890abcdefghijklmnopqrstu", "an API key"),
    ("-----BEGIN RSA " + "PRIVATE KEY-----", "a private key"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N", "an access token"),
]
CLEAN = [
    "4111 1111 1111 1112",
    "1234567890123456",
    "0000 0000 0000 0000",
    "2026-01-02",
    "2026-01-02T10:00:00+01:00",
    "02.01.2026 10:15",
    "version 1.2.3 or 10.15.7",
    "192.168.100.200",
    "3.14159265358979",
    "-1.54920319995501",
    "price 1,234,567.89",
    "w0001",
    "order 2026-000123",
    "a-123-45-67890",
    "000-12-3456",
    "@home with C++ and a@b",
    "DE89 3704 0044 0532 0130 01",
    "ISBN 978-3-16-148410-0",
    "10 000 000 people",
    "risk-averse task-oriented sk-8 skating",
    "model 9500-1234",
    "from 1914-1918 to 1939-1945",
    "the score was 3-2 (2-1)",
    "Call me at 8, room 415",
]


def judge(tmp_path: Path, cells: list[str], files: str = "data/train/a.csv", **settings: Any) -> list[Hits]:
    frame = pl.DataFrame(
        {"id": range(len(cells)), "want": cells, "note": cells, "match": "1", "day": "2026-01-02"}
    )
    frame = frame.with_columns(pl.all().cast(pl.String))
    data = frame.write_csv() if files.endswith("csv") else frame.write_ndjson()
    building.write(tmp_path, {"dataci.toml": SETTINGS, files: data})
    return hits(tmp_path, **settings)


def hits(root: Path, **settings: Any) -> list[Hits]:
    context = Context(building.load(root), None, lambda: None)
    found = privacy.privacy(context, {**privacy.CHECKS[0].settings, **settings})
    return [hit for hit in found if hit.frame.height]


@pytest.mark.parametrize("file", ["data/train/a.csv", "data/test/a.jsonl"])
def test_each_kind_is_found_at_its_line_and_column(tmp_path: Path, file: str) -> None:
    found = judge(tmp_path, [cell for cell, _ in PRIVATE], file)
    first = 2 if file.endswith("csv") else 1
    assert [hit.column for hit in found] == ["want", "note"]
    for hit in found:
        assert hit.frame["kinds"].to_list() == [kind for _, kind in PRIVATE]
        assert hit.frame["line"].to_list() == list(range(first, first + len(PRIVATE)))
        assert hit.frame["new"].all()


def test_near_misses_stay_green(tmp_path: Path) -> None:
    found = judge(tmp_path, CLEAN)
    assert [hit.frame.select("line", "kinds", "value").rows() for hit in found] == []


def test_a_secret_is_never_printed(tmp_path: Path) -> None:
    for hit in judge(tmp_path, [cell for cell, _ in PRIVATE]):
        for (cell, _), value in zip(PRIVATE, hit.frame["value"], strict=True):
            assert "…" in value
            assert len(value) <= 5
            assert value[:1] in cell


def test_a_cell_with_two_kinds_names_both(tmp_path: Path) -> None:
    (hit, _) = judge(tmp_path, ["jane@example.org or +49 151 23456789"])
    assert hit.frame["kinds"].to_list() == ["an e-mail address and a telephone number"]
    assert hit.frame["value"].to_list() == ["ja…rg"]


def test_what_the_project_allows_is_left_alone(tmp_path: Path) -> None:
    assert judge(tmp_path, ["help@example.org"], allow=[r"@example\.org$"]) == []


def test_ids_labels_and_numbers_are_not_searched(tmp_path: Path) -> None:
    settings = 'version = 1\n[columns]\nid = "id"\nlabel = "y"\nnumeric = ["n"]\n'
    data = "id,y,n,m\n123-45-6789,4111111111111111,5500005555555559,0.4111111111111111\n"
    building.write(tmp_path, {"dataci.toml": settings, "data/train/a.csv": data})
    assert hits(tmp_path) == []


def test_a_column_of_card_numbers_is_found_though_it_looks_numeric(tmp_path: Path) -> None:
    building.write(
        tmp_path, {"dataci.toml": SETTINGS, "data/train/a.csv": "id,card\n1,4111111111111111\n2,\n"}
    )
    assert [hit.frame["line"].to_list() for hit in hits(tmp_path)] == [[2]]


def test_every_pattern_is_behind_the_cheap_one() -> None:
    cells = pl.Series([cell for cell, _ in PRIVATE])
    assert cells.filter(~cells.str.contains(privacy.SUSPECT)).to_list() == []


def test_in_the_hook_only_changed_files_are_searched_and_old_rows_are_known(tmp_path: Path) -> None:
    old = "id,want\n1,jane@example.org\n"
    building.write(tmp_path, {"dataci.toml": SETTINGS, "data/train/a.csv": old, "data/train/b.csv": old})
    building.commit(tmp_path)
    building.write(tmp_path, {"data/train/b.csv": old + "2,joe@example.org\n"})
    context = Context(building.load(tmp_path), building.load(tmp_path, "HEAD"), lambda: None, quick=True)
    (hit,) = privacy.privacy(context, privacy.CHECKS[0].settings)
    assert hit.frame.select("file", "line", "new").rows() == [(1, 2, False), (1, 3, True)]

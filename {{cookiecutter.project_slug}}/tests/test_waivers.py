"""Waivers: they excuse what they name, until they expire, and they do not stay behind unnoticed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import building
from building import HEADER, TRAIN, found, judge
from dataci import waivers

BAD = TRAIN + "5,x,y,7,ben,2026-01-09\n6,z,y,8,ben,2026-01-09\n"
TODAY = date(2026, 11, 24)


def waiver(**entries: str) -> str:
    lines = {"check": "schema", "reason": "known since the import", "who": "ann", **entries}
    return "[[waiver]]\n" + "".join(
        f"{key} = {value if key == 'expires' else repr(value)}\n" for key, value in lines.items()
    )


def report_with(tmp_path: Path, text: str, **files: str) -> building.Report:
    root = building.make(tmp_path, {"data/train/a.csv": BAD, "data/waivers.toml": text, **files})
    return judge(root, select=("schema", "duplicate-id"), today=TODAY)


def test_by_file(tmp_path: Path) -> None:
    report = report_with(tmp_path, waiver(file="data/train/a.csv"))
    assert report.verdict == "pass"
    assert report.summary["schema"] == (0, 0, 0, 2)


def test_by_the_id_of_a_row(tmp_path: Path) -> None:
    report = report_with(tmp_path, waiver(id="5"))
    assert report.summary["schema"] == (1, 0, 0, 1)
    assert found(report, "schema")[0].line == 7


def test_file_and_id_together_are_both_demanded(tmp_path: Path) -> None:
    report = report_with(tmp_path, waiver(id="5", file="data/test/t.csv"))
    assert report.summary["schema"].errors == 2


def test_by_column(tmp_path: Path) -> None:
    assert report_with(tmp_path / "a", waiver(column="match")).summary["schema"] == (0, 0, 0, 2)
    other = report_with(tmp_path / "b", waiver(column="want", file="data/train/a.csv"))
    assert other.summary["schema"].errors == 2


def test_a_misspelt_check_is_an_error(tmp_path: Path) -> None:
    report = report_with(tmp_path, waiver(check="shema", file="data/train/a.csv"))
    assert "names no check" in found(report, "waiver")[0].message
    assert report.summary["schema"].errors == 2


def test_another_check_is_not_excused(tmp_path: Path) -> None:
    report = report_with(tmp_path, waiver(check="duplicate-id", file="data/train/a.csv"))
    assert report.summary["schema"].errors == 2
    assert "matches nothing" in found(report, "waiver")[0].message


def test_expiry(tmp_path: Path) -> None:
    assert (
        report_with(tmp_path / "a", waiver(file="data/train/a.csv", expires="2026-11-24")).verdict == "pass"
    )
    late = report_with(tmp_path / "b", waiver(file="data/train/a.csv", expires="2026-11-23"))
    assert late.verdict == "fail"
    assert "expired on 2026-11-23" in found(late, "waiver")[0].message


@pytest.mark.parametrize(
    "text",
    [
        "[[waiver]]\ncheck = 'schema'\n",
        waiver(),
        waiver(file="x", id=""),
        waiver(file="x", colour="red"),
        waiver(file="x", expires="'soon'"),
        "waiver = 3",
        "waivers = []",
        "[[waiver",
        "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    ],
)
def test_a_malformed_waiver_excuses_nothing_and_is_an_error(tmp_path: Path, text: str) -> None:
    report = report_with(tmp_path, text)
    assert report.summary["schema"].errors == 2
    assert report.summary["waiver"].errors == 1
    assert "[[waiver]]" in found(report, "waiver")[0].message


def test_no_file_no_waivers() -> None:
    assert waivers.parse(None, TODAY) == ([], [])


def test_a_waiver_for_what_the_base_has_is_not_called_useless(tmp_path: Path) -> None:
    root = building.make(
        tmp_path, {"data/train/a.csv": BAD, "data/waivers.toml": waiver(file="data/train/a.csv")}
    )
    building.commit(root)
    building.write(root, {"data/train/b.csv": HEADER + "9,q,r,1,z,2026-01-01\n"})
    report = judge(root, "HEAD", select=("schema",), today=TODAY)
    assert report.verdict == "pass"
    assert "waiver" not in report.summary

"""Files as files: each malformed file is found by its check, at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

import building
from building import HEADER, judge, places
from dataci.checks.files import repair

ROW = "9,a,b,1,z,2026-01-01\n"


@pytest.mark.parametrize(
    ("name", "data", "check", "line"),
    [
        ("x.csv", HEADER + ROW + "10,a\n", "ragged-row", 3),
        ("x.csv", HEADER + '9,"a\nb",c,1,z,2026-01-01\n10,a\n', "ragged-row", 4),
        ("x.csv", HEADER + "9,caf\u00e9,b,1,z,2026-01-01\n".encode("latin-1").decode("latin-1"), None, None),
        ("x.csv", "\ufeff" + HEADER + ROW, "encoding", 1),
        ("x.csv", HEADER + "9,cafÃ© crÃ¨me,b,1,z,2026-01-01\n", "encoding", 2),
        ("x.csv", HEADER + "9,lost \ufffd char,b,1,z,2026-01-01\n", "encoding", 2),
        ("x.csv", HEADER + ROW + HEADER + ROW.replace("9", "8"), "header", 3),
        ("x.csv", "", "parse-error", None),
        ("x.xlsx", "PK\x03\x04", "parse-error", None),
        ("x.pkl", "\x80\x04", "parse-error", None),
        ("x.csv", (HEADER + ROW).replace("\n", "\r\n"), "canonical", None),
        ("x.csv", HEADER + '"9",a,b,1,z,2026-01-01\n', "canonical", None),
        ("x.csv", HEADER + ROW.rstrip(), "canonical", None),
        ("x.csv", HEADER + "<<<<<<< HEAD\n" + ROW + "=======\n>>>>>>> other\n", "conflict-marker", 2),
    ],
)
def test_found_at_its_line(tmp_path: Path, name: str, data: str, check: str | None, line: int | None) -> None:
    report = judge(building.make(tmp_path, {f"data/train/{name}": data}))
    if check is None:
        assert report.findings == ()
        return
    assert (f"data/train/{name}", line) in [place[:2] for place in places(report, check)]
    quoting = check == "canonical" and "\r" not in data
    assert report.verdict == ("pass" if quoting else "fail")


def test_a_file_outside_of_a_split(tmp_path: Path) -> None:
    report = judge(building.make(tmp_path, {"data/x.csv": HEADER + ROW}))
    assert places(report, "parse-error") == [("data/x.csv", None, None)]


def test_notes_and_settings_beside_the_data_are_no_data(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "data/README.md": "x",
        "data/bugs/b/bug.toml": "name = 'x'",
        "data/train/.gitkeep": "",
    }
    assert judge(building.make(tmp_path, files)).findings == ()


def test_size(tmp_path: Path) -> None:
    settings = building.PAIRS + "[checks.size]\nwarned_mib = 1\nrefused_mib = 3\n"
    root = building.make(tmp_path, settings=settings)
    for mebi, expected in ((0, (0, 0)), (2, (0, 1)), (4, (1, 0))):
        rows = "".join(f"s{i},{'w' * 1000} {i},o{i},1,z{i},2026-01-01\n" for i in range(mebi * 1024))
        building.write(root, {"data/train/s.csv": HEADER + (rows or ROW)})
        assert judge(root, select=("size",)).summary["size"][:2] == expected


@pytest.mark.parametrize(
    "word",
    ["café", "naïve", "Zoë", "Ångström", "œuvre", "“quoted”", "it’s", "€5", "ÅLAND", "日本語", "Ọgọst", "😀"],
)
@pytest.mark.parametrize("codec", ["cp1252", "latin-1"])
def test_mojibake_is_recognised_and_read_back(word: str, codec: str) -> None:
    try:
        broken = word.encode().decode(codec)
    except UnicodeDecodeError:
        return  # five bytes have no character in Windows-1252
    assert repair(broken) == word


@pytest.mark.parametrize(
    "word", ["AÇÃO", "não", "Ünïcödé", "Â", "señor", "ÀÉÎ", "5 € ²", "«Ça va»", "Straße", "naïve café"]
)
def test_honest_words_are_left_alone(tmp_path: Path, word: str) -> None:
    report = judge(
        building.make(tmp_path, {"data/train/x.csv": HEADER + f"9,{word},b,1,z,2026-01-01\n"}),
        select=("encoding",),
    )
    assert report.findings == ()


@pytest.mark.parametrize("name", ["x.csv", "x.jsonl"])
def test_mojibake_in_any_format(tmp_path: Path, name: str) -> None:
    row = {"csv": HEADER + "9,cafÃ©,b,1,z,2026-01-01\n", "jsonl": '{"id": "9", "want": "cafÃ©"}\n'}[name[2:]]
    report = judge(building.make(tmp_path, {f"data/train/{name}": row}), select=("encoding",))
    (finding,) = report.findings
    assert finding.column == "want"
    assert "'café'" in finding.message

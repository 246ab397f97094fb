"""Counts on real data equal those that brute force found, wherever the definition is the same."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from shared import DATA, facts, needed

pytestmark = needed

SCHEMA = """\
import pandera.polars as pa
import polars as pl

schema = pa.DataFrameSchema({name: pa.Column(pl.String, nullable=True) for name in NAMES}, strict=True)
"""


def project(root: Path, roles: str, **files: Path) -> Any:
    """Make a project of real files (split_name=path), converted to canonical form, and judge it without a base."""
    import building
    from dataci import formats

    names: list[str] = []
    for place, path in files.items():
        table = formats.read(path.name, path.read_bytes())
        names = table.frame.columns
        assert table.frame.height == table.records
        split, _, name = place.partition("_")
        suffix = path.suffix
        building.write(root, {f"data/{split}/{name}{suffix}": formats.write(path.name, table.frame)})
    building.write(root, {"dataci.toml": f"version = 1\n[columns]\n{roles}\n"})
    building.write(root, {"project/schema.py": SCHEMA.replace("NAMES", repr(names))})
    return building.judge(root, limit=20_000)


PAIR = 'label = "label"\ntext = ["left", "right"]'


def test_amazon_google(tmp_path: Path) -> None:
    folder = DATA / "pairs/amazon-google"
    report = project(tmp_path, PAIR, train_a=folder / "train.csv", test_t=folder / "test.csv")
    truth = facts("pairs/amazon-google")
    train, test = truth["splits"]["train"], truth["splits"]["test"]
    across = truth["cross_split"]["train->test"]
    found = {check: report.summary[check] for check in ("duplicate-row", "conflicting-label", "split-leak")}
    duplicates = [f for f in report.findings if f.check == "duplicate-row"]
    in_train = [f for f in duplicates if (f.file or "").startswith("data/train")]
    assert len(in_train) == train["exact_pair_duplicates_extra"] == 206
    assert len(duplicates) - len(in_train) == test["exact_pair_duplicates_extra"] == 27
    assert found["conflicting-label"].errors == train["label_conflicts_exact_pair"]["groups"] == 6
    assert found["split-leak"].errors == across["rows_of_second_whose_exact_pair_is_in_first"] == 124


@pytest.mark.parametrize(("language", "expected"), [("ibo", 60), ("pcm", None), ("lin", None)])
def test_masakhanews(tmp_path: Path, language: str, expected: int | None) -> None:
    file = DATA / "text/masakhanews" / language / "train.tsv"
    report = project(tmp_path, 'label = "category"\ntext = ["headline"]', train_a=file)
    truth = facts("text/masakhanews")["splits"][f"{language}:train"]
    assert report.summary["duplicate-row"].errors == truth["exact_text_duplicates_extra"]
    assert expected in (None, truth["exact_text_duplicates_extra"])
    assert report.summary["conflicting-label"].errors == truth["label_conflicts_exact"]["groups"]


def test_banking77(tmp_path: Path) -> None:
    folder = DATA / "text/banking77"
    report = project(tmp_path, 'label = "category"\ntext = ["text"]', train_a=folder / "train.csv")
    truth = next(iter(facts("text/banking77")["splits"].values()))
    assert report.summary["duplicate-row"].errors == truth["exact_text_duplicates_extra"]


def test_adult(tmp_path: Path) -> None:
    roles = 'label = "income"\nnumeric = ["age", "fnlwgt"]\ncategorical = ["workclass", "education"]'
    for split, expected in (("train", 24), ("test", 5)):
        file = DATA / f"tabular/adult/adult-{split}.csv"
        report = project(tmp_path / split, roles, train_a=file)
        assert report.summary["duplicate-row"].warnings == expected
        assert facts("tabular/adult")[file.name]["duplicate_rows_extra"] == expected


def test_titanic_target_leak(tmp_path: Path) -> None:
    roles = 'label = "survived"\nnumeric = ["age", "fare"]\ncategorical = ["sex", "alive"]'
    report = project(tmp_path, roles, train_a=DATA / "tabular/titanic/titanic.csv")
    assert [f.column for f in report.findings if f.check == "target-leak"] == ["alive"]


def test_csv_spectrum_is_read_as_its_json_says() -> None:
    from dataci import formats

    for file in sorted((DATA / "torture/csv-spectrum").glob("*.csv")):
        expected = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
        table = formats.read(file.name, file.read_bytes())
        if file.stem == "location_coordinates":
            theirs = list(csv.reader(file.open(encoding="utf-8")))
            assert theirs[1:] == [list(row) for row in table.frame.rows()]
        elif file.stem == "newlines_crlf":  # the copy at hand was saved with LF, as FACTS.json says
            assert table.frame.to_dicts() == [
                {k: v.replace("\r\n", "\n") for k, v in row.items()} for row in expected
            ]
        else:
            assert table.frame.to_dicts() == expected, file.name


GOODTABLES: dict[str, set[tuple[str, int | None]]] = {
    "defective_rows.csv": {("ragged-row", 2), ("ragged-row", 3)},
    "duplicate_columns.csv": {("header", 1)},
    "empty.csv": {("parse-error", None)},
    "empty_rows.csv": {("ragged-row", 4)},
    "empty_rows_multiple.csv": {("ragged-row", n) for n in range(4, 15)},
    "fail_fast_two_structure_errors.csv": {("ragged-row", 4), ("ragged-row", 5)},
    "headerless_columns.csv": {("header", 1)},
    "invalid.csv": {
        ("header", 1),
        ("ragged-row", 2),
        ("ragged-row", 3),
        ("ragged-row", 4),
        ("ragged-row", 5),
    },
    "invalid-on-structure.csv": {
        ("header", 1),
        ("ragged-row", 2),
        ("ragged-row", 3),
        ("ragged-row", 4),
        ("ragged-row", 5),
    },
    "invalid_header_index_1.csv": {("ragged-row", n) for n in range(2, 12)},
    "invalid_no_headers.csv": {("ragged-row", 3)},
    "latin1.csv": {("encoding", 3)},
    "report_limit_structure.csv": {("ragged-row", 4), ("ragged-row", 5)},
    "valid.csv": set(),
}


def test_goodtables_faults_are_found() -> None:
    from dataci import formats

    for name, expected in GOODTABLES.items():
        table = formats.read(name, (DATA / "torture/goodtables" / name).read_bytes())
        lost = {(p.check, p.line) for p in table.problems}
        assert expected <= lost if expected else lost == set(), (name, lost)


def test_no_traceback_on_any_file_of_the_torture_sets(tmp_path: Path) -> None:
    import building

    files = [path for path in sorted((DATA / "torture").rglob("*")) if path.is_file()]
    root = building.make(tmp_path / "project")
    for number, path in enumerate(files):
        for suffix in (".csv", ".jsonl", ".parquet"):
            target = root / "data" / "train" / f"{number:04d}{suffix}"
            shutil.copyfile(path, target)
            target.chmod(0o644)
    report = building.judge(root)
    assert report.crashed == ()
    assert report.files == 2 + 3 * len(files) > 1000
    assert not [f for f in report.findings if "crashed" in f.message]


@pytest.mark.parametrize("kind", ["y_", "n_"])
def test_json_test_suite(kind: str) -> None:
    from dataci import formats

    for file in sorted((DATA / "torture/JSONTestSuite").glob(f"{kind}object*.json")):
        data = file.read_bytes()
        if b"\n" in data.strip():
            continue  # one value over several lines is not JSON Lines
        table = formats.read("a.jsonl", data)
        accepted = {
            "y_object_duplicated_key.json",
            "y_object_duplicated_key_and_value.json",
            "y_object_empty.json",
        }
        refused = kind == "n_" or file.name in accepted | {"y_object_empty_key.json"}
        assert bool(table.problems) == refused, file.name
        assert table.records == 1

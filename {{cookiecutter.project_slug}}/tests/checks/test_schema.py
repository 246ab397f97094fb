"""The schema: every failing cell with its line, also when every row fails, in every format."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import building
from building import HEADER, SCHEMA, counts, found, judge, places

TABLE = "version = 1\n[columns]\nid = 'id'\nnumeric = ['n', 'x']\n"
TYPED = """\
import pandera.polars as pa
import polars as pl

schema = pa.DataFrameSchema(
    {
        "id": pa.Column(pl.String),
        "n": pa.Column(pl.Int64, pa.Check.in_range(0, 100)),
        "x": pa.Column(pl.Float64, nullable=True),
        "ok": pa.Column(pl.Boolean, nullable=True),
        "code": pa.Column(pl.String, pa.Check.str_matches(r"^[0-9]{3}$")),
    },
    strict=True,
)
"""
GOOD = [{"id": f"r{i}", "n": i, "x": i / 2, "ok": True, "code": f"{i:03d}"} for i in range(20)]


def table(tmp_path: Path, rows: list[dict[str, object]], suffix: str, schema: str = TYPED) -> building.Report:
    root = building.make(tmp_path, settings=TABLE, schema=schema)
    (root / "data/test/t.csv").unlink()
    (root / "data/train/a.csv").unlink()
    building.write(root, {f"data/train/a{suffix}": encode(rows, suffix)})
    return judge(root, select=("schema",))


def encode(rows: list[dict[str, object]], suffix: str) -> bytes:
    frame = pl.DataFrame(rows, strict=False)
    buffer = io.BytesIO()
    if suffix == ".parquet":
        frame.write_parquet(buffer)
    elif suffix == ".jsonl":
        frame.write_ndjson(buffer)
    else:
        frame.write_csv(buffer, separator="\t" if suffix == ".tsv" else ",")
    return buffer.getvalue()


SUFFIXES = [".csv", ".tsv", ".jsonl", ".parquet"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_clean_in_every_format(tmp_path: Path, suffix: str) -> None:
    assert table(tmp_path, GOOD, suffix).findings == ()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_one_bad_value_in_every_format(tmp_path: Path, suffix: str) -> None:
    rows = [dict(row) for row in GOOD]
    rows[7]["n"], rows[9]["code"], rows[11]["n"] = 101, "12", None
    first = {".jsonl": 1, ".parquet": 1}.get(suffix, 2)
    file = f"data/train/a{suffix}"
    expected = [(file, 7 + first, "n"), (file, 9 + first, "code"), (file, 11 + first, "n")]
    assert places(table(tmp_path, rows, suffix), "schema") == expected


@pytest.mark.parametrize("height", [1, 1000])
def test_every_row_bad_is_every_row_found(tmp_path: Path, height: int) -> None:
    rows: list[dict[str, object]] = [
        {"id": "", "n": "x", "x": "y", "ok": "1", "code": "z"} for _ in range(height)
    ]
    assert table(tmp_path, rows, ".csv").summary["schema"].errors == 5 * height


@settings(max_examples=25)
@given(
    st.lists(
        st.sampled_from(["0", "5", "007", "3.0", "", "1e3", "-1", "101", " 5", "x"]), min_size=1, max_size=40
    )
)
def test_k_planted_are_k_found(cells: list[str]) -> None:
    import tempfile

    bad = [2 + i for i, cell in enumerate(cells) if cell not in ("0", "5")]
    rows = [{"id": f"r{i}", "n": cell, "x": "1", "ok": "true", "code": "001"} for i, cell in enumerate(cells)]
    with tempfile.TemporaryDirectory() as folder:
        report = table(Path(folder), rows, ".csv")
    assert [f.line for f in found(report, "schema")] == bad


def test_columns_missing_unknown_and_no_header(tmp_path: Path) -> None:
    root = building.make(
        tmp_path, {"data/train/b.csv": "id,want,offr,match,who,day,extra\n9,a,b,1,z,2026-01-01,q\n"}
    )
    report = judge(root, select=("schema",))
    assert places(report, "schema") == [("data/train/b.csv", 1, c) for c in ("extra", "offer", "offr")]
    assert "'offr'" in next(f.message for f in report.findings if f.column == "offer")
    building.write(root, {"data/train/b.csv": "9,a,b,1,z,2026-01-01\n8,c,d,0,y,2026-01-01\n"})
    (finding,) = judge(root, select=("schema",)).findings
    assert "header line missing" in finding.message


def test_a_renamed_column_is_shown_and_the_rest_still_judged(tmp_path: Path) -> None:
    rows = "".join(
        f"n{i},want {i} of many things,offer {i} and more,{i % 2},w{i},2026-01-01\n" for i in range(30)
    )
    root = building.make(tmp_path, {"data/train/b.csv": HEADER + rows})
    building.commit(root)
    bad = rows.replace("offer 7 and more,1", "offer 7 and more,3")
    building.write(root, {"data/train/b.csv": HEADER.replace("offer", "offering") + bad})
    report = judge(root, "HEAD", select=("schema", "duplicate-row"))
    assert counts(report)["schema"][:2] == (1, 1)
    warning = next(f for f in report.findings if f.severity == "warning")
    assert warning.column == "offering"
    assert "'offer'" in warning.message
    assert places(report, "schema")[0] == ("data/train/b.csv", 9, "match")


def test_json_types(tmp_path: Path) -> None:
    rows = (
        '{"id": "a", "n": "5", "x": 1, "ok": true, "code": "001"}\n{"id": 7, "n": 5, "x": null, '
        '"ok": 1, "code": "002"}\n'
    )
    root = building.make(tmp_path, settings=TABLE, schema=TYPED)
    for name in ("data/test/t.csv", "data/train/a.csv"):
        (root / name).unlink()
    building.write(root, {"data/train/a.jsonl": rows})
    found_ = [(f.line, f.column) for f in judge(root, select=("schema",)).findings]
    assert (1, "n") in found_
    assert {(2, "id"), (2, "ok")} <= set(found_)


def test_parquet_types(tmp_path: Path) -> None:
    rows = [{**row, "n": float(str(row["n"]))} for row in GOOD]
    report = table(tmp_path, rows, ".parquet")
    assert ("data/train/a.parquet", None, "n") in places(report, "schema")


OWN = SCHEMA.replace(
    "strict=True,",
    'strict=True,\n    checks=[pa.Check(lambda d: d.lazyframe.select(pl.col.want != pl.col.offer), error="differ")],',
)


def test_the_users_own_frame_checks_name_rows(tmp_path: Path) -> None:
    root = building.make(
        tmp_path,
        {"data/train/b.csv": HEADER + "9,a,b,1,z,2026-01-01\n10,same,same,1,z,2026-01-01\n"},
        schema=OWN,
    )
    (finding,) = judge(root, select=("schema",)).findings
    assert (finding.file, finding.line) == ("data/train/b.csv", 3)
    assert "differ" in finding.message


def test_braces_in_a_users_message_are_text(tmp_path: Path) -> None:
    schema = SCHEMA.replace('pa.Check.isin(["0", "1"])', 'pa.Check.isin(["0", "1"], error="be {0} or {x}")')
    root = building.make(tmp_path, {"data/train/b.csv": HEADER + "9,a,b,{y},z,2026-01-01\n"}, schema=schema)
    (finding,) = judge(root, select=("schema",)).findings
    assert "be {0} or {x}" in finding.message
    assert finding.value == "{y}"


def test_unique_beside_the_id_and_warnings(tmp_path: Path) -> None:
    schema = SCHEMA.replace(
        '"offer": pa.Column(pl.String)', '"offer": pa.Column(pl.String, unique=True)'
    ).replace('isin(["0", "1"])', 'isin(["0", "1"], raise_warning=True)')
    rows = HEADER + "9,a,b,1,z,2026-01-01\n10,c,b,2,z,2026-01-01\n"
    report = judge(building.make(tmp_path, {"data/train/b.csv": rows}, schema=schema), select=("schema",))
    assert sorted((f.column, str(f.severity)) for f in report.findings) == [
        ("match", "warning"),
        ("offer", "error"),
    ]


@pytest.mark.parametrize(
    "text", ["schema = 3\n", "x = 1\n", "import nothing_like_it\n", "schema = (\n", "1 / 0\n"]
)
def test_a_broken_schema_file_is_a_sentence(tmp_path: Path, text: str) -> None:
    from dataci.errors import CannotRun

    with pytest.raises(CannotRun, match=r"project/schema\.py"):
        judge(building.make(tmp_path, schema=text), select=("schema",))

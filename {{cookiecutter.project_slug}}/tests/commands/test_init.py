"""`dataci init` as a user meets it: files in, a project out, and refusals in words."""

from __future__ import annotations

import csv
import json
import textwrap
import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataci import config, dataset, evaluation, figures, formats, project, slices, training
from dataci.commands import check, init
from dataci.errors import CannotRun
from dataci.inference import seal, slices_text


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project-root"
    folder.mkdir()
    return folder


@pytest.fixture
def customers(tmp_path: Path) -> Path:
    path = tmp_path / "customers.csv"
    rows = [
        [
            f"c{i:03}",
            20 + i * 7 % 50,
            ["basic", "pro"][i % 2],
            f"{i * 37 % 900}.5",
            ["no", "no", "yes"][i % 3],
        ]
        for i in range(300)
    ]
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(
            [["customer_id", "age", "plan", "spent", "churned"], *rows]
        )
    return path


def read(root: Path, split: str) -> pl.DataFrame:
    files = sorted((root / "data" / split).glob("*"))
    return pl.concat([formats.read(file.name, file.read_bytes()).frame for file in files])


def bring(tmp_path: Path, root: Path, name: str, data: bytes | str, **options: Any) -> None:
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    assert init.run(root, (path,), **options) == 0


def test_a_table_becomes_a_project(root: Path, customers: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert init.run(root, (customers,), label="churned") == 0
    columns = config.load(root).columns
    assert (columns.id, columns.label, columns.numeric) == ("customer_id", "churned", ("age", "spent"))
    assert tomllib.loads((root / "dataci.toml").read_text())["evaluation"]["positive"] == "yes"
    train, test = read(root, "train"), read(root, "test")
    before = formats.read("x.csv", customers.read_bytes()).frame
    assert pl.concat([train, test]).sort("customer_id").equals(before.sort("customer_id"))
    assert test.height == pytest.approx(60, abs=3)
    said = capsys.readouterr().out
    assert "customers.csv: 300 rows; comma-separated, UTF-8" in said
    assert "dataci check" in said
    assert max(map(len, said.splitlines())) <= 80


def test_the_same_input_gives_the_same_bytes(tmp_path: Path, root: Path, customers: Path) -> None:
    def everything() -> dict[str, bytes]:
        return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}

    init.run(root, (customers,))
    first = everything()
    init.run(root, (customers,))
    assert everything() == first
    init.run(root, (customers,), seed=1)
    assert everything() != first


@pytest.mark.parametrize(
    ("encoding", "delimiter", "newline", "name"),
    [
        ("utf-8", ";", "\n", "x.csv"),
        ("utf-8-sig", ",", "\r\n", "x.csv"),
        ("utf-16", "\t", "\r\n", "x.tsv"),
        ("cp1252", "|", "\n", "x.txt"),
    ],
)
def test_foreign_dialects_become_canonical(
    tmp_path: Path, root: Path, encoding: str, delimiter: str, newline: str, name: str
) -> None:
    rows = [["name", "city", "label"], *([f"Zoë {i}", 'Zürich, "CH"', "ab"[i % 2]] for i in range(40))]
    text = (
        newline.join(delimiter.join('"' + c.replace('"', '""') + '"' for c in row) for row in rows) + newline
    )
    bring(tmp_path, root, name, text.encode(encoding))
    files = [*(root / "data/train").iterdir(), *(root / "data/test").iterdir()]
    assert {file.suffix for file in files} == {".tsv" if delimiter == "\t" else ".csv"}
    assert all(formats.canonical(file.name, file.read_bytes()) == file.read_bytes() for file in files)
    found = pl.concat([read(root, "train"), read(root, "test")])
    assert sorted(found.rows()) == sorted(tuple(row) for row in rows[1:])


def test_jsonl_keeps_its_types_and_every_token(tmp_path: Path, root: Path) -> None:
    lines = [json.dumps({"id": i, "ok": i % 2 == 0, "x": i / 4, "label": i % 3 % 2}) for i in range(60)]
    bring(tmp_path, root, "x.jsonl", "\n".join(lines) + "\n")
    schema = (root / "project/schema.py").read_text()
    assert '"ok": pa.Column(pl.Boolean)' in schema
    assert '"label": pa.Column(pl.Int64, pa.Check.isin([0, 1]))' in schema
    kept = [
        *(root / "data/train/x.jsonl").read_text().splitlines(),
        *(root / "data/test/x.jsonl").read_text().splitlines(),
    ]
    assert sorted(kept) == sorted(lines)


def test_parquet_keeps_its_types(tmp_path: Path, root: Path) -> None:
    frame = pl.DataFrame({"n": range(60), "b": [True, False] * 30, "label": ["a", "b", "a"] * 20})
    frame = frame.with_columns(pl.col("n").cast(pl.Int16), day=pl.date(2026, 1, 1))
    path = tmp_path / "x.parquet"
    frame.write_parquet(path)
    init.run(root, (path,))
    parts = [pl.read_parquet(root / f"data/{split}/x.parquet") for split in ("train", "test")]
    assert pl.concat(parts).sort("n").equals(frame)
    assert '"n": pa.Column(pl.Int16' in (root / "project/schema.py").read_text()


def test_malformed_rows_are_never_dropped(
    tmp_path: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = b"a,b,label\n" + b"1,2,x\n3,4,y\n" * 30 + b"5,6\n" + b"7,8,x,9\n"
    bring(tmp_path, root, "x.csv", data)
    assert (root / "data/train/x.csv").read_bytes() == data
    assert not (root / "data/test").exists()
    assert '"a": pa.Column(pl.Int64' in (root / "project/schema.py").read_text()
    said = " ".join(capsys.readouterr().out.split())
    assert "2 of 62 rows are malformed (line 62, 63)" in said


def test_malformed_rows_of_a_foreign_dialect_keep_every_field(tmp_path: Path, root: Path) -> None:
    bring(tmp_path, root, "x.csv", "a;b;label\n" + "1;2;x\n3;4;y\n" * 30 + "5;6\n7;8,5;x;9\n")
    lines = (root / "data/train/x.csv").read_text().splitlines()
    assert lines[0] == "a,b,label"
    assert lines[-2:] == ["5,6", '7,"8,5",x,9']


def test_a_file_without_a_header_gets_names(tmp_path: Path, root: Path) -> None:
    bring(
        tmp_path,
        root,
        "sms.tsv",
        "".join(f'{"ham" if i % 3 else "spam"}\tso "{i} words are\n' for i in range(90)),
    )
    assert read(root, "train").columns == ["label", "text"]
    found = config.load(root).columns
    assert (found.label, found.text) == ("label", ("text",))


def test_a_header_that_cannot_stay_is_mended_and_said(
    tmp_path: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bring(tmp_path, root, "x.csv", "id,,name,name\n" + "".join(f"{i},a,b{i},c\n" for i in range(9)))
    assert read(root, "train").columns == ["id", "column_2", "name", "name_4"]
    said = capsys.readouterr().out
    assert "column 2 had no name" in said
    assert "'name' stood twice" in said


def test_a_reference_table_is_not_split(
    tmp_path: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    letters = "ABCDEFGH"
    rows = "".join(f"{a}{b}X,{i:03}\n" for i, (a, b) in enumerate((a, b) for a in letters for b in letters))
    bring(tmp_path, root, "codes.csv", "alpha,numeric_code\n" + rows)
    assert read(root, "train").height == 64
    assert not (root / "data/test").exists()
    assert (
        r'"numeric_code": pa.Column(pl.String, pa.Check.str_matches(r"^\d{3}$"))'
        in (root / "project/schema.py").read_text()
    )
    assert "reference table" in capsys.readouterr().out


def test_several_files_are_split_as_one(tmp_path: Path, root: Path, customers: Path) -> None:
    half = customers.read_text().splitlines(keepends=True)
    one, two = tmp_path / "one.csv", tmp_path / "other" / "one.csv"
    two.parent.mkdir()
    one.write_text("".join(half[:150]))
    two.write_text("".join([half[0], *half[150:]]))
    init.run(root, (one, two))
    together = {row[0] for row in read(root, "test").rows()}
    assert sorted(p.name for p in (root / "data/train").iterdir()) == ["one-2.csv", "one.csv"]
    other = root.parent / "whole"
    other.mkdir()
    init.run(other, (customers,))
    assert together == {row[0] for row in read(other, "test").rows()}


def test_time_decides_where_it_can(tmp_path: Path, root: Path) -> None:
    rows = "".join(f"{i},2026-{1 + i // 20:02}-01,{'ab'[i % 2]}\n" for i in range(200))
    bring(tmp_path, root, "x.csv", "n,day,label\n" + rows)
    assert read(root, "train")["day"].max() < read(root, "test")["day"].min()  # type: ignore[operator]
    assert config.load(root).checks == {}
    bring(tmp_path, root, "x.csv", "n,day,label\n" + rows + "999,,a\n", time="day", force=True)
    assert config.load(root).checks["time-leak"] == {"enabled": False}


@pytest.mark.parametrize(("written", "wrong"), [("2007-11-{}", "2008-02-31"), ("11/{}/07", "2/31/08")])
def test_a_day_that_does_not_exist_turns_red(tmp_path: Path, root: Path, written: str, wrong: str) -> None:
    rows = "".join(f"{i},{written.format(10 + i % 20)},{'ab'[i % 2]}\n" for i in range(60))
    bring(tmp_path, root, "x.csv", "n,egg,label\n" + rows + "60,,a\n", no_test=True)
    assert not check.judge(root, select=("schema",)).findings
    file = root / "data/train/x.csv"
    file.write_text(file.read_text() + f"61,{wrong},b\n")
    (found,) = check.judge(root, select=("schema",)).findings
    assert (found.line, found.column, found.value) == (63, "egg", wrong)
    assert "day like" in found.message


def test_no_test_means_none(root: Path, customers: Path) -> None:
    init.run(root, (customers,), no_test=True)
    assert (root / "data/train/customers.csv").read_bytes() == customers.read_bytes()
    assert not (root / "data/test").exists()


def test_an_unedited_project_is_replaced(root: Path, customers: Path, tmp_path: Path) -> None:
    init.run(root, (customers,))
    bring(tmp_path, root, "new.csv", "a,label\n" + "".join(f"{i},{'xy'[i % 2]}\n" for i in range(50)))
    assert [p.name for p in (root / "data/train").iterdir()] == ["new.csv"]
    assert seal.edited(root) == []


@pytest.mark.parametrize(
    "path", ["project/schema.py", "dataci.toml", "data/train/customers.csv", "data/train/mine.csv"]
)
def test_what_somebody_edited_is_refused_and_named(root: Path, customers: Path, path: str) -> None:
    init.run(root, (customers,))
    with (root / path).open("a+") as file:
        file.seek(0)
        text = file.read()
    (root / path).write_text("# mine\n" + text)
    before = {p: p.read_bytes() for p in root.rglob("*") if p.is_file()}
    with pytest.raises(CannotRun, match=path):
        init.run(root, (customers,))
    assert {p: p.read_bytes() for p in root.rglob("*") if p.is_file()} == before


def test_force_loses_nothing(root: Path, customers: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init.run(root, (customers,))
    (root / "data/train/mine.csv").write_text("my work\n")
    init.run(root, (customers,), force=True)
    assert not (root / "data/train/mine.csv").exists()
    assert (root / "replaced-by-init/1/data/train/mine.csv").read_text() == "my work\n"
    assert "--force" in capsys.readouterr().out


def test_delivery_settings_are_kept(root: Path, customers: Path) -> None:
    (root / "dataci.toml").write_text(
        seal.sealed('version = 1\n\n[delivery]\nstore = "models"\n\n[train]\nseed = 3\n', {})
    )
    init.run(root, (customers,))
    assert config.load(root).delivery == {"store": "models"}
    assert config.load(root).train["seed"] == 0


def test_cells_that_do_not_fit_are_named(
    tmp_path: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"{i},{'ab'[i % 2]}" for i in range(200)]
    rows[16] = "abc,a"
    bring(tmp_path, root, "x.csv", "age,label\n" + "\n".join(rows) + "\n")
    assert "1 of 200 values are not whole numbers: x.csv line 18 has 'abc'" in " ".join(
        capsys.readouterr().out.split()
    )


def test_what_reaches_the_terminal_is_harmless(
    tmp_path: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bring(tmp_path, root, "x.csv", "a\x1b[31m,label\n" + '"::error::x\x1b[2J",a\n"=1\u202e",b\n' * 20)
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "\u202e" not in said


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("x.csv", b"", "empty"),
        ("x.csv", b"a,b\n", "no rows"),
        ("x.csv", b"a,b\n1\n", "line 2"),
        ("x.csv", bytes(range(256)) * 40, "binary|NUL|text"),
        ("x.parquet", b"PAR1 but not really", "damaged"),
        ("x.jsonl", b"[1, 2]\n", "not an object"),
        ("x.jsonl", b'{"a": {"b": 1}}\n', "Flatten"),
        ("x.json", b"{}", "one object a line"),
        ("x.xlsx", b"PK", "not read"),
        ("x.csv", b"_file,b\n1,2\n", "reserved"),
    ],
)
def test_refusals_say_why(tmp_path: Path, root: Path, name: str, data: bytes, words: str) -> None:
    with pytest.raises(CannotRun, match=words):
        bring(tmp_path, root, name, data)
    assert not any(root.iterdir())


def test_refusals_of_arguments(tmp_path: Path, root: Path, customers: Path) -> None:
    inside = root / "data" / "x.csv"
    inside.parent.mkdir()
    inside.write_text("a\n1\n")
    for paths, options, words in [
        ((tmp_path / "none.csv",), {}, "no file"),
        ((tmp_path,), {}, "folder"),
        ((), {}, "Name the data"),
        ((customers, customers), {}, "twice"),
        ((inside,), {}, "data/ folder"),
        ((customers,), {"label": "churn"}, "Did you mean 'churned'"),
        ((customers,), {"test_share": 2.0}, "between 0 and 0.9"),
    ]:
        with pytest.raises(CannotRun, match=words):
            init.run(root, paths, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "data",
    [
        "a\n1\n",
        "label\nx\n",
        "label,t\n" + "x,1\n" * 50,
        "label\n" + "".join(f"v{i}\n" for i in range(5000)),
        "a,b\n" + "x" * 100_000 + ",2\n",
        "a,b\n1,2\n\n\n",
        'a,b\n1,"2\n3,4\n',
        "a,b\r1,2\r3,4\r",
        "é,日本\n1,2\n",
        "a\n" + "\n".join("0" * i for i in range(1, 30)) + "\n",
    ],
)
def test_odd_files_are_no_trouble(tmp_path: Path, root: Path, data: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(data.encode())
    label = "label" if data.startswith("label") else None
    if data.count("\n") + data.count("\r") < 2:
        with pytest.raises(CannotRun):
            init.run(root, (path,), label=label)
    else:
        assert init.run(root, (path,), label=label) == 0
        assert read(root, "train").height


def test_checks_of_the_example_go_and_checks_of_the_user_stay(
    root: Path, customers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checks = root / "project/checks.py"
    checks.parent.mkdir()
    checks.write_text('NAME = "want"\n')
    (root / "dataci.toml").write_text('version = 1\n\n[columns]\ntext = ["want"]\n')
    seal.main(root)
    init.run(root, (customers,))
    assert "price_is_sane" in checks.read_text()
    assert seal.edited(root) == []
    assert "column that is gone" not in capsys.readouterr().out
    checks.write_text('NAME = "age"\n')
    bring(root.parent, root, "y.csv", "a,label\n" + "1,x\n2,y\n" * 30)
    assert checks.read_text() == 'NAME = "age"\n'
    assert "project/checks.py names 'age', a column that is gone" in capsys.readouterr().out


def test_slices_of_the_example_go_and_slices_of_the_user_stay(
    root: Path, customers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = root / seal.SLICES
    own.parent.mkdir()
    own.write_text('NAME = "want"\n')
    (root / "dataci.toml").write_text('version = 1\n\n[columns]\ntext = ["want"]\n')
    seal.main(root)
    init.run(root, (customers,))
    assert "small_orders" in own.read_text()
    assert project.slices(root) == {}
    assert "column that is gone" not in capsys.readouterr().out
    own.write_text('NAME = "age"\n')
    bring(root.parent, root, "y.csv", "a,label\n" + "1,x\n2,y\n" * 30)
    assert own.read_text() == 'NAME = "age"\n'
    assert "project/slices.py names 'age', a column that is gone" in capsys.readouterr().out


def test_the_example_of_a_slice_works_as_it_stands(tmp_path: Path) -> None:
    text = slices_text.TEXT.partition("For example:\n")[2].rpartition('"""')[0].replace("\\", "")
    (tmp_path / "project").mkdir()
    (tmp_path / seal.SLICES).write_text(textwrap.dedent(text))
    (tmp_path / config.FILE).write_text('[columns]\nlabel = "late"\ntext = ["comment"]\n')
    rows = {"amount": ["5", "500", ""], "region": ["north", "", "south"], "late": ["0", "1", "0"]}
    found = slices.members(tmp_path, pl.DataFrame({**rows, "comment": ["Ask him", "fine", ""]}))
    assert {name: mask.tolist() for name, mask in found.masks.items()} == {
        "region=north": [True, False, False],
        "region=south": [False, False, True],
        "small-orders": [True, False, False],
    }
    assert found.counterfactuals["other-gender"]["comment"].to_list() == ["Ask her", "fine", ""]


def houses(rows: int = 300) -> str:
    """Return a table whose price follows from the area, the rooms and the town, but for some noise."""
    lines = []
    for i in range(rows):
        area, rooms, town = 30 + i * 37 % 170, 1 + i * 7 % 5, ("Aba", "Jos", "Uyo")[i % 3]
        price = 900 * area + 5000 * rooms + 20000 * (i % 3) + i * 7919 % 9973 + 0.5
        lines.append(f"{area},{rooms},{town},{price}\n")
    return "area,rooms,town,price\n" + "".join(lines)


def test_a_label_that_is_a_number_is_a_regression(
    tmp_path: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bring(tmp_path, root, "houses.csv", houses(), label="price")
    found = config.load(root)
    assert found.task == config.REGRESSION
    assert found.evaluation == {"metric": "rmse"}
    assert "\n# margin = 500  # up to this much worse" in found.text  # 1 % of the spread of the prices
    assert read(root, "test").height == pytest.approx(60, abs=3)
    said = " ".join(capsys.readouterr().out.split())
    assert "300 different numbers, so the task is a regression" in said
    assert "drawn at random" in said
    assert "drawn by class" not in said


def test_a_number_with_few_values_and_a_text_stay_classes(tmp_path: Path, root: Path) -> None:
    stars = "size,stars\n" + "".join(f"{i * 37 % 900},{1 + i % 5}\n" for i in range(200))
    bring(tmp_path, root, "stars.csv", stars, label="stars")
    assert config.load(root).task == config.CLASSIFICATION
    assert config.load(root).evaluation == {"metric": "accuracy"}
    codes = "size,code\n" + "".join(f"{i * 37 % 900},{i % 77}\n" for i in range(7700))
    bring(tmp_path, root, "codes.csv", codes, label="code")
    assert config.load(root).task == config.CLASSIFICATION


def test_a_number_named_like_a_label_is_not_taken_unasked_but_said(
    tmp_path: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bring(tmp_path, root, "houses.csv", houses().replace("price", "target", 1))
    assert config.load(root).columns.label is None
    assert "to predict this number say --label target" in " ".join(capsys.readouterr().out.split())


def test_after_init_a_regression_is_checked_and_trained(tmp_path: Path, root: Path) -> None:
    bring(tmp_path, root, "houses.csv", houses(), label="price")
    found = check.judge(root)
    assert {name: count.errors for name, count in found.summary.items() if count.errors} == {}
    (root / "project/model.py").write_text(
        "from dataci.models import sklearn\n\n\ndef build(params):\n    return sklearn.build(params)\n"
    )
    data = dataset.load(config.load(root))
    model = training.fit(data.config, training.training_rows(data))
    predictions = training.predict_all(data.config, model, training.test_rows(data))["test"]
    measured = figures.metrics(predictions, evaluation.settings({"metric": "rmse"}, []))
    assert measured["r2"]["value"] > 0.95


SCRAPS = st.sampled_from(
    [
        b"a",
        b"1",
        b",",
        b";",
        b"\t",
        b'"',
        b"\n",
        b"\r\n",
        b"\r",
        b"\0",
        b"\xe9",
        "é".encode(),
        b"\xef\xbb\xbf",
        b"{",
        b"}",
        b":",
    ]
)


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "parquet"])
@given(data=st.one_of(st.binary(max_size=80), st.lists(SCRAPS, max_size=60).map(b"".join)))
def test_any_bytes_end_in_a_project_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, data: bytes
) -> None:
    root = tmp_path_factory.mktemp("any")
    path = root.parent / f"{root.name}.{suffix}"
    path.write_bytes(data)
    try:
        init.run(root, (path,))
    except CannotRun:
        assert not any(root.iterdir())
    else:
        config.load(root)
        compile((root / "project/schema.py").read_text(encoding="utf-8"), "schema.py", "exec")
        assert read(root, "train").height


CELLS = st.one_of(
    st.sampled_from(
        ["", "NA", "?", "0", "1", "-1", "007", "True", "False", "1.5", "1e9", "2026-01-01", " x", "é"]
    ),
    st.integers(-(10**20), 10**20).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=8),
)
PLAIN = st.lists(st.one_of(CELLS, st.sampled_from("abc")), min_size=1, max_size=6)


@settings(max_examples=60)
@given(columns=st.lists(PLAIN, min_size=1, max_size=4), rows=st.integers(3, 90))
def test_what_was_seen_passes_its_own_schema(
    tmp_path_factory: pytest.TempPathFactory, columns: list[list[str]], rows: int
) -> None:
    root = tmp_path_factory.mktemp("own")
    path = root.parent / f"{root.name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([f"name {i}" for i in range(len(columns))] + ["label"])
        for i in range(rows):
            writer.writerow([values[i % len(values)] for values in columns] + ["ab"[i % 2]])
    init.run(root, (path,), label="label")
    odd = "are not" in (root / "project/schema.py").read_text()
    report = check.judge(root, select=("schema", "parse-error", "ragged-row", "header", "canonical"))
    assert odd or not [f for f in report.findings if f.check != "encoding"], report.findings

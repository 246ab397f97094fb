"""`dataci init` on real data: what it concludes, that its own checks agree, that nothing is lost."""

from __future__ import annotations

import contextlib
import csv
import importlib
import io
import json
import random
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "{{cookiecutter.project_slug}}"
DATA = ROOT.parent / "shared" / "data"
INCIDENTS = "history/incidents"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real data are not on this machine")

# file, label, text, errors that the data themselves have (by check; the counts are those of FACTS.json)
CASES: list[tuple[str, str | None, list[str], dict[str, int]]] = [
    ("text/sms-spam/sms.tsv", "label", ["text"], {"duplicate-row": 403}),
    ("text/banking77/train.csv", "category", ["text"], {}),
    ("text/masakhanews/lin/train.tsv", "category", ["text"], {}),
    ("tabular/adult/adult-train.csv", "label", [], {}),
    ("tabular/adult/adult-test.csv", "label", [], {}),
    ("tabular/german-credit/german.csv", "label", [], {}),
    ("tabular/penguins/penguins.csv", "species", [], {}),
    ("tabular/penguins/penguins-raw.csv", "Species", [], {}),
    ("tabular/titanic/titanic.csv", "survived", [], {"target-leak": 1}),
    (
        "pairs/amazon-google/train.csv",
        "label",
        ["left", "right"],
        {"duplicate-row": 206, "conflicting-label": 6},
    ),
    ("pairs/walmart-amazon/train.csv", "label", ["left", "right"], {"duplicate-row": 2}),
    ("dirty/beers/clean.csv", None, [], {}),
    ("dirty/beers/dirty.csv", None, [], {}),
    ("dirty/hospital/clean.csv", None, [], {}),
    ("er/febrl/dataset1.csv", None, [], {}),
    (f"{INCIDENTS}/cur-2024-emptied/before.csv", None, [], {}),
    (f"{INCIDENTS}/cur-2014-ragged/before.csv", None, [], {"ragged-row": 410}),
    (f"{INCIDENTS}/healthexp-lone-2021-point/before.csv", None, [], {}),
    (f"{INCIDENTS}/penguins-column-rename/before.csv", "species", [], {}),
    (f"{INCIDENTS}/thyroid-broken-last-row/before.csv", "label", [], {}),
]


@pytest.fixture(scope="module", autouse=True)
def engine() -> Any:
    """Make the template's engine importable in place."""
    sys.path.insert(0, str(TEMPLATE / "src"))
    yield
    sys.path.remove(str(TEMPLATE / "src"))


def module(name: str) -> Any:
    """Return a module of the engine."""
    return importlib.import_module(f"dataci.{name}")


def init(root: Path, *paths: Path, **options: Any) -> str:
    """Run init and return what it said."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        assert module("commands.init").run(root, paths, **options) == 0
    return said.getvalue()


def settings(root: Path) -> dict[str, Any]:
    """Return the parsed dataci.toml."""
    return tomllib.loads((root / "dataci.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def projects(engine: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, str]]:
    """Return a project for each file, and what init said about it."""
    made = {}
    for file, *_ in CASES:
        root = tmp_path_factory.mktemp("project")
        made[file] = (root, init(root, DATA / file))
    return made


Projects = dict[str, tuple[Path, str]]


@pytest.mark.parametrize(("file", "label", "text", "errors"), CASES, ids=[case[0] for case in CASES])
def test_roles_and_a_verdict_that_blames_the_data_only(
    projects: Projects, file: str, label: str | None, text: list[str], errors: dict[str, int]
) -> None:
    root, said = projects[file]
    columns = settings(root)["columns"]
    assert (columns.get("label"), columns["text"]) == (label, text)
    assert max(len(line) for line in said.splitlines()) <= 80
    report = module("commands.check").judge(root, ignore=("shortcut", "near-duplicate", "privacy"))
    assert {name: counts.errors for name, counts in report.summary.items() if counts.errors} == errors
    assert list((root / "data/test").glob("*")) or label is None


@pytest.mark.parametrize("file", [case[0] for case in CASES])
def test_no_row_is_lost(projects: Projects, file: str) -> None:
    read = module("formats").read
    tables = [read(path.name, path.read_bytes()) for path in projects[file][0].glob("data/t*/*")]
    raw = (DATA / file).read_text(encoding="utf-8")
    if file.endswith(".tsv"):
        lines = sum(1 for line in raw.split("\n") if line)
    else:
        lines = sum(1 for row in csv.reader(io.StringIO(raw, newline="")) if row)
    headless = any(name in file for name in ("sms", "adult", "german", "thyroid"))
    assert sum(table.records for table in tables) == lines - (0 if headless else 1)


def test_dates_are_dates(projects: Projects) -> None:
    root, _ = projects["tabular/penguins/penguins-raw.csv"]
    assert '"Date Egg": pa.Column(pl.Date),' in (root / "project/schema.py").read_text(encoding="utf-8")


def test_what_the_model_will_not_see_is_said(engine: None, tmp_path: Path) -> None:
    for file, label, words in [
        ("crowd/ukpconvarg1/pairs.csv", "mace_label", "will NOT see 'argument_1', 'argument_2'"),
        ("pairs/skill-match/house_test.csv", "label", "will NOT see 'span', 'sub_span'"),
        ("crowd/ukpconvarg1/arguments.csv", None, "topic: taken for the label by its name"),
    ]:
        root = tmp_path / Path(file).stem
        root.mkdir()
        assert words in " ".join(init(root, DATA / file, label=label).split())


def test_the_schemas_are_what_ruff_would_write(projects: Projects) -> None:
    files = [str(root / "project/schema.py") for root, _ in projects.values()]
    command = [
        sys.executable,
        "-m",
        "ruff",
        "format",
        "--check",
        "--isolated",
        "--line-length",
        "110",
        *files,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_other_half_of_the_data_is_not_refused(tmp_path: Path) -> None:
    """Cross-fitting: infer on one half, judge the other. A false red is a rule that good data break."""
    columns = red = 0
    for number, (file, *_) in enumerate(CASES):
        if "ragged" in file or "adult-train" in file:
            continue
        source = module("inference.source")
        whole = source.load(DATA / file)
        draw = random.Random(0)
        half = module("inference.split").pl.Series(
            [draw.random() < 0.5 for _ in range(whole.table.frame.height)]
        )
        folder, name = tmp_path / str(number), whole.name
        folder.mkdir()
        (tmp_path / name).write_bytes(source.part(whole, half))
        init(folder, tmp_path / name, no_test=True)
        written = folder / "data/train" / name
        header = written.read_bytes().split(b"\n", 1)[0]
        written.write_bytes(header + b"\n" + source.part(whole, ~half).split(b"\n", 1)[1])
        report = module("commands.check").judge(folder, select=("schema",))
        columns += whole.table.frame.width
        red += len({finding.column for finding in report.findings if finding.check == "schema"})
    assert red <= 0.03 * columns, f"{red} of {columns} columns refuse the other half"


def test_no_file_of_the_torture_sets_gives_a_traceback(tmp_path: Path) -> None:
    refused = module("errors").CannotRun
    outcomes = []
    for number, path in enumerate(sorted((DATA / "torture").rglob("*.csv"))):
        root = tmp_path / str(number)
        root.mkdir()
        try:
            init(root, path)
            outcomes.append(True)
        except refused:
            outcomes.append(False)
    assert sum(outcomes) >= 30


def test_json_test_suite_as_jsonl(tmp_path: Path) -> None:
    refused = module("errors").CannotRun
    for number, path in enumerate(sorted((DATA / "torture/JSONTestSuite").rglob("*.json"))):
        file, root = tmp_path / f"{number}.jsonl", tmp_path / str(number)
        file.write_bytes(path.read_bytes())
        root.mkdir()
        with contextlib.suppress(refused):
            init(root, file)


def test_csv_spectrum_cells_survive(tmp_path: Path) -> None:
    facts = json.loads((DATA / "torture/csv-spectrum/FACTS.json").read_text(encoding="utf-8"))
    for path in sorted((DATA / "torture/csv-spectrum").glob("*.csv")):
        if not facts[path.stem]["python_csv_equal"]:
            continue  # its JSON has another telephone number
        expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        rows = expected if isinstance(expected, list) else [expected]
        root = tmp_path / path.stem
        root.mkdir()
        init(root, path)
        found = module("formats").read(path.name, (root / "data/train" / path.name).read_bytes()).frame
        same = [{key: value.replace("\r\n", "\n") for key, value in row.items()} for row in rows]
        assert found.to_dicts() == same, path.name


def test_what_scikit_learn_ships(tmp_path: Path) -> None:
    datasets = importlib.import_module("sklearn.datasets")
    for load, classes in ((datasets.load_iris, 3), (datasets.load_wine, 3), (datasets.load_breast_cancer, 2)):
        bunch = load()
        root = tmp_path / load.__name__
        root.mkdir()
        file = tmp_path / f"{load.__name__}.csv"
        with file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow([*bunch.feature_names, "target"])
            writer.writerows(
                [*row, bunch.target_names[y]] for row, y in zip(bunch.data, bunch.target, strict=True)
            )
        init(root, file)
        found = settings(root)
        assert found["columns"]["label"] == "target"
        assert len(found["columns"]["numeric"]) == bunch.data.shape[1]
        assert found["evaluation"]["metric"] == ("roc_auc" if classes == 2 else "accuracy")
        errors = {n: c.errors for n, c in module("commands.check").judge(root).summary.items() if c.errors}
        assert errors == {}


def test_diabetes_of_scikit_learn_is_a_regression(tmp_path: Path) -> None:
    bunch = importlib.import_module("sklearn.datasets").load_diabetes()
    root, file = tmp_path / "project", tmp_path / "diabetes.csv"
    root.mkdir()
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([*bunch.feature_names, "progression"])
        writer.writerows([*row, y] for row, y in zip(bunch.data, bunch.target, strict=True))
    init(root, file, label="progression")
    assert settings(root)["train"]["task"] == "regression"
    assert settings(root)["evaluation"] == {"metric": "rmse"}
    assert module("commands.check").judge(root).findings == ()

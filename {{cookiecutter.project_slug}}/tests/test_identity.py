"""What changes the tag of a candidate, and what does not."""

from __future__ import annotations

import copy
import shutil
import sys
import types
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import building
import candidates
import dataci
from dataci import config, dataset, environment, identity
from dataci.errors import CannotRun

SOURCE = Path(dataci.__file__).parent
CLOSURE = {"dataset.py", "examples.py", "text.py", "training.py"}
CLOSURE |= {f"formats/{name}.py" for name in ("__init__", "csv", "jsonl", "parquet", "table", "text")}
CLOSURE |= {f"models/{name}.py" for name in ("__init__", "pairs", "posterior", "skops_file", "sklearn")}


def tag(root: Path) -> str:
    """Return the tag that training would have now."""
    return identity.identify(building.load(root)).tag


@pytest.fixture(scope="module", autouse=True)
def owners() -> Iterator[None]:
    """Look only once through all that is installed."""
    found = metadata.packages_distributions()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(metadata, "packages_distributions", lambda: found)
        yield


@pytest.fixture
def root(tmp_path: Path) -> Path:
    extra = {
        "project/checks.py": "",
        "project/schema.py": "schema = None\n",
        "project/words.py": "WORDS = []\n",
        "words/cats.txt": "cat\n",
    }
    return candidates.make(
        tmp_path / "p", {**extra, "README.md": "# Mine\n", "tests/project/test_data.py": ""}
    )


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have the identity read a copy of the engine, with a transformer of our own, that a test may change."""
    shutil.copytree(SOURCE, tmp_path / "dataci", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(dataci, "__file__", str(tmp_path / "dataci" / "__init__.py"))
    text = "from dataci.models import encoder, rare\n"
    building.write(
        tmp_path / "dataci/models", {"transformer.py": text, "encoder.py": "import json\n", "rare.py": ""}
    )
    return tmp_path / "dataci"


def transformer(monkeypatch: pytest.MonkeyPatch, told: dict[str, str]) -> None:
    """Stand in for the engine's encoder, which says what its weights and its device are."""
    fake: Any = types.ModuleType("dataci.models.encoder")
    fake.fingerprint = lambda params, root: told
    monkeypatch.setitem(sys.modules, "dataci.models.encoder", fake)


def flipped(root: Path, path: Path, text: str | bytes) -> bool:
    """Tell whether a file's change changes the code of the candidate; when it is put back, so must be the tag."""
    before, old = tag(root), path.read_bytes() if path.exists() else None
    building.write(path.parent, {path.name: text})
    after = tag(root)
    if old is None:
        path.unlink()
    else:
        path.write_bytes(old)
    assert tag(root) == before
    assert after[:8] == before[:8]
    return after != before


def test_one_cell_changes_the_data_and_nothing_else(root: Path) -> None:
    before = tag(root)
    path = root / "data/train/a.csv"
    text = path.read_text()
    path.write_text(text.replace("r001,", "r901,"))
    data, code = tag(root).split("-")
    assert data != before[:8]
    assert code == before[9:]
    path.write_text(text)
    assert tag(root) == before


PARAMS = candidates.SETTINGS + "[train.params]\n"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("project/model.py", candidates.MODEL + "# a line\n"),
        ("project/words.py", "WORDS = ['cat']\n"),
        ("project/weights.txt", "1 2 3\n"),
        ("project/deep/er/table.csv", "a\n"),
        ("dataci.toml", candidates.SETTINGS + "[train]\nseed = 1\n"),
        ("dataci.toml", candidates.SETTINGS + "[train]\nworld_size = 2\n"),
        ("dataci.toml", candidates.SETTINGS + '[train]\ntask = "regression"\n'),
        ("dataci.toml", PARAMS + "C = 2.0\n"),
        ("dataci.toml", candidates.SETTINGS + '[files]\nmissing = ["?"]\n'),
        ("dataci.toml", candidates.SETTINGS.replace('"want", "offer"', '"offer", "want"')),
        ("dataci.toml", candidates.SETTINGS.replace('text = ["want", "offer"]', 'text = ["want"]')),
        ("dataci.toml", candidates.SETTINGS.replace("[eval", "symmetric = true\n[eval")),
        ("dataci.toml", candidates.SETTINGS.replace("[eval", 'numeric = ["age"]\n[eval')),
        ("dataci.toml", candidates.SETTINGS.replace("[eval", 'categorical = ["age"]\n[eval')),
        ("dataci.toml", candidates.SETTINGS.replace('label = "match"', 'label = "id"')),
        ("dataci.toml", candidates.SETTINGS.replace('id = "id"\n', "")),
    ],
)
def test_what_can_change_the_model_changes_the_code(root: Path, path: str, text: str) -> None:
    assert flipped(root, root / path, text)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("project/checks.py", "def mine(dataset): ...\n"),
        ("project/schema.py", "schema = 1\n"),
        ("project/slices.py", "slices = 1\n"),
        ("project/__pycache__/model.cpython-311.pyc", "x"),
        ("project/.DS_Store", "x"),
        ("README.md", "# Ours\n"),
        ("docs/a.md", "# Ours\n"),
        ("words/cats.txt", "no parameter names it\n"),
        ("tests/project/test_data.py", "x = 1\n"),
        ("results/latest.json", "{}\n"),
        ("pyproject.toml", "[project]\n"),
        (".github/workflows/a.yml", "on: push\n"),
        ("data/waivers.toml", ""),
        ("data/test/u.csv", candidates.HEADER),
        ("data/bugs/vet/bug.toml", 'name = "vets"\nharm = 9\n'),
        ("dataci.toml", candidates.SETTINGS + "[checks.drift]\nenabled = false\n"),
        ("dataci.toml", candidates.SETTINGS + "threshold = 0.7\n"),
        ("dataci.toml", candidates.SETTINGS + 'metric = "f1"\nmargin = 0.1\n'),
        ("dataci.toml", candidates.SETTINGS + '[delivery]\nstore = "elsewhere"\n'),
        ("dataci.toml", candidates.SETTINGS + "[train]\nseed = 0\nworld_size = 1\n[train.params]\n"),
        (
            "dataci.toml",
            candidates.SETTINGS.replace("[eval", 'group = "who"\ntime = "day"\nsource = "via"\n[eval'),
        ),
        ("dataci.toml", "# a comment\n" + candidates.SETTINGS),
    ],
)
def test_what_cannot_change_the_model_does_not(root: Path, path: str, text: str) -> None:
    assert not flipped(root, root / path, text)


def test_each_file_of_the_engine_counts_or_does_not_as_it_should(
    root: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "resolve", lambda _: {})
    loaded = building.load(root)
    before = identity.identify(loaded).code
    for path in sorted(home.rglob("*.py")):
        name, raw = path.relative_to(home).as_posix(), path.read_bytes()
        path.write_bytes(raw + b"\n# a line\n")
        assert (identity.identify(loaded).code != before) == (name in CLOSURE), name
        path.write_bytes(raw)
    assert identity.identify(loaded).code == before


def test_the_transformer_counts_for_whom_it_trains(
    root: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    building.write(root, {"project/model.py": "from project import net\n\nbuild = net.build\n"})
    building.write(root, {"project/net.py": "import dataci.models.transformer as t\n\nbuild = t.build\n"})
    transformer(monkeypatch, {"weights": "a" * 64, "device": "cpu"})
    for name, counts in {
        "transformer": True,
        "encoder": True,
        "rare": True,
        "sklearn": False,
        "pairs": False,
    }.items():
        path = home / f"models/{name}.py"
        assert flipped(root, path, path.read_bytes() + b"# a line\n") == counts, name
    before = identity.identify(building.load(root))
    assert before.environment["encoder.weights"] == "a" * 12
    assert before.environment["encoder.device"] == "cpu"
    for told in ({"weights": "a" * 63 + "b", "device": "cpu"}, {"weights": "a" * 64, "device": "cuda"}):
        transformer(monkeypatch, told)
        assert tag(root) != before.tag


@pytest.mark.parametrize("name", ["similarity", "diff", "reporters/text"])
def test_whatever_else_of_the_engine_a_model_imports_counts(root: Path, home: Path, name: str) -> None:
    path = home / f"{name}.py"
    assert not flipped(root, path, path.read_bytes() + b"#\n")
    building.write(root, {"project/words.py": f"from dataci.{name.replace('/', '.')} import x\n"})
    assert flipped(root, path, path.read_bytes() + b"#\n")


def test_who_imports_by_a_computed_name_may_mean_any_model(
    root: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    transformer(monkeypatch, {})
    building.write(root, {"project/words.py": "import importlib\n"})
    assert flipped(root, home / "models/rare.py", "x = 1\n")


@pytest.mark.parametrize(
    "line", ["from project import schema", "from project.schema import schema", "import project.schema"]
)
def test_a_file_that_the_model_imports_counts_though_it_is_otherwise_no_part_of_it(
    root: Path, line: str
) -> None:
    building.write(
        root,
        {"project/words.py": f"{line}\n", "project/model.py": f"import project.words\n{candidates.MODEL}"},
    )
    assert flipped(root, root / "project/schema.py", "schema = 2\n")


def test_a_file_that_is_imported_from_deep_inside_counts(root: Path) -> None:
    building.write(
        root,
        {"project/deep/er/a.py": "from ... import slices\n", "project/slices.py": "from . import checks\n"},
    )
    assert flipped(root, root / "project/slices.py", "from . import checks  # a\n")
    assert flipped(root, root / "project/checks.py", "x = 1\n")


def test_a_library_of_another_version_changes_the_code(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, real = tag(root), metadata.version
    for name, counts in {
        "scikit-learn": True,
        "threadpoolctl": True,
        "narwhals": True,
        "skops": False,
        "click": False,
    }.items():
        monkeypatch.setattr(
            metadata, "version", lambda asked, name=name: "9.9" if asked == name else real(asked)
        )
        assert (tag(root)[9:] != before[9:]) == counts, name
    monkeypatch.setattr(metadata, "version", real)
    assert tag(root) == before
    monkeypatch.setattr(environment.platform, "python_version_tuple", lambda: ("3", "99", "0"))
    assert tag(root) != before


def test_a_library_that_the_model_imports_is_part_of_the_environment(root: Path) -> None:
    assert "click" not in identity.identify(building.load(root)).environment
    building.write(root, {"project/model.py": f"import click\n{candidates.MODEL}"})
    assert identity.identify(building.load(root)).environment["click"] == metadata.version("click")


@pytest.mark.parametrize(
    "value", ['"words/cats.txt"', '"words"', '["x", "./words/cats.txt"]', '{ a = { b = "words" } }']
)
def test_a_parameter_that_names_a_file_stands_for_its_content(root: Path, value: str) -> None:
    building.write(root, {"dataci.toml": f"{PARAMS}list = {value}\n"})
    assert "words/cats.txt" in identity.identify(building.load(root)).files
    assert set(identity.code_files(root)) == set(identity.identify(building.load(root)).files)
    assert flipped(root, root / "words/cats.txt", "cat\ndog\n")
    assert not flipped(root, root / "README.md", "# Else\n")


@pytest.mark.parametrize(
    "value", [".", "", "..", "/etc/hostname", "../q/secret", "a\\u0000b", "results", ".git", "a" * 300]
)
def test_a_parameter_that_names_nothing_of_the_project_is_a_word(root: Path, value: str) -> None:
    building.write(
        root, {"../q/secret": "x", "results/README.md": "x", "dataci.toml": f'{PARAMS}word = "{value}"\n'}
    )
    assert identity.identify(building.load(root)).named == ()
    assert not flipped(root, root.parent / "q/secret", "y")
    assert not flipped(root, root / "results/README.md", "y")


def test_committed_and_uncommitted_equal_bytes_have_the_same_id(root: Path) -> None:
    loose = identity.identify(building.load(root))
    assert identity.provenance(root, loose) == (None, True)
    commit = building.commit(root)
    kept = identity.identify(building.load(root))
    assert kept == loose
    assert identity.provenance(root, kept) == (commit, False)
    assert kept.data == building.git(root, "rev-parse", "HEAD:data/train")


def provenance(root: Path) -> tuple[str | None, bool]:
    """Return the provenance of what the working tree holds."""
    return identity.provenance(root, identity.identify(building.load(root)))


def test_the_commit_is_the_one_that_last_touched_the_candidate(root: Path) -> None:
    first = building.commit(root)
    building.write(root, {"README.md": "# Else\n"})
    building.commit(root, "Docs")
    assert provenance(root) == (first, False)
    building.write(root, {"project/model.py": candidates.MODEL + "\n"})
    head = building.git(root, "rev-parse", "HEAD")
    assert provenance(root) == (head, True)


@pytest.mark.parametrize(
    ("path", "text", "uncommitted"),
    [
        ("project/words.py", None, True),
        ("project/new.py", "x = 1\n", True),
        ("data/train/b.csv", candidates.HEADER, True),
        ("data/test/b.csv", candidates.HEADER, False),
        ("words/cats.txt", "dog\n", True),
        ("words/dogs.txt", "dog\n", True),
        ("project/secret.bin", "ignored by git, and still read by the model", True),
        ("words/secret.bin", "ignored by git, and still read by the model", True),
        ("project/checks.py", "x = 1\n", False),
        ("project/__pycache__/a.pyc", "x", False),
        ("project/deep/.DS_Store", "x", False),
        ("docs/a.md", "x", False),
        ("results/latest.json", "{}", False),
    ],
)
def test_what_is_uncommitted_is_marked_and_what_is_put_back_is_found_again(
    root: Path, path: str, text: str | None, uncommitted: bool
) -> None:
    building.write(root, {"dataci.toml": f'{PARAMS}list = "words"\n', ".gitignore": "*.bin\n"})
    building.git(root, "init", "--quiet")
    commit = building.commit(root)
    before, old = tag(root), (root / path).read_bytes() if (root / path).exists() else None
    if text is None:
        (root / path).unlink()
    else:
        building.write(root, {path: text})
    assert provenance(root) == (commit, uncommitted)
    if old is None:
        (root / path).unlink()
    else:
        (root / path).write_bytes(old)
    assert (tag(root), provenance(root)) == (before, (commit, False))


def test_a_parameter_that_names_a_single_file_is_committed_with_it(root: Path) -> None:
    building.write(root, {"dataci.toml": f'{PARAMS}list = "words/cats.txt"\n'})
    building.commit(root)
    assert not provenance(root)[1]
    building.write(root, {"words/cats.txt": "dog\n"})
    assert provenance(root)[1]
    second = building.commit(root)
    assert provenance(root) == (second, False)


def test_a_commit_that_removes_a_file_of_the_model_is_the_one_that_made_the_candidate(root: Path) -> None:
    building.commit(root)
    (root / "project/words.py").unlink()
    commit = building.commit(root, "Remove it")
    assert provenance(root) == (commit, False)


SCALARS = st.one_of(
    st.integers(-2, 2),
    st.booleans(),
    st.sampled_from([0.0, -0.0, 1.0, 1e300, float("inf")]),
    st.text('a1.,-"]', max_size=3),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab.", max_size=2), inner, max_size=3)
    ),
)


def exactly(value: Any) -> Any:
    """Return a value so that == tells types apart."""
    if isinstance(value, dict):
        return {name: exactly(item) for name, item in value.items()}
    return [exactly(item) for item in value] if isinstance(value, list) else (type(value), repr(value))


@given(VALUES, VALUES)
def test_encodings_are_equal_if_and_only_if_the_values_are(one: Any, two: Any) -> None:
    assert (identity.encoded(one) == identity.encoded(two)) == (exactly(one) == exactly(two))
    assert identity.encoded(one) == identity.encoded(copy.deepcopy(one))


def test_values_that_read_alike_are_told_apart() -> None:
    import datetime

    day = datetime.date(2026, 1, 2)
    alike = [
        1,
        1.0,
        True,
        "1",
        "True",
        "1.0",
        [1],
        ["1"],
        {"1": 1},
        {},
        [],
        "",
        "[]",
        day,
        "2026-01-02",
        ["date", "2026-01-02"],
    ]
    alike += [
        {"a": {"b": 1}},
        {"a.b": 1},
        ["a", "b"],
        ["a,b"],
        ['a","b'],
        {"date": "2026-01-02"},
        ["table", []],
    ]
    assert len({identity.encoded(value) for value in alike}) == len(alike)


ROWS = ["1,a cat,pets,1\n", "2,a cat,pets,0\n", "12,cat,pets,1\n"]
TRAINING = st.fixed_dictionaries(
    {
        "data": st.dictionaries(
            st.sampled_from(["a.csv", "a-b.csv", "b.csv"]), st.sets(st.integers(0, 2)).map(sorted), min_size=1
        ),
        "project": st.dictionaries(
            st.sampled_from(["a.txt", "ab.txt", "sub/a.txt"]), st.sampled_from(["", "b", "a.txt", "a\nb"])
        ),
        "params": st.dictionaries(
            st.sampled_from(["a", "b", "a-b"]), st.sampled_from(["1", "1.0", "true", '"1"', '"true"', "[1]"])
        ),
        "seed": st.integers(0, 1),
        "text": st.sampled_from(['["want"]', '["want", "offer"]', '["offer", "want"]']),
        "version": st.sampled_from(["1.1", "1.10"]),
    }
)


def write_training(folder: Path, what: dict[str, Any]) -> str:
    """Write a project and return its tag, as if scikit-learn had the version of ``what``."""
    table = 'id = "id"\nlabel = "match"\n'
    lines = [
        f"version = 1\n[columns]\n{table}text = {what['text']}\n[train]\nseed = {what['seed']}\n[train.params]\n"
    ]
    lines += [f'"{name}" = {value}\n' for name, value in what["params"].items()]
    files = {"dataci.toml": "".join(lines), "project/model.py": "import sklearn\n"}
    files |= {
        f"data/train/{name}": candidates.HEADER + "".join(ROWS[at] for at in rows)
        for name, rows in what["data"].items()
    }
    building.write(folder, {**files, **{f"project/{name}": text for name, text in what["project"].items()}})
    loaded = dataset.load(config.load(folder))
    real = metadata.version
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            metadata, "version", lambda name: what["version"] if name == "scikit-learn" else real(name)
        )
        return identity.identify(loaded).tag


@settings(max_examples=60)
@given(
    one=TRAINING,
    two=TRAINING,
    change=st.sampled_from(["all", "none", "data", "project", "params", "seed", "text", "version"]),
)
def test_no_two_different_trainings_share_a_tag(
    one: dict[str, Any], two: dict[str, Any], change: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("pair")
    other = two if change == "all" else {**one, **({change: two[change]} if change != "none" else {})}
    assert (write_training(home / "a", one) == write_training(home / "b", other)) == (one == other)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("lexicon.py", "import lexicon"),
        ("lexicon/__init__.py", "from lexicon import cats"),
        ("lexicon/cats.py", "from lexicon import cats"),
        ("src/lexicon.py", "import lexicon"),
        ("src/lexicon.py", "from src import lexicon"),
    ],
)
def test_code_beside_the_project_is_refused_because_nobody_would_notice_when_it_changes(
    root: Path, path: str, line: str
) -> None:
    building.write(root, {path: "", "project/words.py": f"{line}\n"})
    with pytest.raises(CannotRun, match="Move it into project/"):
        tag(root)


def test_a_folder_that_only_bears_the_name_of_a_library_is_no_code(root: Path) -> None:
    before = tag(root)
    building.write(root, {"numpy/run-1.log": "", "polars/cache.bin": ""})
    assert tag(root) == before


def test_a_linked_folder_is_refused_because_git_holds_only_the_link(root: Path) -> None:
    (root / "project" / "linked").symlink_to("../words")
    with pytest.raises(CannotRun, match="project/linked is a link to a folder"):
        tag(root)

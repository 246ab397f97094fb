"""Slices, groups and counterfactuals: what the user's functions may answer, and what is no answer is refused."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import building
from dataci import slices
from dataci.errors import CannotRun

ROWS = pl.DataFrame({"want": ["a cat", "a very long want", ""], "price": ["3", None, "x"]})


def of(root: Path, text: str) -> dict[str, list[bool]]:
    """Return the slices of ROWS that a project/slices.py names."""
    building.write(root, {"project/slices.py": text})
    return {name: mask.tolist() for name, mask in slices.members(root, ROWS).masks.items()}


def test_series_expressions_and_lists_name_rows(tmp_path: Path) -> None:
    text = (
        "import polars as pl\n\n\n"
        "def long_wants(rows):\n    return rows['want'].str.len_chars() > 6\n\n\n"
        "def cats(rows):\n    return pl.col('want').str.contains('cat')\n\n\n"
        "def dear(rows):\n    return pl.col('price').cast(pl.Float64, strict=False) > 2\n\n\n"
        "def _helper(rows):\n    1 / 0\n"
    )
    assert of(tmp_path, text) == {
        "cats": [True, False, False],
        "dear": [True, False, False],  # what cannot be told is not in the slice
        "long-wants": [False, True, False],
    }


def test_no_file_no_slices(tmp_path: Path) -> None:
    assert slices.members(tmp_path, ROWS) == ({}, {})
    assert slices.identify(tmp_path) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def x(rows):\n    return 1 / 0\n", "'x' failed. line 2: ZeroDivisionError"),
        ("def x(rows):\n    return rows['nowhere']\n", "ColumnNotFound"),
        ("def x(rows):\n    return [True]\n", "returned 1 values"),
        ("def x(rows):\n    return [1, 2, 3]\n", "of the type Int64"),
        ("def über(rows):\n    return [True, False, True]\n", "plain letters"),
        ("def x(:\n", "does not run: line 1"),
    ],
)
def test_what_is_no_slice_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(CannotRun) as caught:
        of(tmp_path, text)
    assert words in str(caught.value)
    assert "project/slices.py" in str(caught.value)


def test_each_text_is_a_group(tmp_path: Path) -> None:
    text = (
        "import polars as pl\n\n\n"
        "def service(rows):\n    return pl.col('service')\n\n\n"
        "def kind(rows):\n    return rows['service'].cast(pl.Categorical)\n"
    )
    building.write(tmp_path, {"project/slices.py": text, "dataci.toml": '[files]\nmissing = ["n/a"]\n'})
    cells = ["doctor", "home care", "doctor", "", None, "n/a", " "]
    found = slices.members(tmp_path, pl.DataFrame({"service": cells})).masks
    assert list(found) == ["kind=doctor", "kind=home-care", "service=doctor", "service=home-care"]
    assert found["service=doctor"].tolist() == [True, False, True, False, False, False, False]
    assert found["kind=home-care"].tolist() == [False, True] + 5 * [False]


def test_groups_have_names_that_fit_everywhere() -> None:
    cells = ["a b", "a-b", "A b", "é*", "हिन्दी", "🙂", "🙃", "x" * 90, "x" * 91, "<b>|`,\n"]
    found = slices.groups("place", pl.Series(cells))
    assert {name for name in found if "x" not in name} == {
        *("place=A-b", "place=a-b-2", "place=a-b-3", "place=b", "place=value", "place=value-2"),
        *("place=é", "place=हिन्दी"),
    }
    assert len(found) == len(cells)
    assert sum(mask.sum() for mask in found.values()) == len(cells)
    for name in found:
        assert len(name) <= slices.LONGEST
        assert not set(name) & set(" \t\n,;|`<>*")
    assert list(slices.groups("in", pl.Series(["oslo", "oslo", "Oslo"]))) == ["in=Oslo-2", "in=oslo"]
    long = slices.groups("f" * 80, pl.Series(["one value", "another value"]))
    assert [name.partition("=")[2] for name in long] == ["another-value", "one-value"]


def test_the_rare_ones_of_many_groups_are_one_group() -> None:
    cells = [f"v{number:02d}" for number in range(60) for _ in range(60 - number)] + ["other"] * 100
    found = slices.groups("of", pl.Series(cells))
    assert len(found) == slices.MOST
    assert int(found["of=v00"].sum()) == 60
    assert int(found["of=other-2"].sum()) == 100, "the value is told apart from what is left"
    assert int(found["of=other"].sum()) == sum(60 - number for number in range(48, 60))
    assert "of=v48" not in found


TOML = '[columns]\nid = "id"\nlabel = "y"\ntext = ["want"]\nnumeric = ["price"]\n'
PEOPLE = pl.DataFrame(
    {"id": ["1", "2"], "want": ["he sings", "a cat"], "price": ["3", None], "y": ["0", "1"]}
)


def altered(root: Path, body: str) -> pl.DataFrame:
    """Return the counterfactual of PEOPLE that a project/slices.py makes."""
    text = f"import polars as pl\n\n\ndef other_words(rows):\n    {body}\n"
    building.write(root, {"project/slices.py": text, "dataci.toml": TOML})
    masks, found = slices.members(root, PEOPLE)
    assert masks == {}
    return found["other-words"]


@pytest.mark.parametrize(
    "body",
    [
        "return rows.with_columns(pl.col('want').str.replace('he ', 'she '))",
        "return rows.lazy().with_columns(pl.col('want').str.replace('he ', 'she ')).drop('price').with_columns("
        "price=rows['price'])",
        "rows[0, 'want'] = 'she sings'; return rows",
        "return rows.with_columns(pl.col('want').str.replace('he ', 'she '), helper=1)",
    ],
)
def test_altered_rows_are_a_counterfactual(tmp_path: Path, body: str) -> None:
    found = altered(tmp_path, body)
    assert found.equals(PEOPLE.with_columns(want=pl.Series(["she sings", "a cat"])))
    assert PEOPLE["want"].to_list() == ["he sings", "a cat"], "the test rows stay as they are"


def test_an_altered_row_may_have_another_label(tmp_path: Path) -> None:
    found = altered(tmp_path, "return rows.with_columns(want=pl.lit('a dog'), y=pl.lit('0'))")
    assert found["y"].to_list() == ["0", "0"]


def test_altered_numbers_become_text(tmp_path: Path) -> None:
    found = altered(tmp_path, "return rows.with_columns(pl.col('price').cast(pl.Int64) + 1)")
    assert found["price"].to_list() == ["4", None]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("return rows.head(1)", "returned 1 rows for 2. A counterfactual answers with every row"),
        ("return rows.drop('y')", "lost the column 'y'. Return all columns"),
        ("return rows.with_columns(y=pl.lit('7'))", "gives the label '7', which no test row has"),
        ("return 3", "returned int, which says nothing of the rows. Return one true or false a row"),
        ("return rows.with_columns(id=pl.lit('1'))", "changed the column 'id'"),
        ("return rows.reverse()", "changed the order of the rows"),
        ("return rows.sort('want')", "changed the order of the rows"),
        ("return rows", "changed none of 2 rows"),
        ("return rows.with_columns(want=pl.col('want').str.split(' '))", "no text in 'want' (List(String))"),
    ],
)
def test_what_is_no_counterfactual_is_refused(tmp_path: Path, body: str, words: str) -> None:
    with pytest.raises(CannotRun) as caught:
        altered(tmp_path, body)
    assert words in str(caught.value)
    assert "project/slices.py: 'other-words' " in str(caught.value)


def test_too_many_slices_are_refused(tmp_path: Path) -> None:
    text = "import polars as pl\n" + "".join(f"def f{n}(rows):\n    return pl.col('x')\n" for n in range(21))
    building.write(tmp_path, {"project/slices.py": text})
    with pytest.raises(CannotRun, match="1,050 slices"):
        slices.members(tmp_path, pl.DataFrame({"x": [str(number) for number in range(70)]}))


def test_the_id_is_that_of_the_file(tmp_path: Path) -> None:
    of(tmp_path, "")
    first = slices.identify(tmp_path)
    of(tmp_path, "# changed\n")
    assert first is not None
    assert slices.identify(tmp_path) not in (None, first)


def test_what_the_file_imports_is_part_of_the_id(tmp_path: Path) -> None:
    files = {
        "project/words.py": "from project import more\n",
        "project/more.py": "N = 3\n",
        "project/model.py": "",
    }
    building.write(tmp_path, files)
    of(tmp_path, "from project.words import more\n")
    first = slices.identify(tmp_path)
    building.write(tmp_path, {"project/model.py": "# another model\n"})
    assert slices.identify(tmp_path) == first, "the slices know nothing of the model"
    building.write(tmp_path, {"project/more.py": "N = 4\n"})
    assert slices.identify(tmp_path) != first


def test_what_the_file_takes_from_the_engine_is_part_of_the_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "dataci"
    building.write(home, {"__init__.py": "", "slicing/__init__.py": "", "slicing/words.py": "WORDS = 'a'\n"})
    monkeypatch.setattr(slices.dataci, "__file__", str(home / "__init__.py"))
    building.write(tmp_path, {"project/slices.py": "from dataci.slicing import words\n"})
    first = slices.identify(tmp_path)
    building.write(home, {"slicing/words.py": "WORDS = 'b'\n"})
    second = slices.identify(tmp_path)
    building.write(home, {"git.py": "", "slicing/other.py": "WORDS = 'b'\n"})
    assert second not in (None, first)
    assert slices.identify(tmp_path) == second

"""Slices: the user's functions name parts of the test set, and what is no answer is refused."""

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
    return {name: mask.tolist() for name, mask in slices.members(root, ROWS).items()}


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
    assert slices.members(tmp_path, ROWS) == {}
    assert slices.identify(tmp_path) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def x(rows):\n    return 1 / 0\n", "the slice 'x' failed. line 2: ZeroDivisionError"),
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

"""The rows that a result judges otherwise are shown as they were and as they were altered, from today's files only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import behaving
import building
import candidates
import comparing
from dataci import comparison, probes, slices
from dataci.commands import altered, compare
from dataci.comparison import Comparison

SLICES = """\
import polars as pl


def cats(rows):
    return rows.with_columns(pl.col("want").str.replace_all("cat", "dog"))
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a project with a counterfactual."""
    folder = candidates.make(tmp_path / "project")
    building.write(folder, {"project/slices.py": SLICES})
    building.commit(folder, "Start")
    return folder


def compared(root: Path, **changes: Any) -> Comparison:
    """Return a comparison of two results that were measured on today's rows; both flip some."""
    data = building.load(root)
    test = {"probes": probes.identify(data.config), "slices": slices.identify(root), **changes}
    rows = comparing.stored(comparing.noise(1, 0.5))
    a, b = (comparing.side(code, rows, test=data.tree_id("test")) for code in "12")
    for side in (a, b):
        side.record["test"].update(test)
        side.record["robustness"] = {"keyboard-2": behaving.probe(0.1, ["r000", "nobody"])}
        side.record["counterfactuals"] = {"cats": behaving.probe(0.2, ["r000"])}
    return comparison.compare(a, b)


def test_cells_are_shown_before_and_after(root: Path) -> None:
    found = altered.texts(building.load(root), compared(root))
    assert found is not None
    assert set(found) == {("robustness/keyboard-2", "r000"), ("counterfactual/cats", "r000")}
    assert found["counterfactual/cats", "r000"] == {
        "want": ("someone to feed my cat", "someone to feed my dog")
    }
    typed = found["robustness/keyboard-2", "r000"]
    assert typed
    assert all(before != after for before, after in typed.values())
    text = compare.render(compared(root), "text", found)
    assert "    want = someone to feed my cat → someone to feed my dog\n" in text
    assert "nobody" in text, "a row that cannot be shown has its id"


@pytest.mark.parametrize("changed", [{"id": "9" * 40}, {"probes": "0" * 12}, {"probes": None}])
def test_rows_of_another_test_set_or_other_probes_are_not_guessed(
    root: Path, changed: dict[str, Any]
) -> None:
    assert altered.texts(building.load(root), compared(root, **changed)) is None


def test_exchanges_of_other_slices_are_not_guessed(root: Path) -> None:
    found = altered.texts(building.load(root), compared(root, slices="8" * 40))
    assert found is not None
    assert set(found) == {("robustness/keyboard-2", "r000")}


def test_slices_that_cannot_run_cost_the_texts_only(root: Path) -> None:
    found = compared(root)
    building.write(root, {"project/slices.py": "raise SystemError\n"})
    broken = slices.identify(root)
    found.b.record["test"]["slices"] = broken
    assert altered.texts(building.load(root), found) is None

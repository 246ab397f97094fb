"""[evaluation.robustness]: what it may say, and the sentence for what it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from dataci import config, perturbing
from dataci.errors import CannotRun
from dataci.perturbing import options

TEXT = '[columns]\nlabel = "y"\ntext = ["a"]\n'
TABLE = '[columns]\nlabel = "y"\nnumeric = ["a"]\n'


def read(settings: str, columns: str = TEXT) -> options.Options:
    """Read [evaluation.robustness] of a project with one text, or one number."""
    return options.read(config.parse(f"{columns}[evaluation.robustness]\n{settings}", Path()))


def test_what_is_not_said_is_what_fits_the_columns() -> None:
    assert read("").kinds == tuple(perturbing.TEXTS)
    assert read("", TABLE).kinds == ("noise",)
    assert read("", TABLE).names == ["noise-1", "noise-2"]
    assert (read("").enabled, read("").rows, read("").seed) == (True, 200, 0)
    assert read("enabled = false").names == []


def test_kinds_may_be_chosen() -> None:
    assert read('kinds = ["case", "keyboard"]').names == ["case-1", "case-2", "keyboard-1", "keyboard-2"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ('kinds = ["typos"]', "names 'typos'; known: keyboard, dropped"),
        ('kinds = ["noise"]', "names 'noise', but [columns] names no numeric column"),
        ("kinds = []", "enabled = false"),
        ("kinds = [1]", "must be a list of strings"),
        ('kinds = ["case", "case"]', "names something twice"),
        ('enabled = "no"', "must be true or false"),
        ("rows = 0", "rows is 0; it must be a whole number from 1"),
        ("rows = 2.5", "rows is 2.5"),
        ("seed = -1", "seed is -1"),
    ],
)
def test_what_nobody_can_mean_is_refused(settings: str, words: str) -> None:
    with pytest.raises(CannotRun) as refused:
        read(settings)
    assert "[evaluation.robustness]" in str(refused.value)
    assert words in str(refused.value)

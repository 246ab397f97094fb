"""Your data tests. Every check is a test here, and what you add below runs along with them.

    pytest tests/project                           judge the data
    pytest tests/project -k leak                   some of the checks
    DATACI_BASE=origin/main pytest tests/project   judge a change

The fixtures come from tests/conftest.py: `dataset` is the data of the working tree, `base` the data it is compared with
(None without DATACI_BASE), `report` what `dataci check` says.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from dataci import project
from dataci.checks.registry import CHECKS
from dataci.dataset import Dataset
from dataci.finding import Report, Severity

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("check", [*CHECKS, *project.checks(ROOT)])
def test_check(check: str, report: Report) -> None:
    errors = [f for f in report.findings if f.check == check and f.severity == Severity.ERROR]
    told = [f"{f.file}:{f.line}: {f.message}" for f in errors[:10]]
    assert check not in report.summary or report.summary[check].errors == 0, "\n".join(told)


def test_verdict(report: Report) -> None:
    """Holds what is no check by name: that there are data at all, and that no check crashed."""
    assert report.verdict == "pass", "Run `dataci check` to see why."


def test_both_splits_have_rows(dataset: Dataset) -> None:
    """An example of a test of your own: a frame of the rows of a split, every column as text."""
    assert dataset.rows("train").height > 0
    assert dataset.rows("test").height > 0

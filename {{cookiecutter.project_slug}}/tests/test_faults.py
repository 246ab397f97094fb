"""The matrix: each planted fault, in each format that can carry it, is found by its check at its place."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import building
from dataci.checks.registry import CHECKS
from faults import clean
from faults.planted import FAULTS, Change, Fault

FULL_ONLY = {"a_column_emptied"}  # a new file has no base of its own; only the full run knows the whole base
CASES = [
    pytest.param(fault, suffix, id=f"{fault.name}{suffix}") for fault in FAULTS for suffix in fault.formats
]


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return for each format a repository whose only commit is the clean data."""
    found = {}
    for suffix in clean.SUFFIXES:
        root = tmp_path_factory.mktemp(suffix[1:]) / "project"
        data = {
            f"data/train/a{suffix}": clean.encode(clean.rows(0, 150), suffix),
            f"data/train/b{suffix}": clean.encode(clean.rows(300, 150), suffix),
            f"data/test/t{suffix}": clean.encode(clean.rows(5000, 80, "test"), suffix),
        }
        building.write(
            root, {"dataci.toml": clean.SETTINGS, "project/schema.py": clean.schema(suffix), **data}
        )
        building.commit(root)
        found[suffix] = root
    return found


@pytest.fixture
def project(bases: dict[str, Path], request: pytest.FixtureRequest) -> Iterator[Path]:
    """Return the repository of the test's format, and put it back as it was."""
    root = bases[request.getfixturevalue("suffix")]
    yield root
    building.git(root, "reset", "--quiet", "--hard")
    building.git(root, "clean", "--quiet", "-fd")


def apply(change: Change) -> None:
    """Write a change into its project."""
    for path, content in change.files.items():
        if content is None:
            (change.root / path).unlink()
        else:
            building.write(
                change.root,
                {path: clean.encode(content, change.suffix) if isinstance(content, list) else content},
            )
    building.write(change.root, change.extra)


@pytest.mark.parametrize("suffix", clean.SUFFIXES)
def test_the_clean_twin_is_green(project: Path, suffix: str) -> None:
    assert building.judge(project).findings == ()
    apply(Change(suffix, project))
    report = building.judge(project, "HEAD")
    assert report.findings == ()
    assert report.rows == 440


@pytest.mark.parametrize(("fault", "suffix"), CASES)
def test_found_by_its_check_at_its_place(project: Path, fault: Fault, suffix: str) -> None:
    change = Change(suffix, project)
    expected = list(fault.plant(change))
    apply(change)
    report = building.judge(project, "HEAD")
    assert expected
    missed = set(expected) - set(building.places(report, fault.check))
    assert not missed, building.counts(report)
    assert report.summary[fault.check].errors + report.summary[fault.check].warnings >= len(expected)


@pytest.mark.parametrize(("fault", "suffix"), CASES)
def test_the_hook_finds_what_it_looks_for(project: Path, fault: Fault, suffix: str) -> None:
    change = Change(suffix, project)
    expected = set(fault.plant(change))
    apply(change)
    report = building.judge(project, "HEAD", quick=True)
    assert report.crashed == ()
    if CHECKS[fault.check].quick and fault.name not in FULL_ONLY:
        assert not expected - set(building.places(report, fault.check)), building.counts(report)


def test_there_are_enough_kinds() -> None:
    assert len({fault.name for fault in FAULTS}) >= 40
    assert shutil.which("git")

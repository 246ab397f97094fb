"""Fixtures for all tests. Your own may ask for `dataset`, `base` and `report`: the data here, and their verdict.

`base` is what the data are compared with. Name it to have the tests judge a change: DATACI_BASE=origin/main pytest
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from dataci.dataset import Dataset
    from dataci.finding import Report

ROOT = Path(__file__).resolve().parent.parent
GITCONFIG = """\
[user]
    name = Tester
    email = tester@example.org
[init]
    defaultBranch = main
[safe]
    directory = *
[commit]
    gpgSign = false
"""

settings.register_profile("dataci", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("dataci")


@pytest.fixture(scope="session", autouse=True)
def isolated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep this machine's git settings, and those of a hook that runs the tests, out of them."""
    config_file = tmp_path_factory.mktemp("git") / "config"
    config_file.write_text(GITCONFIG, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_PREFIX"):
            patch.delenv(name, raising=False)
        patch.setenv("GIT_CONFIG_GLOBAL", str(config_file))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        yield


@pytest.fixture(scope="session")
def dataset(isolated: None) -> Dataset:
    """Return the data in this repository's working tree."""
    from dataci import config
    from dataci import dataset as data

    return data.load(config.load(ROOT))


@pytest.fixture(scope="session")
def base(isolated: None) -> Dataset | None:
    """Return the data at the commit where this branch left $DATACI_BASE, or None when that is not set."""
    from dataci import config, git
    from dataci import dataset as data

    name = os.environ.get("DATACI_BASE")
    return data.load(config.load(ROOT), git.merge_base(ROOT, name)) if name else None


@pytest.fixture(scope="session")
def report(isolated: None) -> Report:
    """Return what `dataci check` says, with --base $DATACI_BASE when that is set. It runs once."""
    from dataci.commands import check

    return check.judge(ROOT, os.environ.get("DATACI_BASE"))

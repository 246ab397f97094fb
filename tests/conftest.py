"""Fixtures of the template's tests: a clean copy of the template, and a project baked from it, each made once."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import baking
import pytest
from acting.hub import Hub

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


@pytest.fixture(scope="session", autouse=True)
def isolated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the machine's settings out of the tests, and the tests out of the home folder."""
    home = tmp_path_factory.mktemp("home")
    config = home / ".gitconfig"
    config.write_text(GITCONFIG, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        for name in [
            name for name in os.environ if name.startswith(("GIT_DIR", "GIT_INDEX", "GIT_WORK", "PRE_COMMIT"))
        ]:
            patch.delenv(name)  # set when the tests run inside of a git hook
        patch.setenv("HOME", str(home))
        patch.setenv("XDG_CACHE_HOME", str(home / ".cache"))
        patch.setenv("GIT_CONFIG_GLOBAL", str(config))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        patch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        yield


@pytest.fixture(scope="session")
def template(isolated: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a clean copy of the template, without caches."""
    return baking.export(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def pristine(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project just as it was baked with the default answers. Read only: tests that write bake their own."""
    return baking.bake(template, tmp_path_factory.mktemp("pristine"))


@pytest.fixture
def project(template: Path, tmp_path: Path) -> Path:
    """Return a baked project of the test's own, committed to a new repository on branch main."""
    folder = baking.bake(template, tmp_path)
    baking.commit(folder)
    return folder


@pytest.fixture(scope="session")
def bare_project(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a bare repository with the baked project on branch main. Read only: `hub` copies it."""
    folder = tmp_path_factory.mktemp("bare")
    project = baking.bake(template, folder)
    baking.commit(project)
    bare = folder / "project.git"
    baking.run("git", "clone", "--quiet", "--bare", "--template=", project, bare, cwd=folder)
    baking.run("git", "repack", "-a", "-d", "--quiet", cwd=bare)  # a pack is quick to copy and to fetch from
    return bare


@pytest.fixture
def hub(bare_project: Path, tmp_path: Path) -> Iterator[Hub]:
    """Return a stand-in for GitHub with the baked project in it, fresh for each test."""
    made = Hub(tmp_path / "hub", bare_project)
    yield made
    made.close()

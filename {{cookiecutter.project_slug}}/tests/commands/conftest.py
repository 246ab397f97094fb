"""Fixtures for the commands that publish: a project on a server, and its pull requests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import handing
import hosting
from handing import Pulls
from publishing_site import Site


@pytest.fixture
def pulls() -> Pulls:
    return Pulls()


@pytest.fixture
def site(tmp_path: Path, pulls: Pulls, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with hosting.host(tmp_path, handing.files(), pulls) as host:
        yield Site(host, monkeypatch)

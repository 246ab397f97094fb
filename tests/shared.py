"""Real data that nobody here wrote, beside the checkout; tests that need them are skipped where they are not."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "{{cookiecutter.project_slug}}"
DATA = ROOT.parent / "shared" / "data"

needed = pytest.mark.skipif(not DATA.is_dir(), reason="the real data are not on this machine")

for folder in (
    TEMPLATE / "src",
    TEMPLATE / "tests",
):  # the engine and its test projects, as they lie in the template
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def facts(folder: str) -> Any:
    """Return the FACTS.json of a data set: counts made by brute force."""
    return json.loads((DATA / folder / "FACTS.json").read_text(encoding="utf-8"))

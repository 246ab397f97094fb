"""Plays a story in a baked project: commands of its own engine, and the result that stands."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from baking import run


def dataci(root: Path, *arguments: str, code: int = 0) -> str:
    """Run a command in the project with the project's own engine; return what it printed."""
    done = run(
        sys.executable, "-m", "dataci", *arguments, cwd=root, code=code, env={"PYTHONPATH": str(root / "src")}
    )
    return done.stdout


def latest(root: Path) -> dict[str, Any]:
    """Return the record of what the project trains today."""
    found: dict[str, Any] = json.loads((root / "results/latest.json").read_text("utf-8"))
    return found

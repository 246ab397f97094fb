"""The summary of a workflow's step, which GitHub shows on the page of the run: Markdown, below a limit for the step."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from dataci.errors import CannotRun

LIMIT = 1_000_000  # bytes; GitHub drops a summary above 1 MiB as a whole
CUT = "\n\n… the rest does not fit into a summary.\n"


def add(text: str, environ: Mapping[str, str] = os.environ) -> None:
    """Add Markdown to the summary, cut where it would not fit; nothing happens outside of a workflow."""
    path = environ.get("GITHUB_STEP_SUMMARY", "")
    if not path:
        return
    data = text.rstrip("\n").encode("utf-8", "replace") + b"\n\n"
    try:
        used = Path(path).stat().st_size if Path(path).exists() else 0
        room = LIMIT - used
        if len(data) > room:
            kept = max(0, room - len(CUT.encode()))
            data = (data[:kept].decode("utf-8", "ignore").rpartition("\n")[0] + CUT).encode() if kept else b""
        with open(path, "ab") as file:
            file.write(data)
    except OSError as error:
        raise CannotRun(f"GITHUB_STEP_SUMMARY cannot be written: {error.strerror}.") from None

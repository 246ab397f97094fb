"""The one error that a user is meant to see."""

from __future__ import annotations

import sys
from pathlib import Path

LOG = Path(".dataci") / "crash.log"


class CannotRun(Exception):
    """The command cannot run; the message says what is wrong and what to do about it (exit code 2)."""


def write_log(root: Path, details: str) -> str:
    """Write what went wrong where it can be attached to an issue; return where, or that it stands on stderr."""
    try:
        (root / LOG).parent.mkdir(parents=True, exist_ok=True)
        (root / LOG).write_text(
            f"Python {sys.version}\n\n{details}", encoding="utf-8", errors="backslashreplace"
        )
    except OSError:
        sys.stderr.write(details)
        return "the text above"
    return LOG.as_posix()

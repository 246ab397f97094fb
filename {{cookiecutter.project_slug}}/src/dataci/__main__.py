"""python -m dataci."""

from __future__ import annotations

from dataci.cli import entry

if __name__ == "__main__":
    entry()

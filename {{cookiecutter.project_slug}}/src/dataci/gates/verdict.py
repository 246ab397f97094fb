"""What a gate says."""

from __future__ import annotations

from typing import Any

PASS, FAIL, UNCLEAR = "pass", "fail", "unclear"

Gate = dict[str, Any]


def unclear(what: str) -> Gate:
    """Return a gate that could not look."""
    return {"verdict": UNCLEAR, "what": what}

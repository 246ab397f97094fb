"""Does a JSON value have the shape that a format promises? For what others wrote: a record, a review, an artifact."""

from __future__ import annotations

import math
from typing import Any


def misfit(value: Any, shape: Any, where: str) -> str | None:
    """Say where ``value`` differs from ``shape``: types, names to shapes ("*": any name, "x?": may be absent), or a
    list of one shape for all its items.
    """
    if isinstance(shape, list):
        if not isinstance(value, list):
            return f"{where} is no list"
        return next(
            (wrong for at, item in enumerate(value) if (wrong := misfit(item, shape[0], f"{where}[{at}]"))),
            None,
        )
    if not isinstance(shape, dict):
        fits = isinstance(value, shape) and (
            shape is object or bool in kinds(shape) or not isinstance(value, bool)
        )
        finite = not isinstance(value, float) or math.isfinite(value)
        return None if fits and finite else f"{where or 'it'} is {str(value)[:40]!r}"
    if not isinstance(value, dict):
        return f"{where or 'it'} is no table"
    required = {name.rstrip("?"): item for name, item in shape.items() if name != "*"}
    absent = [name for name in shape if name != "*" and not name.endswith("?") and name not in value]
    if absent:
        return f"{absent[0]!r} is missing" + (f" in {where}" if where else "")
    for name, item in value.items():
        inner = required.get(name, shape.get("*", object))
        wrong = misfit(item, inner, f"{where}.{name}".lstrip("."))
        if wrong:
            return wrong
    return None


def kinds(shape: Any) -> tuple[Any, ...]:
    """Return the types of a leaf."""
    return shape if isinstance(shape, tuple) else (shape,)

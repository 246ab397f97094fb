"""JSON that anybody may have written: parsed within bounds, and refused with a sentence."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from dataci.errors import CannotRun

SURROGATE = re.compile("[\ud800-\udfff]")
DEEP = 24  # tables and lists within one another
LARGEST = 2**53  # of whole numbers: what every reader of JSON keeps exactly
DIGITS = 17
FAR = 1e100  # of other numbers: what can still be printed in a line


def parse(raw: bytes, limit: int, what: str) -> Any:
    """Return the value of a JSON text; CannotRun names ``what`` and says what is wrong.

    Refused are: more than ``limit`` bytes, bytes that are no UTF-8, names that stand twice in a table, NaN, infinity
    and numbers that are too large, lone surrogates, more than 24 levels.
    """
    if len(raw) > limit:
        raise CannotRun(f"{what} is larger than {limit:,} bytes, so it is not read.")
    try:
        found = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=table,
            parse_int=whole_number,
            parse_float=number,
            parse_constant=refuse_constant,
        )
    except RecursionError:
        raise CannotRun(f"{what} is nested too deeply, so it is not read.") from None
    except UnicodeDecodeError:
        raise CannotRun(f"{what} is no text in UTF-8, so it is not read.") from None
    except ValueError as error:
        raise CannotRun(f"{what} is not valid JSON ({str(error)[:100]}).") from None
    wrong = fault(found)
    if wrong:
        raise CannotRun(f"{what} {wrong}, so it is not read.")
    return found


def table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a table in which a name stands twice: two readers could see two different ones."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in a table")
    return found


def whole_number(text: str) -> int:
    """Read a whole number within bounds."""
    if len(text) > DIGITS or abs(int(text)) > LARGEST:
        raise ValueError("a whole number is too large")
    return int(text)


def number(text: str) -> float:
    """Read a number within bounds."""
    found = float(text)
    if not math.isfinite(found) or abs(found) > FAR:
        raise ValueError("a number is too large")
    return found


def refuse_constant(name: str) -> NoReturn:
    """Refuse NaN and Infinity, which are no JSON."""
    raise ValueError(f"{name} is no JSON")


def whole(text: str) -> str:
    """Return a text in which half characters (of file names that are no UTF-8) are written as escapes."""
    return SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def fault(value: Any) -> str:
    """Say what is wrong with the depth or the texts of a value; "" when nothing is."""
    level = [value]
    for _ in range(DEEP):
        below: list[Any] = []
        for item in level:
            if isinstance(item, str):
                if not item.isascii() and SURROGATE.search(item):
                    return "holds half a character (a lone surrogate)"
            elif isinstance(item, dict):
                below += [*item, *item.values()]
            elif isinstance(item, list):
                below += item
        if not below:
            return ""
        level = below
    return "is nested too deeply"

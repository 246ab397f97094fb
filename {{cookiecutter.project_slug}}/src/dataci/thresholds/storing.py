"""A threshold with its rule and costs into dataci.toml: only their values change, every other byte stays.

A careful edit of lines (a comment beside a value keeps its column), trusted by nobody: the file is parsed before and
after, and where anything else than the wanted keys differs, nothing is written and the user is told the lines to write.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dataci.config import FILE
from dataci.errors import CannotRun
from dataci.record import COSTS
from dataci.replacing import replace

TABLE = "evaluation"
HEADER = re.compile(r"\s*\[\s*(?P<name>[A-Za-z0-9_.\s-]+?)\s*\]\s*(#.*)?$")
QUOTES = ('"""', "'''")
KEY = r"(?P<before>[ \t]*{key}[ \t]*=[ \t]*)(?P<value>{value})(?P<after>[ \t]*(?:#.*)?)"
# A value on one line: a text, a table or a list without a "#" in it, or a bare word or number.
VALUE = r"""\"[^\"\\]*\"|'[^']*'|\{[^#{}]*\}|\[[^#\[\]]*\]|[^\s#\"'\[\]{}]+"""


def write(root: Path, threshold: float, rule: str, costs: tuple[float, float] | None) -> bool:
    """Write a threshold into dataci.toml; return whether its bytes changed. CannotRun where they cannot be changed."""
    path = (root / FILE).resolve()
    if not path.is_relative_to(root.resolve()):
        raise CannotRun(f"{FILE} is a link to a file outside of the project. Edit that file yourself.")
    before = path.read_bytes()
    after = edited(before.decode("utf-8"), values(threshold, rule, costs)).encode("utf-8")
    if after == before:
        return False
    replace(path, after, path.stat().st_mode & 0o777)
    return True


def values(threshold: float, rule: str, costs: tuple[float, float] | None) -> dict[str, Any]:
    """Return what [evaluation] shall say. Costs that nobody named stay as they are."""
    found: dict[str, Any] = {"threshold": round(threshold, 6), "rule": rule}
    return found if costs is None else {**found, "costs": dict(zip(COSTS, map(plain, costs), strict=True))}


def plain(value: float) -> float | int:
    """Return a whole number as one."""
    return int(value) if float(value).is_integer() else float(value)


def edited(text: str, wanted: Mapping[str, Any]) -> str:
    """Return the text of a dataci.toml in which [evaluation] says what is wanted, and nothing else is different."""
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    for key, value in wanted.items():
        lines = put(lines, key, value)
    found = "".join(lines)
    if not only(text, found, wanted):
        told = "; ".join(f"{key} = {toml(value)}" for key, value in wanted.items())
        raise CannotRun(
            f"{FILE} is written in a way that is not edited by a program. Write below [{TABLE}], in place of what "
            f"stands there, each on a line of its own: {told}"
        )
    return found


def only(before: str, after: str, wanted: Mapping[str, Any]) -> bool:
    """Tell whether a text parses to what it parsed to before, but for the wanted keys of [evaluation]."""
    try:
        old, new = tomllib.loads(before), tomllib.loads(after)
    except tomllib.TOMLDecodeError:
        return False
    return bool(typed({**old, TABLE: {**old.get(TABLE, {}), **wanted}}) == typed(new))


def typed(value: Any) -> Any:
    """Return a value in which 1, 1.0 and true differ, as do NaN and nothing."""
    if isinstance(value, Mapping):
        return {name: typed(one) for name, one in value.items()}
    if isinstance(value, list):
        return [typed(one) for one in value]
    return type(value).__name__, repr(value)


def toml(value: Any) -> str:
    """Write a number, a text of ours or a table of numbers as TOML."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name} = {toml(one)}" for name, one in value.items()) + "}"
    return f'"{value}"' if isinstance(value, str) else repr(value)


def put(lines: list[str], key: str, value: Any) -> list[str]:
    """Set a key of [evaluation]: in its line, else in a new one below the last of this table's keys."""
    if isinstance(value, Mapping) and span(lines, f"{TABLE}.{key}"):
        for name, one in value.items():
            lines = put_in(lines, f"{TABLE}.{key}", name, one)
        return lines
    return put_in(lines, TABLE, key, value)


def put_in(lines: list[str], table: str, key: str, value: Any) -> list[str]:
    """Set a key of a table."""
    end = next((mark for mark in ("\r\n", "\n") if lines and lines[0].endswith(mark)), "\n")
    found = span(lines, table)
    if found is None:
        start = closed(lines, end)
        return [*start, *([end] if start else []), f"[{table}]{end}", f"{key} = {toml(value)}{end}"]
    first, last = found
    pattern = re.compile(KEY.format(key=re.escape(key), value=VALUE))
    for at in range(first, last):
        body = lines[at].rstrip("\r\n")
        match = pattern.fullmatch(body)
        if match:
            ending = lines[at][len(body) :]
            line = f"{match['before']}{toml(value)}{aligned(match, toml(value))}{ending}"
            return [*lines[:at], line, *lines[at + 1 :]]
    at = below(lines, first, last)
    return [*closed(lines[:at], end), f"{key} = {toml(value)}{end}", *lines[at:]]


def aligned(match: re.Match[str], value: str) -> str:
    """Return what comes after a value; a comment keeps its column where there is room."""
    comment = match["after"].lstrip()
    gap = len(match["after"]) - len(comment)
    return (
        " " * max(2, gap + len(match["value"]) - len(value)) + comment
        if comment and gap > 1
        else match["after"]
    )


def closed(lines: list[str], end: str) -> list[str]:
    """Return lines of which the last one is ended."""
    return lines if not lines or lines[-1].endswith("\n") else [*lines[:-1], lines[-1] + end]


def span(lines: list[str], table: str) -> tuple[int, int] | None:
    """Return from which line to which one the keys of a table stand, None where it has no header."""
    headers = [(at, name) for at, name in tops(lines)]
    for number, (at, name) in enumerate(headers):
        if name == table:
            last = headers[number + 1][0] if number + 1 < len(headers) else len(lines)
            return at + 1, last
    return None


def tops(lines: list[str]) -> list[tuple[int, str]]:
    """Return the headers of tables by line; what stands in a text of several lines is none."""
    found, inside = [], ""
    for at, line in enumerate(lines):
        bare = line if inside else line.split("#")[0]
        for mark in QUOTES:
            if (not inside or inside == mark) and bare.count(mark) % 2:
                inside = "" if inside else mark
                break
        else:
            match = HEADER.fullmatch(line.rstrip("\r\n"))
            if match and not inside:
                found.append((at, re.sub(r"\s", "", match["name"])))
    return found


def below(lines: list[str], first: int, last: int) -> int:
    """Return the line below the last key of a table: comments after it belong to what follows."""
    found = first
    for at in range(first, last):
        stripped = lines[at].strip()
        if stripped and not stripped.startswith("#"):
            found = at + 1
    return found

"""JSON Lines: one object a line. Numbers keep their own text, so that 1, 1.0 and "1" stay three things."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, NoReturn

import polars as pl

from dataci.formats.table import (
    COLUMN_LIMIT,
    FIELD_LIMIT,
    Problem,
    Table,
    name_fault,
    nothing,
    safe_names,
    too_wide,
)
from dataci.formats.text import conflicts, decode

ABSENT, NULL, STRING, NUMBER, BOOLEAN, NESTED = range(6)
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s\[\]{}:,"]+')
SPACED = {",": ", ", ":": ": "}
BLANK = " \t\r"  # what JSON calls white space; Python's strip takes control characters as well
CUT = 60


class Number(str):
    """The source text of a number."""

    __slots__ = ()


class Twice(ValueError):
    """An object that has a key twice."""


def read(data: bytes) -> Table:
    """Read the bytes of a JSONL file. Never raises: what is malformed is in ``problems``, with its line."""
    text, problems = decode(data)
    if text is None:
        return nothing(*problems)
    found = list(problems)
    rows: list[dict[str, Any]] = []
    starts: list[int] = []
    records = 0
    physical = text.split("\n")
    markers = conflicts(text)
    while physical and not physical[-1].strip(BLANK):
        physical.pop()
    for number, line in enumerate(physical, start=1):
        if number in markers:
            found.append(markers[number])
            continue
        records += 1
        row = parse(line, number)
        if isinstance(row, Problem):
            found.append(row)
        else:
            rows.append(row)
            starts.append(number)
    width = len({name for row in rows for name in row})
    if width > COLUMN_LIMIT:
        return nothing(*found, too_wide(width), records=records)
    frame, kinds = columns(rows)
    canonical = all(p.form for p in found) and canonical_bytes(text) == data
    found.extend(header_problems(rows))
    return Table(frame, pl.Series("line", starts, dtype=pl.UInt32), tuple(found), records, canonical, kinds)


def parse(line: str, number: int) -> dict[str, Any] | Problem:
    """Parse one line into an object, or say what is wrong with it."""
    if not line.strip(BLANK):
        return Problem("ragged-row", number, "This line is empty. Delete it.")
    if len(line) > FIELD_LIMIT:
        message = f"The line is longer than {FIELD_LIMIT:,} characters. Keep such text outside the table."
        return Problem("parse-error", number, message)
    try:
        row = json.loads(
            line, parse_float=Number, parse_int=Number, parse_constant=refuse, object_pairs_hook=pairs
        )
        line.encode("utf-8")
        json.dumps(row, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        message = "A \\ud8xx escape stands alone, which is half a character. Write the whole character."
        return Problem("encoding", number, message, line[:CUT])
    except RecursionError:
        return Problem("parse-error", number, "The value is nested too deeply. Flatten it.", line[:CUT])
    except Twice as error:
        return Problem(
            "header", number, f"The key {error} stands twice in this object. Keep one.", line[:CUT]
        )
    except ValueError as error:
        what = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        return Problem(
            "parse-error", number, f"The line is not valid JSON: {what}. One object a line.", line[:CUT]
        )
    if not isinstance(row, dict):
        return Problem(
            "parse-error",
            number,
            'The line is JSON but not an object. Write {"column": value, …}.',
            line[:CUT],
        )
    if not row:
        return Problem("ragged-row", number, "The object is empty. Delete the line.", line[:CUT])
    return row


def refuse(constant: str) -> NoReturn:
    """Refuse NaN and Infinity, which are not JSON."""
    raise ValueError(f"{constant} is not JSON; write null")


def pairs(items: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object, refusing a key that stands twice: one of the two values would be lost."""
    row = dict(items)
    if len(row) < len(items):
        seen: set[str] = set()
        raise Twice(repr(next(key for key, _ in items if key in seen or seen.add(key))))  # type: ignore[func-returns-value]
    return row


def columns(rows: list[dict[str, Any]]) -> tuple[pl.DataFrame, dict[str, pl.Series]]:
    """Return the rows as String columns, and for each column the JSON type of each cell."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    series, kinds = {}, {}
    for name, key in zip(safe_names(names), names, strict=True):
        cells = [row.get(key, refuse) for row in rows]
        kinds[name] = pl.Series(name, [kind(cell) for cell in cells], dtype=pl.UInt8)
        series[name] = pl.Series(name, [plain(cell) for cell in cells], dtype=pl.String)
    return pl.DataFrame(series), kinds


def kind(cell: Any) -> int:
    """Return the JSON type of a cell; `refuse` stands for an absent key."""
    if cell is refuse:
        return ABSENT
    if cell is None:
        return NULL
    if isinstance(cell, Number):
        return NUMBER
    if isinstance(cell, str):
        return STRING
    return BOOLEAN if isinstance(cell, bool) else NESTED


def plain(cell: Any) -> str | None:
    """Return a cell as text: strings and numbers as they are, the rest as JSON."""
    if cell is None or cell is refuse:
        return None
    return str(cell) if isinstance(cell, str) else nested(cell)


def nested(cell: Any) -> str:
    """Return a nested value as JSON, its numbers as they were written."""
    if isinstance(cell, dict):
        return (
            "{"
            + ", ".join(f"{json.dumps(k, ensure_ascii=False)}: {nested(v)}" for k, v in cell.items())
            + "}"
        )
    if isinstance(cell, list):
        return "[" + ", ".join(map(nested, cell)) + "]"
    return str(cell) if isinstance(cell, Number) else json.dumps(cell, ensure_ascii=False)


def write(frame: pl.DataFrame, kinds: dict[str, pl.Series] | None = None) -> bytes:
    """Return JSONL bytes of ``frame`` (String columns); without ``kinds`` every cell is a string or null."""
    names = frame.columns
    heads = [json.dumps(name, ensure_ascii=False) for name in names]
    types = [kinds[name].to_list() if kinds and name in kinds else None for name in names]
    out = []
    for index, row in enumerate(frame.iter_rows()):
        cells = [
            f"{head}: {literal(cell, None if codes is None else codes[index])}"
            for head, cell, codes in zip(heads, row, types, strict=True)
            if codes is None or codes[index] != ABSENT
        ]
        out.append("{" + ", ".join(cells) + "}\n")
    return "".join(out).encode("utf-8")


def literal(cell: str | None, code: int | None) -> str:
    """Return a cell as JSON text, given the code of its type."""
    if cell is None:
        return "null"
    return cell if code in (NUMBER, BOOLEAN, NESTED) else json.dumps(cell, ensure_ascii=False)


def canonical_bytes(text: str) -> bytes:
    """Return the canonical form of a valid JSONL text: each token as it stands, one space after , and :."""
    lines = (line for line in text.split("\n") if line.strip(BLANK))
    return "".join("".join(SPACED.get(t, t) for t in TOKEN.findall(line)) + "\n" for line in lines).encode(
        "utf-8"
    )


def header_problems(rows: list[dict[str, Any]]) -> list[Problem]:
    """Return what is wrong with the keys."""
    names = dict.fromkeys(name for row in rows for name in row)
    faults = {name: name_fault(name) for name in names}
    return [
        Problem("header", None, fault, name, name.strip() or None) for name, fault in faults.items() if fault
    ]

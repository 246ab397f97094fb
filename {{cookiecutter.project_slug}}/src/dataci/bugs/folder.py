"""The folder of a bug: bug.toml and patterns.csv; on their way from the job that reads to the one that writes, with
outcome.json beside them.

Who takes them over treats them as hostile: bug.toml must be, byte for byte, what is written here for the values that it
holds, and patterns.csv canonical, with the columns of the test set and 10 to 20 rows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from dataci import bounded, bugfile, formats, shape
from dataci.bugs.fault import FORBIDDEN, QUOTED, Fault
from dataci.bugs.patterns import FEWEST, MOST
from dataci.errors import CannotRun

BUG, PATTERNS, OUTCOME = "bug.toml", "patterns.csv", "outcome.json"
LARGEST = 1 << 20  # bytes a file: a form has 65,536 characters
VERSION = 1
ACCEPTED, REFUSED = "accepted", "refused"
OPEN = "open"
KEYS = ("name", "description", "harm", "users", "reporter", "status")
FAULT = {"message": str, "line": (int, type(None)), "text": str}
SHAPE = {
    "version": int,
    "issue": int,
    "verdict": str,
    "faults": [FAULT],
    "more": int,
    "notes": [FAULT],
}
MOST_FAULTS, MOST_NOTES = 20, 10
CUT = 1000  # characters of a message
TOML = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}


class Bug(NamedTuple):
    """What bug.toml says. ``harm``: 1 (a nuisance) to 10; ``users``: how many it concerns, in words, may be ""."""

    name: str
    description: str
    harm: int
    users: str
    reporter: str
    status: str = OPEN


class Outcome(NamedTuple):
    """What became of a form. ``more``: faults that are not listed."""

    issue: int
    verdict: str
    faults: tuple[Fault, ...] = ()
    more: int = 0
    notes: tuple[Fault, ...] = ()


def path(number: int) -> str:
    """Return the folder of an issue's bug, from the project's root."""
    return f"data/bugs/issue-{number}"


def bug_text(bug: Bug) -> str:
    """Write bug.toml."""
    written = {
        "name": quoted(bug.name),
        "description": block(bug.description),
        "harm": f"{bug.harm}  # 1 (a nuisance) to 10 (somebody gets hurt)",
        "users": quoted(bug.users),
        "reporter": quoted(bug.reporter),
        "status": quoted(bug.status),
    }
    return "".join(f"{key} = {text}\n" for key, text in written.items() if key != "users" or bug.users)


def quoted(text: str) -> str:
    """Write a string of TOML on one line."""
    return '"' + "".join(map(escaped, text)) + '"'


def block(text: str) -> str:
    """Write a string of TOML on lines of its own; its last line end belongs to the form, and is read away."""
    lines = ("".join(escaped(char) if char != '"' else char for char in line) for line in text.split("\n"))
    return '"""\n' + "\n".join(lines).replace('""', '"\\"') + '\n"""'


def escaped(char: str) -> str:
    """Write one character so that TOML reads it back."""
    return TOML.get(char) or (f"\\u{ord(char):04X}" if FORBIDDEN.match(char) or char == "\r" else char)


def read_bug(data: bytes) -> Bug:
    """Read a bug.toml that was written here; CannotRun for any other."""
    try:
        raw = bugfile.loads(data)
    except (ValueError, RecursionError):  # no UTF-8, no TOML
        raise CannotRun(f"{BUG} is no valid TOML. Nothing was taken over.") from None
    wanted = {"name": str, "description": str, "harm": int, "users?": str, "reporter": str, "status": str}
    wrong = shape.misfit(raw, wanted, "") or next(
        (f"{key!r} is unknown" for key in raw if key not in KEYS), None
    )
    if wrong:
        raise CannotRun(f"{BUG} is no bug's: {wrong[:200]}. Nothing was taken over.")
    description = raw["description"].removesuffix("\n")
    bug = Bug(raw["name"], description, raw["harm"], raw.get("users", ""), raw["reporter"], raw["status"])
    if not 1 <= bug.harm <= 10 or not bug.name or bug_text(bug).encode() != data:
        raise CannotRun(f"{BUG} was not written by dataci. Nothing was taken over.")
    return bug


def status(data: bytes | None) -> str:
    """Return the status that an earlier bug.toml gives; a form says nothing of it, so it stays as it is."""
    try:
        found = bugfile.loads(data or b"").get("status", OPEN)
    except (ValueError, RecursionError):
        return OPEN
    return found if isinstance(found, str) and found.isalpha() and len(found) <= 20 else OPEN


def check_patterns(data: bytes, names: Sequence[str]) -> int:
    """Return how many patterns a patterns.csv holds; CannotRun unless it is canonical, with the columns ``names``."""
    table = formats.read(PATTERNS, data)
    problem = next(iter(table.problems), None)
    if problem or not table.canonical:
        raise CannotRun(
            f"{PATTERNS} is not canonical: {problem.message if problem else 'dataci fmt would mend it'}"
        )
    if table.frame.columns != list(names):
        raise CannotRun(f"{PATTERNS} does not have the columns of the test set. Nothing was taken over.")
    if not FEWEST <= table.frame.height <= MOST:
        raise CannotRun(f"{PATTERNS} has {table.frame.height} rows instead of {FEWEST} to {MOST}.")
    if FORBIDDEN.search(data.decode("utf-8", "replace")):
        raise CannotRun(f"{PATTERNS} holds invisible characters. Nothing was taken over.")
    return table.frame.height


def outcome(number: int, faults: Sequence[Fault], notes: Sequence[Fault]) -> Outcome:
    """Put an outcome together; long lists are cut, and the count of faults stays exact."""
    faults, notes = (list(dict.fromkeys(map(short, told))) for told in (faults, notes))
    found = sorted(faults, key=lambda fault: (fault.line is None, fault.line or 0))
    verdict = REFUSED if found else ACCEPTED
    told = tuple(notes[:MOST_NOTES])
    return Outcome(number, verdict, tuple(found[:MOST_FAULTS]), max(0, len(found) - MOST_FAULTS), told)


def short(fault: Fault) -> Fault:
    """Return a fault of a length that is handed over."""
    return fault._replace(message=bounded.whole(fault.message)[:CUT], text=bounded.whole(fault.text)[:QUOTED])


def outcome_text(found: Outcome) -> str:
    """Write outcome.json."""
    written = {"version": VERSION, **found._asdict()}
    for key in ("faults", "notes"):
        written[key] = [fault._asdict() for fault in written[key]]
    return json.dumps(written, indent=1, sort_keys=True) + "\n"


def read_outcome(data: bytes, number: int) -> Outcome:
    """Read an outcome.json about issue ``number``; CannotRun for anything else."""
    try:
        raw = bounded.parse(data, LARGEST, OUTCOME)
    except CannotRun as error:
        raise CannotRun(f"{error} Nothing was published.") from None
    wrong = shape.misfit(raw, SHAPE, "") or implausible(raw)
    if wrong:
        raise CannotRun(
            f"{OUTCOME} is no outcome of `dataci bug accept`: {wrong[:200]}. Nothing was published."
        )
    if raw["issue"] != number:
        raise CannotRun(f"{OUTCOME} is about another issue than #{number}. Nothing was published.")
    lists = {key: tuple(Fault(**fault) for fault in raw[key]) for key in ("faults", "notes")}
    return Outcome(number, raw["verdict"], lists["faults"], raw["more"], lists["notes"])


def implausible(raw: Mapping[str, Any]) -> str | None:
    """Say which value of an outcome cannot be."""
    told = [*raw["faults"], *raw["notes"]]
    if raw["version"] != VERSION or set(raw) != set(SHAPE) or any(set(fault) != set(FAULT) for fault in told):
        return "its version, or its keys"
    if raw["verdict"] not in (ACCEPTED, REFUSED) or (raw["verdict"] == REFUSED) != bool(raw["faults"]):
        return "its verdict"
    if len(raw["faults"]) > MOST_FAULTS or len(raw["notes"]) > MOST_NOTES or not 0 <= raw["more"] < 10**6:
        return "the number of its faults"
    if any(len(fault["message"]) > CUT or len(fault["text"]) > QUOTED for fault in told):
        return "a message is too long"
    if any(fault["line"] is not None and not 0 < fault["line"] < 10**6 for fault in told):
        return "a line number"
    return None

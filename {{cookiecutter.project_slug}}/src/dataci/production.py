"""results/production.toml: which candidate is deployed. A person decides that, in a pull request that changes one line.

The file has two keys: ``tag``, and ``reason`` where the candidate was promoted though a check spoke against it.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import NamedTuple

from dataci import config, record, results
from dataci.errors import CannotRun
from dataci.results import Source

FILE = "production.toml"
WHERE = f"{results.FOLDER}/{FILE}"
LONGEST = 300  # characters of a reason: a sentence or two, in a table cell at times
HEAD = """\
# The candidate that is in production, by the name of its record in this folder. Whoever deploys reads this file.
# `dataci promote TAG` changes it, once it has checked that TAG is not worse than what is here; review it like code.
"""


class Production(NamedTuple):
    """What is deployed: the tag of a candidate, and why, where that had to be said."""

    tag: str
    reason: str | None = None


def read(source: Source) -> Production | None:
    """Return what results/production.toml says, or None without the file; CannotRun says what is wrong with it."""
    raw = source.bytes(FILE)
    return None if raw is None else parse(raw)


def parse(raw: bytes) -> Production:
    """Parse the bytes of a production.toml; CannotRun for other keys than tag and reason, and for odd values."""
    cure = 'Mend it, or write it anew: dataci promote TAG --force --reason "…".'
    try:
        found = tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise CannotRun(f"{WHERE} is not UTF-8 text. {cure}") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise CannotRun(f"{WHERE} is not valid TOML ({str(error)[:80]}). {cure}") from None
    config.known(found, Production._fields, WHERE)
    tag, why = found.get("tag"), found.get("reason")
    if not isinstance(tag, str) or not record.TAG.fullmatch(tag):
        shown = "is missing" if tag is None else f"is {str(tag)[:40]!r}"
        raise CannotRun(
            f"{WHERE}: tag {shown}; it must be the name of a record, like 0123abcd-4567cdef. {cure}"
        )
    if why is not None and not isinstance(why, str):
        raise CannotRun(f"{WHERE}: reason is {str(why)[:40]!r}; it must be a sentence in quotes. {cure}")
    return Production(tag, None if why is None else sentence(why))


def sentence(reason: str) -> str:
    """Return a reason on one line; CannotRun when it is empty, too long, or holds what a reader would not see."""
    line = " ".join(reason.split())
    if not line or len(line) > LONGEST:
        raise CannotRun(
            f"The reason of a promotion must have 1 to {LONGEST} characters; this one has {len(line)}."
        )
    hidden = [char for char in line if not char.isprintable() or record.ESCAPED.match(char)]
    if hidden:
        raise CannotRun(
            f"The reason of a promotion holds the invisible character {hidden[0]!r}. Leave it out."
        )
    return line


def dumps(decided: Production) -> str:
    """Return the text of production.toml."""
    lines = [f'tag = "{decided.tag}"\n']
    if decided.reason:
        quoted = decided.reason.replace("\\", "\\\\").replace('"', '\\"')
        lines.append(f'reason = "{quoted}"\n')
    return HEAD + "".join(lines)


def write(root: Path, decided: Production) -> list[str]:
    """Write production.toml; return its path when its bytes changed, else nothing."""
    return results.write(root, FILE, dumps(decided))


def fault(root: Path) -> str | None:
    """Say what is wrong with results/production.toml or with the candidate it names, or None."""
    try:
        decided = read(Source(root))
        found = results.read(Source(root), decided.tag) if decided else None
    except CannotRun as error:
        return str(error)
    if decided and not found:
        return (
            f"{WHERE} names {decided.tag}, but there is no {results.FOLDER}/{decided.tag}.json. "
            "Bring the record back (git log --all -- results), or promote another candidate."
        )
    return None

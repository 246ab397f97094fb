"""Land a commit on a branch that others push to at the same time: fetch, reset, write, commit, push; and again when
somebody else was quicker. Only a race is tried again: a refusal stays one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from dataci import github, remote
from dataci.github import GitHub

ATTEMPTS = 12


class Landing(NamedTuple):
    """What was written: the paths to commit, and the message of the commit."""

    paths: Sequence[str]
    message: str


def land(root: Path, hub: GitHub, branch: str, write: Callable[[], Landing | None]) -> str | None:
    """Bring what ``write`` writes onto a branch; return the commit's id, or None where nothing had to change.

    ``write`` is called on the newest state of the branch, once for each attempt: it writes into the working tree and
    says what, or None when everything is there already. remote.Rejected: the server does not want it.
    """
    for attempt in range(ATTEMPTS):
        remote.reset(root, remote.fetch(root, branch, hub.token))
        made = commit(root, write())
        if made is None:
            return None
        try:
            remote.push(root, made, branch, hub.token)
            return made
        except (
            remote.Rejected,
            remote.Unreachable,
        ) as error:  # unreachable: the next fetch tells whether it arrived
            if attempt == ATTEMPTS - 1 or (isinstance(error, remote.Rejected) and error.kind != "behind"):
                raise
        github.pause(min(attempt, 3))
    raise AssertionError("the last attempt returns or raises")


def commit(root: Path, landing: Landing | None) -> str | None:
    """Commit what was written, if anything was."""
    return None if landing is None else remote.commit(root, landing.paths, landing.message)

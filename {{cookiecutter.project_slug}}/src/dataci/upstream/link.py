"""The link to the template: .cruft.json, which cruft writes, and what the template has to offer by now."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from dataci import git
from dataci.errors import CannotRun
from dataci.shape import misfit

FILE = ".cruft.json"
SHAPE = {
    "template": str,
    "commit": str,
    "checkout?": (str, type(None)),
    "directory?": (str, type(None)),
    "*": object,
}
HOW = "cruft link URL-OF-THE-TEMPLATE"
UNLINKED = (
    "This project is not linked to its template, so there is nothing to update from. To link it, run "
    f"`pipx run {HOW}` once, answer as when it was made, name the commit that it was made from, and commit {FILE}."
)
SECRETS = re.compile(r"TOKEN|SECRET|PASSWORD|^ACTIONS_", re.IGNORECASE)
PATIENCE = 120  # seconds


class Link(NamedTuple):
    """Where the template is, the commit that the project was made from or last updated to, and what it follows."""

    template: str
    commit: str
    checkout: str | None


def read(root: Path) -> Link | None:
    """Return the link of the project, None when there is none; CannotRun when the file cannot be right."""
    try:
        text = (root / FILE).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CannotRun(f"{FILE} cannot be read: {error.strerror}.") from None
    return parse(text)


def parse(text: bytes) -> Link:
    """Return the link that the text of a .cruft.json holds; CannotRun when it cannot be right."""
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise CannotRun(f"{FILE} is no JSON. Restore it from git, or link the project anew: {HOW}") from None
    wrong = misfit(found, SHAPE, "")
    if not wrong and not git.FULL_ID.fullmatch(found["commit"]):
        wrong = "the commit is no full commit id"
    if not wrong and (not found["template"].strip() or found["template"].startswith("-")):
        wrong = "the template is no address"
    if wrong:
        raise CannotRun(
            f"{FILE} is not what cruft writes: {wrong}. Restore it from git, or link the project anew: {HOW}"
        )
    return Link(found["template"], found["commit"], found.get("checkout"))


def shown(template: str) -> str:
    """Return the address of a template without the name and the password that it may hold."""
    return re.sub(r"(?<=://)[^/@\s]*@", "", template)


def newest(link: Link) -> tuple[str, str | None]:
    """Return the newest commit of the template, and the branch of it (None: the default one).

    A project that was made from a branch follows it; one that was made from a tag or a commit follows the default
    branch, as `cruft update` does. CannotRun when the template cannot be reached.
    """
    branch = f"refs/heads/{link.checkout}" if link.checkout else "HEAD"
    arguments = ("ls-remote", "--", link.template, "HEAD", branch)
    try:
        answer = git.run(Path.cwd(), *arguments, env=environment(), patience=PATIENCE)
    except CannotRun as error:
        raise CannotRun(
            f"The template {shown(link.template)!r} cannot be reached. {shown(str(error))} If it has moved, correct "
            f"{FILE}; if it is private, a workflow has no way to it: run `dataci update` here."
        ) from None
    found = {
        name: commit for commit, _, name in (line.partition("\t") for line in git.decode(answer).splitlines())
    }
    if branch in found and branch != "HEAD":
        return found[branch], link.checkout
    if "HEAD" not in found:
        raise CannotRun(f"The template {shown(link.template)!r} has no commit.")
    return found["HEAD"], None


def environment() -> dict[str, str]:
    """Return the environment for what reaches, or runs, the template: no hook's, no tokens, no colours."""
    kept = {name: value for name, value in git.apart().items() if not SECRETS.search(name)}
    return {**kept, "PYTHONUTF8": "1", "COLUMNS": "200", "NO_COLOR": "1"}

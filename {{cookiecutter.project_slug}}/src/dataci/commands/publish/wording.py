"""What is said about an update of the template: in the summary, the pull request, its commit, and the issue."""

from __future__ import annotations

from urllib.parse import quote

from dataci.reporters.escape import markdown
from dataci.upstream import link
from dataci.upstream.handover import Update
from dataci.upstream.link import Link

MARKER = "<!-- dataci:update -->"
TITLE = "Update the engine from the template"
LISTED = 100  # files by name


def mark(found: Update) -> str:
    """Return the mark of this very update, for a person who declined it not to be asked again."""
    return f"<!-- dataci:update {found.new} -->"


def span(found: Update, known: Link) -> str:
    """Say from where to where, in Markdown."""
    return f"{markdown(link.shown(known.template))}: {str(found.old)[:8]} → {str(found.new)[:8]}"


def files(found: Update) -> str:
    """List the files that change."""
    shown = [f"- {file.change}: {markdown(file.path, 160)}" for file in found.files[:LISTED]]
    more = len(found.files) - len(shown)
    return "\n".join([*shown, *([f"- … and {more} more"] if more > 0 else [])])


def summary(found: Update, known: Link) -> str:
    """Say what the update is."""
    return (
        f"## An update of the template\n\n{span(found, known)}, {len(found.files)} files.\n\n{files(found)}\n"
    )


def body(found: Update, known: Link, server: str) -> str:
    """Say what the pull request brings, and what to look at."""
    compare = comparison(found, known, server)
    return "\n".join(
        [
            f"A newer template: {span(found, known)}.{compare}",
            "",
            "It replaces parts of the engine. Your own files (`data/`, `project/`, `results/`, `dataci.toml` and "
            "whatever else `[tool.cruft] skip` in `pyproject.toml` names) are left alone: an update that touches "
            "one of them is refused.",
            "",
            "The checks of this pull request may wait for a click, for it was opened by a workflow. It is merged like "
            "any other; close it to hear of the template again only when there is something newer.",
            "",
            files(found),
            "",
            MARKER,
            mark(found),
            "",
        ]
    )


def comparison(found: Update, known: Link, server: str) -> str:
    """Link what changed in the template, where that is on the same server."""
    address = link.shown(known.template).removesuffix("/").removesuffix(".git")
    if not address.startswith(f"{server}/") or len(address) > 200:
        return ""
    return f" [What changed]({quote(address, safe=':/')}/compare/{found.old}...{found.new})"


def message(found: Update, known: Link) -> str:
    """Return the message of the commit."""
    return (
        f"{TITLE}\n\nTemplate: {ascii(link.shown(known.template))[1:-1]}\n"
        f"From {found.old}\nTo   {found.new}\n"
    )


def issue(found: Update, known: Link) -> str:
    """Ask a person to run the update, and say why nobody else can."""
    why = []
    if found.workflows:
        listed = "\n".join(f"- {markdown(path, 160)}" for path in found.workflows[:LISTED])
        why.append(f"It changes workflows, which the token of a workflow may not do:\n\n{listed}\n")
    if found.by_hand:
        listed = "\n".join(f"- {markdown(path, 160)}" for path in found.by_hand[:LISTED])
        why.append(
            f"You changed the same lines as the template, so a part must be merged by hand:\n\n{listed}\n"
        )
    return "\n".join(
        [
            f"A newer template: {span(found, known)}, {len(found.files)} files. No workflow can bring it in.",
            "",
            *why,
            "Run it on your machine, on a branch, and open the pull request yourself:",
            "",
            "```sh",
            "git switch -c update-template",
            "pipx run cruft update",
            "git status   # *.rej files, and conflict markers, are what is left to merge by hand",
            "git add -A && git commit -m 'Update the engine from the template'",
            "```",
            "",
            "This issue is kept up to date, and closed once the project is. Close it to hear of the template again "
            "only when there is something newer.",
            "",
            MARKER,
            mark(found),
            "",
        ]
    )

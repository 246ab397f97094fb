"""dataci update: is there a newer template, and what would an update change? Prepares the patch where asked to."""

from __future__ import annotations

from pathlib import Path

import click

from dataci.delivery import handover as results
from dataci.upstream import handover, link, preparing
from dataci.upstream.handover import Update
from dataci.upstream.link import Link

SHOWN = 20


def run(root: Path, output: Path | None = None) -> int:
    """Say what an update would bring; with ``output``, write it there for `dataci publish update`. Returns 0.

    CannotRun when the template cannot be reached, or cruft is missing or fails.
    """
    if output is not None:
        results.prepare(output)  # a patch from before would be handed over as well
    found = look(root)
    tell(found, output is None)
    if output is not None:
        handover.write(output, found)
    return 0


def look(root: Path) -> Update:
    """Ask the template, and prepare an update when there is one."""
    known = link.read(root)
    if known is None:
        return Update("unlinked")
    name = link.shown(known.template)
    newest, branch = link.newest(known)
    current = Update("current", name, known.commit, newest)
    if newest == known.commit:
        return current
    return prepared(root, known, branch, current)


def prepared(root: Path, known: Link, branch: str | None, current: Update) -> Update:
    """Return the update; ``current`` when what is new in the template changes nothing here."""
    found = preparing.prepare(root, known, branch)
    if not found.conflicts and not found.rejected and not found.files:
        return current
    return handover.update(link.shown(known.template), known.commit, found)


def tell(found: Update, here: bool) -> None:
    """Print what was found; ``here``: for somebody who can run cruft now."""
    from dataci.reporters import outline
    from dataci.reporters.escape import terminal

    if found.state == "unlinked":
        click.echo(link.UNLINKED)
        return
    name = terminal(str(found.template))
    if found.state == "current":
        newer = "" if found.old == found.new else " What is new in the template changes nothing here."
        click.echo(f"Up to date with {name} ({str(found.old)[:8]}).{newer}")
        return
    files = found.files
    click.echo(
        f"{name} has an update: {str(found.old)[:8]} → {str(found.new)[:8]}, {outline.count(len(files), 'file')}."
    )
    for file in files[:SHOWN]:
        click.echo(f"  {file.change:<8} {terminal(file.path, 100)}")
    if len(files) > SHOWN:
        click.echo(f"  … and {len(files) - SHOWN} more")
    if found.by_hand:
        click.echo("To be merged by hand in part: " + ", ".join(map(terminal, found.by_hand)))
    if here:
        click.echo("Your own files stay as they are. Take it, on a branch, with: cruft update")

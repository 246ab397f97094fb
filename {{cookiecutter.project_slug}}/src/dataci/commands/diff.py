"""`dataci diff [BASE]`: which rows were added, removed, changed, relabelled or moved."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from dataci import config, dataset, diff, git
from dataci.dataset import Dataset
from dataci.errors import CannotRun
from dataci.reporters import diff as reporter
from dataci.reporters import escape


def run(
    root: Path,
    base: str | None = None,
    staged: bool = False,
    format: str = "text",
    output: Path | None = None,
) -> int:
    """Print, or write to ``output``, what differs between a base and the data; return 0.

    ``base``: a commit, of which the merge base with HEAD counts, so that only what this side changed is
    shown; default: HEAD. The data: the working tree, or with ``staged`` the index. ``format``: text, markdown
    or json.
    """
    if not git.is_repository(root):
        raise CannotRun(
            "This is not a git repository, so there is nothing to compare with. Run git init and commit."
        )
    settings = config.load(root)
    old = before(settings, base)
    found = diff.diff(old, dataset.load(settings, git.INDEX if staged else git.WORKTREE))
    plain = diff.to_dict(found, base or "HEAD")
    terminal = output is None and sys.stdout.isatty()
    width = min(shutil.get_terminal_size().columns, 120) if terminal else 80
    text = reporter.render(plain, format, width, terminal and "NO_COLOR" not in os.environ)
    text += caveats(found, format)
    if output is None:
        sys.stdout.write(text)
        return 0
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise CannotRun(
            f"The diff cannot be written to {str(output)!r}: {error.strerror}. Name another file."
        ) from None
    return 0


def before(settings: config.Config, base: str | None) -> Dataset:
    """Return the data to compare with; no data before the first commit."""
    root = settings.root
    if base is None and git.head(root) is None:
        return Dataset(settings, git.INDEX, [])
    return dataset.load(settings, git.merge_base(root, "HEAD" if base is None else base))


def caveats(found: diff.Diff, format: str) -> str:
    """Say which rows the comparison could not see; the JSON form has them under ``unread``."""
    if format == "json":
        return ""
    shown = escape.markdown if format == "markdown" else escape.terminal
    mark = "- " if format == "markdown" else ""
    lines = []
    for path, old, new in found.unread:
        rows = " and ".join(
            f"{number:,} {when}" for number, when in ((old, "before"), (new, "now")) if number
        )
        lines.append(f"{mark}{shown(path)}: rows that cannot be read and were not compared: {rows}\n")
    return "\n" + "".join(lines) + "\n`dataci check` names their lines.\n" if lines else ""

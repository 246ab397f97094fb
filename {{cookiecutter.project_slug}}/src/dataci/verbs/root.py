"""The group that all commands belong to, and what their arguments share."""

from __future__ import annotations

from pathlib import Path

import click

from dataci import __version__
from dataci.errors import CannotRun

FORMATS = click.Choice(["text", "json", "github", "markdown"])
SHORT_FORMATS = click.Choice(["text", "json", "markdown"])
REPORT_FORMATS = click.Choice(["html", "markdown", "github", "json"])
FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)


class Group(click.Group):
    """The commands, in the order in which one meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.option(
    "-C", "root", type=click.Path(path_type=Path, file_okay=False), help="Run as if started in this folder."
)
@click.version_option(__version__)
@click.pass_context
def cli(context: click.Context, root: Path | None) -> None:
    """Data is reviewed like code: check it, diff it, train on it, compare the results."""
    context.obj = root or Path.cwd()


def found_root(context: click.Context) -> Path:
    """Return the project's root, from where the command was started."""
    from dataci.config import find_root

    start: Path = context.obj
    if not start.is_dir():
        raise CannotRun(f"There is no folder {str(start)!r}.")
    return find_root(start.resolve())

"""The commands about model bugs: bug new, list, show, close, reopen, accept."""

from __future__ import annotations

from pathlib import Path

import click

from dataci.verbs.root import FILE, FOLDER, Group, cli, found_root

FORMAT = click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)


@cli.group(cls=Group)
def bug() -> None:
    """Model bugs: sets of test patterns on which every model is measured.

    Example: dataci bug list
    """


@bug.command()
@click.option("--name", metavar="TEXT", help="A few words by which everybody will know it.")
@click.option("--description", metavar="TEXT", help="What the model does, and what it should do.")
@click.option("--harm", type=click.IntRange(1, 10), help="1 (a nuisance) to 10 (somebody gets hurt).")
@click.option("--users", metavar="NUMBER", help="How many users it concerns, where somebody knows.")
@click.option("--reporter", metavar="TEXT", help="Who reports it.")
@click.option("--patterns", type=FILE, help="A file with 10 to 20 rows: CSV, JSON Lines, or a table.")
@click.option("--id", "own", metavar="ID", help="The folder below data/bugs (default: made of the name).")
@click.pass_context
def new(
    context: click.Context,
    name: str | None,
    description: str | None,
    harm: int | None,
    users: str | None,
    reporter: str | None,
    patterns: Path | None,
    own: str | None,
) -> int:
    """Make a model bug; exit code 1 when its patterns are refused.

    On a terminal it asks for what no option says, and keeps each answer: after an interruption it goes on where it was.
    The patterns have the columns of the test set; ids, days and sources may be left out. They are judged like any data,
    and one that the training data hold is refused.

    Example: dataci bug new
    """
    from dataci.commands.bug import new as command

    given = command.Given(name, description, harm, users, reporter, patterns, own)
    return command.run(found_root(context), given)


@bug.command("list")
@FORMAT
@click.option("--all", "every", is_flag=True, help="Cut nothing, and list what is closed and right as well.")
@click.pass_context
def list_(context: click.Context, format_: str, every: bool) -> int:
    """Say which model bug to work on first.

    The order is error × harm × reach, from 0 to 100. Error: the share of its patterns that the candidate in production
    (else the latest) gets wrong. Harm: 1 to 10, as a share of 10. Reach: the logarithm of the users concerned, as a
    share of that of the most widely met bug; where nobody gave a number, that of the middle bug.

    Example: dataci bug list
    """
    from dataci.commands.bug import listing as command

    return command.run(found_root(context), format_, every)


@bug.command()
@click.argument("name", metavar="ID")
@FORMAT
@click.pass_context
def show(context: click.Context, name: str, format_: str) -> int:
    """Show one model bug: what it is, how it went over candidates, and each pattern with its score.

    Example: dataci bug show issue-42
    """
    from dataci.commands.bug import listing as command

    return command.show(found_root(context), name, format_)


@bug.command()
@click.argument("name", metavar="ID")
@click.option("--reason", metavar="TEXT", help="Why, in a sentence; written into bug.toml.")
@click.option("--force", is_flag=True, help="Close it though it is still wrong; needs --reason.")
@click.pass_context
def close(context: click.Context, name: str, reason: str | None, force: bool) -> int:
    """Close a model bug; exit code 1 when production or the latest still gets it wrong.

    Example: dataci bug close issue-42 --reason "Fixed by batch 8"
    """
    from dataci.commands.bug import state as command

    return command.close(found_root(context), name, reason, force)


@bug.command()
@click.argument("name", metavar="ID")
@click.option("--reason", metavar="TEXT", help="Why, in a sentence; written into bug.toml.")
@click.pass_context
def reopen(context: click.Context, name: str, reason: str | None) -> int:
    """Open a closed model bug again.

    Example: dataci bug reopen issue-42 --reason "A customer met it again"
    """
    from dataci.commands.bug import state as command

    return command.reopen(found_root(context), name, reason)


@bug.command()
@click.argument("issue", type=FILE)
@click.option("--number", type=click.IntRange(1), metavar="N", help="The issue's number (a Markdown file).")
@click.option("--output", type=FOLDER, help="Write there, for `dataci publish bug`, not to data/bugs/.")
@click.pass_context
def accept(context: click.Context, issue: Path, number: int | None, output: Path | None) -> int:
    """Turn an issue that was written in the form into data/bugs/issue-N; exit code 1 when it is refused.

    ISSUE: the text of the issue, or the event of GitHub that holds it. With --output a refusal is handed over as well,
    and the exit code is 0.

    Example: dataci bug accept issue.md --number 42
    """
    from dataci.commands.bug import accept as command

    return command.accept(found_root(context), issue, number, output)

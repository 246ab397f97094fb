"""The command that says why a model says what it says: explain."""

from __future__ import annotations

from pathlib import Path

import click

from dataci.verbs.root import FILE, cli, found_root


@cli.command()
@click.argument("row", metavar="[ID]", required=False)
@click.option("--set", "given", multiple=True, metavar="COLUMN=VALUE", help="A cell of the row, typed in.")
@click.option("--global", "overall", is_flag=True, help="Look at the whole test set, not at one row.")
@click.option(
    "--tag", metavar="TAG", help="The candidate to explain, or a beginning of its tag (default: the latest)."
)
@click.option(
    "--method",
    type=click.Choice(["auto", "exact", "local", "gradients"]),
    default="auto",
    show_default=True,
    help="exact: the linear model's own terms; gradients: the transformer's; local: of any model.",
)
@click.option(
    "--label", metavar="LABEL", help="The label to explain (default: the positive one, or what is predicted)."
)
@click.option(
    "--rows", type=click.IntRange(1), metavar="N", help="With --global: look at no more test rows than these."
)
@click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(0), help="Another seed, other estimates."
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "html", "markdown"]),
    default="text",
    show_default=True,
)
@click.option("--output", type=FILE, help="Write the explanation to this file instead.")
@click.pass_context
def explain(
    context: click.Context,
    row: str | None,
    given: tuple[str, ...],
    overall: bool,
    tag: str | None,
    method: str,
    label: str | None,
    rows: int | None,
    seed: int,
    format_: str,
    output: Path | None,
) -> int:
    """Say which words speak for and against what the model says of a row; --global: which words drive it.

    ID: the id of a row of test or train, or of a bug's pattern (bugs/NAME:ID).

    Example: dataci explain w0412
    """
    from dataci.commands import explain as command

    options = command.Options(tag, label, method, seed, format_, output, rows)
    return command.run(found_root(context), row, given, overall, options)

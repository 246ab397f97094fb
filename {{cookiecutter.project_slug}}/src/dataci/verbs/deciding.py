"""The command that prepares a decision: threshold."""

from __future__ import annotations

from pathlib import Path

import click

from dataci.verbs.root import FOLDER, SHORT_FORMATS, cli, found_root


@cli.command()
@click.option(
    "--rule", metavar="RULE", help="cost, f1, precision>=x, recall>=x or fixed; default: that of dataci.toml."
)
@click.option("--at", type=float, metavar="X", help="The threshold of the rule fixed.")
@click.option("--false-positive-cost", type=float, metavar="N", help="What it costs to say yes wrongly.")
@click.option("--false-negative-cost", type=float, metavar="N", help="What it costs to miss a yes.")
@click.option(
    "--prevalence", type=float, metavar="X", help="Count as if this share of all rows had the positive label."
)
@click.option(
    "--folds",
    type=click.IntRange(2, 50),
    metavar="K",
    help="Into how many parts training rows are dealt (5).",
)
@click.option("--write", is_flag=True, help="Write threshold, rule and costs into dataci.toml.")
@click.option(
    "--output", type=FOLDER, help="Write the curves (SVG) and the table (Markdown) into this folder."
)
@click.option("--png", is_flag=True, help="Write the curves as PNG, too; needs the extra png.")
@click.option("--format", "format_", type=SHORT_FORMATS, default="text", show_default=True)
@click.pass_context
def threshold(
    context: click.Context,
    rule: str | None,
    at: float | None,
    false_positive_cost: float | None,
    false_negative_cost: float | None,
    prevalence: float | None,
    folds: int | None,
    write: bool,
    output: Path | None,
    png: bool,
    format_: str,
) -> int:
    """Choose from which score on it is a "yes", and show what that does; exit code 1 where a rule cannot be met.

    Chosen on predictions of training rows by models that did not learn from them; the test set is only looked at.

    Example: dataci threshold --rule cost --false-positive-cost 1 --false-negative-cost 5
    """
    from dataci.commands import threshold as command

    costs = (false_positive_cost, false_negative_cost)
    return command.run(found_root(context), rule, at, costs, prevalence, folds, write, output, png, format_)

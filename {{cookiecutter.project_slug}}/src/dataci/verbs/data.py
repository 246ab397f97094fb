"""The commands that look at data: check, fmt, diff, init."""

from __future__ import annotations

from pathlib import Path

import click

from dataci.verbs.root import FILE, FORMATS, SHORT_FORMATS, cli, found_root


@cli.command()
@click.option(
    "--base", metavar="REF", help="Only what this change adds to REF counts; what REF has already is known."
)
@click.option(
    "--staged",
    is_flag=True,
    help="Judge what is staged, against HEAD, by the quick checks (the commit hook).",
)
@click.option("--select", multiple=True, metavar="CHECK", help="Run only this check (may be repeated).")
@click.option("--ignore", multiple=True, metavar="CHECK", help="Leave this check out (may be repeated).")
@click.option("--format", "format_", type=FORMATS, default="text", show_default=True)
@click.option("--output", type=FILE, help="Write the report to this file instead.")
@click.pass_context
def check(
    context: click.Context,
    base: str | None,
    staged: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    format_: str,
    output: Path | None,
) -> int:
    """Judge the data: exit code 0 when it is good, 1 when it is not.

    Example: dataci check --base origin/main
    """
    from dataci.commands import check as command

    return command.run(found_root(context), base, staged, select, ignore, format_, output)


@cli.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--check", "only_check", is_flag=True, help="Write nothing; exit code 1 when a file is not canonical."
)
@click.option("--staged", is_flag=True, help="Look at what is staged, and write nothing (the commit hook).")
@click.pass_context
def fmt(context: click.Context, paths: tuple[Path, ...], only_check: bool, staged: bool) -> int:
    """Write data files in canonical form, without touching a value.

    Example: dataci fmt data/train/2026-11-batch-7.csv
    """
    from dataci.commands import fmt as command

    start = Path(context.obj)
    return command.run(found_root(context), tuple(start / path for path in paths), only_check, staged)


@cli.command()
@click.argument("base", required=False)
@click.option("--staged", is_flag=True, help="Compare what is staged instead of the files on disk.")
@click.option("--format", "format_", type=SHORT_FORMATS, default="text", show_default=True)
@click.option("--output", type=FILE, help="Write the diff to this file instead.")
@click.pass_context
def diff(context: click.Context, base: str | None, staged: bool, format_: str, output: Path | None) -> int:
    """Show which rows were added, removed, changed, relabelled or moved since BASE (default: HEAD).

    Example: dataci diff origin/main
    """
    from dataci.commands import diff as command

    return command.run(found_root(context), base, staged, format_, output)


@cli.command()
@click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--label", metavar="COLUMN", help="The column to predict.")
@click.option("--id", "id_", metavar="COLUMN", help="The column that names each row.")
@click.option("--group", metavar="COLUMN", help="The entity that may not stand in two splits.")
@click.option("--time", metavar="COLUMN", help="When the row came to be.")
@click.option("--text", multiple=True, metavar="COLUMN", help="A text to learn from (at most twice).")
@click.option(
    "--test-share",
    default=0.2,
    show_default=True,
    type=click.FloatRange(0.01, 0.9),
    help="The test set's share.",
)
@click.option("--no-test", is_flag=True, help="Make no test set: everything goes to train.")
@click.option("--seed", default=0, show_default=True, help="Another seed, another split.")
@click.option("--force", is_flag=True, help="Replace what was edited, too.")
@click.pass_context
def init(
    context: click.Context,
    data: tuple[Path, ...],
    label: str | None,
    id_: str | None,
    group: str | None,
    time: str | None,
    text: tuple[str, ...],
    test_share: float,
    no_test: bool,
    seed: int,
    force: bool,
) -> int:
    """Replace the example by your own data: infer roles and schema, and split off a test set.

    Example: dataci init churn.csv --label churned
    """
    from dataci.commands import init as command

    start = Path(context.obj)
    paths = tuple(start / path for path in data)
    return command.run(
        found_root(context), paths, label, id_, group, time, text, test_share, no_test, seed, force
    )

"""The commands by which others see the work, here and on GitHub: report, update, publish."""

from __future__ import annotations

from pathlib import Path

import click

from dataci.verbs.root import FILE, FOLDER, REPORT_FORMATS, Group, cli, found_root


@cli.command()
@click.option("--base", metavar="REF", help="Report on the change since REF, instead of the project's state.")
@click.option("--from", "source", type=FILE, help="Render a report that --format json wrote.")
@click.option(
    "--format",
    "format_",
    type=REPORT_FORMATS,
    help="Default: html, a page; markdown for a change.",
)
@click.option("--output", type=FILE, help="Write to this file (default for html: report.html).")
@click.option(
    "--preview/--no-preview",
    default=True,
    help="Train to show what the change would do to the results, if it is quick enough ([delivery] preview).",
)
@click.option(
    "--limit", type=click.IntRange(4000, 1_000_000), metavar="BYTES", help="The Markdown's most bytes."
)
@click.pass_context
def report(
    context: click.Context,
    base: str | None,
    source: Path | None,
    format_: str | None,
    output: Path | None,
    preview: bool,
    limit: int | None,
) -> int:
    """Write a page about the project; with --base what a pull request would show: verdict, rows, results.

    With --base or --from the exit code is 1 when the data is not good.

    Example: dataci report --base origin/main
    """
    from dataci.commands import report as command

    return command.run(found_root(context), base, source, format_, output, preview, limit)


@cli.command()
@click.option("--output", type=FOLDER, help="Prepare the update there, for `dataci publish update`.")
@click.pass_context
def update(context: click.Context, output: Path | None) -> int:
    """Say whether the template has a newer engine, and what an update would change.

    Example: dataci update
    """
    from dataci.commands import update as command

    return command.run(found_root(context), output)


@cli.group(cls=Group)
def publish() -> None:
    """What the workflows bring to GitHub; the token comes from $GITHUB_TOKEN.

    Example: dataci publish results result
    """


@publish.command("comment")
@click.pass_context
def publish_comment(context: click.Context) -> int:
    """Keep the one comment of a pull request up to date, from the run that judged it.

    Example: dataci publish comment
    """
    from dataci.commands.publish import comment as command

    return command.run(found_root(context))


@publish.command("results")
@click.argument("folder", type=FOLDER)
@click.pass_context
def publish_results(context: click.Context, folder: Path) -> int:
    """Commit results that train or evaluate wrote to FOLDER, by a push or by a pull request.

    Example: dataci publish results result
    """
    from dataci.commands.publish import results as command

    return command.run(found_root(context), folder)


@publish.command("bug")
@click.argument("folder", type=FOLDER)
@click.pass_context
def publish_bug(context: click.Context, folder: Path) -> int:
    """Open a pull request with the model bug in FOLDER, or say on the issue what to mend.

    Example: dataci publish bug bug
    """
    from dataci.commands.publish import bug as command

    return command.run(found_root(context), folder)


@publish.command("update")
@click.argument("folder", type=FOLDER)
@click.pass_context
def publish_update(context: click.Context, folder: Path) -> int:
    """Open a pull request with the update of the template in FOLDER.

    Example: dataci publish update update
    """
    from dataci.commands.publish import update as command

    return command.run(found_root(context), folder)

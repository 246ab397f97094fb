"""The commands that make results and judge them: train, evaluate, compare, why, reproduce, promote."""

from __future__ import annotations

from pathlib import Path

import click

from dataci.verbs.root import FILE, FOLDER, SHORT_FORMATS, cli, found_root


@cli.command()
@click.option(
    "--output", type=FOLDER, help="Write the record and its predictions there, and leave results/ as it is."
)
@click.pass_context
def train(context: click.Context, output: Path | None) -> int:
    """Train on data/train, evaluate on data/test and each bug, and write the result to results/.

    Example: dataci train
    """
    from dataci.commands import train as command

    return command.run(found_root(context), output)


@cli.command(hidden=True)
@click.option("--output", required=True, type=FOLDER)
@click.option("--store", required=True, metavar="URL")
@click.option("--fresh", is_flag=True)
@click.option("--jobs", type=FILE)
@click.option("--expect", metavar="DATA-CODE")
@click.pass_context
def predict(
    context: click.Context, output: Path, store: str, fresh: bool, jobs: Path | None, expect: str | None
) -> int:
    """Say what this folder's candidate predicts; other engines call it (see commands/predict.py).

    Example: dataci predict --output answer --store .dataci/store
    """
    from dataci.commands import predict as command

    return command.run(found_root(context), output, store, fresh, jobs, expect)


@cli.command()
@click.argument("tags", metavar="[TAG]...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Measure every candidate in results/.")
@click.option(
    "--jobs",
    default=0,
    metavar="N",
    type=click.IntRange(0, 64),
    help="Processes at once (default: one a core, at most 4).",
)
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--output", type=FOLDER, help="Write what changed there, and leave results/ as it is.")
@click.pass_context
def evaluate(
    context: click.Context, tags: tuple[str, ...], every: bool, jobs: int, format_: str, output: Path | None
) -> int:
    """Measure candidates on today's test set and bugs, each with its own code and model (default: the latest).

    Example: dataci evaluate --all
    """
    from dataci.commands import evaluate as command

    return command.run(found_root(context), tags, every, jobs, format_, output)


@cli.command()
@click.argument("a", required=False)
@click.argument("b", required=False)
@click.option("--format", "format_", type=SHORT_FORMATS, default="text", show_default=True)
@click.option(
    "--evaluate/--no-evaluate",
    default=True,
    help="Evaluate again what was not measured on today's test set (the default), or give no verdict then.",
)
@click.option(
    "--gate", is_flag=True, help="Exit code 1 when B is worse or fails a gate, 2 when there is no verdict."
)
@click.pass_context
def compare(
    context: click.Context, a: str | None, b: str | None, format_: str, evaluate: bool, gate: bool
) -> int:
    """Say whether result B is better than result A (default: the latest and its parent), and why.

    A and B: a tag or its beginning, the path of a record, or a commit.

    Example: dataci compare 3f2a9c01-77be0142 HEAD
    """
    from dataci.commands import compare as command

    return command.run(found_root(context), a, b, format_, evaluate, gate)


@cli.command()
@click.argument("a", required=False)
@click.argument("b", required=False)
@click.option("--quick", is_flag=True, help="Say only what changed; train nothing.")
@click.option(
    "--batches",
    default=3,
    show_default=True,
    type=click.IntRange(0, 1000),
    help="Train without this many batches of new rows, the most suspicious first.",
)
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(1, 64), help="Trainings at once.")
@click.option("--format", "format_", type=SHORT_FORMATS, default="text", show_default=True)
@click.pass_context
def why(
    context: click.Context,
    a: str | None,
    b: str | None,
    quick: bool,
    batches: int,
    jobs: int,
    format_: str,
) -> int:
    """Say why result B is better or worse than A: data, code, settings, environment, and which batch.

    Example: dataci why --quick
    """
    from dataci.commands import why as command

    return command.run(found_root(context), a, b, quick, format_, batches, jobs)


@cli.command()
@click.argument("tag")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def reproduce(context: click.Context, tag: str, format_: str) -> int:
    """Train a result again from its commit; exit code 1 when something else comes out.

    Example: dataci reproduce 3f2a9c01
    """
    from dataci.commands import reproduce as command

    return command.run(found_root(context), tag, format_)


@cli.command()
@click.argument("tag")
@click.option("--force", is_flag=True, help="Promote it though a check speaks against it; needs --reason.")
@click.option("--reason", metavar="TEXT", help="Why, in a sentence; written into results/production.toml.")
@click.pass_context
def promote(context: click.Context, tag: str, force: bool, reason: str | None) -> int:
    """Prepare the change that puts a candidate into production; exit code 1 when it is not good enough.

    Example: dataci promote 3f2a9c01
    """
    from dataci.commands import promote as command

    return command.run(found_root(context), tag, force, reason)

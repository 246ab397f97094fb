"""The command line: parse, call a command, exit. Imports stay light, so that --help is instant."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import click

from dataci import __version__
from dataci.errors import CannotRun, write_log

OK, FINDINGS, CANNOT_RUN, OUR_FAULT, INTERRUPTED = 0, 1, 2, 3, 130
FORMATS = click.Choice(["text", "json", "github", "markdown"])
SHORT_FORMATS = click.Choice(["text", "json", "markdown"])


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
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the report to this file instead."
)
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
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the diff to this file instead."
)
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


@cli.command()
@click.pass_context
def train(context: click.Context) -> int:
    """Train on data/train, evaluate on data/test and each bug, and write the result to results/.

    Example: dataci train
    """
    from dataci.commands import train as command

    return command.run(found_root(context))


@cli.command(hidden=True)
@click.option("--output", required=True, type=click.Path(path_type=Path, file_okay=False))
@click.option("--store", required=True, metavar="URL")
@click.option("--fresh", is_flag=True)
@click.option("--jobs", type=click.Path(path_type=Path, dir_okay=False))
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
@click.pass_context
def evaluate(context: click.Context, tags: tuple[str, ...], every: bool, jobs: int, format_: str) -> int:
    """Measure candidates on today's test set and bugs, each with its own code and model (default: the latest).

    Example: dataci evaluate --all
    """
    from dataci.commands import evaluate as command

    return command.run(found_root(context), tags, every, jobs, format_)


@cli.command()
@click.argument("a", required=False)
@click.argument("b", required=False)
@click.option("--format", "format_", type=SHORT_FORMATS, default="text", show_default=True)
@click.option(
    "--evaluate/--no-evaluate",
    default=True,
    help="Evaluate again what was not measured on today's test set (the default), or give no verdict then.",
)
@click.option("--gate", is_flag=True, help="Exit code 1 when B is worse, 2 when there is no verdict.")
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


@contextlib.contextmanager
def error_handler(root: Path) -> Iterator[None]:
    """Turn what went wrong into an exit code: a sentence for the user, a log for us."""
    try:
        yield
    except CannotRun as error:
        fail(str(error), CANNOT_RUN)
    except SystemExit as error:
        if type(sys.stdout).__name__ == "_PacifyFlushWrapper":
            sys.exit(OK)  # it was click, which saw that the reader of our output is gone (… | head)
        fail(
            f"The project's code ended the program (exit {error.code}), so nothing was judged. Mend it.",
            CANNOT_RUN,
        )
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(CANNOT_RUN)
    except (KeyboardInterrupt, click.Abort):
        fail("Interrupted.", INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output is gone (… | head): nothing is wrong, and nothing more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(OK)
    except PermissionError as error:
        fail(
            f"{error.filename!r} may not be read or written. Change its permissions and run again.",
            CANNOT_RUN,
        )
    except Exception as error:
        where = write_log(root, f"dataci {__version__}\n{traceback.format_exc()}")
        fail(
            f"This is our fault: {type(error).__name__}: {error}. Please report it and attach {where}.",
            OUR_FAULT,
        )


def fail(message: str, code: int) -> None:
    """Say one sentence on stderr and exit. Values in it come from users: control characters are made visible."""
    from dataci.reporters.escape import terminal

    sys.stderr.write(f"dataci: {terminal(message)}\n")
    sys.exit(code)


def main(arguments: list[str] | None = None, command: Callable[..., Any] = cli) -> None:
    """Run the command line and exit."""
    gc.set_threshold(
        1_000_000
    )  # imports make no garbage; looking for it every 700 objects costs a hook a tenth
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    with error_handler(Path.cwd()):
        code = command(args=arguments, standalone_mode=False)
        sys.stdout.flush()
    sys.exit(code if isinstance(code, int) else OK)


def entry() -> NoReturn:
    """Run as a process of its own and end it at once.

    Taking Polars and pandera apart piece by piece when Python ends would cost a commit hook a quarter of its time, and
    the process gives everything back anyway.
    """
    code: object = OUR_FAULT
    try:
        main()
    except SystemExit as stop:
        code = stop.code
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code if isinstance(code, int) else OK)

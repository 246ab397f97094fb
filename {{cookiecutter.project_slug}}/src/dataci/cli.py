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


@cli.command()
@click.argument("a", required=False)
@click.argument("b", required=False)
@click.option("--format", "format_", type=SHORT_FORMATS, default="text", show_default=True)
@click.pass_context
def compare(context: click.Context, a: str | None, b: str | None, format_: str) -> int:
    """Say what changed from result A to result B (default: the previous and the latest one).

    Example: dataci compare 3f2a9c01-77be0142 HEAD
    """
    from dataci.commands import compare as command

    return command.run(found_root(context), a, b, format_)


@contextlib.contextmanager
def error_handler(root: Path) -> Iterator[None]:
    """Turn what went wrong into an exit code: a sentence for the user, a log for us."""
    try:
        yield
    except CannotRun as error:
        fail(str(error), CANNOT_RUN)
    except SystemExit as error:
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

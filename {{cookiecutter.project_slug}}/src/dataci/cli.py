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
from dataci.verbs import bugs, data, deciding, explaining, results, sharing
from dataci.verbs.root import cli as cli

OK, FINDINGS, CANNOT_RUN, OUR_FAULT, INTERRUPTED = 0, 1, 2, 3, 130
VERBS = (
    data,
    results,
    bugs,
    deciding,
    explaining,
    sharing,
)  # each adds its commands to the group, in the order of their names


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

"""A program on a terminal of its own, for the tests: what it asks is waited for, what one types is sent."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

PATIENCE = 20  # seconds without a new character
SOURCE = Path(__file__).parents[1] / "src"


class Terminal:
    """A running program and the screen that it has written so far."""

    def __init__(self, process: subprocess.Popen[bytes], end: int) -> None:
        self.process = process
        self.end = end
        self.screen = ""
        self.seen = 0

    def expect(self, *patterns: str) -> str:
        """Wait until each pattern, one after the other, stands on the screen; return what came before the last."""
        found = ""
        for pattern in patterns:
            while not (match := re.search(pattern, self.screen[self.seen :])):
                if not self.read():
                    raise AssertionError(f"{pattern!r} did not come. The screen:\n{self.screen}")
            found = self.screen[self.seen : self.seen + match.start()]
            self.seen += match.end()
        return found

    def read(self) -> bool:
        """Take what the program writes; False at its end, or where nothing comes any more."""
        ready, _, _ = select.select([self.end], [], [], PATIENCE)
        if not ready:
            return False
        with contextlib.suppress(OSError):  # Linux says so when the other side is closed
            new = os.read(self.end, 65_536)
            self.screen += new.decode("utf-8", "replace").replace("\r\n", "\n")
            return bool(new)
        return False

    def type(self, *lines: str) -> None:
        """Type lines."""
        for line in lines:
            os.write(self.end, line.encode("utf-8") + b"\n")

    def answer(self, *pairs: tuple[str, str]) -> None:
        """Wait for each question, and type its answer."""
        for question, line in pairs:
            self.expect(question)
            self.type(line)

    def interrupt(self) -> int:
        """Press Ctrl-C, once more where it fell between a question and its answer; return the exit code."""
        os.write(self.end, b"\x03")
        self.expect(r"\^C")
        while not select.select([self.end], [], [], 1)[0]:
            os.write(self.end, b"\x03")
        return self.finish()

    def finish(self) -> int:
        """Read to the end and return the exit code."""
        while self.read():
            pass
        return self.process.wait(timeout=PATIENCE)


def settle() -> None:
    """Make the terminal that of the new process, whose Ctrl-C may be ignored where the tests run in the background."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)


@contextlib.contextmanager
def run(root: Path, *arguments: str) -> Iterator[Terminal]:
    """Run dataci in a project on a terminal."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "TERM": "dumb", "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "dataci", *arguments],
        cwd=root,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        start_new_session=True,
        preexec_fn=settle,
    )
    os.close(theirs)
    try:
        yield Terminal(process, ours)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(ours)

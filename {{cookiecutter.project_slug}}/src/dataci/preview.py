"""What the results would become: a change is trained within a time limit and compared with the base's latest result.

The training and the comparison are processes of their own (`dataci train --output`, `dataci compare`), because they run
the project's code: they see no secret of this environment, and what they leave running is ended with them. Nothing is
written into results/.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import dataci
from dataci import bounded, results
from dataci.dataset import BUGS, TEST, Dataset
from dataci.errors import CannotRun
from dataci.record import Record
from dataci.results import FOLDER, Source
from dataci.review import DONE, FAILED, LATE, NONE, OFF, UNCHANGED, Preview

if TYPE_CHECKING:
    from dataci.comparison import Flip

LARGEST = 64_000_000  # bytes that a comparison may have; what is shown of it is cut
GRACE = 5.0  # seconds in which a child may put away its things
WORDS = 100_000  # bytes of a child's messages that are looked at
PASSED_ON = frozenset(  # what a training may know of its environment, and names that begin like PREFIXES
    "PATH HOME USER LOGNAME SHELL LANG LANGUAGE TZ TMPDIR TEMP TMP VIRTUAL_ENV SYSTEMROOT LD_LIBRARY_PATH COMSPEC "
    "DYLD_LIBRARY_PATH SSL_CERT_FILE SSL_CERT_DIR HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy "
    "TOKENIZERS_PARALLELISM GIT_CONFIG_GLOBAL GIT_CONFIG_NOSYSTEM GIT_CONFIG_SYSTEM".split()
)
PREFIXES = tuple(
    "LC_ XDG_ PYTHON OMP_ MKL_ OPENBLAS_ POLARS_ CUDA_ NVIDIA_ TORCH_ HF_ TRANSFORMERS_ UV_ PIP_ DATACI_".split()
)
SECRET = re.compile(r"TOKEN|SECRET|PASSW|CREDENTIAL|AUTH|KEY", re.IGNORECASE)
LOGIN = re.compile(r"://[^/\s]*@")  # a user's name and password in an address


class Ran(NamedTuple):
    """How a child ended: its exit code (None: it was ended for want of time), its output, its last sentence."""

    code: int | None
    output: bytes
    words: str


def preview(
    dataset: Dataset,
    base: str,
    name: str,
    wanted: bool = True,
    say: Callable[[str], None] = lambda line: None,
) -> Preview:
    """Say what training on ``dataset`` (the working tree) would change in the results.

    ``base``: the full id of the commit that is compared with, ``name``: what it is called. ``say`` is called with a
    sentence before what takes its time. Never raises for what the project's code does: the status tells.
    """
    seconds = dataset.config.preview
    if not wanted or not seconds:
        why = "it was not asked for" if not wanted else "[delivery] preview in dataci.toml is 0"
        return Preview(OFF, f"No training was done to see what the results would become: {why}.")
    try:
        return trained(dataset, base, name, seconds, say)
    except CannotRun as error:
        return Preview(FAILED, f"What the results would become cannot be told: {error}")


def trained(dataset: Dataset, base: str, name: str, seconds: int, say: Callable[[str], None]) -> Preview:
    """Train, unless there is nothing to compare with or nothing has changed."""
    from dataci import identity

    root = dataset.config.root
    latest = results.latest(Source(root, base))
    if latest is None:
        return Preview(NONE, f"{name} has no result yet, so there is nothing to compare with.")
    tag = identity.identify(dataset).tag
    if tag == latest["tag"]:
        return unchanged(dataset, latest, name)
    say(f"Training {tag}, at most {seconds:,} s …")
    with tempfile.TemporaryDirectory(prefix="dataci-") as home:
        folder = Path(home) / FOLDER
        folder.mkdir()
        ran = run(root, ["train", "--output", str(folder)], seconds)
        if ran.code is None:
            return late("Training", seconds)
        if ran.code:
            return Preview(FAILED, f"Training failed: {ran.words}")
        say(f"Comparing with {latest['tag']}, the latest result of {name} …")
        ran = run(root, ["compare", base, str(folder / f"{tag}.json"), "--format", "json"], seconds)
    if ran.code is None:
        return late("Measuring the latest result again", seconds)
    if ran.code:
        return Preview(FAILED, f"The result cannot be compared with that of {name}: {ran.words}")
    return compared(ran.output, dataset, latest, base, name)


def unchanged(dataset: Dataset, latest: Record, name: str) -> Preview:
    """Say that the model stays the same, and whether its figures do."""
    told = f"Neither data nor code that makes the model changed: the model stays {latest['tag']}, that of {name}."
    if any(latest["test"][key] != dataset.tree_id(folder) for key, folder in (("id", TEST), ("bugs", BUGS))):
        told += " The test set or a model bug did, so all candidates are measured again after the merge."
    return Preview(UNCHANGED, told)


def late(what: str, seconds: int) -> Preview:
    """Say that the time was up."""
    told = f"{what} took longer than the {seconds:,} s that [delivery] preview in dataci.toml allows"
    return Preview(LATE, f"{told}, so what the results become is shown after the merge.")


def compared(raw: bytes, dataset: Dataset, latest: Record, base: str, name: str) -> Preview:
    """Read what `dataci compare` printed."""
    from dataci import checkout, comparison
    from dataci.comparison import restore

    # What the project's code prints stands before it.
    plain = bounded.parse(raw[raw.rfind(b"\n{\n") + 1 :], LARGEST, "The comparison")
    inputs = dataset.config.columns.inputs
    found = comparison.each_flip(restore.from_dict(plain), lambda flip: in_order(flip, inputs))
    notes = list(found.notes)
    if not checkout.is_same(dataset.config.root, base, latest):
        told = "is of older data or code than its own; what changed there since is part of the difference"
        notes.insert(0, f"A, the latest result of {name}, {told}.")
    a = found.a._replace(name=f"{found.a.record['tag']} ({name})")
    b = found.b._replace(name=f"{found.b.record['tag']} (this change)")
    message = f"This change was trained and compared with {latest['tag']}, the latest result of {name}."
    return Preview(DONE, message, found._replace(a=a, b=b, notes=tuple(notes)))


def in_order(flip: Flip, names: Sequence[str]) -> Flip:
    """Return a row that flipped with its cells in the order in which dataci.toml names the columns."""
    order = {name: at for at, name in enumerate(names)}
    return flip._replace(text=tuple(sorted(flip.text, key=lambda cell: order.get(cell[0], len(order)))))


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a child: what it needs to find its things, and nothing that may be a secret."""
    found = {
        name: value
        for name, value in given.items()
        if (name in PASSED_ON or name.startswith(PREFIXES))
        and not SECRET.search(name)
        and not LOGIN.search(value)
    }
    return found | {
        "PYTHONPATH": str(Path(dataci.__file__).parent.parent),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONIOENCODING": "utf-8",
        "CI": "true",
    }


def run(root: Path, arguments: Sequence[str], seconds: float) -> Ran:
    """Run a command of the engine in ``root``, for at most so many seconds."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as words:
        process = subprocess.Popen(
            [sys.executable, "-m", "dataci", *arguments],
            cwd=root,
            env=environment(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=words,
            start_new_session=True,  # a group of its own, so that all of it can be ended
        )
        code: int | None = None
        try:
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = process.wait(seconds)
        finally:
            end(process)
        return Ran(code, read(output, LARGEST + 1), last(read(words, WORDS)))


def end(process: subprocess.Popen[bytes]) -> None:
    """End a child and whatever it has started: as Ctrl-C does, so that it ends its own children; then for good."""
    if process.poll() is None:
        signal_group(process, signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
    signal_group(process, getattr(signal, "SIGKILL", signal.SIGTERM))
    process.wait()


def signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    """Send a signal to a child and its group; nothing happens where none of it is left."""
    try:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, number)
        elif process.poll() is None:
            process.terminate()
    except (ProcessLookupError, PermissionError):
        return


def read(file: Any, limit: int) -> bytes:
    """Return the last bytes of a temporary file."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(size - limit, 0))
    return bytes(file.read(limit))


def last(words: bytes) -> str:
    """Return the sentence with which a child ended."""
    from dataci import rerun

    return rerun.last_words(words.decode("utf-8", "replace").splitlines())

"""What is measured of dataci itself: start-up, the commit hook, and the checks of whole data sets."""

from __future__ import annotations

import math
import shutil
import subprocess
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

import measure
from measure import Figure, Job
from table import Line

HERE = Path(__file__).resolve().parent
DATA = HERE / ".data"
PYTHON = sys.executable
DATACI = (PYTHON, "-m", "dataci")
LARGE = 1_000_000  # rows from which starting the process no longer decides; the goals are for these
GENERATE = (PYTHON, str(HERE / "generate.py"))
CORE = "schema duplicate-id duplicate-row conflicting-label split-leak group-leak".split()
NEAR = ("near-duplicate", "near-split-leak")
HASH = """
import glob, hashlib, time
best = 9e9
for _ in range(5):
    started = time.perf_counter()
    for path in glob.glob("data/*/*.csv"):
        with open(path, "rb") as file:
            hashlib.file_digest(file, "sha256")
    best = min(best, time.perf_counter() - started)
print(best)
"""
READ = 'import glob, polars; [polars.read_csv(p, infer_schema=False) for p in glob.glob("data/*/*.csv")]'
CHANGES = {
    "new": "10 rows in a new file beside 20 files of 5,000",
    "edit": "10 rows edited in one of 20 files of 5,000",
    "one": "10 rows edited in one file of 100,000",
}


def option(name: str, checks: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Return an option once for each check."""
    return tuple(word for check in checks for word in (f"--{name}", check))


def project(name: str, rows: int, *more: str) -> Path:
    """Return the folder of a generated project; a process of its own makes it, so that this one stays small."""
    folder = DATA / name
    made = [*GENERATE, str(folder), "--rows", str(rows), *more]
    subprocess.run(made, check=True)
    return folder


def forget(folder: Path) -> Callable[[], None]:
    """Return what empties the caches of a project."""
    return lambda: shutil.rmtree(folder / ".dataci", ignore_errors=True)


# ---- start-up and hook


def startup() -> list[Line]:
    """Compare `dataci --help` with the import of click."""
    jobs = {
        "click": Job((PYTHON, "-c", "import click"), HERE),
        "help": Job((*DATACI, "--help"), HERE),
    }
    found = measure.alternate(jobs, 15)
    return [
        Line("python -c 'import click'", None, found["click"].median, found["click"].mebi),
        against("dataci --help", None, found["help"], found["click"], "import click", 2, middle=True),
    ]


def hooks(rows: int) -> list[Line]:
    """Time the commit hook on three ways to change 10 of ``rows`` rows, against the import of polars."""
    many = project(f"hook-{rows}", rows)
    one = project(f"hook-one-{rows}", rows, "--batches", "1")
    jobs = {"polars": Job((PYTHON, "-c", "import polars"), HERE)}
    for name in CHANGES:
        folder = one if name == "one" else many
        reset(folder)
        subprocess.run(
            [*DATACI, "check"],
            cwd=folder,
            env=measure.environment(),
            capture_output=True,
            check=False,
        )
        jobs[name] = Job((*DATACI, "check", "--staged"), folder, change(name, folder))
    found = measure.alternate(jobs, 9, allowed=(0, 1))
    lines = [Line("python -c 'import polars'", None, found["polars"].median, found["polars"].mebi)]
    for name, words in CHANGES.items():
        lines.append(
            against(f"hook: {words}", rows, found[name], found["polars"], "import polars", 4, middle=True)
        )
    return lines


def change(kind: str, folder: Path) -> Callable[[], None]:
    """Return what stages a change of 10 rows that no cache has seen: each call makes another one."""
    number = count(1)

    def stage() -> None:
        reset(folder)
        subprocess.run([PYTHON, str(HERE / "stage.py"), str(folder), kind, str(next(number))], check=True)
        git(folder, "add", "--all")

    return stage


def reset(folder: Path) -> None:
    """Take back what an earlier run staged."""
    git(folder, "reset", "--quiet", "--hard")


def git(folder: Path, *arguments: str) -> None:
    """Run git."""
    subprocess.run(["git", *arguments], cwd=folder, check=True)


# ---- whole data sets


def checks(rows: int, times: int) -> tuple[list[Line], dict[str, Figure], float]:
    """Time the whole data of one size, against sha256 over the same bytes."""
    folder, bad = project(str(rows), rows), project(f"bad-{rows}", rows, "--bad")
    quick = (*DATACI, "check", *option("ignore", NEAR))
    jobs = {
        "sha256": Job((PYTHON, "-c", HASH), folder),
        "read": Job((PYTHON, "-c", READ), folder),
        "core": Job((*DATACI, "check", *option("select", CORE)), folder, forget(folder)),
        "quick": Job(quick, folder, forget(folder)),
        "warm": Job(quick, folder),
        "full": Job((*DATACI, "check"), folder, forget(folder)),
        "bad": Job(quick, bad, forget(bad)),
    }
    found = measure.alternate(jobs, times, allowed=(0, 1))
    floor = float(found["sha256"].last.output)
    named = {
        "read": ("polars reads it, nothing else", None),
        "core": ("schema, duplicates, leakage; no cache", 30),
        "quick": ("all checks but near-duplicates; no cache", 60),
        "warm": ("the same again, keys cached", None),
        "full": ("all checks; no cache", None),
        "bad": ("all but near-duplicates, every row bad", None),
    }
    lines = [Line("sha256 over the same bytes", rows, floor, found["sha256"].mebi)]
    lines += [
        Line(
            what,
            rows,
            found[name].best,
            found[name].mebi,
            found[name].best / floor,
            "sha256",
            goal if rows >= LARGE else None,
        )
        for name, (what, goal) in named.items()
    ]
    return lines, found, floor


def growth(sizes: dict[int, dict[str, Figure]], start: float) -> list[str]:
    """Say how the time grows from the smallest to the largest size, without the start of the process."""
    low, high = min(sizes), max(sizes)
    if low == high:
        return []
    allowed = high / low * math.log(high) / math.log(low)
    said = []
    for name, words in (
        ("core", "schema, duplicates, leakage"),
        ("quick", "all but near"),
        ("full", "all checks"),
    ):
        ratio = (sizes[high][name].best - start) / max(sizes[low][name].best - start, 1e-3)
        said.append(f"{words} ×{ratio:.1f}")
    return [f"{low:,} → {high:,} rows (n log n would be ×{allowed:.1f}): " + "; ".join(said)]


def against(
    what: str, rows: int | None, figure: Figure, floor: Figure, name: str, goal: float, middle: bool = False
) -> Line:
    """Return a line whose ratio is to another job of the same alternation."""
    mine, theirs = (figure.median, floor.median) if middle else (figure.best, floor.best)
    return Line(what, rows, mine, figure.mebi, mine / theirs, name, goal)

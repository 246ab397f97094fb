"""Times what a merge costs: training, measuring, and measuring all candidates again when the test set grows.

    python benchmarks/results.py [--candidates 50] [--rows 1000] [--write]

`--write` puts the table into docs/performance.md. Ratios are to a process that only imports what training needs.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import machine
import measure
from measure import Job
from table import Line, table, write

HERE = Path(__file__).resolve().parent
DATA = HERE / ".data"
PROJECT = HERE.parent / "{{cookiecutter.project_slug}}"
PYTHON = sys.executable
DATACI = (PYTHON, "-m", "dataci")
NEEDED = "import polars, sklearn.linear_model, sklearn.feature_extraction.text"
SCORES = """
import numpy as np
from dataci.evaluation import evaluate
from dataci.predictions import Predictions, Settings
from dataci import paired
generator, how = np.random.default_rng(0), Settings("roc_auc", "1", 0.5)
truth = generator.random(10_000) < 0.4
labels = ["01"[int(yes)] for yes in truth]
def side():
    score = np.round(np.clip(generator.normal(0.4 + 0.2 * truth, 0.2), 0, 1), 3)
    return Predictions(labels, labels, ["0", "1"], np.column_stack([1 - score, score]))
one, two = side(), side()
"""
FIGURES = """
from sklearn import metrics
score = one.scores[:, 1]
for name in ("roc_auc_score", "average_precision_score", "brier_score_loss", "log_loss"):
    getattr(metrics, name)(truth, score)
for name in ("f1_score", "accuracy_score"):
    getattr(metrics, name)(truth, score >= 0.5)
"""
INTERVALS = """
evaluate(one, {}, how)
for name in ("roc_auc", "average_precision", "f1", "accuracy", "log_loss", "brier"):
    paired.difference(name, one, two, how, how)
"""
SETTINGS = """version = 1
[columns]
id = "id"
label = "match"
text = ["want", "offer"]
[evaluation]
positive = "1"
"""
SLICES = """
import polars as pl


def local(rows: pl.DataFrame) -> pl.Expr:
    return pl.col("want").str.contains("local")


def thing(rows: pl.DataFrame) -> pl.Expr:
    return pl.col("want").str.extract(r"my (\\w+)")


def cats_are_dogs(rows: pl.DataFrame) -> pl.DataFrame:
    swapped = pl.col("want", "offer").str.replace_all("cat", "dog")
    return rows.with_columns(swapped)
"""
WORDS = "cat dog pipe tap tax law music clarinet garden bike cake wedding photo roof".split()
FILLERS = "quick good local cheap young old near city night day".split()


def training() -> list[Line]:
    """Time `dataci train` on the shipped example: from nothing, and when there is nothing to do."""
    root = DATA / "example"
    fresh(root)
    for name in ("data", "project", "dataci.toml", "results"):
        source, target = PROJECT / name, root / name
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    commit(root)
    jobs = {
        "floor": Job((PYTHON, "-c", NEEDED), HERE),
        "cold": Job((*DATACI, "train"), root, forget(root)),
        "again": Job((*DATACI, "train"), root),
    }
    found = measure.alternate(jobs, 5)
    floor = found["floor"].median
    return [
        Line("python imports what training needs", None, floor, found["floor"].mebi),
        Line(
            "dataci train: the shipped example, cold",
            642,
            found["cold"].median,
            found["cold"].mebi,
            *over(found["cold"].median, floor),
        ),
        Line(
            "dataci train: nothing to do",
            642,
            found["again"].median,
            found["again"].mebi,
            *over(found["again"].median, floor),
        ),
    ]


def over(seconds: float, floor: float) -> tuple[float, str]:
    """Return a ratio to the import."""
    return seconds / floor, "import"


def measuring() -> list[Line]:
    """Time the six metrics of 10,000 rows with intervals, and two candidates compared by all of them."""
    jobs = {
        "floor": Job((PYTHON, "-c", SCORES + FIGURES), HERE),
        "ours": Job((PYTHON, "-c", SCORES + INTERVALS), HERE),
    }
    found = measure.alternate(jobs, 5)
    floor, ours = found["floor"], found["ours"]
    return [
        Line("scikit-learn: six metrics, no interval", 10_000, floor.median, floor.mebi),
        Line(
            "six metrics with intervals, six comparisons",
            10_000,
            ours.median,
            ours.mebi,
            ours.median / floor.median,
            "scikit-learn",
            5,
        ),
    ]


def again(count: int, rows: int) -> list[Line]:
    """Time `dataci evaluate --all` of many candidates whose models are stored, after a test row was added."""
    root, generator = DATA / "candidates", random.Random(0)
    fresh(root)
    train = [pair(generator, f"r{at}") for at in range(500)]
    test = [pair(generator, f"t{at}") for at in range(rows + 1)]
    shutil.copytree(PROJECT / "project", root / "project")
    shutil.copytree(PROJECT / "src", root / "src", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("checks", "schema", "slices"):
        (root / f"project/{name}.py").unlink(missing_ok=True)
    (root / "dataci.toml").write_text(SETTINGS, encoding="utf-8")
    lines(root / "data/test/t.csv", test[:-1])
    for number in range(count):
        lines(root / "data/train/a.csv", train[number:])
        commit(root)
        subprocess.run(
            [*DATACI, "train"], cwd=root, env=measure.environment(), check=True, capture_output=True
        )
        commit(root)
    lines(root / "data/test/t.csv", test)
    commit(root)
    done = measure.run(Job((*DATACI, "evaluate", "--all"), root))
    if done.status or f"{count} measured" not in done.output:
        raise SystemExit(f"dataci evaluate --all ended with {done.status}:\n{done.output[-2000:]}")
    floor = measure.run(Job((PYTHON, "-c", NEEDED), HERE)).seconds
    return [
        Line(
            f"dataci evaluate --all: {count} candidates",
            rows + 1,
            done.seconds,
            done.mebi,
            *over(done.seconds, floor),
        )
    ]


def behaviour(rows: int) -> list[Line]:
    """Time `dataci evaluate` with bugs, slices, groups, a counterfactual, perturbed rows and uncertainty: of the
    shipped example, and of ``rows`` test rows, once with the default share of them perturbed and once with all.
    """
    root = DATA / "example"  # trained by ``training``; another test row makes the result stale
    test = next((root / "data/test").iterdir())
    written = test.read_text(encoding="utf-8").splitlines(keepends=True)
    test.write_text("".join(written[:-1]), encoding="utf-8")
    floor = measure.run(Job((PYTHON, "-c", NEEDED), HERE)).seconds
    found = [timed("dataci evaluate: the shipped example", len(written) - 2, root, floor, 15)]
    root, generator = DATA / "behaviour", random.Random(0)
    fresh(root)
    shutil.copytree(PROJECT / "project", root / "project")
    shutil.copytree(PROJECT / "src", root / "src", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("checks", "schema"):
        (root / f"project/{name}.py").unlink(missing_ok=True)
    (root / "project/slices.py").write_text(SLICES, encoding="utf-8")
    (root / "dataci.toml").write_text(SETTINGS, encoding="utf-8")
    lines(root / "data/train/a.csv", [pair(generator, f"r{at}") for at in range(2000)])
    lines(root / "data/test/t.csv", [pair(generator, f"t{at}") for at in range(100)])
    for number in range(20):
        patterns = [pair(generator, f"b{number}-{at}") for at in range(15)]
        lines(root / f"data/bugs/bug-{number}/patterns.csv", patterns)
    commit(root)
    subprocess.run([*DATACI, "train"], cwd=root, env=measure.environment(), check=True, capture_output=True)
    for what, settings in (
        ("200 rows perturbed", SETTINGS),
        ("all perturbed", f"{SETTINGS}[evaluation.robustness]\nrows = {rows}\n"),
    ):
        (root / "dataci.toml").write_text(settings, encoding="utf-8")
        lines(root / "data/test/t.csv", [pair(generator, f"t{at}") for at in range(rows)])
        commit(root)
        found.append(timed(f"dataci evaluate: 20 bugs, slices, {what}", rows, root, floor, 60))
    return found


def timed(what: str, rows: int, root: Path, floor: float, goal: float) -> Line:
    """Time `dataci evaluate` once; the goal is in seconds."""
    done = measure.run(Job((*DATACI, "evaluate"), root))
    if done.status or "1 measured" not in done.output:
        raise SystemExit(f"dataci evaluate ended with {done.status}:\n{done.output[-2000:]}")
    met = "" if done.seconds <= goal else ": MISSED"
    return Line(f"{what} (goal {goal:.0f} s{met})", rows, done.seconds, done.mebi, *over(done.seconds, floor))


def pair(generator: random.Random, name: str) -> str:
    """Return a row: a want and an offer, which match when they share a word, nine times in ten."""
    one = generator.choice(WORDS)
    two = one if generator.random() < 0.5 else generator.choice(WORDS)
    extra = " ".join(generator.choices(FILLERS, k=4))
    label = int((one == two) != (generator.random() < 0.1))
    return f"{name},someone for my {one} {extra} {name},{two} help {generator.randrange(999)},{label}\n"


def lines(path: Path, rows: list[str]) -> None:
    """Write a data file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("id,want,offer,match\n" + "".join(rows), encoding="utf-8")


def fresh(root: Path) -> None:
    """Make an empty repository."""
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    (root / ".gitignore").write_text(".dataci/\n__pycache__/\n", encoding="utf-8")


def commit(root: Path) -> None:
    """Commit everything."""
    who = ["-c", "user.name=Benchmark", "-c", "user.email=benchmark@example.org"]
    subprocess.run(["git", "add", "--all"], cwd=root, check=True)
    subprocess.run(["git", *who, "commit", "--quiet", "--allow-empty", "-m", "x"], cwd=root, check=True)


def forget(root: Path) -> Callable[[], None]:
    """Return what takes models and results away."""

    def clean() -> None:
        shutil.rmtree(root / ".dataci", ignore_errors=True)
        for path in (root / "results").glob("*-*.*"):
            path.unlink()

    return clean


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--candidates", type=int, default=50)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    given = parser.parse_args()
    DATA.mkdir(exist_ok=True)
    found = training() + behaviour(10_000) + measuring() + again(given.candidates, given.rows)
    text = "\n".join([machine.words(), "", table(found)])
    print(text)
    if given.write:
        write(text, "results.py")


if __name__ == "__main__":
    main()

"""make demo: the story of two data pull requests, played for real on a data set that scikit-learn ships.

Every command that is shown is run; every output that is shown is what it printed. The project stays in demo-project/,
or in the folder that is named.
"""

from __future__ import annotations

import csv
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import baking

TEMPLATE = Path(__file__).resolve().parents[1]
HOME = Path(sys.argv[1] if len(sys.argv) > 1 else TEMPLATE / "demo-project").resolve()
MARK = ".made-by-make-demo"
WIDTH = 80
PATTERNS = 6  # of each diagnosis, in the model bug
Rows = list[list[str]]


def main() -> None:
    """Play the story; exit with 1 when a step does not end as it must."""
    started = time.monotonic()
    scaffold()
    header, first, second, third, fourth = tumours()
    bring_data(header, first)
    refused(header, second)
    repaired(header, second)
    train_and_merge("Train on the first batch", "This is what the merge to main does in GitHub Actions.")
    second_change(header, third)
    patterns = between(fourth)
    new_test_rows(header, [row for row in fourth if row not in patterns])
    behind_one_number(header, patterns)
    promoted()
    goodbye(time.monotonic() - started)


def scaffold() -> None:
    """Bake a project, give it an environment, and put it under git with its hooks."""
    step("Scaffold a project", "Five questions (here: their defaults), and a repository that works at once.")
    environment = HOME / ".venv"
    kept = HOME.with_name(f".{HOME.name}.environment")
    if HOME.exists():
        if not (HOME / MARK).exists():
            sys.exit(f"{HOME} exists and was not made by this demo. Move it away, then run make demo again.")
        if environment.is_dir():
            shutil.rmtree(kept, ignore_errors=True)
            environment.rename(kept)
        shutil.rmtree(HOME)
    bake()
    (HOME / MARK).write_text("make demo deletes and rebuilds this folder.\n", encoding="utf-8")
    if kept.is_dir():
        kept.rename(environment)
    install(environment)
    run("git init --quiet --initial-branch=main", quiet=True)
    (HOME / ".git" / "info").mkdir(exist_ok=True)
    (HOME / ".git" / "info" / "exclude").write_text(f"{MARK}\nincoming/\npull-request.md\n", encoding="utf-8")
    run("git add .", quiet=True)
    run("pre-commit install", tail=2)
    run('git commit --quiet -m "Scaffold the project"', tail=12)
    look("It is green on its own example: both hooks looked at the data of the commit.")


def bake() -> None:
    """Generate the project from the template as it stands, caches left out."""
    print(f"$ cookiecutter {TEMPLATE.name} --no-input", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        template = baking.export(Path(folder) / "template")
        baked = baking.bake(template, Path(folder), project_name="Demo project", project_slug=HOME.name)
        shutil.move(baked, HOME)


def install(environment: Path) -> None:
    """Make the project's environment, unless an earlier demo left one that fits."""
    wanted = (HOME / "pyproject.toml").read_text(encoding="utf-8")
    stamp = environment / "pyproject.toml"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        print("(The environment of the last demo fits and is used again.)")
        return
    shutil.rmtree(environment, ignore_errors=True)
    run(f"{sys.executable} -m venv .venv", shown="python -m venv .venv")
    run(
        ".venv/bin/pip install -qq --disable-pip-version-check -e .[dev]",
        shown=".venv/bin/pip install -e '.[dev]'",
    )
    stamp.write_text(wanted, encoding="utf-8")


def tumours() -> tuple[list[str], Rows, Rows, Rows, Rows]:
    """Return the header and four batches of the breast-cancer data (569 real biopsies) that scikit-learn ships."""
    script = (
        "import csv, sys\n"
        "from sklearn.datasets import load_breast_cancer as load\n"
        "data = load()\n"
        "out = csv.writer(sys.stdout, lineterminator='\\n')\n"
        "out.writerow(['patient_id', *(n.replace(' ', '_') for n in data.feature_names[:10]), 'diagnosis'])\n"
        "for i, (row, y) in enumerate(zip(data.data, data.target)):\n"
        "    out.writerow([f'p{i:03d}', *row[:10], data.target_names[y]])\n"
    )
    text = subprocess.run(
        [str(HOME / ".venv/bin/python"), "-c", script], check=True, capture_output=True, text=True
    ).stdout
    header, *rows = list(csv.reader(text.splitlines()))
    return header, rows[:380], rows[380:460], rows[460:530], rows[530:]


def bring_data(header: list[str], rows: Rows) -> None:
    """Replace the example by the user's own data."""
    step(
        "Bring your own data",
        f"{len(rows)} biopsies with ten measurements; what is to be predicted is the diagnosis.",
    )
    write(HOME / "incoming" / "biopsies.csv", header, rows)
    run("dataci init incoming/biopsies.csv --label diagnosis")
    run("dataci check", tail=6)
    run("git add .", quiet=True)
    run('git commit --quiet -m "Begin with 380 biopsies"', quiet=True)
    look("project/schema.py is readable and yours to edit; dataci.toml gives each column its role.")


def refused(header: list[str], rows: Rows) -> None:
    """Open a pull request whose batch has faults that people really make."""
    step(
        "A pull request with a bad batch",
        "Eighty new biopsies; a spreadsheet and a tired evening were at them.",
    )
    run("git switch --quiet --create second-batch", shown="git switch -c second-batch")
    bad = [list(row) for row in rows]
    bad[3][-1] = "Malignant"  # another spelling of a label
    bad[10][2] = bad[10][2].replace(".", ",")  # a decimal comma
    bad[17][1] = str(float(bad[17][1]) * 10000)  # another unit
    bad[24][0] = bad[23][0]  # an id twice
    bad[31] = bad[31][:-2] + bad[31][-1:]  # a cell lost
    bad[40] = ["p999", *some_test_row(header)[1:]]  # a test row copied to train
    bad[55][4] = ""  # a cell emptied
    write(HOME / "data/train/second-batch.csv", header, bad)
    run("git add data", quiet=True)
    run('git commit -m "Add the second batch"', expect=1)
    look("Nothing was committed. Each fault has its file and line, and says what to do.")
    run("dataci check --base main --format github", expect=1, tail=9)
    look("The same findings as annotations: on GitHub they stand on the lines of the diff.")


def some_test_row(header: list[str]) -> list[str]:
    """Return a row of the test set that `dataci init` split off, in the order of ``header``."""
    with (HOME / "data/test/biopsies.csv").open(encoding="utf-8", newline="") as file:
        row = next(csv.DictReader(file))
    return [row[name] for name in header]


def repaired(header: list[str], rows: Rows) -> None:
    """Repair the batch and merge it."""
    step("The batch is repaired, and merges", "The same eighty rows as they came from the laboratory.")
    write(HOME / "data/train/second-batch.csv", header, rows)
    run("git add data", quiet=True)
    run('git commit --quiet -m "Add the second batch"', tail=12)
    run("dataci diff main", tail=6)
    run("git switch --quiet main", shown="git switch main")
    run("git merge --quiet --no-ff --no-edit second-batch", shown="git merge --no-ff second-batch")


def train_and_merge(title: str, why: str) -> None:
    """Train, and commit the result as the workflow does."""
    step(title, why)
    run("dataci train")
    run("git add results", quiet=True)
    run('git commit --quiet -m "Result of the merge"', quiet=True)
    look("results/latest.json is the record; its name is the hash of its data and the hash of its code.")
    run("dataci train")


def second_change(header: list[str], rows: Rows) -> None:
    """Merge another batch, and review the diff of the results."""
    step("A second change of data", f"{len(rows)} more biopsies. Did the model become better, and for whom?")
    run("git switch --quiet --create third-batch", shown="git switch -c third-batch")
    write(HOME / "data/train/third-batch.csv", header, rows)
    run("git add data", quiet=True)
    run('git commit --quiet -m "Add the third batch"', quiet=True)
    run("dataci report --base main --output pull-request.md")
    look(
        "pull-request.md is what the comment on the pull request says: verdict, rows, distributions, results."
    )
    run("git switch --quiet main", shown="git switch main")
    run("git merge --quiet --no-ff --no-edit third-batch", shown="git merge --no-ff third-batch")
    run("dataci train", tail=12)
    run("git diff --unified=1 results/latest.json", tail=60, until='-  "tag": ')
    look("This diff is the change of behaviour: a person can review it line by line.")
    run("dataci compare")
    look("The same in words, with a verdict that knows about noise.")
    run("git add results", quiet=True)
    run('git commit --quiet -m "Result of the third batch"', quiet=True)
    run("dataci why")
    look("Where the change came from: each share was measured by training without it.")


def new_test_rows(header: list[str], rows: Rows) -> None:
    """Let the test set grow, and measure every candidate on it."""
    step(
        "The test set grows",
        f"{len(rows)} biopsies that nobody trained on. Old figures and new ones cannot be compared.",
    )
    write(HOME / "data/test/more-biopsies.csv", header, rows)
    run("git add data", quiet=True)
    run('git commit --quiet -m "More test rows"', quiet=True)
    run("dataci compare --no-evaluate", tail=6)
    run("dataci evaluate --all")
    run("git diff --stat results")
    run("git add results", quiet=True)
    run('git commit --quiet -m "Measure all on today\'s test set"', quiet=True)
    look("Both records changed: the same candidates, on more rows. Git has the old figures.")


def between(rows: Rows) -> Rows:
    """Return the largest benign tumours and the smallest malignant ones: where a model is easily wrong."""
    by_radius = sorted(rows, key=lambda row: float(row[1]))
    benign = [row for row in by_radius if row[-1] == "benign"][-PATTERNS:]
    return benign + [row for row in by_radius if row[-1] == "malignant"][:PATTERNS]


def behind_one_number(header: list[str], rows: Rows) -> None:
    """Report a model bug, decide where a yes begins, and ask what the model goes by."""
    step("Behind one number", "A doctor reports a model bug; the clinic decides which mistake is worse.")
    write(HOME / "incoming/between.csv", header, rows)
    run(
        'dataci bug new --name "Neither large nor small" --description "Middling tumours are judged wrongly." '
        '--harm 9 --users 40 --reporter "Ward 7" --patterns incoming/between.csv'
    )
    run("git add .", quiet=True)
    run('git commit --quiet -m "A model bug"', quiet=True)
    run("dataci evaluate --all")
    run("dataci bug list")
    look(
        "Error, harm and users make the order in which bugs are worked on; each has its trend over candidates."
    )
    run("dataci threshold --rule cost --false-positive-cost 1 --false-negative-cost 10")
    look("Chosen on rows of train that the models had not seen; --write would put it into dataci.toml.")
    run("dataci explain --global", tail=18)
    look("What drives the model over the test set, whoever asks.")
    run("git add results", quiet=True)
    run('git commit --quiet -m "Measure all on the bug"', quiet=True)


def promoted() -> None:
    """Put a candidate into production, and build it again."""
    step("A candidate goes into production", "One reviewed line; checked before anybody reviews it.")
    tag = json.loads((HOME / "results/latest.json").read_text(encoding="utf-8"))["tag"]
    run(f"dataci promote {tag}")
    run("git add results", quiet=True)
    run(f'git commit --quiet -m "Promote {tag}"', quiet=True)
    run("dataci train", tail=1)
    run("git add results", quiet=True)
    run('git commit --quiet -m "Refresh the leaderboard"', quiet=True)
    look(
        "results/README.md is the leaderboard: best first, with intervals, a chart, and what is in production."
    )
    run(f"dataci reproduce {tag}")
    look("Trained again from its commit, in a folder of its own.")
    run("dataci report")
    look("All of it on one page, without a script: open report.html in a browser.")


def goodbye(seconds: float) -> None:
    """Say where the project is, and what to try."""
    print(f"\n{'=' * WIDTH}\nThe demo took {seconds:.0f} s. The project is yours to explore:\n")
    print(f"  cd {os.path.relpath(HOME)}\n  source .venv/bin/activate\n  git log --oneline --graph")
    print("  cat results/README.md project/schema.py\n  dataci check\n")


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a CSV file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def step(title: str, why: str) -> None:
    """Begin a chapter."""
    step.number = getattr(step, "number", 0) + 1  # type: ignore[attr-defined]
    heading = f"{step.number}. {title}"  # type: ignore[attr-defined]
    print(f"\n{'=' * WIDTH}\n{heading}\n{why}\n{'-' * WIDTH}", flush=True)


def look(what: str) -> None:
    """Say what to look at."""
    print(f"  → {what}\n", flush=True)


def run(
    command: str,
    expect: int = 0,
    quiet: bool = False,
    tail: int | None = None,
    shown: str | None = None,
    until: str = "",
) -> str:
    """Run a command in the project and print what it said; it must end as expected.

    ``tail``: only the last lines; ``until``: those up to the one that begins so, and two more.
    """
    env = {
        **os.environ,
        "PATH": f"{HOME / '.venv/bin'}{os.pathsep}{os.environ['PATH']}",
        "GIT_AUTHOR_NAME": "Demo",
        "GIT_AUTHOR_EMAIL": "demo@example.org",
        "GIT_COMMITTER_NAME": "Demo",
        "GIT_COMMITTER_EMAIL": "demo@example.org",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "NO_COLOR": "1",
    }
    if not quiet:
        print(f"$ {shown or command}", flush=True)
    done = subprocess.run(
        shlex.split(command), cwd=HOME, env=env, capture_output=True, text=True, check=False
    )
    output = (done.stdout + done.stderr).rstrip()
    lines = output.splitlines()
    end = next((at + 3 for at, line in enumerate(lines) if until and line.startswith(until)), len(lines))
    lines, rest = lines[:end], ["  …"] if end < len(lines) else []
    if done.returncode != expect:
        print(output)
        sys.exit(f"\nThe demo broke: {command!r} ended with {done.returncode} instead of {expect}.")
    if not quiet and lines:
        cut = [] if tail is None or len(lines) <= tail else ["  …"]
        print("\n".join([*cut, *lines[-(tail or len(lines)) :], *rest]), flush=True)
    return output


if __name__ == "__main__":
    main()

"""`dataci init` on the shipped example, unedited and edited: what makes room, and what stays.

The seal at the end of the example's dataci.toml must fit its files. After editing one of them, run in the
folder of the generated project: PYTHONPATH=src python -m dataci.inference.seal .
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TEMPLATE = Path(__file__).resolve().parent.parent / "{{cookiecutter.project_slug}}"
ROWS = "".join(f"c{i:03},{20 + i % 40},{i * 37 % 997}.5,{'yes' if i % 3 else 'no'}\n" for i in range(200))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a copy of the files that make up a project's data and settings."""
    root = tmp_path / "project"
    for folder in ("data", "project"):
        shutil.copytree(TEMPLATE / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(TEMPLATE / "dataci.toml", root)
    (tmp_path / "churn.csv").write_text("customer_id,age,spent,churned\n" + ROWS, "utf-8")
    return root


def dataci(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the template's engine in a project."""
    env = {**os.environ, "PYTHONPATH": str(TEMPLATE / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "dataci", *arguments]
    return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)


def test_the_example_makes_room(project: Path) -> None:
    done = dataci(project, "init", "../churn.csv", "--label", "churned")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "a column that is gone" not in done.stdout
    assert sorted(path.name for path in project.rglob("*.csv")) == ["churn.csv", "churn.csv"]
    assert "no_shared_word" not in (project / "project" / "slices.py").read_text("utf-8")
    checked = dataci(project, "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_seal_fits_what_is_shipped() -> None:
    code = (
        "import sys; from pathlib import Path; from dataci.inference import seal; root = Path(sys.argv[1]); "
        "assert not seal.edited(root), seal.edited(root); assert seal.is_ours(root, seal.CHECKS), seal.CHECKS; "
        "assert seal.is_ours(root, seal.SLICES), seal.SLICES"
    )
    env = {**os.environ, "PYTHONPATH": str(TEMPLATE / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(TEMPLATE)], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_an_edited_example_stays(project: Path) -> None:
    schema = project / "project" / "schema.py"
    schema.write_text(schema.read_text("utf-8") + "# mine\n", "utf-8")
    done = dataci(project, "init", "../churn.csv", "--label", "churned")
    assert done.returncode == 2
    assert "project/schema.py" in done.stdout + done.stderr
    assert (project / "data" / "bugs" / "doctors-and-drugs").is_dir()


def test_the_slices_of_the_example_are_parts_of_its_test_set() -> None:
    code = (
        "import sys; from pathlib import Path; from dataci import config, dataset, slices; root = Path(sys.argv[1])\n"
        "data = dataset.load(config.load(root)); rows = data.rows_of(data.indices(dataset.TEST))\n"
        "masks, altered = slices.members(root, rows)\n"
        "print(*(name for name, mask in masks.items() if 20 <= mask.sum() <= mask.size - 20))\n"
        "print(*(name for name, found in altered.items() if (found['want'] != rows['want']).sum() >= 10))"
    )
    env = {**os.environ, "PYTHONPATH": str(TEMPLATE / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(TEMPLATE)], env=env, capture_output=True, text=True, check=False
    )
    names = "channel=app channel=call-centre channel=web long-wants misspelt no-shared-word"
    assert done.stdout.splitlines() == [names, "other-gender"], done.stdout + done.stderr


def test_the_transformer_in_a_comment_is_no_import() -> None:
    code = (
        "import sys; from pathlib import Path; from dataci import closure\n"
        "print(sorted(closure.imports(Path(sys.argv[1]) / 'project' / 'model.py')))"
    )
    env = {**os.environ, "PYTHONPATH": str(TEMPLATE / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(TEMPLATE)], env=env, capture_output=True, text=True, check=True
    )
    assert "'dataci.models.sklearn'" in done.stdout
    assert "transformer" not in done.stdout

"""A baked project: exactly the files that are meant, nothing left to render, and good by its own tools.

All of its own tests run in `make engine`, in a baked project as well.
"""

from __future__ import annotations

import difflib
import re
import sys
import tomllib
from pathlib import Path

import pytest
from baking import LIST, ROOT, TEMPLATE, files, run

RENDERED = ["CODEOWNERS", "LICENSE", "README.md", "pyproject.toml"]


def test_the_list_of_generated_files_is_exact(pristine: Path) -> None:
    expected = LIST.read_text("utf-8").splitlines()
    changes = [line for line in difflib.ndiff(expected, files(pristine)) if line[0] in "+-"]
    cure = "If that is meant: .venv/bin/python tests/baking.py > tests/generated_files.txt"
    assert changes == [], "\n".join(["Not as tests/generated_files.txt says:", *changes, cure])


def test_git_ignores_no_module_of_the_engine(pristine: Path) -> None:
    """A pattern like `models/` in .gitignore would keep src/dataci/models out of every repository."""
    modules = [path.relative_to(TEMPLATE).as_posix() for path in sorted(TEMPLATE.glob("src/**/*.py"))]
    assert [name for name in modules if name not in files(pristine)] == []


def test_nothing_is_left_to_render(pristine: Path) -> None:
    """In the files that are copied as they are, doubled braces are Python's (f-strings), a workflow's, or test data."""
    left = []
    for name in files(pristine):
        text = (pristine / name).read_bytes().decode("utf-8", "replace")
        marks = ["cookiecutter."]
        marks += ["{{", "{%", "{#"] if name in RENDERED else [] if name.startswith("tests/") else ["{%"]
        left += [f"{name}: {mark}" for mark in marks if mark in text]
    assert left == []


def test_only_four_files_are_rendered(pristine: Path) -> None:
    differing = [
        name for name in files(pristine) if (pristine / name).read_bytes() != (TEMPLATE / name).read_bytes()
    ]
    assert differing == RENDERED


def test_files_end_their_lines_as_git_will_store_them(pristine: Path) -> None:
    texts = [
        name for name in files(pristine) if not name.startswith("data/") and not name.endswith(".parquet")
    ]
    assert [name for name in texts if b"\r" in (pristine / name).read_bytes()] == []
    assert [name for name in texts if (pristine / name).read_bytes()[-1:] not in (b"", b"\n")] == []


def test_the_dependencies_are_named_once(pristine: Path) -> None:
    settings = tomllib.loads((pristine / "pyproject.toml").read_text("utf-8"))
    assert settings["dependency-groups"]["dev"] == settings["project"]["optional-dependencies"]["dev"]
    assert len(settings["project"]["dependencies"]) == 10


def test_the_readme_says_which_files_are_yours(pristine: Path) -> None:
    settings = tomllib.loads((pristine / "pyproject.toml").read_text("utf-8"))
    readme = (pristine / "README.md").read_text("utf-8")
    table = readme.split("<!-- yours -->")[1]
    told = re.findall(r"^\| `([^`]+)`", table, re.MULTILINE)
    assert [name.rstrip("/") for name in told] == settings["tool"]["cruft"]["skip"]
    assert [name for name in told if (pristine / name).is_dir() != name.endswith("/")] == []


def test_links_in_the_readme_lead_somewhere(pristine: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", (pristine / "README.md").read_text("utf-8"))
    assert [link for link in links if not (pristine / link).exists()] == []


def test_no_cache_is_tracked_by_git(project: Path) -> None:
    for folder in (
        ".venv/lib",
        ".dataci/cache",
        ".mypy_cache",
        "src/dataci/__pycache__",
        ".hypothesis",
    ):
        (project / folder).mkdir(parents=True, exist_ok=True)
        (project / folder / "x").touch()
    assert run("git", "status", "--porcelain", cwd=project).stdout == ""


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["ruff", "check"], id="linter"),
        pytest.param(["ruff", "format", "--check"], id="formatter"),
        pytest.param(["mypy"], id="types"),
        pytest.param(["dataci", "check"], id="check"),
        pytest.param(["dataci", "fmt", "--check"], id="fmt"),
        pytest.param(["pre_commit", "run", "--all-files"], id="hooks"),
        pytest.param(["pre_commit", "run", "--all-files", "--hook-stage", "pre-push"], id="push-hooks"),
        pytest.param(["pytest", "-q", "tests/project"], id="data-tests"),
    ],
)
def test_it_is_good_by_its_own_tools(project: Path, command: list[str]) -> None:
    run(sys.executable, "-m", *command, cwd=project, env={"PYTHONPATH": str(project / "src")})
    assert run("git", "status", "--porcelain", cwd=project).stdout == ""


def test_it_can_be_installed(project: Path) -> None:
    """Metadata that pip cannot read would make the first command of the README fail."""
    settings = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    assert settings["project"]["scripts"] == {"dataci": "dataci.cli:entry"}
    assert (project / "src" / "dataci" / "cli.py").is_file()
    assert (project / "src" / "dataci" / "py.typed").is_file()


def test_the_workflows_can_install_it_with_uv(project: Path) -> None:
    """With the very commands of the workflows, which the tests that run them leave out."""
    env = {"VIRTUAL_ENV": "", "UV_PYTHON": sys.executable, "PYTHONPATH": ""}
    run("uv", "sync", "--no-dev", "--extra", "github", cwd=project, env=env)
    run("uv", "run", "--no-sync", "dataci", "check", cwd=project, env=env)
    script = "import dataci, urllib3; print(dataci.__file__)"
    where = run("uv", "run", "--no-sync", "python", "-c", script, cwd=project, env=env).stdout
    assert where.strip() == str(project / "src" / "dataci" / "__init__.py")


def test_the_template_names_no_machine_and_no_registry() -> None:
    machines = [f"/{name}/" for name in ("work", "tmp", "root", "home")]
    marks = [
        *machines,
        "py" + "pi.org",
        "python" + "hosted",
        "npm" + "js.org",
    ]  # in pieces: they may not stand here
    tracked = run("git", "ls-files", "-co", "--exclude-standard", cwd=ROOT).stdout.splitlines()
    found = []
    for name in tracked:
        path = ROOT / name
        if path.is_file() and path != Path(__file__):
            text = path.read_bytes().decode("utf-8", "replace")
            found += [f"{name}: {mark}" for mark in marks if mark in text]
    assert found == []


def test_nothing_in_the_engine_looks_like_jinja() -> None:
    """The template runs in place: no Jinja, nor what a reader would take for it."""
    jinja = re.compile(r"\{[{%#]")
    sources = sorted((TEMPLATE / "src").rglob("*.py")) + sorted((TEMPLATE / "project").rglob("*.py"))
    assert len(sources) > 100
    assert [path.name for path in sources if jinja.search(path.read_text("utf-8"))] == []

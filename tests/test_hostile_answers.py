"""Any answer gives a working project or a refusal in one sentence that leaves nothing behind."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from baking import ROOT, TEMPLATE, bake, files
from cookiecutter.exceptions import CookiecutterException

UNUSUAL = [
    "Cats' & Dogs' \"quoted\" <b>bold</b>",
    "back\\slash \\n \\u0041 \\",
    '\'\'\' and """ and r"""',
    "naïve café — 日本語 😀 עברית",
    "Up 100 % {curly} } }} %} $(reboot) `id` ${HOME} ; # no comment",
    "'; import os; os.abort()  #",
    "x" * 300,
]
REFUSED = [
    "",
    " ",
    "two\nlines",
    "two\r\nlines",
    "tab\tbed",
    "bell\x07",
    "turn\u202ened",
    "line\u2028end",
    "x" * 301,
]
JINJA = ["{% raw %}{{ 7*7 }}{% endraw %}", "{% raw %}{% if x %}{% endraw %}", "{{ '{' }}# note #}"]
GOOD_SLUGS = ["a", "want-meets-offer", "churn_2026", "data-ci", "x" * 50]
BAD_SLUGS = [
    *("class", "lambda", "json", "sys", "dataci", "con", "lpt1", "polars", "scikit-learn", "scikit_learn"),
    *(
        "../x",
        "a/b",
        "Upper",
        "3cats",
        "-x",
        "x-",
        "_x",
        "x y",
        "ünïcode",
        "x.y",
        "x" * 51,
        "$(id)",
        "x;y",
        "--help",
    ),
]
BAD_OWNERS = ["", "@octocat", "two words", "a\n* @evil", "org/team/more", "-x", "x" * 40, "a@example.org"]


@pytest.mark.parametrize("answer", UNUSUAL)
def test_an_unusual_text_is_carried_over_unharmed(template: Path, tmp_path: Path, answer: str) -> None:
    project = bake(
        template, tmp_path, project_name=answer, description=answer, author=answer, project_slug="fine"
    )
    settings = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    assert settings["project"]["description"] == answer
    assert settings["project"]["authors"] == [{"name": answer}]
    assert settings["project"]["name"] == "fine"
    readme = (project / "README.md").read_text("utf-8").splitlines()
    assert readme[0] == f"# {answer}"
    assert readme[2] == answer
    assert f"Copyright (c) {answer}\n" in (project / "LICENSE").read_text("utf-8")


@pytest.mark.parametrize("answer", UNUSUAL)
def test_a_slug_is_made_of_any_name(template: Path, tmp_path: Path, answer: str) -> None:
    project = bake(template, tmp_path, project_name=answer)
    assert project.parent == tmp_path / "out"
    assert files(project)


def test_a_calculation_in_an_answer_is_done_once_and_gives_a_working_project(
    template: Path, tmp_path: Path
) -> None:
    project = bake(template, tmp_path, project_name="{{ 7*7 }} cats", project_slug="cats")
    assert (project / "README.md").read_text("utf-8").startswith("# 49 cats\n")


@pytest.mark.parametrize("answer", [*REFUSED, *JINJA])
@pytest.mark.parametrize("question", ["project_name", "description", "author"])
def test_a_text_that_cannot_stand_in_a_file_is_refused(
    template: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], question: str, answer: str
) -> None:
    refuse(template, tmp_path, capfd, question, answer)


@pytest.mark.parametrize("slug", BAD_SLUGS)
def test_a_bad_slug_is_refused(
    template: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], slug: str
) -> None:
    refuse(template, tmp_path, capfd, "project_slug", slug)


@pytest.mark.parametrize("owner", BAD_OWNERS)
def test_a_bad_owner_is_refused(
    template: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], owner: str
) -> None:
    refuse(template, tmp_path, capfd, "github_owner", owner)


def test_an_empty_slug_is_refused(template: Path, tmp_path: Path) -> None:
    with pytest.raises(CookiecutterException, match="already exists"):
        bake(template, tmp_path, project_slug="")
    assert files(tmp_path / "out") == []


@pytest.mark.parametrize("slug", GOOD_SLUGS)
def test_a_good_slug_is_taken(template: Path, tmp_path: Path, slug: str) -> None:
    assert bake(template, tmp_path, project_slug=slug).name == slug


@pytest.mark.parametrize("owner", ["octocat", "octo-org/data-team", "o", "x" * 39])
def test_the_owner_stands_in_codeowners(template: Path, tmp_path: Path, owner: str) -> None:
    text = (bake(template, tmp_path, github_owner=owner) / "CODEOWNERS").read_text("utf-8")
    assert [line for line in text.splitlines() if not line.startswith("#")] == [f"* @{owner}"]


def test_the_hook_knows_every_dependency() -> None:
    text = (
        (ROOT / "hooks" / "pre_gen_project.py")
        .read_text("utf-8")
        .replace("{{ cookiecutter | tojson }}", "{}")
    )
    project = tomllib.loads((TEMPLATE / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    needed = {
        name_of(line) for line in [*project["dependencies"], *(line for extra in extras for line in extra)]
    }
    namespace: dict[str, object] = {"__name__": "hook"}
    exec(compile(text, "pre_gen_project.py", "exec"), namespace)
    assert needed - {"pytest-xdist"} == namespace["NEEDED"]


def name_of(requirement: str) -> str:
    """Return the package that a requirement names, as pip spells it."""
    return requirement.split(">")[0].split("[")[0].lower().replace("_", "-")


def refuse(
    template: Path, folder: Path, capfd: pytest.CaptureFixture[str], question: str, answer: str
) -> None:
    """Bake with a bad answer: one sentence of ours, no traceback of ours, nothing left behind."""
    answers = {"project_slug": "fine", question: answer}
    with pytest.raises(CookiecutterException):
        bake(template, folder, **answers)
    said = capfd.readouterr().err.splitlines()
    assert [line for line in said if line.startswith(f"{question} ")], said
    assert "Traceback" not in said[0]
    assert files(folder / "out") == []
    assert not list((folder / "out").parent.glob("x"))

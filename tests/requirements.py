"""Print what the tests need, one requirement a line: the template's own tools, and all of a generated project's."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def requirements() -> list[str]:
    """Return the requirements of both pyproject.toml files."""
    template = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    project = tomllib.loads((ROOT / "{{cookiecutter.project_slug}}" / "pyproject.toml").read_text("utf-8"))[
        "project"
    ]
    extras = project["optional-dependencies"]
    return [
        *template["dependency-groups"]["dev"],
        *project["dependencies"],
        *extras["dev"],
        *extras["github"],
        *extras["update"],
        *extras["png"],
        *extras["transformer"],
        *extras["explain"],
    ]


if __name__ == "__main__":
    print("\n".join(requirements()))

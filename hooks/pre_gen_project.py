"""Refuse answers that would not make a working project, in one sentence. Cookiecutter renders this file, then runs it.

It runs again at every `cruft update`: it may touch neither git nor the network, nor the folder it runs in.
"""

from __future__ import annotations

import json
import keyword
import re
import sys
import unicodedata

# tojson leaves neither quotes that end the string nor newlines; the spaces keep its own quotes off Python's.
ANSWERS = json.loads(r""" {{ cookiecutter | tojson }} """)
TEXTS = ("project_name", "description", "author")
LONGEST = 50, 300  # characters: a slug, any other answer
CONTROL = {"Cc", "Cs", "Zl", "Zp"}
TURNS = {
    "LRE",
    "RLE",
    "LRO",
    "RLO",
    "PDF",
    "LRI",
    "RLI",
    "FSI",
    "PDI",
}  # marks that turn the direction of writing
DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
# pip could not install a project that has the name of something it needs.
NEEDED = frozenset(
    "accelerate captum charset-normalizer click cruft fairlearn fsspec gitpython hypothesis markdown-it-py mypy numpy"
    " pandera polars pre-commit pytest resvg-py ruff safetensors scikit-learn skops torch transformers urllib3".split()
)


def wrong_slug(slug: str) -> str | None:
    """Say what is wrong with the name of the project's folder, or None."""
    if not re.fullmatch(r"[a-z](?:[a-z0-9_-]*[a-z0-9])?", slug) or len(slug) > LONGEST[0]:
        return (
            f"takes lower-case letters, digits, - and _ only, begins with a letter, ends with a letter or a digit, and "
            f"has at most {LONGEST[0]} characters, like want-meets-offer"
        )
    if slug in DEVICES:
        return "is the name of a device on Windows, where nobody could check the project out"
    name = slug.replace("-", "_")
    if keyword.iskeyword(name):
        return "is a keyword of Python"
    if name in sys.stdlib_module_names:
        return "is the name of a module of Python's standard library"
    if name == "dataci":
        return "is the name of the package inside the project"
    if re.sub("[-_]+", "-", slug) in NEEDED:
        return "is the name of a package that the project depends on"
    return None


def wrong_owner(owner: str) -> str | None:
    """Say what is wrong with the name that goes into CODEOWNERS, or None."""
    user = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?"
    if re.fullmatch(rf"{user}(?:/[A-Za-z0-9][A-Za-z0-9._-]*)?", owner):
        return None
    return "takes a GitHub user name or organisation/team, without @, like octocat or octo-org/data-team"


def wrong_text(text: str) -> str | None:
    """Say what is wrong with an answer that goes into README.md, LICENSE and pyproject.toml, or None."""
    if not text.strip():
        return "is empty; write a few words"
    if len(text) > LONGEST[1]:
        return f"has {len(text)} characters; at most {LONGEST[1]} fit"
    if any(unicodedata.category(c) in CONTROL or unicodedata.bidirectional(c) in TURNS for c in text):
        return "holds a line break or an invisible control character; write it on one line, as plain text"
    if re.search(r"\{[%#{]", text):
        return (
            "holds a mark of the template language; leave out braces that are doubled or followed by % or #"
        )
    return None


def main() -> int:
    """Print the first thing that is wrong to stderr and return 1, or return 0."""
    rules = [
        ("project_slug", wrong_slug),
        ("github_owner", wrong_owner),
        *((name, wrong_text) for name in TEXTS),
    ]
    for name, rule in rules:
        answer = str(ANSWERS[name])
        wrong = rule(answer)
        if wrong:
            shown = answer if len(answer) <= 60 else answer[:59] + "…"
            print(f"{name} {shown!a} {wrong}.", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What the documentation shows, made by the real thing: tables, settings, findings, reports.

What stands between `<!-- made: NAME -->` and `<!-- end -->` in docs/ is made. After a change, write it anew and read
the diff:

    python tests/documentation.py
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import importlib
import io
import json
import os
import re
import shutil
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from shared import ROOT, TEMPLATE

DOCS = ROOT / "docs"
PAGES = {path.name: path for path in (DOCS / "checks.md", DOCS / "formats.md", DOCS / "architecture.md")}
READERS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md")), TEMPLATE / "README.md"]
MADE = re.compile(r"(<!-- made: (?P<name>[^>]+) -->\n).*?(<!-- end -->)", re.DOTALL)

# A planted fault of the engine's own matrix (tests/faults/planted.py) for each check; or a function below.
FAULT_OF = {
    "parse-error": "unclosed_quote",
    "encoding": "mojibake",
    "ragged-row": "a_field_lost",
    "conflict-marker": "merge_conflict",
    "header": "two_files_pasted_together",
    "canonical": "windows_line_ends",
    "schema": "dates_as_a_spreadsheet_writes_them",
    "duplicate-id": "an_id_again",
    "duplicate-row": "a_row_again",
    "conflicting-label": "a_relabelled_copy",
    "near-duplicate": "a_row_again_with_a_typo",
    "split-leak": "test_row_in_train",
    "near-split-leak": "test_row_with_typos_in_train",
    "group-leak": "group_on_both_sides",
    "target-leak": "label_under_another_name",
    "time-leak": "train_row_from_the_future",
    "row-loss": "rows_lost",
    "rewritten-cells": "na_read_as_missing",
    "null-rate": "a_column_emptied",
    "new-category": "a_new_source",
    "drift": "another_unit",
    "shortcut": "a_source_that_tells_the_label",
    "privacy": "an_email_address",
}


def large_file(change: Any) -> None:
    change.files[change.new] = b"PK\x03\x04" + bytes(51 << 20)


def label_nobody_can_learn(change: Any) -> None:
    change.tests[6]["match"] = "maybe"
    change.files[change.test] = change.tests


def far_outside(change: Any) -> None:
    change.batch[4]["amount"] = 905.5


PLANTED_HERE: dict[str, Callable[[Any], None]] = {
    "size": large_file,
    "label-balance": label_nobody_can_learn,
    "range": far_outside,
}


def scratch() -> Path:
    """Return a folder that is gone when the process ends."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@functools.cache
def world() -> Path:
    """Return a repository whose only commit is clean data: 300 rows to train on, 80 to test with."""
    import building
    from faults import clean

    root = scratch() / "project"
    rows = {"train/a": (0, 150), "train/b": (300, 150)}
    data = {f"data/{name}.csv": clean.encode(clean.rows(*span), ".csv") for name, span in rows.items()}
    data["data/test/t.csv"] = clean.encode(clean.rows(5000, 80, "test"), ".csv")
    building.write(root, {"dataci.toml": clean.SETTINGS, "project/schema.py": clean.schema(".csv"), **data})
    building.commit(root)
    return root


@contextlib.contextmanager
def planted(check: str) -> Iterator[Path]:
    """Give the repository with a fault that ``check`` finds, and mend it afterwards."""
    import building
    from faults import clean

    matrix = importlib.import_module("faults.planted")
    root = world()
    change = matrix.Change(".csv", root)
    known = {fault.name: fault.plant for fault in matrix.FAULTS}
    plant = PLANTED_HERE[check] if check in PLANTED_HERE else known[FAULT_OF[check]]
    plant(change)
    for path, content in change.files.items():
        building.write(root, {path: clean.encode(content, ".csv") if isinstance(content, list) else content})
    building.write(root, change.extra)
    try:
        yield root
    finally:
        building.git(root, "reset", "--quiet", "--hard")
        building.git(root, "clean", "--quiet", "-fd")


@functools.cache
def printed(check: str) -> str:
    """Return what `dataci check --base HEAD --select CHECK` prints of its first finding."""
    import building
    from dataci.reporters import text

    with planted(check) as root:
        report = building.judge(root, "HEAD", select=(check,))
    lines = text.render(report).splitlines()
    kept = lines[:3]
    for line in lines[3:]:
        if re.match(r"  \S|\S", line):
            break
        kept.append(line)
    return fenced("\n".join(kept).rstrip(), "text")


def fenced(text: str, language: str) -> str:
    """Return a block of code."""
    return f"```{language}\n{text}\n```\n"


def check_table() -> str:
    """Return the table of all checks."""
    from dataci.checks.registry import CHECKS

    lines = ["| check | severity | commit hook | needs a base | about |", "|---|---|---|---|---|"]
    for name, check in CHECKS.items():
        marks = (str(check.severity), "yes" if check.quick else "-", "yes" if check.needs_base else "-")
        lines.append(f"| [{name}](#{name}) | {' | '.join(marks)} | {check.about} |")
    return "\n".join(lines) + "\n"


def settings_of(name: str) -> str:
    """Return the settings of a check with their defaults, as they stand in dataci.toml."""
    from dataci.checks.registry import CHECKS

    lines = [f"[checks.{name}]", *(f"{key} = {toml(value)}" for key, value in CHECKS[name].settings.items())]
    return fenced("\n".join(lines), "toml")


def toml(value: object) -> str:
    """Write a setting's value."""
    return json.dumps(value)


def layers() -> str:
    """Return the layers of the engine's imports, from the top down."""
    from test_imports import LAYERS

    named = [[name or "__init__" for name in line] for line in LAYERS]
    return fenced("\n".join(" · ".join(line) for line in named), "text")


def json_example() -> str:
    """Return what `--format json` prints for one duplicate id."""
    return fenced(json_report("duplicate-id").rstrip(), "json")


def json_report(check: str) -> str:
    """Return the JSON report of one check on its fault."""
    import building
    from dataci.reporters import REPORTERS

    with planted(check) as root:
        return REPORTERS["json"](building.judge(root, "HEAD", select=(check,)))


def github_example() -> str:
    """Return what `--format github` prints for one duplicate id."""
    import building
    from dataci.reporters import REPORTERS

    with planted("duplicate-id") as root:
        said = REPORTERS["github"](building.judge(root, "HEAD", select=("duplicate-id",)))
    return fenced(said.rstrip(), "text")


@functools.cache
def trained() -> tuple[tuple[Path, dict[str, Any]], ...]:
    """Train twice in a tiny project, with a change in between; return each record."""
    import building
    import candidates
    from dataci.commands import train

    root = candidates.make(scratch() / "project")
    found = []
    more = f"{(root / 'data/train/a.csv').read_text('utf-8')}x1,a kitten to play with,pet sitting by a student,1\n"
    changes: tuple[Mapping[str, str], ...] = (
        {},
        {
            "data/train/a.csv": more,
            "dataci.toml": f"{candidates.SETTINGS}[train.params]\nC = 2.0\n",
            "project/model.py": f"# Another model.\n{candidates.MODEL}",
        },
    )
    for change in changes:
        building.write(root, change)
        building.commit(root)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            assert train.run(root) == 0
        found.append((root, json.loads((root / "results" / "latest.json").read_text("utf-8"))))
    return tuple(found)


def review() -> str:
    """Return the shape of a review, as the module that reads it describes it."""
    from dataci import review

    shape = str(review.__doc__).split("::\n\n", 1)[1]
    return fenced(textwrap.dedent(shape).rstrip(), "text")


MAKERS: dict[str, Callable[[], str]] = {
    "review": review,
    "checks": check_table,
    "layers": layers,
    "findings": json_example,
    "annotations": github_example,
}


def make(name: str) -> str:
    """Return what belongs into the block called ``name``."""
    kind, _, check = name.partition(" ")
    if kind == "finding":
        return printed(check)
    return settings_of(check) if kind == "settings" else MAKERS[name]()


def page(name: str) -> str:
    """Return the text of a page."""
    return PAGES[name].read_text("utf-8")


def first_column(heading: str, name: str = "formats.md") -> set[str]:
    """Return what stands in code in the first column of the tables below a heading."""
    parts = re.split(r"^#+ (.*)$", page(name), flags=re.MULTILINE)
    text = parts[parts.index(heading) + 1]
    rows = re.sub(r"^\|.*\n\|-.*", "", text, flags=re.MULTILINE)  # without the heads of tables
    return set(re.findall(r"^\| `([^`]+)` \|", rows, re.MULTILINE))


def main() -> None:
    """Write every made block anew."""
    names = ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL")
    os.environ.update(dict.fromkeys(names, "tester"))
    for path in PAGES.values():
        text = path.read_text("utf-8")
        path.write_text(MADE.sub(lambda match: match[1] + make(match["name"]) + match[3], text), "utf-8")
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()

"""The workflow commands: their form, the choice of ten, and that data can forge none."""

from __future__ import annotations

import re
from collections.abc import Callable

from dataci.finding import Counts, Finding, Report, Severity
from dataci.reporters import REPORTERS
from dataci.reporters.github import render


def test_usual(usual: Report) -> None:
    assert render(usual) == (
        "::error file=data/train/a.csv,line=3,title=dataci schema%3A match::"
        '"2" is not one of the allowed values 0, 1: correct the cell\n'
        "::error file=data/train/a.csv,line=4,title=dataci schema%3A match::"
        '"2" is not one of the allowed values 0, 1: correct the cell\n'
        "::error file=data/train/a.csv,line=9,title=dataci split-leak::"
        "the row stands in the test set as well: remove it here%0Asee data/test/t.csv:4\n"
        "::warning title=dataci drift%3A source::the share of crowd rose to 48 %25: look why\n"
        "FAIL  1,235 errors, 1 warning in 12,345 rows of 5 files, compared with main (12 known, 2 waived)\n"
        "note: the waiver for w-77 matches nothing: remove it\n"
        "Not annotated: 1,232 more errors (GitHub shows ten of each kind a step). See the step summary.\n"
    )


def test_clean(clean: Report) -> None:
    assert render(clean) == "PASS  nothing found in 3 rows of 1 file\n"


def test_ten_of_each_kind_and_of_each_check_the_lines_first() -> None:
    findings = [Finding("noisy", Severity.ERROR, "a.csv", line, None, None, "n") for line in range(2, 99)]
    findings += [Finding("file", Severity.ERROR, "a.csv", None, None, None, "f")]
    findings += [Finding("rare", Severity.ERROR, "b.csv", 7, None, None, "r")]
    findings += [Finding("all", Severity.ERROR, None, None, None, None, "a")]
    findings += [Finding("warm", Severity.WARNING, "b.csv", line, None, None, "w") for line in range(2, 14)]
    summary = {
        "noisy": Counts(5000),
        "file": Counts(1),
        "rare": Counts(1),
        "all": Counts(1),
        "warm": Counts(0, 12),
    }
    lines = REPORTERS["github"](Report("fail", 2, 99, tuple(findings), summary)).splitlines()
    errors = [line for line in lines if line.startswith("::error")]
    assert [line.partition("title=dataci ")[2] for line in errors] == [
        *["noisy::n"] * 7,
        "rare::r",
        "file::f",
        "all::a",
    ]
    assert sum(line.startswith("::warning") for line in lines) == 10
    assert lines[-1] == (
        "Not annotated: 4,993 more errors and 2 more warnings (GitHub shows ten of each kind a step). "
        "See the step summary."
    )


COMMAND = re.compile(r"::(error|warning) (?:file=([^:,]*),(?:line=\d+,)?)?title=dataci [^:,]*::[^\r\n]*")


def test_hostile(poisoned: Callable[[str], Report], hostile: str) -> None:
    text = render(poisoned(hostile))
    assert text.replace("\n", "").isprintable()
    lines = text.split("\n")
    commands = [line for line in lines if line.lstrip().startswith("::")]
    assert len(commands) == 12
    assert all(COMMAND.fullmatch(line) for line in commands)
    # The name of the file has to stay as it is; a line that is a command is not searched for older ones.
    assert not any("##[" in re.sub(r"^::\w+ file=[^,:]*", "", line) for line in lines)


def test_the_file_stays_as_github_knows_it() -> None:
    finding = Finding("size", Severity.ERROR, "data/100%, a:b.csv", None, None, None, "m")
    first = render(Report("fail", 1, 1, (finding,), {"size": Counts(1)})).splitlines()[0]
    assert first == "::error file=data/100%25%2C a%3Ab.csv,title=dataci size::m"

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
        "Not annotated: 1,232 more errors (schema 1,232). GitHub shows ten of each kind a step; the summary of this "
        "run has more.\n"
        "::notice title=dataci::Not annotated: 1,232 more errors (schema 1,232). GitHub shows ten of each kind a step; "
        "the summary of this run has more.\n"
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
    told = "Not annotated: 4,993 more errors and 2 more warnings (noisy 4,993, warm 2). "
    assert lines[-2].startswith(told)
    assert lines[-1] == f"::notice title=dataci::{lines[-2]}"


def errors(*findings: Finding) -> list[str]:
    """Return the errors that are annotated, without what stands before the place."""
    summary = {finding.check: Counts(sum(f.check == finding.check for f in findings)) for finding in findings}
    lines = render(Report("fail", 2, 99, findings, summary)).splitlines()
    return [line.removeprefix("::error file=") for line in lines if line.startswith("::error")]


def test_every_fault_of_a_column_has_its_turn() -> None:
    messages = [f"The value '{at}' is not allowed" for at in range(50)] + ["The cell is empty"]
    found = [
        Finding("schema", Severity.ERROR, "a.csv", at + 2, "c", None, m) for at, m in enumerate(messages)
    ]
    assert errors(*found)[-1] == "a.csv,line=52,title=dataci schema%3A c::The cell is empty"


def test_every_file_has_its_turn() -> None:
    found = [
        Finding("schema", Severity.ERROR, f"{at // 50}.csv", at, "c", None, f"see x.csv:{at}")
        for at in range(1, 500)
    ]
    assert {line.partition(",")[0] for line in errors(*found)} == {f"{at}.csv" for at in range(10)}


def test_what_is_not_annotated_is_told_by_check() -> None:
    found = tuple(Finding("a", Severity.ERROR, "a.csv", line, None, None, "n") for line in range(2, 12))
    names = {"a": Counts(12), "b": Counts(0, 5), "c": Counts(7), "d": Counts(1), "e": Counts(1)}
    assert "Not annotated: 11 more errors and 5 more warnings (c 7, b 5, a 2, others 2)." in render(
        Report("fail", 1, 1, found, names)
    )


NOTICE = re.compile(r"::notice title=dataci::[^\r\n]*")
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


def test_a_check_with_a_hostile_name_forges_nothing_in_the_notice(hostile: str) -> None:
    text = render(Report("fail", 1, 1, (), {hostile[:200]: Counts(7)}))
    lines = text.rstrip("\n").split("\n")
    assert text.replace("\n", "").isprintable()
    assert [line for line in lines if line.lstrip().startswith("::")] == lines[-1:]
    assert NOTICE.fullmatch(lines[-1])
    assert not any("##[" in line for line in lines)


def test_the_file_stays_as_github_knows_it() -> None:
    finding = Finding("size", Severity.ERROR, "data/100%, a:b.csv", None, None, None, "m")
    first = render(Report("fail", 1, 1, (finding,), {"size": Counts(1)})).splitlines()[0]
    assert first == "::error file=data/100%25%2C a%3Ab.csv,title=dataci size::m"

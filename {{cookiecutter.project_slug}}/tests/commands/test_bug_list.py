"""`dataci bug list` and `bug show`: the order, as text and as JSON, cut with a count, safe whatever the names are."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import building
import candidates
from dataci.commands.bug import listing
from dataci.errors import CannotRun
from dataci.reporters import bug_detail, bugs
from dataci.reporters.bugs import Answered, Case, Shown, Triage

ROWS = "id,want,offer,match\n" + "".join(f"@{at},need {at} @,have {at * 7},{at % 2}\n" for at in range(10))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with a result and three bugs."""
    files = {
        "data/bugs/tax/patterns.csv": ROWS.replace("@", "x"),
        "data/bugs/tax/bug.toml": 'name = "Taxes"\nharm = 9\nusers = "about 900"\nreporter = "Zoë"\n',
        "data/bugs/odd/patterns.csv": ROWS.replace("@", "y"),
    }
    return candidates.trained(tmp_path_factory.mktemp("listed"), files)


def text(root: Path, capsys: pytest.CaptureFixture[str], **options: Any) -> list[str]:
    """Return the lines of the list."""
    capsys.readouterr()
    assert listing.run(root, **options) == 0
    return capsys.readouterr().out.splitlines()


def test_the_list_says_what_to_work_on_first(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = text(trained, capsys)
    assert lines[0].startswith("3 model bugs: ")
    assert "the latest result" in lines[1]
    head = lines[3].split()
    assert head[:6] == ["priority", "status", "bug", "harm", "users", "wrong"]
    rows = [line.split() for line in lines[4:7]]
    priorities = [float(row[0]) for row in rows]
    assert priorities == sorted(priorities, reverse=True)
    assert {row[2] for row in rows} == {"tax", "odd", "vet"}
    assert next(row for row in rows if row[2] == "tax")[3:5] == ["9", "900"]


def test_json_has_all_of_it(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    listing.run(trained, "json", every=True)
    found = json.loads(capsys.readouterr().out)
    assert found["version"] == 1
    assert {bug["id"] for bug in found["bugs"]} == {"tax", "odd", "vet"}
    tax = next(bug for bug in found["bugs"] if bug["id"] == "tax")
    record = json.loads((trained / "results/latest.json").read_text("utf-8"))["bugs"]["tax"]
    assert (tax["errors"], tax["n"]) == (record["errors"], 10)
    assert (tax["low"], tax["high"]) == (record["error_rate"]["low"], record["error_rate"]["high"])
    assert sum(found["counts"].values()) == 3


def test_one_bug_is_shown_with_each_pattern(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    listing.show(trained, "tax")
    out = capsys.readouterr().out
    assert out.startswith("tax: Taxes\n")
    assert "harm      9 of 10: somebody may get hurt, or a law is broken" in out
    rows = [line.split() for line in out.splitlines() if re.match("[✓✗]~? +x", line)]
    record = json.loads((trained / "results/latest.json").read_text("utf-8"))["bugs"]["tax"]
    assert len(rows) == 10
    assert sum(row[0].startswith("✗") for row in rows) == record["errors"]
    assert [row[0][0] for row in rows] == sorted((row[0][0] for row in rows), reverse=True)  # ✗ before ✓


def test_one_bug_as_json_has_the_stored_scores(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    listing.show(trained, "data/bugs/tax/", "json")
    found = json.loads(capsys.readouterr().out)
    stored = {}
    for line in next((trained / "results").glob("*.predictions.csv")).read_text("utf-8").splitlines():
        cells = line.split(",")
        if cells[0] == "bugs/tax":
            stored[cells[1]] = float(cells[-1])
    assert {row["id"]: row["score"] for row in found["patterns"]} == stored
    assert found["patterns"][0]["row"]["want"].startswith("need ")


def test_a_bug_that_is_not_there_is_answered_with_those_that_look_alike(trained: Path) -> None:
    with pytest.raises(CannotRun, match="Did you mean tax"):
        listing.show(trained, "taxx")
    for name in ("../train", "", "\x1b[31m", "x" * 10_000):
        with pytest.raises(CannotRun, match="no model bug"):
            listing.show(trained, name)


def test_without_bugs_or_results_there_is_an_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = building.make(tmp_path)
    assert text(root, capsys) == ["There is no model bug. `dataci bug new` makes one."]
    building.write(root, {"data/bugs/new/patterns.csv": building.TEST})
    assert "dataci train" in text(root, capsys)[1]
    listing.show(root, "new")
    assert "Not measured" in capsys.readouterr().out


def test_a_long_list_is_cut_with_a_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {f"data/bugs/b{at:03d}/bug.toml": f"harm = {at % 10 + 1}\n" for at in range(45)}
    root = building.make(tmp_path, {**files})
    lines = text(root, capsys)
    assert "… and 15 more; --all and --format json list them all." in lines
    assert sum("unmeasured" in line and " b0" in line for line in lines) == 30
    assert sum(" b0" in line for line in text(root, capsys, every=True)) == 45


EVIL = "\x1b[31m::error::x\u202e\n##[add-mask]y"


def test_hostile_names_are_inert(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    toml = "name = {0}\ndescription = {0}\nreporter = {0}\nreason = {0}\nusers = {0}\n".format(
        json.dumps(EVIL)
    )
    rows = f'id,want,offer,match\nx1,"{EVIL}",b,1\n'
    folder = "::error::\x1b]0;t\x07"
    root = building.make(
        tmp_path, {f"data/bugs/{folder}/bug.toml": toml, f"data/bugs/{folder}/patterns.csv": rows}
    )
    out = "\n".join(text(root, capsys))
    listing.show(root, folder)
    out += capsys.readouterr().out
    for mark in ("\x1b", "\u202e", "\x07"):
        assert mark not in out
    assert not any(line.lstrip().startswith("::") for line in out.splitlines())
    assert "##[add" not in out


def test_of_a_regression_no_answer_is_called_wrong_right_or_not_asked() -> None:
    case = Case("far", "Far", 3, None, "open", "open", 2, None, 0.5, 0.4, 0.6, 15.0)
    patterns = tuple(Answered(name, "7", {"size": "3"}, 5.5, past=(None, None)) for name in ("a", "b"))
    judged = Triage("t", "t", False, (case,))
    shown = bug_detail.text(
        Shown(case, "d", "r", "", "", judged, patterns, ("s", "t")), {3: "some"}, ["size"]
    )
    assert "not asked" not in shown
    assert "so far" not in shown
    assert "\n    a   5.500  7      3\n" in shown
    assert "a number is not right or wrong" in shown
    lines = bugs.text(judged).splitlines()
    assert next(line for line in lines if "Far" in line).split()[5:7] == ["2", "patterns"]

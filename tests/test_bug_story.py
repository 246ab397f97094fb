"""The talk's story, end to end: a stakeholder's form becomes a bug, rows that mend it hurt the politicians, one diff
says both, and the product owner's decision is on record.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import baking
import pytest
import shared
import talk
from baking import run
from playing import dataci, latest

assert shared.TEMPLATE  # the engine's test helpers lie there
import filing  # noqa: E402

SETTLED = "C = 10.0\nmeetings = 10.0\n#"  # the team trusts which word meets which


def triage(root: Path) -> dict[str, dict[str, Any]]:
    """Return what the triage says of each bug, in its order."""
    found = json.loads(dataci(root, "bug", "list", "--all", "--format", "json"))
    return {case["id"]: case for case in found["bugs"]}


@pytest.fixture(scope="module")
def root(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project whose model knows politicians, and whose bug about them is closed."""
    home = baking.bake(template, tmp_path_factory.mktemp("story"))
    settings = home / "dataci.toml"
    settings.write_text(settings.read_text("utf-8").replace("\n# C = 1.0", f"\n{SETTLED} C = 1.0"), "utf-8")
    for path in (home / "data/bugs").rglob("*"):
        if path.parent.name == "financial-always-matches":
            path.unlink()
    politicians = talk.rows(talk.POLITICIANS, 9000, "photography", "2026-10-01")
    talk.write(home / "data/bugs/politicians/patterns.csv", politicians)
    (home / "data/bugs/politicians/bug.toml").write_text(
        'name = "Politicians are refused"\ndescription = "Portraits of politicians found no photographer."\n'
        'harm = 6\nreporter = "Naledi, campaign desk"\nstatus = "closed"\n',
        "utf-8",
    )
    politics = talk.rows(talk.politics(), 8000, "photography", "2026-09-02")
    talk.write(home / "data/train/2026-09-politics.csv", politics)
    baking.commit(home, "Rows about politics")
    dataci(home, "train")
    baking.commit(home, "Result")
    return home


def test_the_story(root: Path, tmp_path: Path) -> None:
    before = latest(root)
    assert before["bugs"]["politicians"]["errors"] == 0
    assert before["gates"]["closed-bugs"]["verdict"] == "pass"

    # a stakeholder fills in the form, and a maintainer accepts it
    text = filing.body(
        filing.table(
            [(*pair, "financial advice") for pair in talk.FINANCIAL], ("want", "offer", "match", "service")
        ),
        Name="Financial always matches",
        Description="As soon as both say financial, they are called a match.",
        Harm="9 - somebody loses money",
        How_many_users="about 4,000",
    )
    issue = filing.write(tmp_path / "issue.md", text)
    assert "accepted" in dataci(root, "bug", "accept", str(issue), "--number", "42")
    baking.commit(root, "Issue 42: financial always matches")
    dataci(root, "evaluate", "--all")
    baking.commit(root, "Measure every candidate on issue 42")

    # the triage: wrong and harmful first, what is closed and right last
    cases = triage(root)
    assert next(iter(cases)) == "issue-42"
    assert cases["issue-42"]["errors"] == 9
    assert cases["issue-42"]["proposed"] == "open"
    assert cases["politicians"]["proposed"] == "closed"

    # somebody adds rows, the model is trained again
    financial = talk.rows(talk.mending(), 8500, "financial advice", "2026-09-02")
    talk.write(root / "data/train/2026-10-financial.csv", financial)
    baking.commit(root, "Rows that say financial and are no match")
    dataci(root, "train")
    after = latest(root)
    assert after["bugs"]["issue-42"]["errors"] == 0
    assert after["bugs"]["politicians"]["errors"] > 0

    # one diff shows both, and so does the comparison, before anything else
    diff = run("git", "diff", "--unified=0", "results/latest.json", cwd=root).stdout
    removed, added = ([line[1:].strip() for line in diff.splitlines() if line[0] == mark] for mark in "-+")
    assert '"errors": 9,' in removed
    assert f'"errors": {after["bugs"]["politicians"]["errors"]},' in added
    assert '"verdict": "fail",' in added
    said = dataci(root, "compare", "--gate", code=1)
    head = " ".join(said[: said.index("What changed")].split())
    assert "Closed bugs must stay right: politicians (Politicians are refused)" in head
    assert (
        f"Regressed: politicians (0 → {after['bugs']['politicians']['errors']} of 12 patterns wrong)." in head
    )
    assert "Fixed: issue-42 (9 → 0 of 12 patterns wrong)." in head
    cases = triage(root)
    assert (cases["politicians"]["proposed"], cases["issue-42"]["proposed"]) == ("regressed", "fixed")
    baking.commit(root, "Result")
    assert "politicians" in dataci(root, "promote", after["tag"], code=1)

    # the product owner: a wrong match costs trust, a good one that is missed only a chance
    costs = ("--false-positive-cost", "3", "--false-negative-cost", "1")
    shown = dataci(root, "threshold", "--rule", "cost", *costs, "--write")
    assert "of 1,000" in shown
    dataci(root, "evaluate", "--all")
    decided = latest(root)["evaluation"]
    assert decided["threshold_rule"] == "cost"
    assert decided["costs"] == {"false_negative": 1.0, "false_positive": 3.0}
    assert decided["threshold"] > 0.5
    assert latest(root)["cost"]["per_1000"]["value"] > 0
    changed = run("git", "diff", "--unified=0", "dataci.toml", cwd=root).stdout
    assert "+threshold = " in changed
    assert 'rule = "cost"' in changed
    dataci(root, "bug", "close", "issue-42")
    assert 'status = "closed"' in (root / "data/bugs/issue-42/bug.toml").read_text("utf-8")

"""The workflow model-bug, executed: forms accepted, malformed, hostile, repeated; labels that start nothing."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Mapping

import yaml
from acting.hub import Hub
from acting.runner import Run
from baking import TEMPLATE, run

ACCEPT = "bug:accepted"
FILE = "model-bug.yml"
FORM = TEMPLATE / ".github" / "ISSUE_TEMPLATE" / FILE
PAIRS = (
    (
        "Five rooms of furniture have to go to Durban",
        "Chauffeur takes you to Durban in comfort",
        "no",
        "moving",
    ),
    (
        "My grand piano must leave the third floor",
        "Lift for shoppers, I drive you and your bags",
        "no",
        "moving",
    ),
    ("We change houses at the end of the month", "Taxi day and night, all parts of town", "no", "moving"),
    (
        "Who carries a freezer and a bed across town?",
        "Minibus with driver for school outings",
        "no",
        "moving",
    ),
    (
        "Office of ten desks changes its address",
        "Shuttle for staff between office and station",
        "no",
        "moving",
    ),
    ("I must be at the hospital at seven every Monday", "Strong men with a lorry, we pack", "no", "driving"),
    ("Somebody to fetch grandpa from the station", "Household removals, boxes included", "no", "driving"),
    (
        "Four rooms of furniture go to Bloemfontein in May",
        "Removals between cities, insured",
        "yes",
        "moving",
    ),
    ("A wardrobe and three sofas to the second floor", "Strong men and a van, by the hour", "yes", "moving"),
    (
        "A ride to the clinic for my mother, twice a week",
        "Driver with patience, to clinics and back",
        "yes",
        "driving",
    ),
)
ANSWERS = {
    "Name": "A move is taken for a ride",
    "Description": "Who wants to move house is offered a driver for persons.",
    "Harm": "4 - annoying again and again, or it makes us look careless",
    "How many users": "some, fewer than one in ten",
    "Expected outcome": "_No response_",
}


def table(pairs: tuple[tuple[str, ...], ...] = PAIRS) -> str:
    """Write patterns as a Markdown table."""
    rows = (("want", "offer", "match", "service"), ("---",) * 4, *pairs)
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def body(patterns: str = "", answers: Mapping[str, str] | None = None) -> str:
    """Write an issue as GitHub writes it from the form."""
    given = {**ANSWERS, "Patterns": patterns or table(), **(answers or {})}
    order = ("Name", "Description", "Harm", "How many users", "Patterns", "Expected outcome")
    return "\n\n".join(f"### {name}\n\n{given[name]}" for name in order) + "\n"


def accepted(hub: Hub, text: str, *, by: str = "maintainer") -> tuple[int, Run]:
    """Open an issue with the form's label and have it accepted; return its number and the run."""
    number = hub.issue("Model bug: a move", text.replace("\n", "\r\n"), labels=["model-bug"])
    return number, hub.on_issue(number, "labeled", label=ACCEPT, by=by)[FILE]


def edit(hub: Hub, number: int, text: str) -> None:
    """Write another text into an issue; what GitHub said of it in earlier events stays as it was."""
    issues = hub.repository.issues
    issues[number] = {**issues[number], "body": text.replace("\n", "\r\n")}


def only_comment(hub: Hub, number: int) -> str:
    """Return the text of the one comment on an issue."""
    (comment,) = hub.comments(number)
    assert comment["user"]["login"] == "github-actions[bot]"
    return str(comment["body"])


def pulls(hub: Hub) -> list[int]:
    """Return the numbers of all pull requests."""
    return sorted(hub.repository.pulls)


def test_an_accepted_form_becomes_a_pull_request_and_stays_one(hub: Hub) -> None:
    trap(hub)
    main = hub.tip()
    number, first = accepted(hub, body())
    assert first.jobs == {"accept": "success", "publish": "success"}, first.log
    branch, folder = f"bug/issue-{number}", f"data/bugs/issue-{number}"
    (pull,) = pulls(hub)
    assert hub.repository.pulls[pull]["head"]["ref"] == branch
    changed = set(hub.files(branch, "")) - set(hub.files("main", ""))
    assert changed == {f"{folder}/bug.toml", f"{folder}/patterns.csv"}
    bug = tomllib.loads((hub.file(f"{folder}/bug.toml", branch) or b"").decode())
    assert bug["name"] == ANSWERS["Name"]
    assert (bug["harm"], bug["status"], bug["reporter"]) == (4, "open", "stakeholder")
    rows = (hub.file(f"{folder}/patterns.csv", branch) or b"").decode().splitlines()
    assert rows[0] == "id,want,offer,match,service,group,source,created_at"
    assert rows[1].startswith(f"issue-{number}-1,Five rooms of furniture have to go to Durban,")
    assert len(rows) == 11
    assert f"/pull/{pull}" in only_comment(hub, number)
    assert hub.tip() == main
    assert hub.leaks(first) == []
    before = hub.tip(branch)
    edit(hub, number, body(answers={"Harm": "7 - many lose hours"}))
    assert hub.rerun(first).conclusion == "success"
    assert hub.tip(branch) == before  # what was edited after the label was set does not count; nothing is new
    second = hub.on_issue(number, "labeled", label=ACCEPT)[FILE]
    assert second.conclusion == "success", second.log
    assert b"harm = 7" in (hub.file(f"{folder}/bug.toml", branch) or b"")
    assert len(hub.subjects(branch)) == len(hub.subjects("main")) + 1
    assert "| harm | 7 of 10 |" in hub.repository.pulls[pull]["body"]
    hub.merge(pull)
    third = hub.on_issue(number, "labeled", label=ACCEPT)[FILE]
    assert third.conclusion == "success", third.log
    assert "there already" in only_comment(hub, number)  # the same comment all along
    assert pulls(hub) == [pull]
    assert hub.leaks(second, third) == []


def trap(hub: Hub) -> None:
    """Plant code into project/ that leaves a trace where it is run beside a token."""
    schema = (hub.file("project/schema.py") or b"").decode()
    planted = f"""
import os
from pathlib import Path

if "GITHUB_TOKEN" in os.environ:
    Path({str(hub.canary)!r}).write_text("run with a token")
"""
    hub.commit({"project/schema.py": schema + planted})


def test_a_malformed_form_is_told_what_to_mend(hub: Hub) -> None:
    bad = (
        *PAIRS[:8],
        ("A want without an offer", "", "no", "moving"),
        ("one", "two", "maybe", "moving", "five"),
    )
    text = body(table(bad), {"Harm": "very bad", "Description": "left\u202eright and\0left"})
    number, run = accepted(hub, text)
    assert run.conclusion == "success", run.log
    told = only_comment(hub, number)
    lines = text.split("\n")
    for part in ("very bad", "| A want without an offer |", "| one | two |"):
        line = next(at for at, found in enumerate(lines, start=1) if found.startswith(part))
        assert f"| {line} | <code>" in told
    assert "U+202E" in told
    assert "\u202e" not in told
    assert pulls(hub) == []
    assert "very bad" in run.summaries["publish"]
    edit(hub, number, body())
    second = hub.on_issue(number, "labeled", label=ACCEPT)[FILE]
    assert second.conclusion == "success", second.log
    assert len(pulls(hub)) == 1
    assert "Pull request" in only_comment(hub, number)  # the same comment, updated


def hostile(hub: Hub) -> str:
    """Return a form whose every answer wants to be more than text."""
    inject = f"$(touch {hub.canary}) `touch {hub.canary}` ${'{'}{'{'} github.token {'}'}{'}'} @everyone #1 [skip ci]"
    markup = "<img src=x onerror=alert(1)> [x](javascript:1) ::set-output name=a::b"
    pairs: list[tuple[str, ...]] = [
        (f"{want} {inject}", f"{offer} {markup}", label, service) for want, offer, label, service in PAIRS[:5]
    ]
    pairs += [
        (f"=cmd|' /C calc'!A{at}", f"../../{offer}", *rest) for at, (_, offer, *rest) in enumerate(PAIRS[5:])
    ]
    rows = [tuple(cell.replace("|", "\\|") for cell in pair) for pair in pairs]
    answers = {
        "Name": f"{inject} {markup}"[:95],
        "Description": f'"""\nstatus = "closed"\n[x]\n{inject}\n\\u0000 \\" {markup}',
        "How many users": 'all"\nharm = 10',
    }
    return body(table(tuple(rows)), answers)


def test_a_hostile_form_stays_text(hub: Hub) -> None:
    text = hostile(hub)
    number, run = accepted(hub, text)
    assert run.jobs == {"accept": "success", "publish": "success"}, run.log
    assert hub.leaks(run) == []
    assert not hub.canary.exists()
    (pull,) = pulls(hub)
    branch, folder = f"bug/issue-{number}", f"data/bugs/issue-{number}"
    bug = tomllib.loads((hub.file(f"{folder}/bug.toml", branch) or b"").decode())
    assert bug["status"] == "open"
    assert bug["harm"] == 4
    assert (
        bug["description"].rstrip("\n")
        == text.partition("### Description\n\n")[2].partition("\n\n### Harm")[0]
    )
    patterns = (hub.file(f"{folder}/patterns.csv", branch) or b"").decode()
    assert "=cmd|' /C calc'!A0" in patterns
    assert f"$(touch {hub.canary})" in patterns
    told = only_comment(hub, number) + hub.repository.pulls[pull]["body"]
    for active in ("@everyone", "<img", "[x](", "[skip ci]"):
        assert active not in told
    assert "kept as text" in told
    subjects = " ".join([hub.repository.pulls[pull]["title"], *hub.subjects(branch)])
    assert "skip ci" not in subjects
    assert "everyone" not in subjects


def test_a_cell_of_two_megabytes_is_refused(hub: Hub) -> None:
    number, run = accepted(hub, body().replace("Chauffeur", "x" * 2_000_000))
    assert run.conclusion == "success", run.log
    assert "65,536" in only_comment(hub, number)
    assert pulls(hub) == []


def test_a_label_by_somebody_who_may_not_write_counts_for_nothing(hub: Hub) -> None:
    hub.repository.collaborators["helper"] = "triage"  # may set labels, and may not push
    number, run = accepted(hub, body(), by="helper")
    assert run.conclusion == "success", run.log
    assert pulls(hub) == []
    assert "may not write" in only_comment(hub, number)
    assert hub.requests(path=r"git-receive-pack") == []


def test_other_labels_start_nothing(hub: Hub) -> None:
    number = hub.issue("Model bug", body(), labels=["model-bug"])
    for label in ("model-bug", "bug", "bug:accepted "):
        run = hub.on_issue(number, "labeled", label=label)[FILE]
        assert run.jobs == {"accept": "skipped", "publish": "skipped"}, run.log
    assert hub.on_issue(number, "opened", by="stakeholder").get(FILE) is None
    assert hub.comments(number) == []
    assert pulls(hub) == []


def test_a_network_that_fails_is_tried_again_and_then_red_with_the_verdict(hub: Hub) -> None:
    hub.fault("POST", r"/pulls$", times=1, late=True)
    hub.fault("POST", r"/comments$", times=1, late=True)
    hub.fault("*", r"git-receive-pack", times=1)
    number, run = accepted(hub, body())
    assert run.conclusion == "success", run.log
    assert len(pulls(hub)) == 1
    assert len(hub.comments(number)) == 1
    hub.fault("*", r"/comments", times=99)
    number, run = accepted(hub, body(answers={"Harm": "eleven"}))
    assert run.jobs == {"accept": "success", "publish": "failure"}
    assert "eleven" in run.summaries["publish"]


def test_the_form_asks_for_what_is_read() -> None:
    form = yaml.safe_load(FORM.read_text("utf-8"))
    fields = {field["attributes"]["label"]: field for field in form["body"] if field["type"] != "markdown"}
    headings, optional = headings_of("HEADINGS"), headings_of("OPTIONAL")
    assert list(fields) == headings
    required = {label: bool(field.get("validations", {}).get("required")) for label, field in fields.items()}
    assert required == {label: label not in optional for label in headings}
    assert not any(
        "value" in field["attributes"] for field in fields.values()
    )  # nothing to hand in unchanged
    assert [option.partition(" ")[0] for option in fields["Harm"]["attributes"]["options"]] == [
        str(harm) for harm in range(1, 11)
    ]
    assert form["labels"] == ["model-bug"]


def headings_of(name: str) -> list[str]:
    """Return a list of headings that the engine knows."""
    script = f"import json; from dataci.bugs import form; print(json.dumps(form.{name}))"
    done = run(sys.executable, "-c", script, cwd=TEMPLATE, env={"PYTHONPATH": str(TEMPLATE / "src")})
    return list(json.loads(done.stdout))


def test_the_example_of_the_form_is_good_and_refused_when_handed_in(hub: Hub) -> None:
    form = FORM.read_text("utf-8")
    rows = [line.strip() for line in form.splitlines() if line.strip().startswith("|")]
    number, run = accepted(hub, body("\n".join(rows)))
    assert run.conclusion == "success", run.log
    told = only_comment(hub, number)
    assert told.count("example of the form") == len(rows) - 2
    assert "10 things have to be mended" in told  # and nothing else is wrong with it

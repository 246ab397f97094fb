"""dataci publish results of a hostile job: one odd thing in what it hands over, and nothing of it is published."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import candidates
import handing
from dataci import record
from dataci.errors import CannotRun
from publishing_site import FIRST, Site


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the one record in a folder, and write it as dataci does."""
    path = next(path for path in folder.glob("*.json") if path.name != "delivered.json")
    found = json.loads(path.read_text())
    change(found)
    path.write_text(record.dumps(found))


def relist(folder: Path, **changes: Any) -> None:
    """Change delivered.json."""
    path = folder / "delivered.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def rename(folder: Path, tag: str) -> None:
    """Call the one result by another tag."""
    for path in list(folder.iterdir()):
        if path.name != "delivered.json":
            path.rename(folder / f"{tag}.{path.name.partition('.')[2]}")
    relist(folder, tags=[tag])


def predictions(folder: Path) -> Path:
    return next(folder.glob("*.predictions.csv"))


def flip(folder: Path) -> None:
    """Exchange the scores of all rows."""
    lines = predictions(folder).read_text().splitlines()
    scores = [line.rpartition(",")[2] for line in lines[1:]][::-1]
    changed = [f"{line.rpartition(',')[0]},{score}" for line, score in zip(lines[1:], scores, strict=True)]
    predictions(folder).write_text("\n".join([lines[0], *changed]) + "\n")


HOSTILE: dict[str, tuple[Callable[[Path], object], str]] = {
    "another file": (lambda f: (f / "README.md").write_text("x"), "README.md' is not expected"),
    "a hidden file": (lambda f: (f / ".gitattributes").write_text("x"), "is not expected"),
    "a folder": (lambda f: (f / "00000000-11111111.json").mkdir(), "00000000-11111111.json"),
    "a name with a line break": (lambda f: (f / "a\n::error::x").write_text("x"), "is not expected"),
    "a link": (
        lambda f: (predictions(f).unlink(), (f / predictions_name(f)).symlink_to("/etc/passwd")),
        "is a link",
    ),
    "another tag": (lambda f: rename(f, "00000000-11111111"), "holds the record of"),
    "no list": (lambda f: (f / "delivered.json").unlink(), "delivered.json is missing"),
    "an odd list": (lambda f: (f / "delivered.json").write_text("[" * 100_000), "delivered.json is missing"),
    "a list of more": (lambda f: relist(f, tags=["00000000-11111111"]), "does not hold the results"),
    "another commit": (lambda f: relist(f, commit="0" * 40), "not the commit of this run"),
    "no commit": (lambda f: relist(f, commit="--all"), "names no commit"),
    "a latest that is a path": (lambda f: relist(f, latest="../../x"), "no tag"),
    "no record": (lambda f: next(f.glob("*-*.json")).unlink(), "does not hold the results"),
    "a huge record": (lambda f: os.truncate(next(f.glob("*-*.json")), 60_000_000), "too large"),
    "no JSON": (lambda f: next(f.glob("*-*.json")).write_text("{"), "not valid JSON"),
    "deep JSON": (lambda f: next(f.glob("*-*.json")).write_text("[" * 200_000), "not valid JSON"),
    "another format": (lambda f: edit(f, lambda r: r.update(format=99)), "has format 99"),
    "an entry more": (lambda f: edit(f, lambda r: r.update(note="x")), "has an entry"),
    "another form": (lambda f: spoil(next(f.glob("*-*.json"))), "not written as dataci writes it"),
    "another metric": (
        lambda f: edit(f, lambda r: r["evaluation"].update(metric="a\nb")),
        "does not have the metric",
    ),
    "a metric that is not there": (
        lambda f: edit(f, lambda r: r["evaluation"].update(metric="mae")),
        "metric",
    ),
    "a change that is no table": (lambda f: edit(f, lambda r: r["changed"].update(data=5)), "is no table"),
    "a number that no float can be": (
        lambda f: edit(f, lambda r: r["compared"].update(verdict="better", difference=10**400)),
        "number is too large",
    ),
    "a number that is infinite": (
        lambda f: next(f.glob("*-*.json")).write_text(
            next(f.glob("*-*.json")).read_text().replace('"compared": {}', '"compared": {"x": [1e999]}')
        ),
        "cannot be written",
    ),
    "uncommitted": (lambda f: edit(f, lambda r: r.update(uncommitted=True)), "not committed"),
    "another history": (lambda f: edit(f, lambda r: r.update(commit="c" * 40)), "not in this repository"),
    "a commit that is an option": (lambda f: edit(f, lambda r: r.update(commit="--all")), "not committed"),
    "forged figures": (
        lambda f: edit(f, lambda r: r["metrics"]["roc_auc"].update(value=0.999)),
        "the record says",
    ),
    "other rows": (lambda f: edit(f, lambda r: r["test"].update(rows=3)), "not of the rows"),
    "flipped predictions": (flip, "the record says"),
    "cut predictions": (lambda f: os.truncate(predictions(f), 300), "predictions"),
    "odd predictions": (lambda f: predictions(f).write_bytes(b"\xff\0"), "cannot be read"),
    "no header": (lambda f: predictions(f).write_text(""), "cannot be read"),
    "scores that are none": (
        lambda f: predictions(f).write_text(predictions(f).read_text().replace(",0.", ",nan0.")),
        "cannot be read",
    ),
}


def predictions_name(folder: Path) -> str:
    return next(folder.glob("*-*.json")).name.replace(".json", ".predictions.csv")


def spoil(path: Path) -> None:
    path.write_text(path.read_text().replace("\n", "\n\n", 1))


@pytest.mark.parametrize("what", HOSTILE)
def test_a_stranger_is_refused_as_a_whole(site: Site, what: str) -> None:
    folder = site.folder(site.start, {FIRST: site.first})
    act, told = HOSTILE[what]
    act(folder)
    with pytest.raises(CannotRun, match=told.replace(".", r"\.")) as refused:
        site.publish(site.start, folder)
    assert "Nothing was published." in str(refused.value)
    assert site.host.log() == ["Start"]


def test_gates_and_comparisons_are_made_here_and_not_believed(site: Site) -> None:
    folder = site.folder(site.start, {FIRST: site.first})
    gate = {"verdict": "pass", "limit": 0.1, "value": 0.0, "what": "Nobody is served worse."}
    better = {"with": "00000000-11111111", "verdict": "better", "difference": 0.3}
    edit(folder, lambda r: r.update(gates={"fairness/people/recall": gate}, compared=better))
    assert site.publish(site.start, folder) == 0
    found = site.record(site.first["tag"])
    assert "gates" not in found
    assert found["compared"] == {}


def test_limits_are_those_of_the_repository(site: Site) -> None:
    folder = site.folder(site.start, {FIRST: site.first})
    edit(folder, lambda r: r["evaluation"].update(gates={"calibration": 1.0}))
    with pytest.raises(CannotRun, match=r"not measured as \[evaluation\] says"):
        site.publish(site.start, folder)


def test_a_result_is_of_the_test_set_and_the_bugs_of_its_commit(site: Site) -> None:
    merged = site.merge({"data/bugs/x/patterns.csv": candidates.HEADER + "b1,my cat,a vet,1\n"})
    with pytest.raises(CannotRun, match="leaves out the bug 'x'"):
        site.publish(merged, site.folder(merged, {0.3: site.result(merged, 0.3)}))
    with pytest.raises(CannotRun, match="its test set or its bugs are not those of"):
        site.publish(merged, site.folder(merged, {FIRST: site.first}))


def test_figures_without_predictions_are_not_believed(site: Site) -> None:
    folder = site.folder(site.start, {FIRST: site.first})
    predictions(folder).unlink()
    with pytest.raises(CannotRun, match="its predictions are missing"):
        site.publish(site.start, folder)
    site.publish(site.start, site.folder(site.start, {FIRST: site.first}))
    assert site.publish(site.start, folder) == 0
    edit(folder, lambda r: r["metrics"]["roc_auc"].update(value=0.999))
    with pytest.raises(CannotRun, match="its predictions are missing"):
        site.publish(site.start, folder)


def test_a_result_of_other_data_than_the_commits_is_refused(site: Site) -> None:
    merged = site.merge(handing.batch(1))
    with pytest.raises(CannotRun, match="its training data are not those of"):
        site.publish(merged, site.folder(merged, {FIRST: site.first}))
    forged = {**site.result(merged, 0.3), "commit": site.start}
    with pytest.raises(CannotRun, match="its training data are not those of its commit"):
        site.publish(merged, site.folder(merged, {0.3: forged}))
    assert site.host.log() == ["Merge", "Start"]


@pytest.mark.parametrize("part", ["data", "code", "environment", "train"])
def test_what_a_result_was_made_of_cannot_be_changed_later(site: Site, part: str) -> None:
    site.publish(site.start, site.folder(site.start, {FIRST: site.first}))
    forged = json.loads(json.dumps(site.first))
    change = {
        "data": {"rows": 7},
        "code": {"files": {}},
        "environment": {"python": "2.7"},
        "train": {"seed": 7},
    }
    forged[part].update(change[part])
    with pytest.raises(CannotRun, match="was made of something else"):
        site.publish(site.start, site.folder(site.start, {FIRST: forged}))
    assert len(site.host.log()) == 2


def test_what_was_measured_at_a_later_commit_of_the_branch_is_taken_and_at_an_earlier_one_is_not(
    site: Site,
) -> None:
    later = site.merge({"notes.md": "x"})
    folder = site.folder(later, {FIRST: site.first})
    assert site.publish(site.start, folder) == 0
    with pytest.raises(CannotRun, match="not the commit of this run"):
        site.publish(later, site.folder(site.start, {FIRST: site.first}))


def test_a_link_in_results_is_refused(site: Site) -> None:
    (site.work / "results").mkdir()
    (site.work / "results/README.md").symlink_to("../../outside.md")
    site.merge({"results/.gitkeep": ""})
    start = site.host.log(form="%H")[0]
    with pytest.raises(CannotRun, match=r"'results/README\.md' is a link"):
        site.publish(start, site.folder(start, {FIRST: site.first}))
    assert not (site.host.home / "outside.md").exists()


def test_no_code_of_the_project_runs_where_results_are_published(site: Site) -> None:
    site.publish(site.start, site.folder(site.start, {FIRST: site.first}))
    ran = site.host.home / "ran"
    trap = f"import pathlib\npathlib.Path({str(ran)!r}).touch()\nraise SystemExit(9)\n"
    names = ("slices", "schema", "columns", "__init__")
    merged = site.merge({f"project/{name}.py": trap for name in names} | handing.batch(1))
    made = site.train(merged, 0.3, site.first)
    assert site.latest() == made["tag"]
    assert not ran.exists()

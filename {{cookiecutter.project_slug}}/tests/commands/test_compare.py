"""`dataci compare`: by tag, beginning, path or commit; in text, JSON and Markdown; as a gate; never on other rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import building
import candidates
from comparing import side, stored
from dataci import measuring, record, results
from dataci.commands import compare, train
from dataci.errors import CannotRun
from dataci.predictions import Predictions

FIRST, SECOND, THIRD = (f"aaaaaaaa-{digit * 8}" for digit in "123")
MORE = {"data/test/u.csv": candidates.HEADER + "u1,my cat,pet sitting,1\n"}


def predicted(root: Path, right: float, split: str = "test") -> Predictions:
    """Return predictions of today's rows, of which about the share ``right`` is right."""
    from dataci import examples

    rows = examples.examples(building.load(root), split)
    labels = rows.labels.to_list()
    sure = np.where(np.random.default_rng(0).permutation(len(labels)) < right * len(labels), 0.8, 0.3)
    noise = np.random.default_rng(1).normal(0, 0.05, len(labels))
    scores = np.where([label == "1" for label in labels], sure + noise, 1 - sure - noise)
    return stored(scores, labels)._replace(ids=rows.ids)


def keep(root: Path, code: str, right: float, parent: str | None) -> None:
    """Write the result of a candidate, measured on today's rows, as the latest."""
    data = building.load(root)
    patterns = {"vet": (measuring.told(data)["bugs/vet"]["tree"], predicted(root, right, "bugs/vet"))}
    changed = {"parent": parent} | ({"data": {"relabelled": 64, "commits": ["1234 Swap"]}} if parent else {})
    found = side(
        code,
        predicted(root, right),
        test=data.tree_id("test"),
        patterns=patterns,
        margin=0.01,
        changed=changed,
        confusion={"1": {"1": round(right * 8), "0": 8 - round(right * 8)}},
    )
    found.record["test"]["bugs"] = data.tree_id("bugs")
    assert found.predictions is not None
    results.save(root, found.record, found.predictions)
    results.write(root, results.LATEST, record.dumps(found.record))
    building.commit(root, f"Result {code}")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with two results, each committed; the second one is plainly worse."""
    folder = candidates.make(tmp_path_factory.mktemp("compare") / "project")
    building.commit(folder, "Start")
    keep(folder, "1", 0.95, None)
    keep(folder, "2", 0.3, FIRST)
    return folder


@pytest.fixture
def grown(root: Path, tmp_path: Path) -> Path:
    """Return a copy of the project whose test set has grown since both results were measured."""
    building.git(tmp_path, "clone", "--quiet", str(root), "clone")
    building.write(tmp_path / "clone", MORE)
    building.commit(tmp_path / "clone", "Grow the test set")
    return tmp_path / "clone"


def told(root: Path, capsys: pytest.CaptureFixture[str], *names: str, **options: bool) -> dict[str, Any]:
    """Return what compare says as JSON."""
    capsys.readouterr()
    assert compare.run(root, *names, format="json", **options) == 0
    return json.loads(capsys.readouterr().out)  # type: ignore[no-any-return]


def test_without_names_the_latest_is_compared_with_its_parent(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(root, capsys)
    assert (found["a"]["name"], found["b"]["name"]) == (FIRST, SECOND)
    assert (found["version"], found["verdict"]["word"], found["same_test"]) == (2, "worse", True)
    assert found["verdict"]["margin"] == 0.01
    assert found["changed"]["data"]["relabelled"] == 64
    assert found["broken"]["n"] == len(found["broken"]["rows"]) > 10
    assert set(found["broken"]["rows"][0]["text"]) == {"want", "offer"}
    bug = found["bugs"]["vet"]
    assert bug["word"] in ("worse", "regressed", "same")
    assert all(set(row["text"]) == {"want", "offer"} for row in bug["broken"]["rows"])


def test_the_rows_with_the_largest_change_stand_first(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    losses = [row["gain"] for row in told(root, capsys)["broken"]["rows"]]
    assert losses == sorted(losses)
    assert losses[0] < 0


def test_swapped_sides_swap_the_words(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there, back = told(root, capsys, FIRST, SECOND), told(root, capsys, SECOND, FIRST)
    assert (there["verdict"]["word"], back["verdict"]["word"]) == ("worse", "better")
    assert [row["id"] for row in there["broken"]["rows"]] == [row["id"] for row in back["fixed"]["rows"]]


def test_a_result_can_be_named_by_tag_beginning_path_or_commit(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = told(root, capsys, FIRST, SECOND)
    for names in (("aaaaaaaa-1", "aaaaaaaa-2"), (f"results/{FIRST}.json", "results/latest.json"), (FIRST,)):
        found = told(root, capsys, *names)
        assert (found["a"], found["verdict"]) == (expected["a"], expected["verdict"])
    by_commit = told(root, capsys, "HEAD~1", "HEAD")
    assert by_commit["verdict"] == expected["verdict"]
    assert by_commit["a"]["record"] == expected["a"]["record"]
    assert by_commit["a"]["name"] == f"{FIRST} (HEAD~1)"


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("nothing",), "neither a result"),
        (("ffffffff",), "neither a result"),
        (("results/none.json",), "cannot be read"),
        (("--upload-pack=x",), "neither a result"),
        (("HEAD~2",), "has no results/latest.json"),
        (("aaaaaaaa",), "Name more digits"),
    ],
)
def test_a_result_that_is_not_there_is_refused(root: Path, names: tuple[str, ...], words: str) -> None:
    with pytest.raises(CannotRun, match=words):
        compare.run(root, *names)


def test_an_unknown_format_is_refused(root: Path) -> None:
    with pytest.raises(CannotRun, match="--format is 'yaml'"):
        compare.run(root, format="yaml")


def test_the_first_result_has_nothing_to_be_compared_with(tmp_path: Path) -> None:
    root = candidates.make(tmp_path)
    with pytest.raises(CannotRun, match="dataci train"):
        compare.run(root)
    building.commit(root, "Start")
    keep(root, "1", 0.9, None)
    with pytest.raises(CannotRun, match="is the first result"):
        compare.run(root)
    keep(root, "2", 0.9, "bbbbbbbb-11111111")
    with pytest.raises(CannotRun, match=r"results/bbbbbbbb-11111111\.json, the parent of .* is gone"):
        compare.run(root)


def test_text_begins_with_the_verdict_and_names_the_rest(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compare.run(root)
    text = capsys.readouterr().out
    assert text.startswith("B is worse than A: ROC AUC falls by 0.")
    for words in ("64 relabelled", "1234 Swap", "Model bugs", "Newly broken: ", "want = ", "Confusion"):
        assert words in text
    assert max(len(line) for line in text.splitlines()) <= 100


def test_markdown_is_a_section_with_tables(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compare.run(root, format="markdown")
    text = capsys.readouterr().out
    assert text.startswith("### B is worse than A\n\nROC AUC falls by 0.")
    assert "| metric | A | B | difference |" in text
    assert "<details><summary>Newly broken: " in text


@pytest.mark.parametrize(("names", "code"), [((FIRST, SECOND), 1), ((SECOND, FIRST), 0), ((FIRST, FIRST), 0)])
def test_as_a_gate_only_worse_fails(
    root: Path, capsys: pytest.CaptureFixture[str], names: tuple[str, str], code: int
) -> None:
    assert compare.run(root, *names, gate=True) == code
    assert compare.run(root, *names) == 0
    assert capsys.readouterr().err == ""


def test_a_gate_that_cannot_look_is_not_green(grown: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compare.run(grown, evaluate=False, gate=True) == 2
    assert "no verdict" in capsys.readouterr().err


def gated(root: Path, tmp_path: Path, allowed: float) -> Path:
    """Return a copy of the project whose second result has calibration errors, of which some are allowed."""
    building.git(tmp_path, "clone", "--quiet", str(root), "clone")
    copy = tmp_path / "clone"
    text = (copy / "dataci.toml").read_text()
    building.write(copy, {"dataci.toml": f"{text}[evaluation.gates]\ncalibration = {allowed}\n"})
    for tag in (FIRST, SECOND):
        path = copy / f"results/{tag}.json"
        found = json.loads(path.read_text())
        found["evaluation"]["gates"] = {"calibration": allowed}
        found["uncertainty"] = {"ece": {"value": 0.3, "low": 0.2, "high": 0.4}}
        found["test"] = {**measuring.place(building.load(copy)), "rows": found["test"]["rows"]}
        building.write(copy, {f"results/{tag}.json": record.dumps(record.canonical(found))})
    return copy


def test_a_gate_that_b_fails_is_named_and_fails_though_b_is_better(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = gated(root, tmp_path, 0.1)
    assert compare.run(copy, SECOND, FIRST, gate=True, evaluate=False) == 1
    said = capsys.readouterr()
    assert "B is better than A" in said.out
    assert said.err == (
        "dataci: B fails calibration; [evaluation.gates] in dataci.toml says what is allowed.\n"
    )
    assert compare.run(copy, SECOND, FIRST, evaluate=False) == 0, "it is asked for"


def test_a_gate_that_b_keeps_is_green(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = gated(root, tmp_path, 0.25)
    assert compare.run(copy, SECOND, FIRST, gate=True, evaluate=False) == 0, (
        "beyond the limit, but not proven"
    )
    assert capsys.readouterr().err == ""


def test_without_evaluation_there_is_no_verdict_on_an_old_test_set(
    grown: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(grown, capsys, evaluate=False)
    assert found["verdict"]["word"] == "none", "both stand on the same test set, but not on today's"
    assert found["verdict"]["difference"] is None
    assert {part["verdict"]["word"] for part in found["slices"].values()} == set()
    compare.run(grown, evaluate=False)
    text = " ".join(capsys.readouterr().out.split())
    assert text.startswith(f"No verdict on B against A: {FIRST} was measured on another test set (")
    assert "dataci evaluate --all" in text


def test_what_cannot_be_evaluated_says_why_and_gets_no_verdict(
    grown: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The commits of these records are not in the clone, so nobody can ask the candidates."""
    found = told(grown, capsys)
    assert found["verdict"]["word"] == "none"
    assert (
        "cannot be evaluated on today's test set. Its commit cccccccc is not in this"
        in found["verdict"]["reason"]
    )
    assert building.git(grown, "status", "--porcelain") == "", "nothing is written"


def test_candidates_are_evaluated_again_with_their_own_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Trained for real: the second one learned the opposite of the first, then the test set grew."""
    settings = candidates.SETTINGS + 'metric = "accuracy"\n'
    root = candidates.make(tmp_path / "project", {"dataci.toml": settings})
    text = (root / "data/train/a.csv").read_text()
    swapped = text.replace(",1\n", ",x\n").replace(",0\n", ",1\n").replace(",x\n", ",0\n")
    for number, change in enumerate(({}, {"data/train/a.csv": swapped}), 1):
        building.write(root, change)
        building.commit(root, f"Data {number}")
        train.run(root)
        building.commit(root, f"Result {number}")
    building.write(root, MORE)
    building.commit(root, "Grow the test set")
    capsys.readouterr()
    assert compare.run(root, gate=True) == 1
    said = capsys.readouterr()
    text = " ".join(said.out.split())
    assert text.startswith("B is worse than A: accuracy falls by 0.")
    assert "on the same 33 test rows" in text
    for letter in "AB":
        assert f"{letter} was measured on another test set (" in text
    assert text.count(", 32 rows); it was evaluated again on today's for this comparison: accuracy 0.") == 2
    assert said.err.count("on today's test set …") == 2
    assert building.git(root, "status", "--porcelain") == "", "nothing is written"
    assert building.git(root, "worktree", "list").count("\n") == 0

"""The preview: what the results would become, within a time limit, in the project's own code, without its secrets."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

import building
import candidates
from dataci import preview, record, review

SECRETS = {
    "GITHUB_TOKEN": "ghs_x",
    "ACTIONS_RUNTIME_TOKEN": "x",
    "ACTIONS_ID_TOKEN_REQUEST_URL": "x",
    "GITHUB_ENV": "/x",
    "GITHUB_STEP_SUMMARY": "/x",
    "AWS_SECRET_ACCESS_KEY": "x",
    "HF_TOKEN": "x",
    "UV_PUBLISH_PASSWORD": "x",
    "HTTPS_PROXY": "http://me:secret@proxy.example",
}
CURIOUS = """\
import os

from dataci.models import sklearn


def build(params):
    known = sorted(set(os.environ) & {NAMES})
    if known:
        raise SystemExit(f"saw {known[0]}")
    print("{")
    print("a line that is no JSON")
    return sklearn.build({"C": 0.01})
"""
ENDLESS = """\
import time


def build(params):
    while True:
        time.sleep(1)
"""
SETTINGS = candidates.SETTINGS + "[delivery]\npreview = 60\n"


@pytest.fixture(scope="module")
def main(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project whose main has a result."""
    return candidates.trained(tmp_path_factory.mktemp("preview") / "project", {"dataci.toml": SETTINGS})


@pytest.fixture
def root(main: Path, tmp_path: Path) -> Path:
    """Return a clone of it, to be changed."""
    building.git(tmp_path, "clone", "--quiet", str(main), "clone")
    return tmp_path / "clone"


def previewed(root: Path, wanted: bool = True) -> review.Preview:
    """Preview the working tree against HEAD."""
    return preview.preview(building.load(root), building.git(root, "rev-parse", "HEAD"), "main", wanted)


def test_the_change_is_trained_and_compared_and_nothing_is_written(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    building.write(root, {"project/model.py": CURIOUS.replace("{NAMES}", repr(set(SECRETS)))})
    before = building.git(root, "status", "--porcelain", "--", "results", "data")
    found = previewed(root)
    assert found.status == review.DONE, found.message
    assert found.comparison is not None
    tag = found.comparison.a.record["tag"]
    assert found.message == f"This change was trained and compared with {tag}, the latest result of main."
    assert found.comparison.a.name == f"{tag} (main)"
    assert found.comparison.b.name.endswith(" (this change)")
    assert found.comparison.b.record["tag"] != tag
    assert found.comparison.same_test
    assert found.comparison.verdict.rows == 32
    assert [*found.comparison.changed["code"]["files"]] == ["project/model.py"]
    assert building.git(root, "status", "--porcelain", "--", "results", "data") == before == ""
    flips = [*found.comparison.fixed.rows, *found.comparison.broken.rows]
    assert all([name for name, _ in flip.text] == ["want", "offer"] for flip in flips)


def test_what_it_is_compared_with_cannot_be_forged_by_the_change(root: Path) -> None:
    building.write(root, {"project/model.py": (root / "project/model.py").read_text() + "# Changed.\n"})
    honest = previewed(root).comparison
    assert honest is not None
    tag = honest.a.record["tag"]
    forged = {**honest.a.record, "metrics": {"roc_auc": {"value": 0.01, "low": 0.0, "high": 0.02}}}
    scores = (root / f"results/{tag}.predictions.csv").read_text().splitlines()
    worse = [scores[0], *(line.rpartition(",")[0] + ",0.500" for line in scores[1:])]
    for name, text in {
        "latest.json": record.dumps(honest.b.record),  # as if nothing changed
        f"{tag}.json": record.dumps(forged),
        f"{tag}.predictions.csv": "\n".join([*worse, ""]),
    }.items():
        assert (root / "results" / name).read_text() != text
        (root / "results" / name).write_text(text)
    found = previewed(root)
    assert found.comparison is not None, found.message
    assert found.comparison.a.record == honest.a.record
    assert (found.comparison.verdict, found.comparison.fixed) == (honest.verdict, honest.fixed)


def test_a_result_that_is_behind_is_said(root: Path) -> None:
    text = (root / "data/train/a.csv").read_text()
    building.write(root, {"data/train/a.csv": text.replace("r001", "s001")})
    building.commit(root, "Main went on without a result")
    building.write(root, {"data/train/a.csv": text.replace("r002", "s002")})
    found = previewed(root)
    assert found.comparison is not None, found.message
    assert found.comparison.notes[0].startswith(
        "A, the latest result of main, is of older data or code than its own"
    )


@pytest.mark.parametrize(
    ("seconds", "wanted", "words"), [(0, True, "preview in dataci.toml is 0"), (9, False, "asked")]
)
def test_it_can_be_switched_off(root: Path, seconds: int, wanted: bool, words: str) -> None:
    building.write(root, {"dataci.toml": SETTINGS.replace("60", str(seconds))})
    found = previewed(root, wanted)
    assert found.status == review.OFF
    assert words in found.message


def test_where_nothing_that_makes_the_model_changed_nothing_is_trained(root: Path) -> None:
    building.write(root, {"README.md": "New words.\n"})
    found = previewed(root)
    assert found.status == review.UNCHANGED
    assert found.message.startswith("Neither data nor code that makes the model changed: the model stays ")
    assert found.message.endswith(", that of main.")
    building.write(root, {"data/test/u.csv": candidates.HEADER + "u1,a,b,1\n"})
    found = previewed(root)
    assert found.status == review.UNCHANGED
    assert found.message.endswith("all candidates are measured again after the merge.")


def test_the_base_is_measured_again_where_the_test_set_changed_as_well(root: Path) -> None:
    rows = (root / "data/train/a.csv").read_text().splitlines(keepends=True)
    test = candidates.HEADER + "u1,my cat is alone,pet sitting,1\n"
    building.write(root, {"data/train/a.csv": "".join(rows[:-3]), "data/test/u.csv": test})
    found = previewed(root)
    assert found.comparison is not None, found.message
    assert found.comparison.verdict.rows == 33
    assert found.comparison.a.recorded is not None
    assert found.comparison.a.recorded["test"]["rows"] == 32
    assert building.git(root, "worktree", "list").count("\n") == 0


def test_without_a_result_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    root = candidates.make(tmp_path)
    building.commit(root, "Start")
    found = previewed(root)
    assert (found.status, found.message) == (
        review.NONE,
        "main has no result yet, so there is nothing to compare with.",
    )


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("def build(params):\n    raise ValueError('no such thing')\n", "Training failed: .*no such thing"),
        ("import nowhere_to_be_found\n", "nowhere_to_be_found"),
        ("def build(\n", "project/model.py"),
    ],
)
def test_a_training_that_fails_says_why(root: Path, model: str, words: str) -> None:
    building.write(root, {"project/model.py": model})
    found = previewed(root)
    assert found.status == review.FAILED
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(found.message)


def test_an_unreadable_result_of_the_base_is_no_crash(root: Path) -> None:
    building.write(root, {"results/latest.json": "{"})
    building.commit(root, "Break it")
    found = previewed(root)
    assert found.status == review.FAILED
    assert "results/latest.json is not valid JSON" in found.message


def test_a_training_that_takes_too_long_is_ended(root: Path) -> None:
    building.write(root, {"project/model.py": ENDLESS, "dataci.toml": SETTINGS.replace("60", "1")})
    found = previewed(root)
    assert found.status == review.LATE
    assert found.message.startswith("Training took longer than the 1 s that [delivery] preview")


FAMILY = """\
import signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; print(1, flush=True); time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""


def test_whatever_a_child_has_started_is_ended_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither of the two ends by itself, and the first one does not listen."""
    monkeypatch.setattr(preview, "GRACE", 0.1)
    process = subprocess.Popen([sys.executable, "-c", FAMILY], stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    lines = {process.stdout.readline().strip(), process.stdout.readline().strip()}
    preview.end(process)
    assert process.returncode is not None
    assert len(lines) == 2
    ready, _, _ = select.select([process.stdout], [], [], 20)
    assert ready, "the pipe is still open: somebody is left who holds its end"
    assert process.stdout.read() == b""


def test_what_a_child_may_know(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "PATH": "/bin",
        "HOME": "/x/me",
        "OMP_NUM_THREADS": "1",
        "HTTP_PROXY": "http://proxy.example:3128",
    }
    others = {"MY_THING": "x", "GIT_CONFIG_VALUE_0": "AUTHORIZATION: basic x", "GIT_CONFIG_PARAMETERS": "x"}
    found = preview.environment({**given, **SECRETS, **others})
    assert found.items() >= given.items()
    assert not set(found) & {*SECRETS, *others}
    assert found["PYTHONPATH"] == os.path.dirname(os.path.dirname(preview.__file__))

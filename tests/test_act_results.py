"""train.yml and reevaluate.yml, executed by act against a stand-in for GitHub: results come back, whatever happens."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from acting import bare
from acting.hub import Hub
from acting.runner import Run

MODEL = """\
from pathlib import Path

import numpy as np

LEVEL = 1.0


class Overlap:
    classes = ["0", "1"]

    def fit(self, rows, labels):
        return self

    def predict_proba(self, rows):
        pairs = zip(rows["want"].to_list(), rows["offer"].to_list())
        words = [(set(want.lower().split()), set(offer.lower().split())) for want, offer in pairs]
        shared = np.array([len(one & two) / (len(one | two) or 1) for one, two in words])
        scores = np.clip(LEVEL * shared + len(words) % 7 / 100, 0, 1)
        return np.column_stack([1 - scores, scores])

    def save(self, folder: Path):
        (folder / "model.txt").write_text("nothing was learned")

    def load(self, folder: Path):
        return self


def build(params):
    return Overlap()
"""
HEAD = "id,want,offer,match,service,group,source,created_at\n"


@pytest.fixture(scope="module")
def begun(bare_project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a bare repository whose main has a quick model and its first result, brought by train.yml. Read only."""
    hub = Hub(tmp_path_factory.mktemp("begun") / "hub", bare_project)
    hub.repository.calls = False
    before = hub.tip()
    hub.commit({"project/model.py": MODEL}, "A quick model")
    run = hub.on_push(before)["train.yml"]
    assert run.conclusion == "success", run.log
    hub.close()
    return hub.repository.folder


@pytest.fixture
def hub(begun: Path, tmp_path: Path) -> Iterator[Hub]:
    """Return a stand-in with a copy of that repository."""
    made = Hub(tmp_path / "hub", begun)
    made.repository.calls = False  # the page is built once, in the test that follows a merge to its end
    yield made
    made.close()


def batch(number: int) -> dict[str, str]:
    """Return a batch of training data."""
    row = f"x{number},Someone to walk my dog,Long walks for dogs,1,pets,u9{number},app,2026-09-10\n"
    return {f"data/train/2026-11-batch-{number}.csv": HEAD + row}


def merged(hub: Hub, number: int) -> tuple[str, str]:
    """Merge a batch; return main before and after."""
    before = hub.tip()
    pull = hub.pull(batch(number), branch=f"batch-{number}", title=f"Batch {number}")
    return before, hub.merge(pull)


def train(hub: Hub, push: tuple[str, str]) -> Run:
    """Run train.yml for a push."""
    return hub.on_push(push[0], after=push[1], only="train.yml")["train.yml"]


def page(run: Run) -> str:
    """Return the page that a run built."""
    with zipfile.ZipFile(io.BytesIO(run.artifacts["page"])) as archive:
        (name,) = archive.namelist()
        return archive.read(name).decode("utf-8")


def reevaluate(hub: Hub, before: str) -> Run:
    """Run reevaluate.yml for what was pushed since."""
    return hub.on_push(before, only="reevaluate.yml")["reevaluate.yml"]


def results(hub: Hub, ref: str = "main") -> list[str]:
    """Return the tags of the results in a branch."""
    names = [Path(path).name for path in hub.files(ref, "results/")]
    return sorted(name.removesuffix(".json") for name in names if name.endswith(".json") and "-" in name)


def latest(hub: Hub, ref: str = "main") -> str:
    """Return the tag of the latest result."""
    return str(json.loads(hub.file("results/latest.json", ref) or b"{}")["tag"])


def of_now(hub: Hub) -> bool:
    """Tell whether the latest result is that of the data which main has now."""
    tree = bare.git(hub.repository.folder, "rev-parse", "main:data/train").strip()
    return bool(json.loads(hub.file("results/latest.json") or b"{}")["data"]["id"] == tree)


def linear(hub: Hub, ref: str, since: str) -> bool:
    """Tell whether no commit since then is a merge."""
    parents = bare.git(hub.repository.folder, "log", "--format=%P", ref, f"^{since}").splitlines()
    return all(len(line.split()) == 1 for line in parents)


def test_a_merge_brings_its_result_and_a_second_run_brings_nothing(hub: Hub) -> None:
    hub.repository.calls, hub.repository.variables["DATACI_PAGES"] = True, "on"
    run = train(hub, merged(hub, 1))
    assert run.conclusion == "success", run.log
    pages = {"pages-build": "success", "pages-deploy": "success"}
    assert run.jobs == {"train": "success", "publish": "success", **pages}
    assert latest(hub) in page(run)  # the page shows what this run has just published
    assert len(hub.repository.pages) == 1
    assert len(results(hub)) == 2
    tag = latest(hub)
    subject = hub.subjects("main")[0]
    told = re.fullmatch(rf"Result {tag}: roc_auc 0\.\d{{3}} \([+-]0\.\d{{3}}, [a-z ]+\)", subject)
    assert told, subject
    assert tag in run.summaries["publish"]
    author = bare.git(hub.repository.folder, "log", "-1", "--format=%an", "main").strip()
    assert author == "github-actions[bot]"
    made = json.loads(hub.file(f"results/{tag}.json") or b"{}")
    assert made["changed"]["data"]["rows_added"] == 1
    before = hub.tip()
    again = hub.rerun(run)
    assert again.conclusion == "success", again.log
    assert hub.tip() == before
    assert "Nothing to do" in again.log
    assert hub.leaks(run, again) == []


def test_results_start_nothing_and_data_do(hub: Hub) -> None:
    before = hub.tip()
    hub.commit({"results/README.md": "by hand\n"})
    assert hub.on_push(before, only="train.yml") == {}
    assert hub.on_push(before, only="reevaluate.yml") == {}
    assert hub.on_push(before, by="github-actions[bot]") == {}


def test_two_merges_in_a_row_both_end_with_results(hub: Hub) -> None:
    pushes = [merged(hub, number) for number in (1, 2)]
    runs = [train(hub, push) for push in reversed(pushes)]
    assert [run.conclusion for run in runs] == ["success"] * 2, runs[1].log
    assert len(results(hub)) == 3
    assert of_now(hub)
    assert hub.subjects("main")[0].startswith("Result ")


def test_six_at_once_all_land_in_one_line(hub: Hub) -> None:
    pushes = [merged(hub, number) for number in range(6)]
    tip = hub.tip()
    runs = hub.together([partial(train, hub, push) for push in pushes])
    assert [run.conclusion for run in runs] == ["success"] * 6, [run.log[-2000:] for run in runs]
    assert len(results(hub)) == 7
    assert linear(hub, "main", tip)
    assert len([subject for subject in hub.subjects("main") if subject.startswith("Result ")]) == 7
    assert of_now(hub)


def test_a_protected_branch_gets_one_pull_request_and_again_nothing(hub: Hub) -> None:
    push = merged(hub, 1)
    hub.protect("main")
    run = train(hub, push)
    assert run.conclusion == "success", run.log
    assert hub.tip() == push[1]
    number = max(hub.repository.pulls)
    pull = hub.repository.pulls[number]
    assert (pull["head"]["ref"], pull["base"]["ref"], pull["state"]) == ("dataci/results", "main", "open")
    assert pull["title"].startswith(f"Result {latest(hub, 'dataci/results')}: roc_auc ")
    before = hub.tip("dataci/results")
    again = hub.rerun(run)
    assert again.conclusion == "success", again.log
    assert (max(hub.repository.pulls), hub.tip("dataci/results")) == (number, before)
    assert hub.tip() == push[1]
    assert hub.leaks(run, again) == []


def red_but_seen(hub: Hub, push: tuple[str, str], why: str) -> None:
    """Run train.yml: it is red and says why, main stays as it is, and the result is in the summary and the artifact."""
    run = train(hub, push)
    assert run.jobs == {"train": "success", "publish": "failure"}
    assert why in run.log
    assert "| ROC AUC |" in run.summaries["publish"]
    assert "results" in run.artifacts
    assert hub.tip() == push[1]


def test_a_protected_branch_and_no_right_to_open_pull_requests_is_said(hub: Hub) -> None:
    push = merged(hub, 1)
    hub.protect("main")
    hub.repository.pulls_by_actions = False
    run = train(hub, push)
    assert run.jobs == {"train": "success", "publish": "failure"}
    assert "Allow GitHub Actions to create and approve pull requests" in run.log
    assert "| ROC AUC |" in run.summaries["publish"]


def test_a_token_that_only_reads_is_told_where_to_switch_it_on(hub: Hub) -> None:
    path = ".github/workflows/train.yml"
    text = (hub.file(path) or b"").decode()
    hub.commit({path: text.replace("contents: write", "contents: read")})
    push = merged(hub, 1)
    red_but_seen(hub, push, "Settings → Actions → General → Workflow permissions")


def test_a_network_that_fails_in_the_middle_is_tried_again(hub: Hub) -> None:
    push = merged(hub, 1)
    hub.fault("GET", r"info/refs\?service=git-receive-pack", times=2)
    hub.fault("POST", r"git-receive-pack", status=502)
    hub.fault("POST", r"git-receive-pack", late=True)
    run = train(hub, push)
    assert run.conclusion == "success", run.log
    assert len(results(hub)) == 2
    assert len([subject for subject in hub.subjects("main") if subject.startswith("Result ")]) == 2


def test_a_network_that_stays_away_is_red_and_the_verdict_is_seen(hub: Hub) -> None:
    push = merged(hub, 1)
    hub.fault("POST", r"git-receive-pack", times=1000, status=503)
    red_but_seen(hub, push, "run the job again")


def test_another_test_set_is_measured_with_every_candidate(hub: Hub) -> None:
    assert train(hub, merged(hub, 1)).conclusion == "success"
    before, tags = hub.tip(), results(hub)
    old = [json.loads(hub.file(f"results/{tag}.json") or b"{}")["test"] for tag in tags]
    row = "x99,A plumber for my sink,Taps and pipes mended,1,repairs,u999,app,2026-10-20\n"
    hub.commit({"data/test/2026-11-test.csv": HEAD + row}, "Another test set")
    run = reevaluate(hub, before)
    assert run.conclusion == "success", run.log
    assert hub.subjects("main")[0] == "Measure 2 results on another test set"
    now = [json.loads(hub.file(f"results/{tag}.json") or b"{}")["test"] for tag in tags]
    assert len({test["id"] for test in now} | {test["id"] for test in old}) == 2
    assert [test["rows"] for test in now] == [test["rows"] + 1 for test in old]
    tip = hub.tip()
    weekly = hub.on_schedule("reevaluate.yml")
    assert weekly.conclusion == "success", weekly.log
    assert hub.tip() == tip


def test_what_a_merged_model_plants_in_the_folder_is_refused_as_a_whole(hub: Hub) -> None:
    planted = (
        "        from os import symlink\n"
        "        there = Path('results-new')\n"
        "        there.mkdir()\n"
        "        (there / 'README.md').write_text('forged')\n"
        "        (there / '$(touch x)').write_text('::error::forged')\n"
        "        symlink('/etc/passwd', there / '00000000-11111111.json')\n"
    )
    before = hub.tip()
    hub.commit({"project/model.py": MODEL.replace("        (folder", planted + "        (folder")}, "Hostile")
    run = train(hub, (before, hub.tip()))
    assert run.jobs == {"train": "success", "publish": "failure"}
    assert "is refused" in run.log
    assert hub.subjects("main")[0] == "Hostile"
    assert hub.leaks(run) == []

"""dataci publish results where it may not push: a protected branch, a token that reads, a network that stays away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import building
import candidates
import handing
import hosting
import recording
from dataci import record, remote, results
from dataci.commands.publish import results as command
from dataci.delivery import landing
from dataci.errors import CannotRun
from handing import Pulls
from hosting import READ, WRITE
from publishing_site import FIRST, Site


def test_a_protected_branch_gets_one_pull_request_and_again_nothing(site: Site, pulls: Pulls) -> None:
    site.host.refuse(hosting.GH013)
    folder = site.folder(site.start, {FIRST: site.first})
    assert site.publish(site.start, folder) == 0
    assert site.host.log() == ["Start"]
    (pull,) = pulls.pulls
    assert (pull["head"]["ref"], pull["base"]) == ("dataci/results", "main")
    assert pull["title"].startswith(f"Result {site.first['tag']}: roc_auc ")
    assert site.first["tag"] in pull["body"]
    assert "web/1" in site.summary.read_text()
    before = site.host.log("dataci/results", "%H")
    assert site.publish(site.start, folder) == 0
    assert site.host.log("dataci/results", "%H") == before
    assert pulls.changes == ["POST"]


def test_later_results_come_into_the_same_pull_request(site: Site, pulls: Pulls) -> None:
    site.start = site.merge({"dataci.toml": candidates.SETTINGS + '[delivery]\nresults = "pull-request"\n'})
    first = site.train(site.start, FIRST, None)
    commits = [site.merge(handing.batch(number)) for number in (1, 2)]
    made = [site.result(commit, 0.3 + number / 10) for number, commit in enumerate(commits)]
    for number in (1, 0):
        site.publish(commits[number], site.folder(commits[number], {0.3 + number / 10: made[number]}))
    assert len(pulls.pulls) == 1
    assert pulls.pulls[0]["title"] == "Add 3 results"
    assert all(one["tag"] in pulls.pulls[0]["body"] for one in (first, *made))
    assert site.latest("dataci/results") == made[1]["tag"]
    assert site.host.log("dataci/results")[0] == "Add 3 results"
    assert len(site.host.log("dataci/results")) == len(site.host.log()) + 1
    assert set(pulls.changes) == {"POST", "PATCH"}
    assert site.host.log()[0] == "Merge"


def test_after_the_merge_of_the_pull_request_a_new_one_begins(site: Site, pulls: Pulls) -> None:
    site.host.refuse(hosting.GH006)
    site.publish(site.start, site.folder(site.start, {FIRST: site.first}))
    building.git(site.host.bare, "update-ref", "refs/heads/main", "dataci/results")
    pulls.pulls[0]["state"] = "closed"
    (site.host.bare / "hooks/pre-receive").unlink()
    merged = site.merge(handing.batch(1))
    site.host.refuse(hosting.GH006)
    made = site.train(merged, 0.3, site.first)
    assert [one["state"] for one in pulls.pulls] == ["closed", "open"]
    assert site.record(made["tag"], "dataci/results")["compared"]["with"] == site.first["tag"]


def test_a_stranger_in_the_pull_request_is_left_out(
    site: Site, pulls: Pulls, capsys: pytest.CaptureFixture[str]
) -> None:
    site.host.refuse(hosting.GH013)
    site.publish(site.start, site.folder(site.start, {FIRST: site.first}))
    forged = recording.made("forged", {"test": recording.predictions(0.9)})
    odd = {f"results/{forged['tag']}.json": record.dumps(forged), f"results/{'0' * 8}-{'1' * 8}.json": "odd"}
    work = site.work
    building.git(work, "fetch", "--quiet", f"file://{site.host.bare}", "dataci/results")
    building.git(work, "checkout", "--quiet", "--detach", "FETCH_HEAD")
    building.write(work, odd)
    remote.commit(work, list(odd), "Forged")
    building.git(work, "push", "--quiet", f"file://{site.host.bare}", "HEAD:refs/heads/dataci/results")
    merged = site.merge(handing.batch(1)) if not (site.host.bare / "hooks/pre-receive").unlink() else ""
    site.host.refuse(hosting.GH013)
    site.train(merged, 0.3, None)
    assert forged["tag"] not in str(site.results("dataci/results"))
    assert f"results/{site.first['tag']}.json" in site.results("dataci/results")
    assert "is refused" in capsys.readouterr().err
    assert len(pulls.pulls) == 1


def test_a_token_that_only_reads_is_told_where_to_switch_it_on_and_the_result_is_seen(site: Site) -> None:
    with pytest.raises(CannotRun, match=r"Settings → Actions → General"):
        site.publish(site.start, site.folder(site.start, {FIRST: site.first}), token=READ)
    assert site.first["tag"] in site.summary.read_text()
    assert site.host.log() == ["Start"]


def test_a_network_that_stays_away_is_told_and_the_result_is_seen(site: Site) -> None:
    folder, clone = site.folder(site.start, {FIRST: site.first}), site.host.clone("job")
    building.git(clone, "remote", "set-url", "origin", "http://127.0.0.1:1/owner/name")
    with pytest.raises(remote.Unreachable, match="The network failed; run the job again"):
        site.publish(site.start, folder, root=clone)
    assert site.first["tag"] in site.summary.read_text()


def test_another_branch_than_the_default_one_gets_no_results(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = site.folder(site.start, {FIRST: site.first})
    environment = handing.in_a_run(site.host, site.start, WRITE, site.summary)
    handing.set_environment(monkeypatch, {**environment, "GITHUB_REF": "refs/heads/else"})
    with pytest.raises(CannotRun, match="belong to the branch main"):
        command.run(site.host.clone("job"), folder)
    monkeypatch.delenv("GITHUB_SHA")
    with pytest.raises(CannotRun, match="GITHUB_SHA"):
        command.run(site.host.clone("job-2"), folder)
    handing.set_environment(monkeypatch, environment)
    monkeypatch.delenv("GITHUB_REF")
    with pytest.raises(CannotRun, match="GITHUB_REF is not set"):
        command.run(site.host.clone("job-3"), folder)


def test_edits_are_not_thrown_away(site: Site) -> None:
    folder, clone = site.folder(site.start, {FIRST: site.first}), site.host.clone("job")
    building.write(clone, {"dataci.toml": "edited\n"})
    with pytest.raises(CannotRun, match="fresh clone"):
        site.publish(site.start, folder, root=clone)
    assert (clone / "dataci.toml").read_text() == "edited\n"


def test_a_lock_that_was_written_in_the_run_is_in_nobodys_way(site: Site) -> None:
    commit = site.merge({"uv.lock": "old\n"})
    folder, clone = site.folder(commit, {FIRST: site.first}), site.host.clone("job")
    building.write(clone, {"uv.lock": "new\n"})
    handing.set_environment(site.patch, handing.in_a_run(site.host, commit, WRITE, site.summary))
    site.patch.setenv("GITHUB_ACTIONS", "true")
    assert command.run(clone, folder) == 0
    assert building.git(site.host.bare, "show", "main:uv.lock") == "old"
    assert site.host.log()[0].startswith("Result ")


def test_an_answer_that_was_lost_is_looked_for(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = remote.push
    lost: list[str] = []

    def losing(root: Path, commit: str, branch: str, token: str, **more: Any) -> None:
        whole(root, commit, branch, token, **more)
        if not lost:
            lost.append(commit)
            raise remote.Unreachable("The answer was lost.")

    monkeypatch.setattr(landing.remote, "push", losing)
    assert site.publish(site.start, site.folder(site.start, {FIRST: site.first})) == 0
    assert len(site.host.log()) == 2
    assert results.FOLDER in str(site.results())

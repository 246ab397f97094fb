"""dataci publish results: the same end in whatever order, nothing twice, nothing lost."""

from __future__ import annotations

import pytest

import building
import candidates
import handing
from dataci import production, remote
from dataci.production import Production
from publishing_site import FIRST, Site


def test_a_first_result_and_the_next_one_are_commits_that_tell_what_changed(site: Site) -> None:
    assert site.publish(site.start, site.folder(site.start, {FIRST: site.first})) == 0
    tag = site.first["tag"]
    value = site.first["metrics"]["roc_auc"]["value"]
    assert site.host.log() == [f"Result {tag}: roc_auc {value:.3f} (first result)", "Start"]
    assert set(site.results()) == {
        f"results/{name}" for name in (f"{tag}.json", f"{tag}.predictions.csv", "latest.json", "README.md")
    }
    merged = site.merge(handing.batch(1))
    made = site.train(merged, 0.4, site.first)
    difference = made["metrics"]["roc_auc"]["value"] - value
    assert site.host.log()[0] == (
        f"Result {made['tag']}: roc_auc {made['metrics']['roc_auc']['value']:.3f} ({difference:+.3f}, better)"
    )
    assert site.host.log(form="%an <%ae>")[0] == f"{remote.NAME} <{remote.EMAIL}>"
    assert site.latest() == made["tag"]
    assert site.record(made["tag"])["compared"]["with"] == tag
    assert f"| {made['tag']} | ROC AUC |" in site.summary.read_text()
    assert made["tag"] in (site.file("README.md") or b"").decode()


def test_publishing_again_commits_nothing(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    folder = site.folder(site.start, {FIRST: site.first})
    site.publish(site.start, folder)
    before = site.host.log(form="%H")
    capsys.readouterr()
    assert site.publish(site.start, folder) == 0
    assert site.host.log(form="%H") == before
    assert "Nothing to do" in capsys.readouterr().out


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_merges_in_a_row_end_with_both_in_any_order(site: Site, order: tuple[int, int]) -> None:
    site.publish(site.start, site.folder(site.start, {FIRST: site.first}))
    commits = [site.merge(handing.batch(number), f"Batch {number}") for number in (1, 2)]
    made = [site.result(commit, 0.3 + number / 10, site.first) for number, commit in enumerate(commits)]
    folders = [site.folder(commit, {0.3 + n / 10: made[n]}) for n, commit in enumerate(commits)]
    for number in order:
        site.publish(commits[number], folders[number])
    assert {site.record(one["tag"])["changed"]["parent"] for one in made} == {site.first["tag"]}
    assert site.latest() == made[1]["tag"]
    assert len(site.host.log()) == 6


def test_any_order_gives_the_same_bytes(site: Site) -> None:
    site.publish(site.start, site.folder(site.start, {FIRST: site.first}))
    commits = [site.merge(handing.batch(number), f"Batch {number}") for number in (1, 2, 3)]
    tip = commits[-1]
    ends = []
    for order in ((0, 1, 2), (2, 0, 1), (1, 2, 0), (2, 1, 0)):
        building.git(site.host.bare, "update-ref", "refs/heads/main", tip)
        for number in order:
            signal = 0.3 + number / 10
            made = site.result(commits[number], signal, site.first)
            site.publish(commits[number], site.folder(commits[number], {signal: made}))
        ends.append(site.results())
    assert all(end == ends[0] for end in ends)
    assert len(ends[0]) == 4 * 2 + 2


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_merge_whose_training_failed_leaves_the_newest_of_the_others(
    site: Site, order: tuple[int, int]
) -> None:
    site.publish(site.start, site.folder(site.start, {FIRST: site.first}))
    commits = [site.merge(handing.batch(number)) for number in (1, 2)]
    site.merge({"project/model.py": "broken ="}, "Broken")
    made = [site.result(commit, 0.3 + number / 10, site.first) for number, commit in enumerate(commits)]
    for number in order:
        folder = site.folder(commits[number], {0.3 + number / 10: made[number]})
        site.publish(commits[number], folder)
    assert site.latest() == made[1]["tag"]


def test_a_revert_makes_the_old_result_the_latest_again(site: Site) -> None:
    site.publish(site.start, site.folder(site.start, {FIRST: site.first}))
    merged = site.merge(handing.batch(1))
    made = site.train(merged, 0.3, site.first)
    reverted = site.merge({"data/train/batch-1.csv": None}, "Revert")
    site.publish(reverted, site.folder(reverted, {FIRST: site.first}))
    value = site.first["metrics"]["roc_auc"]["value"]
    assert site.host.log()[0] == f"Result {site.first['tag']} is the latest again: roc_auc {value:.3f}"
    assert site.latest() == site.first["tag"]
    late = site.folder(merged, {0.3: made})
    site.publish(merged, late)
    assert site.latest() == site.first["tag"]


def test_the_same_code_with_other_libraries_is_the_latest_once_it_is_merged(site: Site) -> None:
    site.publish(site.start, site.folder(site.start, {FIRST: site.first}))
    merged = site.merge({"uv.lock": "newer libraries"})
    made = site.result(merged, 0.3, site.first, code="5" * 64)
    for folder in (site.folder(merged, {0.3: made}), site.folder(merged, {}, latest=made["tag"])):
        site.publish(merged, folder)
        assert site.latest() == made["tag"]
    before = site.folder(site.start, {FIRST: site.first})
    site.publish(site.start, before)
    assert site.latest() == made["tag"]


def test_what_a_result_followed_when_it_was_first_made_stays(site: Site) -> None:
    site.publish(site.start, site.folder(site.start, {FIRST: site.first}))
    merged = site.merge(handing.batch(1))
    made = site.train(merged, 0.3, site.first)
    before = site.host.log(form="%H")
    again = {**made, "changed": {"parent": None}, "compared": {}}
    site.publish(merged, site.folder(merged, {0.3: again}))
    assert site.host.log(form="%H") == before
    assert site.record(made["tag"])["changed"]["parent"] == site.first["tag"]


def changed_test_set(site: Site) -> str:
    """Change the test set on main; return the commit."""
    return site.merge({"data/test/t2.csv": candidates.HEADER + "t1,my cat,tax advice,0\n"}, "Test set")


def test_another_test_set_rewrites_all_and_nothing_older_comes_back(site: Site) -> None:
    site.publish(site.start, site.folder(site.start, {FIRST: site.first}))
    merged = site.merge(handing.batch(1))
    made = site.train(merged, 0.3, site.first)
    stale = site.folder(merged, {0.3: made})
    moved = changed_test_set(site)
    now = site.result(moved, 0.3)["test"]
    again = {
        signal: {**one, "test": now, "compared": {}} for signal, one in ((FIRST, site.first), (0.3, made))
    }
    site.publish(moved, site.folder(moved, again, latest=made["tag"]))
    assert site.host.log()[0] == "Measure 2 results on another test set"
    body = building.git(site.host.bare, "log", "-1", "--format=%b", "main")
    assert body.count("- ") == 2
    assert {site.record(one["tag"])["test"]["id"] for one in again.values()} == {now["id"]}
    assert site.record(made["tag"])["compared"]["verdict"] != "none"
    before = site.host.log(form="%H")
    assert site.publish(merged, stale) == 0
    assert site.host.log(form="%H") == before


def test_what_train_and_reevaluate_hand_over_of_one_commit_ends_the_same(site: Site) -> None:
    site.publish(site.start, site.folder(site.start, {FIRST: site.first}))
    moved = site.merge({**handing.batch(1), "data/test/t2.csv": candidates.HEADER + "t1,my cat,tax,0\n"})
    made = site.result(moved, 0.3, site.first)
    again = {**site.first, "test": made["test"]}
    trained = site.folder(moved, {0.3: made})
    measured = site.folder(moved, {FIRST: again}, latest=None)
    start, ends = site.host.log(form="%H")[0], []
    for order in ((trained, measured), (measured, trained)):
        building.git(site.host.bare, "update-ref", "refs/heads/main", start)
        for folder in order:
            site.publish(moved, folder)
        ends.append(site.results())
    assert ends[0] == ends[1]
    assert site.record(made["tag"])["compared"]["verdict"] != "none"


def test_a_candidate_that_cannot_be_measured_any_more_is_marked(site: Site) -> None:
    site.publish(site.start, site.folder(site.start, {FIRST: site.first}))
    moved = changed_test_set(site)
    reason = "numpy cannot be had @everyone\n::error::x"
    stuck = {
        **site.first,
        "not_comparable": {"test": site.result(moved, 0.3)["test"]["id"], "reason": reason},
    }
    site.publish(moved, site.folder(moved, {FIRST: stuck}, latest=None))
    assert site.host.log()[0] == "Measure 1 result again"
    assert "not_comparable" in site.record(site.first["tag"])
    assert "@everyone" not in site.summary.read_text()
    assert "\n::error" not in site.summary.read_text()


def test_when_nothing_is_handed_over_the_leaderboard_is_written_anew(site: Site) -> None:
    site.publish(site.start, site.folder(site.start, {FIRST: site.first}))
    promoted = site.merge({"results/production.toml": production.dumps(Production(site.first["tag"]))})
    assert site.publish(promoted, site.folder(promoted, {}, latest=site.first["tag"])) == 0
    assert site.host.log()[0] == "Write the leaderboard anew"
    assert "In production is the latest candidate" in (site.file("README.md") or b"").decode()


def test_nothing_at_all_is_nothing_to_do(site: Site) -> None:
    assert site.publish(site.start, site.folder(site.start, {}, latest=None)) == 0
    assert site.host.log() == ["Start"]

"""The suite: what is new fails, what the base has is counted, and a run that looked at nothing is red."""

from __future__ import annotations

from pathlib import Path

import pytest

import building
from building import HEADER, TRAIN, counts, found, judge, places
from dataci import suite
from dataci.errors import CannotRun
from dataci.finding import Finding, Severity

DIRTY = (
    TRAIN
    + "5,A plumber for a dripping tap,Weddings photographed with care,0,ben,2026-01-09\n6,x,y,7,ben,2026-01-09\n"
)


def test_a_clean_project_passes(tmp_path: Path) -> None:
    report = judge(building.make(tmp_path))
    assert (report.verdict, report.files, report.rows, report.findings) == ("pass", 2, 6, ())
    assert set(report.summary) == set(suite.CHECKS)
    assert counts(report) == {}


def test_what_the_base_has_is_known_and_what_the_change_adds_fails(tmp_path: Path) -> None:
    root = building.make(tmp_path, {"data/train/a.csv": DIRTY})
    assert judge(root).verdict == "fail"
    building.commit(root)
    report = judge(root, "HEAD", ignore=("label-balance",))
    assert report.verdict == "pass"
    assert {name: number[2] for name, number in counts(report).items()} == {"schema": 1, "duplicate-row": 1}
    building.write(root, {"data/train/b.csv": HEADER + "7,x,z,8,ben,2026-01-09\n"})
    report = judge(root, "HEAD")
    assert report.verdict == "fail"
    assert places(report, "schema") == [("data/train/b.csv", 2, "match")]
    assert report.summary["schema"].known == 1


def test_moving_lines_makes_nothing_new(tmp_path: Path) -> None:
    root = building.make(tmp_path, {"data/train/a.csv": DIRTY})
    building.commit(root)
    lines = DIRTY.splitlines(keepends=True)
    building.write(root, {"data/train/moved.csv": "".join([lines[0], *reversed(lines[1:])])})
    (root / "data/train/a.csv").unlink()
    report = judge(root, "HEAD", select=("schema", "duplicate-row", "duplicate-id", "split-leak"))
    assert report.verdict == "pass"
    assert report.summary["schema"].known == 1


def test_a_repair_makes_the_count_fall(tmp_path: Path) -> None:
    root = building.make(tmp_path, {"data/train/a.csv": DIRTY})
    building.commit(root)
    building.write(root, {"data/train/a.csv": TRAIN})
    report = judge(root, "HEAD", select=("schema", "duplicate-row"))
    assert report.verdict == "pass"
    assert counts(report) == {}


def test_malformed_rows_of_the_base_are_known_too(tmp_path: Path) -> None:
    root = building.make(tmp_path, {"data/train/r.csv": HEADER + "8,x\n9,short\n"})
    building.commit(root)
    building.write(root, {"data/train/r.csv": HEADER + "9,short\n8,x\n10,another\n"})
    report = judge(root, "HEAD", select=("ragged-row",))
    assert places(report, "ragged-row") == [("data/train/r.csv", 4, None)]
    assert report.summary["ragged-row"].known == 2


def test_nothing_checked_is_red(tmp_path: Path) -> None:
    root = building.make(tmp_path)
    assert judge(root, ignore=tuple(suite.CHECKS)).verdict == "fail"
    for name in ("data/train/a.csv", "data/test/t.csv"):
        (root / name).unlink()
    report = judge(root)
    assert report.verdict == "fail"
    assert [f.check for f in report.findings] == ["no-data"]


def test_a_header_without_rows_is_no_data(tmp_path: Path) -> None:
    root = building.make(tmp_path, {"data/train/a.csv": HEADER, "data/test/t.csv": HEADER})
    assert found(judge(root), "no-data")


def test_a_check_that_crashes_is_red(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> list[Finding]:
        raise ZeroDivisionError("planted")

    monkeypatch.setitem(suite.CHECKS, "size", suite.CHECKS["size"]._replace(run=broken))
    report = judge(building.make(tmp_path))
    assert report.verdict == "fail"
    assert report.crashed == ("size",)
    message = found(report, "size")[0].message
    assert "ZeroDivisionError: planted" in message
    assert ".dataci/crash.log" in message
    assert "ZeroDivisionError: planted" in (tmp_path / ".dataci/crash.log").read_text()


CHECKS = '''\
from dataci.finding import Finding, Severity


def no_shouting(dataset):
    """Wants are not written in capitals."""
    rows = dataset.rows()
    for row in rows.iter_rows(named=True):
        if row["want"].isupper():
            path = dataset.parts[row["_file"]].path
            yield Finding("", Severity.ERROR, path, row["_line"], "want", row["want"], "Do not shout.")


def broken(dataset):
    if any("crash" in want for want in dataset.rows()["want"]):
        raise ValueError("as planted")


def _helper(dataset):
    raise AssertionError
'''


def test_the_users_own_checks_appear_like_ours(tmp_path: Path) -> None:
    root = building.make(tmp_path, {"project/checks.py": CHECKS})
    report = judge(root)
    assert report.verdict == "pass"
    assert {"no-shouting", "broken"} < set(report.summary)
    building.commit(root)
    building.write(root, {"data/train/b.csv": HEADER + "9,FEED MY CAT,crash,1,z,2026-01-09\n"})
    report = judge(root, "HEAD")
    assert places(report, "no-shouting") == [("data/train/b.csv", 2, "want")]
    building.commit(root)
    assert judge(root, "HEAD").summary["no-shouting"].known == 1
    building.write(root, {"data/train/c.csv": HEADER + "10,crash now,y,1,z,2026-01-09\n"})
    report = judge(root, "HEAD")
    assert "as planted" in found(report, "broken")[0].message
    assert report.crashed == ()


@pytest.mark.parametrize("file", ["checks", "schema"])
def test_code_that_ends_the_program_does_not_end_green(tmp_path: Path, file: str) -> None:
    text = "import sys\n\nsys.exit(0)\n"
    root = building.make(tmp_path, {"project/checks.py": "", f"project/{file}.py": text})
    with pytest.raises(CannotRun, match=rf"project/{file}\.py does not run"):
        judge(root)
    own = "import sys\n\n\ndef leave(dataset):\n    sys.exit(0)\n"
    root = building.make(tmp_path / "own", {"project/checks.py": own})
    assert judge(root).verdict == "fail"


def test_select_ignore_and_configuration(tmp_path: Path) -> None:
    root = building.make(tmp_path, {"data/train/a.csv": DIRTY})
    assert set(judge(root, select=("schema",)).summary) == {"schema"}
    assert "schema" not in judge(root, ignore=("schema",)).summary
    with pytest.raises(CannotRun, match="no check 'shema'"):
        judge(root, select=("shema",))
    building.write(root, {"dataci.toml": building.PAIRS + "[checks.schema]\nenabled = false\n"})
    assert "schema" not in judge(root).summary
    building.write(root, {"dataci.toml": building.PAIRS + '[checks.schema]\nseverity = "warning"\n'})
    assert judge(root, select=("schema",)).verdict == "pass"
    for wrong in (
        '[checks.schema]\nseverity = "fatal"\n',
        "[checks.near]\n",
        "[checks.size]\nrefused = 3\n",
        '[checks.size]\nenabled = "false"\n',
        "[checks.size]\nenabled = false\nrefused = 3\n",
        "[checks.waiver]\nenabled = false\n",
        "[checks.near-duplicate]\nthreshold = 8\n",
        '[checks.privacy]\nallow = ["("]\n',
        "[train]\nsed = 1\n",
        '[evaluation]\nmetrics = "f1"\n',
    ):
        building.write(root, {"dataci.toml": building.PAIRS + wrong})
        with pytest.raises(CannotRun):
            judge(root)


def test_counts_stay_exact_when_the_list_is_cut(tmp_path: Path) -> None:
    rows = "".join(f"n{i},want number {i} of many,offer {i},9,w{i},2026-01-01\n" for i in range(500))
    root = building.make(tmp_path, {"data/train/b.csv": HEADER + rows})
    report = judge(root, limit=10, select=("schema",))
    assert report.summary["schema"].errors == 500
    assert len(report.findings) == 10
    assert [f.line for f in report.findings] == list(range(2, 12))


def test_a_finding_shows_its_row(tmp_path: Path) -> None:
    report = judge(building.make(tmp_path, {"data/train/a.csv": DIRTY}), select=("schema",))
    (finding,) = report.findings
    assert dict(finding.row)["want"] == "x"
    assert finding.severity is Severity.ERROR
    assert finding.value == "7"


def test_the_hook_reads_only_what_changed_and_sees_the_whole(tmp_path: Path) -> None:
    root = building.make(tmp_path, {"data/train/a.csv": DIRTY})
    building.commit(root)
    building.write(
        root, {"data/train/b.csv": HEADER + "1,A dog walker on weekdays,Long walks for dogs,1,q,2026-01-01\n"}
    )
    building.git(root, "add", ".")
    data, base = building.load(root, "index"), building.load(root, "HEAD")
    for _ in range(2):  # the second time the keys come from the cache
        data, base = building.load(root, "index"), building.load(root, "HEAD")
        report = suite.run(
            data, base, lambda: None, {}, suite.Settings(quick=True, ignore=("schema",)), "HEAD"
        )
        assert places(report, "split-leak") == [("data/train/b.csv", 2, None)]
        assert places(report, "duplicate-id") == [("data/train/b.csv", 2, "id")]
    assert base._tables == {}


def test_the_hook_when_no_row_is_new(tmp_path: Path) -> None:
    root = building.make(tmp_path, {"data/train/a.csv": DIRTY})
    building.commit(root)
    (root / "data/train/a.csv").rename(root / "data/train/b.csv")
    for remaining in ({}, {"data/train/b.csv": TRAIN}):
        building.write(root, remaining)
        report = judge(root, "HEAD", quick=True)
        assert (report.verdict, report.crashed) == ("pass", ())


@pytest.mark.parametrize("quick", [True, False])
def test_cold_and_warm_runs_find_the_same(tmp_path: Path, quick: bool) -> None:
    root = building.make(tmp_path, {"data/train/a.csv": DIRTY})
    building.commit(root)
    building.write(
        root, {"data/train/b.csv": HEADER + "1,A dog walker on weekday,Long walks for dogs,1,q,2026-01-01\n"}
    )
    cold = judge(root, "HEAD", quick=quick)
    assert (root / ".dataci").exists()
    assert judge(root, "HEAD", quick=quick) == cold

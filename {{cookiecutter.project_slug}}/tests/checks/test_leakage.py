"""Leakage: copies of test rows in train, in every disguise, at the line that the change brings in."""

from __future__ import annotations

from pathlib import Path

import pytest

import building
from building import HEADER, PAIRS, TEST, counts, judge, places

B = "data/train/b.csv"
LEAKS = ("split-leak", "near-split-leak", "group-leak", "time-leak", "target-leak")
WANT, OFFER = "A dog walker on weekdays", "Long walks for dogs"


def added(
    tmp_path: Path, *rows: str, path: str = B, base: bool = True, settings: str = PAIRS
) -> building.Report:
    root = building.make(tmp_path, settings=settings)
    building.commit(root)
    building.write(root, {path: HEADER + "".join(row + "\n" for row in rows)})
    return judge(root, "HEAD" if base else None, select=LEAKS)


def test_clean(tmp_path: Path) -> None:
    assert (
        added(tmp_path, "9,Somebody to cut the hedge,Gardens dug and planted,1,z,2026-01-01").findings == ()
    )


@pytest.mark.parametrize("label", ["0", "1"])
def test_a_copy_of_a_test_row_whatever_its_label(tmp_path: Path, label: str) -> None:
    report = added(tmp_path, f"9,{WANT},{OFFER},{label},z,2026-01-01")
    assert places(report, "split-leak") == [(B, 2, None)]
    assert report.findings[0].related == (("data/test/t.csv", 2),)


def test_without_a_base_the_test_row_is_named_once(tmp_path: Path) -> None:
    rows = [f"{i},{WANT},{OFFER},1,z,2026-01-01" for i in range(9, 12)]
    report = added(tmp_path, *rows, base=False)
    assert places(report, "split-leak") == [("data/test/t.csv", 2, None)]


def test_with_a_base_every_new_copy_is_named(tmp_path: Path) -> None:
    rows = [f"{i},{WANT},{OFFER},1,z,2026-01-01" for i in range(9, 12)]
    assert places(added(tmp_path, *rows), "split-leak") == [(B, line, None) for line in (2, 3, 4)]


def test_a_copy_with_a_typo(tmp_path: Path) -> None:
    long = (
        HEADER
        + "t3,Somebody who can walk my two dogs every weekday,Long walks for dogs in the park,1,eve,2026-02-01\n"
    )
    root = building.make(tmp_path, {"data/test/u.csv": long})
    building.commit(root)
    typo = (
        "9,Somebody who can wallk my two dogs every weekday,Long walks for dogs in the park,1,z,2026-01-01\n"
    )
    building.write(root, {B: HEADER + typo})
    assert places(judge(root, "HEAD", select=LEAKS), "near-split-leak") == [(B, 2, None)]


def test_texts_that_differ_in_what_matters_are_a_warning(tmp_path: Path) -> None:
    test = "t3,Nursery software advanced preschool edition,Version two for the classroom,1,eve,2026-02-01\n"
    root = building.make(tmp_path, {"data/test/u.csv": HEADER + test})
    building.commit(root)
    other = "9,Nursery software advanced preschol edition,Version two for the classroom,{},z,2026-01-01\n"
    for label, weight in (("1", (1, 0)), ("0", (0, 1))):
        building.write(root, {B: HEADER + other.format(label)})
        report = judge(root, "HEAD", select=("near-split-leak",))
        assert counts(report)["near-split-leak"][:2] == weight
        assert "advanced preschool edition / Version two" in report.findings[0].message


def test_case_and_punctuation_are_no_disguise(tmp_path: Path) -> None:
    report = added(tmp_path, f"9,{WANT.upper()}!!,{OFFER} …,1,z,2026-01-01")
    assert places(report, "near-split-leak") == [(B, 2, None)]


def test_a_pattern_of_a_bug_in_train(tmp_path: Path) -> None:
    report = added(
        tmp_path,
        "b1,Lessons for the clarinet,Music lessons at your home,1,zz,2026-03-01",
        path="data/bugs/music/patterns.csv",
    )
    assert places(report, "split-leak") == [("data/bugs/music/patterns.csv", 2, None)]


def test_a_bug_may_repeat_the_test_set(tmp_path: Path) -> None:
    report = added(tmp_path, f"b1,{WANT},{OFFER},1,eve,2026-03-01", path="data/bugs/dogs/patterns.csv")
    assert counts(report) == {}


def test_a_swapped_pair_where_order_means_nothing(tmp_path: Path) -> None:
    swapped = f"9,{OFFER},{WANT},1,z,2026-01-01"
    symmetric = PAIRS.replace("group", "symmetric = true\ngroup")
    assert places(added(tmp_path / "a", swapped, settings=symmetric), "split-leak") == [(B, 2, None)]
    assert counts(added(tmp_path / "b", swapped)) == {}


def test_a_group_on_both_sides(tmp_path: Path) -> None:
    report = added(tmp_path, "9,Somebody to cut the hedge,Gardens dug and planted,1,eve,2026-01-01")
    assert places(report, "group-leak") == [(B, 2, "who")]
    report = added(
        tmp_path / "x", "t9,Somebody to cut the hedge,Gardens dug,1,anna,2026-02-01", path="data/test/u.csv"
    )
    assert places(report, "group-leak") == [("data/test/u.csv", 2, "who")]


def test_train_rows_from_the_time_of_the_test_set(tmp_path: Path) -> None:
    rows = [
        "9,Somebody to cut the hedge,Gardens dug,1,z,2026-02-01",
        "10,x,y,1,z,2026-01-31",
        "11,p,q,1,z,2026-02-02",
    ]
    report = added(tmp_path, *rows)
    assert places(report, "time-leak") == [(B, 2, "day"), (B, 4, "day")]


def test_later_data_are_told_once_and_are_no_error(tmp_path: Path) -> None:
    rows = [
        f"{i},Want number {i} of the autumn,Offer {i} of another sort,1,z{i},2026-11-{i}"
        for i in range(10, 20)
    ]
    report = added(tmp_path, *rows)
    assert counts(report)["time-leak"] == (0, 1, 0, 0)
    message = next(f.message for f in report.findings if f.check == "time-leak")
    assert "10 new rows are younger" in message


def test_known_leaks_do_not_fail_a_change_and_more_of_them_do(tmp_path: Path) -> None:
    root = building.make(tmp_path, {B: HEADER + f"9,{WANT},{OFFER},1,z,2026-01-01\n"})
    building.commit(root)
    building.write(
        root, {"data/train/c.csv": HEADER + "20,quite another want,and another offer,1,z,2026-01-01\n"}
    )
    report = judge(root, "HEAD", select=("split-leak",))
    assert report.verdict == "pass"
    assert report.summary["split-leak"].known == 1
    building.write(root, {"data/train/c.csv": HEADER + f"20,{WANT},{OFFER},0,z,2026-01-01\n"})
    assert places(judge(root, "HEAD", select=("split-leak",)), "split-leak") == [
        ("data/train/c.csv", 2, None)
    ]


TABLE = "version = 1\n[columns]\nid = 'id'\nlabel = 'survived'\nnumeric = ['age']\ncategorical = ['alive', 'sex']\n"


def rows(alive: dict[int, str], flip: int = -1) -> str:
    lines = (f"{i},{20 + i},{alive[(i + (i == flip)) % 2]},{'mf'[i % 3 == 0]},{i % 2}\n" for i in range(40))
    return "id,age,alive,sex,survived\n" + "".join(lines)


def test_a_column_that_is_the_label_under_another_name(tmp_path: Path) -> None:
    root = building.make(tmp_path, {"data/train/a.csv": rows({0: "no", 1: "yes"})}, settings=TABLE)
    (root / "data/test/t.csv").unlink()
    report = judge(root, select=("target-leak",))
    assert [(f.column, str(f.severity)) for f in report.findings] == [("alive", "error")]
    building.write(root, {"data/train/a.csv": rows({0: "no", 1: "yes"}, flip=7)})
    assert judge(root, select=("target-leak",)).findings == ()


def test_the_target_leak_of_the_base_is_known(tmp_path: Path) -> None:
    root = building.make(tmp_path, {"data/train/a.csv": rows({0: "no", 1: "yes"})}, settings=TABLE)
    (root / "data/test/t.csv").unlink()
    building.commit(root)
    report = judge(root, "HEAD", select=("target-leak",))
    assert (report.verdict, report.summary["target-leak"].known) == ("pass", 1)


def test_no_test_set_no_leak(tmp_path: Path) -> None:
    root = building.make(tmp_path)
    (root / "data/test/t.csv").unlink()
    assert counts(judge(root, select=LEAKS)) == {}
    assert TEST

"""Duplicates: exact, normalised, near, and contradicting; each with its clean twin."""

from __future__ import annotations

from pathlib import Path

import pytest

import building
from building import HEADER, TEST, TRAIN, counts, judge, places

B = "data/train/b.csv"
LONG = "Somebody to water the roses on my balcony while I am away in July"


def added(tmp_path: Path, *rows: str, base: bool = True, settings: str = building.PAIRS) -> building.Report:
    root = building.make(tmp_path, settings=settings)
    building.commit(root)
    building.write(root, {B: HEADER + "".join(row + "\n" for row in rows)})
    names = ("duplicate-id", "duplicate-row", "conflicting-label", "near-duplicate")
    return judge(root, "HEAD" if base else None, select=names)


def test_clean(tmp_path: Path) -> None:
    assert (
        added(tmp_path, "9,Somebody to cut the hedge,Gardens dug and planted,1,z,2026-01-01").findings == ()
    )


def test_an_id_twice_in_any_split_is_reported_at_the_new_row(tmp_path: Path) -> None:
    report = added(tmp_path, "t1,a,b,1,z,2026-01-01", "q,c,d,1,z,2026-01-01", "q,e,f,1,z,2026-01-01")
    assert places(report, "duplicate-id") == [(B, 2, "id"), (B, 4, "id")]
    assert report.findings[0].related == (("data/test/t.csv", 2),)


def test_the_same_text_and_a_contradiction(tmp_path: Path) -> None:
    want, offer = "A plumber for a dripping tap", "Weddings photographed with care"
    report = added(tmp_path, f"8,{want},{offer},0,z,2026-01-01", f"9,{want},{offer},1,z,2026-01-01")
    assert places(report, "duplicate-row") == [(B, 2, None), (B, 3, None)]
    assert places(report, "conflicting-label") == [(B, 3, "match")]


def test_one_finding_for_a_group_that_contradicts_itself(tmp_path: Path) -> None:
    report = added(tmp_path, *(f"n{i},w,o,{i % 2},z,2026-01-01" for i in range(9)), base=False)
    assert counts(report)["conflicting-label"] == (1, 0, 0, 0)
    assert counts(report)["duplicate-row"] == (8, 0, 0, 0)


def test_after_normalisation_it_is_a_near_duplicate_and_a_doubtful_label(tmp_path: Path) -> None:
    report = added(
        tmp_path, "9,a PLUMBER for a dripping tap!,Weddings  photographed with care,1,z,2026-01-01"
    )
    assert places(report, "near-duplicate") == [(B, 2, None)]
    assert places(report, "conflicting-label") == [(B, 2, "match")]
    assert counts(report) == {"near-duplicate": (0, 1, 0, 0), "conflicting-label": (0, 1, 0, 0)}


def test_a_typo_does_not_hide_a_copy(tmp_path: Path) -> None:
    report = added(
        tmp_path,
        f"8,{LONG},I water plants,1,z,2026-01-01",
        f"9,{LONG.replace('roses', 'rosses')},I water plants,1,z,2026-01-01",
    )
    assert places(report, "near-duplicate") == [(B, 3, None)]


def test_a_relabelled_row_contradicts_its_untouched_twin(tmp_path: Path) -> None:
    twin = "8,a,b,1,z,2026-01-01\n9,a,b,1,z,2026-01-01\n"
    root = building.make(tmp_path, {B: HEADER + twin})
    building.commit(root)
    assert judge(root, "HEAD", select=("conflicting-label", "duplicate-row")).verdict == "pass"
    building.write(root, {B: HEADER + twin.replace("9,a,b,1", "9,a,b,0")})
    report = judge(root, "HEAD", select=("conflicting-label",))
    assert places(report, "conflicting-label") == [(B, 3, "match")]


def test_empty_inputs_are_no_duplicates_of_one_another(tmp_path: Path) -> None:
    report = added(
        tmp_path, "8,,,1,z,2026-01-01", "9,,,0,z,2026-01-02", ",x,y,1,z,2026-01-03", ",p,q,1,z,2026-01-03"
    )
    assert counts(report) == {}


def test_order_of_a_symmetric_pair(tmp_path: Path) -> None:
    swapped = "9,Weddings photographed with care,A plumber for a dripping tap,0,z,2026-01-01"
    symmetric = building.PAIRS.replace("group", "symmetric = true\ngroup")
    assert places(added(tmp_path / "a", swapped, settings=symmetric), "duplicate-row") == [(B, 2, None)]
    assert places(added(tmp_path / "b", swapped), "duplicate-row") == []


TABLE = "version = 1\n[columns]\nid = 'id'\nlabel = 'y'\nnumeric = ['n']\ncategorical = ['c']\n"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("1,5,a,x\n2,5,a,x\n", {"duplicate-row": (0, 1, 0, 0)}),
        ("1,5,a,x\n2,5,a,y\n", {"conflicting-label": (0, 1, 0, 0)}),
        ("1,5,a,x\n2,5,b,x\n", {}),
    ],
)
def test_tables(tmp_path: Path, rows: str, expected: dict[str, tuple[int, int, int, int]]) -> None:
    root = building.make(tmp_path, {"data/train/a.csv": "id,n,c,y\n" + rows}, settings=TABLE)
    (root / "data/test/t.csv").unlink()
    assert counts(judge(root, select=("duplicate-row", "conflicting-label", "near-duplicate"))) == expected


def test_the_example_of_the_tests_is_clean() -> None:
    assert TRAIN.startswith(HEADER)
    assert TEST.startswith(HEADER)


@pytest.mark.parametrize("warm", [True, False])
def test_the_hook_finds_what_the_whole_run_finds(tmp_path: Path, warm: bool) -> None:
    """It looks only at groups with a new row, and takes signatures of rows that did not change from the cache."""
    root = building.make(tmp_path)
    old = "".join(
        f"o{i},{LONG} number {i * 7919},{'abcdefgh'[i % 8] * 30},1,z,2026-01-01\n" for i in range(40)
    )
    building.write(root, {B: HEADER + old + "o6,twice,twice,0,z,2026-01-01\n"})
    building.commit(root)
    if warm:
        judge(root)
    lines = old.splitlines(keepends=True)
    lines[3] = lines[3].replace("roses", "rosse")
    lines[9] = lines[20].replace("o20,", "o9,").replace(",1,z", ",0,z")
    fresh = f"n1,{LONG.upper()} NUMBER 0!,{'a' * 30},0,eve,2026-01-01\n"
    fresh += "n2,A dog walker on weekdays,Long walks for dogs,1,z,2026-01-01\n"
    building.write(root, {B: HEADER + "".join(lines) + "o6,twice,twice,0,z,2026-01-01\n" + fresh})
    building.git(root, "add", "--all")
    names = ("duplicate-id", "duplicate-row", "conflicting-label", "split-leak", "group-leak")
    names += ("near-duplicate", "near-split-leak")
    hook = judge(root, "HEAD", which="index", select=names, quick=True)
    whole = judge(root, "HEAD", which="index", select=names)
    assert {f.check for f in whole.findings} >= {
        "duplicate-row",
        "conflicting-label",
        "split-leak",
        "near-duplicate",
    }
    for name in names:
        assert places(hook, name) == places(whole, name)
        assert [f.related for f in hook.findings] == [f.related for f in whole.findings]


@pytest.mark.parametrize(
    ("train", "weight"), [("1,5,a,x\n2,6,a,x\n", (1, 0)), ("1,5,a,x\n2,5,a,x\n", (0, 1))]
)
def test_an_equal_row_proves_a_copy_only_where_rows_do_not_repeat_by_themselves(
    tmp_path: Path, train: str, weight: tuple[int, int]
) -> None:
    files: dict[str, str | bytes] = {
        "data/train/a.csv": "id,n,c,y\n" + train,
        "data/test/t.csv": "id,n,c,y\nt,7,b,y\n",
    }
    root = building.make(tmp_path, files, settings=TABLE)
    building.commit(root)
    building.write(root, {B: "id,n,c,y\n8,5,a,x\n9,7,b,y\n"})
    for quick in (True, False):
        report = judge(root, "HEAD", select=("duplicate-row", "split-leak"), quick=quick)
        assert {name: number[:2] for name, number in counts(report).items()} == {
            "duplicate-row": weight,
            "split-leak": weight,
        }

"""Changes that lose rows or damage cells are refused; ordinary edits pass."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import building
from dataci.checks import change
from dataci.checks.check import Context
from dataci.finding import Finding, Hits, Severity

SETTINGS = 'version = 1\n[columns]\nid = "id"\nlabel = "y"\ntext = ["t"]\nnumeric = ["n"]\n'
NAMELESS = SETTINGS.replace('id = "id"\n', "")
ROWS = 60
FORMATS: dict[str, Callable[[pl.DataFrame], bytes]] = {
    "csv": lambda frame: frame.write_csv().encode(),
    "tsv": lambda frame: frame.write_csv(separator="\t").encode(),
    "jsonl": lambda frame: frame.write_ndjson().encode(),
}


def table(rows: int = ROWS, start: int = 0) -> pl.DataFrame:
    """Return rows of strings in which no two cells of ``t`` are alike."""
    span = range(start, start + rows)
    return pl.DataFrame(
        {
            "id": [f"r{i}" for i in span],
            "t": [f"Text number {i} of a kind" for i in span],
            "n": [str(i + 100) for i in span],
            "code": [f"{i:05d}" for i in span],
            "y": [str(i % 2) for i in span],
        }
    )


Edit = Callable[[pl.DataFrame], pl.DataFrame]


def contexts(root: Path, before: dict[str, Any], after: dict[str, Any], settings: str = SETTINGS) -> Context:
    """Write files, and beside them the changed ones (None: deleted); frames in the format of the name."""
    for side, files in (("old", before), ("new", {**before, **after})):
        data = {name: encoded(name, content) for name, content in files.items() if content is not None}
        building.write(root / side, {"dataci.toml": settings, **data})
    return Context(building.load(root / "new"), building.load(root / "old"), lambda: None)


def encoded(name: str, data: Any) -> bytes:
    return FORMATS[name.rpartition(".")[2]](data) if isinstance(data, pl.DataFrame) else bytes(data)


def lost(context: Context, **settings: Any) -> list[Finding]:
    return list(change.row_loss(context, {**change.CHECKS[0].settings, **settings}))


def rewritten(context: Context, **settings: Any) -> list[Finding | Hits]:
    return list(change.rewritten_cells(context, {**change.CHECKS[1].settings, **settings}))


def brief(found: list[Finding]) -> list[tuple[str | None, int | None, Severity]]:
    return [(finding.file, finding.line, finding.severity) for finding in found]


A, B = "data/train/a.csv", "data/train/b.csv"


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl"])
def test_an_emptied_file(tmp_path: Path, suffix: str) -> None:
    name = f"data/train/a.{suffix}"
    empty = b"" if suffix == "jsonl" else table(0)
    found = lost(contexts(tmp_path, {name: table(), B: table(900, 1_000)}, {name: empty}))
    assert brief(found) == [(name, 1, Severity.ERROR)]
    assert "had 60 rows and has none" in found[0].message


def test_a_replaced_file(tmp_path: Path) -> None:
    found = lost(contexts(tmp_path, {A: table(), B: table(900, 1_000)}, {A: table(70, 5_000)}))
    assert brief(found) == [(A, 1, Severity.ERROR)]
    assert "of its 60 rows 60 are gone, 0 left, 70 new" in found[0].message


def test_many_rows_lost_and_few(tmp_path: Path) -> None:
    many = lost(contexts(tmp_path / "many", {A: table(), B: table(60, 100)}, {A: table(40)}))
    assert brief(many) == [(A, None, Severity.ERROR)]
    assert "20 of the 120 rows of train are gone (17%)" in many[0].message
    assert "waive this in data/waivers.toml with the reason" in many[0].message
    assert lost(contexts(tmp_path / "few", {A: table(), B: table(200, 100)}, {A: table(40)})) == []
    assert lost(contexts(tmp_path / "tiny", {A: table(8)}, {A: table(6)})) == []


def test_a_deleted_file(tmp_path: Path) -> None:
    small = lost(contexts(tmp_path / "small", {A: table(20), B: table(900, 100)}, {A: None}))
    assert brief(small) == [(A, None, Severity.WARNING)]
    large = lost(contexts(tmp_path / "large", {A: table(200), B: table(900, 1_000)}, {A: None}))
    assert Severity.ERROR in [finding.severity for finding in large]


def test_rows_that_moved_are_not_lost(tmp_path: Path) -> None:
    c = "data/train/c.csv"
    assert lost(contexts(tmp_path / "renamed", {A: table()}, {A: None, c: table()})) == []
    assert lost(contexts(tmp_path / "split", {A: table()}, {A: table(30), c: table(30, 30)})) == []
    assert lost(contexts(tmp_path / "order", {A: table()}, {A: table().reverse()})) == []
    assert lost(contexts(tmp_path / "emptied", {A: table()}, {A: table(0), c: table()})) == []


def test_rows_that_could_not_be_read_are_not_reported_twice(tmp_path: Path) -> None:
    lines = table().write_csv().splitlines(keepends=True)
    ragged = "".join([lines[0], *(line.replace("\n", ",x\n") for line in lines[1:31]), *lines[31:]]).encode()
    assert lost(contexts(tmp_path, {A: table()}, {A: ragged})) == []


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_a_doubled_file(tmp_path: Path, suffix: str) -> None:
    name = f"data/train/a.{suffix}"
    once = encoded(name, table())
    found = lost(
        contexts(
            tmp_path,
            {name: once},
            {name: once + once[once.index(b"\n") + 1 :] if suffix == "csv" else once * 2},
        )
    )
    first = 2 if suffix == "csv" else 1
    assert brief(found) == [(name, first + ROWS, Severity.ERROR)]
    assert "Every row of the file stands in it 2 times" in found[0].message


def test_a_file_doubled_with_its_header(tmp_path: Path) -> None:
    once = encoded(A, table())
    assert brief(lost(contexts(tmp_path, {A: once}, {A: once * 2})))[0][0] == A


def test_a_join_that_multiplied_keys(tmp_path: Path) -> None:
    joined = pl.concat([table(), table().with_columns(t=pl.col("t") + " again")]).sort("id")
    found = lost(contexts(tmp_path, {A: table()}, {A: joined}))
    assert [(finding.file, finding.column) for finding in found] == [(A, "id")]
    assert "Every id" in found[0].message


def test_rows_that_repeat_by_chance_are_no_doubling(tmp_path: Path) -> None:
    few = pl.DataFrame(
        {"t": ["yes", "no"] * 30, "y": ["0", "1", "1"] * 20, "n": [str(i % 7) for i in range(60)]}
    )
    more = pl.concat([few, few.head(25)])
    assert lost(contexts(tmp_path, {A: few}, {A: more}, NAMELESS)) == []


DAMAGES: dict[str, tuple[Edit, Edit, str]] = {
    "leading zeros": (
        lambda f: f,
        lambda f: f.with_columns(code=pl.col("code").str.replace("^0+(.)", "$1")),
        "code",
    ),
    "int to float": (lambda f: f, lambda f: f.with_columns(n=pl.col("n") + ".0"), "n"),
    "True to 1": (
        lambda f: f.with_columns(
            n=pl.when(pl.col("y") == "1").then(pl.lit("True")).otherwise(pl.lit("False"))
        ),
        lambda f: f.with_columns(n="y"),
        "n",
    ),
    "NA to nothing": (
        lambda f: f.with_columns(n=pl.when(pl.col("y") == "1").then(pl.lit("NA")).otherwise("n")),
        lambda f: f.with_columns(n=pl.when(pl.col("y") == "1").then(pl.lit("")).otherwise("n")),
        "n",
    ),
    "dates": (
        lambda f: f.with_columns(n=pl.format("2026-01-{}", pl.col("id").str.slice(1).str.zfill(2))).head(28),
        lambda f: f.with_columns(n=pl.format("1/{}/2026", pl.col("id").str.slice(1))).head(28),
        "n",
    ),
    "exponents": (
        lambda f: f.with_columns(n=pl.lit("123456789") + pl.col("n")),
        lambda f: f.with_columns(n=pl.lit("1.23457E+11")),
        "n",
    ),
    "rounding": (
        lambda f: f.with_columns(n=pl.lit("0.") + pl.col("n") + "4567"),
        lambda f: f.with_columns(n=pl.lit("0.") + pl.col("n")),
        "n",
    ),
    "mojibake": (
        lambda f: f.with_columns(t=pl.lit("café ") + pl.col("t")),
        lambda f: f.with_columns(t=pl.lit("cafÃ© ") + pl.col("t")),
        "t",
    ),
    "capitals": (lambda f: f, lambda f: f.with_columns(t=pl.col("t").str.to_uppercase()), "t"),
}


@pytest.mark.parametrize("settings", [SETTINGS, NAMELESS], ids=["by id", "without id"])
@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_by_a_round_trip_is_found_in_every_cell(
    tmp_path: Path, damage: str, suffix: str, settings: str
) -> None:
    first, then, column = DAMAGES[damage]
    name, before = f"data/train/a.{suffix}", first(table())
    if settings == NAMELESS:
        before = before.drop("id") if damage != "dates" else before.rename({"id": "name"})
    after = then(table()).select([c if c in table().columns else "id" for c in before.columns])
    after.columns = before.columns
    start = 2 if suffix == "csv" else 1
    lines = [start + i for i, (a, b) in enumerate(zip(before[column], after[column], strict=True)) if a != b]
    context = contexts(tmp_path, {name: before, B: table(5, 90_000)}, {name: after}, settings)
    (hit,) = rewritten(context)
    assert isinstance(hit, Hits)
    assert (hit.column, hit.severity, hit.frame["line"].to_list()) == (column, Severity.ERROR, lines)
    assert hit.frame["file"].unique().to_list() == [0]
    assert hit.message.format(**hit.frame.row(0, named=True)).count("Then restore the column") == 1


def edited(column: str, rows: int, value: str = "something else") -> pl.DataFrame:
    """Return the table with one column rewritten in its first rows."""
    changed = pl.when(pl.int_range(pl.len()) < rows).then(pl.concat_str(pl.lit(value + " "), pl.col("id")))
    return table(400).with_columns(changed.otherwise(column).alias(column))


def test_a_few_edits_pass_more_warn_and_many_fail(tmp_path: Path) -> None:
    assert rewritten(contexts(tmp_path / "few", {A: table(400)}, {A: edited("t", 9)})) == []
    (warned,) = rewritten(contexts(tmp_path / "some", {A: table(400)}, {A: edited("t", 20)}))
    (failed,) = rewritten(contexts(tmp_path / "many", {A: table(400)}, {A: edited("t", 60)}))
    assert isinstance(warned, Finding)
    assert isinstance(failed, Finding)
    assert (warned.severity, warned.file, warned.line, warned.column) == (Severity.WARNING, A, 2, "t")
    assert "60 of the 400 existing cells of this file were rewritten (15%)" in failed.message
    assert failed.severity == Severity.ERROR


def test_one_number_that_became_a_float_is_an_edit(tmp_path: Path) -> None:
    after = table().with_columns(n=pl.when(pl.col("id") == "r7").then(pl.lit("107.0")).otherwise("n"))
    assert rewritten(contexts(tmp_path, {A: table()}, {A: after})) == []


def test_relabelled_rows_are_listed_and_many_are_an_error(tmp_path: Path) -> None:
    def flipped(rows: int) -> pl.DataFrame:
        other = pl.when(pl.col("y") == "1").then(pl.lit("0")).otherwise(pl.lit("1"))
        return table().with_columns(y=pl.when(pl.int_range(pl.len()) < rows).then(other).otherwise("y"))

    (few,) = rewritten(contexts(tmp_path / "few", {A: table()}, {A: flipped(2)}))
    assert isinstance(few, Hits)
    assert (few.severity, few.frame["line"].to_list(), few.frame["old"].to_list()) == (
        Severity.WARNING,
        [2, 3],
        ["0", "1"],
    )
    (many,) = rewritten(contexts(tmp_path / "many", {A: table()}, {A: flipped(30)}))
    assert isinstance(many, Finding)
    assert (many.severity, many.file, many.line, many.column) == (Severity.ERROR, A, 2, "y")
    assert "The labels of 30 of the 60 existing rows of this file changed (50%)" in many.message
    assert "In all 30 of the 60 rows of train (50%)" in many.message


def test_many_relabelled_rows_of_a_large_split_are_one_warning_and_from_a_share_on_an_error(
    tmp_path: Path,
) -> None:
    large = table(1_000)

    def judged(rows: int, **options: Any) -> Finding | Hits:
        other = pl.when(pl.int_range(pl.len()) < rows).then(pl.lit("2")).otherwise("y")
        context = contexts(
            tmp_path / str(rows), {A: large, B: table(200, 5_000)}, {A: large.with_columns(y=other)}
        )
        (found,) = rewritten(context, **options)
        return found

    assert isinstance(judged(20), Hits)
    warned = judged(60)
    assert isinstance(warned, Finding)
    assert warned.severity == Severity.WARNING
    assert "60 of the 1000 existing rows of this file changed (6%)" in warned.message
    assert "lines 2, 3, 4, 5, 6 …" in warned.message
    assert judged(61).severity == Severity.ERROR
    assert judged(61, max_relabelled=0.2).severity == Severity.WARNING


def test_relabelled_rows_count_over_all_files_of_a_split(tmp_path: Path) -> None:
    halves = {A: table(100), B: table(100, 5_000)}
    after = {
        name: half.with_columns(y=pl.when(pl.int_range(pl.len()) < 12).then(pl.lit("2")).otherwise("y"))
        for name, half in halves.items()
    }
    found = rewritten(contexts(tmp_path, halves, after))
    assert [(f.file, f.severity) for f in found if isinstance(f, Finding)] == [
        (A, Severity.ERROR),
        (B, Severity.ERROR),
    ]


def told_once(found: list[Finding | Hits], count: int) -> Finding:
    (finding,) = found
    assert isinstance(finding, Finding)
    assert f"The ids of {count} rows changed while the rows stayed the same" in finding.message
    assert (finding.severity, finding.file, finding.column) == (Severity.ERROR, A, "id")
    return finding


def test_renumbered_rows_are_told_once(tmp_path: Path) -> None:
    ids = table()["id"]
    reverse = table().with_columns(id=ids.reverse())
    assert told_once(rewritten(contexts(tmp_path / "reverse", {A: table()}, {A: reverse})), 60).line == 2
    sorted_anew = table().reverse().with_columns(id=ids)
    told_once(rewritten(contexts(tmp_path / "sorted", {A: table()}, {A: sorted_anew})), 60)
    shifted = pl.concat([table().head(9), table().slice(10)]).with_columns(id=ids.head(59))
    assert told_once(rewritten(contexts(tmp_path / "shifted", {A: table()}, {A: shifted})), 50).line == 11
    fresh = table().with_columns(id=pl.lit("n") + pl.col("id"))
    told_once(rewritten(contexts(tmp_path / "fresh", {A: table()}, {A: fresh})), 60)


def test_rows_without_other_ids_are_not_renumbered(tmp_path: Path) -> None:
    moved = table().with_columns(t=pl.col("t").shift(1).fill_null("first"))
    (found,) = rewritten(contexts(tmp_path / "shift", {A: table()}, {A: moved}))
    assert found.column == "t"
    swapped = table().with_columns(id=pl.Series(["r1", "r0", *table()["id"].to_list()[2:]]))
    assert not [
        f for f in rewritten(contexts(tmp_path / "two", {A: table()}, {A: swapped})) if f.column == "id"
    ]
    same = pl.DataFrame({"id": [f"r{i}" for i in range(60)], "t": ["yes", "no"] * 30, "y": ["0"] * 60})
    assert rewritten(contexts(tmp_path / "order", {A: same}, {A: same.reverse()})) == []


def test_added_rows_and_columns_rewrite_nothing(tmp_path: Path) -> None:
    wider = table(80).with_columns(new=pl.lit("x"))
    context = contexts(tmp_path, {A: table()}, {A: wider})
    assert rewritten(context) == []
    assert lost(context) == []


def test_files_that_are_not_rows_of_the_task_may_be_rewritten(tmp_path: Path) -> None:
    name = "data/production/p.csv"
    context = contexts(tmp_path, {A: table(), name: table()}, {name: table(0)})
    assert lost(context) == []
    assert (
        rewritten(
            contexts(tmp_path / "2", {A: table(), name: table()}, {name: DAMAGES["int to float"][1](table())})
        )
        == []
    )

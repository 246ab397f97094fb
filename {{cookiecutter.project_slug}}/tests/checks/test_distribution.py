"""Label balance, missing values, ranges, categories and drift: planted faults are found, clean changes pass."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import building
from dataci import suite
from dataci.checks import distribution
from dataci.checks.check import Context
from dataci.finding import Finding, Hits, Severity

SETTINGS = """\
version = 1
[columns]
id = "id"
label = "y"
text = ["t"]
numeric = ["n"]
categorical = ["c"]
source = "from"
[files]
missing = ["?"]
"""
ENGLISH = (
    "I want someone to look after my cat and the garden while we are away in the summer for a week".split()
)
GERMAN = (
    "Ich suche jemanden der sich um meine Katze und den Garten kümmert wenn wir im Sommer weg sind".split()
)
A, B, T = "data/train/a.csv", "data/train/b.csv", "data/test/t.csv"
CHECKS = {check.name: check for check in distribution.CHECKS}


def table(rows: int, seed: int = 0, words: list[str] | None = None, **columns: Any) -> pl.DataFrame:
    """Return rows of one population; ``columns`` replaces some."""
    rng = np.random.default_rng(seed)
    frame = pl.DataFrame(
        {
            "id": [f"{seed}-{i}" for i in range(rows)],
            "t": [" ".join(rng.choice(words or ENGLISH, 10)) for _ in range(rows)],
            "n": rng.normal(size=rows).round(4).astype(str),
            "c": rng.choice(["red", "green", "blue"], rows, p=[0.5, 0.3, 0.2]),
            "from": rng.choice(["web", "shop"], rows),
            "y": rng.choice(["0", "1"], rows),
        }
    )
    return frame.with_columns(**columns).cast(pl.String)


def contexts(
    root: Path, before: dict[str, pl.DataFrame], after: dict[str, pl.DataFrame], quick: bool = False
) -> Context:
    """Write files, and beside them the changed ones."""
    for side, files in (("old", before), ("new", {**before, **after})):
        data = {name: frame.write_csv() for name, frame in files.items()}
        building.write(root / side, {"dataci.toml": SETTINGS, **data})
    return Context(building.load(root / "new"), building.load(root / "old"), lambda: None, quick)


def alone(root: Path, files: dict[str, pl.DataFrame]) -> Context:
    """Return data that have no base."""
    building.write(
        root, {"dataci.toml": SETTINGS, **{name: frame.write_csv() for name, frame in files.items()}}
    )
    return Context(building.load(root), None, lambda: None)


def run(name: str, context: Context, **settings: Any) -> list[Any]:
    found = list(CHECKS[name].run(context, {**CHECKS[name].settings, **settings}))
    return [item for item in found if not isinstance(item, Hits) or item.frame.height]


def brief(found: list[Finding]) -> list[tuple[str | None, int | None, str | None, str]]:
    return [(finding.file, finding.line, finding.column, finding.severity.value) for finding in found]


# ---- label balance


def test_balanced_labels_pass(tmp_path: Path) -> None:
    assert run("label-balance", alone(tmp_path, {A: table(500), T: table(60, 1)})) == []


def test_a_split_with_one_label(tmp_path: Path) -> None:
    found = run("label-balance", alone(tmp_path, {A: table(500, y=pl.lit("1")), T: table(60, 1)}))
    assert [(f.column, f.value, f.severity) for f in found] == [("y", "1", "error"), ("y", "0", "error")]
    assert "500 of 500 rows of train (100.0%)" in found[0].message
    assert "in test but not in train" in found[1].message


def test_the_bounds_are_settings(tmp_path: Path) -> None:
    few = pl.when(pl.int_range(pl.len()) < 20).then(pl.lit("1")).otherwise(pl.lit("0"))
    context = alone(tmp_path, {A: table(500, y=few)})
    assert run("label-balance", context) == []
    assert [f.value for f in run("label-balance", context, min=0.05)] == ["1"]
    assert [f.value for f in run("label-balance", context, max=0.9)] == ["0"]


def test_a_label_that_test_lacks(tmp_path: Path) -> None:
    found = run("label-balance", alone(tmp_path, {A: table(500), T: table(60, 1, y=pl.lit("1"))}))
    assert [f.key for f in found] == ["test\x001", "test\x000"]
    rare = pl.when(pl.int_range(pl.len()) < 3).then(pl.lit("rare")).otherwise("y")
    (warned,) = run("label-balance", alone(tmp_path / "2", {A: table(500, y=rare), T: table(60, 1)}))
    assert warned.severity == Severity.WARNING
    assert "'rare'" in warned.message


def test_a_numeric_target_has_no_balance(tmp_path: Path) -> None:
    assert run("label-balance", alone(tmp_path, {A: table(500, y="n"), T: table(60, 1, y="n")})) == []


def test_an_imbalance_that_the_base_has_is_known(tmp_path: Path) -> None:
    context = contexts(tmp_path, {A: table(500, y=pl.lit("1"))}, {B: table(10, 1, y=pl.lit("1"))})
    settings = suite.Settings(select=("label-balance",))
    report = suite.run(context.dataset, context.base, lambda: None, {}, settings)
    assert (report.verdict, report.summary["label-balance"].known) == ("pass", 1)


# ---- missing values


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize("word", ["", "?"])
def test_a_column_that_was_emptied(tmp_path: Path, word: str, quick: bool) -> None:
    before = {A: table(40), B: table(400, 1)}
    found = run("null-rate", contexts(tmp_path, before, {A: table(40, c=pl.lit(word))}, quick))
    assert brief(found) == [(A, 2, "c", "error")]
    assert "40 of the 40 new rows (100%) have no value here; before, 0%" in found[0].message


def test_a_new_file_with_an_empty_column(tmp_path: Path) -> None:
    found = run("null-rate", contexts(tmp_path, {A: table(400)}, {B: table(30, 1, t=pl.lit(""))}))
    assert brief(found) == [(B, 2, "t", "error")]


def test_a_few_missing_values_pass(tmp_path: Path) -> None:
    def holes(rows: int) -> pl.Expr:
        return pl.when(pl.int_range(pl.len()) < rows).then(pl.lit("")).otherwise("c")

    few = contexts(tmp_path / "few", {A: table(400, c=holes(8))}, {B: table(100, 1, c=holes(6))})
    assert run("null-rate", few) == []
    tiny = contexts(tmp_path / "tiny", {A: table(400)}, {B: table(10, 1, c=pl.lit(""))})
    assert run("null-rate", tiny) == []
    usual = contexts(tmp_path / "usual", {A: table(400, c=holes(300))}, {B: table(100, 1, c=holes(80))})
    assert run("null-rate", usual) == []
    many = contexts(tmp_path / "many", {A: table(400, c=holes(8))}, {B: table(100, 1, c=holes(40))})
    assert brief(run("null-rate", many)) == [(B, 2, "c", "error")]


def test_without_a_base_a_column_without_any_value(tmp_path: Path) -> None:
    found = run("null-rate", alone(tmp_path, {A: table(40, c=pl.lit("")), T: table(30, 1, c=pl.lit("?"))}))
    assert [(f.file, f.column, f.key) for f in found] == [(None, "c", "empty")]
    assert run("null-rate", alone(tmp_path / "2", {A: table(40, c=pl.lit("")), T: table(30, 1)})) == []


def test_an_empty_column_that_the_base_has_is_known(tmp_path: Path) -> None:
    context = contexts(tmp_path, {A: table(40, c=pl.lit(""))}, {B: table(30, 1, c=pl.lit(""))})
    report = suite.run(context.dataset, context.base, lambda: None, {}, suite.Settings(select=("null-rate",)))
    assert (report.verdict, report.summary["null-rate"].known) == ("pass", 1)


# ---- ranges and categories


def test_numbers_far_outside_of_the_range(tmp_path: Path) -> None:
    scaled = pl.when(pl.int_range(pl.len()) == 3).then(pl.lit("1000")).otherwise("n")
    (hit,) = run("range", contexts(tmp_path, {A: table(400)}, {B: table(10, 1, n=scaled)}))
    assert (hit.column, hit.frame["line"].to_list(), hit.frame["value"].to_list()) == ("n", [5], ["1000"])
    assert hit.message.format(**hit.frame.row(0, named=True)).startswith(
        "1000 is far outside of the base's -"
    )


def test_numbers_near_the_range_words_and_missing_cells_pass(tmp_path: Path) -> None:
    odd = pl.Series(["5", "-5", "?", "", "many", "nan", "0", "0", "0", "0"])
    assert run("range", contexts(tmp_path, {A: table(400)}, {B: table(10, 1, n=odd)})) == []
    constant = contexts(tmp_path / "2", {A: table(400, n=pl.lit("1"))}, {B: table(10, 1)})
    assert run("range", constant) == []


def test_many_numbers_far_outside_are_one_error_a_file(tmp_path: Path) -> None:
    def scaled(rows: int) -> pl.Expr:
        return pl.when(pl.int_range(pl.len()) < rows).then(pl.lit("1000")).otherwise("n")

    (found,) = run("range", contexts(tmp_path / "ten", {A: table(400)}, {B: table(100, 1, n=scaled(10))}))
    assert brief([found]) == [(B, 2, "n", "error")]
    assert "10 of the 100 new rows of this file (10%)" in found.message
    report = suite.run(
        *(building.load(tmp_path / "ten" / side) for side in ("new", "old")),
        lambda: None,
        {},
        suite.Settings(select=("range",)),
    )
    assert (report.verdict, report.summary["range"].errors, report.summary["range"].warnings) == (
        "fail",
        1,
        0,
    )
    (few,) = run("range", contexts(tmp_path / "few", {A: table(400)}, {B: table(100, 1, n=scaled(4))}))
    assert (few.severity, few.frame.height) == (None, 4)
    (two,) = run("range", contexts(tmp_path / "two", {A: table(400)}, {B: table(20, 1, n=scaled(2))}))
    assert isinstance(two, Hits)
    (tiny,) = run("range", contexts(tmp_path / "tiny", {A: table(400)}, {B: table(9, 1, n=scaled(5))}))
    assert isinstance(tiny, Hits)
    two_files = {B: table(100, 1, n=scaled(10)), "data/train/c.csv": table(100, 2, n=scaled(1))}
    error, hit = run("range", contexts(tmp_path / "files", {A: table(400)}, two_files))
    assert (error.file, hit.frame.height) == (B, 1)


def test_a_new_category_with_the_spelling_that_was_meant(tmp_path: Path) -> None:
    strange = pl.Series(["Red", "mauve", "mauve", "", "?", "red", "red", "red", "red", "red"])
    (hit,) = run("new-category", contexts(tmp_path, {A: table(400)}, {B: table(10, 1, c=strange)}))
    messages = [hit.message.format(**row) for row in hit.frame.iter_rows(named=True)]
    assert (hit.column, hit.frame["line"].to_list()) == ("c", [2, 3])
    assert "'Red' here; 1 new rows" in messages[0]
    assert "Did you mean 'red'?" in messages[0]
    assert "'mauve' here; 2 new rows" in messages[1]
    assert "mean" not in messages[1].replace("it is meant", "")


def test_a_vanished_category(tmp_path: Path) -> None:
    found = run(
        "new-category", contexts(tmp_path, {A: table(400)}, {A: table(400).filter(pl.col("c") != "blue")})
    )
    assert [(f.column, f.value, f.severity) for f in found] == [("c", "blue", "warning")]


def test_many_new_values_are_summed_up(tmp_path: Path) -> None:
    strange = pl.Series([f"c{i % 12}" for i in range(29)] + ["Red"])
    (hit,) = run("new-category", contexts(tmp_path, {A: table(400)}, {B: table(30, 1, c=strange)}))
    assert (hit.column, hit.frame["line"].to_list(), hit.frame["value"].to_list()) == ("c", [2], ["c0"])
    message = hit.message.format(**hit.frame.row(0, named=True))
    assert message.startswith(
        "13 values here are not in the base; 30 new rows have them: 'Red' (did you mean 'red'?), 'c0'"
    )
    assert "and 8 more" in message


def test_new_and_vanished_values_of_a_column_of_many_are_summed_up(tmp_path: Path) -> None:
    streets = table(1_200, c=pl.Series([f"{i % 60} Hill Road" for i in range(1_200)]))
    few = pl.Series(["1 New Road", "2 New Road", *["3 Hill Road"] * 8])
    (hit,) = run("new-category", contexts(tmp_path / "new", {A: streets}, {B: table(10, 1, c=few)}))
    assert "2 values here are not in the base; 2 new rows" in hit.message.format(
        **hit.frame.row(0, named=True)
    )
    one = pl.Series(["1 New Road", *["3 Hill Road"] * 9])
    (alone_,) = run("new-category", contexts(tmp_path / "one", {A: streets}, {B: table(10, 1, c=one)}))
    assert alone_.message.startswith("The base has no {value!r} here")
    left = streets.filter(~pl.col("c").is_in([f"{i} Hill Road" for i in range(6)]))
    (gone,) = run("new-category", contexts(tmp_path / "gone", {A: streets}, {A: left}))
    assert gone.message.startswith("6 values of the base, in 120 rows, are in no row now: '0 Hill Road'")
    assert (gone.column, gone.severity) == ("c", Severity.WARNING)


def test_columns_in_which_every_value_is_new_have_no_new_categories(tmp_path: Path) -> None:
    before, after = {A: table(400, c="id")}, {B: table(30, 1, c="id")}
    assert run("new-category", contexts(tmp_path, before, after)) == []


# ---- drift


@pytest.mark.parametrize("rows", [50, 500, 3_000])
def test_the_same_population_does_not_drift(tmp_path: Path, rows: int) -> None:
    for seed in range(3):
        context = contexts(
            tmp_path / str(seed), {A: table(1_000), T: table(60, 9)}, {B: table(rows, seed + 1)}
        )
        assert run("drift", context) == []


PLANTED: dict[str, tuple[str, Callable[[int], pl.DataFrame]]] = {
    "numbers": ("n", lambda rows: table(rows, 1, n=pl.col("n").cast(pl.Float64) * 100)),
    "categories": ("c", lambda rows: table(rows, 1, c=pl.lit("blue"))),
    "labels": ("y", lambda rows: table(rows, 1, y=pl.lit("1"))),
    "language": ("t", lambda rows: table(rows, 1, GERMAN)),
    "script": (
        "t",
        lambda rows: table(rows, 1, "мне нужен человек который смотрит за кошкой и садом".split()),
    ),
    "length": ("t", lambda rows: table(rows, 1, t=pl.col("t") + " " + pl.col("t") + " " + pl.col("t"))),
}


@pytest.mark.parametrize("rows", [80, 2_000])
@pytest.mark.parametrize("fault", PLANTED)
def test_a_bad_batch_is_found_at_its_file(tmp_path: Path, fault: str, rows: int) -> None:
    column, batch = PLANTED[fault]
    found = run("drift", contexts(tmp_path, {A: table(1_000), T: table(60, 9)}, {B: batch(rows)}))
    assert [(f.file, f.line, f.column) for f in found] == [(B, 2, column)]
    if fault in ("language", "script"):
        assert found[0].severity == Severity.ERROR
        assert "language" in found[0].message


def test_a_bad_batch_is_not_diluted_by_a_large_base(tmp_path: Path) -> None:
    context = contexts(
        tmp_path, {A: table(30_000)}, {B: table(200, 1, GERMAN), "data/train/c.csv": table(500, 2)}
    )
    assert brief(run("drift", context)) == [(B, 2, "t", "error")]


def test_the_language_of_existing_rows_was_switched(tmp_path: Path) -> None:
    before = table(400)
    after = before.with_columns(t=table(400, 5, GERMAN)["t"])
    assert brief(run("drift", contexts(tmp_path, {A: before, T: table(60, 9)}, {A: after}))) == [
        (A, 2, "t", "error")
    ]


def test_many_small_files_are_taken_together(tmp_path: Path) -> None:
    small = {f"data/train/b{i}.csv": table(30, i + 1, c=pl.lit("blue")) for i in range(4)}
    (found,) = run("drift", contexts(tmp_path, {A: table(1_000)}, small))
    assert (found.column, found.file) == ("c", "data/train/b0.csv")
    assert "All new rows of train (120)" in found.message


def test_rows_that_were_removed_shift_the_whole(tmp_path: Path) -> None:
    before = table(1_000)
    found = run("drift", contexts(tmp_path, {A: before}, {A: before.filter(pl.col("y") == "1")}))
    assert brief(found) == [(None, None, "y", "warning")]
    assert "'0' 5" in found[0].message


def test_a_batch_has_a_source_of_its_own(tmp_path: Path) -> None:
    batch = table(100, 1).with_columns(pl.lit("partner").alias("from"))
    context = contexts(tmp_path, {A: table(1_000)}, {B: batch})
    assert run("drift", context) == []
    (hit,) = run("new-category", context)
    assert (hit.column, hit.frame["value"].to_list()) == ("from", ["partner"])


def test_a_small_change_proves_nothing(tmp_path: Path) -> None:
    assert run("drift", contexts(tmp_path, {A: table(1_000)}, {B: table(30, 1, GERMAN)})) == []
    assert run("drift", contexts(tmp_path / "2", {A: table(30)}, {B: table(300, 1, GERMAN)})) == []


def test_a_column_that_only_one_side_has_is_left_to_the_schema(tmp_path: Path) -> None:
    context = contexts(tmp_path, {A: table(400).drop("n", "c")}, {B: table(400, 1).drop("t", "y")})
    for name in CHECKS:
        run(name, context)
    assert run("drift", context) == []

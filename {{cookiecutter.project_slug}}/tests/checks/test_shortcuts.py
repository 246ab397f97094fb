"""A word, source or file that gives the label away is found; words that do not are left alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

import building
from dataci import suite
from dataci.checks import shortcuts
from dataci.checks.check import Context
from dataci.finding import Finding

SETTINGS = 'version = 1\n[columns]\nid = "id"\nlabel = "y"\ntext = ["a", "b"]\ncategorical = ["c"]\nsource = "from"\n'
WORDS = "cat dog walk garden piano lesson tax plumber tap wedding photo bike repair clean cook".split()


def table(rows: int = 1_000, labels: int = 2, seed: int = 0) -> pl.DataFrame:
    """Return rows whose label has nothing to do with anything."""
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "id": [f"{seed}-{i}" for i in range(rows)],
            "a": [" ".join(rng.choice(WORDS, 8)) for _ in range(rows)],
            "b": [" ".join(rng.choice(WORDS, 8)) for _ in range(rows)],
            "c": rng.choice(["x", "y", "z"], rows),
            "from": rng.choice(["web", "shop", "phone"], rows),
            "y": rng.integers(0, labels, rows).astype(str),
        }
    )


def judge(root: Path, base: str | None = None, **settings: Any) -> list[Finding]:
    context = Context(building.load(root), building.load(root, base) if base else None, lambda: None)
    return list(shortcuts.shortcut(context, {**shortcuts.CHECKS[0].settings, **settings}))


def make(root: Path, *frames: pl.DataFrame, settings: str = SETTINGS) -> Path:
    names = [f"data/train/{chr(97 + i)}.csv" for i in range(len(frames))]
    building.write(
        root, {"dataci.toml": settings, **{n: f.write_csv() for n, f in zip(names, frames, strict=True)}}
    )
    return root


def tokens(found: list[Finding]) -> list[tuple[str | None, str | None]]:
    return [(finding.column, finding.value) for finding in found]


def test_random_labels_have_no_shortcut(tmp_path: Path) -> None:
    assert judge(make(tmp_path, table(), table(seed=1))) == []


def test_a_word_on_one_side_that_predicts_the_label(tmp_path: Path) -> None:
    frame = table()
    told = pl.when((pl.col("y") == "1") & (pl.int_range(pl.len()) % 4 == 0)).then(pl.col("b") + " Financial!")
    found = judge(make(tmp_path, frame.with_columns(told.otherwise("b").alias("b"))))
    assert tokens(found)[0] == ("b", "financial")
    assert "'1' (100%" in found[0].message
    assert "add rows" in found[0].message


def test_a_source_a_file_a_length_and_a_missing_cell(tmp_path: Path) -> None:
    one = pl.col("y") == "1"
    source = table().with_columns(pl.when(one).then(pl.lit("partner")).otherwise("from").alias("from"))
    assert ("from", "partner") in tokens(judge(make(tmp_path / "source", source)))
    file = table(300).with_columns(y=pl.lit("1"))
    told = tokens(judge(make(tmp_path / "file", table(), file, table(seed=2))))
    assert told[0] == ("file", "data/train/b.csv")
    long = table().with_columns(pl.when(one).then(pl.col("a") + "  " + pl.col("b")).otherwise("a").alias("a"))
    assert any(f.column == "a" and "length" in f.message for f in judge(make(tmp_path / "long", long)))
    gone = table().with_columns(pl.when(one).then(pl.lit("")).otherwise("c").alias("c"))
    assert tokens(judge(make(tmp_path / "gone", gone))) == [("c", "missing")]


def test_a_category_that_predicts_the_label_is_a_feature(tmp_path: Path) -> None:
    assert judge(make(tmp_path, table().with_columns(c="y"))) == []


def test_each_word_is_told_once_with_the_label_that_it_predicts(tmp_path: Path) -> None:
    frame = table(3_000, labels=5).with_columns(a=pl.col("a") + " label" + pl.col("y"))
    found = judge(make(tmp_path, frame))
    assert sorted(tokens(found)) == [("a", f"label{i}") for i in range(5)]
    assert all(f"label '{f.value[-1]}'" in f.message for f in found if f.value)


def test_rare_words_and_small_data_prove_nothing(tmp_path: Path) -> None:
    rare = table().with_columns(a=pl.when(pl.int_range(pl.len()) < 10).then(pl.lit("secret")).otherwise("a"))
    assert (
        judge(
            make(
                tmp_path / "rare",
                rare.with_columns(y=pl.when(pl.col("a") == "secret").then(pl.lit("1")).otherwise("y")),
            )
        )
        == []
    )
    small = table(30).with_columns(a=pl.lit("label ") + pl.col("y"))
    assert judge(make(tmp_path / "small", small)) == []


def test_large_data_are_sampled_and_the_message_says_so(tmp_path: Path) -> None:
    root = make(tmp_path, table().with_columns(a=pl.col("a") + " label" + pl.col("y")))
    first, again = judge(root, sample=500), judge(root, sample=500)
    assert first == again
    assert {("a", "label0"), ("a", "label1")} <= set(tokens(first))
    assert "500 rows of train (a sample of 1000)" in first[0].message


def test_only_train_counts(tmp_path: Path) -> None:
    make(tmp_path, table())
    test = table(seed=3).with_columns(a=pl.lit("label ") + pl.col("y"))
    building.write(tmp_path, {"data/test/t.csv": test.write_csv()})
    assert judge(tmp_path) == []


def test_a_shortcut_that_the_base_has_is_known(tmp_path: Path) -> None:
    root = make(tmp_path, table().with_columns(a=pl.col("a") + " label" + pl.col("y")))
    building.commit(root)
    more = table(100, seed=5)
    building.write(root, {"data/train/b.csv": more.write_csv()})
    report = suite.run(
        building.load(root),
        building.load(root, "HEAD"),
        lambda: None,
        {},
        suite.Settings(select=("shortcut",)),
    )
    assert report.summary["shortcut"].known == 2
    assert report.findings == ()


def test_without_label_or_with_one_label_nothing_is_looked_for(tmp_path: Path) -> None:
    assert judge(make(tmp_path / "none", table().drop("y"))) == []
    assert judge(make(tmp_path / "one", table().with_columns(y=pl.lit("1")))) == []


def test_of_two_files_each_is_what_the_other_is_not(tmp_path: Path) -> None:
    assert judge(make(tmp_path, table(), table(300, seed=1).with_columns(y=pl.lit("1")))) == []


def test_only_files_with_new_rows_are_judged(tmp_path: Path) -> None:
    frames = [table(), table(seed=1), table(800, seed=2).with_columns(y=pl.lit("0"))]
    root = make(tmp_path, *frames)
    building.commit(root)
    assert ("file", "data/train/c.csv") in tokens(judge(root))
    building.write(root, {"data/train/d.csv": table(900, seed=3).with_columns(y=pl.lit("1")).write_csv()})
    assert [token for token in tokens(judge(root, "HEAD")) if token[0] == "file"] == [
        ("file", "data/train/d.csv")
    ]


ONE_TEXT = SETTINGS.replace('["a", "b"]', '["a"]')


def test_words_that_tell_one_of_many_topics_are_the_task(tmp_path: Path) -> None:
    topics = table(3_000, labels=5).with_columns(a=pl.col("a") + " label" + pl.col("y"))
    assert judge(make(tmp_path / "topics", topics, settings=ONE_TEXT)) == []
    gone = topics.with_columns(pl.when(pl.col("y") == "1").then(pl.lit("")).otherwise("c").alias("c"))
    assert tokens(judge(make(tmp_path / "gone", gone, settings=ONE_TEXT))) == [("c", "missing")]


def telling(words: int, seed: int = 0) -> pl.DataFrame:
    """Return rows with words that only positive rows have, the lower their number the more of them.

    The negative rows have numbers of the same length.
    """
    rng = np.random.default_rng(seed)
    frame = table(2_000, seed=seed)
    added = [
        " ".join(
            f"tell{i:02}" if y == "1" else f"{row:06}" for i in range(words) if rng.random() < 0.5 - i / 60
        )
        for row, y in enumerate(frame["y"])
    ]
    return frame.with_columns(a=pl.col("a") + " " + pl.Series(added))


def test_the_strongest_words_are_listed_and_the_rest_is_counted(tmp_path: Path) -> None:
    told = pl.when((pl.col("y") == "1") & (pl.int_range(pl.len()) % 4 > 0))
    number = pl.int_range(pl.len()).cast(pl.String).str.zfill(9)
    word = told.then(pl.lit("financial")).otherwise(number)
    financial = (pl.col("b") + " " + word).alias("b")
    found = judge(make(tmp_path, telling(14).with_columns(financial)))
    assert len(found) == 11
    assert ("b", "financial") in tokens(found)
    assert (found[-1].key, found[-1].file, found[-1].column) == ("rest", None, None)
    assert found[-1].message.startswith("5 more words predict the label alone")
    assert "'tell1" in found[-1].message
    assert len(judge(tmp_path, listed=20)) == 15


def test_words_that_a_change_adds_are_listed_though_the_base_has_stronger_ones(tmp_path: Path) -> None:
    root = make(tmp_path, telling(14))
    building.commit(root)
    options = suite.Settings(select=("shortcut",))

    def fresh() -> tuple[list[str | None], int]:
        report = suite.run(building.load(root), building.load(root, "HEAD"), lambda: None, {}, options)
        return [finding.value for finding in report.findings], report.summary["shortcut"].known

    building.write(root, {"data/train/b.csv": table(100, seed=5).write_csv()})
    assert fresh() == ([], 11)
    told = pl.when((pl.col("y") == "1") & (pl.int_range(pl.len()) < 80)).then(pl.col("b") + " financial")
    batch = table(300, seed=6).with_columns(told.otherwise("b").alias("b"))
    building.write(root, {"data/train/b.csv": batch.write_csv()})
    assert fresh()[0] == ["financial"]


def test_a_length_that_tells_the_label_stays_known_when_its_limits_move(tmp_path: Path) -> None:
    long = pl.when(pl.col("y") == "1").then(pl.col("a") + " and " + pl.col("b")).otherwise("a").alias("a")
    root = make(tmp_path, table().with_columns(long))
    building.commit(root)
    lengths = tokens(judge(root))
    building.write(root, {"data/train/b.csv": table(900, seed=4).with_columns(long).write_csv()})
    assert tokens(judge(root)) != lengths
    options = suite.Settings(select=("shortcut",))
    report = suite.run(building.load(root), building.load(root, "HEAD"), lambda: None, {}, options)
    assert report.findings == ()
    assert report.summary["shortcut"].known == len(lengths)

"""Made-up data of any size, always the same for the same seed, in a project around it; faults are planted on request.

    python benchmarks/generate.py FOLDER --rows 100000 [--batches 20] [--plant 5 | --bad]

Seven columns: id, text (about 146 characters of made-up words, some with accents), amount (float), count (int),
category, group, label. A tenth of the rows are the test set, with groups of their own. Clean data has no finding.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import polars as pl

COLUMNS = ("id", "text", "amount", "count", "category", "group", "label")
WORDS = 20  # a text: 146 characters on average
SYLLABLES = (
    "ba be da de di fo ga go ha ka ki la le lo ma mi mo na ne no pa pe ra re ri ro sa se si ta te ti to va vi za"
).split()
ACCENTED = ("café", "naïve", "Übung", "niño", "façade", "Ωmega")
CATEGORIES = [f"kind-{n}" for n in range(12)]
TEST_SHARE = 10  # one row in so many
SCHEMA = '''"""What a row must look like."""

import pandera.polars as pa
import polars as pl

schema = pa.DataFrameSchema(
    {
        "id": pa.Column(pl.String, pa.Check.str_matches(r"^r[0-9]{8}$"), unique=True),
        "text": pa.Column(pl.String, pa.Check.str_length(3, 400)),
        "amount": pa.Column(pl.Float64, pa.Check.in_range(0, 1000)),
        "count": pa.Column(pl.Int64, pa.Check.in_range(0, 99)),
        "category": pa.Column(pl.String, pa.Check.isin(CATEGORIES)),
        "group": pa.Column(pl.String, pa.Check.str_matches(r"^[gt][0-9]+$")),
        "label": pa.Column(pl.String, pa.Check.isin(["no", "yes"])),
    },
    strict=True,
)
'''
SETTINGS = """version = 1

[columns]
id = "id"
label = "label"
text = ["text"]
numeric = ["amount", "count"]
categorical = ["category"]
group = "group"
"""


def vocabulary(rng: np.random.Generator, size: int = 20_000) -> pl.Series:
    """Return made-up words of two to four syllables, each once."""
    parts = np.array(SYLLABLES)[rng.integers(0, len(SYLLABLES), (size * 2, 4))]
    lengths = rng.choice([2, 3, 4], size * 2, p=[0.4, 0.4, 0.2])
    words = ("".join(row[:length]) for row, length in zip(parts.tolist(), lengths, strict=True))
    return pl.Series(list(dict.fromkeys(words))[:size], dtype=pl.String)


def texts(rng: np.random.Generator, rows: int) -> pl.Series:
    """Return one text a row: frequent words are frequent, as in a language, and no two texts are alike."""
    words = vocabulary(rng)
    place = (len(words) * rng.random((rows, WORDS)) ** 2).astype(np.uint32)
    columns = [words.gather(place[:, at]).alias(f"w{at}") for at in range(WORDS)]
    accent = pl.Series(ACCENTED).gather(rng.integers(0, len(ACCENTED), rows))
    plain = pl.Series(rng.random(rows) >= 0.02)
    frame = pl.DataFrame([*columns, accent.alias("accent"), plain.alias("plain")])
    last = pl.when("plain").then(f"w{WORDS - 1}").otherwise("accent")
    first = pl.col("w0").str.slice(0, 1).str.to_uppercase() + pl.col("w0").str.slice(1)
    middle = pl.col(f"w{WORDS // 2}") + ","
    words_between = (pl.col(f"w{at}") if at != WORDS // 2 else middle for at in range(1, WORDS - 1))
    return frame.select(text=pl.concat_str([first, *words_between, last + "."], separator=" ")).to_series()


def table(rows: int, seed: int = 0, first: int = 0, split: str = "train") -> pl.DataFrame:
    """Return ``rows`` clean rows (String columns), numbered from ``first``; train and test share no group."""
    rng = np.random.default_rng([seed, first])
    number = pl.int_range(first, first + rows, eager=True).cast(pl.String).str.zfill(8)
    group = pl.Series(rng.integers(0, max(rows // 5, 1), rows)).cast(pl.String)
    kinds = pl.Series(CATEGORIES).gather(rng.integers(0, len(CATEGORIES), rows))
    return pl.DataFrame(
        {
            "id": "r" + number,
            "text": texts(rng, rows),
            "amount": pl.Series((rng.random(rows) * 1000).round(2)).cast(pl.String),
            "count": pl.Series(rng.integers(0, 100, rows)).cast(pl.String),
            "category": kinds,
            "group": ("g" if split == "train" else "t") + group,
            "label": pl.Series(["no", "yes"]).gather(rng.integers(0, 2, rows)),
        }
    ).select(COLUMNS)


def spoil(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with two faults in each: a whole number written as a float, and an amount out of range."""
    return frame.with_columns(count=pl.col("count") + ".0", amount="-" + pl.col("amount"))


def plant(
    train: pl.DataFrame, test: pl.DataFrame, times: int
) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, int]]:
    """Add ``times`` faults of each kind; return both splits and how many findings each check must have.

    The faults use different rows, so that no fault hides or brings another except where it says so below.
    """
    sources = [train[kind * times : (kind + 1) * times] for kind in range(8)]
    tests = [test[kind * times : (kind + 1) * times] for kind in range(2)]
    serial = train.height + test.height

    def fresh(frame: pl.DataFrame, **changes: pl.Expr) -> pl.DataFrame:
        nonlocal serial
        numbers = pl.int_range(serial, serial + frame.height, eager=True).cast(pl.String).str.zfill(8)
        serial += frame.height
        return frame.with_columns(id="r" + numbers, **changes)

    other = pl.when(pl.col("label") == "no").then(pl.lit("yes")).otherwise(pl.lit("no"))
    typo = pl.col("text").str.head(40) + "x" + pl.col("text").str.slice(40)
    theirs = pl.lit("t0")
    unlike = table(times, seed=7, first=serial + 100 * times)
    added = [
        fresh(sources[0]),  # duplicate-row
        fresh(sources[1], label=other),  # conflicting-label, and duplicate-row
        fresh(sources[2], text=typo),  # near-duplicate
        unlike.with_columns(id=sources[3]["id"]),  # duplicate-id
    ]
    leaked = [
        fresh(sources[4], group=theirs),  # split-leak
        fresh(sources[5], group=theirs, text=typo),  # near-split-leak
        tests[0].with_columns(group=sources[6]["group"]),  # group-leak
        tests[1].with_columns(category=pl.lit("kind-x"), count=pl.lit("007")),  # schema, two a row
    ]
    train, test = pl.concat([train, *added]), pl.concat([*leaked, test[2 * times :]])
    names = "duplicate-id near-duplicate conflicting-label split-leak near-split-leak group-leak".split()
    expected = dict.fromkeys(names, times) | {"schema": 2 * times, "duplicate-row": 2 * times}
    return train, test, expected


def write(root: Path, train: pl.DataFrame, test: pl.DataFrame, batches: int) -> None:
    """Write a project: settings, schema, and each split in batches of equal size, as canonical CSV."""
    (root / "project").mkdir(parents=True)
    (root / "dataci.toml").write_text(SETTINGS, encoding="utf-8")
    schema = SCHEMA.replace("CATEGORIES", json.dumps(CATEGORIES))
    (root / "project" / "schema.py").write_text(schema, encoding="utf-8")
    (root / ".gitignore").write_text(".dataci/\n__pycache__/\nplanted.json\n", encoding="utf-8")
    for split, frame in (("train", train), ("test", test)):
        folder = root / "data" / split
        folder.mkdir(parents=True)
        count = max(round(batches * frame.height / (train.height + test.height)), 1)
        size = -(-frame.height // count)
        for at in range(count):
            frame[at * size : (at + 1) * size].write_csv(
                folder / f"batch-{at:03}.csv", quote_style="necessary"
            )


def project(
    root: Path, rows: int, batches: int = 20, seed: int = 0, planted: int = 0, bad: bool = False
) -> None:
    """Make a project of ``rows`` rows at ``root``, unless it is there; planted.json tells what must be found."""
    done = root / "planted.json"
    if done.is_file():
        return
    shutil.rmtree(root, ignore_errors=True)
    test_rows = rows // TEST_SHARE
    train = table(rows - test_rows, seed)
    test = table(test_rows, seed, rows - test_rows, "test")
    expected: dict[str, int] = {}
    if planted:
        train, test, expected = plant(train, test, planted)
    if bad:
        train, test, expected = spoil(train), spoil(test), {"schema": 2 * rows}
    write(root, train, test, batches)
    commit(root, "data")
    done.write_text(json.dumps(expected), encoding="utf-8")


def commit(root: Path, message: str) -> None:
    """Commit everything: data that is reviewed lies in git."""
    name = [
        "-c",
        "user.name=benchmark",
        "-c",
        "user.email=benchmark@example.org",
        "-c",
        "commit.gpgsign=false",
    ]
    if not (root / ".git").exists():
        subprocess.run(["git", "init", "--quiet", "."], cwd=root, check=True)
    for command in (["add", "--all"], [*name, "commit", "--quiet", "--no-verify", "-m", message]):
        subprocess.run(["git", *command], cwd=root, check=True)


def main() -> None:
    """Parse the command line and make one project."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--batches", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--plant", type=int, default=0, metavar="K", help="plant K faults of each kind")
    parser.add_argument("--bad", action="store_true", help="make every row fail")
    given = parser.parse_args()
    project(given.folder, given.rows, given.batches, given.seed, given.plant, given.bad)


if __name__ == "__main__":
    main()

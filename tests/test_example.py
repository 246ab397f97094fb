"""The shipped example keeps its promises: held by brute force, without the engine."""

from __future__ import annotations

import ast
import csv
import io
import itertools
import tomllib
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

import pytest

TEMPLATE = Path(__file__).resolve().parent.parent / "{{cookiecutter.project_slug}}"
DATA = TEMPLATE / "data"
BUGS = ("doctors-and-drugs", "financial-always-matches")
COLUMNS = ["id", "want", "offer", "match", "service", "group", "source", "created_at"]
FILES = sorted(DATA.rglob("*.csv"))

Row = dict[str, str]


def read(path: Path) -> list[Row]:
    """Return the rows of one file."""
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8"), newline="")))


def split_of(path: Path) -> str:
    """Say where a file belongs: "train", "test" or "bugs/<id>"."""
    return path.parent.relative_to(DATA).as_posix()


@pytest.fixture(scope="module")
def splits() -> dict[str, list[Row]]:
    """The rows of each split, in the order of files and lines."""
    found: dict[str, list[Row]] = defaultdict(list)
    for path in FILES:
        found[split_of(path)] += read(path)
    return found


def folded(text: str) -> str:
    """Return what is left of a text without case, punctuation and spacing."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(c if c.isalnum() else " " for c in text).split())


def pair(row: Row) -> str:
    """Return the two texts of a row in comparable form."""
    return f"{folded(row['want'])}\x1f{folded(row['offer'])}"


def gram_sets(texts: list[str]) -> list[int]:
    """Return the character 4-grams of each text as the bits of a whole number, which compare quickly."""
    bits: dict[str, int] = {}
    found = []
    for text in texts:
        grams = {text[at : at + 4] for at in range(len(text) - 3)}
        found.append(sum(1 << bits.setdefault(gram, len(bits)) for gram in grams))
    return found


def likeness(one: int, other: int) -> float:
    """Return the Jaccard similarity of two sets of bits."""
    return (one & other).bit_count() / (one | other).bit_count()


def test_the_splits_are_these(splits: dict[str, list[Row]]) -> None:
    assert set(splits) == {"train", "test", *(f"bugs/{bug}" for bug in BUGS)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_bytes_are_canonical(path: Path) -> None:
    raw = path.read_bytes()
    assert unicodedata.is_normalized("NFC", raw.decode("utf-8"))
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8"), newline="")))
    assert rows[0] == COLUMNS
    again = io.StringIO()
    csv.writer(again, lineterminator="\n").writerows(rows)
    assert again.getvalue().encode("utf-8") == raw


def test_sizes_and_balance(splits: dict[str, list[Row]]) -> None:
    assert 500 <= len(splits["train"]) <= 700
    assert 160 <= len(splits["test"]) <= 200
    for split, rows in splits.items():
        matches = sum(row["match"] == "1" for row in rows)
        assert 0.35 <= matches / len(rows) <= 0.65, split
    for bug in BUGS:
        assert 10 <= len(splits[f"bugs/{bug}"]) <= 20


def test_no_cell_is_empty_or_padded_and_labels_are_0_or_1(splits: dict[str, list[Row]]) -> None:
    for row in itertools.chain(*splits.values()):
        assert all(cell and cell == cell.strip() for cell in row.values()), row
        assert row["match"] in ("0", "1")


def test_ids_are_unique_and_in_order(splits: dict[str, list[Row]]) -> None:
    ids = [row["id"] for split in ("train", "test") for row in splits[split]]
    assert ids == [f"w{number:04d}" for number in range(1, len(ids) + 1)]
    for number, bug in enumerate(BUGS, 1):
        patterns = splits[f"bugs/{bug}"]
        assert [row["id"] for row in patterns] == [
            f"b{number:02d}-{i:02d}" for i in range(1, len(patterns) + 1)
        ]


def test_no_group_stands_in_two_splits(splits: dict[str, list[Row]]) -> None:
    homes: dict[str, set[str]] = defaultdict(set)
    for split, rows in splits.items():
        for row in rows:
            homes[row["group"]].add(split)
    assert [group for group, found in homes.items() if len(found) > 1] == []
    sizes = Counter(row["group"] for row in itertools.chain(*splits.values()))
    assert max(sizes.values()) <= 6


def test_no_text_stands_in_two_splits(splits: dict[str, list[Row]]) -> None:
    for (one, rows), (other, others) in itertools.combinations(splits.items(), 2):
        for column in ("want", "offer"):
            shared = {folded(row[column]) for row in rows} & {folded(row[column]) for row in others}
            assert shared == set(), (one, other, column)


def test_no_two_rows_are_nearly_the_same(splits: dict[str, list[Row]]) -> None:
    rows = list(itertools.chain(*splits.values()))
    sets = gram_sets([pair(row) for row in rows])
    near = [
        (rows[one]["id"], rows[other]["id"])
        for one, other in itertools.combinations(range(len(rows)), 2)
        if likeness(sets[one], sets[other]) >= 0.7
    ]
    assert near == []


def test_the_test_set_is_younger_than_all_of_train(splits: dict[str, list[Row]]) -> None:
    assert max(row["created_at"] for row in splits["train"]) < min(
        row["created_at"] for row in splits["test"]
    )


def test_no_source_and_no_batch_tells_the_label(splits: dict[str, list[Row]]) -> None:
    train = splits["train"]
    share = sum(row["match"] == "1" for row in train) / len(train)
    batches = [read(path) for path in FILES if split_of(path) == "train"]
    sources = [
        [row for row in train if row["source"] == source] for source in {row["source"] for row in train}
    ]
    assert len(batches) >= 2
    assert len(sources) == 3
    for rows in batches + sources:
        assert len(rows) >= 20
        assert abs(sum(row["match"] == "1" for row in rows) / len(rows) - share) < 0.15


@pytest.mark.parametrize("column", ["want", "offer"])
def test_no_word_tells_the_label(splits: dict[str, list[Row]], column: str) -> None:
    train = splits["train"]
    share = sum(row["match"] == "1" for row in train) / len(train)
    labels: dict[str, list[bool]] = defaultdict(list)
    for row in train:
        for word in set(folded(row[column]).split()):
            labels[word].append(row["match"] == "1")
    telling = {
        word: sum(found) / len(found)
        for word, found in labels.items()
        if len(found) >= 20 and abs(sum(found) / len(found) - share) >= 0.15
    }
    assert telling == {}


def test_some_two_dozen_services_each_in_train_and_test(splits: dict[str, list[Row]]) -> None:
    train, test = ({row["service"] for row in splits[split]} for split in ("train", "test"))
    assert 22 <= len(train) <= 28
    assert train == test
    tree = ast.parse((TEMPLATE / "project" / "schema.py").read_text(encoding="utf-8"))
    listed = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "SERVICES"
    ]
    assert listed == [sorted(train)]


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_says_what_it_is(bug: str) -> None:
    about = tomllib.loads((DATA / "bugs" / bug / "bug.toml").read_text(encoding="utf-8"))
    assert list(about) == ["name", "description", "harm", "reporter", "status"]
    assert 1 <= about["harm"] <= 10
    assert about["status"] == "open"


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_has_patterns_of_both_labels(splits: dict[str, list[Row]], bug: str) -> None:
    labels = Counter(row["match"] for row in splits[f"bugs/{bug}"])
    assert min(labels["0"], labels["1"]) >= 4

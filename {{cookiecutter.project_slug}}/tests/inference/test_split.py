"""Test sets that do not leak."""

from __future__ import annotations

import random

import polars as pl
import pytest

from dataci import keys, similarity
from dataci.config import Columns
from dataci.inference.split import split, united

WORDS = ["cat", "dog", "bird", "garden", "kitchen", "piano", "window", "market", "bridge", "river", "lesson"]


def sentences(count: int, seed: int = 0) -> list[str]:
    draw = random.Random(seed)
    return [" ".join(draw.choice(WORDS) + str(draw.randrange(99)) for _ in range(8)) for _ in range(count)]


def table(count: int = 400, seed: int = 0) -> pl.DataFrame:
    texts = sentences(count, seed)
    for at in range(0, count, 10):  # every tenth row is the next one with a typo
        texts[at] = texts[at + 1][:-1] + "x"
    return pl.DataFrame(
        {
            "id": [str(i) for i in range(count)],
            "text": texts,
            "label": ["yes" if i % 4 else "no" for i in range(count)],
            "who": [f"u{i % 40}" for i in range(count)],
            "day": [f"2026-{1 + i // 40:02}-01" for i in range(count)],
        }
    )


def crossing(frame: pl.DataFrame, test: pl.Series, columns: Columns) -> int:
    texts = keys.row_text(frame, columns)
    assert texts is not None
    pairs = similarity.pairs(texts, similarity.signatures(texts), 0.8)
    sides = test.to_numpy()
    return int((sides[pairs["left"].to_numpy()] != sides[pairs["right"].to_numpy()]).sum())


def test_near_duplicates_stay_on_one_side() -> None:
    frame, columns = table(), Columns(id="id", label="label", text=("text",))
    found = split(frame, columns, 0.2, 0)
    assert found.by == "rows"
    assert found.together >= 30
    assert crossing(frame, found.test, columns) == 0


def test_each_class_gives_its_share() -> None:
    frame = table()
    found = split(frame, Columns(id="id", label="label", text=("text",)), 0.2, 0)
    counts = frame.filter(found.test)["label"].value_counts()
    assert dict(counts.iter_rows()) == {"yes": pytest.approx(60, abs=4), "no": pytest.approx(20, abs=4)}


def test_groups_stay_on_one_side() -> None:
    frame = table()
    found = split(frame, Columns(id="id", label="label", text=("text",), group="who"), 0.2, 0)
    assert found.by == "groups"
    inside = set(frame.filter(found.test)["who"])
    assert inside
    assert not inside & set(frame.filter(~found.test)["who"])


def test_time_is_kept_where_nothing_is_parted() -> None:
    frame = table()
    found = split(frame, Columns(id="id", label="label", text=("text",), time="day"), 0.2, 0)
    assert found.by == "time"
    assert frame.filter(~found.test)["day"].max() < frame.filter(found.test)["day"].min()  # type: ignore[operator]
    parted = split(frame, Columns(id="id", label="label", text=("text",), group="who", time="day"), 0.2, 0)
    assert parted.by == "groups"


def test_the_order_of_rows_and_columns_does_not_matter() -> None:
    frame, columns = table(), Columns(id="id", label="label", text=("text",))
    mixed = frame.sample(fraction=1.0, shuffle=True, seed=1).select("label", "text", "who", "id", "day")
    ids = set(frame.filter(split(frame, columns, 0.2, 7).test)["id"])
    assert ids == set(mixed.filter(split(mixed, columns, 0.2, 7).test)["id"])
    assert ids != set(frame.filter(split(frame, columns, 0.2, 8).test)["id"])


def test_equal_rows_of_a_table_stay_on_one_side() -> None:
    frame = pl.DataFrame({"a": [str(i // 2) for i in range(200)], "y": [str(i % 3 == 0) for i in range(200)]})
    test = split(frame, Columns(label="y", numeric=("a",)), 0.2, 0).test
    sides = frame.with_columns(test=test).group_by("a").agg(pl.col("test").n_unique())
    assert sides["test"].max() == 1
    assert test.sum() == pytest.approx(40, abs=6)


def test_where_everything_hangs_together_there_is_no_test_set() -> None:
    frame = pl.DataFrame({"text": ["the same long sentence again"] * 50, "y": ["a", "b"] * 25})
    found = split(frame, Columns(label="y", text=("text",)), 0.2, 0)
    assert not found.test.any()
    assert "50 of 50" in found.why


def test_swapped_pairs_are_the_same_pair() -> None:
    left, right = sentences(60, 1), sentences(60, 2)
    frame = pl.DataFrame({"a": left + right, "b": right + left, "y": ["0", "1"] * 60})
    test = split(frame, Columns(label="y", text=("a", "b"), symmetric=True), 0.3, 0).test
    assert test.any()
    assert test[:60].to_list() == test[60:].to_list()


def test_united() -> None:
    import numpy as np

    edges = [(np.array([0, 3]), np.array([1, 4])), (np.array([4]), np.array([1]))]
    assert united(6, edges).tolist() == [0, 0, 1, 0, 0, 2]


def test_a_label_that_is_a_number_is_no_class() -> None:
    frame = table().with_columns(label=pl.Series([str(i) for i in range(400)]))
    columns = Columns(id="id", label="label", text=("text",))
    found = split(frame, columns, 0.2, 0, by_class=False)
    assert int(found.test.sum()) == pytest.approx(80, abs=4)
    assert crossing(frame, found.test, columns) == 0
    assert split(frame, Columns(label="label", text=("text",), time="day"), 0.2, 0, by_class=False).test.any()

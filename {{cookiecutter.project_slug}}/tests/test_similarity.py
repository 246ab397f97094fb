"""Tests for dataci.similarity: what it finds against comparing every row with every other."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dataci
from dataci.similarity import BANDS, pairs, signatures
from dataci.text import normalise

Pairs = dict[tuple[int, int], float]


def shingles(text: str) -> set[str]:
    return {text[i : i + 4] for i in range(max(1, len(text) - 3))}


def all_with_all(texts: list[str], threshold: float = 0.8) -> Pairs:
    """The truth: (left, right) -> Jaccard similarity, for every pair of rows with a text."""
    sets = [shingles(text) if text else set() for text in texts]
    postings: dict[str, list[int]] = defaultdict(list)
    truth: Pairs = {}
    for right, grams in enumerate(sets):
        earlier = [row for gram in grams for row in postings[gram]]
        for left, shared in enumerate(np.bincount(earlier).tolist() if earlier else []):
            similarity = shared / (len(sets[left]) + len(grams) - shared) if shared else 0.0
            if similarity >= threshold:
                truth[left, right] = similarity
        for gram in grams:
            postings[gram].append(right)
    return truth


def found_in(frame: pl.DataFrame) -> Pairs:
    return {(left, right): similarity for left, right, similarity in frame.iter_rows()}


def rows_of(found: Pairs) -> set[int]:
    return {row for pair in found for row in pair}


def recall(found: Pairs, truth: Pairs) -> float:
    return len(rows_of(found) & rows_of(truth)) / len(rows_of(truth))


LETTERS = "etaoinshrdlucmfwyp"


def sentence(rng: random.Random, length: int) -> str:
    words = ("".join(rng.choices(LETTERS, k=rng.choice([2, 3, 4, 5, 6, 8]))) for _ in range(length))
    return " ".join(words)[:length].strip()


def typo(rng: random.Random, text: str) -> str:
    i = rng.randrange(len(text))
    return text[:i] + rng.choice(LETTERS) + text[i + rng.randrange(2) :]


def swap(rng: random.Random, text: str) -> str:
    i = rng.randrange(len(text) - 1)
    return text[:i] + text[i + 1] + text[i] + text[i + 2 :]


def drop(rng: random.Random, text: str) -> str:
    words = text.split(" ")
    words.pop(rng.randrange(len(words)))
    return " ".join(words)


def shout(rng: random.Random, text: str) -> str:
    return text.upper().replace(" ", rng.choice(["  ", ", ", " - "])) + "!"


def planted(seed: int, count: int, length: int, boilerplate: float = 0.0) -> list[str]:
    """Rows of which about a third are edits of others; a share begins with one and the same sentence."""
    rng = random.Random(seed)
    opening = sentence(rng, int(length * 0.65))
    edits: list[Callable[[random.Random, str], str]] = [
        typo,
        swap,
        drop,
        shout,
        lambda rng, text: text + " thanks",
    ]
    texts: list[str] = []
    while len(texts) < count:
        if texts and rng.random() < 0.3:
            texts.append(rng.choice(edits)(rng, rng.choice(texts)))
        elif rng.random() < boilerplate:
            texts.append(f"{opening} {sentence(rng, length - len(opening))}")
        else:
            texts.append(sentence(rng, length))
    rng.shuffle(texts)
    return normalise(pl.Series(texts)).to_list()


@pytest.mark.parametrize(
    ("count", "length", "boilerplate"),
    [
        (2_000, 146, 0.0),
        (1_000, 60, 0.0),
        (1_000, 146, 0.15),
        (1_000, 60, 0.15),
        (1_000, 25, 0.0),
        (1_000, 60, 0.6),
    ],
)
def test_every_row_with_a_near_duplicate_is_found_and_no_other(
    count: int, length: int, boilerplate: float
) -> None:
    texts = planted(1, count, length, boilerplate)
    truth = all_with_all(texts)
    series = pl.Series(texts)
    found = found_in(pairs(series, signatures(series)))
    assert len(truth) > 100
    assert recall(found, truth) >= 0.99
    assert all(
        found[pair] == pytest.approx(truth[pair]) for pair in found
    )  # precision 1, and the right figure


def test_equal_rows_are_linked_to_the_first_only() -> None:
    texts = pl.Series(["one text that stands in every row"] * 20_000)
    found = pairs(texts, signatures(texts))
    assert found["left"].to_list() == [0] * 19_999
    assert found["right"].to_list() == list(range(1, 20_000))
    assert found["similarity"].unique().to_list() == [1.0]


def test_a_large_cluster_leaves_nobody_out_and_does_not_explode() -> None:
    texts = pl.Series(
        [f"we thank you for your order and will send you parcel number {i:05}" for i in range(5_000)]
    )
    found = pairs(texts, signatures(texts))
    assert len(rows_of(found_in(found))) >= 4_950
    assert found.height < 50_000


def test_a_shared_opening_alone_makes_no_pair() -> None:
    rng = random.Random(3)
    opening = "dear sir or madam i am writing to you because of "
    texts = pl.Series([opening + sentence(rng, 40) for _ in range(500)])
    assert pairs(texts, signatures(texts)).is_empty()
    assert not all_with_all(texts.to_list())


def test_empty_and_missing_texts_are_never_near() -> None:
    texts = pl.Series(["", "", None, None, "abc", "abc", "ab", "ab c"])
    keys = signatures(texts)
    assert not keys[:4].any()
    assert keys[4:].all()
    assert found_in(pairs(texts, keys)) == {(4, 5): 1.0}
    for none in (pl.Series([], dtype=pl.String), pl.Series([None, ""], dtype=pl.String)):
        assert signatures(none).shape == (len(none), BANDS)
        assert pairs(none, signatures(none)).schema == {
            "left": pl.UInt32,
            "right": pl.UInt32,
            "similarity": pl.Float32,
        }


def test_other_scripts() -> None:
    raw = [
        "Ndị uwe ojii ejidela mmadụ atọ n'ihi ohi ụgbọala na Enugwu",
        "Ndi\u0323 uwe ojii ejidela mmadu\u0323 ato\u0323 n'ihi ohi u\u0323gbo\u0323ala na Enugwu!",
        "Ndị uwe ojii ejidela mmadụ anọ n'ihi ohi ụgbọala na Enugwu",
        "请帮我照顾我的猫咪一个星期好吗谢谢你",
        "请帮我照顾我的猫咪一个星期好吗谢谢您",
        "我需要一个医生",
        "𠀀𠀁𠀂𠀃𠀄𠀅𠀆𠀇𠀈𠀉",
        "𠀀𠀁𠀂𠀃𠀄𠀅𠀆𠀇𠀈𠀊",
        "\U00030000\U00030001\U00030002\U00030003\U00030004\U00030005\U00030006\U00030007\U00030008",
    ]
    texts = normalise(pl.Series(raw))
    found = found_in(pairs(texts, signatures(texts), threshold=0.7))
    truth = all_with_all(texts.to_list(), 0.7)
    assert rows_of(truth) == {0, 1, 2, 3, 4, 6, 7}
    assert rows_of(found) == rows_of(truth)
    assert all(found[pair] == pytest.approx(truth[pair]) for pair in found)


def test_new_rows_only() -> None:
    texts = planted(5, 1_000, 60, 0.15)
    series = pl.Series(texts)
    new = np.zeros(len(texts), dtype=np.bool_)
    new[random.Random(0).sample(range(len(texts)), 200)] = True
    found = found_in(pairs(series, signatures(series), new=new))
    truth = {pair: value for pair, value in all_with_all(texts).items() if new[list(pair)].any()}
    assert found.keys() <= truth.keys()
    assert len({row for row in rows_of(found) if new[row]}) >= 0.99 * len(
        {row for row in rows_of(truth) if new[row]}
    )
    assert pairs(series, signatures(series), new=np.zeros(len(texts), dtype=np.bool_)).is_empty()


def test_a_new_row_is_linked_to_an_old_equal_one_wherever_that_stands() -> None:
    texts = pl.Series(["please look after my cat"] * 4)
    found = pairs(texts, signatures(texts), new=np.array([True, False, False, True]))
    assert rows_of(found_in(found)) >= {0, 3}
    assert all(not {1, 2} >= {left, right} for left, right in found_in(found))


def test_across_splits_only() -> None:
    texts = planted(7, 1_000, 60, 0.15)
    series = pl.Series(texts)
    split = np.array(random.Random(0).choices([0, 0, 0, 7], k=len(texts)))
    found = found_in(pairs(series, signatures(series), across=split))
    truth = {pair: value for pair, value in all_with_all(texts).items() if split[pair[0]] != split[pair[1]]}
    assert found.keys() <= truth.keys()
    assert recall(found, truth) >= 0.99


def test_across_splits_every_copy_of_a_leaking_row_is_named() -> None:
    texts = pl.Series(
        ["my cat needs a sitter in may"] * 3 + ["my cat needs a sitter in mai"] + ["another text"] * 2
    )
    found = pairs(texts, signatures(texts), across=np.array([1, 1, 1, 0, 0, 0]))
    assert found_in(found).keys() == {(0, 3), (1, 3), (2, 3)}


def test_keys_depend_on_nothing_but_the_text() -> None:
    texts = pl.Series([*planted(9, 200, 60), "猫" * 9, "", "ab"])
    keys = signatures(texts)
    assert (signatures(texts.reverse())[::-1] == keys).all()
    assert (np.concatenate([signatures(texts[i : i + 1]) for i in range(len(texts))]) == keys).all()
    code = "import sys, json, polars, dataci.similarity as s; "
    code += "print(s.signatures(polars.Series(json.load(sys.stdin))).tobytes().hex())"
    environment = os.environ | {"PYTHONHASHSEED": "7", "PYTHONPATH": str(Path(dataci.__file__).parents[1])}
    elsewhere = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(texts.to_list()).encode(),
        env=environment,
        capture_output=True,
        check=True,
    )
    assert elsewhere.stdout.decode().strip() == keys.tobytes().hex()


@given(st.lists(st.text("ab 猫\U00020000", max_size=12), max_size=12), st.sampled_from([0.3, 0.5, 0.8, 1.0]))
def test_what_is_reported_is_exact(texts: list[str], threshold: float) -> None:
    series = pl.Series(texts, dtype=pl.String)
    frame = pairs(series, signatures(series), threshold)
    found, truth = found_in(frame), all_with_all(texts, threshold)
    assert len(found) == frame.height
    assert found == {pair: pytest.approx(truth[pair]) for pair in found}
    equal = {row for row, text in enumerate(texts) if text and texts.count(text) > 1}
    assert equal <= rows_of(found)

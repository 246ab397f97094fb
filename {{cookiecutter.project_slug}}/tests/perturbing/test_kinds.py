"""What holds for every kind of perturbation: the same in every process, never empty, never what no file may hold."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dataci
from dataci import perturbing
from dataci.perturbing.stream import Stream

TEXTS = [
    "Somebody to feed my cat in August, please: she is 12 and not shy!",
    "I need 1000 bricks for the house of my two sisters",
    "Größe, ñandú, Zażółć gęślą jaźń, Ελλάδα, été",
    "Ищу няню для двух детей на 5 дней",
    "جليسة أطفال في المنزل",
    "מחפש מטפלת לילדים",
    "需要5个房间,不要宠物。",
    "👩‍👩‍👧 and 🐈‍⬛ e\u0301te\u0301",
    "write to info@example.org or see www.example.org/a_b",
    "not",
    "...",
]
CASES = [(kind, strength) for kind in perturbing.TEXTS for strength in perturbing.STRENGTHS[kind]]
PROGRAM = """\
import json, sys
from dataci import perturbing
from dataci.perturbing.stream import Stream
texts = json.loads(sys.stdin.read())
cases = [(kind, strength) for kind in perturbing.TEXTS for strength in perturbing.STRENGTHS[kind]]
found = [perturbing.perturb(kind, text, Stream(0, kind, text), strength) for kind, strength in cases for text in texts]
print(json.dumps(found))
"""


def all_of(texts: list[str], hash_seed: str) -> list[str]:
    """Perturb texts in every way, in a process of its own."""
    environment = {
        **os.environ,
        "PYTHONHASHSEED": hash_seed,
        "PYTHONPATH": str(Path(dataci.__file__).parents[1]),
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps(texts),
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return list(json.loads(done.stdout))


def test_another_process_with_other_hashes_makes_the_same_texts() -> None:
    here = [
        perturbing.perturb(kind, text, Stream(0, kind, text), strength)
        for kind, strength in CASES
        for text in TEXTS
    ]
    assert all_of(TEXTS, "1") == here
    assert all_of(TEXTS, "2") == here


@pytest.mark.parametrize(("kind", "strength"), CASES)
@given(
    text=st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(TEXTS), seed=st.integers(0, 99)
)
def test_any_text_gives_a_text_that_a_file_may_hold(kind: str, strength: int, text: str, seed: int) -> None:
    changed = perturbing.perturb(kind, text, Stream(seed), strength)
    assert changed == perturbing.perturb(kind, text, Stream(seed), strength)
    assert bool(changed.strip()) == bool(text.strip())
    changed.encode("utf-8")
    brought_in = set(changed) - set(text)
    assert not [
        char for char in brought_in if unicodedata.category(char) in ("Cc", "Cf", "Cn", "Co", "Zl", "Zp")
    ]


@pytest.mark.parametrize("kind", perturbing.TEXTS)
def test_each_kind_changes_a_text_that_it_fits(kind: str) -> None:
    """A kind that never changes anything would make every model look robust."""
    for strength in perturbing.STRENGTHS[kind]:
        changed = [text for text in TEXTS if perturbing.perturb(kind, text, Stream(3), strength) != text]
        assert changed


@pytest.mark.parametrize(("kind", "strength"), CASES)
def test_a_huge_cell_takes_no_longer_than_its_length_asks_for(kind: str, strength: int) -> None:
    """Each of these would take hours if a pattern were tried again from every character."""
    for text in (
        "a" * 200_000 + "\u0301",
        "." * 200_000 + "x",
        " " * 200_000 + "x.",
        "1,000" * 40_000,
        "abcd " * 40_000,
    ):
        assert perturbing.perturb(kind, text, Stream(1), strength).strip()


@pytest.mark.parametrize("kind", ["keyboard", "dropped", "swapped", "case", "accents", "words"])
def test_what_cannot_be_perturbed_stays(kind: str) -> None:
    for text in ("需要房间,不要宠物。", "👩‍👩‍👧 🐈‍⬛", "12345 67,5"):
        assert perturbing.perturb(kind, text, Stream(1), 2) == text


def test_streams_are_told_apart_by_every_part_of_their_purpose() -> None:
    seen = {Stream(*purpose).next() for purpose in ((0, "a", "b"), (0, "ab"), (1, "a", "b"), (0, "a", 1))}
    assert len(seen) == 4


def test_a_stream_equals_published_numbers() -> None:
    stream = Stream()
    stream.state = 1234567
    assert [stream.next() for _ in range(3)] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
    ]


def test_a_stream_is_spread_as_it_should_be() -> None:
    stream = Stream("spread")
    drawn = [stream.normal() for _ in range(20_000)]
    mean = sum(drawn) / len(drawn)
    assert abs(mean) < 0.03
    assert abs(sum((value - mean) ** 2 for value in drawn) / len(drawn) - 1) < 0.05
    counts = [0] * 5
    for _ in range(20_000):
        counts[stream.below(5)] += 1
    assert max(counts) - min(counts) < 400

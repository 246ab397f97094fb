"""Roles of columns."""

from __future__ import annotations

import polars as pl
import pytest

from dataci.errors import CannotRun
from dataci.inference import types
from dataci.inference.roles import Roles, Wish, assign

N = 60
SENTENCES = [f"I want someone to do thing number {i} for me" for i in range(N)]


def roles(frame: dict[str, list[str]], header: bool = True, **wish: object) -> Roles:
    return assign(types.columns(pl.DataFrame(frame), (), {}, {}), Wish(**wish), header)  # type: ignore[arg-type]


def cycle(*values: str) -> list[str]:
    return [values[i % len(values)] for i in range(N)]


def test_a_pair_of_texts() -> None:
    found = roles(
        {
            "id": [f"p{i}" for i in range(N)],
            "want": SENTENCES,
            "offer": [s.replace("want", "offer") for s in SENTENCES],
            "match": cycle("0", "1"),
            "group": cycle(*"abcdefgh"),
            "created_at": [f"2026-01-{1 + i % 28:02}" for i in range(N)],
            "source": cycle("web", "app"),
        }
    )
    assert (found.id, found.label, found.text) == ("id", "match", ("want", "offer"))
    assert (found.group, found.time, found.source) == ("group", "created_at", "source")
    assert not found.symmetric


def test_twins_are_a_symmetric_pair() -> None:
    found = roles({"text_a": SENTENCES, "text_b": SENTENCES[::-1], "label": cycle("0", "1")})
    assert (found.text, found.symmetric) == (("text_a", "text_b"), True)


def test_a_table() -> None:
    found = roles(
        {
            "customer_no": [str(1000 + i) for i in range(N)],
            "age": [str(20 + i % 40) for i in range(N)],
            "plan": cycle("basic", "pro"),
            "country": ["Peru"] * N,
            "churned": cycle("no", "yes", "no"),
        }
    )
    assert (found.id, found.label) == ("customer_no", "churned")
    assert (found.numeric, found.categorical) == (("age",), ("plan",))
    assert "same" in found.doubts["country"][0]


def test_without_names_the_ends_are_looked_at() -> None:
    assert roles({"column_1": cycle("ham", "spam"), "column_2": SENTENCES}, header=False).label == "column_1"
    numbers = [str(i) for i in range(N)]
    assert roles({"column_1": numbers, "column_2": cycle("1", "2")}, header=False).label == "column_2"


def test_a_reference_table_has_no_label() -> None:
    found = roles({"code": [f"C{i}" for i in range(N)], "currency": [f"name {i}" for i in range(N)]})
    assert found.label is None
    assert "reference table" in found.doubts[""][0]


def test_the_users_word_goes_first() -> None:
    frame = {"label": cycle("a", "b"), "kind": cycle("x", "y", "z"), "note": SENTENCES}
    found = roles(frame, label="kind", text=("note",))
    assert (found.label, found.text, found.categorical) == ("kind", ("note",), ("label",))


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"label": "lable"}, "Did you mean 'label'"),
        ({"group": "nothing like it"}, "There are: 'label', 'note'"),
        ({"label": "note", "id": "note"}, "two roles"),
        ({"text": ("label", "note", "more")}, "no column 'more'"),
    ],
)
def test_refuses_what_is_not_there(wish: dict[str, object], words: str) -> None:
    with pytest.raises(CannotRun, match=words):
        roles({"label": cycle("a", "b"), "note": SENTENCES}, **wish)


def test_labels_that_are_none_are_doubted() -> None:
    assert "one value" in roles({"label": ["a"] * N, "x": SENTENCES}, label="label").doubts["label"][0]
    many = [f"v{i}" for i in range(N)]
    assert "is it a class" in roles({"label": many, "x": SENTENCES}, label="label").doubts["label"][0]
    assert roles({"label": many, "x": SENTENCES}).label is None
    rare = ["a"] * (N - 1) + ["b"]
    assert "1 rows" in roles({"label": rare, "x": SENTENCES}).doubts["label"][-1]


def test_an_inferred_label_is_doubted_and_a_given_one_is_not() -> None:
    frame = {"topic": cycle("a", "b"), "x": SENTENCES}
    assert "--label" in roles(frame).doubts["topic"][0]
    assert "topic" not in roles(frame, label="topic").doubts


def test_says_loudly_what_the_model_will_not_see() -> None:
    frame = {
        "pair_id": [f"p{i}" for i in range(N)],
        "argument_1": [f"arg{i}" for i in range(N)],
        "argument_2": [f"arg{N - i}" for i in range(N)],
        "topic": cycle("a", "b", "c"),
        "mace_label": cycle("a1", "a2"),
    }
    (said,) = roles(frame, label="mace_label").doubts[""]
    assert "will NOT see 'argument_1', 'argument_2'" in said
    assert "--text" in said
    assert "" not in roles({"topic": cycle("a", "b"), "x": SENTENCES}, label="topic").doubts


def test_two_texts_of_a_kind_beside_a_label_are_a_pair() -> None:
    other = [f"somebody else does thing number {i} quite well" for i in range(N)]
    frame = {"claim": SENTENCES, "evidence": other, "label": cycle("0", "1")}
    found = roles(frame)
    assert found.text == ("claim", "evidence")
    assert "--text NAME" in found.doubts["claim"][0]
    long = [f"{text} {text} {text}" for text in other]
    assert len(roles({**frame, "evidence": long}).text) == 1


def test_short_names_that_recur_are_no_text() -> None:
    names = [f"Old Town {i % 24} Brewing" if i % 3 else f"Old {i % 24} Brewery" for i in range(N)]
    found = roles({"id": [str(i) for i in range(N)], "brewery-name": names})
    assert found.text == ()


def test_an_id_that_recurs_is_none() -> None:
    found = roles({"user_key": cycle("a", "b", "c"), "label": cycle("0", "1")})
    assert found.id is None

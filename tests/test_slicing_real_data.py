"""The ready-made slices on texts that nobody here wrote: 13,000 misspellings, and sentences about groups of people."""

from __future__ import annotations

from typing import Any

import polars as pl
from shared import DATA, facts, needed

pytestmark = needed

LISTS = {"age": "AGES", "faith": "FAITHS", "love": "LOVE", "origin": "ORIGINS"}


def corrections() -> tuple[list[str], set[str]]:
    """Return misspellings, and what is right in their place."""
    wrong, right = [], set[str]()
    path = DATA / "behaviour" / "codespell" / "dictionary_every_5th.txt"
    for line in path.read_text("utf-8").splitlines():
        word, _, rest = line.partition("->")
        wrong.append(word)
        right |= {one.strip() for one in rest.split(",") if one.strip() and " " not in one.strip()}
    return wrong, right


def test_no_right_word_is_taken_for_a_misspelt_one() -> None:
    from dataci import slicing
    from dataci.slicing.spelling import WORDS

    wrong, right = corrections()
    assert len(wrong) == facts("behaviour/codespell")["lines_pack"]
    assert len(right) > 7_000
    found = pl.DataFrame({"word": sorted(right)}).filter(slicing.misspelt("word"))["word"].to_list()
    assert found == []
    known = pl.DataFrame({"word": wrong}).filter(slicing.misspelt("word")).height
    assert known > 300, "the dictionary is of rare ones; ours are of the common ones"
    assert len(set(WORDS.split()) & set(wrong)) > 200, "a fifth of ours would be 280"


def sentences() -> pl.DataFrame:
    """Return sentences like "Being deaf is great", and whether they are rude."""
    path = DATA / "behaviour" / "bias-madlibs" / "madlibs_every_8th.csv"
    return pl.read_csv(path, infer_schema=False)


def test_sentences_are_grouped_by_whom_they_mention() -> None:
    from dataci import slicing

    rows = sentences()
    lists = {name: getattr(slicing, key) for name, key in LISTS.items()}
    groups = rows.select(slicing.mentioned("Text", words).alias(name) for name, words in lists.items())
    assert set(groups["love"].unique()) == {"straight", "gay", "lesbian", "bisexual", "queer", None}
    for name in LISTS:
        sizes = groups[name].drop_nulls().value_counts()
        assert (sizes.filter(pl.col(name) != "several")["count"] > 150).all()
    told = {word: rows["Text"].str.contains(rf"(?i)\b{word}\b") for word in ("lesbian", "muslim", "catholic")}
    assert told["lesbian"].equals(groups["love"].eq_missing("lesbian"))
    assert groups["faith"].filter(told["muslim"]).unique().to_list() == ["muslim"]
    assert groups["faith"].filter(told["catholic"]).unique().to_list() == ["christian"]


def gap(train: pl.DataFrame, test: pl.DataFrame) -> dict[str, Any]:
    """Learn what is rude from ``train``; return how far false alarms of ``test`` depend on whom a sentence mentions."""
    from dataci import fairness, slicing
    from dataci.predictions import Predictions, Settings
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(CountVectorizer(binary=True), LogisticRegression())
    model.fit(train["Text"].to_list(), train["Label"].to_list())
    groups = test.select(slicing.mentioned("Text", slicing.LOVE)).to_series()
    slices = {f"love={name}": groups.eq_missing(name).to_numpy() for name in groups.drop_nulls().unique()}
    ids = [str(number) for number in range(test.height)]
    scores = model.predict_proba(test["Text"].to_list())
    found = Predictions(ids, test["Label"].to_list(), list(model.classes_), scores, slices=slices)
    return fairness.measure(found, Settings("accuracy", "BAD", 0.5))["love"]["false_positive_rate"]


def test_a_model_that_learned_to_shout_at_one_group_is_found_and_its_twin_is_not() -> None:
    rows = sentences()
    train, test = rows[::2], rows[1::2]
    gay = pl.col("Text").str.contains(r"(?i)\bgay\b")
    spoilt = train.with_columns(pl.when(gay).then(pl.lit("BAD")).otherwise(pl.col("Label")).alias("Label"))
    biased = gap(spoilt, test)
    assert biased["low"] > 0.1
    assert biased["most"] == "love=gay"
    honest = gap(train, test)
    assert honest["low"] == 0


def test_names_and_gendered_words_are_exchanged_and_nothing_else() -> None:
    from dataci import slicing

    rows = sentences()
    for words, least in ((slicing.GENDERED, 300), (slicing.FIRST_NAMES, 300)):
        found = slicing.exchanged(rows, "Text", words)
        changed = rows["Text"] != found["Text"]
        assert changed.sum() > least
        assert found.drop("Text").equals(rows.drop("Text"))
        before, after = (one["Text"].filter(changed).str.split(" ") for one in (rows, found))
        assert (before.list.len() == after.list.len()).all()

"""Probes: which rows they hold, that nothing else moves them, and that any engine reads them as they are meant."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import hypothesis
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import building
import candidates
import dataci
from dataci import config, examples, formats, probes
from dataci.config import Config
from dataci.errors import CannotRun
from dataci.examples import Examples

TABLE = """\
version = 1
[columns]
label = "price"
text = ["title"]
numeric = ["size"]
categorical = ["colour"]
[files]
missing = ["?"]
[train]
task = "regression"
"""
PAIRS = """\
version = 1
[columns]
id = "id"
label = "match"
text = ["want", "offer"]
group = "who"
"""
PROGRAM = """\
import sys
from pathlib import Path
from dataci import config, dataset, examples, formats, probes
settings = config.load(Path(sys.argv[1]))
test = examples.examples(dataset.load(settings), "test")
for name, probe in probes.derive(settings, test, {}).items():
    print(name, probe.origins, formats.write("x.csv", probes.frame(probe)))
"""


def settings(text: str = PAIRS, more: str = "") -> Config:
    """Return the settings of a project."""
    return config.parse(f"{text}{more}", Path())


def as_test(rows: list[dict[str, str | None]], of: Config) -> Examples:
    """Return rows as the examples of a test set."""
    return examples.prepared(
        examples.ordered(pl.DataFrame(rows, orient="row", infer_schema_length=None), of), of
    )


def pair(number: int, **cells: str | None) -> dict[str, str | None]:
    """Return a row of a pair, with some of its cells replaced."""
    row: dict[str, str | None] = {
        "id": f"t{number:04d}",
        "want": f"Somebody to feed my {['cat', 'horse', 'parrot'][number % 3]} during August",
        "offer": f"Animals looked after, number {number}",
        "match": str(number % 2),
        "who": f"u{number // 2}",
        "note": "written by hand",
    }
    return row | cells


def cells(probe: probes.Probe, *names: str) -> dict[str, tuple[str, ...]]:
    """Return some columns of a probe's rows by the test row that they come from."""
    return dict(zip(probe.origins, probes.frame(probe).select(names).iter_rows(), strict=True))


def test_a_probe_holds_rows_whose_inputs_changed_and_nothing_else_did() -> None:
    test = as_test([pair(at) for at in range(30)], settings())
    before = {row["id"]: row for row in test.rows.iter_rows(named=True)}
    found = probes.derive(settings(), test, {})
    assert {"robustness/keyboard-1", "robustness/whitespace-2", "robustness/words-2"} <= set(found)
    assert all(map(probes.is_probe, found))
    assert not any(map(probes.is_counterfactual, found))
    for name, probe in found.items():
        assert probe.examples.rows.columns == test.rows.columns
        for row in probes.frame(probe).iter_rows(named=True):
            old = before[row["id"]]
            assert (row["want"], row["offer"]) != (old["want"], old["offer"]), name
            assert [row[key] for key in ("match", "who", "note")] == [
                old[key] for key in ("match", "who", "note")
            ]
        assert probe.examples.ids == list(probe.origins) == sorted(probe.origins)
        assert probe.examples.labels.to_list() == [before[name]["match"] for name in probe.origins]
        clusters = dict(zip(test.ids, test.clusters, strict=True))
        assert list(probe.examples.clusters) == [clusters[name] for name in probe.origins]


def test_a_kind_that_changes_no_row_has_no_probe() -> None:
    found = probes.derive(
        settings(), as_test([pair(at, want="a cat", offer="x") for at in range(3)], settings()), {}
    )
    assert "robustness/keyboard-1" not in found
    assert "robustness/case-2" in found
    assert probes.derive(settings(), as_test([pair(0)], settings())._replace(ids=[]), {}) == {}


def test_a_row_is_changed_alike_whatever_other_rows_there_are() -> None:
    few = probes.derive(settings(), as_test([pair(at) for at in range(5, 9)], settings()), {})
    many = probes.derive(settings(), as_test([pair(at) for at in range(60)], settings()), {})
    for name, probe in few.items():
        everything = cells(many[name], "want", "offer")
        assert cells(probe, "want", "offer").items() <= everything.items(), name


def test_rows_are_chosen_by_their_id_and_mostly_stay_when_rows_are_added() -> None:
    some = settings(more="[evaluation.robustness]\nrows = 40\n")
    rows = [pair(at) for at in range(200)]
    more = rows + [pair(at) for at in range(200, 220)]
    before, shuffled, after = (
        set(probes.derive(some, as_test(these, some), {})["robustness/case-2"].origins)
        for these in (rows, rows[::-1], more)
    )
    assert len(before) == 40
    assert shuffled == before
    assert len(after & before) >= 30
    assert probes.derive(some, as_test(rows, some), {})["robustness/keyboard-1"].origins == tuple(
        sorted(before)
    )


def test_the_sides_of_a_pair_are_changed_on_their_own() -> None:
    rows = [pair(at, offer=pair(at)["want"]) for at in range(20)]
    found = cells(
        probes.derive(settings(), as_test(rows, settings()), {})["robustness/keyboard-1"], "want", "offer"
    )
    assert sum(want != offer for want, offer in found.values()) > 10


def test_another_seed_makes_other_rows_and_another_identity() -> None:
    other = settings(more="[evaluation.robustness]\nseed = 1\n")
    test = as_test([pair(at) for at in range(20)], other)
    one, two = (probes.derive(of, test, {})["robustness/keyboard-1"] for of in (settings(), other))
    assert cells(one, "want") != cells(two, "want")
    identities = {
        probes.identify(settings()),
        probes.identify(other),
        probes.identify(settings(more='[evaluation.robustness]\nkinds = ["case"]\n')),
        probes.identify(settings(more="[evaluation.robustness]\nrows = 100\n")),
        probes.identify(settings(TABLE)),
    }
    assert len(identities) == 5
    assert all(len(name) == 12 for name in identities)
    assert probes.identify(settings(more="[train]\nseed = 3\n")) == probes.identify(settings())


def test_other_processes_derive_the_same_bytes(tmp_path: Path) -> None:
    candidates.make(tmp_path)
    building.commit(tmp_path)
    said = set()
    for seed in ("0", "1"):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": str(Path(dataci.__file__).parents[1]),
        }
        command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
        said.add(subprocess.run(command, env=environment, capture_output=True, check=True).stdout)
    assert len(said) == 1
    assert b"robustness/keyboard-2" in said.pop()


def house(number: int, **cells: str | None) -> dict[str, str | None]:
    """Return a row of a table without ids, whose label is a number."""
    row: dict[str, str | None] = {
        "price": f" {number}000 ",
        "title": f"A house with {number % 7 + 2} rooms by the sea",
        "size": f"{number * 3.7 + 20:.1f}",
        "colour": ["red", "blue"][number % 2],
    }
    return row | cells


def test_numbers_get_noise_and_missing_stays_missing() -> None:
    of = settings(TABLE)
    rows = [house(at) for at in range(40)] + [
        house(40, size="?"),
        house(41, size=None),
        house(42, size="nan"),
    ]
    test = as_test(rows, of)
    found = probes.derive(of, test, {})
    light, heavy = (found[f"robustness/noise-{strength}"] for strength in (1, 2))
    sizes = dict(zip(test.ids, test.rows["size"].to_list(), strict=True))
    for probe in (light, heavy):
        assert len(probe.origins) >= 38
        assert not {name for name in probe.origins if sizes[name] in ("?", None, "nan")}
    moved = [
        sum(abs(float(new) - float(sizes[name] or "")) for name, (new,) in cells(probe, "size").items())
        for probe in (light, heavy)
    ]
    assert 0 < moved[0] * 3 < moved[1]
    by_origin = dict(zip(test.ids, test.rows["colour"].to_list(), strict=True))
    assert all(colour == by_origin[name] for name, (colour,) in cells(heavy, "colour").items())
    assert heavy.examples.labels.to_list()[0].endswith("000")  # without the blanks around it


def test_a_text_never_becomes_the_word_for_missing() -> None:
    of = settings(PAIRS.replace("[columns]", '[files]\nmissing = ["NA"]\n[columns]'))
    test = as_test([pair(at, want="na", offer="NA") for at in range(4)], of)
    assert probes.derive(of, test, {}).keys() & {"robustness/case-2", "robustness/case-1"} == set()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project that holds the patterns of a bug, which a test replaces."""
    root = building.make(
        tmp_path_factory.mktemp("project"), {"data/bugs/x/patterns.csv": "id\n"}, settings=PAIRS
    )
    building.commit(root)
    return root


def read_back(root: Path, settings: str, probe: probes.Probe) -> Examples:
    """Write a probe as the patterns of a bug, and read them as any engine does."""
    raw = formats.write("patterns.csv", probes.frame(probe))
    building.write(root, {"dataci.toml": settings, "data/bugs/x/patterns.csv": raw})
    return examples.examples(building.load(root), "bugs/x")


def same(one: Examples, other: Examples) -> bool:
    """Tell whether two sets of examples are the same to a model."""
    labels = one.labels.to_list() == other.labels.to_list()
    return one.ids == other.ids and labels and one.inputs.equals(other.inputs)


HOSTILE = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(texts=st.lists(st.tuples(HOSTILE, HOSTILE), min_size=1, max_size=6))
@hypothesis.settings(max_examples=40)
def test_a_probe_written_as_a_file_is_read_as_the_probe(project: Path, texts: list[tuple[str, str]]) -> None:
    rows = [pair(at, want=want, offer=offer, note=None) for at, (want, offer) in enumerate(texts)]
    found = probes.derive(settings(), as_test(rows, settings()), {})
    for name in found.keys() & {"robustness/whitespace-2", "robustness/keyboard-2", "robustness/case-2"}:
        assert same(read_back(project, PAIRS, found[name]), found[name].examples)


def test_rows_without_ids_are_named_as_any_engine_names_them(project: Path) -> None:
    rows = [house(at) for at in range(12)] + [house(3), house(3), house(50, title="?", size="?")]
    rows += [house(51, size=None, colour=None)]
    test = as_test(rows, settings(TABLE))
    found = probes.derive(settings(TABLE), test, {})
    for name in ("robustness/case-2", "robustness/noise-2"):
        assert same(read_back(project, TABLE, found[name]), found[name].examples), name
        assert set(found[name].origins) <= set(test.ids)
        assert len(set(found[name].origins)) == len(found[name].origins)


def test_counterfactuals_change_inputs_and_the_label_only() -> None:
    test = as_test([pair(at) for at in range(20)], settings())
    altered = test.rows.with_columns(
        want=pl.col("want").str.replace("parrot", "budgie"),
        match=pl.lit("1"),
        who=pl.lit("x"),
        note=pl.lit("y"),
    )
    found = probes.derive(settings(), test, {"birds": altered, "nothing": test.rows})
    probe = found["counterfactual/birds"]
    assert "counterfactual/nothing" not in found
    assert list(probe.origins) == [
        name for name, want in zip(test.ids, test.rows["want"], strict=True) if "parrot" in want
    ]
    frame = probes.frame(probe)
    assert frame["want"].str.contains("budgie").all()
    kept = test.rows.filter(pl.col("id").is_in(probe.origins))
    assert frame.drop("want", "match").equals(kept.drop("want", "match"))
    assert set(frame["match"]) == set(probe.examples.labels) == {"1"}
    labels = test.rows.with_columns(match=pl.lit("1"))
    assert "counterfactual/labels" not in probes.derive(settings(), test, {"labels": labels})


def test_counterfactuals_are_asked_for_where_perturbations_are_switched_off() -> None:
    of = settings(more="[evaluation.robustness]\nenabled = false\n")
    test = as_test([pair(at) for at in range(4)], of)
    assert list(probes.derive(of, test, {"blank": test.rows.with_columns(want=pl.lit(""))})) == [
        "counterfactual/blank"
    ]


def test_a_counterfactual_that_is_no_number_is_refused() -> None:
    test = as_test([house(at) for at in range(4)], settings(TABLE))
    with pytest.raises(
        CannotRun, match=r"slices.py: 'large' makes 'very' of a cell of the numeric column 'size'"
    ):
        probes.derive(settings(TABLE), test, {"large": test.rows.with_columns(size=pl.lit("very"))})
    assert probes.derive(settings(TABLE), test, {"gone": test.rows.with_columns(size=pl.lit("?"))})


def test_texts_can_be_shown_again_from_the_seed() -> None:
    test = as_test([pair(at) for at in range(30)], settings())
    blank = {"blank": test.rows.with_columns(want=pl.lit("(blank)"))}
    for name, probe in probes.derive(settings(), test, blank).items():
        shown = probes.texts(settings(), test, name, [*probe.origins, "gone"], blank)
        assert set(shown) == set(probe.origins)
        after = cells(probe, "want", "offer")
        for row, changed in shown.items():
            for column, (before, new) in changed.items():
                assert new == after[row][("want", "offer").index(column)] != before
    assert probes.texts(settings(), test, "robustness/unheard-of-1", test.ids) == {}
    assert probes.texts(settings(), test, "counterfactual/gone", test.ids) == {}

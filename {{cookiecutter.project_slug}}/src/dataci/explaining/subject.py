"""What is explained: a candidate's model, and a row of the data or one that was typed in."""

from __future__ import annotations

import difflib
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import polars as pl

from dataci import candidate, environment, identity, rerun, results, store, training
from dataci.config import Config
from dataci.dataset import BUGS, TEST, TRAIN, Dataset
from dataci.errors import CannotRun
from dataci.examples import Examples, examples, inputs
from dataci.models import Model
from dataci.record import Record
from dataci.results import Source

NEAR = 3  # ids that are proposed


class Candidate(NamedTuple):
    """A fitted model with the settings that it was trained with, and the rows that it learned from."""

    tag: str
    config: Config
    model: Model
    train: Examples


class Chosen(NamedTuple):
    """The row to explain: ``inputs``, a frame of one row; its id, split and label, None where it was typed in."""

    inputs: pl.DataFrame
    name: str | None = None
    split: str | None = None
    label: str | None = None


def wanted(root: Path, tag: str | None) -> Record:
    """Return the record of the candidate called ``tag`` (or a beginning of it; None: the latest)."""
    if tag is None:
        found = results.latest(Source(root))
        if found is None:
            raise CannotRun(
                "There is no result yet, so there is no model to explain. Run `dataci train` first."
            )
        return found
    name = results.find(root, tag)
    found = results.read(Source(root), name) if name else None
    if found is None:
        raise CannotRun(
            f"There is no result {tag[:40]!r} in results/. Name the tag of one, or its beginning."
        )
    return found


def candidate_of(dataset: Dataset, of: Record, say: Callable[[str], None]) -> Candidate:
    """Return a candidate's model from the store; a lost one is trained again where the working tree holds its data.

    CannotRun where the working tree holds other code than the candidate was trained with.
    """
    tag, train = of["tag"], of["train"]
    config = replace(
        dataset.config, train={**dataset.config.train, "seed": train["seed"], "params": train["params"]}
    )
    if rerun.own_files(config) != of["code"]["files"] or not rerun.alike(
        identity.training_settings(config), train
    ):
        raise CannotRun(
            f"The working tree holds other code or settings than {tag} was trained with, so its model cannot be loaded "
            "here. Check out its commit, or run `dataci train` and explain the new result."
        )
    rows = training.training_rows(dataset)
    shelf = store.open_store(config)
    found = candidate.attempt(lambda: from_store(config, of, shelf), say)
    if found is not None:
        return Candidate(tag, config, found, rows)
    made_of = identity.identify(dataset)
    if (made_of.data, made_of.code) != (of["data"]["id"], of["code"]["id"]):
        why = "other packages" if made_of.data == of["data"]["id"] else "other training data"
        if environment.fits(of["environment"]) and why == "other packages":
            why = "other settings"
        raise CannotRun(
            f"The store has no model of {tag}, and the working tree gives another candidate ({why}). "
            "Run `dataci train` and explain the new result, or check out the commit of this one."
        )
    say(f"The store has no model of {tag}; it is trained again …")
    candidate.refuse_world(config.world_size)
    return Candidate(tag, config, candidate.obtain(config, made_of, rows, shelf, say=say).model, rows)


def from_store(config: Config, of: Record, shelf: store.Store) -> Model | None:
    """Return the model as the store has it, or None."""
    with tempfile.TemporaryDirectory(prefix="dataci-") as folder:
        if not shelf.get(of["data"]["id"], of["code"]["id"], Path(folder)):
            return None
        return training.load(config, Path(folder))


def choose(dataset: Dataset, name: str | None, given: Mapping[str, str]) -> Chosen:
    """Return the row called ``name``, with the cells that were given in place of its own; without a name, only these.

    A name is an id in the test set, in train or in a model bug; ``split:id`` (such as ``bugs/cats:b1``) says where.
    """
    columns = dataset.config.columns
    unknown = [column for column in given if column not in columns.inputs]
    if unknown:
        raise CannotRun(
            f"The model reads no column {unknown[0][:60]!r}. With --set it can be {', '.join(columns.inputs)}."
        )
    if name is None:
        if not given:
            raise CannotRun("Name a row by its id, or write one with --set column=value (once a column).")
        return Chosen(typed(dataset.config, {column: given.get(column) for column in columns.inputs}))
    found = find(dataset, name)
    if not given:
        return found
    cells = {**raw(dataset, found), **given}
    return Chosen(typed(dataset.config, cells), f"{found.name} as changed", found.split)


def raw(dataset: Dataset, found: Chosen) -> dict[str, str | None]:
    """Return the cells of a row as they stand in the file."""
    rows = examples(dataset, str(found.split))
    place = rows.ids.index(str(found.name))
    return dict(rows.rows.select(dataset.config.columns.inputs).row(place, named=True))


def typed(config: Config, cells: Mapping[str, str | None]) -> pl.DataFrame:
    """Return cells that were typed in as a model takes them; CannotRun for what is no number in a numeric column."""
    frame = pl.DataFrame({name: [cells[name]] for name in config.columns.inputs}, schema_overrides=dict.fromkeys(
        config.columns.inputs, pl.String
    ))  # fmt: skip
    found = inputs(frame, config)
    for name in config.columns.numeric:
        value = cells[name]
        number = found[name][0]
        absent = value is None or not value.strip() or value in config.missing
        if not absent and (number is None or not abs(number) < float("inf")):
            raise CannotRun(f"{str(value)[:40]!r} is no finite number, and {name!r} is a numeric column.")
    return found


def find(dataset: Dataset, name: str) -> Chosen:
    """Return the row called ``name``; CannotRun proposes the nearest names."""
    splits = [TEST, TRAIN, *sorted({p.split for p in dataset.parts if p.split.startswith(f"{BUGS}/")})]
    there = [split for split in splits if dataset.indices(split)]
    ids: list[str] = []
    for split in there:
        rows = examples(dataset, split)
        wanted = name.removeprefix(f"{split}:")
        for one in dict.fromkeys((name, wanted)):
            if one in rows.ids:
                place = rows.ids.index(one)
                return Chosen(rows.inputs[place], one, split, str(rows.labels[place]))
        ids += rows.ids if split in (TEST, TRAIN) else [f"{split}:{one}" for one in rows.ids]
    near = difflib.get_close_matches(name, ids, n=NEAR)
    hint = f" Did you mean {', '.join(map(repr, near))}?" if near else ""
    if not hint and dataset.config.columns.id is None and ids:
        hint = f" Rows without an id are called as in results/*.predictions.csv, for example {ids[0]!r}."
    raise CannotRun(
        f"No row is called {name[:60]!r}: it is in none of {', '.join(f'data/{split}' for split in there[:6])}.{hint}"
    )

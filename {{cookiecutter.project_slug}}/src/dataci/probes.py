"""Probes: rows made of test rows, to see whether a model holds what it says when a row is written otherwise.

Of two families: "robustness/<kind>-<strength>" (see dataci.perturbing) and "counterfactual/<name>", whose rows a
function of project/slices.py altered. A probe is a split like a model bug: it can be written as a file of data, and any
engine predicts it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from dataci import examples, perturbing
from dataci.config import Config
from dataci.errors import CannotRun
from dataci.examples import Examples
from dataci.perturbing import numeric, options, stream

ROBUSTNESS, COUNTERFACTUAL = "robustness", "counterfactual"
FAMILIES = {
    "robustness": ROBUSTNESS,
    "counterfactuals": COUNTERFACTUAL,
}  # by the part of a record that tells of them
VERSION = 1  # raise it when other rows are chosen
AT = "_row"  # a name that no column of a file can have

Change = Callable[[int], dict[str, str]]  # the position of a test row in, by column what its cells become out
Altered = dict[int, dict[str, str]]  # the same by position


class Probe(NamedTuple):
    """Rows to predict. ``examples``: as any engine reads them from a file. ``origins``: parallel, the ids of the test
    rows that they come from.
    """

    examples: Examples
    origins: tuple[str, ...]


def counted(of: Mapping[str, Any]) -> dict[str, int]:
    """Return how many rows a record counts of each probe that it tells of, by split."""
    return {
        f"{family}/{name}": entry["n"]
        for part, family in FAMILIES.items()
        for name, entry in of.get(part, {}).items()
    }


def is_probe(split: str) -> bool:
    """Tell whether a split of stored predictions is a probe."""
    return split.startswith(f"{ROBUSTNESS}/") or is_counterfactual(split)


def is_counterfactual(split: str) -> bool:
    """Tell whether a split of stored predictions is a counterfactual."""
    return split.startswith(f"{COUNTERFACTUAL}/")


def name_of(split: str) -> str:
    """Return the name of a probe without its family."""
    return split.partition("/")[2]


def identify(config: Config) -> str:
    """Return 12 hex digits that change when other probes would be made of the same test rows."""
    columns = config.columns
    roles = (columns.id, columns.label, columns.inputs, columns.text, columns.numeric, config.missing)
    told = [VERSION, perturbing.VERSION, options.read(config), roles, config.task]
    return hashlib.sha256(json.dumps(told).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def derive(config: Config, test: Examples, counterfactuals: Mapping[str, pl.DataFrame]) -> dict[str, Probe]:
    """Return the probes by the name of their split, in a fixed order.

    ``counterfactuals``: by name, all columns of the test rows with some cells altered, in the same order. A probe holds
    only rows of which an input really changed, ``rows`` at most, and labels as they were; one without any row is left
    out. Rows are chosen by the hash of their id: the same for every candidate, and most of them the same when test rows
    are added.
    """
    chosen = options.read(config)
    if not test.ids:
        return {}
    order = lottery(test.ids, chosen.seed)
    found = {}
    for split in splits(config, counterfactuals):
        altered = alterations(changer(config, test, split, counterfactuals), order, chosen.rows)
        if altered:
            found[split] = probe(config, test, altered)
    return found


def splits(config: Config, counterfactuals: Mapping[str, pl.DataFrame]) -> list[str]:
    """Return the names of all probes that there could be."""
    return [
        *(f"{ROBUSTNESS}/{name}" for name in options.read(config).names),
        *(f"{COUNTERFACTUAL}/{name}" for name in sorted(counterfactuals)),
    ]


def lottery(ids: Sequence[str], seed: int) -> list[int]:
    """Return the positions of the test rows in an order that depends on the id of each and nothing else."""
    drawn = [(stream.number("row", seed, name), name, at) for at, name in enumerate(ids)]
    return [at for *_, at in sorted(drawn)]


def alterations(change: Change, order: Sequence[int], rows: int) -> Altered:
    """Return the rows of one probe: the first of those in ``order`` that change at all."""
    found: Altered = {}
    for at in order:
        cells = change(at)
        if cells:
            found[at] = cells
            if len(found) == rows:
                break
    return found


def changer(
    config: Config, test: Examples, split: str, counterfactuals: Mapping[str, pl.DataFrame]
) -> Change:
    """Return what changes a row for the probe of this name."""
    if is_counterfactual(split):
        return counterfactual(config, test, counterfactuals[name_of(split)], split)
    return perturbation(config, test, split, options.read(config).seed)


def perturbation(config: Config, test: Examples, split: str, seed: int) -> Change:
    """Return what changes the row at a position of the test set in the way that the probe is named after.

    The random numbers of a cell depend on the seed, the kind, the strength, the id of the row and the column.
    """
    kind, _, strength = name_of(split).rpartition("-")
    numbers = kind in perturbing.NUMBERS
    names = config.columns.numeric if numbers else config.columns.text
    cells: dict[str, list[str]] = {name: test.rows[name].fill_null("").to_list() for name in names}
    lies = {name: spread(config, cells[name]) for name in names} if numbers else {}

    def changed(name: str, at: int) -> str:
        cell = cells[name][at]
        if absent(config, cell):
            return cell
        random = stream.Stream(seed, kind, strength, test.ids[at], name)
        if not numbers:
            new = perturbing.perturb(kind, cell, random, int(strength))
        else:
            new = numeric.noise(cell, random, int(strength), lies[name]) if numeric.is_number(cell) else cell
        return cell if absent(config, new) else new

    def change(at: int) -> dict[str, str]:
        row = {name: changed(name, at) for name in names}
        return {name: cell for name, cell in row.items() if cell != cells[name][at]}

    return change


def spread(config: Config, cells: Sequence[str]) -> numeric.Spread:
    """Return how the numbers of a column of the test set lie."""
    return numeric.spread(cell for cell in cells if not absent(config, cell) and numeric.is_number(cell))


def absent(config: Config, cell: str) -> bool:
    """Tell whether a cell means that there is no value."""
    return not cell or cell in config.missing


def counterfactual(config: Config, test: Examples, altered: pl.DataFrame, split: str) -> Change:
    """Return what gives the inputs of the row at a position that a function of project/slices.py altered, and its label
    where that is another one.

    CannotRun where it is no number in a numeric column. Columns that are neither stay.
    """
    inputs = set(config.columns.inputs)
    names = [name for name in (*config.columns.inputs, str(config.columns.label)) if name in altered.columns]
    before = {name: test.rows[name].fill_null("").to_list() for name in names}
    after = {name: altered[name].cast(pl.String).fill_null("").to_list() for name in names}
    for name in config.columns.numeric:
        for cell in after.get(name, ()):
            if not absent(config, cell) and not numeric.is_number(cell):
                raise CannotRun(
                    f"project/slices.py: {name_of(split)!r} makes {cell[:40]!r} of a cell of the numeric column "
                    f"{name!r}. Return a number there, or leave the column alone."
                )

    def change(at: int) -> dict[str, str]:
        cells = {name: after[name][at] for name in names if after[name][at] != before[name][at]}
        return cells if inputs & set(cells) else {}

    return change


def probe(config: Config, test: Examples, altered: Altered) -> Probe:
    """Return the test rows at the positions of ``altered`` with their cells changed, as if read from a file."""
    at = sorted(altered)
    rows = test.rows[at].select(pl.all().cast(pl.String).fill_null(""))
    for name in (*config.columns.inputs, str(config.columns.label)):
        cells = [altered[number].get(name, old) for number, old in zip(at, rows[name].to_list(), strict=True)]
        rows = rows.with_columns(pl.Series(name, cells, dtype=pl.String))
    rows = examples.ordered(rows.with_columns(pl.Series(AT, at, dtype=pl.UInt32)), config)
    places = rows[AT].to_list()
    clusters = tuple(test.clusters[number] for number in places) if test.clusters else ()
    made = examples.prepared(rows, config)._replace(clusters=clusters)
    return Probe(made, tuple(test.ids[number] for number in places))


def frame(of: Probe) -> pl.DataFrame:
    """Return the rows of a probe as a file of data holds them: every column as text, an empty cell where there is no
    value. Whoever reads that file gets ``of.examples`` (but for the clusters).
    """
    return of.examples.rows


def texts(
    config: Config,
    test: Examples,
    split: str,
    ids: Sequence[str],
    counterfactuals: Mapping[str, pl.DataFrame] = {},
) -> dict[str, dict[str, tuple[str, str]]]:
    """Return what a probe changed, to be shown: by id of the test row, by column, the cell before and after.

    Made again from the seed. An id that is no test row, or whose row does not change, is left out.
    """
    if split not in splits(config, counterfactuals):
        return {}
    change = changer(config, test, split, counterfactuals)
    at = {name: number for number, name in enumerate(test.ids)}
    found = {}
    for name in ids:
        cells = change(at[name]) if name in at else {}
        if cells:
            found[name] = {
                column: (test.rows[column][at[name]] or "", cell) for column, cell in cells.items()
            }
    return found

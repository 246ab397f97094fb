"""What was altered in the rows that a result judges otherwise, made again from the test rows.

Records hold the ids of such rows and no text; the rows are made of today's test rows by the seed in dataci.toml.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dataci import probes, slices
from dataci.dataset import TEST, Dataset
from dataci.errors import CannotRun

if TYPE_CHECKING:
    import polars as pl

    from dataci.comparison import Comparison
    from dataci.examples import Examples
    from dataci.reporters.behaviour import Texts


def texts(dataset: Dataset, found: Comparison) -> Texts | None:
    """Return by split and id the cells before and after, of the rows that B judges otherwise and that are listed.

    None where the working tree has not the rows, or not the ways to alter them, that B was measured on.
    """
    from dataci import examples
    from dataci.reporters import behaviour

    measured = found.b.record["test"]
    derived = str(measured.get("probes")).partition("-")[0]  # without the number of draws
    if measured["id"] != dataset.tree_id(TEST) or derived != probes.identify(dataset.config):
        return None
    wanted = behaviour.chosen(found, every=True)
    if not wanted:
        return None
    try:
        rows = examples.examples(dataset, TEST)
        told = {behaviour.split(part, probe): probe.worst for part, probe in wanted}
        asked = any(map(probes.is_counterfactual, told))
        exchanged = counterfactuals(dataset, rows, measured["slices"]) if asked else {}
        return {
            (split, name): cells
            for split, ids in told.items()
            for name, cells in probes.texts(dataset.config, rows, split, ids, exchanged).items()
        }
    except CannotRun:
        return None


def counterfactuals(dataset: Dataset, rows: Examples, measured: str | None) -> Mapping[str, pl.DataFrame]:
    """Return what project/slices.py makes of the test rows; nothing where it is not the one of the record."""
    root = dataset.config.root
    if measured is None or measured != slices.identify(root):
        return {}
    return slices.members(root, rows.rows).counterfactuals

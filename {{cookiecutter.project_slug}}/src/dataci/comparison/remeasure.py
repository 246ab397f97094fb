"""A result on today's rows, in memory: what was measured otherwise is evaluated again before it is compared.

Today is what lies in the working tree: the test set, the model bugs, the slices and [evaluation]. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable

from dataci import measuring, record
from dataci.comparison.sides import Side, settings
from dataci.dataset import BUGS, TEST, Dataset
from dataci.errors import CannotRun
from dataci.predictions import METHOD, Settings
from dataci.record import Record

CURE = "Run `dataci evaluate --all`, or leave --no-evaluate out"


def on_today(dataset: Dataset, side: Side, evaluate: bool, say: Callable[[str], None]) -> Side:
    """Return the result as it is on today's rows.

    What was measured otherwise is evaluated again: by today's settings where its predictions still hold, else with its
    own code (``rerun``), which may take its time: ``say`` is called with a sentence before. Where that is impossible,
    or not wanted (``evaluate``), the result is returned as recorded and ``stuck`` says why.
    """
    try:
        how = measuring.settings(dataset.config.evaluation, side.record)
        why = outdated(dataset, side, how)
        if not why:
            return side._replace(record={**side.record, "evaluation": record.evaluation(how)})
        if not evaluate:
            return side._replace(stuck=f"{side.name} {why}. {CURE}")
        return measured(dataset, side, how, say)
    except CannotRun as error:
        return side._replace(stuck=f"{side.name} cannot be evaluated on today's test set. {error}")


def outdated(dataset: Dataset, side: Side, how: Settings) -> str:
    """Say in what a result was measured otherwise than it would be today; "" when in nothing."""
    was, now = side.record["test"], measuring.place(dataset)
    if was["id"] != now["id"]:
        rows = f"{was['rows']:,} rows"
        return (
            f"was measured on another test set ({was['id'][:8]}, {rows}) than today's ({str(now['id'])[:8]})"
        )
    for name in (BUGS, "slices"):
        if was[name] != now[name]:
            return f"was measured on other {name} than today's"
    if was.get("group") != now.get("group"):
        return "was measured with other groups of rows than today's"
    if side.record["evaluation"]["method"] != METHOD:
        return "was measured by an engine that computes figures otherwise than today's"
    if settings(side.record)._replace(margin=how.margin) != how:
        return "was measured with other settings of [evaluation] than today's"
    return "" if side.predictions is not None else "has no stored predictions"


def measured(dataset: Dataset, side: Side, how: Settings, say: Callable[[str], None]) -> Side:
    """Evaluate a result again; what was recorded is kept beside it."""
    place, root = measuring.place(dataset), dataset.config.root
    predicted = side.predictions
    if not measuring.same_rows(side.record, place) or side.record["test"]["slices"] != place["slices"]:
        predicted = None  # of other rows
    if (
        predicted is not None
    ):  # [evaluation], the groups, or what is told of bugs differ: no model has to be asked
        predicted = measuring.still(side.record, place, predicted)
    if predicted is None:
        from dataci import rerun

        refuse_hopeless(dataset, side.record)
        say(f"Evaluating {side.record['tag']} on today's test set …")
        predicted = rerun.predictions_today(root, side.record)
    now = measuring.today(dataset)
    kept = measuring.stored(now, predicted, how)
    return side._replace(
        record=measuring.again(side.record, now, kept, how), predictions=kept, recorded=side.record
    )


def refuse_hopeless(dataset: Dataset, of: Record) -> None:
    """Refuse a candidate of which `dataci evaluate` has noted that today's test set is out of its reach."""
    noted = of.get("not_comparable")
    if noted and noted["test"] == dataset.tree_id(TEST):
        raise CannotRun(str(noted["reason"]))

"""dataci reproduce: a result built again from its commit, and what differs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from dataci import config as configuration
from dataci import dataset as data
from dataci import results
from dataci.dataset import TEST
from dataci.errors import CannotRun
from dataci.record import Record
from dataci.results import Source

if TYPE_CHECKING:
    from dataci.dataset import Dataset
    from dataci.predictions import Predictions, Settings
    from dataci.rerun import Ran

TOLERANCE = (
    0.002  # of a probability that is stored with three decimals: what a processor's last bits may move
)
RELATIVE = 0.001  # of a number that a regression predicts
SEARCHED = 200  # commits that touched the test set or a bug
VERSION = 1


class Answer(NamedTuple):
    """``word``: exact, tolerance or different. ``first``: the first difference, in words; "" where there is none.

    ``largest``: of the differences between two scores. ``metric``: what the new scores make of the primary one, in
    words, where they make another one.
    """

    word: str
    first: str = ""
    rows: int = 0
    largest: float = 0.0
    metric: str = ""


def run(root: Path, tag: str, format: str = "text") -> int:
    """Train a result again from its commit, in a worktree; return 0 when it is the same, 1 when it is not.

    CannotRun where it cannot be built: its commit, its test set or its environment cannot be had.
    """
    from dataci.commands import evaluate

    of = evaluate.pick(root, results.read_all(root)[0], tag)
    dataset = data.load(configuration.load(root))
    found = reproduce(dataset, of)
    if format == "json":
        click.echo(
            json.dumps({"version": VERSION, "tag": of["tag"], **found._asdict()}, indent=2, sort_keys=True)
        )
    else:
        click.echo(sentence(of, found))
    return 1 if found.word == "different" else 0


def sentence(of: Record, found: Answer) -> str:
    """Say the answer."""
    from dataci.reporters.escape import terminal

    first, metric = terminal(found.first), f" {found.metric}." if found.metric else ""
    if found.word == "exact":
        return f"Exact: {of['tag']} was trained again, and each of its {found.rows:,} stored predictions is the same."
    if found.word == "tolerance":
        largest = f"the largest difference is {found.largest:g}"
        return f"Within tolerance: {of['tag']} was trained again; {largest}. First: {first}.{metric}"
    return f"Different: {of['tag']} was trained again, and it is not the same. First difference: {first}.{metric}"


def reproduce(dataset: Dataset, of: Record) -> Answer:
    """Train a candidate again from its commit, on its own test set, and compare its predictions with those stored."""
    from dataci import checkout, measuring, probes, rerun, store
    from dataci.metrics import REGRESSION

    root = dataset.config.root
    kept = results.predictions(Source(root), of)
    if kept is None:
        lost = f"The predictions of {of['tag']} are lost, so there is nothing to compare with."
        raise CannotRun(f"{lost} `dataci evaluate {of['tag']}` makes them again.")
    with checkout.checked_out(dataset, of) as folder:
        put_tests_of(dataset, of, folder)
        python = checkout.python(root, of, folder)
        progress = (lambda line: click.echo(line, err=True)) if sys.stderr.isatty() else None
        url = store.open_store(dataset.config).url
        ran = rerun.run_folder(folder, url, python=python, fresh=True, progress=progress)
    different = other_identity(of, ran)
    if different:
        return Answer("different", different)
    how = measuring.settings(of["evaluation"], of)
    again = rounded(ran.predictions, how)
    kept = {name: whole(of, rows, how, name) for name, rows in kept.items()}
    plain = {
        name: rows for name, rows in kept.items() if not probes.is_probe(name)
    }  # rows as they were given
    found = compare(shown(plain, how), shown(again, how), how.metric in REGRESSION)
    untrue = other_figures(of, kept, how)
    if untrue and found.word != "different":
        return found._replace(word="different", first=untrue)
    return found._replace(metric=other_metric(of, kept, again, how)) if found.largest else found


def whole(of: Record, rows: Predictions, how: Settings, split: str) -> Predictions:
    """Return stored predictions with what their file cannot say: the other class, and slices that hold no row."""
    import numpy as np

    from dataci import measuring

    empty = {name: np.zeros(len(rows.ids), dtype=np.bool_) for name in of["slices"]} if split == TEST else {}
    return measuring.named(of, rows, how)._replace(slices={**empty, **rows.slices})


def shown(predicted: dict[str, Predictions], how: Settings) -> dict[str, Predictions]:
    """Return predictions with those scores only that are stored: of two classes that of the positive one."""
    if how.positive is None:
        return predicted
    at = {name: rows.classes.index(how.positive) for name, rows in predicted.items()}
    return {
        name: rows._replace(scores=rows.scores[:, at[name] : at[name] + 1])
        for name, rows in predicted.items()
    }


def other_metric(
    of: Record, kept: dict[str, Predictions], again: dict[str, Predictions], how: Settings
) -> str:
    """Say how the primary metric of the new scores differs from the recorded one; "" when it does not."""
    from dataci import evaluation, record

    test = again["test"]._replace(clusters=kept["test"].clusters)
    now = record.canonical(dict(evaluation.evaluate(test, {}, how)))["metrics"].get(how.metric, {})
    told = [side.get("value") for side in (of["metrics"].get(how.metric, {}), now)]
    return f"{how.metric} is {told[1]}, and was {told[0]}" if told[0] != told[1] else ""


def rounded(predicted: dict[str, Predictions], how: Settings) -> dict[str, Predictions]:
    """Return predictions as they are stored."""
    from dataci import predictions

    return {name: predictions.stored(rows, how) for name, rows in predicted.items()}


def other_figures(of: Record, kept: dict[str, Predictions], how: Settings) -> str:
    """Say which figure of a record does not follow from the predictions stored beside it; "" when all do."""
    from dataci import measuring, record
    from dataci.predictions import METHOD

    if of["evaluation"]["method"] != METHOD:
        return ""  # an engine of another time computed them in another way
    bugs = {f"bugs/{name}": record.told(bug) for name, bug in of["bugs"].items()}
    found = record.canonical(measuring.measured(bugs, kept, how))
    told_of = {name for name in measuring.BEHAVIOUR if name in of} - {
        "gates"
    }  # these are not computed from rows
    for name in ("metrics", *sorted({*found, *told_of})):
        told = first_difference(of.get(name), found.get(name), name)
        if told:
            return told
    return ""


def first_difference(was: Any, now: Any, where: str) -> str:
    """Say where two parts of a record differ first; "" where they do not."""
    if isinstance(was, dict) and isinstance(now, dict):
        inner = (
            first_difference(was.get(name), now.get(name), f"{where}.{name}") for name in sorted({*was, *now})
        )
        return next(filter(None, inner), "")
    if was == now:
        return ""
    told = [
        json.dumps(side, ensure_ascii=False)[:60] if side is not None else "nothing" for side in (was, now)
    ]
    return f"{where}: {told[0]} is recorded, and the stored predictions give {told[1]}"


def put_tests_of(dataset: Dataset, of: Record, folder: Path) -> None:
    """Give the checked-out folder the test set and bugs that the result was measured on.

    They are today's, those of its own commit, or those of the last commit that had them.
    """
    from dataci import checkout, git

    if same_tests(dataset, of):
        return  # today's were put there
    root = dataset.config.root
    later = git.history(root, None, "HEAD", ["data/test", "data/bugs"], limit=SEARCHED)
    own = checkout.commit_of(root, of)
    for commit in ([own] if own else []) + [found.id for found in later]:
        then = data.load(dataset.config, commit)
        if same_tests(then, of):
            checkout.put_tests(then, folder)
            return
    raise CannotRun(
        f"{of['tag']} was measured on a test set that is neither today's nor in the history of this branch. "
        f"Run `dataci evaluate {of['tag']}` first, which measures it on today's."
    )


def same_tests(dataset: Dataset, of: Record) -> bool:
    """Tell whether data/test and data/bugs are those that a result was measured on."""
    return all(dataset.tree_id(name) == of["test"][key] for name, key in (("test", "id"), ("bugs", "bugs")))


def other_identity(of: Record, ran: Ran) -> str:
    """Say in which part of its identity what was built differs; "" when in none."""
    told = {name: getattr(ran, name) for name in ("data", "code", "environment", "rows", "labels")}
    if told["data"] != of["data"]["id"]:
        return f"the training data have the id {told['data'][:8]}, not {of['data']['id'][:8]}"
    for name in sorted({*told["environment"], *of["environment"]}):
        was, now = of["environment"].get(name), told["environment"].get(name)
        if was != now:
            return f"{name} is {now or 'absent'}, and was {was or 'absent'}"
    if told["code"] != of["code"]["id"]:
        return f"the code has the id {told['code'][:8]}, not {of['code']['id'][:8]}"
    for name in ("rows", "labels"):
        if told[name] != of["data"][name]:
            return f"the {name} of the training data are {told[name]}, and were {of['data'][name]}"
    return ""


def compare(was: dict[str, Predictions], now: dict[str, Predictions], number: bool) -> Answer:
    """Compare stored predictions, row by row in their order."""
    import numpy as np

    rows = sum(len(found.ids) for found in was.values())
    if sorted(was) != sorted(now):
        only = sorted(set(was) ^ set(now))[0]
        return Answer("different", f"only one of them has predictions for {only}", rows)
    first, largest, far = "", 0.0, False
    for split in sorted(was, key=lambda name: (name != "test", name)):
        old, new = was[split], now[split]
        if old.ids != new.ids or old.labels != new.labels:
            return Answer("different", f"the rows of {split} are not the same", rows)
        gap = np.abs(old.scores - new.scores).max(axis=1)
        scale = np.abs(old.scores).max(axis=1) * RELATIVE if number else TOLERANCE
        far = far or bool((gap > scale + 1e-9).any())
        largest = max(largest, float(gap.max(initial=0.0)))
        at = np.flatnonzero(gap > 0)
        if len(at) and not first:
            column = int(np.abs(old.scores[at[0]] - new.scores[at[0]]).argmax())
            before, after = old.scores[at[0], column], new.scores[at[0], column]
            first = f"{split}, row {old.ids[at[0]]}: {before:g} is stored, {after:g} was found now"
    if not first:
        return Answer("exact", "", rows)
    return Answer("different" if far else "tolerance", first, rows, round(largest, 6))

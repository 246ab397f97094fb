"""Which batch did it: what the old model makes of each new batch, and what the new one would be without it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from dataci import attribution, examples, git
from dataci import config as configuration
from dataci.attribution import Batch, Batches, Estimate, Row, batches, corners, inquiry
from dataci.attribution.batches import Cuts
from dataci.attribution.corners import Ran, Recipe
from dataci.attribution.inquiry import Case, Findings
from dataci.dataset import Dataset
from dataci.errors import CannotRun
from dataci.predictions import Predictions


def question(case: Case, found: Findings, most: int) -> Batches | None:
    """Rank the batches that B's training data have more than A's; train B without each of the first ``most``.

    None when no training row differs, and when A or B could not be run.
    """
    cuts = batches.cut(case.kitchen.config, *case.ends)
    if not cuts.found or found.old is None:
        return None
    seen, reason = look(case, cuts)
    order, against = batches.ranked(cuts, seen, found.old)
    gains = leave_out(case, found, cuts, [at for at, _, _ in order[:most]])
    worst = next((at for at, loss, _ in order if loss is not None), None)
    rows = surprising(case, cuts, worst, seen) if worst is not None else ()
    listed = tuple(
        batch(cuts, at, loss, z, gains.get(at))._replace(surprising=rows if at == worst else ())
        for at, loss, z in order
    )
    return Batches(cuts.by, against, listed, " ".join(filter(None, (cuts.reason, reason))) or None)


def look(case: Case, cuts: Cuts) -> tuple[dict[str, Predictions], str | None]:
    """Return what the old model predicts for each batch, by split; or nothing, and why."""
    shown = batches.shown(cuts)
    if not shown:
        return {}, None
    answer = inquiry.run(
        case, {"batches": old_recipe(case, shown)}, {"batches": "A, asked about the new rows"}
    )
    ran = answer["batches"]
    if isinstance(ran, CannotRun):
        return {}, f"The old model cannot judge the new rows: {ran}"
    splits = {batches.split(at) for at in range(len(cuts.found))}
    return {name: found for name, found in ran.predictions.items() if name in splits}, None


def old_recipe(case: Case, shown: tuple[tuple[str, bytes], ...]) -> Recipe:
    """Return A with the batches beside the bugs."""
    return inquiry.recipe(case, attribution.FACTORS, 0)._replace(extra=shown)


def leave_out(
    case: Case, found: Findings, cuts: Cuts, chosen: list[int]
) -> dict[int, tuple[float | None, Estimate | None, str | None]]:
    """Train B without each of the chosen batches; return its metric, the gain over B, or why there is none."""
    if found.new is None:
        return {}
    recipe = inquiry.recipe(case, (), 0)
    wanted = {at: recipe._replace(train=cuts.found[at].without) for at in chosen}
    answers = inquiry.run(case, wanted, {at: f"B without {cuts.found[at].name}" for at in chosen})
    return {at: gain(case, found.new, answer) for at, answer in answers.items()}


def gain(
    case: Case, new: Predictions, answer: Ran | CannotRun
) -> tuple[float | None, Estimate | None, str | None]:
    """Compare B without a batch with B, on the same rows."""
    if isinstance(answer, CannotRun):
        return None, None, str(answer)
    failed: dict[int, str] = {}
    test = inquiry.place(case, {0: answer}, failed).get(0)
    why = failed.get(0) or inquiry.obstacle(test or new, case.how)
    if why or test is None:
        return None, None, why
    drawn = inquiry.measured([new, test], case.how)
    _, after, effect = attribution.gap(*drawn)
    return after, effect, None


def batch(
    cuts: Cuts,
    at: int,
    loss: float | None,
    z: float | None,
    gained: tuple[float | None, Estimate | None, str | None] | None,
) -> Batch:
    """Describe a batch."""
    without, effect, reason = gained or (None, None, None)
    cut = cuts.found[at]
    figures = [None if value is None else round(value, 4) for value in (loss, z)]
    return Batch(cut.name, cut.size, figures[0], figures[1], without, effect, reason)


def surprising(case: Case, cuts: Cuts, at: int, seen: Mapping[str, Predictions]) -> tuple[Row, ...]:
    """Return the rows of a batch that surprise the old model most, with file and line."""
    split = batches.split(at)
    path, data = batches.file(at), batches.as_csv(cuts.found[at].rows)
    with tempfile.TemporaryDirectory(prefix="dataci-") as folder:
        (Path(folder) / path).parent.mkdir(parents=True)
        (Path(folder) / path).write_bytes(data)
        config = configuration.parse(corners.settings(old_recipe(case, ())), Path(folder))
        entries = [git.Entry(path, git.FILE, git.blob_id(data))]
        rows = examples.examples(Dataset(config, git.WORKTREE, entries), split)
    return batches.surprising(seen[split], rows, config.columns.inputs)

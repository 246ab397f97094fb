"""Simulates test sets, and counts how often gates refuse a candidate that is honest, and one that is not.

    python benchmarks/gates.py [--trials 400] [--rows 200,1000]

In each trial a test set is drawn and measured as in a record, and judged by all gates at once: gaps in recall and
accuracy between four groups and of a slice against the rest, six kinds of perturbation, two counterfactuals,
calibration. *Honest*: no gap, calibrated, half as many flips as are allowed. *At the limits*: the gap in recall, the
flips and the calibration error are just what is allowed, so that every alarm is false, and there are as many as there
can be. *Gap*, *flips*, *overconfident*:
one thing lies beyond (a gap in recall of .3 between two halves where .1 is allowed; flips of one kind of .35 where .2
is allowed; scores three times as sure as they may be); counted is how often its own gate fails. In clusters two rows
are about the same text: they share what the model sees, and turn together.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "{{cookiecutter.project_slug}}" / "src"))

from dataci import fairness, gates, robustness, uncertainty
from dataci.metrics import Array
from dataci.predictions import Predictions, Settings, stored

GAP, FLIPS, EXCHANGED, ERROR = 0.1, 0.2, 0.1, 0.05
WANTED = {
    "fairness": {"recall": GAP, "accuracy": GAP},
    "robustness": FLIPS,
    "counterfactual": EXCHANGED,
    "calibration": ERROR,
}
HOW = Settings("accuracy", "1", 0.5, gates=WANTED)
KINDS, NAMES = tuple(f"case-{at}" for at in range(6)), ("names", "dialect")
PROBED = 200  # rows
SEPARATION = 2.0  # of what the model sees, in logits
RECALL = 0.778  # what that gives
CROOKED = 1.18  # how sure makes an error of ERROR, together with a gap of GAP


class World(NamedTuple):
    """How a candidate behaves: how much recall the second half of the groups lacks, how much surer than it may be it
    is, and how often a perturbation (one of them: ``worst``) and an exchange turn a prediction.
    """

    gap: float = 0.0
    sure: float = 1.0
    flips: float = FLIPS / 2
    worst: float = FLIPS / 2
    exchanged: float = EXCHANGED / 2


WORLDS = {
    "honest": (World(), None),
    "at the limits": (World(GAP, CROOKED, FLIPS, FLIPS, EXCHANGED), None),
    "gap": (World(gap=0.3), "fairness/half/recall"),
    "flips": (World(worst=0.35), "robustness/case-0"),
    "overconfident": (World(sure=3.0), "calibration"),
}


class Row(NamedTuple):
    """What the trials of one world at one size gave: the share that any gate refused, and that the own gate refused."""

    world: str
    rows: int
    clustered: bool
    any: float
    own: float | None


def model(generator: np.random.Generator, rows: int, clustered: bool, world: World) -> Predictions:
    """Draw a test set, and what the candidate says of it."""
    codes = np.arange(rows) // 2 if clustered else np.arange(rows)
    units = int(codes[-1]) + 1
    seen = SEPARATION * generator.normal(size=units)
    truth = generator.random(units) < 1 / (1 + np.exp(-seen))
    group = generator.integers(0, 4, units)
    lost = (group >= 2) & truth & (generator.random(units) < world.gap / RECALL)
    score = 1 / (1 + np.exp(-world.sure * np.where(lost, -1.0, seen)))
    truth, group, score = truth[codes], group[codes], score[codes]
    slices = {f"service={name}": group == at for at, name in enumerate("abcd")} | {"half": group >= 2}
    labels = np.where(truth, "1", "0").tolist()
    clusters = tuple(map(str, codes)) if clustered else ()
    ids = [f"r{at}" for at in range(rows)]
    scores = np.column_stack([1 - score, score])
    return stored(Predictions(ids, labels, ["0", "1"], scores, clusters, slices), HOW)


def altered(generator: np.random.Generator, test: Predictions, share: float) -> Predictions:
    """Return the first rows, of which a share turns."""
    part = test.cut(range(min(PROBED, len(test.ids))))._replace(slices={})
    codes = np.arange(len(part.ids)) // (2 if part.clusters else 1)
    turns: Array = (generator.random(int(codes[-1]) + 1) < share)[codes]
    return part._replace(scores=np.where(turns[:, None], part.scores[:, ::-1], part.scores))


def failing(generator: np.random.Generator, rows: int, clustered: bool, world: World) -> list[str]:
    """Return the gates that a candidate fails in one trial."""
    test = model(generator, rows, clustered, world)
    shares = {name: world.worst if name == KINDS[0] else world.flips for name in KINDS}
    kinds = {f"robustness/{name}": altered(generator, test, share) for name, share in shares.items()}
    names = {f"counterfactual/{name}": altered(generator, test, world.exchanged) for name in NAMES}
    found: dict[str, Any] = {
        "evaluation": {"minimum": HOW.minimum, "gates": WANTED},
        "test": {"rows": rows},
        "slices": {},
        "bugs": {},
        "fairness": fairness.measure(test, HOW),
        "robustness": robustness.measure(test, kinds, HOW),
        "counterfactuals": robustness.measure(test, names, HOW),
        "uncertainty": uncertainty.measure(test, HOW),
    }
    return gates.failed({"gates": gates.judge(found, None)})


def simulate(sizes: list[int], trials: int, only: tuple[str, ...] = tuple(WORLDS)) -> list[Row]:
    """Return the figures of every world (or of ``only``) at every size, on single rows and in clusters."""
    found = []
    for name in only:
        world, own = WORLDS[name]
        for rows in sizes:
            for clustered in (False, True):
                generator = np.random.default_rng(rows + clustered)
                failed = [failing(generator, rows, clustered, world) for _ in range(trials)]
                alarms = sum(map(bool, failed)) / trials
                caught = sum(own in names for names in failed) / trials if own else None
                found.append(Row(name, rows, clustered, alarms, caught))
    return found


def table(found: list[Row]) -> str:
    """Return the figures as a Markdown table."""
    lines = [
        "| candidate | rows | clusters | refused by any gate | by its own |",
        "|---|--:|---|--:|--:|",
    ]
    for row in found:
        shares = ["" if share is None else f"{100 * share:.1f} %" for share in (row.any, row.own)]
        clusters = "pairs" if row.clustered else ""
        lines.append(f"| {row.world} | {row.rows:,} | {clusters} | {' | '.join(shares)} |")
    return "\n".join(lines)


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--trials", type=int, default=400)
    parser.add_argument("--rows", default="200,1000")
    given = parser.parse_args()
    found = simulate([int(size) for size in given.rows.split(",")], given.trials)
    print(f"{given.trials:,} trials each.\n\n{table(found)}")


if __name__ == "__main__":
    main()

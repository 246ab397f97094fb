"""Simulates test sets, and counts how often intervals and verdicts say what is so.

    python benchmarks/simulate.py [--trials 1000] [--rows 40,100,1000]

In each trial a test set is drawn from a known population, and two candidates score it. *Coverage*: how often the 95 %
interval of a metric holds its true value. *False alarms*: how often "better" or "worse" is said of two candidates that
are equally good. *Coverage of the difference*: of two candidates of which one is better. *Power*: how often that is
said. The true values are those of a sample of a million rows.

The population: 40 % positives (rare ones: 10 %); a candidate's score is the truth, seen through noise, half of which is
the same for both candidates (a hard row is hard for both). Of a regression: a skewed label, and errors whose size
differs by row. In clusters (rows about the same text) one row in two repeats the noise of the row before.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "{{cookiecutter.project_slug}}" / "src"))

from dataci import figures, paired
from dataci.metrics import Array
from dataci.predictions import Predictions, Settings

BINARY = ("roc_auc", "average_precision", "f1", "accuracy", "log_loss", "brier")
MULTICLASS = ("macro_f1",)
REGRESSION = ("rmse", "mae", "r2")
SIGNAL, BETTER = (
    1.0,
    1.3,
)  # how far apart the classes lie, in standard deviations of the noise; of the better candidate
POPULATION = 1_000_000
FEWEST = 100  # rows of which one in ten is positive; of 40 there would be 4


class Row(NamedTuple):
    """What the trials of one metric at one size gave; shares of all trials."""

    metric: str
    population: str
    rows: int
    clustered: bool
    covered: float
    alarms: float
    covered_difference: float
    power: float


def noise(generator: np.random.Generator, rows: int, clustered: bool) -> tuple[Array, Array, Array]:
    """Return the noise that both candidates see, that of each, and the clusters; shape (rows,), (2, rows), (rows,)."""
    codes = np.arange(rows) // 2 if clustered else np.arange(rows)
    shared, own = generator.normal(size=rows), generator.normal(size=(2, rows))
    return shared[codes], own[:, codes], codes


def squash(values: Array) -> Array:
    """Return probabilities as they are stored."""
    return np.asarray(np.round(1 / (1 + np.exp(-values)), 3))


def named(codes: Array, clustered: bool) -> tuple[str, ...]:
    """Return the names of the clusters."""
    return tuple(map(str, codes)) if clustered else ()


def rare(generator: np.random.Generator, rows: int, signals: Array, clustered: bool) -> list[Predictions]:
    """Draw a test set of two classes, one row in ten positive."""
    return binary(generator, rows, signals, clustered, 0.1)


def binary(
    generator: np.random.Generator, rows: int, signals: Array, clustered: bool, positive: float = 0.4
) -> list[Predictions]:
    """Draw a test set of two classes, and what two candidates say of it."""
    shared, own, codes = noise(generator, rows, clustered)
    truth = generator.random(rows) < positive
    found = []
    for number in (0, 1):
        seen = signals[number] * (truth - 0.5) * 2 + (shared + own[number]) / math.sqrt(2)
        score = squash(1.2 * seen - 0.4)
        labels = np.where(truth, "1", "0").tolist()
        scores = np.column_stack([np.round(1 - score, 3), score])
        found.append(Predictions([""] * rows, labels, ["0", "1"], scores, named(codes, clustered)))
    return found


def multiclass(
    generator: np.random.Generator, rows: int, signals: Array, clustered: bool
) -> list[Predictions]:
    """Draw a test set of three classes."""
    codes = np.arange(rows) // 2 if clustered else np.arange(rows)
    shared, own = generator.normal(size=(rows, 3))[codes], generator.normal(size=(2, rows, 3))[:, codes]
    truth = generator.choice(3, size=rows, p=[0.5, 0.3, 0.2])
    found = []
    for number in (0, 1):
        seen = np.exp(signals[number] * np.eye(3)[truth] * 1.5 + (shared + own[number]) / math.sqrt(2))
        scores = np.round(seen / seen.sum(axis=1, keepdims=True), 3)
        labels = [str(label) for label in truth]
        found.append(Predictions([""] * rows, labels, ["0", "1", "2"], scores, named(codes, clustered)))
    return found


def regression(
    generator: np.random.Generator, rows: int, signals: Array, clustered: bool
) -> list[Predictions]:
    """Draw a test set of numbers."""
    shared, own, codes = noise(generator, rows, clustered)
    truth = generator.gamma(4.0, 1.0, size=rows)
    size = 0.5 + generator.random(rows)
    found = []
    for number in (0, 1):
        predicted = truth + size * (shared + own[number]) / signals[number]
        labels = [repr(float(value)) for value in truth]
        found.append(Predictions([""] * rows, labels, [], predicted[:, None], named(codes, clustered)))
    return found


def worlds() -> dict[str, tuple[tuple[str, ...], object]]:
    """Return the populations, with the metrics that fit."""
    return {
        "two classes": (BINARY, binary),
        "rare positives": (("roc_auc", "f1"), rare),
        "three classes": (MULTICLASS, multiclass),
        "numbers": (REGRESSION, regression),
    }


def trials(
    draw: object, metrics: tuple[str, ...], rows: int, count: int, clustered: bool, name: str = ""
) -> list[Row]:
    """Run the trials of one population at one size."""
    generator = np.random.default_rng(rows + clustered)
    hows = {name: Settings(name, "1" if draw in (binary, rare) else None, 0.5) for name in metrics}
    equal, unequal = np.array([SIGNAL, SIGNAL]), np.array([SIGNAL, BETTER])
    large = draw(np.random.default_rng(1), POPULATION, unequal, False)  # type: ignore[operator]
    true = {metric: [paired.figure(metric, side, hows[metric]) for side in large] for metric in metrics}
    hits = {metric: np.zeros(4) for metric in metrics}
    for _ in range(count):
        same = draw(generator, rows, equal, clustered)  # type: ignore[operator]
        other = draw(generator, rows, unequal, clustered)  # type: ignore[operator]
        for metric, how in hows.items():
            hits[metric] += one(metric, how, same, other, true[metric])
    return [Row(metric, name, rows, clustered, *(hits[metric] / count).tolist()) for metric in metrics]


def one(
    name: str, how: Settings, same: list[Predictions], other: list[Predictions], true: list[float]
) -> Array:
    """Judge one trial: covered, false alarm, difference covered, difference found."""
    measured = figures.measure(name, same[0], how)
    covered = "value" in measured and measured["low"] <= true[0] <= measured["high"]
    null, real = (paired.difference(name, pair[0], pair[1], how, how) for pair in (same, other))
    return np.array([covered, null.significant, real.low <= true[1] - true[0] <= real.high, real.significant])


def table(found: list[Row]) -> str:
    """Return the figures as a Markdown table."""
    lines = [
        "| metric | population | rows | clusters | coverage | false alarms | coverage of the difference | power |",
        "|---|---|--:|---|--:|--:|--:|--:|",
    ]
    for row in found:
        shown = [f"{value:.1%}".replace("%", " %") for value in row[4:]]
        lines.append(
            f"| `{row.metric}` | {row.population} | {row.rows:,} | {'pairs' if row.clustered else ''} "
            f"| {' | '.join(shown)} |"
        )
    return "\n".join(lines)


def simulate(sizes: list[int], count: int, only: tuple[str, ...] = (), clusters: bool = True) -> list[Row]:
    """Return the figures of every metric (or of ``only``) at every size, on single rows and in clusters."""
    found = []
    for name, (metrics, draw) in worlds().items():
        chosen = tuple(metric for metric in metrics if not only or metric in only)
        for rows in sizes if chosen else []:
            if draw is rare and rows < FEWEST:
                continue
            for clustered in (False, True) if clusters else (False,):
                found += trials(draw, chosen, rows, count, clustered, name)
    return found


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--rows", default="40,100,1000")
    parser.add_argument("--metric", action="append", default=[])
    given = parser.parse_args()
    found = simulate([int(size) for size in given.rows.split(",")], given.trials, tuple(given.metric))
    print(f"{given.trials:,} trials each.\n\n{table(found)}")


if __name__ == "__main__":
    main()

"""Intervals and verdicts hold what they say: counted on test sets drawn from a known population."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).resolve().parent.parent / "benchmarks"
TRIALS = 1000
ALARMS = 0.05 + 0.02  # the level, and two points for chance in a thousand trials
COVERED = (0.93, 0.985)  # exact methods may hold more than they promise where there are few rows
CHEAP = ("roc_auc", "f1", "accuracy", "log_loss", "macro_f1", "mae")


@pytest.fixture(autouse=True)
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tests import the benchmark."""
    monkeypatch.syspath_prepend(str(FOLDER))


@pytest.mark.parametrize("rows", [40, 100])
def test_who_is_equally_good_is_rarely_called_better(rows: int) -> None:
    import simulate

    for found in simulate.simulate([rows], TRIALS, CHEAP, clusters=False):
        if (
            found.population == "rare positives"
        ):  # ten of a hundred rows: the intervals are known to be short there
            assert found.alarms <= ALARMS, found
            continue
        assert found.alarms <= ALARMS, found
        assert COVERED[0] <= found.covered <= COVERED[1], found
        assert COVERED[0] - 0.01 <= found.covered_difference <= 0.995, found


def test_a_thousand_rows_find_a_difference_and_raise_no_alarm() -> None:
    import simulate

    for found in simulate.simulate([1000], 300, ("roc_auc", "accuracy"), clusters=False):
        assert found.power > 0.95, found
        assert found.alarms <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300), found


def test_clusters_that_are_overlooked_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault that the test above must see: rows that repeat one another, counted as if each stood alone."""
    import simulate

    monkeypatch.setattr(simulate, "noise", repeated(simulate.noise))
    fair = simulate.trials(simulate.binary, ("brier",), 100, 400, True)[0]
    assert fair.alarms <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)
    monkeypatch.setattr(simulate, "named", lambda codes, clustered: ())
    blind = simulate.trials(simulate.binary, ("brier",), 100, 400, True)[0]
    assert blind.alarms > 0.1


def repeated(noise: object) -> object:
    """Return noise that repeats itself five times over, not twice."""

    def drawn(generator: np.random.Generator, rows: int, clustered: bool) -> object:
        codes = np.arange(rows) // 5 if clustered else np.arange(rows)
        shared, own = generator.normal(size=rows), generator.normal(size=(2, rows))
        return shared[codes], own[:, codes], codes

    return drawn


def test_gates_leave_the_honest_alone_and_catch_the_others() -> None:
    """At the limits every alarm is false; in clusters as well as alone."""
    import gates

    allowed = 0.05 + 2 * np.sqrt(0.05 * 0.95 / 40)
    for found in gates.simulate([1000], 40, ("at the limits", "gap")):
        if found.own is None:
            assert found.any <= allowed, found
        elif not found.clustered:
            assert found.own > 0.8, found

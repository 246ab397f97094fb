"""Gates on real measurements: an honest model is left alone, a dishonest one is caught."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dataci import fairness, gates, robustness, uncertainty
from dataci.metrics import Array
from dataci.predictions import Predictions, Settings, stored
from dataci.record import Record

TRIALS = 200
ALLOWED = (
    16  # of 200: what a level of 5 % gives with two standard errors of 200 trials, .05 + 2 √(.05 · .95 / 200)
)
WANTED = {
    "fairness": {"recall": 0.1, "accuracy": 0.1},
    "robustness": 0.2,
    "counterfactual": 0.1,
    "calibration": 0.05,
}
KINDS = 6


def how(wanted: dict[str, Any]) -> Settings:
    """Return settings with these gates."""
    return Settings("roc_auc", "1", 0.5, gates=wanted)


def model(seed: int, rows: int = 1000, sure: float = 1.0, deaf: float = 0.0) -> Predictions:
    """Return what a model says of rows of two groups. ``sure``: its scores are so much surer than they may be (1:
    calibrated). ``deaf``: of how many positives in the group b it knows nothing.
    """
    generator = np.random.default_rng(seed)
    seen = 2 * generator.normal(size=rows)
    truth = generator.random(rows) < 1 / (1 + np.exp(-seen))
    a = generator.random(rows) < 0.5
    seen = np.where(~a & truth & (generator.random(rows) < deaf), -1.0, seen)
    score = 1 / (1 + np.exp(-sure * seen))
    labels = ["1" if one else "0" for one in truth]
    slices = {"service=a": a, "service=b": ~a}
    ids = [f"r{at:04d}" for at in range(rows)]
    found = Predictions(ids, labels, ["0", "1"], np.column_stack([1 - score, score]), (), slices)
    return stored(found, how({}))


def altered(test: Predictions, share: float, generator: np.random.Generator, rows: int = 200) -> Predictions:
    """Return the first rows as they are predicted when altered: each one turns with the chance ``share``."""
    part = test.cut(range(rows))._replace(slices={})
    turns: Array = generator.random(rows) < share
    return part._replace(scores=np.where(turns[:, None], part.scores[:, ::-1], part.scores))


def measured(test: Predictions, flips: float, seed: int, wanted: dict[str, Any] | None = None) -> Record:
    """Return what gates read of a record, measured in earnest."""
    generator, settings = np.random.default_rng([seed, 1]), how(WANTED if wanted is None else wanted)
    kinds = {f"robustness/case-{at}": altered(test, flips, generator) for at in range(KINDS)}
    names = {f"counterfactual/{name}": altered(test, flips / 2, generator) for name in ("names", "dialect")}
    return {
        "evaluation": {"minimum": 20, "gates": dict(settings.gates)},
        "test": {"rows": len(test.ids)},
        "slices": {},
        "bugs": {},
        "fairness": fairness.measure(test, settings),
        "robustness": robustness.measure(test, kinds, settings),
        "counterfactuals": robustness.measure(test, names, settings),
        "uncertainty": uncertainty.measure(test, settings),
    }


def failing(of: Record) -> list[str]:
    """Return the gates that a record fails."""
    return gates.failed({"gates": gates.judge(of, None)})


def test_an_honest_model_is_refused_no_more_often_than_is_said() -> None:
    """Eleven gates at once: no gap, calibrated, and flips that lie just at the limit, where most alarms are."""
    alarms = [seed for seed in range(TRIALS) if failing(measured(model(seed), 0.2, seed))]
    assert len(gates.judge(measured(model(0), 0.2, 0), None)) == 11 + 1, "and the slices"
    assert len(alarms) <= ALLOWED, alarms


def test_a_planted_gap_fails_in_nine_of_ten_test_sets() -> None:
    """.3 of recall at a limit of .1, in 1,000 rows, with all gates on."""
    found = [measured(model(seed, deaf=0.385), 0.1, seed) for seed in range(100)]
    gaps = [of["fairness"]["service"]["recall"]["gap"] for of in found]
    assert np.mean(gaps) == pytest.approx(0.3, abs=0.015)
    caught = ["fairness/service/recall" in failing(of) for of in found]
    assert np.mean(caught) > 0.9


@pytest.mark.parametrize(
    ("sure", "flips", "expected"),
    [
        (1.0, 0.05, set()),
        (4.0, 0.05, {"calibration"}),
        (
            1.0,
            0.5,
            {f"robustness/case-{at}" for at in range(KINDS)}
            | {"counterfactual/names", "counterfactual/dialect"},
        ),
    ],
    ids=["honest", "overconfident", "fragile"],
)
def test_each_fault_fails_its_own_gate_and_no_other(sure: float, flips: float, expected: set[str]) -> None:
    assert set(failing(measured(model(3, sure=sure), flips, 3))) == expected

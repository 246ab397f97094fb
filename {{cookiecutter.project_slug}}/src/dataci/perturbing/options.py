"""The table [evaluation.robustness] of dataci.toml: which rows are perturbed, and in which ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn

from dataci import config as settings
from dataci import perturbing
from dataci.config import Config
from dataci.errors import CannotRun

ROWS = 200
MOST = 1_000_000
WHERE = "[evaluation.robustness]"


class Options(NamedTuple):
    """What [evaluation.robustness] says: ``rows`` of each kind at most, the ``kinds``, and the seed."""

    enabled: bool
    rows: int
    kinds: tuple[str, ...]
    seed: int

    @property
    def names(self) -> list[str]:
        """The kinds with their strengths: "keyboard-1", "keyboard-2" …; empty where they are switched off."""
        kinds = self.kinds if self.enabled else ()
        return [f"{kind}-{strength}" for kind in kinds for strength in perturbing.STRENGTHS[kind]]


def read(config: Config) -> Options:
    """Read [evaluation.robustness]; CannotRun says what would be right."""
    raw: Mapping[str, Any] = config.evaluation.get("robustness", {})
    enabled, rows, seed = raw.get("enabled", True), raw.get("rows", ROWS), raw.get("seed", 0)
    if not isinstance(enabled, bool):
        settings.wrong(f"{WHERE} enabled", "must be true or false, without quotes")
    settings.whole(rows, 1, MOST, f"{WHERE} rows")
    settings.whole(seed, 0, 2**32 - 1, f"{WHERE} seed")
    return Options(enabled, rows, kinds(config, raw), seed)


def kinds(config: Config, raw: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the kinds of perturbation: as configured, or all that have a column to change."""
    fitting = [*(perturbing.TEXTS if config.columns.text else ())]
    fitting += perturbing.NUMBERS if config.columns.numeric else ()
    if "kinds" not in raw:
        return tuple(fitting)
    given = settings.names(raw, "kinds", WHERE)
    for name in given:
        if name not in perturbing.STRENGTHS:
            refuse(f"names {name!r}; known: {', '.join(perturbing.STRENGTHS)}")
        if name not in fitting:
            what = "numeric" if name in perturbing.NUMBERS else "text"
            refuse(f"names {name!r}, but [columns] names no {what} column. Remove it, or name one")
    if not given:
        refuse("is empty. To have no perturbed rows write enabled = false")
    return given


def refuse(what: str) -> NoReturn:
    """Refuse the kinds that were asked for."""
    raise CannotRun(f"dataci.toml: {WHERE} kinds {what}.")

"""dataci.toml: the columns and their roles, the settings of the checks, of training and of evaluation."""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from dataci.errors import CannotRun

FILE = "dataci.toml"
VERSION = 1
COLUMNS = ("id", "label", "text", "symmetric", "numeric", "categorical", "group", "time", "source")
SECTIONS = ("version", "columns", "files", "checks", "train", "evaluation", "delivery")
FILES = ("missing",)
TRAIN = ("seed", "params", "task", "world_size")
EVALUATION = (
    *("metric", "direction", "positive", "threshold", "margin", "rule", "costs", "minimum"),
    *("robustness", "uncertainty", "gates"),
)
NESTED = {  # tables below [evaluation]
    "costs": ("false_positive", "false_negative"),
    "robustness": ("enabled", "rows", "kinds", "seed"),
    "uncertainty": ("draws",),
    "gates": ("closed_bugs", "slices", "fairness", "robustness", "counterfactual", "calibration"),
}
DELIVERY = ("store", "results", "preview")
PUSH, PULL_REQUEST = "push", "pull-request"
PREVIEW = 120  # seconds
CLASSIFICATION, REGRESSION = "classification", "regression"


@dataclass(frozen=True)
class Columns:
    """The role of each column. Columns that have no role are kept and judged by the schema, but not used."""

    id: str | None = None
    label: str | None = None
    text: tuple[str, ...] = ()
    symmetric: bool = False
    numeric: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    group: str | None = None
    time: str | None = None
    source: str | None = None

    @property
    def inputs(self) -> tuple[str, ...]:
        """The columns that a model may look at."""
        return (*self.text, *self.numeric, *self.categorical)

    @property
    def named(self) -> tuple[str, ...]:
        """Every column that has a role, each once."""
        single = (self.id, self.label, self.group, self.time, self.source)
        return tuple(dict.fromkeys([*(name for name in single if name), *self.inputs]))


@dataclass(frozen=True)
class Config:
    """The project's settings. ``root`` is the folder that holds dataci.toml."""

    root: Path
    columns: Columns = field(default_factory=Columns)
    missing: tuple[str, ...] = ()
    checks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    train: Mapping[str, Any] = field(default_factory=dict)
    evaluation: Mapping[str, Any] = field(default_factory=dict)
    delivery: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""

    @property
    def task(self) -> str:
        """What is learned: "classification", or "regression" (the label is a number)."""
        return str(self.train.get("task", CLASSIFICATION))

    @property
    def world_size(self) -> int:
        """How many processes train together."""
        return int(self.train.get("world_size", 1))

    @property
    def proposes(self) -> bool:
        """Whether results come back by a pull request, and not by a push."""
        return str(self.delivery.get("results", PUSH)) == PULL_REQUEST

    @property
    def preview(self) -> int:
        """How many seconds a training may take that shows what a pull request would change; 0: there is none."""
        return int(self.delivery.get("preview", PREVIEW))


def find_root(start: Path) -> Path:
    """Return the nearest folder at or above ``start`` that holds dataci.toml; CannotRun when there is none."""
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder
    raise CannotRun(
        f"There is no {FILE} here or above. Run dataci inside a project, or name one: dataci -C DIR …"
    )


def load(root: Path) -> Config:
    """Read ``root``/dataci.toml; CannotRun for a missing or malformed file, with the place and the cure."""
    path = root / FILE
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise CannotRun(f"There is no {FILE} in this project. `dataci init DATA` writes one.") from None
    except UnicodeDecodeError:
        raise CannotRun(f"{FILE} is not UTF-8 text. Save it as UTF-8.") from None
    return parse(text, root)


def parse(text: str, root: Path) -> Config:
    """Parse the text of a dataci.toml; CannotRun says which key is wrong and what would be right."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CannotRun(f"{FILE} is not valid TOML: {error}. Mend that place and run again.") from None
    known(raw, SECTIONS, FILE)
    version = raw.get("version", VERSION)
    if version != VERSION:
        wrong("version", f"is {version!r}; this engine reads {VERSION}. Update the engine (cruft update)")
    sections = {name: table(raw, name) for name in SECTIONS[1:]}
    files = sections["files"]
    known(files, FILES, "[files]")
    training(sections["train"])
    evaluation(sections["evaluation"])
    delivery(sections["delivery"])
    return Config(
        root=root,
        columns=columns(sections["columns"]),
        missing=names(files, "missing", "[files]"),
        checks={name: table(sections["checks"], name) for name in sections["checks"]},
        train=sections["train"],
        evaluation=sections["evaluation"],
        delivery=sections["delivery"],
        text=text,
    )


def training(raw: Mapping[str, Any]) -> None:
    """Refuse what the [train] table cannot mean."""
    known(raw, TRAIN, "[train]")
    whole(raw.get("seed", 0), 0, 2**32 - 1, "[train] seed")
    whole(raw.get("world_size", 1), 1, 4096, "[train] world_size")
    tasks = (CLASSIFICATION, REGRESSION)
    if raw.get("task", CLASSIFICATION) not in tasks:
        wrong("[train] task", f"is {raw['task']!r}; it can be {' or '.join(map(repr, tasks))}")
    if not isinstance(raw.get("params", {}), dict):
        wrong("[train] params", "must be a table: write [train.params] on a line of its own")
    if not finite(raw.get("params", {})):
        wrong("[train.params]", "holds inf or nan; a parameter must be a number that a record can hold")
    for key, place in {
        "seed": "[train] seed",
        "symmetric": "[columns] symmetric",
        "task": "[train] task",
    }.items():
        if key in raw.get("params", {}):
            wrong("[train.params]", f"names {key!r}; set it as {place}")


def evaluation(raw: Mapping[str, Any]) -> None:
    """Refuse keys of the [evaluation] table that nobody reads; what its values mean is up to who reads them."""
    known(raw, EVALUATION, "[evaluation]")
    for name, keys in NESTED.items():
        value = raw.get(name, {})
        if not isinstance(value, dict):
            wrong(f"[evaluation] {name}", f"must be a table: write [evaluation.{name}] on a line of its own")
        known(value, keys, f"[evaluation.{name}]")


def delivery(raw: Mapping[str, Any]) -> None:
    """Refuse what the [delivery] table cannot mean."""
    known(raw, DELIVERY, "[delivery]")
    ways = (PUSH, PULL_REQUEST)
    if raw.get("results", PUSH) not in ways:
        wrong("[delivery] results", f"is {raw['results']!r}; it can be {' or '.join(map(repr, ways))}")
    whole(raw.get("preview", PREVIEW), 0, 3600, "[delivery] preview")


def finite(value: Any) -> bool:
    """Tell whether no number within a value is infinite or none at all."""
    if isinstance(value, Mapping):
        return all(map(finite, value.values()))
    if isinstance(value, list):
        return all(map(finite, value))
    return not isinstance(value, float) or math.isfinite(value)


def whole(value: Any, low: int, high: int, where: str) -> None:
    """Refuse what is no whole number from ``low`` to ``high``."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        wrong(where, f"is {value!r}; it must be a whole number from {low} to {high}")


def columns(raw: Mapping[str, Any]) -> Columns:
    """Parse the [columns] table."""
    known(raw, COLUMNS, "[columns]")
    text = names(raw, "text", "[columns]")
    if len(text) > 2:
        wrong("[columns] text", f"names {len(text)} columns; one or two texts are supported")
    symmetric = raw.get("symmetric", False)
    if not isinstance(symmetric, bool):
        wrong("[columns] symmetric", "must be true or false")
    single = {role: name(raw, role) for role in ("id", "label", "group", "time", "source")}
    roles = Columns(
        text=text,
        symmetric=symmetric,
        numeric=names(raw, "numeric", "[columns]"),
        categorical=names(raw, "categorical", "[columns]"),
        **single,
    )
    if roles.label in roles.inputs:
        wrong("[columns]", f"uses {roles.label!r} both as label and as a model input; name it once")
    return roles


def check_settings(config: Config, check: str, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a check: ``defaults`` with what dataci.toml says; unknown keys are refused."""
    given = config.checks.get(check, {})
    known(given, (*defaults, "enabled", "severity"), f"[checks.{check}]")
    if not isinstance(given.get("enabled", True), bool):
        wrong(f"[checks.{check}] enabled", "must be true or false, without quotes")
    for key, value in given.items():
        if key in defaults and not same_kind(defaults[key], value):
            wrong(f"[checks.{check}] {key}", f"is {value!r}; it takes a value like {defaults[key]!r}")
    return {**defaults, **given}


def same_kind(default: Any, value: Any) -> bool:
    """Tell whether a setting has the type of its default; a whole number may stand for a float."""
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, float):
        return isinstance(value, (int, float))
    return isinstance(value, type(default)) or default is None


def known(raw: Mapping[str, Any], allowed: Iterable[str], where: str) -> None:
    """Refuse keys that nobody reads, with the nearest known one: a typo must not silently switch a check off."""
    options = list(allowed)
    for key in raw:
        if key not in options:
            near = difflib.get_close_matches(key, options, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(options)}."
            wrong(where, f"has the unknown key {key!r}. {hint}")


def table(raw: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return a sub-table, empty when absent."""
    value = raw.get(key, {})
    if not isinstance(value, dict):
        wrong(key, f"must be a table: write [{key}] on a line of its own")
    return value


def name(raw: Mapping[str, Any], role: str) -> str | None:
    """Return the one column that has ``role``; an empty string means none."""
    value = raw.get(role)
    if value is not None and not isinstance(value, str):
        wrong(f"[columns] {role}", "must be one column name in quotes")
    return value or None


def names(raw: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    """Return a list of strings; a single string stands for a list of one."""
    value = raw.get(key, [])
    value = [value] if isinstance(value, str) else value
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        wrong(f"{where} {key}", 'must be a list of strings, like ["want", "offer"]')
    if len(set(value)) < len(value):
        wrong(f"{where} {key}", "names something twice")
    return tuple(value)


def wrong(where: str, what: str) -> NoReturn:
    """Refuse the configuration."""
    raise CannotRun(
        f"{FILE}: {where} {what}." if not what.endswith((".", "?")) else f"{FILE}: {where} {what}"
    )

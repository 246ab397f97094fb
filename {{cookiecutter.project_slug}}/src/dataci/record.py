"""The result record: what one candidate is, what it was made of, how good it is, and what changed since its
parent.

The same candidate on the same test set gives the same bytes: sorted keys, one value a line, four significant
digits for whatever was measured, no clock and no host.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from dataci.bounded import refuse_constant
from dataci.errors import CannotRun
from dataci.identity import Identity
from dataci.predictions import METHOD, Settings
from dataci.shape import misfit

FORMAT = 2
DIGITS = 4
LONGEST = 20  # digits of a whole number: what settings in TOML may hold, and what can be written and compared
EXACT = ("train", "evaluation", "environment")  # settings, which are kept as they were given
COSTS = ("false_positive", "false_negative")
TAG = re.compile(r"[0-9a-f]{8}-[0-9a-f]{8}")
HEX = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
ESCAPED = re.compile(
    "[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)

Record = dict[str, Any]

NUMBER = (int, float)
FIGURE = {"value?": NUMBER, "low?": NUMBER, "high?": NUMBER, "reason?": str}
CLASS = {"n": int, "precision": FIGURE, "recall": FIGURE, "f1": FIGURE}
TOLD = {"tree": str, "name?": str, "harm?": int, "status?": str, "users?": int}
BUG = {"n": int, "errors?": int, "error_rate?": FIGURE, "mae?": FIGURE, **TOLD}
BIN = {
    "low": NUMBER,
    "high": NUMBER,
    "n": int,
    "score": NUMBER,
    "share": NUMBER,
    "share_low": NUMBER,
    "share_high": NUMBER,
}
SLICE = {"n": int, "metrics": {"*": FIGURE}}
GAP = {
    **{"gap?": NUMBER, "low?": NUMBER, "high?": NUMBER, "reason?": str},
    **{"least?": str, "most?": str, "groups?": int, "small?": int},
}
PROBE = {
    **{"n": int, "flips?": int, "flip_rate?": FIGURE, "loss?": FIGURE, "shift?": FIGURE, "moved?": FIGURE},
    "worst": [str],
}
COVERED = {"coverage": NUMBER, "n": int, "accuracy?": FIGURE, "mae?": FIGURE, "threshold": NUMBER}
UNCERTAINTY = {
    **{f"{name}?": FIGURE for name in ("ece", "entropy", "margin", "spread", "information")},
    "selective?": [COVERED],
    "sure_and_wrong?": {"n": int, "score": NUMBER, "ids": [str]},
}
COST = {"per_1000": FIGURE, "false_positives_per_1000?": NUMBER, "false_negatives_per_1000?": NUMBER}
GATE = {"verdict": str, "limit?": NUMBER, "value?": NUMBER, "low?": NUMBER, "what": str}
ROWS = ("rows_added", "rows_removed", "relabelled", "changed", "rows_before", "rows_after")
LISTED = {"reason?": str, "commits?": [str], "commits_reason?": str}
FROM_TO = {"*": {"from": object, "to": object}}
CHANGED: dict[str, Any] = {
    "parent": (str, type(None)),
    "data?": {**LISTED, **{f"{name}?": int for name in ROWS}},
    "code?": {**LISTED, "files?": [str]},
    "train?": FROM_TO,
    "environment?": FROM_TO,
}
SHAPE: dict[str, Any] = {
    "format": int,
    "tag": str,
    "commit": (str, type(None)),
    "uncommitted": bool,
    "data": {"id": str, "rows": int, "labels": {"*": int}},
    "code": {"id": str, "files": {"*": str}},
    "environment": {"*": str},
    "train": {
        "task": str,
        "seed": int,
        "world_size": int,
        "params": {"*": object},
        "columns": {"*": object},
        "missing": list,
    },
    "evaluation": {
        "metric": str,
        "direction": str,
        "margin": NUMBER,
        "positive": (str, type(None)),
        "threshold": NUMBER,
        "threshold_rule": str,
        "method": int,
        "costs?": (dict, type(None)),
        "minimum?": int,
        "gates?": {"*": object},
    },
    "test": {
        **{"id": str, "bugs": str, "slices": (str, type(None)), "group?": str, "rows": int},
        **{"patterns?": str, "probes?": str},
    },
    "metrics": {"*": FIGURE},
    "confusion": {"*": {"*": int}},
    "per_class": {"*": CLASS},
    "slices": {"*": SLICE},
    "calibration": [BIN],
    "bugs": {"*": BUG},
    "fairness?": {"*": {"*": GAP}},
    "robustness?": {"*": PROBE},
    "counterfactuals?": {"*": PROBE},
    "uncertainty?": UNCERTAINTY,
    "cost?": COST,
    "gates?": {"*": GATE},
    "not_comparable?": {"test": str, "reason": str},
    "changed": {**CHANGED, "*": object},
    "compared": {"*": object},
}


def build(
    identity: Identity,
    provenance: tuple[str | None, bool],
    train: Mapping[str, Any],
    rows: int,
    labels: Mapping[str, int],
    test: Mapping[str, Any],
    how: Settings,
    measured: Mapping[str, Any],
    changed: Mapping[str, Any],
) -> Record:
    """Put a record together. ``rows`` and ``labels``: of the training data. ``test``: id, bugs, slices, group, rows.
    ``measured``: what ``evaluation.evaluate`` returned.
    """
    record = {
        "format": FORMAT,
        "tag": identity.tag,
        "commit": provenance[0],
        "uncommitted": provenance[1],
        "data": {"id": identity.data, "rows": rows, "labels": dict(labels)},
        "code": {"id": identity.code, "files": identity.files},
        "environment": identity.environment,
        "train": dict(train),
        "evaluation": evaluation(how),
        "test": dict(test),
        **measured,
        "changed": dict(changed),
        "compared": {},
    }
    return canonical(record)


def evaluation(how: Settings) -> dict[str, Any]:
    """Return the settings of the evaluation as the record holds them."""
    costs = dict(zip(COSTS, how.costs, strict=True)) if how.costs else None
    given = {name: value for name, value in how._asdict().items() if name != "rule"} | {"costs": costs}
    told = {"direction": how.direction, "threshold_rule": how.rule, "method": METHOD}
    return json.loads(json.dumps({**given, **told}))  # type: ignore[no-any-return]


def told(bug: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a record says of a bug beside figures."""
    return {key: bug[key] for key in (name.removesuffix("?") for name in TOLD) if key in bug}


def settings(of: Record) -> Settings:
    """Return how a record was evaluated."""
    found = of["evaluation"]
    given = found.get("costs")
    costs = (float(given[COSTS[0]]), float(given[COSTS[1]])) if given else None
    first = Settings(found["metric"], found["positive"], found["threshold"], found["margin"])
    return first._replace(
        rule=found["threshold_rule"],
        costs=costs,
        minimum=found.get("minimum", first.minimum),
        gates=found.get("gates", {}),
    )


def canonical(record: Record) -> Record:
    """Return the record as it will be read back: measured numbers cut, dates and the like as text."""
    cut = {key: value if key in EXACT else significant(value) for key, value in record.items()}
    return json.loads(json.dumps(cut, default=str, allow_nan=False))  # type: ignore[no-any-return]


def significant(value: Any) -> Any:
    """Cut every float within ``value`` to four significant digits."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, Mapping):
        return {key: significant(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [significant(item) for item in value]
    return value


def dumps(record: Record) -> str:
    """Return the text of a record. Characters that a reviewer would not see are written as \\\\u escapes."""
    text = json.dumps(record, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return ESCAPED.sub(lambda match: json.dumps(match[0])[1:-1], text) + "\n"


def loads(text: str | bytes, where: str) -> Record:
    """Read a record; CannotRun names ``where`` and says what is wrong with it and what to do."""
    cure = (
        "Take it back from git (git checkout -- results), or remove it: `dataci train` writes today's again."
    )
    try:
        found = json.loads(text, parse_constant=refuse_constant, parse_int=whole_number)
    except (ValueError, RecursionError) as error:
        raise CannotRun(f"{where} is not valid JSON ({str(error)[:80]}). {cure}") from None
    if not isinstance(found, dict) or not isinstance(found.get("format"), int):
        raise CannotRun(f"{where} is no result record. {cure}")
    if found["format"] > FORMAT:
        newer = f"{where} has format {found['format']}; this engine reads {FORMAT}."
        raise CannotRun(f"{newer} Update the engine: cruft update, or bake it again.")
    if found["format"] < FORMAT:
        older = f"{where} has format {found['format']}, of an older engine; this one reads {FORMAT}."
        raise CannotRun(f"{older} Remove it; `dataci train` writes it again, at the commit that it is of.")
    wrong = fault(found)
    if wrong:
        raise CannotRun(f"{where} is no result record: {wrong}. {cure}")
    return found


def whole_number(text: str) -> int:
    """Read a whole number; one that no computation could take is refused."""
    if len(text) > LONGEST:
        raise ValueError("a whole number is too large")
    return int(text)


def fault(record: Record) -> str | None:
    """Say what is wrong with a record, or None."""
    wrong = misfit(record, SHAPE, "")
    if wrong:
        return wrong
    data, code = record["data"]["id"], record["code"]["id"]
    if not HEX.fullmatch(data) or not HEX.fullmatch(code):
        return "the ids of data and code are no hashes"
    if record["tag"] != f"{data[:8]}-{code[:8]}":
        return "its tag is not that of its data and code"
    parent = record["changed"]["parent"]
    if parent is not None and not TAG.fullmatch(parent):
        return "its parent is no tag"
    return None

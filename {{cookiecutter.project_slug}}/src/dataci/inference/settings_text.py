"""dataci.toml as text, with a comment wherever a newcomer would wonder."""

from __future__ import annotations

import json
from collections.abc import Sequence

import polars as pl

from dataci.inference.roles import Roles
from dataci.inference.types import Column

POSITIVE = (
    "1",
    "1.0",
    "true",
    "yes",
    "y",
    "t",
    "positive",
    "pos",
    "match",
    "spam",
    "bad",
    "churned",
    "fraud",
    "malignant",
)
DELIVERY = """
# [delivery]
# store = ".dataci/store"  # where fitted models are kept: a folder, or a URL such as "s3://bucket/models"
# results = "push"         # how the result of a merge comes back: "push", or "pull-request" (a protected branch)
# preview = 120            # seconds that a training may take to show what a pull request would change; 0: no training
"""
GATES = """
# [evaluation.gates]  # what a candidate must keep; `dataci compare --gate` and `dataci promote` heed it
# closed_bugs = true  # a closed model bug that is wrong again fails; so does (slices) one without a row any more
"""
MARGIN = '# margin = 0.01  # up to this much worse, in units of the metric, is still "not worse"\n'
HUNDREDTH = 0.01
NEGATIVE = ("0", "0.0", "false", "no", "n", "f", "negative", "neg", "ham", "good", "benign", "normal")


def settings_text(
    roles: Roles, columns: Sequence[Column], missing: Sequence[str], drawn: bool, seed: int
) -> str:
    """Return the text of dataci.toml. ``drawn``: the test rows come from all times."""
    parts = [
        "# The settings of this project, by `dataci init`. They are yours; unknown keys are refused.\n",
        "version = 1\n\n",
        column_section(roles),
        "\n[files]\n",
        f'missing = {array(missing)}  # cells that mean "missing", besides the empty cell\n',
        check_section(roles, drawn),
        train_section(roles, columns, seed),
        evaluation_section(roles, columns),
        DELIVERY,
    ]
    return "".join(parts)


def column_section(roles: Roles) -> str:
    """Write the roles."""
    lines = ["[columns]  # the role of each column; a column without a role is kept, but not used\n"]
    for role, why in (("id", "names a row for good"), ("label", "what the model predicts")):
        lines.append(single(role, getattr(roles, role), why))
    lines.append(f"text = {array(roles.text)}  # one or two free texts\n")
    if len(roles.text) == 2:
        lines.append(
            f"symmetric = {str(roles.symmetric).lower()}  # true: (a, b) is the same pair as (b, a)\n"
        )
    lines.append(f"numeric = {array(roles.numeric)}\ncategorical = {array(roles.categorical)}\n")
    lines.append(single("group", roles.group, "an entity that may not stand in two splits"))
    lines.append(single("time", roles.time, "when the row came about"))
    lines.append(single("source", roles.source, "where the row comes from"))
    return "".join(lines)


def single(role: str, name: str | None, why: str) -> str:
    """Write a role that one column has; commented out where none has it."""
    return f"{role} = {string(name)}  # {why}\n" if name else f'# {role} = "…"  # {why}\n'


def check_section(roles: Roles, drawn: bool) -> str:
    """Switch off the check that a random split cannot pass."""
    if roles.time is None or not drawn:
        return ""
    return (
        "\n[checks.time-leak]\n"
        "enabled = false  # the test rows were drawn from all times, not from the latest\n"
    )


def train_section(roles: Roles, columns: Sequence[Column], seed: int) -> str:
    """Say what is learned."""
    number = any(column.name == roles.label and column.quantity for column in columns)
    task = "task = " if number else "# task = "
    return (
        f"\n[train]\nseed = {seed}\n"
        f'{task}"regression"  # the label is a number to estimate; the default is "classification"\n'
        "# world_size = 1  # processes that train together, for a model that can (the transformer)\n"
        "\n[train.params]  # handed to build(params) in project/model.py\n"
    )


def margin(values: pl.Series) -> str:
    """Propose a margin in the unit of a label that is a number. A comment, for it would be wrong for R²."""
    spread = values.cast(pl.Float64, strict=False).std()
    if not isinstance(spread, float) or not 0 < spread < float("inf"):
        return MARGIN
    figure = float(f"{HUNDREDTH * spread:.1g}")
    why = "1 % of the label's spread; the default is 0.01"
    return f'# margin = {figure:g}  # up to this much worse is still "not worse": {why}\n'


def evaluation_section(roles: Roles, columns: Sequence[Column]) -> str:
    """Choose the metric by the task and the number of classes."""
    label = next((column for column in columns if column.name == roles.label), None)
    if label is None or label.distinct < 2:
        return ""
    if label.quantity:
        return f'\n[evaluation]\nmetric = "rmse"  # or mae, r2\n{margin(label.values)}{GATES}'
    if label.distinct > 2:
        return f'\n[evaluation]\nmetric = "accuracy"\n{MARGIN}{GATES}'
    return (
        f'\n[evaluation]\nmetric = "roc_auc"\npositive = {string(positive(label.values))}  '
        f"# the label that counts as positive\nthreshold = 0.5  # `dataci threshold` helps\n{MARGIN}{GATES}"
    )


def positive(values: pl.Series) -> str:
    """Return which of two labels is the positive one: by its meaning, else the rarer."""
    counts = values.value_counts()
    name, many = counts.columns
    pair = [str(value) for value in counts.sort([many, name])[name]]
    for value in pair:
        if value.strip().lower() in POSITIVE:
            return value
    for value in pair:
        if value.strip().lower() in NEGATIVE:
            return next(other for other in pair if other != value)
    return pair[0]


def string(text: str) -> str:
    """Write a TOML string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def array(items: Sequence[str]) -> str:
    """Write a TOML array of strings, over several lines when it is long."""
    line = f"[{', '.join(map(string, items))}]"
    return line if len(line) <= 90 else "[\n" + "".join(f"  {string(item)},\n" for item in items) + "]"

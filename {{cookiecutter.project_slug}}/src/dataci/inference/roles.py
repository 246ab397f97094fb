"""Which column is what: id, label, text, numeric, categorical, group, time, source."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from dataci.errors import CannotRun
from dataci.inference import texts
from dataci.inference.types import Column

LABELS = (
    "label", "labels", "target", "y", "gold", "outcome", "response", "is_match", "match", "matches",
    "survived", "churn", "churned", "exited", "default", "spam", "is_spam", "fraud", "is_fraud",
    "toxic", "sentiment", "polarity", "stance", "intent", "diagnosis", "verdict", "income",
)  # fmt: skip
WEAK_LABELS = ("category", "class", "classification", "species", "variety", "quality", "topic")
ID = re.compile(
    r"^(?i:id|uuid|guid|key|index|idx|row|rowid|row_?(id|no|number)|.+[_ -](id|uuid|key|no|nr))$"
    r"|(?<=[a-z])(Id|ID)$"
)
GROUPS = re.compile(
    r"(?i)^(group|groups|fold|user|customer|client|patient|subject|person|participant|speaker|author|session|household|family"
    r"|thread|conversation|dialogue|account|device)([_ -]?(id|no|number|name|key))?$|^.+[_ -]group([_ -]id)?$"
)
SOURCES = re.compile(
    r"(?i)^(source|origin|provenance|batch|channel|annotator|provider|data_?source|dataset)$"
)
CATEGORIES = 50
SHOWN = 6  # columns that a sentence lists


@dataclass
class Roles:
    """The role of each column, and what is doubtful: by column name, "" for the whole."""

    id: str | None = None
    label: str | None = None
    text: tuple[str, ...] = ()
    symmetric: bool = False
    numeric: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    group: str | None = None
    time: str | None = None
    source: str | None = None
    doubts: dict[str, list[str]] = field(default_factory=dict)

    def doubt(self, column: str, sentence: str) -> None:
        """Note a doubt about a column."""
        self.doubts.setdefault(column, []).append(sentence)

    def of(self, name: str) -> str:
        """Return the role of a column, "" for none."""
        for role in ("id", "label", "group", "time", "source"):
            if getattr(self, role) == name:
                return role
        return next((role for role in ("text", "numeric", "categorical") if name in getattr(self, role)), "")


@dataclass(frozen=True)
class Wish:
    """What the user said on the command line."""

    label: str | None = None
    id: str | None = None
    group: str | None = None
    time: str | None = None
    text: tuple[str, ...] = ()


def assign(columns: Sequence[Column], wish: Wish, header: bool = True) -> Roles:
    """Give each column its role; CannotRun when the user names a column that is not there."""
    by_name = {column.name: column for column in columns}
    known(by_name, [wish.label, wish.id, wish.group, wish.time, *wish.text])
    roles = Roles(label=wish.label, id=wish.id, group=wish.group, time=wish.time, text=wish.text)
    if len(wish.text) > 2:
        raise CannotRun(
            f"--text names {len(wish.text)} columns; a row has one or two texts. Name the ones that matter."
        )
    repeated = [
        name for name in by_name if [wish.label, wish.id, wish.group, wish.time, *wish.text].count(name) > 1
    ]
    if repeated:
        raise CannotRun(f"The column {repeated[0]!r} is given two roles. A column has one.")
    free = [column for column in columns if not roles.of(column.name)]
    roles.label = roles.label or find_label(free, roles, header)
    roles.id = roles.id or find_id(left(free, roles), roles)
    if roles.label:
        roles.group = roles.group or first(
            c.name for c in left(free, roles) if GROUPS.match(c.name) and repeats(c)
        )
    roles.time = roles.time or find_time(left(free, roles), roles)
    roles.source = first(
        c.name for c in left(free, roles) if SOURCES.match(c.name) and c.distinct <= CATEGORIES
    )
    if not roles.text:
        roles.text, doubt = texts.find(left(free, roles), roles.label is not None)
        roles.doubts.update({roles.text[0]: [doubt]} if doubt else {})
    roles.symmetric = len(roles.text) == 2 and texts.is_twin(*roles.text)
    if roles.symmetric:
        roles.doubt(roles.text[0], "symmetric = true: (a, b) is taken for the same pair as (b, a)")
    features(left(free, roles), roles)
    doubt_unused(left(free, roles), roles)
    doubt_label(by_name, roles)
    return roles


def known(columns: Iterable[str], wanted: Sequence[str | None]) -> None:
    """Refuse the name of a column that is not there."""
    names = list(columns)
    for name in wanted:
        if name is not None and name not in names:
            near = difflib.get_close_matches(name, names, n=1) or [
                n for n in names if n.lower() == name.lower()
            ]
            hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(map(repr, names[:12]))}."
            raise CannotRun(f"There is no column {name!r} in the data. {hint}")


def left(columns: Sequence[Column], roles: Roles) -> list[Column]:
    """Return the columns that have no role yet and hold something."""
    return [column for column in columns if not roles.of(column.name)]


def first(names: Iterable[str]) -> str | None:
    """Return the first name, or None."""
    return next(iter(names), None)


def repeats(column: Column) -> bool:
    """Tell whether values recur, and there are several: only then is there something to group."""
    return 5 <= column.distinct < len(column.values)


def find_label(columns: Sequence[Column], roles: Roles, header: bool) -> str | None:
    """Return the column to predict: by its name, or, where there are no names, by its place at an end."""
    if not header:
        ends = [columns[-1], columns[0]] if len(columns) > 1 else []
        found = first(column.name for column in ends if is_class(column) and column.kind != "float")
        if found:
            roles.doubt(
                found,
                "taken for the label because of its place and its few values; say --label NAME if it is not",
            )
        return found
    named = {column.name.lower().strip(): column for column in reversed(columns)}
    candidates = [named[name] for name in LABELS if name in named]
    candidates += [column for column in columns if re.search(r"(?i)[_ -](label|target|class)$", column.name)]
    candidates += [named[name] for name in WEAK_LABELS if name in named]
    candidates = [column for place, column in enumerate(candidates) if column not in candidates[:place]]
    usable = [column for column in candidates if is_class(column)]
    if not usable:
        for column in candidates[:1]:
            cure = f"; to predict this number say --label {column.name}" if column.quantity else ""
            roles.doubt(
                column.name,
                f"named like a label, but has {column.distinct:,} values in {len(column.values):,} rows{cure}",
            )
        return None
    if len(usable) > 1:
        others = ", ".join(repr(column.name) for column in usable[1:4])
        roles.doubt(
            usable[0].name, f"taken for the label by its name; {others} could be it too (--label NAME)"
        )
    else:
        roles.doubt(usable[0].name, "taken for the label by its name; say --label NAME if it is not")
    return usable[0].name


def is_class(column: Column) -> bool:
    """Tell whether a column has few enough values to be classes."""
    return 2 <= column.distinct <= 100 and column.distinct * 3 <= len(column.values)


def find_id(columns: Sequence[Column], roles: Roles) -> str | None:
    """Return the column that names each row: by its name, and because no value recurs (or hardly one)."""
    candidates = [column for column in columns if ID.search(column.name) and column.kind in ("int", "string")]
    candidates.sort(key=lambda column: column.name.lower() not in ("id", "uuid", "guid", "key"))
    for column in candidates:
        if column.unique:
            return column.name
    for column in candidates:
        again = len(column.values) - column.distinct + column.missing
        if len(column.values) >= 100 and again <= 0.01 * len(column.values):
            roles.doubt(column.name, f"taken for the id, but {again:,} values recur or are missing")
            return column.name
    for column in candidates[:1]:
        if not GROUPS.match(column.name) and len(column.values) and column.distinct < len(column.values):
            roles.doubt(
                column.name, "named like an id, but its values recur. If it names an entity, say --group"
            )
    return None


def find_time(columns: Sequence[Column], roles: Roles) -> str | None:
    """Return the column of dates or timestamps, if there is one."""
    found = [
        column for column in columns if column.kind == "time" and column.missing * 20 <= len(column.values)
    ]
    if len(found) > 1:
        roles.doubt(found[0].name, f"taken for the time; {found[1].name!r} could be it too (--time NAME)")
    return found[0].name if found else None


def features(columns: Sequence[Column], roles: Roles) -> None:
    """Give the rest to the model where it can use it."""
    numeric, categorical = [], []
    for column in columns:
        if column.distinct < 2:
            roles.doubt(
                column.name,
                "always the same, so the model does not get it" if column.distinct else "empty in every row",
            )
        elif column.numeric and not ID.search(column.name):
            numeric.append(column.name)
        elif column.kind in ("string", "bool") and is_category(column):
            categorical.append(column.name)
    roles.numeric, roles.categorical = tuple(numeric), tuple(categorical)


def doubt_unused(columns: Sequence[Column], roles: Roles) -> None:
    """Say which columns that hold something the model will not see; names of rows and entities are expected."""
    unused = [
        c.name for c in columns if c.distinct > 1 and not ID.search(c.name) and c.name not in roles.doubts
    ]
    if not unused or not (roles.label or roles.text):
        return
    named = ", ".join(map(repr, unused[:SHOWN])) + (
        f" and {len(unused) - SHOWN} more" if len(unused) > SHOWN else ""
    )
    roles.doubt(
        "",
        f"The model will NOT see {named}: no role fits. If it should, say --text NAME, or name it under "
        "[columns] in dataci.toml",
    )


def is_category(column: Column) -> bool:
    """Tell whether a column has few values, each several times."""
    return column.dtype != "" and column.distinct <= CATEGORIES and column.distinct * 4 <= len(column.values)


def doubt_label(columns: dict[str, Column], roles: Roles) -> None:
    """Say what may be wrong with the label."""
    if roles.label is None:
        roles.doubt(
            "",
            "No column looks like a label. This is taken for a reference table; or say --label NAME",
        )
        return
    column = columns[roles.label]
    if column.missing:
        roles.doubt(roles.label, f"{column.missing:,} rows have no label")
    if column.distinct < 2:
        roles.doubt(roles.label, "has one value only: there is nothing to learn yet")
    elif column.quantity:
        roles.doubt(
            roles.label,
            f"{column.distinct:,} different numbers, so the task is a regression. If they name classes, set task and "
            "metric in dataci.toml",
        )
    elif column.distinct > 100 or column.distinct * 2 > len(column.values):
        roles.doubt(
            roles.label, f"has {column.distinct:,} values in {len(column.values):,} rows; is it a class?"
        )
    elif column.values.value_counts()["count"].min() < 5:  # type: ignore[operator]
        rare = column.values.value_counts(sort=True).row(-1)
        roles.doubt(roles.label, f"the class {rare[0][:30]!r} has {rare[1]} rows only")

"""From the user's files to everything that `dataci init` will write: one pure function and its result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import polars as pl

from dataci import config
from dataci.config import Columns
from dataci.errors import CannotRun
from dataci.inference import checks_text, constraints, seal, slices_text, source, types
from dataci.inference.roles import Roles, Wish, assign
from dataci.inference.schema_text import schema_text
from dataci.inference.settings_text import settings_text
from dataci.inference.source import Source
from dataci.inference.split import Split, split
from dataci.inference.types import Column


class Plan(NamedTuple):
    """What was inferred. ``settings``, ``schema``: the texts of dataci.toml and project/schema.py."""

    sources: tuple[Source, ...]
    columns: tuple[Column, ...]
    roles: Roles
    parted: Split
    settings: str
    schema: str


def infer(
    sources: Sequence[Source], wish: Wish, share: float = 0.2, no_test: bool = False, seed: int = 0
) -> Plan:
    """Conclude everything from the files. CannotRun when they do not fit together, or a column is not there.

    ``share``: the part of the rows for the test set; there is none without a label, with ``no_test``, and
    where rows are malformed.
    """
    sources, wish, guessed = named(unlike_names(sources), wish)
    frame = source.together(sources)
    missing = types.missing_tokens(frame)
    columns = describe(sources, frame, missing)
    roles = assign(columns, wish)
    for name, doubts in guessed.items():
        roles.doubts.setdefault(name, [])[:0] = doubts
    typed = all(each.table.kinds is not None or each.table.native is not None for each in sources)
    columns = [as_role(column, roles.of(column.name), typed) for column in columns]
    for column in columns:
        doubt_cells(column, sources, roles)
    doubt_leaks(frame, columns, roles)
    whole = no_test or share <= 0 or any(each.ragged for each in sources)
    parted = part_rows(frame, columns, roles, missing, 0.0 if whole else share, seed)
    doubt_split(parted, roles, columns, whole)
    found = {
        column.name: [c for c in constraints.checks(column, roles.of(column.name)) if c] for column in columns
    }
    return Plan(
        tuple(sources),
        tuple(columns),
        roles,
        parted,
        settings_text(roles, columns, missing, parted.by in ("rows", "groups"), seed),
        schema_text(columns, {column.name: roles.of(column.name) for column in columns}, found),
    )


def files(plan: Plan, delivery: str = "", checks: bool = True, slices: bool = True) -> dict[str, bytes]:
    """Return what to write: path from the root → bytes. ``delivery``: what dataci.toml is to keep; ``checks`` and
    ``slices``: whether these files of project/ are written anew.
    """
    written: dict[str, bytes] = {seal.SCHEMA: plan.schema.encode()}
    if checks:
        written[seal.CHECKS] = checks_text.TEXT.encode()
    if slices:
        written[seal.SLICES] = slices_text.TEXT.encode()
    start = 0
    for each in plan.sources:
        height = each.table.frame.height
        test = plan.parted.test.slice(start, height)
        start += height
        if not test.any():
            written[f"data/train/{each.name}"] = each.data
        else:
            written[f"data/test/{each.name}"] = source.part(each, test)
        if test.any() and not test.all():
            written[f"data/train/{each.name}"] = source.part(each, ~test)
    text = plan.settings + ("\n" + delivery.strip() + "\n" if delivery.strip() else "")
    written[config.FILE] = seal.sealed(text, written).encode()
    return written


def unlike_names(sources: Sequence[Source]) -> list[Source]:
    """Give files that would have the same name different ones."""
    taken: set[str] = set()
    found = []
    for each in sources:
        base, _, suffix = each.name.rpartition(".")
        name, number = each.name, 2
        while name.lower() in taken:
            name, number = f"{base}-{number}.{suffix}", number + 1
        taken.add(name.lower())
        found.append(each._replace(name=name))
    return found


def named(sources: list[Source], wish: Wish) -> tuple[list[Source], Wish, dict[str, list[str]]]:
    """Give the columns of files without a header telling names, as far as one can tell."""
    if any(each.header for each in sources):
        return sources, wish, {}
    frame = source.together(sources)
    columns = describe(sources, frame, types.missing_tokens(frame))
    roles = assign(columns, wish, header=False)
    names = {roles.label: "label"} if roles.label and not wish.label else {}
    names |= {roles.text[0]: "text"} if len(roles.text) == 1 and not wish.text else {}
    names = {old: new for old, new in names.items() if old and new not in frame.columns}
    if roles.label in names:
        wish = Wish("label", wish.id, wish.group, wish.time, wish.text)
    doubts = {"label": roles.doubts.get(roles.label or "", [])[:1]} if roles.label in names else {}
    renamed = [source.rename(each, {str(old): new for old, new in names.items()}) for each in sources]
    return renamed, wish, doubts


def describe(sources: Sequence[Source], frame: pl.DataFrame, missing: Sequence[str]) -> list[Column]:
    """Describe every column; JSON and Parquet files say themselves what type it has."""
    kinds: dict[str, pl.Series] = {}
    native: Mapping[str, pl.DataType] = {}
    json = [each.table.kinds for each in sources if each.table.kinds is not None]
    if len(json) == len(sources):
        kinds = {name: pl.concat([kind[name] for kind in json]) for name in frame.columns}
    schemas = [each.table.native.schema for each in sources if each.table.native is not None]
    if len(schemas) == len(sources) and all(schema == schemas[0] for schema in schemas):
        native = dict(schemas[0])
    columns = types.columns(frame, missing, kinds, native)
    nested = [column.name for column in columns if column.kind == "nested"]
    if nested:
        raise CannotRun(
            f"The column {nested[0]!r} holds lists, objects or bytes, which no check can look into. "
            "Flatten it into plain columns, or leave it out."
        )
    return columns


def as_role(column: Column, role: str, typed: bool) -> Column:
    """Return the column as its role wants it: a class or a text of a CSV file is a string in any case; a label that is
    a quantity stays a number.
    """
    if role == "text" or (role == "label" and not typed and not column.quantity):
        return column._replace(kind="string", dtype="pl.String", odd=()) if column.dtype else column
    return column


def part_rows(
    frame: pl.DataFrame,
    columns: Sequence[Column],
    roles: Roles,
    missing: Sequence[str],
    share: float,
    seed: int,
) -> Split:
    """Choose the test set, if there is to be one."""
    label = next((column for column in columns if column.name == roles.label), None)
    if label is None or label.distinct < 2 or share <= 0 or frame.height < 5:
        return Split(pl.repeat(False, frame.height, eager=True, dtype=pl.Boolean))
    return split(frame, as_columns(roles), share, seed, missing, by_class=not label.quantity)


def as_columns(roles: Roles) -> Columns:
    """Return the roles as dataci.toml will have them."""
    return Columns(
        id=roles.id,
        label=roles.label,
        text=roles.text,
        symmetric=roles.symmetric,
        numeric=roles.numeric,
        categorical=roles.categorical,
        group=roles.group,
        time=roles.time,
        source=roles.source,
    )


def doubt_cells(column: Column, sources: Sequence[Source], roles: Roles) -> None:
    """Say where cells stand that do not fit the type of their column."""
    if not column.odd:
        return
    row, cell = column.odd[0]
    where = next(iter(sources))
    for where in sources:
        if row < where.table.frame.height:
            break
        row -= where.table.frame.height
    what = {"int": "whole numbers", "float": "numbers", "time": "dates"}.get(column.kind, "of that type")
    roles.doubt(
        column.name,
        f"{len(column.odd):,} of {len(column.values):,} values are not {what}: {where.path.name} line "
        f"{where.table.lines[row]} has {cell[:30]!r}",
    )


def doubt_leaks(frame: pl.DataFrame, columns: Sequence[Column], roles: Roles) -> None:
    """Say which inputs tell the label exactly: a model would learn nothing else."""
    label = roles.label
    if label is None:
        return
    for column in columns:
        if (
            roles.of(column.name) in ("numeric", "categorical")
            and 2 <= column.distinct <= 100
            and not column.unique
        ):
            pairs = frame.select(column.name, label).unique()
            if pairs.height == pairs[column.name].n_unique() and frame.height >= 5 * column.distinct:
                roles.doubt(
                    column.name,
                    f"tells {label!r} exactly. If it is known only afterwards, take it out of [columns]",
                )


def doubt_split(parted: Split, roles: Roles, columns: Sequence[Column], whole: bool) -> None:
    """Say what is unusual about the test set."""
    if whole or roles.label is None:
        return
    if parted.why:
        roles.doubt(
            "",
            f"No test set could be split off without a leak: {parted.why}. Put one into data/test yourself",
        )
    elif parted.moved:
        roles.doubt("", f"{parted.moved:,} rows went back to train, because they nearly repeat one there")
    if parted.by in ("rows", "groups") and roles.time:
        roles.doubt(
            roles.time,
            "the test set could not be the latest rows without parting what belongs together, "
            "or losing a class, so the check time-leak is off",
        )

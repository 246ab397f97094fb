"""What a check is, and what it is given to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, NamedTuple

import polars as pl

from dataci import keys
from dataci.config import Columns
from dataci.dataset import Dataset
from dataci.finding import Finding, Hits, Severity


class Check(NamedTuple):
    """A check: ``run(context, settings)`` yields Finding or Hits.

    ``settings`` are its own settings in dataci.toml with their defaults. ``quick`` checks run in the commit hook.
    ``needs_base`` ones are silent when there is nothing to compare with. ``about`` is one sentence for the docs.
    """

    name: str
    run: Callable[[Context, Mapping[str, Any]], Iterable[Finding | Hits]]
    about: str
    severity: Severity = Severity.ERROR
    settings: Mapping[str, Any] = {}
    quick: bool = True
    needs_base: bool = False


class Context:
    """The data that a run judges, with what several checks share, each computed once and only if asked for.

    With ``quick`` (the commit hook) only files that the base does not have are read row by row; what rows collide with
    is still the whole data. ``schema`` gives the user's pandera schema.
    """

    def __init__(
        self, dataset: Dataset, base: Dataset | None, schema: Callable[[], Any], quick: bool = False
    ) -> None:
        self.dataset = dataset
        self.base = base
        self.quick = quick
        self._schema = schema
        self._only: frozenset[int] | None = None

    def before(self) -> Context | None:
        """Return the context of the base, to see which findings it has too; in the hook, of the files that changed."""
        if self.base is None:
            return None
        context = Context(self.base, None, self._schema)
        if self.quick:
            after = {(p.path, p.blob) for p in self.dataset.parts}
            context._only = frozenset(
                i for i, p in enumerate(self.base.parts) if (p.path, p.blob) not in after
            )
        return context

    @property
    def columns(self) -> Columns:
        """The roles of the columns."""
        return self.dataset.config.columns

    @cached_property
    def schema(self) -> Any:
        """The user's pandera schema."""
        return self._schema()

    @cached_property
    def unchanged(self) -> frozenset[int]:
        """The files (indices into ``dataset.parts``) that the base has with the same path and bytes."""
        before = {(p.path, p.blob) for p in self.base.parts} if self.base else set()
        return frozenset(i for i, p in enumerate(self.dataset.parts) if (p.path, p.blob) in before)

    @cached_property
    def files(self) -> list[int]:
        """The files to judge one by one: all of them; in the hook, only those that changed."""
        if self._only is not None:
            return sorted(self._only)
        return [i for i in range(len(self.dataset.parts)) if not (self.quick and i in self.unchanged)]

    @cached_property
    def keys(self) -> pl.DataFrame:
        """The keys of every judged row of the whole data (see dataci.keys.of), with ``new`` (Boolean)."""
        found = keys.of(self.dataset)
        return found.with_columns(keys.new_rows(found, self.dataset, self.base))

    @cached_property
    def rows(self) -> pl.DataFrame:
        """The rows of ``files``: the user's columns (String), and ``_file``, ``_line``, ``_row``, ``_new``."""
        wanted = [i for i in self.files if self.dataset.parts[i].judged]
        self.dataset.load(wanted)
        frame = self.dataset.rows_of(wanted)
        new = self.keys.filter(pl.col("file").is_in(wanted))["new"] if self.base else pl.lit(True)
        return frame.with_columns(new.alias("_new"))

    def split_rows(self, split: str) -> pl.DataFrame:
        """Return the rows of one split from ``rows``."""
        return self.rows.filter(pl.col("_file").is_in(self.dataset.indices(split)))


def at(rows: pl.DataFrame, *extra: pl.Expr | str) -> pl.DataFrame:
    """Return a Hits frame (file, line, new, and ``extra``) from some of ``Context.rows``."""
    return rows.select(
        pl.col("_file").alias("file"), pl.col("_line").alias("line"), pl.col("_new").alias("new"), *extra
    )

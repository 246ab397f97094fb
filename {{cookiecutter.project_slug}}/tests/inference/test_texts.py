"""The two texts that init writes: they parse, they hold what was inferred, whatever the values are."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataci.config import parse
from dataci.inference import checks_text, constraints, slices_text, types
from dataci.inference.roles import Roles, Wish, assign
from dataci.inference.schema_text import schema_text
from dataci.inference.settings_text import positive, settings_text
from dataci.inference.types import Column

HOSTILE = [
    'a"b',
    "c'd",
    "e\\f",
    "g\nh",
    "i\x1b[31m",
    "j\u202ek",
    '"""',
    "{{ x }}",
    "{% y %}",
    "# z",
    "ü" * 90,
    "]\n[x]",
    "\x7f",
]


def described(frame: pl.DataFrame) -> tuple[list[Column], Roles]:
    columns = types.columns(frame, (), {}, {})
    return columns, assign(columns, Wish(label="label"))


def schema(columns: list[Column], roles: Roles) -> str:
    named = {column.name: roles.of(column.name) for column in columns}
    return schema_text(columns, named, {c.name: constraints.checks(c, named[c.name]) for c in columns})


def hostile_frame(names: list[str], values: list[str]) -> pl.DataFrame:
    rows = values * 60
    return pl.DataFrame({**dict.fromkeys(names, rows), "label": (["a", "b"] * len(rows))[: len(rows)]})


def test_hostile_names_and_values_survive_in_both_texts() -> None:
    columns, roles = described(hostile_frame(HOSTILE, HOSTILE))
    text = schema(columns, roles)
    constants = {node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)}
    assert set(HOSTILE) <= constants
    config = parse(settings_text(roles, columns, HOSTILE, False, 0), Path())
    assert config.missing == tuple(HOSTILE)
    assert set(config.columns.categorical) == set(HOSTILE)


def test_the_schema_is_what_ruff_would_write(tmp_path: Path) -> None:
    for number, values in enumerate(
        [
            HOSTILE,
            ["yes", "no"],
            [f"a rather long value {i}" for i in range(15)],
            [f"11/{day}/07" for day in range(10, 30)],
        ]
    ):
        columns, roles = described(hostile_frame(["plain", "x" * 80, *HOSTILE], values))
        (tmp_path / f"schema{number}.py").write_text(schema(columns, roles), encoding="utf-8")
    (tmp_path / "checks.py").write_text(checks_text.TEXT)
    (tmp_path / "slices.py").write_text(slices_text.TEXT)
    command = [
        sys.executable,
        "-m",
        "ruff",
        "format",
        "--check",
        "--isolated",
        "--line-length",
        "110",
        str(tmp_path),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_schema_reads_well() -> None:
    frame = pl.DataFrame({"age": [str(20 + i % 40) for i in range(99)] + [""], "label": ["a", "b"] * 50})
    lines = schema(*described(frame)).splitlines()
    assert "        # numeric: 40 distinct, 1 % missing, seen: 20 to 59" in lines
    assert '        "age": pa.Column(pl.Int64, pa.Check.in_range(2, 120), nullable=True),' in lines
    assert '        "label": pa.Column(pl.String, pa.Check.isin(["a", "b"])),' in lines


def test_a_column_without_a_gap_says_how_to_allow_one() -> None:
    frame = pl.DataFrame({"age": [str(20 + i % 40) for i in range(100)], "label": ["a", "b"] * 50})
    text = schema(*described(frame))
    assert (
        "# numeric: 40 distinct, none missing in 100 rows (nullable=True allows it), seen: 20 to 59" in text
    )
    assert '# label: 2 distinct, seen: "a", "b"' in text


def test_long_comments_are_broken() -> None:
    values = [f"{'a long kind of value'} no. {i}" for i in range(9)] * 10
    text = schema(*described(pl.DataFrame({"kind": values, "label": ["a", "b", "c"] * 30})))
    assert max(map(len, text.splitlines())) <= 110
    assert '\n        # seen: "a long kind of value no…", "a long kind of value no…", …\n' in text


@pytest.mark.parametrize(
    ("values", "expected"),
    [("0011", "1"), (["ham", "ham", "spam"], "spam"), (["no", "yes", "yes"], "yes"), (["x", "x", "z"], "z")],
)
def test_the_positive_class(values: list[str], expected: str) -> None:
    assert positive(pl.Series(list(values))) == expected


def test_evaluation_follows_the_classes() -> None:
    def section(labels: list[str]) -> dict[str, object]:
        columns, roles = described(pl.DataFrame({"x": [str(i) for i in range(60)], "label": labels * 20}))
        return dict(tomllib.loads(settings_text(roles, columns, (), False, 0)).get("evaluation", {}))

    assert section(["0", "0", "1"]) == {"metric": "roc_auc", "positive": "1", "threshold": 0.5}
    assert section(["a", "b", "c"]) == {"metric": "accuracy"}
    assert section(["a", "a", "a"]) == {}


@settings(max_examples=50)
@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=4, unique=True), st.text(max_size=12))
def test_any_name_and_value(names: list[str], value: str) -> None:
    frame = pl.DataFrame({**{f"c{name}": [value, "b"] * 30 for name in names}, "label": ["a", "b"] * 30})
    columns, roles = described(frame)
    ast.parse(schema(columns, roles))
    parse(settings_text(roles, columns, (value,), False, 0), Path())
